"""The report of one run: its questions with their verdicts, what was found on the way, and the exit code.

Every question has a verdict even where nothing was found, and nothing fails silently: a question that does not hold and has
no finding that says so gets one here (``Report.shown``), and a run without a question could not run.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from caio.analysis.findings.finding import Finding
from caio.analysis.findings.plain import count
from caio.analysis.findings.rules import register
from caio.analysis.findings.table import Table
from caio.analysis.findings.verdicts import BEST_FIRST, Verdict, worst
from caio.base.errors import InternalError
from caio.base.spans import Span

NOTHING_ASKED: Final = register("nothing-asked", "a run in which no question was asked")
QUESTION_REFUTED: Final = register("question-refuted", "a question that does not hold")
QUESTION_UNKNOWN: Final = register(
    "question-unknown", "a question neither proved nor refuted within the budget"
)
QUESTION_COULD_NOT_RUN: Final = register(
    "question-could-not-run", "a question that could not be asked"
)
EVIDENCE_REJECTED: Final = register("evidence-rejected", "evidence that the checker rejected")

_UNEXPLAINED: Final = {
    Verdict.REFUTED: (QUESTION_REFUTED, "does not hold: {}"),
    Verdict.UNKNOWN: (QUESTION_UNKNOWN, "neither proved nor refuted within the budget: {}"),
    Verdict.COULD_NOT_RUN: (QUESTION_COULD_NOT_RUN, "could not be asked: {}"),
    Verdict.REJECTED: (EVIDENCE_REJECTED, "the checker rejected the evidence for: {}"),
}
_HELP: Final = {
    Verdict.REFUTED: None,
    Verdict.UNKNOWN: "split or simplify what is asked, or raise the budget; unknown is no success",
    Verdict.COULD_NOT_RUN: "mend the input and run again",
    Verdict.REJECTED: "this is a bug in CAIO: nothing is established; please report it with the documents",
}


@dataclass(frozen=True, slots=True)
class Question:
    """Something asked of the documents.

    Attributes:
        id: the stable name of the question in its run, such as ``compat:good/one``.
        title: what is asked, as a statement that holds or not, on one line.
        found: the verdict before any waiver; ``verdict`` is what counts.
        obligations: how many obligations were decided.
        findings: what was found; no two have the same fingerprint, and equal ones are one. Of a refuted question, they are
            everything that refutes it, or none: waiving all of them waives the question.
        evidence: the digest of the certificate of the whole question.
        span: where the question is written, if it is.

    Raises:
        InternalError: *proved* without an obligation, *waived* as what was found, or two different findings with one
            fingerprint (``content`` of their rule tells too little).
    """

    id: str
    title: str
    found: Verdict
    obligations: int
    findings: tuple[Finding, ...] = ()
    evidence: str | None = None
    span: Span | None = None

    def __post_init__(self) -> None:
        if self.found is Verdict.WAIVED:
            raise InternalError("a question is waived by the waivers of its findings alone")
        if self.found is Verdict.PROVED and self.obligations <= 0:
            raise InternalError(f"`{self.id}` has no obligation: nothing was proved")
        unique: dict[str, Finding] = {}
        for finding in self.findings:
            if unique.setdefault(finding.fingerprint, finding) != finding:
                raise InternalError(
                    f"two findings of `{self.id}` have the fingerprint {finding.fingerprint}"
                )
        ordered = tuple(sorted(unique.values(), key=lambda finding: finding.order))
        object.__setattr__(self, "findings", ordered)

    @property
    def verdict(self) -> Verdict:
        """What counts: the worst of what was found for the question and for each finding that counts.

        A refutation settles a question, whatever else about it stays unknown, as it does that of a candidate (certificate-v1
        section 8.2). A refuted question is waived only if findings account for the refutation and all of them are waived.
        """
        verdicts = {finding.verdict for finding in self.findings if finding.counts}
        accounted = Verdict.WAIVED in verdicts
        if self.found is not Verdict.REFUTED or not accounted:
            verdicts.add(self.found)
        if Verdict.REFUTED in verdicts:
            verdicts.discard(Verdict.UNKNOWN)
        return worst(verdicts)

    @property
    def shown(self) -> tuple[Finding, ...]:
        """The findings, with one more where none has the question's verdict: nothing fails without being told."""
        verdict = self.verdict
        if verdict.holds or any(f.verdict is verdict and f.counts for f in self.findings):
            return self.findings
        rule, message = _UNEXPLAINED[verdict]
        missing = Finding(
            rule,
            verdict,
            message.format(self.title),
            subjects=(self.id,),
            span=self.span,
            evidence=self.evidence,
            help=_HELP[verdict],
        )
        return (missing, *self.findings)


@dataclass(frozen=True, slots=True)
class Report:
    """One run.

    Attributes:
        title: what was done, such as ``caio compat v1.caio v2.caio``.
        version: of the tool.
        questions: in the order in which they were asked.
        at: the instant for which waivers were judged, in microseconds since 1970 UTC, if any was given.
        home: the address under which the pages of rules are published, ending in ``/``, if they are.
        tables: what is shown besides, and decides nothing.

    Raises:
        InternalError: two questions have the same name.
    """

    title: str
    version: str
    questions: tuple[Question, ...]
    at: int | None = None
    home: str | None = None
    tables: tuple[Table, ...] = ()

    def __post_init__(self) -> None:
        names = Counter(question.id for question in self.questions)
        twice = [name for name, number in names.items() if number > 1]
        if twice:
            raise InternalError(f"the question `{twice[0]}` is asked twice")

    @property
    def verdict(self) -> Verdict:
        """The verdict of the run; a run without a question could not run."""
        if not self.questions:
            return Verdict.COULD_NOT_RUN
        return worst(question.verdict for question in self.questions)

    @property
    def exit_code(self) -> int:
        """What the run says to the shell: 5, 4, 3, 1 or 0."""
        return self.verdict.exit_code

    @property
    def shown(self) -> tuple[tuple[Question | None, Finding], ...]:
        """All there is to show, the worst first; whatever does not hold is among it."""
        if not self.questions:
            message = "no question was asked, so that nothing is established"
            help_ = "name documents that hold something to ask about"
            nothing = Finding(NOTHING_ASKED, Verdict.COULD_NOT_RUN, message, help=help_)
            return ((None, nothing),)
        pairs = [(question, finding) for question in self.questions for finding in question.shown]
        return tuple(sorted(pairs, key=lambda pair: (*pair[1].order, pair[0].id)))

    @property
    def counts(self) -> Mapping[Verdict, int]:
        """How many questions have each verdict, the worst first; verdicts that none has are left out."""
        seen = Counter(question.verdict for question in self.questions)
        return {verdict: seen[verdict] for verdict in reversed(BEST_FIRST) if seen[verdict]}

    @property
    def waived(self) -> int:
        """How many findings are waived."""
        return sum(f.waiver is not None for q in self.questions for f in q.findings)

    @property
    def last_line(self) -> str:
        """The one line that says how the run ended; the same in every format."""
        if not self.questions:
            return "could-not-run: no question was asked"
        parts = ", ".join(f"{number:,} {verdict.value}" for verdict, number in self.counts.items())
        line = f"{self.verdict.value}: {count(len(self.questions), 'question')} ({parts})"
        return f"{line}; {count(self.waived, 'finding')} waived" if self.waived else line

    def with_questions(self, questions: tuple[Question, ...], *, at: int | None) -> Report:
        """The report with other questions, judged at an instant."""
        return replace(self, questions=questions, at=at)
