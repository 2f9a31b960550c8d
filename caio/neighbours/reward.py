"""R: what an outcome was worth, from what history records of a call (Def. 1.6: the policy learns from H).

    R = 1 − w_L · min(1, latency / longest) − w_C · min(1, cost / highest)    for a call that succeeded
    R = −1                                                                     for a violation

Exact, between −1 and 1: whoever breaks a guarantee is never worth more than the slowest and dearest call that keeps all of them.
A latency or cost that nobody knows counts as the longest and the highest.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Final, Protocol

from caio.base.errors import InputError
from caio.fields.arrays import Field
from caio.landscape.observations import SUCCEEDED
from caio.routing.ports import Outcome

VIOLATION: Final = Fraction(-1)
"""What a violation is worth."""


class Observed(Protocol):
    """What is needed of an observation; ``caio.landscape.observations.Observation`` has it."""

    @property
    def id(self) -> str:
        """Names the call."""

    @property
    def service(self) -> str:
        """The service that was called."""

    @property
    def version(self) -> str:
        """Its version."""

    @property
    def outcome(self) -> str:
        """``succeeded``, or the kind of violation."""

    @property
    def latency(self) -> int | None:
        """In microseconds."""


@dataclass(frozen=True, slots=True)
class RewardRule:
    """How success, speed and price are weighed.

    Attributes:
        longest: the latency, in microseconds, beyond which a call is as bad as slow can be.
        highest: the cost beyond which it is as bad as dear can be, in the unit of costs.
        latency_weight: w_L.
        cost_weight: w_C.

    Raises:
        InputError: a scale is not positive, or the weights are negative or sum to more than 2.
    """

    longest: int
    highest: Fraction
    latency_weight: Fraction = Fraction(1, 4)
    cost_weight: Fraction = Fraction(1, 4)

    def __post_init__(self) -> None:
        if self.longest <= 0 or self.highest <= 0:
            raise InputError("the longest latency and the highest cost of a reward are positive")
        least = min(self.latency_weight, self.cost_weight)
        if least < 0 or self.latency_weight + self.cost_weight > 2:
            raise InputError("the weights of a reward are not negative and sum to at most 2")

    def reward(self, observed: Observed, cost: Fraction | None) -> Fraction:
        """R of a call and its cost."""
        if observed.outcome != SUCCEEDED:
            return VIOLATION
        slow = _share(observed.latency, self.longest)
        dear = _share(cost, self.highest)
        return 1 - self.latency_weight * slow - self.cost_weight * dear

    def outcome(self, observed: Observed, cost: Fraction | None, intent: Field) -> Outcome:
        """What MAIA is told of a call that was decided upon with this intent."""
        reward = self.reward(observed, cost)
        return Outcome(observed.id, intent, observed.service, observed.version, reward)


def _share(amount: Fraction | int | None, most: Fraction | int) -> Fraction:
    if amount is None:
        return Fraction(1)
    return max(Fraction(0), min(Fraction(1), Fraction(amount) / Fraction(most)))
