"""Classes and properties to canonical JSON, the inverse of ``decode_questions``."""

from __future__ import annotations

from caio.base.canonical import Json
from caio.ir import questions as q
from caio.ir.encode_terms import atom_json, formula_json, optional_number


def question_json(document: q.Class | q.Property) -> dict[str, Json]:
    """The canonical JSON of a class or a property."""
    match document:
        case q.Class():
            return _class(document)
        case q.Property():
            return {
                "kind": "property",
                "vocabulary": document.vocabulary,
                "name": document.name,
                "claim": _claim(document.claim),
            }


def _class(group: q.Class) -> dict[str, Json]:
    return {
        "kind": "class",
        "vocabulary": group.vocabulary,
        "name": group.name,
        "needs": [list(one) for one in group.needs],
        "given": [formula_json(f) for f in group.given],
        "ensure": [atom_json(a) for a in group.ensure],
        "budget": optional_number(group.budget),
        "deadline": optional_number(group.deadline),
    }


def _claim(claim: q.PropertyClaim) -> Json:
    match claim:
        case q.Never(when):
            return ["never", formula_json(when)]
        case q.Always(count, group):
            return ["always", str(count), group]
        case q.Implication(premises, conclusions, both):
            return ["equivalent" if both else "imply", list(premises), list(conclusions)]
