"""Buckets of durations against sorted lists of them."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caio.base.errors import InputError
from caio.landscape.histogram import DIVISIONS, LONGEST, Distribution, bucket_of, edges

durations = st.one_of(st.integers(0, 3000), st.integers(0, LONGEST))
levels = st.one_of(
    st.fractions(0, 1, max_denominator=1000),
    st.sampled_from([Fraction(0), Fraction(1, 2), Fraction(99, 100), Fraction(1)]),
)


def of(values: list[int]) -> Distribution:
    return Distribution(tuple(sorted(Counter(map(bucket_of, values)).items())))


@given(durations)
def test_a_duration_lies_between_the_edges_of_its_bucket_which_is_narrow(duration: int) -> None:
    lower, upper = edges(bucket_of(duration))
    assert lower <= duration <= upper
    assert (upper - lower) * DIVISIONS < max(lower, 1)


def test_buckets_follow_one_another_without_gap_or_overlap() -> None:
    following = 0
    for bucket in range(bucket_of(LONGEST) + 1):
        lower, upper = edges(bucket)
        assert lower == following
        assert bucket_of(lower) == bucket_of(upper) == bucket
        following = upper + 1
    assert following == LONGEST + 1


@given(st.lists(durations, min_size=1, max_size=200), levels)
def test_a_quantile_lies_between_what_is_stated(values: list[int], level: Fraction) -> None:
    rank = max(1, -(-level.numerator * len(values) // level.denominator))
    true = sorted(values)[rank - 1]
    distribution = of(values)
    bracket = distribution.bracket(level)
    assert bracket is not None
    assert bracket[0] <= true <= bracket[1]
    assert distribution.quantile(level) == bracket[1]
    assert (bracket[1] - true) * DIVISIONS <= true


@given(st.lists(durations, max_size=50))
def test_every_duration_is_counted(values: list[int]) -> None:
    distribution = of(values)
    assert distribution.total == len(values)
    rows = distribution.json()
    assert isinstance(rows, list)
    for row in rows:
        inside = [value for value in values if row["from"] <= value <= row["to"]]
        assert len(inside) == row["count"]


def test_nothing_has_no_quantile() -> None:
    assert Distribution().quantile(Fraction(1, 2)) is None
    assert Distribution().bracket(Fraction(1, 2)) is None


@pytest.mark.parametrize("level", [0.99, 1, True, Fraction(-1, 2), Fraction(3, 2), "1/2"])
def test_what_is_no_level_is_refused(level: Fraction) -> None:
    with pytest.raises(InputError, match="no level of a quantile"):
        of([1, 2]).quantile(level)
