"""Where a log is kept, as a port: what a database must do, and nothing of what a log means.

A store keeps entries, the nodes above them, the edge of the tree and checkpoints, in transactions. What follows from what
is computed by ``caio.audit.integrity`` for every store alike, so that a store is small and cannot err in cryptography.
Rules for whoever implements one:

- ``writing`` excludes every other writer, in this process and in others, from its first read on. It is committed as a
  whole when its block ends and is on the disk when the block has been left; an exception leaves nothing behind.
- ``reading`` sees one state of everything, whatever is written meanwhile.
- What was added is never changed or removed, and the database itself refuses that, as far as it can.
- What goes wrong is an ``AuditError``: ``log-busy`` if it may pass, ``log-damaged`` if not.

``caio.audit.sqlite`` is the embedded one. On PostgreSQL, ``writing`` is a transaction that begins with ``SELECT … FROM
head FOR UPDATE``, ``reading`` one of ``REPEATABLE READ``, and ``tests/audit/test_store.py`` is to be run over both.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from caio.audit.entries import Kind


@dataclass(frozen=True, slots=True)
class Row:
    """An entry as a store keeps it.

    Attributes:
        index: from 0.
        time: that of the entry, in microseconds since 1970.
        kind: that of the entry.
        leaf: the hash of the leaf.
        data: the bytes of the entry.
    """

    index: int
    time: int
    kind: Kind
    leaf: bytes
    data: bytes


@dataclass(frozen=True, slots=True)
class Head:
    """The end of a log.

    Attributes:
        size: how many entries are integrated.
        time: that of the last one; 0 if there is none.
        peaks: ``Frontier.data`` of the tree.
    """

    size: int
    time: int
    peaks: bytes


@dataclass(frozen=True, slots=True)
class Node:
    """A perfect subtree that tiles above level 0 consist of.

    Attributes:
        level: of the tile it is a hash of, from 1.
        number: within the level.
    """

    level: int
    number: int
    hash: bytes


class Reading(Protocol):
    """One state of a log."""

    def head(self) -> Head:
        """The end of the log."""
        ...

    def rows(self, start: int, stop: int, *, kind: Kind | None, limit: int) -> list[Row]:
        """At most so many entries from ``start`` below ``stop``, of one kind or of all, in order."""
        ...

    def tile(self, level: int, number: int, width: int) -> bytes:
        """The first hashes of a tile (``tiles.TileSource``)."""
        ...

    def checkpoint(self) -> bytes | None:
        """The note of the checkpoint of the largest size; None if there is none."""
        ...

    def checkpoints(self, above: int, *, limit: int) -> list[tuple[int, bytes]]:
        """At most so many checkpoints of sizes above this one, as size and note, in order."""
        ...

    def checkpoint_at(self, size: int) -> bytes | None:
        """The note of the checkpoint of this size; None if there is none."""
        ...

    def check(self) -> None:
        """Have the database examine itself, indices included, as far as it can.

        Raises:
            AuditError: ``log-damaged``.
        """
        ...


class Writing(Reading, Protocol):
    """A transaction; nobody else writes."""

    def add(self, rows: Sequence[Row], nodes: Sequence[Node], head: Head) -> None:
        """Append entries, from the index that is the size so far, with the nodes they complete and the new end."""
        ...

    def keep(self, size: int, note: bytes) -> None:
        """Keep a checkpoint, in the place of another one of the same size."""
        ...


class LogStore(Protocol):
    """A log's store."""

    @property
    def origin(self) -> str:
        """The origin of the log, given when the store was made."""
        ...

    @property
    def place(self) -> str:
        """Where it is, for messages: a path, an address without credentials."""
        ...

    def reading(self) -> AbstractContextManager[Reading]:
        """One state of the log, for as long as the block lasts; within ``writing``, that of the transaction."""
        ...

    def writing(self) -> AbstractContextManager[Writing]:
        """A transaction, committed at the end of the block."""
        ...

    def close(self) -> None:
        """Let go of the store; what was acknowledged is on the disk already."""
        ...
