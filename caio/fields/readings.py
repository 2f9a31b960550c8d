"""Measured fields as intervals: how traits and invariants enter logic (Eq. 1.1, G_traits; ``docs/spec/documents-v1.md``, measurements).

A measured field with a role is the quantity of the invariant of that name; one without a role is the reading of a trait axis, a probe
direction e that is supplied under the field's name:

    reading = low + (high − low) · (1 + t) / 2,    t = n · Re⟨Π_low Ψ_t, e⟩ / (‖Π_low Ψ_t‖ ‖e‖), at most 1 and at least −1

with low and high the ends of the declared range and n the scale of the traits (1 unless whoever keeps them says otherwise).

An interval contains the real value: its ends come from proved rounding bounds and are rounded outwards to the declared resolution, for
integers to whole numbers, and never beyond the declared range. A quantity may pass its range on the side where more is better, and
then counts as the end of it. On the other side that would hide a breach: it is refused, and the vocabulary has to declare a wider
range. Where there is nothing to measure, the field has no interval; then nothing is known of it but its range, and what depends on it
is not proved.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor
from typing import Final

from caio.base.errors import InputError
from caio.fields.arrays import Field, require_alike, require_one
from caio.fields.correlation import correlation
from caio.fields.estimates import Estimate
from caio.fields.invariants import (
    CAPACITY_MARGIN,
    CONDUCTIVITY,
    INTERFERENCE,
    INVARIANTS,
    PASSBAND_ENERGY,
    RESONANCE_QUALITY,
    Relation,
)
from caio.fields.modes import conductivity, energy_share
from caio.fields.projectors import Projector
from caio.fields.resonance import resonance_quality
from caio.fields.rfs import Capacity, interference
from caio.fields.scaled import require_field
from caio.ir import documents as d

Interval = tuple[Fraction, Fraction]
MAX_SCALE: Final = 1024
"""The largest scale of traits."""


@dataclass(frozen=True, slots=True, eq=False)
class Instruments:
    """What measured fields are read from.

    Attributes:
        intent: Ψ_i, shape (D,).
        trait_modes: modes(Π_low Ψ_t), shape (D,).
        high: Π_high; conductivity and energy are those of Ψ_i through it.
        memory: Ψ_RFS, shape (D,).
        components: what is superposed in the memory, or None.
        capacity: its energy budget, or None.
        axes: probe directions by the name of the measured field.
        scale: n, by which a correlation is multiplied to be a trait.

    Raises:
        FieldError: an axis is no single field of dimension D.
        InputError: the scale is no integer from 1 to 1,024.
    """

    intent: Field
    trait_modes: Field
    high: Projector
    memory: Field
    components: Field | None
    capacity: Capacity | None
    axes: Mapping[str, Field]
    scale: int = 1

    def __post_init__(self) -> None:
        for name, axis in self.axes.items():
            require_field(name, axis)
            require_one(axis)
            require_alike(self.trait_modes, axis)
        if type(self.scale) is not int or not 1 <= self.scale <= MAX_SCALE:
            raise InputError(
                f"a scale of traits of `{self.scale}`, expected an integer from 1 to {MAX_SCALE}"
            )

    def intervals(
        self, vocabulary: d.Vocabulary, resolution: Fraction
    ) -> tuple[tuple[str, Interval], ...]:
        """The interval of every measured field that can be measured, by name.

        Raises:
            FieldError: D is 1, where a resonance quality is asked for.
            InputError: there is an axis for what is no trait axis of the vocabulary, or a quantity is worse than its
                declared range allows.
        """
        traits = {field.name for field in vocabulary.measured if field.role is None}
        for name in sorted(self.axes):
            if name not in traits:
                known = ", ".join(f"`{trait}`" for trait in sorted(traits)) or "none"
                raise InputError(
                    f"axis `{name}`: the vocabulary has no measured field of this name without a role"
                    f" (there are: {known})"
                )
        return tuple(
            sorted(
                (field.name, self._interval(field, resolution))
                for field in vocabulary.measured
                if self.missing(field) is None
            )
        )

    def missing(self, field: d.Field) -> str | None:
        """Why a measured field has no interval; None if it has one."""
        if not isinstance(field.type, d.IntType | d.RationalType):
            return "it is no number"
        if field.role is None:
            if None in (field.type.lower, field.type.upper):
                return "its range is open, so that a reading has no scale"
            return None if field.name in self.axes else "there is no axis of its name"
        if field.role == INTERFERENCE.name and self.components is None:
            return "the fields superposed in the memory are not given"
        if field.role == CAPACITY_MARGIN.name and self.capacity is None:
            return "the capacity of the memory is not given"
        return None if field.role in INVARIANTS else "nothing here measures its role"

    def _interval(self, field: d.Field, resolution: Fraction) -> Interval:
        kind = field.type
        if not isinstance(kind, d.IntType | d.RationalType):
            raise InputError(f"measured field `{field.name}` is no number")
        low, high = self._reading(field, kind) if field.role is None else self._quantity(field.role)
        if field.role is not None:
            _require_no_worse(field, kind, low, high)
        step = Fraction(1) if isinstance(kind, d.IntType) else resolution
        return (
            _clipped(floor(low / step) * step, kind),
            _clipped(ceil(high / step) * step, kind),
        )

    def _reading(self, field: d.Field, kind: d.IntType | d.RationalType) -> Interval:
        if kind.lower is None or kind.upper is None:
            raise InputError(f"measured field `{field.name}` has an open range")
        axis = self.axes[field.name]
        low, high = _ends(correlation(f"trait.{field.name}", self.trait_modes, axis))
        span = kind.upper - kind.lower
        # A t beyond −1 or 1 counts as that, which is what clipping to the range does.
        return (
            kind.lower + span * (1 + self.scale * low) / 2,
            kind.lower + span * (1 + self.scale * high) / 2,
        )

    def _quantity(self, role: str) -> Interval:
        if role == CONDUCTIVITY.name:
            return _ends(conductivity(self.high, self.intent))
        if role == PASSBAND_ENERGY.name:
            return _ends(energy_share(self.high, self.intent))
        if role == RESONANCE_QUALITY.name:
            return _ends(resonance_quality(self.intent, self.memory).power_ratio)
        if role == INTERFERENCE.name and self.components is not None:
            return _ends(interference(self.components))
        if role == CAPACITY_MARGIN.name and self.capacity is not None:
            return self.capacity.cost, self.capacity.cost
        raise InputError(f"nothing measures the role `{role}`")


def _ends(estimate: Estimate) -> Interval:
    """The bounds of the one row, exactly as the floats are."""
    return Fraction(float(estimate.lower[0])), Fraction(float(estimate.upper[0]))


def _clipped(value: Fraction, kind: d.IntType | d.RationalType) -> Fraction:
    if kind.lower is not None:
        value = max(value, Fraction(kind.lower))
    return value if kind.upper is None else min(value, Fraction(kind.upper))


def _require_no_worse(
    field: d.Field, kind: d.IntType | d.RationalType, low: Fraction, high: Fraction
) -> None:
    relation = INVARIANTS[str(field.role)].relation
    beyond = (
        kind.lower is not None and low < kind.lower
        if relation is Relation.AT_LEAST
        else kind.upper is not None and high > kind.upper
    )
    if beyond:
        worst = low if relation is Relation.AT_LEAST else high
        raise InputError(
            f"measured field `{field.name}`: {field.role} may be {float(worst):.9g}, outside of its"
            " declared range (declare a wider one in the vocabulary)"
        )
