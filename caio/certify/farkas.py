"""Farkas' lemma, exactly: multiples of inequalities that sum to a contradiction."""

from __future__ import annotations

from collections.abc import Iterable
from math import gcd, lcm

from caio.certify.atoms import AtomTable, Rational


def contradiction(
    table: AtomTable, pairs: Iterable[tuple[int, Rational]]
) -> tuple[tuple[int, int], ...] | None:
    """The pairs with coprime positive integers as multipliers, if they sum to a contradiction.

    A literal that comes several times is counted once with the sum of its multipliers; one with
    multiplier 0 is dropped. None if a multiplier is negative, a literal meets its negation, or the sum
    is no contradiction.
    """
    total: dict[int, Rational] = {}
    for literal, multiplier in pairs:
        if literal not in table.atoms and -literal not in table.atoms:
            return None
        total[literal] = total.get(literal, 0) + multiplier
    present = [(literal, multiplier) for literal, multiplier in total.items() if multiplier]
    if not present or any(value < 0 or -literal in total for literal, value in present):
        return None
    denominator = lcm(*(value.denominator for _, value in present))
    whole = [(literal, int(value * denominator)) for literal, value in present]
    divisor = gcd(*(value for _, value in whole))
    result = tuple((literal, value // divisor) for literal, value in whole)
    return result if is_contradiction(table, result) else None


def is_contradiction(table: AtomTable, pairs: Iterable[tuple[int, int]]) -> bool:
    """Whether the variables vanish from the sum and what is left is false."""
    sums: dict[str, int] = {}
    bound: Rational = 0
    strict = False
    for literal, multiplier in pairs:
        inequality = table.inequality(literal)
        for name, coefficient in inequality.terms:
            sums[name] = sums.get(name, 0) + multiplier * coefficient
        bound += multiplier * inequality.bound
        strict = strict or inequality.strict
    return not any(sums.values()) and (bound < 0 or (bound == 0 and strict))
