"""What was established of an evidence file: claim by claim, with counts and reasons (evidence-v1 section 6).

Claims are separate, and none stands for another. A claim is ``ok`` only if everything that it is about was found right; where
something could not be looked at, it is *not established*, which is no success and no failure.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

MOST_REASONS: Final = 100
"""How many reasons of a claim are kept one by one; all of them are counted by code."""


class Status(StrEnum):
    """What became of a claim."""

    OK = "ok"
    FAILED = "failed"
    OPEN = "not established"


class Outcome(StrEnum):
    """What became of a file."""

    VERIFIED = "verified"
    INCOMPLETE = "incomplete"
    FAILED = "failed"


EXIT_CODES: Final = {Outcome.VERIFIED: 0, Outcome.INCOMPLETE: 3, Outcome.FAILED: 5}
"""The exit codes of commands; a file that cannot be read has 4."""


class Flaw(Exception):  # noqa: N818 - what is raised is a finding about a file, not an error of the program
    """Something that is not as it must be.

    Attributes:
        code: stable, one of docs/evidence.md.
        text: what was expected and what was seen.
    """

    def __init__(self, code: str, text: str) -> None:
        super().__init__(f"{code}: {text}")
        self.code, self.text = code, text


class Unestablished(Flaw):
    """Something that could not be looked at, for a reason that is no failure."""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a claim is not ``ok``; ``index`` is that of the entry, if it is about one."""

    code: str
    text: str
    index: int | None


@dataclass(frozen=True, slots=True)
class Claim:
    """One claim about a file.

    Attributes:
        name: one of section 6.
        status: failed if anything failed, else open if anything is, else ok.
        text: what was looked at, in a few words.
        ok: how many things were found right.
        failed: how many were found wrong.
        open: how many could not be looked at.
        codes: how often each reason was met.
        reasons: the first ``MOST_REASONS`` of them.
    """

    name: str
    status: Status
    text: str
    ok: int
    failed: int
    open: int
    codes: Mapping[str, int]
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """What was established of a file.

    Attributes:
        claims: in the order of section 6.
        signatures: whether signatures were looked at.
        about: the members of the manifest that say what the file is about; empty if there is none that can be read.
    """

    claims: tuple[Claim, ...]
    signatures: bool
    about: Mapping[str, object]

    @property
    def outcome(self) -> Outcome:
        """Of the file as a whole; never verified where signatures were not looked at."""
        found = {claim.status for claim in self.claims}
        if Status.FAILED in found:
            return Outcome.FAILED
        return Outcome.VERIFIED if found == {Status.OK} and self.signatures else Outcome.INCOMPLETE

    @property
    def exit_code(self) -> int:
        """The exit code of a command that shows this."""
        return EXIT_CODES[self.outcome]

    def __getitem__(self, name: str) -> Claim:
        """The claim of this name."""
        return next(claim for claim in self.claims if claim.name == name)

    def json(self) -> dict[str, object]:
        """The report as JSON."""
        claims = [
            {
                "name": one.name,
                "status": one.status.value,
                "text": one.text,
                "ok": one.ok,
                "failed": one.failed,
                "not_established": one.open,
                "codes": dict(one.codes),
                "reasons": [
                    {"code": why.code, "index": why.index, "text": why.text} for why in one.reasons
                ],
            }
            for one in self.claims
        ]
        words = "checked" if self.signatures else "not checked"
        return {
            "format": "caio-evidence-report/v1",
            "outcome": self.outcome.value,
            "signatures": words,
            "about": dict(self.about),
            "claims": claims,
        }


@dataclass(slots=True)
class Tally:
    """A claim while it is being judged."""

    name: str
    text: str = ""
    ok: int = 0
    failed: int = 0
    open: int = 0
    codes: Counter[str] = field(default_factory=Counter)
    reasons: list[Reason] = field(default_factory=list)

    def passed(self, count: int = 1) -> None:
        """Count what was found right."""
        self.ok += count

    def note(self, flaw: Flaw, index: int | None = None) -> None:
        """Count what was found wrong, or could not be looked at."""
        if isinstance(flaw, Unestablished):
            self.open += 1
        else:
            self.failed += 1
        self.codes[flaw.code] += 1
        if len(self.reasons) < MOST_REASONS:
            self.reasons.append(Reason(flaw.code, flaw.text, index))

    @property
    def status(self) -> Status:
        """What the claim is so far."""
        return Status.FAILED if self.failed else Status.OPEN if self.open else Status.OK

    def claim(self) -> Claim:
        """The claim as it is now."""
        counts = (self.ok, self.failed, self.open)
        return Claim(
            self.name, self.status, self.text, *counts, dict(self.codes), tuple(self.reasons)
        )


class Claims:
    """The claims about a file while they are being judged."""

    def __init__(self, names: Iterable[str]) -> None:
        self._tallies = {name: Tally(name) for name in names}

    def __contains__(self, name: object) -> bool:
        return name in self._tallies

    def __getitem__(self, name: str) -> Tally:
        return self._tallies[name]

    @contextmanager
    def noting(self, name: str, index: int | None = None) -> Iterator[None]:
        """Count the flaw that is raised within, if there is one."""
        try:
            yield
        except Flaw as flaw:
            self[name].note(flaw, index)

    @contextmanager
    def judging(self, name: str, index: int | None = None) -> Iterator[None]:
        """Count what is done within: as found right, or with the flaw that it raises."""
        with self.noting(name, index):
            yield
            self[name].passed()

    def fail(self, name: str, code: str, text: str, index: int | None = None) -> None:
        """Count something that was found wrong."""
        self[name].note(Flaw(code, text), index)

    def broken(self, name: str, flaw: Flaw) -> None:
        """End here: the file cannot be read on, and of what was not found wrong before nothing is established."""
        self[name].note(flaw)
        for tally in self._tallies.values():
            if tally.name != name:
                tally.note(Unestablished("unread", "the file cannot be read to its end"))

    def done(self) -> tuple[Claim, ...]:
        """The claims as they are now."""
        return tuple(tally.claim() for tally in self._tallies.values())
