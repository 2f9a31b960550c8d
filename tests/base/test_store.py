"""The store: entries are what was written or missing, whatever happens to the folder."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from subprocess import PIPE

import pytest
from hypothesis import given
from hypothesis import strategies as st

import caio
from caio.base.canonical import digest_bytes
from caio.base.store import Store, code_digest, default_folder
from tests.base import hammer

ROOT = Path(caio.__file__).parents[1]
KEY = digest_bytes(b"key")
OTHER = digest_bytes(b"other")


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return small(tmp_path / "cache")


def small(folder: Path) -> Store:
    return Store(folder, "test/v1", ".entry", most=3, total=4000, limit=3000)


def names(store: Store) -> list[str]:
    return sorted(path.name for path in store.folder.iterdir())


class TestEntries:
    @given(body=st.binary(max_size=200))
    def test_come_back_as_they_were_written(self, body: bytes) -> None:
        with tempfile.TemporaryDirectory() as folder:
            store = small(Path(folder))
            assert store.read(KEY) is None
            assert store.write(KEY, body)
            assert store.read(KEY) == body
            assert store.read(OTHER) is None
            assert store.write(KEY, body + b"x")
            assert store.read(KEY) == body + b"x"
            store.remove(KEY)
            store.remove(KEY)
            assert store.read(KEY) is None

    @given(
        steps=st.lists(
            st.tuples(
                st.sampled_from(["write", "read", "remove", "damage"]),
                st.integers(0, 5),
                st.integers(0, 2800),
            ),
            max_size=40,
        )
    )
    def test_are_those_of_a_dictionary_that_forgets(
        self, steps: list[tuple[str, int, int]]
    ) -> None:
        with tempfile.TemporaryDirectory() as folder:
            store = small(Path(folder))
            written: dict[int, bytes] = {}
            for action, number, size in steps:
                key = digest_bytes(bytes([number]))
                if action == "write":
                    body = bytes([number]) * size
                    assert store.write(key, body)
                    written[number] = body
                    assert store.read(key) == body
                elif action == "read":
                    assert store.read(key) in (None, written.get(number))
                elif action == "remove":
                    store.remove(key)
                    written.pop(number, None)
                elif store.path(key).exists():
                    store.path(key).write_bytes(store.path(key).read_bytes()[:size])
                    # Cut behind its end, the entry is still whole.
                    assert store.read(key) in (None, written[number])
            sizes = [path.stat().st_size for path in Path(folder).iterdir()]
            assert len(sizes) <= 3
            assert sum(sizes) <= 4000 or len(sizes) == 1

    def test_belong_to_their_owner_alone(self, store: Store) -> None:
        before = os.umask(0)
        try:
            store.write(KEY, b"body")
        finally:
            os.umask(before)
        assert store.folder.stat().st_mode & 0o777 == 0o700
        assert store.path(KEY).stat().st_mode & 0o777 == 0o600

    def test_of_another_format_count_as_missing(self, store: Store) -> None:
        store.write(KEY, b"body")
        assert replace(store, format="test/v2").read(KEY) is None
        assert store.read(KEY) == b"body"


class TestDamage:
    def test_of_any_byte_is_found(self, store: Store) -> None:
        store.write(KEY, b"some body")
        good = store.path(KEY).read_bytes()
        for place in range(len(good)):
            bad = bytearray(good)
            bad[place] ^= 1 << (place % 8)
            store.path(KEY).write_bytes(bad)
            assert store.read(KEY) is None, place

    def test_by_cutting_anywhere_or_adding_is_found(self, store: Store) -> None:
        store.write(KEY, b"some body")
        good = store.path(KEY).read_bytes()
        for bad in [*(good[:end] for end in range(len(good))), good + b"\0", b"\n" + good]:
            store.path(KEY).write_bytes(bad)
            assert store.read(KEY) is None

    def test_by_exchanging_entries_is_found(self, store: Store) -> None:
        store.write(KEY, b"one")
        store.write(OTHER, b"two")
        store.path(KEY).write_bytes(store.path(OTHER).read_bytes())
        assert store.read(KEY) is None

    def test_is_mended_by_writing(self, store: Store) -> None:
        store.write(KEY, b"body")
        store.path(KEY).write_bytes(b"")
        assert store.write(KEY, b"body")
        assert store.read(KEY) == b"body"


class TestLimits:
    def test_nothing_too_large_is_written(self, store: Store) -> None:
        assert not store.write(KEY, bytes(3001))
        assert not store.folder.exists()

    def test_nothing_too_large_is_read(self, store: Store) -> None:
        store.write(KEY, b"body")
        os.truncate(store.path(KEY), 1 << 40)
        assert store.read(KEY) is None

    def test_a_head_without_end_is_not_searched_for(self, store: Store) -> None:
        store.write(KEY, b"body")
        store.path(KEY).write_bytes(b" " * 2500)
        assert store.read(KEY) is None


class TestStrangers:
    def test_no_link_is_followed(self, store: Store, tmp_path: Path) -> None:
        store.write(KEY, b"body")
        elsewhere = tmp_path / "elsewhere"
        store.path(KEY).rename(elsewhere)
        store.path(KEY).symlink_to(elsewhere)
        assert store.read(KEY) is None
        before = elsewhere.read_bytes()
        assert store.write(KEY, b"new")
        assert store.read(KEY) == b"new"
        assert elsewhere.read_bytes() == before
        assert not store.path(KEY).is_symlink()

    def test_no_pipe_is_waited_for(self, store: Store) -> None:
        store.folder.mkdir()
        os.mkfifo(store.path(KEY))
        assert store.read(KEY) is None

    def test_a_folder_in_place_of_an_entry_is_left_alone(self, store: Store) -> None:
        store.path(KEY).mkdir(parents=True)
        assert store.read(KEY) is None
        assert not store.write(KEY, b"body")
        assert names(store) == [store.path(KEY).name]

    def test_what_belongs_to_another_user_is_not_used(
        self, store: Store, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        store.write(KEY, b"body")
        own = os.geteuid()
        monkeypatch.setattr(os, "geteuid", lambda: own + 1)
        assert store.read(KEY) is None
        assert not store.write(OTHER, b"body")
        assert names(store) == [store.path(KEY).name]

    def test_a_file_of_another_user_in_an_own_folder_is_not_read(
        self, store: Store, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        store.write(KEY, b"body")
        monkeypatch.setattr(Store, "_ours", lambda *_: True)
        own = os.geteuid()
        monkeypatch.setattr(os, "geteuid", lambda: own + 1)
        assert store.read(KEY) is None

    def test_a_file_in_place_of_the_folder_costs_the_cache_alone(self, tmp_path: Path) -> None:
        blocked = tmp_path / "file"
        blocked.write_text("mine")
        for folder in (blocked, blocked / "deeper"):
            store = small(folder)
            assert store.read(KEY) is None
            assert not store.write(KEY, b"body")
            store.remove(KEY)
        assert blocked.read_text() == "mine"


class TestFailures:
    def test_a_full_disk_leaves_nothing_half_made(self, store: Store) -> None:
        store.write(KEY, b"old")
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
        try:
            assert not store.write(KEY, bytes(2000))
            assert not store.write(OTHER, bytes(2000))
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        assert names(store) == [store.path(KEY).name]
        assert store.read(KEY) == b"old"

    def test_a_folder_that_takes_nothing_costs_the_cache_alone(
        self, store: Store, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        store.write(KEY, b"body")

        def refuse(path: object, flags: int, mode: int = 0) -> int:
            if flags & os.O_CREAT:
                raise PermissionError(13, "Permission denied")
            return opened(path, flags, mode)  # type: ignore[arg-type]

        opened = os.open
        monkeypatch.setattr(os, "open", refuse)
        assert not store.write(OTHER, b"body")
        assert store.read(KEY) == b"body"

    def test_an_interruption_leaves_nothing_half_made(
        self, store: Store, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        store.write(KEY, b"body")

        def interrupt(*_: object) -> None:
            raise KeyboardInterrupt

        monkeypatch.setattr(Path, "replace", interrupt)
        with pytest.raises(KeyboardInterrupt):
            store.write(OTHER, b"body")
        assert names(store) == [store.path(KEY).name]


class TestPruning:
    def test_keeps_what_was_used_last(self, store: Store) -> None:
        keys = [digest_bytes(bytes([number])) for number in range(4)]
        for age, key in enumerate(keys[:3]):
            store.write(key, b"body")
            os.utime(store.path(key), (age, age))
        assert store.read(keys[0]) == b"body"
        store.write(keys[3], b"body")
        assert [store.read(key) is not None for key in keys] == [True, False, True, True]

    def test_heeds_the_size_of_all_and_keeps_the_newest(self, store: Store) -> None:
        keys = [digest_bytes(bytes([number])) for number in range(3)]
        store.write(keys[0], bytes(100))
        store.write(keys[1], bytes(2000))
        for age, key in enumerate(keys[:2]):
            os.utime(store.path(key), (age, age))
        store.write(keys[2], bytes(2500))
        # The large one goes; the small one, although older, still fits.
        assert [store.read(key) is not None for key in keys] == [True, False, True]
        tight = replace(store, total=10)
        assert tight.write(keys[1], b"more than ten bytes")
        assert [store.read(key) is not None for key in keys] == [False, True, False]

    def test_touches_nothing_of_others(self, store: Store) -> None:
        other = replace(store, suffix=".other")
        other.write(KEY, b"body")
        (store.folder / "note.txt").write_text("mine")
        for number in range(9):
            store.write(digest_bytes(bytes([number])), b"body")
        assert other.read(KEY) == b"body"
        assert (store.folder / "note.txt").read_text() == "mine"
        assert len(names(store)) == 3 + 2

    def test_sweeps_up_after_killed_processes(self, store: Store) -> None:
        store.write(KEY, b"body")
        young, old = (store.folder / f".{store.path(KEY).name}.{n}.abcd" for n in (1, 2))
        for path in (young, old):
            path.write_bytes(b"half")
        os.utime(old, (1, 1))
        store.write(OTHER, b"body")
        assert young.exists()
        assert not old.exists()

    def test_an_entry_that_goes_while_it_is_read_is_read_to_its_end(
        self, store: Store, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        store.write(KEY, b"body")
        fstat = os.fstat

        def vanish(handle: int) -> os.stat_result:
            store.remove(KEY)
            return fstat(handle)

        monkeypatch.setattr(os, "fstat", vanish)
        assert store.read(KEY) == b"body"


def test_processes_share_a_folder_even_if_some_are_killed(tmp_path: Path) -> None:
    folder = tmp_path / "cache"

    def start(seed: int, rounds: int) -> subprocess.Popen[str]:
        words = [sys.executable, "-m", "tests.base.hammer", str(folder), str(seed), str(rounds)]
        return subprocess.Popen(words, stdout=PIPE, stderr=PIPE, text=True, cwd=ROOT)

    endless = [start(seed, -1) for seed in (1, 2)]
    counted = [start(seed, 400) for seed in (3, 4)]
    for process in endless:
        assert process.stdout is not None
        assert process.stdout.readline() == "going\n"
        process.kill()
        process.communicate()
    found = hammer.hammer(folder, 5, 200)
    for process in counted:
        out, err = process.communicate()
        assert (process.returncode, err) == (0, "")
        found += int(out)
    assert found > 0
    store = hammer.shared(folder)
    store.write(hammer.key(0), hammer.body(0))
    entries = [path for path in folder.iterdir() if not path.name.startswith(".")]
    assert len(entries) <= 4
    # At most one unfinished file of each process that was killed; it is swept up when it is old.
    assert len(list(folder.iterdir())) - len(entries) <= 2


class TestCode:
    @pytest.fixture
    def code(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        for room in ("base", "smt", "syntax"):
            (tmp_path / "caio" / room).mkdir(parents=True)
            (tmp_path / "caio" / room / "one.py").write_text("1")
        (tmp_path / "caio" / "syntax" / "caio.lark").write_text("grammar")
        monkeypatch.setattr(caio, "__file__", str(tmp_path / "caio" / "__init__.py"))
        return tmp_path / "caio"

    def test_any_change_gives_another_digest(
        self, code: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        rooms = ("base", "smt", "syntax")
        seen = [code_digest(rooms)]
        assert code_digest(rooms) == seen[0]

        def note() -> None:
            seen.append(code_digest(rooms))

        (code / "smt" / "one.py").write_text("2")
        note()
        (code / "smt" / "two.py").write_text("1")
        note()
        (code / "smt" / "two.py").rename(code / "base" / "two.py")
        note()
        (code / "base" / "two.py").rename(code / "base" / "three.py")
        note()
        (code / "base" / "inner").mkdir()
        (code / "base" / "inner" / "four.py").write_text("1")
        note()
        (code / "syntax" / "caio.lark").write_text("another")
        note()
        monkeypatch.setattr(caio, "__version__", "0.0.0")
        note()
        seen += [code_digest(rooms, "z3 1"), code_digest(rooms, "z3 2"), code_digest(rooms[:2])]
        assert len(set(seen)) == len(seen)

    def test_rooms_that_do_not_take_part_do_not_matter(self, code: Path) -> None:
        before = code_digest(["base"])
        (code / "smt" / "one.py").write_text("2")
        assert code_digest(["base"]) == before


def test_the_folder_follows_the_platform(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.delenv("CAIO_CACHE_DIR", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert default_folder() == tmp_path / "caio"
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert default_folder() == tmp_path / ".cache" / "caio"
    monkeypatch.setenv("CAIO_CACHE_DIR", str(tmp_path / "mine"))
    assert default_folder() == tmp_path / "mine"
