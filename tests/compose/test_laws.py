"""What composes holds for every joint distribution, or says what it takes for granted (Eq. 5.2).

The oracle is a finite world: n equally likely calls, and the value of every stage in each of them. Any dependence can be drawn
that way; bounds are read off the stages alone, and the whole is then counted call by call.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction
from math import prod

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from caio.base.errors import InputError
from caio.compose.laws import Interval, Law, assumption, compose
from caio.ir import documents as d

CALLS = 12
EXPECTED = d.Metric("m", "1", Fraction(0), Fraction(1), "higher", d.Statistic.EXPECTED)
QUANTILE = replace(EXPECTED, statistic=d.Statistic.QUANTILE, level=Fraction(99, 100))
OF_A_CALL: dict[Law, Callable[[Sequence[Fraction]], Fraction]] = {
    Law.SUM: lambda values: sum(values, Fraction(0)),
    Law.MIN: min,
    Law.MAX: max,
    Law.PRODUCT: lambda values: prod(values, start=Fraction(1)),
    Law.ERROR_SUM: lambda values: max(Fraction(0), 1 - sum((1 - v for v in values), Fraction(0))),
}
"""The value of the whole in one call."""
RATIOS = st.integers(0, 20).map(lambda number: Fraction(number, 20))
Stage = list[Fraction]


@st.composite
def worlds(draw: st.DrawFn, values: st.SearchStrategy[Fraction] = RATIOS) -> list[Stage]:
    """The values of one to four stages in every call: as drawn, all rising together, or every other one falling."""
    count = draw(st.integers(1, 4))
    stages = [draw(st.lists(values, min_size=CALLS, max_size=CALLS)) for _ in range(count)]
    match draw(st.sampled_from(["any", "comonotone", "countermonotone"])):
        case "comonotone":
            return [sorted(stage) for stage in stages]
        case "countermonotone":
            return [sorted(stage, reverse=place % 2 == 1) for place, stage in enumerate(stages)]
    return stages


def quantile_interval(stage: Stage, share: int) -> Interval:
    """The tightest ends that hold in `share` of the calls each."""
    ordered = sorted(stage)
    lower, upper = ordered[CALLS - share], ordered[share - 1]
    # With a share below one half, the ends may pass each other; an interval says no more than its wider form.
    return Interval(min(lower, upper), max(lower, upper), Fraction(share, CALLS))


def mean(values: Sequence[Fraction]) -> Fraction:
    return sum(values, Fraction(0)) / len(values)


@given(
    worlds(), st.lists(st.integers(7, CALLS), min_size=4, max_size=4), st.sampled_from(list(Law))
)
def test_quantile_bounds_compose_soundly_whatever_depends_on_what(
    world: list[Stage], shares: list[int], law: Law
) -> None:
    promised = [
        quantile_interval(stage, share) for stage, share in zip(world, shares, strict=False)
    ]
    found = compose(QUANTILE, law, promised)
    missing = sum(1 - one.level for one in promised if one.level is not None)
    if found is None:
        assert missing >= 1
        return
    assert found.level == 1 - missing
    whole = [OF_A_CALL[law](values) for values in zip(*world, strict=True)]
    assert sum(value >= found.lower for value in whole) >= found.level * CALLS
    assert sum(value <= found.upper for value in whole) >= found.level * CALLS
    assert assumption(QUANTILE, law) is None


@given(worlds(), st.data())
def test_expected_values_add_up_whatever_depends_on_what(
    world: list[Stage], data: st.DataObject
) -> None:
    slack = [data.draw(RATIOS) for _ in world]
    promised = [Interval(mean(s) - e, mean(s) + e) for s, e in zip(world, slack, strict=True)]
    found = compose(EXPECTED, Law.SUM, promised)
    assert found is not None
    assert (
        found.lower
        <= mean([sum(call, Fraction(0)) for call in zip(*world, strict=True)])
        <= found.upper
    )
    assert assumption(EXPECTED, Law.SUM) is None


@given(worlds(st.sampled_from([Fraction(0), Fraction(1)])))
def test_the_sum_of_error_rates_is_a_sound_bound_on_being_right(world: list[Stage]) -> None:
    """A stage is right or wrong in a call, and the whole is right where all stages are."""
    promised = [Interval(mean(stage), mean(stage)) for stage in world]
    found = compose(EXPECTED, Law.ERROR_SUM, promised)
    assert found is not None
    assert found.lower <= mean([min(call) for call in zip(*world, strict=True)]) <= found.upper
    assert assumption(EXPECTED, Law.ERROR_SUM) is None


def test_two_percentiles_add_their_failures_and_nothing_less_would_do() -> None:
    late = Fraction(1)
    one = [late if call == 0 else Fraction(0) for call in range(100)]
    other = [late if call == 1 else Fraction(0) for call in range(100)]
    promised = Interval(Fraction(0), Fraction(0), Fraction(99, 100))
    for law in (Law.SUM, Law.MAX):
        found = compose(QUANTILE, law, [promised, promised])
        assert found == Interval(Fraction(0), Fraction(0), Fraction(98, 100))
        # These two stages attain it: the calls that are late are different ones.
        whole = [OF_A_CALL[law](call) for call in zip(one, other, strict=True)]
        assert sum(value <= 0 for value in whole) == 98


@pytest.mark.parametrize(
    ("law", "stages"),
    [
        # Errors in different calls: the whole is right less often than its least stage.
        (Law.MIN, [[0, 1, 1, 1], [1, 0, 1, 1]]),
        # The slower one is another one each time.
        (Law.MAX, [[0, 1, 0, 0], [1, 0, 0, 0]]),
        (Law.PRODUCT, [[1, 1, 0, 0], [0, 0, 1, 1]]),
    ],
)
def test_what_is_assumed_is_not_always_so_and_is_therefore_said(
    law: Law, stages: list[list[int]]
) -> None:
    world = [[Fraction(value) for value in stage] for stage in stages]
    found = compose(EXPECTED, law, [Interval(mean(stage), mean(stage)) for stage in world])
    assert found is not None
    of_calls = mean([OF_A_CALL[law](call) for call in zip(*world, strict=True)])
    assert not found.lower <= of_calls <= found.upper
    assert assumption(EXPECTED, law) is not None


INTERVALS = st.tuples(RATIOS, RATIOS).map(lambda ends: Interval(min(ends), max(ends)))
LEVELS = st.integers(60, 100).map(lambda number: Fraction(number, 100))


@given(
    st.lists(INTERVALS, min_size=3, max_size=3),
    st.none() | st.lists(LEVELS, min_size=3, max_size=3),
    st.sampled_from(list(Law)),
)
def test_order_and_grouping_do_not_matter(
    stages: list[Interval], levels: list[Fraction] | None, law: Law
) -> None:
    metric = EXPECTED if levels is None else QUANTILE
    if levels is not None:
        stages = [replace(one, level=level) for one, level in zip(stages, levels, strict=True)]
    a, b, c = stages
    together = compose(metric, law, [a, b, c])
    assert compose(metric, law, [c, a, b]) == together

    def then(first: Interval | None, last: Interval) -> Interval | None:
        return None if first is None else compose(metric, law, [first, last])

    assert then(compose(metric, law, [a, b]), c) == together
    assert then(compose(metric, law, [b, c]), a) == together
    assert compose(metric, law, [a]) == a


@given(st.lists(INTERVALS, min_size=2, max_size=4), st.sampled_from(list(Law)), st.data())
def test_a_stage_that_promises_more_never_lets_the_whole_promise_less(
    stages: list[Interval], law: Law, data: st.DataObject
) -> None:
    place = data.draw(st.integers(0, len(stages) - 1))
    was = stages[place]
    inner = data.draw(st.tuples(RATIOS, RATIOS).map(sorted))
    lower, upper = max(was.lower, inner[0]), min(was.upper, inner[1])
    assume(lower <= upper)
    tighter = [*stages]
    tighter[place] = Interval(lower, upper)
    before, after = compose(EXPECTED, law, stages), compose(EXPECTED, law, tighter)
    assert before is not None
    assert after is not None
    assert before.lower <= after.lower <= after.upper <= before.upper


def test_levels_that_are_used_up_leave_no_guarantee() -> None:
    half = Interval(Fraction(0), Fraction(1), Fraction(1, 2))
    assert compose(QUANTILE, Law.SUM, [half]) == half
    assert compose(QUANTILE, Law.SUM, [half, half]) is None


def test_a_law_that_means_nothing_for_a_metric_gives_nothing() -> None:
    signed = replace(EXPECTED, lower=Fraction(-1))
    seconds = replace(EXPECTED, dimension="time")
    one = Interval(Fraction(0), Fraction(1))
    assert compose(signed, Law.PRODUCT, [one]) is None
    assert compose(signed, Law.ERROR_SUM, [one]) is None
    assert compose(seconds, Law.ERROR_SUM, [one]) is None


def test_what_is_no_composition_is_refused() -> None:
    one = Interval(Fraction(0), Fraction(1))
    with pytest.raises(InputError, match="at least one stage"):
        compose(EXPECTED, Law.SUM, [])
    with pytest.raises(InputError, match="another statistic"):
        compose(QUANTILE, Law.SUM, [one])
    with pytest.raises(InputError, match="another statistic"):
        compose(EXPECTED, Law.SUM, [replace(one, level=Fraction(1, 2))])
    with pytest.raises(InputError, match="at least 1 and at most 0"):
        Interval(Fraction(1), Fraction(0))
    for level in (Fraction(0), Fraction(11, 10)):
        with pytest.raises(InputError, match="above 0 and is at most 1"):
            replace(one, level=level)
