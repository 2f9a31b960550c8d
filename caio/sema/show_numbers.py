"""Exact magnitudes as text of the language, in units chosen to be read.

`200 ms` and not `0.2 s`, `1.25 USD per 1_000_000 token`. Nothing is rounded; where no decimal number is exact, a quotient
is written.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Final

from caio.base.errors import InputError
from caio.base.instants import INSTANT_MAX, INSTANT_MIN, format_instant
from caio.base.units import RATIO, TIME, TIME_UNITS
from caio.syntax.text import quote_name

_MICROSECONDS: Final = 1_000_000
_PER: Final = (1, 1_000, 1_000_000, 1_000_000_000)
_MAX_PLACES: Final = 12
_READABLE_PLACES: Final = 3


def places(value: Fraction) -> int | None:
    """How many decimal places an exact number has; None if it has no end, or too many."""
    rest, count = value.denominator, 0
    for prime in (2, 5):
        power = 0
        while rest % prime == 0:
            rest //= prime
            power += 1
        count = max(count, power)
    return count if rest == 1 and count <= _MAX_PLACES else None


def decimal(value: Fraction) -> str | None:
    """The decimal text of a number that is not negative, if it has one of reasonable length."""
    count = places(value)
    if count is None:
        return None
    whole, rest = divmod(value.numerator * 10**count // value.denominator, 10**count)
    return grouped(whole) + (f".{rest:0{count}d}" if count else "")


def grouped(number: int) -> str:
    """A whole number, its digits in groups from five digits on."""
    return f"{number:_}" if number >= 10_000 else str(number)


def number(value: Fraction) -> str:
    """A number as an expression."""
    sign = "-" if value < 0 else ""
    text = decimal(abs(value))
    if text is None:
        text = f"{grouped(abs(value.numerator))}/{grouped(value.denominator)}"
    return sign + text


def level(value: Fraction) -> str:
    """A quantile, which the language can write only as a decimal.

    Raises:
        InputError: it is none.
    """
    text = decimal(value)
    if text is None:
        raise InputError(f"the quantile `{value}` has no decimal text")
    return text


def _unit_of(value: Fraction, dimension: str) -> tuple[Fraction, str]:
    """A magnitude in the unit in which it reads best, and the unit."""
    if dimension != TIME:
        return value, quote_name(dimension)
    for unit in reversed(TIME_UNITS):
        scaled = unit.from_base(value)
        if scaled.denominator == 1 and (scaled or unit.name == "s"):
            return scaled, unit.name
    micros = TIME_UNITS[0].from_base(value)
    return (value, "s") if places(micros) is None else (micros, TIME_UNITS[0].name)


def quantity(value: Fraction, dimension: str) -> str:
    """A magnitude in base units, with a unit."""
    if dimension == RATIO:
        return number(value)
    scaled, unit = _unit_of(value, dimension)
    return _times_unit(scaled, unit)


def _times_unit(value: Fraction, unit: str) -> str:
    sign = "-" if value < 0 else ""
    text = decimal(abs(value))
    if text is not None:
        return f"{sign}{text} {unit}"
    return f"{number(value)} * 1 {unit}"


def instant(micros: Fraction) -> str:
    """An instant, as a literal wherever there is one."""
    if micros.denominator == 1 and INSTANT_MIN <= micros <= INSTANT_MAX:
        return format_instant(int(micros))
    sign = "-" if micros < 0 else "+"
    return f"1970-01-01 {sign} {quantity(abs(micros) / _MICROSECONDS, TIME)}"


def ends(low: Fraction, high: Fraction, dimension: str) -> str:
    """The ends of a range; a unit that both have, or that a zero would have, is written once."""
    first, last = quantity(low, dimension), quantity(high, dimension)
    if dimension != RATIO and " * " not in first + last:
        count, _, unit = first.partition(" ")
        if low == 0 or unit == last.partition(" ")[2]:
            first = count
    return f"{first} .. {last}"


def rate(value: Fraction, above: str, below: str) -> str:
    """``value`` base units of one dimension per base unit of another, not negative."""
    if below == RATIO:
        return quantity(value, above)
    if above == below:
        return number(value)
    unit = "s" if below == TIME else quote_name(below)
    for many in _PER:
        scaled, name = _unit_of(value * many, above)
        count = places(scaled)
        if count is not None and (count <= _READABLE_PLACES or many == _PER[-1]):
            top = decimal(scaled) if above == RATIO else f"{decimal(scaled)} {name}"
            return f"{top} per {unit}" if many == 1 else f"{top} per {grouped(many)} {unit}"
    top = f"{number(value)} * 1" if above == RATIO else f"{number(value)} * 1 {_base(above)}"
    return f"{top} per {unit}"


def _base(dimension: str) -> str:
    return "s" if dimension == TIME else quote_name(dimension)
