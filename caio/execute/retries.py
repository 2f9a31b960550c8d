"""Trying again: how often, after how long, and never beyond the deadline (by tenacity).

The waits grow exponentially, and are spread by a share that comes from the call's key and the number of the try: callers do
not come back in step, and the same execution waits equally long every time.
"""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeVar

from caio.base.errors import InputError
from caio.execute.clock import SECOND, Clock
from caio.execute.extra import needed

with needed():
    from tenacity import AsyncRetrying, RetryCallState, retry_if_result
    from tenacity.stop import stop_base
    from tenacity.wait import wait_base, wait_exponential

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Retry:
    """How often the same candidate is tried again.

    Attributes:
        tries: the most calls of one candidate.
        budget: the most repetitions over all candidates of an execution.
        first: about how long to wait before the first repetition, in seconds.
        longest: the longest wait, in seconds.
    """

    tries: int = 3
    budget: int = 4
    first: Fraction = Fraction(1, 10)
    longest: Fraction = Fraction(2)

    def __post_init__(self) -> None:
        if self.tries < 1 or self.budget < 0 or not 0 <= self.first <= self.longest:
            raise InputError(
                "a retry has at least one try, no negative budget, and waits from `first` to `longest` seconds"
            )


class _Spread(wait_base):
    """Half of the exponential wait, and a share of the other half."""

    def __init__(self, retry: Retry, seed: str) -> None:
        self._whole = wait_exponential(multiplier=float(retry.first), max=float(retry.longest))
        self._seed = seed

    def __call__(self, retry_state: RetryCallState) -> float:
        text = f"{self._seed}/{retry_state.attempt_number}".encode()
        share = int.from_bytes(hashlib.sha256(text).digest()[:4], "big") / 2**32
        return float(self._whole(retry_state)) * (1 + share) / 2


class _Spent(stop_base):
    """Stop when the tries are used up, or the next one would begin after the end."""

    def __init__(self, tries: int, clock: Clock, end: int | None) -> None:
        self._tries = tries
        self._clock = clock
        self._end = end

    def __call__(self, retry_state: RetryCallState) -> bool:
        if retry_state.attempt_number >= self._tries:
            return True
        then = self._clock.now() + round(retry_state.upcoming_sleep * SECOND)
        return self._end is not None and then >= self._end


async def trying(
    attempt: Callable[[], Awaitable[_T]],
    again: Callable[[_T], bool],
    *,
    retry: Retry,
    repetitions: int,
    seed: str,
    clock: Clock,
    end: int | None,
) -> _T:
    """The result of the last try.

    Args:
        attempt: makes one try; an exception ends all trying.
        again: whether a result asks for another one.
        retry: how often, and after how long.
        repetitions: how many repetitions are left of the budget.
        seed: what the waits are spread by.
        clock: measures and waits.
        end: when no try may begin any more, in the clock's microseconds.
    """

    async def sleep(seconds: float) -> None:
        await clock.sleep(seconds)

    retrying = AsyncRetrying(
        stop=_Spent(min(retry.tries, 1 + repetitions), clock, end),
        wait=_Spread(retry, seed),
        retry=retry_if_result(again),
        retry_error_callback=_last,
        sleep=sleep,
    )
    result: _T = await retrying(attempt)
    return result


def _last(state: RetryCallState) -> object:
    """The result of the try after which there is no other."""
    if state.outcome is None:
        raise RuntimeError("tenacity stopped before the first try")
    return state.outcome.result()
