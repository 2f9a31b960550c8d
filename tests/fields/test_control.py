"""Control signals: the stated law against exact arithmetic, its bounds and orders, and records that are none."""

from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction
from math import floor
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from caio.base.canonical import canonical_bytes
from caio.base.errors import InputError
from caio.fields.arrays import Field, FieldError
from caio.fields.control import ROUTE_SHARE, ControlSignal, controlled, generate_control_signal
from caio.fields.modes import modes_of
from caio.fields.projectors import high_pass, low_pass
from caio.ir.documents import ROUTES, Control
from tests.fields import oracle
from tests.fields.draw import LENGTHS, fields

SELECTED = ("maker/model", "1.0", "internal")
N = 1000
STEP = Fraction(1, N)
few = settings(max_examples=25)

excitations = st.fractions(0, 1000, max_denominator=50)
dampings = st.fractions(0, 1, max_denominator=50)
controls = st.builds(Control, st.just("focus"), excitations, dampings)
couples = LENGTHS.flatmap(
    lambda length: st.tuples(fields(length, name="intent"), fields(length, name="traits"))
)
Couple = tuple[Field, Field]


def signal(
    control: Control, couple: Couple, route: str = "internal", resolution: Fraction = STEP
) -> ControlSignal:
    return generate_control_signal(control, ("maker/model", "1.0", route), *couple, resolution)


def dense(found: ControlSignal) -> list[int]:
    """The gain of every bin, in steps."""
    gains = [found.resolution.denominator] * found.dimension
    for place, gain in zip(found.bins, found.gains, strict=True):
        gains[place] = gain
    return gains


def tones(name: str, **energies: float) -> Field:
    """Pure tones of the given energies at bins k1, k2, … of 16."""
    n = np.arange(16)
    waves = [
        np.sqrt(energy) * np.exp(2j * np.pi * int(bin_[1:]) * n / 16)
        for bin_, energy in energies.items()
    ]
    return Field(name, np.sum(waves, axis=0))


class TestLaw:
    @few
    @given(couples, controls)
    def test_is_what_is_stated_but_for_the_last_step(
        self, couple: Couple, control: Control
    ) -> None:
        shares = []
        for field in couple:
            squares = [oracle.square(c) for c in oracle.transform(oracle.exact(field.values))]
            shares.append([N * square / max(squares) for square in squares])
        excited, damped = control.excitation, control.damping
        for gain, p, q in zip(dense(signal(control, couple)), *shares, strict=True):
            # A share is off by rounding; floors of shares are off by one, and so are those of their multiples.
            exact = N + excited * p - damped * min(p, q)
            assert abs(gain - exact) <= excited + damped + 2

    def test_excites_in_proportion_and_damps_what_both_have(self) -> None:
        intent = tones("intent", k3=1.0, k5=0.5055, k9=0.2504)
        traits = tones("traits", k1=1.0, k5=0.1006)
        found = signal(Control("focus", Fraction(1), Fraction(1, 2)), (intent, traits))
        assert (found.bins, found.gains) == ((3, 5, 9), (2000, 1000 + 505 - 50, 1250))

    @few
    @given(couples, controls)
    def test_gains_are_bounded(self, couple: Couple, control: Control) -> None:
        for route in ROUTES:
            for gain in dense(signal(control, couple, route)):
                assert N * (1 - control.damping) <= gain <= N * (1 + control.excitation)

    @few
    @given(couples, controls)
    def test_the_strongest_bin_is_excited_whole(self, couple: Couple, control: Control) -> None:
        found = signal(replace(control, damping=Fraction(0)), couple)
        assert max(dense(found)) == N + floor(control.excitation * N)

    @few
    @given(couples)
    def test_nothing_is_the_identity(self, couple: Couple) -> None:
        found = signal(Control("none"), couple)
        assert found.is_identity
        assert (found.bins, found.gains) == ((), ())
        assert found.apply(couple[0]) is couple[0]

    @few
    @given(couples, controls, excitations)
    def test_is_monotone_in_excitation(
        self, couple: Couple, control: Control, more: Fraction
    ) -> None:
        assume(more >= control.excitation)
        less, greater = signal(control, couple), signal(replace(control, excitation=more), couple)
        assert all(a <= b for a, b in zip(dense(less), dense(greater), strict=True))

    @few
    @given(couples, controls, dampings)
    def test_is_antitone_in_damping(self, couple: Couple, control: Control, more: Fraction) -> None:
        assume(more >= control.damping)
        less, greater = signal(control, couple), signal(replace(control, damping=more), couple)
        assert all(a >= b for a, b in zip(dense(less), dense(greater), strict=True))

    @few
    @given(couples, controls)
    def test_a_route_further_out_is_excited_less(self, couple: Couple, control: Control) -> None:
        inside, between, outside = (
            dense(signal(control, couple, route)) for route in ("internal", "hybrid", "external")
        )
        assert all(a >= b >= c for a, b, c in zip(inside, between, outside, strict=True))
        assert set(ROUTE_SHARE) == set(ROUTES)

    def test_a_route_has_the_share_that_is_stated(self) -> None:
        couple = tones("intent", k3=1.0), tones("traits", k3=1.0)
        control = Control("focus", Fraction(2), Fraction(1, 10))
        gains = {route: signal(control, couple, route).gains for route in ROUTES}
        assert gains == {"internal": (2900,), "hybrid": (2400,), "external": (1900,)}

    @few
    @given(couples, controls, st.integers(-20, 20))
    def test_does_not_depend_on_energy_or_names(
        self, couple: Couple, control: Control, exponent: int
    ) -> None:
        scaled = Field("other", couple[0].values * 2.0**exponent), couple[1]
        assert signal(control, scaled) == signal(control, couple)
        assert signal(control, couple).digest == signal(control, couple).digest

    @few
    @given(couples, controls, st.sampled_from([Fraction(1, 8), Fraction(1, 4), Fraction(2, 5)]))
    def test_bins_lie_in_passbands(
        self, couple: Couple, control: Control, cutoff: Fraction
    ) -> None:
        length = couple[0].dimension
        high, low = high_pass(length, cutoff), low_pass(length, Fraction(1, 3))
        try:
            both = modes_of(high, couple[0]), modes_of(low, couple[1])
        except FieldError:
            return
        found = signal(control, both)
        assert set(found.bins) <= set(np.flatnonzero(high.mask).tolist())
        damped = {k for k, gain in zip(found.bins, found.gains, strict=True) if gain < N}
        assert damped <= set(np.flatnonzero(low.mask).tolist())

    def test_a_guard_band_leaves_nothing_to_damp(self) -> None:
        intent, traits = (Field("field", oracle.random_rows(seed, 64)) for seed in (1, 2))
        high = high_pass(64, Fraction(1, 8))
        for low, damps in ((Fraction(1, 16), False), (Fraction(1, 4), True)):
            both = modes_of(high, intent), modes_of(low_pass(64, low), traits)
            found = signal(Control("calm", damping=Fraction(1)), both)
            assert found.is_identity is not damps

    def test_any_exact_number_will_do(self) -> None:
        odd = Control("odd", Fraction(10**40 + 1, 10**38), Fraction(1, 10**40))
        couple = tones("intent", k3=1.0), tones("traits", k3=1.0)
        assert signal(odd, couple).gains == (101 * N,)


class TestApply:
    @few
    @given(LENGTHS.flatmap(lambda n: st.tuples(*(fields(n) for _ in range(3)))), controls)
    def test_stays_below_the_largest_gain(
        self, drawn: tuple[Field, Field, Field], control: Control
    ) -> None:
        found = signal(control, drawn[:2])
        try:
            after = found.apply(drawn[2])
        except FieldError:
            assert control.damping == 1
            return
        largest = max(N, *dense(found)) / N
        assert np.isfinite(after.values).all()
        assert after.energies[0] <= largest**2 * drawn[2].energies[0] * (1 + 1e-9)

    @few
    @given(couples, controls)
    def test_its_ulps_cover_its_error(self, couple: Couple, control: Control) -> None:
        assume(control.damping < 1)
        found = signal(control, couple)
        after = found.apply(couple[0])
        spectrum = oracle.transform(oracle.exact(couple[0].values))
        scaled = [
            (gain * c[0] / N, gain * c[1] / N)
            for gain, c in zip(dense(found), spectrum, strict=True)
        ]
        length = len(scaled)
        truth = [(c[0] / length, c[1] / length) for c in oracle.transform(scaled, 1)]
        off = oracle.energy(
            [
                (a[0] - b[0], a[1] - b[1])
                for a, b in zip(oracle.exact(after.values), truth, strict=True)
            ]
        )
        bound = Fraction(after.ulps, 2**53)
        assert off <= bound**2 * oracle.energy(truth) + oracle.TINY * oracle.energy(truth)

    def test_is_linear(self) -> None:
        couple = Field("i", oracle.random_rows(1, 48)), Field("t", oracle.random_rows(2, 48))
        found = signal(Control("focus", Fraction(3), Fraction(1, 2)), couple)
        left, right = oracle.random_rows(3, 48), oracle.random_rows(4, 48)
        together = found.apply(Field("sum", left + 2j * right)).values
        apart = (
            found.apply(Field("left", left)).values + 2j * found.apply(Field("right", right)).values
        )
        assert np.allclose(together, apart, rtol=0, atol=1e-12)

    def test_a_batch_is_its_rows(self) -> None:
        couple = Field("i", oracle.random_rows(1, 48)), Field("t", oracle.random_rows(2, 48))
        found = signal(Control("focus", Fraction(3), Fraction(1, 2)), couple)
        batch = Field("batch", oracle.random_rows(3, 5, 48))
        after = found.apply(batch)
        assert after.values.shape == (5, 48)
        for row in range(5):
            alone = found.apply(Field("row", batch.values[row]))
            assert np.allclose(after.values[row], alone.values, rtol=0, atol=1e-12)

    def test_a_field_of_which_nothing_is_left_is_refused(self) -> None:
        intent = tones("intent", k3=1.0)
        found = signal(Control("calm", damping=Fraction(1)), (intent, tones("traits", k3=1.0)))
        assert found.gains == (0,)
        with pytest.raises(FieldError, match="`intent`: control `calm` leaves nothing of it"):
            found.apply(intent)
        both = Field("both", np.stack([tones("x", k1=1.0).values, intent.values]))
        with pytest.raises(FieldError, match="row 1 of field `both`") as error:
            found.apply(both)
        assert error.value.row == 1

    def test_another_dimension_is_refused(self) -> None:
        found = signal(Control("focus"), (tones("i", k3=1.0), tones("t", k3=1.0)))
        with pytest.raises(FieldError, match="dimension 3, expected 16 as of control signal"):
            found.apply(Field("memory", oracle.random_rows(1, 3)))


class TestControlled:
    @few
    @given(couples)
    def test_nothing_changes_nothing(self, couple: Couple) -> None:
        assert controlled(couple[0], Control("none"), couple[1]) is couple[0]

    @few
    @given(couples, controls)
    def test_is_what_the_signal_of_an_internal_service_does(
        self, couple: Couple, control: Control
    ) -> None:
        assume(control.damping < 1)
        found = controlled(couple[0], control, couple[1], resolution=STEP)
        assert np.array_equal(found.values, signal(control, couple).apply(couple[0]).values)

    def test_looks_at_modes_alone_where_projectors_are_given(self) -> None:
        intent, traits = (Field("field", oracle.random_rows(seed, 64)) for seed in (1, 2))
        high, low = high_pass(64, Fraction(1, 8)), low_pass(64, Fraction(1, 4))
        control = Control("focus", Fraction(2), Fraction(1, 2))
        found = controlled(intent, control, traits, high=high, low=low, resolution=STEP)
        both = modes_of(high, intent), modes_of(low, traits)
        sent = generate_control_signal(control, SELECTED, *both, STEP)
        assert np.array_equal(found.values, sent.apply(intent).values)
        assert not np.array_equal(
            found.values, controlled(intent, control, traits, resolution=STEP).values
        )

    def test_its_digest_names_what_it_comes_from(self) -> None:
        intent, traits = (Field("field", oracle.random_rows(seed, 16)) for seed in (1, 2))
        one, other = Control("u", Fraction(1)), Control("u", Fraction(2))
        digests = {
            controlled(intent, one, traits).digest,
            controlled(intent, other, traits).digest,
            controlled(traits, one, intent).digest,
            controlled(intent, one, traits, resolution=STEP).digest,
            controlled(intent, one, traits, high=high_pass(16, Fraction(1, 8))).digest,
            intent.digest,
        }
        assert len(digests) == 6


GOOD = {
    "kind": "control_signal",
    "control": "focus",
    "service": "maker/model",
    "version": "1.0",
    "route": "hybrid",
    "dimension": 16,
    "bins": [3, 9],
    "gains": [1500, 0],
    "resolution": "1/1000",
}

BAD: list[tuple[str, Any, str]] = [
    ("kind", "control", "expected `control_signal`"),
    ("control", "", "is not a name"),
    ("control", "a\nb", "is not a name"),
    ("control", None, "expected a name"),
    ("service", 3, "expected a name"),
    ("version", "1.x", "is not a version"),
    ("route", "sideways", "expected `internal`, `external`, `hybrid`"),
    ("dimension", 0, "dimension: `0`"),
    ("dimension", 2**20 + 1, "dimension: `1048577`"),
    ("dimension", True, "found a Boolean"),
    ("dimension", 9, r"bins\[1\]: `9`, expected more than 3, below 9"),
    ("bins", [9, 3], r"bins\[1\]: `3`, expected more than 9"),
    ("bins", [3, 3], r"bins\[1\]: `3`, expected more than 3"),
    ("bins", [-1, 3], r"bins\[0\]: `-1`"),
    ("bins", [3], "2 gains for 1 bins"),
    ("bins", [3, 9.0], r"bins\[1\]: expected an integer"),
    ("bins", "39", "expected an array"),
    ("gains", [1500], "1 gains for 2 bins"),
    ("gains", [1500, -1], r"gains\[1\]: `-1`"),
    ("gains", [1500, True], "found a Boolean"),
    ("gains", [1500, 1000], r"gains\[1\]: a gain of one"),
    ("gains", [1500, 1001 * 1000 + 1], r"gains\[1\]: `1001001`, expected 0 to 1001000"),
    ("gains", [1500, float("nan")], r"gains\[1\]: expected an integer"),
    ("resolution", "2/1000", "not in lowest terms"),
    ("resolution", "2/3", "resolution: `2/3`"),
    ("resolution", "1/1000001", "resolution: `1/1000001`"),
    ("resolution", 0.001, "expected a number as a string"),
]


class TestRecord:
    @few
    @given(couples, controls, st.sampled_from(ROUTES))
    def test_comes_back_as_it_was(self, couple: Couple, control: Control, route: str) -> None:
        found = signal(control, couple, route)
        back = ControlSignal.from_record(json.loads(canonical_bytes(found.record())))
        assert back == found
        assert back.digest == found.digest

    def test_a_good_record_is_read(self) -> None:
        found = ControlSignal.from_record(GOOD)
        assert (found.bins, found.gains, found.resolution) == ((3, 9), (1500, 0), STEP)

    @pytest.mark.parametrize(("member", "value", "complaint"), BAD)
    def test_a_bad_one_is_refused(self, member: str, value: object, complaint: str) -> None:
        with pytest.raises(InputError, match=complaint):
            ControlSignal.from_record({**GOOD, member: value})

    @pytest.mark.parametrize("member", sorted(GOOD))
    def test_members_are_all_needed_and_no_others(self, member: str) -> None:
        with pytest.raises(InputError, match=f"the member `{member}` is missing"):
            ControlSignal.from_record({k: v for k, v in GOOD.items() if k != member})
        with pytest.raises(InputError, match="there is no member `more` here"):
            ControlSignal.from_record({**GOOD, "more": 1})

    @pytest.mark.parametrize("given", [None, [], "signal", 3, [GOOD]])
    def test_what_is_no_object_is_refused(self, given: object) -> None:
        with pytest.raises(InputError, match="expected an object"):
            ControlSignal.from_record(given)

    @pytest.mark.parametrize(
        ("changed", "complaint"),
        [
            ({"control": 3}, "control: `3` is no name"),
            ({"service": ""}, "service: `` is no name"),
            ({"version": "x"}, "version: `x`"),
            ({"route": "x"}, "route: `x`"),
            ({"dimension": 16.0}, "dimension: `16.0`"),
            ({"bins": [3, 9]}, "tuples"),
            ({"gains": (1500, 2.5)}, r"gains\[1\]: `2.5`"),
            ({"resolution": 0.001}, "resolution: `0.001`"),
        ],
    )
    def test_a_value_is_checked_too(self, changed: dict[str, Any], complaint: str) -> None:
        with pytest.raises(InputError, match=complaint):
            replace(ControlSignal.from_record(GOOD), **changed)


class TestBadInput:
    INTENT = Field("intent", oracle.random_rows(1, 16))
    TRAITS = Field("traits", oracle.random_rows(2, 16))

    @pytest.mark.parametrize(
        ("control", "complaint"),
        [
            (
                Control("u", Fraction(-1)),
                "`u`: excitation `-1`, expected a `Fraction` from 0 to 1000",
            ),
            (Control("u", Fraction(1001)), "`u`: excitation `1001`"),
            (Control("u", damping=Fraction(3, 2)), "`u`: damping `3/2`"),
            (Control("u", damping=Fraction(-1, 2)), "`u`: damping `-1/2`"),
            (Control("u", excitation=0.5), "`u`: excitation `0.5`"),  # type: ignore[arg-type]
            (Control("u", damping=float("nan")), "`u`: damping `nan`"),  # type: ignore[arg-type]
        ],
    )
    def test_controls_out_of_range_are_refused(self, control: Control, complaint: str) -> None:
        with pytest.raises(InputError, match=complaint):
            signal(control, (self.INTENT, self.TRAITS))
        with pytest.raises(InputError, match=complaint):
            controlled(self.INTENT, control, self.TRAITS)

    def test_routes_that_are_none_are_refused(self) -> None:
        with pytest.raises(InputError, match="route: `sideways`, expected one of internal"):
            signal(Control("u"), (self.INTENT, self.TRAITS), "sideways")

    @pytest.mark.parametrize("resolution", [Fraction(2, 3), Fraction(0), Fraction(1, 10**7), 0.1])
    def test_resolutions_that_are_none_are_refused(self, resolution: Any) -> None:
        with pytest.raises(InputError, match="resolution"):
            signal(Control("u"), (self.INTENT, self.TRAITS), resolution=resolution)

    def test_fields_that_do_not_fit_are_refused(self) -> None:
        short, many = (
            Field("short", oracle.random_rows(1, 8)),
            Field("many", oracle.random_rows(1, 2, 16)),
        )
        prime = Field("prime", oracle.random_rows(1, 13))
        for couple, complaint in (
            ((self.INTENT, short), "field `short`: dimension 8, expected 16"),
            ((many, self.TRAITS), "field `many`: a batch of 2 fields"),
            ((self.INTENT, many), "field `many`: a batch of 2 fields"),
            ((prime, prime), "a transform of length 13"),
        ):
            with pytest.raises(InputError, match=complaint):
                signal(Control("u"), couple)

    def test_a_field_without_modes_is_refused(self) -> None:
        slow = tones("slow", k1=1.0)
        with pytest.raises(FieldError, match="field `slow`: nothing passes the projector"):
            modes_of(high_pass(16, Fraction(1, 8)), slow)
        batch = Field("batch", np.stack([self.INTENT.values, slow.values]))
        with pytest.raises(FieldError, match="row 1 of field `batch`: nothing passes"):
            modes_of(high_pass(16, Fraction(1, 8)), batch)
