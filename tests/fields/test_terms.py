"""The terms of Eq. 1.1 against exact arithmetic, and their laws: range, symmetry, invariance, batches."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from caio.base.errors import InputError
from caio.fields.arrays import ComplexArray, Field, FieldError, FloatArray
from caio.fields.attention import attention
from caio.fields.correlation import correlation
from caio.fields.encoding import Encoder
from caio.fields.estimates import Estimate
from caio.fields.intent import high_frequency_energy, matched_filter_energy
from caio.fields.invariants import RESONANCE_QUALITY, Verdict
from caio.fields.measure import measure
from caio.fields.modes import conductivity, energy_share
from caio.fields.projectors import Projector, high_pass, low_pass
from caio.fields.reinforcement import maximum, policy_correlations, policy_values
from caio.fields.resonance import resonance, resonance_quality
from caio.fields.terms import Surroundings, field_terms
from tests.fields import oracle
from tests.fields.draw import LENGTHS, arrays, fields, pairs

EVERYTHING = Fraction(1, 2)


def encloses(estimate: Estimate, truth: Fraction, row: int = 0) -> bool:
    return oracle.inside(truth, estimate.lower[row], estimate.upper[row])


def overlap(left: Estimate, right: Estimate) -> bool:
    return bool((left.lower <= right.upper).all() and (right.lower <= left.upper).all())


def is_narrow(estimate: Estimate, scale: float = 1.0) -> bool:
    """An interval that is always true would be worth nothing."""
    return bool((estimate.upper - estimate.lower <= 1e-10 * scale).all())


class TestCorrelation:
    @given(pairs())
    def test_its_interval_contains_the_truth(self, pair: tuple[Field, Field]) -> None:
        left, right = pair
        found = resonance(left, right)
        assert found.name == "resonance.correlation"
        truth = oracle.cosine(oracle.exact(left.values), oracle.exact(right.values))
        assert encloses(found, truth)
        assert is_narrow(found)
        assert -1.0 <= found.lower[0] <= found.values[0] <= found.upper[0] <= 1.0

    @given(pairs())
    def test_is_symmetric_and_odd(self, pair: tuple[Field, Field]) -> None:
        left, right = pair
        assert resonance(left, right).values == resonance(right, left).values
        mirrored = resonance(left, Field("mirrored", -right.values))
        assert mirrored.values == -resonance(left, right).values

    @given(pairs(), st.integers(-20, 20))
    def test_does_not_depend_on_energy(self, pair: tuple[Field, Field], exponent: int) -> None:
        left, right = pair
        scaled = Field("scaled", right.values * 2.0**exponent)
        assert resonance(left, scaled).values == resonance(left, right).values

    @given(pairs(), st.sampled_from([1j, -1j, -1.0, 0.6 + 0.8j]))
    def test_a_common_phase_changes_nothing(
        self, pair: tuple[Field, Field], phase: complex
    ) -> None:
        turned = [Field(field.name, field.values * phase, ulps=8) for field in pair]
        assert overlap(resonance(*turned), resonance(*pair))

    @given(pairs())
    def test_a_common_unitary_map_changes_nothing(self, pair: tuple[Field, Field]) -> None:
        length = pair[0].dimension
        unitary = Encoder("unitary", length, low_pass(length, EVERYTHING))
        mapped = [unitary.encode(field, field.name) for field in pair]
        assert overlap(resonance(*mapped), resonance(*pair))
        shifted = [Field(field.name, np.roll(field.values, 1)) for field in pair]
        assert overlap(resonance(*shifted), resonance(*pair))

    @given(pairs())
    def test_a_field_is_as_near_to_itself_as_can_be(self, pair: tuple[Field, Field]) -> None:
        left, _ = pair
        assert resonance(left, left).upper == 1.0
        assert resonance(left, left).lower > 1.0 - 1e-12
        assert resonance(left, Field("opposite", -left.values)).lower == -1.0
        # Orthogonal in the real part although the magnitude of the inner product is the largest.
        across = resonance(left, Field("across", 1j * left.values))
        assert across.lower <= 0.0 <= across.upper

    @given(LENGTHS.flatmap(lambda length: st.tuples(fields(length), fields(length, rows=4))))
    def test_a_row_of_a_batch_has_the_bits_it_has_alone(self, drawn: tuple[Field, Field]) -> None:
        one, batch = drawn
        together = resonance(one, batch)
        for row, values in enumerate(batch.values):
            alone = resonance(one, Field("alone", values))
            assert together.values[row] == alone.values[0]
            assert together.lower[row] == alone.lower[0]
            assert together.upper[row] == alone.upper[0]

    def test_a_row_of_a_large_batch_has_the_bits_it_has_alone(self) -> None:
        one = Field("intent", oracle.random_rows(1, 257))
        batch = Field("memory", oracle.random_rows(2, 900, 257))
        together = resonance(one, batch)
        rows = [resonance(one, Field("alone", values)).values[0] for values in batch.values]
        assert together.values.tolist() == rows
        paired = resonance(batch, Field("reversed", batch.values[::-1]))
        assert paired.values.tolist() == paired.values[::-1].tolist()

    def test_a_long_row_of_a_batch_has_the_bits_it_has_alone(self) -> None:
        one = Field("intent", oracle.random_rows(1, 10_000))
        batch = Field("memory", oracle.random_rows(2, 5, 10_000))
        rows = [resonance(one, Field("alone", values)).values[0] for values in batch.values]
        assert resonance(one, batch).values.tolist() == rows
        truth = oracle.cosine(oracle.exact(one.values), oracle.exact(batch.values[4]))
        assert encloses(resonance(one, batch), truth, 4)

    def test_its_inputs_are_digested(self) -> None:
        left, right = (Field("a", oracle.random_rows(seed, 4)) for seed in (1, 2))
        digests = {
            correlation("w", left, right).inputs,
            correlation("w", right, left).inputs,
            correlation("w", left, left).inputs,
        }
        assert len(digests) == 3
        assert correlation("w", left, right).inputs == correlation("v", left, right).inputs

    def test_fields_that_do_not_fit_are_refused(self) -> None:
        with pytest.raises(FieldError, match="field `memory`: dimension 3, expected 2"):
            resonance(
                Field("intent", oracle.random_rows(1, 2)), Field("memory", oracle.random_rows(1, 3))
            )


class TestQuality:
    @given(pairs(least=2))
    def test_its_intervals_contain_the_truth(self, pair: tuple[Field, Field]) -> None:
        left, right = pair
        found = resonance_quality(left, right)
        magnitudes = oracle.shifted(oracle.exact(left.values), oracle.exact(right.values))
        peak = max(magnitudes)
        background = (sum(magnitudes) - peak) / (len(magnitudes) - 1)
        assert encloses(found.peak, peak)
        assert encloses(found.background, background)
        assert is_narrow(found.peak)
        assert is_narrow(found.background)
        largest = Fraction(10) ** 9
        power = largest if background == 0 else min((peak / background) ** 2, largest)
        assert encloses(found.power_ratio, power)
        assert 0.0 <= found.decibels.lower[0] <= found.decibels.upper[0] <= 90.0
        assert 10 ** (found.decibels.lower[0] / 10) <= float(power) * (1 + 1e-9)
        assert 10 ** (found.decibels.upper[0] / 10) >= float(power) * (1 - 1e-9)

    def test_a_known_field_is_found_in_a_superposition_wherever_it_is(self) -> None:
        probe = oracle.random_rows(1, 1024)
        memory = np.roll(probe, 100) + oracle.random_rows(2, 1024)
        clear = resonance_quality(Field("intent", probe), Field("memory", memory))
        noise = resonance_quality(
            Field("intent", probe), Field("memory", oracle.random_rows(3, 1024))
        )
        assert clear.decibels.lower[0] > 20.0
        assert noise.decibels.upper[0] < 12.0
        shifted = resonance_quality(
            Field("intent", np.roll(probe, 7)), Field("memory", memory * 1j)
        )
        assert overlap(shifted.power_ratio, clear.power_ratio)

    def test_an_empty_background_saturates(self) -> None:
        impulse = np.zeros(8, dtype=np.complex128)
        impulse[3] = 2.0
        found = resonance_quality(Field("intent", impulse), Field("memory", impulse))
        assert found.decibels.values[0] == found.decibels.upper[0] == 90.0
        assert found.power_ratio.values[0] == 1e9

    def test_where_nothing_resonates_nothing_is_loud(self) -> None:
        # One at frequency 0, the other at 1/2: every shift gives 0, and 0 above a background of 0 is no peak.
        still, fast = np.ones(4, dtype=np.complex128), np.array([1, -1, 1, -1], dtype=np.complex128)
        found = resonance_quality(Field("intent", fast), Field("memory", still))
        assert found.peak.values[0] == found.background.values[0] == 0.0
        assert found.power_ratio.values[0] == 1.0
        assert found.decibels.values[0] == 0.0
        measured = measure(found.power_ratio, Fraction(1, 1000)).only
        assert RESONANCE_QUALITY.judge(measured).verdict is not Verdict.HOLDS

    def test_equal_magnitudes_are_zero_decibels(self) -> None:
        constant = Field("constant", np.ones(16, dtype=np.complex128))
        found = resonance_quality(constant, constant)
        assert found.decibels.lower[0] == 0.0
        assert found.decibels.upper[0] < 1e-9

    def test_batches_agree_with_single_pairs_within_their_bounds(self) -> None:
        # More rows than one block, so that blocks meet.
        one = Field("intent", oracle.random_rows(1, 8192))
        batch = Field("memory", oracle.random_rows(2, 19, 8192))
        together = resonance_quality(one, batch).power_ratio
        reverse = resonance_quality(batch, one).power_ratio
        for row, values in enumerate(batch.values):
            alone = resonance_quality(one, Field("alone", values)).power_ratio
            for other in (together, reverse):
                assert other.lower[row] <= alone.upper[0]
                assert alone.lower[0] <= other.upper[row]

    def test_one_component_has_no_background(self) -> None:
        one = Field("intent", np.ones(1, dtype=np.complex128))
        with pytest.raises(FieldError, match="dimension 1 has no background"):
            resonance_quality(one, one)


@st.composite
def filtered(draw: st.DrawFn) -> tuple[Projector, Field]:
    length = draw(LENGTHS)
    cutoff = draw(st.fractions(0, Fraction(1, 2), max_denominator=16))
    return high_pass(length, cutoff), draw(fields(length))


class TestEnergies:
    @given(filtered())
    def test_intervals_contain_the_truth(self, drawn: tuple[Projector, Field]) -> None:
        projector, field = drawn
        exact = oracle.exact(field.values)
        truth = oracle.band_energy(exact, np.flatnonzero(projector.mask).tolist())
        whole = oracle.energy(exact)
        found = high_frequency_energy(projector, field)
        assert oracle.inside(
            truth / whole, Fraction(found.lower[0]) / whole, Fraction(found.upper[0]) / whole
        )
        assert is_narrow(found, float(field.energies[0]))
        share, kappa = energy_share(projector, field), conductivity(projector, field)
        assert encloses(share, truth / whole)
        assert kappa.lower[0] == 0.0 or Fraction(kappa.lower[0]) ** 2 <= truth / whole
        assert Fraction(kappa.upper[0]) ** 2 >= truth / whole * (1 - oracle.TINY)
        assert is_narrow(share)
        assert is_narrow(kappa)

    @given(filtered())
    def test_complementary_bands_share_the_energy(self, drawn: tuple[Projector, Field]) -> None:
        projector, field = drawn
        high = high_frequency_energy(projector, field)
        low = high_frequency_energy(projector.complement(), field)
        whole = oracle.energy(oracle.exact(field.values))
        assert Fraction(high.lower[0]) + Fraction(low.lower[0]) <= whole
        assert Fraction(high.upper[0]) + Fraction(low.upper[0]) >= whole

    @given(filtered())
    def test_a_phase_and_a_shift_change_nothing(self, drawn: tuple[Projector, Field]) -> None:
        projector, field = drawn
        for moved in (field.values * 1j, np.roll(field.values, 3)):
            assert overlap(
                high_frequency_energy(projector, Field("moved", moved)),
                high_frequency_energy(projector, field),
            )

    @given(st.data(), LENGTHS)
    def test_the_matched_filter_finds_what_lies_in_its_range(
        self, data: st.DataObject, length: int
    ) -> None:
        cutoff = data.draw(st.fractions(0, Fraction(1, 2), max_denominator=16))
        band = low_pass(length, cutoff)
        source = data.draw(LENGTHS.filter(lambda n: n <= band.width))
        encoder = Encoder("intent", source, band)
        field = Field("intent", data.draw(arrays(length)))
        found = matched_filter_energy(encoder, field)
        exact = oracle.exact(field.values)
        whole = oracle.energy(exact)
        truth = oracle.band_energy(exact, encoder.bins.tolist()) / whole
        assert oracle.inside(
            truth, Fraction(found.lower[0]) / whole, Fraction(found.upper[0]) / whole
        )
        assert is_narrow(found, float(field.energies[0]))
        word = Field("word", data.draw(arrays(source)))
        heard = matched_filter_energy(encoder, encoder.encode(word, "intent"))
        energy = oracle.energy(oracle.exact(word.values))
        assert oracle.inside(
            Fraction(1), Fraction(heard.lower[0]) / energy, Fraction(heard.upper[0]) / energy
        )

    def test_conductivity_is_one_in_the_band_and_zero_outside(self) -> None:
        tone = Field("tone", np.exp(2j * np.pi * 5 * np.arange(16) / 16))
        high = high_pass(16, Fraction(1, 4))
        assert conductivity(high, tone).upper[0] == 1.0
        assert conductivity(high, tone).lower[0] > 1 - 1e-12
        assert conductivity(high.complement(), tone).lower[0] == 0.0
        assert conductivity(high.complement(), tone).upper[0] < 1e-12

    def test_batches_agree_with_single_fields_within_their_bounds(self) -> None:
        batch = Field("intents", oracle.random_rows(5, 70, 1024))
        projector = high_pass(1024, Fraction(1, 8))
        encoder = Encoder("intent", 100, projector)
        terms: list[Callable[[Field], Estimate]] = [
            lambda field: high_frequency_energy(projector, field),
            lambda field: matched_filter_energy(encoder, field),
            lambda field: conductivity(projector, field),
        ]
        for term in terms:
            together = term(batch)
            for row in (0, 1, 63, 64, 69):
                alone = term(Field("alone", batch.values[row]))
                assert together.lower[row] <= alone.upper[0]
                assert alone.lower[0] <= together.upper[row]

    def test_other_dimensions_are_refused(self) -> None:
        field = Field("intent", oracle.random_rows(1, 4))
        with pytest.raises(FieldError, match="dimension 4, expected 8 as of the projector"):
            conductivity(low_pass(8, EVERYTHING), field)
        encoder = Encoder("intent", 4, low_pass(8, EVERYTHING))
        with pytest.raises(FieldError, match="dimension 4, expected 8 as of encoder `intent`"):
            matched_filter_energy(encoder, field)


class TestAttention:
    @given(st.data(), LENGTHS)
    def test_its_interval_contains_the_truth(self, data: st.DataObject, length: int) -> None:
        source = data.draw(LENGTHS.filter(lambda n: n <= length))
        encoder = Encoder("context", source, low_pass(length, EVERYTHING))
        intent = Field("intent", data.draw(arrays(length)))
        context = Field("context", data.draw(arrays(source)))
        found = attention(encoder, intent, context)
        encoded = oracle.encode(
            oracle.exact(context.values),
            [int(sign) for sign in encoder.signs],
            encoder.bins.tolist(),
            length,
        )
        assert found.name == "attention.correlation"
        assert encloses(found, oracle.cosine(oracle.exact(intent.values), encoded))
        assert is_narrow(found)

    def test_an_intent_that_is_its_context_has_all_attention(self) -> None:
        encoder = Encoder("context", 8, high_pass(32, Fraction(1, 8)))
        context = Field("context", oracle.random_rows(1, 8))
        intent = encoder.encode(context, "intent")
        assert attention(encoder, intent, context).lower[0] > 1 - 1e-10


@dataclass
class Linear:
    """Q(s, m, θ) = Re⟨θ_m, s⟩, for tests."""

    weights: dict[str, ComplexArray]
    digest: str = "sha256:test"

    def values(self, state: ComplexArray, services: Sequence[str]) -> FloatArray:
        return np.array([np.vdot(self.weights[name], state).real for name in services])


class Says:
    """A Q-function that answers whatever it is told to."""

    digest = "sha256:says"

    def __init__(self, answer: object) -> None:
        self.answer = answer

    def values(self, state: ComplexArray, services: Sequence[str]) -> FloatArray:
        assert state.flags.writeable is False
        assert services
        return self.answer  # type: ignore[return-value]


class TestReinforcement:
    encoder = Encoder("intent", 4, low_pass(8, EVERYTHING))
    intent = Field("intent", oracle.random_rows(1, 8))
    services = ("large", "small")

    def test_the_objective_has_a_value_per_service_and_the_report_their_maximum(self) -> None:
        rows = oracle.random_rows(2, 2, 4)
        linear = Linear({"large": rows[0], "small": rows[1]})
        found = policy_values(linear, self.encoder, self.intent, self.services)
        state = self.encoder.adjoint(self.intent.values)
        assert found.values.tolist() == [np.vdot(row, state).real for row in rows]
        assert found.lower.tolist() == found.values.tolist() == found.upper.tolist()
        assert maximum(found).values.tolist() == [max(found.values)]
        assert maximum(found).name == "policy.value.maximum"

    def test_whatever_determines_it_is_in_its_digest(self) -> None:
        function = Says(np.array([1.0, 2.0]))
        other = Says(np.array([1.0, 2.0]))
        other.digest = "sha256:other"
        digests = {
            policy_values(function, self.encoder, self.intent, self.services).inputs,
            policy_values(other, self.encoder, self.intent, self.services).inputs,
            policy_values(function, self.encoder, self.intent, self.services[::-1]).inputs,
            policy_values(
                function, Encoder("b", 4, self.encoder.band), self.intent, self.services
            ).inputs,
            policy_values(
                function, self.encoder, Field("i", self.intent.values * 2), self.services
            ).inputs,
        }
        assert len(digests) == 5

    @pytest.mark.parametrize(
        "answer",
        [
            None,
            [1.0, 2.0],
            np.array([1, 2]),
            np.array([1.0]),
            np.array([[1.0, 2.0]]),
            np.array([1.0, 2j]),
        ],
    )
    def test_an_answer_of_another_kind_is_refused(self, answer: object) -> None:
        with pytest.raises(InputError, match="something else than a numpy array of float64"):
            policy_values(Says(answer), self.encoder, self.intent, self.services)

    @pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 2.0**53])
    def test_an_answer_that_is_no_number_is_refused(self, value: float) -> None:
        with pytest.raises(InputError, match="of service `small`, expected a finite number"):
            policy_values(Says(np.array([1.0, value])), self.encoder, self.intent, self.services)

    @pytest.mark.parametrize("services", [(), ("a", "a")])
    def test_a_marketplace_names_each_service_once(self, services: tuple[str, ...]) -> None:
        with pytest.raises(InputError, match="expected at least one, and each name once"):
            policy_values(Says(np.ones(len(services))), self.encoder, self.intent, services)

    def test_the_intent_is_one_field_of_the_right_dimension(self) -> None:
        says = Says(np.ones(2))
        batch = Field("intent", oracle.random_rows(1, 2, 8))
        with pytest.raises(FieldError, match="a batch of 2 fields, expected one"):
            policy_values(says, self.encoder, batch, self.services)
        with pytest.raises(FieldError, match="a batch of 2 fields, expected one"):
            policy_correlations(batch, batch)
        with pytest.raises(FieldError, match="dimension 4, expected 8"):
            policy_values(
                says, self.encoder, Field("intent", oracle.random_rows(1, 4)), self.services
            )

    @given(LENGTHS.flatmap(lambda n: st.tuples(fields(n), fields(n, rows=3))))
    def test_the_matched_filter_form_contains_the_truth(self, drawn: tuple[Field, Field]) -> None:
        intent, marketplace = drawn
        found = policy_correlations(intent, marketplace)
        truths = [
            oracle.cosine(oracle.exact(intent.values), oracle.exact(row))
            for row in marketplace.values
        ]
        assert found.name == "policy.correlation"
        assert all(encloses(found, truth, row) for row, truth in enumerate(truths))
        assert encloses(maximum(found), max(truths))


class TestTogether:
    band = high_pass(64, Fraction(1, 8))
    intent = Field("intent", oracle.random_rows(1, 64))
    market = Field("marketplace", oracle.random_rows(2, 10, 64))
    context = Field("context", oracle.random_rows(3, 16))

    def around(self, memory: ComplexArray) -> Surroundings:
        return Surroundings(
            Encoder("intent", 32, self.band),
            Encoder("context", 16, self.band),
            self.context,
            self.market,
            Field("memory", memory),
        )

    def test_every_term_is_what_its_definition_says(self) -> None:
        surroundings = self.around(oracle.random_rows(4, 64))
        terms = field_terms(self.intent, surroundings, Fraction(1, 10**6))
        assert [m.value for m in terms.policy] == [
            field_terms(
                self.intent,
                Surroundings(
                    surroundings.intent_encoder,
                    surroundings.context_encoder,
                    self.context,
                    Field("alone", row),
                    surroundings.memory,
                ),
                Fraction(1, 10**6),
            ).policy.only.value
            for row in self.market.values
        ]
        assert terms.policy_maximum.only.value == max(m.value for m in terms.policy)
        intent = matched_filter_energy(surroundings.intent_encoder, self.intent)
        assert terms.intent.only.value == int(intent.values[0] * 10**6)
        assert len(terms.attention) == len(terms.resonance) == 1

    def test_each_candidate_may_have_its_own_memory(self) -> None:
        terms = field_terms(
            self.intent, self.around(oracle.random_rows(4, 10, 64)), Fraction(1, 1000)
        )
        assert len(terms.resonance) == len(terms.policy) == 10
        with pytest.raises(FieldError, match="9 memories for 10 candidates"):
            self.around(oracle.random_rows(4, 9, 64))

    def test_no_step_is_made_once_per_candidate(self) -> None:
        def steps(count: int) -> int:
            made = 0

            def profile(_frame: object, _event: str, _argument: object) -> None:
                nonlocal made
                made += 1

            market = Field("marketplace", oracle.random_rows(2, count, 64))
            surroundings = Surroundings(
                Encoder("intent", 32, self.band),
                Encoder("context", 16, self.band),
                self.context,
                market,
                Field("memory", oracle.random_rows(5, count, 64)),
            )
            sys.setprofile(profile)
            try:
                field_terms(self.intent, surroundings, Fraction(1, 1000))
                conductivity(self.band, market)
                resonance_quality(self.intent, market)
                RESONANCE_QUALITY.holding(
                    measure(resonance_quality(self.intent, market).power_ratio, Fraction(1, 1000))
                )
            finally:
                sys.setprofile(None)
            return made

        steps(2)  # what is computed once and remembered
        assert steps(2) == steps(900) > 0

    def test_batches_where_one_is_meant_are_refused(self) -> None:
        surroundings = self.around(oracle.random_rows(4, 64))
        with pytest.raises(FieldError, match="field `marketplace`: a batch of 10 fields"):
            field_terms(self.market, surroundings, Fraction(1, 1000))
        with pytest.raises(FieldError, match="field `marketplace`: a batch of 10 fields"):
            Surroundings(
                surroundings.intent_encoder,
                surroundings.context_encoder,
                self.market,
                self.market,
                surroundings.memory,
            )
