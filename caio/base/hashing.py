"""Immutable values that remember their hash.

Expressions are nested values and serve as dictionary keys a hundred thousand times per decision; hashing them anew each
time, rationals included, would cost more than deciding them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

_Class = TypeVar("_Class", bound=type[Any])


class Hashed:
    """The base of values decorated with ``remember_hash``: room for the hash."""

    __slots__ = ("_hash",)
    _hash: int


def remember_hash(cls: _Class) -> _Class:
    """Make a frozen dataclass with base ``Hashed`` compute its hash at most once per value."""
    # A class is known here as any type at all, so that its `__hash__` has no better type than that of `object`.
    compute: Callable[[Any], int] = cls.__hash__  # type: ignore[assignment]

    def remembered(self: Hashed) -> int:
        try:
            return self._hash
        except AttributeError:
            value: int = compute(self)
            object.__setattr__(self, "_hash", value)
            return value

    # A method is not to be assigned where types are checked; here it is what a decorator of classes is for.
    cls.__hash__ = remembered  # type: ignore[assignment]
    return cls
