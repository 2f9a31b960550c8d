"""Integer equations without an integer solution, by the column-style Hermite normal form.

If `A·x = b` has no integer solution there is a rational row u with `u·A` integral and `u·b` not
(H. Cohen, "A Course in Computational Algebraic Number Theory", section 2.4, by Kronecker's criterion).
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction


def obstruction(matrix: Sequence[Sequence[int]], right: Sequence[int]) -> list[Fraction] | None:
    """A row u with `u·matrix` integral and `u·right` not, or None if there is none.

    Rows that depend on others are passed over: rational feasibility is the simplex method's business.
    """
    hermite = [list(row) for row in matrix]
    columns = len(hermite[0]) if hermite else 0
    done = 0
    values: list[Fraction] = []
    combinations: list[list[Fraction]] = []
    for index, row in enumerate(hermite):
        pivot = _reduce(hermite, index, done, columns)
        if pivot is None:
            continue
        combination = [Fraction(0)] * len(hermite)
        combination[index] = Fraction(1)
        value = Fraction(right[index])
        for column in range(done):
            entry = row[column]
            if entry:
                value -= entry * values[column]
                combination = [
                    mine - entry * other
                    for mine, other in zip(combination, combinations[column], strict=True)
                ]
        value /= row[done]
        combination = [entry / row[done] for entry in combination]
        if value.denominator != 1:
            return combination
        values.append(value)
        combinations.append(combination)
        done += 1
    return None


def _reduce(matrix: list[list[int]], index: int, start: int, columns: int) -> int | None:
    """Bring the entries of a row from column `start` on to a single one there, by column steps."""
    row = matrix[index]
    while True:
        nonzero = [column for column in range(start, columns) if row[column]]
        if not nonzero:
            return None
        least = min(nonzero, key=lambda column: (abs(row[column]), column))
        if len(nonzero) == 1:
            break
        for column in nonzero:
            if column != least:
                quotient = row[column] // row[least]
                for line in matrix:
                    line[column] -= quotient * line[least]
    for line in matrix:
        line[start], line[least] = line[least], line[start]
    return start
