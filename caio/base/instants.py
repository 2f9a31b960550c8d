"""Instants: integer microseconds UTC since 1970-01-01T00:00Z, bounded, exact (DESIGN section 4).

The years 1 to 9999 in the proleptic Gregorian calendar, without leap seconds. A date means 00:00Z of that day.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Final

from caio.base.errors import InputError

INSTANT_MIN: Final = -62135596800000000
"""0001-01-01T00:00:00Z."""
INSTANT_MAX: Final = 253402300799999999
"""9999-12-31T23:59:59.999999Z."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_PATTERN: Final = re.compile(
    r"(\d{4})-(\d{2})-(\d{2})"
    r"(?:T(\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,6}))?)?(Z|[+-]\d{2}:\d{2}))?",
    re.ASCII,
)


def parse_instant(text: str) -> int:
    """The microseconds that ``2027-04-14``, ``2027-04-14T08:30Z`` or ``…T08:30:00.5+02:00`` denotes.

    Raises:
        InputError: the text has another form, names no day, or lies outside the years 1 to 9999.
    """
    match = _PATTERN.fullmatch(text)
    if match is None:
        raise InputError(
            f"`{text[:40]}` is not an instant such as `2027-04-14` or `2027-04-14T08:30:00Z`"
        )
    year, month, day, hour, minute, second = (int(part or 0) for part in match.groups()[:6])
    fraction = int((match[7] or "0").ljust(6, "0"))
    try:
        moment = datetime(year, month, day, hour, minute, second, fraction, tzinfo=UTC)
    except ValueError as error:
        raise InputError(f"`{text[:40]}` does not exist in the calendar") from error
    micros = (moment - _EPOCH) // _MICROSECOND - _offset(match[8])
    if not INSTANT_MIN <= micros <= INSTANT_MAX:
        raise InputError(f"`{text[:40]}` lies outside the years 1 to 9999")
    return micros


def _offset(zone: str | None) -> int:
    """A zone's distance from UTC in microseconds."""
    if zone is None or zone == "Z":
        return 0
    hours, minutes = int(zone[1:3]), int(zone[4:6])
    if hours > 23 or minutes > 59:
        raise InputError(f"`{zone}` is not an offset from UTC")
    distance = (hours * 60 + minutes) * 60_000_000
    return -distance if zone[0] == "-" else distance


def format_timestamp(micros: int) -> str:
    """The one text of an instant in a decision: seconds always, six digits of a fraction if there is one.

    Raises:
        InputError: the instant is out of range.
    """
    return _moment(micros).isoformat().replace("+00:00", "Z")


def format_instant(micros: int) -> str:
    """The shortest text that denotes an instant: a date, or a time in UTC.

    Raises:
        InputError: the instant is out of range.
    """
    moment = _moment(micros)
    date = f"{moment.year:04}-{moment.month:02}-{moment.day:02}"
    if micros % 86_400_000_000 == 0:
        return date
    fraction = f".{moment.microsecond:06}".rstrip("0") if moment.microsecond else ""
    return f"{date}T{moment.hour:02}:{moment.minute:02}:{moment.second:02}{fraction}Z"


def _moment(micros: int) -> datetime:
    if not INSTANT_MIN <= micros <= INSTANT_MAX:
        raise InputError(f"`{micros}` microseconds lie outside the years 1 to 9999")
    return _EPOCH + micros * _MICROSECOND
