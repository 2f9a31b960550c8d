"""Trees and proofs are those of RFC 6962, and a proof that is changed anywhere is refused."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caio.audit import merkle
from caio.audit.faults import AuditError, Fault
from caio.audit.merkle import Frontier
from tests.audit import oracle

SIZES = st.integers(1, 70)
HASH = bytes(range(32))


def grown(entries: list[bytes]) -> Frontier:
    edge = Frontier.empty()
    for entry in entries:
        edge.append(merkle.leaf_hash(entry))
    return edge


# RFC 6962 has no test vectors; these are those of certificate-transparency's reference, widely used.
VECTORS = [
    bytes.fromhex(text) for text in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657")
] + [bytes(range(0x60, 0x70))]
ROOTS = {
    1: "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    2: "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    3: "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    4: "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    5: "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    6: "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    7: "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    8: "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
}


@pytest.mark.parametrize("size", ROOTS)
def test_the_roots_are_the_well_known_ones(size: int) -> None:
    assert grown(VECTORS[:size]).root().hex() == ROOTS[size]


def test_the_empty_tree_has_the_hash_of_nothing() -> None:
    assert Frontier.empty().root() == merkle.EMPTY_ROOT == oracle.mth([])


@pytest.mark.parametrize("size", range(66))
def test_growing_gives_the_root_of_the_definition(size: int) -> None:
    entries = oracle.entries(size)
    edge = grown(entries)
    assert edge.root() == oracle.mth(entries)
    assert edge == Frontier.of(oracle.NaiveNodes(entries), size)
    assert Frontier.read(size, edge.data) == edge
    assert merkle.root_of(oracle.NaiveNodes(entries), size) == edge.root()


def test_growing_tells_of_each_perfect_subtree_once() -> None:
    entries = oracle.entries(40)
    edge = Frontier.empty()
    told = {}
    for entry in entries:
        for level, number, hash_ in edge.append(merkle.leaf_hash(entry)):
            assert (level, number) not in told
            told[level, number] = hash_
    nodes = oracle.NaiveNodes(entries)
    expected = {(level, n) for level in range(1, 6) for n in range(40 >> level)}
    assert told == {place: nodes.node(*place) for place in expected}


@given(st.data(), SIZES)
@settings(max_examples=150)
def test_inclusion_is_that_of_the_definition(data: st.DataObject, size: int) -> None:
    entries = oracle.entries(size)
    index = data.draw(st.integers(0, size - 1))
    found = merkle.prove_inclusion(oracle.NaiveNodes(entries), index, size)
    assert list(found) == oracle.path(index, entries)
    leaf = merkle.leaf_hash(entries[index])
    merkle.verify_inclusion(leaf, index, size, found, oracle.mth(entries))


@given(st.data(), SIZES)
@settings(max_examples=150)
def test_consistency_is_that_of_the_definition(data: st.DataObject, new: int) -> None:
    entries = oracle.entries(new)
    old = data.draw(st.integers(1, new))
    found = merkle.prove_consistency(oracle.NaiveNodes(entries), old, new)
    assert list(found) == oracle.proof(old, entries)
    merkle.verify_consistency(old, oracle.mth(entries[:old]), new, oracle.mth(entries), found)


def broken(proof: list[bytes], roots: list[bytes]) -> Iterator[tuple[str, list[bytes]]]:
    """Every way of the list to spoil a proof."""
    for spare in (HASH, b"", roots[0], roots[-1]):
        yield "extended behind", [*proof, spare]
        yield "extended before", [spare, *proof]
    for place, one in enumerate(proof):
        flipped = bytes([one[0] ^ 1]) + one[1:]
        rest = proof[:place], proof[place + 1 :]
        yield "one bit flipped", [*rest[0], flipped, *rest[1]]
        yield "emptied", [*rest[0], b"", *rest[1]]
        yield "left out", [*rest[0], *rest[1]]
        yield "doubled", [*rest[0], one, one, *rest[1]]
        yield "inserted", [*rest[0], HASH, one, *rest[1]]
        yield "cut short", [*rest[0], one[:-1], *rest[1]]
        yield "made longer", [*rest[0], one + b"\0", *rest[1]]
        yield "truncated", list(rest[0])
    if len(proof) > 1:
        yield "reversed", proof[::-1]
        yield "rotated", [*proof[1:], proof[0]]


@pytest.mark.parametrize("size", [1, 2, 3, 4, 6, 7, 8, 11, 16, 17])
def test_no_changed_proof_of_inclusion_is_accepted(size: int) -> None:
    entries = oracle.entries(size)
    root = oracle.mth(entries)
    for index in range(size):
        leaf = merkle.leaf_hash(entries[index])
        good = oracle.path(index, entries)
        for what, bad in broken(good, [root, leaf]):
            if bad != good:
                with pytest.raises(AuditError) as caught:
                    merkle.verify_inclusion(leaf, index, size, bad, root)
                assert caught.value.fault in {Fault.PROOF_FORM, Fault.PROOF_ROOT}, what
        for other in {*range(size)} - {index}:
            with pytest.raises(AuditError):
                merkle.verify_inclusion(leaf, other, size, good, root)
        for wrong in (HASH, root if size > 1 else HASH):
            with pytest.raises(AuditError):
                merkle.verify_inclusion(wrong, index, size, good, root)
        with pytest.raises(AuditError, match="does not lead"):
            merkle.verify_inclusion(leaf, index, size, good, HASH)
        for number in (-1, size, size + 1):
            with pytest.raises(AuditError) as caught:
                merkle.verify_inclusion(leaf, number, size, good, root)
            assert caught.value.fault is Fault.PROOF_RANGE


@pytest.mark.parametrize("new", [1, 2, 3, 4, 6, 7, 8, 11, 16, 17])
def test_no_changed_proof_of_consistency_is_accepted(new: int) -> None:
    entries = oracle.entries(new)
    root = oracle.mth(entries)
    for old in range(1, new + 1):
        before = oracle.mth(entries[:old])
        good = oracle.proof(old, entries)
        for what, bad in broken(good, [before, root]):
            if bad != good:
                with pytest.raises(AuditError) as caught:
                    merkle.verify_consistency(old, before, new, root, bad)
                assert caught.value.fault in {Fault.PROOF_FORM, Fault.PROOF_ROOT}, what
        for first, second in ((HASH, root), (before, HASH), (root, before), (HASH, HASH)):
            if (first, second) != (before, root) and not (old == new and first == second):
                with pytest.raises(AuditError):
                    merkle.verify_consistency(old, first, new, second, good)
        for other in {*range(1, new + 1)} - {old}:
            with pytest.raises(AuditError):
                merkle.verify_consistency(other, before, new, root, good)


def test_only_a_checkpoint_binds_the_size_of_a_tree() -> None:
    # One path can fit two sizes; that is why a root is never without its size in a signed text.
    entries = oracle.entries(7)
    leaf, root = merkle.leaf_hash(entries[0]), oracle.mth(entries)
    good = oracle.path(0, entries)
    for size in (7, 8):
        merkle.verify_inclusion(leaf, 0, size, good, root)
    for size in (1, 2, 4, 9, 16):
        with pytest.raises(AuditError):
            merkle.verify_inclusion(leaf, 0, size, good, root)


@pytest.mark.parametrize(("old", "new"), [(0, 0), (0, 5), (6, 5), (-1, 5), (True, 5), (1, 2**63)])
def test_from_nothing_and_backwards_nothing_is_proved(old: int, new: int) -> None:
    with pytest.raises(AuditError) as caught:
        merkle.prove_consistency(oracle.NaiveNodes(oracle.entries(5)), old, new)
    assert caught.value.fault is Fault.PROOF_RANGE
    with pytest.raises(AuditError) as caught:
        merkle.verify_consistency(old, merkle.EMPTY_ROOT, new, HASH, ())
    assert caught.value.fault is Fault.PROOF_RANGE


@pytest.mark.parametrize(("index", "size"), [(0, 0), (5, 5), (-1, 5), (False, 5), (0, 2**63)])
def test_what_is_not_there_has_no_proof(index: int, size: int) -> None:
    with pytest.raises(AuditError) as caught:
        merkle.prove_inclusion(oracle.NaiveNodes(oracle.entries(5)), index, size)
    assert caught.value.fault is Fault.PROOF_RANGE


def test_an_edge_of_the_wrong_length_is_none() -> None:
    with pytest.raises(AuditError) as caught:
        Frontier.read(3, bytes(32))
    assert caught.value.fault is Fault.PROOF_FORM
    with pytest.raises(AuditError, match="the log is full"):
        Frontier(2**63 - 1, [HASH] * 63).append(HASH)


def test_equal_sizes_need_equal_roots_and_no_proof() -> None:
    root = oracle.mth(oracle.entries(4))
    merkle.verify_consistency(4, root, 4, root, ())
    with pytest.raises(AuditError):
        merkle.verify_consistency(4, root, 4, HASH, ())
    with pytest.raises(AuditError):
        merkle.verify_consistency(4, root, 4, root, (root,))


def composed(
    leaves: dict[int, bytes], left: list[bytes], right: list[bytes], low: int, high: int
) -> bytes:
    """The root by the definition, from the leaves of a range and the hashes beside it."""
    if high <= min(leaves):
        return left.pop(0)
    if low > max(leaves):
        return right.pop(0)
    if high - low == 1:
        return leaves[low]
    middle = low + (1 << (high - low - 1).bit_length() - 1)
    below = composed(leaves, left, right, low, middle)
    return merkle.node_hash(below, composed(leaves, left, right, middle, high))


@pytest.mark.parametrize("size", [1, 2, 3, 5, 8, 13, 21])
def test_a_range_with_what_is_beside_it_gives_the_root(size: int) -> None:
    entries = oracle.entries(size)
    nodes = oracle.NaiveNodes(entries)
    for start in range(size):
        for stop in range(start + 1, size + 1):
            left, right = map(list, merkle.prove_range(nodes, start, stop, size))
            assert len(left) + len(right) <= 2 * size.bit_length()
            leaves = {i: merkle.leaf_hash(entries[i]) for i in range(start, stop)}
            assert composed(leaves, left, right, 0, size) == oracle.mth(entries)
            assert not left
            assert not right


@pytest.mark.parametrize(
    ("start", "stop", "size"), [(0, 0, 5), (3, 2, 5), (-1, 2, 5), (0, 6, 5), (5, 6, 5)]
)
def test_a_range_that_is_none_is_refused(start: int, stop: int, size: int) -> None:
    with pytest.raises(AuditError) as caught:
        merkle.prove_range(oracle.NaiveNodes(oracle.entries(5)), start, stop, size)
    assert caught.value.fault is Fault.PROOF_RANGE
