"""Magnitudes, values and points as people write them: members by name, instants as dates, times and money in units."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from fractions import Fraction
from typing import Final

from caio.base.instants import INSTANT_MAX, INSTANT_MIN, format_instant
from caio.base.units import RATIO, TIME, TIME_UNITS
from caio.cli.text import safe
from caio.ir import documents as d

_DIGITS: Final = 12
"""The most decimals that are written out exactly; beyond, six figures and a ``≈``."""

UNSTATED: Final = "not stated"


def decimal(value: Fraction) -> str:
    """An exact decimal where one is short, else an approximation that says so."""
    rest = value.denominator
    places = {2: 0, 5: 0}
    for prime in places:
        while rest % prime == 0:
            rest //= prime
            places[prime] += 1
    width = max(places.values())
    if rest == 1 and width <= _DIGITS:
        shifted = abs(value.numerator) * 10**width // value.denominator
        whole, part = divmod(shifted, 10**width)
        sign = "-" if value < 0 else ""
        return f"{sign}{_grouped(whole)}" + (f".{part:0{width}}" if width else "")
    return f"≈{_rounded(value)}"


def _grouped(number: int) -> str:
    """Digits in groups from five digits on, as the language writes them."""
    return f"{number:_}" if abs(number) >= 10_000 else str(number)


def _rounded(value: Fraction) -> str:
    """Six significant figures, computed exactly; a float might overflow or be a wrong neighbour."""
    magnitude = 0
    size = abs(value)
    while size >= 10 ** (magnitude + 1):
        magnitude += 1
    while size and size < Fraction(10) ** magnitude and magnitude > -_DIGITS * 4:
        magnitude -= 1
    places = 5 - magnitude
    scaled = round(value * Fraction(10) ** places)
    exact = Fraction(scaled) / Fraction(10) ** places
    if exact.denominator == 1:
        return _grouped(exact.numerator)
    digits = str(abs(scaled)).rjust(places + 1, "0")
    text = f"{digits[:-places]}.{digits[-places:]}".rstrip("0")
    return ("-" if value < 0 else "") + text


def quantity(value: Fraction, dimension: str) -> str:
    """A magnitude with its unit: ``200 ms``, ``0.1 USD``, ``128_000 token``, ``0.92``."""
    if dimension == RATIO:
        return decimal(value)
    if dimension == TIME:
        return _duration(value)
    return f"{decimal(value)} {safe(dimension)}"


def _duration(value: Fraction) -> str:
    """The largest unit in which the number is at least one and exact, else milliseconds."""
    for unit in reversed(TIME_UNITS):
        number = unit.from_base(value)
        # `90 s` reads better than `1.5 min`: larger units only where they come out whole.
        whole = number.denominator == 1 or unit.name in ("ms", "us", "s")
        if (abs(number) >= 1 and whole) or (value == 0 and unit.name == "s"):
            return f"{decimal(number)} {unit.name}"
    return f"{decimal(value * 1000)} ms"


def instant(value: Fraction) -> str:
    """A date, or a time in UTC."""
    if value.denominator == 1 and INSTANT_MIN <= value <= INSTANT_MAX:
        return format_instant(value.numerator)
    return f"{decimal(value)} us since 1970"


def stated(value: d.Value, kind: d.Type) -> str:
    """A value of a document."""
    match value:
        case bool():
            return "true" if value else "false"
        case Fraction():
            match kind:
                case d.InstantType():
                    return instant(value)
                case d.IntType(dimension) | d.RationalType(dimension):
                    return quantity(value, dimension)
                case _:
                    return decimal(value)
        case str():
            return safe(value)
        case _:
            return _braces([safe(member) for member in value])


def point(
    vocabulary: d.Vocabulary,
    witness: Mapping[str, Fraction],
    only: Collection[str] | None = None,
) -> list[tuple[str, str]]:
    """A witness as pairs of name and value: members of sets joined, numbers read by their types.

    Args:
        vocabulary: what the variables mean.
        witness: values by variable.
        only: the variables that matter; None shows all but the selectors of rules.
    """
    sets: dict[str, list[str]] = {}
    found: dict[str, str] = {}
    for name in sorted(witness, key=_rank):
        if name.startswith("select.") or (only is not None and name not in only):
            continue
        base, is_member, member = name.partition(":")
        if is_member:
            held = sets.setdefault(base, [])
            found.setdefault(base, "")
            if witness[name] > 0:
                held.append(safe(member))
        else:
            found[name] = read(vocabulary, name, witness[name])
    return [
        (safe(short(name)), _braces(sets[name]) if name in sets else text)
        for name, text in found.items()
    ]


def short(name: str) -> str:
    """A variable as it is said: ``at``, ``latency``, ``request.tokens``."""
    if name == "env.at":
        return "at"
    return name.removeprefix("metric.")


def _rank(name: str) -> tuple[int, str]:
    order = ("request.", "fact.", "env.", "measured.", "metric.", "cost", "service.")
    place = next((i for i, prefix in enumerate(order) if name.startswith(prefix)), len(order))
    return place, name


def read(vocabulary: d.Vocabulary, name: str, value: Fraction) -> str:
    """The value of a variable, by its type."""
    if name == "cost":
        return quantity(value, vocabulary.cost.dimension if vocabulary.cost else RATIO)
    origin, _, rest = name.partition(".")
    try:
        if origin == "metric":
            return quantity(value, vocabulary.metric(rest).dimension)
        kind = vocabulary.field(name).type
    except KeyError:
        # A variable that the vocabulary does not know cannot occur in accepted evidence.
        return decimal(value)
    match kind:
        case d.EnumType(enum):
            members = vocabulary.enum(enum).names()
            known = value.denominator == 1 and 0 <= value < len(members)
            return safe(members[int(value)]) if known else UNSTATED
        case d.BoolType():
            return UNSTATED if value < 0 else "true" if value else "false"
        case d.InstantType():
            return instant(value)
        case d.IntType(dimension) | d.RationalType(dimension):
            return quantity(value, dimension)
        case _:
            return decimal(value)


def _braces(members: list[str]) -> str:
    return f"{{ {', '.join(members)} }}" if members else "{ }"
