"""`caio-check.pyz` is the same bytes every time, and runs by itself in an interpreter that has nothing else."""

from __future__ import annotations

import ast
import io
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from caio.evidence.__main__ import main
from caio.evidence.pack import checker_archive
from caio.evidence.printing import plain
from tests.evidence.attacks import ATTACKS, decision_dated_back
from tests.evidence.making import Case, make, signed
from tests.test_house import ROOT, imported_names, packages, run_python, sources

ROOM = ROOT / "caio" / "evidence"
IMPORT_ROOM = """
import importlib, json, pkgutil, sys
sys.path.insert(0, sys.argv[1])
import caio.evidence
for module in pkgutil.walk_packages(caio.evidence.__path__, "caio.evidence."):
    importlib.import_module(module.name)
print(json.dumps(sorted(sys.modules)))
"""


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Case:
    return make(tmp_path_factory.mktemp("log"))


@pytest.fixture(scope="module")
def folder(good: Case, tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = tmp_path_factory.mktemp("elsewhere")
    (found / "caio-check.pyz").write_bytes(checker_archive())
    (found / "good.zip").write_bytes(good.build())
    bad = good.copy()
    decision_dated_back(bad)
    (found / "bad.zip").write_bytes(bad.build())
    return found


def test_the_room_runs_on_the_standard_library_and_the_checker() -> None:
    loaded = json.loads(run_python("-I", "-S", "-c", IMPORT_ROOM, str(ROOT)))
    assert not packages(loaded) - sys.stdlib_module_names - {"__main__", "caio"}
    ours = {name for name in loaded if name.partition(".")[0] == "caio"}
    assert {name.split(".")[1] for name in ours - {"caio"}} == {"checker", "evidence"}


@pytest.mark.parametrize("path", sources(ROOM), ids=lambda path: path.stem)
def test_a_module_names_nothing_outside(path: Path) -> None:
    for name in imported_names(path):
        inside = name.startswith(("caio.checker", "caio.evidence"))
        assert inside or name.partition(".")[0] in sys.stdlib_module_names, name


def test_the_file_has_the_same_bytes_every_time(tmp_path: Path) -> None:
    data = checker_archive()
    assert data == checker_archive()
    again = "import sys; from caio.evidence.pack import main; sys.exit(main())"
    done = subprocess.run(
        [sys.executable, "-c", again, str(tmp_path / "deep" / "check.pyz")],
        env={"PYTHONHASHSEED": "7", "TZ": "Asia/Tokyo", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        check=True,
        cwd=tmp_path,
    )
    assert b"check.pyz" in done.stdout
    assert (tmp_path / "deep" / "check.pyz").read_bytes() == data


def test_the_file_has_the_sources_of_the_two_rooms_and_nothing_else() -> None:
    with zipfile.ZipFile(io.BytesIO(checker_archive())) as archive:
        found = {info.filename: archive.read(info).decode() for info in archive.infolist()}
        assert {info.compress_type for info in archive.infolist()} == {zipfile.ZIP_STORED}
        assert archive.namelist() == sorted(found)
    rooms = {
        f"caio/{room}/{path.name}": path.read_text("utf-8")
        for room in ("checker", "evidence")
        for path in sources(ROOT / "caio" / room)
        if path.name != "pack.py"
    }
    assert {name: one for name, one in found.items() if name in rooms} == rooms
    assert found.keys() - rooms.keys() == {"__main__.py", "caio/__init__.py"}
    assert ast.get_docstring(ast.parse(found["caio/__init__.py"]))


def isolated(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-I", "-S", "caio-check.pyz", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_a_good_file_is_incomplete_without_cryptography(folder: Path) -> None:
    done = isolated(folder, "good.zip")
    assert (done.returncode, done.stderr) == (3, "")
    assert "signatures: not checked" in done.stdout
    assert done.stdout.splitlines()[-1].startswith("incomplete: ")
    assert "verified" not in done.stdout
    rows = [line[17:].split()[0] for line in done.stdout.splitlines() if line.startswith("ok ")]
    assert rows == ["form", "inclusion", "completeness", "evidence", "time"]
    told = json.loads(isolated(folder, "good.zip", "--json").stdout)
    assert (told["outcome"], told["signatures"]) == ("incomplete", "not checked")


def test_a_bad_file_fails_and_names_why(folder: Path) -> None:
    done = isolated(folder, "bad.zip")
    assert (done.returncode, done.stderr) == (5, "")
    assert "entry 8: backdated: the decision is dated 400 s before" in done.stdout
    assert done.stdout.splitlines()[-1].startswith("failed: ")
    assert isolated(folder, "bad.zip", "--max-skew", "400").returncode == 3


def test_an_older_checkpoint_is_compared(folder: Path, good: Case) -> None:
    (folder / "old").write_bytes(signed(good.entries[:5]))
    (folder / "other").write_bytes(signed([b"another"] * 5))
    done = isolated(folder, "good.zip", "--checkpoint", "old")
    assert (done.returncode, "consistency" in done.stdout) == (3, True)
    done = isolated(folder, "good.zip", "--checkpoint", "other")
    assert (done.returncode, "split-view" in done.stdout) == (5, True)


def test_it_checks_decisions_as_the_checker_does(folder: Path, good: Case) -> None:
    (folder / "decision.json").write_bytes(good.decisions[2])
    own = good.item(2, "request")[2][7:]
    found = {digits: json.loads(data) for digits, data in good.documents.items()}
    # The requests of the other decisions have the same name.
    documents = [one for d, one in found.items() if one["kind"] != "request" or d == own]
    body = {"format": "caio-documents/v1", "documents": documents}
    (folder / "documents.json").write_text(json.dumps(body))
    done = isolated(folder, "decision.json", "--documents", "documents.json")
    assert (done.returncode, done.stdout.splitlines()[-1]) == (
        0,
        "accepted: decision with verdict routed",
    )
    told = isolated(
        folder, "decision.json", "--json", "--budget", "9", "--documents", "documents.json"
    )
    assert (told.returncode, json.loads(told.stdout)["code"]) == (5, "budget")
    assert isolated(folder, "decision.json").returncode == 5


def test_another_package_of_the_name_is_refused(folder: Path, tmp_path: Path) -> None:
    """Whoever runs it without isolation, where another `caio` was loaded first."""
    (tmp_path / "caio").mkdir()
    (tmp_path / "caio" / "__init__.py").write_text("")
    run = f"import sys, runpy; sys.path.insert(0, {str(tmp_path)!r}); import caio; sys.argv = ['x', 'good.zip'];"
    run += f"runpy.run_path({str(folder / 'caio-check.pyz')!r}, run_name='__main__')"
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", run], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert "another package" in done.stderr


def test_what_cannot_be_read_exits_with_4(
    tmp_path: Path, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good = str(folder / "good.zip")
    for arguments in (
        [str(tmp_path / "none.zip")],
        [str(tmp_path)],
        [good, "--checkpoint", "none"],
    ):
        assert main(arguments) == 4
        output = capsys.readouterr()
        assert (output.out, output.err.startswith("cannot read ")) == ("", True)


def test_what_is_no_archive_fails(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for data in (b"", b"#!/bin/sh\n", b"PK"):
        (tmp_path / "evidence.zip").write_bytes(data)
        assert main([str(tmp_path / "evidence.zip")]) == 5
        assert "archive: it is no ZIP archive" in capsys.readouterr().out


@pytest.mark.parametrize("value", ["-1", "1.5", "x", "²", "1" * 13])
def test_wrong_use_exits_with_2(value: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["evidence.zip", f"--max-skew={value}"])
    assert caught.value.code == 2
    assert "whole number" in capsys.readouterr().err


def test_nothing_in_a_file_reaches_the_terminal_as_a_command() -> None:
    assert plain("a\x1b[31m\nb\u202e") == "a?[31m?b?"
    assert len(plain("x" * 1000)) == 301


# --- the page ------------------------------------------------------------------------------------

PAGE = (ROOT / "docs" / "evidence.md").read_text("utf-8")


def test_the_page_shows_what_is_printed(folder: Path) -> None:
    done = isolated(folder, "..", "--help")
    shown = isolated(folder, "good.zip").stdout.replace("good.zip", "evidence.zip")
    assert f"```text\n$ python3 -I -S caio-check.pyz evidence.zip\n{shown}```" in PAGE
    options = {line.split()[0].rstrip(",") for line in done.stdout.splitlines() if "  --" in line}
    assert options == {"--json", "--max-skew", "--checkpoint", "--budget", "--documents"}
    assert all(f"| `{one}" in PAGE for one in options)


def raised(path: Path) -> set[str]:
    """The codes that a module names."""
    found = set[str]()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            given = {"Flaw": node.args[:1], "Unestablished": node.args[:1], "fail": node.args[1:2]}
            for one in given.get(name, []):
                found |= {str(c.value) for c in ast.walk(one) if isinstance(c, ast.Constant)}
    return found


def test_the_page_has_every_code() -> None:
    codes = set[str]().union(*map(raised, sources(ROOM))) | {one.code for one in ATTACKS}
    codes |= {"archive-duplicate", "archive-order", "backdated", "postdated"}
    codes -= {"note-signature", "note-unsigned", "attestation-signature"}  # Those of the port.
    rows = [
        line.split("|")[1] for line in PAGE.partition("## Codes")[2].splitlines() if "|" in line
    ]
    told = {one.strip(" `,") for row in rows for one in row.split("`, `")}
    assert codes <= told
    assert told - codes == {"no-key", "not established", "failed", "---"}
    assert f"{len(ATTACKS)} kinds of attacks" in PAGE
