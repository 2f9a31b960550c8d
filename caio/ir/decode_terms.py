"""Canonical JSON to expressions: affine terms, formulas, requirement atoms and values."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import lru_cache
from typing import Final, TypeVar

from caio.ir import documents as d
from caio.ir import reader as r
from caio.ir import terms as t
from caio.ir.reader import DecodeError

MAX_DEPTH: Final = 50
"""The deepest nesting of a formula, so that documents stay within 64 levels wherever they travel."""

_RELATIONS: Final = {relation.value: relation for relation in t.Relation}
_COMPARISONS: Final = {comparison.value: comparison for comparison in t.Comparison}
_AFFINE: Final = frozenset({"constant", "terms"})
_T = TypeVar("_T")


def decode_affine(value: object) -> t.Affine:
    """An affine term.

    Raises:
        DecodeError: the value is none, or has a zero coefficient.
    """
    members = r.members(value, _AFFINE)
    terms = members["terms"]
    if type(terms) is not dict:
        raise r.expected("an object", terms).inside(".terms")
    try:
        return _affine(members["constant"], tuple(terms.items()))
    except TypeError:
        raise DecodeError("expected numbers as strings such as `3/4`") from None


@lru_cache(maxsize=1 << 14)
def _affine(constant: object, terms: tuple[tuple[str, object], ...]) -> t.Affine:
    """The term, made once per text: contracts repeat themselves."""
    coefficients = {r.name(name): r.number(value) for name, value in terms}
    if not all(coefficients.values()):
        raise DecodeError("a coefficient of zero must be left out", "terms")
    return t.Affine.of(r.number(constant), coefficients)


def decode_formula(value: object, depth: int = 1) -> t.Formula:
    """A formula.

    Raises:
        DecodeError: the value is none, or is nested too deeply.
    """
    if type(value) is bool:
        return t.TRUE if value else t.FALSE
    if type(value) is not list or not value:
        raise DecodeError('expected a formula: a Boolean or an array such as `["is", …]`')
    if depth > MAX_DEPTH:
        raise DecodeError(f"a formula nested deeper than {MAX_DEPTH}")
    operator = value[0]
    decode = _FORMULAS.get(operator) if type(operator) is str else None
    if decode is None:
        raise DecodeError(f"{r.quoted(str(operator))} is no operator of formulas", "[0]")
    return decode(value, depth)


def _at(value: list[object], index: int, decode: Callable[[object], _T]) -> _T:
    try:
        return decode(value[index])
    except DecodeError as error:
        raise error.inside(f"[{index}]") from None


def _arity(value: list[object], count: int) -> None:
    if len(value) != count + 1:
        raise DecodeError(f"`{value[0]}` takes {count} operands, found {len(value) - 1}")


def _compare(value: list[object], _: int) -> t.Formula:
    _arity(value, 1)
    return t.Compare(_COMPARISONS[str(value[0])], _at(value, 1, decode_affine))


def _operands(value: list[object], depth: int) -> tuple[t.Formula, ...]:
    result: list[t.Formula] = []
    for item in value[1:]:
        try:
            result.append(decode_formula(item, depth + 1))
        except DecodeError as error:
            raise error.inside(f"[{len(result) + 1}]") from None
    return tuple(result)


def _not(value: list[object], depth: int) -> t.Formula:
    _arity(value, 1)
    return t.Not(_operands(value, depth)[0])


def _junction(value: list[object], depth: int) -> t.Formula:
    if len(value) < 3:
        raise DecodeError(f"`{value[0]}` takes two or more operands, found {len(value) - 1}")
    operands = _operands(value, depth)
    return t.And(operands) if value[0] == "and" else t.Or(operands)


def _in(value: list[object], _: int) -> t.Formula:
    _arity(value, 2)
    return t.In(_at(value, 1, r.name), _at(value, 2, _some_names))


def _has(value: list[object], _: int) -> t.Formula:
    _arity(value, 2)
    return t.Has(_at(value, 1, r.name), _at(value, 2, r.name))


def _is(value: list[object], _: int) -> t.Formula:
    _arity(value, 1)
    return t.Is(_at(value, 1, r.name))


_FORMULAS: Final[dict[str, Callable[[list[object], int], t.Formula]]] = {
    "not": _not,
    "and": _junction,
    "or": _junction,
    "le": _compare,
    "lt": _compare,
    "eq": _compare,
    "in": _in,
    "has": _has,
    "is": _is,
}


def _some_names(value: object) -> tuple[str, ...]:
    names = r.distinct(r.array(value, r.name))
    if not names:
        raise DecodeError("at least one member is needed")
    return names


def decode_relation(value: object) -> t.Relation:
    """An order relation.

    Raises:
        DecodeError: the value is none.
    """
    return _RELATIONS[r.one_of(*_RELATIONS)(value)]


def decode_atom(value: object) -> t.Atom:
    """A requirement atom.

    Raises:
        DecodeError: the value is none.
    """
    if type(value) is not dict:
        raise r.expected("an object", value)
    on = value.get("on")
    decode = _ATOMS.get(on) if type(on) is str else None
    if decode is None:
        raise DecodeError(f"{r.quoted(str(on))} is nothing to require", "on")
    return decode(value)


def _metric(value: object) -> t.Atom:
    members = r.members(value, frozenset({"on", "name", "relation", "bound", "level"}))
    return t.OnMetric(
        r.member(members, "name", r.name),
        r.member(members, "relation", decode_relation),
        r.member(members, "bound", decode_affine),
        r.member(members, "level", r.optional(r.number)),
    )


def _cost(value: object) -> t.Atom:
    members = r.members(value, frozenset({"on", "relation", "bound"}))
    return t.OnCost(
        r.member(members, "relation", decode_relation), r.member(members, "bound", decode_affine)
    )


def _attribute(value: r.Object) -> t.Atom:
    for key in ("in", "not_in"):
        if key in value:
            members = r.members(value, frozenset({"on", "name", key}))
            return t.OnAttribute(
                r.member(members, "name", r.path_name),
                r.member(members, key, _constants),
                key == "not_in",
            )
    members = r.members(value, frozenset({"on", "name", "relation", "bound"}))
    return t.OnQuantity(
        r.member(members, "name", r.path_name),
        r.member(members, "relation", decode_relation),
        r.member(members, "bound", r.number),
    )


def _constants(value: object) -> tuple[str | bool, ...]:
    """Members of an enumeration, or Booleans in the order ``false``, ``true``."""
    if type(value) is list and value and all(type(item) is bool for item in value):
        if value not in ([False], [True], [False, True]):
            raise DecodeError("Booleans are listed once each, `false` first")
        return tuple(value)
    return _some_names(value)


def _capability(value: object) -> t.Atom:
    members = r.members(value, frozenset({"on", "name", "provided"}))
    return t.OnCapability(
        r.member(members, "name", r.name), r.member(members, "provided", r.boolean)
    )


def _time(value: object) -> t.Atom:
    members = r.members(value, frozenset({"on", "relation", "bound"}))
    return t.OnTime(
        r.member(members, "relation", decode_relation), r.member(members, "bound", r.number)
    )


def _expression(value: object) -> t.Atom:
    members = r.members(value, frozenset({"on", "relation", "terms"}))
    relation = r.member(members, "relation", r.one_of("<=", "<"))
    return t.OnExpression(_RELATIONS[relation], r.member(members, "terms", decode_affine))


_ATOMS: Final[dict[str, Callable[[r.Object], t.Atom]]] = {
    "metric": _metric,
    "cost": _cost,
    "attribute": _attribute,
    "capability": _capability,
    "time": _time,
    "expression": _expression,
}


def decode_value(kind: d.Type, value: object) -> d.Value:
    """A value of this type; whether it lies in the type's range is not asked here.

    Raises:
        DecodeError: the value is of another type.
    """
    match kind:
        case d.BoolType():
            return r.boolean(value)
        case d.EnumType():
            return r.name(value)
        case d.SetType():
            return r.distinct(r.array(value, r.name))
        case d.IntType() | d.InstantType():
            return Fraction(r.whole(value))
        case d.RationalType():
            return r.number(value)
