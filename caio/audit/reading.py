"""Reading canonical JSON from strangers: the one text of a value, within limits, or nothing.

Statements, envelopes and bundles are signed or named by their bytes. Two texts of one value would be two names for it, and a
reader that took both could be shown something else than what was signed. So a text is read only if writing its value again gives
the very same bytes: no repeated key, no blank, no other order or spelling survives that.

``docs/spec/documents-v1.md`` section 1 says what canonical JSON is. Errors are those of ``caio.ir.reader``; ``refusing`` makes
refusals of the audit room of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, cast

from caio.audit.faults import AuditError, Fault
from caio.base.canonical import Json, canonical_bytes
from caio.base.errors import InternalError
from caio.ir.reader import DecodeError, Object, expected, parse_json, quoted

MAX_DEPTH: Final = 32
"""How deeply objects and lists may lie within each other."""

_LIMIT: Final = 2**53


def read_canonical(data: bytes, limit: int) -> object:
    """The value that bytes are the canonical JSON of.

    Args:
        data: from 1 to ``limit`` bytes.
        limit: the most bytes, of which none is looked at before their number is.

    Raises:
        DecodeError: they are not canonical JSON, too many, or nested too deeply.
    """
    if type(data) is not bytes or not 0 < len(data) <= limit:
        raise DecodeError(f"from 1 to {limit:,} bytes are expected")
    value = parse_json(data)
    _check(value)
    if _written(value) != data:
        raise DecodeError(
            "its bytes are not canonical JSON: the same value is written in another way"
        )
    return value


def some(value: object, names: frozenset[str]) -> Object:
    """An object with at least these members; others are of a later version, and mean nothing here.

    Raises:
        DecodeError: it is no object, or a member is missing.
    """
    if type(value) is not dict:
        raise expected("an object", value)
    missing = sorted(names - value.keys())
    if missing:
        raise DecodeError(f"the member {quoted(missing[0])} is missing")
    return value


@contextmanager
def refusing(fault: Fault, what: str) -> Iterator[None]:
    """Whatever cannot be read in here is refused with this fault, as not being what it was taken for."""
    try:
        yield
    except DecodeError as error:
        raise AuditError(fault, f"{what}: {error}") from None


def _check(value: object) -> None:
    """Refuse what canonical JSON cannot hold, without recursion: a stranger chooses the depth."""
    level, depth = [value], 0
    while level:
        depth += 1
        below: list[object] = []
        for one in level:
            if type(one) is int and abs(one) >= _LIMIT:
                raise DecodeError("an integer is not below 2**53")
            if type(one) not in {dict, list}:
                continue
            if depth > MAX_DEPTH:
                raise DecodeError(f"objects and lists lie more than {MAX_DEPTH} deep")
            below.extend(one.values() if isinstance(one, dict) else cast("list[object]", one))
        level = below


def _written(value: object) -> bytes:
    try:
        # What the strict reader has read is JSON without floats.
        return canonical_bytes(cast("Json", value))
    except InternalError:
        raise DecodeError("a string holds a lone surrogate") from None
