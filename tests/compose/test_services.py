"""Services one after another and side by side: Eq. 5.2 as the vocabulary declares it."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

import pytest

from caio.base.errors import InputError
from caio.compose.laws import ASSUMPTIONS, Interval, Law
from caio.compose.services import Stage, in_parallel, in_sequence
from caio.ir import documents as d


def metric(name: str, sequence: str | None = None, parallel: str | None = None) -> d.Metric:
    return d.Metric(
        name,
        "1",
        Fraction(0),
        Fraction(1),
        "higher",
        d.Statistic.EXPECTED,
        sequence=sequence,
        parallel=parallel,
    )


LEVEL = Fraction(99, 100)
VOCABULARY = d.Vocabulary(
    "v",
    metrics=(
        metric("accuracy", sequence="min"),
        metric("recall", sequence="error_sum", parallel="error_sum"),
        metric("style"),
        d.Metric(
            "latency",
            "time",
            Fraction(0),
            Fraction(3600),
            "lower",
            d.Statistic.QUANTILE,
            LEVEL,
            sequence="sum",
            parallel="max",
        ),
    ),
)


def at_least(value: str) -> Interval:
    return Interval(Fraction(value), Fraction(1))


def within(seconds: int, level: Fraction = LEVEL) -> Interval:
    return Interval(Fraction(0), Fraction(seconds), level)


FIRST = Stage(
    {
        "accuracy": at_least("0.95"),
        "recall": at_least("0.9"),
        "style": at_least("1"),
        "latency": within(2),
    },
    deterministic=True,
)
SECOND = Stage(
    {
        "accuracy": at_least("0.9"),
        "recall": at_least("0.8"),
        "style": at_least("1"),
        "latency": within(3),
    },
    deterministic=True,
)


def test_the_laws_of_the_calculus() -> None:
    """accuracy: min; latency: sum; determinism: conjunction (Eq. 5.2), with what the calculus leaves out."""
    whole = in_sequence(VOCABULARY, [FIRST, SECOND])
    assert whole.guarantees == {
        "accuracy": at_least("0.9"),
        "recall": at_least("0.7"),
        "latency": within(5, Fraction(98, 100)),
    }
    assert whole.deterministic is True
    assert whole.assumptions == (("accuracy", ASSUMPTIONS[Law.MIN]),)


def test_side_by_side_the_slowest_counts_and_what_has_no_law_is_gone() -> None:
    whole = in_parallel(VOCABULARY, [FIRST, SECOND])
    assert whole.guarantees == {
        "recall": at_least("0.7"),
        "latency": within(3, Fraction(98, 100)),
    }
    assert whole.assumptions == ()


def test_compositions_nest_and_keep_what_they_assume() -> None:
    whole = in_sequence(VOCABULARY, [in_sequence(VOCABULARY, [FIRST, SECOND]), FIRST])
    assert whole == in_sequence(VOCABULARY, [FIRST, SECOND, FIRST])
    assert whole.guarantees["latency"] == within(7, Fraction(97, 100))
    beside = in_parallel(VOCABULARY, [in_sequence(VOCABULARY, [FIRST, SECOND]), FIRST])
    # Nothing is guaranteed of accuracy any more, and nothing has to be believed for it.
    assert "accuracy" not in beside.guarantees
    assert beside.assumptions == ()


def test_what_one_stage_does_not_promise_the_whole_does_not() -> None:
    silent = Stage({"latency": within(1)})
    whole = in_sequence(VOCABULARY, [FIRST, silent])
    assert set(whole.guarantees) == {"latency"}
    assert whole.deterministic is None


def test_determinism_is_a_conjunction_in_which_unknown_is_not_true() -> None:
    for known in product([True, False, None], repeat=3):
        for way in (in_sequence, in_parallel):
            whole = way(VOCABULARY, [Stage(deterministic=one) for one in known])
            assert (whole.deterministic is True) == all(one is True for one in known)
            assert (whole.deterministic is False) == (False in known)


def test_one_stage_is_itself_where_there_is_a_law() -> None:
    alone = in_sequence(VOCABULARY, [FIRST])
    assert alone.guarantees == {k: v for k, v in FIRST.guarantees.items() if k != "style"}
    assert alone.assumptions == ()


def test_nothing_and_strangers_are_refused() -> None:
    with pytest.raises(InputError, match="at least one stage"):
        in_sequence(VOCABULARY, [])
    with pytest.raises(InputError, match="no metric `speed`"):
        in_parallel(VOCABULARY, [Stage({"speed": at_least("1")})])
