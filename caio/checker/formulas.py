"""Formulas in normal form, built by the constructors of certificate-v1 sections 3 and 4 alone.

Equal formulas are one object: structural equality is identity, and every table below is keyed by
object or by text, never by a number that an adversary may choose to collide.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from math import gcd, lcm
from typing import Final, TypeAlias

from .reader import MAX_DIGITS, Number, Rejection

_MAX_SCALE_BITS: Final = 5200
_NEW: Final = 100
"""What a formula that is new costs: the budget bounds memory as well."""


@dataclass(frozen=True, slots=True, eq=False)
class Variable:
    """A variable of formulas, with its domain."""

    name: str
    integer: bool
    lower: Number | None
    upper: Number | None


@dataclass(frozen=True, slots=True, eq=False)
class Affine:
    """constant + Σ factor · (sum of variables); only a count sums all members of a set."""

    constant: Number
    terms: tuple[tuple[tuple[Variable, ...], Number], ...] = ()

    @staticmethod
    def of(variable: Variable) -> Affine:
        """A variable as a term."""
        return Affine(0, (((variable,), 1),))

    def minus(self, other: Affine) -> Affine:
        """The difference, in which a variable may occur twice."""
        negated = tuple((variables, -factor) for variables, factor in other.terms)
        return Affine(self.constant - other.constant, self.terms + negated)


@dataclass(frozen=True, slots=True, eq=False)
class Atom:
    """Σ factor · variable ≤ bound (or <), in normal form.

    `text` is a text that no other atom has; `digits` is the most that one of its numbers has.
    """

    terms: tuple[tuple[Variable, int], ...]
    bound: Number
    strict: bool
    integer: bool
    text: str
    digits: int

    @staticmethod
    def of(terms: tuple[tuple[Variable, int], ...], bound: Number, strict: bool) -> Atom:  # noqa: FBT001
        """The atom with these parts, which the caller has brought into normal form."""
        numbers = [*(str(factor) for _, factor in terms), str(bound)]
        digits = max(len(n) - n.count("-") - n.count("/") for n in numbers)
        # Names hold no line breaks, so that no two lists have the same text.
        text = "\n".join([*(variable.name for variable, _ in terms), *numbers, str(strict)])
        return Atom(terms, bound, strict, all(v.integer for v, _ in terms), text, digits)

    def inequality(self, literal: int) -> tuple[int, Number, bool]:
        """A literal read as an inequality: the sign of its factors, its bound, strictness."""
        if literal > 0:
            return 1, self.bound, self.strict
        return (-1, -self.bound - 1, False) if self.integer else (-1, -self.bound, not self.strict)


Parts: TypeAlias = "tuple[Formula, ...]"


class Formula:
    """`true`, `false`, an atom, `not f` or `and(f1, …, fn)`; compared by identity."""

    __slots__ = ("atom", "op", "opposite", "parts")

    def __init__(self, op: str, parts: Parts = (), atom: Atom | None = None) -> None:
        self.op, self.parts, self.atom = op, parts, atom
        self.opposite = self


def _with_negation(formula: Formula, op: str = "not") -> Formula:
    formula.opposite = Formula(op)
    formula.opposite.opposite = formula
    return formula


TRUE: Final = _with_negation(Formula("true"), "false")
FALSE: Final = TRUE.opposite


class Formulas:
    """Makes formulas, those that `base` made not again, and counts work (section 10)."""

    def __init__(self, budget: int, base: Formulas | None = None) -> None:
        self.budget, self.spent = budget, 0
        self._base = base
        self._known: dict[str | Parts, Formula] = {}

    def spend(self, amount: int) -> None:
        """Count units of work, or raise a `Rejection` with code `budget`."""
        self.spent += amount
        if self.spent > self.budget:
            raise Rejection("budget", "", f"at most {self.budget} units of work", "more")

    def find(self, key: str | Parts) -> Formula | None:
        """The atom of a text, or the conjunction of parts, if it was ever made."""
        found = self._known.get(key)
        return self._base.find(key) if found is None and self._base else found

    def _make(self, key: str | Parts, formula: Formula) -> Formula:
        self.spend(_NEW)
        self._known[key] = _with_negation(formula)
        return formula

    def conjunction(self, children: Iterable[Formula]) -> Formula:
        """`and(f1, …, fn)`."""
        flat: dict[Formula, None] = {}
        for child in children:
            parts = child.parts if child.op == "and" else (child,)
            self.spend(len(parts))
            flat |= dict.fromkeys(parts)
        flat.pop(TRUE, None)
        if FALSE in flat:
            return FALSE
        key = tuple(flat)
        if len(key) < 2:
            return key[0] if key else TRUE
        return self.find(key) or self._make(key, Formula("and", key))

    def disjunction(self, children: Iterable[Formula]) -> Formula:
        """`or(f1, …, fn)`."""
        return self.conjunction([child.opposite for child in children]).opposite

    def compare(self, term: Affine, strict: bool = False) -> Formula:  # noqa: FBT001, FBT002
        """`normalise(term ≤ 0)`, or `< 0` if strict.

        A term's denominators have at most 1024 digits, as it is a difference of two that documents
        wrote. With m their least common multiple, each final factor is at least m divided by its
        own denominator; so an m beyond 10^1536 is refused before anything large is built.

        Raises:
            Rejection: `limit` if a number of the normal form has more than 512 digits.
        """
        sums: dict[Variable, Number] = {}
        for variables, factor in term.terms:
            self.spend(len(variables))
            for variable in variables:
                sums[variable] = sums.get(variable, 0) + factor
        left = sorted((v.name, v, factor) for v, factor in sums.items() if factor)
        bound: Number = -term.constant
        if not left:
            return TRUE if bound > 0 or (bound == 0 and not strict) else FALSE
        long, scale = Rejection("limit", "", f"numbers of {MAX_DIGITS} digits", "longer ones"), 1
        for *_, factor in left:
            scale = lcm(scale, factor.denominator)
            if scale.bit_length() > _MAX_SCALE_BITS:
                raise long
        self.spend(len(left) * scale.bit_length() // 64)
        whole = [(v, factor.numerator * (scale // factor.denominator)) for _, v, factor in left]
        divisor = gcd(*(factor for _, factor in whole))
        sign = 1 if whole[0][1] > 0 else -1
        terms = tuple((variable, sign * factor // divisor) for variable, factor in whole)
        exact = Fraction(bound.numerator * scale, bound.denominator * divisor)
        if all(variable.integer for variable, _ in terms):
            # Tightened over the integers, where the negation of t ≤ -k-1 is -t ≤ k.
            bound = -(-exact.numerator // exact.denominator) - 1 if strict else exact.__floor__()
            bound, strict = bound if sign > 0 else -bound - 1, False
        else:
            bound = sign * (exact.numerator if exact.denominator == 1 else exact)
            strict = strict == (sign > 0)
        atom = Atom.of(terms, bound, strict)
        if atom.digits > MAX_DIGITS:
            raise long
        found = self.find(atom.text) or self._make(atom.text, Formula("atom", (), atom))
        return found if sign > 0 else found.opposite

    def equation(self, term: Affine) -> Formula:
        """`eq(term)`."""
        return self.conjunction((self.compare(term), self.compare(Affine(0).minus(term))))

    def at_least(self, variable: Variable, bound: Number) -> Formula:
        """`ge(x - bound)`."""
        return self.compare(Affine(bound).minus(Affine.of(variable)))

    def at_most(self, variable: Variable, bound: Number) -> Formula:
        """`le(x - bound)`."""
        return self.compare(Affine.of(variable).minus(Affine(bound)))

    def holds(self, variable: Variable) -> Formula:
        """`bool(x)`."""
        return self.at_least(variable, 1)

    def member(self, variable: Variable, values: Iterable[int]) -> Formula:
        """`member(x, S)`."""
        runs: list[tuple[int, int]] = []
        for value in sorted(values):
            start = runs.pop()[0] if runs and runs[-1][1] == value - 1 else value
            runs.append((start, value))
        return self.disjunction(
            self.conjunction((self.at_least(variable, low), self.at_most(variable, high)))
            for low, high in runs
        )

    def domain(self, variable: Variable) -> list[Formula]:
        """The literals of a variable's domain clauses (section 5), in order."""
        ends = ((self.at_least, variable.lower), (self.at_most, variable.upper))
        return [side(variable, end) for side, end in ends if end is not None]
