"""Python values as values of a vocabulary: exact, of the declared type and within its range, or refused.

A float is never taken: ``0.1`` is not a tenth, and what was meant cannot be told from it any more. A plain number is
taken where one unit alone can be meant (a count, a currency, a ratio); of a duration the unit must be said.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Final

from caio.base.diagnostics import did_you_mean
from caio.base.errors import InputError
from caio.base.instants import INSTANT_MAX, INSTANT_MIN
from caio.base.numbers import MAX_DIGITS
from caio.base.spans import Source
from caio.base.units import TIME
from caio.ir import documents as d
from caio.sema.report import Report, shown
from caio.sema.scope import Scope
from caio.sema.terms import type_name
from caio.sema.values import range_problem, value_of

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_MAX_TEXT: Final = 1_000


def values_of(
    scope: Scope, given: Mapping[str, object], fields: Mapping[str, d.Field], what: str
) -> dict[str, d.Value]:
    """The values of fields, in order of name.

    Args:
        scope: of the vocabulary.
        given: Python values by field.
        fields: the fields there are, by name.
        what: what such a field is called in messages.

    Raises:
        InputError: a field that is not there, or a value that is none of its field's.
    """
    found = {}
    for name in given:
        if not isinstance(name, str):
            raise InputError(f"a {what} is named by a string, not by {_described(name)}")
        if name not in fields:
            raise InputError(f"there is no {what} `{shown(name)}`{_hint(name, fields)}")
    for name in sorted(given):
        found[name] = value_from(scope, given[name], fields[name])
    return found


def value_from(scope: Scope, value: object, field: d.Field) -> d.Value:
    """The value of a field that a Python value means.

    Raises:
        InputError: it means none; the message says what to write.
    """
    name, kind = f"`{shown(field.name)}`", field.type
    match kind:
        case d.BoolType():
            if isinstance(value, bool):
                return value
            raise InputError(f"{name} must be True or False, not {_described(value)}")
        case d.EnumType(enum):
            if isinstance(value, str):
                return _member(scope, enum, value, name)
            raise InputError(
                f"{name} must be the name of a member of `{enum}`, not {_described(value)}"
            )
        case d.SetType(enum):
            return _members(scope, enum, value, name)
        case d.InstantType():
            if isinstance(value, datetime):
                return Fraction(microseconds(value, name))
            if isinstance(value, str):
                return _written(scope, value, field)
            raise InputError(
                f"{name} must be a datetime with a time zone, or a text such as"
                f" `2027-04-14T08:30Z`, not {_described(value)}"
            )
        case d.IntType() | d.RationalType():
            return _quantity(scope, value, field, kind)


def microseconds(moment: datetime, name: str) -> int:
    """An aware datetime as microseconds UTC since 1970.

    Raises:
        InputError: it has no time zone, or lies outside the years 1 to 9999.
    """
    if moment.utcoffset() is None:
        raise InputError(
            f"{name} has no time zone, so that it may mean any of a day's hours:"
            " write `datetime.now(UTC)`, or `.replace(tzinfo=…)`"
        )
    found = (moment - _EPOCH) // _MICROSECOND
    if not INSTANT_MIN <= found <= INSTANT_MAX:
        raise InputError(f"{name} lies outside the years 1 to 9999")
    return found


def python_value(value: d.Value, kind: d.Type) -> bool | Fraction | str | frozenset[str] | datetime:
    """What a value of a vocabulary is in Python: an instant a datetime in UTC, a set a frozenset, a number a Fraction."""
    if isinstance(value, tuple):
        return frozenset(value)
    if isinstance(kind, d.InstantType) and isinstance(value, Fraction):
        return _EPOCH + int(value) * _MICROSECOND
    return value


def _quantity(
    scope: Scope, value: object, field: d.Field, kind: d.IntType | d.RationalType
) -> d.Value:
    name = f"`{shown(field.name)}`"
    match value:
        case str():
            return _written(scope, value, field)
        case timedelta() if kind.dimension == TIME:
            number = Fraction(value // _MICROSECOND, 1_000_000)
        case bool() | timedelta():
            raise InputError(f"{name} must be {type_name(kind)}, not {_described(value)}")
        case int():
            number = _whole(value, name)
        case Fraction():
            number = _fraction(value, name)
        case Decimal():
            number = _decimal(value, name)
        case float():
            raise InputError(
                f"{name} is the float {value!r}, and floats are not exact: {_instead(kind, value)}"
            )
        case _:
            raise InputError(f"{name} must be {type_name(kind)}, not {_described(value)}")
    if kind.dimension == TIME and not isinstance(value, timedelta):
        raise InputError(
            f'{name} is a duration without a unit: write `"{_short(number)} ms"` or `"… s"`, or give a timedelta'
        )
    problem = range_problem(number, kind)
    if problem is not None:
        unit = "" if kind.dimension in ("1", TIME) else f" {kind.dimension}"
        raise InputError(f"{name} {problem}{unit}")
    return number


def _written(scope: Scope, text: str, field: d.Field) -> d.Value:
    """The value of a constant of the language."""
    from caio.syntax.parse import parse_expression  # noqa: PLC0415 - only texts need the grammar

    name = f"`{shown(field.name)}`"
    if len(text) > _MAX_TEXT:
        raise InputError(f"{name} is a text of {len(text):,} characters, which is no constant")
    report = Report()
    expr, found = parse_expression(Source("value", text), "value")
    value = None if expr is None else value_of(scope, expr, field.type, name, report)
    problems = [*found, *report.diagnostics]
    if value is None or problems:
        problem = problems[0]
        hint = "" if problem.help is None else f" ({problem.help})"
        raise InputError(f"{name} is given as `{shown(text)}`: {problem.message}{hint}")
    return value


def _member(scope: Scope, enum: str, value: str, name: str) -> str:
    if value not in scope.order[enum]:
        raise InputError(
            f"{name}: `{shown(value)}` is no member of `{enum}`{_hint(value, scope.order[enum])}"
        )
    # A subclass of `str` may behave as it likes; what is kept is the vocabulary's own name.
    return scope.members[enum][scope.order[enum][value]]


def _members(scope: Scope, enum: str, value: object, name: str) -> tuple[str, ...]:
    if not isinstance(value, AbstractSet | list | tuple):
        raise InputError(
            f"{name} must be a set of names of members of `{enum}`, not {_described(value)}"
        )
    names = []
    for item in value:
        if not isinstance(item, str):
            raise InputError(f"{name} holds {_described(item)}, which names no member of `{enum}`")
        names.append(_member(scope, enum, item, name))
    if len(set(names)) != len(names):
        raise InputError(f"{name} names a member of `{enum}` twice")
    return tuple(sorted(names, key=scope.order[enum].__getitem__))


def _whole(value: int, name: str) -> Fraction:
    if value.bit_length() > 4 * MAX_DIGITS:
        raise InputError(f"{name} has more than {MAX_DIGITS} digits")
    return Fraction(int(value))


def _fraction(value: Fraction, name: str) -> Fraction:
    _whole(value.numerator, name)
    _whole(value.denominator, name)
    return Fraction(value.numerator, value.denominator)


def _decimal(value: Decimal, name: str) -> Fraction:
    """The exact value, never computed before its size is known: ``Decimal("1e999999")`` is a short text."""
    if not value.is_finite():
        raise InputError(f"{name} is {value}, which is no number")
    _, digits, exponent = value.as_tuple()
    if isinstance(exponent, int) and len(digits) + abs(exponent) > 2 * MAX_DIGITS:
        raise InputError(f"{name} has more than {MAX_DIGITS} digits")
    return _fraction(Fraction(value), name)


def _instead(kind: d.IntType | d.RationalType, value: float) -> str:
    if kind.dimension == TIME:
        return 'write it as a text with its unit, such as `"200 ms"`'
    if isinstance(kind, d.IntType):
        return "write a whole number, such as `500`"
    text = repr(value) if abs(value) < 1e6 and "e" not in repr(value) else "0.4"
    unit = "" if kind.dimension == "1" else f" {kind.dimension}"
    return f'write `Decimal("{text}")` or the text `"{text}{unit}"`'


def _hint(name: str, known: Iterable[str]) -> str:
    names = list(known)
    closest = did_you_mean(name, names)
    if closest is not None:
        return f" ({closest})"
    if not names:
        return " (there is none)"
    listed = ", ".join(f"`{other}`" for other in names[:8])
    return f" (there {'is' if len(names) == 1 else 'are'}: {listed}{', …' if names[8:] else ''})"


def _described(value: object) -> str:
    """A value in a message: what it is, and its text where that is short and cannot do harm."""
    if value is None or type(value) in (bool, float):
        return f"{value!r}"
    if isinstance(value, str):
        return f"the text `{shown(value)}`"
    return f"a value of type `{type(value).__name__}`"


def _short(number: Fraction) -> str:
    return str(number) if abs(number) < 10**9 and number.denominator == 1 else "…"
