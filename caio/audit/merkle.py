"""Merkle trees as in RFC 6962: hashes, roots, inclusion and consistency proofs, and their verification.

``docs/spec/audit-log-v1.md`` section 2 binds. A tree of size n is the entries below n. Its *perfect* subtrees, those of
2**level leaves that begin at a multiple of 2**level, never change when entries are appended; everything else is
computed from them. Rules:

- A verification raises or returns nothing. There is no answer that can be overlooked.
- A proof has exactly the length that its indices demand. None is shortened, none is extended.
- From the empty tree nothing is proved.

What this does not do: keep anything (``caio.audit.store``), or say who vouches for a root (``caio.audit.checkpoint``).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from caio.audit.faults import AuditError, Fault

HASH_SIZE: Final = 32
"""The bytes of a hash."""
MAX_SIZE: Final = 2**63 - 1
"""The most entries of a tree."""
EMPTY_ROOT: Final = hashlib.sha256(b"").digest()
"""The root of the tree without entries."""


def leaf_hash(entry: bytes) -> bytes:
    """The hash of an entry as a leaf (RFC 6962 section 2.1)."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of a node with these children (RFC 6962 section 2.1)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


class Nodes(Protocol):
    """The perfect subtrees of a tree, wherever they are kept."""

    def node(self, level: int, number: int) -> bytes:
        """The hash of the subtree over the entries from ``number * 2**level``, below ``(number + 1) * 2**level``."""
        ...


@dataclass(slots=True)
class Frontier:
    """The right edge of a growing tree: all that is needed to append and to know the root.

    Attributes:
        size: how many entries there are.
        peaks: the roots of the perfect subtrees that the tree consists of, from left to right: one per bit of the size.
    """

    size: int
    peaks: list[bytes]

    @classmethod
    def empty(cls) -> Frontier:
        """The edge of the tree without entries."""
        return cls(0, [])

    @classmethod
    def of(cls, nodes: Nodes, size: int) -> Frontier:
        """The edge of the tree of this size, from its perfect subtrees."""
        check_size(size)
        return cls(size, [nodes.node(level, number) for level, number in _perfect(0, size)])

    @classmethod
    def read(cls, size: int, data: bytes) -> Frontier:
        """The edge from the hashes that ``data`` has in a row.

        Raises:
            AuditError: ``proof-form``: they are not as many as a tree of this size has.
        """
        check_size(size)
        if len(data) != HASH_SIZE * size.bit_count():
            raise AuditError(Fault.PROOF_FORM, f"{len(data)} bytes are no edge of a tree of {size}")
        return cls(size, [data[i : i + HASH_SIZE] for i in range(0, len(data), HASH_SIZE)])

    @property
    def data(self) -> bytes:
        """The hashes in a row, for ``read``."""
        return b"".join(self.peaks)

    def append(self, leaf: bytes) -> list[tuple[int, int, bytes]]:
        """Append the hash of a leaf; each perfect subtree that is complete now: level, number, hash, from level 1 up."""
        if self.size >= MAX_SIZE:
            raise AuditError(Fault.PROOF_RANGE, "the log is full: begin another one")
        complete = []
        hash_, position, level = leaf, self.size, 0
        # Every trailing one of the size is a subtree that the new leaf makes a pair of.
        while position & 1:
            hash_ = node_hash(self.peaks.pop(), hash_)
            position, level = position >> 1, level + 1
            complete.append((level, position, hash_))
        self.peaks.append(hash_)
        self.size += 1
        return complete

    def root(self) -> bytes:
        """The root of the tree."""
        return _folded(self.peaks)


def root_of(nodes: Nodes, size: int) -> bytes:
    """The root of the tree of this size.

    Raises:
        AuditError: ``proof-range``: no tree has this size.
    """
    return Frontier.of(nodes, size).root()


def prove_inclusion(nodes: Nodes, index: int, size: int) -> tuple[bytes, ...]:
    """``PATH(index, D[size])``, from the leaf upwards.

    Raises:
        AuditError: ``proof-range``: the tree of this size has no such entry.
    """
    check_index(index, size)
    siblings = []
    start, stop = 0, size
    while stop - start > 1:
        middle = start + _split(stop - start)
        if index < middle:
            siblings.append((middle, stop))
            stop = middle
        else:
            siblings.append((start, middle))
            start = middle
    return tuple(_range(nodes, *sibling) for sibling in reversed(siblings))


def prove_consistency(nodes: Nodes, old: int, new: int) -> tuple[bytes, ...]:
    """``PROOF(old, D[new])``; empty where the sizes are the same.

    Raises:
        AuditError: ``proof-range``: unless 0 < old ≤ new.
    """
    _check_sizes(old, new)
    found = []
    start, stop = 0, new
    # The subtree in question is complete in the old tree as soon as it ends where the old tree ends.
    while stop != old:
        middle = start + _split(stop - start)
        if old <= middle:
            found.append((middle, stop))
            stop = middle
        else:
            found.append((start, middle))
            start = middle
    # If that is the whole old tree, the verifier knows it by its root.
    if start:
        found.append((start, stop))
    return tuple(_range(nodes, *one) for one in reversed(found))


def prove_range(
    nodes: Nodes, start: int, stop: int, size: int
) -> tuple[tuple[bytes, ...], tuple[bytes, ...]]:
    """The hashes with which the entries from ``start`` below ``stop`` give the root (evidence-v1 section 6).

    Left of them from the largest subtree on, right of them from the smallest on.

    Raises:
        AuditError: ``proof-range``: unless 0 ≤ start < stop ≤ size.
    """
    check_index(start, size)
    check_index(stop - 1, size)
    check_index(start, stop)
    left, right = list[bytes](), list[bytes]()
    pending = [(0, size)]
    while pending:
        low, high = pending.pop()
        if start <= low and high <= stop:
            continue
        if high <= start:
            left.append(_range(nodes, low, high))
        elif stop <= low:
            right.append(_range(nodes, low, high))
        else:
            middle = low + _split(high - low)
            pending += [(middle, high), (low, middle)]
    return tuple(left), tuple(right)


def verify_inclusion(
    leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes
) -> None:
    """Establish that the tree of this size with this root has this leaf at this index (RFC 9162 section 2.1.3.2).

    Raises:
        AuditError: ``proof-range``, ``proof-form`` or ``proof-root``.
    """
    check_index(index, size)
    _check_hashes((leaf, root, *proof))
    number, last = index, size - 1
    hash_ = leaf
    for sibling in proof:
        if last == 0:
            raise _length(proof)
        if number & 1 or number == last:
            hash_ = node_hash(sibling, hash_)
            # Levels at which this subtree is the last and has no sibling are skipped.
            while not number & 1:
                number, last = number >> 1, last >> 1
        else:
            hash_ = node_hash(hash_, sibling)
        number, last = number >> 1, last >> 1
    if last != 0:
        raise _length(proof)
    if hash_ != root:
        raise AuditError(
            Fault.PROOF_ROOT,
            f"the proof does not lead from entry {index} to the root of the tree of {size}:"
            " the entry, its place, the proof or the root was changed",
        )


def verify_consistency(
    old: int, old_root: bytes, new: int, new_root: bytes, proof: Sequence[bytes]
) -> None:
    """Establish that the tree of size ``old`` is the beginning of that of size ``new`` (RFC 9162 section 2.1.4.2).

    Raises:
        AuditError: ``proof-range``, ``proof-form`` or ``proof-root``.
    """
    _check_sizes(old, new)
    _check_hashes((old_root, new_root, *proof))
    if old == new:
        if proof:
            raise _length(proof)
        if old_root != new_root:
            raise _inconsistent(old, new)
        return
    # A perfect old tree is itself the node that the proof begins with.
    hashes = [old_root, *proof] if old & (old - 1) == 0 else list(proof)
    if not hashes:
        raise _length(proof)
    number, last = old - 1, new - 1
    while number & 1:
        number, last = number >> 1, last >> 1
    old_hash = new_hash = hashes[0]
    for sibling in hashes[1:]:
        if last == 0:
            raise _length(proof)
        if number & 1 or number == last:
            old_hash = node_hash(sibling, old_hash)
            new_hash = node_hash(sibling, new_hash)
            while number and not number & 1:
                number, last = number >> 1, last >> 1
        else:
            new_hash = node_hash(new_hash, sibling)
        number, last = number >> 1, last >> 1
    if last != 0:
        raise _length(proof)
    if old_hash != old_root or new_hash != new_root:
        raise _inconsistent(old, new)


def check_size(size: object) -> None:
    """Refuse what is no size of a tree.

    Raises:
        AuditError: ``proof-range``.
    """
    if type(size) is not int or not 0 <= size <= MAX_SIZE:
        raise AuditError(Fault.PROOF_RANGE, "a size is an integer from 0 below 2**63")


def check_index(index: object, size: object) -> None:
    """Refuse what is no index of an entry of a tree of this size.

    Raises:
        AuditError: ``proof-range``.
    """
    check_size(size)
    if type(index) is not int or type(size) is not int or not 0 <= index < size:
        raise AuditError(
            Fault.PROOF_RANGE, f"a tree of {size} entries has those from 0 below {size}, no other"
        )


def _check_sizes(old: object, new: object) -> None:
    check_size(new)
    if type(old) is not int or type(new) is not int or not 0 < old <= new:
        raise AuditError(
            Fault.PROOF_RANGE,
            f"consistency is proved from a size above 0, not from {old!r}, and up to {new}",
        )


def _check_hashes(hashes: Sequence[object]) -> None:
    if not all(type(one) is bytes and len(one) == HASH_SIZE for one in hashes):
        raise AuditError(
            Fault.PROOF_FORM, f"a proof and its roots consist of {HASH_SIZE} bytes each"
        )


def _length(proof: Sequence[bytes]) -> AuditError:
    return AuditError(
        Fault.PROOF_FORM,
        f"the proof has {len(proof)} hashes, and one for these sizes has another number of them",
    )


def _inconsistent(old: int, new: int) -> AuditError:
    return AuditError(
        Fault.PROOF_ROOT,
        f"the tree of {old} is not shown to be the beginning of the tree of {new}:"
        " one of the roots is that of another history, or the proof was changed",
    )


def _split(size: int) -> int:
    """The largest power of two below a size of at least 2."""
    return 1 << (size - 1).bit_length() - 1


def _perfect(start: int, stop: int) -> Iterator[tuple[int, int]]:
    """The perfect subtrees of a range that is a subtree, from left to right, as level and number."""
    while start < stop:
        level = (stop - start).bit_length() - 1
        yield level, start >> level
        start += 1 << level


def _range(nodes: Nodes, start: int, stop: int) -> bytes:
    """The root of the subtree over the entries from ``start`` below ``stop``."""
    return _folded([nodes.node(level, number) for level, number in _perfect(start, stop)])


def _folded(peaks: Sequence[bytes]) -> bytes:
    if not peaks:
        return EMPTY_ROOT
    hash_ = peaks[-1]
    for peak in reversed(peaks[:-1]):
        hash_ = node_hash(peak, hash_)
    return hash_
