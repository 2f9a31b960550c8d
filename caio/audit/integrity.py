"""What follows from what in a log: taking entries in, and finding out whether a store still is what it was.

``integrate`` is the only way into a store. ``examine`` is what opening a log costs: it reads the right edge of the tree,
the last entry and the last checkpoint, so that it finds files that were cut off, and logs that are behind what they have
signed, without reading everything. ``verify_all`` reads everything and derives it anew.

None of this detects a log that was put back to an earlier state together with its checkpoints: that takes a checkpoint
which was kept elsewhere, and ``continues`` to hold it against the log.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from caio.audit.checkpoint import TreeHead, read_checkpoint
from caio.audit.entries import MAX_TIME, Entry, Kind, Read, read_entry
from caio.audit.faults import AuditError, Fault
from caio.audit.keyring import Keyring
from caio.audit.merkle import HASH_SIZE, MAX_SIZE, Frontier, leaf_hash, root_of
from caio.audit.notes import Note, read_note, verify
from caio.audit.store import Head, LogStore, Node, Reading, Row, Writing
from caio.audit.tiles import HEIGHT, WIDTH, TiledTree
from caio.ir.reader import quoted

PAGE: Final = 256
"""How many entries are read at a time; at most 16 MB."""


@dataclass(frozen=True, slots=True)
class Verified:
    """A log that was derived anew and found sound.

    Attributes:
        head: the origin, size and root.
        checkpoints: how many there are; each is of this very history and signed by a key that was active.
        kinds: how many entries there are of each kind.
        keyring: the keys.
    """

    head: TreeHead
    checkpoints: int
    kinds: Mapping[Kind, int]
    keyring: Keyring


def integrate(db: Writing, entries: Sequence[Entry], now: int) -> tuple[Row, ...]:
    """Take entries into a log, at a time that is not before that of its last entry.

    Args:
        db: a transaction.
        entries: in their order.
        now: microseconds since 1970, as far as the machine knows.

    Raises:
        AuditError: ``log-damaged``: the end of the log is none; ``entry-value``: the time is none.
    """
    head = db.head()
    edge = Frontier.read(head.size, head.peaks)
    # A clock that was set back must not make a later entry the earlier one.
    time = max(now, head.time) if head.size else now
    if type(now) is not int or not 0 <= time <= MAX_TIME:
        raise AuditError(Fault.ENTRY_VALUE, "the clock shows no time since 1970: set it")
    rows, nodes = [], []
    for entry in entries:
        data = entry.at(time)
        row = Row(edge.size, time, entry.kind, leaf_hash(data), data)
        rows.append(row)
        nodes += [
            Node(level // HEIGHT, number, hash_)
            for level, number, hash_ in edge.append(row.leaf)
            if level % HEIGHT == 0
        ]
    if rows:
        db.add(rows, nodes, Head(edge.size, time, edge.data))
    return tuple(rows)


def pages(store: LogStore, start: int, stop: int, kind: Kind | None = None) -> Iterator[list[Row]]:
    """Entries by the page. Entries never change, so that each page is read by itself and nobody waits for all."""
    while start < stop:
        with store.reading() as db:
            page = db.rows(start, stop, kind=kind, limit=PAGE)
        if not page:
            return
        yield page
        start = page[-1].index + 1


def read_row(store: LogStore, row: Row) -> Read:
    """The entry of a row, whose hash, time and kind are those of its bytes.

    Raises:
        AuditError: ``log-damaged``.
    """
    try:
        read = read_entry(row.data)
    except AuditError as error:
        raise damaged(store, f"entry {row.index} is none: {error}") from None
    if leaf_hash(row.data) != row.leaf or (read.kind, read.time) != (row.kind, row.time):
        raise damaged(store, f"entry {row.index} is not the one that was taken in")
    return read


def read_keyring(store: LogStore, db: Reading, size: int) -> Keyring:
    """The keys of a log of this size.

    Raises:
        AuditError: ``log-damaged``, ``key-change``.
    """
    rows = db.rows(0, size, kind=Kind.KEY, limit=size)
    ring = Keyring.of(store.origin, ((row.index, read_row(store, row)) for row in rows))
    if not ring.tenures and size:
        raise damaged(store, "it does not begin with a key")
    return ring


def examine(store: LogStore, db: Reading) -> Keyring:
    """Find out whether the end of a log is sound and the log what it last signed; its keys.

    Raises:
        AuditError: ``log-damaged``, ``log-rolled-back``, ``log-forked``, ``key-change`` or ``note-…``.
    """
    head = db.head()
    if head.size == 0:
        raise damaged(store, "it has no first entry")
    rows = db.rows(head.size - 1, MAX_SIZE, kind=None, limit=2)
    if [row.index for row in rows] != [head.size - 1] or rows[0].time != head.time:
        raise damaged(store, f"its last entry is not the one before size {head.size}")
    read_row(store, rows[0])
    if TiledTree(db, head.size).frontier().data != head.peaks:
        raise damaged(store, "the edge of its tree does not follow from its entries")
    ring = read_keyring(store, db, head.size)
    note = db.checkpoint()
    if note is not None:
        check_kept(store, db, ring, note)
    return ring


def check_kept(store: LogStore, db: Reading, ring: Keyring, note: bytes) -> TreeHead:
    """Find out whether a checkpoint that the log keeps is one of its own history; what it says.

    Raises:
        AuditError: ``log-rolled-back``, ``log-forked``, ``note-…`` or ``checkpoint-…``.
    """
    claimed = read_checkpoint(note)
    continues(store, db, claimed.head)
    # Also one by a key that was revoked since then: it is kept as it was, and counts for nobody.
    if not verify(claimed.note, ring.holding(claimed.head.size)):
        raise _unsigned(store)
    return claimed.head


def continues(store: LogStore, db: Reading, head: TreeHead) -> None:
    """Find out whether a log has the tree that a checkpoint speaks of.

    Raises:
        AuditError: ``checkpoint-origin``, ``log-rolled-back`` or ``log-forked``.
    """
    size = db.head().size
    if head.origin != store.origin:
        raise AuditError(
            Fault.CHECKPOINT_ORIGIN,
            f"the checkpoint is that of another log than {quoted(store.origin)}",
        )
    if head.size > size:
        raise AuditError(
            Fault.LOG_ROLLED_BACK,
            f"the log {quoted(store.place)} has {size} entries, and {head.size} were signed for:"
            " it was put back to an earlier state; restore the later one, and sign nothing until then",
        )
    if root_of(TiledTree(db, head.size), head.size) != head.root:
        raise AuditError(
            Fault.LOG_FORKED,
            f"the log {quoted(store.place)} has other entries below {head.size} than were signed for:"
            " it is another history under the same name; find out who wrote it",
        )


def keep(store: LogStore, note: Note) -> bytes:
    """Keep a checkpoint of a log, with the lines that others have added in the meantime; what is kept.

    Raises:
        AuditError: ``log-rolled-back``, ``log-forked``: it is none of this log; ``note-form``.
    """
    head = read_checkpoint(note.data).head
    with store.writing() as db:
        continues(store, db, head)
        kept = db.checkpoint_at(head.size)
        before = () if kept is None else read_note(kept).lines
        # One line per key, the last one: a witness may vouch again, later.
        lines = {(line.name, line.id): line for line in (*before, *note.lines)}
        data = Note(note.text, tuple(lines.values())).data
        read_note(data)
        db.keep(head.size, data)
    return data


def verify_all(store: LogStore, progress: Callable[[int, int], None] | None = None) -> Verified:
    """Derive everything anew from the entries: hashes, nodes, edge, keys, and the root of every checkpoint.

    Args:
        store: of the log.
        progress: told how many entries are done, of how many.

    Raises:
        AuditError: whatever is not as it follows.
    """
    with store.reading() as db:
        end = db.head()
        db.check()
        examine(store, db)
        signed = _signed_sizes(db)
    kinds: Counter[Kind] = Counter()
    edge, ring, time = Frontier.empty(), Keyring(store.origin), 0
    pending = iter(signed)
    next_size = next(pending, None)
    for page in pages(store, 0, end.size):
        complete = []
        for row in page:
            read = read_row(store, row)
            if row.index != edge.size or read.time < time:
                raise damaged(store, f"entry {edge.size} is missing, or older than the one before")
            time = read.time
            kinds[read.kind] += 1
            if read.kind is Kind.KEY:
                ring = ring.after(row.index, read)
            complete += [node for node in edge.append(row.leaf) if node[0] % HEIGHT == 0]
            if edge.size == next_size:
                _check_checkpoint(store, ring, edge)
                next_size = next(pending, None)
        _check_nodes(store, complete)
        if progress is not None:
            progress(edge.size, end.size)
    if (edge.size, time, edge.data) != (end.size, end.time, end.peaks) or next_size is not None:
        raise damaged(store, "its end is not that of its entries")
    head = TreeHead(store.origin, edge.size, edge.root())
    return Verified(head, len(signed), dict(kinds), ring)


def damaged(store: LogStore, why: str) -> AuditError:
    """The refusal of a log that does not follow from its own entries."""
    return AuditError(
        Fault.LOG_DAMAGED,
        f"the log {quoted(store.place)} is damaged or was tampered with ({why}):"
        " restore it from a copy, and keep this one",
    )


def _check_checkpoint(store: LogStore, ring: Keyring, edge: Frontier) -> None:
    """Find out whether a checkpoint is that of the tree so far, by a key that is active so far."""
    with store.reading() as db:
        claimed = read_checkpoint(db.checkpoint_at(edge.size) or b"")
    head = claimed.head
    if (head.origin, head.size) != (store.origin, edge.size):
        raise damaged(store, f"its checkpoint of {edge.size} is another one")
    if head.root != edge.root():
        raise AuditError(
            Fault.LOG_FORKED,
            f"the log {quoted(store.place)} has other entries below {edge.size} than were signed for",
        )
    if not verify(claimed.note, ring.active):
        raise _unsigned(store)


def _check_nodes(store: LogStore, complete: Sequence[tuple[int, int, bytes]]) -> None:
    """Find out whether these nodes are kept as they follow."""
    with store.reading() as db:
        for level, number, hash_ in complete:
            width = number % WIDTH + 1
            if db.tile(level // HEIGHT, number // WIDTH, width)[-HASH_SIZE:] != hash_:
                raise damaged(store, f"node {number} of level {level} does not follow")


def _signed_sizes(db: Reading) -> list[int]:
    """The sizes of all checkpoints, in order."""
    sizes: list[int] = []
    while page := db.checkpoints(sizes[-1] if sizes else -1, limit=PAGE):
        sizes += [size for size, _ in page]
    return sizes


def _unsigned(store: LogStore) -> AuditError:
    return AuditError(
        Fault.NOTE_UNSIGNED,
        f"a checkpoint in the log {quoted(store.place)} was signed by nobody who could:"
        " it was not written by this program",
    )
