"""Entries, and the other records of an evidence file: canonical JSON of exact shape, or refused.

An entry is that of audit-log-v1 section 1. Whatever is not exactly the bytes that the specification demands is not read at all, so
that two readers never see two meanings.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple, TypeGuard

from caio.checker.reader import DIGEST, Rejection, canonical, parse

from .report import Flaw

MAX_ENTRY: Final = 65_535
MAX_LINE: Final = 1 << 20
"""The most bytes of a line that is no entry."""
KINDS: Final = frozenset(
    ["decision", "discovery", "erasure", "evaluation", "execution", "key", "registry", "violation"]
)
_MAX_DEPTH: Final = 32
_NAME: Final = re.compile(r"[a-z][a-z0-9_-]{0,63}")
_TIME: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?Z", re.ASCII)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class Entry(NamedTuple):
    """An entry of a log: what it records, when it was taken (microseconds since 1970), digests by name, details."""

    kind: str
    time: int
    digests: Mapping[str, str]
    details: Mapping[str, object]


def read_json(data: bytes, where: str) -> object:
    """The value of a JSON text.

    Raises:
        Flaw: ``json``: it is none, is ambiguous, or goes beyond the limits of certificate-v1 section 10.
    """
    try:
        return parse(data, where).raw
    except Rejection as rejection:
        raise Flaw("json", str(rejection)) from None


def read_canonical(data: bytes, where: str) -> object:
    """The value of a canonical JSON text.

    Raises:
        Flaw: ``json``; ``canonical``: the same value has other bytes in canonical form.
    """
    value = read_json(data, where)
    if canonical(value).encode() != data:
        raise Flaw("canonical", f"{where} is not canonical JSON")
    return value


def record(value: object, names: str, where: str) -> dict[str, Any]:
    """An object that has exactly these members.

    Raises:
        Flaw: ``shape``.
    """
    if not isinstance(value, dict) or value.keys() != {*names.split()}:
        raise Flaw("shape", f"{where} is not an object with exactly the members {names}")
    return value


def read_entry(data: bytes) -> Entry:
    """The entry that bytes are.

    Raises:
        Flaw: ``entry``, ``json``, ``canonical`` or ``shape``.
    """
    if not 0 < len(data) <= MAX_ENTRY:
        raise Flaw("entry", f"an entry has from 1 to {MAX_ENTRY} bytes")
    raw = record(read_canonical(data, "an entry"), "content format kind time", "an entry")
    content = record(raw["content"], "details digests", "the content of an entry")
    kind, time, details, digests = raw["kind"], raw["time"], content["details"], content["digests"]
    if raw["format"] != "caio-audit-entry/v1" or type(kind) is not str or kind not in KINDS:
        raise Flaw("entry", "an entry has another format or kind")
    if type(time) is not int or time < 0 or _depth(raw) > _MAX_DEPTH:
        raise Flaw("entry", "an entry has another time, or lies too deep")
    if not isinstance(details, dict) or not isinstance(digests, dict):
        raise Flaw("entry", "details and digests of an entry are objects")
    named = all(_NAME.fullmatch(name) and is_digest(one) for name, one in digests.items())
    if not 0 < len(digests) <= 64 or not named:
        raise Flaw("entry", "an entry has from 1 to 64 named digests")
    return Entry(kind, time, digests, details)


def records(lines: Iterator[bytes], names: str, where: str) -> Iterator[dict[str, Any]]:
    """The records of lines, each of which has an ``index``; these never decrease.

    Raises:
        Flaw: ``json``, ``canonical``, ``shape``, ``record-order``.
    """
    before = -1
    for line in lines:
        found = record(read_canonical(line, where), names, where)
        if type(found["index"]) is not int or found["index"] < before:
            raise Flaw("record-order", f"{where}: indices are integers and never decrease")
        before = found["index"]
        yield found


def read_hashes(value: object, where: str) -> list[bytes]:
    """Hashes in Base64.

    Raises:
        Flaw: ``proof-form``.
    """
    found = [read_base64(one) for one in value] if isinstance(value, list) else [b""]
    if any(len(one) != 32 for one in found):
        raise Flaw("proof-form", f"{where} is no list of hashes in Base64")
    return found


def read_base64(text: object) -> bytes:
    """The bytes of padded Base64; none, unless this is the one text that denotes them."""
    try:
        data = base64.b64decode(text, validate=True) if isinstance(text, str) else b""
    except (binascii.Error, ValueError):
        return b""
    return data if base64.b64encode(data).decode() == text else b""


def read_time(text: object) -> int:
    """The microseconds since 1970 of a time as documents write it.

    Raises:
        Flaw: ``time-form``.
    """
    try:
        if isinstance(text, str) and _TIME.fullmatch(text) and not text.endswith(".000000Z"):
            return (datetime.fromisoformat(text) - _EPOCH) // timedelta(microseconds=1)
    except ValueError:
        pass
    raise Flaw("time-form", f"{str(text)[:40]!a} is no time such as 2026-11-22T00:00:00Z")


def is_digest(value: object) -> TypeGuard[str]:
    """Whether this is a digest."""
    return isinstance(value, str) and DIGEST.fullmatch(value) is not None


def _depth(value: object) -> int:
    # Reading has bounded the depth already.
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    if not isinstance(value, dict | list):
        return 0
    return 1 + max(map(_depth, parts), default=0)
