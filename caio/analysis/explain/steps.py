"""The grid on which least bounds are sought: the resolution of a quantity (``docs/explain.md``).

A bound between two points of the grid is exact and of no use to anybody: nobody writes a latency in seventeenths of a
nanosecond. So bounds are sought among the multiples of a *step*, and are least there.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from math import ceil, floor
from typing import TypeAlias

from caio.ir import documents as d

Holds: TypeAlias = Callable[[int], bool]
"""Whether an obligation holds at a point of a grid."""


def step_of(width: Fraction, resolution: Fraction) -> Fraction:
    """The greatest power of ten, in base units, that is at most the resolution's share of a range of this width.

    A range of no width counts as one of width 1.
    """
    least = (width or Fraction(1)) * resolution
    step = Fraction(1)
    while step > least:
        step /= 10
    while step * 10 <= least:
        step *= 10
    return step


def step_of_type(kind: d.Type, scale: Fraction, resolution: Fraction) -> Fraction:
    """The step of a field: 1 for integers and instants (microseconds), else by its range, if it has both ends.

    Args:
        kind: the type of the field, a numeric one.
        scale: what stands in for the width of a range that is open at an end.
        resolution: the profile's.
    """
    if isinstance(kind, d.RationalType):
        if kind.lower is None or kind.upper is None:
            return step_of(max(Fraction(1), abs(scale)), resolution)
        return step_of(kind.upper - kind.lower, resolution)
    return Fraction(1)


def below(value: Fraction, step: Fraction) -> int:
    """The last point of the grid that is at most a value."""
    return floor(value / step)


def above(value: Fraction, step: Fraction) -> int:
    """The first point of the grid that is at least a value."""
    return ceil(value / step)


def first(holds: Holds, refuted: int, holding: int, guess: int | None = None) -> int:
    """The first point at which something holds that holds from some point on.

    Args:
        holds: is asked at points strictly between the two ends.
        refuted: a point at which it does not hold.
        holding: a later one at which it does.
        guess: where to look first; nothing is believed of it.
    """
    for candidate in () if guess is None else (guess, guess - 1, guess + 1):
        if refuted < candidate < holding:
            if holds(candidate):
                holding = candidate
            else:
                refuted = candidate
    while holding - refuted > 1:
        middle = (refuted + holding) // 2
        if holds(middle):
            holding = middle
        else:
            refuted = middle
    return holding
