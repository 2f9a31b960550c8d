"""Choosing: rank, certify from the top until a candidate is admitted (DESIGN section 8, Eq. 1.5).

Scores rank and admit nothing. A decision is a function of the question and the snapshot, and of nothing else.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from caio.base.errors import InputError
from caio.certify.prover import Prover
from caio.landscape.snapshot import Snapshot
from caio.obligations.candidate import Question
from caio.obligations.meaning import Meaning
from caio.routing.bulk import Scorer
from caio.routing.decision import CONTROL, Candidate, Decision, Standing
from caio.routing.examine import Examiner

Progress = Callable[[int, int], None]
"""Called with the number of candidates examined so far and the number of all."""


def route(
    question: Question,
    snapshot: Snapshot,
    prover: Prover,
    *,
    scorer: Scorer | None = None,
    progress: Progress | None = None,
) -> Decision:
    """Decide which service a request goes to.

    Raises:
        InputError: question and snapshot are about different vocabularies.
        SolverError: the solver could not do its work.
    """
    if question.vocabulary != snapshot.vocabulary:
        raise InputError("the request and the services use different vocabularies")
    meaning = Meaning(question.vocabulary)
    ranked = rank(question, snapshot, scorer or Scorer(snapshot, meaning))
    examiner = Examiner(question, meaning, prover)
    done = 0
    size = 1
    while done < len(ranked):
        batch = ranked[done : done + size]
        judged = examiner.examine([candidate.contract for candidate in batch])
        for candidate, obligations in zip(batch, judged, strict=True):
            ranked[done] = replace(candidate, obligations=obligations)
            done += 1
            if ranked[done - 1].standing is Standing.ADMITTED:
                return Decision(question, snapshot, tuple(ranked))
        if progress is not None:
            progress(done, len(ranked))
        size = min(size * 4, 256)
    return Decision(question, snapshot, tuple(ranked))


def rank(question: Question, snapshot: Snapshot, scorer: Scorer) -> list[Candidate]:
    """Every candidate with its score, in the order of score-v1 section 4."""
    totals = scorer.scores(question).total
    candidates = [
        Candidate(contract, int(score))
        for contract, score in zip(snapshot.contracts, totals, strict=True)
    ]
    return sorted(candidates, key=_order)


def _order(candidate: Candidate) -> tuple[int, str, str, str, str]:
    service = candidate.contract.service
    return -candidate.score, service.name, service.version, service.route, CONTROL
