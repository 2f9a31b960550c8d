"""Witnesses at a corner of a hypothesis: what is left open there is chosen one variable at a time.

Most obligations that fail do so where all quantities are as small, or as large, as H allows: the goal then bounds a
promised quantity or two, and any value between the bounds will do. Values are the simplest there are, so that many obligations share a witness.
Whatever is not that simple gets no witness here, and every witness is evaluated before it is given.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor
from typing import TypeAlias

from caio.base.exact import Rational, exact
from caio.certify.hypothesis import Hypothesis
from caio.certify.proof import Model, sayable
from caio.obligations.formula import (
    Atom,
    Conjunction,
    Formula,
    Literal,
    Sort,
    Variable,
    evaluate,
    holds,
    negation,
)
from caio.smt.render import nearest_to_zero

_Moves: TypeAlias = tuple[tuple[str, Rational], ...]


class Pointwise:
    """The witnesses at the points of one hypothesis."""

    def __init__(self, hypothesis: Hypothesis) -> None:
        self._hypothesis = hypothesis
        self._corners: dict[tuple[int, _Moves], _Corner | None] = {
            (index, ()): _Corner(point) for index, point in enumerate(hypothesis.points)
        }

    def witness(self, goal: Iterable[Formula], more: Iterable[Variable]) -> Model | None:
        """A model of H and a goal over the variables of H and `more`, or None if none was found here."""
        formulas, variables = tuple(goal), tuple(more)
        for index, point in enumerate(self._hypothesis.points):
            corner = self._moved(index, _moves(formulas, point))
            model = None if corner is None else corner.witness(formulas, variables)
            if model is not None:
                return model
        return None

    def _moved(self, index: int, moves: _Moves) -> _Corner | None:
        """A corner with some variables moved to where a goal demands them, if that still satisfies H."""
        place = index, moves
        if place not in self._corners:
            point = {**self._hypothesis.points[index], **dict(moves)}
            inside = all(evaluate(formula, point) for formula in self._hypothesis.block)
            self._corners[place] = _Corner(point) if inside and self._sound(moves) else None
        return self._corners[place]

    def _sound(self, moves: _Moves) -> bool:
        """Whether the variables stay within their domains."""
        for name, value in moves:
            variable = self._hypothesis.scope[name]
            low, high = variable.lower, variable.upper
            if (low is not None and value < low) or (high is not None and value > high):
                return False
        return True


def _moves(formulas: Iterable[Formula], point: Mapping[str, Rational]) -> _Moves:
    """Where the bounds that a goal states outright put the variables of a point that violates them."""
    moved: dict[str, Rational] = {}
    for literal in _stated(formulas):
        name, factor = literal.atom.terms[0]
        value = moved.get(name, point.get(name))
        if value is None or len(literal.atom.terms) > 1:
            continue
        if holds(literal.atom, {name: value}) != literal.positive:
            # A negated bound of integers is met one step beyond; that of others is open there and is not met.
            moved[name] = exact(Fraction(literal.atom.bound, factor)) + (not literal.positive)
    return tuple(sorted(moved.items()))


def _stated(formulas: Iterable[Formula]) -> Iterator[Literal]:
    for formula in formulas:
        match formula:
            case Literal():
                yield formula
            case Conjunction(operands, True):
                yield from _stated(operands)


class _Corner:
    """The witnesses at one point; they share what does not differ between goals."""

    def __init__(self, point: Mapping[str, Rational]) -> None:
        self._point = point
        self._fractions = {name: Fraction(value) for name, value in point.items()}
        self._truths: dict[Formula, bool | None] = {}
        self._models: dict[_Moves, Model] = {}

    def witness(self, formulas: tuple[Formula, ...], more: tuple[Variable, ...]) -> Model | None:
        point = self._point
        ranges = {variable.name: _Range.of(variable) for variable in more}
        for formula in formulas:
            if not self._require(formula, point, ranges):
                return None
        extra: dict[str, Fraction] = {}
        for name, allowed in ranges.items():
            value = allowed.simplest()
            if value is None:
                return None
            extra[name] = value
        if extra:
            full = {**point, **extra}
            if not all(evaluate(formula, full) for formula in formulas):
                return None
        key = tuple(sorted(extra.items()))
        model = self._models.get(key)
        if model is None:
            said = sayable(Model({**self._fractions, **extra}))
            if not isinstance(said, Model):
                return None
            model = self._models[key] = said
        return model

    def _require(
        self, formula: Formula, point: Mapping[str, Rational], ranges: Mapping[str, _Range]
    ) -> bool:
        """Narrow the ranges so that a formula holds; whether that was possible."""
        truth = self._truth(formula, point)
        if truth is not None:
            return truth
        match formula:
            case Literal(atom, positive):
                return _narrow(atom, point, ranges, positive=positive)
            case Conjunction(operands, True):
                return all(self._require(operand, point, ranges) for operand in operands)
            case Conjunction(operands, False):
                unsure = [part for part in operands if self._truth(part, point) is None]
                return len(unsure) == 1 and self._require(negation(unsure[0]), point, ranges)
        return False

    def _truth(self, formula: Formula, point: Mapping[str, Rational]) -> bool | None:
        """Whether a formula holds at the point, None if that is open."""
        if isinstance(formula, bool):
            return formula
        if formula not in self._truths:
            self._truths[formula] = self._compute(formula, point)
        return self._truths[formula]

    def _compute(self, formula: Formula, point: Mapping[str, Rational]) -> bool | None:
        match formula:
            case Literal(atom, positive):
                if any(name not in point for name, _ in atom.terms):
                    return None
                return holds(atom, point) == positive
            case Conjunction(operands, positive):
                truths = [self._truth(operand, point) for operand in operands]
                if False in truths:
                    return not positive
                return None if None in truths else positive
        return None


@dataclass(slots=True)
class _Range:
    """The values that a variable may still take."""

    variable: Variable
    lower: Fraction | None
    upper: Fraction | None
    above: bool = False
    """Whether the lower end is excluded."""
    below: bool = False
    """Whether the upper end is excluded."""

    @staticmethod
    def of(variable: Variable) -> _Range:
        return _Range(variable, variable.lower, variable.upper)

    def at_most(self, bound: Fraction, *, strict: bool) -> None:
        if self.upper is None or bound < self.upper or (bound == self.upper and strict):
            self.upper, self.below = bound, strict

    def at_least(self, bound: Fraction, *, strict: bool) -> None:
        if self.lower is None or bound > self.lower or (bound == self.lower and strict):
            self.lower, self.above = bound, strict

    def simplest(self) -> Fraction | None:
        """The value nearest to zero, or, where that end is excluded, the simplest one; None if there is none."""
        lower, upper = self.lower, self.upper
        if self.variable.sort is Sort.INT:
            lower = None if lower is None else Fraction(ceil(lower))
            upper = None if upper is None else Fraction(floor(upper))
        if lower is not None and upper is not None and lower > upper:
            return None
        value = nearest_to_zero(Variable("", self.variable.sort, lower, upper))
        if (value == lower and self.above) or (value == upper and self.below):
            return simplest_between(lower, upper) if self.variable.sort is Sort.REAL else None
        return value


def _narrow(
    atom: Atom, point: Mapping[str, Rational], ranges: Mapping[str, _Range], *, positive: bool
) -> bool:
    """Narrow the range of the only variable of a literal that the point leaves open."""
    unknown = [(name, factor) for name, factor in atom.terms if name not in point]
    if len(unknown) != 1:
        return False
    ((name, factor),) = unknown
    rest = sum(c * point[other] for other, c in atom.terms if other != name)
    bound = Fraction(atom.bound - rest) / factor
    strict = atom.strict if positive else not atom.strict
    narrow = ranges[name].at_most if (factor > 0) == positive else ranges[name].at_least
    narrow(bound, strict=strict)
    return True


def simplest_between(lower: Fraction | None, upper: Fraction | None) -> Fraction | None:
    """The decimal with the fewest places, then the nearest to zero, strictly between two; None if they do not differ.

    Counterexamples are read by people, who write magnitudes as decimals.
    """
    if lower is not None and upper is not None and lower >= upper:
        return None
    if (lower is None or lower < 0) and (upper is None or upper > 0):
        return Fraction(0)
    if lower is None or lower < 0:
        mirrored = simplest_between(
            None if upper is None else -upper, None if lower is None else -lower
        )
        return None if mirrored is None else -mirrored
    scale = 1
    while upper is not None and Fraction(floor(lower * scale) + 1, scale) >= upper:
        scale *= 10
    return Fraction(floor(lower * scale) + 1, scale)
