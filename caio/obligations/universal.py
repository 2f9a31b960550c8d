"""Questions over all requests (``docs/spec/certificate-v1.md`` section 8.3): what each asserts, as an obligation."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction

from caio.base.canonical import Json
from caio.ir import documents as d
from caio.ir import terms as t
from caio.ir.encode import document_digest
from caio.obligations import documents as sane
from caio.obligations.access import permitted
from caio.obligations.admission import admitted, entailed, routed
from caio.obligations.asked import Asked, Policy
from caio.obligations.contract import Contract
from caio.obligations.formula import (
    Formula,
    Scope,
    Sort,
    Variable,
    at_most,
    conjunction,
    implication,
    negation,
    truth,
)
from caio.obligations.goals import met, priced, promised, statement
from caio.obligations.meaning import Meaning
from caio.obligations.refinement import promise

_NO_POLICY = Policy()


def applicable(demand: d.Rule | d.Constraint, meaning: Meaning) -> Asked:
    """``rule_applicable``: some request meets the condition."""
    key = ("rule_applicable", document_digest(demand))
    return Asked(key, sane.applicable(demand, meaning), meaning.scope, by_witness=True)


def meetable(demand: d.Rule | d.Constraint, contract: Contract, meaning: Meaning) -> Asked:
    """``rule_meetable``: for some request that triggers the rule, the service entails every action."""
    block = (
        *sane.assumable(contract, meaning),
        routed(demand, contract, meaning),
        *(entailed(atom, contract, meaning) for atom in demand.then),
    )
    key = ("rule_meetable", document_digest(demand), contract.subject)
    return Asked(key, block, meaning.scope, by_witness=True)


def matters(contract: Contract, index: int, meaning: Meaning) -> Asked:
    """``guarantee_matters``: for some request the guarantee says more than all others together."""
    guarantee = contract.guarantees[index]
    service = replace(
        contract.service,
        guarantees=tuple(g for i, g in enumerate(contract.guarantees) if i != index),
    )
    others = replace(contract, service=service, overlays=())
    block = (
        *sane.assumable(contract, meaning),
        *promised(
            guarantee.metric, guarantee.level, others, meaning, upper=guarantee.relation.upper
        ),
        negation(promise(guarantee, meaning)),
    )
    key = ("guarantee_matters", contract.subject, index)
    return Asked(key, block, meaning.scope, by_witness=True)


def implied(
    premises: Sequence[d.Rule | d.Constraint],
    demand: d.Rule | d.Constraint,
    index: int,
    meaning: Meaning,
) -> Asked:
    """``implied``: whatever meets the premises meets one action of a demand."""
    names = {document_digest(one): one for one in premises}
    atom = demand.then[index]
    capabilities = {
        f"capability.{a.capability}": Variable(
            f"capability.{a.capability}", Sort.INT, Fraction(0), Fraction(1)
        )
        for one in (*premises, demand)
        for a in one.then
        if isinstance(a, t.OnCapability)
    }
    scope: Scope = {**meaning.scope, **capabilities}
    block: list[Formula] = [meaning.formula(demand.when)]
    for _, one in sorted(names.items()):
        when = meaning.formula(one.when)
        block += [
            implication(when, met(other, meaning, scope))
            for other in one.then
            if bears(other, atom, meaning)
        ]
    block.append(negation(met(atom, meaning, scope)))
    key = ("implied", sorted(names), document_digest(demand), index)
    return Asked(key, tuple(block), scope)


def bears(other: t.Atom, atom: t.Atom, meaning: Meaning) -> bool:
    """Whether an action says something about what another one demands, in the direction that matters."""
    match atom, other:
        case t.OnExpression(_, terms), t.OnExpression(_, others):
            # Of what may be kept from both sides at odds, only one side counts: that of what is demanded.
            sides = dict(terms.terms)
            return all(
                sides.get(f"metric.{name}", 0) * factor > 0
                for name, factor in _loose(others, meaning)
            )
        case t.OnExpression(_, terms), _:
            return any(bears(other, one, meaning) for one in _parts(terms, meaning))
        case t.OnMetric(), t.OnMetric():
            enough = atom.level is None or (other.level is not None and other.level >= atom.level)
            same = atom.metric == other.metric and atom.relation.upper == other.relation.upper
            return same and enough
        case t.OnCost(), t.OnCost():
            return atom.relation.upper == other.relation.upper
        case t.OnAttribute() | t.OnQuantity(), t.OnAttribute() | t.OnQuantity():
            return atom.attribute == other.attribute
        case t.OnCapability(), t.OnCapability():
            return atom.capability == other.capability
    return isinstance(atom, t.OnTime) and isinstance(other, t.OnTime)


def _at_odds(metric: d.Metric) -> bool:
    """Whether bounds from both sides may contradict each other and be kept, each at least in half of the calls or less."""
    return metric.level is not None and metric.level <= Fraction(1, 2)


def _loose(terms: t.Affine, meaning: Meaning) -> Iterator[tuple[str, Fraction]]:
    factors = dict(terms.terms)
    for metric in meaning.vocabulary.metrics:
        if _at_odds(metric) and f"metric.{metric.name}" in factors:
            yield metric.name, factors[f"metric.{metric.name}"]


def _parts(terms: t.Affine, meaning: Meaning) -> Iterator[t.Atom]:
    """The bounds that an expression depends on: of metrics, cost and numeric attributes."""
    nothing = t.Affine(Fraction(0))
    for name, factor in terms.terms:
        relation = t.Relation.LE if factor > 0 else t.Relation.GE
        if name.startswith("metric."):
            metric = meaning.vocabulary.metric(name.removeprefix("metric."))
            yield t.OnMetric(metric.name, relation, nothing, metric.level)
        elif name == d.COST and factor > 0:
            yield t.OnCost(relation, nothing)
        elif name.startswith("service."):
            yield t.OnQuantity(name.removeprefix("service."), relation, Fraction(0))


def inhabited(group: d.Class, meaning: Meaning) -> Asked:
    """``inhabited``: some request is of the class."""
    key = ("inhabited", document_digest(group))
    return Asked(key, _given(group, meaning), meaning.scope, by_witness=True)


def never(claim: d.Property, contract: Contract, policy: Policy, meaning: Meaning) -> Asked:
    """``never``: the service is admitted for nothing, and promises nothing, that meets the condition.

    Raises:
        TypeError: the property is of another form.
    """
    if not isinstance(claim.claim, d.Never):
        raise TypeError(f"`{claim.name}` is no property of the form `never`")
    when = claim.claim.when
    mentioned, vocabulary = set(t.variables_of(when)), meaning.vocabulary
    block: list[Formula] = [admitted(contract, policy, None, meaning)]
    for metric in vocabulary.metrics:
        if f"metric.{metric.name}" in mentioned:
            for upper in (True,) if _at_odds(metric) else (True, False):
                block += promised(metric.name, metric.level, contract, meaning, upper=upper)
    if d.COST in mentioned:
        block += priced(contract, meaning)
    for attribute in vocabulary.attributes:
        if f"service.{attribute.name}" in mentioned:
            block += statement(attribute.name, contract, meaning)
    block.append(meaning.formula(when))
    key = ("never", document_digest(claim), contract.subject, list(policy.digests))
    return Asked(key, tuple(block), meaning.scope)


def always(
    claim: d.Property,
    group: d.Class,
    contracts: Sequence[Contract],
    policy: Policy,
    meaning: Meaning,
) -> Asked:
    """``always``: for every request of the class, at least so many of the services are admitted.

    Raises:
        TypeError: the property is of another form.
    """
    if not isinstance(claim.claim, d.Always):
        raise TypeError(f"`{claim.name}` is no property of the form `always`")
    names = [f"admits.{contract.service.name}" for contract in contracts]
    scope: Scope = {
        **meaning.scope,
        **{name: Variable(name, Sort.INT, Fraction(0), Fraction(1)) for name in names},
    }
    block = list(_given(group, meaning))
    for name, contract in zip(names, contracts, strict=True):
        block.append(implication(admitted(contract, policy, group, meaning), truth(name, scope)))
    few = at_most(dict.fromkeys(names, Fraction(1)), Fraction(1 - claim.claim.count), scope)
    key = (
        "always",
        document_digest(claim),
        [contract.subject for contract in contracts],
        list(policy.digests),
    )
    return Asked(key, (*block, few), scope)


def keeps(
    asked: d.Request | d.Class | None,
    facts: d.Facts | bool,  # noqa: FBT001  (three kinds of caller: known, anybody, anybody whom the service permits)
    before: tuple[Contract | None, Policy],
    after: tuple[Contract | None, Policy],
    meaning: Meaning,
    aside: Sequence[d.Class] = (),
) -> Asked:
    """``keeps``: every request that one contract admits under its policy, another admits under its own.

    Args:
        asked: the caller's request or class; None for anything.
        facts: who calls; ``False`` for anybody, ``True`` for anybody whom the second contract permits.
        before: None instead of a contract stands for one that admits everything.
        after: None instead of a contract stands for one that admits nothing.
        meaning: of their vocabulary.
        aside: classes of requests that are left out.

    Raises:
        ValueError: both contracts are None, or whom None permits is asked for.
    """
    (one, policy), (other, demands) = before, after
    if one is None and other is None:
        raise ValueError("what admits everything never keeps to what admits nothing")
    if facts is True and other is None:
        raise ValueError("nothing permits nobody in particular")
    block: list[Formula] = [] if asked is None else list(_given(asked, meaning))
    if isinstance(facts, d.Facts):
        block += meaning.stated("fact", facts.values)
    elif facts and other is not None:
        block += [formula for _, formula in permitted(other, meaning)]
    left = {document_digest(group): group for group in aside}
    block += [negation(conjunction(_given(left[name], meaning))) for name in sorted(left)]
    if one is not None:
        block.append(admitted(one, policy, asked, meaning))
    if other is not None:
        block.append(negation(admitted(other, demands, asked, meaning)))
    named: Json = document_digest(facts) if isinstance(facts, d.Facts) else facts or None
    key = (
        "keeps",
        None if asked is None else document_digest(asked),
        named,
        None if one is None else one.subject,
        list(policy.digests),
        None if other is None else other.subject,
        list(demands.digests),
        sorted(left),
    )
    return Asked(key, tuple(block), meaning.scope)


def _given(group: d.Request | d.Class, meaning: Meaning) -> tuple[Formula, ...]:
    return tuple(meaning.formula(formula) for formula in group.given)
