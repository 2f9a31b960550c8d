"""A small search with learning (CDCL) over clauses, bounds and exact arithmetic.

It decides most obligations before a solver is asked, since they need little more than propagation, and
it completes derivations whose log has gaps. Its effort is counted, never timed, so its outcome is a
function of the clause form alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from fractions import Fraction
from typing import Final, TypeAlias

from caio.certify.arithmetic import Point, refute
from caio.certify.derivation import Derivation
from caio.certify.evaluate import satisfies
from caio.certify.intervals import Intervals, Visit
from caio.smt.render import nearest_to_zero

_NODES: Final = 200
"""How many case distinctions one question to the arithmetic may take."""


class Outcome(Enum):
    """How a search can end without a model."""

    REFUTED = "refuted"
    GIVEN_UP = "given up"
    PAUSED = "only arithmetic is left"


Found: TypeAlias = Outcome | Mapping[str, Fraction]


class Search:
    """One search over the clauses of a derivation, to which everything learnt is added.

    Args:
        derivation: the clauses, and where to add what follows from them.
        effort: how many steps the search may take.
        visits: makes the search pause before its first question to the arithmetic, and collects what it asked about
            numbers until then (see ``Intervals``): the answers determine how it went.
    """

    def __init__(
        self,
        derivation: Derivation,
        *,
        effort: int,
        visits: list[tuple[Visit, bool]] | None = None,
    ) -> None:
        self._derivation = derivation
        self._effort = effort
        self._pauses = visits is not None
        self._intervals = Intervals(derivation, visits)
        # The goal of an obligation is its last block: from there, a decision soon meets a conflict.
        self._clauses = derivation.table.form.clauses[::-1]
        self._next = 0
        self._current: tuple[int, ...] = ()
        self._settled = 0
        """How many literals at the start of the current clause are false for good."""
        self._checkpoints: list[int] = []
        """For each level, how many clauses were satisfied when it was opened: they stay so below."""

    def run(self) -> Found:
        """Search until refuted, satisfied by a point (already evaluated), or out of effort."""
        derivation = self._derivation
        propagator = derivation.propagator
        while True:
            conflict = self._propagate()
            if derivation.refuted:
                return Outcome.REFUTED
            if self._effort < self._intervals.work:
                self._back(0)
                return Outcome.GIVEN_UP
            if conflict is not None:
                self._learn(conflict)
                continue
            literal = self._decision()
            if literal is not None:
                self._checkpoints.append(self._next)
                propagator.assume(literal)
                continue
            if self._pauses:
                return Outcome.PAUSED
            found = self._arithmetic()
            if found is not None:
                return found

    def _propagate(self) -> int | None:
        """Propagate through clauses and bounds; the number of a clause that is false, if any."""
        propagator = self._derivation.propagator
        while True:
            before = len(propagator.trail)
            conflict = self._derivation.propagate()
            self._effort -= 1 + len(propagator.trail) - before
            if conflict is not None or not self._intervals.advance():
                return conflict

    def _learn(self, conflict: int) -> None:
        """Learn the clause of the first unique implication point, and go back to where it bites."""
        derivation = self._derivation
        propagator = derivation.propagator
        top = max(propagator.level_of(-literal) for literal in propagator.clauses[conflict])
        if not top:
            self._back(0)
            derivation.learn(derivation.explain(conflict, ()))
            return
        self._back(top)
        start = propagator.level_start(top)
        position = propagator.position
        marked = {-literal for literal in propagator.clauses[conflict]}
        open_count = sum(position[literal] >= start for literal in marked)
        for literal in reversed(propagator.trail[start:]):
            if literal not in marked:
                continue
            if open_count == 1:
                break
            open_count -= 1
            for other in propagator.clauses[propagator.reason[literal]]:
                if other != literal and -other not in marked:
                    marked.add(-other)
                    open_count += position[-other] >= start
        point = literal
        rest = sorted(
            (literal for literal in marked if propagator.base <= position[literal] < start),
            key=position.__getitem__,
        )
        chain = derivation.explain(conflict, [-point, *(-literal for literal in reversed(rest))])
        self._effort -= len(marked)
        self._back(propagator.level_of(rest[-1]) if rest else 0)
        derivation.learn(chain)

    def _back(self, level: int) -> None:
        """Withdraw the decisions above a level."""
        self._derivation.propagator.undo(level)
        self._intervals.withdraw()
        if level < len(self._checkpoints):
            self._next = self._checkpoints[level]
            del self._checkpoints[level:]

    def _decision(self) -> int | None:
        """A literal of the first clause that is not satisfied yet; None if all are."""
        propagator = self._derivation.propagator
        true = propagator.true
        clauses = self._clauses
        while self._next < len(clauses):
            self._effort -= 1
            clause = clauses[self._next]
            if true.isdisjoint(clause):
                return self._free(clause)
            self._next += 1
        return None

    def _free(self, clause: tuple[int, ...]) -> int:
        """The first literal of a clause that is not assigned; the clause must not be false."""
        true = self._derivation.propagator.true
        start = self._settled if clause is self._current else 0
        place = next(place for place in range(start, len(clause)) if -clause[place] not in true)
        if not self._derivation.propagator.level:
            # What is false now stays so; a long clause need not be read from its start again.
            self._current = clause
            self._settled = place
        return clause[place]

    def _arithmetic(self) -> Found | None:
        """Whether the assigned atoms have a common point; None if a lemma against it was added."""
        derivation = self._derivation
        form = derivation.table.form
        atoms = derivation.table.atoms
        literals = [literal for literal in derivation.propagator.trail if abs(literal) in atoms]
        self._effort -= len(literals) * 4
        self._back(0)
        before = derivation.work
        outcome = refute(derivation, literals, nodes=_NODES, effort=self._effort)
        self._effort -= derivation.work - before
        if outcome is None:
            return Outcome.GIVEN_UP
        if not isinstance(outcome, Point):
            return None
        point = {
            name: outcome.values.get(name, nearest_to_zero(variable))
            for name, variable in form.variables.items()
        }
        return point if satisfies(form, point) else Outcome.GIVEN_UP
