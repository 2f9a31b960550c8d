"""Tables, bars, the page and the drawings that are made of what was measured."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.bench.plotting import draw
from tests.bench.report import renewed
from tests.bench.table import Bar, Figures, Section, bars, load, save, seconds, text

CURVES: list[dict[str, Any]] = [
    {
        "size": 1_000,
        "compile": 0.5,
        "memory": 90.0,
        "load": 1.0,
        "decide a": 0.01,
        "decide b": None,
        "bare": 1e-4,
    },
    {
        "size": 9_000,
        "compile": 5.0,
        "memory": 300.0,
        "load": 9.0,
        "decide a": 0.02,
        "decide b": 0.3,
        "bare": 2e-4,
    },
]


@pytest.mark.parametrize(
    ("reached", "at_least", "met"),
    [(101.0, True, True), (99.9, True, False), (2.9, False, True), (3.1, False, False)],
)
def test_a_bar_is_met_only_on_its_right_side(reached: float, at_least: bool, met: bool) -> None:
    bar = Bar("x", reached, 100.0 if at_least else 3.0, at_least)
    assert bar.met is met
    assert ("NOT MET" in text(bars([bar]))) is not met


def test_times_are_shown_with_a_unit_that_suits() -> None:
    assert [seconds(value) for value in (2.5, 0.0125, 0.000004)] == ["2.5 s", "12.5 ms", "4 µs"]


def test_what_was_kept_comes_back_and_other_sections_stay(tmp_path: Path) -> None:
    target = tmp_path / "bench.json"
    first = Section("one", [Figures("t", ("a", "b"), [["1", "2"]])], [Bar("x", 1.0, 2.0, False)])
    second = Section("two", curves=CURVES)
    save(target, {"Python": "3"}, [first])
    save(target, {"Python": "4"}, [second])
    machines, sections = load(target)
    assert machines == {"one": {"Python": "3"}, "two": {"Python": "4"}}
    assert [section.name for section in sections] == ["one", "two"]
    assert sections[0].bars == first.bars
    assert sections[1].curves == CURVES


def test_only_blocks_of_sections_that_were_run_are_replaced() -> None:
    page = (
        "words\n<!-- bench: one -->\nold\n<!-- end -->\nmore\n"
        "<!-- bench: two -->\nkept\n<!-- end -->\n<!-- bench: bars -->\n<!-- end -->\n"
    )
    section = Section("one", [Figures("t", ("a", "b"), [["1", "2"]])], [Bar("x", 1.0, 2.0, False)])
    shown = renewed(page, {"one": {"Python": "3"}}, [section])
    assert "old" not in shown
    assert "| 1 | 2 |" in shown
    assert "kept" in shown
    assert "words" in shown
    assert "| x | 1x | ≤ 2x | met |  |" in shown
    assert renewed(shown, {"one": {"Python": "3"}}, [section]) == shown


def test_the_same_measurements_give_the_same_drawings(tmp_path: Path) -> None:
    first = [path.read_bytes() for path in draw(CURVES, tmp_path / "one")]
    second = [path.read_bytes() for path in draw(CURVES, tmp_path / "two")]
    assert first == second
    assert all(b"<svg" in drawing for drawing in first)
    other = [CURVES[0], {**CURVES[1], "compile": 6.0}]
    assert draw(other, tmp_path / "three")[0].read_bytes() != first[0]
