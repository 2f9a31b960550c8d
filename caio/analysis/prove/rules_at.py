"""Rules at one concrete point by the reference interpreter: what a service does there, and whether that meets them.

Written from ``docs/spec/certificate-v1.md`` section 8.3, *implied*, apart from the obligation, whose models are replayed here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction

from caio.analysis.witness.concrete import NONE_OF_THEM, Concrete
from caio.ir import documents as d
from caio.ir import interpret as i
from caio.ir import terms as t
from caio.obligations.meaning import Meaning

Demand = d.Rule | d.Constraint


def allowed(
    premises: Iterable[Demand],
    demand: Demand,
    atom: t.Atom,
    values: Mapping[str, Fraction],
    found: Concrete,
    meaning: Meaning,
) -> bool:
    """Whether a point meets all that premises say about an action of a demand, and not the action, though it is due."""
    if not i.holds(demand.when, found.point) or meets(atom, values, found):
        return False
    return all(
        meets(other, values, found)
        for one in premises
        if i.holds(one.when, found.point)
        for other in one.then
        if bears(other, atom, meaning)
    )


def meets(atom: t.Atom, values: Mapping[str, Fraction], found: Concrete) -> bool:
    """Whether what a service does at a point meets an action."""
    point = found.point
    match atom:
        case t.OnMetric(metric, relation, bound):
            return _related(point.get(f"metric.{metric}"), relation, bound, point)
        case t.OnCost(relation, bound):
            return _related(point.get(d.COST), relation, bound, point)
        case t.OnAttribute(name, among, negated):
            value = point.get(f"service.{name}", NONE_OF_THEM)
            return value != NONE_OF_THEM and (value in among) != negated
        case t.OnQuantity(name, relation, bound):
            return _related(point.get(f"service.{name}"), relation, t.Affine(bound), point)
        case t.OnCapability(capability, provided):
            return (values.get(f"capability.{capability}") == 1) == provided
        case t.OnTime(relation, bound):
            return _related(point.get("env.at"), relation, t.Affine(bound), point)
        case t.OnExpression(relation, terms):
            total = i.affine_value(terms, point)
            return total is not None and (total < 0 if relation.strict else total <= 0)


def _related(value: d.Value | None, relation: t.Relation, bound: t.Affine, point: i.Point) -> bool:
    limit = i.affine_value(bound, point)
    return isinstance(value, Fraction) and limit is not None and i.related(value, relation, limit)


def bears(other: t.Atom, atom: t.Atom, meaning: Meaning) -> bool:
    """Whether an action says something about what another one demands."""
    match atom, other:
        case t.OnExpression(), t.OnExpression():
            return True
        case t.OnExpression(_, terms), _:
            return any(
                _helps(other, name, factor, meaning.vocabulary) for name, factor in terms.terms
            )
        case t.OnMetric(metric, relation, _, level), t.OnMetric(same, way, _, given):
            enough = level is None or (given is not None and given >= level)
            return metric == same and relation.upper == way.upper and enough
        case t.OnCost(relation, _), t.OnCost(way, _):
            return relation.upper == way.upper
        case (
            (t.OnAttribute(name, _) | t.OnQuantity(name, _)),
            (t.OnAttribute(same, _) | t.OnQuantity(same, _)),
        ):
            return name == same
        case t.OnCapability(name, _), t.OnCapability(same, _):
            return name == same
        case t.OnTime(), t.OnTime():
            return True
    return False


def _helps(other: t.Atom, name: str, factor: Fraction, vocabulary: d.Vocabulary) -> bool:
    """Whether an action bounds a part of an expression on the side on which it grows."""
    match other:
        case t.OnMetric(metric, relation, _, given):
            level = vocabulary.metric(metric).level
            enough = level is None or (given is not None and given >= level)
            return name == f"metric.{metric}" and relation.upper == (factor > 0) and enough
        case t.OnCost(relation, _):
            return name == d.COST and factor > 0 and relation.upper
        case t.OnAttribute(attribute, _) | t.OnQuantity(attribute, _):
            return name == f"service.{attribute}"
    return False
