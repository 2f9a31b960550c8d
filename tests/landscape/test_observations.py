"""Observations come from outside: what is not exact, or not in range, or not one thing, does not become one."""

from __future__ import annotations

import json
from dataclasses import FrozenInstanceError, replace
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caio.base.canonical import canonical_bytes
from caio.base.errors import InputError
from caio.base.instants import INSTANT_MAX
from caio.ir import documents as d
from caio.ir import terms as t
from caio.landscape.histogram import LONGEST
from caio.landscape.observations import MAX_MEASURED, Measured, Observation, Terms, guarantee_digest
from tests.landscape.calls import ACCURACY, BOUND, LATENCY, MEAN, P50, P99, QUICK, call


class Name(str):
    """Not a string to those who know no subclasses."""

    __slots__ = ()


@pytest.mark.parametrize(
    "changed",
    [
        {"id": ""},
        {"id": "a\nb"},
        {"id": "a\x1b[2J"},
        {"id": "\ud800"},
        {"id": "x" * 257},
        {"id": 7},
        {"id": None},
        {"id": b"x"},
        {"id": Name("x")},
        {"service": "a\x00b"},
        {"service": ""},
        {"version": "latest"},
        {"version": "1.0\n"},
        {"version": "1..0"},
        {"at": 1.0},
        {"at": True},
        {"at": INSTANT_MAX + 1},
        {"at": -(10**5000)},
        {"at": "0"},
        {"outcome": ""},
        {"outcome": "Succeeded"},
        {"outcome": "timed out"},
        {"outcome": "a" * 65},
        {"outcome": "é"},
        {"latency": -1},
        {"latency": 0.5},
        {"latency": float("nan")},
        {"latency": Fraction(1)},
        {"latency": LONGEST + 1},
        {"latency": False},
        {"evidence": "sha256:" + "0" * 63},
        {"evidence": "sha256:" + "0" * 64 + "\n"},
        {"evidence": "SHA256:" + "0" * 64},
        {"evidence": 5},
        {"measured": []},
        {"measured": (1,)},
        {"measured": None},
    ],
)
def test_a_hostile_observation_is_refused_in_one_line(changed: dict[str, Any]) -> None:
    with pytest.raises(InputError) as refused:
        replace(call("c"), **changed)
    text = str(refused.value)
    assert "\n" not in text
    assert "\x1b" not in text
    assert len(text) < 300


@pytest.mark.parametrize("field", ["bound", "value"])
@pytest.mark.parametrize(
    "number",
    [0.1, float("nan"), float("inf"), "1/2", True, None, 1j, 10**1000, Fraction(1, 10**1000)],
)
def test_a_measured_number_that_is_not_exact_is_refused(field: str, number: Any) -> None:
    numbers: dict[str, Any] = {"bound": BOUND, "value": QUICK, field: number}
    with pytest.raises(InputError, match=f"`{field}` of metric `latency`"):
        Measured(LATENCY, P99, **numbers)


@pytest.mark.parametrize(
    ("metric", "guarantee"),
    [
        (ACCURACY, P99),
        (LATENCY, MEAN),
        (LATENCY, replace(P99, level=None)),
        (ACCURACY, replace(MEAN, level=Fraction(1, 2))),
        (LATENCY, replace(P99, level=Fraction(1))),
        (LATENCY, replace(P99, level=Fraction(0))),
        (replace(ACCURACY, upper=Fraction(0)), MEAN),
        ("latency", P99),
        (LATENCY, "p99"),
    ],
)
def test_a_guarantee_that_its_metric_does_not_know_is_refused(metric: Any, guarantee: Any) -> None:
    with pytest.raises(InputError):
        Measured(metric, guarantee, BOUND, QUICK)


def test_the_same_guarantee_twice_is_refused() -> None:
    one = Measured(LATENCY, P99, BOUND, QUICK)
    other = Measured(LATENCY, P99, BOUND, QUICK * 2)
    with pytest.raises(InputError, match="the same guarantee twice"):
        replace(call("c"), measured=(one, other))
    many = tuple(
        Measured(LATENCY, replace(P99, bound=t.Affine.of(n)), BOUND, QUICK)
        for n in range(1, MAX_MEASURED + 2)
    )
    with pytest.raises(InputError, match="more than the 256"):
        replace(call("c"), measured=many)


def test_an_observation_does_not_change() -> None:
    observation = call("c")
    with pytest.raises(FrozenInstanceError):
        observation.id = "d"  # type: ignore[misc]


def test_whole_numbers_are_as_good_as_fractions() -> None:
    assert Measured(ACCURACY, MEAN, 1, 1) == Measured(ACCURACY, MEAN, Fraction(1), Fraction(1))  # type: ignore[arg-type]


def test_the_canonical_form_does_not_depend_on_order_or_on_how_a_version_is_written() -> None:
    parts = (Measured(LATENCY, P99, BOUND, QUICK), Measured(LATENCY, P50, BOUND, QUICK))
    one = replace(call("c"), measured=parts)
    other = replace(call("c"), measured=parts[::-1], version="1")
    assert canonical_bytes(one.json()) == canonical_bytes(other.json())
    assert json.loads(canonical_bytes(one.json()))["at"] == "0"


def test_a_guarantee_is_known_by_version_range_and_all_that_it_says() -> None:
    names = {
        guarantee_digest("a", "1", LATENCY, P99),
        guarantee_digest("b", "1", LATENCY, P99),
        guarantee_digest("a", "2", LATENCY, P99),
        guarantee_digest("a", "1", replace(LATENCY, upper=Fraction(60)), P99),
        guarantee_digest("a", "1", LATENCY, P50),
        guarantee_digest("a", "1", LATENCY, replace(P99, when=t.Is("request.urgent"))),
        guarantee_digest("a", "1", LATENCY, replace(P99, bound=t.Affine.of(1))),
        guarantee_digest("a", "1", LATENCY, replace(P99, relation=t.Relation.LT)),
    }
    assert len(names) == 8
    # What a vocabulary says besides is no part of the promise.
    assert guarantee_digest("a", "1", replace(LATENCY, sequence="sum"), P99) in names


numbers = st.fractions(-2, 3, max_denominator=100)
relations = st.sampled_from(list(t.Relation))


@given(numbers, numbers, relations)
def test_a_bound_is_exceeded_where_the_relation_does_not_hold(
    value: Fraction, bound: Fraction, relation: t.Relation
) -> None:
    holds = {
        t.Relation.LE: value <= bound,
        t.Relation.LT: value < bound,
        t.Relation.GE: value >= bound,
        t.Relation.GT: value > bound,
    }[relation]
    terms = Terms("m", relation, Fraction(9, 10), Fraction(0), Fraction(1))
    assert terms.exceeded(value, bound) != holds
    assert terms.bet(value, bound) == (Fraction(not holds), Fraction(1, 10))


@given(numbers, numbers, relations, st.fractions(-1, 0), st.fractions(1, 2))
def test_a_mean_is_bet_on_within_its_range_and_against_the_promise_alone(
    value: Fraction, bound: Fraction, relation: t.Relation, lower: Fraction, upper: Fraction
) -> None:
    terms = Terms("m", relation, None, lower, upper)
    seen, promised = terms.bet(value, bound)
    assert 0 <= seen <= 1
    if lower <= value <= upper:
        # What wins against the promise is a value beyond the bound, and nothing else.
        assert (seen > promised) == (value > bound if relation.upper else value < bound)
    if seen > 0 and seen > promised:
        assert terms.exceeded(value, bound)


def test_the_kinds_of_documents_are_those_of_the_landscape() -> None:
    observation = call("c")
    assert observation.key == ("acme/fast", "1")
    assert isinstance(observation, Observation)
    assert observation.measured[0].guarantee == P99
    assert d.version_key(observation.version) == (1,)
