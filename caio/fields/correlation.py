"""The normalised correlation of two fields, the formula that Def. 1.1, 1.5 and 1.7 share.

    c(x, y) = Re⟨x, y⟩ / (‖x‖₂ ‖y‖₂) ∈ [−1, 1]

The inner product of ℂ^D is complex where the calculus promises a value in [−1, 1]: the real part is meant (DESIGN section 5). It is
symmetric, unchanged by any unitary map of both fields and by a common phase, and odd in each field. ⟨x, y⟩ is antilinear in x.

Batches are computed in one call without a loop, and row by row by the same kernel: a row of a batch has the bits that it has alone,
and the number of cores changes none, on one kind of processor with one build of numpy.
"""

from __future__ import annotations

from caio.base.canonical import digest
from caio.fields.arrays import Field, products, require_alike
from caio.fields.estimates import Estimate, around, units


def correlation(name: str, left: Field, right: Field) -> Estimate:
    """c(left, right) for one or N pairs; a single field is paired with every row of the other.

    Error, in units u = 2⁻⁵³: the inner product is a sum of 2D real products, off by at most 2D of ‖x‖‖y‖ whatever the
    order; two norms and two more operations add a relative 2D + 4; a field that is off by ε of its norm turns by at most
    2ε. The bound used, 8D + 32 + 3 (ulps + ulps), is more than their sum and covers terms in u².

    Args:
        name: of the quantity.
        left: shape (D,) or (N, D).
        right: shape (D,) or (N, D).

    Raises:
        FieldError: the dimensions or the numbers of rows do not fit.
    """
    require_alike(left, right)
    values = products(left.parts, right.parts) / (left.norms * right.norms)
    error = units(8 * left.dimension + 32 + 3 * (left.ulps + right.ulps))
    inputs = digest({"kind": "correlation", "fields": [left.digest, right.digest]})
    return around(name, values, error, inputs, at_least=-1.0, at_most=1.0)
