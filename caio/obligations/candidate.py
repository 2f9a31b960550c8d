"""The obligations of a candidate, in order (``docs/spec/certificate-v1.md`` section 8.1).

Each obligation is a key and a goal; with the block H in front, its formulas are unsatisfiable iff the obligation holds
(``non_empty`` alone is the other way round: H itself must be satisfiable).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import TypeAlias

from caio.ir import documents as d
from caio.ir import terms as t
from caio.obligations.access import permitted
from caio.obligations.contract import Contract
from caio.obligations.formula import (
    Formula,
    conjunction,
    disjunction,
    equals,
    negation,
)
from caio.obligations.goals import conflicts, privacy_unmet, unmet
from caio.obligations.meaning import Meaning

Key: TypeAlias = tuple[str | int, ...]
"""What names an obligation of a candidate, such as ``("requirement", 0)``."""


@dataclass(frozen=True, slots=True)
class Goal:
    """One obligation of a candidate: its key, and the block that follows H.

    ``goal`` is None for ``non_empty``, which has no second block and holds by a witness.
    """

    key: Key
    goal: tuple[Formula, ...] | None

    @property
    def holds_by_witness(self) -> bool:
        """Whether a satisfying assignment, and not a proof, is what shows that it holds."""
        return self.goal is None


@dataclass(frozen=True, slots=True)
class Question:
    """All that a decision is about, besides the entry: request, facts, policy, profile, time."""

    vocabulary: d.Vocabulary
    request: d.Request
    policy: tuple[d.Rule, ...]
    """Rules by name, then invariants by name."""
    profile: d.Profile
    facts: d.Facts | None
    at: int
    """Microseconds UTC."""
    constraints: tuple[d.Constraint, ...] = ()
    """By subject (safety, policy, traits), then by name."""
    attestation: d.Attestation | None = None
    """What stands behind facts of origin ``attested``."""
    measurements: d.Measurements | None = None
    """What was measured of fields."""

    @property
    def lasting(self) -> tuple[d.Document, ...]:
        """What many questions have in common: policy, constraints and profile."""
        return (*self.policy, *self.constraints, self.profile)

    @property
    def passing(self) -> tuple[d.Document, ...]:
        """What belongs to this question: the request, the facts and what vouches for them, the measurements."""
        parts = (self.request, self.facts, self.attestation, self.measurements)
        return tuple(part for part in parts if part is not None)


def hypothesis(question: Question, state: d.State | None, meaning: Meaning) -> tuple[Formula, ...]:
    """The block H: what the request gives, the facts, the time, the measured, the observed environment."""
    facts = question.facts.values if question.facts is not None else ()
    measured = question.measurements.intervals if question.measurements is not None else ()
    return (
        *(meaning.passing(given) for given in question.request.given),
        *meaning.stated("fact", facts),
        equals("env.at", question.at, meaning.scope),
        *meaning.within("measured", measured),
        *meaning.stated("env", state.values if state is not None else ()),
    )


def goals(question: Question, contract: Contract, meaning: Meaning) -> Iterator[Goal]:
    """Every obligation of a candidate, in the order of the specification's table."""
    yield Goal(("non_empty",), None)
    yield coherent(contract, meaning)
    yield from capability(question.request, contract)
    yield from assumption(contract, meaning)
    yield from requirement(question.request, contract, meaning)
    yield from governed(question, contract, meaning)
    yield from budget(question.request, contract, meaning)
    yield from deadline(question, contract, meaning)


def coherent(contract: Contract, meaning: Meaning) -> Goal:
    """That the promises never contradict one another."""
    return Goal(("coherent",), (*_assumed(contract, meaning), conflicts(contract, meaning)))


def capability(request: d.Request, contract: Contract) -> Iterator[Goal]:
    """That the needed capabilities are provided: the first conjunct of Eq. 2.1, and all of Eq. 1.2."""
    for i, group in enumerate(request.needs):
        yield Goal(("capability", i), (contract.capabilities.isdisjoint(group),))


def assumption(contract: Contract, meaning: Meaning) -> Iterator[Goal]:
    """That the request keeps what the service assumes: a part of the third conjunct of Eq. 2.1."""
    for i, formula in enumerate(_assumed(contract, meaning)):
        yield Goal(("assumption", i), (negation(formula),))


def requirement(request: d.Request, contract: Contract, meaning: Meaning) -> Iterator[Goal]:
    """That the promises entail what the request ensures: the second and third conjunct of Eq. 2.1."""
    for i, atom in enumerate(request.ensure):
        yield Goal(("requirement", i), unmet(atom, contract, meaning))


def governed(question: Question, contract: Contract, meaning: Meaning) -> Iterator[Goal]:
    """What the operator and the service itself demand, whatever the request: policy, security, availability.

    A rule holds where its condition is not met or every action is entailed (Eq. 3.1), and all of them must (Eq. 1.3, 3.2).
    """
    for rule in question.policy:
        kind = "invariant" if rule.invariant else "rule"
        for i, atom in enumerate(rule.then):
            goal = (meaning.formula(rule.when), *unmet(atom, contract, meaning))
            yield Goal((kind, rule.name, i), goal)
    for constraint in question.constraints:
        chosen = _choice(constraint, contract, meaning)
        for i, atom in enumerate(constraint.then):
            goal = (meaning.formula(constraint.when), *chosen, *unmet(atom, contract, meaning))
            yield Goal((constraint.of, constraint.name, i), goal)
    yield from _security(question, contract, meaning)
    for i, limit in enumerate(question.profile.limits.available):
        yield Goal(("available", i), (negation(meaning.formula(limit)),))
    if len(contract.service.cost) > 1:
        both = (*_assumed(contract, meaning), overlap(contract, meaning))
        yield Goal(("cost_disjoint",), both)


def budget(request: d.Request, contract: Contract, meaning: Meaning) -> Iterator[Goal]:
    """That some cost case applies, and that none exceeds the budget (INV-CAIO-0006)."""
    if request.budget is None:
        return
    cases = contract.service.cost
    guards = [meaning.formula(case.when) for case in cases]
    yield Goal(("budget", "covered"), tuple(negation(guard) for guard in guards))
    for i, (guard, case) in enumerate(zip(guards, cases, strict=True)):
        yield Goal(("budget", i), (guard, meaning.exceeds(case.amount, request.budget)))


def deadline(question: Question, contract: Contract, meaning: Meaning) -> Iterator[Goal]:
    """That the promised latency and CAIO's own allowance fit into the deadline (INV-CAIO-0006)."""
    if question.request.deadline is None:
        return
    metric = next((m for m in question.vocabulary.metrics if m.role == "latency"), None)
    if metric is None:
        yield Goal(("deadline",), (True,))
        return
    left = t.Affine(question.request.deadline - question.profile.limits.routing_allowance)
    atom = t.OnMetric(metric.name, t.Relation.LE, left, metric.level)
    yield Goal(("deadline",), unmet(atom, contract, meaning))


def _assumed(contract: Contract, meaning: Meaning) -> tuple[Formula, ...]:
    return tuple(meaning.formula(a) for a in contract.service.assumes)


def overlap(contract: Contract, meaning: Meaning) -> Formula:
    """Two cost cases apply at once."""
    guards = [meaning.formula(case.when) for case in contract.service.cost]
    return disjunction([conjunction(pair) for pair in combinations(guards, 2)])


def _choice(constraint: d.Constraint, contract: Contract, meaning: Meaning) -> list[Formula]:
    """The route and the control of a candidate, where the condition of a constraint mentions them."""
    mentioned = set(t.variables_of(constraint.when))
    values = {d.CHOICE_ROUTE: contract.service.route, d.CHOICE_CONTROL: contract.control}
    return [
        equals(variable, meaning.index(variable, value), meaning.scope)
        for variable, value in values.items()
        if variable in mentioned and value != d.NO_CONTROL
    ]


def _security(question: Question, contract: Contract, meaning: Meaning) -> Iterator[Goal]:
    """Authentication, authorization, privacy, trust, access boundary (Def. 4.1, Eq. 1.4, 4.1 to 4.3)."""
    origin = question.facts.origin if question.facts is not None else "asserted"
    yield Goal(("authentication",), (origin not in question.profile.limits.facts,))
    allowed = dict(permitted(contract, meaning))
    yield Goal(("authorization",), (negation(allowed.pop("authorization")),))
    yield Goal(("privacy",), privacy_unmet(contract, meaning))
    for name, formula in allowed.items():
        yield Goal((name,), (negation(formula),))
