"""Formulas in normal form, built by the constructors of certificate-v1 sections 3 and 4 alone.

Equal formulas are one object: structural equality is identity, and every table below is keyed by
object or by text, never by a number that an adversary may choose to collide.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from math import gcd, lcm
from typing import Final

from .errors import Rejection
from .expressions import Affine
from .reader import MAX_DIGITS, Number
from .vocabulary import Variable

_MAX_SCALE_BITS: Final = 5200
"""Denominators beyond 10^1536 lead to a coefficient of more than 512 digits; see `compare`."""


class Meter:
    """Counts work (section 10) and stops at the budget."""

    def __init__(self, budget: int) -> None:
        self.budget = budget
        self.spent = 0

    def spend(self, amount: int) -> None:
        """Count `amount` units.

        Raises:
            Rejection: `budget`.
        """
        self.spent += amount
        if self.spent > self.budget:
            raise Rejection("budget", "", f"at most {self.budget} units of work", "more")


@dataclass(frozen=True, slots=True, eq=False)
class Atom:
    """Σ coefficient · variable ≤ bound (or <), in normal form."""

    terms: tuple[tuple[Variable, int], ...]
    bound: Number
    strict: bool
    integer: bool
    text: str
    """A text that no other atom has: names hold no line breaks."""
    digits: int
    """The most digits that a number of the atom has."""

    @staticmethod
    def of(terms: tuple[tuple[Variable, int], ...], bound: Number, *, strict: bool) -> Atom:
        """The atom with these parts, which the caller has brought into normal form."""
        integer = all(variable.integer for variable, _ in terms)
        numbers = [str(c) for _, c in terms]
        numbers.append(str(bound))
        sides = "\n".join(f"{variable.name}\n{c}" for variable, c in terms)
        text = f"{sides}\n{'<' if strict else '<='}\n{bound}"
        digits = max(len(n) - n.count("-") - n.count("/") for n in numbers)
        return Atom(terms, bound, strict, integer, text, digits)

    def inequality(self, *, positive: bool) -> tuple[int, Number, bool]:
        """A literal read as an inequality: sign of the coefficients, bound, strictness."""
        if positive:
            return 1, self.bound, self.strict
        if self.integer:
            return -1, -self.bound - 1, False
        return -1, -self.bound, not self.strict


class Formula:
    """`true`, `false`, an atom, `not f` or `and(f1, …, fn)`; compared by identity."""

    __slots__ = ("atom", "op", "opposite", "parts")

    def __init__(self, op: str, atom: Atom | None, parts: tuple[Formula, ...]) -> None:
        self.op = op
        self.atom = atom
        self.parts = parts
        self.opposite: Formula = self


def _pair(op: str, atom: Atom | None, parts: tuple[Formula, ...]) -> Formula:
    result = Formula(op, atom, parts)
    result.opposite = Formula("not", None, (result,))
    result.opposite.opposite = result
    return result


TRUE: Final = Formula("true", None, ())
FALSE: Final = Formula("false", None, ())
TRUE.opposite, FALSE.opposite = FALSE, TRUE


class Formulas:
    """The formulas of one check, and the work that building them took."""

    def __init__(self, meter: Meter) -> None:
        self.meter = meter
        self._atoms: dict[str, Formula] = {}
        self._conjunctions: dict[tuple[Formula, ...], Formula] = {}

    def find(self, atom: Atom) -> Formula | None:
        """The formula of an atom, if it was ever built."""
        return self._atoms.get(atom.text)

    def conjunction(self, children: Iterable[Formula]) -> Formula:
        """`and(f1, …, fn)`."""
        flat: dict[Formula, None] = {}
        false = False
        for child in children:
            parts = child.parts if child.op == "and" else (child,)
            self.meter.spend(len(parts))
            for part in parts:
                if part is FALSE:
                    false = True
                elif part is not TRUE:
                    flat[part] = None
        if false:
            return FALSE
        key = tuple(flat)
        if len(key) < 2:
            return key[0] if key else TRUE
        result = self._conjunctions.get(key)
        if result is None:
            self.meter.spend(NEW)
            result = self._conjunctions[key] = _pair("and", None, key)
        return result

    def disjunction(self, children: Iterable[Formula]) -> Formula:
        """`or(f1, …, fn)`."""
        return self.conjunction([child.opposite for child in children]).opposite

    def implies(self, condition: Formula, consequence: Formula) -> Formula:
        """`implies(f, g)`."""
        return self.disjunction((condition.opposite, consequence))

    def compare(self, term: Affine, *, strict: bool) -> Formula:
        """`normalise(term ≤ 0)`, or `< 0` if strict.

        A term's denominators have at most 1024 digits (it is a difference of two that a document
        wrote). With m their least common multiple, each final coefficient is at least m divided by
        its own denominator; so an m beyond 10^1536 is refused before anything large is built.

        Raises:
            Rejection: `limit` if a number of the normal form has more than 512 digits.
        """
        sums: dict[Variable, Number] = {}
        for variables, coefficient in term.terms:
            self.meter.spend(len(variables))
            for variable in variables:
                sums[variable] = sums.get(variable, 0) + coefficient
        left = sorted(
            ((variable, c) for variable, c in sums.items() if c), key=lambda side: side[0].name
        )
        bound: Number = -term.constant
        if not left:
            return TRUE if bound > 0 or (bound == 0 and not strict) else FALSE
        scale = 1
        for _, c in left:
            scale = lcm(scale, c.denominator)
            if scale.bit_length() > _MAX_SCALE_BITS:
                raise _too_long()
        self.meter.spend(len(left) * scale.bit_length() // 64)
        whole = [(variable, c.numerator * (scale // c.denominator)) for variable, c in left]
        divisor = gcd(*(c for _, c in whole))
        sign = 1 if whole[0][1] > 0 else -1
        terms = tuple((variable, sign * c // divisor) for variable, c in whole)
        above, below = bound.numerator * scale, bound.denominator * divisor
        if all(variable.integer for variable, _ in left):
            bound = -(-above // below) - 1 if strict else above // below
            strict = False
            bound = bound if sign > 0 else -bound - 1
        else:
            exact = Fraction(sign * above, below)
            bound = exact.numerator if exact.denominator == 1 else exact
            strict = strict == (sign > 0)
        atom = Atom.of(terms, bound, strict=strict)
        if atom.digits > MAX_DIGITS:
            raise _too_long()
        result = self._atoms.get(atom.text)
        if result is None:
            self.meter.spend(NEW)
            result = self._atoms[atom.text] = _pair("atom", atom, ())
        return result if sign > 0 else result.opposite

    def equation(self, term: Affine) -> Formula:
        """`eq(term)`."""
        return self.conjunction(
            (self.compare(term, strict=False), self.compare(Affine(0).minus(term), strict=False))
        )

    def at_least(self, variable: Variable, bound: Number) -> Formula:
        """`ge(x - bound)`."""
        return self.compare(Affine(bound).minus(Affine.of(variable)), strict=False)

    def at_most(self, variable: Variable, bound: Number) -> Formula:
        """`le(x - bound)`."""
        return self.compare(Affine.of(variable).minus(Affine(bound)), strict=False)

    def member(self, variable: Variable, values: Iterable[int]) -> Formula:
        """`member(x, S)`."""
        runs: list[list[int]] = []
        for value in sorted(values):
            if runs and runs[-1][1] == value - 1:
                runs[-1][1] = value
            else:
                runs.append([value, value])
        return self.disjunction(
            [
                self.conjunction((self.at_least(variable, low), self.at_most(variable, high)))
                for low, high in runs
            ]
        )

    def holds(self, variable: Variable) -> Formula:
        """`bool(x)`."""
        return self.at_least(variable, 1)

    def domain(self, variable: Variable) -> list[Formula]:
        """The literals of a variable's domain clauses (section 5), in order."""
        literals: list[Formula] = []
        if variable.lower is not None:
            literals.append(self.at_least(variable, variable.lower))
        if variable.upper is not None:
            literals.append(self.at_most(variable, variable.upper))
        return literals


NEW: Final = 100
"""What a formula that is new to the check costs: memory is bounded by the budget as well."""


def _too_long() -> Rejection:
    return Rejection("limit", "", f"numbers of at most {MAX_DIGITS} digits in normal forms", "more")
