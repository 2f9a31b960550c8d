"""Profiles, facts and states: how to choose, who asks, and what was observed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from fractions import Fraction
from math import lcm
from types import MappingProxyType
from typing import Final

from caio.base.spans import Span
from caio.base.units import DURATION, NUMBER
from caio.ir import documents as d
from caio.ir import terms as t
from caio.ir.decode import MAX_CALLS, ORIGINS
from caio.sema import codes
from caio.sema.formulas import Conditions
from caio.sema.report import Report, shown
from caio.sema.scope import AVAILABLE, CONSTANT, Scope
from caio.sema.terms import Arithmetic
from caio.sema.values import Lowered, assignments, checked_name, checked_version
from caio.syntax import tree
from caio.syntax.text import quote_name

OBJECTIVES: Final[Mapping[str, type[d.Weights | d.FieldWeights]]] = MappingProxyType(
    {"contracts": d.Weights, "field_control": d.FieldWeights}
)
"""What a text calls the objectives, and their weights: Eq. 1.5, the default, and Eq. 1.1."""
_EQUATIONS: Final = {"contracts": "Eq. 1.5", "field_control": "Eq. 1.1"}
STATED: Final = "asserted"
"""The origin of the facts that a text states."""
MAX_EXCITATION: Final = 1000
"""How much a control may excite modes at most; it damps by at most 1."""
MAX_PART: Final = 1_000_000
"""The largest numerator and denominator of a weight, and of 1/resolution."""
MAX_SCORE: Final = 2**53
"""Scores stay below this: they are JSON integers, and numpy adds them without overflow."""
MAX_UNITS: Final = 2**53
"""More solver units than any machine has."""


def weights_of(weights: d.Weights | d.FieldWeights) -> dict[str, Fraction]:
    """The weights by the names of their terms, in the order of the equation."""
    return {field.name: getattr(weights, field.name) for field in fields(weights)}


def objective_of(weights: d.Weights | d.FieldWeights) -> str:
    """What a text calls the objective that has these weights."""
    return next(name for name, kind in OBJECTIVES.items() if isinstance(weights, kind))


def score_magnitude(weights: d.Weights | d.FieldWeights, resolution: Fraction) -> int:
    """N·Σw: the largest score that these weights and this resolution can give."""
    parts = weights_of(weights).values()
    common = lcm(*(part.denominator for part in parts))
    return int(sum(part * common for part in parts) / resolution)


class Profiles:
    """Lowers profiles, facts and states of one vocabulary."""

    def __init__(self, scope: Scope, report: Report) -> None:
        self.scope = scope
        self.report = report
        self.constants = Arithmetic(scope, CONSTANT, report)
        self.available = Conditions(scope, AVAILABLE, report)

    def profile(self, node: tree.Profile) -> Lowered:
        """The profile document of a declaration."""
        places = {"": node.name.span}
        weights = self._weights(node)
        resolution = self._resolution(node.resolution)
        if weights is not None and score_magnitude(weights, resolution) >= MAX_SCORE:
            self.report.add(
                codes.SCORE_MAGNITUDE,
                node.name.span,
                "with these weights and this resolution a score may exceed 2^53",
                help="use weights with a small common denominator, or a coarser resolution",
            )
        return Lowered(
            d.Profile(
                vocabulary=self.scope.digest,
                name=checked_name(node.name, "a profile", self.report),
                weights=weights or d.Weights(*[Fraction(1)] * 4),
                controls=self._controls(node.signals, places),
                resolution=resolution,
                performance=self._performance(node.performance),
                limits=self._limits(node.limits, places),
                optional_optimality=node.optimality == "optional",
                pins=self._pins(node.pins, places),
            ),
            places,
        )

    def _number(self, expr: tree.Expr, what: str) -> Fraction | None:
        return self.constants.constant(expr, NUMBER, what)

    def _objective(self, name: tree.Name | None) -> str:
        """What the objective is called; Eq. 1.5 where the text says nothing, or nothing sensible."""
        if name is None:
            return "contracts"
        if name.text not in OBJECTIVES:
            self.report.unknown(
                codes.UNKNOWN_WORD, name.span, "objective", name.text, sorted(OBJECTIVES)
            )
            return "contracts"
        return name.text

    def _weights(self, node: tree.Profile) -> d.Weights | d.FieldWeights | None:
        objective = self._objective(node.objective)
        kind = OBJECTIVES[objective]
        terms = tuple(field.name for field in fields(kind))
        if not node.weights:
            message = f"the profile `{shown(node.name.text)}` weighs nothing"
            self.report.add(
                codes.MISSING_PART,
                node.name.span,
                message,
                help=f"`weights {{ {terms[0]} 1, cost 1 }}`",
            )
            return None
        found: dict[str, Fraction] = {}
        first: dict[str, Span] = {}
        ok = True
        for weight in node.weights:
            name = weight.name.text
            value = self._number(weight.value, f"the weight of `{shown(name)}`")
            if name not in terms:
                self._no_term(weight.name, objective, terms)
            elif name in first:
                message = f"`{name}` is weighed twice"
                self.report.twice(codes.DUPLICATE_STATEMENT, weight.span, first[name], message)
            first.setdefault(name, weight.span)
            if value is None:
                ok = False
            elif value < 0 or max(value.numerator, value.denominator) > MAX_PART:
                message = f"a weight is not negative, with parts of at most {MAX_PART}"
                self.report.add(codes.OUT_OF_RANGE, weight.value.span, message)
                ok = False
            else:
                found[name] = value
        if ok and not any(found.values()):
            message = "weights that are all zero rank nothing"
            self.report.add(codes.OUT_OF_RANGE, node.name.span, message)
            ok = False
        return kind(*(found.get(name, Fraction(0)) for name in terms)) if ok else None

    def _no_term(self, name: tree.Name, objective: str, terms: tuple[str, ...]) -> None:
        """Report a weight of something that the objective does not weigh."""
        for other, kind in OBJECTIVES.items():
            if name.text in (field.name for field in fields(kind)):
                self.report.add(
                    codes.UNKNOWN_WORD,
                    name.span,
                    f"`{name.text}` is no term of {_EQUATIONS[objective]}, which this profile maximises",
                    help=f"it is one of {_EQUATIONS[other]}: `objective {other}`",
                )
                return
        self.report.unknown(codes.UNKNOWN_WORD, name.span, "term", name.text, terms)

    def _controls(
        self, nodes: tuple[tree.Signal, ...], places: dict[str, Span]
    ) -> tuple[d.Control, ...]:
        found: dict[str, tuple[d.Control, Span]] = {}
        for node in nodes:
            name = node.name.text
            control = d.Control(
                name,
                self._strength(node.excite, "excitation", MAX_EXCITATION),
                self._strength(node.damp, "damping", 1),
            )
            if name not in self.scope.controls:
                self._no_control(node.name)
            elif name in found:
                message = f"the control `{shown(name)}` is listed twice"
                first = found[name][1]
                self.report.twice(codes.DUPLICATE_STATEMENT, node.span, first, message)
            else:
                found[name] = (control, node.span)
        ordered = sorted(found, key=self.scope.controls.__getitem__)
        places |= {f"controls[{index}]": found[name][1] for index, name in enumerate(ordered)}
        return tuple(found[name][0] for name in ordered)

    def _no_control(self, name: tree.Name) -> None:
        if self.scope.controls:
            known = self.scope.controls
            self.report.unknown(codes.UNKNOWN_NAME, name.span, "control", name.text, known)
            return
        self.report.add(
            codes.UNKNOWN_NAME,
            name.span,
            f"the vocabulary `{shown(self.scope.vocabulary.name)}` declares no controls",
            help=f"such as `control {quote_name(name.text)}` in the vocabulary",
        )

    def _strength(self, expr: tree.Expr | None, what: str, most: int) -> Fraction:
        value = None if expr is None else self._number(expr, f"the {what}")
        if expr is None or value is None:
            return Fraction(0)
        if not 0 <= value <= most:
            message = f"the {what} of a control lies in 0 .. {most}, found {value}"
            self.report.add(codes.OUT_OF_RANGE, expr.span, message)
        return value

    def _resolution(self, expr: tree.Expr | None) -> Fraction:
        default = Fraction(1, MAX_PART)
        value = None if expr is None else self._number(expr, "the resolution")
        if expr is None or value is None:
            return default
        if value.numerator != 1 or value.denominator > MAX_PART:
            self.report.add(
                codes.OUT_OF_RANGE, expr.span, f"the resolution is 1/N with N from 1 to {MAX_PART}"
            )
            return default
        return value

    def _performance(self, names: tuple[tree.Name, ...]) -> tuple[str, ...]:
        first: dict[str, Span] = {}
        for name in names:
            if name.text not in self.scope.metrics:
                self.report.unknown(
                    codes.UNKNOWN_NAME, name.span, "metric", name.text, self.scope.metrics
                )
            elif name.text in first:
                message = f"`{shown(name.text)}` is listed twice"
                self.report.twice(codes.DUPLICATE_STATEMENT, name.span, first[name.text], message)
            else:
                first[name.text] = name.span
        return tuple(sorted(first, key=self.scope.metric_order.__getitem__))

    def _limits(self, node: tree.Limits | None, places: dict[str, Span]) -> d.Limits:
        if node is None:
            return d.Limits()
        available: list[t.Formula] = []
        for expr in node.available:
            formula = self.available.formula(expr)
            if formula is not None:
                places[f"limits.available[{len(available)}]"] = expr.span
                available.append(formula)
        return d.Limits(
            tuple(available),
            self._allowance(node.routing_allowance),
            self._origins(node.facts),
            self._units(node.solver_units),
        )

    def _allowance(self, expr: tree.Expr | None) -> Fraction:
        if expr is None:
            return Fraction(0)
        value = self.constants.constant(expr, DURATION, "the routing allowance")
        if value is not None and value < 0:
            message = "the routing allowance cannot be negative"
            self.report.add(codes.OUT_OF_RANGE, expr.span, message)
        return value or Fraction(0)

    def _units(self, expr: tree.Expr | None) -> int:
        if expr is None:
            return d.Limits().solver_units
        value = self._number(expr, "the number of solver units")
        if value is not None and (value.denominator != 1 or not 0 < value < MAX_UNITS):
            message = "the number of solver units is a whole number above 0"
            self.report.add(codes.OUT_OF_RANGE, expr.span, message)
        return 1 if value is None else int(value)

    def _origins(self, names: tuple[tree.Name, ...]) -> tuple[str, ...]:
        first: dict[str, Span] = {}
        for name in names:
            self._origin(name)
            if name.text in first:
                message = f"`{shown(name.text)}` is listed twice"
                self.report.twice(codes.DUPLICATE_STATEMENT, name.span, first[name.text], message)
            first.setdefault(name.text, name.span)
        return tuple(origin for origin in ORIGINS if origin in first)

    def _origin(self, name: tree.Name) -> None:
        if name.text not in ORIGINS:
            self.report.unknown(
                codes.UNKNOWN_WORD, name.span, "origin of facts", name.text, ORIGINS
            )

    def _stated(self, name: tree.Name | None) -> None:
        """Report an origin that no text can give its facts."""
        if name is None or name.text == STATED:
            return
        if name.text not in ORIGINS:
            self._origin(name)
            return
        self.report.add(
            codes.UNKNOWN_WORD,
            name.span,
            f"a text states {STATED} facts, and none that are `{shown(name.text)}`",
            help="attested facts come with an attestation, from a token that was verified",
        )

    def _pins(
        self, pins: tuple[tree.Pin, ...], places: dict[str, Span]
    ) -> tuple[tuple[str, str], ...]:
        found: dict[str, str] = {}
        for pin in pins:
            name = checked_name(pin.service, "a service", self.report)
            version = checked_version(pin.version, self.report)
            place = f"pins.{name}"
            if name in found:
                message = f"`{shown(name)}` is pinned twice"
                self.report.twice(codes.DUPLICATE_STATEMENT, pin.span, places[place], message)
            else:
                found[name] = version
                places[place] = pin.span
        return tuple(sorted(found.items()))

    # --- facts and states ----------------------------------------------------------------------

    def facts(self, node: tree.Facts) -> Lowered:
        """The facts document of a declaration."""
        values, stated = assignments(self.scope, node.values, self.scope.facts, "fact", self.report)
        places = {"": node.name.span} | {f"values.{name}": span for name, span in stated.items()}
        name = checked_name(node.name, "facts", self.report)
        self._stated(node.origin)
        return Lowered(d.Facts(self.scope.digest, name, STATED, values), places)

    def state(self, node: tree.State) -> Lowered:
        """The state document of a declaration."""
        values, stated = assignments(
            self.scope, node.values, self.scope.environment, "environment field", self.report
        )
        places = {"": node.service.span} | {f"values.{name}": span for name, span in stated.items()}
        calls = self._count(node.calls, "the number of calls")
        violations = self._count(node.violations, "the number of violations")
        if violations > calls and node.violations is not None:
            message = f"{violations} violations in {calls} calls"
            self.report.add(codes.OUT_OF_RANGE, node.violations.span, message)
        return Lowered(
            d.State(
                vocabulary=self.scope.digest,
                service=checked_name(node.service, "a service", self.report),
                version=checked_version(node.version, self.report),
                values=values,
                calls=calls,
                violations=violations,
            ),
            places,
        )

    def _count(self, expr: tree.Expr | None, what: str) -> int:
        if expr is None:
            return 0
        value = self._number(expr, what)
        if value is None:
            return 0
        if value.denominator != 1 or not 0 <= value <= MAX_CALLS:
            message = f"{what} is a whole number from 0 to {MAX_CALLS}"
            self.report.add(codes.OUT_OF_RANGE, expr.span, message)
            return 0
        return int(value)
