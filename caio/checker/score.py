"""Scores, recomputed in plain Python (score-v1). They rank candidates and admit nothing."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from math import ceil, floor, isqrt
from typing import Any, TypeAlias

from .documents import Entry
from .expressions import Requirement
from .formulas import Affine, Formula, Formulas, Variable
from .obligations import Question
from .reader import Number
from .vocabulary import Field, Stated

_Interval: TypeAlias = tuple[Number | None, Number | None]


def _told(fields: dict[str, Field], raw: Any) -> Iterator[tuple[Variable, _Interval]]:
    """What an element of `given`, already found to be a formula, says of single variables."""
    head, *parts = raw if isinstance(raw, list) else [raw]
    inner = parts[0] if head == "not" and isinstance(parts[0], list) else raw
    if head == "and":
        for part in parts:
            yield from _told(fields, part)
    elif head == "in":
        field = fields[parts[0]]
        yield field.variable, (field.members[parts[1][0]], field.members[parts[1][-1]])
    elif isinstance(inner, list) and inner[0] in {"is", "has"}:
        field, value = fields[inner[1]], int(head != "not")
        index = field.members[inner[2]] if inner[0] == "has" else 0
        yield field.variables[index], (value, value)
    elif head in {"le", "lt", "eq"} and len(parts[0]["terms"]) == 1:
        ((name, factor),) = parts[0]["terms"].items()
        end, upper = Fraction(parts[0]["constant"]) / -Fraction(factor), factor[0] != "-"
        if name in fields:  # It is not the count of a set.
            both = head == "eq"
            low, high = end if both or not upper else None, end if both or upper else None
            yield fields[name].variable, (low, high)


class _Box:
    """A closed interval for every variable that guards and bounds may mention."""

    def __init__(self, intervals: dict[Variable, _Interval], formulas: Formulas) -> None:
        self.intervals, self._formulas = intervals, formulas
        self._truth: dict[Formula, tuple[bool, bool]] = {}

    def range(self, affine: Affine) -> _Interval:
        """The least and the greatest value of an affine term; none where it is unbounded."""
        ends: list[Number | None] = [affine.constant, affine.constant]
        for variables, factor in affine.terms:
            self._formulas.spend(len(variables))
            for variable in variables:
                sides = self.intervals[variable][:: 1 if factor > 0 else -1]
                pairs = zip(ends, sides, strict=True)
                ends = [None if a is None or b is None else a + factor * b for a, b in pairs]
        return ends[0], ends[1]

    def truth(self, formula: Formula) -> tuple[bool, bool]:
        """Whether a formula is surely true, and whether it may be: Kleene's three values.

        The formula may stand for the expression: over a box with integer ends, tightening an atom
        and merging equal parts change neither answer.
        """
        if formula not in self._truth:
            parts = [self.truth(part) for part in formula.parts]
            sure, may = all(pair[0] for pair in parts), all(pair[1] for pair in parts)
            if atom := formula.atom:
                terms = tuple(((variable,), factor) for variable, factor in atom.terms)
                low, high = self.range(Affine(-atom.bound, terms))
                sure = high is not None and (high < 0 or (high == 0 and not atom.strict))
                may = low is None or low < 0 or (low == 0 and not atom.strict)
            elif formula.op in {"not", "false"}:
                held = self.truth(formula.opposite)
                sure, may = not held[1], not held[0]
            self._truth[formula] = sure, may
        return self._truth[formula]


class Scores:
    """The scores of a landscape's entries for one question."""

    def __init__(self, question: Question, formulas: Formulas) -> None:
        self._request, self._profile = question.request, question.profile
        self._vocabulary, self._formulas = question.request.vocabulary, formulas
        fields, nominal = self._vocabulary.variables, question.request.nominal or {}
        box: dict[Variable, _Interval] = {fields["env.at"].variable: (question.at, question.at)}
        for name, field in self._vocabulary.request.items():
            box |= dict.fromkeys(field.variables, (field.lower, field.upper))
            if name in nominal:
                box |= {variable: (x, x) for variable, x in field.assign(nominal[name])}
        given = question.request.written if question.request.nominal is None else []
        for variable, ends in _told(fields, ["and", *given]):
            pairs = zip(box[variable], ends, strict=True)
            lows, highs = ([end for end in pair if end is not None] for pair in pairs)
            if variable.integer:
                lows, highs = [ceil(end) for end in lows], [floor(end) for end in highs]
            box[variable] = max(lows, default=None), min(highs, default=None)
        sides = [(low, high) for low, high in box.values() if low is not None is not high]
        self._base = {} if any(low > high for low, high in sides) else box
        self._boxes: dict[tuple[Stated | None, ...], _Box] = {}

    def of(self, entry: Entry) -> int:
        """The score of an entry: 0 if the request describes nothing."""
        if not self._base:
            return 0
        box, n, metrics = self._box(entry), self._profile.resolution, self._vocabulary.metrics
        margins = [
            self._share(box, entry, q, box.range(q.bound)[not q.upper])
            for q in self._request.ensure
            if q.on == "metric"
        ]
        goodness: list[Fraction] = []
        for metric in map(metrics.get, self._profile.performance):
            upper = metric.better == "lower"
            q = Requirement("metric", metric.name, None, upper, level=metric.level)
            worst = metric.upper if upper else metric.lower
            goodness.append(self._share(box, entry, q, worst))
        terms = (_mean(n, margins), self._cost(box, entry), _mean(n, goodness), _wilson(n, entry))
        return sum(w * term for w, term in zip(self._profile.weights, terms, strict=True))

    def _box(self, entry: Entry) -> _Box:
        fields, values = self._vocabulary.environment, entry.state.values if entry.state else {}
        key = tuple(values.get(name) for name in fields)
        self._formulas.spend(1 + len(key))
        if key not in self._boxes:
            self._formulas.spend(len(self._base))
            box = dict(self._base)
            for name, field in fields.items():
                box |= dict.fromkeys(field.variables, (field.lower, field.upper))
                if name in values:
                    box |= {variable: (x, x) for variable, x in field.assign(values[name])}
            self._boxes[key] = _Box(box, self._formulas)
        return self._boxes[key]

    def _share(self, box: _Box, entry: Entry, q: Requirement, bound: Number | None) -> Fraction:
        """How far the best promise on a metric lies within a bound, as a share of the range."""
        metric = self._vocabulary.metrics[q.name]
        best = metric.upper if q.upper else metric.lower
        for g in entry.bounds.get((q.on, q.name, q.upper), []):
            self._formulas.spend(1)
            end = box.range(g.bound)[q.upper]
            strong = q.level is None or g.level is None or g.level >= q.level
            if end is not None and strong and box.truth(g.when)[0]:
                best = min(best, end) if q.upper else max(best, end)
        best = min(max(best, metric.lower), metric.upper)
        gap = 0 if bound is None else bound - best if q.upper else best - bound
        return min(max(Fraction(gap) / (metric.upper - metric.lower), Fraction(0)), Fraction(1))

    def _cost(self, box: _Box, entry: Entry) -> int:
        if self._vocabulary.cost is None:
            return 0
        worst, found = Fraction(self._vocabulary.cost.upper), [Fraction(0)]
        truths = [box.truth(case.when) for case in entry.service.cost]
        for (_, may), case in zip(truths, entry.service.cost, strict=True):
            amount = box.range(case.bound)[1]
            found += [worst if amount is None else Fraction(amount)] if may else []
        cost = min(worst, max(found)) if any(sure for sure, _ in truths) else worst
        return floor(self._profile.resolution * (worst - cost) / worst)


def _mean(n: int, shares: list[Fraction]) -> int:
    return floor(n * sum(shares) / len(shares)) if shares else 0


def _wilson(n: int, entry: Entry) -> int:
    """The lower end of Wilson's interval at z = 2, in integers alone."""
    if entry.state is None or entry.state.history.calls == 0:
        return 0
    calls, v = entry.state.history.calls, entry.state.history.violations
    t = -(-4 * n * n * ((calls - v) * v + calls) // calls)
    return max(0, (n * (calls - v + 2) - isqrt(t - 1) - 1) // (calls + 4))
