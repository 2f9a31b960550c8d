"""The order of candidates is that of score-v1 section 4."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from caio.landscape.snapshot import Snapshot
from caio.obligations.meaning import Meaning
from caio.routing.bulk import Scorer
from caio.routing.ranking import Ranker, order_of
from tests.differential.asking import oracle_entries, oracle_question
from tests.differential.worlds import World, draw_world
from tests.oracle.scores import score

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


def test_ranking_is_the_order_of_the_specification() -> None:
    for seed in range(200):
        world = draw_world(seed)
        question = oracle_question(world)
        expected = sorted(
            (-score(question, entry).total, contract.service.name, contract.service.version)
            for entry, contract in zip(oracle_entries(world), world.snapshot.contracts, strict=True)
        )
        ranking = ranker(world).rank(world.question)
        assert len(ranking) == len(expected)
        found = [
            (
                -ranking.score(i),
                ranking.contract(i).service.name,
                ranking.contract(i).service.version,
            )
            for i in range(len(ranking))
        ]
        assert found == expected, seed


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
