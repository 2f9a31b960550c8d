"""A table of a report: what is easier to see side by side than finding by finding.

A table decides nothing. Whatever in it does not hold is a question's verdict or a finding as well.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from caio.analysis.findings.plain import count, plain
from caio.base.canonical import Json
from caio.base.errors import InternalError

MOST_ROWS: Final = 100
"""How many rows people are shown; the rest is counted."""
MOST_COLUMNS: Final = 12
"""How many columns people are shown, the last ones, and the first one, which names the row."""
_WIDEST: Final = 40


@dataclass(frozen=True, slots=True)
class Table:
    """A table.

    Attributes:
        title: what is in it, on one line.
        header: the names of the columns; the first one is of what names the rows.
        rows: a cell for each column.
        key: what the cells mean, on one line; may be empty.

    Raises:
        InternalError: a row has another number of cells than there are columns.
    """

    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    key: str = ""

    def __post_init__(self) -> None:
        if not self.header or any(len(row) != len(self.header) for row in self.rows):
            raise InternalError(f"the table `{self.title}` has rows of different lengths")


def table_json(table: Table) -> Json:
    """The whole table as a JSON object."""
    return {
        "title": table.title,
        "header": list(table.header),
        "rows": [list(row) for row in table.rows],
        "key": table.key,
    }


def shown(table: Table) -> tuple[tuple[str, ...], list[tuple[str, ...]], list[str]]:
    """What people are shown: header and rows, safe to show, and what is said of the rest."""
    columns = len(table.header)
    kept = [0, *range(max(1, columns - MOST_COLUMNS + 1), columns)]

    def cells(row: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(plain(row[index], _WIDEST) for index in kept)

    notes = [plain(table.key, 500)] if table.key else []
    if len(kept) < columns:
        notes.append(f"{count(columns - len(kept), 'column')} further left: see `--format json`")
    if len(table.rows) > MOST_ROWS:
        notes.append(f"{count(len(table.rows) - MOST_ROWS, 'more row')}: see `--format json`")
    return cells(table.header), [cells(row) for row in table.rows[:MOST_ROWS]], notes


def aligned(table: Table) -> Iterator[str]:
    """The lines of a table as plain text."""
    header, rows, notes = shown(table)
    widths = [max(map(len, column)) for column in zip(header, *rows, strict=True)]
    yield plain(table.title, 200)
    for row in (header, *rows):
        cells = (f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True))
        yield f"  {'  '.join(cells)}".rstrip()
    yield from (f"  {note}" for note in notes)
