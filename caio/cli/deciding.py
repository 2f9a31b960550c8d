"""Deciding for a command: anew, or by a certificate that is kept, and accepted by the checker in both cases."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from caio.cli.progress import Waiting

if TYPE_CHECKING:
    from caio.certify.acceptance import Verdict
    from caio.landscape.snapshot import Snapshot
    from caio.obligations.candidate import Question
    from caio.routing.bulk import Scorer
    from caio.routing.files import DecisionFiles


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision that the checker has accepted, made now or at an earlier time with the same inputs.

    Attributes:
        question: what was asked.
        snapshot: what it was asked about.
        files: the decision's bytes.
        verdict: what the checker said of it just now.
        scorer: the compiled contracts, where they were needed.
    """

    question: Question
    snapshot: Snapshot
    files: DecisionFiles
    verdict: Verdict
    scorer: Scorer | None = None

    @property
    def work(self) -> int:
        """The steps that the checker took."""
        return self.verdict.cost

    @property
    def body(self) -> Mapping[str, Any]:
        """The decision as JSON."""
        return self.files.body


def decide(question: Question, snapshot: Snapshot, waiting: Waiting, *, cache: bool) -> Decided:
    """Decide, or find the decision that was made of the same inputs; the checker has its say in both cases.

    Raises:
        InputError: question and snapshot are about different vocabularies.
        SolverError: the solver could not do its work.
        EvidenceError: the checker rejected the evidence.
    """
    if not cache:
        return _anew(question, snapshot, waiting)
    from caio.base.store import default_folder  # noqa: PLC0415
    from caio.certify.cache import Certificates  # noqa: PLC0415
    from caio.routing.decision import inputs_of  # noqa: PLC0415
    from caio.routing.files import document_parts, files_of  # noqa: PLC0415

    certificates = Certificates(default_folder())
    inputs = inputs_of(question, snapshot)
    waiting.step("checking the evidence")
    kept = certificates.find(inputs, lambda: document_parts(question, snapshot))
    if kept is not None:
        files = files_of(question, snapshot, kept.body)
        return Decided(question, snapshot, files, kept.verdict)
    decided = _anew(question, snapshot, waiting)
    certificates.keep(inputs, decided.files.certificate)
    return decided


def _anew(question: Question, snapshot: Snapshot, waiting: Waiting) -> Decided:
    from caio.certify.acceptance import accept  # noqa: PLC0415 - solver and numpy load here
    from caio.certify.prover import Prover  # noqa: PLC0415
    from caio.obligations.meaning import Meaning  # noqa: PLC0415
    from caio.routing.bulk import Scorer  # noqa: PLC0415
    from caio.routing.files import decision_files  # noqa: PLC0415
    from caio.routing.route import route  # noqa: PLC0415

    waiting.step("ranking")
    scorer = Scorer(snapshot, Meaning(question.vocabulary))
    waiting.step("examining candidates")
    with Prover() as prover:
        decision = route(question, snapshot, prover, scorer=scorer, progress=waiting)
    waiting.step("checking the evidence")
    files = decision_files(decision)
    verdict = accept(files.parts, files.certificate)
    return Decided(question, snapshot, files, verdict, scorer)
