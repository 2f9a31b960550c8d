"""The grid of least bounds: its step, and the search on it."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caio.analysis.explain.steps import above, below, first, step_of, step_of_type
from caio.ir import documents as d

POSITIVE = st.fractions(min_value=Fraction(1, 10**9), max_value=10**9)


@given(POSITIVE, st.fractions(min_value=Fraction(1, 10**7), max_value=1))
def test_a_step_is_the_greatest_power_of_ten_within_the_resolution(
    width: Fraction, resolution: Fraction
) -> None:
    step = step_of(width, resolution)
    assert step <= width * resolution < 10 * step
    whole = step if step >= 1 else 1 / step
    assert whole.denominator == 1
    assert str(whole.numerator).rstrip("0") == "1"


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (d.IntType("token", 0, 10**9), Fraction(1)),
        (d.InstantType(), Fraction(1)),
        (d.RationalType("time", Fraction(0), Fraction(60)), Fraction(1, 100_000)),
        (d.RationalType("time", Fraction(0), None), Fraction(1, 10_000)),
        (d.RationalType("1", Fraction(1), Fraction(1)), Fraction(1, 1_000_000)),
    ],
)
def test_the_step_of_a_field_is_that_of_its_type(kind: d.Type, expected: Fraction) -> None:
    assert step_of_type(kind, Fraction(-500), Fraction(1, 1_000_000)) == expected


@given(st.fractions(), POSITIVE)
def test_the_points_of_the_grid_enclose_a_value(value: Fraction, step: Fraction) -> None:
    low, high = below(value, step), above(value, step)
    assert low * step <= value <= high * step
    assert high - low in {0, 1}


@given(
    st.integers(-(10**9), 10**9),
    st.integers(1, 10**9),
    st.integers(0, 10**9),
    st.none() | st.integers(-(10**10), 10**10),
)
def test_the_first_point_is_found_whatever_is_guessed(
    refuted: int, gap: int, beyond: int, guess: int | None
) -> None:
    wanted = refuted + gap
    asked: list[int] = []

    def holds(point: int) -> bool:
        assert refuted < point < wanted + beyond + 1
        asked.append(point)
        return point >= wanted

    assert first(holds, refuted, wanted + beyond + 1, guess) == wanted
    assert len(asked) < 40


def test_a_right_guess_costs_two_questions() -> None:
    asked: list[int] = []

    def holds(point: int) -> bool:
        asked.append(point)
        return point >= 214

    assert first(holds, 0, 10**12, 214) == 214
    assert asked == [214, 213]
