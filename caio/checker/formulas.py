"""Formulas in normal form and their clause form (certificate-v1 sections 3 to 5).

Equal formulas are one object; tables are keyed by object or text, never by an adversary's number.
"""

from collections.abc import Iterable, Mapping
from fractions import Fraction
from functools import lru_cache
from math import gcd, lcm
from typing import Final, NamedTuple, TypeAlias

from .reader import MAX_DIGITS, Number, Value

Interval: TypeAlias = tuple[Number | None, Number | None]
Parts: TypeAlias = tuple["Formula", ...]
_SHORT: Final = f"normal forms with numbers of at most {MAX_DIGITS} digits"
_NEW, _CLAUSE = 100, 20  # What a new formula or clause costs: the budget bounds memory as well.


def within(value: Number, lower: Number | None, upper: Number | None) -> bool:
    return (lower is None or lower <= value) and (upper is None or value <= upper)


class Variable(NamedTuple):  # With its domain.
    name: str
    integer: bool
    lower: Number | None = 0
    upper: Number | None = 1


Terms: TypeAlias = tuple[tuple[tuple[Variable, ...], Number], ...]


class Affine(NamedTuple):
    """constant + Σ factor · (sum of variables); only a count sums all members of a set."""

    constant: Number
    terms: Terms = ()

    def minus(self, other: "Affine") -> "Affine":
        negated = tuple((variables, -factor) for variables, factor in other.terms)
        return Affine(self.constant - other.constant, self.terms + negated)


def _plain(number: Number) -> Number:  # An integer as one.
    return number.numerator if number.denominator == 1 else number


def term(variable: Variable, constant: Number = 0) -> Affine:
    return Affine(constant, (((variable,), 1),))


class Line(NamedTuple):
    """The normal form of Σ factor · variable, which inequalities of all bounds share.

    It is `terms` (times -1 unless `positive`) divided by `scale`, which is positive.
    """

    terms: tuple[tuple[Variable, int], ...]
    scale: Number
    positive: bool
    integer: bool
    digits: int
    key: str


def _line(terms: Terms) -> Line | None:  # Nothing, if its numbers would be too long.
    sums: dict[Variable, Number] = {}
    for variables, factor in terms:
        sums |= {variable: sums.get(variable, 0) + factor for variable in variables}
    sides = sorted((variable, factor) for variable, factor in sums.items() if factor)
    scale = 1
    for _, factor in sides:
        scale = lcm(scale, factor.denominator)
        # A factor is at least this divided by its own denominator, so of 1024 digits.
        if scale.bit_length() > 5200:
            return None
    whole = [factor.numerator * (scale // factor.denominator) for _, factor in sides]
    divisor = gcd(*whole) * (1 if not whole or whole[0] > 0 else -1) or 1
    own = tuple((v, factor // divisor) for (v, _), factor in zip(sides, whole, strict=True))
    numbers = [str(factor) for _, factor in own]
    digits = max((len(n) - n.count("-") for n in numbers), default=0)
    if digits > MAX_DIGITS:
        return None
    # Two vocabularies may use one name for different sorts: a key says which variables these are.
    key = "\n".join([*(repr(variable) for variable, _ in own), *numbers])
    integer = all(variable.integer for variable, _ in own)
    return Line(own, _plain(Fraction(scale, abs(divisor))), divisor > 0, integer, digits, key)


short_line = lru_cache(maxsize=1 << 12)(_line)  # For few variables, so that memory is bounded.


class Atom(NamedTuple):
    """Σ factor · variable ≤ bound (or <); `digits` is the most that one of its numbers has."""

    terms: tuple[tuple[Variable, int], ...]
    bound: Number
    strict: bool
    digits: int
    key: str = ""

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
    """Makes formulas and counts work; `at` is what is being judged.

    What `base` has made, or a base of it, is not made again but costs the same, so that what a
    check costs does not depend on what was checked before it.
    """

    def __init__(self, budget: int, base: "Formulas | None" = None) -> None:
        self.budget, self.spent, self.at = budget, 0, Value(None, "")
        self.step: tuple[int, Value] | None = None  # The step of the proof that is being judged.
        self.tables: list[dict[str | Parts, Formula]] = [{}, *(base.tables if base else [])]

    def spend(self, amount: int) -> None:
        self.spent += amount
        if self.spent > self.budget:
            self.need(False, "budget", "less work", self.spent)

    def grow(self, *numbers: Number | None) -> None:  # What adding to long numbers costs.
        self.spend(sum((n.denominator.bit_length() >> 9) ** 2 for n in numbers if n is not None))

    def need(self, condition: object, code: str, expected: str, seen: object) -> None:
        if not condition:
            note = f" (step {self.step[0]} of {self.step[1].path})" if self.step else ""
            raise self.at.rejection(code, expected + note, seen)

    def _unique(self, key: str | Parts, op: str, parts: Parts, atom: Atom | None) -> Formula:
        own, *others = self.tables
        if key not in own:
            self.spend(_NEW * (1 + len(parts) // 8 + len(atom.terms if atom else ())))
            found = [table[key] for table in others if key in table]
            own[key] = found[0] if found else Formula(op, "not", parts, atom)
        return own[key]

    def where(self, formula: Formula, name: str, value: int) -> Formula:
        """The formula in which atoms over this variable alone have the truth that they have there."""
        self.spend(1)
        if formula.op == "not":
            return self.where(formula.opposite, name, value).opposite
        if formula.op == "and":
            return self.conjunction([self.where(part, name, value) for part in formula.parts])
        if (atom := formula.atom) and [variable.name for variable, _ in atom.terms] == [name]:
            return TRUE if atom.terms[0][1] * value <= atom.bound else FALSE
        return formula

    def same(self, formula: Formula) -> Formula:  # This one, if another table may have made it.
        self.spend(1)
        if formula.op == "not":
            return self.same(formula.opposite).opposite
        parts, atom = tuple(map(self.same, formula.parts)), formula.atom
        key = atom.key if atom else parts
        return self._unique(key, formula.op, parts, atom) if key else formula

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

    def total(self, parts: Iterable[tuple[Affine, Number]]) -> Affine:  # Σ factor · affine term
        constant, sums = Fraction(0), dict[tuple[Variable, ...], Number]()
        for part, times in parts:
            constant += times * part.constant
            self.spend(10 + 10 * len(part.terms))
            for variables, factor in part.terms:
                sums[variables] = sums.get(variables, 0) + times * factor
            self.grow(constant, *(sums[variables] for variables, _ in part.terms))
        return Affine(_plain(constant), tuple(sums.items()))

    def compare(self, left: Affine, strict: bool = False, known: Line | None = None) -> Formula:
        """`normalise(left ≤ 0)`, or `< 0` if strict; `limit` if its numbers are too long."""
        size = sum([len(variables) for variables, _ in left.terms])
        line = known or (short_line if size < 33 else _line)(left.terms)
        if line is None:
            raise self.at.rejection("limit", _SHORT, "longer ones")
        self.spend(10 + (10 + line.digits // 8) * size)
        if not line.terms:
            return TRUE if left.constant < 0 or (left.constant == 0 and not strict) else FALSE
        bound = -left.constant * line.scale
        if line.integer:
            # Tightened over the integers, where the negation of t ≤ -k-1 is -t ≤ k.
            bound = -(-bound // 1) - 1 if strict else bound // 1
            bound, strict = bound if line.positive else -bound - 1, False
        else:
            bound, strict = _plain(bound if line.positive else -bound), strict == line.positive
        bits = bound.numerator.bit_length() + bound.denominator.bit_length()
        text = str(bound) if bits < 1 << 12 else "0" * 1000  # Python writes none that are huge.
        digits = max(line.digits, len(text) - text.count("-") - text.count("/"))
        self.need(digits <= MAX_DIGITS, "limit", _SHORT, digits)
        key = f"{line.key}\n{text}\n{strict}"
        found = self._unique(key, "atom", (), Atom(line.terms, bound, strict, digits, key))
        return found if line.positive else found.opposite

    def equation(self, left: Affine) -> Formula:  # `eq(left)`
        return self.conjunction((self.compare(left), self.compare(Affine(0).minus(left))))

    def between(self, variable: Variable, low: Number | None, high: Number | None) -> list[Formula]:
        ends = [] if low is None else [self.compare(Affine(low, (((variable,), -1),)))]
        return ends if high is None else [*ends, self.compare(term(variable, -high))]

    def holds(self, variable: Variable) -> Formula:  # `bool(x)`
        return self.compare(Affine(1, (((variable,), -1),)))

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
    """The clause form of blocks, to which one more can be added and taken away again.

    Numbers begin at 1; gates have no atom; `variables` are those that occur, by name.
    """

    def __init__(self, formulas: Formulas, *blocks: Parts) -> None:
        self.block: Parts = ()
        self.atoms: list[Atom | None] = [None]
        self.clauses: list[tuple[int, ...]] = [()]
        self.variables: dict[str, Variable] = {}
        self.numbers: dict[Formula, int] = {}
        self._formulas = formulas
        for block in blocks:
            self.add(block)

    def add(self, block: Parts) -> None:
        """Assert one more block, and the domains of the variables that it brings."""
        self.block += block
        _, atoms, clauses, _, variables = self.size()
        for formula in block:
            self._assert(formula)
        for name in sorted([*self.variables][variables:]):
            variable = self.variables[name]
            for literal in self._formulas.between(variable, variable.lower, variable.upper):
                self.clauses.append((self._literal(literal),))
        cost = sum([len(atom.terms) for atom in self.atoms[atoms:] if atom])
        self._formulas.spend(cost + sum([_CLAUSE + len(own) for own in self.clauses[clauses:]]))

    def size(self) -> tuple[int, int, int, int, int]:
        formulas, atoms, clauses = len(self.block), len(self.atoms), len(self.clauses)
        return formulas, atoms, clauses, len(self.numbers), len(self.variables)

    def shrink(self, size: tuple[int, int, int, int, int]) -> None:
        """Take away what was added since the form had this size."""
        self.block = self.block[: size[0]]
        del self.atoms[size[1] :], self.clauses[size[2] :]
        while len(self.numbers) > size[3]:
            self.numbers.popitem()
        while len(self.variables) > size[4]:
            self.variables.popitem()

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
        if formula.atom is None:
            self.clauses += [(-own, literal) for literal in literals]
            self._add([own, *[-literal for literal in literals]])
        else:
            self.variables |= {variable.name: variable for variable, _ in formula.atom.terms}
        return own

    def _add(self, literals: list[int]) -> None:
        clause = dict.fromkeys(literals)
        if len(literals) < 2 or not any(-literal in clause for literal in clause):
            self.clauses.append(tuple(clause))
