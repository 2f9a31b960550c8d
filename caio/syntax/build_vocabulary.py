"""Builds the vocabulary's part of the tree, and puts the clauses of declarations together."""

# ruff: noqa: D102 - the grammar documents its actions
from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from caio.base.diagnostics import Label
from caio.base.spans import Span
from caio.syntax import codes, tree
from caio.syntax.leaves import ExpressionBuilder

_LISTS: Final = frozenset(
    {
        *("enums", "units", "capabilities", "controls", "metrics", "request", "facts"),
        "environment",
        *("per_service", "measured", "attributes", "provides", "assumes", "guarantees", "needs"),
        *("given", "ensure", "performance", "pins", "available", "origins", "values"),
    }
)
"""The clauses that may be repeated: their lists are joined."""


SEVERAL: Final = "several"
"""The slot of a clause that stands for others."""


@dataclass(frozen=True, slots=True)
class Clause:
    """A clause on its way into a declaration: which part it is, and its value."""

    slot: str
    value: Any
    span: Span
    word: str


def _flat(clauses: list[Clause]) -> Iterator[Clause]:
    """The clauses, those in place of one that stands for several."""
    for clause in clauses:
        if clause.slot == SEVERAL:
            yield from clause.value
        else:
            yield clause


class VocabularyBuilder(ExpressionBuilder):
    """One method per action of the vocabulary, and how clauses are put together."""

    def clause(self, slot: str, value: Any, first: int, end: int) -> Clause:
        """A clause that covers these tokens, the first of which names it."""
        return Clause(slot, value, self.span(first, end), self.token(first))

    def collect(self, clauses: list[Clause]) -> dict[str, Any]:
        """The parts by slot: lists joined, anything else refused the second time."""
        slots: dict[str, Any] = {}
        seen: dict[str, Clause] = {}
        for clause in _flat(clauses):
            if clause.slot in _LISTS:
                slots.setdefault(clause.slot, []).extend(clause.value)
            elif clause.slot in slots:
                self._repeated(clause, seen[clause.slot])
            else:
                slots[clause.slot] = clause.value
                seen[clause.slot] = clause
        return {k: tuple(v) if k in _LISTS else v for k, v in slots.items()}

    def _repeated(self, clause: Clause, before: Clause) -> None:
        self.found.append(
            codes.REPEATED_CLAUSE.at(
                clause.span,
                f"`{clause.word}` is said twice",
                labels=[Label(before.span, "first said here")],
            )
        )

    # --- vocabulary ---

    def vocabulary(self, c: list[Any], first: int, end: int) -> tree.Vocabulary:
        s = self.collect(c[3]).get
        return tree.Vocabulary(
            c[1],
            s("enums", ()),
            s("units", ()),
            s("capabilities", ()),
            s("controls", ()),
            s("metrics", ()),
            s("cost", None),
            s("request", ()),
            s("facts", ()),
            s("environment", ()),
            s("per_service", ()),
            s("measured", ()),
            s("attributes", ()),
            self.span(first, end),
        )

    def enum(self, c: list[Any], first: int, end: int) -> Clause:
        node = tree.Enum(c[1], tuple(c[3]), self.span(first, end))
        return self.clause("enums", [node], first, end)

    def units(self, c: list[Any], first: int, end: int) -> Clause:
        return self.clause("units", c[1], first, end)

    def capabilities(self, c: list[Any], first: int, end: int) -> Clause:
        return self.clause("capabilities", c[1], first, end)

    def controls(self, c: list[Any], first: int, end: int) -> Clause:
        return self.clause("controls", c[1], first, end)

    def cost_range(self, c: list[Any], first: int, end: int) -> Clause:
        node = tree.CostRange(c[2], c[4], self.span(first, end))
        return self.clause("cost", node, first, end)

    def request_fields(self, c: list[Any], first: int, end: int) -> Clause:
        return self.clause("request", c[2], first, end)

    def fact_fields(self, c: list[Any], first: int, end: int) -> Clause:
        return self.clause("facts", c[1], first, end)

    def measured_fields(self, c: list[Any], first: int, end: int) -> Clause:
        return self.clause("measured", c[1], first, end)

    def attribute_fields(self, c: list[Any], first: int, end: int) -> Clause:
        return self.clause("attributes", c[2], first, end)

    def no_environment(self, _c: list[Any], first: int, end: int) -> Clause:
        return self.clause("environment", [], first, end)

    def environment(self, c: list[Any], first: int, end: int) -> Clause:
        inner = [
            item if isinstance(item, Clause) else Clause("environment", [item], item.span, "")
            for item in c[2]
        ]
        return self.clause(SEVERAL, inner, first, end)

    def per_service(self, c: list[Any], first: int, end: int) -> Clause:
        return self.clause("per_service", c[2], first, end)

    def member(self, c: list[Any], first: int, end: int) -> tree.Member:
        return tree.Member(c[0], False, self.span(first, end))

    def sensitive_member(self, c: list[Any], first: int, end: int) -> tree.Member:
        return tree.Member(c[0], True, self.span(first, end))

    def field(self, c: list[Any], first: int, end: int) -> tree.Field:
        return tree.Field(c[0], c[2], None, None, self.span(first, end))

    def field_default(self, c: list[Any], first: int, end: int) -> tree.Field:
        return tree.Field(c[0], c[2], c[4], None, self.span(first, end))

    def field_role(self, c: list[Any], first: int, end: int) -> tree.Field:
        return tree.Field(c[0], c[2], None, c[4], self.span(first, end))

    def field_default_role(self, c: list[Any], first: int, end: int) -> tree.Field:
        return tree.Field(c[0], c[2], c[4], c[6], self.span(first, end))

    def group(self, c: list[Any], first: int, end: int) -> tree.Group:
        return tree.Group(c[0], tuple(c[3]), self.span(first, end))

    def set_of(self, c: list[Any], first: int, end: int) -> tree.SetOf:
        return tree.SetOf(c[2], self.span(first, end))

    def plain_type(self, c: list[Any], first: int, end: int) -> tree.NamedType:
        return tree.NamedType(c[0], None, None, self.span(first, end))

    def ranged_type(self, c: list[Any], first: int, end: int) -> tree.NamedType:
        return tree.NamedType(c[0], c[2], c[4], self.span(first, end))

    def inline_enum(self, c: list[Any], first: int, end: int) -> tree.InlineEnum:
        return tree.InlineEnum(tuple(c[1]), self.span(first, end))

    # --- metrics ---

    def metric(self, c: list[Any], first: int, end: int) -> Clause:
        head, *parts = c[1]
        span = self.span(first, end)
        if head.slot != "type":
            self.report(
                codes.UNEXPECTED_TOKEN,
                head.span,
                "a metric begins with its name and type",
                "write `metric latency: time in 0 ms .. 1 h, …`",
            )
            return self.clause("metrics", [], first, end)
        for part in parts:
            if part.slot == "type":
                name = part.value[0].text[:60]
                message = f"`{name}` begins a second metric"
                self.report(codes.UNEXPECTED_TOKEN, part.span, message, "write `metric` before it")
        s = self.collect([part for part in parts if part.slot != "type"]).get
        statistic, level = s("statistic", (None, None))
        name, kind = head.value
        node = tree.Metric(
            name,
            kind,
            s("better"),
            statistic,
            level,
            s("sequence"),
            s("parallel"),
            s("role"),
            span,
        )
        return self.clause("metrics", [node], first, end)

    def metric_type(self, c: list[Any], first: int, end: int) -> Clause:
        return self.clause("type", (c[0], c[2]), first, end)

    def metric_higher(self, _c: list[Any], first: int, end: int) -> Clause:
        return self.clause("better", "higher", first, end)

    def metric_lower(self, _c: list[Any], first: int, end: int) -> Clause:
        return self.clause("better", "lower", first, end)

    def metric_expected(self, _c: list[Any], first: int, end: int) -> Clause:
        return self.clause("statistic", ("expected", None), first, end)

    def metric_quantile(self, _c: list[Any], first: int, end: int) -> Clause:
        return self.clause("statistic", ("quantile", self.number(first + 1)), first, end)

    def metric_sequence(self, c: list[Any], first: int, end: int) -> Clause:
        return self.clause("sequence", c[1], first, end)

    def metric_parallel(self, c: list[Any], first: int, end: int) -> Clause:
        return self.clause("parallel", c[1], first, end)

    def metric_role(self, c: list[Any], first: int, end: int) -> Clause:
        return self.clause("role", c[1], first, end)
