"""Minimal counterexamples: of all models of a block, one in which as little as possible is out of the ordinary.

Fields are taken in the order of ``axes``; whatever belongs to no field of a call (metrics, cost, attributes, selectors) is
free to follow. Minimal means, in this order:

1. **few fields**: the set of fields that differ from their usual value is the first one by deletion: each field in turn is
   put at its usual value, if the block can then still be satisfied, and stays there. Fields with a declared default come
   first, so that a counterexample rather speaks of what every request has to state anyway;
2. **near**: each field that is left in turn comes as near to its usual value as the block allows, the fields before it
   as they are and those after it free. For numbers that is distance, for enumerations the order of declaration, for sets
   inclusion of what differs. So no field could be brought nearer while all others stay as they are. Where a strict
   bound on a rational keeps every nearest value out, the simplest decimal behind the bound counts as nearest;
3. **dropped**: a field is dropped, last ones first, if the block holds for every value of it and of the fields dropped before.

Where the prover answers *unknown* within the budget, 2. holds of single moves only: these are found without it, by evaluation.
The same block, model and vocabulary give the same point.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from caio.analysis.witness.axes import Axis, axes_of, usual_of
from caio.analysis.witness.restrict import nearest, substituted, true_at, variables_of
from caio.base.errors import InternalError
from caio.certify.prover import Model, Prover, Refutation
from caio.ir import documents as d
from caio.obligations.clauses import clause_form
from caio.obligations.formula import (
    Formula,
    Scope,
    Sort,
    at_least,
    conjunction,
    negation,
    no_more,
)
from caio.obligations.meaning import Meaning

BUDGET: Final = 1_000_000
"""Solver units for one question on the way: what it cannot answer costs a longer counterexample, and no more."""

_PASSES: Final = 64
"""How often all fields are tried alone, at most."""
_JUMPS: Final = 24
"""How often a rational is brought nearer by asking, at most."""


@dataclass(frozen=True, slots=True)
class Point:
    """A point at which a block holds.

    Attributes:
        values: every variable of the block, by name.
        dropped: qualified names of fields any values of which would do, all of them at once.
    """

    values: Mapping[str, Fraction]
    dropped: frozenset[str] = frozenset()


def minimal(
    block: Sequence[Formula],
    model: Model,
    prover: Prover,
    meaning: Meaning,
    *,
    scope: Scope | None = None,
    budget: int = BUDGET,
) -> Point:
    """A minimal point at which all formulas of a block hold.

    Args:
        block: the formulas, all asserted.
        model: a model of them.
        prover: asked whether a field could be put back.
        meaning: of the vocabulary.
        scope: the variables of the block, if there are more than those of the vocabulary.
        budget: solver units for each question.

    Raises:
        InternalError: the model is none.
        SolverError: the solver could not do its work.
    """
    search = _Search(block, model, prover, meaning, scope, budget)
    search.run()
    return Point(search.found(), frozenset(search.droppable()))


def ordinary(
    block: Sequence[Formula],
    model: Model,
    prover: Prover,
    meaning: Meaning,
    *,
    scope: Scope | None = None,
    budget: int = BUDGET,
) -> dict[str, Fraction]:
    """The values of a minimal point, for whoever does not care what could be dropped.

    Args and raises: as ``minimal``.
    """
    search = _Search(block, model, prover, meaning, scope, budget)
    search.run()
    return search.found()


class _Search:
    """The search for a minimal point of one block."""

    def __init__(
        self,
        block: Sequence[Formula],
        model: Model,
        prover: Prover,
        meaning: Meaning,
        scope: Scope | None,
        budget: int,
    ) -> None:
        self.whole = conjunction(block)
        self.prover, self.budget = prover, budget
        self.scope = meaning.scope if scope is None else scope
        self.variables = sorted(variables_of([self.whole]))
        occurring = set(self.variables)
        self.axes = [axis for axis in axes_of(meaning) if not occurring.isdisjoint(axis.variables)]
        self.usual: dict[str, Fraction] = {}
        for axis in self.axes:
            self.usual |= {n: v for n, v in axis.defaults().items() if n in occurring}
        self.inner = sorted(occurring - self.usual.keys())
        self.usual |= {name: usual_of(name, self.scope) for name in self.inner}
        self.values = {name: model.witness.get(name, self.usual[name]) for name in self.variables}
        if not self.satisfied(self.values):
            raise InternalError("a model does not satisfy its block")

    def satisfied(self, values: Mapping[str, Fraction]) -> bool:
        """Whether the block holds at a full assignment within the domains."""
        return true_at([self.whole], values)

    def found(self) -> dict[str, Fraction]:
        """The values, by name."""
        return dict(sorted(self.values.items()))

    def run(self) -> None:
        """Minimise from the model."""
        self._put_back()
        self._approach()
        for _ in range(_PASSES):
            before = dict(self.values)
            for axis in self.axes:
                self._alone(axis)
            for name in self.inner:
                self._alone_at(name)
            if self.values == before:
                break

    # --- with the prover -----------------------------------------------------------------------

    def _ask(self, held: Mapping[str, Fraction], more: Iterable[Formula]) -> bool | None:
        """Whether the block can be satisfied with these values held; if so, the model is taken over."""
        formula = substituted(conjunction([self.whole, *more]), held, self.scope)
        if isinstance(formula, bool):
            if formula:
                self.values |= held
            return formula
        answer = self.prover.decide(clause_form([(formula,)], self.scope), budget=self.budget)
        if isinstance(answer, Model):
            found = {**self.values, **held, **answer.witness}
            found = {name: found[name] for name in self.variables}
            if not self.satisfied(found):
                raise InternalError("a model does not satisfy its block")
            self.values = found
            return True
        return False if isinstance(answer, Refutation) else None

    def _try(self, moves: Mapping[str, Fraction]) -> bool:
        """Take these values over if the block still holds, all others as they are."""
        found = {**self.values, **moves}
        if not self.satisfied(found):
            return False
        self.values = found
        return True

    def _put_back(self) -> None:
        """Every field at its usual value, where the fields put back before it allow that."""
        held: dict[str, Fraction] = {}
        for axis in sorted(self.axes, key=lambda axis: not axis.declared):
            usual = {name: self.usual[name] for name in axis.variables if name in self.usual}
            if self._try(usual) or self._ask({**held, **usual}, ()):
                held |= usual

    def _approach(self) -> None:
        """Each field as near as the ones before it allow."""
        held = {
            name: self.values[name]
            for axis in self.axes
            if axis.is_usual(self.values)
            for name in axis.variables
            if name in self.usual
        }
        for axis in self.axes:
            names = [name for name in axis.variables if name in self.usual]
            if not axis.is_usual(self.values):
                if isinstance(axis.type, d.SetType):
                    self._approach_set(names, held)
                elif axis.numeric:
                    self._approach_number(names[0], held)
                else:
                    self._approach_member(names[0], held)
            held |= {name: self.values[name] for name in names}

    def _approach_set(self, names: Sequence[str], held: Mapping[str, Fraction]) -> None:
        pinned = dict(held)
        for name in names:
            usual = {name: self.usual[name]}
            if not self._try(usual):
                self._ask({**pinned, **usual}, ())
            pinned[name] = self.values[name]

    def _approach_member(self, name: str, held: Mapping[str, Fraction]) -> None:
        for index in range(_ceiling(self.scope, name)):
            value = {name: Fraction(index)}
            if self.values[name] <= index:
                return
            if value[name] != self.usual[name] and (
                self._try(value) or self._ask({**held, **value}, ())
            ):
                return

    def _approach_number(self, name: str, held: Mapping[str, Fraction]) -> None:
        if self.scope[name].sort is Sort.INT:
            self._approach_integer(name, held)
        else:
            self._approach_rational(name, held)

    def _approach_integer(self, name: str, held: Mapping[str, Fraction]) -> None:
        """By halves, after one try whether it is near enough: no model is as near as `beyond`."""
        goal, beyond = self.usual[name], Fraction(0)
        self._alone_at(name)
        away = abs(self.values[name] - goal)
        reach = away - 1
        while away > beyond + 1:
            answer = self._ask(held, self._ends(name, goal, reach, strict=False))
            if answer is None:
                return
            if answer:
                self._alone_at(name)
                away = abs(self.values[name] - goal)
            else:
                beyond = reach
            reach = Fraction((beyond + away) // 2)

    def _approach_rational(self, name: str, held: Mapping[str, Fraction]) -> None:
        """By jumps from one nearest value to the next, until there is no nearer model."""
        goal = self.usual[name]
        for _ in range(_JUMPS):
            distance = self._alone_at(name)
            strict = distance == abs(self.values[name] - goal)
            if distance == 0 and strict:
                return
            if not self._ask(held, self._ends(name, goal, distance, strict=strict)):
                return

    def _ends(
        self, name: str, goal: Fraction, reach: Fraction, *, strict: bool
    ) -> tuple[Formula, ...]:
        """That a variable is at most so far (strictly: not as far) from its goal."""
        above, under = goal + reach, goal - reach
        if strict:
            return (
                negation(at_least(name, above, self.scope)),
                negation(no_more(name, under, self.scope)),
            )
        return at_least(name, under, self.scope), no_more(name, above, self.scope)

    # --- by evaluation -------------------------------------------------------------------------

    def _residue(self, names: Iterable[str]) -> Formula:
        """The block with everything but these variables fixed."""
        left = set(names)
        rest = {name: value for name, value in self.values.items() if name not in left}
        return substituted(self.whole, rest, self.scope)

    def _alone_at(self, name: str) -> Fraction:
        """Bring one variable as near to its usual value as it can come alone; how near any value comes."""
        goal = self.usual[name]
        if self.values[name] != goal:
            found = nearest([self._residue([name])], self.scope[name], goal)
            if found is None:
                raise InternalError("a point does not satisfy its block")
            self.values[name] = found.value
            return found.distance
        return Fraction(0)

    def _alone(self, axis: Axis) -> None:
        """Bring one field as near to its usual value as it can come alone."""
        if axis.is_usual(self.values):
            return
        names = [name for name in axis.variables if name in self.usual]
        usual = {name: self.usual[name] for name in names}
        if self._try(usual):
            return
        if isinstance(axis.type, d.EnumType | d.BoolType):
            for index in range(int(self.values[names[0]])):
                if self._try({names[0]: Fraction(index)}):
                    return
        else:
            for name in names:
                self._alone_at(name)

    def droppable(self) -> list[str]:
        """The fields that may have any value, found from the last to the first."""
        names: list[str] = []
        free: set[str] = set()
        for axis in reversed(self.axes):
            wanted = free.union(axis.variables)
            residue = self._residue(wanted)
            if residue is not True:
                if residue is False:
                    raise InternalError("a point does not satisfy its block")
                form = clause_form([(negation(residue),)], self.scope)
                answer = self.prover.decide(form, budget=self.budget)
                if not isinstance(answer, Refutation):
                    continue
            free = wanted
            names.append(axis.name)
        return names


def _ceiling(scope: Scope, name: str) -> int:
    upper = scope[name].upper
    return 0 if upper is None else int(upper) + 1
