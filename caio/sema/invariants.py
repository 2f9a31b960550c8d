"""The named invariants of fields that a constraint can ask for: ``meets conductivity``.

A named invariant compares one measured quantity with one exact bound. What is measured reaches logic as the measured
field with the role of this name, so that ``meets NAME`` is an ordinary expression over this field
(``docs/spec/documents-v1.md`` section 4). ``docs/fields.md`` says how the quantities are measured and where the
bounds come from; ``caio.fields.invariants`` judges single measurements by the same bounds, and a test compares both.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from types import MappingProxyType
from typing import Final

from caio.ir import documents as d
from caio.ir import terms as t


@dataclass(frozen=True, slots=True)
class NamedInvariant:
    """A bound on the measured field with the role of this name; the bound itself is allowed.

    Attributes:
        name: what a constraint calls it, and the role of the field.
        bound: exact, a plain number.
        at_least: whether the quantity must reach the bound; otherwise it must not exceed it.
    """

    name: str
    bound: Fraction
    at_least: bool

    def over(self, field: str) -> t.OnExpression:
        """The invariant as an expression over a measured field."""
        sign = -1 if self.at_least else 1
        terms = {f"measured.{field}": Fraction(sign)}
        return t.OnExpression(t.Relation.LE, t.Affine.of(-sign * self.bound, terms))


INVARIANTS: Final[Mapping[str, NamedInvariant]] = MappingProxyType(
    {
        invariant.name: invariant
        for invariant in (
            NamedInvariant("conductivity", Fraction(19, 20), at_least=True),
            NamedInvariant("passband_energy", Fraction(19, 20), at_least=True),
            NamedInvariant("resonance_quality", Fraction(3_981_071_705_535, 10**12), at_least=True),
            NamedInvariant("interference", Fraction(3, 20), at_least=False),
            NamedInvariant("capacity_margin", Fraction(10, 13), at_least=False),
        )
    }
)
"""Every named invariant, in the order of ``docs/spec/documents-v1.md`` section 5."""


def invariant_said(atom: t.OnExpression, vocabulary: d.Vocabulary) -> str | None:
    """The name of the invariant that an expression is, exactly; None if it is none."""
    for invariant in INVARIANTS.values():
        field = vocabulary.with_role("measured", invariant.name)
        if field is not None and atom == invariant.over(field.name):
            return invariant.name
    return None
