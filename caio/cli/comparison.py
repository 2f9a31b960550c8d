"""Were these documents compiled from those texts? The step that the checker cannot see.

The checker starts from canonical JSON. That the JSON is what the texts mean is settled by compiling the texts again and
comparing digests, document by document, in both directions: a rule that the texts have and the decision does not know is
as telling as one that differs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from caio.ir import documents as d
from caio.ir.encode import document_digest
from caio.landscape.snapshot import take
from caio.sema.project import Project

_Identity: TypeAlias = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Compared:
    """A document and how it stands in the texts: ``same``, ``differs``, ``missing``, or ``added`` there."""

    kind: str
    name: str
    state: str

    @property
    def same(self) -> bool:
        """Whether the texts say exactly this."""
        return self.state == "same"


def compare(stored: Iterable[d.Document], project: Project) -> tuple[Compared, ...]:
    """The documents of a decision against freshly compiled ones, by kind and name.

    Raises:
        InputError: a version that the decision's profile pins is not among the texts.
    """
    ours = {
        _identity(document): document
        for document in stored
        if not isinstance(document, d.Landscape) and not _of_a_caller(document)
    }
    theirs = {
        _identity(document): document
        for group in (
            project.vocabularies,
            project.services,
            project.overlays,
            project.states,
            project.rules,
            project.constraints,
            project.requests,
            project.classes,
            project.properties,
            project.profiles,
            project.facts,
            project.measurements,
        )
        for document in group
    }
    found = [_judged(name, document, theirs) for name, document in ours.items()]
    for name, _document in _relevant(ours, project):
        if name not in ours:
            found.append(Compared(*name, "added"))
    return tuple(sorted(found, key=lambda item: (item.same, item.kind, item.name)))


def rested_on(body: Mapping[str, Any], carried: Iterable[d.Document]) -> list[d.Document]:
    """Of the documents that a file carries, those that its decision, or its claims, are about.

    A file may carry more than it uses. What it merely carries was not decided on, and counts as not there.
    """
    by_digest = {document_digest(document): document for document in carried}
    wanted = _digests(body.get("inputs", [body.get("vocabulary"), body.get("claims")]))
    for name in list(wanted):
        landscape = by_digest.get(name)
        if isinstance(landscape, d.Landscape):
            for entry in landscape.entries:
                wanted |= {entry.service, *entry.overlays, entry.state or entry.service}
    return [document for name, document in by_digest.items() if name in wanted]


def _digests(value: Any) -> set[str]:
    """Every string of a JSON value that looks like a digest."""
    if isinstance(value, str):
        return {value} if value.startswith("sha256:") else set()
    inner = value.values() if isinstance(value, Mapping) else value
    return set().union(*map(_digests, inner)) if isinstance(inner, Iterable) else set()


def _judged(
    name: _Identity, document: d.Document, theirs: Mapping[_Identity, d.Document]
) -> Compared:
    other = theirs.get(name)
    if other is None:
        return Compared(*name, "missing")
    same = document_digest(other) == document_digest(document)
    return Compared(*name, "same" if same else "differs")


def _relevant(
    ours: Mapping[_Identity, d.Document], project: Project
) -> Iterable[tuple[_Identity, d.Document]]:
    """What a decision made of the texts today would rest on besides request, profile and facts."""
    names = {document.name for document in ours.values() if isinstance(document, d.Vocabulary)}
    pins = next((dict(p.pins) for p in ours.values() if isinstance(p, d.Profile)), {})
    for vocabulary in project.vocabularies:
        if vocabulary.name not in names:
            continue
        digest = document_digest(vocabulary)
        governed: tuple[d.Rule | d.Constraint, ...] = (*project.rules, *project.constraints)
        for governing in governed:
            if governing.vocabulary == digest:
                yield _identity(governing), governing
        if not any(service.vocabulary == digest for service in project.services):
            continue
        snapshot = take(vocabulary, project.services, project.overlays, project.states, pins)
        decided = any(isinstance(document, d.Profile) for document in ours.values())
        for document in snapshot.documents():
            # A certificate of documents, which has no profile, says nothing of states.
            if not isinstance(document, d.Landscape) and (
                decided or not isinstance(document, d.State)
            ):
                yield _identity(document), document


def _of_a_caller(document: d.Document) -> bool:
    """Whether a document was made of a token: no text ever says it."""
    return isinstance(document, d.Attestation) or (
        isinstance(document, d.Facts) and document.origin == "attested"
    )


def _identity(document: d.Document) -> _Identity:
    match document:
        case d.Attestation():
            return "attestation", document_digest(document)
        case d.Service(name=name, version=version):
            return "service", f"{name} {version}"
        case d.Overlay(service=service, version=version, origin=origin):
            return "overlay", f"{service} {version} from {origin}"
        case d.State(service=service, version=version):
            return "state", f"{service} {version}"
        case d.Rule(name=name, invariant=invariant):
            return "invariant" if invariant else "rule", name
        case d.Landscape():
            return "landscape", document_digest(document)
        case _:
            return type(document).__name__.lower(), document.name
