"""Expressions of canonical JSON at one concrete point, exactly.

A point maps qualified variables to values: ``bool``, member name, ``Fraction`` (numbers and instants) or ``frozenset``
of member names. Asking for a variable that the point does not assign is a mistake of the caller and raises.
"""

from collections.abc import Iterator, Mapping
from fractions import Fraction
from functools import cache
from typing import Any

Point = Mapping[str, Any]
Document = dict[str, Any]


@cache
def number(text: str) -> Fraction:
    return Fraction(text)


def constant(value: Fraction | int) -> Document:
    return {"constant": str(Fraction(value)), "terms": {}}


def combined(term: Document, factor: Fraction, other: Document) -> Document:
    """``term + factor · other``."""
    terms = {name: number(value) for name, value in term["terms"].items()}
    for name, value in other["terms"].items():
        terms[name] = terms.get(name, Fraction(0)) + factor * number(value)
    constant_part = number(term["constant"]) + factor * number(other["constant"])
    return {
        "constant": str(constant_part),
        "terms": {name: str(value) for name, value in terms.items() if value},
    }


def affine(term: Document, point: Point) -> Fraction:
    total = number(term["constant"])
    for name, coefficient in term["terms"].items():
        counted = counted_set(name)
        value = point[name] if counted is None else len(point[counted])
        total += number(coefficient) * value
    return total


def truth(formula: Any, point: Point) -> bool:
    if isinstance(formula, bool):
        return formula
    operator, *rest = formula
    match operator:
        case "not":
            return not truth(rest[0], point)
        case "and":
            return all(truth(part, point) for part in rest)
        case "or":
            return any(truth(part, point) for part in rest)
        case "le":
            return affine(rest[0], point) <= 0
        case "lt":
            return affine(rest[0], point) < 0
        case "eq":
            return affine(rest[0], point) == 0
        case "in":
            return point[rest[0]] in rest[1]
        case "has":
            return rest[1] in point[rest[0]]
        case "is":
            return point[rest[0]] is True
    raise ValueError(f"no formula: {formula!r}")


def compared(left: Fraction, relation: str, right: Fraction) -> bool:
    match relation:
        case "<=":
            return left <= right
        case "<":
            return left < right
        case ">=":
            return left >= right
        case ">":
            return left > right
    raise ValueError(f"no relation: {relation!r}")


def counted_set(name: str) -> str | None:
    return name.removeprefix("count(").removesuffix(")") if name.startswith("count(") else None


def affine_terms(formula: Any) -> Iterator[Document]:
    """Every affine term that a formula compares with zero."""
    if isinstance(formula, bool):
        return
    operator, *rest = formula
    if operator in ("not", "and", "or"):
        for part in rest:
            yield from affine_terms(part)
    elif operator in ("le", "lt", "eq"):
        yield rest[0]


def variables(formula: Any) -> Iterator[str]:
    if isinstance(formula, bool):
        return
    operator, *rest = formula
    if operator in ("not", "and", "or"):
        for part in rest:
            yield from variables(part)
    elif operator in ("le", "lt", "eq"):
        yield from affine_variables(rest[0])
    else:
        yield rest[0]


def affine_variables(term: Document) -> Iterator[str]:
    for name in term["terms"]:
        yield counted_set(name) or name
