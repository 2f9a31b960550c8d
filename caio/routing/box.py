"""The box of a request and three-valued evaluation over it (``docs/spec/score-v1.md`` section 1).

Intervals over-approximate on purpose: scores rank candidates and admit nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor
from typing import TypeAlias

from caio.ir import documents as d
from caio.ir import terms as t
from caio.obligations.candidate import Question
from caio.obligations.formula import Sort
from caio.obligations.meaning import Meaning

Interval: TypeAlias = tuple[Fraction | None, Fraction | None]
"""A closed interval, either end possibly absent."""

_YES: Interval = (Fraction(1), Fraction(1))
_NO: Interval = (Fraction(0), Fraction(0))


@dataclass(frozen=True, slots=True)
class Box:
    """An interval per variable; ``empty`` when the request describes nothing."""

    meaning: Meaning
    intervals: Mapping[str, Interval]
    empty: bool

    def observed(self, state: d.State | None) -> Box:
        """The box with an entry's observed environment as points."""
        if state is None:
            return self
        points = _points("env", state.values, self.meaning)
        return Box(self.meaning, {**self.intervals, **points}, self.empty)

    def maximum(self, term: t.Affine) -> Fraction | None:
        """The interval upper end of an affine term, None if unbounded."""
        terms, total = self.meaning.affine(term)
        for name, value in terms.items():
            low, high = self.intervals[name]
            end = high if value > 0 else low
            if value and end is None:
                return None
            total += value * (end or 0)
        return total

    def minimum(self, term: t.Affine) -> Fraction | None:
        """The interval lower end of an affine term, None if unbounded."""
        highest = self.maximum(term.times(-1))
        return None if highest is None else -highest

    def truth(self, formula: t.Formula) -> bool | None:
        """True or False where the formula surely is, None where it is open (Kleene)."""
        match formula:
            case t.Constant(value):
                return value
            case t.Not(operand):
                inner = self.truth(operand)
                return None if inner is None else not inner
            case t.And(operands):
                return _all([self.truth(operand) for operand in operands])
            case t.Or(operands):
                met = _all([None if v is None else not v for v in map(self.truth, operands)])
                return None if met is None else not met
            case t.Compare(comparison, term):
                return self._compare(comparison, term)
            case t.In(variable, members):
                return self._among(variable, members)
            case t.Has(variable, member):
                return self._point(f"{variable}:{member}")
            case t.Is(variable):
                return self._point(variable)

    def _compare(self, comparison: t.Comparison, term: t.Affine) -> bool | None:
        low, high = self.minimum(term), self.maximum(term)
        match comparison:
            case t.Comparison.LE:
                if high is not None and high <= 0:
                    return True
                return False if low is not None and low > 0 else None
            case t.Comparison.LT:
                if high is not None and high < 0:
                    return True
                return False if low is not None and low >= 0 else None
            case t.Comparison.EQ:
                if low == high == 0:
                    return True
                above = low is not None and low > 0
                return False if above or (high is not None and high < 0) else None

    def _among(self, variable: str, members: tuple[str, ...]) -> bool | None:
        kind = self.meaning.vocabulary.field(variable).type
        allowed = {int(self.meaning.number(kind, name)) for name in members}
        low, high = self.intervals[variable]
        span = set(range(int(low or 0), int(high or 0) + 1))
        if span <= allowed:
            return True
        return None if span & allowed else False

    def _point(self, variable: str) -> bool | None:
        low, high = self.intervals[variable]
        if low is not None and low >= 1:
            return True
        return False if high is not None and high <= 0 else None


def declared(meaning: Meaning) -> Mapping[str, Interval]:
    """The declared range of every variable a box is about; who makes many boxes asks once."""
    return {
        name: (variable.lower, variable.upper)
        for name, variable in meaning.scope.items()
        if name.startswith(("request.", "env."))
    }


def box_of(
    question: Question,
    meaning: Meaning,
    ranges: Mapping[str, Interval] | None = None,
    *,
    nominal: bool = True,
) -> Box:
    """The box of a question's request, at its nominal point if it names one.

    Args:
        question: what is asked.
        meaning: of the question's vocabulary.
        ranges: ``declared(meaning)``, if it is at hand.
        nominal: whether a nominal point counts; without it the box covers every call the request describes.
    """
    intervals = dict(declared(meaning) if ranges is None else ranges)
    intervals["env.at"] = (Fraction(question.at), Fraction(question.at))
    request = question.request
    if nominal and request.nominal is not None:
        intervals.update(_points("request", request.nominal, meaning))
    else:
        for given in request.given:
            for name, bounds in _narrowings(given, meaning):
                intervals[name] = _meet(intervals[name], _inwards(name, bounds, meaning))
    empty = any(
        low is not None and high is not None and _less(high, low)
        for low, high in intervals.values()
    )
    return Box(meaning, intervals, empty)


def _narrowings(given: t.Formula, meaning: Meaning) -> Iterator[tuple[str, Interval]]:
    """What the single-variable atoms of a conjunction say of their variables."""
    match given:
        case t.And(operands):
            for operand in operands:
                yield from _narrowings(operand, meaning)
        case t.Compare(comparison, t.Affine(constant, ((name, value),))):
            if t.counted(name) is None:
                end = -constant if value == 1 else -constant / value
                upper = end if value > 0 or comparison is t.Comparison.EQ else None
                lower = end if value < 0 or comparison is t.Comparison.EQ else None
                yield name, (lower, upper)
        case t.In(variable, members):
            kind = meaning.vocabulary.field(variable).type
            values = [meaning.number(kind, name) for name in members]
            yield variable, (min(values), max(values))
        case t.Is(variable):
            yield variable, _YES
        case t.Has(variable, member):
            yield f"{variable}:{member}", _YES
        case t.Not(t.Is(variable)):
            yield variable, _NO
        case t.Not(t.Has(variable, member)):
            yield f"{variable}:{member}", _NO


def _points(
    origin: str, values: tuple[tuple[str, d.Value], ...], meaning: Meaning
) -> dict[str, Interval]:
    points: dict[str, Interval] = {}
    for name, value in values:
        kind = meaning.vocabulary.field(f"{origin}.{name}").type
        if isinstance(kind, d.SetType):
            held = value if isinstance(value, tuple) else ()
            for member in meaning.vocabulary.enum(kind.enum).names():
                bit = Fraction(int(member in held))
                points[f"{origin}.{name}:{member}"] = (bit, bit)
        else:
            number = meaning.number(kind, value)
            points[f"{origin}.{name}"] = (number, number)
    return points


def _inwards(name: str, bounds: Interval, meaning: Meaning) -> Interval:
    low, high = bounds
    if meaning.scope[name].sort is Sort.REAL:
        return bounds
    return (
        low if low is None or low.denominator == 1 else Fraction(ceil(low)),
        high if high is None or high.denominator == 1 else Fraction(floor(high)),
    )


def _meet(first: Interval, second: Interval) -> Interval:
    low, high = first
    other_low, other_high = second
    if low is None or (other_low is not None and _less(low, other_low)):
        low = other_low
    if high is None or (other_high is not None and _less(other_high, high)):
        high = other_high
    return low, high


def _less(first: Fraction, second: Fraction) -> bool:
    """``first < second``; a box takes some hundred comparisons, and those of ``Fraction`` are slow."""
    return first.numerator * second.denominator < second.numerator * first.denominator


def _all(values: list[bool | None]) -> bool | None:
    if False in values:
        return False
    return None if None in values else True
