"""Canonical JSON and digests (documents-v1 section 1)."""

from __future__ import annotations

import hashlib
import json

_ENCODER = json.JSONEncoder(
    sort_keys=True, separators=(",", ":"), ensure_ascii=False, check_circular=False
)


def text(value: object) -> str:
    """The canonical text of a value that the strict reader accepted.

    The standard encoder escapes as RFC 8785 does, but sorts keys by code points; the two orders
    differ only where a key has a character beyond the basic plane.
    """
    result = _ENCODER.encode(value)
    return result if result.isascii() or max(result) <= "\uffff" else _ENCODER.encode(_sort(value))


class _Key(str):
    """A key that sorts by UTF-16 code units."""

    __slots__ = ()

    def __lt__(self, other: str) -> bool:
        return self.encode("utf-16-be") < other.encode("utf-16-be")


def _sort(value: object) -> object:
    if isinstance(value, dict):
        return {_Key(key): _sort(item) for key, item in value.items()}
    return [_sort(item) for item in value] if isinstance(value, list) else value


def digest(value: object) -> str:
    """The digest of a value's canonical bytes."""
    return "sha256:" + hashlib.sha256(text(value).encode("utf-8")).hexdigest()
