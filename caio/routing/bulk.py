"""The objectives of Eq. 1.5 and Eq. 1.1 for all candidates at once (``docs/spec/score-v1.md``).

A ``Scorer`` compiles the contracts of a snapshot into integer arrays once (``caio.routing.tables``); each request then costs
a few sparse matrix products. Everything is exact: 64-bit arithmetic is used where the magnitudes prove that it cannot
overflow, and a candidate without that proof is scored in fractions (``caio.routing.plain``).

A candidate is an entry of the snapshot under a control of the profile. What a contract is worth is computed once per entry,
whatever the controls; only what was measured differs between them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from math import lcm
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from caio.ir import documents as d
from caio.ir import terms as t
from caio.landscape.snapshot import Snapshot
from caio.obligations.candidate import Question
from caio.obligations.contract import Contract
from caio.obligations.meaning import Meaning
from caio.routing.box import Box, box_of, declared
from caio.routing.guards import Signs, observable
from caio.routing.measured import MeasuredTerms
from caio.routing.plain import goodness, guaranteed, integer_weights, timed, wilson
from caio.routing.rows import LIMIT, Extremes, Integers, Places
from caio.routing.tables import Tables

_REMEMBERED = 8
"""How many resolutions the reliability of a landscape is kept for."""

_Terms: TypeAlias = dict[str, Integers]
"""Terms by the names of their weights; each array broadcasts to (controls, entries)."""


@dataclass(frozen=True, slots=True)
class Scores:
    """The scores of all candidates by place: entries in snapshot order, under each control in order.

    Attributes:
        controls: the profile's controls by code points, ``none`` alone if it has none.
        weights: the integer weights of the objective by name, in the order of the equation.
        total: the weighted sum of the terms, by place.
    """

    controls: tuple[str, ...]
    weights: Mapping[str, int]
    total: Integers
    _terms: _Terms

    def term(self, name: str) -> Integers:
        """A term (0..N) by place. Of Eq. 1.1's, ``risk`` is the reliability and ``latency`` the speed, as ``cost`` is what is saved.

        Args:
            name: the name of the term's weight.
        """
        return self._by_place(self._terms[name])

    def place(self, entry: int, control: str) -> int:
        """The place of an entry of the snapshot under a control. Raises ``ValueError`` for a control of no candidate."""
        return entry * len(self.controls) + self.controls.index(control)

    def _by_place(self, values: Integers) -> Integers:
        return _by_place(values, len(self.controls), len(self.total) // len(self.controls))


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
        self._measured = MeasuredTerms([c.service.name for c in snapshot.contracts])
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
        """The terms and the weighted score of every candidate, by the objective of the profile (Eq. 1.1 or Eq. 1.5).

        Raises:
            InputError: the profile maximises Eq. 1.1, and the measurements for it are missing or of another resolution.
        """
        profile = question.profile
        controls, weights = profile.control_names, integer_weights(profile.weights)
        terms: _Terms = {}
        if profile.objective == "eq1.1":
            measured = self._measured.of(question)
            terms = {
                "intent": measured.intent,
                "attention": measured.attention,
                "policy": measured.policy,
                "resonance": measured.resonance,
            }
        view = self.view(question)
        if view.box.empty:
            terms = dict.fromkeys(weights, np.zeros(self._size, dtype=np.int64))
        elif terms:
            terms |= self._losses(question, view)
        else:
            terms = self._merits(question, view)
        # Declared magnitudes N·Σw below 2^53 are a condition of every profile, so that no sum of these can overflow.
        total = np.zeros(self._size, dtype=np.int64)
        for name, weight in weights.items():
            if weight:
                total = total + weight * terms[name]
        return Scores(controls, weights, _by_place(total, len(controls), self._size), terms)

    def _merits(self, question: Question, view: View) -> _Terms:
        """The terms of Eq. 1.5."""
        profile, request, box = question.profile, question.request, view.box
        units = profile.resolution.denominator
        lost: set[int] = set()
        guarantee = self._guarantee(request, box, view.signs, units, lost)
        performance = self._performance(profile.performance, box, view.signs, units, lost)
        for i, contract, own in self._lost(lost, box):
            guarantee[i] = guaranteed(request, contract, own, units)
            performance[i] = goodness(profile.performance, contract, own, units)
        return {
            "guarantee": guarantee,
            "cost": self._cost(view, units),
            "performance": performance,
            "reliability": self._history(units),
        }

    def _losses(self, question: Question, view: View) -> _Terms:
        """The terms that Eq. 1.1 subtracts, each as what is left of its worst: cost, risk and latency."""
        units, names = question.profile.resolution.denominator, timed(question.vocabulary)
        lost: set[int] = set()
        speed = self._performance(names, view.box, view.signs, units, lost)
        for i, contract, own in self._lost(lost, view.box):
            speed[i] = goodness(names, contract, own, units)
        return {"cost": self._cost(view, units), "risk": self._history(units), "latency": speed}

    def _lost(self, lost: set[int], box: Box) -> Iterator[tuple[int, Contract, Box]]:
        """The entries without a proof of no overflow, each with its own box."""
        for i in sorted(lost):
            contract = self.snapshot.contracts[i]
            yield i, contract, box.observed(contract.state)

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


def _by_place(values: Integers, controls: int, entries: int) -> Integers:
    """An array that broadcasts to (controls, entries), as one number for each place."""
    return np.broadcast_to(values, (controls, entries)).T.reshape(-1)


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
