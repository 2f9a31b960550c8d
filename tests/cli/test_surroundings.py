"""Surroundings that are against us: no room, no output, pipes in the place of files, names that are empty."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Run

MARKET = Path(__file__).parent / "market"
COMMAND = [sys.executable, "-m", "caio"]
CHECK = ["check", str(MARKET)]

full = pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")


@full
@pytest.mark.parametrize("words", [CHECK, [*CHECK, "--json"], ["check", "missing", "--json"]])
def test_no_room_for_the_verdict_is_no_verdict(words: list[str]) -> None:
    with Path("/dev/full").open("w") as nowhere:
        done = subprocess.run(
            [*COMMAND, *words], stdout=nowhere, stderr=subprocess.PIPE, text=True, check=False
        )
    assert done.returncode == 4
    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr
    assert done.stderr.splitlines()[-1].startswith("error: ")


@full
@pytest.mark.parametrize("buffered", [True, False])
@pytest.mark.parametrize("options", [[], ["--json"]])
def test_no_room_for_the_message_either_keeps_the_code(options: list[str], buffered: bool) -> None:
    # Whoever runs this may have told Python not to buffer, which hides what is left in a buffer at the end.
    surroundings = {k: v for k, v in os.environ.items() if k != "PYTHONUNBUFFERED"}
    surroundings |= {} if buffered else {"PYTHONUNBUFFERED": "1"}
    with Path("/dev/full").open("w") as nowhere:
        words = [*COMMAND, "check", "missing", *options]
        done = subprocess.run(words, stdout=nowhere, stderr=nowhere, env=surroundings, check=False)
    assert done.returncode == 4


@pytest.mark.parametrize("words", [CHECK, [*CHECK, "--json"]])
def test_closed_output_is_output_that_nobody_wants(words: list[str]) -> None:
    done = subprocess.run(
        ["/bin/sh", "-c", 'exec "$@" >&-', "sh", *COMMAND, *words],
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("words", [["check"], ["route", "--request", "triage"]])
def test_an_empty_name_is_not_the_current_folder(
    run: Run, words: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(MARKET)
    said = run(*words, "")
    assert said.code == 4
    assert "the name of a file or folder is empty" in said.err


@pytest.mark.parametrize("named", [True, False])
def test_a_pipe_among_documents_is_not_waited_for(run: Run, tmp_path: Path, *, named: bool) -> None:
    pipe = tmp_path / "pipe.caio"
    os.mkfifo(pipe)
    said = run("check", str(pipe if named else tmp_path))
    assert said.code == 4
    assert "is a pipe and no file" in said.err


def test_the_checker_opens_files_by_itself_and_so_takes_no_pipe(run: Run) -> None:
    reader, writer = os.pipe()
    os.write(writer, b'{"format": "caio-decision/v1"}')
    os.close(writer)
    try:
        said = run("verify", f"/dev/fd/{reader}")
    finally:
        os.close(reader)
    assert said.code == 4
    assert "is no file" in said.err


@pytest.mark.parametrize(
    "words",
    [
        ["route", "--request", "triage", "-o"],
        ["route", "--request", "x", "--bundle"],
        ["check", "-o"],
    ],
)
def test_two_things_cannot_share_standard_output(
    run: Run, words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    said = run(*words, "-", str(MARKET))
    assert said.code == 4
    assert "name a file" in said.err
    assert list(tmp_path.iterdir()) == []


def test_show_reads_standard_input_once(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "sane.json"
    assert run("check", str(MARKET), "-o", str(file)).code == 0
    said = run("show", "--documents", "-", stdin=file.read_bytes())
    assert said.code == 0
    assert "rule stay_home" in said.out


def test_a_caret_points_at_something_or_is_left_out(run: Run, tmp_path: Path) -> None:
    said = run("check", str(tmp_path / "missing.caio"))
    assert "^" not in said.err
    assert f"--> {tmp_path / 'missing.caio'}\n" in said.err


@pytest.mark.parametrize("name", ["", "a\tb", "\x1b[31m", "x" * 257])
def test_one_bad_name_is_one_diagnostic(run: Run, tmp_path: Path, name: str) -> None:
    file = tmp_path / "names.caio"
    file.write_text(f'uses "market" request "{name}" {{ needs chat }}')
    said = run("check", "--json", str(MARKET / "vocabulary.caio"), str(file))
    assert [found["code"] for found in said.json["diagnostics"]] == ["invalid-name"]
