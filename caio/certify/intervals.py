"""What the bounds of variables and sums imply for one another, as Farkas lemmas.

Two kinds of lemma: between two bounds of the same sum (`x <= 3` implies `x <= 5`), and between a sum
and the tightest bounds of its variables. Both are added only when what is assigned calls for them, and
they are all the arithmetic that most obligations need.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Sequence
from dataclasses import dataclass

from caio.base.exact import Rational, exact
from caio.certify.atoms import Terms
from caio.certify.derivation import Derivation


@dataclass(frozen=True, slots=True)
class Visit:
    """A question about numbers: do these bounds alone exceed what a literal over a sum allows?"""

    literal: int
    bounds: tuple[tuple[int, int], ...]
    """Literals that bound one variable each, with the multiples that make the variables vanish."""
    strict: bool
    """Whether one of them is strict, so that equality suffices."""


class Intervals:
    """Adds to a derivation the lemmas that its assigned bounds call for.

    Args:
        derivation: what is known, and what lemmas are added to.
        visits: collects every question about numbers that was asked, with its answer. Apart from these, and from the
            order of the bounds of each sum, what is added does not depend on the numbers of the clause form.
    """

    def __init__(
        self, derivation: Derivation, visits: list[tuple[Visit, bool]] | None = None
    ) -> None:
        self._derivation = derivation
        self._visits = visits
        self._families: dict[Terms, list[int]] = {}
        """For each sum, its atoms `sum <= k` or `sum < k`, the strongest first."""
        self._sums: dict[str, list[int]] = {}
        """For each variable, the atoms over several variables that it occurs in."""
        self._head = 0
        self._size = derivation.table.size
        self.work = 0
        """How many bounds and sums have been looked at."""
        table = derivation.table
        for number, atom in table.atoms.items():
            self._families.setdefault(atom.terms, []).append(number)
            if len(atom.terms) > 1:
                for name, _ in atom.terms:
                    self._sums.setdefault(name, []).append(number)
        for numbers in self._families.values():
            if len(numbers) > 1:
                numbers.sort(key=self._strength)

    def _strength(self, number: int) -> tuple[Rational, bool]:
        atom = self._derivation.table.atoms[number]
        return exact(atom.bound), not atom.strict

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
        added = False
        for literal in trail[self._head :]:
            number = abs(literal)
            atom = atoms.get(number)
            if atom is None:
                continue
            family = self._families.get(atom.terms, [])
            if number > self._size and number not in family:
                # A split has made it since.
                insort(self._families.setdefault(atom.terms, family), number, key=self._strength)
            if len(family) > 1:
                added = self._compare(literal, family) or added
            if len(atom.terms) == 1:
                touched.update(dict.fromkeys(self._sums.get(atom.terms[0][0], ())))
            else:
                touched[number] = None
        self._head = len(trail)
        for number in touched:
            added = self._visit(number) or added
        return added

    def _compare(self, literal: int, family: Sequence[int]) -> bool:
        """Add the lemmas by which a bound implies weaker ones, up to the first that is assigned."""
        true = self._derivation.propagator.true
        place = family.index(abs(literal))
        weaker = family[place + 1 :] if literal > 0 else reversed(family[:place])
        added = False
        for number in weaker:
            self.work += 1
            implied = number if literal > 0 else -number
            if implied in true:
                break
            added = self._derivation.lemma([(literal, 1), (-implied, 1)]) is not None or added
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
                exceeds = least > inequality.bound or (strict and least == inequality.bound)
                if self._visits is not None:
                    self._visits.append((Visit(literal, tuple(pairs[1:]), strict), exceeds))
                if exceeds:
                    return derivation.lemma(pairs) is not None
        return False

    def _tightest(self, name: str, *, upper: bool) -> int | None:
        """The literal with the tightest assigned bound of a variable."""
        true = self._derivation.propagator.true
        numbers = self._families.get(((name, 1),), ())
        self.work += 1
        if upper:
            return next((number for number in numbers if number in true), None)
        return next((-number for number in reversed(numbers) if -number in true), None)
