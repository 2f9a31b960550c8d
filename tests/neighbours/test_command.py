"""The commands as an operator meets them: a process that serves, an examination, and its exit codes."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from caio.fields.arrays import Field
from caio.neighbours.__main__ import main
from caio.neighbours.intents import TextMaia
from caio.neighbours.memory import SuperposedRfs
from caio.neighbours.server import serve
from caio.neighbours.traits import AveragedNme
from tests.neighbours.draw import SHOP, SPACE, ports, tone
from tests.neighbours.mutants import Sticky


class Serving:
    """A process that serves, on a port of its own."""

    def __init__(self, *arguments: str) -> None:
        command = [sys.executable, "-m", "caio.neighbours", "serve", "--port", "0", *arguments]
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        assert self.process.stdout is not None
        self.said = self.process.stdout.readline()
        self.url = self.said.split()[2].rstrip(":")

    def stop(self) -> tuple[int, str]:
        self.process.send_signal(signal.SIGTERM)
        _, errors = self.process.communicate(timeout=30)
        return self.process.returncode, errors


@pytest.fixture(scope="module")
def serving(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    traits = tmp_path_factory.mktemp("traits") / "traits.json"
    found = Serving(str(SHOP), "--axis", "haste", "--axis", "wit", "--traits", str(traits))
    yield found
    assert found.stop() == (0, "")
    assert AveragedNme.restore(traits.read_bytes()).axes == ("haste", "wit")


def test_a_process_serves_all_four_and_passes(
    serving: Serving, capsys: pytest.CaptureFixture[str]
) -> None:
    assert serving.said.endswith(": maia, marketplace, nme, rfs\n")
    assert serving.url.startswith("http://127.0.0.1:")
    every = [word for port in ("maia", "nme", "rfs", "marketplace") for word in ("--port", port)]
    assert main(["check", *every, "--limit", "60", serving.url]) == 0
    shown = capsys.readouterr().out
    assert [line for line in shown.splitlines() if line.endswith("passed")] == [
        " ✓ maia: 22 passed",
        " ✓ nme: 14 passed",
        " ✓ rfs: 17 passed",
        " ✓ marketplace: 15 passed",
    ]
    assert not [line for line in shown.splitlines() if line != line.rstrip()]


def test_a_report_is_data(serving: Serving, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--port", "nme", "--json", "--limit", "60", serving.url]) == 0
    (report,) = json.loads(capsys.readouterr().out)
    assert report["format"] == "caio-conformance/v1"
    assert (report["port"], report["outcome"]) == ("nme", "passed")
    assert report["checks"][0] == {
        "check": "describes_itself",
        "clauses": ["G1"],
        "statement": "it names its space",
        "outcome": "passed",
        "seen": "",
    }


def test_a_broken_neighbour_ends_with_1(capsys: pytest.CaptureFixture[str]) -> None:
    with serve({"maia": Sticky(), "nme": ports()["nme"]}) as running:
        code = main(["check", "--port", "nme", "--port", "maia", "--limit", "60", running.url])
    shown = capsys.readouterr().out
    assert code == 1
    assert "✗   last_control_is_in_force" in shown
    assert "✗ maia:" in shown


class Vague(TextMaia):
    """Every text means the same."""

    def intent(self, query: str, context: Sequence[str]) -> Field:
        del context
        return super().intent("x" if query.strip() else query, ())


def test_what_fails_counts_more_than_what_cannot_be_decided(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with serve({"maia": Vague(SPACE)}) as running:
        code = main(["check", "--port", "maia", "--json", "--limit", "60", running.url])
    (report,) = json.loads(capsys.readouterr().out)
    outcomes = {check["check"]: check["outcome"] for check in report["checks"]}
    assert outcomes["similar_texts_resonate"] == "unknown"
    assert (outcomes["intent_depends_on_what_is_asked"], code) == ("failed", 1)


def test_what_cannot_be_decided_ends_with_3(capsys: pytest.CaptureFixture[str]) -> None:
    rfs = SuperposedRfs(SPACE)
    for number in range(16):
        rfs.store(tone(number), f"key {number}")
    with serve({"rfs": rfs}) as running:
        assert main(["check", "--port", "rfs", "--limit", "60", running.url]) == 3
    assert "? rfs:" in capsys.readouterr().out


def test_nobody_there_ends_with_4(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    assert main(["check", "--port", "maia", f"http://127.0.0.1:{port}"]) == 4
    assert main(["check", "--port", "maia", "gopher://127.0.0.1"]) == 4
    shown = capsys.readouterr()
    assert shown.out == ""
    assert len(shown.err.splitlines()) == 2


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["check", "http://127.0.0.1:1"],
        ["check", "--port", "mall", "http://127.0.0.1:1"],
        ["check", "--port", "maia", "--limit", "0", "http://127.0.0.1:1"],
        ["check", "--port", "maia", "--limit", "soon", "http://127.0.0.1:1"],
        ["serve", "--host", "192.0.2.1"],
        ["serve", "--host", "example.org"],
        ["serve", "--port", "many"],
        ["serve", "--port", "70000"],
    ],
)
def test_wrong_use_ends_with_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2
    assert "usage:" in capsys.readouterr().err


def test_what_cannot_be_served_ends_with_4(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = tmp_path / "traits.json"
    wrong.write_text("{}", "utf-8")
    other = tmp_path / "other.json"
    other.write_bytes(AveragedNme(["wit"]).save())
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        for arguments in (
            ["serve", "--port", port],
            ["serve", "--traits", str(wrong)],
            ["serve", "--traits", str(other), "--axis", "haste"],
            ["serve", str(tmp_path / "nothing.caio")],
            ["serve", "--source", "1000"],
        ):
            assert main(arguments) == 4, arguments
            assert capsys.readouterr().err.startswith("error: ")


def test_a_reader_without_colours_gets_none(capsys: pytest.CaptureFixture[str]) -> None:
    assert "NO_COLOR" not in os.environ or os.environ["NO_COLOR"]
    with serve({"nme": ports()["nme"]}) as running:
        main(["check", "--port", "nme", "--limit", "60", running.url])
    assert "\x1b" not in capsys.readouterr().out
