"""Whether inequalities have a common rational point, decided exactly, with multipliers if not.

The general simplex of Dutertre and de Moura ("A Fast Linear-Arithmetic Solver for DPLL(T)", CAV 2006):
each sum of several variables gets a slack variable, literals become bounds, and Bland's rule makes it
end. Strict bounds carry an infinitesimal. No float is involved, so the result is the same everywhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from caio.base.exact import Rational, exact
from caio.certify.atoms import AtomTable, Terms


@dataclass(frozen=True, slots=True)
class _Bound:
    """A value `real + infinitesimal·ε` that a literal imposes."""

    real: Rational
    infinitesimal: Rational
    literal: int


class EffortError(Exception):
    """The arithmetic took more steps than were granted."""


class Simplex:
    """Bounds on sums, a tableau that ties the sums together, and an assignment.

    Any call raises `EffortError` once more than `effort` entries of the tableau have been changed.
    """

    def __init__(self, table: AtomTable, *, effort: int) -> None:
        self._table = table
        self._effort = effort
        self.work = 0
        """How many entries of the tableau have been changed."""
        self._columns: dict[Terms, int] = {}
        self._terms: list[Terms] = []
        self._lower: list[_Bound | None] = []
        self._upper: list[_Bound | None] = []
        self._real: list[Rational] = []
        self._infinitesimal: list[Rational] = []
        self._rows: dict[int, dict[int, Rational]] = {}
        self._undo: list[tuple[list[_Bound | None], int, _Bound | None]] = []

    def mark(self) -> int:
        """A point to go back to."""
        return len(self._undo)

    def back(self, mark: int) -> None:
        """Withdraw what was asserted since the mark; the assignment stays a good start."""
        while len(self._undo) > mark:
            bounds, column, bound = self._undo.pop()
            bounds[column] = bound

    def assert_literal(self, literal: int) -> list[tuple[int, Rational]] | None:
        """Impose a literal; the multipliers of a contradiction if it meets its opposite bound."""
        terms = self._table.atoms[abs(literal)].terms
        column = self._column(terms)
        inequality = self._table.inequality(literal)
        if literal > 0:
            bound = _Bound(inequality.bound, -1 if inequality.strict else 0, literal)
            old = self._upper[column]
            if old is not None and _key(old) <= _key(bound):
                return None
            other = self._lower[column]
            if other is not None and _key(other) > _key(bound):
                return [(literal, 1), (other.literal, 1)]
            self._undo.append((self._upper, column, old))
            self._upper[column] = bound
            if column not in self._rows and self._value(column) > _key(bound):
                self._move(column, bound)
        else:
            bound = _Bound(-inequality.bound, 1 if inequality.strict else 0, literal)
            old = self._lower[column]
            if old is not None and _key(old) >= _key(bound):
                return None
            other = self._upper[column]
            if other is not None and _key(other) < _key(bound):
                return [(literal, 1), (other.literal, 1)]
            self._undo.append((self._lower, column, old))
            self._lower[column] = bound
            if column not in self._rows and self._value(column) < _key(bound):
                self._move(column, bound)
        return None

    def assert_all(self, literals: Iterable[int]) -> list[tuple[int, Rational]] | None:
        """Impose literals in order, up to the first contradiction."""
        for literal in literals:
            conflict = self.assert_literal(literal)
            if conflict is not None:
                return conflict
        return None

    def check(self) -> list[tuple[int, Rational]] | None:
        """Move to a point within all bounds; the multipliers of a contradiction if there is none."""
        while True:
            row = self._violated()
            if row is None:
                return None
            lower, upper = self._lower[row], self._upper[row]
            value = self._value(row)
            if lower is not None and value < _key(lower):
                target, sign = lower, 1
            elif upper is not None:
                target, sign = upper, -1
            else:
                return None
            entering = None
            for column in sorted(self._rows[row]):
                if self._can_move(column, self._rows[row][column] * sign):
                    entering = column
                    break
            if entering is None:
                return self._explanation(row, target, sign)
            self._pivot(row, entering, target)

    def _violated(self) -> int | None:
        """The first basic column outside its bounds (Bland's rule)."""
        found: int | None = None
        for row in self._rows:
            if found is not None and row > found:
                continue
            lower, upper = self._lower[row], self._upper[row]
            if lower is None and upper is None:
                continue
            value = self._value(row)
            if (lower is not None and value < _key(lower)) or (
                upper is not None and value > _key(upper)
            ):
                found = row
        return found

    def _can_move(self, column: int, direction: Rational) -> bool:
        """Whether a nonbasic column may grow (direction positive) or shrink (negative)."""
        bound = self._upper[column] if direction > 0 else self._lower[column]
        if bound is None:
            return True
        value = self._value(column)
        return value < _key(bound) if direction > 0 else value > _key(bound)

    def _explanation(self, row: int, target: _Bound, sign: int) -> list[tuple[int, Rational]]:
        """The bounds that hold a row away from its target, with their multipliers."""
        pairs: list[tuple[int, Rational]] = [(target.literal, 1)]
        for column, coefficient in sorted(self._rows[row].items()):
            bound = self._upper[column] if coefficient * sign > 0 else self._lower[column]
            if bound is not None:
                pairs.append((bound.literal, coefficient if coefficient > 0 else -coefficient))
        return pairs

    def _value(self, column: int) -> tuple[Rational, Rational]:
        return self._real[column], self._infinitesimal[column]

    def _move(self, column: int, bound: _Bound) -> None:
        """Set a nonbasic column to a bound and let the rows follow."""
        real = bound.real - self._real[column]
        infinitesimal = bound.infinitesimal - self._infinitesimal[column]
        for row, entries in self._rows.items():
            coefficient = entries.get(column)
            if coefficient:
                self._real[row] = exact(self._real[row] + coefficient * real)
                self._infinitesimal[row] += coefficient * infinitesimal
        self._real[column] = bound.real
        self._infinitesimal[column] = bound.infinitesimal

    def _pivot(self, row: int, column: int, target: _Bound) -> None:
        """Make `column` basic in place of `row`, which moves to its target."""
        self.work += len(self._rows)
        if self.work > self._effort:
            raise EffortError
        entries = self._rows.pop(row)
        coefficient = entries.pop(column)
        solved: dict[int, Rational] = {
            other: exact(Fraction(-value) / coefficient) for other, value in entries.items()
        }
        solved[row] = exact(Fraction(1) / coefficient)
        for others in self._rows.values():
            factor = others.pop(column, 0)
            if factor:
                self.work += len(solved)
                for other, value in solved.items():
                    total = exact(others.get(other, 0) + factor * value)
                    if total:
                        others[other] = total
                    else:
                        others.pop(other, None)
        self._rows[column] = solved
        self._move(row, target)

    def _column(self, terms: Terms) -> int:
        column = self._columns.get(terms)
        if column is not None:
            return column
        parts: list[tuple[int, int]] = []
        if len(terms) > 1:
            parts = [(self._column(((name, 1),)), factor) for name, factor in terms]
        column = self._columns[terms] = len(self._terms)
        self._terms.append(terms)
        self._lower.append(None)
        self._upper.append(None)
        entries: dict[int, Rational] = {}
        for part, factor in parts:
            for other, value in self._rows.get(part, {part: 1}).items():
                total = exact(entries.get(other, 0) + factor * value)
                if total:
                    entries[other] = total
                else:
                    entries.pop(other, None)
        real: Rational = 0
        infinitesimal: Rational = 0
        for part, value in entries.items():
            real += value * self._real[part]
            infinitesimal += value * self._infinitesimal[part]
        self._real.append(exact(real))
        self._infinitesimal.append(exact(infinitesimal))
        if parts:
            self._rows[column] = entries
        return column

    def point(self) -> Mapping[str, Fraction]:
        """The values of the variables after a successful `check`, infinitesimals made small."""
        epsilon = Fraction(1)
        for column in range(len(self._terms)):
            real, infinitesimal = self._value(column)
            lower, upper = self._lower[column], self._upper[column]
            if lower is not None and lower.infinitesimal > infinitesimal:
                epsilon = min(
                    epsilon, Fraction(real - lower.real) / (lower.infinitesimal - infinitesimal)
                )
            if upper is not None and upper.infinitesimal < infinitesimal:
                epsilon = min(
                    epsilon, Fraction(upper.real - real) / (infinitesimal - upper.infinitesimal)
                )
        # Half of what is possible keeps strict bounds strict.
        epsilon /= 2
        return {
            terms[0][0]: Fraction(self._real[column] + self._infinitesimal[column] * epsilon)
            for column, terms in enumerate(self._terms)
            if len(terms) == 1
        }


def _key(bound: _Bound) -> tuple[Rational, Rational]:
    return bound.real, bound.infinitesimal
