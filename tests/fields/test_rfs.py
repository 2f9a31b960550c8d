"""The metrics of the memory field (Def. 1.9) and their invariants."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from caio.base.errors import InputError
from caio.fields.arrays import Field, FieldError
from caio.fields.invariants import Verdict
from caio.fields.measure import measure
from caio.fields.rfs import Capacity, interference, recall, rfs_metrics
from tests.fields import oracle
from tests.fields.draw import fields

IDLE = Capacity((Fraction(1),), Fraction(2))
STEP = Fraction(1, 10**6)


class TestInterference:
    @given(st.integers(1, 6).flatmap(lambda n: st.integers(1, 5).map(lambda k: (n, k))), st.data())
    def test_its_interval_contains_the_truth(
        self, sizes: tuple[int, int], data: st.DataObject
    ) -> None:
        length, count = sizes
        components = data.draw(fields(length, rows=count))
        found = interference(components)
        truth = oracle.lost([oracle.exact(row) for row in components.rows])
        assert oracle.inside(truth, found.lower[0], found.upper[0])
        assert found.upper[0] - found.lower[0] < 1e-10
        kept = recall(found)
        assert oracle.inside(1 - truth, kept.lower[0], kept.upper[0])
        assert 0.0 <= kept.lower[0] <= kept.upper[0] <= 1.0

    def test_opposites_extinguish_each_other_and_equals_do_not(self) -> None:
        row = oracle.random_rows(1, 8)
        assert interference(Field("memory", np.array([row, -row]))).upper[0] == 1.0
        assert interference(Field("memory", np.array([row, -row]))).lower[0] > 1 - 1e-10
        assert interference(Field("memory", np.array([row, row]))).values[0] == 0.0
        assert interference(Field("memory", row)).upper[0] < 1e-12

    def test_amplification_elsewhere_excuses_nothing(self) -> None:
        rows = np.array([[1.0, 1.0], [1.0, -1.0]], dtype=np.complex128)
        assert interference(Field("memory", rows)).values[0] == 0.5

    @given(st.integers(0, 2**32 - 1), st.sampled_from([1j, -1.0]))
    def test_a_common_phase_and_the_order_change_nothing(self, seed: int, phase: complex) -> None:
        rows = oracle.random_rows(seed, 4, 6)
        base = interference(Field("memory", rows))
        for other in (rows * phase, rows[::-1], rows[:, ::-1]):
            found = interference(Field("memory", other))
            assert found.lower[0] <= base.upper[0]
            assert base.lower[0] <= found.upper[0]


class TestCapacity:
    @given(st.lists(st.fractions(0, 10, max_denominator=50), min_size=1, max_size=250))
    def test_ninety_nine_of_a_hundred_samples_keep_the_margin(
        self, samples: list[Fraction]
    ) -> None:
        cost = Capacity(tuple(samples), Fraction(7)).cost
        within = sum(sample / 7 <= cost for sample in samples)
        below = sum(sample / 7 < cost for sample in samples)
        assert within * 100 >= 99 * len(samples) > below * 100

    def test_one_bad_sample_in_a_hundred_is_allowed_and_two_are_not(self) -> None:
        good = (Fraction(1),) * 99
        assert Capacity((*good, Fraction(9)), Fraction(2)).cost == Fraction(1, 2)
        assert Capacity((*good[:98], Fraction(9), Fraction(9)), Fraction(2)).cost == Fraction(9, 2)

    @pytest.mark.parametrize(
        ("samples", "maximum"),
        [
            ((), Fraction(1)),
            ((Fraction(1),), Fraction(0)),
            ((Fraction(-1),), Fraction(1)),
            ((Fraction(1),), Fraction(-1)),
            ((0.5,), Fraction(1)),
            ((float("nan"),), Fraction(1)),
            ((Fraction(1),), 2.0),
            ((True,), Fraction(1)),
        ],
    )
    def test_energies_are_exact_and_in_range(
        self, samples: tuple[Fraction, ...], maximum: Fraction
    ) -> None:
        with pytest.raises(InputError, match=r"an energy of|a capacity needs"):
            Capacity(samples, maximum)

    def test_digests_name_samples_and_maximum(self) -> None:
        made = [
            Capacity((Fraction(1), Fraction(2)), Fraction(3)),
            Capacity((Fraction(2), Fraction(1)), Fraction(3)),
            Capacity((Fraction(1), Fraction(2)), Fraction(4)),
        ]
        assert len({capacity.digest for capacity in made}) == 3


class TestMetrics:
    stored = oracle.random_rows(1, 3, 1024)

    def test_a_healthy_memory_satisfies_all_three(self) -> None:
        # One field in each of three bands of time: nothing meets, nothing cancels.
        apart = np.zeros((3, 1024), dtype=np.complex128)
        for k in range(3):
            apart[k, k * 300 : k * 300 + 300] = self.stored[k, :300]
        memory = Field("memory", apart.sum(axis=0))
        capacity = Capacity((Fraction(10),), Fraction(13))
        found = rfs_metrics(
            Field("probe", apart[1]), memory, Field("components", apart), capacity, STEP
        )
        assert [j.invariant.name for j in found.judgements] == [
            "resonance_quality",
            "interference",
            "capacity_margin",
        ]
        # 10/13 is no multiple of the resolution: at the bound, the interval says nothing.
        assert [j.verdict for j in found.judgements] == [
            Verdict.HOLDS,
            Verdict.HOLDS,
            Verdict.UNKNOWN,
        ]
        finer = rfs_metrics(
            Field("probe", apart[1]),
            memory,
            Field("components", apart),
            capacity,
            Fraction(1, 13000),
        )
        assert all(judgement.holds for judgement in finer.judgements)
        assert found.resonance.interval[0] > 12
        assert found.recall.interval[0] > 1 - Fraction(1, 1000)
        assert found.resonance.value * STEP <= found.resonance.interval[1]

    def test_an_ill_one_breaks_all_three(self) -> None:
        rows = np.array([self.stored[0], -0.9 * self.stored[0]])
        flat = Field("memory", np.ones(1024, dtype=np.complex128))
        found = rfs_metrics(
            flat, flat, Field("components", rows), Capacity((Fraction(9),), Fraction(10)), STEP
        )
        assert [j.verdict for j in found.judgements] == [Verdict.BROKEN] * 3
        assert found.interference.interval[0] > Fraction(9, 10)

    def test_recall_and_interference_are_one(self) -> None:
        components = Field("components", self.stored)
        residual = interference(components)
        lost = measure(residual, STEP).only
        kept = measure(recall(residual), STEP).only
        assert lost.interval[0] + kept.interval[0] <= 1 <= lost.interval[1] + kept.interval[1]

    def test_batches_where_one_is_meant_are_refused(self) -> None:
        one, batch = Field("one", self.stored[0]), Field("many", self.stored)
        for probe, memory in [(batch, one), (one, batch)]:
            with pytest.raises(FieldError, match="field `many`: a batch of 3 fields, expected one"):
                rfs_metrics(probe, memory, batch, IDLE, STEP)
