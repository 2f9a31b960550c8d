"""The compile cache: the same documents without parsing, and nothing believed that is not intact."""

import os
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import pytest

import caio
from caio.ir.encode import document_bytes, document_digest
from caio.sema import cache as module
from caio.sema.cache import KEPT, Cache
from caio.sema.discover import discover
from caio.sema.project import load_project
from caio.sema.report import Report
from tests.sema.conftest import SERVICE, VOCABULARY


@pytest.fixture
def text(tmp_path: Path) -> Path:
    path = tmp_path / "x.caio"
    path.write_text(VOCABULARY + SERVICE)
    return path


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "cache"


def entries(store: Path) -> list[Path]:
    return sorted(store.iterdir())


def test_a_second_run_parses_nothing(
    text: Path, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = load_project([text], cache=store)
    monkeypatch.setattr("caio.sema.compile.parse", None)
    second = load_project([text], cache=store)
    assert (first.cached, second.cached) == (False, True)
    assert second == load_project([text], cache=store)
    assert [document_bytes(x) for x in first.documents()] == [
        document_bytes(x) for x in second.documents()
    ]


def test_a_changed_byte_compiles_anew(text: Path, store: Path) -> None:
    load_project([text], cache=store)
    text.write_text(text.read_text() + " ")
    assert not load_project([text], cache=store).cached
    assert len(entries(store)) == 2


def test_another_compiler_compiles_anew(
    text: Path, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    load_project([text], cache=store)
    monkeypatch.setattr(module, "compiler_digest", lambda: "sha256:other")
    assert not load_project([text], cache=store).cached


def test_documents_in_error_are_not_kept(text: Path, store: Path) -> None:
    text.write_text(VOCABULARY + "request r { }")
    assert not load_project([text], cache=store).ok
    assert not load_project([text], cache=store).ok
    assert not store.exists()


def test_no_damaged_entry_is_believed(text: Path, store: Path) -> None:
    load_project([text], cache=store)
    (entry,) = entries(store)
    good = entry.read_bytes()
    lines = good.splitlines(keepends=True)
    damaged = [
        b"",
        b"\n",
        b"{}\n",
        good[:-1],
        good + b"x",
        good.replace(b'"region":"eu"', b'"region":"us"'),
        lines[0] + b"".join(reversed(lines[1:])),
        b"".join(lines[1:]),
        good.replace(b"caio-cache/v3", b"caio-cache/v2"),
        b"\xff" + good,
    ]
    for data in damaged:
        entry.write_bytes(data)
        project = load_project([text], cache=store)
        assert not project.cached
        assert project.services[0].attributes == (("region", "eu"),)
        assert entry.read_bytes() == good


def test_damage_anywhere_is_found_and_mended(text: Path, store: Path) -> None:
    clean = [document_bytes(x) for x in load_project([text]).documents()]
    load_project([text], cache=store)
    (entry,) = entries(store)
    good = entry.read_bytes()
    step = max(1, len(good) // 40)
    for place in range(0, len(good), step):
        bad = bytearray(good)
        bad[place] ^= 1 << (place % 8)
        for data in (bytes(bad), good[:place]):
            entry.write_bytes(data)
            assert Cache(store).load(discover([text], Report())) is None
        project = load_project([text], cache=store)
        assert not project.cached
        assert [document_bytes(x) for x in project.documents()] == clean
        assert entry.read_bytes() == good


def test_an_entry_with_the_right_digest_and_no_documents_is_made_anew(
    text: Path, store: Path
) -> None:
    inputs = discover([text], Report())
    cache = Cache(store)
    for body in (
        b"",
        b"[]",
        b"[]\n[]",
        b"[[0,null,null,null]]\n[]\n[]",
        b"\n\n",
        b"[" * 99999 + b"\n",
    ):
        cache._store.write(module._key(inputs), body)
        assert cache._store.read(module._key(inputs)) == body
        assert not load_project([text], cache=store).cached
        assert load_project([text], cache=store).cached


def test_places_survive(text: Path, store: Path) -> None:
    first, second = load_project([text], cache=store), load_project([text], cache=store)
    assert second.cached
    for project in (first, second):
        digest = document_digest(project.services[0])
        span = project.locate(digest, "attributes.region")
        assert span is not None
        assert "eu" in span.text
        assert project.file_of(digest) == str(text)


def test_every_input_is_part_of_the_question(
    text: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inputs = discover([text], Report())
    (item,) = inputs
    monkeypatch.setattr(module, "compiler_digest", lambda: "sha256:one")
    variants = [
        inputs,
        [replace(item, digest="sha256:other")],
        [replace(item, named=False)],
        [replace(item, name="x.json")],
        [*inputs, item],
        [],
    ]
    keys = {module._key(variant) for variant in variants}
    assert len(keys) == len(variants)
    # Where the files are is no part of it: a folder may be moved.
    moved = [replace(item, name=str(tmp_path / "elsewhere.caio"))]
    assert module._key(moved) == module._key(inputs)
    monkeypatch.setattr(module, "compiler_digest", lambda: "sha256:two")
    assert module._key(inputs) not in keys


def test_two_processes_begin_with_an_empty_folder(text: Path, store: Path) -> None:
    words = [sys.executable, "-c", _LOADER, str(text), str(store)]
    root = Path(caio.__file__).parents[1]
    running = [subprocess.Popen(words, stdout=subprocess.PIPE, cwd=root) for _ in range(2)]
    said = [process.communicate()[0].decode() for process in running]
    assert [process.returncode for process in running] == [0, 0]
    expected = "".join(document_digest(x) for x in load_project([text]).documents())
    assert said == [expected] * 2
    assert len(entries(store)) == 1
    assert load_project([text], cache=store).cached


_LOADER = """
import sys
from caio.ir.encode import document_digest
from caio.sema.project import load_project
project = load_project([sys.argv[1]], cache=sys.argv[2])
sys.stdout.write("".join(document_digest(x) for x in project.documents()))
"""


def test_an_entry_under_another_name_is_foreign(text: Path, store: Path, tmp_path: Path) -> None:
    other = tmp_path / "y.caio"
    other.write_text(VOCABULARY)
    load_project([text], cache=store)
    load_project([other], cache=store)
    one, two = entries(store)
    one.write_bytes(two.read_bytes())
    two.write_bytes(one.read_bytes())
    assert [load_project([x], cache=store).cached for x in (text, other)].count(True) == 1


def test_a_folder_that_cannot_be_used_is_not_used(text: Path, tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    assert load_project([text], cache=blocked).ok
    assert load_project([text], cache=blocked / "deeper").ok


def test_processes_share_a_folder(text: Path, store: Path) -> None:
    found = []

    def run() -> None:
        found.append(load_project([text], cache=store).ok)

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [True] * 4
    assert len(entries(store)) == 1


def test_old_entries_are_let_go(text: Path, store: Path) -> None:
    for number in range(KEPT + 3):
        text.write_text(VOCABULARY + number * " ")
        load_project([text], cache=store)
        for age, entry in enumerate(entries(store)):
            os.utime(entry, (age, age))
    assert len(entries(store)) == KEPT


def test_no_cache_writes_nothing(
    text: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CAIO_CACHE_DIR", str(tmp_path / "mine"))
    load_project([text], cache=False)
    load_project([text])
    assert not (tmp_path / "mine").exists()
    load_project([text], cache=True)
    assert load_project([text], cache=True).cached
