"""An engine decides as if every question were its first one, and returns nothing that the checker has not accepted."""

import json
from collections.abc import Sequence
from dataclasses import replace
from random import Random

import numpy as np
import pytest

from caio.base.errors import EvidenceError, InputError
from caio.certify.acceptance import accept
from caio.certify.proof import Decided, Model, Proof, Refutation, Rup
from caio.certify.prover import Prover
from caio.ir import documents as d
from caio.routing.decision import Standing
from caio.routing.engine import Engine
from caio.routing.files import decision_files
from caio.routing.hints import Hint, Hints
from caio.routing.route import route
from tests.differential.governing import governed
from tests.differential.worlds import draw_question, draw_world


@pytest.mark.parametrize("seed", range(0, 40, 2))
def test_earlier_questions_leave_no_trace_in_the_bytes(seed: int) -> None:
    world = draw_world(seed)
    asked = [draw_question(seed * 100 + number, world) for number in range(5)]
    order = [*range(5), *range(5)]
    Random(seed).shuffle(order)
    expected = []
    for question in asked:
        with Prover() as prover:
            expected.append(decision_files(route(question, world.snapshot, prover)))
    with Engine(world.snapshot) as engine:
        for number in order:
            checked = engine.decide(asked[number])
            files = decision_files(checked.decision)
            assert files.certificate == expected[number].certificate
            # What left the engine was examined only; the whole decision stands a full check as well.
            verdict = accept(files.parts, files.certificate)
            assert verdict.verdict == checked.decision.outcome.value


@pytest.mark.parametrize("seed", range(0, 24, 2))
def test_constraints_controls_and_measurements_leave_no_trace_either(seed: int) -> None:
    """Questions with and without measurements, under either objective, in one engine: cold and warm bytes are equal."""
    world = governed(draw_world(seed))
    question = world.question
    fewer = replace(question.profile, controls=question.profile.controls[:1])
    asked = [question, replace(question, constraints=()), replace(question, profile=fewer)]
    if question.profile.objective == "eq1.5":
        asked.append(replace(question, measurements=None))
    expected = []
    for one in asked:
        with Prover() as prover:
            expected.append(decision_files(route(one, world.snapshot, prover)).certificate)
    with Engine(world.snapshot) as engine:
        for number in [*range(len(asked)), *reversed(range(len(asked)))]:
            files = decision_files(engine.decide(asked[number]).decision)
            assert files.certificate == expected[number]
            accept(files.parts, files.certificate)


@pytest.mark.parametrize("seed", range(1, 30, 4))
def test_the_examination_is_the_beginning_of_the_decision(seed: int) -> None:
    world = draw_world(seed)
    with Engine(world.snapshot) as engine:
        checked = engine.decide(world.question)
    decision = checked.decision.json()
    examination = json.loads(checked.decision.examination())
    assert examination["inputs"] == decision["inputs"]
    assert examination["evidence"] == decision["evidence"]
    rows = decision["candidates"]
    assert isinstance(rows, Sequence)
    shown = [row for row in rows if row["verdict"] != "not_examined"]  # type: ignore[index, call-overload]
    shared = ("control", "evidence", "failed", "service", "verdict", "version")
    assert examination["candidates"] == [
        {name: row[name] for name in shared}  # type: ignore[index, call-overload]
        for row in shown
    ]
    last = checked.decision.candidates[len(shown) - 1].standing
    assert checked.verdict.kind == "examination"
    assert (checked.verdict.verdict == "admitted") == (last is Standing.ADMITTED)
    assert {claim.status for claim in checked.verdict.claims if claim.name == "order"} == {
        "not_checked"
    }


@pytest.mark.parametrize("way", ["nobody", "everybody", "random"])
def test_hints_cost_time_and_change_nothing(way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(3)

    def of(hints: Hints, _question: object) -> Hint:
        size = len(hints._contracts)
        mask = {"nobody": np.zeros(size, bool), "everybody": np.ones(size, bool)}
        return Hint(mask.get(way, rng.random(size) < 0.5))

    for seed in range(0, 30, 3):
        world = draw_world(seed)
        with Engine(world.snapshot) as engine:
            honest = decision_files(engine.decide(world.question).decision).certificate
        with monkeypatch.context() as patch, Engine(world.snapshot) as engine:
            patch.setattr(Hints, "of", of)
            assert decision_files(engine.decide(world.question).decision).certificate == honest


def lying(answer: Decided) -> Decided:
    """The opposite of an answer, with what may look like evidence."""
    if isinstance(answer, Refutation):
        return Model({})
    return Refutation(Proof((), (Rup((), (1,)),)))


@pytest.mark.parametrize("seed", range(0, 24, 3))
def test_nothing_is_returned_that_the_checker_rejects(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = draw_world(seed)
    honest = Prover.decide_goals
    place = Random(seed).random()

    def decide_goals(prover: Prover, *arguments: object, **options: object) -> list[Decided]:
        found = honest(prover, *arguments, **options)  # type: ignore[arg-type]
        index = int(place * len(found))
        return [lying(one) if i == index else one for i, one in enumerate(found)]

    monkeypatch.setattr(Prover, "decide_goals", decide_goals)
    with Engine(world.snapshot) as engine, pytest.raises(EvidenceError, match="rejected"):
        engine.decide(world.question)


def test_a_refused_answer_does_not_poison_the_next_one(monkeypatch: pytest.MonkeyPatch) -> None:
    world = draw_world(5)
    with Engine(world.snapshot) as engine:
        expected = decision_files(engine.decide(world.question).decision).certificate
        with monkeypatch.context() as patch:
            patch.setattr(Prover, "decide_goals", lambda *_, **__: [Model({})] * 1_000)
            with pytest.raises((EvidenceError, ValueError)):
                engine.decide(draw_question(99, world))
        assert decision_files(engine.decide(world.question).decision).certificate == expected


def test_a_question_of_another_vocabulary_is_refused() -> None:
    world = draw_world(5)
    other = replace(world.question, vocabulary=d.Vocabulary("another"))
    with (
        Engine(world.snapshot) as engine,
        pytest.raises(InputError, match="different vocabularies"),
    ):
        engine.decide(other)
