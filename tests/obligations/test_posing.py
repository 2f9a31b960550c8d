"""Posing many candidates at once asks what the specification's table asks of each."""

from random import Random

import pytest

from caio.obligations.candidate import goals
from caio.obligations.meaning import Meaning
from caio.obligations.posing import CONTEXTS, Posing, Standing
from tests.differential.worlds import draw_question, draw_world


@pytest.mark.parametrize("seed", range(0, 60, 3))
def test_every_candidate_is_asked_what_the_table_says(seed: int) -> None:
    world = draw_world(seed)
    meaning = Meaning(world.question.vocabulary)
    standing = Standing(meaning)
    rng = Random(seed)
    for number in range(4):
        question = world.question if number == 0 else draw_question(seed * 10 + number, world)
        posing = Posing(question, standing)
        contracts = list(world.snapshot.contracts)
        rng.shuffle(contracts)
        for contract in contracts:
            posed = posing.pose(contract)
            asked = [
                (key, posing.block(number))
                for key, number in zip(posed.keys, posed.blocks, strict=True)
            ]
            expected = list(goals(question, contract, Meaning(question.vocabulary)))
            assert asked == [(goal.key, goal.goal or ()) for goal in expected]


def test_equal_blocks_have_one_number_and_others_have_another() -> None:
    world = draw_world(7)
    posing = Posing(world.question, Standing(Meaning(world.question.vocabulary)))
    numbers: dict[object, set[int]] = {}
    for contract in world.snapshot.contracts:
        for number in posing.pose(contract).blocks:
            numbers.setdefault((number < 0, posing.block(number)), set()).add(number)
    assert all(len(found) == 1 for found in numbers.values())
    assert len(set().union(*numbers.values())) == len(numbers)


def test_few_policies_are_remembered() -> None:
    world = draw_world(3)
    standing = Standing(Meaning(world.question.vocabulary))
    for seed in range(5 * CONTEXTS):
        posing = Posing(draw_question(seed, world), standing)
        for contract in world.snapshot.contracts:
            posing.pose(contract)
    assert len(standing._contexts) <= CONTEXTS
