"""Taking declarations and clauses out of a text: edits that keep every comment, and as much of the layout as there is.

A declaration goes with its lines; a clause goes with the comma that separates it, and its keyword goes with the last one of a
list. Comments among what goes stay where they are. What stands in JSON is not edited: machines wrote it, and write it again.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field

from caio.analysis.findings.finding import Edit
from caio.analysis.lint.topics import Removal
from caio.base.spans import Source, Span
from caio.sema.project import Project
from caio.syntax import tree
from caio.syntax.grammar import load
from caio.syntax.parse import parse
from caio.syntax.tokens import Tokens, lex


@dataclass(slots=True)
class _Text:
    """A source as tokens and declarations."""

    tokens: Tokens
    declarations: tuple[tree.Declaration, ...]


@dataclass
class Removals:
    """Finds the edits for removals from the texts of one project."""

    project: Project
    _texts: dict[str, _Text] = field(default_factory=dict)

    def edits(self, removal: Removal) -> tuple[Edit, ...] | None:
        """The edits that take something out; None where it does not stand in a text of its own."""
        name = self.project.locate(removal.document)
        if name is None or not name.source.name.endswith(".caio") or not name.source.text:
            return None
        text = self._text(name.source)
        whole = next((d for d in text.declarations if _within(name, d.span)), None)
        if whole is None:
            return None
        if not removal.path:
            return (_lines(text, whole.span),)
        clause = self.project.locate(removal.document, removal.path)
        if clause is None:
            return None
        siblings = _siblings(whole, removal.path)
        if [one for one in siblings if one.start == clause.start] != [clause]:
            # Two clauses of a document share their text, such as both ends of a range.
            return None
        return (_clause(text, clause, siblings),)

    def _text(self, source: Source) -> _Text:
        known = self._texts.get(source.name)
        if known is None or known.tokens.source is not source:
            found, _ = parse(source)
            known = _Text(lex(source, load()), found.declarations)
            self._texts[source.name] = known
        return known


def _within(inner: Span, outer: Span) -> bool:
    return outer.start <= inner.start and inner.end <= outer.end


def _siblings(whole: tree.Declaration, path: str) -> list[Span]:
    """The places of all clauses of the list that a path leads into."""
    if path.startswith("guarantees[") and isinstance(whole, tree.Service | tree.Overlay):
        return [one.span for one in whole.guarantees]
    if path.startswith("then[") and isinstance(whole, tree.Rule | tree.Constraint):
        return [one.span for one in whole.then]
    return []


def _comments(text: _Text, start: int, end: int) -> list[str]:
    source = text.tokens.source.text
    return [source[a:b].rstrip() for a, b in text.tokens.comments if start <= a < end]


def _newline(source: Source) -> str:
    return "\r\n" if "\r\n" in source.text else "\n"


def _lines(text: _Text, span: Span) -> Edit:
    """Take a declaration out with its lines, and with the empty line that separated it."""
    source = span.source
    start, end = _widened(source.text, span.start, span.end)
    kept = _comments(text, span.start, span.end)
    if kept:
        newline = _newline(source)
        indent = source.text[start : span.start] if start <= span.start else ""
        return Edit(Span(source, start, end), "".join(f"{indent}{one}{newline}" for one in kept))
    before = source.text[:start]
    blank = before.endswith(("\n\n", "\n\r\n")) or not before
    if blank and start < end:
        # One empty line is enough where there was one on either side.
        if source.text.startswith("\r\n", end):
            end += 2
        elif source.text.startswith("\n", end):
            end += 1
    if blank and end == len(source.text) and before.strip():
        start = len(before.rstrip("\r\n"))
        return Edit(Span(source, start, end), _newline(source))
    return Edit(Span(source, start, end), "")


def _widened(text: str, start: int, end: int) -> tuple[int, int]:
    """The range with its lines, if nothing else stands on them."""
    line = text.rfind("\n", 0, start) + 1
    after = end
    while after < len(text) and text[after] in " \t\r":
        after += 1
    if text[line:start].strip() or (after < len(text) and text[after] != "\n"):
        return start, end
    return line, min(after + 1, len(text))


def _clause(text: _Text, clause: Span, siblings: Sequence[Span]) -> Edit:
    """Take a clause out with the comma that separates it, or with its keyword."""
    tokens, source = text.tokens, clause.source
    first = bisect_left(tokens.starts, clause.start)
    last = bisect_left(tokens.ends, clause.end)
    starts = {one.start for one in siblings}
    follows = tokens.kinds[last + 1] == "COMMA"
    if follows and tokens.starts[last + 2] in starts:
        # The next one moves up, to where this one stood.
        start, end = clause.start, tokens.starts[last + 2]
    elif tokens.kinds[first - 1] == "COMMA":
        start, end = tokens.starts[first - 1], clause.end
    else:
        start = tokens.starts[first - 1]
        start, end = _widened(source.text, start, tokens.ends[last + 1] if follows else clause.end)
    kept = _comments(text, start, end)
    newline = _newline(source)
    moved = "".join(f"{one}{newline}" for one in kept)
    if kept and not source.text[:start].endswith("\n"):
        moved = f" {moved}"
    return Edit(Span(source, start, end), moved)
