"""Texts that several tests read."""

from pathlib import Path

from caio.base.spans import Source
from caio.syntax import tree
from caio.syntax.format import format_source
from caio.syntax.parse import parse

ROOT = Path(__file__).resolve().parents[2]


def blocks(page: Path) -> list[str]:
    """The blocks of a page that are marked as texts of the language."""
    parts = page.read_text("utf-8").split("```caio\n")[1:]
    return [part.split("```", 1)[0] for part in parts]


LANGUAGE = "\n".join(blocks(ROOT / "docs" / "language.md"))
"""Every construct of the language."""


def read(text: str) -> tree.Tree:
    """The tree of a text without errors."""
    parsed, diagnostics = parse(Source("<test>", text))
    assert [d.message for d in diagnostics] == []
    return parsed


def formatted(text: str) -> str:
    """The layout of a text without errors."""
    result, diagnostics = format_source(Source("<test>", text))
    assert result is not None, [d.message for d in diagnostics]
    return result


def errors(text: str) -> list[tuple[str, int, int]]:
    """Code, line and column of everything that is wrong with a text."""
    _, diagnostics = parse(Source("<test>", text))
    places = []
    for diagnostic in diagnostics:
        assert diagnostic.span is not None
        place = diagnostic.span.location
        places.append((diagnostic.code.name, place.line, place.column))
    return places
