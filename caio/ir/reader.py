"""Reading untrusted JSON: exact types, exact members, and the path of what is wrong.

A Boolean is not an integer, a string is not a list, an unknown member is an error, and every refusal names its place
(``guarantees[0].bound``). Shared by ``ir.decode``; it knows nothing about documents.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from fractions import Fraction
from functools import lru_cache
from typing import Final, NoReturn, TypeAlias, TypeVar

from caio.base.errors import InputError
from caio.base.numbers import parse_number

MAX_NAME: Final = 256
"""The most characters a name may have."""
MAX_INPUT: Final = 64 * 1024 * 1024
"""The most bytes one input may have."""

_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_FIELD: Final = re.compile(r"[a-z][a-z0-9_]*")
_PATH: Final = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*")
_VERSION: Final = re.compile(r"(0|[1-9][0-9]*)(\.(0|[1-9][0-9]*)){0,7}")
_DIGEST: Final = re.compile(r"sha256:[0-9a-f]{64}")

_T = TypeVar("_T")
Object: TypeAlias = dict[str, object]


class DecodeError(InputError):
    """JSON that is no document; ``path`` says where, ``reason`` says why."""

    def __init__(self, reason: str, path: str = "") -> None:
        self.reason = reason
        self.path = path
        super().__init__(f"{path}: {reason}" if path else reason)

    def inside(self, step: str) -> DecodeError:
        """The same error seen from one level further out; ``step`` is ``.name`` or ``[3]``."""
        dot = "." if self.path and not self.path.startswith("[") else ""
        return DecodeError(self.reason, step.removeprefix(".") + dot + self.path)


def parse_json(data: bytes) -> object:
    """The value of strict JSON text: UTF-8, no repeated key, no float, no ``NaN``.

    Raises:
        DecodeError: it is none, or is larger or deeper than documents may be.
    """
    if len(data) > MAX_INPUT:
        raise DecodeError(
            f"{len(data)} bytes are more than the {MAX_INPUT} that one input may have"
        )
    try:
        value: object = json.loads(
            data.decode(),
            object_pairs_hook=unique,
            parse_float=no_float,
            parse_constant=no_float,
        )
    except UnicodeDecodeError as error:
        raise DecodeError(f"byte {error.start} is not UTF-8") from None
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise DecodeError(f"not JSON at {place}: {error.msg.lower()}") from None
    except RecursionError:
        raise DecodeError("nested too deeply") from None
    except ValueError as error:
        if isinstance(error, DecodeError):
            raise
        raise DecodeError("an integer of too many digits") from None
    return value


def unique(pairs: list[tuple[str, object]]) -> Object:
    """The object of these members; a repeated key is an error."""
    result = dict(pairs)
    if len(result) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise DecodeError(f"the key {quoted(twice)} occurs twice in one object")
    return result


def no_float(text: str) -> NoReturn:
    """Refuse a float."""
    raise DecodeError(f"`{text[:40]}` is a float; magnitudes are strings such as `3/4`")


def quoted(text: str) -> str:
    """User text for a message: in backticks, shortened, on one line."""
    short = text if len(text) <= 60 else text[:57] + "..."
    return f"`{_CONTROL.sub('?', short)}`"


def kind_of(value: object) -> str:
    """What a JSON value is, in the words of its format."""
    names = {
        bool: "a Boolean",
        str: "a string",
        int: "an integer",
        dict: "an object",
        list: "an array",
    }
    return "null" if value is None else names.get(type(value), f"a {type(value).__name__}")


def expected(what: str, value: object) -> DecodeError:
    """The error of a value of another type."""
    return DecodeError(f"expected {what}, found {kind_of(value)}")


def members(value: object, names: frozenset[str]) -> Object:
    """An object with exactly these members."""
    if type(value) is not dict:
        raise expected("an object", value)
    if value.keys() != names:
        missing = sorted(names - value.keys())
        if missing:
            raise DecodeError(f"the member {quoted(missing[0])} is missing")
        extra = sorted(value.keys() - names)
        raise DecodeError(f"there is no member {quoted(extra[0])} here")
    return value


def member(value: Object, name: str, decode: Callable[[object], _T]) -> _T:
    """One member of an object, decoded, with its name in the path of an error."""
    try:
        return decode(value[name])
    except DecodeError as error:
        raise error.inside(f".{name}") from None


def array(value: object, decode: Callable[[object], _T]) -> tuple[_T, ...]:
    """An array, each item decoded."""
    if type(value) is not list:
        raise expected("an array", value)
    result = []
    for item in value:
        try:
            result.append(decode(item))
        except DecodeError as error:
            raise error.inside(f"[{len(result)}]") from None
    return tuple(result)


def many(value: Object, name: str, decode: Callable[[object], _T]) -> tuple[_T, ...]:
    """A member that is an array, each item decoded."""
    return member(value, name, lambda items: array(items, decode))


def optional(decode: Callable[[object], _T]) -> Callable[[object], _T | None]:
    """The decoder that also takes ``null``."""
    return lambda value: None if value is None else decode(value)


def string(value: object) -> str:
    """Any string without lone surrogates, of at most 4,096 characters."""
    if type(value) is not str:
        raise expected("a string", value)
    if len(value) > 4096 or (not value.isascii() and re.search("[\ud800-\udfff]", value)):
        raise DecodeError("a string that is too long, or holds a lone surrogate")
    return value


def name(value: object) -> str:
    """A name: 1 to 256 characters, none of them a control character."""
    if type(value) is not str:
        raise expected("a name", value)
    if not is_name(value):
        raise DecodeError(f"{quoted(value)} is not a name of 1 to {MAX_NAME} printable characters")
    return value


def is_name(text: str) -> bool:
    """Whether a text may be the name of a service, a member, a rule and so on."""
    return 0 < len(text) <= MAX_NAME and _CONTROL.search(text) is None


def is_field_name(text: str, *, dotted: bool = False) -> bool:
    """Whether a text may be the name of a field, or of an attribute (which may be dotted)."""
    return len(text) <= MAX_NAME and (_PATH if dotted else _FIELD).fullmatch(text) is not None


def is_version(text: str) -> bool:
    """Whether a text is 1 to 8 decimal numbers without leading zeros, joined by dots."""
    return len(text) <= MAX_NAME and _VERSION.fullmatch(text) is not None


def field_name(value: object) -> str:
    """The name of a field."""
    text = name(value)
    if not is_field_name(text):
        raise DecodeError(f"{quoted(text)} is not a field name such as `tokens_in`")
    return text


def path_name(value: object) -> str:
    """The name of an attribute, possibly dotted."""
    text = name(value)
    if not is_field_name(text, dotted=True):
        raise DecodeError(f"{quoted(text)} is not an attribute name such as `privacy.locality`")
    return text


def version(value: object) -> str:
    """A version."""
    text = name(value)
    if not is_version(text):
        raise DecodeError(f"{quoted(text)} is not a version such as `2.1.0`")
    return text


def is_digest(value: object) -> bool:
    """Whether a value is a digest as CAIO writes them."""
    return type(value) is str and _DIGEST.fullmatch(value) is not None


def digest_name(value: object) -> str:
    """A digest as text."""
    if type(value) is not str or not is_digest(value):
        raise DecodeError("expected a digest such as `sha256:` and 64 hexadecimal digits")
    return value


def boolean(value: object) -> bool:
    """``true`` or ``false``."""
    if type(value) is not bool:
        raise expected("a Boolean", value)
    return value


def integer(value: object) -> int:
    """A JSON integer (counts and priorities only), below 2**53 in absolute value."""
    if type(value) is not int:
        raise expected("an integer", value)
    if abs(value) >= 2**53:
        raise DecodeError("an integer beyond 2**53")
    return value


def number(value: object) -> Fraction:
    """An exact number."""
    if type(value) is not str:
        raise expected("a number as a string such as `3/4`", value)
    return _number(value)


@lru_cache(maxsize=1 << 16)
def _number(text: str) -> Fraction:
    try:
        return parse_number(text)
    except InputError as error:
        raise DecodeError(str(error)) from None


def natural(value: object) -> Fraction:
    """A number that is not negative."""
    result = number(value)
    if result < 0:
        raise DecodeError(f"`{result}` is negative")
    return result


def whole(value: object) -> int:
    """An exact number that is an integer."""
    result = number(value)
    if result.denominator != 1:
        raise DecodeError(f"{quoted(str(value))} is not an integer")
    return int(result)


def one_of(*choices: str) -> Callable[[object], str]:
    """The decoder of one of a few words."""

    def decode(value: object) -> str:
        if type(value) is not str or value not in choices:
            seen = quoted(value) if type(value) is str else kind_of(value)
            raise DecodeError(f"expected {', '.join(f'`{c}`' for c in choices)}, found {seen}")
        return value

    return decode


def distinct(names: tuple[_T, ...]) -> tuple[_T, ...]:
    """The same, if no item occurs twice."""
    if len(set(names)) != len(names):
        twice = next(item for item in names if names.count(item) > 1)
        raise DecodeError(f"{quoted(str(twice))} is listed twice")
    return names
