"""Admission at a concrete point by the reference interpreter: who is admitted, and the first reason why somebody is not.

What a counterexample claims is evaluated here once more, from the documents and without any formula of an obligation. The
order of reasons is that of ``docs/spec/certificate-v1.md`` section 8.4. Health and the origin of facts are assumed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations

from caio.analysis.prove.words import allowance_of, kind_of, shown
from caio.analysis.witness.axes import axes_of
from caio.analysis.witness.concrete import Concrete, concrete
from caio.ir import documents as d
from caio.ir import interpret as i
from caio.ir import terms as t
from caio.obligations.asked import Policy
from caio.obligations.contract import Contract
from caio.obligations.meaning import Meaning

Asked = d.Request | d.Class | None


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a service is not admitted: the first conjunct of admission that fails, in a few words."""

    reason: str


def complete(values: Mapping[str, Fraction], meaning: Meaning) -> Concrete:
    """A point with a value for every field of a call: the usual one where the values say nothing."""
    usual: dict[str, Fraction] = {}
    for axis in axes_of(meaning):
        usual |= axis.defaults()
    return concrete({**usual, **values}, meaning.vocabulary)


def refusal(
    contract: Contract,
    policy: Policy,
    asked: Asked,
    point: Mapping[str, d.Value],
    vocabulary: d.Vocabulary,
) -> Refusal | None:
    """The first reason why a contract is not admitted at a point; None if it is.

    Args:
        contract: the effective contract.
        policy: what the operator demands.
        asked: what the caller asks for; None asks for nothing.
        point: a value for every field of a call.
        vocabulary: of all of them.
    """
    read = i.Contract(vocabulary, contract.service, contract.overlays)
    here = {**point, d.CHOICE_ROUTE: contract.service.route}
    for reason in _reasons(read, policy, asked, here):
        return Refusal(reason)
    return None


def _reasons(
    contract: i.Contract, policy: Policy, asked: Asked, here: Mapping[str, d.Value]
) -> Iterator[str]:
    vocabulary, service = contract.vocabulary, contract.service
    if _conflict(contract, here):
        yield "its promises contradict each other"
    for group in () if asked is None else asked.needs:
        if not any(name in service.capabilities for name in group):
            yield f"does not provide {' or '.join(f'`{name}`' for name in group)}"
    for formula in service.assumes:
        if not i.holds(formula, here):
            yield f"assumes `{shown(formula, vocabulary)}`"
    for atom in () if asked is None else asked.ensure:
        if not _entails(atom, contract, here):
            yield f"does not guarantee `{shown(atom, vocabulary)}`"
    yield from _demanded(contract, policy, here)
    yield from _closed(contract, here)
    if sum(i.holds(case.when, here) for case in service.cost) > 1:
        yield "has two prices"
    if asked is not None:
        yield from _limits(contract, policy, asked, here)


def _demanded(contract: i.Contract, policy: Policy, here: Mapping[str, d.Value]) -> Iterator[str]:
    for demand in policy.demands:
        for atom in demand.then if i.holds(demand.when, here) else ():
            if not _entails(atom, contract, here):
                text = shown(atom, contract.vocabulary)
                yield f"{kind_of(demand)} `{demand.name}` demands `{text}`"


def _closed(contract: i.Contract, here: Mapping[str, d.Value]) -> Iterator[str]:
    if not i.authorized(contract, here):
        yield "does not permit the caller"
    if not i.trusted(contract, here):
        yield f"demands trust of at least {contract.service.permits.trust}"
    if not i.accessible(contract, here):
        yield "is not open to the caller's zone"
    if not i.private(contract, here):
        yield "is neither local nor encrypted, for sensitive data"


def _limits(
    contract: i.Contract, policy: Policy, asked: d.Request | d.Class, here: Mapping[str, d.Value]
) -> Iterator[str]:
    vocabulary = contract.vocabulary
    if asked.budget is not None:
        atom = t.OnCost(t.Relation.LE, t.Affine(asked.budget))
        if not i.entails(atom, contract, here):
            yield f"does not guarantee `{shown(atom, vocabulary)}`"
    if asked.deadline is not None:
        metric = next((m for m in vocabulary.metrics if m.role == "latency"), None)
        if metric is None:
            yield "no metric is a latency"
            return
        left = t.Affine(asked.deadline - allowance_of(policy.profile))
        timely = t.OnMetric(metric.name, t.Relation.LE, left, metric.level)
        if not i.entails(timely, contract, here):
            yield f"does not guarantee `{shown(timely, vocabulary)}`"


def _entails(atom: t.Atom, contract: i.Contract, here: Mapping[str, d.Value]) -> bool:
    # Nothing promised bounds a cost from below (section 8.4).
    if isinstance(atom, t.OnCost) and not atom.relation.upper:
        return False
    return i.entails(atom, contract, here)


def _conflict(contract: i.Contract, here: Mapping[str, d.Value]) -> bool:
    """Whether two promises that apply leave a metric no value."""
    applying = [g for g in contract.guarantees if i.holds(g.when, here)]
    declared = [
        d.Guarantee(metric.name, relation, t.Affine(end))
        for metric in contract.vocabulary.metrics
        for relation, end in ((t.Relation.GE, metric.lower), (t.Relation.LE, metric.upper))
    ]
    return any(_clash(one, other, here) for one, other in combinations([*declared, *applying], 2))


def _clash(one: d.Guarantee, other: d.Guarantee, here: Mapping[str, d.Value]) -> bool:
    if one.metric != other.metric or one.relation.upper == other.relation.upper:
        return False
    if one.level is not None and other.level is not None and one.level + other.level <= 1:
        return False
    low, high = (other, one) if one.relation.upper else (one, other)
    least, most = i.affine_value(low.bound, here), i.affine_value(high.bound, here)
    if least is None or most is None:
        return False
    return least > most or (least == most and (low.relation.strict or high.relation.strict))


def leaks(
    condition: t.Formula, contract: Contract, policy: Policy, found: Concrete, meaning: Meaning
) -> bool:
    """Whether a service is admitted at a point, keeps its promises there, and meets a condition of ``never``."""
    vocabulary = meaning.vocabulary
    point = found.point
    mentioned = set(t.variables_of(condition))
    if refusal(contract, policy, None, point, vocabulary) is not None:
        return False
    here = {**point, d.CHOICE_ROUTE: contract.service.route}
    for guarantee in contract.guarantees:
        level = vocabulary.metric(guarantee.metric).level
        low = level is not None and guarantee.level is not None and guarantee.level < level
        about = f"metric.{guarantee.metric}" in mentioned and not low
        if about and not i.kept(guarantee, here, found.outcome):
            return False
    stated = contract.attributes
    if any(
        f"service.{name}" in mentioned and point.get(f"service.{name}") != value
        for name, value in stated.items()
    ):
        return False
    if d.COST in mentioned and not _priced(contract, found, here):
        return False
    return i.holds(condition, point)


def _priced(contract: Contract, found: Concrete, here: Mapping[str, d.Value]) -> bool:
    cost = found.outcome.cost
    for case in contract.service.cost:
        amount = i.affine_value(case.amount, here)
        if i.holds(case.when, here) and (cost is None or amount is None or cost > amount):
            return False
    return True


def admitted_at(
    contracts: Sequence[Contract],
    policy: Policy,
    asked: Asked,
    point: Mapping[str, d.Value],
    vocabulary: d.Vocabulary,
) -> tuple[list[Contract], list[tuple[Contract, Refusal]]]:
    """Who is admitted at a point, and who is not, with the first reason."""
    taken: list[Contract] = []
    refused: list[tuple[Contract, Refusal]] = []
    for contract in contracts:
        why = refusal(contract, policy, asked, point, vocabulary)
        if why is None:
            taken.append(contract)
        else:
            refused.append((contract, why))
    return taken, refused
