"""What the conformance suite asks of MAIA: clauses M1 to M14, G1, G2 and G4."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from typing import Final

import numpy as np

from caio.base.canonical import digest
from caio.fields.arrays import Field, FloatArray
from caio.fields.control import ControlSignal
from caio.fields.correlation import correlation
from caio.fields.intent import matched_filter_energy
from caio.fields.invariants import CONDUCTIVITY
from caio.fields.measure import measure
from caio.fields.modes import conductivity
from caio.fields.reinforcement import MAX_VALUE
from caio.fields.transform import spectrum
from caio.ir.reader import is_digest
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
from caio.routing.ports import Acknowledgement, Maia, Outcome, Space

QUERIES: Final = (
    "refund the last invoice of my order",
    "translate this letter from German into French",
    "what will the weather be in Lisbon tomorrow",
)
"""Questions that have nothing in common."""
SIMILAR: Final = (
    "please refund the last invoice of my last order",
    "translate the letter from German to French",
    "what will the weather be tomorrow in Lisbon",
)
"""Each of them again in nearly the same words."""
CONTEXT: Final = ("the order was placed in March", "the customer pays by card")
SERVICES: Final = (f"{PREFIX}-a", f"{PREFIX}-b", f"{PREFIX}-c")
MAX_CALLS: Final = 8
"""How many names of calls are tried until one is new."""
_SHARE: Final = Fraction(95, 100)


def describes_itself(maia: Maia) -> None:
    """G1."""
    require(isinstance(maia.space, Space), "there is no `Space`")


def intent_is_one_field(maia: Maia) -> None:
    """M1."""
    for query in QUERIES:
        _intent(maia, query)


def intent_lies_in_band(maia: Maia) -> None:
    """M2."""
    with _uncontrolled(maia):
        for query in QUERIES:
            found = conductivity(maia.space.high, _intent(maia, query))
            require_invariant(CONDUCTIVITY, measure(found, RESOLUTION).only, f"`{query}`")


def intent_is_encodable(maia: Maia) -> None:
    """M3."""
    with _uncontrolled(maia):
        for query in QUERIES:
            field = _intent(maia, query)
            found = matched_filter_energy(maia.space.encoder, field)
            share = Fraction(float(found.values[0])) / Fraction(float(field.energies[0]))
            require(
                share >= _SHARE,
                f"`{query}`: E^H finds {float(share):.4f} of the energy, expected 0.95",
            )


def equal_questions_have_equal_answers(maia: Maia) -> None:
    """G2."""
    first = [_intent(maia, query).digest for query in QUERIES]
    again = [_intent(maia, query).digest for query in reversed(QUERIES)]
    require(first == again[::-1], "one query, asked twice, has two intents")
    contexts = {maia.context(CONTEXT).digest for _ in range(2)}
    require(len(contexts) == 1, "one context, asked twice, has two fields")
    state = _state(maia)
    policies = [maia.policy() for _ in range(2)]
    require(policies[0].digest == policies[1].digest, "the policy has two digests")
    values = [policy.values(state, SERVICES).tobytes() for policy in policies]
    require(values[0] == values[1], "one state, asked twice, has two values")


def intent_depends_on_what_is_asked(maia: Maia) -> None:
    """M4."""
    found = {_intent(maia, query).digest for query in QUERIES}
    require(len(found) == len(QUERIES), "different queries have one intent")
    alone, within = _intent(maia, QUERIES[0]), maia.intent(QUERIES[0], CONTEXT)
    require(alone.digest != within.digest, "the context makes no difference to the intent")


def similar_texts_resonate(maia: Maia) -> None:
    """M5."""
    with _uncontrolled(maia):
        fields = [_intent(maia, query) for query in QUERIES]
        again = [_intent(maia, query) for query in SIMILAR]
    for place, field in enumerate(fields):
        near = correlation("near", field, again[place])
        for other, stranger in enumerate(fields):
            if other == place:
                continue
            far = correlation("far", field, stranger)
            if not near.upper[0] < far.lower[0] and not near.lower[0] > far.upper[0]:
                raise UndecidedError(
                    f"`{SIMILAR[place]}` and `{QUERIES[other]}` are as near to `{QUERIES[place]}`"
                )
            require(
                near.lower[0] > far.upper[0],
                f"`{QUERIES[place]}` correlates {near.values[0]:.3f} with `{SIMILAR[place]}`"
                f" and {far.values[0]:.3f} with `{QUERIES[other]}`",
            )


def context_is_a_source(maia: Maia) -> None:
    """M6."""
    found = [
        require_field(maia.context(texts), (maia.space.source,), "the context")
        for texts in ((), CONTEXT, QUERIES)
    ]
    require(len({field.digest for field in found}) == 3, "different contexts have one field")


def policy_has_finite_values(maia: Maia) -> None:
    """M7."""
    policy = maia.policy()
    name: object = policy.digest
    require(
        is_digest(name),
        f"the policy has no digest, but `{str(name)[:40]}`",
    )
    _values(maia, SERVICES)


def value_does_not_depend_on_company(maia: Maia) -> None:
    """M8."""
    together = dict(zip(SERVICES, _values(maia, SERVICES), strict=True))
    order = SERVICES[::-1]
    for name, value in zip(order, _values(maia, order), strict=True):
        require(value == together[name], "the values depend on the order of the services")
    for name in SERVICES:
        require(
            _values(maia, (name,))[0] == together[name],
            "the value of a service depends on the others",
        )


def control_is_acknowledged_once(maia: Maia) -> None:
    """M9."""
    with _uncontrolled(maia):
        signal = _signal(maia, _intent(maia, QUERIES[0]))
        first = _acknowledged(maia.control(signal), signal.digest)
        require(not first.repeated, "a new signal is acknowledged as repeated")
        once = _intent(maia, QUERIES[0]).digest
        again = _acknowledged(maia.control(signal), signal.digest)
        require(again.repeated, "a signal sent again is acknowledged as new")
        twice = _intent(maia, QUERIES[0]).digest
        require(once == twice, "a signal sent twice acts twice")


def control_acts_on_modes(maia: Maia) -> None:
    """M10."""
    with _uncontrolled(maia):
        before = _intent(maia, QUERIES[0])
        signal = _signal(maia, before)
        maia.control(signal)
        after = _intent(maia, QUERIES[0])
    steps = signal.resolution.denominator
    for word, excited in (("excited", True), ("damped", False)):
        bins = [b for b, g in zip(signal.bins, signal.gains, strict=True) if (g > steps) == excited]
        shares = _share_of(before, bins), _share_of(after, bins)
        grown = shares[1] > shares[0] * (1 + 1e-6)
        shrunk = shares[1] < shares[0] * (1 - 1e-6)
        require(
            grown if excited else shrunk,
            f"the {word} modes had {shares[0]:.4f} of the energy and have {shares[1]:.4f}",
        )


def last_control_is_in_force(maia: Maia) -> None:
    """M11."""
    with _uncontrolled(maia):
        before = _intent(maia, QUERIES[1])
        maia.control(_signal(maia, before))
        maia.control(_still(maia))
        after = _intent(maia, QUERIES[1])
    require(before.digest == after.digest, "a signal without bins does not take the last one back")


def outcome_is_learned(maia: Maia) -> None:
    """M12."""
    _learn(maia)


def outcome_is_learned_once(maia: Maia) -> None:
    """M13."""
    outcome = _learn(maia)
    before = maia.policy().digest
    again = _acknowledged(maia.feedback(outcome), outcome.digest)
    require(again.repeated, "an outcome sent again is acknowledged as new")
    require(maia.policy().digest == before, "an outcome sent again is learned from again")


def refuses_what_is_no_question(maia: Maia) -> None:
    """M14 and G4."""
    before = _intent(maia, QUERIES[0]).digest
    require_refused(lambda: maia.intent("  \n", ()), "a blank query")
    other = ControlSignal(
        PREFIX, PREFIX, "1", "internal", maia.space.dimension + 1, (), (), Fraction(1, 1000)
    )
    require_refused(lambda: maia.control(other), "a signal of another dimension")
    state = np.ones(maia.space.source + 1, dtype=np.complex128)
    require_refused(lambda: maia.policy().values(state, SERVICES), "a state of another dimension")
    require(_intent(maia, QUERIES[0]).digest == before, "what was refused changed the intent")


CHECKS: Final[tuple[Check[Maia], ...]] = (
    Check("describes_itself", ("G1",), "it names its space", describes_itself),
    Check("intent_is_one_field", ("M1",), "Ψ_i has shape (D,)", intent_is_one_field),
    Check("intent_lies_in_band", ("M2",), "κ(Ψ_i) ≥ 0.95 for Π_high", intent_lies_in_band),
    Check("intent_is_encodable", ("M3",), "‖E^H Ψ_i‖² ≥ 0.95 ‖Ψ_i‖²", intent_is_encodable),
    Check(
        "equal_questions_have_equal_answers",
        ("G2",),
        "two equal questions, to the bit",
        equal_questions_have_equal_answers,
    ),
    Check(
        "intent_depends_on_what_is_asked",
        ("M4",),
        "on the query and on the context",
        intent_depends_on_what_is_asked,
    ),
    Check("similar_texts_resonate", ("M5",), "more than unlike ones", similar_texts_resonate),
    Check("context_is_a_source", ("M6",), "C has shape (d,)", context_is_a_source),
    Check("policy_has_finite_values", ("M7",), "one per service", policy_has_finite_values),
    Check(
        "value_does_not_depend_on_company",
        ("M8",),
        "nor on the order of services",
        value_does_not_depend_on_company,
    ),
    Check(
        "control_is_acknowledged_once", ("M9",), "u(t) is idempotent", control_is_acknowledged_once
    ),
    Check("control_acts_on_modes", ("M10",), "it excites and damps", control_acts_on_modes),
    Check("last_control_is_in_force", ("M11",), "and no other", last_control_is_in_force),
    Check("outcome_is_learned", ("M12",), "Q moves towards the reward", outcome_is_learned),
    Check("outcome_is_learned_once", ("M13",), "however often it comes", outcome_is_learned_once),
    Check(
        "refuses_what_is_no_question",
        ("M14", "G4"),
        "and nothing changes",
        refuses_what_is_no_question,
    ),
)
"""The suite of MAIA."""


@contextmanager
def _uncontrolled(maia: Maia) -> Iterator[None]:
    """With no signal in force, before and after."""
    maia.control(_still(maia))
    try:
        yield
    finally:
        maia.control(_still(maia))


def _still(maia: Maia) -> ControlSignal:
    return ControlSignal(
        PREFIX, PREFIX, "1", "internal", maia.space.dimension, (), (), Fraction(1, 1000)
    )


def _signal(maia: Maia, intent: Field) -> ControlSignal:
    """A signal that doubles half of the strongest modes and halves the others."""
    strongest = np.argsort(-np.abs(spectrum(intent.rows[0])), kind="stable")[:8]
    excited = set(map(int, strongest[::2]))
    bins = sorted(map(int, strongest))
    gains = tuple(2000 if place in excited else 500 for place in bins)
    return ControlSignal(
        f"{PREFIX}-push",
        PREFIX,
        "1",
        "internal",
        maia.space.dimension,
        tuple(bins),
        gains,
        Fraction(1, 1000),
    )


def _intent(maia: Maia, query: str) -> Field:
    return require_field(maia.intent(query, ()), (maia.space.dimension,), "the intent")


def _state(maia: Maia) -> np.ndarray[tuple[int, ...], np.dtype[np.complex128]]:
    return maia.space.encoder.adjoint(_intent(maia, QUERIES[0]).rows[0])


def _values(maia: Maia, services: tuple[str, ...]) -> FloatArray:
    found: object = maia.policy().values(_state(maia), services)
    if not isinstance(found, np.ndarray) or found.dtype != np.float64:
        raise BrokenClauseError("the values are no array of float64")
    require(
        found.shape == (len(services),),
        f"values of shape {found.shape} for {len(services)} services",
    )
    require(bool((np.abs(found) <= MAX_VALUE).all()), "a value is not finite, or beyond 2**52")
    return found


def _acknowledged(found: Acknowledgement, expected: str) -> Acknowledgement:
    require(found.digest == expected, "something else than what was sent is acknowledged")
    return found


def _share_of(field: Field, bins: list[int]) -> float:
    energies = np.abs(spectrum(field.rows[0])) ** 2
    return float(energies[bins].sum() / energies.sum())


def _learn(maia: Maia) -> Outcome:
    """Two new outcomes with rewards on both sides of the value, learned; the last of them."""
    _learned(maia, Fraction(1))
    return _learned(maia, Fraction(-1))


def _learned(maia: Maia, reward: Fraction) -> Outcome:
    policy = maia.policy().digest
    before = float(_values(maia, SERVICES[:1])[0])
    outcome = _new(maia, _intent(maia, QUERIES[0]), reward)
    after = float(_values(maia, SERVICES[:1])[0])
    moved = after > before if reward > before else after < before
    require(
        moved or before == reward,
        f"a reward of {reward} takes a value of {before:.6g} to {after:.6g}",
    )
    require(
        maia.policy().digest != policy or not moved, "θ changed and the policy's digest did not"
    )
    return outcome


def _new(maia: Maia, intent: Field, reward: Fraction) -> Outcome:
    """An outcome that was never learned before, now learned."""
    # The policy is another one after every outcome, so that its digest makes the call's name a new one each time.
    policy = maia.policy().digest
    for number in range(MAX_CALLS):
        call = digest({"conformance": number, "policy": policy, "reward": str(reward)})
        outcome = Outcome(call, intent, SERVICES[0], "1", reward)
        if not _acknowledged(maia.feedback(outcome), outcome.digest).repeated:
            return outcome
    raise BrokenClauseError(f"{MAX_CALLS} new outcomes are all acknowledged as repeated")
