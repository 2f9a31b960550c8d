"""Hints are quick guesses: seldom wrong where they refuse, and never wrong where nothing is to be guessed."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings

from caio.ir import documents as d
from caio.ir import terms as t
from caio.ir.encode import document_digest
from caio.landscape.snapshot import Snapshot
from caio.obligations.candidate import Question
from caio.obligations.contract import Contract
from caio.obligations.meaning import Meaning
from caio.routing.bulk import Scorer
from caio.routing.hints import Hint, Hints
from caio.routing.ranking import Candidates, Ranker, Ranking
from tests.differential.asking import oracle_entries, oracle_question
from tests.differential.measuring import measured
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
    for seed in range(150):
        world = draw_world(seed)
        for guess, truth in zip(hinted(world), admitted(world), strict=True):
            (right if guess == truth else wrong)[truth] += 1
    assert right[True] > 25
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


def bound_by(question: Question, *constraints: tuple[t.Formula, t.Atom]) -> Question:
    """The question with these constraints: under a condition, an action."""
    digest = question.request.vocabulary
    found = [
        d.Constraint(digest, f"c{i}", "safety", when, (then,))
        for i, (when, then) in enumerate(constraints)
    ]
    return replace(question, constraints=tuple(found))


def test_a_bound_on_a_metric_is_guessed_alike_as_a_requirement_and_as_an_expression() -> None:
    told = set()
    for seed in range(60):
        world = draw_world(seed)
        meaning = Meaning(world.question.vocabulary)
        hints = Hints(Scorer(world.snapshot, meaning), meaning)
        for metric in world.question.vocabulary.metrics:
            for share in (Fraction(1, 5), Fraction(1, 2), Fraction(4, 5)):
                bound = metric.lower + share * (metric.upper - metric.lower)
                for relation, sign in ((t.Relation.LE, 1), (t.Relation.GE, -1)):
                    term = t.Affine.of(-sign * bound, {f"metric.{metric.name}": Fraction(sign)})
                    asked = t.OnMetric(metric.name, relation, t.Affine(bound), metric.level)
                    expression = t.OnExpression(t.Relation.LE, term)
                    first, second = (
                        hints.of(bound_by(world.question, (t.TRUE, atom))).may.tolist()
                        for atom in (asked, expression)
                    )
                    assert first == second
                    told.update(first)
    assert told == {True, False}


def test_expressions_speak_of_prices_of_statements_and_of_what_was_measured() -> None:
    vocabulary = d.Vocabulary(
        "v",
        capabilities=("chat",),
        measured=(d.Field("margin", d.RationalType("1", Fraction(0), Fraction(9))),),
        attributes=(d.Field("seats", d.IntType("1", 0, 9)),),
        cost=d.CostRange("USD", Fraction(10)),
    )
    digest = document_digest(vocabulary)
    able = d.Service(digest, "b", "1", capabilities=("chat",), permits=d.Permits("public"))
    case = d.CostCase(t.TRUE, t.Affine(Fraction(2)))
    stated = replace(able, name="a", attributes=(("seats", Fraction(3)),), cost=(case,))
    contracts = (Contract(stated), Contract(able))
    one_each = d.Weights(Fraction(1), Fraction(1), Fraction(1), Fraction(1))
    question = Question(
        vocabulary,
        d.Request(digest, "r", (("chat",),)),
        (),
        d.Profile(digest, "p", one_each, limits=d.Limits(facts=("asserted",))),
        None,
        0,
        measurements=d.Measurements(
            digest,
            "m",
            "drawn",
            Fraction(1),
            intervals=(("margin", (Fraction(1), Fraction(2))),),
        ),
    )
    other = World(0, question, Snapshot(vocabulary, contracts))
    everybody, nobody = [True] * len(contracts), [False] * len(contracts)
    one = [True, False]

    def kept(constant: int, **terms: int) -> list[bool]:
        named = {name.replace("_", "."): Fraction(value) for name, value in terms.items()}
        atom = t.OnExpression(t.Relation.LE, t.Affine.of(constant, named))
        return hinted(other, bound_by(question, (t.TRUE, atom)))

    assert kept(-2, measured_margin=1) == everybody
    assert kept(-1, measured_margin=1) == nobody
    assert kept(1, measured_margin=-1) == everybody
    assert kept(-2, cost=1) == one
    assert kept(-1, cost=1) == nobody
    assert kept(0, cost=-1) == nobody
    assert kept(-4, cost=1, measured_margin=1) == one
    assert kept(-3, cost=1, measured_margin=1) == nobody
    assert kept(-3, service_seats=1) == one
    assert kept(3, service_seats=-1) == one
    assert kept(4, service_seats=-1) == nobody
    assert kept(-99, service_seats=1, cost=1) == everybody  # Nothing is guessed of such a mixture.


def test_a_constraint_on_the_choice_is_looked_at_for_each_route_and_control() -> None:
    world = measured(granted())
    controls = ("a", "b")
    vocabulary = replace(world.question.vocabulary, controls=controls)
    routes = ["internal", "external"] * len(world.snapshot.contracts)
    contracts = tuple(
        replace(contract, service=replace(contract.service, route=route))
        for contract, route in zip(world.snapshot.contracts, routes, strict=False)
    )
    profile = replace(world.question.profile, controls=tuple(map(d.Control, controls)))
    question = replace(world.question, vocabulary=vocabulary, profile=profile)
    other = World(0, question, Snapshot(vocabulary, contracts))
    places = [(contract.service.route, u) for contract in contracts for u in controls]
    assert hinted(other) == [True] * len(places)
    on_b = t.In(d.CHOICE_CONTROL, ("b",))
    outside = t.In(d.CHOICE_ROUTE, ("external", "hybrid"))
    for when, struck in (
        (on_b, [u == "b" for _, u in places]),
        (outside, [route == "external" for route, _ in places]),
        (t.And((on_b, outside)), [place == ("external", "b") for place in places]),
        (t.Or((on_b, outside)), [u == "b" or route == "external" for route, u in places]),
    ):
        found = hinted(other, bound_by(question, (when, IMPOSSIBLE)))
        assert found == [not refused for refused in struck]
    meaning = Meaning(vocabulary)
    scorer = Scorer(other.snapshot, meaning)
    strict = bound_by(question, (on_b, IMPOSSIBLE))
    ranking = Ranker(scorer).rank(strict)
    first = Hints(scorer, meaning).of(strict).first(ranking)
    shown = [ranking.contract(rank).control for rank in range(len(ranking))]
    assert first == shown.index("a")


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
