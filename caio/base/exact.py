"""Exact numbers in the representation that is fastest: whole ones are plain integers."""

from __future__ import annotations

from fractions import Fraction
from typing import TypeAlias

Rational: TypeAlias = int | Fraction
"""An exact number; whole ones are kept as `int`, whose arithmetic is much faster."""


def exact(value: Rational) -> Rational:
    """The same number, as an `int` if it is whole."""
    return value.numerator if value.denominator == 1 else value
