"""Decibels without logarithms: thresholds as exact rationals on the safe side (DESIGN section 5).

Q = 20 log₁₀(amplitude ratio) = 10 log₁₀(power ratio). A threshold on Q is a threshold on the power ratio, 10^(Q/10), which is
irrational for most Q: it is replaced by the next rational above, so that what passes is surely above and what is not surely above
does not pass. Only the number that is shown in dB needs a logarithm, and its interval allows for one that is badly computed.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Final

import numpy as np

from caio.base.errors import InputError
from caio.fields.arrays import FloatArray
from caio.fields.estimates import Estimate, down, up

MAX_DECIBELS: Final = 90
"""Where Q saturates: a background below a 30,000th of the peak counts as that, even if it is zero."""
MAX_POWER: Final = 10.0**9
"""The power ratio of ``MAX_DECIBELS``."""

_LOG_ERROR: Final = 2.0**-46
"""What log₁₀ is trusted with: a relative error of at most 2⁻⁴⁶, 128 units; libraries stay below 4."""


def power_ratio_at(decibels: Fraction | int, *, digits: int = 12) -> Fraction:
    """The least rational with this many decimal digits that is not below 10^(decibels/10).

    Found by an integer root, exactly.

    >>> from fractions import Fraction
    >>> power_ratio_at(6)
    Fraction(796214341107, 200000000000)
    >>> power_ratio_at(20)
    Fraction(100, 1)

    Raises:
        InputError: `decibels` is out of −1000 to 1000 or has a denominator above 100, or there are 0 or more than 30 digits.
    """
    exponent = Fraction(decibels) / 10
    if not -100 <= exponent <= 100 or exponent.denominator > 1000 or not 1 <= digits <= 30:
        raise InputError(f"`{decibels}` dB with {digits} digits, expected such as 6 or 5/2")
    power, root = exponent.numerator, exponent.denominator
    # The least n with n^root ≥ 10^(power + root · digits), where a negative power only moves to the other side.
    target, factor = 10 ** (max(power, 0) + root * digits), 10 ** max(-power, 0)
    low, high = 0, 10 ** (digits + 101)
    while high - low > 1:
        middle = (low + high) // 2
        if middle**root * factor >= target:
            high = middle
        else:
            low = middle
    return Fraction(high, 10**digits)


def decibels(power: Estimate, name: str) -> Estimate:
    """10 log₁₀ of a power ratio of 1 to ``MAX_POWER``, monotone, in dB."""
    lower = down(_logarithm(power.lower) * (1.0 - _LOG_ERROR))
    upper = up(_logarithm(power.upper) * (1.0 + _LOG_ERROR))
    return Estimate(
        name,
        _logarithm(power.values),
        np.maximum(lower, 0.0),
        np.minimum(upper, float(MAX_DECIBELS)),
        power.inputs,
    )


def _logarithm(power: FloatArray) -> FloatArray:
    return np.clip(10.0 * np.log10(power), 0.0, float(MAX_DECIBELS))
