"""Taking declarations and clauses out of a text: edits that keep every comment, and as much of the layout as there is.

A declaration goes with its lines; a clause goes with the comma that separates it, and its keyword goes with the last one of a
list. Comments among what goes stay where they are. What stands in JSON is not edited: machines wrote it, and write it again.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from caio.analysis.findings.finding import Edit
from caio.base.spans import Source, Span
from caio.ir import documents as d
from caio.ir.encode import document_digest
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

    def edits(self, document: str, paths: Collection[str]) -> tuple[Edit, ...] | None:
        """The edits that take clauses out, or all of it for the empty path; None where there is no text to edit."""
        name = self.project.locate(document)
        if name is None or not name.source.name.endswith(".caio") or not name.source.text:
            return None
        text = self._text(name.source)
        whole = next((d for d in text.declarations if _within(name, d.span)), None)
        if whole is None:
            return None
        if "" in paths:
            return (_lines(text, whole.span),)
        clauses = {path: self.project.locate(document, path) for path in paths}
        lists: dict[str, set[int]] = {}
        for path, clause in clauses.items():
            siblings = _siblings(whole, path)
            if clause not in siblings or self._shared(document, path, clause):
                return None
            lists.setdefault(path.partition("[")[0], set()).add(siblings.index(clause))
        return tuple(
            edit
            for name_, gone in sorted(lists.items())
            for edit in _clauses(text, _siblings(whole, f"{name_}["), gone)
        )

    def _shared(self, document: str, path: str, clause: Span | None) -> bool:
        """Whether another clause stands at the same place, as the two ends of a range do."""
        name = path.partition("[")[0]
        number = len(getattr(self._documents[document], name))
        others = (f"{name}[{index}]" for index in range(number))
        return any(
            other != path and self.project.locate(document, other) == clause for other in others
        )

    @cached_property
    def _documents(self) -> dict[str, d.Document]:
        return {document_digest(one): one for one in self.project.documents()}

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
    if text[line:start].strip():
        return start, end
    if after < len(text) and text[after] != "\n":
        # A comment behind it stays, and stands where this began.
        return start, after
    return line, min(after + 1, len(text))


def _clauses(text: _Text, siblings: Sequence[Span], gone: set[int]) -> list[Edit]:
    """Take clauses out of a list, with the commas that separate them, or with the keyword where none is left."""
    edits: list[Edit] = []
    for run in _runs(text, siblings):
        kept = [index for index in run if index not in gone]
        if len(kept) == len(run):
            continue
        if not kept:
            edits.append(_keyword(text, siblings[run[0]], siblings[run[-1]]))
            continue
        # What follows moves up, to where the one stood that goes.
        edits += [
            _cut(text, siblings[index].start, siblings[index + 1].start)
            for index in run
            if index in gone and index < kept[-1]
        ]
        if kept[-1] < run[-1]:
            tokens = text.tokens
            comma = bisect_left(tokens.starts, siblings[kept[-1] + 1].start) - 1
            edits.append(_cut(text, tokens.starts[comma], siblings[run[-1]].end))
    return edits


def _runs(text: _Text, siblings: Sequence[Span]) -> list[list[int]]:
    """The indices of clauses by the keyword that they stand behind: a list may be written in several parts."""
    runs: list[list[int]] = []
    for index, one in enumerate(siblings):
        before = bisect_left(text.tokens.starts, one.start) - 1
        if index and text.tokens.kinds[before] == "COMMA":
            runs[-1].append(index)
        else:
            runs.append([index])
    return runs


def _keyword(text: _Text, first: Span, last: Span) -> Edit:
    """Take a whole list out, with its keyword and a comma behind it."""
    tokens = text.tokens
    keyword = bisect_left(tokens.starts, first.start) - 1
    after = bisect_left(tokens.starts, last.end)
    end = tokens.ends[after] if tokens.kinds[after] == "COMMA" else last.end
    return _cut(text, *_widened(first.source.text, tokens.starts[keyword], end))


def _cut(text: _Text, start: int, end: int) -> Edit:
    """Take characters out, but for the comments among them."""
    source = text.tokens.source
    kept = _comments(text, start, end)
    newline = _newline(source)
    moved = newline.join(kept)
    if kept and start and source.text[start - 1] not in "\n\t ":
        moved = f" {moved}"
    if kept and source.text[end : end + 2].lstrip("\r")[:1] != "\n":
        # What follows on a line of its own keeps its indentation.
        indent = source.text[start:end].rpartition("\n")[2]
        moved += newline + (indent if not indent.strip() else "")
    return Edit(Span(source, start, end), moved)
