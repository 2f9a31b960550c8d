"""INV-CAIO-0002: what is selected satisfies contract, guarantees and rules, wherever one looks.

Asked of the reference interpreter at calls that the request describes; obligations, solver and checker have no say in it.
"""

from __future__ import annotations

from collections import Counter
from random import Random

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from caio.certify.prover import Prover
from caio.ir import interpret as i
from caio.ir import terms as t
from caio.obligations.candidate import Question
from caio.routing.decision import Outcome
from caio.routing.route import route
from tests.calculus.sampling import tried
from tests.differential.worlds import draw_world

SHARED = settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])


def correct(question: Question, contract: i.Contract, point: i.Point) -> bool:
    """The three conjuncts of the invariant, and what belongs to them, at a call."""
    request, service = question.request, contract.service
    matches = i.assumed(contract, point) and all(
        any(name in service.capabilities for name in group) for group in request.needs
    )
    guarantees = all(i.entails(atom, contract, point) for atom in request.ensure)
    rules = all(
        i.entails(atom, contract, point)
        for rule in question.policy
        if i.holds(rule.when, point)
        for atom in rule.then
    )
    return matches and guarantees and rules and within(question, contract, point)


def within(question: Question, contract: i.Contract, point: i.Point) -> bool:
    """Budget and deadline at a call (INV-CAIO-0006)."""
    request, cases = question.request, contract.service.cost
    amounts = [i.affine_value(case.amount, point) for case in cases if i.holds(case.when, point)]
    if request.budget is not None and not (
        amounts and all(amount is not None and amount <= request.budget for amount in amounts)
    ):
        return False
    if request.deadline is None:
        return True
    metric = next(m for m in question.vocabulary.metrics if m.role == "latency")
    left = t.Affine(request.deadline - question.profile.limits.routing_allowance)
    return i.entails(t.OnMetric(metric.name, t.Relation.LE, left, metric.level), contract, point)


@SHARED
@given(st.integers(0, 600))
def test_what_is_selected_satisfies_everything_at_every_call_that_is_tried(
    prover: Prover, seed: int
) -> None:
    world = draw_world(seed)
    decision = route(world.question, world.snapshot, prover)
    if decision.outcome is Outcome.ROUTED:
        for contract, point in tried(decision, Random(seed)):
            assert correct(world.question, contract, point), point


def test_the_worlds_are_ones_in_which_somebody_wins_and_somebody_would_be_wrong(
    prover: Prover,
) -> None:
    """Not vacuous: many decisions route, and the interpreter objects to services that were refused."""
    counts = Counter[str]()
    for seed in range(40):
        world = draw_world(seed)
        decision = route(world.question, world.snapshot, prover)
        counts[decision.outcome.value] += 1
        if decision.outcome is not Outcome.ROUTED:
            continue
        for _, point in tried(decision, Random(seed)):
            for refused in decision.examined[:-1]:
                other = refused.contract
                contract = i.Contract(world.question.vocabulary, other.service, other.overlays)
                counts["objections"] += not correct(world.question, contract, point)
    assert counts["routed"] >= 8
    assert counts["objections"] >= 10
