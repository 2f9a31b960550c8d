"""The vault: what entries name, kept beside the log (``docs/spec/evidence-v1.md`` section 3).

Documents and certificates by their digests, once each; sealed items by their seals, with the bytes that they lead to. It is
written before the entry is, so that no entry ever names what was not kept. Only an erasure takes anything out: the item and
its bytes are overwritten in the file, and its seal stays with the time.
"""

from __future__ import annotations

import json
import os
import sqlite3
import threading
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from caio.audit.faults import AuditError, Fault
from caio.audit.sealing import Item
from caio.base.canonical import canonical_bytes, digest_bytes
from caio.base.closing import Closing
from caio.base.database import ForeignError, Layout, as_laid_out, connect, create, settle
from caio.ir.reader import quoted

_LAYOUT: Final = Layout(
    "a vault",
    0x4341_5654,
    1,
    (
        "CREATE TABLE setting (origin TEXT NOT NULL)",
        "CREATE TABLE document (digest TEXT PRIMARY KEY, data BLOB NOT NULL) WITHOUT ROWID",
        (
            "CREATE TABLE item (seal TEXT PRIMARY KEY, salt TEXT, name TEXT NOT NULL, value BLOB, data BLOB,"
            " erased INTEGER) WITHOUT ROWID"
        ),
    ),
)
"""``CAVT`` in the file's header."""
MOST: Final = 1 << 30
"""The most bytes of one document or decision file, unpacked."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What a seal leads to.

    Attributes:
        name: of the item.
        item: the item; None if it was erased.
        data: the bytes that its value names by digest, if any were kept.
        erased: when it was erased, in microseconds since 1970; None if it was not.
    """

    name: str
    item: Item | None
    data: bytes | None
    erased: int | None


class Vault(Closing):
    """The vault of a log, in a file. Threads share one; each process opens its own, after forking."""

    def __init__(self, connection: sqlite3.Connection, place: Path, origin: str) -> None:
        """Only for ``open``, which knows that the file is a vault."""
        self._db = connection
        self._place = place
        self._origin = origin
        self._process = os.getpid()
        self._using = threading.RLock()
        self._known: set[str] = set()

    @classmethod
    def open(cls, path: str | os.PathLike[str], origin: str) -> Self:
        """The vault in a file, which is made if there is none.

        Args:
            path: of the file, on a local disk.
            origin: of the log that it belongs to.

        Raises:
            AuditError: ``vault-foreign``: it is something else, or of another log; ``vault-busy``; ``vault-damaged``.
        """
        place = Path(path)

        def begin(connection: sqlite3.Connection) -> None:
            connection.execute("INSERT INTO setting VALUES (?)", [origin])

        with _failing(place):
            if not place.exists():
                create(place, _LAYOUT, begin)
            connection = connect(place)
            try:
                found = _examine(connection, place)
                if found != origin:
                    raise AuditError(
                        Fault.VAULT_FOREIGN,
                        f"{quoted(str(place))} is the vault of {quoted(found)}, not of {quoted(origin)}: name that of this log",
                    )
                # What is erased is overwritten, and not only forgotten.
                connection.execute("PRAGMA secure_delete = ON")
            except BaseException:
                connection.close()
                raise
        return cls(connection, place, origin)

    @property
    def origin(self) -> str:
        """The origin of the log that it belongs to."""
        return self._origin

    def keep(
        self,
        documents: Iterable[bytes] = (),
        items: Iterable[tuple[Item, bytes | None]] = (),
    ) -> None:
        """Keep documents by digest and items by seal; on the disk when this returns, all or none.

        Raises:
            AuditError: ``vault-busy``: nothing was acknowledged.
        """
        new = {digest_bytes(data): data for data in documents}
        new = {name: data for name, data in new.items() if name not in self._known}
        rows = [
            (item.seal, item.salt, item.name, canonical_bytes(item.value), _packed(data))
            for item, data in items
        ]
        with self._writing():
            self._db.executemany(
                "INSERT OR IGNORE INTO document VALUES (?, ?)",
                ((name, zlib.compress(data)) for name, data in new.items()),
            )
            self._db.executemany("INSERT INTO item VALUES (?, ?, ?, ?, ?, NULL)", rows)
        self._known.update(new)

    def holds(self, digest: str) -> bool:
        """Whether a document is here."""
        if digest not in self._known:
            with self._used():
                query = "SELECT 1 FROM document WHERE digest = ?"
                if self._db.execute(query, [digest]).fetchone() is None:
                    return False
            self._known.add(digest)
        return True

    def document(self, digest: str) -> bytes | None:
        """The bytes with this digest, None if they are not here.

        Raises:
            AuditError: ``vault-damaged``: the bytes here have another digest.
        """
        with self._used():
            row = self._db.execute(
                "SELECT data FROM document WHERE digest = ?", [digest]
            ).fetchone()
        if row is None:
            return None
        data = self._unpacked(row[0])
        if digest_bytes(data) != digest:
            raise _damaged(self._place, f"{digest} names other bytes")
        return data

    def find(self, seal: str) -> Kept | None:
        """What a seal leads to, None if it is not here.

        Raises:
            AuditError: ``vault-damaged``: what is here does not have this seal.
        """
        with self._used():
            row = self._db.execute(
                "SELECT salt, name, value, data, erased FROM item WHERE seal = ?", [seal]
            ).fetchone()
        if row is None:
            return None
        salt, name, value, data, erased = row
        if erased is not None:
            return Kept(str(name), None, None, int(erased))
        try:
            item = Item(salt, name, json.loads(value))
        except (ValueError, TypeError, AuditError):
            raise _damaged(self._place, f"{seal} leads to no item") from None
        if item.seal != seal:
            raise _damaged(self._place, f"{seal} leads to another item")
        return Kept(item.name, item, None if data is None else self._unpacked(data), None)

    def erase(self, seals: Iterable[str], at: int) -> tuple[str, ...]:
        """Destroy salts, values and bytes of items for good; the seals that were here and not yet erased.

        Args:
            seals: of the items; strangers are passed over.
            at: the time that is kept with them, in microseconds since 1970.

        Raises:
            AuditError: ``vault-busy``: nothing was acknowledged.
        """
        gone = []
        with self._writing():
            for seal in sorted(set(seals)):
                changed = self._db.execute(
                    "UPDATE item SET salt = NULL, value = NULL, data = NULL, erased = ? WHERE seal = ? AND erased IS NULL",
                    [at, seal],
                )
                if changed.rowcount:
                    gone.append(seal)
        with self._used():
            # The write-ahead log still holds the old pages until it is moved into the file and emptied.
            self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        return tuple(gone)

    def close(self) -> None:
        """Close the file."""
        with self._using:
            self._db.close()

    def _unpacked(self, data: bytes) -> bytes:
        try:
            engine = zlib.decompressobj()
            found = engine.decompress(data, MOST)
        except (zlib.error, TypeError) as error:
            raise _damaged(self._place, f"something cannot be unpacked: {error}") from error
        if not engine.eof:
            raise _damaged(self._place, "something is longer than anything that is kept")
        return found

    @contextmanager
    def _writing(self) -> Iterator[None]:
        with self._used():
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._db.execute("COMMIT")
            except BaseException:
                with suppress(sqlite3.Error):
                    self._db.rollback()
                raise

    @contextmanager
    def _used(self) -> Iterator[None]:
        """The connection, for one thread at a time."""
        if os.getpid() != self._process:
            raise AuditError(
                Fault.VAULT_BUSY,
                f"the vault {quoted(str(self._place))} was opened before this process was forked: open it again here",
            )
        with self._using, _failing(self._place):
            yield


def _packed(data: bytes | None) -> bytes | None:
    return None if data is None else zlib.compress(data)


def _examine(connection: sqlite3.Connection, place: Path) -> str:
    try:
        settle(connection, _LAYOUT)
    except ForeignError as error:
        raise AuditError(Fault.VAULT_FOREIGN, f"{quoted(str(place))} {error}") from None
    if not as_laid_out(connection, _LAYOUT):
        raise _damaged(place, "its tables are not those of a vault")
    found = connection.execute("SELECT origin FROM setting").fetchall()
    if len(found) != 1 or type(found[0][0]) is not str:
        raise _damaged(place, "it has no origin")
    origin: str = found[0][0]
    return origin


@contextmanager
def _failing(place: Path) -> Iterator[None]:
    """Turn errors of the database and the file system into ones that say what to do."""
    try:
        yield
    except (sqlite3.OperationalError, sqlite3.ProgrammingError, OSError) as error:
        raise AuditError(
            Fault.VAULT_BUSY,
            f"the vault {quoted(str(place))} cannot be used: {str(error) or type(error).__name__};"
            " nothing was acknowledged by this call, so repeat it when that is mended",
        ) from error
    except sqlite3.Error as error:
        raise _damaged(place, str(error)) from error


def _damaged(place: Path, why: str) -> AuditError:
    return AuditError(
        Fault.VAULT_DAMAGED,
        f"the vault {quoted(str(place))} is no vault, or is damaged ({why}): restore it from a copy, and keep this file",
    )


def opened(entry: Mapping[str, str], vault: Vault) -> dict[str, Kept]:
    """What the vault has for the digests of an entry that are seals, by name."""
    found = {name: vault.find(seal) for name, seal in entry.items()}
    return {name: kept for name, kept in found.items() if kept is not None}
