"""What every question about compatibility needs, and what comes of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from caio.analysis.findings.report import Question
from caio.analysis.findings.table import Table
from caio.certify.answers import Answers
from caio.certify.asking import BUDGET, Asker, Progress
from caio.certify.prover import Prover
from caio.ir import documents as d


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

    def asker(self, vocabulary: d.Vocabulary, sets: Sequence[Iterable[d.Document]]) -> Asker:
        """An asker about these document sets."""
        return Asker(
            vocabulary,
            sets,
            self.prover,
            answers=self.answers,
            budget=self.budget,
            progress=self.progress,
        )
