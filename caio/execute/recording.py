"""The record of what services did: evidence kept, and observations handed to the history, before anything else happens.

An attempt is recorded before the next candidate is tried and before a reply is handed out. If that fails, nothing more is
tried and nothing is handed out: what is not on record has not happened in any way that could be shown.
"""

from __future__ import annotations

import os
from fractions import Fraction
from pathlib import Path
from threading import Lock
from typing import Protocol

from caio.execute.attempts import Attempt
from caio.execute.clock import SECOND
from caio.execute.promises import Promise
from caio.execute.violations import Kind
from caio.landscape.observations import SUCCEEDED, Measured, Observation
from caio.landscape.records import Breach, Record
from caio.obligations.contract import Contract


class Recorder(Protocol):
    """Where observations go, and what judges guarantees over many calls: a ``caio.landscape.history.History``.

    Its methods are called from threads, many at once.
    """

    def record(self, observation: Observation, /) -> tuple[Breach, ...]:
        """Make an observation durable; the guarantees that it made broken, on evidence over all calls so far."""
        ...

    def record_of(self, service: str, version: str, /) -> Record:
        """What is known of a version, its broken guarantees among it."""
        ...


class Evidence(Protocol):
    """Where the canonical bytes of attempts are kept. Used from threads, many at once."""

    def keep(self, data: bytes, /) -> None:
        """Keep them; they are durable when this returns."""
        ...


class Journal:
    """Evidence in a file: one attempt per line, appended and forced to the disk."""

    __slots__ = ("_lock", "_path")

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self._path = Path(path)
        self._lock = Lock()

    def keep(self, data: bytes, /) -> None:
        """Append a line.

        Raises:
            OSError: it cannot be written.
        """
        # A line in one write to a file opened for appending: those of several processes do not mix.
        with self._lock:
            handle = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            try:
                line = data + b"\n"
                if os.write(handle, line) != len(line):
                    raise OSError(f"a line of `{self._path}` was written in part")
                os.fsync(handle)
            finally:
                os.close(handle)


def observation_of(
    attempt: Attempt,
    contract: Contract,
    promise: Promise,
    metrics: tuple[tuple[str, Fraction], ...],
    *,
    name: str,
    at: int,
) -> Observation:
    """What an attempt tells the history.

    The latency is what was measured here; that of a call that was given up is the time it was waited for. Guarantees that
    did not apply to the call, or whose metric nobody observed, are not judged by it.
    """
    reached = not any(v.kind is Kind.UNREACHABLE for v in attempt.violations)
    values = dict(metrics)
    latency = Fraction(attempt.elapsed, SECOND)
    measured: dict[object, Measured] = {}
    for item in promise.applied:
        value = latency if item.metric.role == "latency" else values.get(item.metric.name)
        if value is not None and reached:
            # An overlay may repeat a guarantee of the service; it is one promise all the same.
            measured[item.guarantee] = Measured(item.metric, item.guarantee, item.bound, value)
    outcome = attempt.violations[0].kind.value if attempt.violations else SUCCEEDED
    return Observation(
        id=name,
        service=contract.service.name,
        version=contract.service.version,
        at=at,
        outcome=outcome,
        latency=attempt.elapsed if reached else None,
        measured=tuple(measured.values()),
        evidence=attempt.digest,
    )
