"""Guessing an integer point near a rational one.

A box cut by a few sums usually holds integer points near any corner, where splitting on one variable
after another may wander for long. A guess costs little, and it is evaluated exactly.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from math import ceil, floor

from caio.base.exact import Rational, exact
from caio.certify.atoms import AtomTable


def round_to_integers(
    table: AtomTable, point: Mapping[str, Fraction], literals: Sequence[int]
) -> Mapping[str, Fraction] | None:
    """A point that satisfies the literals with whole values for integers, or None if none is seen."""
    broken = [
        name for name, value in point.items() if value.denominator != 1 and table.is_integral(name)
    ]
    # Only literals that mention a variable that moves can become false.
    affected = [
        literal
        for literal in literals
        if any(name in broken for name, _ in table.atoms[abs(literal)].terms)
    ]
    for guess in _guesses(table, point, broken, affected):
        values = {name: exact(value) for name, value in point.items()} | guess
        if all(_holds(table, literal, values) for literal in affected):
            return {name: Fraction(value) for name, value in values.items()}
    return None


def _guesses(
    table: AtomTable, point: Mapping[str, Fraction], broken: Sequence[str], literals: Sequence[int]
) -> Iterator[dict[str, Rational]]:
    """All up, all down, each to the nearest, and each to where the sums have room."""
    for rounding in (ceil, floor, round):
        yield {name: rounding(point[name]) for name in broken}
    pull = dict.fromkeys(broken, 0)
    for literal in literals:
        inequality = table.inequality(literal)
        if len(inequality.terms) > 1:
            for name, coefficient in inequality.terms:
                if name in pull:
                    pull[name] += 1 if coefficient > 0 else -1
    yield {name: (floor if pull[name] > 0 else ceil)(point[name]) for name in broken}


def _holds(table: AtomTable, literal: int, values: Mapping[str, Rational]) -> bool:
    inequality = table.inequality(literal)
    total: Rational = 0
    for name, coefficient in inequality.terms:
        total += coefficient * values[name]
    return total < inequality.bound or (total == inequality.bound and not inequality.strict)
