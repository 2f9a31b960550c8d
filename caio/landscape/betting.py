"""Whether a service breaks a promise about an average: evidence by betting, valid whenever one looks.

A promise about a mean or a quantile says of each call: whatever happened before, the expectation of a quantity x in
[0, 1] is at most m, where x is known after the call and m before it. Somebody who doubts that holds back 1 - s of his
capital on each call and stakes the share s on a bet that pays x/m. His capital is multiplied by

    (1 - s) + s · x/m  =  1 + λ · (x - m),   λ = s/m in [0, 1/m],

which is 1 on average if the promise is kept at its limit, and less if it is kept with room. So his capital is a
non-negative supermartingale as long as the promise is kept, and by Ville's inequality the chance that it ever reaches
1/α, at any of the calls, is at most α. Who reaches 1/α by betting against a promise has evidence against it.
(I. Waudby-Smith and A. Ramdas, *Estimating means of bounded random variables by betting*, J. R. Stat. Soc. B 86, 2024,
section 4; J. Ville, *Étude critique de la notion de collectif*, 1939.) As s, not λ, is fixed, bets stay admissible
when m differs from call to call.

Nobody knows beforehand which share is best, nor when a service begins to fail. The capital 1 is therefore divided: equally
among ``SHARES``, and the part of each is not staked at once but a little after each call (``reserve``), so that a long good
past does not use up what a bad future is to be shown with. A sum of such capitals is a supermartingale like each of them.

Calls overlap, and slow ones become known after quick ones that began with them: when traffic stops, only slow ones are left
to come. So what is staked wins only on calls that *began* after it was staked, and loses on all. For calls whose results
do not depend on one another, such a capital is at no time larger than if each call had become known when its bound was
over, since quick ones, on which it loses, are known before that, and slow ones, on which it wins, after it.

Every step rounds down, in integers: what is stated here is never more than the capital, so that rounding accuses nobody.
Capital may become as small as it likes and is never rounded to zero, for it has an exponent of its own.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache
from typing import Final, TypeAlias

SHARES: Final[tuple[Fraction, ...]] = (
    Fraction(7, 8),
    Fraction(3, 4),
    *(Fraction(1, 1 << power) for power in range(1, 17)),
)
"""The shares s of the capital that the bettors stake. Against exceedances at rate q the best share is (q - m)/(1 - m)."""
BITS: Final = 64
"""The binary digits that a capital keeps: a call takes away less than one part in 2^61 by rounding."""
UNIT: Final = Fraction(1, 1_000_000)
"""What a stated wealth is a multiple of."""

Scaled: TypeAlias = tuple[int, int]
"""A lower bound ``mantissa · 2^exponent``, the mantissa of ``BITS`` digits or zero."""

Capital: TypeAlias = tuple[Scaled, ...]
"""What each bettor has, in the order of ``SHARES``."""

_PARTS: Final = tuple((share.numerator, share.denominator.bit_length() - 1) for share in SHARES)
_NOTHING: Final[Scaled] = (0, 0)
_NO_CAPITAL: Final[Capital] = (_NOTHING,) * len(SHARES)


def reserve(call: int) -> Fraction:
    """What is newly staked before a call (the first is 1), of a capital of 1: 2^-k / ((k+1)(k+2)) for calls 2^k to 2^(k+1) - 1.

    All of these add up to 1. A promise that is kept for n calls and then broken is found out by a capital smaller by the
    factor n·log²(n), roughly, than one that waited for it.
    """
    power = call.bit_length() - 1
    return Fraction(1, (power + 1) * (power + 2) << power)


def _normal(value: Scaled) -> bool:
    """Whether it has the one form that a number has here."""
    mantissa, exponent = value
    if type(mantissa) is not int or type(exponent) is not int:
        return False
    return value == _NOTHING or (mantissa > 0 and mantissa.bit_length() == BITS)


def _times(value: Scaled, over: int, under: int, power: int) -> Scaled:
    """``value · over / (under · 2^power)``, rounded down."""
    product = value[0] * over
    if not product:
        return _NOTHING
    # As many more digits as give the quotient BITS of its own, or one more than that.
    more = BITS + under.bit_length() - product.bit_length()
    quotient = (product << more if more >= 0 else product >> -more) // under
    extra = quotient.bit_length() - BITS
    return quotient >> extra, value[1] - power - more + extra


def _plus(left: Scaled, right: Scaled) -> Scaled:
    """The sum, rounded down to the place of the larger one's last digit."""
    if not left[0] or not right[0]:
        return left if left[0] else right
    if left[1] < right[1]:
        left, right = right, left
    total = left[0] + (right[0] >> (left[1] - right[1]))
    extra = total.bit_length() - BITS
    return total >> extra, left[1] + extra


def _floor(mantissa: int, exponent: int) -> int:
    """``mantissa · 2^exponent``, rounded down to an integer."""
    return mantissa << exponent if exponent >= 0 else mantissa >> -exponent


@lru_cache(maxsize=64)
def _released(power: int) -> Capital:
    """``reserve`` before the calls from 2^power to 2^(power + 1) - 1, rounded down, for each bettor."""
    part = reserve(1 << power)
    return (_times((1, 0), part.numerator, part.denominator, 0),) * len(SHARES)


_FIRST: Final = _released(0)


@dataclass(frozen=True, slots=True)
class Bets:
    """The capitals after the calls of one guarantee so far, as lower bounds.

    What is staked waits in ``incoming``, then in ``waiting``, and joins ``staked`` when hardly a call that began before it
    is still to come. Waiting capital loses and does not win. Instants are in microseconds, None before the first call.

    Attributes:
        calls: on which something was staked.
        staked: wins on calls that began at ``since`` or later; before the first call, the first part of the reserve.
        waiting: newly staked until the instant ``closed``.
        incoming: newly staked since then.
        since: the instant up to which parts of ``staked`` were newly staked; None for the first part.
        closed: see ``waiting``.
        latest: the latest end of a call.
        longest: the longest duration of a call while ``waiting`` waits, and while what waited before it did.
        certain: something happened that the promise rules out, not only makes rare.
    """

    calls: int = 0
    staked: Capital = _FIRST
    waiting: Capital = _NO_CAPITAL
    incoming: Capital = _NO_CAPITAL
    since: int | None = None
    closed: int | None = None
    latest: int | None = None
    longest: tuple[int, int] = (0, 0)
    certain: bool = False

    def settle(self, seen: Fraction, promised: Fraction, start: int, end: int) -> Bets:
        """The capitals after one more call.

        Args:
            seen: x, in [0, 1].
            promised: m, known before the call. At 1 and above it promises nothing, and nothing is staked. At 0 and below
                it rules out every x above 0; that of 0 shows nothing, and nothing is staked on it.
            start: when the call began.
            end: when it ended, not before that.

        Raises:
            ValueError: x is out of range.
        """
        if not 0 <= seen <= 1:
            raise ValueError(f"`{seen}` does not lie in [0, 1]")
        if promised >= 1:
            return self
        if promised <= 0:
            return replace(self, certain=True) if seen > 0 else self
        staked, waiting, incoming = self.staked, self.waiting, self.incoming
        ratio = seen / promised
        if ratio <= 1:
            waiting, incoming = _bet(waiting, ratio), _bet(incoming, ratio)
        if ratio <= 1 or self.since is None or start >= self.since:
            staked = _bet(staked, ratio)
        call = self.calls + 1
        incoming = _sum(incoming, _released((call + 1).bit_length() - 1))
        latest = end if self.latest is None else max(self.latest, end)
        since, closed = self.since, self.closed
        longest = (max(self.longest[0], end - start), self.longest[1])
        if closed is not None and latest >= closed + 2 * max(longest):
            staked, waiting, since, closed = _sum(staked, waiting), _NO_CAPITAL, closed, None
            longest = (end - start, longest[0])
        if closed is None:
            waiting, incoming, closed = incoming, _NO_CAPITAL, latest
        return Bets(
            call, staked, waiting, incoming, since, closed, latest, longest, certain=self.certain
        )

    @property
    def capital(self) -> tuple[Scaled, ...]:
        """All capitals, one after the other."""
        return self.staked + self.waiting + self.incoming

    @property
    def wealth(self) -> Fraction:
        """A lower bound on the capital of all, from 1 at the start, rounded down to ``UNIT``; the reserve left out."""
        total = sum(_floor(mantissa, exponent + BITS) for mantissa, exponent in self.capital)
        return (total * UNIT.denominator // (len(SHARES) << BITS)) * UNIT

    def breaks(self, alpha: Fraction) -> bool:
        """Whether the evidence reaches 1/α: if the promise were kept, the chance of that, ever, would be at most α."""
        return self.certain or self.wealth * alpha >= 1

    def text(self) -> str:
        """All of it in one line, to be kept."""
        instants = [self.since, self.closed, self.latest, *self.longest]
        return json.dumps([self.calls, int(self.certain), instants, *self.capital])

    @staticmethod
    def read(text: str) -> Bets:
        """What ``text`` wrote.

        Raises:
            ValueError: it did not write that.
        """
        try:
            calls, certain, (since, closed, latest, *longest), *pairs = json.loads(text)
            capital = tuple((mantissa, exponent) for mantissa, exponent in pairs)
            parts = (capital[at : at + len(SHARES)] for at in range(0, len(capital), len(SHARES)))
            staked, waiting, incoming = parts
            last, before = longest
            bets = Bets(
                calls,
                staked,
                waiting,
                incoming,
                since,
                closed,
                latest,
                (last, before),
                certain == 1,
            )
            sound = bets.text() == text and len(capital) == 3 * len(SHARES)
            sound = sound and all(map(_normal, capital))
        except (TypeError, ValueError) as error:
            raise ValueError(f"no capitals: `{text!s:.60}`") from error
        if not sound:
            raise ValueError(f"no capitals: `{text:.60}`")
        return bets


def _bet(capital: Capital, ratio: Fraction) -> Capital:
    """What becomes of capitals on a call where a bet pays x/m."""
    if capital == _NO_CAPITAL:
        return capital
    over, under = ratio.numerator, ratio.denominator
    # (1 - s) + s·x/m with s = part/2^power and x/m = over/under.
    return tuple(
        _times(old, ((1 << power) - part) * under + part * over, under, power)
        for old, (part, power) in zip(capital, _PARTS, strict=True)
    )


def _sum(left: Capital, right: Capital) -> Capital:
    if left == _NO_CAPITAL:
        return right
    return tuple(_plus(*pair) for pair in zip(left, right, strict=True))
