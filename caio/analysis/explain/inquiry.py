"""Asking whether one obligation of one candidate holds, under documents that were changed a little."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import Final, TypeAlias

from caio.analysis.explain.dial import Dial
from caio.analysis.explain.dials import dials, open_box
from caio.certify.prover import Model, Prover, Unknown
from caio.ir import documents as d
from caio.ir import terms as t
from caio.obligations.candidate import Key, Question, goals, hypothesis
from caio.obligations.clauses import ClauseBuilder
from caio.obligations.contract import Contract
from caio.obligations.meaning import Meaning
from caio.routing.box import Box
from caio.routing.examine import Verdict

_Intervals: TypeAlias = tuple[tuple[str, tuple[Fraction, Fraction]], ...]
_Block: TypeAlias = tuple[tuple[t.Formula, ...], d.Facts | None, _Intervals, int, d.State | None]
"""Everything that the block H of an obligation depends on, within one vocabulary."""

_KEPT: Final = 256
"""How many blocks are kept: a search narrows a request many times."""


class UndecidedError(Exception):
    """An obligation was neither proved nor refuted within the budget: nothing may be concluded."""


class Inquiry:
    """Answers about single obligations within one vocabulary; nothing here is evidence yet."""

    def __init__(self, prover: Prover, meaning: Meaning) -> None:
        self.prover = prover
        self.meaning = meaning
        self._blocks: dict[_Block, ClauseBuilder] = {}
        self._boxes: dict[_Block, Box] = {}

    def verdict(self, question: Question, contract: Contract, key: Key) -> Verdict:
        """Whether the obligation of this key holds. Raises ``KeyError`` where none has this key."""
        goal = next((g for g in goals(question, contract, self.meaning) if g.key == key), None)
        if goal is None:
            raise KeyError(key)
        prefix = self._prefix(question, contract.state)
        form = (prefix if goal.goal is None else prefix.branch().block(goal.goal)).form()
        answer = self.prover.decide(form, budget=question.profile.limits.solver_units)
        if isinstance(answer, Unknown):
            return Verdict.UNKNOWN
        holds = isinstance(answer, Model) == goal.holds_by_witness
        return Verdict.HOLDS if holds else Verdict.REFUTED

    def holds(self, question: Question, contract: Contract, keys: Iterable[Key]) -> bool:
        """Whether all of these obligations hold.

        Raises:
            UndecidedError: none is refuted, and one of them is unknown.
        """
        undecided = False
        for key in keys:
            verdict = self.verdict(question, contract, key)
            if verdict is Verdict.REFUTED:
                return False
            undecided = undecided or verdict is Verdict.UNKNOWN
        if undecided:
            raise UndecidedError
        return True

    def dials(self, question: Question, contract: Contract, key: Key) -> Iterator[Dial]:
        """The numeric bounds that decide the obligation of this key."""
        state = contract.state
        name = (question.request.given, None, (), question.at, state)
        box = self._boxes.get(name)
        if box is None:
            if len(self._boxes) >= _KEPT:
                self._boxes.clear()
            box = self._boxes[name] = open_box(question, self.meaning, state)
        return dials(question, contract, key, box)

    def _prefix(self, question: Question, state: d.State | None) -> ClauseBuilder:
        measured = () if question.measurements is None else question.measurements.intervals
        name = (question.request.given, question.facts, measured, question.at, state)
        prefix = self._blocks.get(name)
        if prefix is None:
            if len(self._blocks) >= _KEPT:
                self._blocks.clear()
            block = hypothesis(question, state, self.meaning)
            prefix = ClauseBuilder(self.meaning.scope).block(block)
            self._blocks[name] = prefix
        return prefix
