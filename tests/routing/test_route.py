"""Routing examines from the top, reports its progress, and refuses what does not belong together."""

from dataclasses import replace

import pytest

from caio.base.errors import InputError
from caio.certify.prover import Prover
from caio.ir import documents as d
from caio.ir.encode import document_digest
from caio.landscape.snapshot import take
from caio.obligations.candidate import Question
from caio.routing.decision import Standing
from caio.routing.route import route

VOCABULARY = d.Vocabulary("v", capabilities=("chat",))
NAME = document_digest(VOCABULARY)
WEIGHTS = d.Weights(*([d.Limits().routing_allowance + 1] * 4))
PROFILE = d.Profile(NAME, "p", WEIGHTS, limits=d.Limits(facts=("asserted",)))
REQUEST = d.Request(NAME, "ask", (("chat",),))
QUESTION = Question(VOCABULARY, REQUEST, (), PROFILE, None, 0)


def service(name: str, *, able: bool) -> d.Service:
    capabilities = ("chat",) if able else ()
    return d.Service(NAME, name, "1.0", capabilities=capabilities, permits=d.Permits("public"))


def services(refuted: int) -> list[d.Service]:
    """One service that can, below this many that cannot and as many that nobody needs to ask."""
    unable = [service(f"a{i:03}", able=False) for i in range(refuted)]
    unasked = [service(f"z{i:03}", able=i % 2 == 0) for i in range(refuted)]
    return [*unable, service("m", able=True), *unasked]


@pytest.mark.parametrize("refuted", [0, 1, 4, 5, 20, 21, 100])
def test_everybody_above_the_winner_is_examined_and_nobody_below(refuted: int) -> None:
    with Prover() as prover:
        decision = route(QUESTION, take(VOCABULARY, services(refuted)), prover)
    standings = [candidate.standing for candidate in decision.candidates]
    assert standings[:refuted] == [Standing.REFUTED] * refuted
    assert standings[refuted] is Standing.ADMITTED
    assert standings[refuted + 1 :] == [Standing.NOT_EXAMINED] * refuted
    assert len(decision.examined) == refuted + 1


def test_progress_grows_and_never_exceeds_the_whole() -> None:
    seen: list[tuple[int, int]] = []
    unable = [service(f"a{i}", able=False) for i in range(30)]
    with Prover() as prover:
        route(
            QUESTION,
            take(VOCABULARY, unable),
            prover,
            progress=lambda done, size: seen.append((done, size)),
        )
    assert seen == sorted(set(seen))
    assert seen[-1] == (30, 30)


def test_a_question_in_another_vocabulary_is_refused() -> None:
    other = replace(VOCABULARY, name="w")
    snapshot = take(other, [replace(service("a", able=True), vocabulary=document_digest(other))])
    with Prover() as prover, pytest.raises(InputError, match="different vocabularies"):
        route(QUESTION, snapshot, prover)
