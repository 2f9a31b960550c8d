"""RFS as a reference against a dictionary: one field, nothing lost, nothing beyond the margin."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from caio.base.errors import InputError
from caio.fields.arrays import ComplexArray, Field
from caio.fields.correlation import correlation
from caio.fields.invariants import Verdict
from caio.fields.rfs import rfs_metrics
from caio.neighbours.memory import SuperposedRfs
from caio.routing.ports import NeighbourError
from tests.neighbours.draw import SPACE, encoded, sources, tone

KEYS = st.sampled_from([f"key {number}" for number in range(20)])
LIMIT = 4
"""E_max of the machine below, so that the margin is met before the slots are used up, and sometimes after."""


class MemoryAgainstDictionary(RuleBasedStateMachine):
    """The memory beside a dictionary of the fields stored last."""

    def __init__(self) -> None:
        super().__init__()
        self.rfs = SuperposedRfs(SPACE, Fraction(LIMIT))
        self.model: dict[str, ComplexArray] = {}

    def energy(self, model: dict[str, ComplexArray]) -> float:
        return sum(float(np.vdot(w, w).real) for w in model.values())

    @rule(source=sources(), key=KEYS, scale=st.sampled_from([0.05, 0.2, 1.0]))
    def store(self, source: ComplexArray, key: str, scale: float) -> None:
        source = source * scale
        wanted = self.model | {key: source}
        energy = self.energy(wanted)
        if abs(energy - LIMIT * 10 / 13) < 1e-9:
            return
        before = self.rfs.components().digest
        if energy < LIMIT * 10 / 13 and len(wanted) <= 16:
            self.rfs.store(encoded(source), key)
            self.model = wanted
        else:
            with pytest.raises(NeighbourError) as caught:
                self.rfs.store(encoded(source), key)
            assert caught.value.code == "full"
            assert self.rfs.components().digest == before

    @rule(source=sources())
    def recall(self, source: ComplexArray) -> None:
        found = self.rfs.recall(encoded(source))
        if not self.model:
            assert found is None
            return

        def match(w: ComplexArray) -> float:
            return float(np.vdot(source, w).real / np.linalg.norm(w))

        assert found is not None
        best = max(match(w) for w in self.model.values())
        assert abs(match(self.model[found.key]) - best) < 1e-9
        assert np.allclose(found.field.values, SPACE.encoder.apply(self.model[found.key]))
        assert self.rfs.memory(encoded(source)).digest == found.field.digest

    @invariant()
    def one_field_holds_everything(self) -> None:
        keys = tuple(self.model) or ("nothing",)
        found = self.rfs.memories(keys)
        for row, key in zip(found.values, keys, strict=True):
            held = self.model.get(key)
            assert np.allclose(row, 1.0 if held is None else SPACE.encoder.apply(held))

    @invariant()
    def energy_is_conserved_within_the_margin(self) -> None:
        used = self.rfs.capacity().samples[0]
        assert abs(float(used) - self.energy(self.model)) < 1e-9
        assert self.rfs.capacity().cost <= Fraction(10, 13)
        if self.model:
            components = self.rfs.components()
            assert len(components.rows) == len(self.model)
            assert abs(float(components.energies.sum()) - float(used)) < 1e-9

    @invariant()
    def nothing_is_extinguished(self) -> None:
        probe = tone(0)
        metrics = rfs_metrics(
            probe,
            self.rfs.memory(probe),
            self.rfs.components(),
            self.rfs.capacity(),
            Fraction(1, 10**4),
        )
        _, interference, margin = metrics.judgements
        assert interference.verdict is margin.verdict is Verdict.HOLDS


MemoryAgainstDictionary.TestCase.settings = settings(max_examples=10, stateful_step_count=16)
TestMemory = MemoryAgainstDictionary.TestCase


@given(sources(), KEYS)
def test_what_is_stored_resonates_with_its_own_probe(source: ComplexArray, key: str) -> None:
    rfs = SuperposedRfs(SPACE, Fraction(100))
    field = encoded(source)
    first = rfs.store(field, key)
    assert (first.repeated, rfs.store(field, key)) == (False, type(first)(first.digest, True))
    found = rfs.recall(field)
    assert found is not None
    assert found.key == key
    assert correlation("c", field, found.field).lower[0] > 1 - 1e-9


def test_there_is_a_slot_for_each_key_and_no_more() -> None:
    rfs = SuperposedRfs(SPACE, Fraction(100))
    for number in range(16):
        rfs.store(tone(number), f"key {number}")
    with pytest.raises(NeighbourError, match="all 16 are taken") as caught:
        rfs.store(tone(0), "one more")
    assert caught.value.code == "full"
    rfs.store(tone(5), "key 3")
    assert rfs.keys == tuple(f"key {number}" for number in range(16))


def test_the_sum_of_the_components_is_the_memory_of_every_key() -> None:
    rfs = SuperposedRfs(SPACE)
    fields = {f"key {place}": tone(place) for place in range(4)}
    for key, field in fields.items():
        rfs.store(field, key)
    together = rfs.components().values.sum(axis=0)
    for slot, field in enumerate(fields.values()):
        # B^H: shift back, cut out, encode.
        source = np.roll(together, -slot * SPACE.source)[: SPACE.source]
        assert np.allclose(SPACE.encoder.apply(source), field.values)


def test_what_it_cannot_hold_is_refused() -> None:
    rfs = SuperposedRfs(SPACE)
    dense = np.zeros(SPACE.dimension, dtype=complex)
    dense[3] = 0.5
    for field in (
        Field("impulse", dense),
        Field("longer", np.ones(512, dtype=complex)),
        Field("batch", np.stack([tone(0).values, tone(1).values])),
    ):
        with pytest.raises(InputError):
            rfs.store(field, "key")
    for key in ("", "a\nb", "x" * 257):
        with pytest.raises(InputError):
            rfs.store(tone(0), key)
    with pytest.raises(InputError, match="each once"):
        rfs.memories([])
    with pytest.raises(InputError, match="each once"):
        rfs.memories(["a", "a"])
    with pytest.raises(InputError, match="a maximum above 0"):
        SuperposedRfs(SPACE, Fraction(0))
    assert rfs.keys == ()


def test_an_empty_memory_is_neutral() -> None:
    rfs = SuperposedRfs(SPACE)
    probe = tone(0)
    assert rfs.recall(probe) is None
    found = correlation("c", probe, rfs.memory(probe))
    assert found.lower[0] <= 0 <= found.upper[0]
    assert len(rfs.components().rows) == 1
    assert rfs.capacity().samples == (Fraction(0),)


def test_a_field_that_was_excited_can_still_be_stored() -> None:
    """A signal acts on the bins of the intent alone, which are those of E_i."""
    excited = Field("intent", 1.5 * tone(2).values)
    rfs = SuperposedRfs(SPACE)
    rfs.store(excited, "key")
    assert abs(float(rfs.capacity().samples[0]) - 2.25 * 0.25) < 1e-12
