"""Everything that compiled, by kind and name: one flat namespace, and what documents say of one another.

Names are unique per kind (services, overlays and states: name, version and origin); rules and invariants share theirs,
as do constraints of all subjects. Attestations have none.
The same document from two places is one document, if at least one of them is canonical JSON. An attribute has at most
one statement in a service and its overlays together (DESIGN section 4).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

from caio.base.diagnostics import Label
from caio.base.spans import Span
from caio.ir import documents as d
from caio.ir.encode import document_digest
from caio.sema import codes
from caio.sema.places import Places
from caio.sema.report import Report, shown

Identity: TypeAlias = tuple[str, str, tuple[int, ...], str]
"""Kind, name, version and origin."""

_KINDS = {
    d.Vocabulary: "vocabulary",
    d.Service: "service",
    d.Overlay: "overlay",
    d.Rule: "rule",
    d.Constraint: "constraint",
    d.Request: "request",
    d.Class: "class",
    d.Property: "property",
    d.Profile: "profile",
    d.Facts: "facts",
    d.Attestation: "attestation",
    d.Measurements: "measurements",
    d.State: "state",
}


@dataclass(frozen=True, slots=True)
class Item:
    """A document and where it stands."""

    document: d.Document
    places: Places

    def span(self, path: str = "") -> Span:
        """The place of a clause."""
        return self.places.locate(self.document, path)


def identity(document: d.Document) -> Identity:
    """What names a document among those of its kind."""
    kind = _KINDS[type(document)]
    match document:
        case d.Service(name=name, version=version):
            return kind, name, d.version_key(version), ""
        case d.Overlay(service=name, version=version, origin=origin):
            return kind, name, d.version_key(version), origin
        case d.State(service=name, version=version):
            return kind, name, d.version_key(version), ""
        case d.Landscape():
            return kind, "", (), ""
        case d.Attestation():
            # It has no name, and two that differ in anything are two.
            return kind, document_digest(document), (), ""
        case _:
            return kind, document.name, (), ""


class Registry:
    """The documents found so far."""

    def __init__(self, report: Report) -> None:
        self.report = report
        self.partial = False
        """Whether some document did not compile, so that what is missing may be no mistake."""
        self._items: dict[Identity, Item] = {}

    def add(self, item: Item) -> None:
        """Add a document, or report that its name is taken."""
        key = identity(item.document)
        first = self._items.setdefault(key, item)
        if first is item:
            return
        canonical = first.places.base is not None or item.places.base is not None
        if canonical and document_digest(first.document) == document_digest(item.document):
            return
        self.report.twice(
            codes.DUPLICATE_NAME, item.span(), first.span(), f"{described(key)} is declared twice"
        )

    def find(self, kind: str, name: str) -> Item | None:
        """The document of a kind without versions that has this name; invariants are of kind ``rule``."""
        return self._items.get((kind, name, (), ""))

    def names(self, kind: str) -> list[str]:
        """The names of a kind, in order."""
        return sorted(key[1] for key in self._items if key[0] == kind)

    def items(self) -> Iterator[Item]:
        """All documents, by kind, name, version and origin."""
        return (item for _, item in sorted(self._items.items(), key=lambda pair: pair[0]))

    def check(self) -> None:
        """Report what documents say of one another and cannot."""
        stated: dict[tuple[str, tuple[int, ...]], dict[str, Item]] = {}
        for item in self.items():
            document = item.document
            match document:
                case d.Overlay():
                    service = self._service(item, document.service, document.version)
                    if service is not None:
                        place = (document.service, d.version_key(document.version))
                        self._overlay(item, document, service, stated.setdefault(place, {}))
                case d.State():
                    self._service(item, document.service, document.version)

    def _service(self, item: Item, name: str, version: str) -> Item | None:
        """The service that an overlay or a state is about; reports if there is none."""
        found = self._items.get(("service", name, d.version_key(version), ""))
        own = identity(item.document)
        if found is None and self.partial:
            return None
        if found is None:
            others = [key for key in self._items if key[0] == "service"]
            versions = sorted(key[2] for key in others if key[1] == name)
            if versions:
                known = ", ".join(f"`{'.'.join(map(str, v))}`" for v in versions)
                hint = f"versions of `{shown(name)}` here: {known}"
                message = f"there is no version {shown(version)} of `{shown(name)}`"
                self.report.add(codes.UNKNOWN_NAME, item.span(), message, help=hint)
            else:
                self.report.unknown(
                    codes.UNKNOWN_NAME, item.span(), "service", name, sorted({k[1] for k in others})
                )
            return None
        if _vocabulary(found.document) != _vocabulary(item.document):
            message = f"{described(own)} and its service use different vocabularies"
            label = Label(found.span(), "the service")
            self.report.add(codes.UNKNOWN_VOCABULARY, item.span(), message, labels=(label,))
            return None
        return found

    def _overlay(
        self, item: Item, overlay: d.Overlay, service: Item, stated: dict[str, Item]
    ) -> None:
        if not stated and isinstance(service.document, d.Service):
            stated.update({name: service for name, _ in service.document.attributes})
        for name, _ in overlay.attributes:
            path = f"attributes.{name}"
            first = stated.setdefault(name, item)
            if first is not item:
                message = f"`{shown(name)}` of `{shown(overlay.service)}` is stated already"
                self.report.twice(
                    codes.DUPLICATE_STATEMENT, item.span(path), first.span(path), message
                )


def _vocabulary(document: d.Document) -> str:
    return "" if isinstance(document, d.Vocabulary) else document.vocabulary


def described(key: Identity) -> str:
    """A document in words."""
    kind, name, version, origin = key
    text = f"the {kind} `{shown(name)}`"
    if version:
        text += f" version {'.'.join(map(str, version))}"
    return f"{text} from `{shown(origin)}`" if origin else text
