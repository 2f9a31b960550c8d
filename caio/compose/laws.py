"""The composition laws of metrics (Eq. 5.2, 1.6): what bounds on stages say about the whole, exactly.

A stage promises an interval for a metric. Of an *expected* metric it holds for the expected value; of a *quantile* metric with
level p each end holds in at least a share p of the calls. Nothing is known of how stages depend on one another, so that only
what holds for every joint distribution is sound:

| law | of each call | expected metric | quantile metric |
|---|---|---|---|
| ``sum`` | the values add up | sound: expectation is linear | sound at 1 - Σ (1 - pᵢ) |
| ``max``, ``min`` | the largest, the least value | *assumed* | sound at 1 - Σ (1 - pᵢ) |
| ``product`` | the values multiply | *assumed*: independence | sound at 1 - Σ (1 - pᵢ) |
| ``error_sum`` | right iff every stage is; ratios in 0 .. 1 | sound: Boole's inequality | sound at 1 - Σ (1 - pᵢ) |

Percentiles do not simply add: two p99 bounds give one at 0.98, because the calls in which they fail may be different ones. What
is assumed is named beside the result. Where a law says nothing about a metric, or levels are used up, there is no guarantee.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from math import prod
from typing import Final

from caio.base.errors import InputError
from caio.ir import documents as d

_ONE: Final = Fraction(1)
_ZERO: Final = Fraction(0)


class Law(StrEnum):
    """How a metric composes, as the vocabulary declares it for ``sequence`` and for ``parallel`` (Eq. 5.2)."""

    SUM = "sum"
    MIN = "min"
    MAX = "max"
    PRODUCT = "product"
    ERROR_SUM = "error_sum"


ASSUMPTIONS: Final = {
    Law.MIN: "the expected value of the whole is that of its least stage, as if stages failed together",
    Law.MAX: "the expected value of the whole is that of its largest stage",
    Law.PRODUCT: "stages are independent of one another",
}
"""What a law takes for granted about the expected value; the other laws need nothing."""


@dataclass(frozen=True, slots=True)
class Interval:
    """What is guaranteed of a metric, in its base unit.

    Attributes:
        lower: the value is at least this.
        upper: the value is at most this.
        level: the share of calls in which each end holds, in (0, 1]; None for the expected value.

    Raises:
        InputError: the ends are in the wrong order, or the level is out of range.
    """

    lower: Fraction
    upper: Fraction
    level: Fraction | None = None

    def __post_init__(self) -> None:
        if self.lower > self.upper:
            raise InputError(f"no value is at least {self.lower} and at most {self.upper}")
        if self.level is not None and not 0 < self.level <= 1:
            raise InputError(f"a level lies above 0 and is at most 1, found {self.level}")


def compose(metric: d.Metric, law: Law, stages: Sequence[Interval]) -> Interval | None:
    """ComposeGuarantees(s₁ → … → sₙ) for one metric (Eq. 5.2); None where nothing is guaranteed of the whole.

    Args:
        metric: as the vocabulary declares it.
        law: how it composes.
        stages: what each stage guarantees, at least one.

    Raises:
        InputError: there is no stage, or one speaks of the other statistic than the metric.
    """
    if not stages:
        raise InputError("nothing composes to nothing: give at least one stage")
    quantile = metric.statistic is d.Statistic.QUANTILE
    levels = [one.level for one in stages if one.level is not None]
    if len(levels) != (len(stages) if quantile else 0):
        raise InputError(
            f"metric `{metric.name}` is {metric.statistic.value}: a stage speaks of another statistic"
        )
    if not _applies(metric, law):
        return None
    # The calls in which some stage fails are at most those of all stages together, whatever depends on what.
    level = _ONE - sum((_ONE - one for one in levels), _ZERO) if quantile else None
    if level is not None and level <= 0:
        return None
    lowers, uppers = [one.lower for one in stages], [one.upper for one in stages]
    if law is Law.ERROR_SUM:
        errors = sum((_ONE - one for one in lowers), _ZERO)
        return Interval(max(_ZERO, _ONE - errors), min(uppers), level)
    return Interval(_combined(law, lowers), _combined(law, uppers), level)


def assumption(metric: d.Metric, law: Law) -> str | None:
    """What has to be believed, besides the promises of the stages, for the composed interval of a metric to hold."""
    return ASSUMPTIONS.get(law) if metric.statistic is d.Statistic.EXPECTED else None


def _applies(metric: d.Metric, law: Law) -> bool:
    """Whether a law means something for the values of a metric: products and errors do not for all."""
    match law:
        case Law.PRODUCT:
            return metric.lower >= 0
        case Law.ERROR_SUM:
            return metric.dimension == "1" and metric.lower >= 0 and metric.upper <= 1
    return True


def _combined(law: Law, ends: Sequence[Fraction]) -> Fraction:
    """The ends of the stages as one: each of these laws grows with every value, for those to which it applies."""
    match law:
        case Law.SUM:
            return sum(ends, _ZERO)
        case Law.MIN:
            return min(ends)
        case Law.MAX:
            return max(ends)
        case _:
            return prod(ends, start=_ONE)
