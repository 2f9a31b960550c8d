"""What an import made of its source: every entry accounted for, every field explained.

The figures add up: each entry of the file is imported or refused, and each field belongs to exactly one role.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Final

from caio.base.canonical import Json
from caio.importers.fields import Role, classify

FORMAT: Final = "caio-import-report/v1"


@dataclass(frozen=True, slots=True)
class Refusal:
    """An entry that did not become a contract, and why."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class Remark:
    """Something about an imported entry that its contract alone does not show."""

    name: str
    remark: str


@dataclass(frozen=True, slots=True)
class FieldUse:
    """A field of the source, how many imported entries state it, and what became of it."""

    name: str
    entries: int
    role: Role
    why: str


@dataclass(frozen=True, slots=True)
class ImportReport:
    """The account of an import."""

    release: str
    digest: str
    entries: int
    imported: int
    refused: tuple[Refusal, ...]
    with_cost: int
    priced_zero: tuple[str, ...]
    without_price: tuple[str, ...]
    without_bound: tuple[str, ...]
    with_region: int
    with_deprecation: int
    cost_cases: int
    remarks: tuple[Remark, ...]
    fields: tuple[FieldUse, ...]

    def by_role(self) -> dict[Role, int]:
        """How many fields there are of each role."""
        return dict(Counter(field.role for field in self.fields))

    def json(self) -> Json:
        """The report as canonical JSON."""
        return {
            "format": FORMAT,
            "release": self.release,
            "source": self.digest,
            "entries": self.entries,
            "imported": self.imported,
            "refused": [{"name": r.name, "reason": r.reason} for r in self.refused],
            "with_cost": self.with_cost,
            "priced_zero": list(self.priced_zero),
            "without_price": list(self.without_price),
            "without_bound": list(self.without_bound),
            "with_region": self.with_region,
            "with_deprecation": self.with_deprecation,
            "cost_cases": self.cost_cases,
            "remarks": [{"name": r.name, "remark": r.remark} for r in self.remarks],
            "fields": [
                {"name": f.name, "entries": f.entries, "role": f.role.name.lower(), "why": f.why}
                for f in self.fields
            ],
        }

    def text(self) -> str:
        """The report for people, without the lists that the JSON form carries."""
        bare = len(self.without_price) + len(self.without_bound)
        lines = [f"{self.entries} entries of release {self.release}"]
        lines.append(f"  {self.imported:5} became contracts")
        lines.append(f"  {len(self.refused):5} did not:")
        lines += [f"        `{r.name}`: {r.reason}" for r in self.refused]
        lines.append(f"{self.imported} contracts")
        lines.append(f"  {self.with_cost:5} promise a cost, in {self.cost_cases} cases")
        lines.append(f"  {bare:5} promise none: {len(self.without_price)} list no price,")
        lines.append(
            f"        {len(self.without_bound)} list prices that a request does not settle"
        )
        lines.append(
            f"  {len(self.priced_zero):5} are priced 0, and route only if an overlay confirms"
        )
        lines.append(f"  {self.with_region:5} carry a region in their name")
        lines.append(f"  {self.with_deprecation:5} carry a date of deprecation")
        lines.append(f"{len(self.fields)} fields, each of which contributes")
        counts = self.by_role()
        lines += [f"  {counts[role]:5} {role.value}" for role in Role if role in counts]
        return "\n".join(lines) + "\n"


def field_uses(counts: Counter[str]) -> tuple[FieldUse, ...]:
    """The fields with their roles, in the order of their names."""
    uses = []
    for name in sorted(counts):
        kind = classify(name)
        uses.append(FieldUse(name, counts[name], kind.role, kind.why))
    return tuple(uses)
