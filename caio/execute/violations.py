"""A broken promise, as evidence: what was promised, what was observed, and under which decision.

Numbers are exact. What a reply said is quoted only where it is a word of the vocabulary or a number; all else is named by
its digest. Nothing of a payload, no header of ours and no token can be in a violation.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import Final

from caio.base.canonical import Json, digest
from caio.base.numbers import format_number

FORMAT: Final = "caio-violation/v1"


class Kind(StrEnum):
    """What was broken."""

    UNREACHABLE = "unreachable"
    FAILURE = "failure"
    DEADLINE = "deadline"
    STATUS = "status"
    CONTENT_TYPE = "content_type"
    SIZE = "size"
    MALFORMED = "malformed"
    SCHEMA = "schema"
    LOCALITY = "locality"
    DETERMINISM = "determinism"
    COST = "cost"
    REPORT = "report"
    GUARANTEE = "guarantee"


Told = tuple[tuple[str, str], ...]
"""Exact texts by name, sorted by name."""


@dataclass(frozen=True, slots=True)
class Broken:
    """What was broken, before it is known under which decision."""

    kind: Kind
    promised: Told
    observed: Told


@dataclass(frozen=True, slots=True)
class Violation:
    """A broken promise of one call.

    Attributes:
        kind: what was broken.
        service: whose promise; with ``version`` and ``control``.
        decision: the digest of the decision that was executed.
        evidence: the digest of the evidence that had admitted the candidate.
        promised: what was promised, exact texts by name.
        observed: what happened instead.
        reply: the digest of the reply's content, if there was one.
    """

    kind: Kind
    service: str
    version: str
    control: str
    decision: str
    evidence: str
    promised: Told
    observed: Told
    reply: str | None = None

    def json(self) -> dict[str, Json]:
        """The canonical form."""
        return {
            "format": FORMAT,
            "kind": self.kind.value,
            "service": self.service,
            "version": self.version,
            "control": self.control,
            "decision": self.decision,
            "evidence": self.evidence,
            "promised": dict(self.promised),
            "observed": dict(self.observed),
            "reply": self.reply,
        }

    @property
    def digest(self) -> str:
        """The digest that names the violation."""
        return digest(self.json())


def told(**texts: str | int | Fraction | None) -> Told:
    """Exact texts by name; what is None is left out."""
    return tuple(
        (name, value if isinstance(value, str) else format_number(value))
        for name, value in sorted(texts.items())
        if value is not None
    )
