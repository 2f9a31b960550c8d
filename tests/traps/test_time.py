"""Traps in time: the instant itself, deprecation, limits on what was observed."""

from dataclasses import replace
from fractions import Fraction

import pytest

from caio.ir import documents as d
from caio.ir import terms as t
from tests.traps.conftest import Decide
from tests.traps.scenes import GE, GT, LE, LT, NOW, PROFILE, STATE, asking, changed


def until(instant: int, comparison: t.Comparison) -> t.Formula:
    return t.Compare(comparison, t.Affine.of(Fraction(-instant), {"env.at": Fraction(1)}))


@pytest.mark.parametrize(
    "at",
    [NOW, NOW + 1, NOW + 500_000, NOW + 1_000_000, 0, -1, d.INSTANT_MIN, d.INSTANT_MAX],
)
def test_a_decision_says_its_time_as_the_checker_reads_it(decide: Decide, at: int) -> None:
    assert decide(at=at).verdict == "routed"


@pytest.mark.parametrize(
    ("comparison", "at", "failed"),
    [
        (t.Comparison.LT, NOW - 1, []),
        (t.Comparison.LT, NOW, [["assumption", 0]]),
        (t.Comparison.LE, NOW, []),
        (t.Comparison.LE, NOW + 1, [["assumption", 0]]),
    ],
)
def test_a_deprecation_counts_from_its_very_instant(
    decide: Decide, comparison: t.Comparison, at: int, failed: list[object]
) -> None:
    service = changed(assumes=(until(NOW, comparison),))
    assert decide(service, at=at).failed() == failed


@pytest.mark.parametrize(
    ("relation", "failed"),
    [(LE, []), (LT, [["requirement", 0]]), (GE, []), (GT, [["requirement", 0]])],
)
def test_a_requirement_on_time_is_about_the_time_of_the_decision(
    decide: Decide, relation: t.Relation, failed: list[object]
) -> None:
    request = asking(ensure=(t.OnTime(relation, Fraction(NOW)),))
    assert decide(request=request).failed() == failed


def test_what_was_not_observed_is_not_healthy(decide: Decide) -> None:
    assert decide(states=[]).failed() == [["available", 0]]
    assert decide(states=[replace(STATE, values=())]).failed() == [["available", 0]]
    assert decide(states=[replace(STATE, version="1.1")]).failed() == [["available", 0]]


def test_a_limit_is_met_at_its_value_and_not_beyond(decide: Decide) -> None:
    limit = t.Compare(t.Comparison.LE, t.Affine.of(Fraction(-1, 2), {"env.load": Fraction(1)}))
    profile = replace(PROFILE, limits=d.Limits(available=(limit,), facts=("asserted",)))
    assert decide(profile=profile).failed() == []
    busy = replace(STATE, values=(("load", Fraction(500_001, 10**6)),))
    assert decide(profile=profile, states=[busy]).failed() == [["available", 0]]


def test_a_promise_that_depends_on_what_was_not_observed_is_no_promise(decide: Decide) -> None:
    guard = t.Compare(t.Comparison.LE, t.Affine.of(Fraction(-3, 4), {"env.load": Fraction(1)}))
    service = changed(assumes=(guard,))
    assert decide(service).failed() == []
    blind = replace(STATE, values=(("healthy", True),))
    assert decide(service, states=[blind]).failed() == [["assumption", 0]]
