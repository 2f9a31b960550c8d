"""Choosing: rank, certify from the top until a candidate is admitted (DESIGN section 8, Eq. 1.5).

Scores rank and admit nothing. A decision is a function of the question and the snapshot, and of nothing else.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from caio.base.errors import InputError
from caio.certify.prover import Prover
from caio.landscape.snapshot import Snapshot
from caio.obligations.candidate import Question
from caio.obligations.meaning import Meaning
from caio.obligations.posing import Standing
from caio.routing.bulk import Scorer
from caio.routing.decision import Decision
from caio.routing.examine import Examined, Examiner
from caio.routing.hints import Hint
from caio.routing.ranking import Ranker, Ranking

Progress = Callable[[int, int], None]
"""Called with the number of candidates examined so far and the number of all."""

BATCH: Final = 256
"""How many candidates are examined at a time, at most: between batches progress is told."""


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
    return choose(
        question, ranking, Examiner(question, standing.meaning, prover, standing), progress=progress
    )


def choose(
    question: Question,
    ranking: Ranking,
    examiner: Examiner,
    *,
    hint: Callable[[], Hint] | None = None,
    progress: Progress | None = None,
) -> Decision:
    """Certify candidates from the top of a ranking until one is admitted.

    Args:
        question: what is decided.
        ranking: every candidate, best first.
        examiner: decides the obligations of candidates.
        hint: asked, once the best candidate has failed, how far it will probably be necessary to go. The answer says
            what is examined in one go, and has no influence on the decision.
        progress: told how far it is.

    Raises:
        SolverError: the solver could not do its work.
    """
    results: list[Examined] = []
    size = 1
    while len(results) < len(ranking):
        batch = range(len(results), min(len(results) + size, len(ranking)))
        for examined in examiner.results([ranking.contract(rank) for rank in batch]):
            results.append(examined)
            if examined.admitted:
                return Decision(question, ranking, tuple(results))
        if progress is not None:
            progress(len(results), len(ranking))
        size = min(size * 4, BATCH)
        if hint is not None:
            first = hint().first(ranking)
            expected = len(ranking) if first is None else first + 1
            size, hint = min(max(expected - len(results), 1), BATCH), None
    return Decision(question, ranking, tuple(results))
