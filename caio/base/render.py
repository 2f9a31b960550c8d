"""Diagnostics as text with carets, and as JSON. Neither decides anything; both show the same."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from typing import Final

from caio.base.canonical import Json
from caio.base.diagnostics import Diagnostic, Label, Severity
from caio.base.spans import Location, Source, Span

TAB: Final = 4
"""How wide a tab is shown."""
MAX_WIDTH: Final = 160
"""How much of a long line is shown."""

_COLORS: Final = {
    Severity.ERROR: "\x1b[1;31m",
    Severity.WARNING: "\x1b[1;33m",
    Severity.NOTE: "\x1b[1;36m",
}
_BLUE: Final = "\x1b[1;34m"
_BOLD: Final = "\x1b[1m"
_RESET: Final = "\x1b[0m"


def render_text(diagnostics: Iterable[Diagnostic], *, color: bool = False) -> str:
    """The diagnostics for people, one after the other with an empty line between them.

    The text may go to the log of a code host: what GitHub's runner takes for a command anywhere in a line is none here.
    """
    text = "\n".join(_render(diagnostic, color=color) for diagnostic in diagnostics)
    return text.replace("##[", "#\\x23[")


def render_json(diagnostics: Iterable[Diagnostic]) -> list[Json]:
    """The diagnostics for tools."""
    return [
        {
            "code": diagnostic.code.name,
            "severity": diagnostic.severity.value,
            "message": diagnostic.message,
            "span": _span_json(diagnostic.span),
            "labels": [
                {"message": label.message, "span": _span_json(label.span)}
                for label in diagnostic.labels
            ],
            "help": diagnostic.help,
        }
        for diagnostic in diagnostics
    ]


def _span_json(span: Span | None) -> Json:
    if span is None:
        return None
    return {
        "source": span.source.name,
        "start": _location_json(span.location, span.start),
        "end": _location_json(span.end_location, span.end),
    }


def _location_json(location: Location, offset: int) -> Json:
    return {"line": location.line, "column": location.column, "offset": offset}


def _render(diagnostic: Diagnostic, *, color: bool) -> str:
    def paint(style: str, text: str) -> str:
        return f"{style}{text}{_RESET}" if color and text else text

    tone = _COLORS[diagnostic.severity]
    head = f"{diagnostic.severity.value}[{diagnostic.code.name}]"
    lines = [paint(tone, head) + paint(_BOLD, f": {visible(diagnostic.message)}")]
    marks: list[tuple[Span, str, bool]] = []
    if diagnostic.span is not None:
        marks.append((diagnostic.span, "", True))
    marks += [(label.span, label.message, False) for label in diagnostic.labels]
    gutter = max((len(str(span.location.line)) for span, _, _ in marks), default=0)
    bar = paint(_BLUE, " " * gutter + " |")
    source: Source | None = None
    for span, message, primary in _ordered(diagnostic.span, diagnostic.labels):
        if not span.source.text:
            # Nothing could be read, or nothing is there: a caret under it would show nothing.
            lines.append(paint(_BLUE, " " * gutter + "-->") + f" {visible(span.source.name)}")
            continue
        if span.source is not source:
            # A label may stand above the primary place, and the arrow is what people and editors follow.
            place = (
                diagnostic.span
                if diagnostic.span and span.source is diagnostic.span.source
                else span
            )
            arrow = "-->" if source is None else ":::"
            lines += [paint(_BLUE, " " * gutter + arrow) + f" {visible(str(place))}", bar]
            source = span.source
        shown, start, width = excerpt(span)
        number = paint(_BLUE, f"{span.location.line:>{gutter}} |")
        lines.append(f"{number} {shown}".rstrip())
        underline = ("^" if primary else "-") * width
        note = f"{underline} {visible(message)}".rstrip()
        lines.append(f"{bar} {' ' * start}{paint(tone if primary else _BLUE, note)}")
    if diagnostic.help is not None:
        equals = paint(_BLUE, " " * gutter + " =")
        lines.append(f"{equals} {paint(_BOLD, 'help')}: {visible(diagnostic.help)}")
    return "\n".join(lines) + "\n"


def _ordered(primary: Span | None, labels: tuple[Label, ...]) -> list[tuple[Span, str, bool]]:
    """The places to show: the primary one's source first, in each source by place."""
    marks = [(label.span, label.message, False) for label in labels]
    if primary is not None:
        marks.append((primary, "", True))
    first = None if primary is None else primary.source
    return sorted(marks, key=lambda m: (m[0].source is not first, m[0].source.name, m[0].start))


def excerpt(span: Span) -> tuple[str, int, int]:
    """The line on which a span begins as it is shown, and the place and width of its marks.

    Tabs become spaces, characters without a shape a replacement; of a long line, the part around the span is
    shown. A span over several lines is marked up to the end of the first. Marks are at least one wide.
    """
    place = span.location
    line = span.source.line(place.line)
    begin = place.column - 1
    end = min(begin + max(span.end - span.start, 0), len(line))
    left = max(0, begin - MAX_WIDTH // 2) if len(line) > MAX_WIDTH else 0
    right = min(len(line), left + MAX_WIDTH)
    before, column = _shown(line[left:begin], 0)
    marked, column_end = _shown(line[begin : min(end, right)], column)
    after, _ = _shown(line[min(end, right) : right], column_end)
    prefix = "..." if left else ""
    suffix = "..." if right < len(line) else ""
    text = prefix + before + marked + after + suffix
    return text, column + len(prefix), max(column_end - column, 1)


def _shown(text: str, column: int) -> tuple[str, int]:
    """The text as it is shown from a column on, and the column behind it."""
    parts: list[str] = []
    for character in text:
        if character == "\t":
            width = TAB - column % TAB
            parts.append(" " * width)
        elif unicodedata.category(character) in ("Mn", "Me", "Cf") and character != "\u00ad":
            # Joined to what precedes, or without a shape; direction marks would reorder the line.
            if unicodedata.category(character) == "Cf":
                continue
            width = 0
            parts.append(character)
        else:
            shape = character if character.isprintable() else "\ufffd"
            width = 2 if unicodedata.east_asian_width(shape) in "WF" else 1
            parts.append(shape)
        column += width
    return "".join(parts), column


def visible(text: str) -> str:
    """The text on one line, without anything that could move a terminal's cursor."""
    return "".join(c if c.isprintable() else "\ufffd" for c in text)
