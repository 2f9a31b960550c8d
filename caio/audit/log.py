"""The audit log: append, sign, prove, read, verify.

``Log`` is what the rest of the program writes into. Its rules:

- What ``append`` returned is on the disk. Many threads and processes append at once; one wait for the disk serves all that
  wait.
- Nothing is signed that contradicts what was signed before: a log that was put back, or replaced, signs nothing.
- Appending needs no key. Only a checkpoint does, and a change of keys.

What it does not do: measure time for anybody else, keep documents (it names them by digest), or forget.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Never, Self

from caio.audit import integrity
from caio.audit.checkpoint import (
    Checkpoint,
    TreeHead,
    read_checkpoint,
    sign_checkpoint,
)
from caio.audit.commits import Commits, Receipt, begin
from caio.audit.entries import Entry, Kind
from caio.audit.faults import AuditError, Fault
from caio.audit.folder import publish
from caio.audit.integrity import Verified
from caio.audit.keyring import Change, Keyring
from caio.audit.merkle import (
    Frontier,
    check_index,
    prove_consistency,
    prove_inclusion,
    prove_range,
    root_of,
)
from caio.audit.notes import Note, Signer, Verifier
from caio.audit.recorded import Recorded, find_span, read_entries
from caio.audit.sqlite import SqliteStore
from caio.audit.store import LogStore, Reading
from caio.audit.tiles import TiledTree
from caio.base.closing import Closing
from caio.ir.reader import quoted

__all__ = ["Log", "Receipt", "Recorded"]


def _now() -> int:
    """Microseconds since 1970 by the clock of this machine."""
    return time.time_ns() // 1000


class Log(Closing):
    """A log in a store; ``Log.open`` is the usual way to one.

    Open it once per process, after forking, and share it among threads.

    Args:
        store: of the log, which is examined.
        signers: whoever signs checkpoints. Each must be an active key of the log. None for a log that is read, or appended to.
        known: checkpoints of this log that were kept elsewhere. A log that does not continue all of them is refused.
        clock: microseconds since 1970.

    Raises:
        AuditError: ``log-…``: the store is not sound, or behind a checkpoint; ``key-inactive``.
    """

    def __init__(
        self,
        store: LogStore,
        signers: Sequence[Signer] = (),
        *,
        known: Iterable[bytes] = (),
        clock: Callable[[], int] = _now,
    ) -> None:
        self._store = store
        self._signers = tuple(signers)
        self._clock = clock
        self._commits = Commits(store, clock)
        self._signed: TreeHead | None = None
        with store.reading() as db:
            ring = integrity.examine(store, db)
            for signer in self._signers:
                ring.check_signer(signer)
            for note in known:
                # The size is looked at first: a log that was put back may have lost the key that signed since.
                integrity.continues(store, db, read_checkpoint(note).head)
                integrity.check_kept(store, db, ring, note)

    @classmethod
    def open(
        cls,
        path: str | os.PathLike[str],
        signer: Signer | Sequence[Signer] | None = None,
        *,
        known: Iterable[bytes] = (),
        clock: Callable[[], int] = _now,
    ) -> Self:
        """The log in a file, which is made if there is none and somebody signs, with his name as the origin.

        Raises:
            AuditError: as for ``Log``; ``log-foreign``: there is no log, and nobody to begin one.
        """
        signers = () if signer is None else signer if isinstance(signer, Sequence) else (signer,)
        notes = tuple(known)
        if not Path(path).exists():
            if not signers or notes:
                raise AuditError(
                    Fault.LOG_ROLLED_BACK if notes else Fault.LOG_FOREIGN,
                    f"there is no log {quoted(str(path))}: "
                    + ("restore it" if notes else "name a signer to begin one"),
                )
            begin(path, signers, clock)
        store = SqliteStore.open(path)
        try:
            return cls(store, signers, known=notes, clock=clock)
        except BaseException:
            store.close()
            raise

    @property
    def origin(self) -> str:
        """The name of the log."""
        return self._store.origin

    @property
    def size(self) -> int:
        """How many entries there are."""
        with self._store.reading() as db:
            return db.head().size

    def append(self, entry: Entry) -> Receipt:
        """Record one entry.

        Raises:
            AuditError: ``log-busy``: it is not acknowledged, though it may be there; ``key-change``: keys change by
                ``add_key``, ``rotate``, ``retire`` and ``revoke`` alone.
        """
        return self.append_many((entry,))[0]

    def append_many(self, entries: Iterable[Entry]) -> tuple[Receipt, ...]:
        """As ``append`` for many, in their order and behind each other: all of them are recorded, or none."""
        return self._commits.add(entries)

    def checkpoint(self) -> Checkpoint:
        """Sign the log as it is now, and keep what was signed; what is kept if it is signed already.

        Raises:
            AuditError: ``key-inactive``: nobody signs here, or no longer; ``log-rolled-back``, ``log-forked`` or
                ``log-damaged``: nothing is signed.
        """
        with self._store.reading() as db:
            head, ring = self._state(db)
            kept = db.checkpoint_at(head.size)
        if not self._signers:
            raise AuditError(
                Fault.KEY_INACTIVE,
                f"the log {quoted(self.origin)} was opened without a signer: open it with one",
            )
        for signer in self._signers:
            ring.check_signer(signer)
        keys = {Verifier.of(signer) for signer in self._signers}
        if kept is not None:
            found = ring.policy(head.size).accept(kept)
            if keys <= {one.key for one in found.signed}:
                return found
        # Not within a transaction: a device may take its time, and what is signed here stays true.
        note = sign_checkpoint(self.origin, head.size, head.root, self._signers)
        self._signed = head
        return ring.policy(head.size).accept(integrity.keep(self._store, note))

    def latest(self, *, witnesses: Sequence[Verifier] = (), quorum: int = 0) -> Checkpoint:
        """The last checkpoint that was kept, if it counts, and if so many witnesses have cosigned.

        Raises:
            AuditError: ``note-unsigned``: there is none; ``key-inactive``; ``checkpoint-unwitnessed``.
        """
        with self._store.reading() as db:
            note = db.checkpoint()
            _, ring = self._state(db)
        if note is None:
            raise AuditError(Fault.NOTE_UNSIGNED, "no checkpoint was signed yet: `checkpoint` does")
        size = read_checkpoint(note).head.size
        return ring.policy(size, witnesses=witnesses, quorum=quorum).accept(note)

    def add_cosignatures(self, note: bytes, witnesses: Sequence[Verifier]) -> Checkpoint:
        """Keep what witnesses have added to a checkpoint of this log; lines of others are left out.

        Raises:
            AuditError: ``log-rolled-back``, ``log-forked``: it is none of this log; ``note-signature``.
        """
        claimed = read_checkpoint(note)
        with self._store.reading() as db:
            integrity.continues(self._store, db, claimed.head)
            _, ring = self._state(db)
        names = {(key.name, key.id) for key in (*ring.holding(claimed.head.size), *witnesses)}
        lines = tuple(one for one in claimed.note.lines if (one.name, one.id) in names)
        policy = ring.policy(claimed.head.size, witnesses=witnesses)
        policy.accept(Note(claimed.note.text, lines).data)
        return policy.accept(integrity.keep(self._store, Note(claimed.note.text, lines)))

    def root(self, size: int) -> bytes:
        """The root of the tree of this size.

        Raises:
            AuditError: ``proof-range``: the log is not so long.
        """
        with self._tree(size) as tree:
            return root_of(tree, size)

    def prove_inclusion(self, index: int, size: int) -> tuple[bytes, ...]:
        """The proof that the entry at this index is in the tree of this size, from the leaf upwards.

        Raises:
            AuditError: ``proof-range``.
        """
        check_index(index, size)
        with self._tree(size) as tree:
            return prove_inclusion(tree, index, size)

    def prove_consistency(self, old: int, new: int) -> tuple[bytes, ...]:
        """The proof that the tree of size ``old`` is the beginning of that of size ``new``.

        Raises:
            AuditError: ``proof-range``.
        """
        with self._tree(new) as tree:
            return prove_consistency(tree, old, new)

    def prove_range(
        self, start: int, stop: int, size: int
    ) -> tuple[tuple[bytes, ...], tuple[bytes, ...]]:
        """The hashes left and right of a range with which its entries give the root of the tree of this size.

        Raises:
            AuditError: ``proof-range``.
        """
        with self._tree(size) as tree:
            return prove_range(tree, start, stop, size)

    def entries(
        self, start: int = 0, stop: int | None = None, *, kind: Kind | None = None
    ) -> Iterator[Recorded]:
        """The entries from ``start`` below ``stop``, of one kind or of all, in order; each is held against its hash.

        Those that are recorded after the first was read are left out.

        Raises:
            AuditError: ``proof-range``; ``log-damaged``.
        """
        return read_entries(self._store, start, stop, kind)

    def span(self, first: int, last: int) -> tuple[int, int]:
        """The entries that were taken from one time up to another: ``start`` and ``stop`` for ``entries``.

        Args:
            first: microseconds since 1970.
            last: the same, included.
        """
        return find_span(self._store, first, last)

    def keyring(self) -> Keyring:
        """The keys of the log, as its own history has them."""
        with self._store.reading() as db:
            return integrity.read_keyring(self._store, db, db.head().size)

    def verify(self, progress: Callable[[int, int], None] | None = None) -> Verified:
        """Derive everything anew: hashes, nodes, keys, and the root and signatures of every checkpoint.

        Args:
            progress: told how many entries are done, of how many.

        Raises:
            AuditError: whatever is not as it follows from the entries.
        """
        return integrity.verify_all(self._store, progress)

    def publish(self, folder: str | os.PathLike[str]) -> Checkpoint:
        """Write the log up to its last checkpoint that counts as files, tiles and entries; that checkpoint.

        Raises:
            AuditError: as ``latest`` and ``folder.publish``.
        """
        checkpoint = self.latest()
        publish(self._store, checkpoint, Path(folder))
        return checkpoint

    def add_key(self, signer: Signer) -> Receipt:
        """Let one more key sign for this log, and sign here with it too.

        Raises:
            AuditError: ``key-change``.
        """
        receipt = self._change(Change.ADD, Verifier.of(signer), signer)
        self._signers = (*self._signers, signer)
        return receipt

    def rotate(self, signer: Signer, old: Verifier | None = None) -> Receipt:
        """Let a new key sign in the place of an old one, whose signatures stand.

        Args:
            signer: the new one.
            old: the key that ends; that of the first signer here unless given.

        Raises:
            AuditError: ``key-change``; ``key-inactive``: nobody signs here.
        """
        if old is None and not self._signers:
            raise AuditError(Fault.KEY_INACTIVE, "open the log with a signer to rotate its key")
        ended = old or Verifier.of(self._signers[0])
        receipt = self._change(Change.ROTATE, Verifier.of(signer), signer, old=ended)
        self._signers = (signer, *self._others(ended))
        return receipt

    def retire(self, key: Verifier) -> Receipt:
        """End a key, whose signatures stand; another active key says so.

        Raises:
            AuditError: ``key-change``.
        """
        receipt = self._change(Change.RETIRE, key)
        self._signers = self._others(key)
        return receipt

    def revoke(self, key: Verifier) -> Receipt:
        """Declare that a key is no longer in its owner's hands alone: nothing that it signed counts any more.

        Sign a checkpoint right after it: with it, what the revoked key alone has signed is vouched for again.

        Raises:
            AuditError: ``key-change``.
        """
        receipt = self._change(Change.REVOKE, key)
        self._signers = self._others(key)
        return receipt

    def close(self) -> None:
        """Close the store; what was acknowledged is on the disk already."""
        self._store.close()

    def __reduce__(self) -> Never:
        raise TypeError("a `Log` cannot be pickled: open its file where it is needed")

    def _others(self, key: Verifier) -> tuple[Signer, ...]:
        return tuple(one for one in self._signers if Verifier.of(one) != key)

    def _change(
        self, change: Change, key: Verifier, *new: Signer, old: Verifier | None = None
    ) -> Receipt:
        with self._store.writing() as db:
            ring = integrity.read_keyring(self._store, db, db.head().size)
            entry = ring.change(change, key, (*new, *self._signers), old=old)
            (row,) = integrity.integrate(db, [entry], self._clock())
        return Receipt.of(row)

    def _state(self, db: Reading) -> tuple[TreeHead, Keyring]:
        """What the log is now, found sound and a continuation of all that was signed."""
        ring = integrity.examine(self._store, db)
        if self._signed is not None:
            integrity.continues(self._store, db, self._signed)
        head = db.head()
        return TreeHead(self.origin, head.size, Frontier.read(head.size, head.peaks).root()), ring

    @contextmanager
    def _tree(self, size: int) -> Iterator[TiledTree]:
        with self._store.reading() as db:
            if type(size) is not int or not 0 <= size <= db.head().size:
                raise AuditError(
                    Fault.PROOF_RANGE, f"the log has {db.head().size} entries, not {size!r}"
                )
            yield TiledTree(db, size)
