"""The four scores of Eq. 1.5 for all candidates at once (``docs/spec/score-v1.md``).

A ``Scorer`` compiles the contracts of a snapshot into integer arrays once; each request then costs a few matrix
products, sparse ones: a price mentions a few of some thirty quantities. Everything is exact: coefficients share one denominator per quantity, and where the declared magnitudes do not
rule out an overflow of 64 bits, the same operations run on Python integers (dtype ``object``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import isqrt, lcm
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

from caio.ir import documents as d
from caio.ir import terms as t
from caio.landscape.snapshot import Snapshot
from caio.obligations.candidate import Question
from caio.obligations.meaning import Meaning
from caio.routing.box import Box, box_of

Integers: TypeAlias = npt.NDArray[Any]
"""An exact integer array: ``int64``, or ``object`` holding Python integers."""

_SAFE = 2**62


@dataclass(frozen=True, slots=True)
class Scores:
    """Per candidate, in snapshot order: the four terms (0..N) and their weighted sum."""

    guarantee: Integers
    cost: Integers
    performance: Integers
    reliability: Integers
    total: Integers


@dataclass(frozen=True, slots=True)
class Row:
    """One guarded bound of one candidate."""

    candidate: int
    when: t.Formula
    state: d.State | None
    bound: t.Affine
    level: Fraction | None = None


@dataclass(frozen=True, slots=True)
class _Table:
    """Guarded affine bounds of many candidates as arrays: bound = (constant + Σ coefficient·x)/scale."""

    candidate: npt.NDArray[np.intp]
    guard: npt.NDArray[np.intp]
    guards: tuple[tuple[t.Formula, d.State | None], ...]
    levels: tuple[Fraction | None, ...]
    variables: tuple[str, ...]
    rising: Any
    """The positive coefficients, a row each: a sparse ``int64`` array, or dense Python integers."""
    falling: Any
    """The negative coefficients, likewise."""
    constants: Integers
    scale: int
    largest: int

    @staticmethod
    def of(rows: Sequence[Row], meaning: Meaning) -> _Table:
        """The arrays of these rows, at their least common denominator."""
        affine = [meaning.affine(row.bound) for row in rows]
        variables = tuple(sorted({name for terms, _ in affine for name in terms}))
        column = {name: i for i, name in enumerate(variables)}
        scale = lcm(
            1,
            *(constant.denominator for _, constant in affine),
            *(value.denominator for terms, _ in affine for value in terms.values()),
        )
        guards: dict[tuple[t.Formula, d.State | None], int] = {}
        entries = [
            (i, column[name], int(value * scale))
            for i, (terms, _) in enumerate(affine)
            for name, value in terms.items()
        ]
        constants = [int(constant * scale) for _, constant in affine]
        largest = max(
            max(map(abs, constants), default=0), max((abs(v) for *_, v in entries), default=0)
        )
        shape = (len(rows), len(variables))
        return _Table(
            np.array([row.candidate for row in rows], dtype=np.intp),
            np.array([guards.setdefault(_guard(row), len(guards)) for row in rows], dtype=np.intp),
            tuple(guards),
            tuple(row.level for row in rows),
            variables,
            _matrix([entry for entry in entries if entry[2] > 0], shape, sparse=largest < _SAFE),
            _matrix([entry for entry in entries if entry[2] < 0], shape, sparse=largest < _SAFE),
            np.array(constants, dtype=np.int64 if largest < _SAFE else object),
            scale,
            largest,
        )

    def truths(self, box: Box) -> npt.NDArray[np.int8]:
        """Per row: 1 surely true, -1 surely false, 0 open; each distinct guard is evaluated once."""
        values = [box.observed(state).truth(when) for when, state in self.guards]
        signs = np.array([0 if v is None else 1 if v else -1 for v in values], dtype=np.int8)
        return signs[self.guard] if len(self.guard) else np.zeros(0, dtype=np.int8)

    def maxima(self, box: Box) -> tuple[Integers, npt.NDArray[np.bool_], int]:
        """Per row the interval maximum over the box: values over a common scale, unboundedness, the scale."""
        return self._extreme(box, sign=1)

    def minima(self, box: Box) -> tuple[Integers, npt.NDArray[np.bool_], int]:
        """Per row the interval minimum over the box, as for ``maxima``."""
        values, unbounded, scale = self._extreme(box, sign=-1)
        return -values, unbounded, scale

    def _extreme(self, box: Box, *, sign: int) -> tuple[Integers, npt.NDArray[np.bool_], int]:
        ends = [box.intervals[name] for name in self.variables]
        known = [end for pair in ends for end in pair if end is not None]
        factor = lcm(1, *(end.denominator for end in known))
        reach = max((abs(end) for end in known), default=Fraction(0)) * factor
        wide = (self.largest + 1) * max(factor, int(reach) + 1) * (len(ends) + 1) >= _SAFE
        dtype: Any = object if wide else np.int64
        rising, falling = self.rising, self.falling
        if sign < 0:
            rising, falling = -falling, -rising
        if wide and isinstance(rising, csr_array):
            rising, falling = rising.toarray().astype(object), falling.toarray().astype(object)
        low = np.array([int((pair[0] or 0) * factor) for pair in ends], dtype=dtype)
        high = np.array([int((pair[1] or 0) * factor) for pair in ends], dtype=dtype)
        values = self.constants.astype(dtype) * sign * factor
        unbounded = np.zeros(len(self.constants), dtype=np.bool_)
        if ends:
            values = values + rising @ high + falling @ low
            no_low = np.array([pair[0] is None for pair in ends], dtype=np.int64)
            no_high = np.array([pair[1] is None for pair in ends], dtype=np.int64)
            unbounded = ((rising != 0) @ no_high + (falling != 0) @ no_low) > 0
        return values, unbounded, self.scale * factor


class Scorer:
    """The contracts of a snapshot, compiled for scoring."""

    def __init__(self, snapshot: Snapshot, meaning: Meaning) -> None:
        self._snapshot = snapshot
        self._meaning = meaning
        self._size = len(snapshot.contracts)
        self._bounds: dict[tuple[str, bool], _Table] = {}
        self._cost = self._table(
            Row(i, case.when, contract.state, case.amount)
            for i, contract in enumerate(snapshot.contracts)
            for case in contract.service.cost
        )

    def scores(self, question: Question) -> Scores:
        """The terms and the weighted score of every candidate, in snapshot order."""
        profile = question.profile
        box = box_of(question, self._meaning)
        units = int(1 / profile.resolution)
        terms = (
            self._guarantee(question.request, box, units),
            self._cost_term(box, units),
            self._performance(profile.performance, box, units),
            self._reliability(units),
        )
        if box.empty:
            terms = tuple(np.zeros(self._size, dtype=np.int64) for _ in terms)  # type: ignore[assignment]
        total = np.zeros(self._size, dtype=np.int64)
        for weight, term in zip(integer_weights(profile.weights), terms, strict=True):
            total = total + weight * term.astype(np.int64)
        return Scores(*terms, total=total)

    def _guarantee(self, request: d.Request, box: Box, units: int) -> Integers:
        atoms = [atom for atom in request.ensure if isinstance(atom, t.OnMetric)]
        margins = []
        for atom in atoms:
            metric = self._meaning.vocabulary.metric(atom.metric)
            upper = atom.relation.upper
            bound = box.minimum(atom.bound) if upper else box.maximum(atom.bound)
            if bound is None:
                continue
            best, scale = self._best(metric, atom.level, box, upper=upper)
            common = scale * bound.denominator
            gap = bound.numerator * scale - _exact(best, bound.denominator)
            margins.append(_Ratio(gap if upper else -gap, (metric.upper - metric.lower) * common))
        return _mean(margins, len(atoms), units, self._size)

    def _performance(self, names: tuple[str, ...], box: Box, units: int) -> Integers:
        goods = []
        for name in names:
            metric = self._meaning.vocabulary.metric(name)
            lower_is_better = metric.better == "lower"
            best, scale = self._best(metric, metric.level, box, upper=lower_is_better)
            worst = metric.upper if lower_is_better else metric.lower
            common = scale * worst.denominator
            gap = worst.numerator * scale - _exact(best, worst.denominator)
            gap = gap if lower_is_better else -gap
            goods.append(_Ratio(gap, (metric.upper - metric.lower) * common))
        return _mean(goods, len(names), units, self._size)

    def _best(
        self, metric: d.Metric, level: Fraction | None, box: Box, *, upper: bool
    ) -> tuple[Integers, int]:
        """``upper(m, p)`` or ``lower(m, p)`` per candidate, over a common scale."""
        table = self._metric_table(metric.name, upper=upper)
        values, unbounded, scale = table.maxima(box) if upper else table.minima(box)
        reached = np.array(
            [level is None or (own is not None and own >= level) for own in table.levels],
            dtype=np.bool_,
        )
        usable = (table.truths(box) == 1) & ~unbounded & reached
        common = lcm(scale, metric.lower.denominator, metric.upper.denominator)
        low, high = int(metric.lower * common), int(metric.upper * common)
        values = _exact(values, common // scale)
        wide = max(abs(low), abs(high)) >= _SAFE
        best = np.full(self._size, high if upper else low, dtype=object if wide else values.dtype)
        fold = np.minimum if upper else np.maximum
        _fold_at(fold, best, table.candidate[usable], values[usable])
        return np.clip(best, low, high), common

    def _cost_term(self, box: Box, units: int) -> Integers:
        declared = self._meaning.vocabulary.cost
        if declared is None:
            return np.zeros(self._size, dtype=np.int64)
        table = self._cost
        truths = table.truths(box)
        values, unbounded, scale = table.maxima(box)
        common = lcm(scale, declared.upper.denominator)
        values = _exact(values, common // scale)
        worst = int(declared.upper * common)
        possible = truths != -1
        dtype: Any = object if worst >= _SAFE else values.dtype
        cost = np.zeros(self._size, dtype=dtype)
        _fold_at(np.maximum, cost, table.candidate[possible], values[possible])
        sure = np.zeros(self._size, dtype=np.bool_)
        sure[table.candidate[truths == 1]] = True
        sure[table.candidate[possible & unbounded]] = False
        cost = np.where(sure, np.clip(cost, 0, worst), worst)
        return _exact(worst - cost, units) // worst

    def _reliability(self, units: int) -> Integers:
        return np.array(
            [_wilson(contract.state, units) for contract in self._snapshot.contracts],
            dtype=np.int64,
        )

    def _metric_table(self, metric: str, *, upper: bool) -> _Table:
        key = (metric, upper)
        if key not in self._bounds:
            self._bounds[key] = self._table(
                Row(i, g.when, contract.state, g.bound, g.level)
                for i, contract in enumerate(self._snapshot.contracts)
                for g in contract.bounding(metric, upper=upper)
            )
        return self._bounds[key]

    def _table(self, rows: Iterable[Row]) -> _Table:
        return _Table.of(list(rows), self._meaning)


def _matrix(
    entries: Sequence[tuple[int, int, int]], shape: tuple[int, int], *, sparse: bool
) -> Any:
    """The integer matrix with these entries (row, column, value)."""
    if sparse:
        rows, columns, values = zip(*entries, strict=True) if entries else ((), (), ())
        data = np.array(values, dtype=np.int64)
        return csr_array((data, (np.array(rows, int), np.array(columns, int))), shape=shape)
    dense = np.zeros(shape, dtype=object)
    for row, column, value in entries:
        dense[row, column] = value
    return dense


def integer_weights(weights: d.Weights) -> tuple[int, int, int, int]:
    """The weights over their least common denominator: guarantee, cost, performance, reliability."""
    exact = (weights.guarantee, weights.cost, weights.performance, weights.reliability)
    common = lcm(*(weight.denominator for weight in exact))
    first, second, third, fourth = (int(weight * common) for weight in exact)
    return first, second, third, fourth


@dataclass(frozen=True, slots=True)
class _Ratio:
    """Per candidate ``numerator / denominator``, to be clipped to [0, 1]."""

    numerator: Integers
    denominator: Fraction


def _mean(ratios: Sequence[_Ratio], count: int, units: int, size: int) -> Integers:
    """``⌊(units/count) · Σ clip(ratio, 0, 1)⌋``, zero for a count of zero."""
    if not ratios:
        return np.zeros(size, dtype=np.int64)
    common = lcm(*(ratio.denominator.numerator for ratio in ratios))
    total: Integers = np.zeros(size, dtype=object)
    for ratio in ratios:
        whole, part = ratio.denominator.numerator, ratio.denominator.denominator
        clipped = np.clip(_exact(ratio.numerator, part), 0, whole)
        total = total + clipped.astype(object) * (common // whole)
    return (total * units // (count * common)).astype(np.int64)


def _exact(values: Integers, factor: int) -> Integers:
    """``values · factor``, on Python integers where 64 bits might not hold the product."""
    if values.dtype != object and len(values) and int(np.abs(values).max()) * factor >= _SAFE:
        values = values.astype(object)
    return values * factor


def _fold_at(
    fold: Callable[..., Any], target: Integers, where: npt.NDArray[np.intp], values: Integers
) -> None:
    """``target[where] = fold(target[where], values)``, repeated places included."""
    fold.at(target, where, values.astype(target.dtype))  # type: ignore[attr-defined]


def _guard(row: Row) -> tuple[t.Formula, d.State | None]:
    """A row's guard; the state matters only where the guard looks at the environment."""
    seen = any(name.startswith("env.") and name != "env.at" for name in t.variables_of(row.when))
    return row.when, row.state if seen else None


def _wilson(state: d.State | None, units: int) -> int:
    """The lower end of Wilson's interval at z = 2, rounded down to integer units."""
    if state is None or state.calls == 0:
        return 0
    calls, bad = state.calls, state.violations
    good = calls - bad
    square = -(-4 * units * units * (good * bad + calls) // calls)
    root = isqrt(square - 1) + 1
    return max(0, (units * (good + 2) - root) // (calls + 4))
