"""What all forms of properties have in common: who asks, what comes back, and the rules of findings."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from caio.analysis.findings.finding import Finding
from caio.analysis.findings.report import QUESTION_COULD_NOT_RUN, QUESTION_UNKNOWN, Question
from caio.analysis.findings.rules import register
from caio.analysis.findings.verdicts import Verdict
from caio.analysis.prove.words import listing
from caio.analysis.prove.world import World
from caio.analysis.witness.minimal import BUDGET, Point
from caio.analysis.witness.text import counterexample_text
from caio.base.diagnostics import Severity
from caio.base.errors import InputError
from caio.base.spans import Span
from caio.certify.asking import Answer, Answered, Asker
from caio.certify.prover import Prover
from caio.ir import documents as d
from caio.ir.encode import document_digest
from caio.obligations.asked import Asked
from caio.obligations.meaning import Meaning

LEAK: Final = register("leak", "a service that is admitted where a property forbids it")
VACUOUS: Final = register(
    "vacuous-property", "a property that no request at all can break", Severity.WARNING
)
EMPTY: Final = register("empty-class", "a property of a class to which no request belongs")
UNCOVERED: Final = register(
    "uncovered", "requests of a class for which too few services are admitted"
)
DIFFERS: Final = register("policy-differs", "what one policy allows and another one forbids")


@dataclass(frozen=True, slots=True)
class Proof:
    """What became of one property.

    Attributes:
        question: for a report.
        certificate: canonical bytes that the checker has accepted; None if nothing was decided.
        documents: what the certificate is about.
    """

    question: Question
    certificate: bytes | None
    documents: tuple[d.Document, ...]


@dataclass(frozen=True)
class Study:
    """Who asks about the documents of a world.

    Attributes:
        world: the documents.
        asker: decides obligations.
        prover: decides what only serves the reader.
        budget: solver units per obligation.
        other: the world that it is compared with, if it is.
    """

    world: World
    asker: Asker
    prover: Prover
    budget: int
    other: World | None = None

    @property
    def meaning(self) -> Meaning:
        """Of the vocabulary."""
        return self.asker.meaning

    @property
    def effort(self) -> int:
        """Solver units for one step on the way to a minimal counterexample or a description."""
        return min(self.budget, BUDGET)

    def place(self, document: d.Document, path: str = "") -> Span | None:
        """Where a clause of a document is written, in either world."""
        digest = document_digest(document)
        found = self.world.project.locate(digest, path)
        if found is None and self.other is not None:
            found = self.other.project.locate(digest, path)
        return found

    def ask(self, name: str, asked: Sequence[Asked], more: Sequence[d.Document] = ()) -> Answered:
        """The answers to a question, which is kept under this name. Raises as ``Asker.ask``."""
        return self.asker.ask(f"prove/{self.world.vocabulary.name}/{name}", asked, more)

    def pasted(
        self,
        point: Point,
        *,
        head: str = "",
        request: d.Class | None = None,
        needs: Sequence[str] = (),
    ) -> str | None:
        """A point as a document to paste, behind comments; None where the language has no text for it.

        Args:
            point: a counterexample.
            head: comments, one per line.
            request: the class whose needs and requirements the request has.
            needs: what it needs where the class needs nothing.
        """
        try:
            text = counterexample_text(point, self.meaning, request=request, needs=needs)
        except InputError:
            return None
        return head + text

    def proof(
        self,
        claim: d.Property,
        title: str,
        answered: Answered,
        findings: Sequence[Finding],
        *,
        decisive: Sequence[Answer] | None = None,
    ) -> Proof:
        """What became of a property whose obligations were answered; `decisive` are those that must hold, if not all."""
        question = Question(
            f"prove:{claim.name}",
            title,
            verdict_of(answered.answers if decisive is None else decisive, findings),
            decided(answered.answers),
            tuple(findings),
            answered.digest,
            self.place(claim),
        )
        documents = (self.world.vocabulary, *self.world.documents([claim]), claim)
        return Proof(question, answered.certificate, documents)


def decided(answers: Sequence[Answer]) -> int:
    """How many answers are an answer."""
    return sum(answer.holds is not None for answer in answers)


def verdict_of(answers: Sequence[Answer], findings: Sequence[Finding]) -> Verdict:
    """Refuted, if any answer or finding refutes; proved, if there are answers and all of them hold; unknown otherwise."""
    found = {answer.holds for answer in answers}
    if False in found or any(finding.found is Verdict.REFUTED for finding in findings):
        return Verdict.REFUTED
    return Verdict.PROVED if found == {True} else Verdict.UNKNOWN


def unasked(identity: str, title: str, message: str, help_: str, span: Span | None = None) -> Proof:
    """A question that could not be asked."""
    finding = Finding(
        QUESTION_COULD_NOT_RUN,
        Verdict.COULD_NOT_RUN,
        message,
        subjects=(identity,),
        content=message,
        span=span,
        help=help_,
    )
    question = Question(identity, title, Verdict.COULD_NOT_RUN, 0, (finding,), span=span)
    return Proof(question, None, ())


def without_services(claim: d.Property, title: str, study: Study) -> Proof:
    """A property of services where there is none."""
    message = f"there is no service of the vocabulary `{study.world.vocabulary.name}`"
    help_ = "name the folder with the contracts, too"
    return unasked(f"prove:{claim.name}", title, message, help_, study.place(claim))


def undecided(
    subject: str, open_: Iterable[tuple[str, Answer]], span: Span | None
) -> list[Finding]:
    """A finding that says what stayed open, if anything did."""
    left = [(name, answer) for name, answer in open_ if answer.holds is None]
    if not left:
        return []
    names = listing([name for name, _ in left])
    return [
        Finding(
            QUESTION_UNKNOWN,
            Verdict.UNKNOWN,
            f"`{subject}` is neither proved nor refuted within the budget for {names}",
            subjects=(subject,),
            content=[name for name, _ in left],
            span=span,
            help="raise the budget (`--budget`), or split what is asked; unknown is no success",
        )
    ]
