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
    old: Version, new: Version, need: Need, given: Bump | None, number: int, evidence: str | None
) -> Question:
    """Whether the version number says as much as the change.

    Args:
        old: the version before.
        new: the version after.
        need: what the change needs.
        given: what the numbers declare; None where the number goes down.
        number: how many obligations were decided for it.
        evidence: the digest of their certificate.
    """
    told = "a lower number than before" if given is None else given.word
    enough = given is not None and given >= need.most
    short = given is None or given < need.least
    verdict = Verdict.PROVED if enough else Verdict.REFUTED if short else Verdict.UNKNOWN
    message = f"the change from {title(old)} to {new.number} needs {need.words}, and its number declares {told}"
    findings: tuple[Finding, ...] = ()
    if verdict is not Verdict.PROVED:
        findings = (
            Finding(
                rules.BUMP_TOO_SMALL if short else rules.BUMP_UNKNOWN,
                verdict,
                message,
                subjects=(new.name,),
                content={"old": old.number, "new": new.number, "needs": need.least.name},
                span=new.locate(),
                evidence=evidence,
                help=_HELP[verdict].format((need.least if short else need.most).word),
            ),
        )
    return Question(
        named("bump", new.name),
        message,
        verdict,
        number,
        findings,
        evidence=evidence,
        span=new.locate(),
    )


_HELP: Final = {
    Verdict.REFUTED: "release it with {} at least, or leave versions aside with `--no-bump`",
    Verdict.UNKNOWN: "settle what is unknown, release it with {}, or leave versions aside with `--no-bump`",
}
