"""What somebody may have meant whose threshold lies beyond the declared range: per cent, or a smaller unit.

A guess for the help of a finding, and never applied: a threshold in another unit is another threshold.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

from caio.base.units import TIME_UNITS
from caio.ir import documents as d
from caio.ir import terms as t


def meant(atom: t.Atom, vocabulary: d.Vocabulary) -> str | None:
    """What to write instead of the bound of a metric beyond its range, if that is plain."""
    if not isinstance(atom, t.OnMetric) or not atom.bound.is_constant:
        return None
    metric, bound = vocabulary.metric(atom.metric), atom.bound.constant
    if metric.lower <= bound < metric.upper or bound <= 0:
        return None
    if metric.dimension == "ratio":
        if bound > 1 and metric.lower <= bound / 100 <= metric.upper:
            return f"did you mean `{_text(bound)}%`?"
        return None
    if metric.dimension == "time":
        return _smaller_unit(bound, metric)
    return None


def _smaller_unit(bound: Fraction, metric: d.Metric) -> str | None:
    """The same number in the next smaller unit, where it is one that people write, and lies in the range."""
    for small, unit in pairwise(TIME_UNITS):
        number = unit.from_base(bound)
        whole = number.denominator == 1 and 1 <= number <= 1000
        if whole and metric.lower < small.to_base(number) < metric.upper:
            return f"did you mean `{number} {small.name}`?"
    return None


def _text(value: Fraction) -> str:
    """A decimal, as far as it is one."""
    if value.denominator == 1:
        return str(value.numerator)
    shown = f"{float(value):.12g}"
    return shown if Fraction(shown) == value else str(value)
