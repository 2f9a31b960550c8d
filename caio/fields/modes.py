"""Modes of a field and how much of it passes (Def. 1.8): the state of Eq. 1.1 and the conductivity κ.

``modes(Π_high, Ψ_i)`` are the intent modes, ``modes(Π_low, Ψ_t)`` the trait modes. Energies within a band are computed from
frequencies, M ⊙ ℱ(Ψ), which by Parseval's theorem have the energy of Π Ψ and cost one transform instead of two.
"""

from __future__ import annotations

from math import ceil

import numpy as np

from caio.base.canonical import digest
from caio.fields.arrays import MAX_ULPS, ComplexArray, Field, FieldError, FloatArray, energies
from caio.fields.estimates import Estimate, around, units, up
from caio.fields.projectors import Projector
from caio.fields.transform import blocks


def modes(projector: Projector, field: Field) -> ComplexArray:
    """Π Ψ = ℱ⁻¹(M ⊙ ℱ(Ψ)) (Def. 1.8): read-only, of the field's shape; zero where nothing of the field lies in the band.

    Raises:
        FieldError: the field has another dimension than the projector.
    """
    require_dimension(projector, field)
    found = projector.apply(field.values)
    found.setflags(write=False)
    return found


def modes_of(projector: Projector, field: Field) -> Field:
    """modes(Π Ψ) as a field of its own (Def. 1.8), where there are any.

    Its ulps, with a those of the field and B the transform's: (2B + a + 2) ‖Ψ‖ / ‖Π Ψ‖, doubled.

    Raises:
        FieldError: the field has another dimension, or nothing of a row passes but rounding.
        InputError: D is a length without a transform.
    """
    require_dimension(projector, field)
    values = projector.apply(field.values)
    error = 2 * projector.ulps + field.ulps + 2
    return Field(
        f"modes of {field.name}",
        values,
        ulps=ulps_of(field, values, error, "nothing passes the projector (choose another cutoff)"),
        source=digest({"kind": "modes", "projector": projector.digest, "field": field.digest}),
    )


def ulps_of(field: Field, values: ComplexArray, error: int, complaint: str) -> int:
    """The ulps of what was computed from Ψ with an error of so many units of ‖Ψ‖: twice as many units of its own norms.

    Computed norms are off by less than that factor, where the error is one that a field may have.

    Raises:
        FieldError: a row is made of little else than errors; the message ends with the complaint.
    """
    left = np.sqrt(energies(np.atleast_2d(values)))
    enough = 2.0 * error * field.norms <= MAX_ULPS * left * (1.0 - 2.0**-20)
    if not enough.all():
        row = int(np.argmin(enough))
        where = "" if field.values.ndim == 1 else f"row {row} of "
        raise FieldError(
            f"{where}field `{field.name}`: {complaint}",
            field=field.name,
            row=row if where else None,
        )
    return ceil(float((2.0 * error * field.norms / left).max()) * (1.0 + 2.0**-20))


def band_energy(name: str, projector: Projector, field: Field) -> Estimate:
    """‖Π Ψ‖₂² of each row, at least 0.

    Error, in units u of ‖Ψ‖²: with a the field's ulps and B the transform's bound, Π Ψ is off by (a + B)‖Ψ‖, its energy by
    a little more than twice that, and summing 2D squares adds 2D. The bound used is 3 (a + B) + 4D + 16.

    Raises:
        FieldError: the field has another dimension than the projector.
    """
    inner = energies_of(projector, field)
    error = up(field.energies * units(_error(projector, field) + 4 * field.dimension + 16))
    return around(
        name, inner, error, _inputs(projector, field), at_least=0.0, at_most=np.finfo(float).max
    )


def conductivity(projector: Projector, field: Field) -> Estimate:
    """κ(Ψ) = ‖Π Ψ‖₂ / ‖Ψ‖₂ ∈ [0, 1] of each row (Def. 1.8): 1 where everything passes, 0 where nothing does.

    Error, in units u: a + B in the numerator and a in the denominator, as in ``band_energy``, and 2D + 4 for norms and
    division. The bound used is 3 (a + B) + 8D + 32.

    Raises:
        FieldError: the field has another dimension than the projector.
    """
    values = np.sqrt(energies_of(projector, field)) / field.norms
    error = units(_error(projector, field) + 8 * field.dimension + 32)
    return around(
        "modes.conductivity", values, error, _inputs(projector, field), at_least=0.0, at_most=1.0
    )


def energy_share(projector: Projector, field: Field) -> Estimate:
    """κ(Ψ)² ∈ [0, 1]: the share of the energy that passes.

    Error, in units u: twice that of ``conductivity``.

    Raises:
        FieldError: the field has another dimension than the projector.
    """
    values = energies_of(projector, field) / field.energies
    error = units(2 * (_error(projector, field) + 8 * field.dimension + 32))
    return around(
        "modes.energy_share", values, error, _inputs(projector, field), at_least=0.0, at_most=1.0
    )


def energies_of(projector: Projector, field: Field) -> FloatArray:
    """‖Π Ψ‖₂² of each row as computed, shape (N,).

    Raises:
        FieldError: the field has another dimension than the projector.
    """
    require_dimension(projector, field)
    found = np.empty(len(field.rows))
    for block in blocks(len(found), field.dimension):
        found[block] = energies(projector.coefficients(field.rows[block]))
    return found


def require_dimension(projector: Projector, field: Field) -> None:
    """Let pass a field of the projector's dimension.

    Raises:
        FieldError: it has another.
    """
    if field.dimension != projector.dimension:
        raise FieldError(
            f"field `{field.name}`: dimension {field.dimension}, expected {projector.dimension} as"
            " of the projector",
            field=field.name,
        )


def _error(projector: Projector, field: Field) -> int:
    return 3 * (field.ulps + projector.ulps)


def _inputs(projector: Projector, field: Field) -> str:
    return digest({"kind": "band", "projector": projector.digest, "field": field.digest})
