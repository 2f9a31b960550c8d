"""The order of candidates is that of score-v1 section 4."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from caio.ir import documents as d
from caio.landscape.snapshot import Snapshot
from caio.obligations.meaning import Meaning
from caio.routing.bulk import Scorer
from caio.routing.ranking import Ranker, Ranking, order_of
from tests.differential.asking import oracle_entries, oracle_question
from tests.differential.measuring import measured
from tests.differential.worlds import World, draw_world
from tests.oracle.scores import controls_of, score

FEW = st.lists(st.integers(0, 3), max_size=40)
MANY = st.lists(st.integers(0, 2**53 - 1), max_size=40)


@given(FEW | MANY)
def test_places_come_by_falling_total_and_equal_ones_as_they_stand(totals: list[int]) -> None:
    order = order_of(np.array(totals, dtype=np.int64))
    assert order.tolist() == sorted(range(len(totals)), key=lambda i: (-totals[i], i))


@pytest.mark.parametrize("highest", [0, 1, 2**51 - 1, 2**51, 2**53 - 1])
def test_order_survives_many_candidates_at_either_side_of_what_a_key_holds(highest: int) -> None:
    totals = [(i * 7919) % 5 * (highest // 4) for i in range(1500)]
    order = order_of(np.array(totals, dtype=np.int64))
    assert order.tolist() == sorted(range(len(totals)), key=lambda i: (-totals[i], i))


def ranker(world: World) -> Ranker:
    return Ranker(Scorer(world.snapshot, Meaning(world.question.vocabulary)))


def listed(ranking: Ranking) -> list[tuple[int, str, str, str, str]]:
    contracts = [ranking.contract(rank) for rank in range(len(ranking))]
    return [
        (-ranking.score(i), c.service.name, c.service.version, c.service.route, c.control)
        for i, c in enumerate(contracts)
    ]


def test_ranking_is_the_order_of_the_specification() -> None:
    for seed in range(200):
        for world in (draw_world(seed), measured(draw_world(seed))):
            question = oracle_question(world)
            expected = sorted(
                (
                    -score(question, entry, control).total,
                    contract.service.name,
                    contract.service.version,
                    contract.service.route,
                    control,
                )
                for entry, contract in zip(
                    oracle_entries(world), world.snapshot.contracts, strict=True
                )
                for control in controls_of(question.profile)
            )
            ranking = ranker(world).rank(world.question)
            assert len(ranking) == len(expected)
            assert listed(ranking) == expected, seed
            assert ranking.scores() == [-total for total, *_ in expected]


def controlled(*names: str) -> World:
    """A world whose profile has these controls and the objective of Eq. 1.5."""
    world = draw_world(1)
    profile = replace(world.question.profile, controls=tuple(map(d.Control, names)))
    return replace(world, question=replace(world.question, profile=profile))


def test_candidates_of_one_entry_and_equal_score_come_by_control() -> None:
    world = controlled("b", "é", "B", "a")
    ranking = ranker(world).rank(world.question)
    entries = len(world.snapshot.contracts)
    assert len(ranking) == 4 * entries
    shown = [control for *_, control in listed(ranking)]
    assert shown == ["B", "a", "b", "é"] * entries
    assert ranking.entries.tolist() == [place // 4 for place in ranking.order.tolist()]


def test_a_candidate_is_the_same_object_in_every_ranking() -> None:
    world = controlled("a", "b")
    rank = ranker(world).rank
    first, second = rank(world.question), rank(world.question)
    for i in range(len(first)):
        assert first.contract(i) is second.contract(i)
        assert first.contract(i).service is second.contract(i).service
    assert first.contract(0) is not first.contract(1)
    other = controlled("b", "c")
    third = rank(other.question)
    same = {id(first.contract(i)) for i in range(len(first))}
    assert {third.contract(i).control for i in range(len(third))} == {"b", "c"}
    assert all(
        (id(c) in same) == (c.control == "b") for c in map(third.contract, range(len(third)))
    )


def test_without_controls_candidates_are_the_contracts_themselves() -> None:
    world = draw_world(1)
    ranking = ranker(world).rank(world.question)
    assert ranking.controls == ("none",)
    for i, place in enumerate(ranking.entries.tolist()):
        assert ranking.contract(i) is world.snapshot.contracts[place]


def test_services_of_equal_score_come_by_name() -> None:
    world = draw_world(1)
    service = world.snapshot.contracts[0].service
    names = ["Z", "a", "b/1", "é", "𝛼"]
    twins = tuple(
        replace(world.snapshot.contracts[0], service=replace(service, name=name)) for name in names
    )
    other = replace(world, snapshot=Snapshot(world.question.vocabulary, twins))
    ranking = ranker(other).rank(world.question)
    assert [ranking.contract(i).service.name for i in range(len(ranking))] == sorted(names)
    assert len(set(ranking.totals.tolist())) == 1


@pytest.mark.parametrize("names", [["b", "a"], ["a", "a"]])
def test_landscapes_out_of_order_or_with_a_name_twice_have_no_ranking(names: list[str]) -> None:
    world = draw_world(1)
    contract = world.snapshot.contracts[0]
    twins = tuple(replace(contract, service=replace(contract.service, name=name)) for name in names)
    with pytest.raises(ValueError, match=r"does not come after `\w` in the landscape"):
        ranker(replace(world, snapshot=Snapshot(world.question.vocabulary, twins)))
