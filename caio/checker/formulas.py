"""Formulas in normal form and their clause form (certificate-v1 sections 3 to 5).

Equal formulas are one object; tables are keyed by object or text, never by an adversary's number.
"""

from collections.abc import Iterable, Mapping
from fractions import Fraction
from math import gcd, lcm
from typing import Final, NamedTuple, TypeAlias

from .reader import MAX_DIGITS, Number, Value

Interval: TypeAlias = tuple[Number | None, Number | None]
Parts: TypeAlias = tuple["Formula", ...]
_NEW, _CLAUSE = 100, 20  # What a new formula or clause costs: the budget bounds memory as well.


def within(value: Number, lower: Number | None, upper: Number | None) -> bool:
    return (lower is None or lower <= value) and (upper is None or value <= upper)


class Variable(NamedTuple):  # With its domain.
    name: str
    integer: bool
    lower: Number | None = 0
    upper: Number | None = 1


class Affine(NamedTuple):
    """constant + Σ factor · (sum of variables); only a count sums all members of a set."""

    constant: Number
    terms: tuple[tuple[tuple[Variable, ...], Number], ...] = ()

    def minus(self, other: "Affine") -> "Affine":
        negated = tuple((variables, -factor) for variables, factor in other.terms)
        return Affine(self.constant - other.constant, self.terms + negated)


def term(variable: Variable, constant: Number = 0) -> Affine:
    return Affine(constant, (((variable,), 1),))


class Atom(NamedTuple):
    """Σ factor · variable ≤ bound (or <); `digits` is the most that one of its numbers has."""

    terms: tuple[tuple[Variable, int], ...]
    bound: Number
    strict: bool
    digits: int

    def inequality(self, literal: int) -> tuple[int, Number, bool]:
        """A literal of this atom as an inequality: sign of its factors, bound, strictness."""
        if literal > 0:
            return 1, self.bound, self.strict
        integer = all(variable.integer for variable, _ in self.terms)
        return (-1, -self.bound - 1, False) if integer else (-1, -self.bound, not self.strict)


class Formula:
    """`true`, `false`, an atom, `not f` or `and(f1, …, fn)`; compared by identity."""

    __slots__ = ("atom", "op", "opposite", "parts")

    def __init__(self, op: str, negation: str, parts: Parts = (), atom: Atom | None = None) -> None:
        self.op, self.parts, self.atom, self.opposite = op, parts, atom, self
        if negation:
            self.opposite = Formula(negation, "")
            self.opposite.opposite = self


TRUE: Final = Formula("true", "false")
FALSE: Final = TRUE.opposite


class Formulas:
    """Makes formulas, those of `base` not again, and counts work; `at` is what is being judged."""

    def __init__(self, budget: int, base: "Formulas | None" = None) -> None:
        self.budget, self.spent, self.at, self.note = budget, 0, Value(None, ""), ""
        self._between: dict[str, list[Formula]] = {}
        self._tables: list[dict[str | Parts, Formula]] = [*(base._tables if base else []), {}]  # noqa: SLF001

    def spend(self, amount: int) -> None:
        self.spent += amount
        self.need(self.spent <= self.budget, "budget", "less work", self.spent)

    def grow(self, *numbers: Number | None) -> None:  # What adding to long numbers costs.
        self.spend(sum((n.denominator.bit_length() >> 9) ** 2 for n in numbers if n is not None))

    def need(self, condition: object, code: str, expected: str, seen: object) -> None:
        if not condition:
            raise self.at.rejection(code, f"{expected}{self.note}", seen)

    def _unique(self, key: str | Parts, op: str, parts: Parts, atom: Atom | None) -> Formula:
        for table in self._tables:
            if found := table.get(key):
                return found
        self.spend(_NEW * (1 + len(parts) // 8 + len(atom.terms if atom else ())))
        return self._tables[-1].setdefault(key, Formula(op, "not", parts, atom))

    def conjunction(self, children: Iterable[Formula]) -> Formula:  # `and(f1, …, fn)`
        flat: dict[Formula, None] = {}
        for child in children:
            parts = child.parts if child.op == "and" else (child,)
            self.spend(len(parts))
            flat |= dict.fromkeys(parts)
        flat.pop(TRUE, None)
        key = tuple(flat)
        if FALSE in flat or len(key) < 2:
            return FALSE if FALSE in flat else key[0] if key else TRUE
        return self._unique(key, "and", key, None)

    def disjunction(self, children: Iterable[Formula]) -> Formula:  # `or(f1, …, fn)`
        return self.conjunction([child.opposite for child in children]).opposite

    def compare(self, left: Affine, strict: bool = False) -> Formula:
        """`normalise(left ≤ 0)`, or `< 0` if strict; `limit` if its numbers are too long."""
        sums: dict[Variable, Number] = {}
        for variables, factor in left.terms:
            self.spend(10 * len(variables))
            sums |= {variable: sums.get(variable, 0) + factor for variable in variables}
        sides = sorted((variable, factor) for variable, factor in sums.items() if factor)
        bound: Number = -left.constant
        if not sides:
            return TRUE if bound > 0 or (bound == 0 and not strict) else FALSE
        # A factor is at least the least common denominator divided by its own, of 1024 digits.
        scale, limit = 1, f"normal forms with numbers of at most {MAX_DIGITS} digits"
        for _, factor in sides:
            scale = lcm(scale, factor.denominator)
            self.need(scale.bit_length() <= 5200, "limit", limit, "longer ones")
        self.spend(len(sides) * scale.bit_length() // 64)
        whole = [factor.numerator * (scale // factor.denominator) for _, factor in sides]
        divisor = gcd(*whole) * (1 if whole[0] > 0 else -1)
        above, below = bound.numerator * scale, bound.denominator * abs(divisor)
        if all(variable.integer for variable, _ in sides):
            # Tightened over the integers, where the negation of t ≤ -k-1 is -t ≤ k.
            bound = -(-above // below) - 1 if strict else above // below
            bound, strict = bound if divisor > 0 else -bound - 1, False
        else:
            exact = Fraction(above if divisor > 0 else -above, below)
            strict = strict == (divisor > 0)
            bound = exact.numerator if exact.denominator == 1 else exact
        terms = tuple((v, factor // divisor) for (v, _), factor in zip(sides, whole, strict=True))
        numbers = [*(str(factor) for _, factor in terms), str(bound)]
        digits = max(len(n) - n.count("-") - n.count("/") for n in numbers)
        self.need(digits <= MAX_DIGITS, "limit", limit, f"{digits}")
        # Two vocabularies may use one name for different sorts: a key says which variables these are.
        key = "\n".join([*(repr(variable) for variable, _ in sides), *numbers, str(strict)])
        found = self._unique(key, "atom", (), Atom(terms, bound, strict, digits))
        return found if divisor > 0 else found.opposite

    def equation(self, left: Affine) -> Formula:  # `eq(left)`
        return self.conjunction((self.compare(left), self.compare(Affine(0).minus(left))))

    def between(self, variable: Variable, low: Number | None, high: Number | None) -> list[Formula]:
        key = f"{variable!r}\n{low}\n{high}"
        if key not in self._between:
            ends = [] if low is None else [Affine(low).minus(term(variable))]
            ends += [] if high is None else [term(variable, -high)]
            self._between[key] = [self.compare(end) for end in ends]
        return self._between[key]

    def holds(self, variable: Variable) -> Formula:  # `bool(x)`
        return self.between(variable, 1, None)[0]

    def member(self, variable: Variable, values: Iterable[int]) -> Formula:  # `member(x, S)`
        runs: list[tuple[int, int]] = []
        for value in sorted(values):
            start = runs.pop()[0] if runs and runs[-1][1] == value - 1 else value
            runs.append((start, value))
        return self.disjunction(self.conjunction(self.between(variable, *run)) for run in runs)


class Box:  # A closed interval for every variable; a point is one.
    def __init__(self, intervals: Mapping[str, Interval], formulas: Formulas) -> None:
        self._intervals, self._formulas = intervals, formulas
        self._truth: dict[Formula, tuple[bool, bool]] = {}

    def range(self, affine: Affine) -> Interval:
        ends: list[Number | None] = [affine.constant, affine.constant]
        for variables, factor in affine.terms:
            self._formulas.spend(len(variables))
            self._formulas.grow(*ends)
            for variable in variables:
                sides = self._intervals[variable.name][:: 1 if factor > 0 else -1]
                pairs = zip(ends, sides, strict=True)
                ends = [None if a is None or b is None else a + factor * b for a, b in pairs]
        return ends[0], ends[1]

    def truth(self, formula: Formula) -> tuple[bool, bool]:
        """Whether a formula is surely true, and whether it may be: Kleene's three values."""
        if formula not in self._truth:
            self._formulas.spend(1)
            parts = [self.truth(part) for part in formula.parts]
            sure, may = all(pair[0] for pair in parts), all(pair[1] for pair in parts)
            if formula.op in {"not", "false"}:
                may, sure = (not held for held in self.truth(formula.opposite))
            elif atom := formula.atom:
                terms = tuple(((variable,), factor) for variable, factor in atom.terms)
                low, high = self.range(Affine(-atom.bound, terms))
                sure = high is not None and (high < 0 or (high == 0 and not atom.strict))
                may = low is None or low < 0 or (low == 0 and not atom.strict)
            self._truth[formula] = sure, may
        return self._truth[formula]


class ClauseForm:
    """The clause form of the blocks of `base`, if any, which many share, and one more block.

    Numbers begin at 1; gates have no atom; `variables` are those that occur, by name.
    """

    def __init__(self, formulas: Formulas, block: Parts, base: "ClauseForm | None" = None) -> None:
        self.block: Parts = (*base.block, *block) if base else block
        self.atoms: list[Atom | None] = [*base.atoms] if base else [None]
        self.clauses: list[tuple[int, ...]] = [*base.clauses] if base else [()]
        self.variables: dict[str, Variable] = {**base.variables} if base else {}
        self.numbers: dict[Formula, int] = {**base.numbers} if base else {}
        self._formulas, self._cost = formulas, 0
        self._spend(base._cost if base else 0)  # noqa: SLF001
        for formula in block:
            self._assert(formula)
        for name in sorted(self.variables.keys() - (base.variables if base else {}).keys()):
            variable = self.variables[name]
            for literal in formulas.between(variable, variable.lower, variable.upper):
                self._add([self._literal(literal)])

    def _assert(self, formula: Formula) -> None:
        if formula.op == "and":
            for part in formula.parts:
                self._assert(part)
        elif formula is FALSE or formula.opposite.op == "and":
            self._add([self._literal(part.opposite) for part in formula.opposite.parts])
        elif formula is not TRUE:
            self._add([self._literal(formula)])

    def _literal(self, formula: Formula) -> int:
        # As equal formulas are one, a formula's number stands for a gate's list of literals.
        if formula.op == "not":
            return -self._literal(formula.opposite)
        if found := self.numbers.get(formula):
            return found
        literals = [self._literal(part) for part in formula.parts]
        own = self.numbers[formula] = len(self.atoms)
        self.atoms.append(formula.atom)
        for literal in literals:
            self._add([-own, literal])
        if formula.atom is None:
            self._add([own, *(-literal for literal in literals)])
        else:
            self._spend(len(formula.atom.terms))
            self.variables |= {variable.name: variable for variable, _ in formula.atom.terms}
        return own

    def _add(self, literals: list[int]) -> None:
        clause = dict.fromkeys(literals)
        if not any(-literal in clause for literal in clause):
            self.clauses.append(tuple(clause))
            self._formulas.spend(_CLAUSE)
            self._spend(len(clause))

    def _spend(self, amount: int) -> None:
        self._cost += amount
        self._formulas.spend(amount)
