"""The field terms of the master equation for every candidate at once (Eq. 1.1: I, A, RL and W).

One matrix product is what they need, intent against marketplace; everything else is a transform of single fields or a few operations
per candidate. Validating, encoding and digesting the marketplace is done once, when it changes.

RL has a value per candidate. I and A do not depend on the candidate, W only where each candidate has a memory of its own; they have
one row then, which holds for every candidate.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from caio.fields.arrays import Field, FieldError, require_one
from caio.fields.attention import attention
from caio.fields.encoding import Encoder
from caio.fields.intent import matched_filter_energy
from caio.fields.measure import Measurements, measure
from caio.fields.reinforcement import maximum, policy_correlations
from caio.fields.resonance import resonance


@dataclass(frozen=True, slots=True)
class Terms:
    """The measured terms of Eq. 1.1.

    Attributes:
        intent: I(Ψ_i) by Def. 1.3; one row.
        attention: A(Ψ_i, C) by Def. 1.5; one row.
        policy: RL by candidate, by Def. 1.7 without the maximum; N rows.
        policy_maximum: RL(Ψ_i, M) as defined; one row, for the report.
        resonance: W(Ψ_i, Ψ_RFS) by Def. 1.1; one row, or N where each candidate has its own memory.
    """

    intent: Measurements
    attention: Measurements
    policy: Measurements
    policy_maximum: Measurements
    resonance: Measurements


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What an intent meets: everything of the terms that changes more rarely than the intent.

    Attributes:
        intent_encoder: E_i.
        context_encoder: E_C.
        context: C, shape (d,).
        marketplace: E_m(m) of the N candidates, shape (N, D).
        memory: Ψ_RFS, shape (D,), or (N, D) for a memory per candidate.

    Raises:
        FieldError: the context is a batch, or memories and candidates differ in number.
    """

    intent_encoder: Encoder
    context_encoder: Encoder
    context: Field
    marketplace: Field
    memory: Field

    def __post_init__(self) -> None:
        require_one(self.context)
        memories, candidates = len(self.memory.rows), len(self.marketplace.rows)
        if memories not in {1, candidates}:
            raise FieldError(
                f"field `{self.memory.name}`: {memories} memories for {candidates} candidates,"
                " expected one, or one each",
                field=self.memory.name,
            )


def field_terms(intent: Field, surroundings: Surroundings, resolution: Fraction) -> Terms:
    """All field terms for one intent and N candidates, as integers at a resolution.

    Args:
        intent: Ψ_i, shape (D,).
        surroundings: what it meets.
        resolution: 1/R.

    Raises:
        FieldError: the intent is a batch, or the dimensions do not fit.
        InputError: the resolution is no unit fraction, or too fine for the energy of the intent.
    """
    require_one(intent)
    policy = policy_correlations(intent, surroundings.marketplace)
    return Terms(
        measure(matched_filter_energy(surroundings.intent_encoder, intent), resolution),
        measure(attention(surroundings.context_encoder, intent, surroundings.context), resolution),
        measure(policy, resolution),
        measure(maximum(policy), resolution),
        measure(resonance(intent, surroundings.memory), resolution),
    )
