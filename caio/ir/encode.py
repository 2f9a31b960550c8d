"""Documents to canonical JSON (``docs/spec/documents-v1.md``), and their digests."""

from __future__ import annotations

from dataclasses import fields
from fractions import Fraction

from caio.base.canonical import Json, canonical_bytes, digest_bytes
from caio.base.numbers import format_number
from caio.ir import documents as d
from caio.ir import terms as t


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
                "level": _number(level),
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


def value_json(value: d.Value) -> Json:
    """The canonical form of a field's value."""
    if isinstance(value, Fraction):
        return format_number(value)
    return list(value) if isinstance(value, tuple) else value


def document_json(document: d.Document) -> dict[str, Json]:
    """The canonical JSON of a document."""
    match document:
        case d.Vocabulary():
            return _vocabulary(document)
        case d.Service():
            return {
                "kind": "service",
                "vocabulary": document.vocabulary,
                "name": document.name,
                "version": document.version,
                "route": document.route,
                "attributes": _values(document.attributes),
                "capabilities": list(document.capabilities),
                "assumes": [formula_json(f) for f in document.assumes],
                "guarantees": [_guarantee(g) for g in document.guarantees],
                "cost": [
                    {"when": formula_json(c.when), "amount": affine_json(c.amount)}
                    for c in document.cost
                ],
                "permits": _permits(document.permits),
                "api": _api(document.api),
            }
        case d.Overlay():
            return {
                "kind": "overlay",
                "vocabulary": document.vocabulary,
                "service": document.service,
                "version": document.version,
                "origin": document.origin,
                "attributes": _values(document.attributes),
                "guarantees": [_guarantee(g) for g in document.guarantees],
            }
        case d.Rule():
            return {
                "kind": "invariant" if document.invariant else "rule",
                "vocabulary": document.vocabulary,
                "name": document.name,
                "priority": document.priority,
                "when": formula_json(document.when),
                "then": [atom_json(a) for a in document.then],
            }
        case d.Constraint():
            return {
                "kind": "constraint",
                "vocabulary": document.vocabulary,
                "name": document.name,
                "of": document.of,
                "when": formula_json(document.when),
                "then": [atom_json(a) for a in document.then],
            }
        case d.Request():
            return {
                "kind": "request",
                "vocabulary": document.vocabulary,
                "name": document.name,
                "caller": document.caller,
                "needs": [list(group) for group in document.needs],
                "given": [formula_json(f) for f in document.given],
                "ensure": [atom_json(a) for a in document.ensure],
                "budget": _number(document.budget),
                "deadline": _number(document.deadline),
                "nominal": None if document.nominal is None else _values(document.nominal),
            }
        case d.Profile():
            return _profile(document)
        case d.Facts():
            return {
                "kind": "facts",
                "vocabulary": document.vocabulary,
                "name": document.name,
                "origin": document.origin,
                "values": _values(document.values),
            }
        case d.Attestation():
            return {
                "kind": "attestation",
                "vocabulary": document.vocabulary,
                "node": document.node,
                "signature": document.signature,
                "statement": statement_json(document.statement),
            }
        case d.Measurements():
            return _measurements(document)
        case d.State():
            return {
                "kind": "state",
                "vocabulary": document.vocabulary,
                "service": document.service,
                "version": document.version,
                "values": _values(document.values),
                "history": {
                    "calls": str(document.calls),
                    "violations": str(document.violations),
                },
            }
        case d.Landscape():
            return {
                "kind": "landscape",
                "vocabulary": document.vocabulary,
                "count": len(document.entries),
                "entries": [
                    {"service": e.service, "overlays": list(e.overlays), "state": e.state}
                    for e in document.entries
                ],
            }


def document_bytes(document: d.Document) -> bytes:
    """The canonical bytes of a document, encoded once and kept with it."""
    return _encoded(document)[0]


def document_digest(document: d.Document) -> str:
    """The digest that names a document."""
    return _encoded(document)[1]


def keep_bytes(document: d.Document, data: bytes) -> str:
    """Keep known canonical bytes with the document they were decoded from; its digest.

    Only for bytes that ``document_bytes`` wrote: they are not compared with the document again.
    """
    kept = document.__dict__["_encoded"] = (data, digest_bytes(data))
    return kept[1]


def _encoded(document: d.Document) -> tuple[bytes, str]:
    kept: tuple[bytes, str] | None = document.__dict__.get("_encoded")
    if kept is None:
        data = canonical_bytes(document_json(document))
        # Not a field: equality and hashing stay those of the document's content.
        kept = document.__dict__["_encoded"] = (data, digest_bytes(data))
    return kept


def _number(value: Fraction | None) -> Json:
    return None if value is None else format_number(value)


def _values(values: tuple[tuple[str, d.Value], ...]) -> Json:
    return {name: value_json(value) for name, value in values}


def _guarantee(guarantee: d.Guarantee) -> Json:
    return {
        "metric": guarantee.metric,
        "relation": guarantee.relation.value,
        "bound": affine_json(guarantee.bound),
        "when": formula_json(guarantee.when),
        "level": _number(guarantee.level),
    }


def _permits(permits: d.Permits) -> Json:
    return {
        "mode": permits.mode,
        "permissions": list(permits.permissions),
        "trust": _number(permits.trust),
        "zones": None if permits.zones is None else list(permits.zones),
    }


def _api(api: d.Api | None) -> Json:
    if api is None:
        return None
    return {
        "protocol": api.protocol,
        "endpoint": api.endpoint,
        "response_schema": api.response_schema,
    }


def _cost_range(cost: d.CostRange | None) -> Json:
    if cost is None:
        return None
    return {"dimension": cost.dimension, "upper": format_number(cost.upper)}


def _type(kind: d.Type) -> Json:
    match kind:
        case d.BoolType():
            return {"sort": "bool"}
        case d.IntType(dimension, lower, upper):
            return {
                "sort": "int",
                "dimension": dimension,
                "lower": str(lower),
                "upper": str(upper),
            }
        case d.RationalType(dimension, low, high):
            return {
                "sort": "rational",
                "dimension": dimension,
                "lower": _number(low),
                "upper": _number(high),
            }
        case d.EnumType(enum):
            return {"sort": "enum", "enum": enum}
        case d.SetType(enum):
            return {"sort": "set", "enum": enum}
        case d.InstantType():
            return {"sort": "instant"}


def _field(field: d.Field) -> Json:
    default = None if field.default is None else value_json(field.default)
    return {"name": field.name, "type": _type(field.type), "default": default, "role": field.role}


def _vocabulary(vocabulary: d.Vocabulary) -> dict[str, Json]:
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
                "level": _number(m.level),
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


def _profile(profile: d.Profile) -> dict[str, Json]:
    weights = profile.weights
    names = [field.name for field in fields(weights)]
    return {
        "kind": "profile",
        "vocabulary": profile.vocabulary,
        "name": profile.name,
        "objective": profile.objective,
        "weights": {name: format_number(getattr(weights, name)) for name in names},
        "controls": [
            {
                "name": control.name,
                "excitation": format_number(control.excitation),
                "damping": format_number(control.damping),
            }
            for control in profile.controls
        ],
        "resolution": format_number(profile.resolution),
        "performance": list(profile.performance),
        "limits": {
            "available": [formula_json(f) for f in profile.limits.available],
            "routing_allowance": format_number(profile.limits.routing_allowance),
            "facts": list(profile.limits.facts),
            "solver_units": str(profile.limits.solver_units),
        },
        "optimality": "optional" if profile.optional_optimality else "required",
        "pins": dict(profile.pins),
    }


def statement_json(statement: d.Statement) -> dict[str, Json]:
    """The canonical JSON of what a node signs."""
    return {
        "algorithm": statement.algorithm,
        "at": str(statement.at),
        "claims": list(statement.claims),
        "end": str(statement.end),
        "facts": statement.facts,
        "issuer": statement.issuer,
        "key": statement.key,
        "kid": statement.kid,
        "start": str(statement.start),
        "subject": statement.subject,
        "token": statement.token,
        "vocabulary": statement.vocabulary,
    }


def _measurements(measurements: d.Measurements) -> dict[str, Json]:
    return {
        "kind": "measurements",
        "vocabulary": measurements.vocabulary,
        "name": measurements.name,
        "procedure": measurements.procedure,
        "resolution": format_number(measurements.resolution),
        "inputs": dict(measurements.inputs),
        "intervals": {
            name: [format_number(end) for end in ends] for name, ends in measurements.intervals
        },
        "terms": {
            control: {
                "intent": terms.intent,
                "attention": terms.attention,
                "resonance": terms.resonance,
                "policy": dict(terms.policy),
            }
            for control, terms in measurements.terms
        },
    }
