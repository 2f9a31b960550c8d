"""The terms of one candidate in fractions (``docs/spec/score-v1.md`` sections 2 and 3).

The same functions as in ``caio.routing.bulk``, for the candidates whose promises are too large or too fine for 64 bits.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from math import floor, isqrt

from caio.ir import documents as d
from caio.ir import terms as t
from caio.obligations.candidate import Question
from caio.obligations.contract import Contract
from caio.routing.box import Box

_ZERO, _ONE = Fraction(0), Fraction(1)


@dataclass(frozen=True, slots=True)
class PlainTerms:
    """What depends on the box: integers in 0..N."""

    guarantee: int
    performance: int


def plain_terms(question: Question, contract: Contract, box: Box, units: int) -> PlainTerms:
    """Guarantee and performance of one candidate over a box that is not empty.

    Args:
        question: what is asked.
        contract: the candidate.
        box: of the request, without the candidate's observed environment.
        units: N, the inverse of the resolution.
    """
    own = box.observed(contract.state)
    return PlainTerms(
        _guarantee(question.request, contract, own, units),
        _performance(question.profile, contract, own, units),
    )


def _guarantee(request: d.Request, contract: Contract, box: Box, units: int) -> int:
    margins = []
    for atom in request.ensure:
        if not isinstance(atom, t.OnMetric):
            continue
        metric = box.meaning.vocabulary.metric(atom.metric)
        upper = atom.relation.upper
        bound = box.minimum(atom.bound) if upper else box.maximum(atom.bound)
        if bound is None:
            margins.append(_ZERO)
            continue
        gap = bound - best(metric, atom.level, contract, box, upper=upper)
        margins.append(_clip((gap if upper else -gap) / (metric.upper - metric.lower)))
    return _mean(margins, units)


def _performance(profile: d.Profile, contract: Contract, box: Box, units: int) -> int:
    goods = []
    for name in profile.performance:
        metric = box.meaning.vocabulary.metric(name)
        upper = metric.better == "lower"
        reached = best(metric, metric.level, contract, box, upper=upper)
        gap = metric.upper - reached if upper else reached - metric.lower
        goods.append(gap / (metric.upper - metric.lower))
    return _mean(goods, units)


def best(
    metric: d.Metric, level: Fraction | None, contract: Contract, box: Box, *, upper: bool
) -> Fraction:
    """``upper(m, p)`` or ``lower(m, p)`` of a candidate."""
    if upper:
        ends = [metric.upper, *_promised(metric, level, contract, box, upper=True)]
        return max(min(ends), metric.lower)
    ends = [metric.lower, *_promised(metric, level, contract, box, upper=False)]
    return min(max(ends), metric.upper)


def _promised(
    metric: d.Metric, level: Fraction | None, contract: Contract, box: Box, *, upper: bool
) -> Iterator[Fraction]:
    for guarantee in contract.bounding(metric.name, upper=upper):
        if level is not None and (guarantee.level is None or guarantee.level < level):
            continue
        if box.truth(guarantee.when) is True:
            end = box.maximum(guarantee.bound) if upper else box.minimum(guarantee.bound)
            if end is not None:
                yield end


def wilson(state: d.State | None, units: int) -> int:
    """The lower end of Wilson's interval at z = 2, rounded down to integer units."""
    if state is None or state.calls == 0:
        return 0
    calls, bad = state.calls, state.violations
    good = calls - bad
    square = -(-4 * units * units * (good * bad + calls) // calls)
    root = isqrt(square - 1) + 1
    return max(0, (units * (good + 2) - root) // (calls + 4))


def _mean(shares: list[Fraction], units: int) -> int:
    return floor(units * sum(shares, _ZERO) / len(shares)) if shares else 0


def _clip(value: Fraction) -> Fraction:
    return min(max(value, _ZERO), _ONE)
