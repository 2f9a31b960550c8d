"""Calls that a request describes, to be tried by the reference interpreter: nothing here knows of obligations."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from caio.certify.proof import Model
from caio.ir import documents as d
from caio.ir import interpret as i
from caio.obligations.candidate import Question
from caio.routing.decision import Decision
from tests.differential.interpreting import effective, nearby, point_of

SAMPLES = 30


def tried(decision: Decision, rng: Random) -> Iterator[tuple[i.Contract, dict[str, d.Value]]]:
    """The contract of the winner at calls that the request describes: the witness that there is one, and others around it."""
    assert decision.winner is not None
    contract, question = decision.winner.contract, decision.question
    (answer, *_) = decision.results[-1].answers
    assert isinstance(answer, Model)
    start = point_of(question, contract, answer.witness, rng)
    assert i.described(question.request, start)
    promised = effective(question, contract)
    for point in [start, *nearby(question, contract, start, rng, SAMPLES)]:
        yield promised, point


def secure(question: Question, contract: i.Contract, point: i.Point) -> bool:
    """SecurityInvariants (Def. 4.1) at a call, by the reference interpreter."""
    origin = "asserted" if question.facts is None else question.facts.origin
    return (
        origin in question.profile.limits.facts
        and i.authorized(contract, point)
        and i.private(contract, point)
        and i.trusted(contract, point)
        and i.accessible(contract, point)
        and all(
            i.entails(atom, contract, point)
            for rule in question.policy
            if rule.invariant and i.holds(rule.when, point)
            for atom in rule.then
        )
    )
