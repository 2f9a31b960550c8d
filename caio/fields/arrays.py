"""Validated complex fields Ψ ∈ ℂ^D, one or many (``docs/fields.md``; the state of Eq. 1.1).

Everything from outside enters the room through ``Field``, and what is wrong with it is said here: a NaN, an infinity, a zero
field, a wrong shape or type never becomes a NaN further on. Magnitudes lie between 2⁻²⁵⁶ and 2²⁵⁶, which rules out overflow and
makes underflow negligible in every formula of this room; the stated error bounds rest on it.

A field is a value: its array is a read-only copy with −0.0 replaced by 0.0, so that equal fields have equal digests.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

from caio.base.canonical import canonical_bytes
from caio.base.errors import InputError

ComplexArray: TypeAlias = npt.NDArray[np.complex128]
FloatArray: TypeAlias = npt.NDArray[np.float64]

MAX_DIMENSION: Final = 2**20
"""The largest D: the error bounds are stated up to it."""
LARGEST: Final = 2.0**256
"""The largest absolute value of a real or imaginary part."""
SMALLEST: Final = 2.0**-256
"""The least value that the largest part of a field may have."""
MAX_ULPS: Final = 2**40
"""The most that a field may be off, 2⁻¹³ of its norm: squares of it are negligible in every bound."""
_RUN: Final = 8192
"""How many numbers are multiplied and summed in one call."""


class FieldError(InputError):
    """An array that is no field; the message names the field and the place in it.

    Attributes:
        field: the field's name.
        row: the row of a batch, or None.
        component: the index of the component in its row, or None.
    """

    def __init__(
        self, message: str, *, field: str, row: int | None = None, component: int | None = None
    ) -> None:
        super().__init__(message)
        self.field = field
        self.row = row
        self.component = component


@dataclass(frozen=True, slots=True, eq=False)
class Field:
    """One field of shape (D,), or a batch of N fields of shape (N, D), complex128.

    Attributes:
        name: what messages call it, such as `intent`.
        values: the array; read-only, C-contiguous.
        ulps: a bound on how far the values are from what they denote: in each row,
            ‖values − Ψ‖₂ ≤ ulps · 2⁻⁵³ · ‖Ψ‖₂, from 0 to 2⁴⁰. Zero for what is given rather than computed.
        source: the digest of what the values were computed from; None if they were given.
        energies: ‖Ψ‖₂² of each row, shape (N,), or (1,) for one field; as computed in floating point.
        norms: their square roots.

    Raises:
        FieldError: for a wrong type, shape, dimension or bound, a NaN or infinity, a zero field, a magnitude out of range.
    """

    name: str
    values: ComplexArray = field(repr=False)
    ulps: int = field(default=0, kw_only=True)
    source: str | None = field(default=None, kw_only=True)
    energies: FloatArray = field(init=False, repr=False)
    norms: FloatArray = field(init=False, repr=False)
    _digest: str = field(init=False, repr=False)

    def __post_init__(self) -> None:
        given: object = self.values
        if type(given) is not np.ndarray:
            raise FieldError(
                f"field `{self.name}`: expected a numpy array of complex128, not a value of type"
                f" `{type(given).__name__}`",
                field=self.name,
            )
        if given.dtype != np.complex128:
            raise FieldError(
                f"field `{self.name}`: its numbers are `{given.dtype}`, expected `complex128`"
                " (convert with `.astype(numpy.complex128)` where that is meant)",
                field=self.name,
            )
        if given.ndim not in {1, 2} or 0 in given.shape or given.shape[-1] > MAX_DIMENSION:
            raise FieldError(
                f"field `{self.name}`: shape {given.shape}, expected (D,) or (N, D) with N ≥ 1 and"
                f" 1 ≤ D ≤ {MAX_DIMENSION}",
                field=self.name,
            )
        if not 0 <= self.ulps <= MAX_ULPS:
            raise FieldError(
                f"field `{self.name}`: off by {self.ulps} units, expected 0 to 2**40 (a field that is"
                " further off says too little)",
                field=self.name,
            )
        # Adding zero copies, and turns −0.0 into 0.0.
        values = np.add(given, 0.0, order="C")
        _require_usual_magnitudes(self.name, values)
        values.setflags(write=False)
        squares = energies(np.atleast_2d(values))
        norms = np.sqrt(squares)
        squares.setflags(write=False)
        norms.setflags(write=False)
        object.__setattr__(self, "values", values)
        object.__setattr__(self, "energies", squares)
        object.__setattr__(self, "norms", norms)

    @property
    def dimension(self) -> int:
        """D, the number of components."""
        return int(self.values.shape[-1])

    @property
    def rows(self) -> ComplexArray:
        """The values with shape (N, D); N = 1 for one field."""
        return np.atleast_2d(self.values)

    @property
    def parts(self) -> FloatArray:
        """Real and imaginary parts in turn, shape (N, 2D): Re⟨x, y⟩ is the real inner product of these."""
        return self.rows.view(np.float64)

    @property
    def digest(self) -> str:
        """The digest of the field: of its source where it was computed, else of shape and values.

        Computed on first use, from the bytes of the values in little-endian order.
        """
        try:
            return self._digest
        except AttributeError:
            found = self.source if self.source is not None else _digest(self.values)
            object.__setattr__(self, "_digest", found)
            return found


def energies(rows: ComplexArray) -> FloatArray:
    """‖x‖₂² of each row of an array of shape (N, D): shape (N,), in floating point."""
    parts = np.ascontiguousarray(rows).view(np.float64)
    return products(parts, parts)


def products(left: FloatArray, right: FloatArray) -> FloatArray:
    """Σ x · y along the last axis of arrays of shape (…, 2D), which broadcast: row by row, with one kernel.

    A matrix product would be shared among cores, and its bits would depend on their number and on the other rows. So would
    those of a product of more than 10,000 numbers: longer rows are summed by runs.
    """
    total: FloatArray = np.vecdot(left[..., :_RUN], right[..., :_RUN])
    for start in range(_RUN, left.shape[-1], _RUN):
        run = slice(start, start + _RUN)
        total = total + np.vecdot(left[..., run], right[..., run])
    return total


def require_one(field: Field) -> None:
    """Let pass one field of shape (D,), or a batch of one.

    Raises:
        FieldError: the field is a batch of several.
    """
    if len(field.rows) != 1:
        raise FieldError(
            f"field `{field.name}`: a batch of {len(field.rows)} fields, expected one",
            field=field.name,
        )


def require_alike(left: Field, right: Field) -> None:
    """Let pass two fields of the same dimension, one of which is single or which have as many rows.

    Raises:
        FieldError: the dimensions or the numbers of rows do not fit.
    """
    counts = len(left.rows), len(right.rows)
    if left.dimension != right.dimension:
        raise FieldError(
            f"field `{right.name}`: dimension {right.dimension}, expected {left.dimension} as in"
            f" `{left.name}`",
            field=right.name,
        )
    if 1 not in counts and counts[0] != counts[1]:
        raise FieldError(
            f"field `{right.name}`: a batch of {counts[1]}, expected one field or a batch of"
            f" {counts[0]} as in `{left.name}`",
            field=right.name,
        )


def _digest(values: ComplexArray) -> str:
    header = canonical_bytes({"kind": "field", "shape": list(values.shape)})
    found = hashlib.sha256(header + b"\n")
    # The array's own bytes: a marketplace is large, and a copy of it would be, too.
    found.update(values.astype("<c16", copy=False).data)
    return "sha256:" + found.hexdigest()


def _require_usual_magnitudes(name: str, values: ComplexArray) -> None:
    parts = np.atleast_2d(values).view(np.float64)
    # A NaN survives both reductions and fails both comparisons.
    largest = np.maximum(parts.max(axis=-1), -parts.min(axis=-1))
    usual = (largest >= SMALLEST) & (largest <= LARGEST)
    if usual.all():
        return
    row = int(np.argmin(usual))
    where = f"row {row} of field `{name}`" if values.ndim == 2 else f"field `{name}`"
    place = row if values.ndim == 2 else None
    strange = np.flatnonzero(~(np.abs(parts[row]) <= LARGEST))
    if strange.size:
        component = int(strange[0]) // 2
        value = np.atleast_2d(values)[row, component]
        wanted = "a finite number" if not np.isfinite(value) else "parts up to 2**256 (rescale)"
        raise FieldError(
            f"{where}: component {component} is `{value}`, expected {wanted}",
            field=name,
            row=place,
            component=component,
        )
    if largest[row] == 0.0:
        raise FieldError(
            f"{where}: a zero field has no direction; expected a component that is not zero",
            field=name,
            row=place,
        )
    raise FieldError(
        f"{where}: its largest part is `{largest[row]}`, expected at least 2**-256 (rescale)",
        field=name,
        row=place,
    )
