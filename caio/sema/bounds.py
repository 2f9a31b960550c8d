"""Guarantees and requirement atoms: expressions that bound one thing (DESIGN section 4).

``latency <= …`` bounds a metric, ``cost <= …`` the cost, ``service.region == …`` an attribute, ``at < …`` the time. The
bounded thing stands alone on one side. A range and an equation are two bounds, a conjunction is all of its parts.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Final, Literal, TypeAlias

from caio.base.spans import Span
from caio.ir import documents as d
from caio.ir import terms as t
from caio.sema import codes
from caio.sema.guesses import guess
from caio.sema.pieces import FLIPPED, check_size, shared_unit
from caio.sema.report import Report, reach, shown
from caio.sema.scope import Place, Scope
from caio.sema.terms import MICROSECONDS, Arithmetic, Term, kind_of, literal
from caio.syntax import tree

RELATIONS: Final = {
    "<=": (t.Relation.LE,),
    "<": (t.Relation.LT,),
    ">=": (t.Relation.GE,),
    ">": (t.Relation.GT,),
    "==": (t.Relation.LE, t.Relation.GE),
}
"""The order relations that each comparison of a quantity stands for."""


@dataclass(frozen=True, slots=True)
class Target:
    """What a bound is about: a metric, the cost, an attribute, or the decision's time."""

    kind: Literal["metric", "cost", "attribute", "time"]
    name: str
    span: Span


Ordered: TypeAlias = tuple[Target, t.Relation, tree.Expr, Term]
"""A bounded thing, its relation, and the bound as written and as a term."""


class Bounds:
    """Lowers bounds in one place; ``noun`` is what a bound is called there."""

    def __init__(self, scope: Scope, place: Place, noun: str, report: Report) -> None:
        self.scope = scope
        self.noun = noun
        self.report = report
        self.arithmetic = Arithmetic(scope, place, report)

    def target(self, expr: tree.Expr) -> Target | None:
        """The thing that an expression names, if a bound can be about it."""
        if not isinstance(expr, tree.Name):
            return None
        text = expr.text
        if text == "cost":
            return Target("cost", text, expr.span)
        if text in ("at", "env.at"):
            return Target("time", text, expr.span)
        attribute = text.removeprefix("service.")
        if attribute != text and attribute in self.scope.attributes:
            return Target("attribute", attribute, expr.span)
        metric = text.removeprefix("metric.")
        if metric in self.scope.metrics:
            return Target("metric", metric, expr.span)
        return None

    def sides(self, expr: tree.Compare) -> tuple[Target, str, tree.Expr] | None:
        """The bounded thing of a comparison, the relation as seen from it, and the other side."""
        found = self.target(expr.left)
        if found is not None:
            return found, expr.op, expr.right
        found = self.target(expr.right)
        if found is not None:
            return found, FLIPPED[expr.op], expr.left
        self.no_target(expr.left, expr.span)
        return None

    def no_target(self, operand: tree.Expr, span: Span) -> None:
        """Report an expression that bounds nothing, naming the stranger if it is one."""
        if isinstance(operand, tree.Name) and self.scope.find(operand.text, _NOWHERE) is None:
            known = ["cost", "at", *self.scope.metrics]
            known += [f"service.{name}" for name in self.scope.attributes]
            what = "metric or attribute"
            self.report.unknown(codes.UNKNOWN_NAME, operand.span, what, operand.text, known)
            return
        self.report.add(
            codes.NOT_A_BOUND,
            span,
            f"{self.noun} must bound one metric, and nothing here is one",
            help="the metric stands alone on one side: `latency <= 120 ms + …`",
        )

    def ordered(self, expr: tree.Expr) -> list[Ordered] | None:
        """The order relations that a comparison or a range states about a quantity."""
        if isinstance(expr, tree.InRange):
            found = self.target(expr.operand)
            if found is None:
                self.no_target(expr.operand, expr.span)
                return None
            if expr.negated:
                self.disjunctive(expr.span)
                return None
            return self._range(found, expr.low, expr.high)
        if not isinstance(expr, tree.Compare):
            self.report.add(
                codes.NOT_A_BOUND, expr.span, f"{self.noun} must be a bound, found {kind_of(expr)}"
            )
            return None
        sides = self.sides(expr)
        if sides is None:
            return None
        target, op, other = sides
        if op == "!=":
            self.disjunctive(expr.span)
            return None
        term = self.arithmetic.term(other)
        if term is None:
            return None
        return [(target, relation, other, term) for relation in RELATIONS[op]]

    def _range(self, target: Target, low: tree.Expr, high: tree.Expr) -> list[Ordered] | None:
        terms = self.arithmetic.term(low), self.arithmetic.term(high)
        if terms[0] is None or terms[1] is None:
            return None
        first, last = shared_unit(self.scope, (low, terms[0]), (high, terms[1]))
        least, most = first.constant, last.constant
        if least is not None and most is not None and least > most:
            message = "the lower end lies above the upper one"
            self.report.add(codes.EMPTY_RANGE, reach(low.span, high.span), message)
            return None
        return [(target, t.Relation.GE, low, first), (target, t.Relation.LE, high, last)]

    def disjunctive(self, span: Span) -> None:
        """Report a bound that would be a choice between two."""
        self.report.add(
            codes.NOT_A_BOUND,
            span,
            f"{self.noun} cannot leave a choice between two bounds of a quantity",
            help="all of it is conjunctive: state the bound that is meant",
        )

    def metric_bound(self, bound: Ordered) -> t.Affine | None:
        """The bound of a metric in its base unit; reports another dimension, or a value outside D."""
        target, _, expr, term = bound
        metric = self.scope.metrics[target.name]
        affine = self._fitting(term, metric.dimension, expr)
        if affine is None or not affine.is_constant:
            return affine
        if not metric.lower <= affine.constant <= metric.upper:
            hint = f"in base units {metric.lower} .. {metric.upper}, found {affine.constant}"
            meant = guess(affine.constant, metric.dimension, metric.lower, metric.upper)
            self.report.add(
                codes.OUT_OF_RANGE,
                expr.span,
                f"the bound lies outside the range of `{shown(metric.name)}`",
                help=hint if meant is None else f"did you mean `{meant}`? {hint}",
            )
            return None
        return affine

    def cost_bound(self, bound: Ordered) -> t.Affine | None:
        """The bound of the cost in its base unit."""
        return amount(self.scope, bound[2], bound[3], self.arithmetic, self.report)

    def constant_bound(self, bound: Ordered, kind: d.Type) -> Fraction | None:
        """The constant that an attribute, or the time, is compared with, in base units."""
        _, _, expr, term = bound
        timed = isinstance(kind, d.InstantType)
        dimension = (
            "time" if timed or not isinstance(kind, d.IntType | d.RationalType) else kind.dimension
        )
        wanted = Term(t.Affine.of(0), self.scope.units.dimension(dimension), Fraction(int(timed)))
        if not self.arithmetic.agree(wanted, term, expr.span, "compare"):
            return None
        if term.constant is None:
            message = "this may be compared with constants only"
            self.report.add(codes.TYPE_MISMATCH, expr.span, message)
            return None
        if not check_size(term.affine, expr.span, self.report):
            return None
        return term.constant * MICROSECONDS if timed else term.constant

    def _fitting(self, term: Term, dimension: str, expr: tree.Expr) -> t.Affine | None:
        return fitting(self.scope, term, dimension, expr, self.arithmetic, self.report)

    def level(self, target: Target, level: tree.Number | None) -> Fraction | None:
        """The level of a bound on a metric: as written, or the metric's own."""
        metric = self.scope.metrics[target.name]
        if level is None:
            return metric.level
        value = literal(level, self.report)
        if metric.level is None:
            message = f"`{shown(metric.name)}` is an expected value and has no quantiles"
            self.report.add(codes.BAD_LEVEL, level.span, message)
        elif value is not None and not 0 < value < 1:
            message = f"a quantile lies strictly between 0 and 1, found {level.text}"
            self.report.add(codes.BAD_LEVEL, level.span, message)
        return value


_NOWHERE: Final = Place("", frozenset())


def fitting(
    scope: Scope,
    term: Term,
    dimension: str,
    expr: tree.Expr,
    arithmetic: Arithmetic,
    report: Report,
) -> t.Affine | None:
    """The term in the base unit of a dimension; reports another dimension."""
    wanted = Term(t.Affine.of(0), scope.units.dimension(dimension))
    if not arithmetic.agree(wanted, term, expr.span, "compare"):
        return None
    return term.affine if check_size(term.affine, expr.span, report) else None


def amount(
    scope: Scope, expr: tree.Expr, term: Term | None, arithmetic: Arithmetic, report: Report
) -> t.Affine | None:
    """An amount of cost in its base unit; reports where the vocabulary declares no cost."""
    cost = scope.vocabulary.cost
    if cost is None:
        report.add(
            codes.NO_COST,
            expr.span,
            f"the vocabulary `{shown(scope.vocabulary.name)}` declares no cost",
            help="such as `cost in 0 .. 100 USD`",
        )
        return None
    return None if term is None else fitting(scope, term, cost.dimension, expr, arithmetic, report)
