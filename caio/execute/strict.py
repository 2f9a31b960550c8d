"""Replies as JSON, strictly: UTF-8, no key twice, no NaN, exact numbers, bounded depth and digits.

Whole numbers become ``int``, all others ``Fraction``: what is compared with a promise never passed through a float.
"""

from __future__ import annotations

import json
import re
from fractions import Fraction
from typing import Final, Never

from caio.base.numbers import MAX_DIGITS

MAX_DEPTH: Final = 128
"""How deeply a reply may be nested."""

_DECIMAL: Final = re.compile(r"-?\d+(?:\.\d+)?(?:[eE]([+-]?\d{1,4}))?", re.ASCII)


def exact_json(data: bytes) -> object:
    """The value of a JSON text.

    Raises:
        ValueError: it is not strict JSON; the message quotes nothing.
    """
    try:
        value: object = json.loads(
            data.decode("utf-8"),
            object_pairs_hook=_members,
            parse_int=exact_decimal,
            parse_float=exact_decimal,
            parse_constant=_refuse,
        )
    except (ValueError, RecursionError):
        raise ValueError("it is not strict JSON") from None
    _check_depth(value)
    return value


def exact_decimal(text: str) -> int | Fraction:
    """The number that a decimal text denotes, exactly.

    Raises:
        ValueError: it denotes none, or one of too many digits.
    """
    match = _DECIMAL.fullmatch(text) if len(text) <= MAX_DIGITS else None
    if match is None or abs(int(match[1] or 0)) > MAX_DIGITS:
        raise ValueError("it is no decimal number of at most 512 digits")
    value = Fraction(text)
    return value.numerator if value.denominator == 1 else value


def _members(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key occurs twice")
    return found


def _refuse(_: str) -> Never:
    raise ValueError("NaN and infinities are no JSON")


def _check_depth(root: object) -> None:
    level = [root]
    for _ in range(MAX_DEPTH):
        level = [item for value in level for item in _items(value)]
        if not level:
            return
    raise ValueError(f"it is nested deeper than {MAX_DEPTH} levels")


def _items(value: object) -> list[object]:
    if isinstance(value, dict):
        return list(value.values())
    return list(value) if isinstance(value, list) else []
