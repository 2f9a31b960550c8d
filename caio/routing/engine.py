"""A landscape kept compiled, for many decisions: what does not depend on the request is done once.

``Engine.decide`` is the hot path (DESIGN section 8): rank, examine from the top, and have the evidence of the winner and
of everything ranked above it checked before anything is returned. That all other candidates are in order is not evidence
for anybody's admission; whoever checks the decision itself (``caio verify``) has it computed again.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from threading import RLock
from typing import Final

from caio.base.closing import Closing
from caio.base.errors import InputError
from caio.certify.acceptance import Loaded
from caio.certify.prover import Prover
from caio.ir import documents as d
from caio.landscape.snapshot import Snapshot
from caio.obligations.candidate import Question
from caio.obligations.meaning import Meaning
from caio.obligations.posing import Standing
from caio.routing.admissions import Admission, admitted
from caio.routing.bulk import Scorer
from caio.routing.decision import Checked, Decision, examination
from caio.routing.equation import Progress, choose
from caio.routing.examine import Examiner
from caio.routing.files import document_set, document_sets
from caio.routing.hints import Hints
from caio.routing.ranking import Ranker

POLICIES: Final = 8
"""How many policies with their profiles are kept loaded."""


class Engine(Closing):
    """Decides questions about one snapshot. Threads may share it; one decision is made at a time.

    A context manager: it owns a prover, and with it a solver process that starts when it is first needed.
    """

    def __init__(self, snapshot: Snapshot, prover: Prover | None = None) -> None:
        self.snapshot = snapshot
        self._prover = Prover() if prover is None else prover
        self._standing = Standing(Meaning(snapshot.vocabulary))
        scorer = Scorer(snapshot, self._standing.meaning)
        self._ranker = Ranker(scorer)
        self._hints = Hints(scorer, self._standing.meaning)
        self._landscape: Loaded | None = None
        self._loaded: OrderedDict[tuple[int, ...], tuple[tuple[d.Document, ...], Loaded]] = (
            OrderedDict()
        )
        self._lock = RLock()

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
        if question.vocabulary != self.snapshot.vocabulary:
            raise InputError("the request and the services use different vocabularies")
        with self._lock:
            ranking = self._ranker.rank(question)
            results = choose(
                ranking,
                self._examiner(question),
                hint=lambda: self._hints.of(question),
                progress=progress,
            )
            decision = Decision(question, ranking, results)
            own = document_set(question.passing)
            verdict = self._documents(question.lasting).accept([own], decision.examination())
            return Checked(decision, verdict)

    def admissions(self, checked: Checked) -> Iterator[Admission]:
        """The winner of a decision, then the admitted candidates ranked below it, best first.

        Each comes with evidence of its own that the checker has accepted, and is examined when it is asked for: nobody is
        called in another's place on another's evidence.

        Args:
            checked: a decision that this engine made.

        Raises:
            InputError: the decision is about another snapshot.
            SolverError: the solver could not do its work.
            EvidenceError: the checker rejected the evidence.
        """
        decision = checked.decision
        if decision.snapshot is not self.snapshot:
            raise InputError("the decision is about another landscape than the engine")
        if decision.winner is None:
            return
        yield admitted(decision.winner.contract, decision.examination())
        question, ranking = decision.question, decision.ranking
        examiner = self._examiner(question)
        own = [document_set(question.passing)]
        for rank in range(len(decision.results), len(ranking)):
            with self._lock:
                (examined,) = examiner.results([ranking.contract(rank)])
                if not examined.admitted:
                    continue
                certificate = examination(question, self.snapshot, [examined])
                self._documents(question.lasting).accept(own, certificate)
            yield admitted(examined.contract, certificate)

    def _examiner(self, question: Question) -> Examiner:
        return Examiner(question, self._standing.meaning, self._prover, self._standing)

    def prepare(self, lasting: tuple[d.Document, ...]) -> None:
        """Have the checker read the landscape, and what questions have in common, before the first of them comes.

        Args:
            lasting: as of questions.

        Raises:
            EvidenceError: the checker rejected a document.
        """
        with self._lock:
            self._documents(lasting)

    def _documents(self, kept: tuple[d.Document, ...]) -> Loaded:
        """The documents of the landscape, the policy and the profile, as the checker has read them."""
        name = tuple(map(id, kept))
        found = self._loaded.get(name)
        if found is None:
            if self._landscape is None:
                self._landscape = Loaded.of(document_sets(self.snapshot.documents()))
            # Holding the documents keeps their identity from being given to others.
            found = self._loaded[name] = kept, self._landscape.plus([document_set(kept)])
            while len(self._loaded) > POLICIES:
                self._loaded.popitem(last=False)
        self._loaded.move_to_end(name)
        return found[1]
