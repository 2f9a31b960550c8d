"""The ports to CAIO's neighbours: MAIA, NME, RFS and the marketplace (Eq. 1.1; steps 0, 1, 5 and 11).

Routing is the layer that uses them, so that it declares them; ``caio.neighbours`` implements them, once over HTTP and once in this
process. Each port is small, and says what routing may rely on; ``docs/spec/neighbours-v1.md`` numbers these promises as clauses,
and ``caio.neighbours.conformance`` examines an implementation clause by clause.

What comes out of a port is *given*: a field has the digest of its values and claims no error of its own (``ulps`` is 0), so that an
answer has the same bytes whether it came over a wire or not. Nothing that comes out of a port is proved; a decision records what was
measured of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Final, Protocol

from caio.base.canonical import Json, digest
from caio.base.errors import CaioError, InputError
from caio.base.numbers import format_number
from caio.fields.arrays import Field
from caio.fields.correlation import correlation
from caio.fields.encoding import Encoder
from caio.fields.estimates import Estimate, down, up
from caio.fields.projectors import Projector, high_pass, low_pass
from caio.fields.readings import MAX_SCALE
from caio.fields.reinforcement import QFunction
from caio.fields.rfs import Capacity
from caio.ir import documents as d

MAX_REWARD: Final = Fraction(1)
"""The largest magnitude of a reward."""


class NeighbourError(CaioError):
    """A neighbour did not answer, refused, or answered something that is no answer; nothing may be concluded from it.

    Attributes:
        code: ``unreachable``, ``late``, ``malformed``, ``refused``, ``full`` (the memory takes no more), ``stale`` (θ has changed) or
            another code of ``docs/spec/neighbours-v1.md`` section 2.
    """

    def __init__(self, message: str, *, code: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class Space:
    """The space that all neighbours share: ℂ^D with its bands, and the encoding operator E_i : ℂ^d → ℂ^D of texts.

    Attributes:
        dimension: D.
        source: d.
        intent_above: the cutoff of Π_high, in cycles per sample.
        traits_up_to: the cutoff of Π_low; what lies between the two is the guard band.
        name: the name of E_i, which determines it.

    Raises:
        InputError: the bands touch, are out of range, or are too narrow for d.
    """

    dimension: int = 1024
    source: int = 64
    intent_above: Fraction = Fraction(1, 8)
    traits_up_to: Fraction = Fraction(1, 16)
    name: str = "intent"

    def __post_init__(self) -> None:
        if not self.traits_up_to < self.intent_above:
            raise InputError(
                f"traits up to {self.traits_up_to} and intents above {self.intent_above}: expected a"
                " guard band between them"
            )
        _encoder(self)
        _low(self)

    @property
    def high(self) -> Projector:
        """Π_high: where intents lie."""
        return _encoder(self).band

    @property
    def low(self) -> Projector:
        """Π_low: where traits lie."""
        return _low(self)

    @property
    def encoder(self) -> Encoder:
        """E_i, which encodes contexts and contracts too: the same words point into the same direction wherever they stand."""
        return _encoder(self)

    def record(self) -> dict[str, Json]:
        """The space as canonical JSON."""
        return {
            "dimension": self.dimension,
            "source": self.source,
            "intent_above": format_number(self.intent_above),
            "traits_up_to": format_number(self.traits_up_to),
            "name": self.name,
        }


@lru_cache(maxsize=16)
def _encoder(space: Space) -> Encoder:
    return Encoder(space.name, space.source, high_pass(space.dimension, space.intent_above))


@lru_cache(maxsize=16)
def _low(space: Space) -> Projector:
    return low_pass(space.dimension, space.traits_up_to)


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """That something was taken over.

    Attributes:
        digest: of what was taken.
        repeated: whether the neighbour had it already, so that nothing changed.
    """

    digest: str
    repeated: bool


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """What came of a decision, as the learner needs it: (S, A, R) of one episode.

    Attributes:
        call: names the call, such as the digest of its trace; one call is learned from once.
        intent: Ψ_i of the decision, shape (D,).
        service: m.
        version: its version.
        reward: R, from −1 to 1.

    Raises:
        InputError: the reward is no exact number in range, or a name is empty.
    """

    call: str
    intent: Field
    service: str
    version: str
    reward: Fraction

    def __post_init__(self) -> None:
        given: object = self.reward
        if not isinstance(given, Fraction) or abs(given) > MAX_REWARD:
            raise InputError(f"a reward of `{given}`, expected a `Fraction` from -1 to 1")
        if not (self.call and self.service and self.version):
            raise InputError("an outcome names its call, the service and the version")

    @property
    def digest(self) -> str:
        """The digest of everything above."""
        return digest(
            {
                "kind": "outcome",
                "call": self.call,
                "intent": self.intent.digest,
                "service": self.service,
                "version": self.version,
                "reward": format_number(self.reward),
            }
        )


@dataclass(frozen=True, slots=True, eq=False)
class Recall:
    """What the memory answers to a probe.

    Attributes:
        key: under which the best match is stored.
        field: what Ψ_RFS holds there, shape (D,), in the space of the probe.
    """

    key: str
    field: Field


class Signal(Protocol):
    """A control signal u(t), as ``caio.fields.control.ControlSignal`` is one (step 6)."""

    @property
    def control(self) -> str:
        """The name of u."""

    @property
    def service(self) -> str:
        """The selected service."""

    @property
    def version(self) -> str:
        """Its version."""

    @property
    def route(self) -> str:
        """The selected route a."""

    @property
    def dimension(self) -> int:
        """D."""

    @property
    def bins(self) -> tuple[int, ...]:
        """The frequency bins it acts on, increasing."""

    @property
    def gains(self) -> tuple[int, ...]:
        """The gain of each, in steps of the resolution: more than 1 excites, less damps."""

    @property
    def resolution(self) -> Fraction:
        """The size of a step."""

    @property
    def digest(self) -> str:
        """The digest of everything above."""

    def apply(self, field: Field) -> Field:
        """The field with its modes excited and damped."""


class Maia(Protocol):
    """Intent: Ψ_i, the policy learned from outcomes, and the receiver of control signals (clauses M1 to M14).

    Every method raises ``NeighbourError`` where there is no answer, and ``InputError`` or ``NeighbourError`` for a question that
    is none.
    """

    @property
    def space(self) -> Space:
        """The space of its fields."""

    def intent(self, query: str, context: Sequence[str]) -> Field:
        """Ψ_i of a query in its context, shape (D,), in the band of intents, under the control signal in force."""

    def context(self, texts: Sequence[str]) -> Field:
        """C of Def. 1.5, shape (d,), for the encoder of the space; defined for no text at all, too."""

    def policy(self) -> QFunction:
        """Q(·, ·, θ) of Def. 1.6 with θ as it is now."""

    def control(self, signal: Signal) -> Acknowledgement:
        """Take over u(t) (step 11): it is in force from the next intent until another is sent. Idempotent by its digest."""

    def feedback(self, outcome: Outcome) -> Acknowledgement:
        """Learn from an outcome. Idempotent by its digest."""


class Nme(Protocol):
    """Traits: Ψ_t of a user, and the directions in which it is read (clauses T1 to T7).

    ``trait_value`` reads the trait of an axis from both.
    """

    @property
    def space(self) -> Space:
        """The space of its fields."""

    @property
    def axes(self) -> tuple[str, ...]:
        """The names of the traits."""

    @property
    def scale(self) -> int:
        """n: a trait of 1 is a correlation of 1/n; n² is at least the number of axes."""

    def probe(self, axis: str) -> Field:
        """The direction of an axis, shape (D,), of norm 1; directions of different axes are orthogonal."""

    def traits(self, user: str) -> Field:
        """Ψ_t, shape (D,), of norm 1, in the band of traits.

        A user of whom nothing is known has traits of 0, and so has nobody, whose name is empty.
        """


class Rfs(Protocol):
    """Memory: Ψ_RFS, superposed of what was stored under keys, and recall by matched filter (clauses R1 to R10).

    A key encoder B_k is an isometry; Ψ_RFS = Σ_k B_k ψ_k. Where nothing is stored, the neutral field stands for it, which is
    constant: it has frequency 0 and is orthogonal to every intent.
    """

    @property
    def space(self) -> Space:
        """The space of its fields."""

    def store(self, field: Field, key: str) -> Acknowledgement:
        """Store a field of the range of E_i under a key; what was stored there is replaced. Idempotent by field and key.

        Raises:
            NeighbourError: with code ``full``, where the capacity margin would be lost; nothing is changed then.
        """

    def recall(self, probe: Field) -> Recall | None:
        """The best match of B_k probe with Ψ_RFS among the keys; None where nothing is stored."""

    def memory(self, probe: Field) -> Field:
        """Ψ_RFS as a probe meets it, shape (D,): B_k^H Ψ_RFS of the key that matches best, for W and Q."""

    def memories(self, keys: Sequence[str]) -> Field:
        """B_k^H Ψ_RFS for each of these keys, shape (N, D), in their order; neutral where nothing is stored."""

    def components(self) -> Field:
        """The fields B_k ψ_k that are superposed in Ψ_RFS, shape (K, D)."""

    def capacity(self) -> Capacity:
        """The energy in use, and the most there may be."""


class Marketplace(Protocol):
    """Candidates: contracts, what is known of them, and E_m(m) (clauses P1 to P8)."""

    @property
    def space(self) -> Space:
        """The space of its fields."""

    def candidates(self) -> tuple[d.Document, ...]:
        """The documents on offer: vocabularies, services, overlays and states, each once, all of them valid."""

    def encode(self, services: Sequence[str]) -> Field:
        """E_m(m) for each of these services, shape (N, D), in their order, in the band of intents."""


def trait_value(axis: str, traits: Field, probe: Field, scale: int) -> Estimate:
    """T = n · c(Ψ_t, p), the trait of an axis, from 0 (or −1) to 1: what a measured field such as `caution` stands for.

    Error: that of the correlation c, times n, and one unit for the product.

    Args:
        axis: the axis, for the name of the measurement, `trait.AXIS`.
        traits: Ψ_t, or a batch of them.
        probe: the direction of the axis.
        scale: n of the port.

    Raises:
        FieldError: the dimensions do not fit.
        InputError: n is no integer from 1 to ``MAX_SCALE``.
    """
    given: object = scale
    if type(given) is not int or not 1 <= given <= MAX_SCALE:
        raise InputError(f"a scale of `{given}`, expected an integer from 1 to {MAX_SCALE}")
    found = correlation(f"trait.{axis}", traits, probe)
    return Estimate(
        found.name,
        found.values * scale,
        down(found.lower * scale),
        up(found.upper * scale),
        digest({"kind": "trait", "correlation": found.inputs, "scale": scale}),
    )
