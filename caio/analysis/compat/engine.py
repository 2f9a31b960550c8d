"""What every question about compatibility needs, and what comes of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from caio.analysis.findings.report import Question
from caio.analysis.findings.table import Table
from caio.base.canonical import canonical_bytes
from caio.certify.answers import Answers
from caio.certify.asking import BUDGET, Answer, Asker, Progress
from caio.certify.prover import Prover
from caio.ir import documents as d
from caio.ir.encode import document_digest
from caio.obligations.asked import Asked


@dataclass(frozen=True, slots=True)
class Evidence:
    """A certificate that the checker accepted, with the documents that it is about."""

    about: str
    certificate: bytes
    documents: tuple[d.Document, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """What was found out."""

    questions: tuple[Question, ...]
    evidence: tuple[Evidence, ...]
    tables: tuple[Table, ...] = ()


@dataclass(frozen=True)
class Engine:
    """What every question needs.

    Attributes:
        prover: decides.
        answers: evidence of earlier runs, if any is kept.
        budget: solver units per obligation.
        progress: told how far a question is.
    """

    prover: Prover
    answers: Answers | None = None
    budget: int = BUDGET
    progress: Progress | None = None


class Inquiry:
    """What is asked over one vocabulary: answers by obligation, and a certificate for each question that was asked.

    Args:
        engine: decides.
        vocabulary: whose words the obligations use.
        sets: the document sets that they are about, names being unique in each.

    Raises:
        EvidenceError: the checker rejected the documents.
    """

    def __init__(
        self, engine: Engine, vocabulary: d.Vocabulary, sets: Sequence[Sequence[d.Document]]
    ) -> None:
        self._documents = (vocabulary, *_unique(sets))
        self._asker = Asker(
            vocabulary,
            sets,
            engine.prover,
            answers=engine.answers,
            budget=engine.budget,
            progress=engine.progress,
        )
        self._answers: dict[bytes, Answer] = {}
        self.evidence: list[Evidence] = []

    def ask(self, about: str, asked: Sequence[Asked]) -> str | None:
        """Decide obligations, and have the checker accept the evidence; the digest of the certificate, if there is one.

        Args:
            about: what the certificate is about, under which evidence is kept from run to run.
            asked: the obligations; without any, nothing is asked.

        Raises:
            EvidenceError: the checker rejected what was found.
            SolverError: the solver process could not do its work.
        """
        if not asked:
            return None
        found = self._asker.ask(about, asked)
        self._answers |= {canonical_bytes(list(one.asked.key)): one for one in found.answers}
        if found.certificate is not None:
            self.evidence.append(Evidence(about, found.certificate, self._documents))
        return found.digest

    def decided(self, asked: Iterable[Asked]) -> int:
        """How many of these obligations have an answer. Raises ``KeyError`` as ``answer``."""
        return sum(self.answer(one).holds is not None for one in asked)

    def answer(self, asked: Asked) -> Answer:
        """What was found of an obligation.

        Raises:
            KeyError: it was not asked.
        """
        return self._answers[canonical_bytes(list(asked.key))]


def _unique(sets: Sequence[Sequence[d.Document]]) -> tuple[d.Document, ...]:
    return tuple({document_digest(one): one for own in sets for one in own}.values())
