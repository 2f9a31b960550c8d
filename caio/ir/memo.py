"""Decoding a JSON value once, however often it occurs."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, TypeVar

_T = TypeVar("_T")
_Decode = Callable[[object], _T]


class Memo:
    """What JSON values were decoded to, by the identity of the value.

    The contracts of a registry repeat one another: where they were read so that equal parts are the same object
    (``caio.ir.shared``), each is decoded once and the result shared, which saves time, memory and hashing later on.
    Values are kept alive here, so that an identity means one value; they must not be changed in the meantime.
    """

    def __init__(self) -> None:
        self._made: dict[Hashable, _Decode[Any]] = {}

    def of(self, decode: _Decode[_T], name: Hashable = None) -> _Decode[_T]:
        """The same decoder, remembering.

        Args:
            decode: a decoder.
            name: what identifies it, if it is made anew for every use.
        """
        key = decode if name is None else name
        made = self._made.get(key)
        if made is None:
            made = self._made[key] = _remembering(decode)
        return made


class NoMemo(Memo):
    """For values that are decoded once anyway."""

    def of(self, decode: _Decode[_T], name: Hashable = None) -> _Decode[_T]:  # noqa: ARG002 - nothing is remembered
        """The decoder itself."""
        return decode


def _remembering(decode: _Decode[_T]) -> _Decode[_T]:
    known: dict[int, tuple[object, _T]] = {}

    def once(value: object) -> _T:
        found = known.get(id(value))
        if found is None:
            found = known[id(value)] = (value, decode(value))
        return found[1]

    return once
