"""The thresholds of Def. 1.1 to 1.9 as named invariants, which a policy can require and a decision report.

An invariant compares a measurement with an exact bound. It holds where the whole interval satisfies it, is broken where none of the
interval does, and is unknown in between; a policy that requires it accepts nothing but *holds*. The judgement follows from the
recorded interval alone, so that whoever reads a decision can make it again.

=====================  =============  ======================  ======================================================
name                   source         quantity                holds iff
=====================  =============  ======================  ======================================================
resonance_quality      INV-0003       resonance.power_ratio   (peak / background)² ≥ 3981071705535 / 10¹², i.e. 6 dB
interference           INV-0004       rfs.interference        η ≤ 0.15
capacity_margin        Def. 1.9       rfs.cost                E_utilization / E_max ≤ 10/13, i.e. the margin is ≥ 1.3
conductivity           INV-0018       modes.conductivity      κ ≥ 0.95
passband_energy        INV-0018       modes.energy_share      κ² ≥ 0.95
=====================  =============  ======================  ======================================================

INV-0018 says two things: its formula is a ratio of norms, its words are a share of energy. The words are the stronger demand; both
are here, each under its own name.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from fractions import Fraction
from math import ceil, floor
from types import MappingProxyType
from typing import Final

import numpy as np
import numpy.typing as npt

from caio.base.canonical import Json
from caio.base.errors import InputError
from caio.base.numbers import format_number
from caio.fields.decibels import power_ratio_at
from caio.fields.measure import Measurement, Measurements


class Relation(Enum):
    """On which side of its bound a quantity has to be; the bound itself is allowed."""

    AT_LEAST = ">="
    AT_MOST = "<="


class Verdict(Enum):
    """What a measurement says of an invariant; ``UNKNOWN`` is never a success."""

    HOLDS = "holds"
    BROKEN = "broken"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Judgement:
    """An invariant, what was measured, and what follows."""

    invariant: Invariant
    measurement: Measurement
    verdict: Verdict

    @property
    def holds(self) -> bool:
        """Whether it surely holds."""
        return self.verdict is Verdict.HOLDS

    def record(self) -> dict[str, Json]:
        """The judgement as a decision reports it."""
        return {
            "invariant": self.invariant.name,
            "source": self.invariant.source,
            "statement": self.invariant.statement,
            "relation": self.invariant.relation.value,
            "bound": format_number(self.invariant.bound),
            "measurement": self.measurement.record(),
            "verdict": self.verdict.value,
        }


@dataclass(frozen=True, slots=True)
class Invariant:
    """A named threshold.

    Attributes:
        name: what a policy calls it.
        source: where it comes from.
        statement: what holds, in the notation of the calculus.
        quantity: the name of the measurement it is about.
        relation: on which side of the bound the quantity has to be.
        bound: exact; where the source's bound is irrational, rounded to the side on which fewer measurements hold.
    """

    name: str
    source: str
    statement: str
    quantity: str
    relation: Relation
    bound: Fraction

    def judge(self, measurement: Measurement) -> Judgement:
        """What a measurement says.

        Raises:
            InputError: it measures something else.
        """
        self._require(measurement.name)
        return Judgement(self, measurement, self.verdict(*measurement.interval))

    def verdict(self, low: Fraction, high: Fraction) -> Verdict:
        """What an interval of the quantity says."""
        if self.relation is Relation.AT_LEAST:
            holds, possible = low >= self.bound, high >= self.bound
        else:
            holds, possible = high <= self.bound, low <= self.bound
        return Verdict.HOLDS if holds else Verdict.UNKNOWN if possible else Verdict.BROKEN

    def holding(self, measurements: Measurements) -> npt.NDArray[np.bool_]:
        """For which rows it surely holds, in bulk: shape (N,); true iff ``judge`` says ``HOLDS``.

        Raises:
            InputError: they measure something else.
        """
        self._require(measurements.name)
        # Steps are whole numbers: comparing with the bound is comparing with the nearest whole number inside it.
        bound = self.bound * measurements.steps
        if self.relation is Relation.AT_LEAST:
            return measurements.lower >= ceil(bound)
        return measurements.upper <= floor(bound)

    def _require(self, name: str) -> None:
        if name != self.quantity:
            raise InputError(
                f"invariant `{self.name}` is about `{self.quantity}`, not about `{name}`"
            )


RESONANCE_QUALITY: Final = Invariant(
    "resonance_quality",
    "Math Thesis INV-0003; Def. 1.2, Def. 1.9",
    "Q = 20 log₁₀(peak / background) ≥ 6 dB",
    "resonance.power_ratio",
    Relation.AT_LEAST,
    power_ratio_at(6),
)
INTERFERENCE: Final = Invariant(
    "interference",
    "Math Thesis INV-0004; Def. 1.9",
    "η_residual = E_destructive / E_total ≤ 0.15",
    "rfs.interference",
    Relation.AT_MOST,
    Fraction(15, 100),
)
CAPACITY_MARGIN: Final = Invariant(
    "capacity_margin",
    "Math Thesis capacity margin; Def. 1.9",
    "E_max / E_utilization ≥ 1.3 at P99",
    "rfs.cost",
    Relation.AT_MOST,
    Fraction(10, 13),
)
CONDUCTIVITY: Final = Invariant(
    "conductivity",
    "Math Thesis INV-0018; Def. 1.8",
    "κ(Ψ) = ‖Π Ψ‖₂ / ‖Ψ‖₂ ≥ 0.95",
    "modes.conductivity",
    Relation.AT_LEAST,
    Fraction(95, 100),
)
PASSBAND_ENERGY: Final = Invariant(
    "passband_energy",
    "Math Thesis INV-0018, in words; Def. 1.8",
    "κ(Ψ)² = ‖Π Ψ‖₂² / ‖Ψ‖₂² ≥ 0.95",
    "modes.energy_share",
    Relation.AT_LEAST,
    Fraction(95, 100),
)

INVARIANTS: Final = MappingProxyType(
    {
        invariant.name: invariant
        for invariant in (
            RESONANCE_QUALITY,
            INTERFERENCE,
            CAPACITY_MARGIN,
            CONDUCTIVITY,
            PASSBAND_ENERGY,
        )
    }
)
"""Every invariant of this room by name."""
