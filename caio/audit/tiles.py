"""A tree in tiles of 256 hashes, and proofs from them: C2SP tlog-tiles.

``docs/spec/audit-log-v1.md`` section 3 binds. Tiles are what a store answers and what a folder holds, so proofs are the
same from either. ``TiledTree`` reads each tile once and computes the levels between the tiles from their hashes.

What this does not do: verify that the tiles are those of a tree. Whoever has them from elsewhere holds the root of
``TiledTree`` against a checkpoint, and then proofs verify, or do not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final, Protocol

from caio.audit.faults import AuditError, Fault
from caio.audit.merkle import HASH_SIZE, Frontier, check_size, node_hash

HEIGHT: Final = 8
"""The levels of the tree that a tile spans."""
WIDTH: Final = 1 << HEIGHT
"""The hashes of a full tile."""
MAX_ENTRY: Final = 0xFFFF
"""The most bytes of an entry: a bundle counts them in 16 bits."""

_LEVELS: Final = 63 // HEIGHT + 1
_NUMBER: Final = r"(?:x[0-9]{3}/)*[0-9]{3}"
_PATH: Final = re.compile(
    rf"tile/(?P<level>0|[1-9]|entries)/(?P<number>{_NUMBER})(?:\.p/(?P<width>[1-9][0-9]{{0,2}}))?"
)


class TileSource(Protocol):
    """Where the tiles of a tree are."""

    def tile(self, level: int, number: int, width: int) -> bytes:
        """The first ``width`` hashes of a tile in a row: 32 bytes each.

        Raises:
            AuditError: ``tile-form``: there are not so many. A source that can be damaged says so.
        """
        ...


class TiledTree:
    """The perfect subtrees of a tree of a given size, from its tiles; each tile is read once.

    Args:
        source: of the tiles.
        size: of the tree, in entries.

    Raises:
        AuditError: ``proof-range``: no tree has this size.
    """

    def __init__(self, source: TileSource, size: int) -> None:
        check_size(size)
        self._source = source
        self._size = size
        self._tiles: dict[tuple[int, int], list[list[bytes]]] = {}

    @property
    def size(self) -> int:
        """The entries of the tree."""
        return self._size

    def frontier(self) -> Frontier:
        """The right edge of the tree."""
        return Frontier.of(self, self._size)

    def root(self) -> bytes:
        """The root of the tree."""
        return self.frontier().root()

    def node(self, level: int, number: int) -> bytes:
        """The hash of a perfect subtree.

        Raises:
            AuditError: ``proof-range``: the tree has no such subtree; ``tile-form``, and what else the source raises.
        """
        if level < 0 or number < 0 or (number + 1) << level > self._size:
            raise AuditError(
                Fault.PROOF_RANGE,
                f"a tree of {self._size} has no subtree {number} of level {level}",
            )
        height = level % HEIGHT
        place = level // HEIGHT, number >> HEIGHT - height
        layers = self._tiles.get(place)
        if layers is None:
            layers = self._tiles[place] = _layers(self._read(*place))
        return layers[height][number - (place[1] << HEIGHT - height)]

    def _read(self, level: int, number: int) -> list[bytes]:
        width = min(WIDTH, (self._size >> HEIGHT * level) - number * WIDTH)
        data = self._source.tile(level, number, width)
        if len(data) != width * HASH_SIZE:
            raise AuditError(
                Fault.TILE_FORM, f"`{tile_path(level, number, width)}` has {len(data)} bytes"
            )
        return [data[i : i + HASH_SIZE] for i in range(0, len(data), HASH_SIZE)]


def tile_path(level: int, number: int, width: int = WIDTH) -> str:
    """The place of a tile below the folder or address of a log."""
    return f"tile/{level}/{_numbered(number, width)}"


def bundle_path(number: int, width: int = WIDTH) -> str:
    """The place of a bundle of entries below the folder or address of a log."""
    return f"tile/entries/{_numbered(number, width)}"


def parse_path(path: str) -> tuple[int | None, int, int]:
    """What a path names: the level, or None for a bundle; the number; the width.

    Raises:
        AuditError: ``tile-form``: no tile is at such a path.
    """
    match = _PATH.fullmatch(path)
    if match is not None:
        level = None if match["level"] == "entries" else int(match["level"])
        number = int(re.sub("[x/]", "", match["number"]))
        width = WIDTH if match["width"] is None else int(match["width"])
        written = bundle_path(number, width) if level is None else tile_path(level, number, width)
        # One path per tile: no needless groups of zeros, no width of a full one.
        if written == path and width <= WIDTH and (level or 0) < _LEVELS:
            return level, number, width
    raise AuditError(Fault.TILE_FORM, "the path is not that of a tile, such as `tile/0/x001/067`")


def tiles_between(old: int, new: int) -> Iterator[tuple[int, int, int]]:
    """The tiles that a tree of size ``new`` has and one of size ``old`` has not: level, number and width.

    All tiles of a level come in order, and the levels from 0 up. Bundles are where the tiles of level 0 are.
    """
    check_size(old)
    check_size(new)
    for level in range(_LEVELS):
        before, now = old >> HEIGHT * level, new >> HEIGHT * level
        if not now:
            return
        if before == now:
            continue
        full = now // WIDTH
        yield from ((level, number, WIDTH) for number in range(before // WIDTH, full))
        if now % WIDTH:
            yield level, full, now % WIDTH


def write_bundle(entries: Sequence[bytes]) -> bytes:
    """A bundle of entries, each behind its length.

    Raises:
        AuditError: ``entry-size`` or ``tile-form``.
    """
    if not 0 < len(entries) <= WIDTH:
        raise AuditError(Fault.TILE_FORM, f"a bundle has from 1 to {WIDTH} entries")
    parts = []
    for entry in entries:
        if not 0 < len(entry) <= MAX_ENTRY:
            raise AuditError(Fault.ENTRY_SIZE, f"an entry has from 1 to {MAX_ENTRY} bytes")
        parts += [len(entry).to_bytes(2, "big"), entry]
    return b"".join(parts)


def read_bundle(data: bytes, width: int) -> tuple[bytes, ...]:
    """The entries of a bundle, which has so many.

    Raises:
        AuditError: ``tile-form``.
    """
    ends = [0]
    while ends[-1] < len(data) and len(ends) <= width:
        start = ends[-1]
        ends.append(start + 2 + int.from_bytes(data[start : start + 2], "big"))
    entries = tuple(data[start + 2 : end] for start, end in pairwise(ends))
    if len(entries) != width or ends[-1] != len(data) or not all(entries):
        raise AuditError(
            Fault.TILE_FORM, f"a bundle of {width} entries is expected, not these {len(data)} bytes"
        )
    return entries


def _layers(hashes: list[bytes]) -> list[list[bytes]]:
    """The levels of the tree within a tile, from its own hashes upwards, as far as they are complete."""
    layers = [hashes]
    for _ in range(HEIGHT - 1):
        below = layers[-1]
        layers.append([node_hash(*below[i : i + 2]) for i in range(0, len(below) - 1, 2)])
    return layers


def _numbered(number: int, width: int) -> str:
    if type(number) is not int or number < 0 or not 0 < width <= WIDTH:
        raise AuditError(Fault.TILE_FORM, f"there is no tile {number} of width {width}")
    digits = str(number)
    digits = digits.zfill(-len(digits) // 3 * -3)
    groups = [digits[i : i + 3] for i in range(0, len(digits), 3)]
    path = "/".join([*(f"x{group}" for group in groups[:-1]), groups[-1]])
    return path if width == WIDTH else f"{path}.p/{width}"
