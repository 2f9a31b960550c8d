"""The signatures of an evidence file, verified: what ``caio.evidence`` leaves to whoever has cryptography.

A key vouches for something only if it was given from outside, or follows from one that was through the entries of kind ``key``
that the file proves to be in its tree. A key that was given and that the log itself has revoked vouches for nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from caio.audit.attestation import verify_attestation
from caio.audit.checkpoint import read_checkpoint
from caio.audit.entries import read_entry
from caio.audit.faults import AuditError
from caio.audit.keyring import Keyring
from caio.audit.notes import Verifier
from caio.base.errors import CaioError, InputError
from caio.cli.files import read
from caio.cli.text import safe
from caio.evidence import Flaw, KeyEntry, Unestablished
from caio.security.files import load_node_public

_MOST: Final = 64 * 1024
"""The most bytes of a file with a key."""


@dataclass(frozen=True, slots=True)
class Trusted:
    """A key that was given.

    Attributes:
        public: its 32 bytes.
        name: of the log that it is for; None where the file did not say.
    """

    public: bytes
    name: str | None

    def is_(self, key: Verifier) -> bool:
        """Whether a key of a log is this one."""
        return key.public == self.public and self.name in (None, key.name)


def trusted(words: str) -> Trusted:
    """The key that a line is, or that is in a file, as a line or in PEM.

    Raises:
        InputError: there is none.
    """
    try:
        key = Verifier.parse(words.strip())
    except AuditError:
        return _from_file(words)
    return Trusted(key.public, key.name)


def _from_file(path: str) -> Trusted:
    data = read(path)[: _MOST + 1]
    if b"PRIVATE KEY" in data:
        raise InputError(
            f"`{safe(path)}` holds a private key, which verifies nothing: name its `.pub` file, or its line"
        )
    try:
        key = Verifier.parse(data.decode().strip())
        return Trusted(key.public, key.name)
    except (AuditError, UnicodeDecodeError):
        pass
    try:
        return Trusted(load_node_public(path).public_bytes_raw(), None)
    except CaioError:
        raise InputError(
            f"`{safe(path)}` is no public key: give its line, as `caio audit key show` prints it, or a file"
        ) from None


class Verifying:
    """Verifies what keys of a log have signed, for somebody who trusts these keys."""

    def __init__(self, keys: Iterable[Trusted]) -> None:
        self._keys = tuple(keys)
        self._rings: dict[tuple[KeyEntry, ...], Keyring] = {}
        self._origin: str | None = None

    def checkpoint(self, note: bytes, keys: Sequence[KeyEntry]) -> None:
        """Establish that a key that counts has signed the checkpoint.

        Raises:
            Flaw: none has.
            Unestablished: no key of the log was given.
        """
        try:
            head = read_checkpoint(note).head
            self._vouched(head.origin, keys).policy(head.size).accept(note)
        except AuditError as error:
            raise Flaw(str(error.fault), str(error)) from None

    def envelope(self, envelope: bytes, index: int, keys: Sequence[KeyEntry]) -> None:
        """Establish that a key that counts at this index has signed the attestation.

        Raises:
            Flaw: none has.
            Unestablished: no key of the log was given.
        """
        try:
            origin = _origin(keys)
            verify_attestation(envelope, self._vouched(origin, keys).covering(index))
        except AuditError as error:
            raise Flaw(str(error.fault), str(error)) from None

    def _vouched(self, origin: str, keys: Sequence[KeyEntry]) -> Keyring:
        """The keys of the log, if one that was given is among them and stands."""
        if not self._keys:
            raise Unestablished("no-key", "no key was given: ask the owner of the log for its line")
        entries = tuple(keys)
        if entries not in self._rings:
            found = ((one.index, read_entry(one.data)) for one in entries)
            self._rings = {entries: Keyring.of(origin, found)}
        ring = self._rings[entries]
        mine = [tenure for tenure in ring.tenures if any(one.is_(tenure.key) for one in self._keys)]
        if not mine:
            raise Unestablished("no-key", "none of the keys given is one of this log")
        if all(tenure.revoked for tenure in mine):
            raise Unestablished("no-key", "the key given was revoked by the log: ask for another")
        return ring


def _origin(keys: Sequence[KeyEntry]) -> str:
    """The name of the log, as the note of its first key has it."""
    note = str(read_entry(keys[0].data).details.get("note")) if keys else ""
    return [*note.split("\n"), ""][1]
