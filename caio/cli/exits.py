"""Exit codes: one table for the whole product (DESIGN section 10)."""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum
from typing import Final


class Exit(IntEnum):
    """What a command says to the shell."""

    HOLDS = 0
    """It holds: routed, valid, formatted."""
    REFUTED = 1
    """It does not hold, and the evidence was shown."""
    USAGE = 2
    """Wrong use of the command line."""
    UNKNOWN = 3
    """Neither proved nor refuted within the budget; a failure."""
    COULD_NOT_RUN = 4
    """A document does not compile, an input is missing or unreadable, or CAIO itself failed."""
    REJECTED = 5
    """The checker rejected the evidence."""


MEANINGS: Final = {
    Exit.HOLDS: "it holds: routed, sane, valid, formatted",
    Exit.REFUTED: "it does not hold, and here is the evidence",
    Exit.USAGE: "wrong use of the command line",
    Exit.UNKNOWN: "unknown: neither proved nor refuted within the budget; a failure",
    Exit.COULD_NOT_RUN: "could not run: a document does not compile, an input is unreadable",
    Exit.REJECTED: "evidence rejected by the checker",
}
"""One line for each, for the help text."""

_PRECEDENCE: Final = (Exit.REJECTED, Exit.COULD_NOT_RUN, Exit.UNKNOWN, Exit.REFUTED, Exit.HOLDS)


def worst(exits: Iterable[Exit]) -> Exit:
    """The code that counts when several apply; no outcome at all is no success.

    Raises:
        ValueError: nothing was given, or wrong use, which is never one outcome among others.
    """
    seen = set(exits)
    if not seen or Exit.USAGE in seen:
        raise ValueError("no outcome to report")
    return next(code for code in _PRECEDENCE if code in seen)
