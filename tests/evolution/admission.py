"""Admission at a point, in the words of the reference interpreter: DESIGN section 5, ``docs/spec/certificate-v1.md`` section 8.4.

A request at one point is admitted by a contract under a policy iff everything that is asked is entailed, by some promise that applies
there and is at least as tight: not if some outcome merely could meet it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations

from caio.ir import documents as d
from caio.ir import interpret as i
from caio.ir import terms as t
from caio.obligations.contract import Contract

Demand = d.Rule | d.Constraint
Caller = d.Request | d.Class


@dataclass(frozen=True)
class Operator:
    """What an operator demands: rules, invariants and constraints, and a routing allowance."""

    demands: Sequence[Demand] = ()
    allowance: Fraction = Fraction(0)


NOTHING = Operator()
"""No demands at all."""


def interpreted(vocabulary: d.Vocabulary, contract: Contract) -> i.Contract:
    """The interpreter's form of a contract."""
    return i.Contract(vocabulary, contract.service, contract.overlays)


def admits(
    contract: i.Contract,
    operator: Operator,
    asked: Caller | None,
    point: Mapping[str, d.Value],
) -> bool:
    """Whether a contract is admitted for a request at a point; ``None`` asks for nothing."""
    here = {**point, d.CHOICE_ROUTE: contract.service.route}
    return (
        i.private(contract, here)
        and permits(contract, here)
        and i.assumed(contract, here)
        and (asked is None or _serves(contract, operator, asked, here))
        and all(keeps(demand, contract, here) for demand in operator.demands)
        and sound(contract, here)
    )


def sound(contract: i.Contract, point: Mapping[str, d.Value]) -> bool:
    """Whether the promises that apply can be kept together, and at most one cost case applies."""
    return coherent(contract, point) and disjoint(contract, point)


def disjoint(contract: i.Contract, point: Mapping[str, d.Value]) -> bool:
    """Whether at most one cost case applies."""
    return sum(i.holds(case.when, point) for case in contract.service.cost) <= 1


def coherent(contract: i.Contract, point: Mapping[str, d.Value]) -> bool:
    """Whether the promises that apply can be kept together, each at its level."""
    holding = [g for g in contract.guarantees if i.holds(g.when, point)]
    declared = [
        d.Guarantee(metric.name, relation, t.Affine(end))
        for metric in contract.vocabulary.metrics
        for relation, end in ((t.Relation.GE, metric.lower), (t.Relation.LE, metric.upper))
    ]
    return not any(
        _clash(one, other, point) for one, other in combinations([*declared, *holding], 2)
    )


def _clash(one: d.Guarantee, other: d.Guarantee, point: Mapping[str, d.Value]) -> bool:
    """Two bounds from opposite sides that no value meets; not if different calls may fail either."""
    if one.metric != other.metric or one.relation.upper == other.relation.upper:
        return False
    if one.level is not None and other.level is not None and one.level + other.level <= 1:
        return False
    low, high = (other, one) if one.relation.upper else (one, other)
    least, most = i.affine_value(low.bound, point), i.affine_value(high.bound, point)
    if least is None or most is None:
        return True
    return least > most or (least == most and (low.relation.strict or high.relation.strict))


def permits(contract: i.Contract, point: Mapping[str, d.Value]) -> bool:
    """Whether the caller may call."""
    return (
        i.authorized(contract, point)
        and i.trusted(contract, point)
        and i.accessible(contract, point)
    )


def keeps(demand: Demand, contract: i.Contract, point: Mapping[str, d.Value]) -> bool:
    """Whether a rule, invariant or constraint surely does not apply, or the contract entails all that it demands."""
    here = {**point, d.CHOICE_ROUTE: contract.service.route}
    return i.truth(demand.when, here) is False or all(
        i.entails(atom, contract, here) for atom in demand.then
    )


def _serves(
    contract: i.Contract, operator: Operator, asked: Caller, point: Mapping[str, d.Value]
) -> bool:
    """Needs, ensures, budget and deadline."""
    provided = contract.service.capabilities
    if not all(any(name in provided for name in group) for group in asked.needs):
        return False
    wanted = list(asked.ensure)
    if asked.budget is not None:
        wanted.append(t.OnCost(t.Relation.LE, t.Affine(asked.budget)))
    if asked.deadline is not None:
        timed = next((m for m in contract.vocabulary.metrics if m.role == "latency"), None)
        if timed is None:
            return False
        left = t.Affine(asked.deadline - operator.allowance)
        wanted.append(t.OnMetric(timed.name, t.Relation.LE, left, timed.level))
    return all(i.entails(atom, contract, point) for atom in wanted)
