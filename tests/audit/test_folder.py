"""A published folder is read back by somebody who knows the specification and nothing of this program."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path

import pytest

from caio.audit import merkle
from caio.audit.checkpoint import Policy
from caio.audit.faults import Fault
from caio.audit.folder import TileFolder, publish
from caio.audit.tiles import TiledTree, parse_path
from tests.audit import oracle
from tests.audit.keys import ORIGIN
from tests.audit.logs import KEY, entries, entry, opened, refused


def independent(folder: Path) -> tuple[int, list[bytes]]:
    """The size and the entries of a folder, every hash of every tile computed anew; raises if one differs."""
    origin, size_text, root = (folder / "checkpoint").read_text("utf-8").split("\n")[:3]
    assert origin == ORIGIN
    size = int(size_text)

    def place(kind: str, number: int, width: int) -> Path:
        name = f"{number:03}" if number < 1000 else f"x{number // 1000:03}/{number % 1000:03}"
        return folder / "tile" / kind / (name if width == 256 else f"{name}.p/{width}")

    found: list[bytes] = []
    for number in range((size + 255) // 256):
        width = min(256, size - number * 256)
        data = place("entries", number, width).read_bytes()
        while data:
            length = data[0] * 256 + data[1]
            found.append(data[2 : 2 + length])
            data = data[2 + length :]
    assert len(found) == size
    level, step = 0, 1
    while size // step:
        count = size // step
        for number in range((count + 255) // 256):
            width = min(256, count - number * 256)
            starts = [(number * 256 + i) * step for i in range(width)]
            expected = b"".join(oracle.mth(found[start : start + step]) for start in starts)
            assert place(str(level), number, width).read_bytes() == expected
        level, step = level + 1, step * 256
    assert base64.b64encode(oracle.mth(found)).decode() == root
    return size, found


@pytest.mark.parametrize("count", [1, 254, 255, 256, 600])
def test_a_folder_is_that_of_the_specification(tmp_path: Path, count: int) -> None:
    with opened(tmp_path / "log") as log:
        log.append_many(entries(count))
        log.checkpoint()
        log.publish(tmp_path / "www")
        size, found = independent(tmp_path / "www")
        assert (size, found) == (count + 1, [one.data for one in log.entries()])
    for path in (tmp_path / "www").rglob("*"):
        if path.is_file() and path.name != "checkpoint":
            parse_path(path.relative_to(tmp_path / "www").as_posix())


def test_a_folder_grows_with_its_log(tmp_path: Path) -> None:
    www = tmp_path / "www"
    with opened(tmp_path / "log") as log:
        for step in (3, 200, 60, 1, 250, 5):
            log.append_many(entries(step))
            log.checkpoint()
            before = {path: path.read_bytes() for path in www.rglob("*") if path.is_file()}
            log.publish(www)
            # Nothing that was there is changed; parts go when the whole is there.
            for path, data in before.items():
                if path.exists() and path.name != "checkpoint":
                    assert path.read_bytes() == data
            assert independent(www)[0] == log.size
        assert not (www / "tile/0/000.p").exists()
        assert not (www / "tile/entries/000.p").exists()
        # Again changes nothing.
        log.publish(www)
        # A checkpoint without a tile of its own is not published half.
        log.append(entry(1))
        assert log.publish(www).size == log.size - 1


def test_proofs_are_computed_from_the_folder_alone(tmp_path: Path) -> None:
    with opened(tmp_path / "log") as log:
        log.append_many(entries(700))
        checkpoint = log.checkpoint()
        log.publish(tmp_path / "www")
        folder = TileFolder(tmp_path / "www")
        note = folder.checkpoint()
        assert note is not None
        accepted = Policy(ORIGIN, (KEY,)).accept(note)
        tree = TiledTree(folder, accepted.size)
        assert tree.root() == accepted.root == checkpoint.root
        for index in (0, 255, 256, 700):
            entry_ = folder.entries(index // 256, min(256, 701 - index // 256 * 256))[index % 256]
            proof = merkle.prove_inclusion(tree, index, 701)
            assert proof == log.prove_inclusion(index, 701)
            merkle.verify_inclusion(merkle.leaf_hash(entry_), index, 701, proof, accepted.root)
        # A smaller tree is read from full tiles as well.
        assert TiledTree(folder, 300).frontier().peaks[0] == log.root(256)


def test_a_missing_or_damaged_tile_is_refused(tmp_path: Path) -> None:
    www = tmp_path / "www"
    with opened(tmp_path / "log") as log:
        log.append_many(entries(300))
        log.checkpoint()
        log.publish(www)
    folder = TileFolder(www)
    refused(Fault.TILE_FORM, lambda: folder.tile(0, 5, 256))
    refused(Fault.TILE_FORM, lambda: folder.entries(5, 7))
    (www / "tile/0/000").write_bytes(b"short")
    refused(Fault.TILE_FORM, lambda: folder.tile(0, 0, 256))
    (www / "tile/entries/000").write_bytes(b"\0\5short")
    refused(Fault.TILE_FORM, lambda: folder.entries(0, 256))
    (www / "tile/0/000").write_bytes(hashlib.sha256(b"").digest() * 256)
    # Tiles of the right size with other hashes: proofs from them lead elsewhere, and so does the root.
    with opened(tmp_path / "log") as log:
        root, leaf = log.root(300), next(log.entries()).data
    proof = merkle.prove_inclusion(TiledTree(folder, 300), 0, 300)
    refused(
        Fault.PROOF_ROOT,
        lambda: merkle.verify_inclusion(merkle.leaf_hash(leaf), 0, 300, proof, root),
    )
    (www / "tile/1/000.p/1").write_bytes(bytes(32))
    assert TiledTree(TileFolder(www), 300).root() != root


def test_nothing_is_written_over_another_history(tmp_path: Path) -> None:
    www = tmp_path / "www"
    with opened(tmp_path / "log") as log:
        log.append_many(entries(300))
        log.checkpoint()
        log.publish(www)
    kept = {path: path.read_bytes() for path in www.rglob("*") if path.is_file()}
    with opened(tmp_path / "short") as short:
        short.checkpoint()
        refused(Fault.LOG_ROLLED_BACK, lambda: short.publish(www))
    with opened(tmp_path / "other") as other:
        other.append_many(entries(400, start=9))
        other.checkpoint()
        refused(Fault.LOG_FORKED, lambda: other.publish(www))
        # Also if only the tiles are left of it.
        note = (www / "checkpoint").read_bytes()
        (www / "checkpoint").unlink()
        refused(Fault.TILE_CONFLICT, lambda: other.publish(www))
        (www / "checkpoint").write_bytes(note)
    assert kept == {path: path.read_bytes() for path in www.rglob("*") if path.is_file()}


def test_a_folder_does_not_go_back(tmp_path: Path) -> None:
    www = tmp_path / "www"
    with opened(tmp_path / "log") as log:
        early = log.checkpoint()
        log.append_many(entries(300))
        log.checkpoint()
        late = log.publish(www)
        refused(Fault.LOG_ROLLED_BACK, lambda: publish(log._store, early, www))
        assert TileFolder(www).checkpoint() == late.data


@pytest.mark.parametrize("done", range(5))
def test_an_interrupted_publication_is_finished(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, done: int
) -> None:
    www = tmp_path / "www"
    original, calls = TileFolder.put, iter(range(done))

    def put(self: TileFolder, path: str, data: bytes) -> None:
        if next(calls, None) is None:
            raise OSError(28, "No space left on device")
        original(self, path, data)

    with opened(tmp_path / "log") as log:
        log.append_many(entries(300))
        log.checkpoint()
        with monkeypatch.context() as patch:
            patch.setattr(TileFolder, "put", put)
            refused(Fault.LOG_BUSY, lambda: log.publish(www))
        assert not (www / "checkpoint").exists()
        log.publish(www)
        assert independent(www)[0] == 301
