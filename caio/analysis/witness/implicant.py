"""From a point of a block to a conjunction of literals that implies the block, and its shadow on some of the variables.

An implicant is read off the formula: of a conjunction every operand is needed, of a disjunction one that is true. What is
needed for nothing is then dropped with the help of the prover, so that the implicant is prime.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from fractions import Fraction

from caio.analysis.witness.restrict import nearest, substituted
from caio.base.errors import InternalError
from caio.obligations.formula import (
    Conjunction,
    Formula,
    Literal,
    Scope,
    Sort,
    domain,
    equals,
    evaluate,
    holds,
    negation,
    normalise,
)


def implicant(formula: Formula, point: Mapping[str, Fraction]) -> dict[Literal, None]:
    """Literals that are true at a point and imply a formula that is true there, few of them.

    Raises:
        InternalError: the formula is false at the point.
    """
    found = _reasons(formula, point)
    if found is None:
        raise InternalError("a formula is false at the point that it is explained by")
    return found


def _reasons(formula: Formula, point: Mapping[str, Fraction]) -> dict[Literal, None] | None:
    match formula:
        case bool():
            return {} if formula else None
        case Literal(atom, positive):
            return {formula: None} if holds(atom, point) == positive else None
        case Conjunction(operands, True):
            every: dict[Literal, None] = {}
            for operand in operands:
                part = _reasons(operand, point)
                if part is None:
                    return None
                every |= part
            return every
        case Conjunction(operands, _):
            parts = (_reasons(negation(operand), point) for operand in operands)
            # The first of the shortest, so that equal formulas have equal reasons.
            return min((part for part in parts if part is not None), key=len, default=None)


def prime(
    literals: Iterable[Literal], implies: Callable[[Sequence[Literal], Literal], bool]
) -> list[Literal]:
    """The literals without those that are needed for nothing, in turn.

    Args:
        literals: in the order in which they are tried.
        implies: whether some literals suffice without another one.
    """
    kept = list(literals)
    for literal in list(kept):
        fewer = [other for other in kept if other is not literal]
        if implies(fewer, literal):
            kept = fewer
    return kept


def across(
    literal: Literal, point: Mapping[str, Fraction], scope: Scope
) -> Iterator[dict[str, Fraction]]:
    """Points at which a literal that is true at a point is false: one of its variables moved just far enough."""
    for name, _ in literal.atom.terms:
        others = {other: point[other] for other, _ in literal.atom.terms if other != name}
        wanted = substituted(negation(literal), others, scope)
        found = nearest([wanted], scope[name], point[name])
        if found is not None:
            yield {**point, name: found.value}


def shadow(
    literals: Iterable[Literal],
    inner: Iterable[str],
    point: Mapping[str, Fraction],
    scope: Scope,
) -> list[Literal]:
    """Literals without the inner variables: wherever they hold, some values of the inner variables make the others hold.

    Rational variables, and integers where that is exact, are eliminated by Fourier and Motzkin's method, which loses nothing.
    Any other integer is held at its value at the point.
    """
    kept = list(dict.fromkeys(literals))
    for name in inner:
        about = [one for one in kept if any(other == name for other, _ in one.atom.terms)]
        if not about:
            continue
        kept = [one for one in kept if one not in about]
        if _exact(name, about, scope):
            about += [one for one in domain(scope[name]) if isinstance(one, Literal)]
            made = _eliminated(name, about, scope)
        else:
            made = [substituted(one, {name: point[name]}, scope) for one in about]
        for formula in made:
            if isinstance(formula, Literal):
                kept.append(formula)
            elif not evaluate(formula, point):
                raise InternalError("a shadow excludes the point that casts it")
        kept = list(dict.fromkeys(kept))
    return kept


def _exact(name: str, about: Iterable[Literal], scope: Scope) -> bool:
    """Whether eliminating a variable loses nothing: it is rational, or everything is whole and its coefficients are units."""
    if scope[name].sort is Sort.REAL:
        return True
    return all(
        all(scope[other].sort is Sort.INT for other, _ in one.atom.terms)
        and all(abs(factor) == 1 for other, factor in one.atom.terms if other == name)
        for one in about
    )


def _eliminated(name: str, about: Iterable[Literal], scope: Scope) -> list[Formula]:
    """Every upper bound of the variable against every lower one."""
    above: list[tuple[dict[str, Fraction], Fraction, bool]] = []
    below: list[tuple[dict[str, Fraction], Fraction, bool]] = []
    for one in about:
        sign = 1 if one.positive else -1
        terms = {other: Fraction(sign * factor) for other, factor in one.atom.terms}
        bound = Fraction(one.atom.bound) * sign
        strict = one.atom.strict == one.positive
        if strict and all(scope[other].sort is Sort.INT for other in terms):
            bound, strict = bound - 1, False
        factor = terms.pop(name)
        scaled = {other: value / abs(factor) for other, value in terms.items()}
        (above if factor > 0 else below).append((scaled, bound / abs(factor), strict))
    found: list[Formula] = []
    for high, top, strict in above:
        for low, bottom, open_ in below:
            terms = dict(high)
            for other, value in low.items():
                terms[other] = terms.get(other, Fraction(0)) + value
            found.append(normalise(terms, top + bottom, scope, strict=strict or open_))
    return found


def held(name: str, point: Mapping[str, Fraction], scope: Scope) -> list[Literal]:
    """The literals that hold a variable at its value."""
    formula = equals(name, point[name], scope)
    parts = formula.operands if isinstance(formula, Conjunction) else (formula,)
    return [part for part in parts if isinstance(part, Literal)]
