"""What the bounds of single variables imply for sums, as Farkas lemmas.

Two kinds of lemma: between neighbours among the bounds of one sum (`x <= 3` implies `x <= 5`), added
once; and between a sum and the tightest bounds of its variables, added when they decide the sum. This
is all the arithmetic that most obligations need.
"""

from __future__ import annotations

from itertools import pairwise

from caio.certify.atoms import Rational, Terms
from caio.certify.derivation import Derivation


class Intervals:
    """Adds to a derivation the lemmas that its assigned bounds call for."""

    def __init__(self, derivation: Derivation) -> None:
        self._derivation = derivation
        self._bounds: dict[str, list[int]] = {}
        """For each variable, its atoms `x <= k` or `x < k`, the strongest first."""
        self._sums: dict[str, list[int]] = {}
        """For each variable, the atoms over several variables that it occurs in."""
        self._variable: dict[int, str] = {}
        self._head = 0
        self.work = 0
        """How many bounds and sums have been looked at."""
        self._index()

    def _index(self) -> None:
        atoms = self._derivation.table.atoms
        families: dict[Terms, list[int]] = {}
        for number, atom in atoms.items():
            families.setdefault(atom.terms, []).append(number)
            if len(atom.terms) > 1:
                for name, _ in atom.terms:
                    self._sums.setdefault(name, []).append(number)
        for terms, numbers in families.items():
            numbers.sort(key=lambda number: (atoms[number].bound, not atoms[number].strict))
            if len(terms) == 1:
                self._bounds[terms[0][0]] = numbers
                self._variable.update(dict.fromkeys(numbers, terms[0][0]))
            for stronger, weaker in pairwise(numbers):
                self._derivation.lemma([(stronger, 1), (-weaker, 1)])
            self.work += 2 * len(numbers)

    def withdraw(self) -> None:
        """Forget what is no longer on the trail."""
        self._head = min(self._head, len(self._derivation.propagator.trail))

    def advance(self) -> bool:
        """Look at what was assigned since the last call; whether a lemma was added.

        Every sum that the bounds decide, and that is not assigned so, gets one; to be called when
        propagation has come to rest without a conflict.
        """
        trail = self._derivation.propagator.trail
        atoms = self._derivation.table.atoms
        touched: dict[int, None] = {}
        for literal in trail[self._head :]:
            number = abs(literal)
            name = self._variable.get(number)
            if name is not None:
                touched.update(dict.fromkeys(self._sums.get(name, ())))
            elif number in atoms:
                touched[number] = None
        self._head = len(trail)
        added = False
        for number in touched:
            added = self._visit(number) or added
        return added

    def _visit(self, number: int) -> bool:
        """Add the lemma that decides a sum, if its variables' bounds do."""
        derivation = self._derivation
        true = derivation.propagator.true
        for literal in (number, -number):
            if -literal in true:
                continue
            # Whether the least value of what the literal bounds already exceeds its bound.
            inequality = derivation.table.inequality(literal)
            self.work += len(inequality.terms)
            least: Rational = 0
            strict = inequality.strict
            pairs: list[tuple[int, int]] = [(literal, 1)]
            for name, coefficient in inequality.terms:
                bound = self._tightest(name, upper=coefficient < 0)
                if bound is None:
                    break
                said = derivation.table.inequality(bound)
                least -= abs(coefficient) * said.bound
                strict = strict or said.strict
                pairs.append((bound, abs(coefficient)))
            else:
                if least > inequality.bound or (strict and least == inequality.bound):
                    return derivation.lemma(pairs) is not None
        return False

    def _tightest(self, name: str, *, upper: bool) -> int | None:
        """The literal with the tightest assigned bound of a variable."""
        true = self._derivation.propagator.true
        numbers = self._bounds.get(name, ())
        self.work += 1
        if upper:
            return next((number for number in numbers if number in true), None)
        return next((-number for number in reversed(numbers) if -number in true), None)
