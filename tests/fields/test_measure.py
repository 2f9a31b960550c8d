"""Integers and intervals: exact rounding, outwards, in bulk as one by one; thresholds on the safe side."""

from __future__ import annotations

import math
import re
from fractions import Fraction
from math import ceil, floor

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from caio.base.canonical import canonical_bytes
from caio.base.errors import InputError, InternalError
from caio.fields.arrays import FloatArray
from caio.fields.decibels import decibels, power_ratio_at
from caio.fields.estimates import Estimate, around, down, units, up
from caio.fields.invariants import (
    CAPACITY_MARGIN,
    CONDUCTIVITY,
    INTERFERENCE,
    INVARIANTS,
    PASSBAND_ENERGY,
    RESONANCE_QUALITY,
    Invariant,
    Relation,
    Verdict,
)
from caio.fields.measure import (
    MAX_STEPS,
    Measurement,
    Measurements,
    floor_steps,
    measure,
    measure_exact,
)

STEPS = st.one_of(
    st.sampled_from([1, 2, 10, 1000, 10**6, 2**20, 3, 7, 999_983]), st.integers(1, 10**7)
)


def estimate(
    values: list[float], lower: list[float] | None = None, upper: list[float] | None = None
) -> Estimate:
    return Estimate(
        "x", np.array(values), np.array(lower or values), np.array(upper or values), "sha256:0"
    )


@st.composite
def near_multiples(draw: st.DrawFn) -> tuple[float, int]:
    """A float at or next to a multiple of 1/R, where rounding goes wrong if it goes wrong."""
    steps = draw(STEPS)
    value = draw(st.integers(-(10**8), 10**8)) / steps
    for _ in range(draw(st.integers(0, 2))):
        value = math.nextafter(value, draw(st.sampled_from([-math.inf, math.inf])))
    return value, steps


class TestRounding:
    @given(
        st.one_of(
            near_multiples(),
            st.tuples(st.floats(-(2.0**25), 2.0**25), STEPS),
        )
    )
    @example((0.1, 10))
    @example((0.3, 10))
    @example((-0.1, 10))
    @example((5e-324, 1))
    @example((-5e-324, 7))
    @example((-0.0, 7))
    def test_is_exact(self, drawn: tuple[float, int]) -> None:
        value, steps = drawn
        assert floor_steps(np.array([value]), steps).tolist() == [floor(Fraction(value) * steps)]

    def test_is_exact_where_a_product_of_floats_is_not(self) -> None:
        assert Fraction(0.7) < Fraction(7, 10)
        assert 0.7 * 10 == 7.0
        assert floor_steps(np.array([0.7]), 10).tolist() == [6]

    @given(st.lists(st.floats(-1000.0, 1000.0), min_size=1, max_size=5), STEPS)
    def test_intervals_contain_what_they_round(self, values: list[float], steps: int) -> None:
        values = sorted(values)
        found = measure(
            estimate([values[len(values) // 2]], [values[0]], [values[-1]]), Fraction(1, steps)
        ).only
        low, high = found.interval
        assert low <= Fraction(values[0])
        assert Fraction(values[-1]) <= high
        assert Fraction(values[0]) - low < found.resolution > high - Fraction(values[-1])
        assert low <= found.value * found.resolution <= high
        assert found.value == floor(Fraction(values[len(values) // 2]) * steps)

    @given(st.lists(near_multiples(), min_size=1, max_size=8), STEPS)
    def test_bulk_is_one_by_one(self, drawn: list[tuple[float, int]], steps: int) -> None:
        values = [max(-100.0, min(value, 100.0)) for value, _ in drawn]
        together = measure(estimate(values), Fraction(1, steps))
        for row, value in enumerate(values):
            alone = measure(estimate([value]), Fraction(1, steps)).only
            assert together[row].value == alone.value
            assert together[row].interval == alone.interval
            assert together[row].resolution == Fraction(1, steps)
        assert len(list(together)) == len(values)

    def test_a_value_of_too_many_steps_is_refused(self) -> None:
        measure(estimate([2.0**52 - 2]), Fraction(1))
        for value in (2.0**52, -(2.0**52), 1e300):
            with pytest.raises(InputError, match=r"more than 2\*\*52 steps of 1 \(declare a coar"):
                measure(estimate([0.0, value]), Fraction(1))
        with pytest.raises(InputError, match="declare a coarser resolution"):
            measure_exact("x", Fraction(MAX_STEPS), Fraction(1), "sha256:0")

    @pytest.mark.parametrize(
        "resolution", [Fraction(2, 3), Fraction(0), Fraction(-1, 2), Fraction(1, 2**53), 0.5, 1]
    )
    def test_a_resolution_is_a_unit_fraction(self, resolution: Fraction) -> None:
        with pytest.raises(InputError, match=r"expected a `Fraction` 1/N"):
            measure(estimate([0.0]), resolution)

    @given(st.fractions(-1000, 1000), STEPS)
    def test_exact_values_are_rounded_outwards_too(self, value: Fraction, steps: int) -> None:
        found = measure_exact("x", value, Fraction(1, steps), "sha256:0")
        assert found.interval == (
            Fraction(floor(value * steps), steps),
            Fraction(ceil(value * steps), steps),
        )
        assert found.value == floor(value * steps)


class TestRecords:
    def test_a_measurement_says_everything_in_canonical_json(self) -> None:
        found = measure(estimate([0.5], [0.25], [0.7]), Fraction(1, 10))
        digest = found.only.digest
        assert (
            canonical_bytes(found.only.record())
            == (
                f'{{"digest":"{digest}","interval":["1/5","7/10"],"name":"x",'
                '"resolution":"1/10","value":5}'
            ).encode()
        )

    def test_a_value_outside_its_interval_is_refused(self) -> None:
        for value in (4, 8):
            with pytest.raises(
                InputError, match=f"`x`: {value} steps of 1/10 lie outside 1/2 to 7"
            ):
                Measurement("x", value, (Fraction(1, 2), Fraction(7, 10)), Fraction(1, 10), "")
        with pytest.raises(InputError, match="expected a `Fraction` 1/N"):
            Measurement("x", 1, (Fraction(0), Fraction(9)), Fraction(2), "")
        with pytest.raises(ValueError, match="read-only"):
            measure(estimate([0.5]), Fraction(1, 10)).values[0] = 7

    def test_digests_name_inputs_and_row(self) -> None:
        found = measure(estimate([0.5, 0.5]), Fraction(1, 10))
        assert found[0].digest != found[1].digest
        assert found[1] == found[-1]
        other = Estimate("x", found_values(), found_values(), found_values(), "sha256:1")
        assert measure(other, Fraction(1, 10))[0].digest != found[0].digest
        with pytest.raises(IndexError):
            _ = found[2]
        with pytest.raises(InputError, match="`x`: 2 measurements, expected one"):
            _ = found.only


def found_values() -> FloatArray:
    return np.array([0.5, 0.5])


class TestEstimates:
    @pytest.mark.parametrize(
        ("values", "lower", "upper"),
        [
            ([0.5], [0.6], [0.7]),
            ([0.5], [0.4], [0.45]),
            ([math.nan], [0.0], [1.0]),
            ([0.5], [math.nan], [1.0]),
            ([0.5], [-math.inf], [1.0]),
            ([0.5], [0.0], [math.inf]),
            ([0.5], [0.0, 0.0], [1.0]),
        ],
    )
    def test_one_outside_its_bounds_is_a_bug(
        self, values: list[float], lower: list[float], upper: list[float]
    ) -> None:
        with pytest.raises(InternalError):
            estimate(values, lower, upper)

    @given(st.floats(-1.0, 1.0), st.floats(-1.0, 1.0))
    def test_a_rounded_step_is_undone_outwards(self, left: float, right: float) -> None:
        exact = Fraction(left) + Fraction(right)
        computed = np.array([left + right])
        assert Fraction(down(computed)[0]) <= exact <= Fraction(up(computed)[0])

    @given(st.integers(1, 2**60))
    def test_units_are_not_too_few(self, count: int) -> None:
        assert Fraction(units(count)) * 2**53 >= count

    @given(st.floats(-2.0, 2.0), st.floats(0.0, 1.0))
    def test_around_keeps_to_its_range(self, value: float, error: float) -> None:
        found = around("x", np.array([value]), error, "sha256:0", at_least=-1.0, at_most=1.0)
        for truth in (value - error, value, value + error):
            if -1.0 <= truth <= 1.0:
                assert found.lower[0] <= truth <= found.upper[0]
        assert -1.0 <= found.lower[0] <= found.upper[0] <= 1.0


class TestDecibels:
    @given(st.fractions(-40, 40, max_denominator=5), st.integers(1, 20))
    def test_a_threshold_is_the_next_rational_above(self, level: Fraction, digits: int) -> None:
        found = power_ratio_at(level, digits=digits)
        exponent = level / 10
        power, degree = exponent.numerator, exponent.denominator
        assert found**degree >= Fraction(10) ** power
        assert (found - Fraction(1, 10**digits)) ** degree < Fraction(10) ** power

    def test_six_decibels_are_the_known_number(self) -> None:
        assert power_ratio_at(6) == Fraction(3981071705535, 10**12)
        assert Fraction(3981071705534, 10**12) ** 5 < 1000 < power_ratio_at(6) ** 5
        assert [power_ratio_at(level) for level in (0, 10, -10, 1000)] == [
            1,
            10,
            Fraction(1, 10),
            10**100,
        ]

    @pytest.mark.parametrize(
        ("level", "digits"), [(1001, 12), (-1001, 12), (Fraction(1, 101), 12), (6, 0), (6, 31)]
    )
    def test_what_has_no_such_rational_is_refused(self, level: Fraction, digits: int) -> None:
        with pytest.raises(InputError, match="expected such as 6 or 5/2"):
            power_ratio_at(level, digits=digits)

    @given(st.lists(st.floats(1.0, 1e9), min_size=2, max_size=6))
    def test_decibels_grow_with_the_ratio_and_stay_in_their_bounds(
        self, ratios: list[float]
    ) -> None:
        ratios = sorted(ratios)
        found = decibels(estimate(ratios), "q")
        measured = measure(found, Fraction(1, 1000))
        for below, above in zip(range(len(ratios)), range(1, len(ratios)), strict=False):
            assert measured[below].value <= measured[above].value
            assert measured[below].interval[0] <= measured[above].interval[0]
            assert measured[below].interval[1] <= measured[above].interval[1]
        for row, ratio in enumerate(ratios):
            # 10^(dB / 10) around the ratio, decided by integers: thousandths of a decibel are 10,000th roots.
            low, high = measured[row].interval
            assert power_ratio_at(floor(low), digits=20) <= Fraction(ratio) * (
                1 + Fraction(1, 10**9)
            )
            assert power_ratio_at(ceil(high), digits=20) >= Fraction(ratio)
            assert high - low <= Fraction(2, 1000)

    def test_known_decibels(self) -> None:
        found = decibels(estimate([1.0, 10.0, 100.0, 1e9]), "q")
        for value, lower, upper in zip([0, 10, 20, 90], found.lower, found.upper, strict=True):
            assert lower <= value <= upper
            assert upper - lower < 1e-10


def measured(name: str, low: Fraction, high: Fraction, steps: int) -> Measurement:
    return Measurement(name, floor(low * steps), (low, high), Fraction(1, steps), "sha256:0")


class TestInvariants:
    def test_are_the_ones_of_the_calculus(self) -> None:
        bounds = {name: (i.relation.value, i.bound) for name, i in INVARIANTS.items()}
        assert bounds == {
            "resonance_quality": (">=", Fraction(3981071705535, 10**12)),
            "interference": ("<=", Fraction(3, 20)),
            "capacity_margin": ("<=", Fraction(10, 13)),
            "conductivity": (">=", Fraction(19, 20)),
            "passband_energy": (">=", Fraction(19, 20)),
        }
        for name, invariant in INVARIANTS.items():
            assert invariant.name == name
            assert "Def. 1." in invariant.source
            assert invariant.statement

    @pytest.mark.parametrize("invariant", INVARIANTS.values(), ids=lambda i: i.name)
    def test_hold_at_their_bound_and_not_a_step_beyond(self, invariant: Invariant) -> None:
        steps = invariant.bound.denominator
        bound, step = invariant.bound, Fraction(1, invariant.bound.denominator)
        worse = -step if invariant.relation is Relation.AT_LEAST else step
        name = invariant.quantity
        assert invariant.judge(measured(name, bound, bound, steps)).verdict is Verdict.HOLDS
        low, high = sorted((bound, bound - worse))
        assert invariant.judge(measured(name, low, high, steps)).holds
        beyond = invariant.judge(measured(name, bound + worse, bound + worse, steps))
        assert beyond.verdict is Verdict.BROKEN
        low, high = sorted((bound, bound + worse))
        unsure = invariant.judge(measured(name, low, high, steps))
        assert unsure.verdict is Verdict.UNKNOWN
        assert not unsure.holds
        assert not beyond.holds

    def test_are_about_one_quantity_each(self) -> None:
        wrong = measured("modes.conductivity", Fraction(1), Fraction(1), 10)
        message = "invariant `passband_energy` is about `modes.energy_share`, not about `modes.cond"
        with pytest.raises(InputError, match=message):
            PASSBAND_ENERGY.judge(wrong)
        with pytest.raises(InputError, match=message):
            PASSBAND_ENERGY.holding(bulk("modes.conductivity", [1], [1], 10))

    @given(
        st.sampled_from(list(INVARIANTS.values())),
        st.lists(st.tuples(st.integers(0, 5000), st.integers(0, 3)), min_size=1, max_size=20),
        st.sampled_from([1, 7, 13, 20, 100, 1000]),
    )
    def test_in_bulk_say_what_they_say_one_by_one(
        self, invariant: Invariant, ends: list[tuple[int, int]], steps: int
    ) -> None:
        lower = [low % (5 * steps) for low, _ in ends]
        upper = [low + extra for low, (_, extra) in zip(lower, ends, strict=True)]
        measurements = bulk(invariant.quantity, lower, upper, steps)
        said = [invariant.judge(one).holds for one in measurements]
        assert invariant.holding(measurements).tolist() == said

    def test_six_decibels_that_are_not_surely_above_are_not_said_to_be(self) -> None:
        exact = 10**0.6
        inside = up(up(np.array([exact])))
        for ratio, verdict in [(4.0, Verdict.HOLDS), (3.9, Verdict.BROKEN)]:
            found = measure(
                around(
                    "resonance.power_ratio",
                    np.array([ratio]),
                    1e-9,
                    "sha256:0",
                    at_least=1.0,
                    at_most=1e9,
                ),
                Fraction(1, 10**6),
            ).only
            assert RESONANCE_QUALITY.judge(found).verdict is verdict
        close = Estimate("resonance.power_ratio", inside, inside, inside, "sha256:0")
        judged = RESONANCE_QUALITY.judge(measure(close, Fraction(1, 10**6)).only)
        assert judged.verdict is Verdict.UNKNOWN

    def test_a_judgement_reports_what_it_is_about(self) -> None:
        judged = INTERFERENCE.judge(measured("rfs.interference", Fraction(1, 5), Fraction(1, 5), 5))
        record = judged.record()
        assert record["verdict"] == "broken"
        assert (record["relation"], record["bound"]) == ("<=", "3/20")
        assert record["measurement"] == judged.measurement.record()
        assert re.search("INV-0004", str(record["source"]))
        canonical_bytes(record)

    def test_words_and_formula_of_the_passband_differ(self) -> None:
        kappa = Fraction(96, 100)
        assert CONDUCTIVITY.judge(measured("modes.conductivity", kappa, kappa, 100)).holds
        share = kappa**2
        assert not PASSBAND_ENERGY.judge(measured("modes.energy_share", share, share, 10000)).holds

    def test_the_margin_is_the_reciprocal_of_the_cost(self) -> None:
        assert 1 / CAPACITY_MARGIN.bound == Fraction(13, 10)


def bulk(name: str, lower: list[int], upper: list[int], steps: int) -> Measurements:
    return Measurements(
        name,
        steps,
        np.array(lower, dtype=np.int64),
        np.array(lower, dtype=np.int64),
        np.array(upper, dtype=np.int64),
        "sha256:0",
    )
