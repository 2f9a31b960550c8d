"""Asking for a second opinion leaves nothing behind in the process that asks."""

from caio.obligations.candidate import goals, hypothesis
from caio.obligations.meaning import Meaning
from caio.smt.smtlib import smtlib
from tests.differential.worlds import draw_world


def test_rendering_leaves_the_environment_that_pysmt_shares_as_it_was() -> None:
    from pysmt.environment import get_env

    world = draw_world(5)
    meaning = Meaning(world.question.vocabulary)
    shared = get_env().fvo.memoization
    before = dict(shared)
    for contract in world.snapshot.contracts:
        block = hypothesis(world.question, contract.state, meaning)
        for goal in goals(world.question, contract, meaning):
            smtlib([block, goal.goal or ()], meaning.scope)
    assert get_env().fvo.memoization is shared
    assert shared == before
