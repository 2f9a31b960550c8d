"""Answers obligations of documents, with a certificate that the checker has accepted (certificate-v1 section 9).

What was found before is looked up by the obligation's key, which names every document that it depends on by digest: after
a change, only what the change can affect is proved again. Found evidence is checked like any other, and whatever the
checker does not accept is found anew.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Final

from caio.base.canonical import Json, canonical_bytes, digest_bytes
from caio.base.errors import EvidenceError
from caio.certify.acceptance import Loaded, Verdict
from caio.certify.answers import Answers
from caio.certify.evidence import EvidenceTable
from caio.certify.prover import Decided, Model, Prover, Refutation
from caio.ir import documents as d
from caio.ir.encode import document_digest, document_json
from caio.obligations.asked import Asked
from caio.obligations.clauses import clause_form
from caio.obligations.formula import Formula
from caio.obligations.meaning import Meaning

BUDGET: Final = 10_000_000
"""Solver units per obligation."""

_BATCH: Final = 128

Progress = Callable[[int, int], None]
"""Called with the number of obligations decided and of all."""


@dataclass(frozen=True, slots=True)
class Answer:
    """An obligation of documents and what was found."""

    asked: Asked
    decided: Decided

    @property
    def holds(self) -> bool | None:
        """Whether the obligation holds; None is *unknown*, and never a success."""
        if isinstance(self.decided, Model | Refutation):
            return isinstance(self.decided, Model) == self.asked.by_witness
        return None

    @property
    def witness(self) -> Mapping[str, Fraction]:
        """The point that satisfies the block; empty where there is none."""
        return self.decided.witness if isinstance(self.decided, Model) else {}

    @property
    def reason(self) -> str:
        """Why nothing was found; empty where something was."""
        return "" if isinstance(self.decided, Model | Refutation) else self.decided.reason


@dataclass(frozen=True)
class Answered:
    """The answers to one question, and the certificate that shows them.

    Attributes:
        answers: in the order in which they were asked.
        certificate: canonical bytes, accepted by the checker; None if nothing was decided.
        verdict: what the checker said of it.
    """

    answers: tuple[Answer, ...]
    certificate: bytes | None
    verdict: Verdict | None

    @cached_property
    def digest(self) -> str | None:
        """What names the certificate."""
        return None if self.certificate is None else digest_bytes(self.certificate)

    @property
    def holds(self) -> bool | None:
        """False if anything is refuted, else None if anything is unknown or nothing was asked, else True."""
        found = {answer.holds for answer in self.answers}
        if False in found:
            return False
        return None if None in found or not found else True


class Asker:
    """Asks about the documents of one vocabulary.

    Args:
        vocabulary: whose words the questions use.
        sets: document sets, names being unique in each; OLD and NEW are two.
        prover: decides what is not known.
        answers: where evidence is kept from run to run, if anywhere.
        budget: solver units per obligation.
        progress: told how far a question is.

    Raises:
        EvidenceError: the checker rejected the documents.
    """

    def __init__(
        self,
        vocabulary: d.Vocabulary,
        sets: Sequence[Iterable[d.Document]],
        prover: Prover,
        *,
        answers: Answers | None = None,
        budget: int = BUDGET,
        progress: Progress | None = None,
    ) -> None:
        self.vocabulary = vocabulary
        self.meaning = Meaning(vocabulary)
        self.prover = prover
        self.budget = budget
        self._known = answers
        self._progress = progress
        self.sets = [_set((vocabulary, *own)) for own in sets]
        self._loaded = Loaded.of(self.sets)
        self._memo: dict[tuple[Formula, ...], Decided] = {}
        self._explored: dict[str, dict[str, Decided]] = {}

    def explore(self, name: str, asked: Sequence[Asked]) -> tuple[Answer, ...]:
        """Decide obligations and claim nothing, for a search whose findings are asked about in the end.

        What was kept under the name is taken as it is: ``ask`` has it judged.
        """
        if self._known is None:
            kept: list[Decided | None] = [None] * len(asked)
        else:
            if name not in self._explored:
                self._explored[name] = self._known.read(name)
            kept = [self._explored[name].get(Answers.key(one.key)) for one in asked]
        return tuple(self._decide(asked, kept))

    def ask(self, name: str, asked: Sequence[Asked], more: Sequence[d.Document] = ()) -> Answered:
        """Decide obligations, and have the checker accept the evidence.

        Args:
            name: of the question, under which evidence is kept.
            asked: obligations; one that is asked twice is answered once.
            more: documents that they are about besides those of the asker.

        Raises:
            EvidenceError: the checker rejected what was found just now.
            SolverError: the solver process could not do its work.
        """
        asked = list({canonical_bytes(list(one.key)): one for one in asked}.values())
        known = {} if self._known is None else self._known.read(name)
        kept = [known.get(Answers.key(one.key)) for one in asked]
        extra = [_set(more)] if more else []
        if any(one is not None for one in kept):
            try:
                return self._accept(name, self._decide(asked, kept), extra)
            except EvidenceError:
                # What was kept is wrong, or about something else: it is as if there were nothing.
                pass
        return self._accept(name, self._decide(asked, [None] * len(asked)), extra)

    def _decide(self, asked: Sequence[Asked], kept: Sequence[Decided | None]) -> list[Answer]:
        left = [
            one
            for one, found in zip(asked, kept, strict=True)
            if found is None and one.block not in self._memo
        ]
        # Most contracts pose the same few questions; each is decided once.
        unique = list({one.block: one for one in left}.values())
        done = len(asked) - len(left)
        for start in range(0, len(unique), _BATCH):
            batch = unique[start : start + _BATCH]
            forms = [clause_form([one.block], one.scope) for one in batch]
            decided = self.prover.decide_many(forms, budget=self.budget)
            self._memo.update(zip((one.block for one in batch), decided, strict=True))
            if self._progress is not None:
                self._progress(min(done + start + len(batch), len(asked)), len(asked))
        return [
            Answer(one, self._memo[one.block] if found is None else found)
            for one, found in zip(asked, kept, strict=True)
        ]

    def _accept(self, name: str, answers: list[Answer], extra: list[bytes]) -> Answered:
        evidence, claims = EvidenceTable(), list[Json]()
        for answer in answers:
            if answer.holds is not None:
                claims.append(
                    {
                        "obligation": list(answer.asked.key),
                        "verdict": "holds" if answer.holds else "refuted",
                        "evidence": evidence.reference(answer.decided),
                    }
                )
        if not claims:
            return Answered(tuple(answers), None, None)
        certificate = canonical_bytes(
            {
                "format": "caio-certificate/v1",
                "vocabulary": document_digest(self.vocabulary),
                "claims": claims,
                "evidence": evidence.json(),
            }
        )
        verdict = self._loaded.accept(extra, certificate)
        if self._known is not None:
            self._known.write(name, [(one.asked.key, one.decided) for one in answers])
        return Answered(tuple(answers), certificate, verdict)


def _set(documents: Iterable[d.Document]) -> bytes:
    unique = {document_digest(one): one for one in documents}
    listed: list[Json] = [document_json(unique[name]) for name in sorted(unique)]
    return canonical_bytes({"format": "caio-documents/v1", "documents": listed})
