"""The goal of an obligation: formulas which together say that a requirement does not hold.

``bad(q)`` and the conflicts of ``docs/spec/certificate-v1.md`` section 8. The formulas of a goal are unsatisfiable,
together with the request's block H, iff the requirement holds for every request that H describes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from caio.ir import documents as d
from caio.ir import terms as t
from caio.obligations.contract import Contract
from caio.obligations.formula import (
    Formula,
    Scope,
    at_most,
    below,
    conjunction,
    disjunction,
    equals,
    implication,
    member,
    negation,
    truth,
)
from caio.obligations.meaning import ABSENT, Meaning


def unmet(atom: t.Atom, contract: Contract, meaning: Meaning) -> tuple[Formula, ...]:
    """``bad(q)``: unsatisfiable with H iff H, the guarantees and the domains entail the atom (Def. 2.2)."""
    match atom:
        case t.OnMetric():
            return _metric_unmet(atom, contract, meaning)
        case t.OnCost(relation, bound):
            cases = priced(contract, meaning) if relation.upper else []
            return (*cases, _violated("cost", relation, bound, meaning))
        case t.OnAttribute():
            return _attribute_unmet(atom, contract, meaning)
        case t.OnQuantity(attribute, relation, value):
            variable = f"service.{attribute}"
            return (
                *statement(attribute, contract, meaning),
                _violated(variable, relation, t.Affine(value), meaning),
            )
        case t.OnCapability(capability, provided):
            return ((capability in contract.capabilities) != provided,)
        case t.OnTime(relation, instant):
            return (_violated("env.at", relation, t.Affine(instant), meaning),)
        case t.OnExpression(relation, terms):
            return (*_bounding(terms, contract, meaning), _positive(relation, terms, meaning))


def met(atom: t.Atom, meaning: Meaning, scope: Scope) -> Formula:
    """That an atom holds of what a service does: metrics, cost and attributes as variables.

    ``scope`` has a variable ``capability.<name>`` for each capability that atoms name.
    """
    match atom:
        case t.OnMetric(metric, relation, bound):
            return bounded(f"metric.{metric}", relation, bound, meaning)
        case t.OnCost(relation, bound):
            return bounded("cost", relation, bound, meaning)
        case t.OnAttribute():
            return negation(_attribute_violated(atom, meaning))
        case t.OnQuantity(attribute, relation, value):
            return bounded(f"service.{attribute}", relation, t.Affine(value), meaning)
        case t.OnCapability(capability, provided):
            has = truth(f"capability.{capability}", scope)
            return has if provided else negation(has)
        case t.OnTime(relation, instant):
            return bounded("env.at", relation, t.Affine(instant), meaning)
        case t.OnExpression(relation, terms):
            return negation(_positive(relation, terms, meaning))


def sensitive(meaning: Meaning) -> Formula:
    """That the request holds sensitive data: S of Eq. 4.3."""
    vocabulary = meaning.vocabulary
    data = vocabulary.with_role("request", "data")
    if data is None or not isinstance(data.type, d.SetType):
        return False
    return disjunction(
        [
            meaning.formula(t.Has(f"request.{data.name}", item.name))
            for item in vocabulary.enum(data.type.enum).members
            if item.sensitive
        ]
    )


def privacy_unmet(contract: Contract, meaning: Meaning) -> tuple[Formula, ...]:
    """Sensitive data, a locality that is neither the device nor local, and no encryption (Eq. 4.3)."""
    vocabulary, scope = meaning.vocabulary, meaning.scope
    goal: list[Formula] = [sensitive(meaning)]
    locality = vocabulary.with_role("service", "locality")
    if locality is not None and isinstance(locality.type, d.EnumType):
        names = vocabulary.enum(locality.type.enum).names()
        near = [names.index(name) for name in ("on_device", "local") if name in names]
        goal += statement(locality.name, contract, meaning)
        goal.append(negation(member(f"service.{locality.name}", near, scope)))
    encrypted = vocabulary.with_role("service", "encrypted")
    if encrypted is not None:
        goal += statement(encrypted.name, contract, meaning)
        goal.append(negation(member(f"service.{encrypted.name}", [1], scope)))
    return tuple(goal)


@dataclass(frozen=True, slots=True)
class Bound:
    """A bound on a quantity under a guard, from a guarantee, an action or a declared range."""

    when: Formula
    bound: t.Affine
    strict: bool = False
    level: Fraction | None = None
    declared: bool = False


def conflicts(contract: Contract, meaning: Meaning) -> Formula:
    """Some lower and some upper guarantee that hold at once contradict each other."""

    def bounds(metric: d.Metric, *, upper: bool) -> list[Bound]:
        return [
            Bound(meaning.formula(g.when), g.bound, g.relation.strict, g.level)
            for g in contract.bounding(metric.name, upper=upper)
        ]

    found: list[Formula] = []
    for metric in meaning.vocabulary.metrics:
        found += contradictions(
            metric, bounds(metric, upper=False), bounds(metric, upper=True), meaning
        )
    return disjunction(found)


def contradictions(
    metric: d.Metric, lowers: Sequence[Bound], uppers: Sequence[Bound], meaning: Meaning
) -> list[Formula]:
    """For every lower and upper bound of a metric that may clash, that both hold and do."""
    quantile = metric.statistic is d.Statistic.QUANTILE
    floor = Bound(True, t.Affine(metric.lower), declared=True)
    ceiling = Bound(True, t.Affine(metric.upper), declared=True)
    return clashes([floor, *lowers], [ceiling, *uppers], meaning, levels=quantile)


def clashes(
    lowers: Iterable[Bound], uppers: Sequence[Bound], meaning: Meaning, *, levels: bool = False
) -> list[Formula]:
    """``and(l.when, u.when, l > u)`` for each pair; with ``levels``, only where both can fail at once."""
    found: list[Formula] = []
    for low in lowers:
        for high in uppers:
            if low.declared and high.declared:
                continue
            if levels and low.level and high.level and low.level + high.level <= 1:
                continue
            terms, constant = meaning.affine(high.bound.plus(low.bound, -1))
            clash = at_most if low.strict or high.strict else below
            found.append(conjunction([low.when, high.when, clash(terms, constant, meaning.scope)]))
    return found


def _metric_unmet(atom: t.OnMetric, contract: Contract, meaning: Meaning) -> tuple[Formula, ...]:
    promises = promised(atom.metric, atom.level, contract, meaning, upper=atom.relation.upper)
    return (*promises, _violated(f"metric.{atom.metric}", atom.relation, atom.bound, meaning))


def promised(
    metric: str, level: Fraction | None, contract: Contract, meaning: Meaning, *, upper: bool
) -> list[Formula]:
    """The guarantees on a metric in one direction, at a level that is not too low."""
    variable = f"metric.{metric}"
    return [
        implication(meaning.formula(g.when), bounded(variable, g.relation, g.bound, meaning))
        for g in contract.bounding(metric, upper=upper)
        if level is None or g.level is None or g.level >= level
    ]


def priced(contract: Contract, meaning: Meaning) -> list[Formula]:
    """What each cost case says."""
    return [
        implication(
            meaning.formula(case.when), bounded("cost", t.Relation.LE, case.amount, meaning)
        )
        for case in contract.service.cost
    ]


def _bounding(terms: t.Affine, contract: Contract, meaning: Meaning) -> list[Formula]:
    """What bounds an expression from above: each metric on the side of its coefficient, cost, attributes."""
    named, found = dict(terms.terms), list[Formula]()
    for metric in meaning.vocabulary.metrics:
        if factor := named.get(f"metric.{metric.name}"):
            found += promised(metric.name, metric.level, contract, meaning, upper=factor > 0)
    if named.get("cost", 0) > 0:
        found += priced(contract, meaning)
    for attribute in meaning.vocabulary.attributes:
        if f"service.{attribute.name}" in named:
            found += statement(attribute.name, contract, meaning)
    return found


def _positive(relation: t.Relation, terms: t.Affine, meaning: Meaning) -> Formula:
    """That an expression is above 0, or not below it where the relation is strict."""
    factors, constant = meaning.affine(terms.times(-1))
    return (at_most if relation.strict else below)(factors, constant, meaning.scope)


def _attribute_unmet(
    atom: t.OnAttribute, contract: Contract, meaning: Meaning
) -> tuple[Formula, ...]:
    return (*statement(atom.attribute, contract, meaning), _attribute_violated(atom, meaning))


def _attribute_violated(atom: t.OnAttribute, meaning: Meaning) -> Formula:
    kind = meaning.vocabulary.attribute(atom.attribute).type
    variable, scope = f"service.{atom.attribute}", meaning.scope
    values = [int(meaning.number(kind, value)) for value in atom.values]
    if atom.negated:
        return member(variable, [ABSENT, *values], scope)
    return negation(member(variable, values, scope))


def statement(attribute: str, contract: Contract, meaning: Meaning) -> list[Formula]:
    """What the contract states of an attribute, as an equation; nothing if it does not."""
    value = contract.attributes.get(attribute)
    if value is None:
        return []
    kind = meaning.vocabulary.attribute(attribute).type
    return [equals(f"service.{attribute}", meaning.number(kind, value), meaning.scope)]


def bounded(variable: str, relation: t.Relation, bound: t.Affine, meaning: Meaning) -> Formula:
    """``variable relation bound``."""
    sign = 1 if relation.upper else -1
    terms, constant = meaning.affine(bound.times(-sign))
    terms[variable] = terms.get(variable, Fraction(0)) + sign
    return (below if relation.strict else at_most)(terms, constant, meaning.scope)


_OPPOSITE = {
    t.Relation.LE: t.Relation.GT,
    t.Relation.LT: t.Relation.GE,
    t.Relation.GE: t.Relation.LT,
    t.Relation.GT: t.Relation.LE,
}


def _violated(variable: str, relation: t.Relation, bound: t.Affine, meaning: Meaning) -> Formula:
    """Not ``variable relation bound``."""
    return bounded(variable, _OPPOSITE[relation], bound, meaning)
