"""Durations in buckets whose width is a fixed share of their value: exact counts, in integers.

Durations below 64 µs have a bucket each. From there on each power of two is divided into 32 buckets of equal width, so
that a bucket is at most 1/32 (3.2 %) of its lower edge wide. Counts are exact and can be added up, over any number of calls
in about a thousand buckets at most; what is lost is only where in its bucket a duration lay, and a quantile says so
by stating both edges. (The layout is that of G. Tene's HdrHistogram.)
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate
from typing import Final

from caio.base.canonical import Json
from caio.base.errors import InputError

DIVISIONS: Final = 32
"""Into how many buckets a power of two is divided; 1/DIVISIONS is the largest relative width of a bucket."""
LONGEST: Final = (1 << 53) - 1
"""The longest duration, in microseconds: 285 years."""

_POWER: Final = DIVISIONS.bit_length() - 1


def bucket_of(duration: int) -> int:
    """The number of the bucket that a duration lies in, growing with the duration.

    Args:
        duration: in microseconds, from 0 to ``LONGEST``.
    """
    shift = max(0, duration.bit_length() - _POWER - 1)
    return (shift << _POWER) + (duration >> shift)


def edges(bucket: int) -> tuple[int, int]:
    """The shortest and the longest duration in a bucket, in microseconds."""
    shift = max(0, (bucket >> _POWER) - 1)
    lower = (bucket - (shift << _POWER)) << shift
    return lower, lower + (1 << shift) - 1


@dataclass(frozen=True, slots=True)
class Distribution:
    """How many durations lay in which bucket: pairs of number and count, the count positive, in ascending order."""

    counts: tuple[tuple[int, int], ...] = ()

    @property
    def total(self) -> int:
        """How many durations there are."""
        return sum(count for _, count in self.counts)

    def bracket(self, level: Fraction) -> tuple[int, int] | None:
        """Two durations in microseconds between which the quantile lies; None if there is no duration at all.

        The quantile at level p of n durations is the ⌈p·n⌉-th in ascending order, the first for p = 0.

        Raises:
            InputError: the level does not lie in [0, 1].
        """
        if type(level) is not Fraction or not 0 <= level <= 1:
            raise InputError(f"`{level}` is no level of a quantile: expected a Fraction in [0, 1]")
        if not self.counts:
            return None
        rank = max(1, -(-self.total * level.numerator // level.denominator))
        place = bisect_left(list(accumulate(count for _, count in self.counts)), rank)
        return edges(self.counts[place][0])

    def quantile(self, level: Fraction) -> int | None:
        """The quantile in microseconds, rounded up to the edge of its bucket: never less, and less than 1/32 more.

        Raises:
            InputError: the level does not lie in [0, 1].
        """
        found = self.bracket(level)
        return None if found is None else found[1]

    def json(self) -> Json:
        """A list of objects ``{"from", "to", "count"}``: edges in microseconds, both included."""
        rows: list[Json] = []
        for bucket, count in self.counts:
            lower, upper = edges(bucket)
            rows.append({"from": lower, "to": upper, "count": count})
        return rows


NO_DURATIONS: Final = Distribution()
"""The distribution of nothing."""
