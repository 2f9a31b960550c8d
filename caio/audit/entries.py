"""Entries: what a log records, as canonical JSON, and what never enters it.

``docs/spec/audit-log-v1.md`` section 1 binds. An entry names documents by digest and holds none of them. What is
recorded is checked when the ``Entry`` is made; its time is set when the log takes it. Reading is strict: bytes that
are not exactly those of an entry are none.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, Never

from caio.audit.faults import AuditError, Fault
from caio.audit.tiles import MAX_ENTRY
from caio.base.canonical import Json, canonical_bytes
from caio.base.errors import InternalError
from caio.ir.reader import is_digest

FORMAT: Final = "caio-audit-entry/v1"
MAX_DEPTH: Final = 32
"""How deeply objects and lists may lie within each other, the entry included."""
MAX_DIGESTS: Final = 64
"""The most digests of an entry."""
MAX_TIME: Final = 2**53 - 1
"""The latest time of an entry, in microseconds."""

_LIMIT: Final = 2**53
_NAME: Final = re.compile("[a-z][a-z0-9_-]{0,63}", re.ASCII)
_SECRET: Final = re.compile(
    rb"eyJ[A-Za-z0-9_-]{6,}\.[A-Za-z0-9_-]{6,}\.[A-Za-z0-9_-]*"
    rb"|-----BEGIN [A-Z ]{0,40}PRIVATE KEY"
    rb"|[Bb]earer +[A-Za-z0-9._~+/-]{8,}"
)
_MEMBERS: Final = {"content", "format", "kind", "time"}


class Kind(StrEnum):
    """What an entry records."""

    DISCOVERY = "discovery"
    EVALUATION = "evaluation"
    DECISION = "decision"
    EXECUTION = "execution"
    VIOLATION = "violation"
    REGISTRY = "registry"
    ERASURE = "erasure"
    KEY = "key"


@dataclass(frozen=True, slots=True)
class Entry:
    """What is to be recorded.

    Attributes:
        kind: of what.
        digests: of the documents that it is about, by lower-case names: at least one.
        details: what is worth reading without them, as canonical JSON.

    Raises:
        AuditError: ``entry-value``, ``entry-size`` or ``entry-secret``.
    """

    kind: Kind
    digests: Mapping[str, str]
    details: Mapping[str, Json] = field(default_factory=dict)
    _head: bytes = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if type(self.kind) is not Kind:
            raise _refused("its kind is none of " + ", ".join(f"`{kind}`" for kind in Kind))
        digests, details = dict(self.digests), _copied(dict(self.details), 3)
        if not 0 < len(digests) <= MAX_DIGESTS:
            raise _refused(
                f"it has no digests, or more than {MAX_DIGESTS}: it must be about something"
            )
        if not all(map(_is_digest, digests.items())):
            raise _refused("its digests are not lower-case names with `sha256:` and 64 digits")
        content: Json = {"details": details, "digests": digests}
        try:
            data = canonical_bytes({"content": content, "format": FORMAT, "kind": self.kind.value})
        except InternalError:
            raise _refused("it holds a lone surrogate") from None
        object.__setattr__(self, "digests", digests)
        object.__setattr__(self, "details", details)
        object.__setattr__(self, "_head", data[:-1] + b',"time":')
        if len(self.at(MAX_TIME)) > MAX_ENTRY:
            raise AuditError(
                Fault.ENTRY_SIZE,
                f"an entry has at most {MAX_ENTRY:,} bytes: record the digest of what is larger",
            )
        if _SECRET.search(data):
            raise AuditError(
                Fault.ENTRY_SECRET,
                "what is to be recorded looks like a token or a private key: record its digest",
            )

    def at(self, time: int) -> bytes:
        """The bytes of the entry, taken at this time in microseconds since 1970."""
        # `time` is the last member in canonical order, so that an entry is encoded before its time is known.
        return b"%s%d}" % (self._head, time)


@dataclass(frozen=True, slots=True)
class Read:
    """An entry as it was read, and the time at which it was taken, in microseconds since 1970."""

    kind: Kind
    time: int
    digests: Mapping[str, str]
    details: Mapping[str, Json]


def read_entry(data: bytes) -> Read:
    """The entry that bytes are.

    Raises:
        AuditError: ``entry-form``.
    """
    if type(data) is not bytes or not 0 < len(data) <= MAX_ENTRY:
        raise _malformed(f"an entry has from 1 to {MAX_ENTRY:,} bytes")
    try:
        value = json.loads(data.decode(), parse_float=_no_float, parse_constant=_no_float)
        # A repeated key, a blank, another order or spelling: nothing of it survives being written again.
        if _checked(value) != data:
            raise _malformed("the bytes are not canonical")
    except (ValueError, RecursionError):
        raise _malformed("the bytes are no JSON of integers and text") from None
    if type(value) is not dict or value.keys() != _MEMBERS or value["format"] != FORMAT:
        raise _malformed(f"it has other members than `{FORMAT}` demands")
    content, kind, time = value["content"], value["kind"], value["time"]
    if type(content) is not dict or content.keys() != {"details", "digests"}:
        raise _malformed("`content` has other members than `details` and `digests`")
    details, digests = content["details"], content["digests"]
    if type(details) is not dict or type(digests) is not dict:
        raise _malformed("`details` or `digests` is no object")
    if not 0 < len(digests) <= MAX_DIGESTS or not all(map(_is_digest, digests.items())):
        raise _malformed("`digests` does not name digests")
    if kind not in tuple(Kind) or type(time) is not int or not 0 <= time <= MAX_TIME:
        raise _malformed("`kind` or `time` is none")
    return Read(Kind(kind), time, digests, details)


def _checked(value: Json) -> bytes:
    try:
        return canonical_bytes(_copied(value, 1))
    except (AuditError, InternalError) as error:
        raise _malformed(str(error)) from None


def _copied(value: object, depth: int) -> Json:
    """A JSON value of exact types, within the limits, that nobody else can change.

    Raises:
        AuditError: ``entry-value``.
    """
    if depth > MAX_DEPTH:
        raise _refused(f"objects and lists lie more than {MAX_DEPTH} deep")
    if value is None or isinstance(value, bool):
        return value
    # A subclass could answer otherwise the next time that it is asked: exact types only.
    if isinstance(value, str) and type(value) is str:
        return value
    if type(value) is int:
        if abs(value) >= _LIMIT:
            raise _refused("an integer is not below 2**53: write it as text")
        return value
    if isinstance(value, Mapping):
        if any(type(key) is not str for key in value):
            raise _refused("a key of an object is no text")
        return {key: _copied(one, depth + 1) for key, one in value.items()}
    if isinstance(value, list | tuple) and type(value) in {list, tuple}:
        return [_copied(one, depth + 1) for one in value]
    raise _refused(f"a value is a {type(value).__name__}: JSON without floats is expected")


def _is_digest(pair: tuple[object, object]) -> bool:
    name, digest = pair
    return type(name) is str and _NAME.fullmatch(name) is not None and is_digest(digest)


def _no_float(_: str) -> Never:
    raise ValueError


def _refused(why: str) -> AuditError:
    return AuditError(Fault.ENTRY_VALUE, f"this cannot be recorded: {why}")


def _malformed(why: str) -> AuditError:
    return AuditError(Fault.ENTRY_FORM, f"these bytes are no entry of an audit log: {why}")
