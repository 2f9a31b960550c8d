"""Measured fields as intervals: they contain the exact values, are narrow, stay in range, and hide no breach."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caio.base.errors import InputError
from caio.fields.arrays import Field
from caio.fields.encoding import Encoder
from caio.fields.invariants import INVARIANTS, Verdict
from caio.fields.judging import judgements
from caio.fields.projectors import low_pass
from caio.fields.rfs import Capacity
from caio.fields.scaled import Marketplace
from caio.ir import documents as d
from tests.fields import oracle
from tests.fields.worlds import (
    AXIS,
    FOCUS,
    HIGH,
    LENGTH,
    LOW,
    MEASURED,
    STEP,
    measured,
    number,
    state,
    vocabulary,
)

Interval = tuple[Fraction, Fraction]
seeds = st.integers(0, 2**31)


def exact(field: Field) -> list[oracle.Complex]:
    return oracle.exact(field.rows[0])


def within(truth: Fraction, interval: Interval, width: Fraction = STEP) -> bool:
    """Contained, and in an interval of the step around it, or of two where it lies beside a step."""
    low, high = interval
    return oracle.inside(truth, low, high) and high - low <= 2 * width


def correlation(traits: Field, axis: Field) -> Fraction:
    """Re⟨Π_low Ψ_t, e⟩ / (‖Π_low Ψ_t‖ ‖e‖), exactly but for a root."""
    spectrum = oracle.transform(exact(traits))
    kept = [
        c if passes else (Fraction(0), Fraction(0))
        for c, passes in zip(spectrum, LOW.mask, strict=True)
    ]
    return oracle.cosine(oracle.transform(kept, 1), exact(axis))


class TestIntervals:
    @given(seeds)
    @settings(max_examples=25)
    def test_roles_contain_the_truth(self, seed: int) -> None:
        rows = oracle.random_rows(seed, 4, LENGTH)
        components = Field("components", rows[2:])
        found = state(
            intent=Field("intent", rows[0]),
            memory=Field("memory", rows[1]),
            components=components,
            capacity=Capacity((Fraction(seed + 1, 2**31),), Fraction(7, 5)),
        )
        intervals = dict(measured(found).intervals)
        intent, memory = oracle.exact(rows[0]), oracle.exact(rows[1])
        bins = np.flatnonzero(HIGH.mask).tolist()
        share = oracle.band_energy(intent, bins) / oracle.energy(intent)
        assert within(share, intervals["energy"])
        assert within(oracle.root(share), intervals["kappa"])
        magnitudes = oracle.shifted(intent, memory)
        peak = max(magnitudes)
        background = (sum(magnitudes) - peak) / (LENGTH - 1)
        assert within((peak / background) ** 2, intervals["quality"])
        assert within(oracle.lost([oracle.exact(row) for row in rows[2:]]), intervals["eta"])
        assert within(Fraction(seed + 1, 2**31) * Fraction(5, 7), intervals["load"])

    @given(seeds, st.integers(1, 4))
    @settings(max_examples=25)
    def test_readings_contain_the_truth(self, seed: int, scale: int) -> None:
        rows = oracle.random_rows(seed, 2, LENGTH)
        traits, axis = Field("traits", rows[0]), Field("axis", rows[1])
        found = measured(state(traits=traits), axes={"caution": axis, "zeal": axis}, scale=scale)
        trait = max(Fraction(-1), min(Fraction(1), scale * correlation(traits, axis)))
        intervals = dict(found.intervals)
        assert within(-3 + 8 * (1 + trait) / 2, intervals["caution"])
        assert within(5 * (1 + trait), intervals["zeal"], Fraction(1))
        assert all(end.denominator == 1 for end in intervals["zeal"])

    def test_a_reading_along_the_traits_is_the_upper_end(self) -> None:
        found = state()
        for sign, ends in ((1, ("4999/1000", "5")), (-1, ("-3", "-2999/1000"))):
            axis = Field("axis", sign * found.trait_modes.values)
            interval = dict(measured(found, axes={"caution": axis}).intervals)["caution"]
            assert interval == tuple(map(Fraction, ends))

    @given(seeds, st.sampled_from([1, 3, 10, 1000, 10**6]))
    @settings(max_examples=25)
    def test_ends_are_steps_within_the_declared_range(self, seed: int, steps: int) -> None:
        found = state(traits=Field("traits", oracle.random_rows(seed, LENGTH)))
        known = vocabulary()
        profile = d.Profile(
            measured(found).vocabulary,
            "p",
            d.FieldWeights(*[Fraction(1)] * 7),
            resolution=Fraction(1, steps),
        )
        document = found.measurements(known, profile, "now", axes={"caution": AXIS, "zeal": AXIS})
        assert len(document.intervals) == len(MEASURED)
        for name, (low, high) in document.intervals:
            kind = known.field(f"measured.{name}").type
            assert isinstance(kind, d.IntType | d.RationalType)
            assert low <= high
            assert kind.lower is None or low >= kind.lower
            assert kind.upper is None or high <= kind.upper
            assert all((end * steps).denominator == 1 for end in (low, high))

    def test_controls_do_not_enter(self) -> None:
        assert measured(state(), FOCUS).intervals == measured(state()).intervals


class TestRanges:
    """A quantity may pass its range on the better side alone."""

    @pytest.mark.parametrize(
        ("role", "low", "high"),
        [
            ("resonance_quality", 1, 2),
            ("conductivity", -1, 0),
            ("passband_energy", -1, 0),
            ("interference", 1, 2),
            ("capacity_margin", 1, 2),
        ],
    )
    def test_what_is_better_counts_as_the_end(self, role: str, low: int, high: int) -> None:
        ((_, interval),) = measured(state(), fields=(number("x", low, high, role),)).intervals
        better = Fraction(high if INVARIANTS[role].relation.value == ">=" else low)
        assert interval == (better, better)

    @pytest.mark.parametrize(
        ("role", "low", "high"),
        [
            ("resonance_quality", 10**6, 10**9),
            ("conductivity", 1, 2),
            ("passband_energy", 1, 2),
            ("interference", -1, 0),
            ("capacity_margin", -1, 0),
        ],
    )
    def test_what_is_worse_is_refused(self, role: str, low: int, high: int) -> None:
        with pytest.raises(
            InputError, match=f"measured field `x`: {role} may be .*declare a wider"
        ):
            measured(state(), fields=(number("x", low, high, role),))

    @pytest.mark.parametrize(
        ("field", "reason"),
        [
            (d.Field("x", d.BoolType()), "it is no number"),
            (d.Field("x", d.EnumType("mood")), "it is no number"),
            (d.Field("x", d.SetType("mood")), "it is no number"),
            (d.Field("x", d.InstantType()), "it is no number"),
            (number("x", None, 1), "its range is open, so that a reading has no scale"),
            (number("x", 0, None), "its range is open, so that a reading has no scale"),
            (number("x", 0, 1, "mood"), "nothing here measures its role"),
            (number("x", 0, 1), "there is no axis of its name"),
        ],
    )
    def test_what_cannot_be_measured_is_left_out_and_reported(
        self, field: d.Field, reason: str
    ) -> None:
        assert measured(state(), fields=(field,)).intervals == ()
        assert state().unmeasured(vocabulary((field,))) == (("x", reason),)

    def test_one_component_has_no_background(self) -> None:
        all_of_it = low_pass(1, Fraction(1, 2))
        one = Field("one", np.ones(1, dtype=np.complex128))
        tiny = state(
            **dict.fromkeys(("intent", "traits", "memory", "components", "context"), one),
            high=all_of_it,
            low=all_of_it,
            intent_encoder=Encoder("intent", 1, all_of_it),
            context_encoder=Encoder("context", 1, all_of_it),
            marketplace=Marketplace(("only",), one),
        )
        assert measured(tiny, fields=(number("x", 0, 1, "conductivity"),)).intervals
        with pytest.raises(InputError, match="field `one`: dimension 1 has no background"):
            measured(tiny)


class TestJudgements:
    def test_each_role_is_judged_by_its_invariant(self) -> None:
        document = measured(state(capacity=None))
        found = {judged.field: judged for judged in judgements(vocabulary(), document)}
        assert list(found) == ["kappa", "energy", "quality", "eta", "load"]
        assert {name: judged.invariant.name for name, judged in found.items()} == {
            field.name: field.role for field in MEASURED if field.role is not None
        }
        for name, judged in found.items():
            assert judged.interval == dict(document.intervals).get(name)
        assert found["load"].verdict is Verdict.UNKNOWN
        assert not found["load"].holds
        assert found["load"].record()["interval"] is None

    @pytest.mark.parametrize(
        ("role", "interval", "verdict"),
        [
            ("conductivity", ("19/20", "1"), Verdict.HOLDS),
            ("conductivity", ("949/1000", "951/1000"), Verdict.UNKNOWN),
            ("conductivity", ("9/10", "949/1000"), Verdict.BROKEN),
            ("interference", ("0", "3/20"), Verdict.HOLDS),
            ("interference", ("1/10", "1/5"), Verdict.UNKNOWN),
            ("interference", ("1/5", "1/5"), Verdict.BROKEN),
            ("capacity_margin", ("1/2", "10/13"), Verdict.HOLDS),
            ("capacity_margin", ("1/2", "4/5"), Verdict.UNKNOWN),
            ("resonance_quality", ("3981071705535/1000000000000", "5"), Verdict.HOLDS),
            ("resonance_quality", ("398/100", "5"), Verdict.UNKNOWN),
            ("resonance_quality", ("1", "398/100"), Verdict.BROKEN),
        ],
    )
    def test_a_judgement_follows_from_the_interval(
        self, role: str, interval: tuple[str, str], verdict: Verdict
    ) -> None:
        known = vocabulary((number("x", 0, 10**9, role),))
        ends = Fraction(interval[0]), Fraction(interval[1])
        document = replace(measured(state(), fields=known.measured), intervals=(("x", ends),))
        (judged,) = judgements(known, document)
        assert judged.verdict is verdict
        assert judged.holds is (verdict is Verdict.HOLDS)
        assert judged.record()["verdict"] == verdict.value

    def test_measurements_of_another_vocabulary_are_refused(self) -> None:
        with pytest.raises(InputError, match="measurements `now` are of another vocabulary"):
            judgements(vocabulary(()), measured(state()))
