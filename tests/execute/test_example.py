"""The control loop of `examples/field_control`: deterministic, better than simpler choices, and as its page says."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parents[2] / "examples" / "field_control"


def run(work: Path, steps: int, seed: str) -> str:
    command = [sys.executable, str(HERE / "field_control.py"), "--steps", str(steps)]
    command += ["--plot", str(work / f"{seed}.svg"), "--json", str(work / f"{seed}.json")]
    process = subprocess.run(
        command,
        env={**os.environ, "PYTHONHASHSEED": seed},
        capture_output=True,
        text=True,
        check=False,
    )
    assert process.returncode == 0, process.stdout + process.stderr
    return process.stdout


@pytest.mark.slow
def test_two_runs_leave_the_same_bytes(tmp_path: Path) -> None:
    assert run(tmp_path, 40, "1").replace("1.svg", "2.svg") == run(tmp_path, 40, "2")
    for kind in ("svg", "json"):
        assert (tmp_path / f"1.{kind}").read_bytes() == (tmp_path / f"2.{kind}").read_bytes()
    rows = json.loads((tmp_path / "1.json").read_text("utf-8"))
    assert {name: len(row["traces"]) for name, row in rows.items()} == dict.fromkeys(rows, 40)
    # What was decided, why, and what came of it is under each hash.
    assert len({trace for row in rows.values() for trace in row["traces"]}) == 120


@pytest.mark.slow
def test_the_figures_of_the_page_are_those_of_a_run(tmp_path: Path) -> None:
    printed = run(tmp_path, 300, "0")
    page = (HERE / "README.md").read_text("utf-8")
    table = re.findall(r"^(?:CAIO|cheapest first|random) .*[\d)]$", printed, re.MULTILINE)
    assert len(table) == 5, printed
    assert "\n".join(table) in page
