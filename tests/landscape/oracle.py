"""Betting as it is defined, without rounding: exact in fractions, and for many runs at once in floats."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from caio.landscape.betting import SHARES

Floats = NDArray[np.float64]


class Exact:
    """The capitals after each call, in fractions: 1/(number of shares) each, staked bit by bit."""

    def __init__(self) -> None:
        self.calls = 0
        self.capital = [Fraction(0)] * len(SHARES)

    def settle(self, seen: Fraction, promised: Fraction) -> None:
        self.calls += 1
        # The calls 2^k to 2^(k+1) - 1 share 1/((k+1)(k+2)) equally.
        power = 0
        while 2 ** (power + 1) <= self.calls:
            power += 1
        new = Fraction(1, (power + 1) * (power + 2)) / 2**power
        for index, share in enumerate(SHARES):
            stake = share / promised
            self.capital[index] = (self.capital[index] + new) * (1 + stake * (seen - promised))

    @property
    def wealth(self) -> Fraction:
        return sum(self.capital, Fraction(0)) / len(SHARES)


def peak(seen: Floats, promised: Floats) -> Floats:
    """The largest wealth of each run, looking after every call.

    Args:
        seen: x, of shape (runs, calls).
        promised: m, of the same shape.
    """
    runs, calls = seen.shape
    shares = np.array([float(share) for share in SHARES])
    capital = np.zeros((runs, shares.size))
    best = np.zeros(runs)
    for call in range(calls):
        power = (call + 1).bit_length() - 1
        new = 1 / ((power + 1) * (power + 2) * 2**power)
        ratio = (seen[:, call] / promised[:, call])[:, None]
        capital = (capital + new) * (1 - shares + shares * ratio)
        best = np.maximum(best, capital.mean(axis=1))
    return best
