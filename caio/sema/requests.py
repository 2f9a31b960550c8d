"""Requests, rules and invariants: what is needed, and what must hold whoever asks.

What classes share with requests (needs, requirements, budget, deadline) is here as well.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from caio.base.diagnostics import Label
from caio.base.spans import Span
from caio.base.units import DURATION
from caio.ir import documents as d
from caio.ir import terms as t
from caio.ir.interpret import truth
from caio.sema import codes
from caio.sema.atoms import Atoms
from caio.sema.bounds import amount
from caio.sema.formulas import Conditions
from caio.sema.pieces import equation
from caio.sema.report import Report, reach, shown
from caio.sema.scope import CONDITION, CONSTANT, GIVEN, Scope, Variable
from caio.sema.services import capabilities_of
from caio.sema.terms import Arithmetic
from caio.sema.values import Lowered, assignments, checked_name
from caio.syntax import tree

MAX_PRIORITY = 2**31
"""Priorities are small; they order reports and never affect admission."""


class Requests:
    """Lowers requests, rules and invariants of one vocabulary."""

    def __init__(self, scope: Scope, report: Report) -> None:
        self.scope = scope
        self.report = report
        self.given = Conditions(scope, GIVEN, report)
        self.conditions = Conditions(scope, CONDITION, report)
        self.atoms = Atoms(scope, report)
        self.constants = Arithmetic(scope, CONSTANT, report)

    # --- rules ---------------------------------------------------------------------------------

    def rule(self, node: tree.Rule) -> Lowered:
        """The rule or invariant document of a declaration."""
        places = {"": node.name.span}
        when: t.Formula | None = t.TRUE
        if node.when is not None:
            when = self.conditions.formula(node.when)
            places["when"] = node.when.span
        what = "an invariant" if node.invariant else "a rule"
        if not node.then:
            self.report.add(codes.EMPTY_LIST, node.name.span, f"{what} without an action")
        return Lowered(
            d.Rule(
                vocabulary=self.scope.digest,
                name=checked_name(node.name, what, self.report),
                when=t.TRUE if when is None else when,
                then=self.required(node.then, "then", places),
                priority=self._priority(node),
                invariant=node.invariant,
            ),
            places,
        )

    def required(
        self, nodes: tuple[tree.Atom, ...], path: str, places: dict[str, Span]
    ) -> tuple[t.Atom, ...]:
        """Requirement atoms; ``places`` is told where the clauses at ``path`` stand."""
        found = self.atoms.all(nodes)
        places |= {f"{path}[{index}]": span for index, (_, span) in enumerate(found)}
        return tuple(atom for atom, _ in found)

    def _priority(self, node: tree.Rule) -> int:
        expr = node.priority
        if expr is None:
            return 0
        if node.invariant:
            self.report.add(
                codes.BAD_PRIORITY,
                expr.span,
                "an invariant has no priority",
                help="invariants always come before rules; nothing waives or reorders them",
            )
            return 0
        term = self.constants.term(expr)
        if term is None:
            return 0
        value = term.constant
        if (
            value is None
            or (not term.bare and term.dimension.name != "1")
            or value.denominator != 1
        ):
            self.report.add(codes.BAD_PRIORITY, expr.span, "a priority is a whole number")
            return 0
        if abs(value) >= MAX_PRIORITY:
            message = f"a priority lies between -{MAX_PRIORITY} and {MAX_PRIORITY}"
            self.report.add(codes.BAD_PRIORITY, expr.span, message)
            return 0
        return int(value)

    # --- requests ------------------------------------------------------------------------------

    def request(self, node: tree.Request) -> Lowered:
        """The request document of a declaration."""
        places = {"": node.name.span}
        given = self._given(node.given, places)
        nominal = self._nominal(node, given, places)
        if node.nominal is not None and node.nominal:
            places["nominal"] = reach(node.nominal[0].span, node.nominal[-1].span)
        if not node.needs:
            message = f"the request `{shown(node.name.text)}` needs no capability"
            self.report.add(
                codes.EMPTY_LIST,
                node.name.span,
                message,
                help="name at least one: without a need every service would do",
            )
        return Lowered(
            d.Request(
                vocabulary=self.scope.digest,
                name=checked_name(node.name, "a request", self.report),
                needs=self.needs(node.needs, places),
                given=given,
                ensure=self.required(node.ensure, "ensure", places),
                budget=self.budget(node.budget, places),
                deadline=self.deadline(node.deadline, places),
                caller=None
                if node.caller is None
                else checked_name(node.caller, "a caller", self.report),
                nominal=nominal,
            ),
            places,
        )

    def needs(
        self, nodes: tuple[tree.Need, ...], places: dict[str, Span]
    ) -> tuple[tuple[str, ...], ...]:
        """Groups of capabilities, any one of which is needed."""
        groups: list[tuple[str, ...]] = []
        for need in nodes:
            if not need.choices:
                self.report.add(codes.EMPTY_LIST, need.span, "a choice of no capabilities")
            names = capabilities_of(self.scope, need.choices, self.report)
            if names:
                places[f"needs[{len(groups)}]"] = need.span
                groups.append(tuple(sorted(names, key=self.scope.capabilities.__getitem__)))
        return tuple(groups)

    def _given(
        self, nodes: tuple[tree.Expr, ...], places: dict[str, Span]
    ) -> tuple[t.Formula, ...]:
        formulas: list[t.Formula] = []
        for node in nodes:
            formula = self.given.formula(node)
            if formula is not None:
                places[f"given[{len(formulas)}]"] = node.span
                formulas.append(formula)
        return (*formulas, *defaults(self.scope, formulas))

    def budget(self, expr: tree.Expr | None, places: dict[str, Span]) -> Fraction | None:
        """What a call may cost at most."""
        if expr is None:
            return None
        places["budget"] = expr.span
        term = self.constants.term(expr)
        limit = amount(self.scope, expr, term, self.constants, self.report)
        if limit is None or term is None:
            return None
        return self._natural(limit.constant, "a budget", expr.span)

    def deadline(self, expr: tree.Expr | None, places: dict[str, Span]) -> Fraction | None:
        """How long a call may take at most, in seconds."""
        if expr is None:
            return None
        places["deadline"] = expr.span
        value = self.constants.constant(expr, DURATION, "a deadline")
        if all(metric.role != "latency" for metric in self.scope.vocabulary.metrics):
            self.report.add(
                codes.NO_ROLE,
                expr.span,
                f"no metric of `{shown(self.scope.vocabulary.name)}` has the role `latency`",
                help="a deadline is met by a guarantee on the metric with this role",
            )
        return None if value is None else self._natural(value, "a deadline", expr.span)

    def _natural(self, value: Fraction, what: str, span: Span) -> Fraction | None:
        if value < 0:
            self.report.add(codes.OUT_OF_RANGE, span, f"{what} cannot be negative")
            return None
        return value

    def _nominal(
        self, node: tree.Request, given: tuple[t.Formula, ...], where: Mapping[str, Span]
    ) -> tuple[tuple[str, d.Value], ...] | None:
        if node.nominal is None:
            return None
        values, places = assignments(
            self.scope, node.nominal, self.scope.request, "request field", self.report
        )
        missing = []
        filled = dict(values)
        for field in self.scope.vocabulary.request:
            if field.name in places or field.name not in mentioned(given):
                continue
            if field.default is None:
                missing.append(field.name)
            else:
                filled[field.name] = field.default
        if missing:
            names = ", ".join(f"`{name}`" for name in missing)
            self.report.add(
                codes.MISSING_PART,
                reach(node.nominal[0].span, node.nominal[-1].span)
                if node.nominal
                else node.name.span,
                f"the nominal point gives no value for {names}",
                help="it names every field that `given` speaks of",
            )
        self._described(node.nominal, filled, given, where)
        return tuple(sorted(filled.items()))

    def _described(
        self,
        nominal: tuple[tree.Assignment, ...],
        values: Mapping[str, d.Value],
        given: tuple[t.Formula, ...],
        where: Mapping[str, Span],
    ) -> None:
        """Report what the nominal point contradicts: a score would be that of a call which never comes."""
        point = {f"request.{name}": value for name, value in values.items()}
        for index, formula in enumerate(given):
            if truth(formula, point) is not False:
                continue
            fields = mentioned([formula])
            names = ", ".join(f"`{shown(name)}`" for name in sorted(fields))
            place = where.get(f"given[{index}]")
            guilty = [item.span for item in nominal if item.name.text in fields]
            self.report.add(
                codes.NOMINAL_OUTSIDE,
                reach(guilty[0], guilty[-1])
                if guilty
                else reach(nominal[0].span, nominal[-1].span),
                f"the nominal point lies outside of what is given of {names}",
                labels=() if place is None else (Label(place, "given here"),),
                help="a field that `given` does not mention is given its default"
                if place is None
                else None,
            )


def mentioned(formulas: tuple[t.Formula, ...] | list[t.Formula]) -> set[str]:
    """The request fields that these formulas speak of."""
    return {
        name.removeprefix("request.") for formula in formulas for name in t.variables_of(formula)
    }


def defaults(scope: Scope, given: list[t.Formula]) -> list[t.Formula]:
    """The equations of defaults of fields that nothing given mentions, in vocabulary order."""
    spoken = mentioned(given)
    return [
        equation(scope, Variable(f"request.{field.name}", field), field.default)
        for field in scope.vocabulary.request
        if field.default is not None and field.name not in spoken
    ]
