"""A landscape kept compiled, for many decisions: what does not depend on the request is done once.

``Engine.decide`` is the hot path (DESIGN section 8): rank, examine from the top, and have the evidence of the winner and
of everything ranked above it checked before anything is returned.
"""

from __future__ import annotations

from dataclasses import dataclass
from threading import RLock
from types import TracebackType
from typing import Self

from caio.certify.acceptance import Verdict, accept
from caio.certify.prover import Prover
from caio.landscape.snapshot import Snapshot
from caio.obligations.candidate import Question
from caio.obligations.meaning import Meaning
from caio.routing.bulk import Scorer
from caio.routing.decision import Decision
from caio.routing.files import decision_files
from caio.routing.route import Progress, route


@dataclass(frozen=True, slots=True)
class Checked:
    """A decision whose evidence the checker has accepted; only an engine makes one."""

    decision: Decision
    verdict: Verdict


class Engine:
    """Decides questions about one snapshot. Threads may share it; one decision is made at a time.

    A context manager: it owns a prover, and with it a solver process that starts when it is first needed.
    """

    def __init__(self, snapshot: Snapshot, prover: Prover | None = None) -> None:
        self.snapshot = snapshot
        self._prover = Prover() if prover is None else prover
        self._scorer = Scorer(snapshot, Meaning(snapshot.vocabulary))
        self._lock = RLock()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the solver process."""
        self._prover.close()

    def decide(self, question: Question, *, progress: Progress | None = None) -> Checked:
        """Decide, and have the evidence checked.

        Raises:
            InputError: question and snapshot are about different vocabularies.
            SolverError: the solver could not do its work.
            EvidenceError: the checker rejected the evidence.
        """
        with self._lock:
            decision = route(
                question, self.snapshot, self._prover, scorer=self._scorer, progress=progress
            )
            files = decision_files(decision)
            return Checked(decision, accept(files.parts, files.certificate))
