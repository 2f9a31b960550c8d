"""The encoding operators E and their adjoints E^H, the matched filters (Def. 1.3, 1.5, 1.7; Def. 1.9 assumes Parseval).

The source leaves the construction open; here it is

    E = ℱ_D⁻¹ · P · ℱ_d · S : ℂ^d → ℂ^D

S flips the signs of some components; ℱ_d spreads each component over d frequencies; P puts these onto d different bins of the
operator's passband and leaves the others zero; ℱ_D⁻¹ synthesises the field. Each factor keeps inner products, hence so does E:
E^H E = 1, ‖E w‖² = ‖w‖² (Parseval), and E E^H is the orthogonal projector onto the range of E. What E encodes lies in its passband:
κ = 1. Encoders of different names put the same source into directions that have little in common.

Signs and bins follow from the declared name by SHA-256 and from nothing else: no generator of random numbers is involved whose
stream could change. With H(label, j) = SHA-256 of the UTF-8 bytes of ``caio-encoder-1``, label and name, each followed by a zero
byte, and of j in eight bytes, big-endian: component j is flipped iff the last bit of H(``signs``, j) is 1; the passband's bins in the
order of (H(``bins``, bin), bin) receive frequencies 0 to d − 1.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from caio.base.canonical import digest
from caio.base.errors import InputError
from caio.fields.arrays import ComplexArray, Field, FieldError, FloatArray
from caio.fields.projectors import Projector
from caio.fields.transform import spectrum, synthesis, transform_ulps


@dataclass(frozen=True, slots=True, eq=False)
class Encoder:
    """E : ℂ^d → ℂ^D and its adjoint.

    Attributes:
        name: determines signs and bins; printable characters.
        source: d, at most the width of the passband.
        band: its dimension is D, its passband where the field lies.
        signs: 1.0 or −1.0 by component of the source, shape (d,).
        bins: the bin of each frequency of the source, shape (d,).
        digest: names the operator in what is digested of a measurement.

    Raises:
        InputError: the name is empty or not printable, d is a length without a transform or exceeds the passband.
    """

    name: str
    source: int
    band: Projector
    signs: FloatArray = field(init=False, repr=False)
    bins: npt.NDArray[np.int64] = field(init=False, repr=False)
    digest: str = field(init=False)

    def __post_init__(self) -> None:
        if not self.name or not self.name.isprintable():
            raise InputError("the name of an encoder is a text of printable characters")
        transform_ulps(self.source)
        if self.source > self.band.width:
            raise InputError(
                f"encoder `{self.name}`: a source of dimension {self.source} does not fit a passband"
                f" of {self.band.width} bins (widen the band, or take a larger D)"
            )
        flips = (_hash("signs", self.name, index)[-1] & 1 for index in range(self.source))
        signs = np.array([-1.0 if flip else 1.0 for flip in flips])
        passband = [int(place) for place in np.flatnonzero(self.band.mask)]
        passband.sort(key=lambda place: (_hash("bins", self.name, place), place))
        bins = np.array(passband[: self.source], dtype=np.int64)
        signs.setflags(write=False)
        bins.setflags(write=False)
        object.__setattr__(self, "signs", signs)
        object.__setattr__(self, "bins", bins)
        object.__setattr__(
            self,
            "digest",
            digest(
                {
                    "kind": "encoder",
                    "construction": "caio-encoder-1",
                    "name": self.name,
                    "source": self.source,
                    "band": self.band.digest,
                }
            ),
        )

    @property
    def dimension(self) -> int:
        """D."""
        return self.band.dimension

    @property
    def ulps(self) -> int:
        """B with ‖computed E w − E w‖₂ ≤ B · 2⁻⁵³ · ‖w‖₂, and the same for E^H."""
        return transform_ulps(self.dimension) + transform_ulps(self.source) + 1

    def apply(self, values: ComplexArray) -> ComplexArray:
        """E w for w of shape (d,) or (N, d): an array of shape (D,) or (N, D).

        Raises:
            InputError: the last axis has another length than d.
        """
        self._require(values, self.source)
        placed = np.zeros((*values.shape[:-1], self.dimension), dtype=np.complex128)
        placed[..., self.bins] = spectrum(values * self.signs)
        return synthesis(placed)

    def adjoint(self, values: ComplexArray) -> ComplexArray:
        """E^H Ψ, the matched filter, for Ψ of shape (D,) or (N, D): an array of shape (d,) or (N, d).

        It is zero for what is orthogonal to everything that E encodes.

        Raises:
            InputError: the last axis has another length than D.
        """
        self._require(values, self.dimension)
        return synthesis(spectrum(values)[..., self.bins]) * self.signs

    def encode(self, source: Field, name: str) -> Field:
        """E w as a field; its digest is that of operator and source.

        Raises:
            FieldError: the source has another dimension than d.
        """
        if source.dimension != self.source:
            raise FieldError(
                f"field `{source.name}`: dimension {source.dimension}, expected {self.source} as the"
                f" source of encoder `{self.name}`",
                field=source.name,
            )
        return Field(
            name,
            self.apply(source.values),
            ulps=self.ulps + 2 * source.ulps,
            source=digest({"kind": "encoded", "encoder": self.digest, "source": source.digest}),
        )

    def _require(self, values: ComplexArray, length: int) -> None:
        if values.shape[-1:] != (length,):
            raise InputError(
                f"encoder `{self.name}`: an array of shape {values.shape}, expected a last axis of"
                f" {length}"
            )


def _hash(label: str, name: str, index: int) -> bytes:
    text = f"caio-encoder-1\0{label}\0{name}\0".encode()
    return hashlib.sha256(text + index.to_bytes(8, "big")).digest()
