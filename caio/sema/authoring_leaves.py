"""The leaves of authoring JSON: names, and strings of the language as sources of their own."""

# ruff: noqa: D102 - each method makes the part of the tree that it is named after

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from caio.base.spans import Source, Span
from caio.sema.report import Report
from caio.syntax import tree
from caio.syntax.parse import Wanted, parse_expression


class Leaves:
    """Makes leaves of the syntax tree, each with its JSON path as the name of its source."""

    def __init__(self, source: Source, report: Report) -> None:
        self.source = source
        self.report = report

    def fragment(self, path: str, text: str = "") -> Source:
        """A string of the file as a source of its own."""
        return Source(f"{self.source.name}#{path}", text)

    def span(self, path: str) -> Span:
        """The place of something that is no string."""
        return self.fragment(path).span()

    def name(self, text: str, path: str) -> tree.Name:
        return tree.Name(text, self.fragment(path, text).span(), quoted=True)

    def maybe_name(self, text: str | None, path: str) -> tree.Name | None:
        return None if text is None else self.name(text, path)

    def names(self, texts: Sequence[str], path: str) -> tuple[tree.Name, ...]:
        return tuple(self.name(text, f"{path}[{i}]") for i, text in enumerate(texts))

    def version(self, text: str, path: str) -> tree.Version:
        return tree.Version(text, self.fragment(path, text).span())

    def text(self, text: str, path: str) -> tree.Text:
        return tree.Text(text, self.fragment(path, text).span())

    def parse(self, text: str, path: str, wanted: Wanted) -> Any | None:
        """What a string of the language says; reports what is wrong with it."""
        value, diagnostics = parse_expression(self.fragment(path, text), wanted)
        self.report.diagnostics += diagnostics
        return value

    def expr(self, text: str | None, path: str) -> tree.Expr | None:
        if text is None:
            return None
        return cast("tree.Expr | None", self.parse(text, path, "expr"))

    def exprs(self, texts: Sequence[str], path: str) -> tuple[tree.Expr, ...]:
        found = [self.expr(text, f"{path}[{i}]") for i, text in enumerate(texts)]
        return tuple(expr for expr in found if expr is not None)

    def quantity(self, value: str | int | None, path: str) -> tree.Expr | None:
        return None if value is None else self.expr(str(value), path)

    def constant(self, value: str | bool | int, path: str) -> tree.Expr | None:  # noqa: FBT001
        if isinstance(value, bool):
            return tree.Boolean(value, self.fragment(path, str(value).lower()).span())
        return cast("tree.Expr | None", self.parse(str(value), path, "value"))

    def assignments(
        self, values: Mapping[str, str | bool | int], path: str
    ) -> tuple[tree.Assignment, ...]:
        found = []
        for name, value in values.items():
            place = f"{path}.{name}"
            constant = self.constant(value, place)
            if constant is not None:
                found.append(tree.Assignment(self.name(name, place), constant, constant.span))
        return tuple(found)
