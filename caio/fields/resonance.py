"""W(Ψ_i, Ψ_RFS): how far intent and memory resonate (Def. 1.1 and Def. 1.2).

Def. 1.1 is the normalised correlation. Def. 1.2 is a quality in decibels,

    Q = 20 log₁₀(peak / background).

A peak needs several correlation values where one inner product is one number. They are read as the matched filter's output: the
magnitudes |⟨T_k Ψ_i, Ψ_RFS⟩| over all D cyclic shifts T_k of the intent field; the peak is the largest of them, the background the
mean of the others. Both are given relative to ‖Ψ_i‖ ‖Ψ_RFS‖, which Q does not depend on. Q lies between 0 dB and ``MAX_DECIBELS``,
where it saturates, so that an empty background is a number and not an infinity. Where there is no peak either, as for fields that have
no frequency in common, nothing stands out and Q is 0 dB.

A threshold on Q is decided on the power ratio (peak / background)², whose measurement is exact where the dB are rounded.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import isqrt
from typing import Final

import numpy as np

from caio.base.canonical import digest
from caio.fields.arrays import ComplexArray, Field, FieldError, FloatArray, require_alike
from caio.fields.correlation import correlation
from caio.fields.decibels import MAX_POWER, decibels
from caio.fields.estimates import Estimate, around, down, units, up
from caio.fields.transform import blocks, spectrum, synthesis, transform_ulps

_SLACK: Final = 2.0**-50
"""More than the relative error of a quotient that is squared."""


def resonance(intent: Field, memory: Field) -> Estimate:
    """W of Def. 1.1, in [−1, 1]: the real part of ⟨Ψ_i, Ψ_RFS⟩ / (‖Ψ_i‖ ‖Ψ_RFS‖).

    Args:
        intent: Ψ_i, shape (D,) or (N, D).
        memory: Ψ_RFS, shape (D,) or (N, D).

    Raises:
        FieldError: the dimensions or the numbers of rows do not fit.
    """
    return correlation("resonance.correlation", intent, memory)


@dataclass(frozen=True, slots=True)
class Quality:
    """Q of Def. 1.2 and what it is made of, for N pairs.

    Attributes:
        peak: the largest magnitude over all shifts, relative to ‖Ψ_i‖ ‖Ψ_RFS‖, in [0, 1].
        background: the mean of the others, in [0, 1].
        power_ratio: (peak / background)², in [1, 10⁹]; thresholds are about it.
        decibels: Q = 10 log₁₀(power ratio), in [0, 90] dB.
    """

    peak: Estimate
    background: Estimate
    power_ratio: Estimate
    decibels: Estimate


def resonance_quality(intent: Field, memory: Field) -> Quality:
    """Q of Def. 1.2 for one or N pairs; a single field is paired with every row of the other.

    Error of each magnitude, in units u, with B the bound of one transform: the product of two spectra is off by 2B in the
    sum of absolute values, which each shift adds up; the transform back by √D B; norms and scaling as in ``correlation``.
    The mean of the others is then off by at most (D + 1) / (D − 1) ≤ 3 times as much.

    Raises:
        FieldError: D is 1, or the dimensions or numbers of rows do not fit.
        InputError: D is a length without a transform.
    """
    require_alike(intent, memory)
    dimension = intent.dimension
    if dimension < 2:
        raise FieldError(
            f"field `{intent.name}`: dimension 1 has no background, expected at least 2",
            field=intent.name,
        )
    single = transform_ulps(dimension)
    error = units(
        4 * single
        + 2 * (isqrt(dimension) + 1) * single
        + 8 * dimension
        + 64
        + 3 * (intent.ulps + memory.ulps)
    )
    inputs = digest({"kind": "shifted correlation", "fields": [intent.digest, memory.digest]})
    peaks, backgrounds = _peaks_and_backgrounds(intent, memory)
    peak = around("resonance.peak", peaks, error, inputs, at_least=0.0, at_most=1.0)
    background = around(
        "resonance.background", backgrounds, 3 * error, inputs, at_least=0.0, at_most=1.0
    )
    power = Estimate(
        "resonance.power_ratio",
        _power(peak.values, background.values),
        np.maximum(down(_power(peak.lower, background.upper) * (1.0 - _SLACK)), 1.0),
        np.minimum(up(_power(peak.upper, background.lower) * (1.0 + _SLACK)), MAX_POWER),
        inputs,
    )
    return Quality(peak, background, power, decibels(power, "resonance.quality"))


def _peaks_and_backgrounds(intent: Field, memory: Field) -> tuple[FloatArray, FloatArray]:
    """Peak and background of every pair, shape (N,) each."""
    dimension = intent.dimension
    count = max(len(intent.rows), len(memory.rows))
    shape = (count, dimension)
    left, right = np.broadcast_to(intent.rows, shape), np.broadcast_to(memory.rows, shape)
    alone = spectrum(intent.rows) if len(intent.rows) == 1 else None
    peaks, backgrounds = np.empty(count), np.empty(count)
    for block in blocks(count, dimension):
        probe = spectrum(left[block]) if alone is None else alone
        shifted = _magnitudes(probe, right[block])
        places = shifted.argmax(axis=-1)[:, np.newaxis]
        peaks[block] = np.take_along_axis(shifted, places, axis=-1)[:, 0]
        # Leaving the peak out of the sum, not subtracting it: nothing cancels.
        np.put_along_axis(shifted, places, 0.0, axis=-1)
        backgrounds[block] = shifted.sum(axis=-1) / (dimension - 1)
    norms = intent.norms * memory.norms
    return peaks / norms, backgrounds / norms


def _magnitudes(probe: ComplexArray, memory: ComplexArray) -> FloatArray:
    """|⟨T_k Ψ_i, Ψ_RFS⟩| for all shifts k, given ℱ(Ψ_i)."""
    filtered = synthesis(np.conj(probe) * spectrum(memory))
    found: FloatArray = np.abs(filtered) * np.sqrt(float(memory.shape[-1]))
    return found


def _power(peak: FloatArray, background: FloatArray) -> FloatArray:
    """(peak / background)², saturated; off by a relative 3u and a little at most."""
    ratio = np.where(peak > 0.0, 1e5, 1.0)
    np.divide(peak, background, out=ratio, where=background > peak * 1e-5)
    power: FloatArray = np.clip(ratio * ratio, 1.0, MAX_POWER)
    return power
