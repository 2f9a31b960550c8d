"""Traces (Eq. 1.8, step 9 of Eq. 1.1): everything that a run of the master equation left behind, under one hash.

A trace is a value that never changes: its content is kept as canonical bytes, and a trace with a result is another trace.
It has no secret and no payload: fields are there as digests, and as arrays only for whoever holds the state. The time at
which it was written lies outside of the hash.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, Final, final

from caio.base.canonical import Json, canonical_bytes, digest_bytes
from caio.base.instants import format_timestamp
from caio.fields.arrays import ComplexArray
from caio.fields.control import ControlSignal
from caio.fields.state import FieldState
from caio.routing.composing import Promise
from caio.routing.decision import Checked
from caio.routing.proofs import Proof

FORMAT: Final = "caio-trace/v1"
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@final
class Trace:
    """What happened in one run of the master equation; immutable.

    Attributes:
        hash: the digest of everything but the time of writing.
        timestamp: when it was written, for people; no hash covers it.
    """

    __slots__ = ("_arrays", "_body", "hash", "timestamp")
    hash: str
    timestamp: str
    _arrays: Mapping[str, ComplexArray]
    _body: bytes

    def __init__(
        self,
        body: bytes,
        arrays: Mapping[str, ComplexArray] | None = None,
        *,
        timestamp: datetime | None = None,
    ) -> None:
        now = datetime.now(UTC) if timestamp is None else timestamp
        microseconds = (now - _EPOCH) // (_EPOCH.resolution)
        for name, value in (
            ("_body", body),
            ("_arrays", MappingProxyType(dict(arrays or {}))),
            ("hash", digest_bytes(body)),
            ("timestamp", format_timestamp(microseconds)),
        ):
            object.__setattr__(self, name, value)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"`{name}` of a trace cannot be set: a trace never changes")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"`{name}` of a trace cannot be deleted: a trace never changes")

    @property
    def state(self) -> Mapping[str, Any]:
        """s_t by digests: the inputs of the decision, and everything that was measured."""
        found: dict[str, Any] = self._parts()["state"]
        return found

    @property
    def decision(self) -> Mapping[str, Any]:
        """(a, u, m), and the control signal that follows from it."""
        found: dict[str, Any] = self._parts()["decision"]
        return found

    @property
    def proofs(self) -> Sequence[Mapping[str, Any]]:
        """The six named proofs (Def. 6.1), with the selected candidate's evidence in ``certificate``."""
        found: list[dict[str, Any]] = self._parts()["proofs"]
        return found

    @property
    def guarantees(self) -> Sequence[Mapping[str, Any]]:
        """What the selected contract promises for this request (Eq. 1.6)."""
        found: list[dict[str, Any]] = self._parts()["guarantees"]
        return found

    @property
    def field_snapshots(self) -> Mapping[str, str]:
        """The digest of every field by name."""
        found: dict[str, str] = self._parts()["field_snapshots"]
        return found

    @property
    def certificate(self) -> Mapping[str, Any]:
        """The decision that the checker accepts, without its documents."""
        found: dict[str, Any] = self._parts()["certificate"]
        return found

    @property
    def result(self) -> Mapping[str, Any] | None:
        """What came of executing it, once there is a result."""
        found: dict[str, Any] | None = self._parts()["result"]
        return found

    def arrays(self, *names: str) -> Mapping[str, ComplexArray]:
        """The arrays behind field snapshots, read-only; all of them where none is named.

        Raises:
            KeyError: a name that is no snapshot, or a trace that was read back and has no arrays.
        """
        return {name: self._arrays[name] for name in names or self._arrays}

    def completed(self, result: Mapping[str, Json]) -> Trace:
        """The trace with the result of step 10, under a hash of its own."""
        body = canonical_bytes({**self._parts(), "result": dict(result)})
        return Trace(body, self._arrays)

    def json(self) -> dict[str, Json]:
        """The trace as it is written: with its hash and the time of writing."""
        return {**self._parts(), "hash": self.hash, "timestamp": self.timestamp}

    def _parts(self) -> dict[str, Any]:
        parts: dict[str, Any] = json.loads(self._body)
        return parts

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Trace) and self.hash == other.hash

    def __hash__(self) -> int:
        return hash(self.hash)

    def __repr__(self) -> str:
        return f"<Trace {self.hash}>"


def trace_of(
    checked: Checked,
    state: FieldState,
    signal: ControlSignal | None,
    proofs: Sequence[Proof],
    guarantees: Sequence[Promise],
) -> Trace:
    """The trace of an accepted decision, before it is executed.

    Args:
        checked: the decision.
        state: s_t, from which it was measured.
        signal: the control signal, None with nothing selected.
        proofs: the six named proofs.
        guarantees: the composed guarantees.
    """
    certificate = checked.decision.json()
    body: dict[str, Json] = {
        "format": FORMAT,
        "state": {"inputs": certificate["inputs"], "measured": dict(state.inputs)},
        "decision": {
            "selected": certificate["selected"],
            "control_signal": None if signal is None else signal.record(),
        },
        "proofs": [proof.json() for proof in proofs],
        "guarantees": [promise.json() for promise in guarantees],
        "field_snapshots": dict(state.snapshots),
        "certificate": certificate,
        "result": None,
    }
    return Trace(canonical_bytes(body), state.arrays())
