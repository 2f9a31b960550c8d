"""Exact numbers and their canonical text: what has too many digits is an input error, however long it is."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caio.base.errors import InputError
from caio.base.numbers import MAX_DIGITS, format_number, parse_number


@given(st.fractions())
def test_a_number_is_what_its_text_denotes(value: Fraction) -> None:
    assert parse_number(format_number(value)) == value


@given(st.integers(1, 8_000), st.integers(0, 8_000), st.booleans())
def test_a_number_has_a_text_iff_it_has_no_more_digits_than_it_may(
    above: int, below: int, negative: bool
) -> None:
    # Neither part divides the other, so that the fraction is in lowest terms.
    denominator = 1 if below == 0 else 10**below + 1
    value = Fraction((10**above - 1) * (-1 if negative else 1), denominator)
    digits = sum(
        number_of_digits(part) for part in (abs(value.numerator), value.denominator) if part != 1
    )
    if value.denominator == 1:
        digits = number_of_digits(abs(value.numerator))
    if digits <= MAX_DIGITS:
        assert parse_number(format_number(value)) == value
    else:
        with pytest.raises(InputError, match="512 digits"):
            format_number(value)


def number_of_digits(value: int) -> int:
    """Decimal digits without writing the number, which Python refuses for long ones."""
    digits = max(1, value.bit_length() * 30103 // 100_000)
    return digits + 1 if value >= 10**digits else digits
