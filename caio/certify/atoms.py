"""The numbered atoms of one proof: those of the clause form, and fresh ones in normal form.

A literal is a signed number. Read as an inequality (section 3 of the specification) the negation of an
atom is tightened over the integers, which is what lets one arithmetic rule do the work of rounding,
divisibility tests and case splits.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias

from caio.base.exact import Rational, exact
from caio.obligations.clauses import ClauseForm
from caio.obligations.formula import Atom, Literal, Sort, normalise

Terms: TypeAlias = tuple[tuple[str, int], ...]


_Content: TypeAlias = tuple[tuple[tuple[str, Rational], ...], Rational, bool]


@dataclass(frozen=True, slots=True)
class Inequality:
    """`Σ c·x ≤ bound`, or `<` if strict: what a literal says."""

    terms: Terms
    bound: Rational
    strict: bool


class AtomTable:
    """The atoms of a clause form, extended by fresh ones as a proof needs them."""

    def __init__(self, form: ClauseForm) -> None:
        self.form = form
        self.atoms: dict[int, Atom] = dict(form.atoms)
        self.size = form.size
        self._numbers: dict[_Content, int] = {}
        self._integral_names = {
            name for name, variable in form.variables.items() if variable.sort is Sort.INT
        }
        self._inequalities: dict[int, Inequality] = {}

    def is_integral(self, name: str) -> bool:
        """Whether a variable ranges over the integers."""
        return name in self._integral_names

    def integral(self, terms: Iterable[tuple[str, Rational]]) -> bool:
        """Whether all variables of a sum range over the integers."""
        names = self._integral_names
        return all(name in names for name, _ in terms)

    def inequality(self, literal: int) -> Inequality:
        """What a literal of an atom says.

        Raises:
            KeyError: the literal is of a gate.
        """
        found = self._inequalities.get(literal)
        if found is None:
            atom = self.atoms[abs(literal)]
            bound = exact(atom.bound)
            if literal > 0:
                found = Inequality(atom.terms, bound, atom.strict)
            else:
                terms = tuple((name, -coefficient) for name, coefficient in atom.terms)
                if self.integral(terms):
                    found = Inequality(terms, -bound - 1, False)
                else:
                    found = Inequality(terms, -bound, not atom.strict)
            self._inequalities[literal] = found
        return found

    def literal(
        self, terms: Mapping[str, Rational], bound: Rational, *, strict: bool
    ) -> tuple[int, Rational] | None:
        """The literal of an inequality and the s > 0 with `inequality = s · literal`.

        The atom is numbered if it is new. None if no variable is left, or one is not known here.
        """
        known = self._lookup(terms, bound, strict=strict)
        if known:
            return known, 1
        present = {name: Fraction(value) for name, value in terms.items() if value}
        if not present or not self.form.variables.keys() >= present.keys():
            return None
        literal = normalise(present, Fraction(bound), self.form.variables, strict=strict)
        if not isinstance(literal, Literal):
            return None
        name, coefficient = literal.atom.terms[0]
        number = self._number(literal.atom)
        scale = abs(present[name] / coefficient)
        return (number if literal.positive else -number), exact(scale)

    def _lookup(self, terms: Mapping[str, Rational], bound: Rational, *, strict: bool) -> int:
        """The literal of an inequality that is an atom, or its negation, as it stands; else 0.

        Most of what a proof log says is of this kind, and needs no normalisation.
        """
        numbers = self._known()
        ordered = tuple(sorted(terms.items()))
        number = numbers.get((ordered, bound, strict))
        if number is not None:
            return number
        mirrored = tuple((name, -value) for name, value in ordered)
        if self.integral(mirrored):
            opposite = (mirrored, -bound - 1, strict)
        else:
            opposite = (mirrored, -bound, not strict)
        return -numbers.get(opposite, 0)

    def _known(self) -> dict[_Content, int]:
        """The atoms by content; made late, because most obligations are decided without it."""
        if not self._numbers:
            for number, atom in self.atoms.items():
                self._numbers[atom.terms, exact(atom.bound), atom.strict] = number
        return self._numbers

    def _number(self, atom: Atom) -> int:
        numbers = self._known()
        key = (atom.terms, exact(atom.bound), atom.strict)
        number = numbers.get(key)
        if number is None:
            self.size += 1
            number = numbers[key] = self.size
            self.atoms[number] = atom
        return number
