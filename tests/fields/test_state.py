"""The state s_t and what a decision takes from it: terms under controls, documents, snapshots, and input that is none."""

from __future__ import annotations

import json
from dataclasses import FrozenInstanceError, replace
from fractions import Fraction
from math import floor
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caio.base.canonical import canonical_bytes
from caio.base.errors import InputError
from caio.fields.arrays import Field, FieldError
from caio.fields.encoding import Encoder
from caio.fields.modes import modes
from caio.fields.projectors import high_pass, low_pass
from caio.fields.rfs import Capacity, rfs_metrics
from caio.fields.scaled import IntentScore, LearnedPolicy, Marketplace
from caio.ir import documents as d
from caio.ir.decode import decode_documents
from caio.ir.encode import document_bytes, document_digest, document_json
from tests.fields import oracle
from tests.fields.worlds import (
    AXIS,
    CALM,
    FOCUS,
    HIGH,
    LENGTH,
    LOW,
    MEASURED,
    SERVICES,
    STEP,
    STEPS,
    Learner,
    learned,
    measured,
    parts,
    profile,
    state,
    vocabulary,
)

NOTHING = d.Control("none")
BINS = np.flatnonzero(HIGH.mask).tolist()


def exact(field: Field) -> list[oracle.Complex]:
    return oracle.exact(field.rows[0])


def steps(correlation: Fraction) -> int:
    """What the format says of a correlation."""
    return floor(STEPS * (correlation + 1) / 2)


class TestState:
    def test_has_the_modes_of_its_fields(self) -> None:
        found = state()
        assert np.array_equal(found.intent_modes.values, modes(HIGH, found.intent))
        assert np.array_equal(found.trait_modes.values, modes(LOW, found.traits))

    def test_cannot_be_changed(self) -> None:
        found = state()
        with pytest.raises(FrozenInstanceError):
            found.intent = found.traits  # type: ignore[misc]
        with pytest.raises(ValueError, match="read-only"):
            found.intent_modes.values[0] = 1.0

    def test_snapshots_are_digests_and_arrays_on_request(self) -> None:
        found = state()
        assert list(found.snapshots) == [
            "intent",
            "traits",
            "intent_modes",
            "trait_modes",
            "context",
            "marketplace",
            "memory",
            "components",
        ]
        assert found.snapshots["intent"] == found.intent.digest
        arrays = found.arrays("intent", "memory")
        assert list(arrays) == ["intent", "memory"]
        for name, values in arrays.items():
            assert Field(name, values).digest == found.snapshots[name]
            assert not values.flags.writeable
        assert found.arrays().keys() == found.snapshots.keys()
        assert "components" not in state(components=None).snapshots
        with pytest.raises(InputError, match="no snapshot `mood` \\(there are: intent, traits,"):
            found.arrays("mood")

    @pytest.mark.parametrize(
        ("part", "other"),
        [
            ("intent", Field("intent", oracle.random_rows(11, LENGTH))),
            ("traits", Field("traits", oracle.random_rows(11, LENGTH))),
            ("high", high_pass(LENGTH, Fraction(1, 4))),
            ("low", low_pass(LENGTH, Fraction(1, 8))),
            ("intent_encoder", Encoder("intent", 5, HIGH)),
            ("context_encoder", Encoder("another", 4, HIGH)),
            ("context", Field("context", oracle.random_rows(11, 4))),
            ("marketplace", Marketplace(SERVICES[::-1], parts()["marketplace"].encodings)),
            ("memory", Field("memory", oracle.random_rows(11, LENGTH))),
            ("components", Field("components", oracle.random_rows(11, 2, LENGTH))),
            ("components", None),
            ("capacity", Capacity((Fraction(1, 2),), Fraction(1))),
            ("capacity", None),
            ("learned", learned(1.0, 2.0, 3.0)),
        ],
    )
    def test_every_part_shows_in_its_digest(self, part: str, other: object) -> None:
        one, two = state(), state(**{part: other})
        assert one.digest == state().digest
        assert one.digest != two.digest
        assert dict(measured(one).inputs) != dict(measured(two).inputs)

    def test_has_the_metrics_of_its_memory(self) -> None:
        found = state()
        assert found.rfs_metrics(STEP) == rfs_metrics(
            found.intent, found.memory, parts()["components"], parts()["capacity"], STEP
        )
        for lacking in ("components", "capacity"):
            with pytest.raises(InputError, match=f"RFS metrics need the {lacking} of the memory"):
                state(**{lacking: None}).rfs_metrics(STEP)


class TestTerms:
    @pytest.mark.parametrize("seed", range(20, 26))
    def test_are_those_of_exact_arithmetic(self, seed: int) -> None:
        found = state(intent=Field("intent", oracle.random_rows(seed, LENGTH)))
        intent = exact(found.intent)
        terms = found.terms(NOTHING, STEP, score=IntentScore.HIGH_FREQUENCY)
        share = oracle.band_energy(intent, BINS) / oracle.energy(intent)
        assert terms.intent == floor(STEPS * share)
        assert terms.resonance == steps(oracle.cosine(intent, exact(found.memory)))
        market = found.marketplace
        assert dict(terms.policy) == {
            name: steps(oracle.cosine(intent, oracle.exact(row)))
            for name, row in zip(market.services, market.encodings.rows, strict=True)
        }
        encoder = found.context_encoder
        encoded = oracle.encode(
            exact(found.context),
            [int(sign) for sign in encoder.signs],
            encoder.bins.tolist(),
            LENGTH,
        )
        assert terms.attention == steps(oracle.cosine(intent, encoded))

    def test_the_matched_filter_finds_all_of_what_it_encoded_and_no_more(self) -> None:
        encoder = parts()["intent_encoder"]
        intent = encoder.encode(Field("words", oracle.random_rows(9, 6)), "intent")
        assert state(intent=intent).terms(NOTHING, STEP).intent in {STEPS - 1, STEPS}
        assert 0 < state().terms(NOTHING, STEP).intent < STEPS

    def test_policy_is_in_order_of_name_whatever_the_marketplace_says(self) -> None:
        market = parts()["marketplace"]
        terms = state().terms(NOTHING, STEP)
        assert [name for name, _ in terms.policy] == sorted(SERVICES)
        turned = Marketplace(SERVICES[::-1], Field("services", market.encodings.values[::-1]))
        assert state(marketplace=turned).terms(NOTHING, STEP).policy == terms.policy

    def test_many_candidates_have_the_terms_of_each_alone(self) -> None:
        rows = oracle.random_rows(7, 300, LENGTH)
        names = tuple(f"maker/{place}" for place in range(300))
        together = state(marketplace=Marketplace(names, Field("services", rows)))
        found = dict(together.terms(FOCUS, STEP).policy)
        for name, row in list(zip(names, rows, strict=True))[::50]:
            alone = state(marketplace=Marketplace((name,), Field("services", row)))
            assert alone.terms(FOCUS, STEP).policy == ((name, found[name]),)

    def test_q_values_are_scaled_by_their_range_and_clipped(self) -> None:
        found = state(learned=learned(-5.0, 2.5, 99.0)).terms(NOTHING, STEP)
        assert dict(found.policy) == dict(zip(SERVICES, (0, 250, STEPS), strict=True))
        assert found.intent == state().terms(NOTHING, STEP).intent

    def test_q_is_asked_about_the_intent_under_the_control(self) -> None:
        learner = Learner(np.array([1.0, 2.0, 3.0]))
        policy = LearnedPolicy(learner, Fraction(0), Fraction(10))  # type: ignore[arg-type]
        found = state(learned=policy)
        found.terms(FOCUS, STEP)
        intent = found.intent_under(FOCUS, STEP)
        (asked, services) = learner.asked[0]
        assert np.array_equal(asked, found.intent_encoder.adjoint(intent.values))
        assert tuple(services) == SERVICES

    @given(st.integers(0, 2**31), st.fractions(0, 20, max_denominator=10))
    @settings(max_examples=30)
    def test_excitation_never_lowers_the_share_of_high_frequencies(
        self, seed: int, excitation: Fraction
    ) -> None:
        found = state(intent=Field("intent", oracle.random_rows(seed, LENGTH)))
        score = IntentScore.HIGH_FREQUENCY
        before = found.terms(NOTHING, STEP, score=score).intent
        after = found.terms(d.Control("u", excitation), STEP, score=score).intent
        assert after >= before

    def test_a_control_shows_in_every_term(self) -> None:
        before, after = state().terms(NOTHING, STEP), state().terms(FOCUS, STEP)
        assert before.intent != after.intent
        assert before.attention != after.attention
        assert before.resonance != after.resonance
        assert before.policy != after.policy

    def test_what_was_predicted_is_what_is_sent(self) -> None:
        found = state()
        for control in (FOCUS, CALM, NOTHING):
            sent = found.control_signal(control, ("maker/a", "1.0", "internal"), STEP)
            predicted = found.intent_under(control, STEP)
            assert np.array_equal(predicted.values, sent.apply(found.intent).values)
        assert found.intent_under(NOTHING, STEP) is found.intent


class TestMeasurements:
    def test_are_a_document(self) -> None:
        known = vocabulary()
        found = measured(state(), FOCUS, CALM, axes={"caution": AXIS})
        decoded = decode_documents(
            json.loads(canonical_bytes([document_json(known), document_json(found)]))
        )
        assert decoded == (known, found)

    def test_the_checker_takes_them(self) -> None:
        from caio.checker import Documents

        known = vocabulary()
        for one in (
            measured(state(), FOCUS, CALM, axes={"caution": AXIS, "zeal": AXIS}),
            measured(state(learned=learned(0.0, 5.0, 10.0))),
        ):
            documents = [document_json(document) for document in (known, one)]
            Documents(canonical_bytes({"format": "caio-documents/v1", "documents": documents}))

    def test_have_the_terms_of_every_control_of_the_profile(self) -> None:
        found = state()
        document = measured(found, FOCUS, CALM)
        assert document.terms == (
            ("calm", found.terms(CALM, STEP)),
            ("focus", found.terms(FOCUS, STEP)),
        )
        assert measured(found).terms == (("none", found.terms(NOTHING, STEP)),)

    def test_are_the_same_bytes_again(self) -> None:
        first, second = (
            document_bytes(measured(state(), FOCUS, CALM, axes={"caution": AXIS})) for _ in range(2)
        )
        assert first == second

    def test_name_everything_that_entered(self) -> None:
        found = state(learned=learned(1.0, 2.0, 3.0))
        inputs = dict(measured(found, FOCUS, axes={"caution": AXIS}).inputs)
        assert inputs["axis.caution"] == AXIS.digest
        assert {name: inputs[name] for name in found.inputs} == dict(found.inputs)
        assert set(inputs) - set(found.inputs) == {"axis.caution", "control.focus"}
        stronger = replace(FOCUS, excitation=Fraction(3))
        again = dict(measured(found, stronger, axes={"caution": AXIS}).inputs)
        assert {name for name in inputs if inputs[name] != again[name]} == {"control.focus"}

    def test_say_by_which_definitions(self) -> None:
        assert measured(state()).procedure == (
            "caio-fields-1: intent by Def. 1.3 as a share of energy; attention by Def. 1.5;"
            " policy by Def. 1.7; resonance by Def. 1.1; traits in units of 1/1"
        )
        other = measured(
            state(learned=learned(1.0, 2.0, 3.0)), score=IntentScore.HIGH_FREQUENCY, scale=4
        ).procedure
        assert "intent by Def. 1.4" in other
        assert "policy by Def. 1.6, values from 0 to 10;" in other
        assert other.endswith("traits in units of 1/4")

    def test_report_what_could_not_be_measured(self) -> None:
        bare = state(components=None, capacity=None)
        found = measured(bare, axes={"caution": AXIS})
        assert dict(bare.unmeasured(vocabulary(), axes={"caution": AXIS})) == {
            "eta": "the fields superposed in the memory are not given",
            "load": "the capacity of the memory is not given",
            "zeal": "there is no axis of its name",
        }
        assert [name for name, _ in found.intervals] == ["caution", "energy", "kappa", "quality"]


def bad(**changed: Any) -> Any:
    return lambda: state(**changed)


def answering(says: object, name: object = None) -> Any:
    """Measures with a Q-function that answers this."""

    def run() -> object:
        learner = Learner(says) if name is None else Learner(says, name)
        policy = LearnedPolicy(learner, Fraction(0), Fraction(10))  # type: ignore[arg-type]
        return measured(state(learned=policy))

    return run


def field(name: str, *shape: int) -> Field:
    return Field(name, oracle.random_rows(1, *shape))


def broken(place: int, value: complex) -> Any:
    """Makes a field of a state with one strange component."""
    values = oracle.random_rows(1, LENGTH)
    values[place] = value
    return lambda: state(intent=Field("intent", values))


class Changing:
    """A Q-function that learns while it is asked."""

    asked = 0

    @property
    def digest(self) -> str:
        return "sha256:" + f"{self.asked:064x}"

    def values(self, *_: object) -> Any:
        self.asked += 1
        return np.array([1.0, 2.0, 3.0])


def slow(name: str) -> Field:
    """A field of frequency 0 alone."""
    return Field(name, np.ones(LENGTH, dtype=np.complex128))


def fast(name: str) -> Field:
    """A field of the highest frequency alone."""
    return Field(name, np.exp(1j * np.pi * np.arange(LENGTH)))


ARRAY = oracle.random_rows(1, LENGTH)
KNOWN = vocabulary()

BAD: dict[str, tuple[Any, str]] = {
    "NaN": (broken(3, complex(np.nan, 0)), "field `intent`: component 3 is `\\(nan"),
    "infinity": (
        broken(5, complex(0, np.inf)),
        "field `intent`: component 5 is `infj`|component 5",
    ),
    "zero": (
        lambda: state(memory=Field("memory", np.zeros(LENGTH, dtype=np.complex128))),
        "field `memory`: a zero field",
    ),
    "dtype": (
        lambda: state(traits=Field("traits", np.ones(LENGTH))),  # type: ignore[arg-type]
        "field `traits`: its numbers are `float64`",
    ),
    "too large": (broken(0, 1e200), "field `intent`: component 0 .*rescale"),
    "too small": (
        lambda: state(intent=Field("intent", ARRAY * 1e-200)),
        "field `intent`: its largest part",
    ),
    "array as intent": (bad(intent=ARRAY), "field `intent`: expected a `Field`, not .*`ndarray`"),
    "list as traits": (bad(traits=[1j]), "field `traits`: expected a `Field`, not .*`list`"),
    "None as memory": (bad(memory=None), "field `memory`: expected a `Field`"),
    "array as context": (bad(context=ARRAY), "field `context`: expected a `Field`"),
    "array as components": (bad(components=ARRAY), "field `components`: expected a `Field`"),
    "batch as intent": (bad(intent=field("many", 2, LENGTH)), "field `many`: a batch of 2"),
    "batch as traits": (bad(traits=field("many", 2, LENGTH)), "field `many`: a batch of 2"),
    "batch as memory": (bad(memory=field("many", 3, LENGTH)), "field `many`: a batch of 3"),
    "batch as context": (bad(context=field("many", 2, 4)), "field `many`: a batch of 2"),
    "short traits": (bad(traits=field("short", 8)), "field `short`: dimension 8, expected 16"),
    "short memory": (bad(memory=field("short", 8)), "field `short`: dimension 8, expected 16"),
    "short components": (bad(components=field("short", 2, 8)), "field `short`: dimension 8"),
    "long context": (bad(context=field("long", 5)), "field `long`: dimension 5, expected 4"),
    "short marketplace": (
        bad(marketplace=Marketplace(("a", "b"), field("short", 2, 8))),
        "field `short`: dimension 8",
    ),
    "short encoder": (
        bad(intent_encoder=Encoder("small", 2, high_pass(8, Fraction(1, 8)))),
        "encoder `small` as E_i: dimension 8, expected 16",
    ),
    "short context encoder": (
        bad(context_encoder=Encoder("small", 4, high_pass(8, Fraction(1, 8)))),
        "encoder `small` as E_C: dimension 8, expected 16",
    ),
    "short projector": (bad(high=high_pass(8, Fraction(1, 8))), "dimension 16, expected 8"),
    "no projector": (bad(low=Fraction(1, 8)), "low of a state: expected a `Projector`, not"),
    "no encoder": (bad(intent_encoder="E"), "intent_encoder of a state: expected a `Encoder`"),
    "no marketplace": (bad(marketplace=ARRAY), "marketplace of a state: expected"),
    "no capacity": (bad(capacity=0.5), "capacity of a state: expected a `Capacity`"),
    "no policy": (bad(learned=Learner([])), "learned of a state: expected a `LearnedPolicy`"),
    "no intent modes": (bad(intent=slow("dull")), "field `dull`: nothing passes the projector"),
    "no trait modes": (bad(traits=fast("wild")), "field `wild`: nothing passes the projector"),
    "energy below 0": (lambda: Capacity((Fraction(-1),), Fraction(1)), "an energy of `-1`"),
    "energy that is no number": (
        lambda: Capacity((float("nan"),), Fraction(1)),  # type: ignore[arg-type]
        "an energy of `nan`",
    ),
    "no energy at all": (lambda: Capacity((), Fraction(1)), "a sample of utilization"),
    "Q says a list": (answering([1.0, 2.0, 3.0]), "numpy array of float64 of shape \\(3,\\)"),
    "Q says too little": (answering(np.ones(2)), "numpy array of float64 of shape \\(3,\\)"),
    "Q says integers": (answering(np.ones(3, dtype=int)), "numpy array of float64"),
    "Q says a column": (answering(np.ones((3, 1))), "numpy array of float64"),
    "Q says NaN": (answering(np.array([1.0, np.nan, 1.0])), "`nan` of service `maker/a`"),
    "Q says infinity": (answering(np.array([1.0, 1.0, -np.inf])), "`-inf` of service `other/c`"),
    "Q says too much": (answering(np.array([1e300, 1.0, 1.0])), "`1e\\+300` of service `maker/b`"),
    "Q has no digest": (answering(np.ones(3), 5), "Q-function: its digest is `5`"),
    "Q has a bad digest": (answering(np.ones(3), "theta"), "Q-function: its digest is `theta`"),
    "Q is a text": (
        lambda: LearnedPolicy("Q", Fraction(0), Fraction(1)),  # type: ignore[arg-type]
        "Q-function: it has no method `values`",
    ),
    "Q changes": (
        lambda: measured(state(learned=LearnedPolicy(Changing(), Fraction(0), Fraction(9)))),
        "Q-function: it changed while it was asked",
    ),
    "Q of an empty range": (
        lambda: LearnedPolicy(Changing(), Fraction(1), Fraction(1)),
        "Q-function: values from 1 to 1",
    ),
    "Q of a vanishing range": (
        lambda: LearnedPolicy(Changing(), Fraction(1), Fraction(1) + Fraction(1, 10**30)),
        "expected a range in which something lies",
    ),
    "Q of a float range": (
        lambda: LearnedPolicy(Changing(), 0.0, Fraction(1)),  # type: ignore[arg-type]
        "Q-function: lower end `0.0`",
    ),
    "Q of a huge range": (
        lambda: LearnedPolicy(Changing(), Fraction(0), Fraction(2**60)),
        "Q-function: upper end",
    ),
    "services that are a list": (
        lambda: Marketplace(["a"], field("m", LENGTH)),  # type: ignore[arg-type]
        "marketplace: expected a tuple",
    ),
    "no services": (lambda: Marketplace((), field("m", LENGTH)), "marketplace: expected a tuple"),
    "a service twice": (
        lambda: Marketplace(("a", "b", "a"), field("m", 3, LENGTH)),
        "service `a` occurs twice",
    ),
    "a nameless service": (
        lambda: Marketplace(("a", ""), field("m", 2, LENGTH)),
        "services\\[1\\]: `` is no name",
    ),
    "a service that is no text": (
        lambda: Marketplace(("a", 3), field("m", 2, LENGTH)),  # type: ignore[arg-type]
        "services\\[1\\]: `3` is no name",
    ),
    "services without encodings": (
        lambda: Marketplace(("a", "b"), field("m", 3, LENGTH)),
        "field `m`: 3 encodings for 2 services",
    ),
    "encodings that are an array": (
        lambda: Marketplace(("a",), ARRAY),  # type: ignore[arg-type]
        "field `marketplace`: expected a `Field`",
    ),
    "another vocabulary": (
        lambda: state().measurements(vocabulary(()), profile(KNOWN), "now"),
        "profile `small` is of another vocabulary",
    ),
    "an unknown control": (
        lambda: measured(state(), d.Control("rage")),
        "control `rage` is listed twice, or none of the vocabulary's",
    ),
    "a control twice": (lambda: measured(state(), FOCUS, FOCUS), "control `focus` is listed twice"),
    "a control out of range": (
        lambda: measured(state(), d.Control("calm", damping=Fraction(2))),
        "control `calm`: damping `2`",
    ),
    "a control that leaves nothing": (
        lambda: measured(
            state(intent=fast("tone"), traits=fast("tone"), low=low_pass(LENGTH, Fraction(1, 2))),
            d.Control("calm", damping=Fraction(1)),
        ),
        "field `tone`: control `calm` leaves nothing of it",
    ),
    "a bad resolution": (
        lambda: state().measurements(KNOWN, profile(KNOWN, resolution=Fraction(2, 3)), "now"),
        "resolution",
    ),
    "too fine a resolution": (
        lambda: state().measurements(KNOWN, profile(KNOWN, resolution=Fraction(1, 10**7)), "now"),
        "resolution",
    ),
    "a nameless document": (
        lambda: state().measurements(KNOWN, profile(KNOWN), ""),
        "measurements: `` is no name",
    ),
    "an axis that is an array": (
        lambda: measured(state(), axes={"caution": ARRAY}),
        "field `caution`: expected a `Field`",
    ),
    "an axis that is a batch": (
        lambda: measured(state(), axes={"caution": field("axes", 2, LENGTH)}),
        "field `axes`: a batch of 2",
    ),
    "a short axis": (
        lambda: measured(state(), axes={"caution": field("short", 8)}),
        "field `short`: dimension 8",
    ),
    "an axis of no field": (
        lambda: measured(state(), axes={"courage": AXIS}),
        "axis `courage`: .* \\(there are: `caution`, `zeal`\\)",
    ),
    "an axis of a role": (lambda: measured(state(), axes={"kappa": AXIS}), "axis `kappa`"),
    "a bad scale": (lambda: measured(state(), scale=0), "a scale of traits of `0`"),
    "a float scale": (lambda: measured(state(), scale=1.0), "a scale of traits of `1.0`"),
    "a route that is none": (
        lambda: state().control_signal(FOCUS, ("a", "1.0", "up"), STEP),
        "route: `up`",
    ),
    "a version that is none": (
        lambda: state().control_signal(FOCUS, ("a", "one", "hybrid"), STEP),
        "version: `one`",
    ),
    "a service that is none": (
        lambda: state().control_signal(FOCUS, ("", "1.0", "hybrid"), STEP),
        "service: `` is no name",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_what_is_wrong_is_said_with_its_place(case: str) -> None:
    run, complaint = BAD[case]
    with pytest.raises(InputError, match=complaint) as error:
        run()
    assert error.type in {InputError, FieldError}


def test_measurements_name_the_vocabulary() -> None:
    assert measured(state()).vocabulary == document_digest(vocabulary(MEASURED))
