"""Variables, atoms in normal form, formulas (``docs/spec/certificate-v1.md`` sections 2 to 4).

Formulas are built only by the constructors here: they fold constants, flatten conjunctions and normalise atoms exactly
as the specification says, because the checker builds the same formula on its own and the two must agree to the letter.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from fractions import Fraction
from functools import lru_cache
from typing import TypeAlias

from caio.base.exact import Rational, exact
from caio.base.hashing import Hashed, remember_hash


class Sort(Enum):
    """What a variable ranges over."""

    INT = "int"
    REAL = "real"


@remember_hash
@dataclass(frozen=True, slots=True)
class Variable(Hashed):
    """A variable with its sort and non-strict bounds, either end possibly absent."""

    name: str
    sort: Sort
    lower: Fraction | None
    upper: Fraction | None


@remember_hash
@dataclass(frozen=True, slots=True)
class Atom(Hashed):
    """``Σ coefficient · variable ≤ bound`` (``<`` if strict), in the normal form of section 3."""

    terms: tuple[tuple[str, int], ...]
    bound: Rational
    strict: bool


@remember_hash
@dataclass(frozen=True, slots=True)
class Literal(Hashed):
    """An atom or its negation."""

    atom: Atom
    positive: bool


@remember_hash
@dataclass(frozen=True, slots=True)
class Conjunction(Hashed):
    """``and`` of two or more formulas, or its negation."""

    operands: tuple[Formula, ...]
    positive: bool


Formula: TypeAlias = bool | Literal | Conjunction
Terms: TypeAlias = Mapping[str, Fraction]
Scope: TypeAlias = Mapping[str, Variable]
"""The variables that formulas may speak about, by name."""


@dataclass(frozen=True, slots=True)
class Direction:
    """A sum of variables in normal form, without a bound: ``Σ terms = factor · (the sum that it came from)``.

    It does not depend on the bound, so that one serves all bounds of a sum.
    """

    terms: tuple[tuple[str, int], ...]
    factor: Fraction
    """Negative where the signs had to be turned for the first coefficient to be positive."""
    integral: bool
    """Whether all variables are integers."""

    def at_most(self, bound: Rational, *, strict: bool) -> Literal:
        """The literal for ``sum ≤ bound`` (or ``<``)."""
        above = bound.numerator * self.factor.numerator
        below = bound.denominator * self.factor.denominator
        positive = self.factor > 0
        if not self.integral:
            return Literal(
                Atom(self.terms, exact(Fraction(above, below)), strict == positive), positive
            )
        if positive:
            # Tightened over the integers: the largest one that is allowed.
            return Literal(
                Atom(self.terms, _below(above, below) if strict else above // below, False), True
            )
        # The sum is at least the bound: the negation of being at most the integer before it.
        least = above // below + 1 if strict else -(-above // below)
        return Literal(Atom(self.terms, least - 1, False), False)


def _below(above: int, below: int) -> int:
    """The largest integer less than a fraction."""
    return -(-above // below) - 1


def direction(terms: Terms, scope: Scope) -> Direction | None:
    """The direction of a sum; None if no variable is left in it.

    Raises:
        KeyError: a variable is not in scope.
    """
    names = sorted(name for name, value in terms.items() if value)
    if not names:
        return None
    denominator = math.lcm(*(terms[name].denominator for name in names))
    numerators = [int(terms[name] * denominator) for name in names]
    divisor = math.gcd(*numerators) * (1 if numerators[0] > 0 else -1)
    coefficients = tuple(value // divisor for value in numerators)
    return Direction(
        tuple(zip(names, coefficients, strict=True)),
        Fraction(denominator, divisor),
        all(scope[name].sort is Sort.INT for name in names),
    )


def normalise(terms: Terms, bound: Rational, scope: Scope, *, strict: bool) -> Formula:
    """The literal, or truth value, that ``Σ terms ≤ bound`` (or ``<``) is in normal form.

    Raises:
        KeyError: a variable is not in scope.
    """
    found = direction(terms, scope)
    if found is None:
        return bound > 0 or (bound == 0 and not strict)
    return found.at_most(bound, strict=strict)


def negation(formula: Formula) -> Formula:
    """``not formula``."""
    match formula:
        case bool():
            return not formula
        case Literal(atom, positive):
            return Literal(atom, not positive)
        case Conjunction(operands, positive):
            return Conjunction(operands, not positive)


def conjunction(formulas: Iterable[Formula]) -> Formula:
    """``and``: nested conjunctions flattened in place, constants folded, repetitions dropped."""
    kept: dict[Formula, None] = {}
    for formula in formulas:
        match formula:
            case True:
                continue
            case False:
                return False
            case Conjunction(operands, True):
                kept.update(dict.fromkeys(operands))
            case _:
                kept[formula] = None
    if len(kept) > 1:
        return Conjunction(tuple(kept), True)
    return next(iter(kept), True)


def disjunction(formulas: Iterable[Formula]) -> Formula:
    """``or``, as the negation of a conjunction of negations."""
    return negation(conjunction([negation(formula) for formula in formulas]))


def implication(premise: Formula, conclusion: Formula) -> Formula:
    """``premise implies conclusion``."""
    return disjunction([negation(premise), conclusion])


def at_most(terms: Terms, constant: Fraction, scope: Scope) -> Formula:
    """``le``: ``Σ terms + constant ≤ 0``."""
    return normalise(terms, -constant, scope, strict=False)


def below(terms: Terms, constant: Fraction, scope: Scope) -> Formula:
    """``lt``: ``Σ terms + constant < 0``."""
    return normalise(terms, -constant, scope, strict=True)


def zero(terms: Terms, constant: Fraction, scope: Scope) -> Formula:
    """``eq``: ``Σ terms + constant = 0``, as two inequalities."""
    opposite = {name: -value for name, value in terms.items()}
    return conjunction([at_most(terms, constant, scope), at_most(opposite, -constant, scope)])


_ONE = Fraction(1)


def equals(variable: str, value: Fraction | int, scope: Scope) -> Formula:
    """``variable = value``."""
    return zero({variable: _ONE}, -Fraction(value), scope)


def at_least(variable: str, value: Fraction | int, scope: Scope) -> Formula:
    """``variable ≥ value``."""
    return at_most({variable: -_ONE}, Fraction(value), scope)


def no_more(variable: str, value: Fraction | int, scope: Scope) -> Formula:
    """``variable ≤ value``."""
    return at_most({variable: _ONE}, -Fraction(value), scope)


def truth(variable: str, scope: Scope) -> Formula:
    """``bool``: a Boolean, or the membership of a set's member, is true."""
    return at_least(variable, 1, scope)


def member(variable: str, values: Iterable[int], scope: Scope) -> Formula:
    """The variable is one of these integers, written by maximal runs of consecutive ones."""
    runs: list[tuple[int, int]] = []
    for value in sorted(set(values)):
        if runs and runs[-1][1] == value - 1:
            runs[-1] = (runs[-1][0], value)
        else:
            runs.append((value, value))
    return disjunction(
        [
            conjunction([at_least(variable, low, scope), no_more(variable, high, scope)])
            for low, high in runs
        ]
    )


@lru_cache(maxsize=1 << 16)
def domain(variable: Variable) -> tuple[Formula, ...]:
    """That a variable lies within its bounds: the lower one first, each if there is one."""
    scope = {variable.name: variable}
    formulas = []
    if variable.lower is not None:
        formulas.append(at_least(variable.name, variable.lower, scope))
    if variable.upper is not None:
        formulas.append(no_more(variable.name, variable.upper, scope))
    return tuple(formulas)


def fixed(formula: Formula, values: Mapping[str, Rational]) -> Formula:
    """The formula in which atoms over these variables alone are the truth values that they have there."""
    match formula:
        case Literal(atom, positive) if all(name in values for name, _ in atom.terms):
            return holds(atom, values) == positive
        case Conjunction(operands, positive):
            found = conjunction([fixed(operand, values) for operand in operands])
            return found if positive else negation(found)
    return formula


def evaluate(formula: Formula, point: Mapping[str, Rational]) -> bool:
    """Whether a formula is true at a point that assigns every variable of it."""
    match formula:
        case bool():
            return formula
        case Literal(atom, positive):
            return holds(atom, point) == positive
        case Conjunction(operands, positive):
            return all(evaluate(operand, point) for operand in operands) == positive


def holds(atom: Atom, point: Mapping[str, Rational]) -> bool:
    """Whether an atom is true at a point."""
    total: Rational = 0
    for name, value in atom.terms:
        total += value * point[name]
    return total < atom.bound or (total == atom.bound and not atom.strict)
