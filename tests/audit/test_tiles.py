"""Tiles are those of the specification, and proofs from them those of the definition."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caio.audit import merkle, tiles
from caio.audit.faults import AuditError, Fault
from caio.audit.tiles import TiledTree
from tests.audit import oracle

SIZE = 1100
ENTRIES = oracle.entries(SIZE)


class Growing:
    """Tiles from what a growing edge tells, as a store keeps it; against `NaiveTiles`, quick."""

    def __init__(self, count: int, leaf: bytes = b"\0" * 32) -> None:
        self.kept: dict[int, list[bytes]] = {}
        edge = merkle.Frontier.empty()
        for number in range(count):
            hash_ = leaf[:-4] + number.to_bytes(4, "big")
            self.kept.setdefault(0, []).append(hash_)
            for level, _, node in edge.append(hash_):
                if level % 8 == 0:
                    self.kept.setdefault(level // 8, []).append(node)
        self.root = edge.root()
        self.edge = edge

    def tile(self, level: int, number: int, width: int) -> bytes:
        return b"".join(self.kept[level][number * 256 : number * 256 + width])


@pytest.mark.parametrize("size", [0, 1, 255, 256, 257, 511, 512, 1000, SIZE])
def test_the_root_follows_from_the_tiles(size: int) -> None:
    tree = TiledTree(oracle.NaiveTiles(ENTRIES[:size]), size)
    assert tree.root() == oracle.mth(ENTRIES[:size])
    assert tree.size == size


@given(st.data())
@settings(max_examples=40)
def test_proofs_from_tiles_are_those_of_the_definition(data: st.DataObject) -> None:
    size = data.draw(st.integers(1, SIZE))
    index = data.draw(st.integers(0, size - 1))
    source = oracle.NaiveTiles(ENTRIES[:size])
    found = merkle.prove_inclusion(TiledTree(source, size), index, size)
    assert list(found) == oracle.path(index, ENTRIES[:size])
    proof = merkle.prove_consistency(TiledTree(source, size), index + 1, size)
    assert list(proof) == oracle.proof(index + 1, ENTRIES[:size])
    # Each tile is asked for once, with the width that the tree of this size has.
    for level, number, width in source.read:
        assert width == min(256, (size >> 8 * level) - number * 256)


def test_three_levels_of_tiles() -> None:
    size = 256 * 256 + 256 * 3 + 5
    source = Growing(size)
    tree = TiledTree(source, size)
    assert tree.root() == source.root
    leaf = source.kept[0][70 * 256 + 9]
    index = 70 * 256 + 9
    proof = merkle.prove_inclusion(tree, index, size)
    merkle.verify_inclusion(leaf, index, size, proof, source.root)
    old = Growing(1234).root
    merkle.verify_consistency(
        1234, old, size, source.root, merkle.prove_consistency(tree, 1234, size)
    )


def test_a_tree_has_only_its_own_subtrees() -> None:
    tree = TiledTree(oracle.NaiveTiles(ENTRIES), 300)
    for level, number in ((0, 300), (8, 1), (9, 0), (-1, 0), (0, -1)):
        with pytest.raises(AuditError) as caught:
            tree.node(level, number)
        assert caught.value.fault is Fault.PROOF_RANGE


def test_a_tile_of_another_width_is_none() -> None:
    class Short:
        def tile(self, level: int, number: int, width: int) -> bytes:
            return bytes(32 * width - 1 + level + number)

    with pytest.raises(AuditError, match=r"`tile/0/000\.p/3` has 95 bytes"):
        TiledTree(Short(), 3).root()


@pytest.mark.parametrize(
    ("number", "width", "path"),
    [
        (0, 256, "tile/0/000"),
        (67, 256, "tile/0/067"),
        (1234067, 256, "tile/0/x001/x234/067"),
        (1000, 1, "tile/0/x001/000.p/1"),
        (999, 255, "tile/0/999.p/255"),
    ],
)
def test_paths_are_those_of_the_specification(number: int, width: int, path: str) -> None:
    assert tiles.tile_path(0, number, width) == path
    assert tiles.parse_path(path) == (0, number, width)
    bundle = path.replace("tile/0", "tile/entries")
    assert tiles.bundle_path(number, width) == bundle
    assert tiles.parse_path(bundle) == (None, number, width)


@pytest.mark.parametrize(
    "path",
    [
        "",
        "tile/0/0",
        "tile/0/0000",
        "tile/00/000",
        "tile/8/000",
        "tile/0/x000/001",
        "tile/0/001/002",
        "tile/0/000.p/0",
        "tile/0/000.p/256",
        "tile/0/000.p/07",
        "tile/0/000.p/300",
        "tile/0/../../etc/passwd",
        "tile/0/000\n",
        "/tile/0/000",
        "tile/-1/000",
        "tile/0/٠٠٠",
    ],
)
def test_nothing_else_is_a_path(path: str) -> None:
    with pytest.raises(AuditError) as caught:
        tiles.parse_path(path)
    assert caught.value.fault is Fault.TILE_FORM


def test_the_example_of_the_specification() -> None:
    found = list(tiles.tiles_between(0, 70_000))
    assert [one for one in found if one[2] < 256] == [(0, 273, 112), (1, 1, 17), (2, 0, 1)]
    assert sum(one[0] == 0 for one in found) == 274
    assert [one for one in found if one[0] == 1] == [(1, 0, 256), (1, 1, 17)]
    assert list(tiles.tiles_between(0, 256)) == [(0, 0, 256), (1, 0, 1)]
    assert list(tiles.tiles_between(5, 5)) == []
    assert list(tiles.tiles_between(255, 257)) == [(0, 0, 256), (0, 1, 1), (1, 0, 1)]


@given(st.lists(st.binary(min_size=1, max_size=300), min_size=1, max_size=256))
@settings(max_examples=40)
def test_a_bundle_is_read_as_it_was_written(entries: list[bytes]) -> None:
    data = tiles.write_bundle(entries)
    assert tiles.read_bundle(data, len(entries)) == tuple(entries)
    for width in (len(entries) - 1, len(entries) + 1):
        with pytest.raises(AuditError):
            tiles.read_bundle(data, width)
    for bad in (data[:-1], data + b"\0", data + b"\0\0", data[1:]):
        with pytest.raises(AuditError):
            tiles.read_bundle(bad, len(entries))


def test_bundles_have_limits() -> None:
    largest = [bytes(0xFFFF)]
    assert tiles.read_bundle(tiles.write_bundle(largest), 1) == tuple(largest)
    for bad in ([bytes(0x10000)], [b""]):
        with pytest.raises(AuditError) as caught:
            tiles.write_bundle(bad)
        assert caught.value.fault is Fault.ENTRY_SIZE
    for none in ([], [b"x"] * 257):
        with pytest.raises(AuditError):
            tiles.write_bundle(none)
