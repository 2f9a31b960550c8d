"""The control loop and the deadline of a request: whatever CAIO does before a service is called takes away from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import pytest

import caio
from caio.execute.clock import SECOND
from caio.execute.loop import Loop
from caio.execute.outcomes import Executed, ExecutionFailed, Reason
from caio.fields.arrays import Field
from caio.neighbours.intents import TextMaia
from caio.routing.equation import Neighbours
from caio.routing.ports import Acknowledgement, NeighbourError, Outcome
from tests.calculus import loops
from tests.execute import world as w


class DeafMaia(TextMaia):
    """MAIA that learns nothing."""

    def feedback(self, outcome: Outcome) -> Acknowledgement:
        raise NeighbourError(f"not now, {outcome.service}", code="late")


class SlowMaia(TextMaia):
    """MAIA that takes seconds to understand."""

    def __init__(self, clock: w.HandClock, seconds: int) -> None:
        super().__init__(loops.SPACE)
        self._clock, self._seconds = clock, seconds

    def intent(self, query: str, context: Sequence[str]) -> Field:
        self._clock.time += self._seconds * SECOND
        return super().intent(query, context)


@pytest.mark.parametrize(("seconds", "in_time"), [(0, True), (1, True), (2, False), (60, False)])
def test_the_time_of_a_neighbour_is_gone_from_the_deadline(seconds: int, in_time: bool) -> None:
    world = loops.World()
    around = replace(loops.neighbours(), maia=SlowMaia(world.clock, seconds))
    with _loop(world, around) as control:
        done = control.run(loops.task())
    world.history.close()
    result = done.controlled.result
    if in_time:
        assert not isinstance(result, ExecutionFailed)
        return
    # The request has a deadline of two seconds.
    assert isinstance(result, ExecutionFailed)
    assert result.reason is Reason.DEADLINE
    assert not any(attempt.sent for attempt in result.attempts)


def test_a_reply_is_not_lost_where_maia_does_not_learn_of_it() -> None:
    world = loops.World({"near": loops.BROKEN})
    around = replace(loops.neighbours(), maia=DeafMaia(loops.SPACE))
    with _loop(world, around) as control:
        before = control.router
        done = control.run(loops.task())
        # The violation is in the landscape of the next decision all the same.
        assert control.router is not before
    world.history.close()
    assert isinstance(done.controlled.result, Executed)
    assert done.controlled.trace.result is not None
    assert not done.outcomes
    counted = [attempt for attempt in done.controlled.result.attempts if attempt.counts]
    assert [one.service for one in done.untold] == [one.service for one in counted]
    listening = loops.neighbours().maia
    assert not any(listening.feedback(outcome).repeated for outcome in done.untold)


def _loop(world: loops.World, around: Neighbours) -> Loop:
    return Loop(
        loops.project(),
        around,
        world.executor(),
        world.history,
        reward=loops.reward,
        router=partial(caio.Router, profile="steering", clock=int),
    )
