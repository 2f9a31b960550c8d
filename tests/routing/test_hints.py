"""Hints are quick guesses: seldom wrong where they refuse, and never wrong where nothing is to be guessed."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings

from caio.ir import documents as d
from caio.ir import terms as t
from caio.obligations.candidate import Question
from caio.obligations.meaning import Meaning
from caio.routing.bulk import Scorer
from caio.routing.hints import Hint, Hints
from caio.routing.ranking import Candidates, Ranker, Ranking
from tests.differential.asking import oracle_entries, oracle_question
from tests.differential.worlds import World, draw_world
from tests.oracle.candidate import judge
from tests.routing.landscapes import snapshots


def hinted(world: World, question: Question | None = None) -> list[bool]:
    meaning = Meaning(world.question.vocabulary)
    hints = Hints(Scorer(world.snapshot, meaning), meaning)
    return [bool(value) for value in hints.of(question or world.question).may]


def admitted(world: World) -> list[bool]:
    question = oracle_question(world)
    return [all(holds for _, holds in judge(question, entry)) for entry in oracle_entries(world)]


def test_hints_seldom_refuse_who_is_admitted_and_often_refuse_who_is_not() -> None:
    right = {True: 0, False: 0}
    wrong = {True: 0, False: 0}
    for seed in range(300):
        world = draw_world(seed)
        for guess, truth in zip(hinted(world), admitted(world), strict=True):
            (right if guess == truth else wrong)[truth] += 1
    assert right[True] > 50
    assert wrong[True] * 20 <= right[True]
    assert wrong[False] * 2 <= right[False]


@settings(max_examples=40)
@given(snapshots())
def test_hints_have_an_answer_for_any_documents(world: World) -> None:
    controls = world.question.profile.control_names
    assert len(hinted(world)) == len(world.snapshot.contracts) * len(controls)


def granted() -> World:
    """A world somebody of which is admitted, without a policy and with nothing asked."""
    for seed in range(1000):
        world = draw_world(seed)
        request = replace(world.question.request, ensure=(), budget=None, deadline=None)
        question = replace(world.question, request=request, policy=())
        found = replace(world, question=question)
        if len(admitted(found)) > 1 and all(admitted(found)) and all(hinted(found)):
            return found
    raise LookupError("no such world")


def demanding(world: World, *atoms: t.Atom) -> Question:
    request = replace(world.question.request, ensure=atoms)
    return replace(world.question, request=request)


IMPOSSIBLE = t.OnTime(t.Relation.LT, Fraction(d.INSTANT_MIN))


def test_what_surely_fails_is_refused() -> None:
    world = granted()
    question, request, profile = world.question, world.question.request, world.question.profile
    capability = request.needs[0][0]
    rule = d.Rule(request.vocabulary, "r", t.TRUE, (IMPOSSIBLE,))
    never = d.Rule(request.vocabulary, "r", t.FALSE, (IMPOSSIBLE,))
    nobody = replace(profile, limits=replace(profile.limits, facts=()))
    down = replace(profile, limits=replace(profile.limits, available=(t.FALSE,)))
    contradiction = replace(
        request,
        given=(*request.given, t.Compare(t.Comparison.EQ, t.Affine.of(1, {"env.at": Fraction(1)}))),
    )
    nothing = [False] * len(world.snapshot.contracts)
    everything = [True] * len(nothing)
    assert hinted(world) == everything
    assert hinted(world, demanding(world, IMPOSSIBLE)) == nothing
    assert hinted(world, demanding(world, t.OnCapability(capability, provided=False))) == [
        capability not in contract.capabilities for contract in world.snapshot.contracts
    ]
    assert hinted(world, replace(question, policy=(rule,))) == nothing
    assert hinted(world, replace(question, policy=(never,))) == everything
    assert hinted(world, replace(question, profile=nobody)) == nothing
    assert hinted(world, replace(question, profile=down)) == nothing
    assert hinted(world, replace(question, request=contradiction)) == nothing
    for metric in question.vocabulary.metrics:
        for relation, bound in (
            (t.Relation.LE, metric.lower - 1),
            (t.Relation.GE, metric.upper + 1),
        ):
            atom = t.OnMetric(metric.name, relation, t.Affine(bound), metric.level)
            assert hinted(world, demanding(world, atom)) == nothing
        for relation, bound in ((t.Relation.LE, metric.upper), (t.Relation.GE, metric.lower)):
            atom = t.OnMetric(metric.name, relation, t.Affine(bound), metric.level)
            assert hinted(world, demanding(world, atom)) == everything


def test_one_hinter_serves_one_policy_after_another() -> None:
    world = granted()
    meaning = Meaning(world.question.vocabulary)
    hints = Hints(Scorer(world.snapshot, meaning), meaning)
    rule = d.Rule(world.question.request.vocabulary, "r", t.TRUE, (IMPOSSIBLE,))
    strict = replace(world.question, policy=(rule,))
    assert hints.of(world.question).may.all()
    assert not hints.of(strict).may.any()
    assert hints.of(world.question).may.all()


@pytest.mark.parametrize(
    ("may", "first"),
    [([True, True, True], 0), ([True, False, False], 2), ([False] * 3, None)],
)
def test_the_first_hinted_is_named_by_its_rank(may: list[bool], first: int | None) -> None:
    world = draw_world(1)
    ranking = Ranking(
        Candidates(world.snapshot),
        np.array([2, 1, 0], dtype=np.intp),
        np.array([1, 2, 3], dtype=np.int64),
    )
    assert Hint(np.array(may)).first(ranking) == first


def test_first_hinted_and_ranking_speak_of_the_same_candidates() -> None:
    world = granted()
    meaning = Meaning(world.question.vocabulary)
    scorer = Scorer(world.snapshot, meaning)
    ranking = Ranker(scorer).rank(world.question)
    hint = Hints(scorer, meaning).of(world.question)
    assert hint.first(ranking) == 0
    hint.may[ranking.order[0]] = False
    assert hint.first(ranking) == 1
