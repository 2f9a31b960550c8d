"""MAIA as a reference: intents in their band, one control signal in force, outcomes learned once."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from caio.base.errors import InputError
from caio.fields.arrays import Field, FieldError
from caio.fields.intent import matched_filter_energy
from caio.fields.invariants import CONDUCTIVITY, PASSBAND_ENERGY
from caio.fields.measure import measure
from caio.fields.modes import conductivity, energy_share
from caio.fields.transform import spectrum
from caio.neighbours.intents import TextMaia
from caio.neighbours.learner import LinearPolicy
from caio.routing.ports import Outcome, Space
from tests.neighbours.draw import QUERIES, SPACE, TEXTS, signal

CONTEXTS = st.lists(TEXTS, max_size=3)
BINS = st.sets(st.integers(0, SPACE.dimension - 1), max_size=20).map(lambda s: tuple(sorted(s)))
GAINS = st.integers(0, 3000).filter(lambda gain: gain != 1000)


@given(QUERIES, CONTEXTS)
def test_an_intent_has_energy_one_and_lies_in_its_band(query: str, context: list[str]) -> None:
    intent = TextMaia(SPACE).intent(query, context)
    assert abs(intent.energies[0] - 1) < 1e-12
    for invariant, found in (
        (CONDUCTIVITY, conductivity(SPACE.high, intent)),
        (PASSBAND_ENERGY, energy_share(SPACE.high, intent)),
    ):
        assert invariant.judge(measure(found, Fraction(1, 10**6)).only).holds
    assert abs(matched_filter_energy(SPACE.encoder, intent).values[0] - 1) < 1e-12


@given(QUERIES, CONTEXTS)
def test_an_intent_is_pure_and_given(query: str, context: list[str]) -> None:
    maia = TextMaia(SPACE)
    first, again = maia.intent(query, context), TextMaia(SPACE).intent(query, tuple(context))
    assert first.digest == again.digest == maia.intent(query, context).digest
    assert (first.source, first.ulps) == (None, 0)


@given(QUERIES, BINS, GAINS)
def test_a_signal_scales_the_bins_that_it_names_and_no_others(
    query: str, bins: tuple[int, ...], gain: int
) -> None:
    maia = TextMaia(SPACE)
    before = spectrum(maia.intent(query, []).values)
    maia.control(signal(bins, gain))
    factors = np.ones(SPACE.dimension)
    factors[list(bins)] = gain / 1000
    after = spectrum(maia.intent(query, []).values)
    assert np.allclose(after, before * factors, atol=1e-12)


@given(st.lists(st.tuples(BINS, GAINS), min_size=1, max_size=5), QUERIES)
def test_only_the_last_signal_counts(sent: list[tuple[tuple[int, ...], int]], query: str) -> None:
    many, one = TextMaia(SPACE), TextMaia(SPACE)
    for bins, gain in sent:
        many.control(signal(bins, gain))
        many.control(signal(bins, gain))
    one.control(signal(*sent[-1]))
    assert many.intent(query, []).digest == one.intent(query, []).digest


def test_a_signal_in_force_is_acknowledged_as_repeated_and_another_as_new() -> None:
    maia = TextMaia(SPACE)
    first, second = signal((100,), 2000), signal((101,), 2000)
    said = [maia.control(one).repeated for one in (first, first, second, first, first)]
    assert said == [False, True, False, False, True]
    assert maia.control(first).digest == first.digest


def test_a_signal_that_leaves_nothing_is_an_error_of_the_next_intent() -> None:
    maia = TextMaia(SPACE)
    maia.control(signal(tuple(range(SPACE.dimension)), 0))
    with pytest.raises(FieldError, match="damp less"):
        maia.intent("refund", [])


@pytest.mark.parametrize("query", ["", "   ", "\n\t"])
def test_a_blank_query_is_refused(query: str) -> None:
    with pytest.raises(InputError, match="blank"):
        TextMaia(SPACE).intent(query, [])


def test_too_many_texts_and_another_dimension_are_refused() -> None:
    maia = TextMaia(SPACE)
    with pytest.raises(InputError, match="257 texts"):
        maia.intent("refund", ["x"] * 257)
    with pytest.raises(InputError, match="257 texts"):
        maia.context(["x"] * 257)
    with pytest.raises(InputError, match="dimension 1024, expected 256"):
        maia.control(signal((), 1000, Space()))
    other = Outcome("c", Field("i", np.ones(3, dtype=complex)), "s", "1", Fraction(0))
    with pytest.raises(InputError, match="dimension 3, expected 256"):
        maia.feedback(other)
    with pytest.raises(InputError, match="over 3 dimensions"):
        TextMaia(SPACE, LinearPolicy(3))


def test_a_context_without_texts_is_a_direction_of_its_own() -> None:
    maia = TextMaia(SPACE)
    nothing, something = maia.context([]), maia.context(["the order was placed in March"])
    assert nothing.dimension == something.dimension == SPACE.source
    assert abs(np.vdot(nothing.values, something.values)) < 0.5


def test_an_outcome_is_learned_once_and_moves_its_own_service_alone() -> None:
    maia = TextMaia(SPACE)
    intent = maia.intent("refund the last invoice", [])
    state = SPACE.encoder.adjoint(intent.values)
    outcome = Outcome("call 1", intent, "small", "1.0", Fraction(1))
    before = maia.policy()
    assert maia.feedback(outcome).digest == outcome.digest
    after = maia.policy()
    assert maia.feedback(outcome).repeated
    assert maia.policy().digest == after.digest != before.digest
    small, large = after.values(state, ["small", "large"])
    assert small > 0.2
    assert large == 0.0
    # The policy that was handed out is the one that it was.
    assert not before.values(state, ["small"]).any()


def test_what_differs_in_anything_is_another_outcome() -> None:
    maia = TextMaia(SPACE)
    intent = maia.intent("refund", [])
    made = [
        Outcome(call, intent, service, version, reward)
        for call, service, version, reward in (
            ("1", "a", "1", Fraction(1)),
            ("2", "a", "1", Fraction(1)),
            ("1", "b", "1", Fraction(1)),
            ("1", "a", "2", Fraction(1)),
            ("1", "a", "1", Fraction(1, 2)),
        )
    ]
    assert len({outcome.digest for outcome in made}) == 5
    assert [maia.feedback(outcome).repeated for outcome in made] == [False] * 5


@pytest.mark.parametrize("reward", [Fraction(3, 2), Fraction(-2), 0.5, 1])
def test_a_reward_that_is_none_is_refused(reward: object) -> None:
    intent = TextMaia(SPACE).intent("refund", [])
    with pytest.raises(InputError, match="a reward of"):
        Outcome("c", intent, "s", "1", reward)  # type: ignore[arg-type]
