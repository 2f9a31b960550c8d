"""Refuting a set of literals over integers and reals, without a solver.

Rational contradictions come from the simplex method. Where only integers are missing, two things help:
integer equations without a solution, and splitting on a variable. Both speak through fresh atoms and
Farkas lemmas only, since that rule, over inequalities tightened to integers, subsumes rounding (Chvátal
and Gomory), divisibility tests and branching.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import floor
from typing import Final, TypeAlias

from caio.base.exact import Rational
from caio.certify.atoms import Terms
from caio.certify.derivation import Derivation
from caio.certify.lattice import obstruction
from caio.certify.rounding import round_to_integers
from caio.certify.simplex import EffortError, Simplex

MAX_DEPTH: Final = 100
"""How deep splits may nest."""

NODES: Final = 2_000
"""How many case distinctions one set of literals is worth."""

EFFORT: Final = 5_000_000
"""How many changes to the tableau one set of literals is worth."""

_HALF: Final = Fraction(1, 2)

# Splits fix variables, which now and then makes an equation of use; mostly it is the same as before.
_EQUATIONS_EVERY: Final = 8


@dataclass(frozen=True, slots=True)
class Contradiction:
    """The number of a derived clause all of whose literals are negations of the given ones."""

    clause: int


@dataclass(frozen=True, slots=True)
class Point:
    """A common point of the literals, integers where they are called for."""

    values: Mapping[str, Fraction]


Outcome: TypeAlias = Contradiction | Point | None


def refute(
    derivation: Derivation, literals: Sequence[int], *, nodes: int = NODES, effort: int = EFFORT
) -> Outcome:
    """Derive that not all literals hold, or find a point where they do.

    None when neither succeeds within so many nodes of case distinction and so much effort; what was
    spent is added to the derivation's account.
    """
    refuter = _Refuter(derivation, nodes, effort)
    try:
        return refuter.refute(literals)
    except EffortError:
        return None
    finally:
        derivation.work += refuter.work


class _Refuter:
    """One search; its simplex tableau follows the splits."""

    def __init__(self, derivation: Derivation, nodes: int, effort: int) -> None:
        self._derivation = derivation
        self._table = derivation.table
        self._nodes = nodes
        self._simplex = Simplex(self._table, effort=effort)

    @property
    def work(self) -> int:
        return self._simplex.work

    def refute(self, literals: Sequence[int]) -> Outcome:
        conflict = self._simplex.assert_all(literals)
        if conflict is not None:
            return self._lemma(conflict)
        return self._search(list(literals), 0)

    def _search(self, literals: list[int], depth: int) -> Outcome:
        self._nodes -= 1
        if self._nodes < 0 or depth > MAX_DEPTH:
            return None
        conflict = self._simplex.check()
        if conflict is not None:
            return self._lemma(conflict)
        point = self._simplex.point()
        name = self._fractional(point)
        if name is None:
            return Point(point)
        rounded = round_to_integers(self._table, point, literals)
        if rounded is not None:
            return Point(rounded)
        if depth % _EQUATIONS_EVERY == 0:
            outcome = self._divisibility(literals)
            if outcome is not None:
                return outcome
        return self._split(literals, name, point[name], depth)

    def _fractional(self, point: Mapping[str, Fraction]) -> str | None:
        """The first integer variable whose value is not whole."""
        return min(
            (
                name
                for name, value in point.items()
                if value.denominator != 1 and self._table.is_integral(name)
            ),
            default=None,
        )

    def _lemma(self, pairs: Sequence[tuple[int, Rational]]) -> Outcome:
        number = self._derivation.lemma(pairs)
        return None if number is None else Contradiction(number)

    def _split(self, literals: list[int], name: str, value: Fraction, depth: int) -> Outcome:
        """Refute both sides of a value that is not whole, the nearer one first."""
        found = self._table.literal({name: 1}, floor(value), strict=False)
        if found is None:
            return None
        split = found[0] if value - floor(value) <= _HALF else -found[0]
        near = self._branch(literals, split, depth)
        if not isinstance(near, Contradiction) or not self._mentions(near, -split):
            return near
        far = self._branch(literals, -split, depth)
        if not isinstance(far, Contradiction) or not self._mentions(far, split):
            return far
        return Contradiction(self._derivation.resolve(near.clause, far.clause, split))

    def _branch(self, literals: list[int], literal: int, depth: int) -> Outcome:
        mark = self._simplex.mark()
        conflict = self._simplex.assert_literal(literal)
        if conflict is not None:
            outcome = self._lemma(conflict)
        else:
            outcome = self._search([*literals, literal], depth + 1)
        self._simplex.back(mark)
        return outcome

    def _mentions(self, contradiction: Contradiction, literal: int) -> bool:
        return literal in self._derivation.propagator.clauses[contradiction.clause]

    def _divisibility(self, literals: Sequence[int]) -> Outcome:
        """Refute the equations among the literals by a combination that no integers satisfy."""
        equations = self._equations(literals)
        if all(len(terms) == 1 for terms, _, _, _ in equations):
            return None
        names = sorted({name for terms, _, _, _ in equations for name, _ in terms})
        matrix = [[dict(terms).get(name, 0) for name in names] for terms, _, _, _ in equations]
        row = obstruction(matrix, [value for _, value, _, _ in equations])
        if row is None:
            return None
        used = [
            (u, terms, upper, lower)
            for u, (terms, _, upper, lower) in zip(row, equations, strict=True)
            if u
        ]
        total: dict[str, Rational] = {}
        for factor, terms, _, _ in used:
            for name, coefficient in terms:
                total[name] = total.get(name, 0) + factor * coefficient
        value = sum(
            (u * value for u, (_, value, _, _) in zip(row, equations, strict=True)),
            start=Fraction(0),
        )
        over = [(upper if u > 0 else lower, abs(u)) for u, _, upper, lower in used]
        under = [(lower if u > 0 else upper, abs(u)) for u, _, upper, lower in used]
        found = self._table.literal(total, floor(value), strict=False)
        if found is None:
            # The left side vanishes: the equations contradict one another even over the rationals.
            return self._lemma(over) or self._lemma(under)
        cut, scale = found
        # The sum is at most its value, which is not whole, hence at most the whole number below;
        # but it is also at least its value.
        first = self._derivation.lemma([*under, (cut, scale)])
        second = self._derivation.lemma([*over, (-cut, scale)])
        if first is None or second is None:
            return None
        return Contradiction(self._derivation.resolve(first, second, cut))

    def _equations(self, literals: Sequence[int]) -> list[tuple[Terms, int, int, int]]:
        """Sums of integers that are bounded to one value: terms, value, upper and lower literal."""
        upper: dict[Terms, tuple[int, int]] = {}
        lower: dict[Terms, tuple[int, int]] = {}
        for literal in literals:
            atom = self._table.atoms[abs(literal)]
            if not self._table.integral(atom.terms):
                continue
            bound = int(atom.bound)
            if literal > 0:
                upper[atom.terms] = min(upper.get(atom.terms, (bound, literal)), (bound, literal))
            else:
                value = (bound + 1, literal)
                lower[atom.terms] = max(lower.get(atom.terms, value), value)
        return [
            (terms, value, literal, lower[terms][1])
            for terms, (value, literal) in upper.items()
            if terms in lower and lower[terms][0] == value
        ]
