"""How names, texts, numbers and instants are written, for everything that prints the language."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Final

from caio.syntax.grammar import load

MAX_NAME: Final = 256
"""The most characters of a name."""

BARE_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*")
FIELD_NAME: Final = re.compile(r"[a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*)*")

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_UNESCAPE: Final = re.compile(r"\\([\"\\])")
_INSTANT: Final = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})(?:T([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:\.([0-9]{1,6}))?)?Z)?"
)


def quote(text: str) -> str:
    """The text in quotation marks."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def unquote(token: str) -> str:
    """What a quoted token says; a backslash that escapes nothing stands for itself."""
    return _UNESCAPE.sub(r"\1", token[1 : -1 if len(token) > 1 and token[-1] == '"' else None])


def quote_name(name: str) -> str:
    """The name as it may stand anywhere in a text: bare if no keyword is spelt like it."""
    if BARE_NAME.fullmatch(name) and name not in load().keywords:
        return name
    return quote(name)


def printable(text: str) -> bool:
    """Whether a text can be a name: no control characters, no halves of characters."""
    return not any(c < " " or "\x7f" <= c <= "\x9f" or "\ud800" <= c <= "\udfff" for c in text)


def print_number(value: Fraction | int) -> str:
    """An exact number as an expression: decimal where that is exact, else a quotient.

    The integer part is grouped by ``_`` from five digits on.
    """
    value = Fraction(value)
    sign = "-" if value < 0 else ""
    numerator, denominator = abs(value.numerator), value.denominator
    digits = _decimal_places(denominator)
    if digits is None:
        return f"{sign}{_grouped(numerator)}/{_grouped(denominator)}"
    whole, rest = divmod(numerator * 10**digits // denominator, 10**digits)
    fraction = f".{rest:0{digits}d}" if digits else ""
    return f"{sign}{_grouped(whole)}{fraction}"


def _grouped(number: int) -> str:
    return f"{number:_}" if number >= 10_000 else str(number)


def _decimal_places(denominator: int) -> int | None:
    """How many decimal places a fraction in lowest terms needs; None if no number suffices."""
    places = [0, 0]
    for index, prime in enumerate((2, 5)):
        while denominator % prime == 0:
            denominator //= prime
            places[index] += 1
    return max(places) if denominator == 1 else None


def parse_instant(text: str) -> int | None:
    """The microseconds since 1970 of a date or an instant in UTC; None if it does not exist."""
    match = _INSTANT.fullmatch(text)
    if match is None:
        return None
    year, month, day, hour, minute, second = (int(match[i] or 0) for i in range(1, 7))
    fraction = int((match[7] or "").ljust(6, "0"))
    try:
        moment = datetime(year, month, day, hour, minute, second, fraction, tzinfo=UTC)
    except ValueError:
        return None
    return (moment - _EPOCH) // timedelta(microseconds=1)


def print_instant(microseconds: int) -> str:
    """An instant as a date where it is midnight, else with time, as short as is exact."""
    moment = _EPOCH + timedelta(microseconds=microseconds)
    day = f"{moment.year:04d}-{moment.month:02d}-{moment.day:02d}"
    if not (moment.hour or moment.minute or moment.second or moment.microsecond):
        return day
    time = f"{moment.hour:02d}:{moment.minute:02d}:{moment.second:02d}"
    fraction = f".{moment.microsecond:06d}".rstrip("0") if moment.microsecond else ""
    return f"{day}T{time}{fraction}Z"
