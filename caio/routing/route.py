"""Choosing: rank, certify from the top until a candidate is admitted (DESIGN section 8, Eq. 1.5).

Scores rank and admit nothing. A decision is a function of the question and the snapshot, and of nothing else.
"""

from __future__ import annotations

from caio.base.errors import InputError
from caio.certify.prover import Prover
from caio.landscape.snapshot import Snapshot
from caio.obligations.candidate import Question
from caio.obligations.meaning import Meaning
from caio.obligations.posing import Standing
from caio.routing.bulk import Scorer
from caio.routing.decision import Decision
from caio.routing.equation import Progress, choose
from caio.routing.examine import Examiner
from caio.routing.ranking import Ranker


def route(
    question: Question,
    snapshot: Snapshot,
    prover: Prover,
    *,
    scorer: Scorer | None = None,
    progress: Progress | None = None,
) -> Decision:
    """Decide which service a request goes to, from a snapshot that nothing was prepared for.

    Args:
        question: what is decided.
        snapshot: among which services.
        prover: finds proofs and witnesses.
        scorer: the snapshot compiled for scoring, if it is at hand.
        progress: told how far it is.

    Raises:
        InputError: question and snapshot are about different vocabularies.
        SolverError: the solver could not do its work.
    """
    if question.vocabulary != snapshot.vocabulary:
        raise InputError("the request and the services use different vocabularies")
    standing = Standing(Meaning(question.vocabulary))
    ranking = Ranker(scorer or Scorer(snapshot, standing.meaning)).rank(question)
    examiner = Examiner(question, standing.meaning, prover, standing)
    return Decision(question, ranking, choose(ranking, examiner, progress=progress))
