"""The bytes of files: a decision with its landscape beside it, or one bundle; a certificate with its documents."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from caio.base.canonical import Json, canonical_bytes
from caio.ir import documents as d
from caio.ir.encode import document_bytes, document_digest
from caio.routing.decision import Decision

_PART: Final = 256
"""How many documents one part holds."""


@dataclass(frozen=True)
class DecisionFiles:
    """A decision as bytes, in the shapes that are written and checked.

    Whatever holds the documents is put together when it is asked for: a registry is large, and a command needs one or
    two of these shapes.

    Attributes:
        certificate: the decision alone, what the checker judges.
        landscape_name: the name of the file for ``landscape``.
    """

    certificate: bytes
    landscape_name: str
    _lines: tuple[bytes, ...]
    _own: tuple[bytes, ...]
    _shared: tuple[bytes, ...]

    @cached_property
    def documents(self) -> bytes:
        """The document set with everything the decision is about."""
        return _set(self._own + self._shared)

    @property
    def parts(self) -> list[bytes]:
        """The same documents as several sets, so that a reader need not hold all of their JSON at once."""
        every = self._own + self._shared
        return [_set(every[start : start + _PART]) for start in range(0, len(every), _PART)]

    @property
    def decision(self) -> bytes:
        """The decision with the small documents in it (request, policy, profile, facts)."""
        return _with_documents(self._lines, self._own)

    @property
    def landscape(self) -> bytes:
        """The landscape's documents, to be written beside the decision."""
        return _set(self._shared)

    @property
    def bundle(self) -> bytes:
        """The decision with all documents in it."""
        return _with_documents(self._lines, self._own + self._shared)


def decision_files(decision: Decision) -> DecisionFiles:
    """The bytes of a decision; the same decision always gives the same bytes."""
    question = decision.question
    small: list[d.Document] = [question.request, *question.policy, question.profile]
    if question.facts is not None:
        small.append(question.facts)
    body = decision.json()
    return DecisionFiles(
        certificate=canonical_bytes(body),
        landscape_name=f"landscape-{decision.snapshot.digest.removeprefix('sha256:')}.json",
        _lines=tuple(_line(key, value) for key, value in body.items()),
        _own=_ordered(small),
        _shared=_ordered(decision.snapshot.documents()),
    )


def document_set(documents: Iterable[d.Document]) -> bytes:
    """The canonical bytes of a document set."""
    return _set(_ordered(documents))


def with_documents(certificate: bytes, documents: Iterable[d.Document]) -> bytes:
    """A certificate of documents with the documents in it: one file that can be checked by itself."""
    body = json.loads(certificate)
    lines = [_line(key, value) for key, value in body.items()]
    return _with_documents(lines, _ordered(documents))


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
