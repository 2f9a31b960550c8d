"""Units and dimensions with exact rational scales (``docs/spec/documents-v1.md`` section 2).

Units are the types of magnitudes. A dimension is a vector of integer powers over base dimensions: time, each currency
and each count unit that a vocabulary declares; the empty vector is the ratio ``1``. Products and quotients exist while
an expression is read; what remains in a document is a plain rational in the base unit of one base dimension. Nothing is
converted between currencies, and nothing here ever passes through a float.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from types import MappingProxyType
from typing import Final

from caio.base.errors import InputError

TIME: Final = "time"
"""The written name of the dimension of durations."""
RATIO: Final = "1"
"""The written name of the dimension of plain numbers."""

_CURRENCY: Final = re.compile(r"[A-Z]{3}")


@dataclass(frozen=True, slots=True)
class Dimension:
    """A product of powers of base dimensions; ``powers`` sorted by name, without zeros."""

    powers: tuple[tuple[str, int], ...] = ()

    @staticmethod
    def named(name: str) -> Dimension:
        """The dimension that a document writes as ``name``."""
        return Dimension() if name == RATIO else Dimension(((name, 1),))

    @property
    def name(self) -> str | None:
        """How a document writes this dimension, or None if it is a product or a quotient."""
        if not self.powers:
            return RATIO
        if len(self.powers) == 1 and self.powers[0][1] == 1:
            return self.powers[0][0]
        return None

    def times(self, other: Dimension, sign: int = 1) -> Dimension:
        """The dimension of a product, or with ``sign=-1`` of a quotient."""
        powers = dict(self.powers)
        for name, power in other.powers:
            powers[name] = powers.get(name, 0) + sign * power
        return Dimension(tuple(sorted((name, power) for name, power in powers.items() if power)))

    def per(self, other: Dimension) -> Dimension:
        """The dimension of a quotient."""
        return self.times(other, -1)

    def __str__(self) -> str:
        """For people: ``USD per token``, ``time``, ``a plain number``."""
        above = [_power(name, power) for name, power in self.powers if power > 0]
        below = [_power(name, -power) for name, power in self.powers if power < 0]
        if not above and not below:
            return "a plain number"
        return " per ".join([" * ".join(above) or "1", *below])


def _power(name: str, power: int) -> str:
    return name if power == 1 else f"{name}^{power}"


NUMBER: Final = Dimension()
"""The dimension of plain numbers and ratios."""
DURATION: Final = Dimension.named(TIME)
"""The dimension of durations."""


@dataclass(frozen=True, slots=True)
class Unit:
    """A written unit: ``scale`` base units of ``dimension``."""

    name: str
    dimension: Dimension
    scale: Fraction

    def to_base(self, magnitude: Fraction) -> Fraction:
        """A magnitude in this unit, as base units."""
        return magnitude * self.scale

    def from_base(self, magnitude: Fraction) -> Fraction:
        """A magnitude in base units, as multiples of this unit."""
        return magnitude / self.scale


_TIMES: Final = (
    ("us", Fraction(1, 1_000_000)),
    ("ms", Fraction(1, 1_000)),
    ("s", Fraction(1)),
    ("min", Fraction(60)),
    ("h", Fraction(3_600)),
    ("day", Fraction(86_400)),
    ("days", Fraction(86_400)),
)

BUILT_IN: Final = MappingProxyType(
    {name: Unit(name, DURATION, scale) for name, scale in _TIMES}
    | {"%": Unit("%", NUMBER, Fraction(1, 100))}
)
"""The units that every vocabulary has; currencies are recognised by their shape."""

TIME_UNITS: Final = tuple(BUILT_IN[name] for name in ("us", "ms", "s", "min", "h", "days"))
"""The units of time in ascending order, each once."""


def is_currency(name: str) -> bool:
    """Whether a name is a currency code: three capitals (ISO 4217 in shape, not in membership)."""
    return _CURRENCY.fullmatch(name) is not None


def is_reserved(name: str) -> bool:
    """Whether a vocabulary may not declare a count unit of this name."""
    return name in BUILT_IN or name in (TIME, RATIO, "ratio") or is_currency(name)


@dataclass(frozen=True, slots=True)
class Units:
    """The units one vocabulary knows: the built-in ones, currencies, and its own count units."""

    declared: frozenset[str] = frozenset()

    @staticmethod
    def of(declared: Iterable[str]) -> Units:
        """The units of a vocabulary that declares these count units."""
        return Units(frozenset(declared))

    def unit(self, name: str) -> Unit:
        """The unit of this name.

        Raises:
            InputError: there is no such unit.
        """
        found = BUILT_IN.get(name)
        if found is not None:
            return found
        if name in self.declared or is_currency(name):
            return Unit(name, Dimension.named(name), Fraction(1))
        raise InputError(f"`{name[:40]}` is not a unit")

    def dimension(self, name: str) -> Dimension:
        """The dimension that is written ``time``, ``ratio``, ``1``, a currency or a count unit.

        Raises:
            InputError: there is no such dimension.
        """
        if name == TIME:
            return DURATION
        if name in (RATIO, "ratio"):
            return NUMBER
        if name in self.declared or is_currency(name):
            return Dimension.named(name)
        raise InputError(f"`{name[:40]}` is not a dimension")

    def names(self) -> tuple[str, ...]:
        """Every unit that can be listed, in order of name (currencies cannot)."""
        return tuple(sorted({*BUILT_IN, *self.declared}))
