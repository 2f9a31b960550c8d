"""The room's trees are those of RFC 6962: held against its text, and against the log's own implementation."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caio.audit import merkle
from caio.audit.faults import AuditError
from caio.evidence import Flaw
from caio.evidence.tree import Tree, check_consistency, check_inclusion, leaf_hash, subtrees
from tests.audit.oracle import entries, mth, path, proof
from tests.evidence.making import perfect

SIZES = st.integers(1, 70)


def ranged(start: int, stop: int, all_: list[bytes]) -> Tree:
    sides = [
        [mth(all_[a:b]) for a, b in perfect(*side)] for side in ((0, start), (stop, len(all_)))
    ]
    tree = Tree()
    tree.fill(start, sides[0])
    for one in all_[start:stop]:
        tree.add(leaf_hash(one))
    tree.fill(len(all_), sides[1])
    return tree


@given(SIZES, st.data())
@settings(max_examples=60, deadline=None)
def test_a_range_and_what_is_beside_it_give_the_root(size: int, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, size))
    stop = data.draw(st.integers(start, size))
    all_ = entries(size)
    tree = ranged(start, stop, all_)
    assert (tree.size, tree.root()) == (size, mth(all_))
    frontier = merkle.Frontier.empty()
    for one in all_:
        frontier.append(merkle.leaf_hash(one))
    assert tree.peaks == frontier.peaks


@given(SIZES, st.data())
@settings(max_examples=60, deadline=None)
def test_subtrees_are_the_largest_perfect_ones(size: int, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, size))
    found = [(b - a).bit_length() - 1 for a, b in perfect(start, size)]
    assert list(subtrees(start, size)) == found


def judged(act: object, *arguments: object) -> bool:
    try:
        act(*arguments)  # type: ignore[operator]
    except (Flaw, AuditError):
        return False
    return True


@given(SIZES, st.data())
@settings(max_examples=120, deadline=None)
def test_proofs_are_judged_as_the_log_judges_them(size: int, data: st.DataObject) -> None:
    """Right ones are accepted by both; shortened, extended, exchanged and displaced ones by neither, or by both."""
    all_ = entries(size)
    index = data.draw(st.integers(0, size - 1))
    other = data.draw(st.integers(0, size + 1))
    found = path(index, all_)
    root, leaf = mth(all_), leaf_hash(all_[index])
    assert judged(check_inclusion, leaf, index, size, found, root)
    changed = data.draw(st.sampled_from([found, found[1:], found[::-1], [*found, leaf]]))
    for asked in ((leaf, other, size), (leaf, index, size + 1), (leaf, other, max(1, other))):
        arguments = (*asked, changed, root)
        assert judged(check_inclusion, *arguments) == judged(merkle.verify_inclusion, *arguments)
    if size > 1:
        old = data.draw(st.integers(1, size - 1))
        found = proof(old, all_)
        assert judged(check_consistency, old, mth(all_[:old]), size, root, found)
        changed = data.draw(st.sampled_from([found, found[1:], found[::-1], [*found, leaf]]))
        wrong = data.draw(st.integers(1, size - 1))
        for claimed in (
            (old, mth(all_[:old]), size, root, changed),
            (wrong, mth(all_[:old]), size, root, found),
            (old, leaf, size, root, found),
        ):
            expected = judged(merkle.verify_consistency, *claimed)
            assert judged(check_consistency, *claimed) == expected


@pytest.mark.parametrize("old", [0, 5, 6])
def test_consistency_is_proved_from_a_smaller_tree(old: int) -> None:
    with pytest.raises(Flaw) as caught:
        check_consistency(old, mth([]), 5, mth(entries(5)), [])
    assert caught.value.code == "proof-form"
