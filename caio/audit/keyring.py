"""The keys of a log as its own history has them: who signs, since when, until when, and on whose word.

``docs/spec/audit-log-v1.md`` section 6 binds. A ``Keyring`` is what follows from the entries of kind ``key`` below some
size; each of them is checked against the keyring before it. Nobody who can write a database, and holds no active key,
can change who signs.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from caio.audit.checkpoint import KEY_TEXT, Policy, check_origin
from caio.audit.entries import Entry, Kind, Read
from caio.audit.faults import AuditError, Fault
from caio.audit.notes import KeyType, Note, Signer, Verifier, read_note, sign_note, verify

_MEMBERS: Final = {"note"}


class Change(StrEnum):
    """What an entry does to the keys."""

    BEGIN = "begin"
    ADD = "add"
    ROTATE = "rotate"
    RETIRE = "retire"
    REVOKE = "revoke"


@dataclass(frozen=True, slots=True)
class Tenure:
    """The time of a key, in sizes of the tree.

    Attributes:
        start: the index of the entry that introduced it; it signs for larger sizes.
        end: the index of the entry that ended it; it signs for no larger size. None while it is active.
        revoked: whether nothing that it has signed counts any more.
    """

    key: Verifier
    start: int
    end: int | None = None
    revoked: bool = False

    def held(self, size: int) -> bool:
        """Whether the key was active at this size, revoked later or not."""
        return self.start < size and (self.end is None or size <= self.end)

    def covers(self, size: int) -> bool:
        """Whether a signature of this key counts for the tree of this size."""
        return not self.revoked and self.held(size)


@dataclass(frozen=True, slots=True)
class Keyring:
    """The keys of a log.

    Attributes:
        origin: of the log, and the name of every key.
        tenures: in the order in which the keys were introduced.
    """

    origin: str
    tenures: tuple[Tenure, ...] = ()

    @classmethod
    def of(cls, origin: str, entries: Iterable[tuple[int, Read]]) -> Keyring:
        """What follows from the entries of kind ``key``, with their indices, in order.

        Raises:
            AuditError: ``key-change``, and the codes ``note-…``.
        """
        check_origin(origin)
        ring = cls(origin)
        for index, entry in entries:
            ring = ring.after(index, entry)
        return ring

    @property
    def active(self) -> tuple[Verifier, ...]:
        """The keys that sign now."""
        return tuple(tenure.key for tenure in self.tenures if tenure.end is None)

    def covering(self, size: int) -> tuple[Verifier, ...]:
        """The keys whose signatures count for the tree of this size, as far as is known now."""
        return tuple(tenure.key for tenure in self.tenures if tenure.covers(size))

    def holding(self, size: int) -> tuple[Verifier, ...]:
        """The keys that were active at this size, whatever became of them."""
        return tuple(tenure.key for tenure in self.tenures if tenure.held(size))

    def policy(self, size: int, *, witnesses: Sequence[Verifier] = (), quorum: int = 0) -> Policy:
        """What a checkpoint of this size must have: one of these keys, and so many witnesses.

        Raises:
            AuditError: ``key-inactive``: no key signs for this size; ``policy``.
        """
        keys = self.covering(size)
        if not keys:
            raise AuditError(
                Fault.KEY_INACTIVE,
                f"no key counts for the log's checkpoint of size {size}:"
                " take a later one, and a proof of consistency with it",
            )
        return Policy(self.origin, keys, tuple(witnesses), quorum=quorum)

    def check_signer(self, signer: Signer) -> None:
        """Refuse whoever does not sign for this log.

        Raises:
            AuditError: ``key-inactive``.
        """
        if Verifier.of(signer) not in self.active:
            raise AuditError(
                Fault.KEY_INACTIVE,
                f"{Verifier.of(signer).digest} does not sign for the log `{self.origin}`, or no longer:"
                " open it with an active key, or have one add this key",
            )

    def change(
        self,
        change: Change,
        key: Verifier,
        signers: Iterable[Signer],
        *,
        old: Verifier | None = None,
    ) -> Entry:
        """The entry that makes a change, signed.

        Args:
            change: what becomes of the key.
            key: the one that is introduced or ended.
            signers: whoever must sign it.
            old: for a rotation, the key that is ended.

        Raises:
            AuditError: ``key-change``: the change is not permitted now, or others must sign it.
        """
        keys = key.text if old is None else f"{key.text} {old.text}"
        note = sign_note(f"{KEY_TEXT}\n{self.origin}\n{change.value} {keys}\n", signers)
        entry = Entry(Kind.KEY, {"key": key.digest}, {"note": note.data.decode()})
        # A log never holds a change that its readers refuse.
        start = 0 if change is Change.BEGIN else max((t.start for t in self.tenures), default=0) + 1
        self._after(start, dict(entry.digests), note)
        return entry

    def after(self, index: int, entry: Read) -> Keyring:
        """The keyring after one entry more.

        Raises:
            AuditError: ``key-change``, and the codes ``note-…``.
        """
        text = entry.details.get("note")
        if entry.kind is not Kind.KEY or entry.details.keys() != _MEMBERS or type(text) is not str:
            raise _refused("the entry is not one of a key with its note")
        return self._after(index, dict(entry.digests), read_note(text.encode()))

    def _after(self, index: int, digests: dict[str, str], note: Note) -> Keyring:
        change, key, old = self._parse(note.text)
        if digests != {"key": key.digest}:
            raise _refused("the entry has another digest than its key")
        introduces = change in {Change.BEGIN, Change.ADD, Change.ROTATE}
        known = {tenure.key: tenure for tenure in self.tenures}
        candidates = (*known, key) if introduces else tuple(known)
        signed = {one.key for one in verify(note, candidates)}
        active = set(self.active)
        if introduces:
            if key in known:
                raise _refused("the key was introduced before: make a new one")
            if key not in signed:
                raise _refused("the new key has not signed: its owner must hold it")
        if change is Change.BEGIN:
            if index != 0 or self.tenures:
                raise _refused("a log begins with its entry 0 and no other")
            return replace(self, tenures=(Tenure(key, index),))
        ended = old if change is Change.ROTATE else None if introduces else key
        # Whoever is to go may pass the office on, but not end anybody's, nor be the one who is said to have lost it.
        speakers = active if introduces else active - {key}
        if not signed & speakers:
            raise _refused("no active key has signed that may")
        tenures = list(self.tenures)
        if ended is not None:
            tenures[list(known).index(ended)] = self._ended(known[ended], index, change)
        if introduces:
            tenures.append(Tenure(key, index))
        return replace(self, tenures=tuple(tenures))

    def _ended(self, tenure: Tenure, index: int, change: Change) -> Tenure:
        if change is Change.REVOKE:
            if tenure.revoked:
                raise _refused("the key is revoked already")
            return replace(tenure, end=index if tenure.end is None else tenure.end, revoked=True)
        if tenure.end is not None:
            raise _refused("the key has ended already")
        return replace(tenure, end=index)

    def _parse(self, text: str) -> tuple[Change, Verifier, Verifier | None]:
        lines = text.split("\n")
        if len(lines) != 4 or lines[0] != KEY_TEXT or lines[1] != self.origin or lines[3]:
            raise _refused(f"its note is not `{KEY_TEXT}` of this log")
        word, *keys = lines[2].split(" ")
        if word not in tuple(Change) or len(keys) != (2 if word == Change.ROTATE else 1):
            raise _refused("its note says nothing that becomes of a key")
        found = [Verifier.parse(key) for key in keys]
        if any(key.name != self.origin or key.type is not KeyType.ED25519 for key in found):
            raise _refused("a key is not one of this log")
        known = {tenure.key for tenure in self.tenures}
        ended = found[-1] if word not in {Change.BEGIN, Change.ADD} else None
        if ended is not None and ended not in known:
            raise _refused("it ends a key that the log never had")
        return Change(word), found[0], found[1] if word == Change.ROTATE else None


def _refused(why: str) -> AuditError:
    return AuditError(Fault.KEY_CHANGE, f"the keys of the log cannot change so: {why}")
