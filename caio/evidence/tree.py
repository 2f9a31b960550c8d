"""The tree of a log: its hashes, and what proves that entries are in it (audit-log-v1 section 2, evidence-v1 section 6.3).

Written from RFC 6962 section 2.1 alone. A *perfect* subtree has 2**level leaves and begins at a multiple of 2**level. A tree
that grows from left to right is kept as the roots of the perfect subtrees it consists of, one for each bit of its size.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from typing import Final

from .report import Flaw

MAX_SIZE: Final = 2**63 - 1
"""The most entries of a tree."""


def leaf_hash(entry: bytes) -> bytes:
    """The hash of an entry."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of a node with these children."""
    return hashlib.sha256(b"\x01" + left + right).digest()


class Tree:
    """A tree that is built from left to right, out of leaves and of whole perfect subtrees."""

    __slots__ = ("peaks", "size")

    def __init__(self) -> None:
        self.size = 0
        self.peaks: list[bytes] = []

    def add(self, hash_: bytes, level: int = 0) -> None:
        """Append a perfect subtree of this level, which the size must be a multiple of."""
        number = self.size >> level
        # Each trailing one is a subtree of the same size on the left: the two become one.
        while number & 1:
            hash_, number = node_hash(self.peaks.pop(), hash_), number >> 1
        self.peaks.append(hash_)
        self.size += 1 << level

    def fill(self, stop: int, hashes: Sequence[bytes]) -> None:
        """Append the perfect subtrees up to this size.

        Raises:
            Flaw: ``proof-form``: they are not as many as it takes.
        """
        levels = list(subtrees(self.size, stop))
        if len(levels) != len(hashes):
            raise Flaw(
                "proof-form",
                f"from entry {self.size} to {stop} there are {len(levels)} subtrees, not {len(hashes)}",
            )
        for level, hash_ in zip(levels, hashes, strict=True):
            self.add(hash_, level)

    def root(self) -> bytes:
        """The root of the tree as it is now."""
        if not self.peaks:
            return hashlib.sha256(b"").digest()
        hash_ = self.peaks[-1]
        for peak in reversed(self.peaks[:-1]):
            hash_ = node_hash(peak, hash_)
        return hash_


def subtrees(start: int, stop: int) -> Iterator[int]:
    """The levels of the largest perfect subtrees that the entries from ``start`` below ``stop`` consist of, from the left."""
    while start < stop:
        level = (stop - start).bit_length() - 1
        if start:
            level = min(level, (start & -start).bit_length() - 1)
        yield level
        start += 1 << level


def check_inclusion(
    leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes
) -> None:
    """Establish that the tree of this size with this root has this leaf at this index.

    Raises:
        Flaw: ``proof-form`` or ``proof-root``.
    """
    if not 0 <= index < size:
        raise Flaw("proof-form", f"a tree of {size} has no entry {index}")
    hash_ = leaf
    for is_left, sibling in _siblings(index, index + 1, size, proof):
        hash_ = node_hash(sibling, hash_) if is_left else node_hash(hash_, sibling)
    if hash_ != root:
        raise Flaw("proof-root", f"the proof of entry {index} leads to another root")


def check_consistency(
    old: int, old_root: bytes, new: int, new_root: bytes, proof: Sequence[bytes]
) -> None:
    """Establish that the tree of size ``old`` is the beginning of that of size ``new``, where 0 < old < new.

    Raises:
        Flaw: ``proof-form`` or ``proof-root``.
    """
    if not 0 < old < new:
        raise Flaw("proof-form", f"consistency is proved from a smaller size, not from {old}")
    # The subtree in which the old tree ends is perfect; where it is the whole old tree, its root is known.
    start = old & (old - 1)
    if start and not proof:
        raise Flaw("proof-form", "the proof of consistency is empty")
    before = after = proof[0] if start else old_root
    for is_left, sibling in _siblings(start, old, new, proof[1:] if start else proof):
        before = node_hash(sibling, before) if is_left else before
        after = node_hash(sibling, after) if is_left else node_hash(after, sibling)
    if (before, after) != (old_root, new_root):
        raise Flaw("proof-root", f"the tree of {old} is not the beginning of the tree of {new}")


def _siblings(start: int, stop: int, size: int, proof: Sequence[bytes]) -> list[tuple[bool, bytes]]:
    """The hashes beside the way from a perfect subtree to the root, and whether each is on the left.

    Raises:
        Flaw: ``proof-form``: the way is longer or shorter than the proof.
    """
    sides = list[bool]()
    low, high = 0, size
    while (low, high) != (start, stop):
        # Section 2.1: on the left is the largest power of two of entries that is below the number of all.
        middle = low + (1 << (high - low - 1).bit_length() - 1)
        sides.append(start >= middle)
        low, high = (middle, high) if start >= middle else (low, middle)
    if len(sides) != len(proof):
        raise Flaw("proof-form", f"a proof of {len(sides)} hashes is needed, not of {len(proof)}")
    return list(zip(reversed(sides), proof, strict=True))
