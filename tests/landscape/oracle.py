"""Betting as it is defined, without rounding: exact in fractions, and for many runs at once in floats."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from caio.landscape.betting import SHARES

Floats = NDArray[np.float64]


class Exact:
    """The capitals after each call, in fractions: 1 for each share, staked bit by bit."""

    def __init__(self) -> None:
        self.calls = 0
        self.staked = [reserve(1)] * len(SHARES)
        self.waiting = [Fraction(0)] * len(SHARES)
        self.incoming = [Fraction(0)] * len(SHARES)
        self.since = self.closed = self.latest = float("-inf")
        self.longest = self.before = 0
        self.open = False

    def settle(self, seen: Fraction, promised: Fraction, start: int, end: int) -> None:
        self.calls += 1
        for index, share in enumerate(SHARES):
            factor = 1 + share / promised * (seen - promised)
            if factor <= 1 or start >= self.since:
                self.staked[index] *= factor
            self.waiting[index] *= min(factor, Fraction(1))
            self.incoming[index] *= min(factor, Fraction(1))
            self.incoming[index] += reserve(self.calls + 1)
        self.latest = max(self.latest, end)
        self.longest = max(self.longest, end - start)
        if self.open and self.latest >= self.closed + 2 * max(self.longest, self.before):
            self.staked = [a + b for a, b in zip(self.staked, self.waiting, strict=True)]
            self.since, self.open = self.closed, False
            self.before, self.longest = self.longest, end - start
        if not self.open:
            self.waiting, self.incoming = self.incoming, [Fraction(0)] * len(SHARES)
            self.closed, self.open = self.latest, True

    @property
    def capital(self) -> list[Fraction]:
        return self.staked + self.waiting + self.incoming

    @property
    def wealth(self) -> Fraction:
        return sum(self.capital, Fraction(0)) / len(SHARES)


def reserve(call: int) -> Fraction:
    """The calls 2^k to 2^(k+1) - 1 share 1/((k+1)(k+2)) equally."""
    power = 0
    while 2 ** (power + 1) <= call:
        power += 1
    return Fraction(1, (power + 1) * (power + 2) * 2**power)


def peak(
    seen: Floats, promised: Floats, start: Floats | None = None, end: Floats | None = None
) -> Floats:
    """The largest wealth of each run, looking after every call.

    Args:
        seen: x, of shape (runs, calls).
        promised: m, of the same shape.
        start: when each call began, of the same shape; unless given, one after the other.
        end: when it ended.
    """
    runs, calls = seen.shape
    if start is None or end is None:
        start = end = np.broadcast_to(np.arange(calls, dtype=np.float64), seen.shape)
    shares = np.array([float(share) for share in SHARES])
    staked = np.full((runs, shares.size), 0.5)
    waiting, incoming = np.zeros_like(staked), np.zeros_like(staked)
    since, closed, latest = (np.full(runs, -np.inf) for _ in range(3))
    longest, before, best = np.zeros(runs), np.zeros(runs), np.zeros(runs)
    for call in range(calls):
        factor = 1 - shares + shares * (seen[:, call] / promised[:, call])[:, None]
        loss = np.minimum(factor, 1)
        staked *= np.where((start[:, call] >= since)[:, None], factor, loss)
        waiting *= loss
        incoming = incoming * loss + float(reserve(call + 2))
        latest = np.maximum(latest, end[:, call])
        duration = end[:, call] - start[:, call]
        longest = np.maximum(longest, duration)
        # At the first call nothing waits, and what is joined to the staked capital is nothing.
        joins = latest >= closed + 2 * np.maximum(longest, before)
        staked += np.where(joins[:, None], waiting, 0)
        since = np.where(joins, closed, since)
        before = np.where(joins, longest, before) if call else before
        longest = np.where(joins, duration, longest)
        waiting = np.where(joins[:, None], incoming, waiting)
        incoming = np.where(joins[:, None], 0, incoming)
        closed = np.where(joins, latest, closed)
        best = np.maximum(best, (staked + waiting + incoming).mean(axis=1))
    return best
