"""What only a real process shows: signals, pipes that close, strangers in our place, isolation."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import caio
from caio.base.errors import InputError
from caio.cli import isolation

HOME = Path(caio.__file__).parents[1]
COMMAND = [sys.executable, "-m", "caio"]
SOURCE = b'{"one": {"litellm_provider": "p", "mode": "chat", "input_cost_per_token": 1e-6}}'

# Writes a file, and says so and waits where the old name is about to give way to the new one.
SLOW_RENAME = """
import pathlib, sys, time
from caio.cli.main import main

def replace(self, target):
    print("writing", flush=True)
    time.sleep(60)

pathlib.Path.replace = replace
sys.argv = ["caio", *sys.argv[1:]]
main()
"""


@contextmanager
def started(*words: str, code: str | None = None) -> Iterator[subprocess.Popen[bytes]]:
    command = COMMAND if code is None else [sys.executable, "-c", code]
    process = subprocess.Popen(
        [*command, *words],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "NO_COLOR": "1"},
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


@pytest.mark.parametrize(
    ("number", "code", "said"),
    [(signal.SIGINT, 130, b"interrupted: nothing was written\n"), (signal.SIGTERM, 143, b"")],
)
def test_a_signal_leaves_no_file_behind(
    tmp_path: Path, number: signal.Signals, code: int, said: bytes
) -> None:
    source = tmp_path / "prices_1.0.json"
    source.write_bytes(SOURCE)
    target = tmp_path / "registry.json"
    with started("import", "litellm", str(source), "-o", str(target), code=SLOW_RENAME) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"writing\n"
        process.send_signal(number)
        out, err = process.communicate(timeout=30)
    assert (process.returncode, out, err) == (code, b"", said)
    assert [path.name for path in tmp_path.iterdir()] == [source.name]


def test_a_reader_that_leaves_is_no_verdict_and_no_noise() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    try:
        process = subprocess.run(
            [*COMMAND, "explain-code"], stdout=writing, stderr=subprocess.PIPE, check=False
        )
    finally:
        os.close(writing)
    assert (process.returncode, process.stderr) == (141, b"")


def test_a_terminal_that_carries_ascii_only_gets_ascii() -> None:
    process = subprocess.run(
        [*COMMAND, "explain-code", "modèle"],
        capture_output=True,
        check=False,
        env={**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"},
    )
    assert process.returncode == 4
    assert b"mod\\xe8le" in process.stderr


def test_another_package_in_our_place_is_explained(tmp_path: Path) -> None:
    stranger = tmp_path / "caio"
    stranger.mkdir()
    text = f"__path__.append({str(HOME / 'caio')!r})\n"
    (stranger / "__init__.py").write_text(text, "utf-8")
    process = subprocess.run(
        [sys.executable, "-c", "from caio.cli.main import main; main()", "--version"],
        capture_output=True,
        check=False,
        text=True,
        cwd=tmp_path,
    )
    assert process.returncode == 4
    assert process.stdout == ""
    assert f"found: {stranger / '__init__.py'}" in process.stderr
    assert "caio-router" in process.stderr


class TestIsolation:
    def test_nothing_from_the_environment_reaches_the_checker(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for name in ("json", "hashlib", "fractions", "sitecustomize"):
            (tmp_path / f"{name}.py").write_text("raise SystemExit(0)\n", "utf-8")
        (tmp_path / "d.json").write_bytes(b"{}")
        monkeypatch.setenv("PYTHONPATH", str(tmp_path))
        monkeypatch.setenv("PYTHONSTARTUP", str(tmp_path / "json.py"))
        monkeypatch.chdir(tmp_path)
        answer = isolation.check("d.json")
        assert (answer.status, answer.body["accepted"], answer.body["code"]) == (5, False, "shape")

    def test_a_name_that_looks_like_an_option_is_a_name(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(tmp_path)
        Path("--help").write_bytes(b"{}")
        assert isolation.check("--help").status == 5

    @pytest.mark.parametrize(
        ("status", "out"),
        [
            (0, b""),
            (0, b"accepted"),
            (0, b"[]"),
            (0, b"{}"),
            (0, b'{"accepted": false}'),
            (1, b'{"accepted": true}'),
            (5, b'{"accepted": true}'),
            (0, b'{"accepted": 1}'),
            (-9, b""),
        ],
    )
    def test_an_answer_that_is_none_is_never_a_success(
        self, monkeypatch: pytest.MonkeyPatch, status: int, out: bytes
    ) -> None:
        monkeypatch.setattr(
            subprocess,
            "run",
            lambda command, **_: subprocess.CompletedProcess(command, status, out, b"trouble"),
        )
        with pytest.raises(InputError, match=r"without an answer: trouble"):
            isolation.check("d.json")
