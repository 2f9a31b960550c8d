"""Traces from outside: exact members, exact types, and the place of what is wrong (``docs/spec/trace-v1.schema.json``).

What is read here has the shape of a trace and nothing more. The decision in it is left as it is: its shape is the checker's
matter.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from caio.base.canonical import canonical_bytes
from caio.base.errors import EvidenceError, InputError, InternalError
from caio.base.instants import format_timestamp, parse_instant
from caio.fields.control import ControlSignal
from caio.ir import reader as r

FORMAT: Final = "caio-trace/v1"

PARTS: Final = (
    "format",
    "decision",
    "state",
    "guarantees",
    "proofs",
    "result",
    "field_snapshots",
    "certificate",
)
"""What the hash covers, in the order in which a person reads it."""
_WRITTEN: Final = frozenset({*PARTS, "hash", "timestamp"})
_STATE: Final = frozenset({"inputs", "measured", "marketplace"})
_INPUTS: Final = frozenset(
    [
        "vocabulary",
        "landscape",
        "request",
        "policy",
        "profile",
        "facts",
        "attestation",
        "measurements",
        "at",
        "seed",
    ]
)
_DECISION: Final = frozenset({"selected", "control_signal"})
_SELECTED: Final = frozenset({"service", "version", "route", "control"})
_PROOF: Final = frozenset({"property", "statement", "formal", "method", "valid", "evidence"})
_PROMISE: Final = frozenset({"metric", "lower", "upper"})


@dataclass(frozen=True, slots=True)
class Written:
    """A trace as it was written.

    Attributes:
        parts: what the hash covers; ``body`` is its canonical bytes.
        hash: the digest that stands in the file.
        timestamp: the time of writing.
        documents: the canonical bytes of the documents that came along.
    """

    parts: Mapping[str, Any]
    body: bytes
    hash: str
    timestamp: str
    documents: tuple[bytes, ...]


def read_parts(data: bytes) -> Written:
    """The parts of a trace (Eq. 1.8) in a file's bytes.

    Raises:
        EvidenceError: they are none; ``path`` says where, ``expected`` and ``seen`` what is wrong.
    """
    try:
        return _written(r.parse_json(data))
    except r.DecodeError as error:
        raise EvidenceError(
            f"no trace: {error}",
            code="trace-shape",
            path=error.path,
            expected="a trace as `docs/spec/trace-v1.schema.json` has it",
            seen=error.reason,
        ) from error


def _written(value: object) -> Written:
    carried = type(value) is dict and "documents" in value
    members = r.members(value, _WRITTEN | {"documents"} if carried else _WRITTEN)
    r.member(members, "format", r.one_of(FORMAT))
    r.member(members, "state", _state)
    r.member(members, "decision", _decision)
    r.many(members, "proofs", _proof)
    r.many(members, "guarantees", _promise)
    r.member(members, "field_snapshots", _digests)
    r.member(members, "certificate", _object)
    r.member(members, "result", r.optional(_object))
    parts = {name: members[name] for name in PARTS}
    return Written(
        parts,
        _canonical(parts),
        r.member(members, "hash", r.digest_name),
        r.member(members, "timestamp", _timestamp),
        r.many(members, "documents", _document) if carried else (),
    )


def _state(value: object) -> None:
    members = r.members(value, _STATE)
    r.member(members, "inputs", lambda found: r.members(found, _INPUTS))
    r.member(members, "measured", _digests)
    r.distinct(r.many(members, "marketplace", r.name))


def _decision(value: object) -> None:
    members = r.members(value, _DECISION)
    r.member(members, "selected", r.optional(_selected))
    r.member(members, "control_signal", r.optional(ControlSignal.from_record))


def _selected(value: object) -> None:
    members = r.members(value, _SELECTED)
    for name, decode in (("service", r.name), ("version", r.version), ("control", r.name)):
        r.member(members, name, decode)
    r.member(members, "route", r.one_of("internal", "external", "hybrid"))


def _proof(value: object) -> None:
    members = r.members(value, _PROOF)
    for name in ("property", "statement", "formal", "method"):
        r.member(members, name, r.string)
    r.member(members, "valid", r.boolean)
    r.many(members, "evidence", r.integer)


def _promise(value: object) -> None:
    members = r.members(value, _PROMISE)
    r.member(members, "metric", r.name)
    r.member(members, "lower", r.number)
    r.member(members, "upper", r.number)


def _digests(value: object) -> None:
    """An object of digests, at least one, under any names."""
    members = _object(value)
    if not members:
        raise r.DecodeError("an object without members")
    for name in members:
        r.member(members, r.name(name), r.digest_name)


def _object(value: object) -> dict[str, object]:
    if type(value) is not dict:
        raise r.expected("an object", value)
    return value


def _timestamp(value: object) -> str:
    text = r.string(value)
    try:
        exact = format_timestamp(parse_instant(text))
    except InputError as error:
        raise r.DecodeError(str(error)) from None
    if exact != text:
        raise r.DecodeError(f"{r.quoted(text)} is written in another way than {r.quoted(exact)}")
    return text


def _document(value: object) -> bytes:
    return _canonical(_object(value))


def _canonical(value: Any) -> bytes:
    try:
        return canonical_bytes(value)
    except InternalError:
        raise r.DecodeError("a text holds a lone surrogate") from None
    except RecursionError:
        raise r.DecodeError("nested too deeply") from None
