"""What somebody may have meant whose number lies beyond a declared range: per cent, or a smaller unit.

A guess for the help of a diagnostic or a finding, and never applied: a threshold in another unit is another threshold.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from typing import Final

from caio.base.units import RATIO, TIME, TIME_UNITS
from caio.sema.show_numbers import decimal

_MOST: Final = 1000
"""The largest number that people write in front of a unit that has a larger neighbour."""


def guess(
    number: Fraction, dimension: str, low: Fraction | None, high: Fraction | None
) -> str | None:
    """What may have been meant by a number (in base units) at or beyond the upper end of a range; None if nothing is plain."""
    if high is None or number < high or number <= 0:
        return None

    def fits(value: Fraction) -> bool:
        return value < high and (low is None or low <= value)

    if dimension == RATIO:
        shown = decimal(number)
        if shown is not None and 1 < number <= 100 and fits(number / 100):
            return f"{shown}%"
    elif dimension == TIME:
        for small, unit in reversed(list(pairwise(TIME_UNITS))):
            written = unit.from_base(number)
            whole = written.denominator == 1 and 1 <= written <= _MOST
            if whole and fits(small.to_base(written)):
                return f"{written} {small.name}"
    return None
