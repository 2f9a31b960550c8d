"""Formulas with some variables fixed, and the values of one variable nearest to another that satisfy them, exactly."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from math import ceil, floor

from caio.base.exact import exact
from caio.certify.pointwise import simplest_between
from caio.obligations.formula import (
    Atom,
    Conjunction,
    Formula,
    Literal,
    Scope,
    Sort,
    Variable,
    conjunction,
    evaluate,
    negation,
    normalise,
)


def atoms_of(formulas: Iterable[Formula]) -> dict[Atom, None]:
    """The atoms that occur, in order of their first occurrence."""
    found: dict[Atom, None] = {}
    stack = list(formulas)[::-1]
    while stack:
        part = stack.pop()
        if isinstance(part, Literal):
            found[part.atom] = None
        elif isinstance(part, Conjunction):
            stack.extend(reversed(part.operands))
    return found


def variables_of(formulas: Iterable[Formula]) -> dict[str, None]:
    """The variables that occur, in order of their first occurrence."""
    return {name: None for atom in atoms_of(formulas) for name, _ in atom.terms}


def substituted(formula: Formula, values: Mapping[str, Fraction], scope: Scope) -> Formula:
    """The formula with these variables replaced by values, constants folded.

    Raises:
        KeyError: a variable is not in scope.
    """
    match formula:
        case bool():
            return formula
        case Literal(atom, positive):
            return _literal(atom, values, scope, positive=positive)
        case Conjunction(operands, positive):
            parts = []
            for operand in operands:
                part = substituted(operand, values, scope)
                if part is False:
                    return not positive
                parts.append(part)
            joined = conjunction(parts)
            return joined if positive else negation(joined)


def _literal(
    atom: Atom, values: Mapping[str, Fraction], scope: Scope, *, positive: bool
) -> Formula:
    if not any(name in values for name, _ in atom.terms):
        return Literal(atom, positive)
    rest: dict[str, Fraction] = {}
    bound = Fraction(atom.bound)
    for name, factor in atom.terms:
        if name in values:
            bound -= factor * values[name]
        else:
            rest[name] = Fraction(factor)
    found = normalise(rest, bound, scope, strict=atom.strict)
    return found if positive else negation(found)


def true_at(formulas: Iterable[Formula], values: Mapping[str, Fraction]) -> bool:
    """Whether formulas are all true at a point; whole numbers are looked at as such, which is much quicker."""
    point = {name: exact(value) for name, value in values.items()}
    return all(evaluate(formula, point) for formula in formulas)


def in_range(variable: Variable, value: Fraction) -> bool:
    """Whether a variable may have a value: within its bounds, and whole if it is an integer."""
    low, high = variable.lower, variable.upper
    return (
        (low is None or value >= low)
        and (high is None or value <= high)
        and (variable.sort is Sort.REAL or value.denominator == 1)
    )


def thresholds(formulas: Iterable[Formula], name: str) -> list[Fraction]:
    """Where the truth of formulas over one variable may change, in increasing order."""
    found = {
        Fraction(atom.bound) / factor
        for atom in atoms_of(formulas)
        for other, factor in atom.terms
        if other == name
    }
    return sorted(found)


@dataclass(frozen=True, slots=True)
class Nearest:
    """The value nearest to a goal, and how near any value comes: nearer than the value where a strict bound keeps it out."""

    value: Fraction
    distance: Fraction


def nearest(formulas: Collection[Formula], variable: Variable, goal: Fraction) -> Nearest | None:
    """The value nearest to `goal` that satisfies formulas over this one variable; None if no value does.

    Of two values at the same distance the greater one. Where a strict bound on a rational variable keeps every nearest
    value out, the decimal with the fewest places in the cell behind the bound.

    Raises:
        KeyError: another variable occurs.
    """
    name = variable.name
    for distance, value in _candidates(thresholds(formulas, name), variable, goal):
        if in_range(variable, value) and all(evaluate(f, {name: value}) for f in formulas):
            return Nearest(value, distance)
    return None


def _candidates(
    breaks: list[Fraction], variable: Variable, goal: Fraction
) -> Iterator[tuple[Fraction, Fraction]]:
    """A value of every cell that the breaks make, nearest cells first; the truth is the same all over a cell."""
    ends = [end for end in (variable.lower, variable.upper) if end is not None]
    if variable.sort is Sort.INT:
        whole = {goal, *ends}
        for edge in breaks:
            below, above = floor(edge), ceil(edge)
            whole.update(map(Fraction, (above - 1, below, above, below + 1)))
        for value in sorted(whole, key=lambda value: (abs(value - goal), -value)):
            yield abs(value - goal), value
        return
    points = sorted({goal, *ends, *breaks})
    cells = [(abs(value - goal), False, -value) for value in points]
    spans: list[tuple[Fraction | None, Fraction | None]] = [
        (None, points[0]),
        *pairwise(points),
        (points[-1], None),
    ]
    for low, high in spans:
        inner = simplest_between(low, high)
        near = min(abs(end - goal) for end in (low, high) if end is not None)
        if inner is not None:
            cells.append((near, True, -inner))
    for distance, _, value in sorted(cells):
        yield distance, -value
