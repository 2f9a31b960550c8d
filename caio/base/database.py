"""SQLite files of ours: made whole, opened only if they are one, with every commit on the disk.

A new file is written beside its place and linked there when it is complete, so that a file that exists is whole from its first
byte, and an empty or a truncated one is never taken for a new one. Writing is by a write-ahead log with
``synchronous=FULL``. Such a file belongs on a local disk; one connection, whose use its owner serialises, begins and ends
transactions by hand.
"""

from __future__ import annotations

import os
import sqlite3
import tempfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_WAIT: Final = 60.0
"""Seconds to wait for another process that is writing."""


class ForeignError(Exception):
    """The file is something else; the message goes on behind its name."""


@dataclass(frozen=True, slots=True)
class Layout:
    """What a kind of files looks like.

    Attributes:
        what: how one is called, such as ``a log``.
        application: the number in the file's header that tells it from those of other programs.
        version: of the tables.
        tables: the statements that make them.
    """

    what: str
    application: int
    version: int
    tables: tuple[str, ...]


def connect(place: str | Path) -> sqlite3.Connection:
    """A connection in autocommit mode, which runs nothing that the file itself brings.

    Raises:
        sqlite3.Error: it cannot be opened.
    """
    connection = sqlite3.connect(place, _WAIT, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA trusted_schema = OFF")
    return connection


def lay_out(connection: sqlite3.Connection, layout: Layout) -> None:
    """Make the tables in an empty database."""
    connection.executescript("BEGIN; " + "; ".join(layout.tables) + "; COMMIT;")
    connection.execute(f"PRAGMA user_version = {layout.version}")
    connection.execute(f"PRAGMA application_id = {layout.application}")


def create(place: Path, layout: Layout, fill: Callable[[sqlite3.Connection], None]) -> None:
    """Make a file whole, for its owner alone, unless somebody else has made it in the meantime.

    Args:
        place: of the file, in a folder that exists.
        layout: what it looks like.
        fill: writes what it begins with.

    Raises:
        sqlite3.Error, OSError: it cannot be written.
    """
    handle, name = tempfile.mkstemp(prefix=f".{place.name}.", dir=place.parent)
    os.close(handle)
    draft = Path(name)
    try:
        connection = connect(draft)
        try:
            lay_out(connection, layout)
            fill(connection)
            # The journal's mode is a property of the file; closing the only connection moves the journal into it.
            connection.execute("PRAGMA journal_mode = WAL")
        finally:
            connection.close()
        force(draft)
        with suppress(FileExistsError):
            os.link(draft, place)
        force(place.parent)
    finally:
        draft.unlink()


def settle(connection: sqlite3.Connection, layout: Layout) -> None:
    """Make sure that a file is of a kind, and that what is committed to it reaches the disk.

    Raises:
        ForeignError: it is of another kind or version, or lies where there is no write-ahead log.
        sqlite3.Error: it is no database.
    """
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if application != layout.application:
        raise ForeignError("is the database of another program: name another file")
    if version != layout.version:
        raise ForeignError(
            f"is {layout.what} of version {version}, and this program reads version {layout.version}:"
            " use the program that wrote it, or begin another file"
        )
    (mode,) = connection.execute("PRAGMA journal_mode = WAL").fetchone()
    if mode != "wal":
        raise ForeignError(
            f"lies where SQLite can keep no write-ahead log: put {layout.what} on a local disk"
        )
    connection.execute("PRAGMA synchronous = FULL")


def as_laid_out(connection: sqlite3.Connection, layout: Layout) -> bool:
    """Whether the tables are those of the layout word by word: a trigger that somebody added would be found."""
    found = connection.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY rowid")
    return [row[0] for row in found] == list(layout.tables)


def force(path: Path) -> None:
    """To the disk: a file, or the names in a folder.

    Raises:
        OSError: it cannot be read or written.
    """
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
