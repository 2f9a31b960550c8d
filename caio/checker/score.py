"""Scores, recomputed in plain Python (score-v1). They rank candidates and admit nothing."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from math import ceil, floor, isqrt
from typing import TypeAlias

from .documents import Entry, Profile, Request
from .expressions import Affine, Bound, Expression
from .formulas import Meter
from .reader import Number
from .vocabulary import Metric, Stated, Variable, Vocabulary

End: TypeAlias = Number | None
Interval: TypeAlias = tuple[End, End]


def request_box(request: Request, at: int) -> dict[Variable, Interval] | None:
    """The request's part of the box, with the time; none if an interval is empty."""
    vocabulary = request.vocabulary
    box: dict[Variable, Interval] = {vocabulary.variables["env.at"].variable: (at, at)}
    nominal = request.nominal or {}
    for name, field in vocabulary.fields["request"].items():
        box |= dict.fromkeys(field.variables, (field.lower, field.upper))
        if name in nominal:
            box |= {variable: (x, x) for variable, x in field.assign(nominal[name])}
    if request.nominal is not None:
        return box
    stack = list(request.given)
    while stack:
        formula = stack.pop()
        if formula.head == "and":
            stack.extend(formula.parts)
            continue
        for variable, low, high in _limits(formula):
            ends = box[variable]
            least = [end for end in (ends[0], low) if end is not None]
            most = [end for end in (ends[1], high) if end is not None]
            if variable.integer:
                least, most = [ceil(end) for end in least], [floor(end) for end in most]
            box[variable] = max(least, default=None), min(most, default=None)
    empty = (a is not None and b is not None and a > b for a, b in box.values())
    return None if any(empty) else box


def _limits(formula: Expression) -> Iterable[tuple[Variable, End, End]]:
    """What an atom over one variable says of it."""
    if formula.head == "in":
        yield formula.variables[0], formula.values[0], formula.values[-1]
    elif formula.head == "is":
        yield formula.variables[0], 1, 1
    elif formula.head == "not" and formula.parts[0].head == "is":
        yield formula.parts[0].variables[0], 0, 0
    elif formula.head in {"le", "lt", "eq"}:
        affine = formula.affine
        if len(affine.terms) == 1 and not affine.counted:
            (((variable,), coefficient),) = affine.terms
            bound = Fraction(-affine.constant) / coefficient
            both = formula.head == "eq"
            yield (
                variable,
                bound if both or coefficient < 0 else None,
                bound if both or coefficient > 0 else None,
            )


class Box:
    """A closed interval for every variable that guards and bounds may mention."""

    def __init__(self, intervals: dict[Variable, Interval], meter: Meter) -> None:
        self._meter = meter
        self._intervals = intervals
        self._ranges: dict[Affine, Interval] = {}
        self._truth: dict[Expression, bool | None] = {}

    def range(self, affine: Affine) -> Interval:
        """The least and the greatest value of an affine term; none where it is unbounded."""
        found = self._ranges.get(affine)
        if found is None:
            low: End = affine.constant
            high: End = affine.constant
            for variables, c in affine.terms:
                self._meter.spend(len(variables))
                for variable in variables:
                    ends = self._intervals[variable]
                    least, most = ends if c > 0 else ends[::-1]
                    low = None if low is None or least is None else low + c * least
                    high = None if high is None or most is None else high + c * most
            found = self._ranges[affine] = low, high
        return found

    def truth(self, formula: Expression) -> bool | None:
        """Surely true, surely false, or none if open."""
        if formula not in self._truth:
            self._truth[formula] = self._three_valued(formula)
        return self._truth[formula]

    def _three_valued(self, formula: Expression) -> bool | None:
        head = formula.head
        if head in {"true", "false"}:
            return head == "true"
        if head in {"not", "and", "or"}:
            parts = [self.truth(part) for part in formula.parts]
            if head == "not":
                return None if parts[0] is None else not parts[0]
            decisive = head == "or"
            return decisive if decisive in parts else None if None in parts else not decisive
        if head in {"in", "is"}:
            values = formula.values if head == "in" else (1,)
            # Fields of these sorts always have both ends.
            first, last = (end or 0 for end in self._intervals[formula.variables[0]])
            inside = sum(first <= value <= last for value in values)
            return True if inside == last - first + 1 else None if inside else False
        low, high = self.range(formula.affine)
        if head == "eq":
            apart = (low is not None and low > 0) or (high is not None and high < 0)
            return False if apart else True if low == high == 0 else None
        strict = head == "lt"
        if high is not None and (high < 0 or (high == 0 and not strict)):
            return True
        return False if low is not None and (low > 0 or (low == 0 and strict)) else None


class Scores:
    """The scores of a landscape's entries for one request."""

    def __init__(self, request: Request, profile: Profile, at: int, meter: Meter) -> None:
        self._meter = meter
        self._request = request
        self._profile = profile
        self._vocabulary: Vocabulary = request.vocabulary
        self._base = request_box(request, at)
        self._boxes: dict[tuple[Stated | None, ...], Box] = {}

    def of(self, entry: Entry) -> int:
        """The score of an entry."""
        box = self._box(entry)
        if box is None:
            return 0
        n, weights = self._profile.resolution, self._profile.weights
        wanted = [q for q in self._request.ensure if isinstance(q, Bound) and q.on == "metric"]
        margins = [self._margin(box, entry, q) for q in wanted]
        metrics = [self._vocabulary.metrics[name] for name in self._profile.performance]
        goodness = [self._goodness(box, entry, metric) for metric in metrics]
        terms = (_mean(n, margins), self._cost(box, entry), _mean(n, goodness), _wilson(n, entry))
        return sum(weight * term for weight, term in zip(weights, terms, strict=True))

    def _box(self, entry: Entry) -> Box | None:
        if self._base is None:
            return None
        environment = self._vocabulary.fields["environment"]
        values = entry.state.values if entry.state else {}
        key = tuple(values.get(name) for name in environment)
        self._meter.spend(1 + len(key))
        if key not in self._boxes:
            self._meter.spend(len(self._base))
            intervals = dict(self._base)
            for field, value in zip(environment.values(), key, strict=True):
                intervals |= dict.fromkeys(field.variables, (field.lower, field.upper))
                if value is not None:
                    intervals |= {variable: (x, x) for variable, x in field.assign(value)}
            self._boxes[key] = Box(intervals, self._meter)
        return self._boxes[key]

    def _best(self, box: Box, entry: Entry, metric: Metric, *, upper: bool, level: End) -> Number:
        """`upper(m, p)` or `lower(m, p)`."""
        best = metric.upper if upper else metric.lower
        guarantees = entry.bounds.get((metric.name, upper), [])
        self._meter.spend(1 + len(guarantees))
        for g in guarantees:
            end = box.range(g.bound)[upper]
            weak = level is not None and g.level is not None and g.level < level
            if end is not None and not weak and box.truth(g.when) is True:
                best = min(best, end) if upper else max(best, end)
        return max(best, metric.lower) if upper else min(best, metric.upper)

    def _goodness(self, box: Box, entry: Entry, metric: Metric) -> Number:
        up = metric.higher_is_better
        best = self._best(box, entry, metric, upper=not up, level=metric.level)
        gap = best - metric.lower if up else metric.upper - best
        return Fraction(gap) / (metric.upper - metric.lower)

    def _margin(self, box: Box, entry: Entry, q: Bound) -> Number:
        metric = self._vocabulary.metrics[q.name]
        bound = box.range(q.bound)[not q.upper]
        if bound is None:
            return 0
        best = self._best(box, entry, metric, upper=q.upper, level=q.level)
        gap = bound - best if q.upper else best - bound
        share = Fraction(gap) / (metric.upper - metric.lower)
        return min(max(share, Fraction(0)), Fraction(1))

    def _cost(self, box: Box, entry: Entry) -> int:
        worst = self._vocabulary.cost_upper
        if worst is None:
            return 0
        cases = [(box.truth(when), box.range(amount)[1]) for when, amount in entry.service.cost]
        amounts = [amount for truth, amount in cases if truth is not False]
        if None in amounts or not any(truth is True for truth, _ in cases):
            amounts.append(worst)
        cost = min(worst, max([0, *(amount for amount in amounts if amount is not None)]))
        return floor(self._profile.resolution * Fraction(worst - cost) / worst)


def _mean(n: int, shares: list[Number]) -> int:
    return floor(Fraction(n * sum(shares)) / len(shares)) if shares else 0


def _wilson(n: int, entry: Entry) -> int:
    """The lower end of Wilson's interval at z = 2, in integers alone."""
    if entry.state is None or entry.state.calls == 0:
        return 0
    calls, v = entry.state.calls, entry.state.violations
    s = calls - v
    t = -(-4 * n * n * (s * v + calls) // calls)
    q = isqrt(t - 1) + 1 if t else 0
    return max(0, (n * (s + 2) - q) // (calls + 4))
