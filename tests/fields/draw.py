"""Strategies for fields."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from caio.fields.arrays import ComplexArray, Field

LENGTHS = st.sampled_from([1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 14, 16])
"""Lengths that have a transform and that an oracle manages."""

_TELLING = np.array([0.0, -0.0, 1.0, -1.0, 0.5, 1e-8, -1e-8, 1e-200, 3.0])
_PARTS = np.where(
    np.arange(2**16) % 2 == 0,
    np.resize(np.repeat(_TELLING, 2), 2**16),
    np.random.default_rng(0).uniform(-4.0, 4.0, 2**16),
)
"""What two drawn bytes stand for: every other time a number that is likely to break something. Drawing bytes is fast."""


@st.composite
def arrays(draw: st.DrawFn, length: int, rows: int | None = None) -> ComplexArray:
    """Arrays that are fields, of any magnitude; no row is zero."""
    count = length * (rows or 1)
    drawn = np.frombuffer(draw(st.binary(min_size=4 * count, max_size=4 * count)), dtype="<u2")
    found: ComplexArray = _PARTS[drawn].view(np.complex128).reshape(rows or 1, length)
    dull = np.abs(found).max(axis=-1) < 2.0**-50
    found[dull, 0] = 1.0 - 2.0j
    scaled: ComplexArray = found * 2.0 ** draw(st.sampled_from([0, 0, 1, -200, 200]))
    return scaled if rows is not None else scaled.reshape(length)


@st.composite
def fields(draw: st.DrawFn, length: int, rows: int | None = None, name: str = "field") -> Field:
    return Field(name, draw(arrays(length, rows)))


@st.composite
def pairs(draw: st.DrawFn, least: int = 1) -> tuple[Field, Field]:
    """Two fields of one length."""
    length = draw(LENGTHS.filter(lambda n: n >= least))
    return draw(fields(length, name="left")), draw(fields(length, name="right"))
