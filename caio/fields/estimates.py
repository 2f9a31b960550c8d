"""Quantities computed in floating point, each with an interval that contains the real value.

An ``Estimate`` holds, for N rows at once, what was computed and two floats around what is meant: the value that the formula of the
calculus has for the given inputs in real arithmetic. Bounds come from the rounding analysis stated beside each formula, and every
float step on a bound is rounded outwards by one more unit. ``measure`` turns an estimate into exact integers; nothing else of this
room leaves it for logic.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Final

import numpy as np

from caio.base.errors import InternalError
from caio.fields.arrays import FloatArray

UNIT: Final = Fraction(1, 2**53)
"""The unit roundoff u of a float."""


@dataclass(frozen=True, slots=True, eq=False)
class Estimate:
    """N computed values with bounds: shape (N,) each, finite, lower ≤ values ≤ upper.

    Attributes:
        name: what is measured, such as `resonance.correlation`; names the measurement.
        values: as computed.
        lower: at most the real value, row by row.
        upper: at least the real value, row by row.
        inputs: the digest of everything the real value depends on.
    """

    name: str
    values: FloatArray
    lower: FloatArray
    upper: FloatArray
    inputs: str

    def __post_init__(self) -> None:
        arrays = (self.values, self.lower, self.upper)
        if self.values.ndim != 1 or {array.shape for array in arrays} != {self.values.shape}:
            raise InternalError(f"the arrays of estimate `{self.name}` differ in shape")
        # A NaN fails every comparison.
        bounded = (self.lower >= -np.inf) & (self.upper <= np.inf)
        ordered = (self.lower <= self.values) & (self.values <= self.upper)
        finite = np.isfinite(self.lower) & np.isfinite(self.upper)
        if not bool((bounded & ordered & finite).all()):
            raise InternalError(f"estimate `{self.name}` is not finite, or outside its own bounds")
        for array in arrays:
            array.setflags(write=False)

    def __len__(self) -> int:
        return len(self.values)


def down(values: FloatArray) -> FloatArray:
    """The next floats below: at most the exact result of the one rounded operation that gave `values`."""
    return np.nextafter(values, -np.inf)


def up(values: FloatArray) -> FloatArray:
    """The next floats above: at least the exact result of the one rounded operation that gave `values`."""
    return np.nextafter(values, np.inf)


def units(count: int) -> float:
    """A float of at least count · u."""
    return float(np.nextafter(float(count * UNIT), np.inf))


def around(
    name: str,
    values: FloatArray,
    error: FloatArray | float,
    inputs: str,
    *,
    at_least: float,
    at_most: float | FloatArray,
) -> Estimate:
    """The estimate of a quantity that is known to lie in a range, and within `error` of what was computed.

    Args:
        name: of the quantity.
        values: as computed, shape (N,).
        error: a bound on |values − real value|, one for all rows or shape (N,).
        inputs: the digest of what the quantity depends on.
        at_least: the least value the quantity can have at all, such as −1 for a correlation.
        at_most: the largest, one for all rows or shape (N,).
    """
    return Estimate(
        name,
        np.clip(values, at_least, at_most),
        np.clip(down(values - error), at_least, at_most),
        np.clip(up(values + error), at_least, at_most),
        inputs,
    )
