"""What the conformance suite asks of RFS: clauses R1 to R10, G1, G2 and G4.

Test fields are sources with a single component, encoded by the space's own E_i: orthogonal to one another, and exactly what the memory
must be able to hold. Each check begins by storing weak fields under the keys that it uses, so that it can be run again.
"""

from __future__ import annotations

from functools import partial
from typing import Final

import numpy as np

from caio.base.canonical import digest
from caio.fields.arrays import Field, products
from caio.fields.correlation import correlation
from caio.fields.invariants import CAPACITY_MARGIN, INTERFERENCE, RESONANCE_QUALITY
from caio.fields.measure import measure, measure_exact
from caio.fields.modes import energy_share
from caio.fields.resonance import resonance_quality
from caio.fields.rfs import interference
from caio.neighbours.conformance import (
    PREFIX,
    RESOLUTION,
    BrokenClauseError,
    Check,
    UndecidedError,
    require,
    require_field,
    require_invariant,
    require_refused,
)
from caio.routing.ports import Acknowledgement, Rfs, Space

KEYS: Final = (f"{PREFIX}-1", f"{PREFIX}-2", f"{PREFIX}-3")
"""Under which fields are stored."""
TOLERANCE: Final = 1e-9
_FOUND: Final = 0.95


def describes_itself(rfs: Rfs) -> None:
    """G1."""
    require(isinstance(rfs.space, Space), "there is no `Space`")
    if rfs.space.source < len(KEYS) + 1:
        raise UndecidedError(f"a source of {rfs.space.source} components has no room for a test")


def storing_is_acknowledged_once(rfs: Rfs) -> None:
    """R1."""
    _reset(rfs)
    field = _tone(rfs, 0)
    first = _stored(rfs, field, KEYS[0])
    require(not first.repeated, "a new field is acknowledged as repeated")
    before = rfs.components().digest
    again = _stored(rfs, field, KEYS[0])
    require(again.repeated, "a field stored again is acknowledged as new")
    require(rfs.components().digest == before, "a field stored again changes the memory")


def energy_is_conserved(rfs: Rfs) -> None:
    """R2 and R10."""
    _reset(rfs)
    field, weak = _tone(rfs, 0, 0.5), _tone(rfs, 0, _WEAK)
    before = _components(rfs)
    _stored(rfs, field, KEYS[0])
    after = _components(rfs)
    require(
        len(after.rows) == len(before.rows),
        f"replacing a field takes {len(before.rows)} components to {len(after.rows)}",
    )
    added = float(after.energies.sum() - before.energies.sum())
    expected = float(field.energies[0] - weak.energies[0])
    require(
        abs(added - expected) <= TOLERANCE * (1 + expected),
        f"a field of energy {float(field.energies[0]):.9g} in place of one of"
        f" {float(weak.energies[0]):.9g} adds {added:.9g}",
    )


def what_is_stored_is_found(rfs: Rfs) -> None:
    """R3."""
    _reset(rfs)
    fields = [_mixed(rfs, place) for place in range(len(KEYS))]
    for key, field in zip(KEYS, fields, strict=True):
        _stored(rfs, field, key)
    for key, field in zip(KEYS, fields, strict=True):
        found = rfs.recall(field)
        if found is None:
            raise BrokenClauseError(f"what was stored under `{key}` is not recalled")
        require(found.key == key, f"what was stored under `{key}` is found under `{found.key}`")
        recalled = require_field(found.field, (rfs.space.dimension,), "what is recalled")
        _require_alike(field, recalled, f"`{key}`")
        quality = resonance_quality(field, recalled)
        measured = measure(quality.power_ratio, RESOLUTION).only
        require_invariant(RESONANCE_QUALITY, measured, f"`{key}`")


def recall_depends_on_the_probe(rfs: Rfs) -> None:
    """R4."""
    _reset(rfs)
    fields = [_tone(rfs, place) for place in range(2)]
    for key, field in zip(KEYS, fields, strict=False):
        _stored(rfs, field, key)
    found = [rfs.recall(field) for field in fields]
    keys = [None if recall is None else recall.key for recall in found]
    require(keys == list(KEYS[:2]), f"orthogonal fields under two keys are found under {keys}")


def memory_meets_the_probe(rfs: Rfs) -> None:
    """R5."""
    _reset(rfs)
    field = _mixed(rfs, 1)
    _stored(rfs, field, KEYS[1])
    shape = (rfs.space.dimension,)
    met = require_field(rfs.memory(field), shape, "the memory")
    _require_alike(field, met, "the memory as the probe meets it")
    found = rfs.recall(field)
    require(
        found is not None and found.field.digest == met.digest,
        "the memory is not what is recalled",
    )


def memories_stand_in_order(rfs: Rfs) -> None:
    """R6."""
    _reset(rfs)
    fields = [_tone(rfs, place) for place in range(len(KEYS))]
    for key, field in zip(KEYS, fields, strict=True):
        _stored(rfs, field, key)
    keys = (KEYS[2], f"{PREFIX}-never", KEYS[0])
    rows = require_field(rfs.memories(keys), (len(keys), rfs.space.dimension), "the memories")
    _require_alike(fields[2], Field("row", rows.values[0].copy()), "the first memory")
    _require_alike(fields[0], Field("row", rows.values[2].copy()), "the third memory")
    nothing = Field("row", rows.values[1].copy())
    share = float(energy_share(rfs.space.high, nothing).lower[0])
    require(
        share <= TOLERANCE, f"where nothing was stored, {share:.3g} of the energy is in the band"
    )


def interference_is_low(rfs: Rfs) -> None:
    """R7."""
    _reset(rfs)
    for place, key in enumerate(KEYS):
        _stored(rfs, _mixed(rfs, place), key)
    found = measure(interference(_components(rfs)), RESOLUTION).only
    require_invariant(INTERFERENCE, found, "the components")


def capacity_margin_is_kept(rfs: Rfs) -> None:
    """R8."""
    _reset(rfs)
    capacity = rfs.capacity()
    cost = measure_exact("rfs.cost", capacity.cost, RESOLUTION, capacity.digest)
    require_invariant(CAPACITY_MARGIN, cost, "the memory")
    before = _components(rfs).digest
    large = _tone(rfs, 0, float(2 * capacity.maximum))
    require_refused(lambda: rfs.store(large, KEYS[0]), "a field of twice E_max", "full")
    require(_components(rfs).digest == before, "what was refused changed the memory")
    require(rfs.capacity().digest == capacity.digest, "what was refused changed the capacity")


def refuses_what_it_cannot_hold(rfs: Rfs) -> None:
    """R9 and G4."""
    _reset(rfs)
    before = _components(rfs).digest
    space = rfs.space
    constant = Field("constant", np.ones(space.dimension, dtype=np.complex128))
    longer = Field("longer", np.ones(space.dimension + 1, dtype=np.complex128))
    batch = Field("batch", np.stack([_tone(rfs, 0).values, _tone(rfs, 1).values]))
    cases = (constant, "outside of the range of E_i"), (longer, "of another dimension")
    for field, what in (*cases, (batch, "that is a batch")):
        require_refused(partial(rfs.store, field, KEYS[0]), f"a field {what}")
    require(_components(rfs).digest == before, "what was refused changed the memory")


def equal_questions_have_equal_answers(rfs: Rfs) -> None:
    """G2."""
    _reset(rfs)
    _stored(rfs, _mixed(rfs, 0), KEYS[0])
    probe = _mixed(rfs, 1)
    answers = []
    for _ in range(2):
        found = rfs.recall(probe)
        recalled = None if found is None else (found.key, found.field.digest)
        rest = rfs.memory(probe), rfs.memories(KEYS), rfs.components(), rfs.capacity()
        answers.append((recalled, *(item.digest for item in rest)))
    require(answers[0] == answers[1], "one question, asked twice, has two answers")


CHECKS: Final[tuple[Check[Rfs], ...]] = (
    Check("describes_itself", ("G1",), "it names its space", describes_itself),
    Check(
        "storing_is_acknowledged_once",
        ("R1",),
        "storing again changes nothing",
        storing_is_acknowledged_once,
    ),
    Check("energy_is_conserved", ("R2", "R10"), "‖B ψ‖² = ‖ψ‖²", energy_is_conserved),
    Check(
        "what_is_stored_is_found", ("R3",), "under its key, with Q ≥ 6 dB", what_is_stored_is_found
    ),
    Check(
        "recall_depends_on_the_probe",
        ("R4",),
        "orthogonal fields have their own keys",
        recall_depends_on_the_probe,
    ),
    Check("memory_meets_the_probe", ("R5",), "with what is recalled", memory_meets_the_probe),
    Check(
        "memories_stand_in_order",
        ("R6",),
        "of their keys; neutral where there is nothing",
        memories_stand_in_order,
    ),
    Check("interference_is_low", ("R7",), "η ≤ 0.15", interference_is_low),
    Check(
        "capacity_margin_is_kept",
        ("R8", "G4"),
        "E_max / E ≥ 1.3, and a write beyond is refused",
        capacity_margin_is_kept,
    ),
    Check(
        "refuses_what_it_cannot_hold",
        ("R9", "G4"),
        "and does not bend it",
        refuses_what_it_cannot_hold,
    ),
    Check(
        "equal_questions_have_equal_answers",
        ("G2",),
        "two equal questions, to the bit",
        equal_questions_have_equal_answers,
    ),
)
"""The suite of RFS."""

_WEAK: Final = 2.0**-10
"""The energy of what is stored under a key before it is used."""


def _reset(rfs: Rfs) -> None:
    """Weak fields under every key, whatever was there."""
    for place, key in enumerate(KEYS):
        rfs.store(_tone(rfs, place, _WEAK), key)


def _tone(rfs: Rfs, place: int, energy: float = 0.25) -> Field:
    """A field of one source component."""
    source = np.zeros(rfs.space.source, dtype=np.complex128)
    source[place] = np.sqrt(energy)
    return Field(f"tone {place}", rfs.space.encoder.apply(source))


def _mixed(rfs: Rfs, place: int) -> Field:
    """A field of all source components, with phases that depend on the place; different ones correlate little."""
    count = rfs.space.source
    turns = (place + 1) * np.arange(count) ** 2 / (2 * count)
    source = np.exp(2j * np.pi * turns) / (2 * np.sqrt(count))
    return Field(f"mixed {place}", rfs.space.encoder.apply(source))


def _stored(rfs: Rfs, field: Field, key: str) -> Acknowledgement:
    found = rfs.store(field, key)
    expected = digest({"kind": "stored", "field": field.digest, "key": key})
    require(found.digest == expected, "something else than what was sent is acknowledged")
    return found


def _components(rfs: Rfs) -> Field:
    return require_field(rfs.components(), (0, rfs.space.dimension), "the components")


def _require_alike(field: Field, found: Field, what: str) -> None:
    measured = correlation("alike", field, found)
    require(
        measured.lower[0] >= _FOUND,
        f"{what} correlates {measured.values[0]:.4f} with what was stored, expected 0.95",
    )
    require(float(products(found.parts, found.parts)[0]) > 0, f"{what} is empty")
