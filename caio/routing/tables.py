"""The guarded bounds of a landscape's contracts as arrays: cost cases and the promises on each metric.

Rows stand by candidate, so that what a candidate has at best or at worst is a fold over a run of rows. The bounds of a table
of promises share one scale, because their extremes are added up over metrics; each price has a scale of its own, because
the term of the dearest price is the least of the terms.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

import numpy as np

from caio.ir import documents as d
from caio.ir import terms as t
from caio.landscape.snapshot import Snapshot
from caio.obligations.contract import Contract
from caio.obligations.meaning import Meaning
from caio.routing.box import Box
from caio.routing.guards import Guards, GuardSet, Signs, observable, observed, settled_term
from caio.routing.rows import LIMIT, Extremes, Integers, Mask, Places, Rows

_ROOM: Final = 2**6
"""What is left above the declared worst cost for fractional ends of a box, at the finest scale of a price."""

_FLOATED: Final = Fraction(10**80)
"""Beyond every limit that an estimate needs to tell apart."""

_SHARED: Final = 10**9
"""The largest common scale of a table of promises; what is finer is scored in fractions."""


@dataclass(frozen=True, slots=True)
class _Row:
    """One guarded bound of one candidate."""

    candidate: int
    guard: int
    bound: t.Affine
    level: Fraction | None = None


class Tables:
    """The contracts of a snapshot as arrays.

    Attributes:
        guards: every guard of every bound.
        cost: the cost cases, None if the vocabulary declares no cost.
    """

    guards: Guards
    cost: CostTable | None

    def __init__(self, snapshot: Snapshot, meaning: Meaning) -> None:
        guards = GuardSet(meaning)
        costs: list[_Row] = []
        promises: dict[tuple[str, bool], list[_Row]] = {
            (metric.name, upper): []
            for metric in snapshot.vocabulary.metrics
            for upper in (True, False)
        }
        for i, contract in enumerate(snapshot.contracts):
            for case in contract.service.cost:
                guard = guards.add(case.when, contract.state)
                costs.append(_Row(i, guard, _bare(case.amount, contract, meaning)))
            for promise in contract.guarantees:
                guard = guards.add(promise.when, contract.state)
                bound = _bare(promise.bound, contract, meaning)
                promises[promise.metric, promise.relation.upper].append(
                    _Row(i, guard, bound, promise.level)
                )
        self.guards = guards.compile()
        declared = snapshot.vocabulary.cost
        self.cost = None if declared is None else CostTable(costs, declared, meaning)
        self._bounds = {
            (name, upper): BoundTable(rows, snapshot.vocabulary.metric(name), meaning, upper=upper)
            for (name, upper), rows in promises.items()
        }

    def bounds(self, metric: str, *, upper: bool) -> BoundTable:
        """The promises on a metric from one side."""
        return self._bounds[metric, upper]


class _Runs:
    """Rows by candidate: whose they are, their guards, and where the run of each owner begins."""

    def __init__(self, rows: Sequence[_Row]) -> None:
        candidates = np.fromiter((row.candidate for row in rows), np.intp, len(rows))
        self.guard: Places = np.fromiter((row.guard for row in rows), np.intp, len(rows))
        self.candidate: Places = candidates
        self.owners, self.starts = np.unique(candidates, return_index=True)


class CostTable:
    """The cost cases of all candidates."""

    def __init__(self, rows: Sequence[_Row], declared: d.CostRange, meaning: Meaning) -> None:
        self._runs = _Runs(rows)
        self._declared = declared.upper
        numerator, denominator = declared.upper.numerator, declared.upper.denominator
        finest = denominator * max(LIMIT // (numerator * denominator * _ROOM), 1)
        self._rows = Rows([row.bound for row in rows], meaning, multiple=denominator, finest=finest)
        scales = np.zeros(len(rows), dtype=np.int64)
        if denominator < LIMIT:
            scales = self._rows.scales // denominator
        unfit = scales > LIMIT // numerator
        self._unfit: Places = np.flatnonzero(unfit)
        scales[unfit] = 0
        self._worst: Integers = scales * min(numerator, LIMIT)
        """The declared worst cost at each row's scale."""
        self._highest = int(self._worst.max(initial=0))

    @property
    def owners(self) -> Places:
        """The candidates with a cost case; all others cost the declared worst."""
        return self._runs.owners

    def maxima(self, box: Box) -> Extremes:
        """The greatest amount of every case."""
        return self._rows.maxima(box)

    def terms(self, most: Extremes, box: Box, signs: Signs, units: int) -> Integers:
        """``⌊units · (W - cost)/W⌋`` of every owner, from the maxima over a box and the signs of the guards."""
        runs = self._runs
        if not len(runs.owners):
            return np.zeros(0, dtype=np.int64)
        factor = most.factor
        # Rows without a proof may overflow here, and are computed again in Python integers.
        worst = np.maximum(self._worst * factor if factor < LIMIT else self._worst, 1)
        shares = _shares(most.values, worst, units)
        truths = signs[runs.guard]
        again = np.zeros(len(shares), dtype=np.bool_)
        again[most.lost] = True
        if self._highest * factor >= LIMIT:
            again |= self._worst > LIMIT // factor
        again[self._unfit] = True
        again[self._unclear(most, worst, units)] = True
        places = np.flatnonzero(again & (truths >= 0))
        if len(places):
            shares[places] = self._exactly(places, box, units)
        shares[truths < 0] = units
        least: Integers = np.minimum.reduceat(shares, runs.starts)
        least[np.maximum.reduceat(truths, runs.starts) < 1] = 0
        return least

    def within(self, limit: Fraction, most: Extremes, signs: Signs) -> Mask:
        """Whether an owner may have a case at all, and no sure one above a limit: in floats, an estimate."""
        runs = self._runs
        if not len(runs.owners):
            return np.zeros(0, dtype=np.bool_)
        truths = signs[runs.guard]
        highest = float(min(max(limit, -_FLOATED), _FLOATED)) * float(min(most.factor, 10**200))
        fits = most.values <= self._rows.scales * (highest + abs(highest) * 1e-9)
        fits[most.lost] = True
        kept: Mask = np.logical_and.reduceat(fits | (truths < 1), runs.starts)
        return kept & (np.maximum.reduceat(truths, runs.starts) >= 0)

    def _unclear(self, most: Extremes, worst: Integers, units: int) -> Places:
        """The rounded rows for which what was rounded off may make a difference."""
        rounded = self._rows.rounded
        if not len(rounded):
            return rounded
        near, slack = most.values[rounded], min(most.slack, LIMIT)
        least = _shares(near + slack, worst[rounded], units)
        differ = least != _shares(near - slack, worst[rounded], units)
        found: Places = rounded[differ]
        return found

    def _exactly(self, places: Places, box: Box, units: int) -> list[int]:
        top, bottom = self._declared.numerator, self._declared.denominator
        found = []
        for value in self._rows.exactly(places.tolist(), box):
            if value is None:
                found.append(0)
                continue
            worst = top * value[1]
            left = worst - min(max(value[0] * bottom, 0), worst)
            found.append(units * left // worst)
        return found


def _shares(cost: Integers, worst: Integers, units: int) -> Integers:
    """``⌊units · (worst - clip(cost, 0, worst)) / worst⌋`` for ``worst`` below the limit."""
    left = worst - np.clip(cost, 0, worst)
    # A quotient of floats, times at most 10^6 units, is off by far less than 1, so that the guess is next to the floor.
    # Its remainder is then less than twice ``worst`` in magnitude: 64 bits hold it, even where they do not hold the products
    # whose difference it is, because they wrap around alike.
    guess = (left / worst * units).astype(np.int64)
    rest = left * units - guess * worst
    guess += rest >= worst
    guess -= rest < 0
    return guess


class BoundTable:
    """The promises of all candidates on one metric from one side."""

    def __init__(
        self, rows: Sequence[_Row], metric: d.Metric, meaning: Meaning, *, upper: bool
    ) -> None:
        self._runs = _Runs(rows)
        self._metric = metric
        self._upper = upper
        ends = metric.lower.denominator * metric.upper.denominator
        self._rows = Rows(
            [row.bound for row in rows], meaning, multiple=ends, shared=max(_SHARED, ends)
        )
        places: dict[Fraction | None, int] = {}
        self._level: Places = np.fromiter(
            (places.setdefault(row.level, len(places)) for row in rows), np.intp, len(rows)
        )
        self._levels = tuple(places)

    @property
    def owners(self) -> Places:
        """The candidates with a promise; all others have the metric's worst."""
        return self._runs.owners

    def best(
        self, level: Fraction | None, box: Box, signs: Signs, lost: set[int]
    ) -> tuple[Integers, int]:
        """``upper(m, p)`` or ``lower(m, p)`` of every owner over a scale; ``lost`` as for costs."""
        runs, metric, rows = self._runs, self._metric, self._rows
        extremes = rows.maxima(box) if self._upper else rows.minima(box)
        scale = rows.scale * extremes.factor
        low, high = int(metric.lower * scale), int(metric.upper * scale)
        if not len(runs.owners) or max(abs(low), abs(high)) >= LIMIT:
            lost.update(runs.owners.tolist())
            return np.zeros(len(runs.owners), dtype=np.int64), scale
        lost.update(runs.candidate[extremes.lost].tolist())
        usable = signs[runs.guard] == 1
        if level is not None:
            usable &= self._reaching(level)
        fold, worst = (np.minimum, high) if self._upper else (np.maximum, low)
        found = fold.reduceat(np.where(usable, extremes.values, worst), runs.starts)
        return np.clip(found, low, high), scale

    def _reaching(self, level: Fraction) -> Mask:
        reached = [own is not None and own >= level for own in self._levels]
        return np.array(reached, dtype=np.bool_)[self._level]


def _bare(term: t.Affine, contract: Contract, meaning: Meaning) -> t.Affine:
    """A bound as this entry means it: with its observed environment put in."""
    if contract.state is None or not any(map(observable, t.affine_variables(term))):
        return term
    return settled_term(term, observed(contract.state, meaning))
