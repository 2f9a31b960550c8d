"""Instants: exact, bounded, and strict about their text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caio.base.errors import InputError
from caio.base.instants import INSTANT_MAX, INSTANT_MIN, format_instant, parse_instant


@given(st.integers(INSTANT_MIN, INSTANT_MAX))
def test_format_then_parse_is_identity(micros: int) -> None:
    assert parse_instant(format_instant(micros)) == micros


@pytest.mark.parametrize(
    ("text", "micros"),
    [
        ("1970-01-01", 0),
        ("1970-01-01T00:00Z", 0),
        ("1970-01-01T02:00:00+02:00", 0),
        ("1969-12-31T23:59:59.999999Z", -1),
        ("2000-02-29", 951_782_400_000_000),
        ("0001-01-01", INSTANT_MIN),
        ("9999-12-31T23:59:59.999999Z", INSTANT_MAX),
    ],
)
def test_an_instant_is_microseconds_since_1970(text: str, micros: int) -> None:
    assert parse_instant(text) == micros


def test_a_midnight_is_written_as_a_date() -> None:
    assert format_instant(0) == "1970-01-01"
    assert format_instant(500_000) == "1970-01-01T00:00:00.5Z"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2027",
        "2027-4-14",
        "2027-02-29",
        "2027-13-01",
        "0000-01-01",
        "2027-04-14T08:30",
        "2027-04-14 08:30Z",
        "2027-04-14T24:00Z",
        "2027-04-14T08:30:60Z",
        "2027-04-14T08:30:00.1234567Z",
        "2027-04-14T08:30+25:00",
        "0001-01-01T00:00+00:01",
        "9999-12-31T23:59-00:01",
        "٢٠٢٧-04-14",
        "2027-04-14\n",
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(InputError):
        parse_instant(text)


@pytest.mark.parametrize("micros", [INSTANT_MIN - 1, INSTANT_MAX + 1])
def test_an_instant_out_of_range_has_no_text(micros: int) -> None:
    with pytest.raises(InputError):
        format_instant(micros)
