"""Measurements: integers at a declared resolution, with intervals rounded outwards (DESIGN section 8).

What a transform computes is measured, not proved. A measurement says what may enter a decision: an integer number of steps, an
interval of exact rationals that contains the real value (so that a comparison which holds for the whole interval holds for the
value), and the digest of the inputs, so that anybody can measure again. The integer is recorded; another machine may round the same
formula differently and must find an interval that overlaps.

The value is ⌊x / resolution⌋ for the computed x, the interval's ends are ⌊lower / resolution⌋ and ⌈upper / resolution⌉ steps. These
are exact: the product of a float with an integer is formed as a sum of two floats without error before it is rounded.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor
from typing import Final

import numpy as np
import numpy.typing as npt

from caio.base.canonical import Json, digest
from caio.base.errors import InputError
from caio.base.numbers import format_number
from caio.fields.arrays import FloatArray
from caio.fields.estimates import Estimate

IntArray = npt.NDArray[np.int64]

MAX_STEPS: Final = 2**52
"""The largest number of steps: floats below it have a fraction, and canonical JSON holds it."""
_SPLITTER: Final = float(2**27 + 1)


@dataclass(frozen=True, slots=True)
class Measurement:
    """One measured value.

    Attributes:
        name: what was measured, such as `resonance.correlation`.
        value: in steps of the resolution, rounded down.
        interval: exact rationals that enclose the real value, multiples of the resolution.
        resolution: the size of a step, 1/R.
        digest: of the inputs, and of the row where they are a batch.

    Raises:
        InputError: the value lies outside the interval, or the resolution is no unit fraction.
    """

    name: str
    value: int
    interval: tuple[Fraction, Fraction]
    resolution: Fraction
    digest: str

    def __post_init__(self) -> None:
        low, high = self.interval
        if not low <= Fraction(self.value, steps_of(self.resolution)) <= high:
            raise InputError(
                f"`{self.name}`: {self.value} steps of {self.resolution} lie outside {low} to {high}"
            )

    def record(self) -> dict[str, Json]:
        """The measurement as canonical JSON can hold it."""
        return {
            "name": self.name,
            "value": self.value,
            "interval": [format_number(end) for end in self.interval],
            "resolution": format_number(self.resolution),
            "digest": self.digest,
        }


@dataclass(frozen=True, slots=True, eq=False)
class Measurements:
    """N measured values in bulk; each item is a ``Measurement``.

    Attributes:
        name: what was measured.
        steps: R, the number of steps to one.
        values: shape (N,), int64, in steps, rounded down.
        lower: shape (N,), int64, in steps: the lower ends of the intervals.
        upper: shape (N,), int64, in steps: the upper ends.
        inputs: the digest of the inputs of all rows.
    """

    name: str
    steps: int
    values: IntArray
    lower: IntArray
    upper: IntArray
    inputs: str

    def __post_init__(self) -> None:
        for array in (self.values, self.lower, self.upper):
            array.setflags(write=False)

    def __len__(self) -> int:
        return len(self.values)

    def __getitem__(self, row: int) -> Measurement:
        step = Fraction(1, self.steps)
        return Measurement(
            self.name,
            int(self.values[row]),
            (int(self.lower[row]) * step, int(self.upper[row]) * step),
            step,
            digest({"inputs": self.inputs, "row": range(len(self))[row]}),
        )

    def __iter__(self) -> Iterator[Measurement]:
        return (self[row] for row in range(len(self)))

    @property
    def only(self) -> Measurement:
        """The one measurement.

        Raises:
            InputError: there are several.
        """
        if len(self) != 1:
            raise InputError(f"`{self.name}`: {len(self)} measurements, expected one")
        return self[0]


def measure(estimate: Estimate, resolution: Fraction) -> Measurements:
    """All rows of an estimate as integers at a resolution, without a loop.

    Raises:
        InputError: the resolution is no unit fraction, or a value has more steps than ``MAX_STEPS``.
    """
    steps = steps_of(resolution)
    largest = max(-float(estimate.lower.min()), float(estimate.upper.max()))
    if Fraction(largest) * steps > MAX_STEPS - 1:
        raise InputError(
            f"`{estimate.name}` reaches {largest:.3g}, more than 2**52 steps of {resolution}"
            " (declare a coarser resolution)"
        )
    return Measurements(
        estimate.name,
        steps,
        floor_steps(estimate.values, steps),
        floor_steps(estimate.lower, steps),
        -floor_steps(-estimate.upper, steps),
        estimate.inputs,
    )


def measure_exact(name: str, value: Fraction, resolution: Fraction, inputs: str) -> Measurement:
    """A value that is known exactly, at a resolution; its interval is one step, or none where it is whole.

    Raises:
        InputError: the resolution is no unit fraction, or the value has more steps than ``MAX_STEPS``.
    """
    steps = steps_of(resolution)
    low, high = floor(value * steps), ceil(value * steps)
    if max(-low, high) >= MAX_STEPS:
        raise InputError(
            f"`{name}` is {float(value):.3g}, more than 2**52 steps of {resolution}"
            " (declare a coarser resolution)"
        )
    step = Fraction(1, steps)
    return Measurement(
        name, low, (low * step, high * step), step, digest({"inputs": inputs, "row": 0})
    )


def steps_of(resolution: Fraction) -> int:
    """R of the resolution 1/R.

    Raises:
        InputError: it is no unit fraction from 2⁻⁵² to 1.
    """
    given: object = resolution
    if not isinstance(given, Fraction) or given.numerator != 1 or given.denominator > MAX_STEPS:
        raise InputError(f"a resolution of `{given}`, expected a `Fraction` 1/N, N up to 2**52")
    return given.denominator


def floor_steps(values: FloatArray, steps: int) -> IntArray:
    """⌊x · R⌋ exactly, for floats with |x · R| < 2⁵² and 1 ≤ R ≤ 2⁵²."""
    factor = float(steps)
    product = values * factor
    # Dekker: product + rest = values · factor without error. A product that is not whole is further from every whole
    # number than its rest, so that only whole products need the sign of the rest.
    left, right = _split(values), _split(np.float64(factor))
    rest = ((left[0] * right[0] - product) + left[0] * right[1] + left[1] * right[0]) + left[
        1
    ] * right[1]
    whole = np.floor(product)
    steps_below: IntArray = (whole - ((whole == product) & (rest < 0.0))).astype(np.int64)
    return steps_below


def _split(values: FloatArray | np.float64) -> tuple[FloatArray, FloatArray]:
    """High and low half of each float's digits, which sum to it exactly."""
    scaled = np.asarray(values * _SPLITTER, dtype=np.float64)
    high = scaled - (scaled - values)
    return high, values - high
