"""What intervals promise beyond small fields: longer transforms, fields that are off by what they say, bounds of bounds."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from caio.fields.arrays import ComplexArray, Field
from caio.fields.correlation import correlation
from caio.fields.encoding import Encoder
from caio.fields.estimates import Estimate
from caio.fields.intent import high_frequency_energy, matched_filter_energy
from caio.fields.modes import conductivity, energy_share
from caio.fields.projectors import high_pass
from caio.fields.reinforcement import maximum
from caio.fields.resonance import resonance_quality
from caio.fields.rfs import interference
from caio.fields.transform import spectrum, transform_ulps
from tests.fields import oracle
from tests.fields.draw import pairs

OFF = 2.0**-30
"""How far fields are from what they denote, relative to their norms."""
ULPS = 2**23

LENGTH = 8
BAND = high_pass(LENGTH, Fraction(1, 4))
ENCODER = Encoder("intent", 3, BAND)
BINS = np.flatnonzero(BAND.mask).tolist()
Exact = list[oracle.Complex]


def share(field: Exact, _: Exact) -> Fraction:
    return oracle.band_energy(field, BINS) / oracle.energy(field)


def power(left: Exact, right: Exact) -> Fraction:
    magnitudes = oracle.shifted(left, right)
    peak = max(magnitudes)
    background = (sum(magnitudes) - peak) / (len(magnitudes) - 1)
    return (peak / background) ** 2


TERMS: list[
    tuple[str, Callable[[Field, Field], Estimate], Callable[[Exact, Exact], Fraction], float]
] = [
    ("correlation", lambda x, y: correlation("c", x, y), oracle.cosine, 1.0),
    ("quality", lambda x, y: resonance_quality(x, y).power_ratio, power, 1e3),
    (
        "conductivity",
        lambda x, _: conductivity(BAND, x),
        lambda x, y: oracle.root(share(x, y)),
        1.0,
    ),
    ("energy share", lambda x, _: energy_share(BAND, x), share, 1.0),
    (
        "energy",
        lambda x, _: high_frequency_energy(BAND, x),
        lambda x, _: oracle.band_energy(x, BINS),
        100.0,
    ),
    (
        "matched filter",
        lambda x, _: matched_filter_energy(ENCODER, x),
        lambda x, _: oracle.band_energy(x, ENCODER.bins.tolist()),
        100.0,
    ),
    (
        "interference",
        lambda x, y: interference(Field("both", np.array([x.values, y.values]), ulps=x.ulps)),
        lambda x, y: oracle.lost([x, y]),
        10.0,
    ),
]


def moved(values: ComplexArray, direction: ComplexArray) -> ComplexArray:
    """The values, off by almost ``OFF`` of their norm."""
    size = np.linalg.norm(values) / np.linalg.norm(direction)
    return values + direction * (size * OFF * 0.99)


@pytest.mark.parametrize(
    ("term", "truth", "scale"), [t[1:] for t in TERMS], ids=[t[0] for t in TERMS]
)
@given(seed=st.integers(0, 2**32 - 1))
def test_fields_that_are_off_widen_the_interval_by_enough(
    term: Callable[[Field, Field], Estimate],
    truth: Callable[[Exact, Exact], Fraction],
    scale: float,
    seed: int,
) -> None:
    left, right, first, second = oracle.random_rows(seed, 4, LENGTH)
    found = term(
        Field("left", moved(left, first), ulps=ULPS),
        Field("right", moved(right, second), ulps=ULPS),
    )
    expected = truth(oracle.exact(left), oracle.exact(right))
    assert oracle.inside(expected, found.lower[0], found.upper[0])
    assert found.upper[0] - found.lower[0] < 1e-6 * scale
    # The same field without the admission is claimed to be nearer than it is.
    certain = term(Field("left", moved(left, first)), Field("right", moved(right, second)))
    assert certain.upper[0] - certain.lower[0] < (found.upper[0] - found.lower[0]) / 100


@pytest.mark.parametrize("length", [66, 100, 128, 154, 210])
def test_longer_transforms_keep_their_bound_with_room(length: int) -> None:
    values = oracle.random_rows(length, length)
    exact = oracle.exact(values)
    scale = oracle.root(Fraction(length))
    off = oracle.energy(
        [
            (Fraction(a.real) - b[0] / scale, Fraction(a.imag) - b[1] / scale)
            for a, b in zip(spectrum(values).tolist(), oracle.transform(exact), strict=True)
        ]
    )
    units = oracle.root(off / oracle.energy(exact)) * 2**53
    assert 0 < units <= Fraction(transform_ulps(length), 50)


@given(pairs(least=2))
def test_a_ratio_is_enclosed_by_the_ratios_of_its_bounds(pair: tuple[Field, Field]) -> None:
    found = resonance_quality(*pair)
    least = Fraction(found.peak.lower[0]) / Fraction(found.background.upper[0])
    assert found.power_ratio.lower[0] <= max(least**2, 1)
    if found.background.lower[0] > 0:
        most = Fraction(found.peak.upper[0]) / Fraction(found.background.lower[0])
        assert found.power_ratio.upper[0] >= min(most**2, 10**9)
    else:
        assert found.power_ratio.upper[0] == 1e9


def test_the_maximum_is_enclosed_by_the_maxima_of_the_bounds() -> None:
    values, lower, upper = np.array([[0.5, 0.4], [0.1, 0.3], [0.6, 0.9]])
    found = maximum(Estimate("q", values, lower, upper, "sha256:0"))
    assert (found.values[0], found.lower[0], found.upper[0]) == (0.5, 0.3, 0.9)
    assert found.inputs != "sha256:0"
