"""The set of points of a block as a union of cubes.

Each round takes a minimal point that no cube covers yet, reads off a prime implicant of the block there, and adds it as a cube;
when none is left the cover is complete. Variables that describe nothing of a call (metrics, cost, attributes, selectors) are
**inner**: a cube says for which calls some values of them satisfy the block. At the end cubes that differ in one field are
joined and cubes that the others cover are left out.

A description may be **relative** to a premise that the reader knows: it then says where, among the points of the premise, the
block holds, and repeats nothing of the premise. Of the requests that a policy admitted, say, those that another one refuses; or
of those whose further quantities are at their defaults (``axes.at_defaults``), for what a premise settles occurs in no sum.

Without inner variables a proof can hold a cover to account: every cube with the premise and the negated block, and the premise
with the block and all cubes negated, is unsatisfiable (``soundness``, ``completeness``). With inner variables this is so of
completeness alone.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from caio.analysis.witness.axes import axes_of
from caio.analysis.witness.conditions import conditions, sayable
from caio.analysis.witness.cubes import Cube, Range, cube, cube_of, merged, whole_range
from caio.analysis.witness.implicant import across, held, implicant, prime, shadow
from caio.analysis.witness.minimal import BUDGET, ordinary
from caio.analysis.witness.restrict import substituted, true_at, variables_of
from caio.base.errors import InternalError
from caio.certify.prover import Decided, Model, Prover, Refutation
from caio.obligations.clauses import ClauseBuilder, clause_form
from caio.obligations.formula import (
    Conjunction,
    Formula,
    Literal,
    Scope,
    conjunction,
    negation,
)
from caio.obligations.meaning import Meaning

MOST: Final = 20
"""How many cubes a description has at most."""
_ROUNDS: Final = 8
"""How many cubes are found for each of those, before they are joined."""


@dataclass(frozen=True, slots=True)
class Regions:
    """A set of points.

    Attributes:
        cubes: the cubes, plainest first; every point of each is in the set.
        complete: whether they are all of the set. If not, there is more than was looked for, or a question stayed open.
        undecided: whether a question stayed open.
    """

    cubes: tuple[Cube, ...]
    complete: bool
    undecided: bool = False


def cover(
    block: Sequence[Formula],
    prover: Prover,
    meaning: Meaning,
    *,
    scope: Scope | None = None,
    inner: Collection[str] = (),
    within: Sequence[Formula] = (),
    most: int = MOST,
    budget: int = BUDGET,
) -> Regions:
    """The points at which all formulas of a block hold, as at most so many cubes.

    Args:
        block: the formulas, all asserted.
        prover: what decides.
        meaning: of the vocabulary.
        scope: the variables of the block, if there are more than those of the vocabulary.
        inner: fields of calls, by qualified name, that the description leaves out as well: some value of them will do.
        within: the premise, all formulas asserted: the cubes describe the block among its points alone.
        most: the most cubes.
        budget: solver units for each question.

    Raises:
        InputError: a cube needs a number that the language cannot write.
        SolverError: the solver could not do its work.
        ValueError: the premise speaks of inner variables.
    """
    search = _Cover(block, within, prover, meaning, scope, inner, budget)
    return search.run(most)


def formula_of(part: Cube, meaning: Meaning) -> Formula:
    """The formula of a cube: the translation of its conditions, and so that of the ``given`` of its class."""
    return conjunction(map(meaning.formula, conditions(part, meaning)))


def soundness(
    block: Iterable[Formula], part: Cube, meaning: Meaning, *, within: Iterable[Formula] = ()
) -> tuple[Formula, ...]:
    """A block that is unsatisfiable iff a cube lies inside of the set (of a block without inner variables)."""
    return (*within, formula_of(part, meaning), negation(conjunction(block)))


def completeness(
    block: Iterable[Formula],
    cubes: Iterable[Cube],
    meaning: Meaning,
    *,
    within: Iterable[Formula] = (),
) -> tuple[Formula, ...]:
    """A block that is unsatisfiable iff cubes cover the whole set."""
    return (*within, *block, *(negation(formula_of(part, meaning)) for part in cubes))


class _Cover:
    """The search for a cover of one block."""

    def __init__(
        self,
        block: Sequence[Formula],
        within: Sequence[Formula],
        prover: Prover,
        meaning: Meaning,
        scope: Scope | None,
        inner: Collection[str],
        budget: int,
    ) -> None:
        self.block, self.within = tuple(block), tuple(within)
        self.premise = conjunction(self.within)
        self.prover, self.meaning, self.budget = prover, meaning, budget
        self.scope = meaning.scope if scope is None else scope
        outer = [axis for axis in axes_of(meaning) if axis.name not in inner]
        names = [name for axis in outer for name in axis.variables]
        self.place = {name: index for index, name in enumerate(names)}
        self.listed = frozenset(
            name for axis in outer if not axis.numeric for name in axis.variables
        )
        strangers = variables_of(self.within).keys() - self.place.keys()
        if strangers:
            raise ValueError(
                f"the premise speaks of `{min(strangers)}`, which is an inner variable"
            )
        settled = _settled(self.premise, self.scope, self.listed)
        self.whole = substituted(conjunction(self.block), settled, self.scope)
        self.inner = sorted(variables_of([self.whole]).keys() - self.place.keys())
        self.against = ClauseBuilder(self.scope).block([*self.within, negation(self.whole)])

    def run(self, most: int) -> Regions:
        """Add cubes until nothing is left, or they are too many."""
        cubes: list[Cube] = []
        undecided = False
        for _ in range(most * _ROUNDS + 1):
            rest = completeness(self.block, cubes, self.meaning, within=self.within)
            answer = self._decide(rest)
            if isinstance(answer, Refutation):
                return Regions(self._finished(cubes), complete=True)
            if not isinstance(answer, Model):
                undecided = True
                break
            if len(cubes) >= most:
                break
            point = ordinary(
                rest, answer, self.prover, self.meaning, scope=self.scope, budget=self.budget
            )
            cubes = merged([*cubes, self._around(point)], self.scope, self.listed)
        return Regions(self._finished(cubes), complete=False, undecided=undecided)

    def _decide(self, block: Sequence[Formula]) -> Decided:
        return self.prover.decide(clause_form([block], self.scope), budget=self.budget)

    def _implies(self, literals: Sequence[Formula]) -> bool:
        """Whether the block holds wherever these literals do."""
        form = self.against.branch().block(literals).form()
        return isinstance(self.prover.decide(form, budget=self.budget), Refutation)

    def _outside(self, point: Mapping[str, Fraction]) -> bool:
        """Whether a point of the premise is none of the block."""
        return not true_at([self.whole], point) and true_at([self.premise], point)

    def _around(self, point: Mapping[str, Fraction]) -> Cube:
        """The cube of a prime implicant that is true at a point."""

        def implies(fewer: Sequence[Literal], literal: Literal) -> bool:
            # A neighbour of the point often shows that a literal is needed, and costs far less than the prover.
            for near in across(literal, point, self.scope):
                if true_at(fewer, near) and self._outside(near):
                    return False
            return self._implies(fewer)

        literals = sorted(implicant(self.whole, point), key=self._rank)
        cast = shadow(prime(literals, implies), self.inner, point, self.scope)
        plain = [literal for literal in cast if sayable(literal, self.meaning)]
        if len(plain) < len(cast):
            # A sum that no text can state: what it is about is held where it is, as far as that is needed.
            about = {name for one in cast if one not in plain for name, _ in one.atom.terms}
            for name in sorted(about, key=self.place.__getitem__, reverse=True):
                plain += held(name, point, self.scope)
            if not self.inner:
                plain = prime(plain, implies)
        found = self._widened(cube_of(plain, self.scope, self.listed), point)
        if not true_at([formula_of(found, self.meaning)], point):
            raise InternalError("a cube does not contain its point")
        return found

    def _rank(self, literal: Literal) -> tuple[int, int, list[int]]:
        """What is tried to be dropped first: inner variables, then sums, then fields from the last to the first."""
        names = [name for name, _ in literal.atom.terms]
        outside = sum(name not in self.place for name in names)
        return -outside, -len(names), [-self.place.get(name, 0) for name in names]

    def _widened(self, found: Cube, point: Mapping[str, Fraction]) -> Cube:
        """The cube with every further member of an enumeration that leaves it inside of the set."""
        if self.inner:
            return found
        ranges = dict(found.ranges)
        for name, part in found.ranges:
            whole = whole_range(self.scope[name], listed=name in self.listed)
            if not isinstance(part, frozenset) or not isinstance(whole, frozenset):
                continue
            wide = part
            for value in sorted(whole - part):
                if self._outside({**point, name: Fraction(value)}):
                    continue
                wider = {**ranges, name: wide | {value}}
                candidate = cube(wider, found.sums, self.scope, self.listed)
                if self._implies([formula_of(candidate, self.meaning)]):
                    wide, ranges = wide | {value}, wider
        return cube(ranges, found.sums, self.scope, self.listed)

    def _needed(self, cubes: Sequence[Cube]) -> list[Cube]:
        """The cubes without those that the others cover, the most particular ones tried first."""
        kept = list(cubes)
        for part in sorted(cubes, key=lambda one: -one.size):
            others = [other for other in kept if other is not part]
            mine = [formula_of(part, self.meaning)]
            alone = completeness(mine, others, self.meaning, within=self.within)
            if others and isinstance(self._decide(alone), Refutation):
                kept = others
        return kept

    def _tight(self, part: Cube) -> Cube:
        """The cube without listed values that nothing in the set has: a premise would let them pass unnoticed."""
        ranges = dict(part.ranges)
        for name, values in part.ranges:
            for value in sorted(values) if isinstance(values, frozenset) else ():
                only = cube(
                    {**ranges, name: frozenset({value})}, part.sums, self.scope, self.listed
                )
                here = (*self.within, *self.block, formula_of(only, self.meaning))
                if isinstance(self._decide(here), Refutation):
                    known = ranges[name]
                    ranges[name] = known - {value} if isinstance(known, frozenset) else known
        return cube(ranges, part.sums, self.scope, self.listed)

    def _finished(self, cubes: Sequence[Cube]) -> tuple[Cube, ...]:
        """What is left to be said, in the fixed order."""
        needed = self._needed(cubes)
        if self.within:
            needed = merged(map(self._tight, needed), self.scope, self.listed)
        return tuple(sorted(needed, key=self._order))

    def _order(self, part: Cube) -> tuple[int, list[tuple[int, list[Fraction]]], str]:
        """Few conditions first, then by fields in their order and by where their ranges begin."""
        ranges = sorted((self.place[name], _beginning(one)) for name, one in part.ranges)
        return part.size, ranges, str(part.sums)


def _settled(premise: Formula, scope: Scope, listed: frozenset[str]) -> dict[str, Fraction]:
    """The variables that a premise leaves one value, where it says so outright."""
    parts = (
        premise.operands if isinstance(premise, Conjunction) and premise.positive else (premise,)
    )
    plain = [one for one in parts if isinstance(one, Literal) and len(one.atom.terms) == 1]
    found = {}
    for name, part in cube_of(plain, scope, listed).ranges:
        if isinstance(part, frozenset):
            if len(part) == 1:
                found[name] = Fraction(min(part))
        elif part.low is not None and part.low == part.high and not part.above and not part.below:
            found[name] = part.low
    return found


def _beginning(part: Range) -> list[Fraction]:
    if isinstance(part, frozenset):
        return [Fraction(value) for value in sorted(part)]
    return [end for end in (part.low, part.high) if end is not None]
