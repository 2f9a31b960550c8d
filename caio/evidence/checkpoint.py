"""What a checkpoint says: the log, the size of its tree and the root (audit-log-v1 section 5).

Nothing here verifies a signature: the standard library has no public-key cryptography. Whoever has it gives it to
``verify`` as ``Signatures``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple, Protocol

from .entries import read_base64
from .report import Flaw
from .tree import MAX_SIZE

_NOTE: Final = re.compile(r"((?:[^\n]+\n)+)\n(?:\u2014 [^\s+]+ [A-Za-z0-9+/]+=*\n){1,100}")
_CONTROL: Final = re.compile(r"[\x00-\x09\x0b-\x1f]")
_SIZE: Final = re.compile(r"0|[1-9][0-9]{0,18}")


class Head(NamedTuple):
    """The head of a tree: the name of the log, how many entries, and the root."""

    origin: str
    size: int
    root: bytes


@dataclass(frozen=True, slots=True)
class KeyEntry:
    """An entry of kind ``key`` that is proved to be in the tree of the checkpoint."""

    index: int
    data: bytes


class Signatures(Protocol):
    """What verifies signatures, for callers that have cryptography. It returns what it accepts, and raises otherwise."""

    def checkpoint(self, note: bytes, keys: Sequence[KeyEntry]) -> None:
        """Establish that a key has signed the checkpoint that was given, or that follows from one.

        Args:
            note: the signed checkpoint.
            keys: the entries of kind ``key`` of the log, as far as the file has them, in order.

        Raises:
            Flaw: it is not signed so.
            Unestablished: no key was given.
        """
        ...

    def envelope(self, envelope: bytes, index: int, keys: Sequence[KeyEntry]) -> None:
        """Establish that a key of the log has signed the attestation of the decision at this index.

        Args:
            envelope: DSSE, as JSON.
            index: of the entry of the decision.
            keys: as in ``checkpoint``.

        Raises:
            Flaw: it is not signed so.
            Unestablished: no key was given.
        """
        ...


def read_head(note: bytes) -> Head:
    """What a checkpoint says.

    Raises:
        Flaw: ``checkpoint-form``.
    """
    try:
        text = note.decode() if len(note) <= 1_000_000 else ""
    except UnicodeDecodeError:
        text = ""
    found = _NOTE.fullmatch(text)
    lines = found[1].split("\n") if found and not _CONTROL.search(text) else []
    if len(lines) < 4 or not _SIZE.fullmatch(lines[1]) or int(lines[1]) > MAX_SIZE:
        raise Flaw("checkpoint-form", "the checkpoint is no signed note with origin, size and root")
    root = read_base64(lines[2])
    if len(root) != 32:
        raise Flaw("checkpoint-form", "the root of the checkpoint is no hash in Base64")
    return Head(lines[0], int(lines[1]), root)
