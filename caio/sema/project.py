"""Projects: the documents of files and folders, compiled, with the place of every clause.

``load_project`` is the door to the language: it finds the files, compiles them (or takes them from the cache, if not a
byte has changed), and reports every error of every file. It raises nothing: what is wrong stands in ``diagnostics``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from caio.base.diagnostics import Diagnostic, sort_key
from caio.base.spans import Span
from caio.base.store import default_folder
from caio.ir import documents as d
from caio.ir.encode import document_digest
from caio.sema.cache import Cache
from caio.sema.discover import Input, discover
from caio.sema.registry import Item
from caio.sema.report import Report

_Kind = TypeVar("_Kind", bound=d.Document)


@dataclass(frozen=True, slots=True)
class Project:
    """Compiled documents, each kind by name, version and origin; what did not compile is left out.

    Use one only if ``ok``: otherwise documents are missing, and a decision about the others means nothing.

    >>> [f"{service.name} {service.version}" for service in project.services]
    ['large 2.1', 'small 1.0']
    """

    vocabularies: tuple[d.Vocabulary, ...] = ()
    services: tuple[d.Service, ...] = ()
    overlays: tuple[d.Overlay, ...] = ()
    rules: tuple[d.Rule, ...] = ()
    constraints: tuple[d.Constraint, ...] = ()
    requests: tuple[d.Request, ...] = ()
    classes: tuple[d.Class, ...] = ()
    properties: tuple[d.Property, ...] = ()
    profiles: tuple[d.Profile, ...] = ()
    facts: tuple[d.Facts, ...] = ()
    attestations: tuple[d.Attestation, ...] = ()
    measurements: tuple[d.Measurements, ...] = ()
    states: tuple[d.State, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()
    cached: bool = False
    """Whether the documents came from the cache, without being parsed again."""
    _items: Mapping[str, Item] = field(default_factory=dict, repr=False, compare=False)

    @property
    def ok(self) -> bool:
        """Whether everything compiled."""
        return not any(diagnostic.is_error for diagnostic in self.diagnostics)

    def documents(self) -> tuple[d.Document, ...]:
        """Every document, vocabularies first.

        >>> len(project.documents())
        7
        """
        return (
            *self.vocabularies,
            *self.services,
            *self.overlays,
            *self.rules,
            *self.constraints,
            *self.requests,
            *self.classes,
            *self.properties,
            *self.profiles,
            *self.facts,
            *self.attestations,
            *self.measurements,
            *self.states,
        )

    def locate(self, digest: str, path: str = "") -> Span | None:
        """Where a clause of a document stands; None for a document from elsewhere.

        ``path`` is a clause path (``caio.sema.places``): ``guarantees[0]``, ``when``, ``""`` for the name. A clause
        without a place of its own gives the part around it.

        >>> project.locate("sha256:of-elsewhere") is None
        True
        """
        item = self._items.get(digest)
        return None if item is None else item.span(path)

    def file_of(self, digest: str) -> str | None:
        """The file that a document comes from; None for a document from elsewhere.

        >>> project.file_of("sha256:of-elsewhere") is None
        True
        """
        item = self._items.get(digest)
        return None if item is None else item.places.file.name


def load_project(paths: Iterable[str | Path], *, cache: bool | str | Path | None = None) -> Project:
    """The project in these files and folders.

    Args:
        paths: ``.caio`` files, ``.json`` files (authoring JSON or canonical document sets), and folders of them. Their
            order does not matter.
        cache: True keeps compiled documents in the user's cache folder, a path keeps them there; False and None parse
            everything.
    """
    report = Report()
    inputs = discover(paths, report)
    store = _cache(cache)
    if store is not None and not report.diagnostics:
        found = store.load(inputs)
        if found is not None:
            return _project(found, (), cached=True)
    return compile_inputs(inputs, report, store)


def compile_inputs(
    inputs: Sequence[Input],
    report: Report | None = None,
    store: Cache | None = None,
    *,
    keep: bool = False,
) -> Project:
    """The project of these texts, wherever they come from.

    Args:
        inputs: the texts, whose names end in ``.json`` where they are JSON.
        report: what was found wrong so far.
        store: where the result is kept; nothing is looked up there.
        keep: whether the texts stay in memory, as they must where no file holds them; places are then found in them.
    """
    # The grammar and the parser load only where something has to be parsed.
    from caio.sema.compile import Compiler  # noqa: PLC0415

    report = Report() if report is None else report
    items = Compiler(report).compile(inputs)
    project = _project(items, sorted(report.diagnostics, key=sort_key))
    if store is not None and not project.diagnostics:
        store.save(inputs, items)
    for item in () if keep else items:
        item.places.file.forget()
    return project


def _cache(cache: bool | str | Path | None) -> Cache | None:  # noqa: FBT001 - mirrors the option
    if cache is None or cache is False:
        return None
    return Cache(default_folder() if cache is True else Path(cache))


def _project(
    items: Iterable[Item], diagnostics: Iterable[Diagnostic], *, cached: bool = False
) -> Project:
    known = {document_digest(item.document): item for item in items}

    def of(kind: type[_Kind]) -> tuple[_Kind, ...]:
        return tuple(i.document for i in known.values() if isinstance(i.document, kind))

    return Project(
        vocabularies=of(d.Vocabulary),
        services=of(d.Service),
        overlays=of(d.Overlay),
        rules=of(d.Rule),
        constraints=of(d.Constraint),
        requests=of(d.Request),
        classes=of(d.Class),
        properties=of(d.Property),
        profiles=of(d.Profile),
        facts=of(d.Facts),
        attestations=of(d.Attestation),
        measurements=of(d.Measurements),
        states=of(d.State),
        diagnostics=tuple(diagnostics),
        cached=cached,
        _items=known,
    )
