"""Traps in what a call costs: gaps, overlaps, and cases that are no bound."""

from fractions import Fraction

import pytest

from caio.ir import documents as d
from caio.ir import terms as t
from tests.traps.conftest import Decide
from tests.traps.scenes import GE, GT, LE, LT, affine, asking, at_least, at_most, changed, tokens

COVERED, DISJOINT = ["budget", "covered"], ["cost_disjoint"]


def case(when: t.Formula, amount: t.Affine) -> d.CostCase:
    return d.CostCase(when, amount)


CHEAP, DEAR = affine(0, tokens="1/1000"), affine(0, tokens="2/1000")
SPLIT = (
    case(at_most("request.tokens", 1000), CHEAP),
    case(at_least("request.tokens", 1001), DEAR),
)
GAP = (SPLIT[0], case(at_least("request.tokens", 1002), DEAR))
OVERLAP = (SPLIT[0], case(at_least("request.tokens", 1000), DEAR))


def budget(amount: str, low: int = 0, high: int = 10_000) -> d.Request:
    return asking(budget=Fraction(amount), given=tokens(low, high))


def test_a_cost_at_the_budget_is_within_it(decide: Decide) -> None:
    service = changed(cost=SPLIT)
    assert decide(service, request=budget("20")).failed() == []
    assert decide(service, request=budget("1999/100")).failed() == [["budget", 1]]
    assert decide(service, request=budget("1", high=1000)).failed() == []
    assert decide(service, request=budget("1", high=1001)).failed() == [["budget", 1]]


def test_a_gap_between_cost_cases_is_no_bound(decide: Decide) -> None:
    outcome = decide(changed(cost=GAP), request=budget("100", 500, 1500))
    assert outcome.failed() == [COVERED]
    assert outcome.witness("budget", "covered")["request.tokens"] == 1001
    assert decide(changed(cost=GAP), request=budget("100", 0, 1000)).failed() == []


def test_overlapping_cost_cases_are_an_obligation_of_their_own(decide: Decide) -> None:
    outcome = decide(changed(cost=OVERLAP))
    assert outcome.failed() == [DISJOINT]
    assert outcome.witness("cost_disjoint")["request.tokens"] == 1000
    assert decide(changed(cost=OVERLAP), request=asking(given=tokens(1001, 2000))).failed() == []


def test_an_overlap_does_not_make_the_cheaper_case_count(decide: Decide) -> None:
    always = (case(t.TRUE, affine(1)), case(t.TRUE, affine(50)))
    assert decide(changed(cost=always), request=budget("2")).failed() == [DISJOINT, ["budget", 1]]


def test_an_overlap_that_the_service_assumes_away_does_not_matter(decide: Decide) -> None:
    service = changed(cost=OVERLAP, assumes=(at_least("request.tokens", 1001),))
    assert decide(service, request=budget("100", 1001)).failed() == []
    assert decide(service, request=budget("100", 1000)).failed() == [["assumption", 0]]


def test_a_service_that_states_no_cost_meets_no_budget(decide: Decide) -> None:
    assert decide(request=asking(budget=Fraction(10**9))).failed() == [COVERED]
    assert decide(request=asking()).failed() == []


def test_a_case_that_never_applies_costs_nothing_and_covers_nothing(decide: Decide) -> None:
    never = case(at_least("request.tokens", 10_001), affine(10**6))
    assert decide(changed(cost=(never,)), request=budget("1")).failed() == [COVERED]
    both = (never, case(t.TRUE, affine(1)))
    assert decide(changed(cost=both), request=budget("1")).failed() == []


def test_a_budget_of_nothing_is_met_by_what_is_free(decide: Decide) -> None:
    assert decide(changed(cost=(case(t.TRUE, affine(0)),)), request=budget("0")).failed() == []
    assert decide(changed(cost=(SPLIT[0],)), request=budget("0", 0, 1)).failed() == [["budget", 0]]


@pytest.mark.parametrize(
    ("relation", "bound", "failed"),
    [
        (LE, 5, []),
        (LT, 5, [["requirement", 0]]),
        (LT, 6, []),
        (LE, 4, [["requirement", 0]]),
        (GE, 0, [["requirement", 0]]),
        (GT, 0, [["requirement", 0]]),
        (GE, 1, [["requirement", 0]]),
    ],
)
def test_a_cost_case_bounds_from_above_only(
    decide: Decide, relation: t.Relation, bound: int, failed: list[object]
) -> None:
    service = changed(cost=(case(t.TRUE, affine(5)),))
    request = asking(ensure=(t.OnCost(relation, affine(bound)),))
    assert decide(service, request=request).failed() == failed


def test_a_cost_requirement_is_not_met_where_no_case_applies(decide: Decide) -> None:
    request = asking(ensure=(t.OnCost(LE, affine(100)),))
    assert decide(changed(cost=(SPLIT[0],)), request=request).failed() == [["requirement", 0]]
    assert decide(request=request).failed() == [["requirement", 0]]


def test_an_amount_below_nothing_is_within_every_budget(decide: Decide) -> None:
    refund = (case(t.TRUE, affine(-1)),)
    assert decide(changed(cost=refund), request=budget("0")).failed() == []


@pytest.mark.parametrize(("bound", "kept"), [(-3, True), (-5, True), (-6, False), (-10, False)])
def test_a_negative_amount_proves_no_more_than_it_says(
    decide: Decide, bound: int, *, kept: bool
) -> None:
    service = changed(cost=(case(t.TRUE, affine(-5)),))
    asked = asking(ensure=(t.OnCost(LE, affine(bound)),))
    assert decide(service, request=asked).failed() == ([] if kept else [["requirement", 0]])
