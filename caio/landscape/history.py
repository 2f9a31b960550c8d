"""History H: what services did, call by call, kept for good and judged.

``History`` is a file that threads and processes record into at once. Three rules:

- Nothing acknowledged is lost: ``record`` returns when the observation is on the disk.
- Nothing is counted twice: the id of an observation says which call it is.
- Nothing is concluded that the calls do not show: a broken guarantee carries its evidence, and none is called kept.

It enters decisions through the landscape alone, as the counts of a ``state`` document
(``docs/spec/documents-v1.md`` section 5), of which scores know the lower end of Wilson's interval
(``docs/spec/score-v1.md`` section 3). What it never does: measure time, keep payloads, forget.
"""

from __future__ import annotations

import json
import os
import sqlite3
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

from caio.base.closing import Closing
from caio.base.errors import InputError
from caio.base.numbers import parse_number
from caio.ir import documents as d
from caio.ir.reader import is_version, quoted
from caio.landscape.archive import (
    IN_MEMORY,
    HistoryError,
    InconsistentError,
    failing,
    open_archive,
)
from caio.landscape.ledger import ROWS, Entry, enter, read_record, read_terms
from caio.landscape.observations import Observation, plain_version
from caio.landscape.records import Breach, Record

__all__ = ["IN_MEMORY", "History", "HistoryError", "InconsistentError"]

_PAGE: Final = 1000
"""How many observations are read at a time."""
_FLAWS: Final = (KeyError, TypeError, ValueError)
"""What goes wrong where a table holds what nobody here has written."""


@dataclass(slots=True)
class _Waiting:
    """Observations that somebody waits for, and what became of them."""

    entries: tuple[Entry, ...]
    breaches: list[Breach] = field(default_factory=list)
    error: InputError | None = None
    done: bool = False


class History(Closing):
    """The history in a file, which is made if there is none; ``:memory:`` keeps it nowhere.

    Open it once per process, after forking, and share it among threads.

    Args:
        path: of the file, on a local disk.
        alpha: for a new file, the chance at most, for each guarantee, that it is ever called broken though it is kept;
            1/1000 unless given. A file keeps the one it was made with.

    Raises:
        HistoryError: the file is no history, is damaged, or of another version.
        InputError: ``alpha`` does not lie in (0, 1), or is not that of the file.
    """

    def __init__(self, path: str | Path = IN_MEMORY, *, alpha: Fraction | None = None) -> None:
        self._path = path
        self._db, self._alpha = open_archive(path, alpha)
        self._process = os.getpid()
        self._using = threading.RLock()
        self._queue: list[_Waiting] = []
        self._queueing = threading.Lock()

    @property
    def alpha(self) -> Fraction:
        """α, at whose inverse the evidence against a guarantee suffices."""
        return self._alpha

    def record(self, observation: Observation) -> tuple[Breach, ...]:
        """Count and judge one call; the guarantees that it made broken, each of which is reported this once.

        An observation that is there already changes nothing, and nothing is reported.

        Raises:
            InputError: it is no observation, or another one has its id. Nothing was recorded.
            HistoryError: it could not be written. It is not acknowledged: record it again, under the same id.
        """
        return self.record_all((observation,))

    def record_all(self, observations: Iterable[Observation]) -> tuple[Breach, ...]:
        """As ``record`` for many calls in their order: all of them are recorded or none."""
        entries = []
        for observation in observations:
            if type(observation) is not Observation:
                raise InputError("only an `Observation` can be recorded")
            entries.append(Entry.of(observation))
        mine = _Waiting(tuple(entries))
        with self._queueing:
            self._queue.append(mine)
        # Whoever comes first commits what all others have brought until then: one wait for the disk serves them all.
        with self._used():
            if not mine.done:
                self._commit()
        if mine.error is not None:
            raise mine.error
        return tuple(mine.breaches)

    def record_of(self, service: str, version: str) -> Record:
        """What is known of a version of a service; a record of no calls if nothing is.

        Raises:
            InputError: the version is none.
        """
        if type(version) is not str or not is_version(version):
            raise InputError(f"{quoted(str(version))} is not a version such as `2.1.0`")
        with self._reading() as db:
            return read_record(db, service, plain_version(version))

    def records(self) -> tuple[Record, ...]:
        """What is known of every version of every service, sorted by name and version."""
        with self._reading() as db:
            keys = db.execute("SELECT service, version FROM version").fetchall()
            ordered = sorted(keys, key=lambda key: (key[0], d.version_key(key[1])))
            return tuple(read_record(db, *key) for key in ordered)

    def breaches(self) -> tuple[Breach, ...]:
        """All broken guarantees, sorted by service and version."""
        return tuple(breach for record in self.records() for breach in record.breaches)

    def state(self, service: d.Service, values: tuple[tuple[str, d.Value], ...] = ()) -> d.State:
        """The state document of a version of a service.

        Args:
            service: its contract.
            values: of environment fields, observed by somebody else.
        """
        record = self.record_of(service.name, service.version)
        return d.State(
            service.vocabulary,
            service.name,
            service.version,
            values,
            record.calls,
            record.violations,
        )

    def states(
        self, services: Iterable[d.Service], states: Iterable[d.State] = ()
    ) -> tuple[d.State, ...]:
        """The state documents of services, for ``snapshot.take``: of those that were called or have a state.

        Args:
            services: their contracts.
            states: what is known of them otherwise. Its values are kept; its counts are not, for only what is
                recorded here counts.
        """
        known = {(s.vocabulary, s.service, plain_version(s.version)): s.values for s in states}
        found = []
        for service in services:
            key = (service.vocabulary, service.name, plain_version(service.version))
            state = self.state(service, known.get(key, ()))
            if state.calls or key in known:
                found.append(state)
        return tuple(found)

    def observations(self, service: str | None = None) -> Iterator[dict[str, Any]]:
        """The canonical forms of all observations, or of one service's, in the order in which they were recorded."""
        for entry in self._entries():
            if service is None or entry.version[0] == service:
                yield json.loads(entry.body)

    def audit(self) -> int:
        """Derive every count, distribution, chain, judgement and breach anew from the observations; how many there are.

        This is the check of INV-CAIO-0005 on a history: what is broken is on record with its evidence, and nothing else is.

        Raises:
            InconsistentError: what is kept is not what follows from the observations.
            HistoryError: it cannot be read.
        """
        with self._reading(), History(alpha=self._alpha) as again:
            count = 0
            for entry in self._entries():
                enter(again._db, entry, self._alpha)
                count += 1
            if any(list(one) != list(other) for one, other in again._tables(self)):
                raise InconsistentError(
                    f"the history {quoted(str(self._path))} does not follow from its own observations:"
                    " it is damaged or was tampered with; restore it from a copy"
                )
        return count

    def close(self) -> None:
        """Close the file; what was acknowledged is on the disk already."""
        with self._using:
            self._db.close()

    def __reduce__(self) -> Any:
        raise TypeError("a `History` cannot be pickled: open its file where it is needed")

    def _tables(self, other: History) -> Iterator[tuple[sqlite3.Cursor, sqlite3.Cursor]]:
        """The rows of each table here and there, in the order of their keys."""
        for query in ROWS:
            yield self._db.execute(query), other._db.execute(query)

    def _commit(self) -> None:
        """Write everything that is waiting in one transaction, and tell those who wait."""
        with self._queueing:
            waiting, self._queue = self._queue, []
        error: InputError | None = HistoryError(
            f"recording into {quoted(str(self._path))} was interrupted: record it again, under the same id"
        )
        try:
            with failing(self._path):
                self._db.execute("BEGIN IMMEDIATE")
                with self._sound():
                    for one in waiting:
                        self._enter(one)
                self._db.execute("COMMIT")
            error = None
        except HistoryError as failed:
            error = failed
        finally:
            if error is not None:
                with suppress(sqlite3.Error):
                    self._db.rollback()
            for one in waiting:
                one.error = error or one.error
                one.done = True

    def _enter(self, one: _Waiting) -> None:
        """The observations of one of those who wait: if one of them is refused, all of his are, and nobody else's."""
        self._db.execute("SAVEPOINT one")
        try:
            for entry in one.entries:
                one.breaches += enter(self._db, entry, self._alpha)
        except HistoryError:
            raise
        except InputError as error:
            one.error = error
            self._db.execute("ROLLBACK TO one")
        self._db.execute("RELEASE one")

    @contextmanager
    def _used(self) -> Iterator[sqlite3.Connection]:
        """The connection, for one thread at a time."""
        if os.getpid() != self._process:
            raise HistoryError(
                f"the history {quoted(str(self._path))} was opened before this process was forked: open it again here"
            )
        with self._using, failing(self._path):
            yield self._db

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        """The connection, with everything seen at one moment, whatever other processes write meanwhile."""
        with self._used() as db:
            if db.in_transaction:
                yield db
                return
            db.execute("BEGIN")
            try:
                with self._sound((InputError, *_FLAWS)):
                    yield db
            finally:
                db.rollback()

    @contextmanager
    def _sound(self, flaws: tuple[type[Exception], ...] = _FLAWS) -> Iterator[None]:
        """Say of a file what the errors mean that its content causes: it was not written by a history."""
        try:
            yield
        except HistoryError:
            raise
        except flaws as error:
            raise InconsistentError(
                f"the history {quoted(str(self._path))} is damaged ({error}): restore it from a copy"
            ) from error

    def _entries(self) -> Iterator[Entry]:
        last = 0
        while True:
            with self._reading() as db:
                page = db.execute(
                    "SELECT key, body FROM observation WHERE key > ? ORDER BY key LIMIT ?",
                    [last, _PAGE],
                ).fetchall()
                bodies = [self._read(db, body) for _, body in page]
            if not page:
                return
            last = page[-1][0]
            yield from bodies

    @staticmethod
    def _read(db: sqlite3.Connection, body: str) -> Entry:
        kept = json.loads(body)
        measured = []
        for one in kept["measured"]:
            (terms,) = db.execute(
                "SELECT terms FROM guarantee WHERE digest = ?", [one["guarantee"]]
            ).fetchone()
            measured.append(
                (
                    one["guarantee"],
                    read_terms(terms),
                    parse_number(one["bound"]),
                    parse_number(one["value"]),
                )
            )
        return Entry(
            kept["id"],
            (kept["service"], kept["version"]),
            int(kept["at"]),
            kept["outcome"],
            kept["latency"],
            tuple(measured),
            body,
        )
