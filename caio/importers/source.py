"""Reading a JSON file literally: numbers as their text, objects with the keys they repeat.

A price is what its decimal text says. Every number therefore arrives as ``Literal``, the characters of the file, and
becomes an exact fraction here or not at all; no float is ever made. What is wrong with one number or one object is
the business of the entry it belongs to; only a file that is no JSON object at all is refused as a whole.
"""

from __future__ import annotations

import gzip
import json
import re
import zlib
from collections import Counter
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Final

from caio.base.errors import InputError

MAX_DIGITS: Final = 60
"""The most digits, and the largest exponent, that a number of the file may be written with."""

MAX_BYTES: Final = 64 * 1024 * 1024
"""The most bytes that a source may have, unpacked."""

_DECIMAL: Final = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?([0-9]{1,3}))?")


class RefusedError(Exception):
    """Why one entry cannot become a contract; caught where the entries are read."""


@dataclass(frozen=True, slots=True)
class Literal:
    """A number exactly as the file writes it; ``NaN`` and ``Infinity`` included."""

    text: str


class Object(dict[str, object]):
    """A JSON object that remembers which keys it repeats, and how often."""

    repeated: dict[str, int]

    @property
    def size(self) -> int:
        """How many pairs of key and value the file has here."""
        return len(self) + sum(self.repeated.values()) - len(self.repeated)


def read_object(data: bytes) -> Object:
    """The object that a file holds.

    Raises:
        InputError: the bytes are not UTF-8, not JSON, nested too deeply, or not an object.
    """
    try:
        value: object = json.loads(
            data.decode("utf-8"),
            parse_float=Literal,
            parse_int=Literal,
            parse_constant=Literal,
            object_pairs_hook=_object,
        )
    except UnicodeDecodeError as error:
        raise InputError(f"the file is not UTF-8 (byte {error.start})") from error
    except json.JSONDecodeError as error:
        raise InputError(
            f"the file is not JSON: {error.msg} (line {error.lineno}, column {error.colno})"
        ) from error
    except RecursionError as error:
        raise InputError("the file is nested too deeply") from error
    if not isinstance(value, Object):
        raise InputError("the file holds no object from model names to entries")
    return value


def exact(value: object, what: str) -> Fraction:
    """The number that a value of the file denotes, exactly.

    Raises:
        RefusedError: it is no number, not finite, or written with too many digits.
    """
    if not isinstance(value, Literal):
        raise RefusedError(f"`{what}` is {shown(value)}, expected a number")
    match = _DECIMAL.fullmatch(value.text)
    if match is None:
        raise RefusedError(f"`{what}` is {shown(value)}, expected a finite decimal number")
    if len(value.text) > MAX_DIGITS or int(match[4] or 0) > MAX_DIGITS:
        raise RefusedError(f"`{what}` is {shown(value)}, a number of more than {MAX_DIGITS} digits")
    return Fraction(Decimal(value.text))


def natural(value: object, what: str) -> int:
    """The same, for a whole number that is not negative (``256000.0`` is one).

    Raises:
        RefusedError: it is none.
    """
    number = exact(value, what)
    if number < 0 or number.denominator != 1:
        raise RefusedError(
            f"`{what}` is {shown(value)}, expected a whole number that is not negative"
        )
    return number.numerator


def price(value: object, what: str) -> Fraction:
    """The same, for an amount of money that is not negative.

    Raises:
        RefusedError: it is none.
    """
    number = exact(value, what)
    if number < 0:
        raise RefusedError(f"`{what}` is {shown(value)}, a negative price")
    return number


def text(value: object, what: str) -> str:
    """A name of 1 to 256 printable characters.

    Raises:
        RefusedError: it is none.
    """
    if not isinstance(value, str):
        raise RefusedError(f"`{what}` is {shown(value)}, expected text")
    if fault := name_fault(value):
        raise RefusedError(f"`{what}` {fault}")
    return value


def name_fault(name: str) -> str | None:
    """Why a text cannot be a name in a document, if it cannot."""
    if not 1 <= len(name) <= 256:
        return f"has {len(name)} characters, expected 1 to 256"
    if any(ord(c) < 32 or 127 <= ord(c) < 160 or 0xD800 <= ord(c) < 0xE000 for c in name):
        return "contains a control character or half of a surrogate pair"
    return None


def shown(value: object) -> str:
    """A value of the file, short enough for a message."""
    match value:
        case Literal(literal):
            words = literal
        case str():
            words = f'"{value}"'
        case None:
            words = "null"
        case bool():
            words = str(value).lower()
        case dict():
            return "an object"
        case _:
            return "a list"
    words = words.encode("unicode_escape").decode("ascii")
    return f"`{words if len(words) <= 40 else words[:37] + '...'}`"


def _object(pairs: list[tuple[str, object]]) -> Object:
    result = Object(pairs)
    result.repeated = {}
    if len(result) != len(pairs):
        counts = Counter(key for key, _ in pairs)
        result.repeated = {key: count for key, count in counts.items() if count > 1}
    return result


def read_source(path: Path) -> bytes:
    """The content of a file, unpacked if its name ends in ``.gz``.

    Raises:
        InputError: it cannot be read, is not what its name says, or is larger than a registry is.
    """
    try:
        if path.suffix == ".gz":
            with gzip.open(path) as packed:
                data = packed.read(MAX_BYTES + 1)
        else:
            with path.open("rb") as plain:
                data = plain.read(MAX_BYTES + 1)
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise InputError(f"`{path}` is not a gzip file, or is damaged") from error
    except OSError as error:
        raise InputError(f"`{path}` cannot be read: {error.strerror}") from error
    if len(data) > MAX_BYTES:
        raise InputError(f"`{path}` holds more than {MAX_BYTES} bytes")
    return data
