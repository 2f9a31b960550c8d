"""RFC 6962 section 2.1 word for word, slow and obvious; and trees to hold against it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence


def mth(entries: Sequence[bytes]) -> bytes:
    """The Merkle Tree Hash of a list of entries."""
    n = len(entries)
    if n == 0:
        return hashlib.sha256(b"").digest()
    if n == 1:
        return hashlib.sha256(b"\x00" + entries[0]).digest()
    k = split(n)
    return hashlib.sha256(b"\x01" + mth(entries[:k]) + mth(entries[k:])).digest()


def path(m: int, entries: Sequence[bytes]) -> list[bytes]:
    """The Merkle audit path of entry m."""
    n = len(entries)
    if n == 1:
        return []
    k = split(n)
    if m < k:
        return [*path(m, entries[:k]), mth(entries[k:])]
    return [*path(m - k, entries[k:]), mth(entries[:k])]


def proof(m: int, entries: Sequence[bytes]) -> list[bytes]:
    """The Merkle consistency proof from size m."""
    return subproof(m, entries, whole=True)


def subproof(m: int, entries: Sequence[bytes], *, whole: bool) -> list[bytes]:
    n = len(entries)
    if m == n:
        return [] if whole else [mth(entries)]
    k = split(n)
    if m <= k:
        return [*subproof(m, entries[:k], whole=whole), mth(entries[k:])]
    return [*subproof(m - k, entries[k:], whole=False), mth(entries[:k])]


def split(n: int) -> int:
    """The largest power of two smaller than n."""
    k = 1
    while k * 2 < n:
        k *= 2
    return k


class NaiveNodes:
    """The perfect subtrees of a list, each computed anew."""

    def __init__(self, entries: Sequence[bytes]) -> None:
        self.entries = entries

    def node(self, level: int, number: int) -> bytes:
        part = self.entries[number << level : (number + 1) << level]
        assert len(part) == 1 << level, "not a perfect subtree of this tree"
        return mth(part)


class NaiveTiles:
    """Tiles as the specification defines them, each computed anew."""

    def __init__(self, entries: Sequence[bytes]) -> None:
        self.entries = entries
        self.read: list[tuple[int, int, int]] = []

    def tile(self, level: int, number: int, width: int) -> bytes:
        self.read.append((level, number, width))
        step = 256**level
        starts = [(number * 256 + i) * step for i in range(width)]
        assert starts[-1] + step <= len(self.entries), "the tree has no such tile"
        return b"".join(mth(self.entries[start : start + step]) for start in starts)


def entries(count: int) -> list[bytes]:
    return [b"entry %d" % number for number in range(count)]
