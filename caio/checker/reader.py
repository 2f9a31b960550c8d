"""Strict reading of untrusted JSON (certificate-v1 sections 1 and 10).

Sizes are capped before anything is built. Every method of `Value` asks for an exact type and names
the path where it did not find it: a Boolean is no integer, an unknown field is not ignored.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from fractions import Fraction
from functools import lru_cache
from math import gcd
from typing import Final, NoReturn, TypeAlias

from .errors import Rejection, show

Number: TypeAlias = int | Fraction
"""An exact number; a `Fraction` is never integral, so that equal numbers are written alike."""

MAX_BYTES: Final = 64 * 1024 * 1024
MAX_DIGITS: Final = 512
_MAX_DEPTH: Final = 64
_MAX_CONTAINERS: Final = 1 << 22
_MAX_NAME: Final = 256

_STRING = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?', re.DOTALL)
_BRACKETS = bytes.maketrans(b"[]{}", b"()()")
_NO_BRACKETS = bytes(byte for byte in range(256) if byte not in b"[]{}")
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(/[1-9][0-9]*)?")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


def parse(data: bytes, path: str = "") -> Value:
    """The value of a JSON text, or a `Rejection` with code `limit` or `json`."""

    def refuse(seen: str, code: str = "json", expected: str = "strict JSON in UTF-8") -> NoReturn:
        raise Rejection(code, path, expected, seen)

    def unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
        if len(fields := dict(pairs)) != len(pairs):
            refuse(f"a key twice, of {show(list(fields))}")
        return fields

    def small(digits: str) -> int:
        if len(digits) > 17 or digits == "-0" or abs(int(digits)) >= 1 << 53:
            refuse(f"the integer {digits[:20]}")
        return int(digits)

    if len(data) > MAX_BYTES:
        refuse(f"{len(data)}", "limit", f"at most {MAX_BYTES} bytes")
    # The parser recurses, so depth is judged first. Strings are cut out as the parser would read
    # them; then each pass removes exactly the innermost level. An unbalanced rest is no JSON.
    brackets = _STRING.sub(b"", data).translate(_BRACKETS, _NO_BRACKETS)
    if brackets.count(b"(") > _MAX_CONTAINERS:
        refuse("more", "limit", f"at most {_MAX_CONTAINERS} arrays and objects")
    for _ in range(_MAX_DEPTH):
        brackets = brackets.replace(b"()", b"")
    if b"()" in brackets or brackets.count(b"(") > _MAX_DEPTH:
        refuse("deeper nesting", "limit", f"nesting of at most {_MAX_DEPTH}")
    if brackets:
        refuse("a bracket without its partner")
    try:
        text = data.decode("utf-8")
        value = json.loads(
            text,
            object_pairs_hook=unique,
            parse_int=small,
            parse_float=refuse,
            parse_constant=refuse,
        )
        if _SURROGATE.search(text):
            json.dumps(value, ensure_ascii=False).encode("utf-8")
    except ValueError as error:  # The decoder's, the parser's, and the encoder's at a surrogate.
        refuse(show(str(error)))
    return Value(value, path)


class Value:
    """A part of an input and the path to it."""

    __slots__ = ("_key", "_parent", "raw")

    def __init__(self, raw: object, key: str | int, parent: Value | None = None) -> None:
        self.raw = raw
        self._key = key
        self._parent = parent

    @property
    def path(self) -> str:
        """Where this is, such as `candidates[3].evidence[7]`."""
        if self._parent is None:
            return str(self._key)
        above = self._parent.path
        if isinstance(self._key, int):
            return f"{above}[{self._key}]"
        if not self._key.isidentifier() or not self._key.isascii():
            return f"{above}[{show(self._key)}]"
        return f"{above}.{self._key}" if above else self._key

    def rejection(self, code: str, expected: str, seen: object = ...) -> Rejection:
        """A rejection of this value; by default, it is what was seen."""
        return Rejection(code, self.path, expected, show(self.raw if seen is ... else seen))

    def record(self, names: str) -> list[Value]:
        """The fields `names` of an object that has exactly these."""
        fields = self.entries()
        wanted = names.split()
        if len(fields) != len(wanted) or any(name not in fields for name in wanted):
            odd = next((n for n in fields if n not in wanted), None)
            seen = f"no field {next((n for n in wanted if n not in fields), odd)}"
            raise self.rejection("shape", f"exactly the fields {names}", odd or seen)
        return [fields[name] for name in wanted]

    def entries(self) -> dict[str, Value]:
        """The fields of an object."""
        if type(self.raw) is not dict:
            raise self.rejection("shape", "an object")
        return {key: Value(item, key, self) for key, item in self.raw.items()}

    def items(self, *, filled: bool = False) -> list[Value]:
        """The elements of an array; at least one, where none would make a claim vacuous."""
        if type(self.raw) is not list:
            raise self.rejection("shape", "an array")
        if filled and not self.raw:
            raise self.rejection("empty", "at least one element")
        return [Value(item, index, self) for index, item in enumerate(self.raw)]

    def pair(self) -> tuple[Value, Value]:
        """The two elements of an array of two."""
        items = self.items()
        if len(items) != 2:
            raise self.rejection("shape", "an array of two elements")
        return items[0], items[1]

    def text(self) -> str:
        """A string."""
        if type(self.raw) is not str:
            raise self.rejection("shape", "a string")
        return self.raw

    def boolean(self) -> bool:
        """`true` or `false`."""
        if type(self.raw) is not bool:
            raise self.rejection("shape", "a Boolean")
        return self.raw

    def integer(self) -> int:
        """A JSON integer."""
        if type(self.raw) is not int:
            raise self.rejection("shape", "an integer")
        return self.raw

    def choice(self, words: str) -> str:
        """One of a few fixed words."""
        if self.text() not in words.split():
            raise self.rejection("shape", f"one of {words}")
        return self.text()

    def name(self) -> str:
        """A name: 1 to 256 characters without control characters."""
        if not 1 <= len(self.text()) <= _MAX_NAME or _CONTROL.search(self.text()):
            raise self.rejection("name", f"1 to {_MAX_NAME} characters, no control characters")
        return self.text()

    def digest(self) -> str:
        """A digest as it is written."""
        if not _DIGEST.fullmatch(self.text()):
            raise self.rejection("shape", "a digest")
        return self.text()

    def known(self, table: Mapping[str, object]) -> str:
        """A name that `table` knows."""
        if self.text() not in table:
            raise self.rejection("reference", "a declared name")
        return self.text()

    def ordered(self, indices: Mapping[str, int], *, filled: bool = False) -> tuple[int, ...]:
        """The indices of an array of names, each once and in the order of their declaration."""
        items = self.items(filled=filled)
        found = tuple(indices[item.known(indices)] for item in items)
        increasing(items, found)
        return found

    def integers(self) -> tuple[int, ...]:
        """An array of integers; it may be long, so that no `Value` is made for each."""
        raw = tuple(self.items() if type(self.raw) is not list else self.raw)
        if any(type(item) is not int for item in raw):
            raise self.rejection("shape", "integers only")
        return raw

    def number(self) -> Number:
        """A number of section 1; how many digits it has is judged before any is read."""
        text = self.text()
        if len(text) > MAX_DIGITS and len(text) - text.count("-") - text.count("/") > MAX_DIGITS:
            raise self.rejection("limit", f"at most {MAX_DIGITS} digits")
        result = _number(text)
        if result is None:
            raise self.rejection("number", "a number in lowest terms")
        return result

    def whole(self) -> int:
        """A number that is an integer."""
        result = self.number()
        if not isinstance(result, int):
            raise self.rejection("sort", "an integer")
        return result

    def amount(self) -> Number:
        """A number that is not negative."""
        if self.number() < 0:
            raise self.rejection("sort", "a number that is not negative")
        return self.number()


@lru_cache(maxsize=1 << 14)
def _number(text: str) -> Number | None:
    if not _NUMBER.fullmatch(text) or text == "-0":
        return None
    above, slash, below = text.partition("/")
    if not slash:
        return int(above)
    if below == "1" or gcd(int(above), int(below)) != 1:
        return None
    return Fraction(int(above), int(below))


def increasing(items: list[Value], keys: tuple[str, ...] | tuple[int, ...]) -> None:
    """Refuse items whose keys do not increase strictly."""
    for index in range(1, len(items)):
        if keys[index] == keys[index - 1]:
            raise items[index].rejection("duplicate", "each only once")
        if keys[index] < keys[index - 1]:  # type: ignore[operator]
            raise items[index].rejection("canonical", "increasing order")
