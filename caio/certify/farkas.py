"""Farkas' lemma, exactly: multiples of inequalities that sum to a contradiction."""

from __future__ import annotations

from collections.abc import Iterable
from math import gcd, lcm

from caio.base.exact import Rational
from caio.certify.atoms import AtomTable


def contradiction(
    table: AtomTable, pairs: Iterable[tuple[int, Rational]]
) -> tuple[tuple[int, int], ...] | None:
    """The pairs with coprime positive integers as multipliers, if they sum to a contradiction.

    A literal that comes several times is counted once with the sum of its multipliers; one with
    multiplier 0 is dropped. None if a multiplier is negative, a literal meets its negation, or the sum
    is no contradiction.
    """
    total: dict[int, Rational] = {}
    whole = True
    for literal, multiplier in pairs:
        if abs(literal) not in table.atoms:
            return None
        total[literal] = total.get(literal, 0) + multiplier
        whole = whole and type(multiplier) is int
    if not whole:
        denominator = lcm(*(value.denominator for value in total.values()))
        total = {literal: int(value * denominator) for literal, value in total.items()}
    result = _coprime({literal: int(value) for literal, value in total.items() if value})
    return result if result and is_contradiction(table, result) else None


def _coprime(multipliers: dict[int, int]) -> tuple[tuple[int, int], ...]:
    """The multipliers divided by what they have in common; none if one is negative or opposed."""
    divisor = gcd(*multipliers.values())
    if any(value < 0 or -literal in multipliers for literal, value in multipliers.items()):
        return ()
    return tuple((literal, value // divisor) for literal, value in multipliers.items())


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
    return not any(sums.values()) and (bound < 0 or (strict and not bound))
