"""Attempts: each time a candidate was called, or could have been and was not, as a value that is kept as evidence."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import Final

from caio.base.canonical import Json, canonical_bytes, digest
from caio.base.numbers import format_number
from caio.execute.violations import Violation

FORMAT: Final = "caio-attempt/v1"


class Ending(StrEnum):
    """How an attempt ended."""

    SUCCEEDED = "succeeded"
    """The reply breaks nothing."""
    VIOLATED = "violated"
    """Something that was promised is broken; ``violations`` says what."""
    NOT_SENT = "not_sent"
    """It was held back before anything was sent; ``reason`` says why. No fault of the service."""
    CUT_OFF = "cut_off"
    """The time was over before the service had used up what it promised to need. No fault of the service."""
    UNJUDGED = "unjudged"
    """There was a reply, and something on this side failed while it was judged."""
    CANCELLED = "cancelled"
    """The caller gave up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One attempt at one candidate.

    Attributes:
        number: from 1, over all candidates of an execution.
        service: the candidate, with ``version`` and ``control``.
        admission: the digest of the evidence that had admitted it.
        ending: how it ended.
        sent: whether anything may have been sent.
        charged: what counts towards the budget: the larger of what was promised and what was reported, if anything was sent.
        reason: why it was not sent, or a word about the trouble; it quotes nothing that was sent or received.
        reply: the digest of the reply's content, if there was one.
        violations: what was broken.
        elapsed: how long it took, in microseconds: measured, and not a part of what ``digest`` names.
    """

    number: int
    service: str
    version: str
    control: str
    admission: str
    ending: Ending
    sent: bool
    charged: Fraction = Fraction(0)
    reason: str = ""
    reply: str | None = None
    violations: tuple[Violation, ...] = ()
    elapsed: int = 0

    @property
    def counts(self) -> bool:
        """Whether it says something about the service."""
        return self.ending in (Ending.SUCCEEDED, Ending.VIOLATED)

    def json(self) -> dict[str, Json]:
        """The canonical form: digests and exact numbers, and nothing that was sent or received."""
        return {
            "format": FORMAT,
            "number": self.number,
            "service": self.service,
            "version": self.version,
            "control": self.control,
            "admission": self.admission,
            "ending": self.ending.value,
            "sent": self.sent,
            "charged": format_number(self.charged),
            "reason": self.reason,
            "reply": self.reply,
            "violations": [violation.json() for violation in self.violations],
        }

    @property
    def evidence(self) -> bytes:
        """The canonical bytes: what a recorder keeps."""
        return canonical_bytes(self.json())

    @property
    def digest(self) -> str:
        """The digest that names the attempt."""
        return digest(self.json())
