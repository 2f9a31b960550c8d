"""A linear Q-function over exact features, and the rule by which it learns from outcomes.

    Q(s, m, θ) = θ_m · x(s),    θ_m ← θ_m + α (R − Q(s, m, θ)) x(s) / max(1, ‖x(s)‖²)

This is the stochastic gradient rule for linear value functions (Sutton and Barto, Reinforcement Learning, 2nd edition, eq. 9.7 with
the target R): a routed call is an episode of one step, its return is its reward, and nothing is bootstrapped. Dividing by ‖x‖² makes
the step independent of the energy of the state, so that 0 < α < 2 is stable. Values that nobody has learned are the initial one;
a high initial value makes every service be tried (section 2.6, optimistic initial values).

The features are the real and imaginary parts of s = E_i^H Ψ_i, in steps of 2⁻¹⁰, and a constant 1; θ is held in steps of 2⁻²⁰. Learning
is integer arithmetic, rounded down, so that one sequence of outcomes gives one θ on every machine that rounds the features alike.
Another order of the same outcomes gives another θ: what comes later counts more.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from types import MappingProxyType
from typing import Final

import numpy as np

from caio.base.canonical import digest
from caio.base.errors import InputError
from caio.base.numbers import format_number
from caio.fields.arrays import ComplexArray, FloatArray

FEATURE_STEPS: Final = 2**10
"""Steps to one of a feature."""
MAX_FEATURE: Final = 2**12
"""The most steps of a feature: parts beyond 4 are cut."""
THETA_STEPS: Final = 2**20
"""Steps to one of a component of θ."""
MAX_THETA: Final = 2**25
"""The most steps of a component of θ: components beyond 32 are cut."""
MAX_SERVICES: Final = 65_536
"""The most services that there is something to know about."""
MAX_SOURCE: Final = 256
"""The largest d: sums over the features stay exact in a float."""


@dataclass(frozen=True)
class LinearPolicy:
    """Q(·, ·, θ) with a θ that does not change; a ``QFunction``.

    Attributes:
        source: d.
        initial: the value of every state where nothing was learned.
        rate: α.
        theta: by service, 2d + 1 integers.

    Raises:
        InputError: a parameter is out of range.
    """

    source: int
    initial: Fraction = Fraction(0)
    rate: Fraction = Fraction(1, 4)
    theta: Mapping[str, tuple[int, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not 1 <= self.source <= MAX_SOURCE:
            raise InputError(f"a state of dimension {self.source}, expected 1 to {MAX_SOURCE}")
        if not 0 < self.rate < 2:
            raise InputError(f"a rate of {self.rate}, expected one above 0 and below 2")
        if abs(self.initial) > 1 or self.initial * THETA_STEPS % 1:
            raise InputError(
                f"an initial value of {self.initial}, expected a multiple of 2**-20 from -1 to 1"
            )
        object.__setattr__(self, "theta", MappingProxyType(dict(sorted(self.theta.items()))))

    @cached_property
    def digest(self) -> str:
        """The digest of θ and of the rule that uses it."""
        return digest(
            {
                "kind": "policy",
                "rule": "caio-linear-1",
                "source": self.source,
                "initial": format_number(self.initial),
                "rate": format_number(self.rate),
                "theta": {name: list(values) for name, values in self.theta.items()},
            }
        )

    def values(self, state: ComplexArray, services: Sequence[str]) -> FloatArray:
        """Q(s, m, θ) of each service, shape (N,); exact, as a float holds every one of them.

        Raises:
            InputError: the state has another shape than (d,).
        """
        seen = features(state, self.source)
        rows = np.array([self._theta(name) for name in services], dtype=np.int64)
        found: FloatArray = (rows @ np.array(seen, dtype=np.int64)) / float(
            FEATURE_STEPS * THETA_STEPS
        )
        return found

    def learned(self, state: ComplexArray, service: str, reward: Fraction) -> LinearPolicy:
        """The policy after one more outcome.

        Raises:
            InputError: the state has another shape than (d,), or there are too many services.
        """
        if service not in self.theta and len(self.theta) == MAX_SERVICES:
            raise InputError(f"something is known of {MAX_SERVICES} services, and of no more")
        seen = features(state, self.source)
        theta = self._theta(service)
        value = Fraction(
            sum(x * t for x, t in zip(seen, theta, strict=True)), FEATURE_STEPS * THETA_STEPS
        )
        energy = max(Fraction(1), Fraction(sum(x * x for x in seen), FEATURE_STEPS**2))
        # In steps of θ by step of a feature.
        step = self.rate * (reward - value) / energy * THETA_STEPS / FEATURE_STEPS
        changed = tuple(
            max(-MAX_THETA, min(MAX_THETA, t + x * step.numerator // step.denominator))
            for x, t in zip(seen, theta, strict=True)
        )
        return LinearPolicy(self.source, self.initial, self.rate, {**self.theta, service: changed})

    def _theta(self, service: str) -> tuple[int, ...]:
        known = self.theta.get(service)
        return (
            (*(0,) * (2 * self.source), int(self.initial * THETA_STEPS)) if known is None else known
        )


def features(state: ComplexArray, source: int) -> tuple[int, ...]:
    """x(s): the parts of the state in steps, in turn, and the constant 1; 2d + 1 integers.

    Raises:
        InputError: the state is no array of complex128 of shape (d,), or not finite.
    """
    given: object = state
    if type(given) is not np.ndarray or given.dtype != np.complex128 or given.shape != (source,):
        raise InputError(f"a state is an array of complex128 of shape ({source},)")
    parts = np.ascontiguousarray(given).view(np.float64)
    if not bool(np.isfinite(parts).all()):
        raise InputError("a state with a part that is not finite")
    limit = MAX_FEATURE / FEATURE_STEPS
    steps = np.rint(np.clip(parts, -limit, limit) * FEATURE_STEPS).astype(np.int64)
    return (*map(int, steps), FEATURE_STEPS)
