"""Expressions to canonical JSON: affine terms, formulas, requirement atoms and values, the inverse of ``decode_terms``."""

from __future__ import annotations

from fractions import Fraction

from caio.base.canonical import Json
from caio.base.numbers import format_number
from caio.ir import terms as t
from caio.ir.vocabulary import Value


def optional_number(value: Fraction | None) -> Json:
    """The canonical form of a number, or ``null``."""
    return None if value is None else format_number(value)


def affine_json(term: t.Affine) -> Json:
    """The canonical form of an affine term."""
    return {
        "constant": format_number(term.constant),
        "terms": {name: format_number(value) for name, value in term.terms},
    }


def formula_json(formula: t.Formula) -> Json:
    """The canonical form of a formula."""
    match formula:
        case t.Constant(value):
            return value
        case t.Not(operand):
            return ["not", formula_json(operand)]
        case t.And(operands):
            return ["and", *map(formula_json, operands)]
        case t.Or(operands):
            return ["or", *map(formula_json, operands)]
        case t.Compare(comparison, term):
            return [comparison.value, affine_json(term)]
        case t.In(variable, members):
            return ["in", variable, list(members)]
        case t.Has(variable, member):
            return ["has", variable, member]
        case t.Is(variable):
            return ["is", variable]


def atom_json(atom: t.Atom) -> Json:
    """The canonical form of a requirement atom."""
    match atom:
        case t.OnMetric(metric, relation, bound, level):
            return {
                "on": "metric",
                "name": metric,
                "relation": relation.value,
                "bound": affine_json(bound),
                "level": optional_number(level),
            }
        case t.OnCost(relation, bound):
            return {"on": "cost", "relation": relation.value, "bound": affine_json(bound)}
        case t.OnAttribute(attribute, values, negated):
            key = "not_in" if negated else "in"
            return {"on": "attribute", "name": attribute, key: list(values)}
        case t.OnQuantity(attribute, relation, bound):
            return {
                "on": "attribute",
                "name": attribute,
                "relation": relation.value,
                "bound": format_number(bound),
            }
        case t.OnCapability(capability, provided):
            return {"on": "capability", "name": capability, "provided": provided}
        case t.OnTime(relation, bound):
            return {"on": "time", "relation": relation.value, "bound": format_number(bound)}
        case t.OnExpression(relation, terms):
            return {"on": "expression", "relation": relation.value, "terms": affine_json(terms)}


def value_json(value: Value) -> Json:
    """The canonical form of a field's value."""
    if isinstance(value, Fraction):
        return format_number(value)
    return list(value) if isinstance(value, tuple) else value
