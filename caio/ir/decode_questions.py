"""Canonical JSON to classes and properties: the documents of questions over all requests."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Final, TypeVar

from caio.ir import documents as d
from caio.ir import reader as r
from caio.ir.decode_terms import decode_atom, decode_formula
from caio.ir.questions import MAX_ADMITTED, PropertyClaim
from caio.ir.reader import DecodeError, Object

CLASS: Final = frozenset(
    ["kind", "vocabulary", "name", "needs", "given", "ensure", "budget", "deadline"]
)
"""The members of a class."""
PROPERTY: Final = frozenset(["kind", "vocabulary", "name", "claim"])
"""The members of a property."""
_T = TypeVar("_T")


def decode_class(members: Object, digest: str, _: d.Vocabulary) -> d.Class:
    """A class of requests.

    Raises:
        DecodeError: the value is none.
    """
    return d.Class(
        vocabulary=digest,
        name=r.member(members, "name", r.name),
        needs=r.many(members, "needs", decode_need),
        given=r.many(members, "given", decode_formula),
        ensure=r.many(members, "ensure", decode_atom),
        budget=r.member(members, "budget", r.optional(r.natural)),
        deadline=r.member(members, "deadline", r.optional(r.natural)),
    )


def decode_need(value: object) -> tuple[str, ...]:
    """A choice of capabilities, at least one.

    Raises:
        DecodeError: the value is none.
    """
    names = r.distinct(r.array(value, r.name))
    if not names:
        raise DecodeError("a choice of no capabilities")
    return names


def decode_property(members: Object, digest: str, _: d.Vocabulary) -> d.Property:
    """A property.

    Raises:
        DecodeError: the value is none.
    """
    return d.Property(
        vocabulary=digest,
        name=r.member(members, "name", r.name),
        claim=r.member(members, "claim", _claim),
    )


def _claim(value: object) -> PropertyClaim:
    if type(value) is not list or not value:
        raise DecodeError('expected a claim: an array such as `["never", …]`')
    operator = value[0]
    if type(operator) is not str or operator not in _CLAIMS:
        raise DecodeError(f"{r.quoted(str(operator))} is nothing that a property claims", "[0]")
    count, decode = _CLAIMS[operator]
    if len(value) != count + 1:
        raise DecodeError(f"`{operator}` takes {count} operands, found {len(value) - 1}")
    return decode(value)


def _never(value: list[object]) -> d.Never:
    return d.Never(_at(value, 1, decode_formula))


def _always(value: list[object]) -> d.Always:
    return d.Always(_at(value, 1, _count), _at(value, 2, r.digest_name))


def _implication(value: list[object]) -> d.Implication:
    return d.Implication(
        _at(value, 1, _rules), _at(value, 2, _rules), both=value[0] == "equivalent"
    )


_CLAIMS: Final[dict[str, tuple[int, Callable[[list[object]], PropertyClaim]]]] = {
    "never": (1, _never),
    "always": (2, _always),
    "imply": (2, _implication),
    "equivalent": (2, _implication),
}


def _at(value: list[object], index: int, decode: Callable[[object], _T]) -> _T:
    try:
        return decode(value[index])
    except DecodeError as error:
        raise error.inside(f"[{index}]") from None


def _count(value: object) -> int:
    count = r.whole(value)
    if not 1 <= count <= MAX_ADMITTED:
        raise DecodeError(f"expected a number of services from 1 to {MAX_ADMITTED}")
    return count


def _rules(value: object) -> tuple[str, ...]:
    digests = r.array(value, r.digest_name)
    if not digests:
        raise DecodeError("at least one rule is needed")
    if any(first >= second for first, second in pairwise(digests)):
        raise DecodeError("digests are listed in increasing order, each once")
    return digests
