"""Cubes: conjunctions of conditions over single fields, and of sums where nothing simpler will do.

A cube gives each variable it speaks of a range: a set of values where there are few (members, truth values), an interval
otherwise. A range never is the whole domain and never empty.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor
from typing import TypeAlias

from caio.base.errors import InternalError
from caio.obligations.formula import Literal, Sort, Variable


@dataclass(frozen=True, slots=True)
class Interval:
    """The values between two ends, either of which may be absent, or excluded over rationals."""

    low: Fraction | None = None
    high: Fraction | None = None
    above: bool = False
    """Whether the lower end is excluded."""
    below: bool = False
    """Whether the upper end is excluded."""

    def meet(self, other: Interval) -> Interval:
        """What lies in both."""
        low = max((self.lower_key(), other.lower_key()))
        high = min((self.upper_key(), other.upper_key()))
        return Interval(
            None if low[0] == 0 else low[1],
            None if high[0] == 1 else high[1],
            low[2],
            not high[2] and high[0] == 0,
        )

    def lower_key(self) -> tuple[int, Fraction, bool]:
        """Orders intervals by where they begin."""
        return (0, Fraction(0), False) if self.low is None else (1, self.low, self.above)

    def upper_key(self) -> tuple[int, Fraction, bool]:
        """Orders intervals by where they end."""
        return (1, Fraction(0), True) if self.high is None else (0, self.high, not self.below)

    def within(self, other: Interval) -> bool:
        """Whether all of it lies in another interval."""
        return self.meet(other) == self

    def joined(self, other: Interval, sort: Sort) -> Interval | None:
        """The interval that both make together; None if there is a gap between them."""
        first, last = sorted((self, other), key=Interval.lower_key)
        if first.high is not None and last.low is not None:
            gap = last.low - first.high
            touching = 1 if sort is Sort.INT else 0
            if gap > touching or (sort is Sort.REAL and gap == 0 and first.below and last.above):
                return None
        high = max((first.upper_key(), last.upper_key()))
        return Interval(
            first.low,
            None if high[0] == 1 else high[1],
            first.above,
            not high[2] and high[0] == 0,
        )


Range: TypeAlias = Interval | frozenset[int]


@dataclass(frozen=True, slots=True)
class Cube:
    """A set of points.

    Attributes:
        ranges: the variables it speaks of with their ranges, by name.
        sums: literals over several variables at once, in a fixed order.
    """

    ranges: tuple[tuple[str, Range], ...] = ()
    sums: tuple[Literal, ...] = ()

    @property
    def size(self) -> int:
        """How many conditions it makes."""
        return len(self.ranges) + len(self.sums)

    def contains(self, other: Cube) -> bool:
        """Whether another cube visibly lies inside of it."""
        ranges = dict(other.ranges)
        return set(self.sums) <= set(other.sums) and all(
            name in ranges and _inside(ranges[name], whole) for name, whole in self.ranges
        )


def _inside(part: Range, whole: Range) -> bool:
    if isinstance(part, Interval) and isinstance(whole, Interval):
        return part.within(whole)
    if isinstance(part, frozenset) and isinstance(whole, frozenset):
        return part <= whole
    raise InternalError("two kinds of ranges of one variable")


def whole_range(variable: Variable, *, listed: bool) -> Range:
    """The domain of a variable."""
    if listed:
        low, high = int(variable.lower or 0), int(variable.upper or 0)
        return frozenset(range(low, high + 1))
    return Interval(variable.lower, variable.upper)


def cube_of(
    literals: Iterable[Literal], variables: Mapping[str, Variable], listed: Iterable[str]
) -> Cube:
    """The cube that a conjunction of literals is.

    Args:
        literals: true together somewhere.
        variables: by name.
        listed: the variables whose values are listed.
    """
    few = set(listed)
    ranges: dict[str, Range] = {}
    sums = []
    for literal in literals:
        if len(literal.atom.terms) > 1:
            sums.append(literal)
            continue
        ((name, factor),) = literal.atom.terms
        variable = variables[name]
        half = _half(literal, factor, variable.sort)
        known = ranges.get(name, whole_range(variable, listed=name in few))
        if isinstance(known, frozenset):
            ranges[name] = frozenset(value for value in known if _in(Fraction(value), half))
        else:
            ranges[name] = known.meet(half)
    return cube(ranges, sums, variables, few)


def cube(
    ranges: Mapping[str, Range],
    sums: Iterable[Literal],
    variables: Mapping[str, Variable],
    listed: Iterable[str],
) -> Cube:
    """The cube with these ranges and sums: whole domains left out, in the fixed order."""
    few = set(listed)
    kept = [
        (name, ranges[name])
        for name in sorted(ranges)
        if ranges[name] != whole_range(variables[name], listed=name in few)
    ]
    ordered = sorted(set(sums), key=lambda one: (one.atom.terms, one.atom.bound, one.atom.strict))
    return Cube(tuple(kept), tuple(ordered))


def _half(literal: Literal, factor: int, sort: Sort) -> Interval:
    """The values that satisfy a literal over one variable."""
    edge = Fraction(literal.atom.bound) / factor
    upper = (factor > 0) == literal.positive
    open_ = literal.atom.strict == literal.positive
    if sort is Sort.INT:
        if upper:
            return Interval(high=Fraction(ceil(edge) - 1 if open_ else floor(edge)))
        return Interval(low=Fraction(floor(edge) + 1 if open_ else ceil(edge)))
    return Interval(high=edge, below=open_) if upper else Interval(low=edge, above=open_)


def _in(value: Fraction, part: Interval) -> bool:
    return Interval(value, value).within(part)


def merged(
    cubes: Iterable[Cube], variables: Mapping[str, Variable], listed: Iterable[str]
) -> list[Cube]:
    """The same set as fewer cubes: those inside of others left out, those that differ in one range joined."""
    few = frozenset(listed)
    found = list(cubes)
    while True:
        found = [
            one
            for index, one in enumerate(found)
            if not any(
                other.contains(one) and (place < index or not one.contains(other))
                for place, other in enumerate(found)
                if place != index
            )
        ]
        pair = _joinable(found, variables, few)
        if pair is None:
            return found
        first, second, whole = pair
        found[first] = whole
        del found[second]


def _joinable(
    cubes: Sequence[Cube], variables: Mapping[str, Variable], few: frozenset[str]
) -> tuple[int, int, Cube] | None:
    for second, other in enumerate(cubes):
        for first, one in enumerate(cubes[:second]):
            whole = _joined(one, other, variables, few)
            if whole is not None:
                return first, second, whole
    return None


def _joined(
    one: Cube, other: Cube, variables: Mapping[str, Variable], few: frozenset[str]
) -> Cube | None:
    """The union of two cubes that differ in the range of one variable, where that is a cube."""
    left, right = dict(one.ranges), dict(other.ranges)
    if one.sums != other.sums or left.keys() != right.keys():
        return None
    differing = [name for name in left if left[name] != right[name]]
    if len(differing) != 1:
        return None
    (name,) = differing
    first, second = left[name], right[name]
    union: Range | None = None
    if isinstance(first, Interval) and isinstance(second, Interval):
        union = first.joined(second, variables[name].sort)
    elif isinstance(first, frozenset) and isinstance(second, frozenset):
        union = first | second
    return None if union is None else cube({**left, name: union}, one.sums, variables, few)
