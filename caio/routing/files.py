"""The bytes of files: a decision with its landscape beside it, or one bundle; a certificate with its documents."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from caio.base.canonical import Json, canonical_bytes
from caio.ir import documents as d
from caio.ir.encode import document_bytes, document_digest
from caio.landscape.snapshot import Snapshot
from caio.obligations.candidate import Question
from caio.routing.decision import Decision

_PART: Final = 256
"""How many documents one part holds."""
_MEMBERS: Final = (
    "format",
    "inputs",
    "verdict",
    "selected",
    "optimality",
    "landscape",
    "at",
    "candidates",
    "proofs",
    "guarantees",
    "steps",
    "evidence",
    "obligations_digest",
    "decision_digest",
    "trace_digest",
)
"""The members of a decision in the order in which a person reads them."""


@dataclass(frozen=True)
class DecisionFiles:
    """A decision as bytes, in the shapes that are written and checked.

    Whatever holds the documents is put together when it is asked for: a registry is large, and a command needs one or
    two of these shapes.

    Attributes:
        certificate: the decision alone, what the checker judges.
        landscape_name: the name of the file for ``landscape``.
        body: the certificate as JSON.
    """

    certificate: bytes
    landscape_name: str
    body: Mapping[str, Json]
    _own: tuple[bytes, ...]
    _shared: tuple[bytes, ...]

    @cached_property
    def documents(self) -> bytes:
        """The document set with everything the decision is about."""
        return _set(self._own + self._shared)

    @property
    def parts(self) -> list[bytes]:
        """The same documents as several sets, so that a reader need not hold all of their JSON at once."""
        return _parts(self._own + self._shared)

    @property
    def decision(self) -> bytes:
        """The decision with the small documents in it (request, policy, profile, facts)."""
        return _with_documents(self._lines(), self._own)

    @property
    def landscape(self) -> bytes:
        """The landscape's documents, to be written beside the decision."""
        return _set(self._shared)

    @property
    def bundle(self) -> bytes:
        """The decision with all documents in it."""
        return _with_documents(self._lines(), self._own + self._shared)

    @property
    def own(self) -> tuple[bytes, ...]:
        """The small documents one by one: what the decision file carries."""
        return self._own

    @property
    def shared(self) -> tuple[bytes, ...]:
        """The documents of the landscape one by one: what lies beside the decision file."""
        return self._shared

    @property
    def every(self) -> tuple[bytes, ...]:
        """All documents one by one: what a bundle carries."""
        return self._own + self._shared

    def _lines(self) -> list[bytes]:
        return [_line(name, self.body[name]) for name in _MEMBERS]


def decision_files(decision: Decision) -> DecisionFiles:
    """The bytes of a decision; the same decision always gives the same bytes."""
    return files_of(decision.question, decision.snapshot, decision.json())


def files_of(question: Question, snapshot: Snapshot, body: Mapping[str, Json]) -> DecisionFiles:
    """The bytes of a decision about a question and a snapshot, from its JSON."""
    own, shared = _documents(question, snapshot)
    return DecisionFiles(
        certificate=canonical_bytes(body),
        landscape_name=f"landscape-{snapshot.digest.removeprefix('sha256:')}.json",
        body=body,
        _own=own,
        _shared=shared,
    )


def document_parts(question: Question, snapshot: Snapshot) -> list[bytes]:
    """The document sets that every decision about a question and a snapshot is about, as in ``parts``."""
    own, shared = _documents(question, snapshot)
    return _parts(own + shared)


def _documents(
    question: Question, snapshot: Snapshot
) -> tuple[tuple[bytes, ...], tuple[bytes, ...]]:
    small = (*question.lasting, *question.passing)
    return _ordered(small), _ordered(snapshot.documents())


def _parts(documents: Sequence[bytes]) -> list[bytes]:
    return [_set(documents[start : start + _PART]) for start in range(0, len(documents), _PART)]


def document_set(documents: Iterable[d.Document]) -> bytes:
    """The canonical bytes of a document set."""
    return _set(_ordered(documents))


def document_sets(documents: Iterable[d.Document]) -> list[bytes]:
    """The same as several sets, so that a reader need not hold all of their JSON at once."""
    return _parts(_ordered(documents))


def with_documents(certificate: bytes, documents: Iterable[d.Document]) -> bytes:
    """A certificate of documents with the documents in it: one file that can be checked by itself."""
    body = json.loads(certificate)
    lines = [_line(key, value) for key, value in body.items()]
    return _with_documents(lines, _ordered(documents))


def body_with_documents(body: Mapping[str, Json], documents: Sequence[bytes]) -> bytes:
    """The bytes of an object that carries documents: one top-level member per line, in the order given.

    Args:
        body: the members before ``documents``.
        documents: canonical bytes, one by one.
    """
    return _with_documents([_line(name, value) for name, value in body.items()], documents)


def _line(key: str, value: Json) -> bytes:
    return json.dumps(key).encode() + b": " + canonical_bytes(value)


def _ordered(documents: Iterable[d.Document]) -> tuple[bytes, ...]:
    """The documents' bytes by digest, each once: the order in which they came leaves no trace."""
    unique = {document_digest(document): document for document in documents}
    return tuple(document_bytes(document) for _, document in sorted(unique.items()))


def _set(documents: Sequence[bytes]) -> bytes:
    return b'{"documents":[' + b",".join(documents) + b'],"format":"caio-documents/v1"}\n'


def _with_documents(lines: Sequence[bytes], documents: Sequence[bytes]) -> bytes:
    """One top-level member per line, so that a person finds the verdict at a glance."""
    members = [*lines, b'"documents": [\n' + b",\n".join(documents) + b"\n]"]
    return b"{\n" + b",\n".join(members) + b"\n}\n"
