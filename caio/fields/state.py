"""The state s_t of Eq. 1.1, and what a decision takes from it (step 0).

    s_t = [modes(Π_high Ψ_i), modes(Π_low Ψ_t), C, M, RFS_metrics]

A ``FieldState`` holds the fields of one request and what they meet, all of them checked when they enter. A decision uses two things of
it, both in one ``Measurements`` document: the terms I, A, RL and W under every control u of the profile, as integers, and the intervals
of measured fields, over which constraints are proved. Everything is computed for all N candidates at once. The digests of every array
and operator stand beside them, so that whoever has the arrays can measure again. What is measured is recorded, and never proved.

Under a control, the terms are those of Ψ_i^u, the intent as the control would make it (``control.controlled``); intervals are about the
intent as it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from types import MappingProxyType
from typing import Final

from caio.base.canonical import digest
from caio.base.errors import InputError
from caio.base.numbers import format_number
from caio.fields.arrays import ComplexArray, Field, FieldError, require_alike, require_one
from caio.fields.attention import attention
from caio.fields.control import ControlSignal, controlled, generate_control_signal
from caio.fields.encoding import Encoder
from caio.fields.measure import steps_of
from caio.fields.modes import modes_of
from caio.fields.projectors import Projector
from caio.fields.readings import Instruments
from caio.fields.resonance import resonance
from caio.fields.rfs import Capacity, RfsMetrics, rfs_metrics
from caio.fields.scaled import (
    IntentScore,
    LearnedPolicy,
    Marketplace,
    correlation_steps,
    intent_steps,
    policy_steps,
    require_field,
)
from caio.ir import documents as d
from caio.ir import reader
from caio.ir.encode import document_digest

PROCEDURE: Final = "caio-fields-1"
"""Names the law of scaling, reading and controlling that this version follows."""
_NO_AXES: Final[Mapping[str, Field]] = MappingProxyType({})


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class FieldState:
    """s_t of Eq. 1.1 with everything that its terms need; immutable.

    Attributes:
        intent: Ψ_i, shape (D,).
        traits: Ψ_t, shape (D,).
        high: Π_high, with its declared cutoff.
        low: Π_low, with its declared cutoff.
        intent_encoder: E_i.
        context_encoder: E_C.
        context: C, shape (d,).
        marketplace: M, the N services and their encodings.
        memory: Ψ_RFS, shape (D,).
        components: the fields superposed in the memory, shape (K, D), where they are known.
        capacity: the memory's energy budget, where it is known.
        learned: the Q-function of Def. 1.6; without it, RL is that of Def. 1.7.
        intent_modes: modes(Π_high Ψ_i), shape (D,).
        trait_modes: modes(Π_low Ψ_t), shape (D,).

    Raises:
        FieldError: something is no field, a field is a batch where one is expected or has another dimension, or nothing
            of intent or traits passes its projector; the message names the field.
        InputError: an operator is none.
    """

    intent: Field
    traits: Field
    high: Projector
    low: Projector
    intent_encoder: Encoder
    context_encoder: Encoder
    context: Field
    marketplace: Marketplace
    memory: Field
    components: Field | None = None
    capacity: Capacity | None = None
    learned: LearnedPolicy | None = None
    intent_modes: Field = field(init=False)
    trait_modes: Field = field(init=False)

    def __post_init__(self) -> None:
        for what, kind in _OPERATORS.items():
            given = getattr(self, what)
            if not isinstance(given, kind) and (given is not None or what not in _OPTIONAL):
                raise InputError(
                    f"{what} of a state: expected a `{kind.__name__}`, not a value of type"
                    f" `{type(given).__name__}`"
                )
        for what in ("intent", "traits", "context", "memory"):
            require_field(what, getattr(self, what))
            require_one(getattr(self, what))
        if self.components is not None:
            require_field("components", self.components)
            if self.components.dimension != self.intent.dimension:
                raise FieldError(
                    f"field `{self.components.name}`: dimension {self.components.dimension}, expected"
                    f" {self.intent.dimension} as in `{self.intent.name}`",
                    field=self.components.name,
                )
        for other in (self.traits, self.memory):
            require_alike(self.intent, other)
        require_alike(self.intent, self.marketplace.encodings)
        for what, encoder in ("E_i", self.intent_encoder), ("E_C", self.context_encoder):
            if encoder.dimension != self.intent.dimension:
                raise InputError(
                    f"encoder `{encoder.name}` as {what}: dimension {encoder.dimension}, expected"
                    f" {self.intent.dimension} as of field `{self.intent.name}`"
                )
        if self.context.dimension != self.context_encoder.source:
            raise FieldError(
                f"field `{self.context.name}`: dimension {self.context.dimension}, expected"
                f" {self.context_encoder.source} as the source of encoder `{self.context_encoder.name}`",
                field=self.context.name,
            )
        object.__setattr__(self, "intent_modes", modes_of(self.high, self.intent))
        object.__setattr__(self, "trait_modes", modes_of(self.low, self.traits))

    @property
    def digest(self) -> str:
        """The digest of the state: of everything in it."""
        return digest({"kind": "state", "parts": dict(self.inputs)})

    @property
    def inputs(self) -> Mapping[str, str]:
        """The digest of every array and operator of the state by name, in order of name."""
        found = {
            "capacity": self.capacity,
            "components": self.components,
            "context": self.context,
            "context_encoder": self.context_encoder,
            "intent": self.intent,
            "intent_encoder": self.intent_encoder,
            "learned": self.learned,
            "marketplace": self.marketplace,
            "memory": self.memory,
            "projector_high": self.high,
            "projector_low": self.low,
            "traits": self.traits,
        }
        return {name: part.digest for name, part in found.items() if part is not None}

    @property
    def snapshots(self) -> Mapping[str, str]:
        """The field snapshots of a trace (Eq. 1.1, step 9): the digest of every field by name."""
        return {name: found.digest for name, found in self._fields().items()}

    def arrays(self, *names: str) -> Mapping[str, ComplexArray]:
        """The arrays behind snapshots, read-only; all of them where none is named.

        Raises:
            InputError: there is no snapshot of a name.
        """
        known = self._fields()
        for name in names:
            if name not in known:
                raise InputError(f"no snapshot `{name}` (there are: {', '.join(known)})")
        return {name: known[name].values for name in names or known}

    def rfs_metrics(self, resolution: Fraction) -> RfsMetrics:
        """GetRFSMetrics of step 0 (Def. 1.9), with the intent as the probe.

        Raises:
            FieldError: D is 1, which has no background.
            InputError: components or capacity are not known, or the resolution does not fit.
        """
        if self.components is None or self.capacity is None:
            lacking = "components" if self.components is None else "capacity"
            raise InputError(
                f"RFS metrics need the {lacking} of the memory (give them to the state)"
            )
        return rfs_metrics(self.intent, self.memory, self.components, self.capacity, resolution)

    def intent_under(self, control: d.Control, resolution: Fraction) -> Field:
        """Ψ_i^u: what a control would make of the intent; Ψ_i itself where it changes nothing.

        Raises:
            FieldError: the control leaves nothing of the intent.
            InputError: the control or the resolution is out of range.
        """
        return controlled(
            self.intent, control, self.trait_modes, high=self.high, resolution=resolution
        )

    def control_signal(
        self, control: d.Control, selected: tuple[str, str, str], resolution: Fraction
    ) -> ControlSignal:
        """u(t) of step 6 for what was selected: service, version and route.

        Raises:
            InputError: as for ``generate_control_signal``.
        """
        return generate_control_signal(
            control, selected, self.intent_modes, self.trait_modes, resolution
        )

    def terms(
        self,
        control: d.Control,
        resolution: Fraction,
        *,
        score: IntentScore = IntentScore.MATCHED_FILTER,
    ) -> d.FieldTerms:
        """I, A, W and RL by service under a control, in steps (``scaled``).

        Raises:
            FieldError: the control leaves nothing of the intent.
            InputError: the control or the resolution is out of range, or Q answers nonsense.
        """
        intent, market = self.intent_under(control, resolution), self.marketplace
        count = steps_of(resolution)
        policy = (
            policy_steps(intent, market, count)
            if self.learned is None
            else self.learned.steps(self.intent_encoder, intent, market, count)
        )
        found = attention(self.context_encoder, intent, self.context)
        return d.FieldTerms(
            intent_steps(score, self.intent_encoder, self.high, intent, count),
            int(correlation_steps(found.values, count)[0]),
            int(correlation_steps(resonance(intent, self.memory).values, count)[0]),
            market.by_name(policy),
        )

    def measurements(
        self,
        vocabulary: d.Vocabulary,
        profile: d.Profile,
        name: str,
        *,
        axes: Mapping[str, Field] = _NO_AXES,
        scale: int = 1,
        score: IntentScore = IntentScore.MATCHED_FILTER,
    ) -> d.Measurements:
        """What a decision uses of the fields, at the resolution of the profile.

        Args:
            vocabulary: declares controls and measured fields.
            profile: declares the controls among which is chosen, and the resolution.
            name: of the document.
            axes: probe directions of shape (D,) by the name of the measured field.
            scale: of the traits (``readings``).
            score: which definition of I is taken; recorded in the procedure.

        Raises:
            FieldError: an axis is none, a control leaves nothing of the intent, or D is too small.
            InputError: the profile is not of this vocabulary, Q answers nonsense, there is an axis without a field, or a
                quantity is worse than its declared range allows.
        """
        if not reader.is_name(name):
            raise InputError(f"measurements: `{name}` is no name of 1 to 256 printable characters")
        controls = _controls(vocabulary, profile)
        resolution = profile.resolution
        instruments = self._instruments(axes, scale)
        inputs = {
            **self.inputs,
            **{f"axis.{axis}": found.digest for axis, found in axes.items()},
            **{f"control.{control.name}": _control_digest(control) for control in controls},
        }
        terms = {control.name: self.terms(control, resolution, score=score) for control in controls}
        return d.Measurements(
            profile.vocabulary,
            name,
            self._procedure(score, scale),
            resolution,
            tuple(sorted(inputs.items())),
            instruments.intervals(vocabulary, resolution),
            tuple(sorted(terms.items(), key=lambda item: item[0])),
        )

    def unmeasured(
        self, vocabulary: d.Vocabulary, *, axes: Mapping[str, Field] = _NO_AXES, scale: int = 1
    ) -> tuple[tuple[str, str], ...]:
        """The measured fields of the vocabulary of which nothing will be known, each with the reason.

        Raises:
            FieldError: an axis is none.
            InputError: the scale is out of range.
        """
        instruments = self._instruments(axes, scale)
        reasons = ((found.name, instruments.missing(found)) for found in vocabulary.measured)
        return tuple((name, reason) for name, reason in reasons if reason is not None)

    def _fields(self) -> dict[str, Field]:
        found = {
            "intent": self.intent,
            "traits": self.traits,
            "intent_modes": self.intent_modes,
            "trait_modes": self.trait_modes,
            "context": self.context,
            "marketplace": self.marketplace.encodings,
            "memory": self.memory,
        }
        if self.components is not None:
            found["components"] = self.components
        return found

    def _instruments(self, axes: Mapping[str, Field], scale: int) -> Instruments:
        return Instruments(
            self.intent,
            self.trait_modes,
            self.high,
            self.memory,
            self.components,
            self.capacity,
            axes,
            scale,
        )

    def _procedure(self, score: IntentScore, scale: int) -> str:
        policy = "Def. 1.7"
        if self.learned is not None:
            policy = f"Def. 1.6, values from {self.learned.lower} to {self.learned.upper}"
        return (
            f"{PROCEDURE}: intent by {score.value} as a share of energy; attention by Def. 1.5;"
            f" policy by {policy}; resonance by Def. 1.1; traits in units of 1/{scale}"
        )


_OPERATORS: Final[Mapping[str, type]] = MappingProxyType(
    {
        "high": Projector,
        "low": Projector,
        "intent_encoder": Encoder,
        "context_encoder": Encoder,
        "marketplace": Marketplace,
        "capacity": Capacity,
        "learned": LearnedPolicy,
    }
)
_OPTIONAL: Final = frozenset({"capacity", "learned"})


def _controls(vocabulary: d.Vocabulary, profile: d.Profile) -> tuple[d.Control, ...]:
    """The controls among which is chosen; with none declared, the one that does nothing."""
    if profile.vocabulary != document_digest(vocabulary):
        raise InputError(f"profile `{profile.name}` is of another vocabulary (compile both anew)")
    names = [control.name for control in profile.controls]
    for name in names:
        if name not in vocabulary.controls or names.count(name) != 1:
            raise InputError(
                f"profile `{profile.name}`: control `{name}` is listed twice, or none of the vocabulary's"
            )
    return profile.controls or (d.Control(d.NO_CONTROL),)


def _control_digest(control: d.Control) -> str:
    return digest(
        {
            "kind": "control",
            "name": control.name,
            "excitation": format_number(control.excitation),
            "damping": format_number(control.damping),
        }
    )
