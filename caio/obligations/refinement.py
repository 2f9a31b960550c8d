"""Refinement: NEW can take the place of OLD for every caller of OLD (``docs/spec/certificate-v1.md`` section 8.5)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction
from typing import Final

from caio.base.canonical import Json
from caio.ir import documents as d
from caio.ir import terms as t
from caio.obligations import documents as sane
from caio.obligations.access import permitted
from caio.obligations.admission import entailed, routed
from caio.obligations.asked import Asked, Policy
from caio.obligations.contract import Contract
from caio.obligations.formula import Formula, at_most, conjunction, implication, negation
from caio.obligations.goals import bounded, promised, statement
from caio.obligations.meaning import Meaning

_DIGEST: Final = re.compile(r"sha256:[0-9a-f]{64}")


def refinement(old: Contract, new: Contract, policy: Policy, meaning: Meaning) -> Iterator[Asked]:
    """Every obligation of "NEW is safe for every caller of OLD", in the order of the specification.

    The first three are about one contract alone: OLD can be asked for anything, NEW contradicts itself nowhere and has
    disjoint cost cases. What follows holds for want of a request, or of sense, unless these hold.
    """

    def asked(kind: str, *block: Formula, about: tuple[Json, ...] = ()) -> Asked:
        key = (f"refines_{kind}", old.subject, new.subject, *about)
        return Asked(key, tuple(block), meaning.scope)

    given = sane.assumable(old, meaning)
    yield from sound(old, new, meaning)
    for i, assumption in enumerate(sane.assumable(new, meaning)):
        yield asked("assumption", *given, negation(assumption), about=(i,))
    for i, guarantee in enumerate(old.guarantees):
        yield asked(
            "guarantee",
            *given,
            *promised(
                guarantee.metric, guarantee.level, new, meaning, upper=guarantee.relation.upper
            ),
            negation(promise(guarantee, meaning)),
            about=(i,),
        )
    covered = [meaning.formula(case.when) for case in new.service.cost]
    for i, case in enumerate(old.service.cost):
        guard = meaning.formula(case.when)
        yield asked("cost_covered", *given, guard, *map(negation, covered), about=(i,))
        for j, other in enumerate(new.service.cost):
            dearer = negation(_no_more(other.amount, case.amount, meaning))
            yield asked("cost", *given, guard, covered[j], dearer, about=(i, j))
    for field in meaning.vocabulary.attributes:
        if field.name in old.attributes:
            stated = statement(field.name, new, meaning)
            same = conjunction(statement(field.name, old, meaning))
            yield asked("attribute", *stated, negation(same), about=(field.name,))
    for capability in old.service.capabilities:
        yield asked("capability", capability not in new.capabilities, about=(capability,))
    allowed = [formula for _, formula in permitted(old, meaning)]
    for name, formula in permitted(new, meaning):
        yield asked(name, *allowed, negation(formula))
    for rule in policy.demands:
        yield asked(
            "rule",
            *given,
            *allowed,
            *(
                implication(routed(rule, old, meaning), entailed(atom, old, meaning))
                for atom in rule.then
            ),
            routed(rule, new, meaning),
            negation(conjunction([entailed(atom, new, meaning) for atom in rule.then])),
            about=(policy.digest(rule),),
        )
    yield asked("schema", not same_schema(old.service, new.service))


def sound(old: Contract, new: Contract, meaning: Meaning) -> Iterator[Asked]:
    """What must hold before anything about refinement says much."""
    yield assumable(old, meaning)
    yield coherent(new, meaning)
    yield cost_disjoint(new, meaning)


def assumable(contract: Contract, meaning: Meaning) -> Asked:
    """``service_assumable``: some request meets the assumptions."""
    key = ("service_assumable", contract.subject)
    return Asked(key, sane.assumable(contract, meaning), meaning.scope, by_witness=True)


def coherent(contract: Contract, meaning: Meaning) -> Asked:
    """``service_coherent``: the promises contradict each other for no request."""
    key = ("service_coherent", contract.subject)
    return Asked(key, sane.coherent(contract, meaning), meaning.scope)


def cost_disjoint(contract: Contract, meaning: Meaning) -> Asked:
    """``service_cost_disjoint``: no two cost cases apply to one request."""
    key = ("service_cost_disjoint", contract.subject)
    return Asked(key, sane.cost_disjoint(contract, meaning), meaning.scope)


def promise(guarantee: d.Guarantee, meaning: Meaning) -> Formula:
    """What a guarantee says: its bound holds wherever its guard does."""
    kept = bounded(f"metric.{guarantee.metric}", guarantee.relation, guarantee.bound, meaning)
    return implication(meaning.formula(guarantee.when), kept)


def same_schema(old: d.Service, new: d.Service) -> bool:
    """Whether the response schema is known to be the same: a path is no content, so that digests must be equal."""
    before = None if old.api is None else old.api.response_schema
    after = None if new.api is None else new.api.response_schema
    if before is None:
        return True
    return before == after and _DIGEST.fullmatch(before) is not None


def _no_more(amount: t.Affine, limit: t.Affine, meaning: Meaning) -> Formula:
    terms, constant = meaning.affine(amount.plus(limit, Fraction(-1)))
    return at_most(terms, constant, meaning.scope)
