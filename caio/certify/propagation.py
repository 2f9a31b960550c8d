"""Unit propagation with two watched literals, decision levels and a record of reasons.

What is implied without any assumption stays on the trail for good (level 0), so that each question
costs only what it adds; undoing a question touches only its own assignments.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Final

_LONG: Final = 16


class Propagator:
    """A growing set of clauses, numbered from 1, and the literals they imply."""

    def __init__(self, clauses: Iterable[Sequence[int]] = ()) -> None:
        self.clauses: list[list[int]] = [[]]
        self.true: set[int] = set()
        self.trail: list[int] = []
        self.reason: dict[int, int] = {}
        """From a propagated literal to the number of the clause that implied it."""
        self.position: dict[int, int] = {}
        """From an assigned literal to its place on the trail."""
        self._watchers: dict[int, list[int]] = {}
        self._levels: list[int] = []
        self._head = 0
        self._resume: dict[int, int] = {}
        """For a long clause, where the last literal to watch was found."""
        self._late: list[int] = []
        """Clauses added under assumptions: withdrawing some may leave them with one free literal."""
        self._conflict: int | None = None
        for clause in clauses:
            self.add(clause)

    @property
    def level(self) -> int:
        """The number of assumptions that are in force."""
        return len(self._levels)

    @property
    def base(self) -> int:
        """The length of the part of the trail that holds without assumptions."""
        return self._levels[0] if self._levels else len(self.trail)

    def level_start(self, level: int) -> int:
        """Where on the trail a level above 0 begins: with its assumption."""
        return self._levels[level - 1]

    def level_of(self, literal: int) -> int:
        """The level at which a true literal was assigned."""
        return bisect_right(self._levels, self.position[literal])

    def add(self, literals: Sequence[int]) -> int:
        """Add a clause of distinct literals, without complementary ones, and return its number.

        What it implies now is put on the trail, at the present level, for `propagate` to pursue.
        """
        number = len(self.clauses)
        clause = list(literals)
        self.clauses.append(clause)
        settled = not self.true.isdisjoint([-literal for literal in clause])
        if settled:
            # Watch literals that are not false, else those that became false last: these are the
            # first to be free again when assumptions are withdrawn.
            position = self.position
            free = len(self.trail)
            clause.sort(key=lambda literal: -position.get(-literal, free))
        if len(clause) > 1:
            self._watchers.setdefault(clause[0], []).append(number)
            self._watchers.setdefault(clause[1], []).append(number)
        if settled or len(clause) < 2:
            if self._levels:
                self._late.append(number)
            self.revisit(number)
        return number

    def revisit(self, number: int) -> None:
        """Put on the trail what a clause implies now, or note that it is false."""
        true = self.true
        free = 0
        for literal in self.clauses[number]:
            if literal in true:
                return
            if -literal not in true:
                if free:
                    return
                free = literal
        if free:
            self._assign(free, number)
        elif self._conflict is None:
            self._conflict = number

    def _assign(self, literal: int, reason: int) -> None:
        self.reason[literal] = reason
        self.position[literal] = len(self.trail)
        self.trail.append(literal)
        self.true.add(literal)

    def assume(self, literal: int) -> None:
        """Open a level with a literal that is not assigned yet."""
        self._levels.append(len(self.trail))
        self.position[literal] = len(self.trail)
        self.trail.append(literal)
        self.true.add(literal)

    def undo(self, level: int) -> None:
        """Withdraw all assumptions above a level, and what followed from them."""
        if level >= len(self._levels):
            return
        start = self._levels[level]
        del self._levels[level:]
        for literal in self.trail[start:]:
            self.true.discard(literal)
            self.reason.pop(literal, None)
            del self.position[literal]
        del self.trail[start:]
        self._head = min(self._head, start)
        self._conflict = None
        for number in self._late:
            self.revisit(number)
        if not self._levels:
            self._late.clear()

    def propagate(self) -> int | None:
        """Pursue all implications; the number of a clause that became false, if any."""
        if self._conflict is not None:
            return self._conflict
        true, trail, clauses, watchers = self.true, self.trail, self.clauses, self._watchers
        while self._head < len(trail):
            false = -trail[self._head]
            self._head += 1
            watching = watchers.get(false)
            if not watching:
                continue
            kept: list[int] = []
            for place, number in enumerate(watching):
                clause = clauses[number]
                if clause[0] == false:
                    clause[0], clause[1] = clause[1], false
                first = clause[0]
                if first in true:
                    kept.append(number)
                    continue
                size = len(clause)
                places: Iterable[int] = range(2, size)
                if size > _LONG:
                    # A search that always began in front would be quadratic in the clause.
                    start = self._resume.get(number, 2)
                    places = chain(range(start, size), range(2, start))
                for index in places:
                    literal = clause[index]
                    if -literal not in true:
                        clause[1], clause[index] = literal, false
                        watchers.setdefault(literal, []).append(number)
                        if size > _LONG:
                            self._resume[number] = index
                        break
                else:
                    kept.append(number)
                    if -first in true:
                        kept.extend(watching[place + 1 :])
                        watchers[false] = kept
                        self._conflict = number
                        return number
                    self._assign(first, number)
            watchers[false] = kept
        return None
