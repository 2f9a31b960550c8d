"""Small pieces that conditions are built from: junctions, comparisons, members, equations, sizes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Final

from caio.base.spans import Span
from caio.ir import documents as d
from caio.ir import terms as t
from caio.sema import codes
from caio.sema.report import Report, shown
from caio.sema.scope import Scope, Variable
from caio.sema.terms import Term, fits, kind_of
from caio.syntax import tree

FLIPPED: Final = {"<=": ">=", "<": ">", ">=": "<=", ">": "<", "==": "==", "!=": "!="}
"""Each comparison as it reads from the other side."""


_COMPARISONS: Final = {
    "<=": t.Comparison.LE,
    "<": t.Comparison.LT,
    "==": t.Comparison.EQ,
    "!=": t.Comparison.EQ,
}


def conjunction(formulas: Sequence[t.Formula]) -> t.Formula:
    """All of these, in order."""
    if not formulas:
        return t.TRUE
    return formulas[0] if len(formulas) == 1 else t.And(tuple(formulas))


def disjunction(formulas: Sequence[t.Formula]) -> t.Formula:
    """Some of these, in order."""
    if not formulas:
        return t.FALSE
    return formulas[0] if len(formulas) == 1 else t.Or(tuple(formulas))


def depth(formula: t.Formula) -> int:
    """How deeply a formula is nested."""
    match formula:
        case t.Not(operand):
            return 1 + depth(operand)
        case t.And(operands) | t.Or(operands):
            return 1 + max(map(depth, operands))
    return 1


def members_of(
    scope: Scope, items: Iterable[tree.Expr], enum: str, report: Report
) -> tuple[str, ...] | None:
    """Members of an enumeration in declaration order; reports strangers and repetitions."""
    order = scope.order[enum]
    first: dict[str, Span] = {}
    ok = True
    for item in items:
        if not isinstance(item, tree.Name):
            message = f"expected a member of `{shown(enum)}`, found {kind_of(item)}"
            report.add(codes.TYPE_MISMATCH, item.span, message)
            ok = False
        elif item.text not in order:
            what = f"member of `{shown(enum)}` called"
            report.unknown(codes.UNKNOWN_MEMBER, item.span, what, item.text, order)
            ok = False
        elif item.text in first:
            report.twice(
                codes.DUPLICATE_STATEMENT,
                item.span,
                first[item.text],
                f"`{shown(item.text)}` is listed twice",
            )
            ok = False
        else:
            first[item.text] = item.span
    return tuple(sorted(first, key=order.__getitem__)) if ok else None


def comparison(op: str, left: Term, right: Term) -> t.Compare:
    """The canonical comparison of two terms that agree in their dimension; ``!=`` gives its negation."""
    timed = left.timed or right.timed
    if op in (">=", ">"):
        left, right, op = right, left, FLIPPED[op]
    difference = Term(
        left.affine.plus(right.affine, -1), left.dimension, left.weight, timed
    ).scaled()
    return t.Compare(_COMPARISONS[op], difference)


def set_equation(scope: Scope, variable: str, enum: str, names: Iterable[str]) -> t.Formula:
    """The formula that a set has exactly these members."""
    held = set(names)
    has = (t.Has(variable, name) for name in scope.members[enum])
    return conjunction([part if part.member in held else t.Not(part) for part in has])


def equation(scope: Scope, variable: Variable, value: d.Value) -> t.Formula:
    """The formula that a variable has a value, as a default is written into ``given``."""
    match variable.field.type, value:
        case d.BoolType(), _:
            return t.Is(variable.name) if value is True else t.Not(t.Is(variable.name))
        case d.EnumType(), str():
            return t.In(variable.name, (value,))
        case d.SetType(enum), tuple():
            return set_equation(scope, variable.name, enum, value)
        case _, Fraction():
            term = t.Affine.of(-value, {variable.name: Fraction(1)})
            return t.Compare(t.Comparison.EQ, term)
    raise TypeError(f"{value!r} is no value of {variable.field.type}")


def shared_unit(
    scope: Scope, low: tuple[tree.Expr, Term], high: tuple[tree.Expr, Term]
) -> tuple[Term, Term]:
    """Both ends of a range, where a plain number takes the unit written at the other end."""
    if low[1].bare and not high[1].bare:
        return _with_unit_of(scope, low[1], high[0]), high[1]
    if high[1].bare and not low[1].bare:
        return low[1], _with_unit_of(scope, high[1], low[0])
    return low[1], high[1]


def _with_unit_of(scope: Scope, number: Term, other: tree.Expr) -> Term:
    while isinstance(other, tree.Negate):
        other = other.operand
    if not isinstance(other, tree.Quantity) or other.unit is None or other.per_unit is not None:
        return number
    unit = scope.units.unit(other.unit.text)
    return Term(number.affine.times(unit.scale), unit.dimension)


def check_size(term: t.Affine, span: Span, report: Report) -> bool:
    """Whether every number of a term can be written in a document; reports if not."""
    if fits(term.constant) and all(fits(value) for _, value in term.terms):
        return True
    report.add(codes.TOO_LARGE, span, "arithmetic here leads to a number of more than 512 digits")
    return False
