"""Scores, recomputed in plain Python (score-v1). They rank candidates and admit nothing."""

from collections.abc import Iterator
from fractions import Fraction
from itertools import accumulate, chain
from math import ceil, floor, isqrt
from typing import Any

from .documents import Entry
from .expressions import Requirement
from .formulas import Box, Formulas, Interval, Variable
from .reader import Number, Record, Value
from .vocabulary import Field


def _told(fields: dict[str, Field], raw: Any) -> Iterator[tuple[Variable, Interval]]:
    """What an element of `given`, already found to be a formula, says of single variables."""
    head, *parts = raw if isinstance(raw, list) else [raw]
    inner = parts[0] if head == "not" and isinstance(parts[0], list) else raw
    if head == "and":
        for part in parts:
            yield from _told(fields, part)
    elif head == "in":
        field = fields[parts[0]]
        yield field.variables[0], (field.members[parts[1][0]], field.members[parts[1][-1]])
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
            yield fields[name].variables[0], (low, high)


class Scores:  # Of a landscape's entries, for one question.
    def __init__(self, question: Record, formulas: Formulas, *, nominal: bool = True) -> None:
        self._request, self._profile = question.request, question.profile
        self._measured = question.measurements
        self._vocabulary, self._formulas = question.request.vocabulary, formulas
        fields, point = self._vocabulary.fields, question.request.nominal if nominal else None
        box: dict[str, Interval] = {"env.at": (question.at, question.at)}
        for field in self._vocabulary.request.values():
            box |= field.box(point or {})
        given = question.request.written if point is None else []
        for variable, ends in _told(fields, ["and", *given]):
            pairs = zip(box[variable.name], ends, strict=True)
            lows, highs = ([end for end in pair if end is not None] for pair in pairs)
            if variable.integer:
                lows, highs = [ceil(end) for end in lows], [floor(end) for end in highs]
            box[variable.name] = max(lows, default=None), min(highs, default=None)
        sides = [(low, high) for low, high in box.values() if low is not None is not high]
        self._base = {} if any(low > high for low, high in sides) else box

    def of(self, entry: Entry, control: str) -> int:
        """The score of a candidate: 0 if the request describes nothing."""
        if not self._base:
            return 0
        box, n = self._box(entry), self._profile.resolution
        cost, reliability = self._cost(box, entry), _wilson(n, entry)
        if self._profile.objective == "eq1.1":
            latency = [self._vocabulary.latency] if self._vocabulary.latency else []
            speed = self._mean(n, [self._goodness(box, entry, metric) for metric in latency])
            terms = (*self._fields(entry.service.name, control), cost, reliability, speed)
        else:
            asked = (q for q in self._request.ensure if q.on == "metric")
            ends = ((q, box.range(q.bound)[not q.upper]) for q in asked)
            margins = [self._share(box, entry, q, end) for q, end in ends]
            metrics = map(self._vocabulary.metrics.get, self._profile.performance)
            goodness = [self._goodness(box, entry, metric) for metric in metrics]
            terms = (self._mean(n, margins), cost, self._mean(n, goodness), reliability)
        return sum(w * term for w, term in zip(self._profile.weights, terms, strict=True))

    def _fields(self, name: str, control: str) -> tuple[int, ...]:  # I, A, RL and W, as measured.
        if not (own := self._measured.terms.get(control)):
            return 0, 0, 0, 0
        return own.intent, own.attention, own.policy.get(name, 0), own.resonance

    def promised(self, entry: Entry) -> Iterator[dict[str, str]]:
        """What an entry guarantees of the metrics that the request ensures (Eq. 5.1)."""
        box, asked = self._box(entry), {q.name for q in self._request.ensure if q.on == "metric"}
        for metric in (m for name, m in self._vocabulary.metrics.items() if name in asked):
            q = Requirement("metric", metric.name, level=metric.level)
            low, high = (self._best(box, entry, q._replace(upper=up)) for up in (False, True))
            yield {"metric": metric.name, "lower": _written(low), "upper": _written(high)}

    def _goodness(self, box: Box, entry: Entry, metric: Record) -> Fraction:
        q = Requirement("metric", metric.name, upper=metric.better == "lower", level=metric.level)
        return self._share(box, entry, q, metric.upper if q.upper else metric.lower)

    def _box(self, entry: Entry) -> Box:
        values = entry.state.values if entry.state else {}
        self._formulas.spend(len(self._base))
        boxes = (field.box(values) for field in self._vocabulary.environment.values())
        return Box(dict(chain(self._base.items(), *(box.items() for box in boxes))), self._formulas)

    def _share(self, box: Box, entry: Entry, q: Requirement, bound: Number | None) -> Fraction:
        """How far the best promise on a metric lies within a bound, as a share of the range."""
        metric, best = self._vocabulary.metrics[q.name], self._best(box, entry, q)
        gap = best - best if bound is None else bound - best if q.upper else best - bound
        return min(max(gap / Fraction(metric.upper - metric.lower), Fraction(0)), Fraction(1))

    def _best(self, box: Box, entry: Entry, q: Requirement) -> Fraction:
        metric = self._vocabulary.metrics[q.name]
        low, high = Fraction(metric.lower), Fraction(metric.upper)
        best = high if q.upper else low
        for g in entry.promises(q, self._formulas):
            end = box.range(g.bound)[q.upper]
            if end is not None and box.truth(g.when)[0]:
                best = Fraction(min(best, end) if q.upper else max(best, end))
        return min(max(best, low), high)

    def _mean(self, n: int, shares: list[Fraction]) -> int:
        total = Fraction(0)
        for total in accumulate(shares):
            self._formulas.grow(total)
        return floor(n * total / len(shares)) if shares else 0

    def _cost(self, box: Box, entry: Entry) -> int:
        if self._vocabulary.cost is None:
            return 0
        worst, found, covered = Fraction(self._vocabulary.cost.upper), Fraction(0), False
        for case in entry.service.cost:
            (sure, may), amount = box.truth(case.when), box.range(case.bound)[1]
            found = max(found, worst if amount is None else Fraction(amount)) if may else found
            covered = covered or sure
        price = min(worst, found) if covered else worst
        return floor(Fraction(self._profile.resolution) * (worst - price) / worst)


def _written(number: Fraction) -> str:  # `limit`, if a decision cannot hold it.
    at = Value(number.numerator.bit_length() + number.denominator.bit_length(), "guarantees")
    at.need(at.a(int) < 1 << 11, "limit", "numbers of far fewer bits")
    return str(Value(str(number), "guarantees").number())


def _wilson(n: int, entry: Entry) -> int:
    if entry.state is None or entry.state.history.calls == 0:
        return 0
    calls, v = int(entry.state.history.calls), int(entry.state.history.violations)
    t = -(-4 * n * n * ((calls - v) * v + calls) // calls)
    return max(0, (n * (calls - v + 2) - isqrt(t - 1) - 1) // (calls + 4))
