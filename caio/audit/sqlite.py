"""A log in an SQLite file (``caio.base.database``).

The schema is compared word by word: a trigger that somebody adds to the file is found before it runs. Threads share a
store, one at a time; each process opens its own, after forking.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final, Self

from caio.audit.entries import Kind
from caio.audit.faults import AuditError, Fault
from caio.audit.merkle import HASH_SIZE
from caio.audit.store import Head, Node, Row
from caio.base.database import ForeignError, Layout, as_laid_out, connect, create, settle
from caio.ir.reader import quoted

_ONLY: Final = "BEGIN SELECT RAISE(ABORT, 'an audit log is only ever appended to'); END"
_TABLES: Final = (
    "CREATE TABLE setting (origin TEXT NOT NULL)",
    (
        "CREATE TABLE entry (sequence INTEGER PRIMARY KEY, time INTEGER NOT NULL, kind TEXT NOT NULL,"
        " leaf BLOB NOT NULL, data BLOB NOT NULL)"
    ),
    "CREATE INDEX entry_of ON entry (kind, sequence)",
    (
        "CREATE TABLE node (level INTEGER NOT NULL, number INTEGER NOT NULL, hash BLOB NOT NULL,"
        " PRIMARY KEY (level, number)) WITHOUT ROWID"
    ),
    (
        "CREATE TABLE head (one INTEGER PRIMARY KEY CHECK (one = 1), size INTEGER NOT NULL,"
        " time INTEGER NOT NULL, peaks BLOB NOT NULL)"
    ),
    "CREATE TABLE checkpoint (size INTEGER PRIMARY KEY, note BLOB NOT NULL)",
    *(
        f"CREATE TRIGGER {table}_{event} BEFORE {event} ON {table} {_ONLY}"
        for table in ("setting", "entry", "node")
        for event in ("update", "delete")
    ),
    f"CREATE TRIGGER head_delete BEFORE delete ON head {_ONLY}",
    f"CREATE TRIGGER head_update BEFORE update ON head WHEN NEW.size < OLD.size {_ONLY}",
    f"CREATE TRIGGER checkpoint_delete BEFORE delete ON checkpoint {_ONLY}",
)
_LAYOUT: Final = Layout("a log", 0x4341_5544, 1, _TABLES)
"""``CAUD`` in the file's header."""
_FLAWS: Final = (TypeError, ValueError, LookupError, OverflowError)
"""What goes wrong where a table holds what nobody here has written."""


class SqliteStore:
    """The store of a log in a file (``caio.audit.store.LogStore``)."""

    def __init__(self, connection: sqlite3.Connection, place: Path, origin: str) -> None:
        """Only for ``create`` and ``open``, which know that the file is a log."""
        self._db = connection
        self._place = place
        self._origin = origin
        self._process = os.getpid()
        self._using = threading.RLock()

    @classmethod
    def open(cls, path: str | os.PathLike[str]) -> Self:
        """The store in a file that exists.

        Raises:
            AuditError: ``log-foreign``: there is no log here; ``log-damaged``; ``log-busy``.
        """
        place = Path(path)
        with _failing(place):
            if not place.is_file() or place.stat().st_size == 0:
                raise AuditError(
                    Fault.LOG_FOREIGN,
                    f"{quoted(str(place))} is empty or no file, and a log never is: restore it from a copy",
                )
            connection = connect(place)
            try:
                return cls(connection, place, _examine(connection, place))
            except BaseException:
                connection.close()
                raise

    @classmethod
    def create(
        cls, path: str | os.PathLike[str], origin: str, fill: Callable[[SqliteStore], None]
    ) -> None:
        """Make a file whole, for its owner alone, unless somebody else has done so in the meantime.

        Args:
            path: of the file, in a folder that exists.
            origin: of the log.
            fill: writes what a log begins with.

        Raises:
            AuditError: ``log-busy``: it cannot be written.
        """
        place = Path(path)

        def begin(connection: sqlite3.Connection) -> None:
            connection.execute("INSERT INTO setting VALUES (?)", [origin])
            fill(cls(connection, place, origin))

        with _failing(place):
            create(place, _LAYOUT, begin)

    @property
    def origin(self) -> str:
        """The origin of the log."""
        return self._origin

    @property
    def place(self) -> str:
        """The path of the file."""
        return str(self._place)

    @contextmanager
    def reading(self) -> Iterator[SqliteStore]:
        """One state of the log."""
        with self._used():
            if self._db.in_transaction:
                yield self
                return
            self._db.execute("BEGIN")
            try:
                yield self
            finally:
                self._db.rollback()

    @contextmanager
    def writing(self) -> Iterator[SqliteStore]:
        """A transaction, on the disk when the block has been left."""
        with self._used():
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self
                self._db.execute("COMMIT")
            except BaseException:
                with suppress(sqlite3.Error):
                    self._db.rollback()
                raise

    def close(self) -> None:
        """Close the file."""
        with self._using:
            self._db.close()

    def head(self) -> Head:
        """The end of the log."""
        row = self._db.execute("SELECT size, time, peaks FROM head").fetchone()
        with self._decoding():
            return Head(0, 0, b"") if row is None else Head(int(row[0]), int(row[1]), bytes(row[2]))

    def rows(self, start: int, stop: int, *, kind: Kind | None, limit: int) -> list[Row]:
        """Entries in order."""
        query = "SELECT sequence, time, kind, leaf, data FROM entry WHERE sequence >= ? AND sequence < ?"
        values: list[object] = [start, stop]
        if kind is not None:
            query, values = f"{query} AND kind = ?", [*values, kind.value]
        found = self._db.execute(f"{query} ORDER BY sequence LIMIT ?", [*values, limit])
        with self._decoding():
            return [Row(row[0], row[1], Kind(row[2]), row[3], row[4]) for row in found]

    def tile(self, level: int, number: int, width: int) -> bytes:
        """The first hashes of a tile."""
        query = (
            "SELECT leaf FROM entry WHERE sequence >= ?1 AND sequence < ?2 AND ?3 = 0 ORDER BY sequence"
            if level == 0
            else "SELECT hash FROM node WHERE level = ?3 AND number >= ?1 AND number < ?2 ORDER BY number"
        )
        found = self._db.execute(query, [number * 256, number * 256 + width, level]).fetchall()
        with self._decoding():
            data = b"".join(row[0] for row in found)
        if len(found) != width or len(data) != width * HASH_SIZE:
            raise _damaged(self._place, f"tile {number} of level {level} is not complete")
        return data

    def checkpoint(self) -> bytes | None:
        """The note of the largest checkpoint."""
        row = self._db.execute("SELECT note FROM checkpoint ORDER BY size DESC LIMIT 1").fetchone()
        with self._decoding():
            return None if row is None else bytes(row[0])

    def checkpoint_at(self, size: int) -> bytes | None:
        """The note of the checkpoint of this size."""
        row = self._db.execute("SELECT note FROM checkpoint WHERE size = ?", [size]).fetchone()
        with self._decoding():
            return None if row is None else bytes(row[0])

    def checkpoints(self, above: int, *, limit: int) -> list[tuple[int, bytes]]:
        """Checkpoints in order of their sizes."""
        query = "SELECT size, note FROM checkpoint WHERE size > ? ORDER BY size LIMIT ?"
        found = self._db.execute(query, [above, limit])
        with self._decoding():
            return [(int(size), bytes(note)) for size, note in found]

    def check(self) -> None:
        """Have the database examine itself, indices included."""
        (flaw,) = self._db.execute("PRAGMA integrity_check(1)").fetchone()
        if flaw != "ok":
            raise _damaged(self._place, flaw)

    def add(self, rows: Sequence[Row], nodes: Sequence[Node], head: Head) -> None:
        """Append entries."""
        self._db.executemany(
            "INSERT INTO entry VALUES (?, ?, ?, ?, ?)",
            ((row.index, row.time, row.kind.value, row.leaf, row.data) for row in rows),
        )
        self._db.executemany(
            "INSERT INTO node VALUES (?, ?, ?)",
            ((node.level, node.number, node.hash) for node in nodes),
        )
        self._db.execute(
            "INSERT INTO head VALUES (1, ?1, ?2, ?3)"
            " ON CONFLICT (one) DO UPDATE SET size = ?1, time = ?2, peaks = ?3",
            [head.size, head.time, head.peaks],
        )

    def keep(self, size: int, note: bytes) -> None:
        """Keep a checkpoint."""
        self._db.execute(
            "INSERT INTO checkpoint VALUES (?1, ?2) ON CONFLICT (size) DO UPDATE SET note = ?2",
            [size, note],
        )

    @contextmanager
    def _decoding(self) -> Iterator[None]:
        """Say of the file what the errors mean that its content causes; those of a device that signs mean nothing here."""
        try:
            yield
        except _FLAWS as error:
            raise _damaged(self._place, f"a table holds what no log writes: {error}") from error

    @contextmanager
    def _used(self) -> Iterator[None]:
        """The connection, for one thread at a time."""
        if os.getpid() != self._process:
            raise AuditError(
                Fault.LOG_BUSY,
                f"the log {quoted(self.place)} was opened before this process was forked: open it again here",
            )
        with self._using, _failing(self._place):
            yield


def _examine(connection: sqlite3.Connection, place: Path) -> str:
    """The origin of the log that the file is."""
    try:
        settle(connection, _LAYOUT)
    except ForeignError as error:
        raise AuditError(Fault.LOG_FOREIGN, f"{quoted(str(place))} {error}") from None
    if not as_laid_out(connection, _LAYOUT):
        raise _damaged(place, "its tables are not those of a log")
    settings = connection.execute("SELECT origin FROM setting").fetchall()
    if len(settings) != 1 or type(settings[0][0]) is not str:
        raise _damaged(place, "it has no origin")
    origin: str = settings[0][0]
    return origin


@contextmanager
def _failing(place: Path) -> Iterator[None]:
    """Turn errors of the database and the file system into ones that say what to do."""
    try:
        yield
    except (sqlite3.OperationalError, OSError) as error:
        raise AuditError(
            Fault.LOG_BUSY,
            f"the log {quoted(str(place))} cannot be used: {str(error) or type(error).__name__};"
            " nothing was acknowledged by this call, so repeat it when that is mended",
        ) from error
    except sqlite3.Error as error:
        raise _damaged(place, str(error)) from error


def _damaged(place: Path, why: str) -> AuditError:
    return AuditError(
        Fault.LOG_DAMAGED,
        f"the log {quoted(str(place))} is no log, or is damaged ({why}): restore it from a copy, and keep this file",
    )
