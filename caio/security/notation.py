"""Strict JSON and base64url, for input that may be hostile and secret at once.

Repeated keys, ``NaN``, lone surrogates, numbers beyond 18 digits and nesting beyond 8 levels are refused; a number with
a fraction or an exponent is read exactly. No exception that leaves this module has another one in its context: those
of ``json`` and of decoders carry the text they failed on.
"""

from __future__ import annotations

import base64
import json
import re
from contextlib import suppress
from decimal import Decimal
from fractions import Fraction
from typing import Final, Never, TypeAlias

from caio.security.refusal import Refusal, RefusedError

Object: TypeAlias = dict[str, object]

MAX_DEPTH: Final = 8
"""How deeply arrays and objects may be nested."""
MAX_DIGITS: Final = 18
"""The most digits of a number, and the largest exponent in absolute value."""

_INTEGER: Final = re.compile(r"-?[0-9]{1,18}")
_DECIMAL: Final = re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,18})?([eE][+-]?([0-9]|1[0-8]))?")
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_BASE64URL: Final = re.compile(r"[A-Za-z0-9_-]*")
_UNREAD: Final = object()


def read_object(data: bytes, code: Refusal) -> Object:
    """The object that strict JSON text denotes; integers as ``int``, other numbers as ``Fraction``.

    Raises:
        RefusedError: with this code, if it denotes none.
    """
    value: object = _UNREAD
    with suppress(ValueError, RecursionError):
        value = json.loads(
            data.decode(),
            object_pairs_hook=_unique,
            parse_int=_integer,
            parse_float=_decimal,
            parse_constant=_refuse,
        )
    if type(value) is not dict or not _plain(value):
        raise RefusedError(code)
    return value


def _unique(pairs: list[tuple[str, object]]) -> Object:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise ValueError
    return result


def _integer(text: str) -> int:
    if _INTEGER.fullmatch(text) is None:
        raise ValueError
    return int(text)


def _decimal(text: str) -> Fraction:
    # The exponent is bounded before anything is computed: a few characters denote a number of a billion digits.
    if _DECIMAL.fullmatch(text) is None:
        raise ValueError
    return Fraction(Decimal(text))


def _refuse(_: str) -> Never:
    raise ValueError


def _plain(value: object) -> bool:
    """Whether a value is nested no deeper than permitted and free of lone surrogates."""
    pending = [(value, 1)]
    while pending:
        item, depth = pending.pop()
        parts: list[object] = []
        if isinstance(item, str):
            if not item.isascii() and _SURROGATE.search(item):
                return False
        elif isinstance(item, dict):
            parts = [*item, *item.values()]
        elif isinstance(item, list):
            parts = item
        if isinstance(item, dict | list) and depth > MAX_DEPTH:
            return False
        pending += [(part, depth + 1) for part in parts]
    return True


def read_base64url(text: object) -> bytes | None:
    """The bytes that unpadded base64url denotes, or None unless this is the one text that denotes them."""
    if type(text) is not str or _BASE64URL.fullmatch(text) is None or len(text) % 4 == 1:
        return None
    data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    return data if write_base64url(data) == text else None


def write_base64url(data: bytes) -> str:
    """Unpadded base64url."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
