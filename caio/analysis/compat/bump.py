"""Which semantic version bump a change needs, and which one its version numbers declare.

The need follows from refinement in both directions: *major* where NEW does not refine OLD, *minor* where it does and OLD does not
refine NEW, *patch* where both refine each other, *none* where nothing changed. The declaration is read off the numbers as they
are: the first number is the major one also where it is zero. Where a direction is unknown, so is the need, and only a lower
end of it is known.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from caio.analysis.compat import rules
from caio.analysis.compat.sides import Version, named, title
from caio.analysis.findings.finding import Finding
from caio.analysis.findings.report import Question
from caio.analysis.findings.verdicts import Verdict
from caio.base.diagnostics import Severity
from caio.ir import documents as d


class Bump(IntEnum):
    """A part of a version number, the smallest change first."""

    NONE = 0
    PATCH = 1
    MINOR = 2
    MAJOR = 3

    @property
    def word(self) -> str:
        """The bump in a message."""
        return "no bump" if self is Bump.NONE else f"a {self.name.lower()} bump"


@dataclass(frozen=True, slots=True)
class Need:
    """The bump that a change needs: at least the one, and at most the other; where both are the same, that one."""

    least: Bump
    most: Bump

    @property
    def words(self) -> str:
        """The need in a message."""
        if self.least is self.most:
            return self.least.word
        return f"an unknown bump, at least {self.least.word}"


def needed(*, same: bool, backward: bool | None, forward: bool | None) -> Need:
    """The bump that a change needs.

    Args:
        same: whether the two contracts are the same but for the number.
        backward: whether the new contract refines the old one; None if that is unknown.
        forward: whether the old contract refines the new one; None if that is unknown.
    """
    if backward is False:
        return Need(Bump.MAJOR, Bump.MAJOR)
    equal = Bump.NONE if same else Bump.PATCH
    least = Bump.MINOR if forward is False else equal
    if backward is None:
        return Need(least, Bump.MAJOR)
    return Need(least, equal if forward else Bump.MINOR)


def declared(old: str, new: str) -> Bump | None:
    """The bump from one version number to another; None where the number goes down."""
    before, after = d.version_key(old), d.version_key(new)
    if after < before:
        return None
    length = max(len(before), len(after), 3)
    padded = [key + (0,) * (length - len(key)) for key in (before, after)]
    for position, (one, other) in enumerate(zip(*padded, strict=True)):
        if one != other:
            return Bump(max(Bump.PATCH, Bump.MAJOR - position))
    return Bump.NONE


def bump_question(
    old: Version,
    new: Version,
    need: Need,
    number: int,
    evidence: str | None,
    *,
    required: bool,
) -> Question:
    """Which bump the change needs, and whether the version number declares as much.

    Args:
        old: the version before.
        new: the version after.
        need: what the change needs.
        number: how many obligations were decided for it.
        evidence: the digest of their certificate.
        required: whether a number that says too little is refuted, and not only told.
    """
    given = declared(old.number, new.number)
    told = "a lower number than before" if given is None else given.word
    enough = given is not None and given >= need.most
    short = given is None or given < need.least
    unsettled = need.most is Bump.MAJOR and need.least is not Bump.MAJOR
    message = f"the change from {title(old)} to {new.number} needs {need.words}, and its number declares {told}"
    verdict = Verdict.PROVED
    findings: tuple[Finding, ...] = ()
    if not enough and (required or short or unsettled):
        refuted = short and (required or not unsettled)
        finding = Finding(
            rules.BUMP_TOO_SMALL if refuted else rules.BUMP_UNKNOWN,
            Verdict.REFUTED if refuted else Verdict.UNKNOWN,
            message,
            subjects=(new.name,),
            content={"old": old.number, "new": new.number, "needs": need.least.name},
            span=new.locate(),
            evidence=evidence,
            help=(_TOO_SMALL if refuted else _UNKNOWN).format(
                (need.least if refuted else need.most).word
            ),
            severity=Severity.NOTE if refuted and not required else None,
        )
        verdict = finding.found if finding.counts else Verdict.PROVED
        findings = (finding,)
    return Question(
        named("bump", new.name),
        message,
        verdict,
        number,
        findings,
        evidence=evidence,
        span=new.locate(),
    )


_TOO_SMALL: Final = "release it with {} at least"
_UNKNOWN: Final = (
    "settle what is unknown, or release it with {}; `--no-bump` leaves version numbers aside"
)
