"""Contracts at a concrete point: what is promised there, and what a call turned out to be.

A part of the reference interpreter (``caio.ir.interpret``), which says what requirements mean over these promises.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from caio.ir import documents as d
from caio.ir import terms as t
from caio.ir.interpret_formulas import Point, affine_value, holds


@dataclass(frozen=True, slots=True)
class Outcome:
    """Y: the metric values and the cost of one call; what is missing is unknown."""

    metrics: Mapping[str, Fraction] = field(default_factory=dict)
    cost: Fraction | None = None


@dataclass(frozen=True, slots=True)
class Contract:
    """The effective contract: a service with its overlays, in the order of their origins."""

    vocabulary: d.Vocabulary
    service: d.Service
    overlays: tuple[d.Overlay, ...] = ()

    @property
    def guarantees(self) -> tuple[d.Guarantee, ...]:
        """The service's guarantees, then those of the overlays."""
        return self.service.guarantees + tuple(g for o in self.overlays for g in o.guarantees)

    def attribute(self, name: str) -> d.Value | None:
        """What the service or an overlay states, or None: open world."""
        stated = dict(self.service.attributes)
        for overlay in self.overlays:
            stated.update(overlay.attributes)
        return stated.get(name)

    def promises(self, atom: t.OnMetric) -> tuple[d.Guarantee, ...]:
        """The guarantees that may speak for a requirement: its metric, its direction, no lower level."""
        return tuple(
            g
            for g in self.guarantees
            if g.metric == atom.metric
            and g.relation.upper == atom.relation.upper
            and (atom.level is None or (g.level is not None and g.level >= atom.level))
        )


def bounds_of(
    atom: t.OnMetric | t.OnCost, contract: Contract, point: Point
) -> list[tuple[Fraction, bool]]:
    """The bounds in the requirement's direction that hold at a point, and whether each is strict."""
    found: list[tuple[Fraction, bool]] = []
    if isinstance(atom, t.OnMetric):
        metric = contract.vocabulary.metric(atom.metric)
        found.append((metric.upper if atom.relation.upper else metric.lower, False))
        for guarantee in contract.promises(atom):
            value = affine_value(guarantee.bound, point)
            if holds(guarantee.when, point) and value is not None:
                found.append((value, guarantee.relation.strict))
    elif not atom.relation.upper:
        found.append((Fraction(0), False))
    else:
        for case in contract.service.cost:
            value = affine_value(case.amount, point)
            if holds(case.when, point) and value is not None:
                found.append((value, False))
    return found
