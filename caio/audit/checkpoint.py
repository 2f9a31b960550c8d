"""Checkpoints: the size and root of a log's tree in a signed note, and what a verifier wants of one.

``docs/spec/audit-log-v1.md`` section 5 binds. ``Policy.accept`` takes bytes and gives a ``Checkpoint``, or raises; a
checkpoint that nobody has verified is an ``Unverified``, which nothing here takes for one.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from caio.audit.faults import AuditError, Fault
from caio.audit.merkle import HASH_SIZE, MAX_SIZE, check_size
from caio.audit.notes import (
    KeyType,
    Note,
    Signed,
    Signer,
    Verifier,
    check_name,
    read_base64,
    read_note,
    sign_note,
    verify,
)

KEY_TEXT: Final = "caio-audit-key/v1"
"""The first line of a note that changes the keys of a log."""
_TAKEN: Final = frozenset({KEY_TEXT, "cosignature/v1"})
_SIZE: Final = re.compile("0|[1-9][0-9]{0,18}", re.ASCII)


@dataclass(frozen=True, slots=True)
class TreeHead:
    """What a checkpoint says: the log, the size of its tree, the root."""

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The text of the note."""
        root = base64.b64encode(self.root).decode()
        return "".join(f"{line}\n" for line in (self.origin, self.size, root, *self.extensions))


@dataclass(frozen=True, slots=True)
class Unverified:
    """A checkpoint that somebody claims."""

    head: TreeHead
    note: Note


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A checkpoint that verified.

    Attributes:
        head: what it says.
        data: the note, as it was.
        signed: the lines of keys of the log that verified.
        cosigned: the lines of witnesses that verified.
    """

    head: TreeHead
    data: bytes
    signed: tuple[Signed, ...]
    cosigned: tuple[Signed, ...] = ()

    @property
    def size(self) -> int:
        """The entries of the tree."""
        return self.head.size

    @property
    def root(self) -> bytes:
        """The root of the tree."""
        return self.head.root

    @property
    def witnessed(self) -> int | None:
        """The latest time that a witness vouches for, in seconds since 1970; None without witnesses."""
        return max((one.time for one in self.cosigned if one.time is not None), default=None)


@dataclass(frozen=True, slots=True)
class Policy:
    """What a verifier wants of a checkpoint.

    Attributes:
        origin: of the log.
        keys: of the log.
        witnesses: whose cosignatures count.
        signatures: how many keys of the log must have signed.
        quorum: how many witnesses must have cosigned.

    Raises:
        AuditError: ``policy``: it can accept nothing, wants nothing, or would count one key twice.
    """

    origin: str
    keys: tuple[Verifier, ...]
    witnesses: tuple[Verifier, ...] = ()
    signatures: int = 1
    quorum: int = 0

    def __post_init__(self) -> None:
        check_origin(self.origin)
        if not (type(self.signatures) is int and 1 <= self.signatures <= len(self.keys)):
            raise AuditError(
                Fault.POLICY,
                "a policy wants the signature of at least 1 and at most all of its keys",
            )
        if not (type(self.quorum) is int and 0 <= self.quorum <= len(self.witnesses)):
            raise AuditError(
                Fault.POLICY, "a policy wants the cosignatures of none up to all of its witnesses"
            )
        every = (*self.keys, *self.witnesses)
        if len({key.public for key in every}) != len(every):
            raise AuditError(Fault.POLICY, "a policy names a key twice: it would count as two")
        if any(key.type is not KeyType.ED25519 or key.name != self.origin for key in self.keys):
            raise AuditError(
                Fault.POLICY, "a key of a log is one for signatures, and its name is the origin"
            )
        if any(key.type is not KeyType.COSIGNATURE for key in self.witnesses):
            raise AuditError(Fault.POLICY, "a witness has a key for cosignatures (type 4)")

    def accept(self, data: bytes) -> Checkpoint:
        """The checkpoint that bytes are, if it is one of this log and as many have signed as this policy wants.

        Raises:
            AuditError: one of the codes ``note-…`` and ``checkpoint-…``.
        """
        claimed = read_checkpoint(data)
        if claimed.head.origin != self.origin:
            raise AuditError(
                Fault.CHECKPOINT_ORIGIN,
                f"the checkpoint is that of another log than `{self.origin}`: compare the addresses",
            )
        lines = verify(claimed.note, (*self.keys, *self.witnesses))
        signed = tuple(one for one in lines if one.time is None)
        cosigned = tuple(one for one in lines if one.time is not None)
        if _distinct(signed) < self.signatures:
            raise AuditError(
                Fault.NOTE_UNSIGNED,
                f"{_distinct(signed)} of the log's keys have signed, and {self.signatures} must:"
                " the checkpoint is not the log's, or the policy names other keys",
            )
        if _distinct(cosigned) < self.quorum:
            raise AuditError(
                Fault.CHECKPOINT_UNWITNESSED,
                f"{_distinct(cosigned)} of the witnesses have cosigned, and {self.quorum} must:"
                " ask for a checkpoint that they have seen",
            )
        return Checkpoint(claimed.head, data, signed, cosigned)


def read_checkpoint(data: bytes) -> Unverified:
    """What bytes claim to be a checkpoint of; nothing is verified.

    Raises:
        AuditError: ``note-form`` or ``checkpoint-form``.
    """
    note = read_note(data)
    lines = note.text.removesuffix("\n").split("\n")
    if len(lines) < 3 or not all(lines):
        raise _malformed("it has less than three lines, or an empty one")
    origin, size, root, *extensions = lines
    found = read_base64(root)
    if _SIZE.fullmatch(size) is None or int(size) > MAX_SIZE:
        raise _malformed("its second line is no size in decimal")
    if found is None or len(found) != HASH_SIZE:
        raise _malformed("its third line is no hash in Base64")
    return Unverified(TreeHead(origin, int(size), found, tuple(extensions)), note)


def sign_checkpoint(origin: str, size: int, root: bytes, signers: Iterable[Signer]) -> Note:
    """The note of a checkpoint. Whoever calls this knows that the log has signed nothing that contradicts it.

    Raises:
        AuditError: ``note-key``: a signer has another name than the log; and as ``sign_note``.
    """
    signers = tuple(signers)
    check_origin(origin)
    check_size(size)
    if len(root) != HASH_SIZE:
        raise _malformed("its root is no hash")
    if any(signer.name != origin for signer in signers):
        raise AuditError(
            Fault.NOTE_KEY, f"the keys that sign for a log have its name, here `{origin}`"
        )
    return sign_note(TreeHead(origin, size, root).text, signers)


def check_origin(origin: object) -> None:
    """Refuse what cannot be the name of a log.

    Raises:
        AuditError: ``note-key``.
    """
    check_name(origin)
    if origin in _TAKEN:
        raise AuditError(Fault.NOTE_KEY, f"no log is named `{origin}`: other texts begin so")


def _distinct(lines: Iterable[Signed]) -> int:
    return len({one.key.public for one in lines})


def _malformed(why: str) -> AuditError:
    return AuditError(Fault.CHECKPOINT_FORM, f"the note is no checkpoint: {why}")
