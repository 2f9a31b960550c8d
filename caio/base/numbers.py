"""Exact numbers and their canonical text (``docs/spec/certificate-v1.md`` section 1).

Every magnitude in CAIO is a ``fractions.Fraction``; its text is ``-?(0|[1-9][0-9]*)(/[1-9][0-9]*)?`` in
lowest terms. Nothing here, and nothing that calls it, ever passes through a float.
"""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Final

from caio.base.errors import InputError

MAX_DIGITS: Final = 512
"""The most decimal digits a number may have, numerator and denominator together."""

_MAX_BITS: Final = 4 * MAX_DIGITS
_PATTERN: Final = re.compile(r"(-?)(0|[1-9][0-9]*)(?:/([1-9][0-9]*))?")


def format_number(value: Fraction | int) -> str:
    """The canonical text of an exact number.

    Raises:
        InputError: the number has more than ``MAX_DIGITS`` digits.
    """
    # Python refuses to write very long integers, so that plainly too long ones are told by their bits.
    plain = value.numerator.bit_length() + value.denominator.bit_length() <= _MAX_BITS
    text = str(value) if plain else ""
    if not plain or (len(text) > MAX_DIGITS and sum(map(str.isdigit, text)) > MAX_DIGITS):
        raise InputError(f"a number of more than {MAX_DIGITS} digits")
    return text


def parse_number(text: str) -> Fraction:
    """The number that a canonical text denotes.

    Raises:
        InputError: the text is not canonical.
    """
    match = _PATTERN.fullmatch(text)
    if match is None or sum(map(str.isdigit, text)) > MAX_DIGITS:
        raise InputError(f"`{text[:40]}` is not an exact number such as `3`, `-3/4`")
    value = Fraction(int(match[1] + match[2]), int(match[3] or 1))
    if str(value) != text:
        raise InputError(f"`{text[:40]}` is not in lowest terms")
    return value
