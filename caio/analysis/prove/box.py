"""Formulas among the points of a box: what follows from the ranges of single variables is folded away.

Thousands of services are refused, or admitted, for reasons that a class settles already: a budget that their price never
reaches, a region that they do not state. What is left for a reader to be told, and for a solver to search, is little.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from math import ceil, floor

from caio.obligations.formula import (
    Conjunction,
    Formula,
    Literal,
    Scope,
    Sort,
    Variable,
    conjunction,
    negation,
)

End = Fraction | None


class Box:
    """Ranges of variables that hold wherever some formulas do; ends count as inside, so that nothing is lost."""

    def __init__(self, formulas: Iterable[Formula], scope: Scope) -> None:
        self._scope = scope
        self._ranges: dict[str, tuple[End, End]] = {}
        whole = conjunction(formulas)
        parts = whole.operands if isinstance(whole, Conjunction) and whole.positive else (whole,)
        for part in parts:
            if isinstance(part, Literal) and len(part.atom.terms) == 1:
                self._narrow(part)
        self._known: dict[Formula, Formula] = {}

    def folded(self, formula: Formula) -> Formula:
        """A formula that is equal to this one at every point of the box."""
        if isinstance(formula, bool):
            return formula
        known = self._known.get(formula)
        if known is None:
            known = self._known[formula] = self._fold(formula)
        return known

    def _fold(self, formula: Literal | Conjunction) -> Formula:
        if isinstance(formula, Conjunction):
            joined = conjunction(self.folded(one) for one in formula.operands)
            return joined if formula.positive else negation(joined)
        atom = formula.atom
        low, high = self._sum(atom.terms)
        if high is not None and (high < atom.bound or (high == atom.bound and not atom.strict)):
            return formula.positive
        if low is not None and (low > atom.bound or (low == atom.bound and atom.strict)):
            return not formula.positive
        return formula

    def _sum(self, terms: Iterable[tuple[str, int]]) -> tuple[End, End]:
        low: End = Fraction(0)
        high: End = Fraction(0)
        for name, factor in terms:
            ends = self._range(name)
            least, most = ends if factor > 0 else (ends[1], ends[0])
            low = None if low is None or least is None else low + factor * least
            high = None if high is None or most is None else high + factor * most
        return low, high

    def _range(self, name: str) -> tuple[End, End]:
        variable: Variable = self._scope[name]
        return self._ranges.get(name, (variable.lower, variable.upper))

    def _narrow(self, literal: Literal) -> None:
        ((name, factor),) = literal.atom.terms
        low, high = self._range(name)
        edge = Fraction(literal.atom.bound) / factor
        whole = self._scope[name].sort is Sort.INT
        outside = literal.atom.strict == literal.positive
        if (factor > 0) == literal.positive:
            end = Fraction(ceil(edge) - 1 if outside else floor(edge)) if whole else edge
            high = end if high is None else min(high, end)
        else:
            end = Fraction(floor(edge) + 1 if outside else ceil(edge)) if whole else edge
            low = end if low is None else max(low, end)
        self._ranges[name] = (low, high)


def needed(weights: Mapping[Formula, int], count: int) -> dict[Formula, int]:
    """The conditions of admission that matter to the question whether fewer than so many services are admitted.

    Where a condition demands all that others demand, and those are of so many services, it is met by nobody who is
    uncovered. Of equal conditions one stays.

    Args:
        weights: how many services have each condition.
        count: how many services are enough.
    """
    parts: dict[Formula, frozenset[Formula]] = {}
    for one in weights:
        if one is not False:
            parts[one] = _parts(one)
    ordered = sorted(parts, key=lambda one: len(parts[one]))
    kept: dict[Formula, int] = {}
    for one in ordered:
        weaker = sum(kept[other] for other in kept if parts[other] <= parts[one])
        if weaker < count:
            kept[one] = weights[one]
    return kept


def _parts(formula: Formula) -> frozenset[Formula]:
    if isinstance(formula, Conjunction) and formula.positive:
        return frozenset(formula.operands)
    return frozenset([formula])
