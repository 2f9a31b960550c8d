"""RFS as a reference: one field that holds everything, and recall by matched filter.

Ψ_RFS = Σ_k B_k ψ_k. The key encoder of slot s is the isometry

    B = T_{s·d} J E_i^H    from the range of E_i into ℂ^D,

E_i^H reads the d source components, J puts them at the beginning of a field of zeros, and the cyclic shift T_{s·d} moves them to slot s:
in frequency it is the phase code exp(−2πi k s d / D). There are ⌊D / d⌋ slots, and a key takes the first that is free. Since E_i is an
isometry, B keeps the energy of what E_i encodes; since slots do not overlap, nothing is extinguished, η = 0, and B^H Ψ_RFS gives back
the field that was stored. This is a choice: codes that overlap would hold more and dimmer fields, but two unlike fields of equal
energy that overlap everywhere already extinguish about a third of their energy, more than the 0.15 of INV-0004.

Recall is the matched filter: the key whose Re⟨B_k Ψ, Ψ_RFS⟩, normalised by what lies there, is largest. The field that it gives back
and the probe are compared by whoever asked, with W and Q of ``caio.fields``.

E_max is declared. A write that would leave a margin below 1.3 is refused, and so is one for which there is no slot.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

import numpy as np

from caio.base.canonical import digest
from caio.base.errors import InputError
from caio.fields.arrays import ComplexArray, Field, require_one
from caio.fields.invariants import CAPACITY_MARGIN
from caio.fields.rfs import Capacity
from caio.ir import reader as r
from caio.neighbours.arrays import MAX_ITEMS, given
from caio.routing.ports import Acknowledgement, NeighbourError, Recall, Space

HELD: Final = 1.0 - 2.0**-20
"""The share of the energy of a field that must lie in the range of E_i for it to be stored."""


@dataclass(frozen=True, slots=True, eq=False)
class _Item:
    """What a slot holds: the source components, and what they were stored as."""

    slot: int
    source: ComplexArray
    energy: Fraction
    digest: str


class SuperposedRfs:
    """RFS in one field; an ``Rfs``. Not for several threads at once.

    Args:
        space: of its fields.
        maximum: E_max; where it is left out, an energy of 1 for each slot.

    Raises:
        InputError: the maximum is not positive.
    """

    def __init__(self, space: Space | None = None, maximum: Fraction | None = None) -> None:
        self._space = Space() if space is None else space
        self._slots = self._space.dimension // self._space.source
        self._maximum = Fraction(self._slots) if maximum is None else maximum
        self._items: dict[str, _Item] = {}
        self.capacity()

    @property
    def space(self) -> Space:
        """The space of its fields."""
        return self._space

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys under which something is stored, in the order of their slots."""
        return tuple(sorted(self._items, key=lambda key: self._items[key].slot))

    def store(self, field: Field, key: str) -> Acknowledgement:
        """Store a field under a key, in place of what was stored there.

        Raises:
            InputError: the field is not one of the range of E_i, or the key is no name.
            NeighbourError: with code ``full``: too little margin would be left, or no slot is free.
        """
        r.name(key)
        source = self._source(field)
        name = digest({"kind": "stored", "field": given(field.name, field).digest, "key": key})
        old = self._items.get(key)
        if old is not None and old.digest == name:
            return Acknowledgement(name, repeated=True)
        energy = _energy(source)
        used = sum((item.energy for item in self._items.values()), Fraction(0)) + energy
        used -= Fraction(0) if old is None else old.energy
        if used > CAPACITY_MARGIN.bound * self._maximum:
            raise NeighbourError(
                f"storing `{key}` would use {float(used):.6g} of {float(self._maximum):.6g}, a margin"
                " below 1.3: store fewer fields or weaker ones, or declare a larger maximum",
                code="full",
            )
        slot = self._free_slot(key) if old is None else old.slot
        self._items[key] = _Item(slot, source, energy, name)
        return Acknowledgement(name, repeated=False)

    def recall(self, probe: Field) -> Recall | None:
        """The key whose field correlates best with the probe; the first slot of several that do equally.

        Raises:
            InputError: the probe is a batch, or of another dimension.
        """
        self._require(probe)
        if not self._items:
            return None
        asked = self._space.encoder.adjoint(probe.rows[0])

        def match(key: str) -> float:
            item = self._items[key]
            return float(np.vecdot(asked, item.source).real) / float(np.sqrt(float(item.energy)))

        best = max(self.keys, key=match)
        return Recall(best, self._field("recalled", best))

    def memory(self, probe: Field) -> Field:
        """What Ψ_RFS holds where it matches the probe best; neutral where nothing is stored.

        Raises:
            InputError: as for ``recall``.
        """
        found = self.recall(probe)
        return self._neutral("memory") if found is None else given("memory", found.field)

    def memories(self, keys: Sequence[str]) -> Field:
        """B_k^H Ψ_RFS for each key, shape (N, D).

        Raises:
            InputError: there is no key, one is listed twice or is no name, or there are too many.
        """
        if not keys or len(set(keys)) != len(keys) or len(keys) > MAX_ITEMS:
            raise InputError(f"expected 1 to {MAX_ITEMS} keys, each once")
        rows = [
            self._field("memory", key) if r.name(key) in self._items else self._neutral("memory")
            for key in keys
        ]
        return Field("memories", np.stack([row.values for row in rows]))

    def components(self) -> Field:
        """B_k ψ_k of every key in the order of the slots, shape (K, D); their sum is Ψ_RFS."""
        if not self._items:
            return Field("components", self._neutral("components").rows)
        found = np.zeros((len(self._items), self._space.dimension), dtype=np.complex128)
        for row, key in zip(found, self.keys, strict=True):
            item = self._items[key]
            start = item.slot * self._space.source
            row[start : start + self._space.source] = item.source
        return Field("components", found)

    def capacity(self) -> Capacity:
        """The energy of what is stored, and E_max."""
        used = sum((item.energy for item in self._items.values()), Fraction(0))
        return Capacity((used,), self._maximum)

    def _field(self, name: str, key: str) -> Field:
        return Field(name, self._space.encoder.apply(self._items[key].source))

    def _neutral(self, name: str) -> Field:
        return Field(name, np.ones(self._space.dimension, dtype=np.complex128))

    def _free_slot(self, key: str) -> int:
        taken = {item.slot for item in self._items.values()}
        free = [slot for slot in range(self._slots) if slot not in taken]
        if not free:
            raise NeighbourError(
                f"there is no slot for `{key}`, all {self._slots} are taken: store under fewer keys, or"
                " take a larger dimension",
                code="full",
            )
        return free[0]

    def _source(self, field: Field) -> ComplexArray:
        self._require(field)
        source = self._space.encoder.adjoint(field.rows[0])
        if float(_energy(source)) < HELD * float(field.energies[0]):
            raise InputError(
                f"field `{field.name}` is not of the range of encoder `{self._space.name}`: what lies"
                " outside of it would be lost (store intents)"
            )
        source.setflags(write=False)
        return source

    def _require(self, field: Field) -> None:
        require_one(field)
        if field.dimension != self._space.dimension:
            raise InputError(
                f"field `{field.name}`: dimension {field.dimension}, expected {self._space.dimension}"
            )


def _energy(source: ComplexArray) -> Fraction:
    """‖w‖², as computed."""
    return Fraction(float(np.vecdot(source, source).real))
