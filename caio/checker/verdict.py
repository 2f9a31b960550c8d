"""What the checker answers when it accepts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Claim:
    """One thing that the evidence was found to show, or openly does not show."""

    name: str
    text: str
    status: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """An accepted certificate: the verdict it states, claim by claim, and what checking took."""

    kind: str
    verdict: str
    claims: tuple[Claim, ...]
    counts: Mapping[str, int]
    digests: Mapping[str, str]
    cost: int
