"""The four scores of Eq. 1.5 for all candidates at once (``docs/spec/score-v1.md``).

A ``Scorer`` compiles the contracts of a snapshot into integer arrays once (``caio.routing.tables``); each request then costs
a few sparse matrix products. Everything is exact: 64-bit arithmetic is used where the magnitudes prove that it cannot
overflow, and a candidate without that proof is scored in fractions (``caio.routing.plain``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from math import lcm
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from caio.ir import documents as d
from caio.ir import terms as t
from caio.landscape.snapshot import Snapshot
from caio.obligations.candidate import Question
from caio.obligations.meaning import Meaning
from caio.routing.box import Box, box_of, declared
from caio.routing.guards import Signs, observable
from caio.routing.plain import plain_terms, wilson
from caio.routing.rows import LIMIT, Extremes, Integers, Places
from caio.routing.tables import Tables

_REMEMBERED = 8
"""How many resolutions the reliability of a landscape is kept for."""


TERMS: Final = ("guarantee", "cost", "performance", "reliability")
"""The four terms of Eq. 1.5 in the order of score-v1."""


@dataclass(frozen=True, slots=True)
class Scores:
    """Per candidate, in snapshot order: the four terms (0..N) and their weighted sum."""

    guarantee: Integers
    cost: Integers
    performance: Integers
    reliability: Integers
    total: Integers


@dataclass(frozen=True, slots=True)
class _Share:
    """A number of [0, 1] per candidate: ``numerators / whole`` for the owners, ``rest / whole`` for all others."""

    owners: Places
    numerators: npt.NDArray[Any]
    rest: int
    whole: int


@dataclass(frozen=True)
class View:
    """What a landscape looks like over the box of a question: computed once, for scores and for hints."""

    tables: Tables
    box: Box

    @cached_property
    def signs(self) -> Signs:
        """The guards of all bounds; the box must not be empty."""
        return self.tables.guards.signs(self.box)

    @cached_property
    def amounts(self) -> Extremes | None:
        """The greatest amount of every cost case; None if the vocabulary declares no cost."""
        return None if self.tables.cost is None else self.tables.cost.maxima(self.box)


class Scorer:
    """The contracts of a snapshot, compiled for scoring."""

    def __init__(self, snapshot: Snapshot, meaning: Meaning) -> None:
        self.snapshot = snapshot
        self.tables = Tables(snapshot, meaning)
        self._meaning = meaning
        self._size = len(snapshot.contracts)
        self._ranges = declared(meaning)
        self._reliability: dict[int, Integers] = {}
        self._observed = {
            i for i, contract in enumerate(snapshot.contracts) if contract.state is not None
        }
        self._latest: tuple[Question, View] | None = None

    def view(self, question: Question) -> View:
        """The landscape over the box of a question; that of the latest question is kept."""
        latest = self._latest
        if latest is None or latest[0] is not question:
            view = View(self.tables, box_of(question, self._meaning, self._ranges))
            self._latest = latest = question, view
        return latest[1]

    def scores(self, question: Question) -> Scores:
        """The terms and the weighted score of every candidate, in snapshot order."""
        profile = question.profile
        view = self.view(question)
        box = view.box
        units = int(1 / profile.resolution)
        weights = integer_weights(profile.weights)
        if box.empty:
            nothing = np.zeros(self._size, dtype=np.int64)
            return Scores(nothing, nothing, nothing, nothing, nothing)
        signs = view.signs
        lost: set[int] = set()
        guarantee = self._guarantee(question.request, box, signs, units, lost)
        cost = self._cost(view, units)
        performance = self._performance(profile.performance, box, signs, units, lost)
        for i in sorted(lost):
            plain = plain_terms(question, self.snapshot.contracts[i], box, units)
            guarantee[i], performance[i] = plain.guarantee, plain.performance
        reliability = self._history(units)
        # Declared magnitudes N·Σw below 2^53 are a condition of every profile, so that no sum of these can overflow.
        total = np.zeros(self._size, dtype=np.int64)
        for weight, term in zip(weights, (guarantee, cost, performance, reliability), strict=True):
            if weight:
                total += weight * term
        return Scores(guarantee, cost, performance, reliability, total)

    def _guarantee(
        self, request: d.Request, box: Box, signs: Signs, units: int, lost: set[int]
    ) -> Integers:
        atoms = [atom for atom in request.ensure if isinstance(atom, t.OnMetric)]
        margins = []
        for atom in atoms:
            if any(observable(name) for name in t.affine_variables(atom.bound)):
                # The bound is another one for every entry whose environment was observed.
                lost |= self._observed
            upper = atom.relation.upper
            bound = box.minimum(atom.bound) if upper else box.maximum(atom.bound)
            if bound is not None:
                metric = self._meaning.vocabulary.metric(atom.metric)
                margins.append(
                    self._margin(metric, atom.level, bound, box, signs, lost, upper=upper)
                )
        return _mean(margins, len(atoms), units, self._size)

    def _performance(
        self, names: tuple[str, ...], box: Box, signs: Signs, units: int, lost: set[int]
    ) -> Integers:
        goods = []
        for name in names:
            metric = self._meaning.vocabulary.metric(name)
            upper = metric.better == "lower"
            worst = metric.upper if upper else metric.lower
            goods.append(self._margin(metric, metric.level, worst, box, signs, lost, upper=upper))
        return _mean(goods, len(names), units, self._size)

    def _margin(
        self,
        metric: d.Metric,
        level: Fraction | None,
        bound: Fraction,
        box: Box,
        signs: Signs,
        lost: set[int],
        *,
        upper: bool,
    ) -> _Share:
        """How far the best promise on a metric stays within a bound, as a share of the metric's range."""
        table = self.tables.bounds(metric.name, upper=upper)
        best, scale = table.best(level, box, signs, lost)
        common = scale * bound.denominator
        limit = bound.numerator * scale
        whole = int((metric.upper - metric.lower) * common)
        worst = int((metric.upper if upper else metric.lower) * scale)
        reach = max(abs(metric.upper), abs(metric.lower)) * common
        values: npt.NDArray[Any] = best
        if reach + abs(limit) + whole >= LIMIT:
            values = best.astype(object)
        gaps = limit - values * bound.denominator
        rest = limit - worst * bound.denominator
        if not upper:
            gaps, rest = -gaps, -rest
        return _Share(table.owners, np.clip(gaps, 0, whole), min(max(rest, 0), whole), whole)

    def _cost(self, view: View, units: int) -> Integers:
        found = np.zeros(self._size, dtype=np.int64)
        table, amounts = self.tables.cost, view.amounts
        if table is not None and amounts is not None:
            found[table.owners] = table.terms(amounts, view.box, view.signs, units)
        return found

    def _history(self, units: int) -> Integers:
        """The reliability of every candidate, which no request changes."""
        known = self._reliability.get(units)
        if known is None:
            contracts = self.snapshot.contracts
            known = np.fromiter(
                (wilson(contract.state, units) for contract in contracts), np.int64, self._size
            )
            known.flags.writeable = False
            if len(self._reliability) >= _REMEMBERED:
                self._reliability.clear()
            self._reliability[units] = known
        return known


def integer_weights(weights: d.Weights) -> tuple[int, int, int, int]:
    """The weights over their least common denominator: guarantee, cost, performance, reliability."""
    exact = (weights.guarantee, weights.cost, weights.performance, weights.reliability)
    common = lcm(*(weight.denominator for weight in exact))
    first, second, third, fourth = (int(weight * common) for weight in exact)
    return first, second, third, fourth


def _mean(shares: Sequence[_Share], count: int, units: int, size: int) -> Integers:
    """``⌊(units/count) · Σ share⌋``, zero for a count of zero."""
    if not shares:
        return np.zeros(size, dtype=np.int64)
    common = lcm(*(share.whole for share in shares))
    # Every share is at most 1, so that no partial sum is greater than its number times the common denominator.
    wide = len(shares) * common * max(units, count) >= LIMIT
    rest = sum(share.rest * (common // share.whole) for share in shares)
    result = np.full(size, rest * units // (count * common), dtype=np.int64)
    owned = np.zeros(size, dtype=np.bool_)
    for share in shares:
        owned[share.owners] = True
    touched = np.flatnonzero(owned)
    total: npt.NDArray[Any] = np.full(len(touched), rest, dtype=object if wide else np.int64)
    for share in shares:
        factor = common // share.whole
        numerators = share.numerators.astype(total.dtype, copy=False)
        total[np.searchsorted(touched, share.owners)] += (numerators - share.rest) * factor
    result[touched] = total * units // (count * common)
    return result
