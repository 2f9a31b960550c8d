"""I(Ψ_i): energy and clarity of the intent field (Def. 1.3 and Def. 1.4).

Def. 1.3 is the energy that the matched filter finds, ‖E_i^H Ψ_i‖²: since E_i E_i^H is an orthogonal projector, this is the energy of
the part of Ψ_i that E_i could have encoded, at most ‖Ψ_i‖², and all of it for a field that E_i did encode. Def. 1.4 is the energy
above the cutoff, ‖Π_high Ψ_i‖²: the integral over ω is a sum over the bins of a unitary transform.

Both are energies in the unit of the field: a declared resolution says how large they may become. Shares between 0 and 1 are
``modes.energy_share``.
"""

from __future__ import annotations

import numpy as np

from caio.base.canonical import digest
from caio.fields.arrays import Field, FieldError, energies
from caio.fields.encoding import Encoder
from caio.fields.estimates import Estimate, around, units, up
from caio.fields.modes import band_energy
from caio.fields.projectors import Projector
from caio.fields.transform import blocks


def matched_filter_energy(encoder: Encoder, intent: Field) -> Estimate:
    """I of Def. 1.3: ‖E_i^H Ψ_i‖₂² of each row, at least 0.

    Error, in units u of ‖Ψ‖²: 3 (a + B) + 4D + 16 as in ``band_energy``, with a the field's ulps and B the operator's.

    Args:
        encoder: E_i, of dimension D.
        intent: Ψ_i, shape (D,) or (N, D).

    Raises:
        FieldError: the field has another dimension than the operator.
    """
    if intent.dimension != encoder.dimension:
        raise FieldError(
            f"field `{intent.name}`: dimension {intent.dimension}, expected {encoder.dimension} as of"
            f" encoder `{encoder.name}`",
            field=intent.name,
        )
    found = np.empty(len(intent.rows))
    for block in blocks(len(found), intent.dimension):
        found[block] = energies(encoder.adjoint(intent.rows[block]))
    bound = 3 * (intent.ulps + encoder.ulps) + 4 * intent.dimension + 16
    return around(
        "intent.matched_filter_energy",
        found,
        up(intent.energies * units(bound)),
        digest({"kind": "matched filter", "encoder": encoder.digest, "field": intent.digest}),
        at_least=0.0,
        at_most=np.finfo(float).max,
    )


def high_frequency_energy(high: Projector, intent: Field) -> Estimate:
    """I of Def. 1.4: ‖Π_high Ψ_i‖₂² of each row, at least 0.

    Args:
        high: Π_high, of dimension D.
        intent: Ψ_i, shape (D,) or (N, D).

    Raises:
        FieldError: the field has another dimension than the projector.
    """
    return band_energy("intent.high_frequency_energy", high, intent)
