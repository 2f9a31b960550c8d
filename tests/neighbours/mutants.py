"""Broken neighbours: each breaks one clause, and is listed with the check that must catch it."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np

from caio.fields.arrays import ComplexArray, Field, FloatArray
from caio.fields.control import ControlSignal
from caio.fields.rfs import Capacity
from caio.ir import documents as d
from caio.ir.encode import document_bytes, keep_bytes
from caio.neighbours.intents import TextMaia
from caio.neighbours.learner import LinearPolicy
from caio.neighbours.market import ProjectMarketplace
from caio.neighbours.memory import SuperposedRfs
from caio.neighbours.traits import AveragedNme
from caio.routing import ports as p
from caio.routing.ports import Acknowledgement, NeighbourError, Recall, Signal, Space
from caio.sema.project import load_project
from tests.neighbours.draw import SHOP

SPACE = Space()
AXES = ("caution", "haste", "thrift")
PROJECT = load_project([SHOP])


# --- broken MAIAs -----------------------------------------------------------------------------------


class TwoIntents(TextMaia):
    def intent(self, query: str, context: Sequence[str]) -> Field:
        found = super().intent(query, context)
        return Field("intent", np.stack([found.values] * 2))


class BareArray(TextMaia):
    def intent(self, query: str, context: Sequence[str]) -> Field:
        return super().intent(query, context).values.astype(np.complex64)  # type: ignore[return-value]


class Crashes(TextMaia):
    def intent(self, query: str, context: Sequence[str]) -> Field:
        raise KeyError(query, context)


class WholeSpectrum(TextMaia):
    """Intents with most of their energy where traits lie."""

    def intent(self, query: str, context: Sequence[str]) -> Field:
        found = super().intent(query, context).values
        return Field("intent", found + np.ones(SPACE.dimension))


class OwnBand(TextMaia):
    """Intents in the right band, on bins that E_i does not use."""

    def intent(self, query: str, context: Sequence[str]) -> Field:
        found = np.fft.fft(super().intent(query, context).values, norm="ortho")
        free = np.flatnonzero(SPACE.high.mask)
        free = free[~np.isin(free, SPACE.encoder.bins)][: SPACE.source]
        moved = np.zeros_like(found)
        moved[free] = found[np.sort(SPACE.encoder.bins)]
        return Field("intent", np.fft.ifft(moved, norm="ortho"))


class Drifts(TextMaia):
    asked = 0

    def intent(self, query: str, context: Sequence[str]) -> Field:
        self.asked += 1
        return Field("intent", super().intent(query, context).values * np.exp(1j * self.asked))


class Deaf(TextMaia):
    def intent(self, query: str, context: Sequence[str]) -> Field:
        return super().intent("hello" if query.strip() else query, context)


class Forgetful(TextMaia):
    def intent(self, query: str, context: Sequence[str]) -> Field:
        del context
        return super().intent(query, ())


class Literal(TextMaia):
    """Texts are alike only where they are the same."""

    def intent(self, query: str, context: Sequence[str]) -> Field:
        word = "".join(f"{ord(letter):x}" for letter in query if not letter.isspace())
        return super().intent(f"q{hash_of(word)}" if word else query, context)


def hash_of(word: str) -> int:
    return int.from_bytes(hashlib.sha256(word.encode()).digest()[:8], "big")


class WideContext(TextMaia):
    def context(self, texts: Sequence[str]) -> Field:
        return Field("context", np.tile(super().context(texts).values, 2))


class OneContext(TextMaia):
    def context(self, texts: Sequence[str]) -> Field:
        del texts
        return super().context(())


class WithPolicy(TextMaia):
    """A MAIA with a Q-function of another making."""

    wrap: Callable[[LinearPolicy], Any]

    def policy(self) -> LinearPolicy:
        return type(self).wrap(super().policy())  # type: ignore[no-any-return]


class Wrapped:
    def __init__(self, policy: LinearPolicy) -> None:
        self.policy = policy
        self.digest = policy.digest

    def values(self, state: ComplexArray, services: Sequence[str]) -> FloatArray:
        return self.policy.values(state, services)


class NoDigest(Wrapped):
    def __init__(self, policy: LinearPolicy) -> None:
        super().__init__(policy)
        self.digest = ""


class ConstantDigest(Wrapped):
    def __init__(self, policy: LinearPolicy) -> None:
        super().__init__(policy)
        self.digest = "sha256:" + "0" * 64


class NotANumber(Wrapped):
    def values(self, state: ComplexArray, services: Sequence[str]) -> FloatArray:
        return super().values(state, services) + np.nan


class Single(Wrapped):
    def values(self, state: ComplexArray, services: Sequence[str]) -> FloatArray:
        return super().values(state, services).astype(np.float32)


class Ranks(Wrapped):
    def values(self, state: ComplexArray, services: Sequence[str]) -> FloatArray:
        return super().values(state, services) + np.arange(len(services))


class AnyState(Wrapped):
    def values(self, state: ComplexArray, services: Sequence[str]) -> FloatArray:
        return super().values(state[: SPACE.source], services)


def with_policy(wrapper: type[Wrapped]) -> type[TextMaia]:
    return type(f"With{wrapper.__name__}", (WithPolicy,), {"wrap": wrapper})


class Accumulates(TextMaia):
    """Each signal acts upon those before it."""

    def __init__(self) -> None:
        super().__init__(SPACE)
        self.sent: list[Signal] = []

    def control(self, signal: Signal) -> Acknowledgement:
        self.sent = [*self.sent, signal] if signal.bins else []
        return super().control(signal)

    def intent(self, query: str, context: Sequence[str]) -> Field:
        found = super().intent(query, context)
        for signal in self.sent[:-1]:
            found = signal.apply(found)
        return Field("intent", found.values)


class AlwaysNew(TextMaia):
    def control(self, signal: Signal) -> Acknowledgement:
        return Acknowledgement(super().control(signal).digest, repeated=False)


class OtherDigest(TextMaia):
    def control(self, signal: Signal) -> Acknowledgement:
        return replace(super().control(signal), digest="sha256:" + "0" * 64)


class Uncontrollable(TextMaia):
    def intent(self, query: str, context: Sequence[str]) -> Field:
        return TextMaia(SPACE).intent(query, context)


class Contrary(TextMaia):
    """Damps what is to be excited, and excites what is to be damped."""

    def control(self, signal: Signal) -> Acknowledgement:
        steps = signal.resolution.denominator
        gains = tuple(max(0, 2 * steps - gain) for gain in signal.gains)
        assert isinstance(signal, ControlSignal)
        super().control(replace(signal, gains=gains))
        repeated = getattr(self, "last", None) == signal.digest
        self.last = signal.digest
        return Acknowledgement(signal.digest, repeated)


class Sticky(TextMaia):
    def control(self, signal: Signal) -> Acknowledgement:
        if signal.bins or self._signal is None:
            return super().control(signal)
        return Acknowledgement(signal.digest, repeated=False)


class Stubborn(TextMaia):
    def feedback(self, outcome: p.Outcome) -> Acknowledgement:
        return Acknowledgement(outcome.digest, repeated=False)


class Perverse(TextMaia):
    def feedback(self, outcome: p.Outcome) -> Acknowledgement:
        super().feedback(replace(outcome, reward=-outcome.reward))
        return Acknowledgement(outcome.digest, repeated=False)


class LearnsTwice(TextMaia):
    def feedback(self, outcome: p.Outcome) -> Acknowledgement:
        self._learned.clear()
        return super().feedback(outcome)


class AnswersBlanks(TextMaia):
    def intent(self, query: str, context: Sequence[str]) -> Field:
        return super().intent(query if query.strip() else "nothing", context)


class AnyDimension(TextMaia):
    def control(self, signal: Signal) -> Acknowledgement:
        if signal.dimension != SPACE.dimension:
            return Acknowledgement(signal.digest, repeated=False)
        return super().control(signal)


class Late(TextMaia):
    def context(self, texts: Sequence[str]) -> Field:
        time.sleep(0.3)
        return super().context(texts)


class Nowhere(TextMaia):
    @property
    def space(self) -> Space:
        return None  # type: ignore[return-value]


MAIAS: list[tuple[Callable[[], object], str]] = [
    (Nowhere, "describes_itself"),
    (TwoIntents, "intent_is_one_field"),
    (BareArray, "intent_is_one_field"),
    (Crashes, "intent_is_one_field"),
    (WholeSpectrum, "intent_lies_in_band"),
    (OwnBand, "intent_is_encodable"),
    (Drifts, "equal_questions_have_equal_answers"),
    (Deaf, "intent_depends_on_what_is_asked"),
    (Forgetful, "intent_depends_on_what_is_asked"),
    (Literal, "similar_texts_resonate"),
    (WideContext, "context_is_a_source"),
    (OneContext, "context_is_a_source"),
    (with_policy(NoDigest), "policy_has_finite_values"),
    (with_policy(NotANumber), "policy_has_finite_values"),
    (with_policy(Single), "policy_has_finite_values"),
    (with_policy(Ranks), "value_does_not_depend_on_company"),
    (Accumulates, "control_is_acknowledged_once"),
    (AlwaysNew, "control_is_acknowledged_once"),
    (OtherDigest, "control_is_acknowledged_once"),
    (Uncontrollable, "control_acts_on_modes"),
    (Contrary, "control_acts_on_modes"),
    (Sticky, "last_control_is_in_force"),
    (Stubborn, "outcome_is_learned"),
    (Perverse, "outcome_is_learned"),
    (with_policy(ConstantDigest), "outcome_is_learned"),
    (LearnsTwice, "outcome_is_learned_once"),
    (AnswersBlanks, "refuses_what_is_no_question"),
    (AnyDimension, "refuses_what_is_no_question"),
    (with_policy(AnyState), "refuses_what_is_no_question"),
    (Late, "answers_in_time"),
]


# --- broken NMEs ------------------------------------------------------------------------------------


class Nme(AveragedNme):
    def __init__(self) -> None:
        super().__init__(AXES, SPACE)
        self.observe("alice", {"caution": Fraction(1)})


class NoAxes(Nme):
    axes = ()


class TwiceNamed(Nme):
    axes = ("caution", "caution")


class SmallScale(Nme):
    scale = 1


class LongProbe(Nme):
    def probe(self, axis: str) -> Field:
        return Field("probe", 2 * super().probe(axis).values)


class SameProbe(Nme):
    def probe(self, axis: str) -> Field:
        super().probe(axis)
        return super().probe("caution")


class HighTraits(Nme):
    def traits(self, user: str) -> Field:
        wave = np.exp(2j * np.pi * 400 * np.arange(SPACE.dimension) / SPACE.dimension)
        return Field("traits", super().traits(user).values * wave)


class Growing(Nme):
    def traits(self, user: str) -> Field:
        return Field("traits", 1.01 * super().traits(user).values)


class Extreme(Nme):
    """Somebody is all caution: a trait of n."""

    def traits(self, user: str) -> Field:
        return super().probe("caution") if user == "alice" else super().traits(user)


class Prejudiced(Nme):
    def traits(self, user: str) -> Field:
        del user
        return super().traits("alice")


class Restless(Nme):
    def traits(self, user: str) -> Field:
        self.observe("alice", {"haste": Fraction(1)})
        return super().traits(user)


class Inventive(Nme):
    def probe(self, axis: str) -> Field:
        return super().probe(axis if axis in AXES else "haste")


NMES: list[tuple[Callable[[], object], str]] = [
    (NoAxes, "axes_are_named"),
    (TwiceNamed, "axes_are_named"),
    (SmallScale, "axes_are_named"),
    (LongProbe, "probes_are_orthonormal"),
    (SameProbe, "probes_are_orthonormal"),
    (HighTraits, "fields_lie_in_band"),
    (Growing, "traits_have_norm_one"),
    (Extreme, "traits_are_bounded"),
    (Prejudiced, "strangers_are_neutral"),
    (Restless, "equal_questions_have_equal_answers"),
    (Inventive, "refuses_unknown_axes"),
]


# --- broken memories --------------------------------------------------------------------------------


class StoresAgain(SuperposedRfs):
    def store(self, field: Field, key: str) -> Acknowledgement:
        return replace(super().store(field, key), repeated=False)


class Leaks(SuperposedRfs):
    """Loses a tenth of the energy of what is stored."""

    def store(self, field: Field, key: str) -> Acknowledgement:
        acknowledged = super().store(field, key)
        item = self._items[key]
        self._items[key] = replace(item, source=item.source * np.sqrt(0.9))
        return acknowledged


class Hoards(SuperposedRfs):
    """Keeps what was to be replaced."""

    def store(self, field: Field, key: str) -> Acknowledgement:
        old = self._items.get(key)
        acknowledged = super().store(field, key)
        if old is not None and not acknowledged.repeated:
            self._items[f"{key} of old {len(self._items)}"] = replace(old, slot=15)
        return acknowledged


class SameAnswer(SuperposedRfs):
    """Recall ignores the probe."""

    def recall(self, probe: Field) -> Recall | None:
        super().recall(probe)
        return Recall(self.keys[0], self._field("recalled", self.keys[0])) if self.keys else None


class Noise(SuperposedRfs):
    def recall(self, probe: Field) -> Recall | None:
        found = super().recall(probe)
        noise = np.exp(2j * np.pi * np.arange(SPACE.dimension) ** 2 / 7)
        return None if found is None else replace(found, field=Field("recalled", noise))


class Lost(SuperposedRfs):
    def recall(self, probe: Field) -> Recall | None:
        super().recall(probe)
        return None


class Absent(SuperposedRfs):
    def memory(self, probe: Field) -> Field:
        super().memory(probe)
        return self._neutral("memory")


class Sorts(SuperposedRfs):
    def memories(self, keys: Sequence[str]) -> Field:
        return super().memories(sorted(keys))


class Imagines(SuperposedRfs):
    def memories(self, keys: Sequence[str]) -> Field:
        return super().memories([key if key in self._items else self.keys[-2] for key in keys])


class OneSlot(SuperposedRfs):
    def _free_slot(self, key: str) -> int:
        super()._free_slot(key)
        return 0


class Boundless(SuperposedRfs):
    def __init__(self) -> None:
        super().__init__(SPACE, Fraction(10**6))

    def capacity(self) -> Capacity:
        return replace(super().capacity(), maximum=Fraction(1000))


class Tight(SuperposedRfs):
    def capacity(self) -> Capacity:
        samples = super().capacity().samples
        return Capacity(samples, max(samples[0], Fraction(1, 10**6)))


class Panics(SuperposedRfs):
    """Forgets when it is full."""

    def store(self, field: Field, key: str) -> Acknowledgement:
        try:
            return super().store(field, key)
        except NeighbourError:
            self._items.clear()
            raise


class Bends(SuperposedRfs):
    """Stores what it can of everything."""

    def store(self, field: Field, key: str) -> Acknowledgement:
        row = np.resize(field.rows[0], SPACE.dimension)
        source = SPACE.encoder.adjoint(row)
        return super().store(Field("bent", SPACE.encoder.apply(source + 1e-3)), key)


class Wears(SuperposedRfs):
    def memory(self, probe: Field) -> Field:
        for key, item in self._items.items():
            self._items[key] = replace(item, source=item.source * (1 - 1e-9))
        return super().memory(probe)


MEMORIES: list[tuple[Callable[[], object], str]] = [
    (StoresAgain, "storing_is_acknowledged_once"),
    (Leaks, "energy_is_conserved"),
    (Hoards, "energy_is_conserved"),
    (Noise, "what_is_stored_is_found"),
    (Lost, "what_is_stored_is_found"),
    (SameAnswer, "recall_depends_on_the_probe"),
    (Absent, "memory_meets_the_probe"),
    (Sorts, "memories_stand_in_order"),
    (Imagines, "memories_stand_in_order"),
    (OneSlot, "interference_is_low"),
    (Boundless, "capacity_margin_is_kept"),
    (Tight, "capacity_margin_is_kept"),
    (Panics, "capacity_margin_is_kept"),
    (Bends, "refuses_what_it_cannot_hold"),
    (Wears, "equal_questions_have_equal_answers"),
]


# --- broken marketplaces ----------------------------------------------------------------------------


class Market(ProjectMarketplace):
    def __init__(self) -> None:
        super().__init__(PROJECT, SPACE)
        self._documents = self.changed(self._documents)

    def changed(self, documents: tuple[d.Document, ...]) -> tuple[d.Document, ...]:
        return documents


class ListsTwice(Market):
    def changed(self, documents: tuple[d.Document, ...]) -> tuple[d.Document, ...]:
        return (*documents, documents[-1])


class OffersNothing(Market):
    def changed(self, documents: tuple[d.Document, ...]) -> tuple[d.Document, ...]:
        return documents[:1]


class OffersRules(Market):
    def changed(self, documents: tuple[d.Document, ...]) -> tuple[d.Document, ...]:
        return (*documents, PROJECT.rules[0])


class WrongDigest(Market):
    """A contract under the name of another."""

    def changed(self, documents: tuple[d.Document, ...]) -> tuple[d.Document, ...]:
        first, second = (replace(one) for one in documents if isinstance(one, d.Service))
        keep_bytes(first, document_bytes(second).replace(b"eu", b"us"))
        return (documents[0], first, second)


class Unspeakable(Market):
    """A capability that its vocabulary does not have."""

    def changed(self, documents: tuple[d.Document, ...]) -> tuple[d.Document, ...]:
        changed = [
            replace(one, capabilities=("telepathy",)) if isinstance(one, d.Service) else one
            for one in documents
        ]
        return tuple(changed)


class TwoOfAName(Market):
    def changed(self, documents: tuple[d.Document, ...]) -> tuple[d.Document, ...]:
        last = documents[-1]
        assert isinstance(last, d.Service)
        return (*documents, replace(last, capabilities=()))


class OrphanedState(Market):
    def changed(self, documents: tuple[d.Document, ...]) -> tuple[d.Document, ...]:
        last = documents[-1]
        assert isinstance(last, d.Service)
        return (*documents, d.State(last.vocabulary, "tiny", "1.0"))


class AnyOrder(Market):
    def encode(self, services: Sequence[str]) -> Field:
        return super().encode(sorted(services))


class Company(Market):
    def encode(self, services: Sequence[str]) -> Field:
        return Field("marketplace", super().encode(services).values * len(services))


class LowBand(Market):
    def encode(self, services: Sequence[str]) -> Field:
        super().encode(services)
        return Field("marketplace", np.ones((len(services), SPACE.dimension), dtype=complex))


class AllAlike(Market):
    def encode(self, services: Sequence[str]) -> Field:
        super().encode(services)
        return Field("marketplace", np.stack([super().encode(["small"]).values[0]] * len(services)))


class Fickle(Market):
    def candidates(self) -> tuple[d.Document, ...]:
        first, *others = self._documents
        self._documents = (first, *others[::-1])
        return self._documents


class Obliging(Market):
    def encode(self, services: Sequence[str]) -> Field:
        return super().encode([s if s in self._services else "small" for s in services])


MARKETS: list[tuple[Callable[[], object], str]] = [
    (ListsTwice, "documents_are_listed_once"),
    (OffersNothing, "documents_are_listed_once"),
    (OffersRules, "documents_are_listed_once"),
    (WrongDigest, "documents_are_listed_once"),
    (Unspeakable, "documents_are_valid"),
    (TwoOfAName, "services_are_distinct"),
    (OrphanedState, "additions_have_a_service"),
    (AnyOrder, "encodings_stand_in_order"),
    (Company, "encodings_stand_in_order"),
    (LowBand, "encodings_lie_in_band"),
    (AllAlike, "encodings_differ"),
    (Fickle, "equal_questions_have_equal_answers"),
    (Obliging, "refuses_unknown_services"),
]

MUTANTS = [
    *(("maia", *mutant) for mutant in MAIAS),
    *(("nme", *mutant) for mutant in NMES),
    *(("rfs", *mutant) for mutant in MEMORIES),
    *(("marketplace", *mutant) for mutant in MARKETS),
]
