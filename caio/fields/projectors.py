"""The projectors Π_high and Π_low of Def. 1.8: Π = ℱ⁻¹ · M · ℱ with a binary mask M over frequencies.

Each is an orthogonal projector: idempotent, self-adjoint, and complementary to the one with the opposite mask, so that energies
add up: ‖Ψ‖² = ‖Π_high Ψ‖² + ‖Π_low Ψ‖². Cutoffs are declared as exact fractions of the sampling rate and compared with bins in
integers, so that no bin changes sides by rounding. A guard band is a low-pass whose cutoff is below the high-pass's.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from math import floor
from typing import Final

import numpy as np
import numpy.typing as npt

from caio.base.canonical import digest
from caio.base.errors import InputError
from caio.fields.arrays import ComplexArray
from caio.fields.transform import spectrum, synthesis, transform_ulps

_NYQUIST: Final = Fraction(1, 2)


@dataclass(frozen=True, slots=True, eq=False)
class Projector:
    """Π = ℱ⁻¹ · M · ℱ on ℂ^D.

    Attributes:
        mask: M, shape (D,), bool, by bin; read-only.
        digest: names the mask in what is digested of a measurement.

    Raises:
        InputError: the mask is no array of bool of shape (D,), or D is a length without a transform.
    """

    mask: npt.NDArray[np.bool_]
    digest: str = field(init=False)

    def __post_init__(self) -> None:
        given: object = self.mask
        if type(given) is not np.ndarray or given.dtype != np.bool_ or given.ndim != 1:
            raise InputError("the mask of a projector is a numpy array of bool of shape (D,)")
        transform_ulps(given.size)
        mask = given.copy()
        mask.setflags(write=False)
        passband = np.flatnonzero(mask)
        edges = np.flatnonzero(np.diff(mask.astype(np.int8), prepend=0, append=0))
        object.__setattr__(self, "mask", mask)
        # Where runs of passing bins begin and end says the mask, however long it is, in few numbers.
        runs = [int(edge) for edge in edges] if passband.size else []
        object.__setattr__(
            self, "digest", digest({"kind": "projector", "dimension": mask.size, "runs": runs})
        )

    @property
    def dimension(self) -> int:
        """D."""
        return int(self.mask.size)

    @property
    def width(self) -> int:
        """The number of bins that pass: the dimension of the range of Π."""
        return int(np.count_nonzero(self.mask))

    @property
    def ulps(self) -> int:
        """The bound of ``spectrum`` for one transform; ``apply`` makes two."""
        return transform_ulps(self.dimension)

    def coefficients(self, values: ComplexArray) -> ComplexArray:
        """M ⊙ ℱ(Ψ) for values of shape (D,) or (N, D): what passes, by frequency.

        Raises:
            InputError: the last axis has another length than D.
        """
        self._require(values)
        return np.where(self.mask, spectrum(values), 0.0)

    def apply(self, values: ComplexArray) -> ComplexArray:
        """Π Ψ, same shape. It may be zero, exactly or but for rounding, where no energy lies in the band.

        Raises:
            InputError: the last axis has another length than D.
        """
        return synthesis(self.coefficients(values))

    def complement(self) -> Projector:
        """1 − Π: the projector onto the other frequencies."""
        return Projector(~self.mask)

    def _require(self, values: ComplexArray) -> None:
        if values.shape[-1:] != self.mask.shape:
            raise InputError(
                f"an array of shape {values.shape} meets a projector of dimension {self.dimension}"
            )


def low_pass(dimension: int, cutoff: Fraction) -> Projector:
    """Π_low: the frequencies up to the cutoff, inclusive (trait modes).

    Args:
        dimension: D.
        cutoff: in cycles per sample, 0 to 1/2.

    Raises:
        InputError: the cutoff is no exact number in range, or D is a length without a transform.
    """
    transform_ulps(dimension)
    given: object = cutoff
    if not isinstance(given, Fraction | int) or not 0 <= given <= _NYQUIST:
        raise InputError(f"a cutoff of `{given}`, expected a `Fraction` from 0 to 1/2")
    bins = np.arange(dimension)
    return Projector(np.minimum(bins, dimension - bins) <= floor(cutoff * dimension))


def high_pass(dimension: int, cutoff: Fraction) -> Projector:
    """Π_high: the frequencies above the cutoff, ω > ω_cutoff as in Def. 1.4 (intent modes).

    Raises:
        InputError: as for ``low_pass``.
    """
    return low_pass(dimension, cutoff).complement()
