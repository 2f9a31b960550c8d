"""The bytes of decision files (DESIGN section 9): a decision with its landscape beside it, or one bundle."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass

from caio.base.canonical import Json, canonical_bytes
from caio.ir import documents as d
from caio.ir.encode import document_digest, document_json
from caio.routing.decision import Decision


@dataclass(frozen=True, slots=True)
class DecisionFiles:
    """A decision as bytes, in the three shapes that are written and checked.

    Attributes:
        certificate: the decision alone, what the checker judges.
        documents: the document set with everything the decision is about.
        decision: the decision with the small documents in it (request, policy, profile, facts).
        landscape: the landscape's documents, to be written beside the decision.
        landscape_name: the name of that file.
        bundle: the decision with all documents in it.
    """

    certificate: bytes
    documents: bytes
    decision: bytes
    landscape: bytes
    landscape_name: str
    bundle: bytes


def decision_files(decision: Decision) -> DecisionFiles:
    """The bytes of a decision; the same decision always gives the same bytes."""
    question = decision.question
    small: list[d.Document] = [question.request, *question.policy, question.profile]
    if question.facts is not None:
        small.append(question.facts)
    own = _ordered(small)
    shared = _ordered(decision.snapshot.documents())
    body = decision.json()
    return DecisionFiles(
        certificate=canonical_bytes(body),
        documents=_set(own + shared),
        decision=_readable({**body, "documents": own}),
        landscape=_set(shared),
        landscape_name=f"landscape-{decision.snapshot.digest.removeprefix('sha256:')}.json",
        bundle=_readable({**body, "documents": own + shared}),
    )


def document_set(documents: Iterable[d.Document]) -> bytes:
    """The canonical bytes of a document set."""
    return _set(_ordered(documents))


def _ordered(documents: Iterable[d.Document]) -> list[Json]:
    """The documents' JSON by digest, each once: the order in which they came leaves no trace."""
    unique = {document_digest(document): document for document in documents}
    return [document_json(document) for _, document in sorted(unique.items())]


def _set(documents: list[Json]) -> bytes:
    return canonical_bytes({"format": "caio-documents/v1", "documents": documents}) + b"\n"


def _readable(body: dict[str, Json]) -> bytes:
    """One top-level member per line, so that a person finds the verdict; the value is the same."""
    lines = [f"{json.dumps(key)}: {canonical_bytes(value).decode()}" for key, value in body.items()]
    return ("{\n" + ",\n".join(lines) + "\n}\n").encode()
