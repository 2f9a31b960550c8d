"""Formulas and affine terms at a concrete point: the part of the reference interpreter that knows no contract.

Kleene's three values, ``None`` for unknown: what a point leaves out is unknown, and so is whatever depends on it.
Written straight from ``docs/spec/documents-v1.md`` section 4; ``caio.ir.interpret`` is the whole interpreter.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import TypeAlias

from caio.base.errors import InternalError
from caio.ir import documents as d
from caio.ir import terms as t

Point: TypeAlias = Mapping[str, d.Value]
"""X: values by qualified variable."""


def affine_value(term: t.Affine, point: Point) -> Fraction | None:
    """The exact value of an affine term, or None where a variable is unknown."""
    total = term.constant
    for name, coefficient in term.terms:
        counted = t.counted(name)
        value = point.get(counted or name)
        if value is None:
            return None
        if counted is not None:
            total += coefficient * len(members_of(value))
        else:
            total += coefficient * number_of(value)
    return total


def members_of(value: d.Value) -> tuple[str, ...]:
    """The members of a set. Raises ``InternalError`` for another value."""
    if not isinstance(value, tuple):
        raise InternalError(f"`{value}` is no set")
    return value


def number_of(value: d.Value) -> Fraction:
    """A number, or an instant in microseconds. Raises ``InternalError`` for another value."""
    if not isinstance(value, Fraction):
        raise InternalError(f"`{value}` is no number")
    return value


def truth(formula: t.Formula, point: Point) -> bool | None:
    """The truth of a formula; None is unknown (Kleene)."""
    match formula:
        case t.Constant(value):
            return value
        case t.Not(operand):
            inner = truth(operand, point)
            return None if inner is None else not inner
        case t.And(operands):
            return _every(truth(operand, point) for operand in operands)
        case t.Or(operands):
            return _some(truth(operand, point) for operand in operands)
        case t.Compare(comparison, term):
            number = affine_value(term, point)
            if number is None:
                return None
            return {
                t.Comparison.LE: number <= 0,
                t.Comparison.LT: number < 0,
                t.Comparison.EQ: number == 0,
            }[comparison]
        case t.In(variable, members):
            found = point.get(variable)
            return None if found is None else found in members
        case t.Has(variable, member):
            found = point.get(variable)
            return None if found is None else member in members_of(found)
        case t.Is(variable):
            found = point.get(variable)
            return None if found is None else found is True


def _every(values: Iterable[bool | None]) -> bool | None:
    seen = list(values)
    if False in seen:
        return False
    return None if None in seen else True


def _some(values: Iterable[bool | None]) -> bool | None:
    seen = list(values)
    if True in seen:
        return True
    return None if None in seen else False


def holds(formula: t.Formula, point: Point) -> bool:
    """Whether a formula is surely true at a point."""
    return truth(formula, point) is True


def related(left: Fraction, relation: t.Relation, right: Fraction) -> bool:
    """Whether ``left relation right``."""
    return {
        t.Relation.LE: left <= right,
        t.Relation.LT: left < right,
        t.Relation.GE: left >= right,
        t.Relation.GT: left > right,
    }[relation]
