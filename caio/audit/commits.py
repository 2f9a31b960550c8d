"""Taking entries in, many at a time: one wait for the disk serves everybody who waits for it.

Whoever comes first commits what all others have brought until then, in one transaction. Nobody is told before it is on
the disk, and entries that were brought together lie together or nowhere.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from caio.audit.checkpoint import check_origin
from caio.audit.entries import Entry, Kind
from caio.audit.faults import AuditError, Fault
from caio.audit.integrity import integrate, read_row
from caio.audit.keyring import Change, Keyring
from caio.audit.notes import Signer, Verifier
from caio.audit.sqlite import SqliteStore
from caio.audit.store import LogStore, Row
from caio.ir.reader import quoted


@dataclass(frozen=True, slots=True)
class Receipt:
    """An entry that is on the disk.

    Attributes:
        index: its place.
        leaf: its hash, with which its inclusion is verified.
        time: when it was taken, in microseconds since 1970.
    """

    index: int
    leaf: bytes
    time: int

    @classmethod
    def of(cls, row: Row) -> Receipt:
        """The receipt of a row that was committed."""
        return cls(row.index, row.leaf, row.time)


@dataclass(slots=True)
class _Waiting:
    """Entries that somebody waits for, and what became of them."""

    entries: tuple[Entry, ...]
    receipts: tuple[Receipt, ...] = ()
    error: AuditError | None = None
    done: bool = False


class Commits:
    """The way of all entries but those of keys into a store.

    Args:
        store: of the log.
        clock: microseconds since 1970.
    """

    def __init__(self, store: LogStore, clock: Callable[[], int]) -> None:
        self._store = store
        self._clock = clock
        self._committing = threading.Lock()
        self._queue: list[_Waiting] = []
        self._queueing = threading.Lock()

    def add(self, entries: Iterable[Entry]) -> tuple[Receipt, ...]:
        """Take entries in, in their order and behind each other: all of them, or none.

        Raises:
            AuditError: ``entry-value``, ``key-change``: one of them is none, or of a key; ``log-busy``: they are not
                acknowledged; and what is wrong with the log.
        """
        mine = _Waiting(tuple(entries))
        for entry in mine.entries:
            if type(entry) is not Entry:
                raise AuditError(Fault.ENTRY_VALUE, "only an `Entry` can be recorded")
            if entry.kind is Kind.KEY:
                raise AuditError(
                    Fault.KEY_CHANGE, "keys change by `add_key`, `rotate`, `retire` and `revoke`"
                )
        with self._queueing:
            self._queue.append(mine)
        with self._committing:
            if not mine.done:
                self._commit()
        if mine.error is not None:
            raise mine.error
        return mine.receipts

    def _commit(self) -> None:
        """Write everything that is waiting in one transaction, and tell those who wait."""
        with self._queueing:
            waiting, self._queue = self._queue, []
        error: AuditError | None = AuditError(
            Fault.LOG_BUSY,
            f"recording in {quoted(self._store.place)} was interrupted: nothing was acknowledged; record it again",
        )
        try:
            with self._store.writing() as db:
                entries = [entry for one in waiting for entry in one.entries]
                receipts = map(Receipt.of, integrate(db, entries, self._clock()))
                for one in waiting:
                    one.receipts = tuple(next(receipts) for _ in one.entries)
            error = None
        except AuditError as failed:
            error = failed
        finally:
            for one in waiting:
                one.error, one.done = error, True


def begin(
    path: str | os.PathLike[str], signers: Sequence[Signer], clock: Callable[[], int]
) -> None:
    """Make the file of a new log, whose first entries are its keys, unless somebody else is quicker.

    Args:
        path: of the file.
        signers: whoever signs; the name of the first is the origin.
        clock: microseconds since 1970.

    Raises:
        AuditError: ``note-key``: the name is none of a log; ``key-change``: a signer has another one, or comes twice;
            ``log-busy``: the file cannot be written.
    """
    origin = signers[0].name
    check_origin(origin)

    def fill(store: SqliteStore) -> None:
        with store.writing() as db:
            ring = Keyring(origin)
            for number, signer in enumerate(signers):
                change = Change.ADD if number else Change.BEGIN
                entry = ring.change(change, Verifier.of(signer), signers[: number + 1])
                (row,) = integrate(db, [entry], clock())
                ring = ring.after(row.index, read_row(store, row))

    SqliteStore.create(path, origin, fill)
