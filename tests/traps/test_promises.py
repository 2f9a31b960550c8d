"""Traps in what is promised: contradictions, guards, levels, strictness, and what nobody says."""

from fractions import Fraction

import pytest

from caio.ir import documents as d
from caio.ir import terms as t
from tests.traps.conftest import Decide
from tests.traps.scenes import (
    ACCURACY,
    GE,
    GT,
    LATENCY,
    LE,
    LT,
    NAME,
    PROFILE,
    affine,
    asking,
    at_least,
    at_most,
    changed,
    need,
    promise,
    tokens,
)

COHERENT, FIRST = ["coherent"], ["requirement", 0]

TWO_SIDED = (
    promise(ACCURACY, GE, "9/10"),
    promise(ACCURACY, LE, affine("14/10", tokens="-1/2000")),
)
"""Contradicts itself above 1,000 tokens and nowhere else."""


def test_a_contradiction_above_a_thousand_tokens_refutes_a_request_that_reaches_there(
    decide: Decide,
) -> None:
    service = changed(guarantees=TWO_SIDED)
    outcome = decide(service, request=asking(given=tokens(500, 2000)))
    assert outcome.failed() == [COHERENT]
    assert outcome.witness("coherent")["request.tokens"] > 1000
    assert decide(service, request=asking(given=tokens(500, 1001))).failed() == [COHERENT]


def test_a_contradiction_above_a_thousand_tokens_does_not_concern_a_request_below(
    decide: Decide,
) -> None:
    service = changed(guarantees=TWO_SIDED)
    assert decide(service, request=asking(given=tokens(500, 1000))).failed() == []


def test_a_contradiction_is_excused_where_the_service_assumes_it_away_but_not_beyond(
    decide: Decide,
) -> None:
    service = changed(guarantees=TWO_SIDED, assumes=(at_most("request.tokens", 1000),))
    assert decide(service, request=asking(given=tokens(500, 2000))).failed() == [["assumption", 0]]
    assert decide(service, request=asking(given=tokens(500, 1000))).failed() == []


def test_two_contradictory_promises_prove_nothing_together(decide: Decide) -> None:
    service = changed(guarantees=(promise(LATENCY, GE, 50), promise(LATENCY, LE, 40)))
    request = asking(ensure=(need(LATENCY, LE, 10), need(LATENCY, GE, 55), need(ACCURACY, GE, 1)))
    assert decide(service, request=request).failed() == [
        COHERENT,
        FIRST,
        ["requirement", 1],
        ["requirement", 2],
    ]


def test_a_promise_beyond_the_declared_range_is_a_contradiction(decide: Decide) -> None:
    service = changed(guarantees=(promise(ACCURACY, GE, "11/10"),))
    assert decide(service).failed() == [COHERENT]


@pytest.mark.parametrize(
    ("relation", "bound", "failed"),
    [(LE, 0, []), (LT, 0, [COHERENT]), (LE, -1, [COHERENT]), (GE, 60, []), (GT, 60, [COHERENT])],
)
def test_a_promise_at_the_edge_of_the_range_is_kept_by_the_edge_alone(
    decide: Decide, relation: t.Relation, bound: int, failed: list[object]
) -> None:
    service = changed(guarantees=(promise(LATENCY, relation, bound),))
    assert decide(service).failed() == failed


@pytest.mark.parametrize(
    ("lower", "upper", "failed"),
    [(GE, LE, []), (GT, LE, [COHERENT]), (GE, LT, [COHERENT]), (GT, LT, [COHERENT])],
)
def test_two_promises_may_meet_in_a_point_unless_either_is_strict(
    decide: Decide, lower: t.Relation, upper: t.Relation, failed: list[object]
) -> None:
    service = changed(guarantees=(promise(ACCURACY, lower, "1/2"), promise(ACCURACY, upper, "1/2")))
    assert decide(service).failed() == failed


def test_promises_that_contradict_each_other_under_disjoint_guards_are_coherent(
    decide: Decide,
) -> None:
    urgent = t.Is("request.urgent")
    service = changed(
        guarantees=(promise(LATENCY, GE, 50, urgent), promise(LATENCY, LE, 40, t.Not(urgent)))
    )
    assert decide(service).failed() == []


def test_overlapping_guards_promise_the_tighter_bound_only_where_it_applies(
    decide: Decide,
) -> None:
    service = changed(
        guarantees=(
            promise(LATENCY, LE, 20, at_most("request.tokens", 2000)),
            promise(LATENCY, LE, 10, at_most("request.tokens", 1000)),
        )
    )

    def failed(most: int, bound: int) -> list[list[object]]:
        request = asking(given=tokens(0, most), ensure=(need(LATENCY, LE, bound),))
        return decide(service, request=request).failed()

    assert failed(1000, 10) == []
    assert failed(1001, 10) == [FIRST]
    assert failed(2000, 20) == []
    assert failed(2001, 20) == [FIRST]


def test_promises_for_every_case_add_up_to_a_promise(decide: Decide) -> None:
    regions = ("eu", "us", "apac")
    service = changed(
        guarantees=tuple(
            promise(ACCURACY, GE, f"{9 + i}/12", t.In("request.region", (region,)))
            for i, region in enumerate(regions)
        )
    )
    assert decide(service, request=asking(ensure=(need(ACCURACY, GE, "3/4"),))).failed() == []
    assert decide(service, request=asking(ensure=(need(ACCURACY, GE, "10/12"),))).failed() == [
        FIRST
    ]


def test_a_gap_between_guards_is_no_promise(decide: Decide) -> None:
    service = changed(
        guarantees=(
            promise(LATENCY, LE, 5, at_most("request.tokens", 1000)),
            promise(LATENCY, LE, 5, at_least("request.tokens", 1002)),
        )
    )
    request = asking(ensure=(need(LATENCY, LE, 5),))
    outcome = decide(service, request=request)
    assert outcome.failed() == [FIRST]
    assert outcome.witness("requirement", 0)["request.tokens"] == 1001


def test_a_metric_that_nobody_promises_is_not_met(decide: Decide) -> None:
    service = changed(guarantees=(promise(LATENCY, LE, 1),))
    assert decide(service, request=asking(ensure=(need(ACCURACY, GE, "1/1000"),))).failed() == [
        FIRST
    ]


def test_a_promise_from_the_other_side_is_no_promise(decide: Decide) -> None:
    service = changed(guarantees=(promise(ACCURACY, LE, "9/10"),))
    assert decide(service, request=asking(ensure=(need(ACCURACY, GE, "1/2"),))).failed() == [FIRST]


def test_what_the_declared_range_says_needs_no_promise(decide: Decide) -> None:
    request = asking(ensure=(need(ACCURACY, GE, 0), need(LATENCY, LE, 60)))
    assert decide(request=request).failed() == []
    strict = asking(ensure=(need(ACCURACY, GT, 0), need(LATENCY, LT, 60)))
    assert decide(request=strict).failed() == [FIRST, ["requirement", 1]]


@pytest.mark.parametrize(
    ("promised", "needed", "failed"),
    [(LE, LE, []), (LT, LE, []), (LT, LT, []), (LE, LT, [FIRST])],
)
def test_less_entails_at_most_but_not_conversely(
    decide: Decide, promised: t.Relation, needed: t.Relation, failed: list[object]
) -> None:
    service = changed(guarantees=(promise(LATENCY, promised, 5),))
    assert decide(service, request=asking(ensure=(need(LATENCY, needed, 5),))).failed() == failed


@pytest.mark.parametrize(
    ("level", "failed"),
    [("99/100", []), ("999/1000", []), ("98/100", [FIRST]), ("1/2", [FIRST])],
)
def test_a_promise_at_a_lower_level_does_not_meet_a_higher_one(
    decide: Decide, level: str, failed: list[object]
) -> None:
    service = changed(guarantees=(promise(LATENCY, LE, 5, level=level),))
    assert decide(service, request=asking(ensure=(need(LATENCY, LE, 5),))).failed() == failed


def test_a_tight_promise_at_a_low_level_does_not_sharpen_a_loose_one_at_a_high_level(
    decide: Decide,
) -> None:
    service = changed(
        guarantees=(promise(LATENCY, LE, 1, level="1/2"), promise(LATENCY, LE, 9, level="999/1000"))
    )
    assert decide(service, request=asking(ensure=(need(LATENCY, LE, 5),))).failed() == [FIRST]
    low = asking(ensure=(need(LATENCY, LE, 5, level="1/2"),))
    assert decide(service, request=low).failed() == []


@pytest.mark.parametrize(
    ("low", "high", "failed"),
    [("1/2", "1/2", []), ("1/2", "501/1000", [COHERENT]), ("1/3", "2/3", [])],
)
def test_crossing_promises_contradict_each_other_only_if_their_levels_exceed_one(
    decide: Decide, low: str, high: str, failed: list[object]
) -> None:
    service = changed(
        guarantees=(promise(LATENCY, GE, 50, level=low), promise(LATENCY, LE, 40, level=high))
    )
    assert decide(service).failed() == failed


def test_an_overlay_that_contradicts_its_service_is_incoherent(decide: Decide) -> None:
    service = changed(guarantees=(promise(ACCURACY, LE, "9/10"),))
    overlay = d.Overlay(NAME, "s", "1.0", "bench", guarantees=(promise(ACCURACY, GE, "95/100"),))
    request = asking(ensure=(need(ACCURACY, GE, "95/100"),))
    assert decide(service, overlays=[overlay], request=request).failed() == [COHERENT]


def test_two_overlays_that_contradict_each_other_are_incoherent(decide: Decide) -> None:
    overlays = [
        d.Overlay(NAME, "s", "1.0", "a", guarantees=(promise(ACCURACY, LE, "9/10"),)),
        d.Overlay(NAME, "s", "1.0", "b", guarantees=(promise(ACCURACY, GE, "95/100"),)),
    ]
    assert decide(overlays=overlays).failed() == [COHERENT]
    assert decide(overlays=overlays[:1]).failed() == []


def test_an_overlay_of_another_version_promises_nothing(decide: Decide) -> None:
    overlay = d.Overlay(NAME, "s", "1.1", "bench", guarantees=(promise(ACCURACY, GE, "9/10"),))
    request = asking(ensure=(need(ACCURACY, GE, "1/2"),))
    assert decide(overlays=[overlay], request=request).failed() == [FIRST]


def test_a_deadline_is_met_by_a_promise_at_the_declared_level_and_nothing_else(
    decide: Decide,
) -> None:
    request = asking(deadline=Fraction(5))
    fast, unsure = promise(LATENCY, LE, 5), promise(LATENCY, LE, 5, level="98/100")
    assert decide(changed(guarantees=(fast,)), request=request).failed() == []
    assert decide(changed(guarantees=(unsure,)), request=request).failed() == [["deadline"]]
    assert decide(request=request).failed() == [["deadline"]]


def test_the_routing_allowance_comes_off_the_deadline(decide: Decide) -> None:
    service = changed(guarantees=(promise(LATENCY, LE, 5),))
    limits = d.Limits(facts=("asserted",), routing_allowance=Fraction(1, 10**6))
    profile = d.Profile(NAME, "p", PROFILE.weights, limits=limits)
    request = asking(deadline=Fraction(5))
    assert decide(service, request=request, profile=profile).failed() == [["deadline"]]
