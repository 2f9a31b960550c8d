"""The effective contract of a landscape entry: a service with its overlays, as a candidate under a control."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

from caio.base.canonical import Json
from caio.ir import documents as d
from caio.ir.encode import document_digest


@dataclass(frozen=True)
class Contract:
    """A service, its overlays in order of origin, its observed state, and a control signal u, as one value.

    With its service's route it is a candidate (a, u, m) of Eq. 1.1.
    """

    service: d.Service
    overlays: tuple[d.Overlay, ...] = ()
    state: d.State | None = None
    control: str = d.NO_CONTROL

    def under(self, control: str) -> Contract:
        """The same contract as a candidate under a control."""
        return self if control == self.control else replace(self, control=control)

    @cached_property
    def subject(self) -> dict[str, Json]:
        """What names the contract in an obligation of documents (certificate-v1 section 8.3)."""
        overlays = [document_digest(overlay) for overlay in self.overlays]
        return {"service": document_digest(self.service), "overlays": list(overlays)}

    @cached_property
    def guarantees(self) -> tuple[d.Guarantee, ...]:
        """The service's guarantees followed by those of its overlays."""
        found = self.service.guarantees
        for overlay in self.overlays:
            found += overlay.guarantees
        return found

    @cached_property
    def attributes(self) -> dict[str, d.Value]:
        """The attributes that the service or an overlay states."""
        found = dict(self.service.attributes)
        for overlay in self.overlays:
            found.update(overlay.attributes)
        return found

    @cached_property
    def capabilities(self) -> frozenset[str]:
        """What the service provides (closed world)."""
        return frozenset(self.service.capabilities)

    def bounding(self, metric: str, *, upper: bool) -> tuple[d.Guarantee, ...]:
        """The guarantees on a metric in one direction, in order."""
        return tuple(g for g in self.guarantees if g.metric == metric and g.relation.upper == upper)
