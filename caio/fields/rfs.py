"""RFS_metrics of Def. 1.9: resonance, recall and cost of the memory field, each with its invariant.

*Resonance* is Q of Def. 1.2. *Recall* is 1 − η with η = E_destructive / E_total; the source does not say how destructive energy is
found among superposed fields ψ_1 … ψ_K. Here it is what superposition extinguishes, component by component:

    E_destructive = Σ_n max(0, Σ_k |ψ_k[n]|² − |Σ_k ψ_k[n]|²),    E_total = Σ_k ‖ψ_k‖²

so that η lies in [0, 1], is 0 where nothing cancels, 1 where everything does, and extinction in one place is not excused by
amplification in another. *Cost* is E_utilization / E_max at the 99th percentile of the samples (nearest rank: the least sample that
at least 99 of 100 do not exceed), the reciprocal of the capacity margin; it is exact.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import ceil
from typing import Final

import numpy as np

from caio.base.canonical import digest
from caio.base.errors import InputError
from caio.base.numbers import format_number
from caio.fields.arrays import Field, require_one
from caio.fields.estimates import Estimate, around, down, units, up
from caio.fields.invariants import CAPACITY_MARGIN, INTERFERENCE, RESONANCE_QUALITY, Judgement
from caio.fields.measure import Measurement, measure, measure_exact
from caio.fields.resonance import resonance_quality

PERCENTILE: Final = Fraction(99, 100)
"""The P99 of the capacity margin."""


@dataclass(frozen=True, slots=True)
class RfsMetrics:
    """What Def. 1.9 asks of the memory, measured.

    Attributes:
        resonance: Q in dB.
        power_ratio: (peak / background)², on which Q ≥ 6 dB is decided.
        recall: 1 − η.
        interference: η.
        cost: E_utilization / E_max at P99.
    """

    resonance: Measurement
    power_ratio: Measurement
    recall: Measurement
    interference: Measurement
    cost: Measurement

    @property
    def judgements(self) -> tuple[Judgement, ...]:
        """The three invariants of Def. 1.9, in its order."""
        return (
            RESONANCE_QUALITY.judge(self.power_ratio),
            INTERFERENCE.judge(self.interference),
            CAPACITY_MARGIN.judge(self.cost),
        )


@dataclass(frozen=True, slots=True)
class Capacity:
    """The energy budget of a memory.

    Attributes:
        samples: E_utilization as observed, exact, not negative.
        maximum: E_max, in the same unit, positive.

    Raises:
        InputError: there are no samples, or a number is not exact or out of range.
    """

    samples: tuple[Fraction, ...]
    maximum: Fraction

    def __post_init__(self) -> None:
        given: tuple[object, ...] = (*self.samples, self.maximum)
        for value in given:
            if not isinstance(value, Fraction) or value < 0:
                raise InputError(f"an energy of `{value}`, expected a `Fraction` not below 0")
        if not self.samples or self.maximum == 0:
            raise InputError("a capacity needs a sample of utilization and a maximum above 0")

    @property
    def cost(self) -> Fraction:
        """E_utilization / E_max at P99: 1 / cost is the margin that 99 of 100 samples have."""
        rank = ceil(PERCENTILE * len(self.samples))
        return sorted(self.samples)[rank - 1] / self.maximum

    @property
    def digest(self) -> str:
        """The digest of samples and maximum."""
        return digest(
            {
                "kind": "capacity",
                "samples": [format_number(sample) for sample in self.samples],
                "maximum": format_number(self.maximum),
            }
        )


def interference(components: Field) -> Estimate:
    """η = E_destructive / E_total of superposed fields, in [0, 1]; one row.

    Error, in units u of E_total: |Σ_k ψ_k[n]|² is at most K Σ_k |ψ_k[n]|² and each of its sums of K terms is off by K units;
    the sum over n adds D. The bound used is 4 (K + 1) (K + 8) + 8 D + 32; fields that are off by ε of their norms add at
    most 4 (K + 1) ε.

    Args:
        components: ψ_1 … ψ_K, shape (K, D), or (D,) for one field, which has no interference.
    """
    rows = components.rows
    count, dimension = rows.shape
    alone = (rows.real**2 + rows.imag**2).sum(axis=0)
    together = rows.sum(axis=0)
    lost = np.maximum(alone - (together.real**2 + together.imag**2), 0.0)
    values = lost.sum(keepdims=True) / components.energies.sum()
    bound = 4 * (count + 1) * (count + 8) + 8 * dimension + 32
    bound += 4 * (count + 1) * components.ulps
    inputs = digest({"kind": "interference", "field": components.digest})
    return around("rfs.interference", values, units(bound), inputs, at_least=0.0, at_most=1.0)


def recall(residual: Estimate) -> Estimate:
    """1 − η, in [0, 1]."""
    return Estimate(
        "rfs.recall",
        1.0 - residual.values,
        np.maximum(down(1.0 - residual.upper), 0.0),
        np.minimum(up(1.0 - residual.lower), 1.0),
        residual.inputs,
    )


def rfs_metrics(
    probe: Field, memory: Field, components: Field, capacity: Capacity, resolution: Fraction
) -> RfsMetrics:
    """GetRFSMetrics of Eq. 1.1, step 0: all metrics of Def. 1.9 at one resolution.

    Args:
        probe: the field that memory is asked with, shape (D,).
        memory: Ψ_RFS, shape (D,).
        components: the fields superposed in it, shape (K, D).
        capacity: its energy budget.
        resolution: of every measurement, 1/R.

    Raises:
        FieldError: `probe` or `memory` is a batch, or the dimensions do not fit.
        InputError: the resolution is no unit fraction, or too fine for the ratio.
    """
    require_one(probe)
    require_one(memory)
    quality = resonance_quality(probe, memory)
    residual = interference(components)
    return RfsMetrics(
        measure(quality.decibels, resolution).only,
        measure(quality.power_ratio, resolution).only,
        measure(recall(residual), resolution).only,
        measure(residual, resolution).only,
        measure_exact("rfs.cost", capacity.cost, resolution, capacity.digest),
    )
