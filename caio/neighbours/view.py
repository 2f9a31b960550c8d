"""Reports of the conformance suite as a table for people."""

from __future__ import annotations

from collections import Counter
from typing import Final

from rich.box import SIMPLE_HEAD
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from caio.neighbours.conformance import Outcome, Report

_MARKS: Final = {
    Outcome.PASSED: ("✓", "green"),
    Outcome.FAILED: ("✗", "bold red"),
    Outcome.UNKNOWN: ("?", "yellow"),
}
_CONTROL: Final = dict.fromkeys([*range(32), *range(127, 160)], "�")


def show(report: Report, console: Console) -> None:
    """Print a report, with what was seen below each check that did not pass."""
    with console.capture() as captured:
        console.print(Group(_table(report), Padding(summary(report), (0, 0, 0, 1))))
    # Tables are padded on the right, which is nobody's business in a file or a page.
    lines = captured.get().splitlines()
    console.file.write("\n".join(line.rstrip() for line in lines).strip("\n") + "\n")


def summary(report: Report) -> Text:
    """The last line: how many checks came out how."""
    counts = Counter(result.outcome for result in report.results)
    parts = [f"{counts[one]} {one.value}" for one in Outcome if counts[one]]
    mark, style = _MARKS[report.outcome]
    return Text(f"{mark} {report.port}: {', '.join(parts) or 'nothing examined'}", style)


def _table(report: Report) -> RenderableType:
    table = Table(box=SIMPLE_HEAD, pad_edge=True, expand=False)
    table.add_column("", width=1)
    table.add_column("check", no_wrap=True)
    table.add_column("clause", no_wrap=True)
    table.add_column("what holds", overflow="fold")
    for result in report.results:
        mark, style = _MARKS[result.outcome]
        said = Text(result.statement)
        if result.seen:
            # What a neighbour sends must not move the cursor of whoever reads it.
            said.append(f"\n{result.seen.translate(_CONTROL)}", style)
        table.add_row(Text(mark, style), result.name, Text(" ".join(result.clauses), "dim"), said)
    return table
