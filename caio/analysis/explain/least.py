"""The least bound under which an obligation holds, exact on the grid of its quantity."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import floor

from caio.analysis.explain.dial import Dial
from caio.analysis.explain.inquiry import Inquiry
from caio.analysis.explain.steps import above, first
from caio.obligations.candidate import Key, Question
from caio.obligations.contract import Contract


@dataclass(frozen=True, slots=True)
class Least:
    """What a bound would have to be.

    Attributes:
        dial: the bound in question.
        bound: the least one that suffices; None where none within the declared range does.
        refuted: the bound at which the obligation is refuted: one step below the least, or the last of the range.
            None where one step below leaves the range, and the question as it is shows the refutation.
    """

    dial: Dial
    bound: Fraction | None
    refuted: Fraction | None

    @property
    def holding(self) -> Question | None:
        """The question under which the obligation holds."""
        return None if self.bound is None else self.dial.turn(self.bound)

    def failing(self, question: Question) -> Question:
        """The question under which it is refuted."""
        return question if self.refuted is None else self.dial.turn(self.refuted)

    @property
    def share(self) -> Fraction:
        """By how much of the declared range the bound moves; 1 where no bound does."""
        if self.bound is None:
            return Fraction(1)
        if self.dial.asked is None:
            return Fraction(0)
        return abs(self.bound - self.dial.asked) / self.dial.width


def least(inquiry: Inquiry, dial: Dial, contract: Contract, keys: Sequence[Key]) -> Least:
    """The least bound under which these obligations hold, refuted as they are now.

    Raises:
        UndecidedError: one of the answers on the way is unknown.
    """

    def holds(point: int) -> bool:
        return inquiry.holds(dial.at(point), contract, keys)

    start = _start(dial)
    if dial.last <= start:
        return Least(dial, None, None)
    if not holds(dial.last):
        return Least(dial, None, dial.value(dial.last))
    found = first(holds, start, dial.last, dial.guess)
    before = found - 1
    return Least(dial, dial.value(found), None if _outside(dial, before) else dial.value(before))


def _start(dial: Dial) -> int:
    """The last point of the grid that is no looser than the bound is now."""
    if dial.asked is None:
        lowest = Fraction(0) if dial.lowest is None else dial.lowest
        return above(lowest, dial.step) - 1
    return _floor(dial.asked, dial)


def _floor(value: Fraction, dial: Dial) -> int:
    return floor((value if dial.rising else -value) / dial.step)


def _outside(dial: Dial, point: int) -> bool:
    return dial.lowest is not None and dial.value(point) < dial.lowest
