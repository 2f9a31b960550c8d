"""A(Ψ_i, C): how far the intent is about its context (Def. 1.5).

    A(Ψ_i, C) = Re⟨Ψ_i, E_C(C)⟩ / (‖Ψ_i‖ ‖E_C(C)‖) ∈ [−1, 1]

The context C enters as a vector in ℂ^d, whoever made it from a conversation or a profile; E_C puts it into the space of the intent.
Since E_C keeps norms, A is also the correlation of C with what the matched filter E_C^H finds in Ψ_i, up to the share of Ψ_i that
lies in the range of E_C. The real part is meant, as in Def. 1.1.
"""

from __future__ import annotations

from caio.fields.arrays import Field
from caio.fields.correlation import correlation
from caio.fields.encoding import Encoder
from caio.fields.estimates import Estimate


def attention(encoder: Encoder, intent: Field, context: Field) -> Estimate:
    """A of Def. 1.5 for one or N pairs of intent and context.

    Args:
        encoder: E_C : ℂ^d → ℂ^D.
        intent: Ψ_i, shape (D,) or (N, D).
        context: C, shape (d,) or (N, d).

    Raises:
        FieldError: the dimensions or the numbers of rows do not fit.
    """
    return correlation("attention.correlation", intent, encoder.encode(context, context.name))
