"""The bytes of decision files (DESIGN section 9): a decision with its landscape beside it, or one bundle."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass

from caio.base.canonical import canonical_bytes
from caio.ir import documents as d
from caio.ir.encode import document_bytes, document_digest
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
    lines = [
        json.dumps(key).encode() + b": " + canonical_bytes(value) for key, value in body.items()
    ]
    return DecisionFiles(
        certificate=canonical_bytes(body),
        documents=_set(own + shared),
        decision=_with_documents(lines, own),
        landscape=_set(shared),
        landscape_name=f"landscape-{decision.snapshot.digest.removeprefix('sha256:')}.json",
        bundle=_with_documents(lines, own + shared),
    )


def document_set(documents: Iterable[d.Document]) -> bytes:
    """The canonical bytes of a document set."""
    return _set(_ordered(documents))


def _ordered(documents: Iterable[d.Document]) -> list[bytes]:
    """The documents' bytes by digest, each once: the order in which they came leaves no trace."""
    unique = {document_digest(document): document for document in documents}
    return [document_bytes(document) for _, document in sorted(unique.items())]


def _set(documents: list[bytes]) -> bytes:
    return b'{"documents":[' + b",".join(documents) + b'],"format":"caio-documents/v1"}\n'


def _with_documents(lines: list[bytes], documents: list[bytes]) -> bytes:
    """One top-level member per line, so that a person finds the verdict at a glance."""
    members = [*lines, b'"documents": [\n' + b",\n".join(documents) + b"\n]"]
    return b"{\n" + b",\n".join(members) + b"\n}\n"
