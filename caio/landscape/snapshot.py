"""Snapshots: which version of which service a decision is about (DESIGN section 9).

A snapshot is immutable and content-addressed. It pairs the canonical landscape document with the effective contracts
that its entries name, in the same order.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from caio.base.errors import InputError
from caio.ir import documents as d
from caio.ir.encode import document_digest
from caio.obligations.contract import Contract


@dataclass(frozen=True)
class Snapshot:
    """The entries of a landscape with their contracts, sorted by service name."""

    vocabulary: d.Vocabulary
    contracts: tuple[Contract, ...]

    @cached_property
    def landscape(self) -> d.Landscape:
        """The canonical landscape document."""
        return d.Landscape(
            document_digest(self.vocabulary),
            tuple(
                d.Entry(
                    document_digest(contract.service),
                    tuple(document_digest(overlay) for overlay in contract.overlays),
                    None if contract.state is None else document_digest(contract.state),
                )
                for contract in self.contracts
            ),
        )

    @cached_property
    def digest(self) -> str:
        """The digest that names the landscape."""
        return document_digest(self.landscape)

    def documents(self) -> list[d.Document]:
        """Every document that the landscape stands for: vocabulary, landscape, contracts."""
        found: list[d.Document] = [self.vocabulary, self.landscape]
        for contract in self.contracts:
            found.append(contract.service)
            found += contract.overlays
            if contract.state is not None:
                found.append(contract.state)
        return found


def take(
    vocabulary: d.Vocabulary,
    services: Iterable[d.Service],
    overlays: Iterable[d.Overlay] = (),
    states: Iterable[d.State] = (),
    pins: Mapping[str, str] | None = None,
) -> Snapshot:
    """A snapshot of the services of one vocabulary: the highest version of each, unless pinned.

    Raises:
        InputError: there is no service at all, or a pinned version is not registered.
    """
    pins = pins or {}
    name = document_digest(vocabulary)
    chosen: dict[str, d.Service] = {}
    wanted = {service: d.version_key(version) for service, version in pins.items()}
    for service in services:
        if service.vocabulary != name:
            continue
        rank = d.version_key(service.version)
        pinned = wanted.get(service.name)
        if pinned is not None and rank != pinned:
            continue
        best = chosen.get(service.name)
        if best is None or rank > d.version_key(best.version):
            chosen[service.name] = service
    for service_name, version in pins.items():
        if service_name not in chosen:
            raise InputError(f"pinned `{service_name}` version {version} is not registered")
    if not chosen:
        raise InputError(f"no service of vocabulary `{vocabulary.name}` is registered")

    services = [service for _, service in sorted(chosen.items())]
    return Snapshot(vocabulary, tuple(contracts_of(name, services, overlays, states)))


def contracts_of(
    vocabulary: str,
    services: Iterable[d.Service],
    overlays: Iterable[d.Overlay] = (),
    states: Iterable[d.State] = (),
) -> list[Contract]:
    """The effective contracts of the services of one vocabulary (by digest), by name and version."""

    def key(service: str, version: str) -> tuple[str, tuple[int, ...]]:
        return service, d.version_key(version)

    added: dict[tuple[str, tuple[int, ...]], list[d.Overlay]] = {}
    for overlay in overlays:
        if overlay.vocabulary == vocabulary:
            added.setdefault(key(overlay.service, overlay.version), []).append(overlay)
    observed = {key(s.service, s.version): s for s in states if s.vocabulary == vocabulary}
    mine = {key(s.name, s.version): s for s in services if s.vocabulary == vocabulary}
    return [
        Contract(
            service,
            tuple(sorted(added.get(place, ()), key=lambda overlay: overlay.origin)),
            observed.get(place),
        )
        for place, service in sorted(mine.items())
    ]
