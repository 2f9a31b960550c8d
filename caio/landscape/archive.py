"""The file of a history: an SQLite database (``caio.base.database``), opened only if it is one and is undamaged."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Final

from caio.base.database import ForeignError, Layout, connect, create, lay_out, settle
from caio.base.errors import InputError
from caio.base.numbers import format_number, parse_number
from caio.ir.reader import quoted

IN_MEMORY: Final = ":memory:"
"""The path of a history that is kept nowhere."""
DEFAULT_ALPHA: Final = Fraction(1, 1000)
"""The chance at most, for each guarantee, that it is ever called broken though it is kept."""

_TABLES: Final = (
    "CREATE TABLE setting (alpha TEXT NOT NULL)",
    "CREATE TABLE version ( key INTEGER PRIMARY KEY, service TEXT NOT NULL, version TEXT NOT NULL, calls INTEGER NOT NULL, violations INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL, chain TEXT NOT NULL, UNIQUE (service, version))",
    "CREATE TABLE outcome ( version INTEGER NOT NULL, outcome TEXT NOT NULL, count INTEGER NOT NULL, PRIMARY KEY (version, outcome)) WITHOUT ROWID",
    "CREATE TABLE latency ( version INTEGER NOT NULL, bucket INTEGER NOT NULL, count INTEGER NOT NULL, PRIMARY KEY (version, bucket)) WITHOUT ROWID",
    "CREATE TABLE observation ( key INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, version INTEGER NOT NULL, violated INTEGER NOT NULL, body TEXT NOT NULL)",
    "CREATE INDEX observation_of ON observation (version, key)",
    "CREATE TABLE guarantee ( key INTEGER PRIMARY KEY, digest TEXT NOT NULL UNIQUE, version INTEGER NOT NULL, terms TEXT NOT NULL, first TEXT NOT NULL, calls INTEGER NOT NULL, exceeded INTEGER NOT NULL, seen TEXT NOT NULL, promised TEXT NOT NULL, bets TEXT NOT NULL, breach TEXT)",
    "CREATE INDEX guarantee_of ON guarantee (version)",
    "CREATE TABLE exceedance ( guarantee INTEGER NOT NULL, observation INTEGER NOT NULL, PRIMARY KEY (guarantee, observation)) WITHOUT ROWID",
)
_LAYOUT: Final = Layout("a history", 0x4341_494F, 1, _TABLES)
"""``CAIO`` in the file's header."""


class HistoryError(InputError):
    """The file is no history, is damaged, or cannot be read or written now: nothing more is acknowledged."""


class InconsistentError(HistoryError):
    """What a history says does not follow from the observations in it: it is damaged, or was tampered with."""


def open_archive(path: str | Path, alpha: Fraction | None) -> tuple[sqlite3.Connection, Fraction]:
    """A connection in autocommit mode, and the α that the file was made with.

    Args:
        path: of the file, made if there is none; ``:memory:`` for none.
        alpha: of a new file; of an existing one it must be the same. None takes what there is.

    Raises:
        HistoryError: the file is something else, damaged, of another version, or cannot be opened.
        InputError: α does not lie in (0, 1), or the file has another one.
    """
    if alpha is not None and not (type(alpha) is Fraction and 0 < alpha < 1):
        raise InputError("`alpha` is no level of evidence: expected a Fraction between 0 and 1")
    new = DEFAULT_ALPHA if alpha is None else alpha
    if path == IN_MEMORY:
        with failing(path):
            connection = connect(IN_MEMORY)
            lay_out(connection, _LAYOUT)
            _begin(connection, new)
        return connection, new
    place = Path(path)
    with failing(place):
        if not place.exists():
            create(place, _LAYOUT, partial(_begin, alpha=new))
        connection = connect(place)
        try:
            found = _verify(connection, place)
        except BaseException:
            connection.close()
            raise
    if alpha is not None and alpha != found:
        connection.close()
        raise InputError(
            f"the history {quoted(str(path))} judges at α = {found}, not {alpha}: leave it out, or begin another file"
        )
    return connection, found


@contextmanager
def failing(place: str | Path) -> Iterator[None]:
    """Turn errors of the database and the file system into ones that say which history failed."""
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        raise HistoryError(
            f"the history {quoted(str(place))} cannot be used: {str(error) or type(error).__name__};"
            " nothing was recorded by this call, so record it again when that is mended"
        ) from error


def _begin(connection: sqlite3.Connection, alpha: Fraction) -> None:
    connection.execute("INSERT INTO setting VALUES (?)", [format_number(alpha)])


def _verify(connection: sqlite3.Connection, place: Path) -> Fraction:
    if not place.is_file() or place.stat().st_size == 0:
        raise HistoryError(
            f"{quoted(str(place))} is empty or no file, and a history never is: restore it, or remove it to begin anew"
        )
    try:
        return _settings(connection, place)
    except sqlite3.OperationalError:
        raise
    except (sqlite3.DatabaseError, TypeError) as error:
        raise HistoryError(
            f"{quoted(str(place))} is no history, or is damaged: name another file, or restore this one from a copy"
        ) from error


def _settings(connection: sqlite3.Connection, place: Path) -> Fraction:
    try:
        settle(connection, _LAYOUT)
    except ForeignError as error:
        raise HistoryError(f"{quoted(str(place))} {error}") from None
    (flaw,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    if flaw != "ok":
        raise HistoryError(f"{quoted(str(place))} is damaged ({flaw}): restore it from a copy")
    (alpha,) = connection.execute("SELECT alpha FROM setting").fetchone()
    return parse_number(alpha)
