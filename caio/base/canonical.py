"""Canonical JSON (RFC 8785, without floats) and content digests (``docs/spec/documents-v1.md`` section 1)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Final, TypeAlias

from caio.base.errors import InternalError

Json: TypeAlias = "bool | int | str | Sequence[Json] | Mapping[str, Json] | None"
"""What canonical JSON can hold: no floats, integers below 2**53 in absolute value."""


def canonical_bytes(value: Json) -> bytes:
    """The canonical UTF-8 bytes of a JSON value. The type ``Json`` is what rules out floats.

    Raises:
        InternalError: the value holds a lone surrogate.
    """
    # Sorting by code points is sorting by UTF-16 code units unless a character beyond U+FFFF occurs.
    text = _sorting(value)
    if not text.isascii() and max(text) > "\uffff":
        text = _keeping(_ordered(value))
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        raise InternalError("a lone surrogate in canonical JSON") from error


def digest(value: Json) -> str:
    """The digest ``sha256:…`` of the canonical bytes of a JSON value."""
    return digest_bytes(canonical_bytes(value))


def digest_bytes(data: bytes) -> str:
    """The digest ``sha256:…`` of bytes."""
    return "sha256:" + hashlib.sha256(data).hexdigest()


_sorting: Final = json.JSONEncoder(
    ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":")
).encode
_keeping: Final = json.JSONEncoder(
    ensure_ascii=False, allow_nan=False, separators=(",", ":")
).encode


def _ordered(value: Json) -> Json:
    """The value with all keys in the order of their UTF-16 code units."""
    if isinstance(value, Mapping):
        keys = sorted(value, key=lambda key: key.encode("utf-16-be", "surrogatepass"))
        return {key: _ordered(value[key]) for key in keys}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_ordered(item) for item in value]
    return value
