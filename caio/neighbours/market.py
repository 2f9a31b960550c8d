"""The marketplace as a reference: the candidates of a project, and their encodings E_m(m) (Def. 1.7).

What a contract offers is put into words: the name, the route, the capabilities, the attributes with their values, and the metrics that
it guarantees. ``text.vector`` and E_i make a field of these words, so that a query that mentions what a service offers correlates with
it. A contract's numbers are for obligations and scores; they are not in its field.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np

from caio.base.errors import InputError
from caio.fields.arrays import ComplexArray, Field
from caio.ir import documents as d
from caio.neighbours.arrays import MAX_ITEMS
from caio.neighbours.text import vector
from caio.routing.ports import Space
from caio.routing.projects import DocumentError
from caio.sema.project import Project, load_project

_SEPARATOR = re.compile(r"[._/:-]+")


class ProjectMarketplace:
    """A marketplace over compiled documents; a ``Marketplace``.

    Args:
        project: whose vocabularies, services, overlays and states are on offer.
        space: of its fields.

    Raises:
        InputError: the project did not compile, which is a ``DocumentError``, or offers no service.
    """

    def __init__(self, project: Project, space: Space | None = None) -> None:
        self._space = Space() if space is None else space
        if not project.ok:
            raise DocumentError(project.diagnostics)
        if not project.services:
            raise InputError("the documents of the marketplace offer no service")
        self._documents: tuple[d.Document, ...] = (
            *project.vocabularies,
            *project.services,
            *project.overlays,
            *project.states,
        )
        self._services: dict[str, d.Service] = {}
        for service in sorted(project.services, key=lambda one: d.version_key(one.version)):
            self._services[service.name] = service
        self._vectors: dict[str, ComplexArray] = {}

    @classmethod
    def of(
        cls, paths: Iterable[str | Path], space: Space | None = None, *, cache: str | None = None
    ) -> ProjectMarketplace:
        """The marketplace of files and folders.

        Args:
            paths: as for ``load_project``.
            space: of its fields.
            cache: a folder where compiled documents are kept.

        Raises:
            InputError: as for the class.
        """
        return cls(load_project(paths, cache=cache), space)

    @property
    def space(self) -> Space:
        """The space of its fields."""
        return self._space

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the services, sorted."""
        return tuple(sorted(self._services))

    def candidates(self) -> tuple[d.Document, ...]:
        """Vocabularies, services, overlays and states."""
        return self._documents

    def encode(self, services: Sequence[str]) -> Field:
        """E_m(m) of the highest version of each service, shape (N, D).

        Raises:
            InputError: there is no name, one is listed twice or unknown, or there are too many.
        """
        if not services or len(set(services)) != len(services) or len(services) > MAX_ITEMS:
            raise InputError(f"expected 1 to {MAX_ITEMS} services, each once")
        rows = np.stack([self._vector(name) for name in services])
        # Row by row, so that no row depends on the others.
        fields = [self._space.encoder.apply(row) for row in rows]
        return Field("marketplace", np.stack(fields))

    def _vector(self, name: str) -> ComplexArray:
        found = self._vectors.get(name)
        if found is None:
            service = self._services.get(name)
            if service is None:
                raise InputError(f"the marketplace has no service `{name[:60]}`")
            found = vector(description(service), self._space.source)
            found.setflags(write=False)
            self._vectors[name] = found
        return found


def description(service: d.Service) -> Iterator[str]:
    """A contract in words."""
    yield _SEPARATOR.sub(" ", service.name)
    yield service.route
    for capability in service.capabilities:
        yield _SEPARATOR.sub(" ", capability.replace("_", " "))
    for name, value in service.attributes:
        yield _SEPARATOR.sub(" ", name.replace("_", " "))
        if isinstance(value, str):
            yield _SEPARATOR.sub(" ", value.replace("_", " "))
        elif isinstance(value, tuple):
            yield " ".join(value)
    for guarantee in service.guarantees:
        yield guarantee.metric.replace("_", " ")
