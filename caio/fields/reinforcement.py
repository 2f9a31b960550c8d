"""RL(Ψ_i, M): what a learned policy expects of each service (Def. 1.6 and Def. 1.7).

The maximum over M in both definitions does not depend on the candidate, and so cannot rank one above another. The objective uses
the value of the candidate itself, Q(·, m), and the maximum is reported (DESIGN section 5).

Def. 1.6 asks a Q-function, which is a port: MAIA's own, or any other that keeps to ``QFunction``. Its numbers are taken as given, an
interval around them would be a claim about somebody else's computation. Def. 1.7 is the matched filter, Re⟨Ψ_i, E_m(m)⟩ normalised.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Protocol

import numpy as np

from caio.base.canonical import digest
from caio.base.errors import InputError
from caio.fields.arrays import ComplexArray, Field, FieldError, FloatArray, require_one
from caio.fields.correlation import correlation
from caio.fields.encoding import Encoder
from caio.fields.estimates import Estimate

MAX_VALUE: Final = 2.0**52
"""The largest magnitude of a Q-value."""


class QFunction(Protocol):
    """Q(s, m, θ): the port to whoever learned a policy.

    An implementation is a pure function of its arguments and of θ, and changes its digest whenever θ changes.
    """

    @property
    def digest(self) -> str:
        """The digest of θ and of the rule that uses it."""

    def values(self, state: ComplexArray, services: Sequence[str]) -> FloatArray:
        """The value of taking each service in a state.

        Args:
            state: encode(Ψ_i), shape (d,), complex128, read-only.
            services: the names of the N services of M, in order, each once.

        Returns:
            shape (N,), float64, finite.
        """


def policy_values(
    function: QFunction, encoder: Encoder, intent: Field, services: Sequence[str]
) -> Estimate:
    """Q(encode(Ψ_i), m, θ) of Def. 1.6 for every service m, with encode = E_i^H; shape (N,).

    Args:
        function: Q with its θ.
        encoder: E_i.
        intent: Ψ_i, one field.
        services: the names of M in order.

    Raises:
        FieldError: the intent is a batch or of another dimension.
        InputError: there are no services or a name occurs twice; or Q answers with another type or shape, a number that is
            not finite, or one beyond 2⁵².
    """
    require_one(intent)
    if intent.dimension != encoder.dimension:
        raise FieldError(
            f"field `{intent.name}`: dimension {intent.dimension}, expected {encoder.dimension} as of"
            f" encoder `{encoder.name}`",
            field=intent.name,
        )
    names = tuple(services)
    if not names or len(set(names)) != len(names):
        raise InputError("the services of a marketplace: expected at least one, and each name once")
    state = encoder.adjoint(intent.rows[0])
    state.setflags(write=False)
    values = _accepted(function.values(state, names), names)
    inputs = digest(
        {
            "kind": "policy",
            "function": function.digest,
            "encoder": encoder.digest,
            "field": intent.digest,
            "services": names,
        }
    )
    return Estimate("policy.value", values, values, values, inputs)


def policy_correlations(intent: Field, marketplace: Field) -> Estimate:
    """Re⟨Ψ_i, E_m(m)⟩ / (‖Ψ_i‖ ‖E_m(m)‖) of Def. 1.7 for every service m, in [−1, 1]; shape (N,).

    Args:
        intent: Ψ_i, one field of shape (D,).
        marketplace: E_m(m) by service, shape (N, D), as ``Encoder.encode`` makes them.

    Raises:
        FieldError: the intent is a batch, or the dimensions do not fit.
    """
    require_one(intent)
    return correlation("policy.correlation", intent, marketplace)


def maximum(values: Estimate) -> Estimate:
    """The maximum over M: RL as the definitions have it, for the report; one row."""
    return Estimate(
        f"{values.name}.maximum",
        values.values.max(keepdims=True),
        values.lower.max(keepdims=True),
        values.upper.max(keepdims=True),
        digest({"kind": "maximum", "of": values.inputs}),
    )


def _accepted(given: object, names: Sequence[str]) -> FloatArray:
    """A copy of the values that a Q-function returned."""
    if type(given) is not np.ndarray or given.dtype != np.float64 or given.shape != (len(names),):
        raise InputError(
            f"a Q-function answered with something else than a numpy array of float64 of shape"
            f" ({len(names)},)"
        )
    values = np.add(given, 0.0)
    usual = np.abs(values) <= MAX_VALUE
    if not usual.all():
        row = int(np.argmin(usual))
        raise InputError(
            f"a Q-function says `{values[row]}` of service `{names[row]}`, expected a finite number"
            " up to 2**52"
        )
    return values
