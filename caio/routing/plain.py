"""The score of one candidate in fractions, by the letter of ``docs/spec/score-v1.md`` sections 2 and 3.

The reference for ``caio.routing.bulk``, which computes the same for all candidates at once, and asks here about those whose
promises are too large or too fine for 64 bits.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields
from fractions import Fraction
from math import floor, isqrt, lcm

from caio.ir import documents as d
from caio.ir import terms as t
from caio.obligations.candidate import Question
from caio.obligations.contract import Contract
from caio.routing.box import Box
from caio.routing.measured import measurements_of

_ZERO, _ONE = Fraction(0), Fraction(1)


def integer_weights(weights: d.Weights | d.FieldWeights) -> dict[str, int]:
    """The weights over their least common denominator, by name and in the order of the equation."""
    exact = {field.name: getattr(weights, field.name) for field in fields(weights)}
    common = lcm(*(weight.denominator for weight in exact.values()))
    return {name: int(weight * common) for name, weight in exact.items()}


def plain_score(question: Question, contract: Contract, box: Box) -> int:
    """The score of a candidate; arguments and errors as for ``plain_terms``."""
    terms = plain_terms(question, contract, box)
    weights = integer_weights(question.profile.weights)
    return sum(weight * terms[name] for name, weight in weights.items())


def plain_terms(question: Question, contract: Contract, box: Box) -> Mapping[str, int]:
    """The terms of a candidate, integers in 0..N, each by the name of its weight: all 0 over an empty box.

    Args:
        question: what is asked.
        contract: the candidate, under its control.
        box: of the request, without the candidate's observed environment.

    Raises:
        InputError: the profile maximises Eq. 1.1, and the measurements for it are missing or of another resolution.
    """
    profile, units = question.profile, question.profile.resolution.denominator
    measured = _measured(question, contract) if profile.objective == "eq1.1" else {}
    if box.empty:
        return dict.fromkeys(integer_weights(profile.weights), 0)
    own = box.observed(contract.state)
    if not measured:
        return {
            "guarantee": guaranteed(question.request, contract, own, units),
            "cost": _cost(contract, own, units),
            "performance": goodness(profile.performance, contract, own, units),
            "reliability": wilson(contract.state, units),
        }
    return {
        **measured,
        "cost": _cost(contract, own, units),
        "risk": wilson(contract.state, units),
        "latency": goodness(timed(question.vocabulary), contract, own, units),
    }


def timed(vocabulary: d.Vocabulary) -> tuple[str, ...]:
    """The metric with the role ``latency``, alone, or nothing."""
    return tuple(metric.name for metric in vocabulary.metrics if metric.role == "latency")


def guaranteed(request: d.Request, contract: Contract, box: Box, units: int) -> int:
    """How far a candidate's promises stay within what a request ensures, over the candidate's own box."""
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


def goodness(names: tuple[str, ...], contract: Contract, box: Box, units: int) -> int:
    """The mean goodness of a candidate on metrics at their declared levels, over the candidate's own box."""
    goods = []
    for name in names:
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


def _measured(question: Question, contract: Contract) -> dict[str, int]:
    terms = dict(measurements_of(question).terms).get(contract.control)
    if terms is None:
        return {"intent": 0, "attention": 0, "policy": 0, "resonance": 0}
    return {
        "intent": terms.intent,
        "attention": terms.attention,
        "policy": dict(terms.policy).get(contract.service.name, 0),
        "resonance": terms.resonance,
    }


def _cost(contract: Contract, box: Box, units: int) -> int:
    declared = box.meaning.vocabulary.cost
    if declared is None:
        return 0
    covered, found = False, [_ZERO]
    for case in contract.service.cost:
        held = box.truth(case.when)
        if held is not False:
            amount = box.maximum(case.amount)
            found.append(declared.upper if amount is None else amount)
        covered |= held is True
    cost = min(max(found), declared.upper) if covered else declared.upper
    return floor(units * (declared.upper - cost) / declared.upper)


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
