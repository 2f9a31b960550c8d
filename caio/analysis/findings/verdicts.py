"""The verdicts of questions and findings, and the one table of exit codes (design, section 10).

A verdict is never derived from the absence of something: no finding is not *proved*, and no obligation at all is not either.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum
from typing import Final

from caio.base.errors import InternalError


class Verdict(Enum):
    """What became of a question or a finding."""

    PROVED = "proved"
    """It holds, with evidence that the checker accepted."""
    WAIVED = "waived"
    """It does not hold; somebody answers for leaving it so until a given day."""
    REFUTED = "refuted"
    """It does not hold, and here is the evidence."""
    UNKNOWN = "unknown"
    """Neither proved nor refuted within the budget; a failure."""
    COULD_NOT_RUN = "could-not-run"
    """It could not be asked: a document does not compile, an input is missing, a waiver cannot be read."""
    REJECTED = "rejected"
    """The checker rejected the evidence; nothing is established."""

    @property
    def exit_code(self) -> int:
        """What the verdict says to the shell."""
        return _EXIT[self]

    @property
    def holds(self) -> bool:
        """Whether a run that ends so is a success."""
        return _EXIT[self] == 0


_EXIT: Final = {
    Verdict.PROVED: 0,
    Verdict.WAIVED: 0,
    Verdict.REFUTED: 1,
    Verdict.UNKNOWN: 3,
    Verdict.COULD_NOT_RUN: 4,
    Verdict.REJECTED: 5,
}

BEST_FIRST: Final = tuple(Verdict)
"""All verdicts, each worse than the one before: the codes of exit are 0, 0, 1, 3, 4, 5."""


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """The verdict that counts when several apply.

    Raises:
        InternalError: there is none: nothing examined is no success.
    """
    found = set(verdicts)
    if not found:
        raise InternalError("no verdict to report")
    return max(found, key=BEST_FIRST.index)
