"""Deciding every obligation of a candidate (DESIGN section 5).

The block H is derived once per observed state, and an obligation that was decided for one candidate is not asked again
for another that poses the same formulas: most services say the same things.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias

from caio.certify.prover import Decided, Model, Prover, Unknown
from caio.ir import documents as d
from caio.obligations.candidate import Goal, Key, Question, goals, hypothesis
from caio.obligations.clauses import ClauseBuilder
from caio.obligations.contract import Contract
from caio.obligations.formula import Formula
from caio.obligations.meaning import Meaning


class Verdict(Enum):
    """Whether an obligation was shown to hold or not to, or neither."""

    HOLDS = "holds"
    REFUTED = "refuted"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Judged:
    """An obligation of a candidate with the answer and its evidence."""

    key: Key
    verdict: Verdict
    answer: Decided


_Asked: TypeAlias = tuple[d.State | None, tuple[Formula, ...] | None]


class Examiner:
    """Decides obligations of candidates for one question.

    Args:
        question: what the decision is about.
        meaning: of the question's vocabulary.
        prover: finds proofs and witnesses.
    """

    def __init__(self, question: Question, meaning: Meaning, prover: Prover) -> None:
        self._question = question
        self._meaning = meaning
        self._prover = prover
        self._prefixes: dict[d.State | None, ClauseBuilder] = {}
        self._answers: dict[_Asked, Decided] = {}

    def examine(self, contracts: Sequence[Contract]) -> list[tuple[Judged, ...]]:
        """Every obligation of these candidates, decided, in order."""
        posed = [
            (contract.state, list(goals(self._question, contract, self._meaning)))
            for contract in contracts
        ]
        self._decide((state, goal.goal) for state, found in posed for goal in found)
        return [
            tuple(_judge(goal, self._answers[state, goal.goal]) for goal in found)
            for state, found in posed
        ]

    def _decide(self, asked: Iterable[_Asked]) -> None:
        """Decide what has not been decided yet, in one batch."""
        new = [key for key in dict.fromkeys(asked) if key not in self._answers]
        forms = [self._builder(state, goal).form() for state, goal in new]
        answers = self._prover.decide_many(forms, budget=self._question.profile.limits.solver_units)
        self._answers.update(zip(new, answers, strict=True))

    def _builder(self, state: d.State | None, goal: tuple[Formula, ...] | None) -> ClauseBuilder:
        prefix = self._prefixes.get(state)
        if prefix is None:
            block = hypothesis(self._question, state, self._meaning)
            prefix = ClauseBuilder(self._meaning.scope).block(block)
            self._prefixes[state] = prefix
        return prefix if goal is None else prefix.branch().block(goal)


def _judge(goal: Goal, answer: Decided) -> Judged:
    if isinstance(answer, Unknown):
        verdict = Verdict.UNKNOWN
    elif isinstance(answer, Model) == goal.holds_by_witness:
        verdict = Verdict.HOLDS
    else:
        verdict = Verdict.REFUTED
    return Judged(goal.key, verdict, answer)
