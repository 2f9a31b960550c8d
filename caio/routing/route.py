"""Choosing: rank, certify from the top until a candidate is admitted (DESIGN section 8, Eq. 1.5).

Scores rank and admit nothing. A decision is a function of the question and the snapshot, and of nothing else.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np

from caio.base.errors import InputError
from caio.certify.prover import Prover
from caio.landscape.snapshot import Snapshot
from caio.obligations.candidate import Question
from caio.obligations.meaning import Meaning
from caio.obligations.posing import Standing
from caio.routing.bulk import Scorer
from caio.routing.decision import Decision
from caio.routing.examine import Examined, Examiner

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
    standing: Standing | None = None,
    expected: int = 1,
    progress: Progress | None = None,
) -> Decision:
    """Decide which service a request goes to.

    Args:
        question: what is decided.
        snapshot: among which services.
        prover: finds proofs and witnesses.
        scorer: the snapshot compiled for scoring, if it is at hand.
        standing: what earlier questions left for later ones, if there is anything.
        expected: how many candidates will probably have to be examined. It says what is decided in one go, and has no
            influence on the decision.
        progress: told how far it is.

    Raises:
        InputError: question and snapshot are about different vocabularies.
        SolverError: the solver could not do its work.
    """
    if question.vocabulary != snapshot.vocabulary:
        raise InputError("the request and the services use different vocabularies")
    standing = standing or Standing(Meaning(question.vocabulary))
    scorer = scorer or Scorer(snapshot, standing.meaning)
    totals = scorer.scores(question).total.astype(np.int64, copy=False)
    order = ranked(totals)
    examiner = Examiner(question, standing.meaning, prover, standing)
    results: list[Examined] = []
    size = max(1, min(expected, BATCH))
    while len(results) < len(order):
        batch = order[len(results) : len(results) + size]
        for examined in examiner.results([snapshot.contracts[place] for place in batch.tolist()]):
            results.append(examined)
            if examined.admitted:
                return Decision(question, snapshot, totals, order, tuple(results))
        if progress is not None:
            progress(len(results), len(order))
        size = min(size * 4, BATCH)
    return Decision(question, snapshot, totals, order, tuple(results))


def ranked(totals: np.typing.NDArray[np.int64]) -> np.typing.NDArray[np.intp]:
    """The order of score-v1 section 4: falling scores, then rising names.

    A snapshot has its contracts by name, each name once, so that a stable sort by score leaves nothing to compare.
    """
    return np.argsort(-totals, kind="stable")
