"""What the formatter needs to know of a text: which tokens make a clause, a list, an item.

Made by the same automaton as the tree, from the same grammar; expressions stay runs of tokens, so that nothing a
person wrote in them (parentheses, grouped digits, quotation marks) is lost.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, TypeAlias


@dataclass(slots=True)
class Run:
    """Tokens from ``first`` up to but excluding ``end`` that belong on one line."""

    first: int
    end: int


@dataclass(slots=True)
class Group:
    """Tokens up to an opening brace, items or clauses, and the closing brace."""

    first: int
    opening: int
    items: list[Node]
    end: int
    clauses: bool = False
    """Whether the items are clauses, which no commas separate."""
    broken: bool = False
    """Whether it is never put on one line."""


@dataclass(slots=True)
class Clause:
    """Keywords, and what they say: one part, or a list without braces."""

    first: int
    word_end: int
    body: list[Node]
    end: int
    fill: bool = False
    """Whether many items may share a line where they do not fit on one."""


Node: TypeAlias = Run | Group | Clause

_FILLED: Final = frozenset(
    {
        *(
            "units",
            "capabilities",
            "controls",
            "metric",
            "is_clause",
            "provides_clause",
            "needs_clause",
        ),
        *("permits_clause", "performance_clause", "origins_clause", "nominal_clause"),
    }
)
_CLAUSES: Final = _FILLED | {
    *("request_fields", "fact_fields", "measured_fields", "attribute_fields"),
    *("assumes_clause", "guarantees_clause", "cost_clause", "route_clause", "api_clause"),
    *("caller_clause", "given_clause", "ensure_clause", "budget_clause", "deadline_clause"),
    *("objective_clause", "weights_clause", "signals_clause", "resolution_clause"),
    *("limits_clause", "optimality_clause", "pin_clause"),
    *("available_clause", "allowance_clause", "solver_units_clause", "always"),
    *("facts_clause", "never_claim", "always_claim"),
}
_BLOCKS: Final = frozenset(
    {"vocabulary", "service", "overlay", "request", "class_", "profile", "limits"}
)
_BROKEN: Final = _BLOCKS - {"overlay"}


class LayoutBuilder:
    """One method per action that matters to the layout; all others make runs."""

    def __init__(self) -> None:
        self.unary: set[int] = set()
        """The minus signs that are no subtraction."""

    def __getattr__(self, action: str) -> Any:
        """The builder for an action without a method of its own."""
        if action in _BLOCKS:
            return lambda c, first, end: _block(c, first, end, broken=action in _BROKEN)
        if action in _CLAUSES:
            return lambda c, first, _end: _clause(c, first, fill=action in _FILLED)
        if action.startswith("_") or not action:
            raise AttributeError(action)
        return lambda _c, first, end: Run(first, end)

    # --- lists ---

    def nothing(self, _c: list[Any], _first: int, _end: int) -> list[Any]:
        """An empty list of entries."""
        return []

    def entry(self, c: list[Any], _first: int, _end: int) -> list[Any]:
        """One entry more."""
        c[0].append(c[1])
        return c[0]  # type: ignore[no-any-return]

    def first(self, c: list[Any], _first: int, _end: int) -> list[Any]:
        """The first item."""
        return c

    def more(self, c: list[Any], first: int, end: int) -> Any:
        """One item more; operands are no items and make a run."""
        if not isinstance(c[0], list):
            return Run(first, end)
        c[0].append(c[2])
        return c[0]

    def trailing_comma(self, c: list[Any], _first: int, _end: int) -> Any:
        """What stands before the comma."""
        return c[0]

    def braced(self, c: list[Any], first: int, end: int) -> Group:
        """Items in braces."""
        return Group(first, c[0], c[1], end)

    def negate(self, _c: list[Any], first: int, end: int) -> Run:
        """A run that begins with a sign."""
        self.unary.add(first)
        return Run(first, end)

    # --- parts with braces ---

    def group(self, c: list[Any], first: int, end: int) -> Group:
        """A named group of fields."""
        return Group(first, c[2], c[3], end)

    def per_service(self, c: list[Any], first: int, end: int) -> Group:
        """The fields that each service has."""
        fields = c[2]
        if isinstance(fields, Run):
            return Group(first, end - 2, [], end)
        return Group(first, fields.opening, fields.items, end)

    def enum(self, c: list[Any], first: int, end: int) -> Clause:
        """An enumeration."""
        body = Group(first + 1, c[2], c[3], end)
        return Clause(first, first + 1, [body], end)

    def environment(self, c: list[Any], first: int, end: int) -> Clause:
        """The environment's fields."""
        return Clause(first, first + 1, [Group(first + 1, c[1], c[2], end)], end)

    def no_environment(self, _c: list[Any], first: int, end: int) -> Clause:
        """An environment of nothing but the time."""
        return Clause(first, first + 1, [Run(first + 1, end)], end)

    def cost_range(self, c: list[Any], first: int, _end: int) -> Clause:
        """The range of costs."""
        return Clause(first, first + 1, [Run(first + 1, c[4].end)], c[4].end)

    def cost_case_clause(self, c: list[Any], first: int, _end: int) -> Clause:
        """Cost by cases."""
        cases = c[2]
        cases.first = first + 1
        return Clause(first, first + 1, [cases], cases.end)

    # --- rules, facts, states ---

    def when_then(self, c: list[Any], first: int, end: int) -> list[Clause]:
        """The two halves of a rule."""
        then = c[2]
        items = c[3]
        return [
            Clause(first, first + 1, [c[1]], c[1].end),
            Clause(then, then + 1, items, items[-1].end if items else end),
        ]

    def prioritised(self, c: list[Any], first: int, _end: int) -> list[Clause]:
        """A rule with its priority."""
        rest = c[2] if isinstance(c[2], list) else [c[2]]
        return [Clause(first, first + 1, [c[1]], c[1].end), *rest]

    def rule(self, c: list[Any], first: int, end: int) -> Group:
        """A rule or invariant."""
        clauses = c[3] if isinstance(c[3], list) else [c[3]]
        return Group(first, c[2], clauses, end, clauses=True)

    invariant = rule

    def constraint(self, c: list[Any], first: int, end: int) -> Group:
        """A constraint."""
        clauses = c[5] if isinstance(c[5], list) else [c[5]]
        return Group(first, c[4], clauses, end, clauses=True)

    def property_(self, c: list[Any], first: int, end: int) -> Group:
        """A property."""
        clauses = c[3] if isinstance(c[3], list) else [c[3]]
        return Group(first, c[2], clauses, end, clauses=True)

    def imply_claim(self, c: list[Any], first: int, _end: int) -> list[Clause]:
        """Rules, and what they imply."""
        rules, others = c[1], c[-1]
        return [
            Clause(first, first + 1, [rules], rules.end),
            Clause(c[2], others.first, [others], others.end),
        ]

    equivalent_claim = imply_claim

    def facts(self, c: list[Any], first: int, end: int) -> Group:
        """Facts, as a list of values."""
        return Group(first, c[2], c[3], end)

    def state(self, c: list[Any], first: int, end: int) -> Group:
        """A state, as a list of values."""
        return Group(first, c[4], c[5], end)


def _block(c: list[Any], first: int, end: int, *, broken: bool) -> Group:
    """A declaration: the brace stands before the list of clauses, which is followed by its own."""
    return Group(first, c[-3], c[-2], end, clauses=True, broken=broken)


def _clause(c: list[Any], first: int, *, fill: bool) -> Clause:
    """Keywords, then a list or one part."""
    words = sum(type(part) is int for part in c)
    body = c[-1] if isinstance(c[-1], list) else [c[-1]]
    return Clause(first, first + words, body, body[-1].end, fill)
