"""INV-CAIO-0006: routing is held to the time that the profile allows it, and nobody is called on another's evidence."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace

import pytest

import caio
from caio.certify.prover import Prover
from caio.obligations.meaning import Meaning
from caio.obligations.posing import Standing
from caio.routing.bulk import Scorer
from caio.routing.engine import Engine
from caio.routing.examine import Examiner
from caio.routing.ranking import Ranker
from tests.differential.worlds import draw_world

TEXT = """
vocabulary "v" {
  capability chat
  metric latency : time in 0 s .. 1 h, lower is better, expected, role latency
}
uses "v"
service "a" version 1 { provides chat  guarantees latency <= 10 ms  permits public }
request timed { needs chat  deadline 1 s }
request untimed { needs chat }
profile strict { weights { performance 1 } limits { routing allowance 20 ms  facts asserted } }
profile silent { weights { performance 1 } limits { facts asserted } }
"""


def ticking(step: int) -> Callable[[], int]:
    """A clock that every look at moves on by so many microseconds."""
    return itertools.count(0, step * 1000).__next__


@pytest.mark.parametrize(("step", "kept"), [(0, True), (20_000, True), (20_001, False)])
def test_an_answer_about_a_deadline_leaves_within_the_allowance_or_not_at_all(
    step: int, kept: bool
) -> None:
    with caio.Router(caio.loads(TEXT), profile="strict", clock=ticking(step)) as router:
        assert isinstance(router.route("untimed"), caio.Routed)
        if kept:
            assert router.route("timed").elapsed.microseconds == step
        else:
            with pytest.raises(caio.AllowanceError, match="raise `routing allowance`") as caught:
                router.route("timed")
            assert caught.value.elapsed == step


def test_a_profile_without_an_allowance_enforces_none() -> None:
    with caio.Router(caio.loads(TEXT), profile="silent", clock=ticking(10**9)) as router:
        assert isinstance(router.route("timed"), caio.Routed)


def test_how_long_routing_took_is_no_part_of_the_decision() -> None:
    bundles = []
    for step in (3, 7):
        with caio.Router(caio.loads(TEXT), profile="strict", clock=ticking(step)) as router:
            bundles.append(router.route("timed", at=0).bundle())
    assert bundles[0] == bundles[1]


def test_a_prepared_router_has_the_checker_read_nothing_of_the_landscape_again() -> None:
    with caio.Router(caio.loads(TEXT), profile="silent") as router:
        router.prepare()
        before = router._engine._landscape
        router.route("timed")
        assert before is not None
        assert router._engine._landscape is before
        assert len(router._engine._loaded) == 1


@pytest.mark.parametrize("seed", range(1, 60, 3))
def test_what_may_take_the_winners_place_is_what_is_admitted_in_order_of_rank(seed: int) -> None:
    world = draw_world(seed)
    question = world.question
    with Prover() as prover:
        standing = Standing(Meaning(question.vocabulary))
        ranking = Ranker(Scorer(world.snapshot, standing.meaning)).rank(question)
        examiner = Examiner(question, standing.meaning, prover, standing)
        everybody = [ranking.contract(rank) for rank in range(len(ranking))]
        expected = [
            (one.contract.service.name, one.contract.control)
            for one in examiner.results(everybody)
            if one.admitted
        ]
    with Engine(world.snapshot) as engine:
        checked = engine.decide(question)
        found = list(engine.admissions(checked))
    if checked.decision.winner is None:
        expected = []
    assert [(one.contract.service.name, one.control) for one in found] == expected
    assert len({one.evidence for one in found}) == len(found)


def test_an_engine_hands_out_nobody_for_a_decision_of_another() -> None:
    world = draw_world(1)
    with Engine(world.snapshot) as engine, Engine(replace(world.snapshot)) as other:
        checked = engine.decide(world.question)
        with pytest.raises(caio.InputError, match="another landscape"):
            next(other.admissions(checked))


def test_an_admission_cannot_be_made() -> None:
    with pytest.raises(TypeError, match="nothing has verified it"):
        caio.Admission("a", "sha256:0")
