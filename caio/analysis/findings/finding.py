"""What a run found: data with a stable rule, a verdict, places, evidence and a fingerprint.

A finding's fingerprint names *what* is wrong and never *where*: it covers the rule, the names of what the finding is about
and its normalised content, so that a waiver and a code host's memory survive moved lines, renamed files and a reworded
message. Whoever makes a finding puts into ``content`` what tells it from any other finding of the same rule about the same
subjects, in a form that does not depend on layout: a digest, a clause in canonical form.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise
from typing import Final

from caio.analysis.findings.plain import well_formed
from caio.analysis.findings.verdicts import BEST_FIRST, Verdict
from caio.base.canonical import Json, digest
from caio.base.diagnostics import Code, Diagnostic, Label, Severity
from caio.base.errors import InternalError
from caio.base.spans import Span

FORMAT: Final = "caio-finding/v1"
"""What a fingerprint covers, by version: a later one gives the same finding another fingerprint."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A kind of finding.

    Attributes:
        id: the stable code, which names the pattern found and not the fix.
        summary: what the rule finds, in a few words.
        page: where it is explained, as a path from the root of the repository, perhaps with an anchor.
        severity: of its findings, where they say nothing else.
    """

    id: str
    summary: str
    page: str
    severity: Severity = Severity.ERROR

    @staticmethod
    def of(code: Code) -> Rule:
        """The rule of a registered code of diagnostics, which has a page of its own."""
        return Rule(code.name, code.summary, f"docs/errors/{code.name}.md", code.severity)


@dataclass(frozen=True, slots=True)
class Edit:
    """Characters to put in the place of a span; an empty span inserts, an empty text deletes."""

    span: Span
    text: str


@dataclass(frozen=True, slots=True)
class Fix:
    """A way to mend what was found: edits that belong together and never overlap.

    Raises:
        InternalError: there is no edit, or two touch the same characters.
    """

    description: str
    edits: tuple[Edit, ...]

    def __post_init__(self) -> None:
        spans = sorted((edit.span for edit in self.edits), key=lambda s: (id(s.source), s.start))
        if not spans:
            raise InternalError(f"the fix `{self.description}` edits nothing")
        for one, other in pairwise(spans):
            if one.source is other.source and (one.end > other.start or one == other):
                raise InternalError(f"the edits of the fix `{self.description}` overlap")


@dataclass(frozen=True, slots=True)
class Waiver:
    """Somebody's word that a finding may stay for a time.

    Attributes:
        fingerprint: of the finding.
        reason: why, for whoever reads the report.
        owner: who answers for it.
        expires: the last day (UTC) on which it is in force.
        span: where it is written.
    """

    fingerprint: str
    reason: str
    owner: str
    expires: date
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """Something found.

    Attributes:
        rule: its kind.
        found: its verdict before any waiver; ``verdict`` is what counts.
        message: one line that stands alone (lower case, no final period, user text in backticks).
        subjects: the names of what it is about, in an order that the rule fixes.
        content: what else tells it from others, normalised; never a position.
        span: the primary place, if some text is to blame.
        labels: secondary places.
        counterexample: the request that shows it, as text of the language.
        evidence: the digest of the certificate that proves or refutes.
        help: what to do.
        fixes: edits that would mend it.
        severity: the rule's, unless given.
        waiver: the waiver in force, which only a refuted finding can have.

    Raises:
        InternalError: the message is empty, *waived* is given as what was found, a waiver covers what is not refuted, or a
            finding that something holds is more than a note.
    """

    rule: Rule
    found: Verdict
    message: str
    subjects: tuple[str, ...] = ()
    content: Json = None
    span: Span | None = None
    labels: tuple[Label, ...] = ()
    counterexample: str | None = None
    evidence: str | None = None
    help: str | None = None
    fixes: tuple[Fix, ...] = ()
    severity: Severity | None = None
    waiver: Waiver | None = None

    def __post_init__(self) -> None:
        if not self.message.strip():
            raise InternalError(f"a finding of `{self.rule.id}` has no message")
        if self.found is Verdict.WAIVED:
            raise InternalError("a finding is waived by a waiver, and not found waived")
        if self.waiver is not None and self.found is not Verdict.REFUTED:
            raise InternalError(f"a waiver cannot cover what is {self.found.value}")
        if self.found is Verdict.PROVED and self.level is not Severity.NOTE:
            raise InternalError("a finding that something holds is a note")

    @property
    def verdict(self) -> Verdict:
        """What counts: *waived* where a waiver is in force, else what was found."""
        return self.found if self.waiver is None else Verdict.WAIVED

    @property
    def level(self) -> Severity:
        """How bad it is."""
        return self.rule.severity if self.severity is None else self.severity

    @property
    def counts(self) -> bool:
        """Whether the finding has a say in the run's verdict: all but notes of what holds or does not hold."""
        return self.level is not Severity.NOTE or self.found.exit_code > 1

    @property
    def fingerprint(self) -> str:
        """The digest of rule, subjects and content, the same wherever the finding stands and however it is worded."""
        subjects = [well_formed(subject) for subject in self.subjects]
        return digest(
            {
                "format": FORMAT,
                "rule": self.rule.id,
                "subjects": subjects,
                "content": _clean(self.content),
            }
        )

    @property
    def diagnostic(self) -> Diagnostic:
        """The finding as a diagnostic, for carets."""
        code = Code(self.rule.id, self.rule.summary, self.level)
        return Diagnostic(code, self.message, self.span, self.labels, self.help)

    def waived(self, waiver: Waiver) -> Finding:
        """The finding with a waiver in force.

        Raises:
            InternalError: it is not refuted, or the waiver names another finding.
        """
        if waiver.fingerprint != self.fingerprint:
            raise InternalError("a waiver covers the finding that it names, and no other")
        return replace(self, waiver=waiver)

    @property
    def order(self) -> tuple[int, str, int, int, str, str]:
        """The place in a report: the worst verdict first, in it the worst severity, then by source and place."""
        rank = list(Severity).index(self.level) - 3 * BEST_FIRST.index(self.verdict)
        if self.span is None:
            return (rank, "", -1, -1, self.rule.id, self.fingerprint)
        name, start, end = self.span.source.name, self.span.start, self.span.end
        return (rank, name, start, end, self.rule.id, self.fingerprint)


def _clean(value: Json) -> Json:
    """The value without lone surrogates in any of its texts."""
    if isinstance(value, str):
        return well_formed(value)
    if isinstance(value, Mapping):
        return {well_formed(key): _clean(item) for key, item in value.items()}
    if isinstance(value, Sequence):
        return [_clean(item) for item in value]
    return value
