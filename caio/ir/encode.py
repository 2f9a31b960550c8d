"""Documents to canonical JSON (``docs/spec/documents-v1.md``), and their digests."""

from __future__ import annotations

from caio.base.canonical import Json, canonical_bytes, digest_bytes
from caio.ir import documents as d
from caio.ir.encode_choosing import measurements_json, profile_json
from caio.ir.encode_questions import question_json
from caio.ir.encode_terms import (
    affine_json,
    atom_json,
    formula_json,
    optional_number,
    value_json,
)
from caio.ir.encode_vocabulary import vocabulary_json

__all__ = [
    "affine_json",
    "atom_json",
    "document_bytes",
    "document_digest",
    "document_json",
    "formula_json",
    "keep_bytes",
    "statement_json",
    "value_json",
]


def document_json(document: d.Document) -> dict[str, Json]:
    """The canonical JSON of a document."""
    match document:
        case d.Vocabulary():
            return vocabulary_json(document)
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
                "budget": optional_number(document.budget),
                "deadline": optional_number(document.deadline),
                "nominal": None if document.nominal is None else _values(document.nominal),
            }
        case d.Class() | d.Property():
            return question_json(document)
        case d.Profile():
            return profile_json(document)
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
            return measurements_json(document)
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


def _values(values: tuple[tuple[str, d.Value], ...]) -> Json:
    return {name: value_json(value) for name, value in values}


def _guarantee(guarantee: d.Guarantee) -> Json:
    return {
        "metric": guarantee.metric,
        "relation": guarantee.relation.value,
        "bound": affine_json(guarantee.bound),
        "when": formula_json(guarantee.when),
        "level": optional_number(guarantee.level),
    }


def _permits(permits: d.Permits) -> Json:
    return {
        "mode": permits.mode,
        "permissions": list(permits.permissions),
        "trust": optional_number(permits.trust),
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
