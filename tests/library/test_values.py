"""Python values become exact values of the vocabulary, or the message says what to write instead."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from enum import IntEnum
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import caio
from caio.ir import documents as d
from caio.ir.encode import document_digest
from caio.routing.values import python_value, value_from, values_of
from caio.sema.scope import Scope

VOCABULARY = caio.loads(
    """
    vocabulary "kinds" {
      enum Colour { red, green, "deep-blue" }
      unit token
      request fields {
        flag:   bool,
        tokens: int in 0 .. 1_000_000 token,
        share:  ratio in 0 .. 1,
        price:  USD in 0 .. 10 USD,
        wait:   time in 0 s .. 1 h,
        colour: Colour,
        colours: set of Colour,
        due:    instant,
      }
    }
    """
).vocabularies[0]
SCOPE = Scope(VOCABULARY, document_digest(VOCABULARY))
FIELDS = {field.name: field for field in VOCABULARY.request}
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
HUGE = 10**10_000


class Size(IntEnum):
    """An integer with a name."""

    SMALL = 500


class Sly(str):
    """A string that claims to be another in a comparison."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = str.__hash__


def value(name: str, given_value: object) -> d.Value:
    return value_from(SCOPE, given_value, FIELDS[name])


@pytest.mark.parametrize(
    ("name", "given_value", "expected"),
    [
        ("flag", True, True),
        ("flag", False, False),
        ("tokens", 500, Fraction(500)),
        ("tokens", Size.SMALL, Fraction(500)),
        ("tokens", Decimal("5E+2"), Fraction(500)),
        ("tokens", Fraction(1000, 2), Fraction(500)),
        ("tokens", "5_00 token", Fraction(500)),
        ("share", Decimal("0.1"), Fraction(1, 10)),
        ("share", "10 %", Fraction(1, 10)),
        ("share", Fraction(1, 3), Fraction(1, 3)),
        ("share", 1, Fraction(1)),
        ("price", "0.4 USD", Fraction(2, 5)),
        ("price", Decimal("0.4"), Fraction(2, 5)),
        ("wait", "200 ms", Fraction(1, 5)),
        ("wait", timedelta(milliseconds=200), Fraction(1, 5)),
        ("wait", timedelta(microseconds=1), Fraction(1, 1_000_000)),
        ("colour", "deep-blue", "deep-blue"),
        ("colours", {"green", "red"}, ("red", "green")),
        ("colours", ["deep-blue", "red"], ("red", "deep-blue")),
        ("colours", frozenset(), ()),
        ("due", NOON, Fraction(1_795_348_800_000_000)),
        ("due", NOON.astimezone(timezone(timedelta(hours=9))), Fraction(1_795_348_800_000_000)),
        ("due", "2026-11-22T12:00Z", Fraction(1_795_348_800_000_000)),
    ],
)
def test_a_value_is_taken_exactly(name: str, given_value: object, expected: d.Value) -> None:
    found = value(name, given_value)
    assert found == expected
    assert type(found) is type(expected)


@pytest.mark.parametrize(
    ("name", "given_value", "message"),
    [
        ("flag", 1, "must be True or False"),
        ("flag", None, "must be True or False, not None"),
        ("flag", np.True_, "must be True or False"),
        ("tokens", 500.0, "is the float 500.0.*write a whole number"),
        ("tokens", float("nan"), "is the float nan"),
        ("tokens", np.float64(500), "float"),
        ("tokens", np.int64(500), "not a value of type `int64`"),
        ("tokens", True, "not True"),
        ("tokens", "500", "write the unit: `500 token`"),
        ("tokens", "500 tokn", "did you mean `token`"),
        ("tokens", "request.tokens", "found `request.tokens`"),
        ("tokens", "", "expected"),
        ("tokens", "1 token " * 500, "text of 4,000 characters"),
        ("tokens", "\ud800", "tokens"),
        ("tokens", -1, "must lie in 0 .. 1000000, found -1 token"),
        ("tokens", 1_000_001, "must lie in"),
        ("tokens", Fraction(1, 2), "whole number"),
        ("tokens", HUGE, "more than 512 digits"),
        ("tokens", -HUGE, "more than 512 digits"),
        ("tokens", 1 + 2j, "not a value of type `complex`"),
        ("share", 0.1, r'write `Decimal\("0.1"\)` or the text `"0.1"`'),
        ("share", Decimal("NaN"), "no number"),
        ("share", Decimal("sNaN"), "no number"),
        ("share", Decimal("-Infinity"), "no number"),
        ("share", Decimal("1e999999"), "more than 512 digits"),
        ("share", Decimal("1e-999999"), "more than 512 digits"),
        ("share", Fraction(1, HUGE), "more than 512 digits"),
        ("share", "1.1", "must be at most 1"),
        ("price", 0.4, r'`"0.4 USD"`'),
        ("price", "0.4 EUR", "USD"),
        ("wait", 200, r'write `"200 ms"`'),
        ("wait", Decimal("0.2"), "without a unit"),
        ("wait", 0.2, r'such as `"200 ms"`'),
        ("wait", timedelta(hours=2), "must be at most 3600"),
        ("price", timedelta(seconds=1), "not a value of type `timedelta`"),
        ("colour", "blue", "no member of `Colour`.*deep-blue"),
        ("colour", "\ud800", "no member of `Colour`"),
        ("colour", Sly("blue"), "no member of `Colour`"),
        ("colour", ("red",), "name of a member"),
        ("colours", "red", "must be a set of names.*not the text `red`"),
        ("colours", {"red": 1}, "must be a set of names"),
        ("colours", {"rd"}, "did you mean `red`"),
        ("colours", ["red", "red"], "names a member of `Colour` twice"),
        ("colours", [1], "names no member"),
        ("due", NOON.replace(tzinfo=None), "no time zone.*datetime.now"),
        ("due", 1_795_348_800_000_000, "datetime with a time zone"),
        ("due", "noon", "due"),
        ("due", NOON.date(), "datetime with a time zone"),
    ],
    # An integer of many digits has no text by itself.
    ids=lambda item: type(item).__name__ if not isinstance(item, str) else ascii(item)[:30],
)
def test_anything_else_is_refused_and_the_message_names_the_field(
    name: str, given_value: object, message: str
) -> None:
    with pytest.raises(caio.InputError, match=message) as caught:
        value(name, given_value)
    text = str(caught.value)
    assert text.startswith(f"`{name}`")
    assert text.isprintable()
    assert len(text) < 400


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"tokns": 1}, "no request field `tokns`.*did you mean `tokens`"),
        ({"request.tokens": 1}, "did you mean"),
        ({"\ud800": 1}, "no request field `\\?`"),
        ({3: 1}, "named by a string"),
        ({None: 1}, "named by a string"),
    ],
)
def test_a_field_that_is_not_there_is_named_with_the_closest(
    values: Mapping[str, object], message: str
) -> None:
    with pytest.raises(caio.InputError, match=message):
        values_of(SCOPE, values, FIELDS, "request field")


numbers = st.fractions(0, 1, max_denominator=10**40)


@given(numbers)
def test_numbers_come_back_as_they_went_in(number: Fraction) -> None:
    assert value("share", number) == number


@given(st.decimals(0, 1, allow_nan=False, allow_infinity=False, places=30))
def test_decimals_are_exact_whatever_the_context(number: Decimal) -> None:
    assert value("share", number) == Fraction(number) == value("share", f"{number:f}")


@given(st.datetimes(timezones=st.timezones()))
def test_instants_come_back_in_utc(moment: datetime) -> None:
    found = value("due", moment) if moment.year not in (1, 9999) else None
    if found is not None:
        assert python_value(found, FIELDS["due"].type) == moment.astimezone(UTC)


@given(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(),
        st.decimals(),
        st.fractions(),
        st.text(max_size=20),
        st.binary(max_size=5),
        st.datetimes(),
        st.timedeltas(),
        st.sets(st.text(max_size=3), max_size=3),
        st.lists(st.integers(), max_size=3),
    ),
    st.sampled_from(sorted(FIELDS)),
)
def test_no_value_raises_anything_but_an_input_error(given_value: object, name: str) -> None:
    found, message = attempt(name, given_value)
    assert message.isprintable()
    assert not (isinstance(given_value, float) and found is not None)
    assert isinstance(found, bool | Fraction | str | tuple) == (message == "")


def attempt(name: str, given_value: object) -> tuple[d.Value | None, str]:
    """The value, or the message of its refusal."""
    try:
        return value(name, given_value), ""
    except caio.InputError as error:
        return None, str(error)
