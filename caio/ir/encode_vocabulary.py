"""Vocabularies to canonical JSON, the inverse of ``decode_vocabulary``."""

from __future__ import annotations

from caio.base.canonical import Json
from caio.base.numbers import format_number
from caio.ir import vocabulary as v
from caio.ir.encode_terms import optional_number, value_json


def vocabulary_json(vocabulary: v.Vocabulary) -> dict[str, Json]:
    """The canonical JSON of a vocabulary."""
    return {
        "kind": "vocabulary",
        "name": vocabulary.name,
        "enums": [
            {
                "name": enum.name,
                "members": [{"name": m.name, "sensitive": m.sensitive} for m in enum.members],
            }
            for enum in vocabulary.enums
        ],
        "units": list(vocabulary.units),
        "capabilities": list(vocabulary.capabilities),
        "metrics": [
            {
                "name": m.name,
                "dimension": m.dimension,
                "lower": format_number(m.lower),
                "upper": format_number(m.upper),
                "better": m.better,
                "statistic": m.statistic.value,
                "level": optional_number(m.level),
                "sequence": m.sequence,
                "parallel": m.parallel,
                "role": m.role,
            }
            for m in vocabulary.metrics
        ],
        "request": [_field(f) for f in vocabulary.request],
        "facts": [_field(f) for f in vocabulary.facts],
        "environment": [_field(f) for f in vocabulary.environment],
        "measured": [_field(f) for f in vocabulary.measured],
        "controls": list(vocabulary.controls),
        "attributes": [_field(f) for f in vocabulary.attributes],
        "cost": _cost_range(vocabulary.cost),
    }


def _cost_range(cost: v.CostRange | None) -> Json:
    if cost is None:
        return None
    return {"dimension": cost.dimension, "upper": format_number(cost.upper)}


def _type(kind: v.Type) -> Json:
    match kind:
        case v.BoolType():
            return {"sort": "bool"}
        case v.IntType(dimension, lower, upper):
            return {
                "sort": "int",
                "dimension": dimension,
                "lower": str(lower),
                "upper": str(upper),
            }
        case v.RationalType(dimension, low, high):
            return {
                "sort": "rational",
                "dimension": dimension,
                "lower": optional_number(low),
                "upper": optional_number(high),
            }
        case v.EnumType(enum):
            return {"sort": "enum", "enum": enum}
        case v.SetType(enum):
            return {"sort": "set", "enum": enum}
        case v.InstantType():
            return {"sort": "instant"}


def _field(field: v.Field) -> Json:
    default = None if field.default is None else value_json(field.default)
    return {"name": field.name, "type": _type(field.type), "default": default, "role": field.role}
