"""The traps on the command line: ``caio compat`` ends with the exit code of the answer, and with nothing that looks like another one."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from caio.cli.main import cli
from tests.evolution.admission import Operator
from tests.evolution.callers import Side, lost
from tests.evolution.traps import TRAPS, Trap

EXITS = {"compatible": 0, "incompatible": 1, "unknown": 3, "refused": 1}
"""Contracts of two vocabularies are not comparable, and the newer one cannot take the place of the older one."""


def compat(paths: dict[str, Path], *words: str) -> tuple[int, dict[str, str]]:
    """The exit code, and the verdict of every question by its title."""
    policy = ["--policy", str(paths["policy"])] if "policy" in paths else []
    sides = [str(paths["old"]), str(paths["new"])]
    command = ["compat", *sides, *policy, "--no-bump", "--no-cache", "--no-waivers", "--json"]
    result = CliRunner().invoke(cli, [*command, *words], prog_name="caio")
    assert isinstance(result.exception, SystemExit | type(None)), result.exception
    report = json.loads(result.stdout)
    assert report["exit"] == result.exit_code
    return result.exit_code, {one["title"]: one["verdict"] for one in report["questions"]}


@pytest.mark.parametrize("trap", TRAPS, ids=lambda trap: trap.name)
def test_compat_ends_as_the_text_says(trap: Trap, tmp_path: Path) -> None:
    code, verdicts = compat(trap.write(tmp_path))
    assert code == EXITS[trap.verdict]
    assert verdicts
    assert all(verdict == "proved" for verdict in verdicts.values()) == (code == 0)


@pytest.mark.parametrize("trap", [t for t in TRAPS if t.callers], ids=lambda trap: trap.name)
def test_compat_for_callers_answers_for_each_of_them(trap: Trap, tmp_path: Path) -> None:
    """Nobody says who calls on the command line: a caller is kept if whoever makes the request is."""
    it = trap.compiled(tmp_path / "library")
    operator = Operator(it.policy)
    before, after = Side(it.old, operator), Side(it.new, operator)
    kept = {
        name: lost(it.vocabulary, request, None, before, after) is None
        for name, request in it.callers.items()
    }
    paths = trap.write(tmp_path / "command")
    code, verdicts = compat(paths, "--callers", str(paths["callers"]))
    assert code == (0 if all(kept.values()) else 1)
    for name, expected in kept.items():
        (verdict,) = [found for title, found in verdicts.items() if f"`{name}`" in title]
        assert verdict == ("proved" if expected else "refuted"), name
