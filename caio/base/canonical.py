"""Canonical JSON (RFC 8785, without floats) and content digests (``docs/spec/documents-v1.md`` section 1)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Final, TypeAlias

from caio.base.errors import InternalError

Json: TypeAlias = "bool | int | str | Sequence[Json] | Mapping[str, Json] | None"
"""What canonical JSON can hold: no floats, integers below 2**53 in absolute value."""

_LIMIT: Final = 2**53


def canonical_bytes(value: Json) -> bytes:
    """The canonical UTF-8 bytes of a JSON value.

    Raises:
        InternalError: the value holds a float, an integer out of range or a lone surrogate.
    """
    try:
        return json.dumps(
            _ordered(value), ensure_ascii=False, separators=(",", ":"), allow_nan=False
        ).encode()
    except UnicodeEncodeError as error:
        raise InternalError("a lone surrogate in canonical JSON") from error


def digest(value: Json) -> str:
    """The digest ``sha256:…`` of the canonical bytes of a JSON value."""
    return digest_bytes(canonical_bytes(value))


def digest_bytes(data: bytes) -> str:
    """The digest ``sha256:…`` of bytes."""
    return "sha256:" + hashlib.sha256(data).hexdigest()


def _ordered(value: Json) -> Json:
    """The value with all keys in the order of their UTF-16 code units, and every type checked."""
    if value is None or isinstance(value, (str, bool)):
        return value
    if isinstance(value, int):
        if abs(value) >= _LIMIT:
            raise InternalError("an integer beyond 2**53 in canonical JSON")
        return value
    if isinstance(value, Mapping):
        keys = sorted(value)
        if not all(map(str.isascii, keys)):
            keys.sort(key=lambda key: key.encode("utf-16-be", "surrogatepass"))
        return {key: _ordered(value[key]) for key in keys}
    if isinstance(value, Sequence):
        return [_ordered(item) for item in value]
    raise InternalError(f"`{type(value).__name__}` in canonical JSON")
