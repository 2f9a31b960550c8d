"""Deciding every obligation of a candidate (DESIGN section 5).

The block H is derived once per observed state, and an obligation that was decided for one candidate is not asked again
for another that poses the same formulas: most services say the same things.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from caio.certify.hypothesis import Hypothesis
from caio.certify.prover import Decided, Model, Prover, Unknown
from caio.certify.skeletons import Deductions
from caio.ir import documents as d
from caio.obligations.candidate import Key, Question, hypothesis
from caio.obligations.contract import Contract
from caio.obligations.meaning import Meaning
from caio.obligations.posing import Posed, Posing, Standing


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


@dataclass(frozen=True, slots=True)
class Examined:
    """A candidate with the outcome of all of its obligations, in order.

    Attributes:
        answers: for each obligation a proof, a model, or *unknown*.
        failed: which obligations are refuted, by position.
        doubtful: whether any is *unknown*.
    """

    contract: Contract
    keys: tuple[Key, ...]
    answers: tuple[Decided, ...]
    failed: tuple[int, ...]
    doubtful: bool

    @property
    def admitted(self) -> bool:
        """Whether every obligation holds."""
        return not self.failed and not self.doubtful

    @property
    def judged(self) -> tuple[Judged, ...]:
        """The obligations one by one."""
        failed = set(self.failed)
        return tuple(
            Judged(
                key,
                Verdict.REFUTED
                if index in failed
                else Verdict.UNKNOWN
                if isinstance(answer, Unknown)
                else Verdict.HOLDS,
                answer,
            )
            for index, (key, answer) in enumerate(zip(self.keys, self.answers, strict=True))
        )


class Examiner:
    """Decides obligations of candidates for one question.

    Args:
        question: what the decision is about.
        meaning: of the question's vocabulary.
        prover: finds proofs and witnesses.
        standing: what is remembered between questions; without it, everything is derived anew.
    """

    def __init__(
        self,
        question: Question,
        meaning: Meaning,
        prover: Prover,
        standing: Standing | None = None,
    ) -> None:
        self._question = question
        self._meaning = meaning
        self._prover = prover
        self._posing = Posing(question, standing or Standing(meaning))
        self._states: dict[d.State | None, _Answers] = {}

    def examine(self, contracts: Sequence[Contract]) -> list[tuple[Judged, ...]]:
        """Every obligation of these candidates, decided, in order."""
        return [examined.judged for examined in self.results(contracts)]

    def results(self, contracts: Sequence[Contract]) -> list[Examined]:
        """The outcome for these candidates, in order."""
        posed = [self._posing.pose(contract) for contract in contracts]
        asked: dict[d.State | None, dict[int, None]] = {}
        for one in posed:
            asked.setdefault(one.contract.state, {}).update(dict.fromkeys(one.blocks))
        for state, numbers in asked.items():
            self._answers(state).decide(numbers)
        return [self._answers(one.contract.state).outcome(one) for one in posed]

    def _answers(self, state: d.State | None) -> _Answers:
        found = self._states.get(state)
        if found is None:
            block = hypothesis(self._question, state, self._meaning)
            deductions = self._prover.under(Hypothesis(block, self._meaning.scope))
            budget = self._question.profile.limits.solver_units
            found = _Answers(self._prover, self._posing, deductions, budget)
            self._states[state] = found
        return found


class _Answers:
    """The outcomes of goals under one hypothesis, by the number of their block."""

    def __init__(self, prover: Prover, posing: Posing, deductions: Deductions, budget: int) -> None:
        self._prover = prover
        self._posing = posing
        self._deductions = deductions
        self._budget = budget
        self._known: dict[int, Decided] = {}
        self._satisfiable: set[int] = set()
        self._unknown: set[int] = set()

    def decide(self, asked: dict[int, None]) -> None:
        """Decide what has not been decided yet, in one batch."""
        new = [number for number in asked if number not in self._known]
        for lasting in (False, True):
            numbers = [number for number in new if (number >= 0) == lasting]
            blocks = [self._posing.block(number) for number in numbers]
            answers = self._prover.decide_goals(
                self._deductions, blocks, budget=self._budget, lasting=lasting
            )
            for number, answer in zip(numbers, answers, strict=True):
                self._known[number] = answer
                if isinstance(answer, Model):
                    self._satisfiable.add(number)
                elif isinstance(answer, Unknown):
                    self._unknown.add(number)

    def outcome(self, posed: Posed) -> Examined:
        """The outcome for a candidate whose obligations have all been decided."""
        blocks = posed.blocks
        answers = tuple(map(self._known.__getitem__, blocks))
        # The first obligation, that H can hold, is the one that a model shows and a proof refutes.
        failed: tuple[int, ...] = ()
        if not self._satisfiable.isdisjoint(blocks[1:]):
            failed = tuple(
                index
                for index, number in enumerate(blocks)
                if index and number in self._satisfiable
            )
        if blocks[0] not in self._satisfiable and blocks[0] not in self._unknown:
            failed = (0, *failed)
        doubtful = not self._unknown.isdisjoint(blocks)
        return Examined(posed.contract, posed.keys, answers, failed, doubtful)
