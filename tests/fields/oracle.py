"""The formulas of Def. 1.1 to 1.9 in exact arithmetic on the exact values of the floats, for small D.

Roots are the one thing that is not rational. They are enclosed in fixed point with 320 bits, and comparisons with an interval whose ends
are floats leave 2⁻²⁰⁰ to them, far below what the intervals are wide.
"""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from math import isqrt

import numpy as np

from caio.fields.arrays import ComplexArray

BITS = 320
ONE = 1 << BITS
TINY = Fraction(1, 2**200)

Complex = tuple[Fraction, Fraction]


def exact(values: ComplexArray) -> list[Complex]:
    """The numbers that the floats are."""
    return [(Fraction(float(v.real)), Fraction(float(v.imag))) for v in values]


def times(left: Complex, right: Complex) -> Complex:
    return left[0] * right[0] - left[1] * right[1], left[0] * right[1] + left[1] * right[0]


def conjugate(value: Complex) -> Complex:
    return value[0], -value[1]


def total(values: list[Complex]) -> Complex:
    return sum((v[0] for v in values), Fraction(0)), sum((v[1] for v in values), Fraction(0))


def square(value: Complex) -> Fraction:
    return value[0] ** 2 + value[1] ** 2


def energy(values: list[Complex]) -> Fraction:
    return sum(map(square, values), Fraction(0))


def inner(left: list[Complex], right: list[Complex]) -> Complex:
    """⟨left, right⟩, antilinear in the first."""
    return total([times(conjugate(a), b) for a, b in zip(left, right, strict=True)])


def root(value: Fraction) -> Fraction:
    """√value but for a relative 2⁻³⁰⁰ or so."""
    scale = 2 * BITS + 2 * max(0, value.denominator.bit_length() - value.numerator.bit_length())
    return Fraction(isqrt((value.numerator << scale) // value.denominator), 1 << (scale // 2))


@cache
def circle(length: int) -> tuple[Complex, ...]:
    """The roots of unity exp(2πi k / length), but for 2⁻³⁰⁰ or so."""

    def arctan(inverse: int) -> int:
        power = found = ONE // inverse
        for k in range(1, BITS):
            power //= -inverse * inverse
            found += power // (2 * k + 1)
        return found

    pi = 4 * (4 * arctan(5) - arctan(239))

    def point(k: int) -> Complex:
        angle = 2 * pi * k // length
        cos, sin, term = 0, 0, ONE
        for n in range(200):
            if n % 2 == 0:
                cos += term if n % 4 == 0 else -term
            else:
                sin += term if n % 4 == 1 else -term
            term = term * angle // ONE // (n + 1)
        return Fraction(cos, ONE), Fraction(sin, ONE)

    return tuple(point(k) for k in range(length))


def transform(values: list[Complex], sign: int = -1) -> list[Complex]:
    """√D ℱ (sign −1) or √D ℱ⁻¹ (sign 1), straight from the definition."""
    length = len(values)
    roots = circle(length)
    return [
        total([times(v, roots[sign * k * n % length]) for n, v in enumerate(values)])
        for k in range(length)
    ]


def encode(values: list[Complex], signs: list[int], bins: list[int], length: int) -> list[Complex]:
    """√(d D) · E w by the construction in the docstring of ``caio.fields.encoding``."""
    frequencies = transform([(s * v[0], s * v[1]) for s, v in zip(signs, values, strict=True)])
    placed = [(Fraction(0), Fraction(0))] * length
    for place, value in zip(bins, frequencies, strict=True):
        placed[place] = value
    return transform(placed, 1)


def band_energy(values: list[Complex], bins: list[int]) -> Fraction:
    """‖Π Ψ‖² for the projector onto these bins."""
    found = transform(values)
    return sum((square(found[k]) for k in bins), Fraction(0)) / len(values)


def cosine(left: list[Complex], right: list[Complex]) -> Fraction:
    """Re⟨left, right⟩ / (‖left‖ ‖right‖), but for a relative 2⁻³⁰⁰ or so."""
    return inner(left, right)[0] / root(energy(left) * energy(right))


def shifted(left: list[Complex], right: list[Complex]) -> list[Fraction]:
    """|⟨T_k left, right⟩| / (‖left‖ ‖right‖) for every cyclic shift."""
    norm = energy(left) * energy(right)
    length = len(left)
    return [
        root(square(inner(left[-k:] + left[:-k] if k else left, right)) / norm)
        for k in range(length)
    ]


def lost(components: list[list[Complex]]) -> Fraction:
    """η of superposed fields."""
    gone = Fraction(0)
    for column in zip(*components, strict=True):
        gone += max(Fraction(0), energy(list(column)) - square(total(list(column))))
    return gone / sum(map(energy, components), Fraction(0))


def inside(value: Fraction, lower: float | Fraction, upper: float | Fraction) -> bool:
    """Whether an interval contains a value that is known but for 2⁻²⁰⁰ of its size."""
    slack = TINY * (abs(value) or 1)
    return Fraction(lower) - slack <= value <= Fraction(upper) + slack


def random_rows(seed: int, *shape: int) -> ComplexArray:
    """Normally distributed components; used where any values do."""
    stream = np.random.default_rng(seed)
    found: ComplexArray = stream.standard_normal(shape) + 1j * stream.standard_normal(shape)
    return found
