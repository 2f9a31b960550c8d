"""Formulas in normal form, built by the constructors of certificate-v1 sections 3 and 4 alone.

Equal formulas are one object: structural equality is identity, and every table below is keyed by
object or by text, never by a number that an adversary may choose to collide.
"""

# ruff: noqa: FBT001, FBT002 - strictness is a value of the calculus, not an option

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import gcd, lcm
from typing import Final, NamedTuple, TypeAlias

from .reader import MAX_DIGITS, Number, Rejection

Interval: TypeAlias = tuple[Number | None, Number | None]
Parts: TypeAlias = tuple["Formula", ...]
_MAX_SCALE_BITS: Final = 5200
_NEW: Final = 100  # What a new formula costs: the budget bounds memory as well.


@dataclass(frozen=True, slots=True, eq=False)
class Variable:
    """A variable of formulas, with its domain."""

    name: str
    integer: bool
    lower: Number | None = 0
    upper: Number | None = 1


class Affine(NamedTuple):
    """constant + Σ factor · (sum of variables); only a count sums all members of a set."""

    constant: Number
    terms: tuple[tuple[tuple[Variable, ...], Number], ...] = ()

    def minus(self, other: "Affine") -> "Affine":
        """The difference, in which a variable may occur twice."""
        negated = tuple((variables, -factor) for variables, factor in other.terms)
        return Affine(self.constant - other.constant, self.terms + negated)


def term(variable: Variable, constant: Number = 0) -> Affine:
    """The sum of a variable and a constant."""
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

    def __init__(self, op: str, parts: Parts = (), atom: Atom | None = None) -> None:
        self.op, self.parts, self.atom, self.opposite = op, parts, atom, self

    def paired(self, op: str = "not") -> "Formula":
        """This formula, once it knows its negation."""
        self.opposite = Formula(op)
        self.opposite.opposite = self
        return self


TRUE: Final = Formula("true").paired("false")
FALSE: Final = TRUE.opposite


class Formulas:
    """Makes formulas, those that `base` made not again, and counts work (section 10)."""

    def __init__(self, budget: int, base: "Formulas | None" = None) -> None:
        self.budget, self.spent = budget, 0
        self._tables: list[dict[str | Parts, Formula]] = [*(base._tables if base else []), {}]  # noqa: SLF001

    def spend(self, amount: int) -> None:
        """Count units of work, or raise a `Rejection` with code `budget`."""
        self.spent += amount
        if self.spent > self.budget:
            raise Rejection("budget", "", f"at most {self.budget} units of work", "more")

    def _unique(self, key: str | Parts, op: str, parts: Parts, atom: Atom | None) -> Formula:
        for table in self._tables:
            if found := table.get(key):
                return found
        self.spend(_NEW)
        return self._tables[-1].setdefault(key, Formula(op, parts, atom).paired())

    def conjunction(self, children: Iterable[Formula]) -> Formula:
        """`and(f1, …, fn)`."""
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

    def disjunction(self, children: Iterable[Formula]) -> Formula:
        """`or(f1, …, fn)`."""
        return self.conjunction([child.opposite for child in children]).opposite

    def compare(self, left: Affine, strict: bool = False) -> Formula:
        """`normalise(left ≤ 0)`, or `< 0` if strict; `limit` if its numbers are too long.

        Denominators have at most 1024 digits, as a term is a difference of two that documents
        wrote. With m their least common multiple, each final factor is at least m divided by its
        own denominator; so an m beyond 10^1536 is refused before anything large is built.
        """
        sums: dict[Variable, Number] = {}
        for variables, factor in left.terms:
            self.spend(len(variables))
            for variable in variables:
                sums[variable] = sums.get(variable, 0) + factor
        sides = sorted((v.name, v, factor) for v, factor in sums.items() if factor)
        bound: Number = -left.constant
        if not sides:
            return TRUE if bound > 0 or (bound == 0 and not strict) else FALSE
        long, scale = Rejection("limit", "", f"numbers of {MAX_DIGITS} digits", "longer ones"), 1
        for *_, factor in sides:
            scale = lcm(scale, factor.denominator)
            if scale.bit_length() > _MAX_SCALE_BITS:
                raise long
        self.spend(len(sides) * scale.bit_length() // 64)
        whole = [factor.numerator * (scale // factor.denominator) for *_, factor in sides]
        divisor = gcd(*whole) * (1 if whole[0] > 0 else -1)
        exact = Fraction(bound.numerator * scale, bound.denominator * abs(divisor))
        if all(variable.integer for _, variable, _ in sides):
            # Tightened over the integers, where the negation of t ≤ -k-1 is -t ≤ k.
            bound = -(-exact.numerator // exact.denominator) - 1 if strict else exact.__floor__()
            bound, strict = bound if divisor > 0 else -bound - 1, False
        else:
            exact, strict = exact if divisor > 0 else -exact, strict == (divisor > 0)
            bound = exact.numerator if exact.denominator == 1 else exact
        terms = tuple((v, n // divisor) for (_, v, _), n in zip(sides, whole, strict=True))
        numbers = [*(str(factor) for _, factor in terms), str(bound)]
        digits = max(len(n) - n.count("-") - n.count("/") for n in numbers)
        if digits > MAX_DIGITS:
            raise long
        # Names hold no line breaks, so that no two atoms have the same key.
        key = "\n".join([*(name for name, *_ in sides), *numbers, str(strict)])
        found = self._unique(key, "atom", (), Atom(terms, bound, strict, digits))
        return found if divisor > 0 else found.opposite

    def equation(self, left: Affine) -> Formula:
        """`eq(left)`."""
        return self.conjunction((self.compare(left), self.compare(Affine(0).minus(left))))

    def between(self, variable: Variable, low: Number | None, high: Number | None) -> list[Formula]:
        """`ge(x - low)` and `le(x - high)`, of the ends that there are."""
        ends = [] if low is None else [Affine(low).minus(term(variable))]
        return list(map(self.compare, ends + ([] if high is None else [term(variable, -high)])))

    def holds(self, variable: Variable) -> Formula:
        """`bool(x)`."""
        return self.between(variable, 1, None)[0]

    def member(self, variable: Variable, values: Iterable[int]) -> Formula:
        """`member(x, S)`."""
        runs: list[tuple[int, int]] = []
        for value in sorted(values):
            start = runs.pop()[0] if runs and runs[-1][1] == value - 1 else value
            runs.append((start, value))
        return self.disjunction(self.conjunction(self.between(variable, *run)) for run in runs)


def within(value: Number, lower: Number | None, upper: Number | None) -> bool:
    """Whether a value lies between two bounds, either of which may be absent."""
    return (lower is None or lower <= value) and (upper is None or value <= upper)


class Box:
    """A closed interval for every variable; a point is one."""

    def __init__(self, intervals: Mapping[str, Interval], formulas: Formulas) -> None:
        self._intervals, self._formulas = intervals, formulas
        self._truth: dict[Formula, tuple[bool, bool]] = {}

    def range(self, affine: Affine) -> Interval:
        """The least and the greatest value of an affine term; none where it is unbounded."""
        ends: list[Number | None] = [affine.constant, affine.constant]
        for variables, factor in affine.terms:
            self._formulas.spend(len(variables))
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
