"""Traces (Eq. 1.8, step 9 of Eq. 1.1): everything that a run of the master equation left behind, under one hash.

A trace is a value that never changes: its content is kept as canonical bytes, what it hands out is a copy, and a trace with a
result is another trace. It has no secret and no payload: fields are there as digests, and as arrays only on request. The
time at which it was written lies outside of the hash, and so do the documents that come along to check it with, for the
decision in it names them by digest.

``Trace.read`` believes nothing about a file's shape (``trace_parts``) and its hash. Whether the parts say the same as the decision in
the trace is the matter of ``agreement``, and whether that decision is right is the checker's: ``caio verify`` does all three.
"""

from __future__ import annotations

import io
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from math import prod
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, Never, Self, final

import numpy as np

from caio.base.canonical import Json, canonical_bytes, digest_bytes
from caio.base.errors import EvidenceError, InputError
from caio.base.instants import format_timestamp
from caio.fields.arrays import ComplexArray, Field, FieldError
from caio.fields.control import ControlSignal
from caio.fields.state import FieldState
from caio.routing.composing import Promise
from caio.routing.decision import Checked, Decision
from caio.routing.files import body_with_documents, decision_files
from caio.routing.keeping import check_place, keep
from caio.routing.proofs import Proof
from caio.routing.trace_parts import FORMAT, PARTS, read_parts

__all__ = ["FORMAT", "Trace", "array_name", "trace_of"]

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_NO_ARRAYS: Final[Mapping[str, ComplexArray]] = MappingProxyType({})


@final
class Trace:
    """What happened in one run of the master equation; immutable (Eq. 1.8).

    Attributes:
        hash: the digest of everything but the time of writing.
        timestamp: when it was written, for people; no hash covers it.
    """

    __slots__ = ("_arrays", "_body", "_decision", "_documents", "hash", "timestamp")
    hash: str
    timestamp: str
    _arrays: Mapping[str, ComplexArray]
    _body: bytes
    _decision: Decision | None
    _documents: tuple[bytes, ...]

    def __init__(
        self,
        body: bytes,
        arrays: Mapping[str, ComplexArray] = _NO_ARRAYS,
        *,
        decision: Decision | None = None,
        documents: tuple[bytes, ...] = (),
        timestamp: str | None = None,
    ) -> None:
        """A trace of canonical bytes; ``trace_of`` and ``Trace.read`` make them.

        Args:
            body: the canonical bytes of everything that the hash covers.
            arrays: by field snapshot.
            decision: whose documents are written along with the trace.
            documents: those, where there is no decision.
            timestamp: when it was written; None is now.
        """
        for name, value in (
            ("_body", body),
            ("_arrays", MappingProxyType(dict(arrays))),
            ("_decision", decision),
            ("_documents", documents),
            ("hash", digest_bytes(body)),
            ("timestamp", _now() if timestamp is None else timestamp),
        ):
            object.__setattr__(self, name, value)

    @classmethod
    def read(cls, data: bytes, arrays: str | os.PathLike[str] | None = None) -> Self:
        """The trace in a file's bytes; whether it is true is another question (``caio verify``).

        Args:
            data: what ``save`` or ``bundle`` wrote.
            arrays: the folder in which its arrays may lie; each that is there is held against its digest.

        Raises:
            EvidenceError: it is none, its hash is not that of its content, or an array is not the one that it names;
                ``path`` says where.
            InputError: an array cannot be read.
        """
        written = read_parts(data)
        found = digest_bytes(written.body)
        if found != written.hash:
            raise EvidenceError(
                "the trace is not the one that its hash names: it was changed",
                code="trace-hash",
                path="hash",
                expected=found,
                seen=written.hash,
            )
        snapshots: Mapping[str, str] = written.parts["field_snapshots"]
        kept = {} if arrays is None else dict(_arrays_in(Path(arrays), snapshots))
        return cls(written.body, kept, documents=written.documents, timestamp=written.timestamp)

    @property
    def state(self) -> Mapping[str, Any]:
        """s_t by digests: the inputs of the decision, everything that was measured, and the services of M in order."""
        found: dict[str, Any] = self._parts()["state"]
        return found

    @property
    def decision(self) -> Mapping[str, Any]:
        """(a, u, m), and the control signal that follows from it."""
        found: dict[str, Any] = self._parts()["decision"]
        return found

    @property
    def proofs(self) -> Sequence[Mapping[str, Any]]:
        """The six named proofs (Def. 6.1); their evidence is that of the selected candidate in ``certificate``."""
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

    @property
    def documents(self) -> tuple[bytes, ...]:
        """The canonical bytes of the documents that are written along with it, in order of digest."""
        return self._documents if self._decision is None else decision_files(self._decision).own

    def arrays(self, *names: str) -> Mapping[str, ComplexArray]:
        """The arrays behind field snapshots; all that are at hand where none is named.

        Raises:
            InputError: a name that is no snapshot, or of which the array is not at hand.
        """
        for name in names:
            if name not in self._arrays:
                there = ", ".join(f"`{known}`" for known in self._arrays) or "none"
                raise InputError(f"no array of `{name[:80]}` is at hand (there are: {there})")
        return {name: self._arrays[name] for name in names or self._arrays}

    def completed(self, result: Mapping[str, Json]) -> Trace:
        """The trace with the result of step 10, under a hash of its own; this one stays as it is.

        Raises:
            InputError: there is a result already: what happened is not replaced.
        """
        parts = self._parts()
        if parts["result"] is not None:
            raise InputError("the trace has its result already, and what happened is not replaced")
        return Trace(
            canonical_bytes({**parts, "result": dict(result)}),
            self._arrays,
            decision=self._decision,
            documents=self._documents,
        )

    def json(self) -> dict[str, Json]:
        """The trace as it is written, without documents: with its hash and the time of writing."""
        parts = self._parts()
        ordered = {name: parts[name] for name in PARTS}
        return {**ordered, "hash": self.hash, "timestamp": self.timestamp}

    def bundle(self) -> bytes:
        """The trace with every document that its decision is about: all that a check needs, in one file."""
        documents = self._documents
        if self._decision is not None:
            documents = decision_files(self._decision).every
        return body_with_documents(self.json(), documents)

    def save(self, path: str | os.PathLike[str], *, arrays: bool = False) -> None:
        """Write the trace, and what belongs to it beside it: each file whole or not at all.

        The landscape is ``landscape-<digest>.json``, which traces in one folder share. ``caio verify`` checks the file.

        Args:
            path: of the file.
            arrays: write the arrays of field snapshots as well, as ``field-<digest>.npy``: those that were given. What was
                computed, such as modes, follows from them, and its digest is that of what it was computed from.

        Raises:
            InputError: a file cannot be written.
        """
        target = Path(path)
        check_place(target)
        if arrays:
            for name, found in self._given():
                keep(target.with_name(array_name(name)), _npy(found), same=True)
        # What the trace rests on comes first: it never stands there without.
        if self._decision is not None:
            files = decision_files(self._decision)
            keep(target.with_name(files.landscape_name), files.landscape, same=True)
        keep(target, body_with_documents(self.json(), self.documents))

    def _given(self) -> Iterator[tuple[str, ComplexArray]]:
        """The arrays that their digests name, by digest."""
        for name, snapshot in self.field_snapshots.items():
            found = self._arrays.get(name)
            if found is not None and Field(name, found).digest == snapshot:
                yield snapshot, found

    def _parts(self) -> dict[str, Any]:
        """A copy of the content: whoever changes it changes nothing here."""
        parts: dict[str, Any] = json.loads(self._body)
        return parts

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"`{name}` of a trace cannot be set: a trace never changes")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"`{name}` of a trace cannot be deleted: a trace never changes")

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, _: object) -> Self:
        return self

    def __reduce__(self) -> Never:
        raise TypeError("a `Trace` cannot be pickled: keep what `save` writes, and `Trace.read` it")

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
    """The trace of an accepted decision, before it is executed (Eq. 1.8).

    Args:
        checked: the decision.
        state: s_t, of which it was measured.
        signal: the control signal, None with nothing selected.
        proofs: the six named proofs.
        guarantees: the composed guarantees.

    Raises:
        InputError: the decision does not rest on measurements of this state.
    """
    decision = checked.decision
    used = decision.question.measurements
    if used is None or not state.inputs.items() <= dict(used.inputs).items():
        raise InputError(
            "the decision rests on other measurements than this state's: decide with `state.measurements(…)`"
        )
    certificate = decision.json()
    body: dict[str, Json] = {
        "format": FORMAT,
        "state": {
            "inputs": certificate["inputs"],
            "measured": dict(state.inputs),
            "marketplace": list(state.marketplace.services),
        },
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
    return Trace(canonical_bytes(body), state.arrays(), decision=decision)


def array_name(digest: str) -> str:
    """The name of the file that holds the array of this digest."""
    return f"field-{digest.removeprefix('sha256:')}.npy"


def _arrays_in(folder: Path, snapshots: Mapping[str, str]) -> Iterator[tuple[str, ComplexArray]]:
    """The arrays of field snapshots that lie in a folder, each of which is the one that is named."""
    for name, snapshot in snapshots.items():
        # The name is made of a digest whose form was checked, and never of other text.
        path = folder / array_name(snapshot)
        if not path.is_file():
            continue
        try:
            found = _array_of(path)
        except OSError as error:
            raise InputError(f"cannot read `{path}`: {error.strerror or error}") from error
        except (ValueError, EOFError) as error:
            raise _other_array(name, snapshot, f"no array: {error}") from error
        try:
            field = Field(name, found)
        except FieldError as error:
            raise _other_array(name, snapshot, str(error)) from error
        if field.digest != snapshot:
            raise _other_array(name, snapshot, field.digest)
        yield name, field.values


def _array_of(path: Path) -> ComplexArray:
    """The array of a file, whose size is held against what its header says before memory is taken for it.

    Raises:
        OSError: the file cannot be read.
        ValueError: it is no array of complex numbers.
    """
    with path.open("rb") as file:
        if np.lib.format.read_magic(file) != (1, 0):
            raise ValueError("another version of the format than 1.0")
        shape, _, kind = np.lib.format.read_array_header_1_0(file)
        if kind != np.dtype("<c16"):
            raise ValueError(f"its numbers are `{kind}`")
        size = path.stat().st_size - file.tell()
        if prod(shape) * kind.itemsize != size:
            raise ValueError(f"{size} bytes are not the {shape} that its header speaks of")
        return np.fromfile(file, dtype=kind).reshape(shape)


def _other_array(name: str, snapshot: str, seen: str) -> EvidenceError:
    return EvidenceError(
        f"`{array_name(snapshot)}` is not the array of `{name[:80]}`",
        code="trace-array",
        path=f"field_snapshots.{name}",
        expected=f"an array with the digest {snapshot}",
        seen=seen,
    )


def _npy(array: ComplexArray) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, np.ascontiguousarray(array, dtype="<c16"), allow_pickle=False)
    return buffer.getvalue()


def _now() -> str:
    return format_timestamp((datetime.now(UTC) - _EPOCH) // _EPOCH.resolution)
