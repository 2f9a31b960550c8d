"""Builds the tree: one method per action of the grammar, called while the text is read."""

# ruff: noqa: D102 - the grammar documents its actions
from __future__ import annotations

from typing import Any

from caio.base.spans import Span
from caio.syntax import tree
from caio.syntax.build_vocabulary import Clause, VocabularyBuilder


class TreeBuilder(VocabularyBuilder):
    """One method per action of the grammar's declarations and clauses."""

    def uses(self, c: list[Any], first: int, end: int) -> tree.Uses:
        return tree.Uses(c[1], self.span(first, end))

    def assignment(self, c: list[Any], first: int, end: int) -> tree.Assignment:
        return tree.Assignment(c[0], c[2], self.span(first, end))

    # --- services ---

    def service(self, c: list[Any], first: int, end: int) -> tree.Service:
        s = self.collect(c[5]).get
        return tree.Service(
            c[1],
            c[3],
            s("attributes", ()),
            s("provides", ()),
            s("assumes", ()),
            s("guarantees", ()),
            s("cost"),
            s("permits"),
            s("route"),
            s("api"),
            self.span(first, end),
        )

    def overlay(self, c: list[Any], first: int, end: int) -> tree.Overlay:
        s = self.collect(c[7]).get
        return tree.Overlay(
            c[1], c[3], c[5], s("attributes", ()), s("guarantees", ()), self.span(first, end)
        )

    def is_clause(self, c: list[Any], first: int, end: int) -> Clause:
        return self.clause("attributes", c[1], first, end)

    def provides_clause(self, c: list[Any], first: int, end: int) -> Clause:
        return self.clause("provides", c[1], first, end)

    def assumes_clause(self, c: list[Any], first: int, end: int) -> Clause:
        return self.clause("assumes", c[1], first, end)

    def guarantees_clause(self, c: list[Any], first: int, end: int) -> Clause:
        return self.clause("guarantees", c[1], first, end)

    def cost_clause(self, c: list[Any], first: int, end: int) -> Clause:
        case = tree.CostCase(None, c[1], c[1].span)
        return self.clause("cost", tree.Cost((case,), False, self.span(first, end)), first, end)

    def cost_case_clause(self, c: list[Any], first: int, end: int) -> Clause:
        node = tree.Cost(tuple(c[2]), True, self.span(first, end))
        return self.clause("cost", node, first, end)

    def case_when(self, c: list[Any], first: int, end: int) -> tree.CostCase:
        return tree.CostCase(c[1], c[3], self.span(first, end))

    def case_otherwise(self, c: list[Any], first: int, end: int) -> tree.CostCase:
        return tree.CostCase(None, c[2], self.span(first, end))

    def permits_clause(self, c: list[Any], first: int, end: int) -> Clause:
        s = self.collect(c[1]).get
        mode, permissions = s("mode", (None, ()))
        node = tree.Permits(mode, permissions, s("trust"), s("zones"), self.span(first, end))
        return self.clause("permits", node, first, end)

    def permit_public(self, _c: list[Any], first: int, end: int) -> Clause:
        return self.clause("mode", ("public", ()), first, end)

    def permit_any(self, c: list[Any], first: int, end: int) -> Clause:
        return self.clause("mode", ("any", tuple(c[2])), first, end)

    def permit_all(self, c: list[Any], first: int, end: int) -> Clause:
        return self.clause("mode", ("all", tuple(c[2])), first, end)

    def permit_trust(self, c: list[Any], first: int, end: int) -> Clause:
        return self.clause("trust", c[2], first, end)

    def permit_zone(self, c: list[Any], first: int, end: int) -> Clause:
        return self.clause("zones", tuple(c[2]), first, end)

    def route_clause(self, c: list[Any], first: int, end: int) -> Clause:
        return self.clause("route", c[1], first, end)

    def api_clause(self, c: list[Any], first: int, end: int) -> Clause:
        return self.clause("api", c[1], first, end)

    def api(self, c: list[Any], first: int, end: int) -> tree.Api:
        return tree.Api(c[0], c[1], None, self.span(first, end))

    def api_schema(self, c: list[Any], first: int, end: int) -> tree.Api:
        return tree.Api(c[0], c[1], c[4], self.span(first, end))

    # --- rules ---

    def rule(self, c: list[Any], first: int, end: int) -> tree.Rule:
        priority, when, then = c[3]
        return tree.Rule(c[1], False, priority, when, then, self.span(first, end))

    def invariant(self, c: list[Any], first: int, end: int) -> tree.Rule:
        priority, when, then = c[3]
        return tree.Rule(c[1], True, priority, when, then, self.span(first, end))

    def when_then(self, c: list[Any], _first: int, _end: int) -> tuple[Any, ...]:
        return None, c[1], tuple(c[3])

    def always(self, c: list[Any], _first: int, _end: int) -> tuple[Any, ...]:
        return None, None, tuple(c[1])

    def prioritised(self, c: list[Any], _first: int, _end: int) -> tuple[Any, ...]:
        return c[1], *c[2][1:]

    # --- constraints ---

    def constraint(self, c: list[Any], first: int, end: int) -> tree.Constraint:
        _, when, then = c[5]
        return tree.Constraint(c[1], c[3], when, then, self.span(first, end))

    # --- requests ---

    def request(self, c: list[Any], first: int, end: int) -> tree.Request:
        s = self.collect(c[3]).get
        return tree.Request(
            c[1],
            s("caller"),
            s("needs", ()),
            s("given", ()),
            s("ensure", ()),
            s("budget"),
            s("deadline"),
            s("nominal"),
            self.span(first, end),
        )

    def caller_clause(self, c: list[Any], first: int, end: int) -> Clause:
        return self.clause("caller", c[1], first, end)

    def needs_clause(self, c: list[Any], first: int, end: int) -> Clause:
        return self.clause("needs", c[1], first, end)

    def need(self, c: list[Any], first: int, end: int) -> tree.Need:
        return tree.Need((c[0],), self.span(first, end))

    def need_any(self, c: list[Any], first: int, end: int) -> tree.Need:
        return tree.Need(tuple(c[2]), self.span(first, end))

    def given_clause(self, c: list[Any], first: int, end: int) -> Clause:
        return self.clause("given", c[1], first, end)

    def ensure_clause(self, c: list[Any], first: int, end: int) -> Clause:
        return self.clause("ensure", c[1], first, end)

    def budget_clause(self, c: list[Any], first: int, end: int) -> Clause:
        return self.clause("budget", c[1], first, end)

    def deadline_clause(self, c: list[Any], first: int, end: int) -> Clause:
        return self.clause("deadline", c[1], first, end)

    def nominal_clause(self, c: list[Any], first: int, end: int) -> Clause:
        return self.clause("nominal", tuple(c[1]), first, end)

    # --- classes and properties ---

    def class_(self, c: list[Any], first: int, end: int) -> tree.Class:
        s = self.collect(c[3]).get
        return tree.Class(
            c[1],
            s("needs", ()),
            s("given", ()),
            s("facts", ()),
            s("ensure", ()),
            s("budget"),
            s("deadline"),
            self.span(first, end),
        )

    def facts_clause(self, c: list[Any], first: int, end: int) -> Clause:
        return self.clause("facts", c[1], first, end)

    def property_(self, c: list[Any], first: int, end: int) -> tree.Property:
        return tree.Property(c[1], c[3], self.span(first, end))

    def never_claim(self, c: list[Any], first: int, end: int) -> tree.Never:
        return tree.Never(c[3], self._claimed(first, end))

    def always_claim(self, c: list[Any], first: int, end: int) -> tree.Always:
        return tree.Always(self.number(c[3]), c[6], self._claimed(first, end))

    def imply_claim(self, c: list[Any], first: int, end: int) -> tree.Implication:
        return tree.Implication(tuple(c[1]), tuple(c[3]), False, self._claimed(first, end))

    def equivalent_claim(self, c: list[Any], first: int, end: int) -> tree.Implication:
        return tree.Implication(tuple(c[1]), tuple(c[4]), True, self._claimed(first, end))

    def _claimed(self, first: int, end: int) -> Span:
        """The span of a claim, without the comma that may follow it."""
        return self.span(first, end - (self.token(end - 1) == ","))

    def named(self, c: list[Any], first: int, end: int) -> tree.NamedRule:
        return tree.NamedRule(c[0], None, self.span(first, end))

    def named_rule(self, c: list[Any], first: int, end: int) -> tree.NamedRule:
        return tree.NamedRule(c[1], "rule", self.span(first, end))

    def named_invariant(self, c: list[Any], first: int, end: int) -> tree.NamedRule:
        return tree.NamedRule(c[1], "invariant", self.span(first, end))

    def named_constraint(self, c: list[Any], first: int, end: int) -> tree.NamedRule:
        return tree.NamedRule(c[1], "constraint", self.span(first, end))

    # --- profiles ---

    def profile(self, c: list[Any], first: int, end: int) -> tree.Profile:
        s = self.collect(c[3]).get
        return tree.Profile(
            c[1],
            s("objective"),
            s("weights", ()),
            s("signals", ()),
            s("resolution"),
            s("performance", ()),
            s("limits"),
            s("optimality"),
            s("pins", ()),
            self.span(first, end),
        )

    def objective_clause(self, c: list[Any], first: int, end: int) -> Clause:
        return self.clause("objective", c[1], first, end)

    def weights_clause(self, c: list[Any], first: int, end: int) -> Clause:
        return self.clause("weights", tuple(c[1]), first, end)

    def weight(self, c: list[Any], first: int, end: int) -> tree.Weight:
        return tree.Weight(c[0], c[1], self.span(first, end))

    def signals_clause(self, c: list[Any], first: int, end: int) -> Clause:
        return self.clause("signals", tuple(c[1]), first, end)

    def signal(self, c: list[Any], first: int, end: int) -> tree.Signal:
        return tree.Signal(c[0], c[3], c[5], self.span(first, end))

    def signal_excite(self, c: list[Any], first: int, end: int) -> tree.Signal:
        return tree.Signal(c[0], c[3], None, self.span(first, end))

    def signal_damp(self, c: list[Any], first: int, end: int) -> tree.Signal:
        return tree.Signal(c[0], None, c[3], self.span(first, end))

    def resolution_clause(self, c: list[Any], first: int, end: int) -> Clause:
        return self.clause("resolution", c[1], first, end)

    def performance_clause(self, c: list[Any], first: int, end: int) -> Clause:
        return self.clause("performance", c[1], first, end)

    def limits_clause(self, c: list[Any], first: int, end: int) -> Clause:
        return self.clause("limits", c[1], first, end)

    def limits(self, c: list[Any], first: int, end: int) -> tree.Limits:
        s = self.collect(c[1]).get
        return tree.Limits(
            s("available", ()),
            s("allowance"),
            s("origins", ()),
            s("solver_units"),
            self.span(first, end),
        )

    def available_clause(self, c: list[Any], first: int, end: int) -> Clause:
        return self.clause("available", c[1], first, end)

    def allowance_clause(self, c: list[Any], first: int, end: int) -> Clause:
        return self.clause("allowance", c[2], first, end)

    def origins_clause(self, c: list[Any], first: int, end: int) -> Clause:
        return self.clause("origins", c[1], first, end)

    def solver_units_clause(self, c: list[Any], first: int, end: int) -> Clause:
        return self.clause("solver_units", c[2], first, end)

    def optimality_clause(self, c: list[Any], first: int, end: int) -> Clause:
        return self.clause("optimality", c[1], first, end)

    def required(self, _c: list[Any], _first: int, _end: int) -> str:
        return "required"

    def optional(self, _c: list[Any], _first: int, _end: int) -> str:
        return "optional"

    def pin_clause(self, c: list[Any], first: int, end: int) -> Clause:
        return self.clause("pins", c[1], first, end)

    def pin(self, c: list[Any], first: int, end: int) -> tree.Pin:
        return tree.Pin(c[0], c[2], self.span(first, end))

    # --- facts and states ---

    def facts(self, c: list[Any], first: int, end: int) -> tree.Facts:
        s = self.collect([self._item(item) for item in c[3]]).get
        return tree.Facts(c[1], s("origin"), s("values", ()), self.span(first, end))

    def no_facts(self, c: list[Any], first: int, end: int) -> tree.Facts:
        return tree.Facts(c[1], None, (), self.span(first, end))

    def origin(self, c: list[Any], first: int, end: int) -> Clause:
        return self.clause("origin", c[1], first, end)

    def state(self, c: list[Any], first: int, end: int) -> tree.State:
        s = self.collect([self._item(item) for item in c[5]]).get
        span = self.span(first, end)
        return tree.State(c[1], c[3], s("values", ()), s("calls"), s("violations"), span)

    def no_state(self, c: list[Any], first: int, end: int) -> tree.State:
        return tree.State(c[1], c[3], (), None, None, self.span(first, end))

    def calls(self, c: list[Any], first: int, end: int) -> Clause:
        return self.clause("calls", c[1], first, end)

    def violations(self, c: list[Any], first: int, end: int) -> Clause:
        return self.clause("violations", c[1], first, end)

    @staticmethod
    def _item(item: Clause | tree.Assignment) -> Clause:
        return item if isinstance(item, Clause) else Clause("values", [item], item.span, "")
