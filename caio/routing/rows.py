"""Affine terms of many contracts as integer arrays, and their extremes over a box.

Every row has a scale of its own, so that a price with a long denominator costs its neighbours nothing. Arithmetic is on
64 bits, and only where a bound on the magnitudes proves that it cannot overflow: a row without that proof is reported, and
whoever asked computes it in fractions (``caio.routing.plain``).
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import lcm
from typing import Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

from caio.ir import terms as t
from caio.obligations.meaning import Meaning
from caio.routing.box import Box

Integers: TypeAlias = npt.NDArray[np.int64]
Mask: TypeAlias = npt.NDArray[np.bool_]
Places: TypeAlias = npt.NDArray[np.intp]

LIMIT: Final = 2**61
"""What a proof of no overflow keeps magnitudes below; sums and differences of two then fit as well."""

_Row: TypeAlias = tuple[int, int, tuple[tuple[int, int], ...]]
"""One row exactly: its scale, its constant, and its coefficients by column."""

_Expanded: TypeAlias = tuple[tuple[tuple[str, Fraction], ...], Fraction]
"""Coefficients by variable, counts written out, and the constant."""

FAR: Final = 2**62
"""Stands for an unbounded extreme: beyond every value that is computed."""


@dataclass(frozen=True, slots=True)
class Extremes:
    """Per row an extreme over a box: ``values`` over ``scales · factor``, ``±FAR`` where unbounded.

    The value of a row that was rounded is off by at most ``slack``. ``lost`` are the rows for which there is no proof that
    64 bits suffice; their values mean nothing.
    """

    values: Integers
    factor: int
    slack: int
    lost: Places


@dataclass(frozen=True, slots=True)
class _Ends:
    """The ends of a box for the columns of a table, times a common factor; 0 where absent."""

    factor: int
    low: list[int]
    high: list[int]
    open_low: list[bool]
    open_high: list[bool]
    reach: list[int]
    """The larger magnitude of both ends."""


class Rows:
    """Affine terms over the variables of a box, a row each.

    Args:
        affines: the terms.
        meaning: of the vocabulary they belong to.
        multiple: what every scale shall be a multiple of.
        shared: the largest common scale to use for all rows; None gives each row its own. Rows that do not fit are lost.
        finest: the largest scale to use for a row, a multiple of ``multiple``; finer rows are rounded to it.
    """

    def __init__(
        self,
        affines: Sequence[t.Affine],
        meaning: Meaning,
        *,
        multiple: int = 1,
        shared: int | None = None,
        finest: int | None = None,
    ) -> None:
        expanded = [_expanded(term, meaning) for term in affines]
        scales = [
            lcm(multiple, constant.denominator, *(value.denominator for _, value in terms))
            for terms, constant in expanded
        ]
        self.scale = multiple if shared is None else _common(scales, multiple, shared)
        """What all rows share of their scales: all of it where there is a common one."""
        scales_of = scales
        if shared is not None:
            scales = [self.scale if self.scale % own == 0 else 0 for own in scales]
        self.variables = tuple(sorted({name for terms, _ in expanded for name, _ in terms}))
        column = {name: j for j, name in enumerate(self.variables)}
        self._fine: dict[int, _Row] = {}
        if finest is not None:
            for i, scale in enumerate(scales):
                if scale > finest:
                    self._fine[i] = _exact(expanded[i], scale, column)
            scales = [min(scale, finest) for scale in scales]
        self.rounded: Places = np.array(list(self._fine), dtype=np.intp)
        constants = np.zeros(len(expanded), dtype=np.int64)
        kept = np.ones(len(expanded), dtype=np.int64)
        lost: list[int] = []
        rising, falling = array("q"), array("q")
        widest = [0] * len(self.variables)
        for i, ((terms, constant), scale) in enumerate(zip(expanded, scales, strict=True)):
            numbers = [_times(value, scale) for _, value in terms]
            own = _times(constant, scale)
            if not 0 < scale < LIMIT or max(map(abs, (own, *numbers))) >= LIMIT:
                lost.append(i)
                self._fine.setdefault(i, _exact(expanded[i], scales_of[i], column))
                continue
            constants[i], kept[i] = own, scale
            for (name, _), number in zip(terms, numbers, strict=True):
                j = column[name]
                (rising if number > 0 else falling).extend((i, j, number))
                widest[j] = max(widest[j], abs(number))
        self.scales: Integers = kept
        self._constants = constants
        self._lost: Places = np.array(lost, dtype=np.intp)
        self._widest = widest
        self._furthest = int(np.abs(constants).max(initial=0))
        shape = (len(expanded), len(self.variables))
        self._rising = _matrix(rising, shape)
        self._falling = _matrix(falling, shape)

    def __len__(self) -> int:
        return len(self._constants)

    def maxima(self, box: Box) -> Extremes:
        """The interval maximum of every row."""
        return self._extremes(self._ends(box), upper=True)

    def minima(self, box: Box) -> Extremes:
        """The interval minimum of every row."""
        return self._extremes(self._ends(box), upper=False)

    def exactly(self, places: Iterable[int], box: Box) -> list[tuple[int, int] | None]:
        """The maxima of some rows in Python integers: numerator and positive denominator, None where unbounded."""
        ends = self._ends(box)
        found: list[tuple[int, int] | None] = []
        for i in places:
            scale, total, terms = self._fine.get(i) or self._row(i)
            total *= ends.factor
            bounded = True
            for j, number in terms:
                if ends.open_high[j] if number > 0 else ends.open_low[j]:
                    bounded = False
                total += number * (ends.high[j] if number > 0 else ends.low[j])
            found.append((total, scale * ends.factor) if bounded else None)
        return found

    def _row(self, i: int) -> _Row:
        terms: list[tuple[int, int]] = []
        for matrix in (self._rising, self._falling):
            part = slice(matrix.indptr[i], matrix.indptr[i + 1])
            terms += zip(matrix.indices[part].tolist(), matrix.data[part].tolist(), strict=True)
        return int(self.scales[i]), int(self._constants[i]), tuple(terms)

    def both(self, box: Box) -> tuple[Extremes, Extremes]:
        """Minima and maxima."""
        ends = self._ends(box)
        return self._extremes(ends, upper=False), self._extremes(ends, upper=True)

    def _ends(self, box: Box) -> _Ends:
        pairs = [box.intervals[name] for name in self.variables]
        factor = 1
        for pair in pairs:
            for end in pair:
                if end is not None and end.denominator != 1:
                    factor = lcm(factor, end.denominator)
        lows = [0 if low is None else _times(low, factor) for low, _ in pairs]
        highs = [0 if high is None else _times(high, factor) for _, high in pairs]
        return _Ends(
            factor,
            lows,
            highs,
            [low is None for low, _ in pairs],
            [high is None for _, high in pairs],
            [max(abs(low), abs(high)) for low, high in zip(lows, highs, strict=True)],
        )

    def _extremes(self, ends: _Ends, *, upper: bool) -> Extremes:
        first, second = (ends.high, ends.low) if upper else (ends.low, ends.high)
        lost = self._unproved(ends)
        # Coefficients and constants of a rounded row are off by less than 1.
        slack = ends.factor + sum(ends.reach)
        if ends.factor >= LIMIT:
            return Extremes(np.zeros(len(self), dtype=np.int64), ends.factor, slack, lost)
        values = self._constants * ends.factor if ends.factor != 1 else self._constants.copy()
        if self._rising.nnz:
            values += self._rising @ _held(first)
        if self._falling.nnz:
            values += self._falling @ _held(second)
        open_first, open_second = (
            (ends.open_high, ends.open_low) if upper else (ends.open_low, ends.open_high)
        )
        for matrix, missing in ((self._rising, open_first), (self._falling, open_second)):
            if any(missing):
                values[(matrix != 0) @ np.array(missing, dtype=np.int64) > 0] = (
                    FAR if upper else -FAR
                )
        return Extremes(values, ends.factor, slack, lost)

    def _unproved(self, ends: _Ends) -> Places:
        """The rows whose magnitude over the box is not provably below the limit."""
        if ends.factor >= LIMIT:
            return np.arange(len(self))
        bound = self._furthest * ends.factor
        for widest, far in zip(self._widest, ends.reach, strict=True):
            bound += widest * far
        if bound < LIMIT:
            return self._lost
        # No single bound covers all rows, so each gets its own. Sums of non-negative floats err by a factor below 2,
        # and what a float cannot hold is far beyond the limit, whatever it is multiplied with.
        size = np.abs(self._constants).astype(np.float64) * _float(ends.factor)
        size += (abs(self._rising) + abs(self._falling)).astype(np.float64) @ np.array(
            [_float(far) for far in ends.reach], dtype=np.float64
        )
        unproved = ~(size < LIMIT / 2)
        unproved[self._lost] = True
        return np.flatnonzero(unproved)


def _expanded(term: t.Affine, meaning: Meaning) -> _Expanded:
    if not any(t.counted(name) for name, _ in term.terms):
        return term.terms, term.constant
    terms, constant = meaning.affine(term)
    return tuple((name, value) for name, value in terms.items() if value), constant


def _exact(row: _Expanded, scale: int, column: Mapping[str, int]) -> _Row:
    terms, constant = row
    own = tuple((column[name], _times(value, scale)) for name, value in terms)
    return scale, _times(constant, scale), own


def _common(scales: Iterable[int], start: int, most: int) -> int:
    """A common multiple that is at most ``most``, of as many scales as come in increasing order."""
    common = start
    for scale in sorted(set(scales)):
        if lcm(common, scale) <= most:
            common = lcm(common, scale)
    return common


def _times(value: Fraction, scale: int) -> int:
    """``value · scale``; where that is no integer, one next to it that is not 0."""
    if scale % value.denominator == 0:
        return value.numerator * (scale // value.denominator)
    return value.numerator * scale // value.denominator or 1


def _held(numbers: list[int]) -> Integers:
    """As 64 bits; what does not fit is 0, for no row that multiplies it has a proof."""
    return np.array([n if -LIMIT < n < LIMIT else 0 for n in numbers], dtype=np.int64)


def _float(number: int) -> float:
    return float(min(number, 10**200))


def _matrix(entries: array[int], shape: tuple[int, int]) -> Any:
    """The sparse integer matrix with these entries: row, column, value, one after the other."""
    table = np.frombuffer(entries, dtype=np.int64).reshape(len(entries) // 3, 3)
    return csr_array((table[:, 2], (table[:, 0], table[:, 1])), shape=shape)
