"""Cubes as conditions of the language: one line for people, a class for certificates.

A cube becomes one condition per field, in the order of fields, then its sums; what is about facts alone comes last. Each is what a reader would write: the shorter of
``in`` and ``not in``, a range where both ends are given, and of two ways to bound a whole number the rounder one. Compiling the
line gives the same conditions again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Final

from caio.analysis.witness.axes import Axis, axes_of
from caio.analysis.witness.cubes import Cube, Interval, Range
from caio.base.errors import InternalError
from caio.ir import documents as d
from caio.ir import terms as t
from caio.ir.encode import document_digest
from caio.obligations.formula import Literal, Sort, Variable
from caio.obligations.meaning import ABSENT, Meaning
from caio.sema.classes import about_facts
from caio.sema.pieces import conjunction, disjunction
from caio.sema.show import show_expression

ALWAYS: Final = "always"
"""What is said of a cube without conditions, as a rule without a condition says it."""


def describe(cube: Cube, meaning: Meaning) -> str:
    """A cube on one line, as a condition of the language; ``always`` if it has no conditions.

    Raises:
        InputError: it needs a number that the language cannot write.
    """
    parts = conditions(cube, meaning)
    return show_expression(conjunction(parts), meaning.vocabulary) if parts else ALWAYS


def as_class(cube: Cube, meaning: Meaning, name: str) -> d.Class:
    """The class of all requests in a cube, which asks for nothing (documents-v1 section 5)."""
    return d.Class(document_digest(meaning.vocabulary), name, given=conditions(cube, meaning))


def conditions(cube: Cube, meaning: Meaning) -> tuple[t.Formula, ...]:
    """The conditions whose conjunction a cube is.

    Raises:
        InternalError: it speaks of something that is no field of a call.
    """
    ranges = dict(cube.ranges)
    found: list[t.Formula] = []
    for axis in axes_of(meaning):
        mine = {name: ranges.pop(name) for name in axis.variables if name in ranges}
        if mine:
            found += _of_axis(axis, mine, meaning)
    if ranges:
        raise InternalError(f"a cube speaks of {min(ranges)}, which is no field of a call")
    found += [_sum(literal, meaning) for literal in cube.sums]
    # A class says last what it says of facts alone, and a line says things in the order of the class.
    return tuple(sorted(found, key=about_facts))


def _of_axis(axis: Axis, ranges: Mapping[str, Range], meaning: Meaning) -> Iterator[t.Formula]:
    if isinstance(axis.type, d.SetType):
        yield from _of_set(axis, ranges)
        return
    ((name, part),) = ranges.items()
    if isinstance(part, Interval):
        yield from _bounds(part, meaning.scope[name])
    elif isinstance(axis.type, d.EnumType):
        yield _among(name, part, meaning.vocabulary.enum(axis.type.enum).names())
    else:
        yield t.Is(name) if _true(part) else t.Not(t.Is(name))


def _among(name: str, part: frozenset[int], members: tuple[str, ...]) -> t.Formula:
    """That an enumeration is one of these, or none of the others, whichever names fewer."""
    chosen = tuple(member for index, member in enumerate(members) if index in part)
    others = tuple(member for index, member in enumerate(members) if index not in part)
    # What may have no value at all is then none of the others.
    if ABSENT in part or (others and len(others) < len(chosen)):
        return t.Not(t.In(name, others))
    return t.In(name, chosen)


def _of_set(axis: Axis, ranges: Mapping[str, Range]) -> Iterator[t.Formula]:
    """What a set holds and what it does not hold: exactly, where every member is decided."""
    prefix = len(axis.name) + 1
    members = {name: t.Has(axis.name, name[prefix:]) for name in axis.variables}
    has = [members[name] for name in ranges if _true(ranges[name])]
    lacks = [members[name] for name in ranges if not _true(ranges[name])]
    if len(ranges) == len(members) > 1:
        parts = [part if part in has else t.Not(part) for part in members.values()]
        yield conjunction(parts)
        return
    if has:
        yield conjunction(has)
    if len(lacks) > 1 and len(lacks) > len(members) - len(lacks):
        yield conjunction([t.Not(one) for one in lacks])
    elif lacks:
        yield t.Not(disjunction(lacks))


def _true(part: Range) -> bool:
    """Whether a range of truth values, which is not both of them, is that of what is true."""
    return isinstance(part, frozenset) and 1 in part


def _bounds(part: Interval, variable: Variable) -> Iterator[t.Formula]:
    """The ends of an interval that are not those of the declared range anyway."""
    name, low, high = variable.name, part.low, part.high
    if low is not None and low == high:
        yield _compare(t.Comparison.EQ, name, low, sign=1)
        return
    above, below = part.above, part.below
    if low == variable.lower and not above:
        low = None
    if high == variable.upper and not below:
        high = None
    if variable.sort is Sort.INT:
        # Over whole numbers `> 8000` and `>= 8001` say the same, and the rounder one is what somebody wrote.
        if low is not None and _roundness(low - 1) > _roundness(low):
            low, above = low - 1, True
        if high is not None and _roundness(high + 1) > _roundness(high):
            high, below = high + 1, True
    parts: list[t.Formula] = []
    if low is not None:
        order = t.Comparison.LT if above else t.Comparison.LE
        parts.append(_compare(order, name, low, sign=-1))
    if high is not None:
        order = t.Comparison.LT if below else t.Comparison.LE
        parts.append(_compare(order, name, high, sign=1))
    if len(parts) == 2 and not above and not below:
        yield t.And(tuple(parts))
    else:
        yield from parts


def _compare(order: t.Comparison, name: str, bound: Fraction, *, sign: int) -> t.Formula:
    return t.Compare(order, t.Affine.of(-sign * bound, {name: Fraction(sign)}))


def _roundness(value: Fraction) -> int:
    """How many zeros a whole number ends with; zero itself is as round as any."""
    if value == 0:
        return 64
    number, zeros = value.numerator, 0
    while number % 10 == 0:
        number, zeros = number // 10, zeros + 1
    return zeros


def sayable(literal: Literal, meaning: Meaning) -> bool:
    """Whether a literal is a condition of the language: over one variable, or a sum of quantities and of whole sets."""
    return len(literal.atom.terms) == 1 or _terms(literal, meaning) is not None


def _sum(literal: Literal, meaning: Meaning) -> t.Formula:
    terms = _terms(literal, meaning)
    if terms is None:
        raise InternalError("a sum that no text can state")
    sign = 1 if literal.positive else -1
    order = t.Comparison.LT if literal.atom.strict == literal.positive else t.Comparison.LE
    scaled = {name: sign * value for name, value in terms.items()}
    return t.Compare(order, t.Affine.of(-sign * Fraction(literal.atom.bound), scaled))


def _terms(literal: Literal, meaning: Meaning) -> dict[str, Fraction] | None:
    """The terms of a sum, with the members of a set as its count; None if it has no such form."""
    left = {name: Fraction(factor) for name, factor in literal.atom.terms}
    found: dict[str, Fraction] = {}
    for axis in axes_of(meaning):
        mine = [left.pop(name) for name in axis.variables if name in left]
        if not mine:
            continue
        if axis.numeric:
            found[axis.name] = mine[0]
        elif (
            isinstance(axis.type, d.SetType)
            and len(mine) == len(axis.variables)
            and len(set(mine)) == 1
        ):
            found[f"count({axis.name})"] = mine[0]
        else:
            return None
    return None if left else found
