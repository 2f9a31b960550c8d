"""The unitary Fourier transform ℱ of fields (Def. 1.8: ``scipy.fft`` with ``norm="ortho"``), with a stated error bound.

ℱ is unitary: it keeps inner products and energies (Parseval), and its adjoint is its inverse. Bin k of D stands for the frequency
min(k, D − k) / D, in cycles per sample, between 0 and 1/2: a complex field has positive and negative frequencies, and a band means
both.

Lengths are products of 2, 3, 5, 7 and 11, for which scipy uses its own butterflies and the bound below holds; other lengths are
refused instead of being given a bound that nobody has shown.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Final, cast

import scipy.fft

from caio.base.errors import InputError
from caio.fields.arrays import MAX_DIMENSION, ComplexArray

_PRIMES: Final = (2, 3, 5, 7, 11)
_BLOCK: Final = 2**16
"""How many components, 1 MiB."""


def spectrum(values: ComplexArray) -> ComplexArray:
    """ℱ along the last axis, same shape."""
    return cast("ComplexArray", scipy.fft.fft(values, axis=-1, norm="ortho"))


def synthesis(values: ComplexArray) -> ComplexArray:
    """ℱ⁻¹ = ℱ^H along the last axis, same shape."""
    return cast("ComplexArray", scipy.fft.ifft(values, axis=-1, norm="ortho"))


def blocks(count: int, dimension: int) -> Iterator[slice]:
    """Slices of a batch of `count` rows that are transformed at a time, so that intermediate results stay in cache."""
    size = max(1, _BLOCK // dimension)
    return (slice(start, start + size) for start in range(0, count, size))


@lru_cache(maxsize=64)
def transform_ulps(dimension: int) -> int:
    """B with ‖computed ℱx − ℱx‖₂ ≤ B · 2⁻⁵³ · ‖x‖₂ for every x of this length, for ℱ⁻¹ too.

    A pass of radix p computes sums of p products with roots of unity, whose rounding is at most (p + 8) units of the sum of
    absolute values; that sum is at most √p times what the pass itself yields. Taking p for √p, four times the total leaves
    room for the errors of the roots; the 8 covers the factor 1/√D.

    Raises:
        InputError: the length is out of range, or has a prime factor above 11.
    """
    if not 1 <= dimension <= MAX_DIMENSION:
        raise InputError(f"a transform of length {dimension}, expected 1 to {MAX_DIMENSION}")
    rest, total = dimension, 0
    for prime in _PRIMES:
        while rest % prime == 0:
            rest //= prime
            total += prime * (prime + 8)
    if rest != 1:
        raise InputError(
            f"a transform of length {dimension} = … × {rest}, expected a product of 2, 3, 5, 7 and"
            f" 11, such as {scipy.fft.next_fast_len(dimension)}"
        )
    return 4 * total + 8
