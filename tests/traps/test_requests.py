"""Traps in what is asked: an empty H, integers, ranges and sets that are left open."""

from dataclasses import replace
from fractions import Fraction

import pytest

from caio.certify.prover import Prover
from caio.ir import documents as d
from caio.ir import terms as t
from caio.landscape.snapshot import take
from caio.obligations.candidate import Question
from caio.routing.route import route
from tests.traps.conftest import Decide
from tests.traps.scenes import (
    ACCURACY,
    FACTS,
    GE,
    LATENCY,
    LE,
    PROFILE,
    REQUEST,
    SERVICE,
    STATE,
    VOCABULARY,
    affine,
    asking,
    at_least,
    at_most,
    changed,
    equal,
    need,
    promise,
    tokens,
)


def test_a_plain_request_for_a_plain_service_is_routed(decide: Decide) -> None:
    outcome = decide()
    assert outcome.verdict == "routed"
    assert outcome.body["selected"]["service"] == "s"
    assert outcome.body["steps"][-1] == ["availability", 1]


def test_a_request_that_describes_nothing_admits_nobody(decide: Decide) -> None:
    request = asking(
        given=(t.In("request.region", ("eu",)), t.In("request.region", ("us",))),
        needs=(("vision",),),
        ensure=(need(ACCURACY, GE, 1),),
    )
    outcome = decide(request=request)
    assert outcome.verdict == "not_routable"
    assert outcome.failed() == [["non_empty"]]


def test_a_range_turned_around_describes_nothing(decide: Decide) -> None:
    outcome = decide(request=asking(given=tokens(501, 500)))
    assert outcome.failed() == [["non_empty"]]


def test_facts_that_no_caller_can_have_leave_no_request(decide: Decide) -> None:
    impossible = replace(FACTS, values=(("trust", Fraction(6)),))
    outcome = decide(facts=impossible, checked=False)
    assert outcome.verdict == "not_routable"
    assert ["non_empty"] in outcome.failed()


def test_an_environment_that_cannot_be_leaves_no_request(decide: Decide) -> None:
    impossible = replace(STATE, values=(("healthy", True), ("load", Fraction(3, 2))))
    outcome = decide(states=[impossible], checked=False)
    assert outcome.verdict == "not_routable"
    assert ["non_empty"] in outcome.failed()


@pytest.mark.parametrize("at", [d.INSTANT_MAX + 1, d.INSTANT_MIN - 1])
def test_a_time_outside_the_calendar_leaves_no_request(prover: Prover, at: int) -> None:
    # A decision also says its time in words, of which there are none for this one: only the judgement is looked at.
    question = Question(VOCABULARY, REQUEST, (), PROFILE, FACTS, at)
    decision = route(question, take(VOCABULARY, [SERVICE], (), [STATE]), prover)
    (candidate,) = decision.candidates
    assert decision.outcome.value == "not_routable"
    assert ("non_empty",) in [judged.key for judged in candidate.failed]


def test_a_hole_between_integers_is_seen_by_rounding(decide: Decide) -> None:
    third = t.Affine.of(Fraction(-1, 3), {"request.parts": Fraction(1)})
    two_thirds = t.Affine.of(Fraction(2, 3), {"request.parts": Fraction(-1)})
    between = (t.Compare(t.Comparison.LE, two_thirds.times(-1)), t.Compare(t.Comparison.LE, third))
    assert decide(request=asking(given=between[1:])).verdict == "routed"
    hole = (
        t.Compare(t.Comparison.LE, third.times(-1)),
        t.Compare(t.Comparison.LE, two_thirds.times(-1)),
    )
    assert decide(request=asking(given=hole)).failed() == [["non_empty"]]


def test_a_sum_without_an_integer_solution_describes_nothing(decide: Decide) -> None:
    sevenths = t.Affine.of(
        Fraction(-7), {"request.parts": Fraction(3), "request.pages": Fraction(5)}
    )
    request = asking(given=(t.Compare(t.Comparison.EQ, sevenths),))
    assert decide(request=request).failed() == [["non_empty"]]


def test_an_odd_sum_of_even_numbers_describes_nothing(decide: Decide) -> None:
    odd = t.Affine.of(Fraction(-7), {"request.tokens": Fraction(2), "request.parts": Fraction(4)})
    assert decide(request=asking(given=(t.Compare(t.Comparison.EQ, odd),))).failed() == [
        ["non_empty"]
    ]


@pytest.mark.parametrize(
    ("most", "failed"),
    [("1500", []), ("3001/2", []), ("1501", [["assumption", 0]])],
)
def test_an_integer_bound_is_tightened_and_no_further(
    decide: Decide, most: str, failed: list[list[object]]
) -> None:
    service = changed(assumes=(at_most("request.tokens", 1500),))
    request = asking(given=(at_most("request.tokens", most),))
    assert decide(service, request=request).failed() == failed


def test_a_strict_bound_between_integers_is_rounded_to_the_right_side(decide: Decide) -> None:
    below = t.Compare(
        t.Comparison.LT, t.Affine.of(Fraction(-3001), {"request.tokens": Fraction(2)})
    )
    above = t.Compare(
        t.Comparison.LT, t.Affine.of(Fraction(2999), {"request.tokens": Fraction(-2)})
    )
    request = asking(given=(below, above))
    assert decide(changed(assumes=(equal("request.tokens", 1500),)), request=request).failed() == []
    assert decide(changed(assumes=(at_most("request.tokens", 1499),)), request=request).failed()
    assert decide(changed(assumes=(at_least("request.tokens", 1501),)), request=request).failed()


def test_a_range_of_zero_width_is_one_value(decide: Decide) -> None:
    service = changed(
        assumes=(equal("request.only", 3),),
        guarantees=(promise(ACCURACY, GE, affine(0, only="1/4")),),
    )
    request = asking(ensure=(need(ACCURACY, GE, "3/4"),))
    assert decide(service, request=request).failed() == []
    assert decide(service, request=asking(given=(equal("request.only", 4),))).failed() == [
        ["non_empty"]
    ]


def test_an_open_field_must_be_served_for_each_of_its_values(decide: Decide) -> None:
    service = changed(assumes=(t.Not(t.In("request.region", ("apac",))),))
    assert decide(service).failed() == [["assumption", 0]]
    near = asking(given=(t.In("request.region", ("eu", "us")),))
    assert decide(service, request=near).failed() == []


def test_the_witness_of_an_open_field_is_the_value_that_breaks_it(decide: Decide) -> None:
    service = changed(assumes=(t.Not(t.In("request.region", ("apac",))),))
    assert decide(service).witness("assumption", 0)["request.region"] == 2


def test_a_negative_coefficient_turns_the_worst_case_around(decide: Decide) -> None:
    service = changed(guarantees=(promise(LATENCY, LE, affine(50, tokens="-1/100")),))
    request = asking(ensure=(need(LATENCY, LE, 40),), given=tokens(1000, 2000))
    assert decide(service, request=request).failed() == []
    request = asking(ensure=(need(LATENCY, LE, 40),), given=tokens(999, 2000))
    outcome = decide(service, request=request)
    assert outcome.failed() == [["requirement", 0]]
    assert outcome.witness("requirement", 0)["request.tokens"] == 999


def test_a_requirement_may_move_with_the_request(decide: Decide) -> None:
    service = changed(guarantees=(promise(LATENCY, LE, affine(1, tokens="1/1000")),))
    request = asking(ensure=(need(LATENCY, LE, affine(1, tokens="1/1000")),))
    assert decide(service, request=request).failed() == []
    tighter = asking(ensure=(need(LATENCY, LE, affine(1, tokens="1/1001")),))
    assert decide(service, request=tighter).failed() == [["requirement", 0]]
    no_tokens = replace(tighter, given=(at_most("request.tokens", 0),))
    assert decide(service, request=no_tokens).failed() == []


def test_a_count_is_the_number_of_members(decide: Decide) -> None:
    service = changed(
        assumes=(
            t.Compare(
                t.Comparison.LE, t.Affine.of(Fraction(-1), {"count(request.data)": Fraction(1)})
            ),
        )
    )
    assert decide(service).failed() == [["assumption", 0]]
    assert (
        decide(service, request=asking(given=(t.Not(t.Has("request.data", "public")),))).failed()
        == []
    )
    assert SERVICE.assumes == ()
