"""Figures and bars as values, and how they are printed and kept.

A section of the benchmarks hands back figures (tables for reading) and bars (a figure, a bound, met or not). The same
values are printed as text, written as JSON, and turned into the tables of ``docs/performance.md``.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median
from typing import Any


@dataclass(frozen=True)
class Bar:
    """A bound that the issue sets, and what was reached: at least ``bound`` or at most."""

    what: str
    reached: float
    bound: float
    at_least: bool
    unit: str = "x"
    detail: str = ""

    @property
    def met(self) -> bool:
        """Whether the bound is kept."""
        return self.reached >= self.bound if self.at_least else self.reached <= self.bound


@dataclass(frozen=True)
class Figures:
    """A table: a title, columns, rows of text, and notes that say what was counted."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    notes: Sequence[str] = ()


@dataclass
class Section:
    """What one part of the benchmarks found."""

    name: str
    figures: list[Figures] = field(default_factory=list)
    bars: list[Bar] = field(default_factory=list)
    curves: list[dict[str, Any]] = field(default_factory=list)
    """Measurements per landscape size, for the plots."""


def progress(message: str) -> None:
    """Say on standard error what is going on."""
    print(message, file=sys.stderr, flush=True)


def spread(values: Sequence[float]) -> tuple[float, float]:
    """The median, and the noise: the largest over the smallest."""
    return median(values), max(values) / min(values) if min(values) else 1.0


def seconds(value: float) -> str:
    """A time with three digits and the unit that suits it."""
    for unit, size in (("s", 1.0), ("ms", 1e-3)):
        if value >= size:
            return f"{value / size:,.3g} {unit}" if value < 1000 * size else f"{value:,.0f} s"
    return f"{value / 1e-6:,.3g} µs"


def text(figures: Figures) -> str:
    """A table in columns of equal width, the first one flush left."""
    lines = [figures.columns, *figures.rows]
    widths = [max(len(line[i]) for line in lines) for i in range(len(figures.columns))]
    shown = [figures.title]
    for line in lines:
        first, *others = (
            cell.ljust(width) if i == 0 else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(line, widths, strict=True))
        )
        shown.append("  " + "  ".join([first, *others]).rstrip())
    return "\n".join([*shown, *(f"  {note}" for note in figures.notes)])


def markdown(figures: Figures) -> str:
    """The same as a table of a page."""
    lines = [
        "| " + " | ".join(figures.columns) + " |",
        "|---|" + "---:|" * (len(figures.columns) - 1),
        *(
            "| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |"
            for row in figures.rows
        ),
    ]
    notes = [f"- {note}" for note in figures.notes]
    return "\n".join([f"**{figures.title}**", "", *lines, *([""] if notes else []), *notes])


def bars(found: Iterable[Bar]) -> Figures:
    """All bars as the one final table."""
    rows = []
    for bar in found:
        sign = "≥" if bar.at_least else "≤"
        rows.append(
            [
                bar.what,
                _number(bar.reached, bar.unit),
                f"{sign} {_number(bar.bound, bar.unit)}",
                "met" if bar.met else "NOT MET",
                bar.detail,
            ]
        )
    return Figures("Bars", ("bar", "reached", "bound", "", "from"), rows)


def _number(value: float, unit: str) -> str:
    shown = f"{value:,.0f}" if value >= 100 or value == int(value) else f"{value:.3g}"
    return f"{shown}{'' if unit == 'x' else ' '}{unit}"


def save(path: Path, machine: dict[str, str], sections: Sequence[Section]) -> None:
    """Keep what was found as JSON; sections that a file has and that were not run stay as they are."""
    kept: dict[str, Any] = {}
    if path.exists():
        kept = json.loads(path.read_text("utf-8"))["sections"]
    for section in sections:
        kept[section.name] = {"machine": machine, **asdict(section)}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"sections": kept}, indent=1, ensure_ascii=False) + "\n", "utf-8")


def load(path: Path) -> tuple[dict[str, dict[str, str]], list[Section]]:
    """What was kept: the machine of each section, and the sections."""
    machines, sections = {}, []
    for name, raw in json.loads(path.read_text("utf-8"))["sections"].items():
        machines[name] = raw["machine"]
        figures = [Figures(**one) for one in raw["figures"]]
        found = [Bar(**one) for one in raw["bars"]]
        sections.append(Section(name, figures, found, raw["curves"]))
    return machines, sections
