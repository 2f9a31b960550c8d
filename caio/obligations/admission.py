"""Admission at a point: what is entailed there, and who is admitted (``docs/spec/certificate-v1.md`` section 8.4).

Formulas without quantifiers over requests, facts and environment: some promise that applies is at least as tight as what
is required. A requirement that a promise merely could meet is not met.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from math import prod
from typing import Final

from caio.base.errors import InputError
from caio.ir import documents as d
from caio.ir import terms as t
from caio.obligations.access import permitted
from caio.obligations.asked import Policy
from caio.obligations.candidate import overlap
from caio.obligations.contract import Contract
from caio.obligations.formula import (
    Formula,
    at_most,
    below,
    conjunction,
    disjunction,
    fixed,
    implication,
    negation,
)
from caio.obligations.goals import bounded, conflicts, sensitive
from caio.obligations.meaning import Meaning

MOST_CHOICES: Final = 100_000
"""In how many ways the promises of a contract may bound one expression; the checker's budget ends not far beyond."""

_NEAR: Final = ("on_device", "local")


@dataclass(frozen=True, slots=True)
class _End:
    """A bound that holds under a guard; ``strict`` if the bounded quantity stays away from it."""

    when: Formula
    bound: t.Affine
    strict: bool = False


def admitted(
    contract: Contract,
    policy: Policy,
    asked: d.Request | d.Class | None,
    meaning: Meaning,
) -> Formula:
    """That every obligation of a candidate holds for the request at a point (design, section 5).

    Health and the origin of facts are assumed. Nothing asked means that nothing is demanded, and anything goes.
    """
    parts: list[Formula] = [negation(conflicts(contract, meaning))]
    if asked is not None:
        parts += [not contract.capabilities.isdisjoint(group) for group in asked.needs]
    parts += [meaning.formula(one) for one in contract.service.assumes]
    if asked is not None:
        parts += [entailed(atom, contract, meaning) for atom in asked.ensure]
    for rule in policy.demands:
        when = routed(rule, contract, meaning)
        parts += [implication(when, entailed(atom, contract, meaning)) for atom in rule.then]
    parts += [formula for _, formula in permitted(contract, meaning)]
    parts.append(_private(contract, meaning))
    parts.append(negation(overlap(contract, meaning)))
    if asked is not None:
        parts += _limits(asked, policy, contract, meaning)
    return conjunction(parts)


def routed(rule: d.Rule | d.Constraint, contract: Contract, meaning: Meaning) -> Formula:
    """The condition of a rule or constraint for a service whose route is known."""
    when = meaning.formula(rule.when)
    if isinstance(rule, d.Rule):
        return when
    return fixed(when, {d.CHOICE_ROUTE: meaning.index(d.CHOICE_ROUTE, contract.service.route)})


def entailed(atom: t.Atom, contract: Contract, meaning: Meaning) -> Formula:
    """That a contract entails a requirement at a point (Def. 2.2).

    Raises:
        InputError: an expression is bounded in more ways than can be tried.
    """
    match atom:
        case t.OnMetric(_, relation, bound) | t.OnCost(relation, bound):
            return disjunction(
                [
                    conjunction([end.when, _as_tight(end, relation, bound, meaning)])
                    for end in _ends(atom, contract, meaning)
                ]
            )
        case t.OnAttribute(attribute, values, negated):
            stated = contract.attributes.get(attribute)
            return stated is not None and (stated in values) != negated
        case t.OnQuantity(attribute, relation, value):
            number = contract.attributes.get(attribute)
            if not isinstance(number, Fraction):
                return False
            return _as_tight(_End(True, t.Affine(number)), relation, t.Affine(value), meaning)
        case t.OnCapability(capability, provided):
            return (capability in contract.capabilities) == provided
        case t.OnTime(relation, instant):
            return bounded("env.at", relation, t.Affine(instant), meaning)
        case t.OnExpression():
            return _expression(atom, contract, meaning)


def _as_tight(end: _End, relation: t.Relation, bound: t.Affine, meaning: Meaning) -> Formula:
    strict = relation.strict and not end.strict
    if bound.is_constant:
        return meaning.within_limit(end.bound, bound.constant, upper=relation.upper, strict=strict)
    gap = end.bound.plus(bound, -1)
    terms, constant = meaning.affine(gap if relation.upper else gap.times(-1))
    compare = below if strict else at_most
    return compare(terms, constant, meaning.scope)


def _ends(atom: t.OnMetric | t.OnCost, contract: Contract, meaning: Meaning) -> Iterator[_End]:
    """What bounds a quantity in the direction of an atom: the promises in order, last the domain."""
    upper = atom.relation.upper
    if isinstance(atom, t.OnCost):
        for case in contract.service.cost if upper else ():
            yield _End(meaning.formula(case.when), case.amount)
        return
    for g in contract.bounding(atom.metric, upper=upper):
        if atom.level is None or g.level is None or g.level >= atom.level:
            yield _End(meaning.formula(g.when), g.bound, g.relation.strict)
    metric = meaning.vocabulary.metric(atom.metric)
    yield _End(True, t.Affine(metric.upper if upper else metric.lower))


def _expression(atom: t.OnExpression, contract: Contract, meaning: Meaning) -> Formula:
    """That every way in which the promises bound an expression is worth a case, and one of them is enough."""
    rest = dict(atom.terms.terms)
    base = t.Affine(atom.terms.constant)
    choices: list[tuple[Fraction, list[_End]]] = []
    for metric in meaning.vocabulary.metrics:
        if factor := rest.pop(f"metric.{metric.name}", None):
            relation = t.Relation.LE if factor > 0 else t.Relation.GE
            one = t.OnMetric(metric.name, relation, t.Affine(Fraction(0)), metric.level)
            choices.append((factor, list(_ends(one, contract, meaning))))
    if factor := rest.pop("cost", None):
        if factor < 0:
            return False
        priced = t.OnCost(t.Relation.LE, t.Affine(Fraction(0)))
        choices.append((factor, list(_ends(priced, contract, meaning))))
    for attribute in meaning.vocabulary.attributes:
        if factor := rest.pop(f"service.{attribute.name}", None):
            stated = contract.attributes.get(attribute.name)
            if not isinstance(stated, Fraction):
                return False
            base = base.plus(t.Affine(stated), factor)
    base = base.plus(t.Affine.of(Fraction(0), rest))
    ways = prod(len(ends) for _, ends in choices)
    if ways > MOST_CHOICES:
        raise InputError(
            f"the promises of `{contract.service.name}` bound an expression of a constraint in {ways:,} ways, and at most"
            f" {MOST_CHOICES:,} are tried: let the constraint mention fewer metrics, or promise them by fewer guarantees"
        )
    return disjunction(
        [_enough(atom.relation, base, choices, ends, meaning) for ends in _combined(choices)]
    )


def _combined(choices: Sequence[tuple[Fraction, list[_End]]]) -> Iterator[tuple[_End, ...]]:
    return product(*(ends for _, ends in choices))


def _enough(
    relation: t.Relation,
    base: t.Affine,
    choices: Sequence[tuple[Fraction, list[_End]]],
    ends: tuple[_End, ...],
    meaning: Meaning,
) -> Formula:
    for (factor, _), end in zip(choices, ends, strict=True):
        base = base.plus(end.bound, factor)
    terms, constant = meaning.affine(base)
    compare = below if relation.strict and not any(end.strict for end in ends) else at_most
    return conjunction([*(end.when for end in ends), compare(terms, constant, meaning.scope)])


def _private(contract: Contract, meaning: Meaning) -> Formula:
    """Eq. 4.3 for what the service states of its locality and encryption."""
    for role, safe in (("locality", _NEAR), ("encrypted", (True,))):
        field = meaning.vocabulary.with_role("service", role)
        if field is not None and contract.attributes.get(field.name) in safe:
            return True
    return negation(sensitive(meaning))


def _limits(
    asked: d.Request | d.Class, policy: Policy, contract: Contract, meaning: Meaning
) -> Iterator[Formula]:
    """Budget and deadline (INV-CAIO-0006)."""
    if asked.budget is not None:
        guards = [meaning.formula(case.when) for case in contract.service.cost]
        yield disjunction(guards)
        for guard, case in zip(guards, contract.service.cost, strict=True):
            yield implication(guard, negation(meaning.exceeds(case.amount, asked.budget)))
    if asked.deadline is not None:
        metric = next((m for m in meaning.vocabulary.metrics if m.role == "latency"), None)
        if metric is None:
            yield False
            return
        allowance = Fraction(0)
        if policy.profile is not None:
            allowance = policy.profile.limits.routing_allowance
        left = t.Affine(asked.deadline - allowance)
        yield entailed(
            t.OnMetric(metric.name, t.Relation.LE, left, metric.level), contract, meaning
        )
