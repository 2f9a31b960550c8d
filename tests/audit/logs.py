"""Logs of the tests."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from caio.audit.entries import Entry, Kind
from caio.audit.faults import AuditError, Fault
from caio.audit.log import Log
from caio.audit.notes import Signer, Verifier
from tests.audit.keys import TestSigner

ONE = TestSigner("one")
KEY = Verifier.of(ONE)
DIGEST = "sha256:" + "cd" * 32


def ticking(start: int = 1_000) -> Callable[[], int]:
    """A clock that goes on by one microsecond whenever it is looked at."""
    return itertools.count(start).__next__


def entry(number: int, kind: Kind = Kind.DECISION) -> Entry:
    return Entry(kind, {"decision": DIGEST}, {"number": number})


def entries(count: int, start: int = 0) -> list[Entry]:
    return [entry(number) for number in range(start, start + count)]


def opened(
    path: Path, signer: Signer | None = ONE, known: Iterable[bytes] = (), time: int = 1_000
) -> Log:
    return Log.open(path, signer, known=known, clock=ticking(time))


def refused(fault: Fault, act: Callable[[], object]) -> str:
    with pytest.raises(AuditError) as caught:
        act()
    assert caught.value.fault is fault, caught.value
    return str(caught.value)
