"""Canonical JSON to vocabularies: enumerations, metrics, fields and their types."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final

from caio.ir import documents as d
from caio.ir import reader as r
from caio.ir.decode_terms import decode_value
from caio.ir.reader import DecodeError

_LAW: Final = r.one_of("sum", "min", "max", "product", "error_sum")
_VOCABULARY: Final = frozenset(
    {
        "kind",
        "name",
        "enums",
        "units",
        "capabilities",
        "metrics",
        "request",
        "facts",
        "environment",
        "measured",
        "controls",
        "attributes",
        "cost",
    }
)
_METRIC: Final = frozenset(
    {
        "name",
        "dimension",
        "lower",
        "upper",
        "better",
        "statistic",
        "level",
        "sequence",
        "parallel",
        "role",
    }
)
_NUMERIC: Final = frozenset({"sort", "dimension", "lower", "upper"})


def decode_vocabulary(value: object) -> d.Vocabulary:
    """A vocabulary.

    Raises:
        DecodeError: the value is none.
    """
    members = r.members(value, _VOCABULARY)
    r.member(members, "kind", r.one_of("vocabulary"))
    return d.Vocabulary(
        name=r.member(members, "name", r.name),
        enums=r.many(members, "enums", _enumeration),
        units=r.many(members, "units", r.name),
        capabilities=r.many(members, "capabilities", r.name),
        metrics=r.many(members, "metrics", _metric),
        request=r.many(members, "request", _field),
        facts=r.many(members, "facts", _field),
        environment=r.many(members, "environment", _field),
        measured=r.many(members, "measured", _field),
        controls=r.many(members, "controls", r.name),
        attributes=r.many(members, "attributes", _attribute_field),
        cost=r.member(members, "cost", r.optional(_cost_range)),
    )


def _enumeration(value: object) -> d.Enumeration:
    members = r.members(value, frozenset({"name", "members"}))
    return d.Enumeration(r.member(members, "name", r.name), r.many(members, "members", _member))


def _member(value: object) -> d.Member:
    members = r.members(value, frozenset({"name", "sensitive"}))
    return d.Member(r.member(members, "name", r.name), r.member(members, "sensitive", r.boolean))


def _metric(value: object) -> d.Metric:
    members = r.members(value, _METRIC)
    return d.Metric(
        name=r.member(members, "name", r.name),
        dimension=r.member(members, "dimension", r.name),
        lower=r.member(members, "lower", r.number),
        upper=r.member(members, "upper", r.number),
        better=r.member(members, "better", r.one_of("higher", "lower")),
        statistic=d.Statistic(r.member(members, "statistic", r.one_of("expected", "quantile"))),
        level=r.member(members, "level", r.optional(r.number)),
        sequence=r.member(members, "sequence", r.optional(_LAW)),
        parallel=r.member(members, "parallel", r.optional(_LAW)),
        role=r.member(members, "role", r.optional(r.one_of("latency"))),
    )


def _cost_range(value: object) -> d.CostRange:
    members = r.members(value, frozenset({"dimension", "upper"}))
    return d.CostRange(r.member(members, "dimension", r.name), r.member(members, "upper", r.number))


def _field(value: object, name: Callable[[object], str] = r.field_name) -> d.Field:
    members = r.members(value, frozenset({"name", "type", "default", "role"}))
    kind = r.member(members, "type", decode_type)
    return d.Field(
        r.member(members, "name", name),
        kind,
        r.member(members, "default", r.optional(partial(decode_value, kind))),
        r.member(members, "role", r.optional(r.name)),
    )


def _attribute_field(value: object) -> d.Field:
    return _field(value, r.path_name)


def decode_type(value: object) -> d.Type:
    """The type of a field.

    Raises:
        DecodeError: the value is none.
    """
    if type(value) is not dict:
        raise r.expected("an object", value)
    match value.get("sort"):
        case "bool" | "instant" as sort:
            r.members(value, frozenset({"sort"}))
            return d.BoolType() if sort == "bool" else d.InstantType()
        case "enum" | "set" as sort:
            members = r.members(value, frozenset({"sort", "enum"}))
            enum = r.member(members, "enum", r.name)
            return d.EnumType(enum) if sort == "enum" else d.SetType(enum)
        case "int":
            members = r.members(value, _NUMERIC)
            return d.IntType(
                r.member(members, "dimension", r.name),
                r.member(members, "lower", r.whole),
                r.member(members, "upper", r.whole),
            )
        case "rational":
            members = r.members(value, _NUMERIC)
            return d.RationalType(
                r.member(members, "dimension", r.name),
                r.member(members, "lower", r.optional(r.number)),
                r.member(members, "upper", r.optional(r.number)),
            )
        case other:
            raise DecodeError(f"{r.quoted(str(other))} is no sort of fields", "sort")
