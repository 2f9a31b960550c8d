"""The learner against the rule in exact arithmetic; and R."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caio.base.errors import InputError
from caio.fields.arrays import ComplexArray, Field
from caio.landscape.observations import Observation
from caio.neighbours.learner import (
    FEATURE_STEPS,
    MAX_FEATURE,
    MAX_THETA,
    THETA_STEPS,
    LinearPolicy,
    features,
)
from caio.neighbours.reward import RewardRule
from tests.neighbours.draw import sources

D = 4
REWARDS = st.integers(-100, 100).map(lambda n: Fraction(n, 100))
EPISODES = st.lists(st.tuples(sources(D), st.sampled_from("abc"), REWARDS), max_size=12)


def oracle(episodes: list[tuple[ComplexArray, str, Fraction]]) -> dict[str, list[Fraction]]:
    """θ by the rule of Sutton and Barto with fractions, rounded down to steps after each outcome."""
    theta: dict[str, list[Fraction]] = {}
    for state, service, reward in episodes:
        x = [Fraction(n, FEATURE_STEPS) for n in features(state, D)]
        own = theta.setdefault(service, [Fraction(0)] * (2 * D + 1))
        error = reward - sum(a * b for a, b in zip(own, x, strict=True))
        energy = max(Fraction(1), sum(a * a for a in x))
        for place, part in enumerate(x):
            exact = own[place] + Fraction(1, 4) * error * part / energy
            own[place] = Fraction(exact * THETA_STEPS // 1, THETA_STEPS)
    return theta


@settings(max_examples=40)
@given(EPISODES)
def test_learning_is_the_rule_in_exact_arithmetic(
    episodes: list[tuple[ComplexArray, str, Fraction]],
) -> None:
    policy = LinearPolicy(D)
    for state, service, reward in episodes:
        policy = policy.learned(state, service, reward)
    expected = oracle(episodes)
    assert {k: [Fraction(t, THETA_STEPS) for t in v] for k, v in policy.theta.items()} == expected


@settings(max_examples=40)
@given(EPISODES, sources(D))
def test_values_are_exact(
    episodes: list[tuple[ComplexArray, str, Fraction]], state: ComplexArray
) -> None:
    policy = LinearPolicy(D)
    for seen, service, reward in episodes:
        policy = policy.learned(seen, service, reward)
    x = [Fraction(n, FEATURE_STEPS) for n in features(state, D)]
    theta = oracle(episodes)
    for name, value in zip("abcd", policy.values(state, list("abcd")), strict=True):
        own = theta.get(name, [Fraction(0)] * len(x))
        assert Fraction(float(value)) == sum(a * b for a, b in zip(own, x, strict=True))


@given(sources(D), REWARDS, st.integers(1, 99).map(lambda n: Fraction(n, 50)))
def test_the_value_comes_nearer_to_the_reward(
    state: ComplexArray, reward: Fraction, rate: Fraction
) -> None:
    policy = LinearPolicy(D, rate=rate)
    before = Fraction(float(policy.values(state, ["a"])[0]))
    learned = policy.learned(state, "a", reward)
    after = Fraction(float(learned.values(state, ["a"])[0]))
    # Rounding θ down moves the value by at most a step for each feature.
    slack = Fraction((2 * D + 1) * MAX_FEATURE, FEATURE_STEPS * THETA_STEPS)
    assert abs(reward - after) <= abs(reward - before) + slack


def test_it_learns_which_service_is_good_at_what() -> None:
    rng = np.random.default_rng(7)
    kinds = [np.eye(D, dtype=complex)[place] for place in range(2)]
    policy = LinearPolicy(D)
    for _ in range(400):
        kind, service = int(rng.integers(2)), int(rng.integers(2))
        noise = 0.1 * (rng.normal(size=D) + 1j * rng.normal(size=D))
        reward = Fraction(1) if kind == service else Fraction(-1)
        policy = policy.learned(kinds[kind] + noise, "ab"[service], reward)
    first, second = (policy.values(kind, ["a", "b"]) for kind in kinds)
    assert first[0] > 0.6 > -0.6 > first[1]
    assert second[1] > 0.6 > -0.6 > second[0]


def test_theta_and_features_are_bounded() -> None:
    huge = np.full(D, 1e200 - 1e200j)
    assert set(features(huge, D)[:-1]) == {MAX_FEATURE, -MAX_FEATURE}
    policy = LinearPolicy(D, theta={"a": (MAX_THETA,) * (2 * D + 1)})
    policy = policy.learned(np.full(D, -1 + 0j), "a", Fraction(1))
    assert max(map(abs, policy.theta["a"])) <= MAX_THETA


def test_order_matters_and_is_said_to() -> None:
    state, other = np.full(D, 0.5 + 0j), np.full(D, 0.5 + 0.5j)
    there = LinearPolicy(D).learned(state, "a", Fraction(1)).learned(other, "a", Fraction(-1))
    back = LinearPolicy(D).learned(other, "a", Fraction(-1)).learned(state, "a", Fraction(1))
    assert there.digest != back.digest


def test_an_optimistic_beginning_is_the_value_of_what_nobody_knows() -> None:
    policy = LinearPolicy(D, initial=Fraction(1, 2))
    assert list(policy.values(np.zeros(D, dtype=complex), ["a", "b"])) == [0.5, 0.5]
    assert policy.digest != LinearPolicy(D).digest


def test_the_digest_depends_on_what_is_learned_and_not_on_the_order_of_names() -> None:
    one = LinearPolicy(1, theta={"a": (1, 2, 3), "b": (0, 0, 0)})
    two = LinearPolicy(1, theta={"b": (0, 0, 0), "a": (1, 2, 3)})
    assert one.digest == two.digest != LinearPolicy(1, theta={"a": (1, 2, 4)}).digest


@pytest.mark.parametrize(
    "state",
    [np.ones(D + 1, dtype=complex), np.ones(D), np.array([1, np.nan, 0, 0], dtype=complex), [1]],
)
def test_what_is_no_state_is_refused(state: ComplexArray) -> None:
    with pytest.raises(InputError, match="a state"):
        LinearPolicy(D).values(state, ["a"])


@pytest.mark.parametrize(
    "arguments",
    [
        {"source": 0},
        {"source": 257},
        {"source": D, "rate": Fraction(2)},
        {"source": D, "rate": Fraction(0)},
        {"source": D, "initial": Fraction(2)},
        {"source": D, "initial": Fraction(1, 3)},
    ],
)
def test_parameters_out_of_range_are_refused(arguments: dict[str, object]) -> None:
    with pytest.raises(InputError, match="expected"):
        LinearPolicy(**arguments)  # type: ignore[arg-type]


# --- R ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Seen:
    id: str = "call 1"
    service: str = "small"
    version: str = "1.0"
    outcome: str = "succeeded"
    latency: int | None = 500_000


RULE = RewardRule(1_000_000, Fraction(1, 100))


def test_reward_is_one_less_what_it_took() -> None:
    assert RULE.reward(Seen(), Fraction(1, 200)) == 1 - Fraction(1, 8) - Fraction(1, 8)
    assert RULE.reward(Seen(latency=0), Fraction(0)) == 1
    assert RULE.reward(Seen(outcome="timed_out", latency=0), Fraction(0)) == -1


@given(
    st.one_of(st.none(), st.integers(0, 10**9)),
    st.one_of(st.none(), st.integers(0, 9).map(lambda n: Fraction(n, 9))),
)
def test_reward_is_bounded_and_no_violation_is_worth_more_than_a_success(
    latency: int | None, cost: Fraction | None
) -> None:
    kept = RULE.reward(Seen(latency=latency), cost)
    broken = RULE.reward(Seen(latency=latency, outcome="response_schema"), cost)
    assert -1 == broken <= kept <= 1
    assert RULE.reward(Seen(latency=None), None) <= kept


def test_an_observation_of_the_history_has_a_reward() -> None:
    observed = Observation("call 1", "small", "1.0", 0, latency=250_000)
    outcome = RULE.outcome(observed, None, Field("intent", np.ones(2, dtype=complex)))
    assert (outcome.call, outcome.service, outcome.version) == ("call 1", "small", "1.0")
    assert outcome.reward == 1 - Fraction(1, 16) - Fraction(1, 4)


@pytest.mark.parametrize(
    "arguments",
    [
        (0, Fraction(1)),
        (1, Fraction(0)),
        (1, Fraction(1), Fraction(-1)),
        (1, Fraction(1), Fraction(2)),
    ],
)
def test_a_rule_out_of_range_is_refused(arguments: tuple[object, ...]) -> None:
    with pytest.raises(InputError, match="of a reward"):
        RewardRule(*arguments)  # type: ignore[arg-type]
