"""Documents: vocabulary, services, overlays, rules, requests, profiles, facts, states, landscapes, and the rest.

Immutable values, one class per kind of ``docs/spec/documents-v1.md`` section 5, in canonical order and form. They are
made by ``sema`` (from text or authoring JSON) or by ``ir.decode`` (from canonical JSON), and written by ``ir.encode``.
Documents themselves have no slots, so that ``ir.encode`` can keep their canonical bytes with them; all else has.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Final, TypeAlias

from caio.base import instants
from caio.base.hashing import Hashed, remember_hash
from caio.ir.questions import Always, Class, Implication, Never, Property, PropertyClaim
from caio.ir.terms import TRUE, Affine, Atom, Formula, Relation
from caio.ir.vocabulary import (
    CHOICE_CONTROL,
    CHOICE_ROUTE,
    COST,
    NO_CONTROL,
    ROUTES,
    BoolType,
    CostRange,
    Enumeration,
    EnumType,
    Field,
    InstantType,
    IntType,
    Member,
    Metric,
    RationalType,
    SetType,
    Statistic,
    Type,
    Value,
    Vocabulary,
)

__all__ = [
    "CHOICE_CONTROL",
    "CHOICE_ROUTE",
    "COST",
    "INSTANT_MAX",
    "INSTANT_MIN",
    "NO_CONTROL",
    "ROUTES",
    "SUBJECTS",
    "Always",
    "Api",
    "Attestation",
    "BoolType",
    "Class",
    "Constraint",
    "Control",
    "CostCase",
    "CostRange",
    "Document",
    "Entry",
    "EnumType",
    "Enumeration",
    "Facts",
    "Field",
    "FieldTerms",
    "FieldWeights",
    "Guarantee",
    "Implication",
    "InstantType",
    "IntType",
    "Landscape",
    "Limits",
    "Measurements",
    "Member",
    "Metric",
    "Never",
    "Overlay",
    "Permits",
    "Profile",
    "Property",
    "PropertyClaim",
    "RationalType",
    "Request",
    "Rule",
    "Service",
    "SetType",
    "State",
    "Statement",
    "Statistic",
    "Type",
    "Value",
    "Vocabulary",
    "Weights",
    "version_key",
]

INSTANT_MIN: Final = instants.INSTANT_MIN
INSTANT_MAX: Final = instants.INSTANT_MAX

SUBJECTS: Final = ("safety", "policy", "traits")
"""What constraints are about, in the order of Eq. 1.1: G_safety, G_policy, G_traits."""


@dataclass(frozen=True, slots=True)
class Guarantee:
    """A bound on one metric under a guard; ``level`` is given iff the metric is a quantile one."""

    metric: str
    relation: Relation
    bound: Affine
    when: Formula = TRUE
    level: Fraction | None = None


@dataclass(frozen=True, slots=True)
class CostCase:
    """What a call costs at most, under a guard; the cases of a service are disjoint."""

    when: Formula
    amount: Affine


@dataclass(frozen=True, slots=True)
class Permits:
    """Who may call: ``public``, ``any`` or ``all`` of the permissions, or ``none`` stated (nobody)."""

    mode: str = "none"
    permissions: tuple[str, ...] = ()
    trust: Fraction | None = None
    zones: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Api:
    """Where a service is reached, and the digest or path of its response schema."""

    protocol: str
    endpoint: str
    response_schema: str | None = None


@dataclass(frozen=True)
class Service:
    """The contract of one version of a service (Def. 2.1)."""

    vocabulary: str
    name: str
    version: str
    route: str = "external"
    attributes: tuple[tuple[str, Value], ...] = ()
    capabilities: tuple[str, ...] = ()
    assumes: tuple[Formula, ...] = ()
    guarantees: tuple[Guarantee, ...] = ()
    cost: tuple[CostCase, ...] = ()
    permits: Permits = Permits()
    api: Api | None = None


@dataclass(frozen=True)
class Overlay:
    """What somebody else established about a service version; it may only add."""

    vocabulary: str
    service: str
    version: str
    origin: str
    attributes: tuple[tuple[str, Value], ...] = ()
    guarantees: tuple[Guarantee, ...] = ()


@dataclass(frozen=True)
class Rule:
    """A rule or an invariant (Def. 3.1): under the condition, every action must hold."""

    vocabulary: str
    name: str
    when: Formula
    then: tuple[Atom, ...]
    priority: int = 0
    invariant: bool = False


@dataclass(frozen=True)
class Constraint:
    """G_safety, G_policy or G_traits ≤ 0 (Eq. 1.1): under the condition, every action must hold."""

    vocabulary: str
    name: str
    of: str
    when: Formula
    then: tuple[Atom, ...]


@dataclass(frozen=True)
class Request:
    """What a caller needs; fields left open are open, and the decision holds for every value."""

    vocabulary: str
    name: str
    needs: tuple[tuple[str, ...], ...]
    given: tuple[Formula, ...] = ()
    ensure: tuple[Atom, ...] = ()
    budget: Fraction | None = None
    deadline: Fraction | None = None
    caller: str | None = None
    nominal: tuple[tuple[str, Value], ...] | None = None


@dataclass(frozen=True, slots=True)
class Weights:
    """The weights of Eq. 1.5, exact."""

    guarantee: Fraction
    cost: Fraction
    performance: Fraction
    reliability: Fraction


@dataclass(frozen=True, slots=True)
class FieldWeights:
    """The weights of Eq. 1.1, exact: α, β, γ, δ, λ, ρ, η."""

    intent: Fraction
    attention: Fraction
    policy: Fraction
    resonance: Fraction
    cost: Fraction
    risk: Fraction
    latency: Fraction


@dataclass(frozen=True, slots=True)
class Control:
    """A control signal u: how much modes are excited (from 0) and damped (0 to 1)."""

    name: str
    excitation: Fraction = Fraction(0)
    damping: Fraction = Fraction(0)


@dataclass(frozen=True, slots=True)
class Limits:
    """What a profile demands of the environment and of CAIO itself."""

    available: tuple[Formula, ...] = ()
    routing_allowance: Fraction = Fraction(0)
    facts: tuple[str, ...] = ()
    solver_units: int = 10_000_000


@dataclass(frozen=True)
class Profile:
    """How to choose among the admitted, and what the operator permits."""

    vocabulary: str
    name: str
    weights: Weights | FieldWeights
    resolution: Fraction = Fraction(1, 1_000_000)
    performance: tuple[str, ...] = ()
    limits: Limits = Limits()
    optional_optimality: bool = False
    pins: tuple[tuple[str, str], ...] = ()
    controls: tuple[Control, ...] = ()

    @property
    def objective(self) -> str:
        """The equation that is maximised, which its weights tell."""
        return "eq1.1" if isinstance(self.weights, FieldWeights) else "eq1.5"

    @property
    def control_names(self) -> tuple[str, ...]:
        """The controls of candidates by code points: the profile's, or ``none`` alone."""
        return tuple(sorted(control.name for control in self.controls)) or (NO_CONTROL,)


@dataclass(frozen=True)
class Facts:
    """What authentication says of the caller; ``origin`` is ``asserted`` where nobody verified it."""

    vocabulary: str
    name: str
    origin: str
    values: tuple[tuple[str, Value], ...] = ()


@dataclass(frozen=True, slots=True)
class Statement:
    """What a node signs of a token that it verified; digests instead of what is personal or secret."""

    algorithm: str
    at: int
    claims: tuple[str, ...]
    end: int
    facts: str
    issuer: str
    key: str
    kid: str
    start: int
    subject: str
    token: str
    vocabulary: str


@dataclass(frozen=True)
class Attestation:
    """A node's signature under what it verified (``docs/security-facts.md``)."""

    vocabulary: str
    node: str
    signature: str
    statement: Statement


@dataclass(frozen=True, slots=True)
class FieldTerms:
    """The measured terms of Eq. 1.1 under one control, in steps; ``policy`` by service name."""

    intent: int
    attention: int
    resonance: int
    policy: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True)
class Measurements:
    """What was measured of fields: intervals of measured fields, and the terms of Eq. 1.1 by control."""

    vocabulary: str
    name: str
    procedure: str
    resolution: Fraction
    inputs: tuple[tuple[str, str], ...] = ()
    intervals: tuple[tuple[str, tuple[Fraction, Fraction]], ...] = ()
    terms: tuple[tuple[str, FieldTerms], ...] = ()


@remember_hash
@dataclass(frozen=True)
class State(Hashed):
    """What was observed of a service version: environment values, and calls with violations."""

    vocabulary: str
    service: str
    version: str
    values: tuple[tuple[str, Value], ...] = ()
    calls: int = 0
    violations: int = 0


@dataclass(frozen=True, slots=True)
class Entry:
    """One service of a landscape, by digests: contract, overlays by origin, state."""

    service: str
    overlays: tuple[str, ...] = ()
    state: str | None = None


@dataclass(frozen=True)
class Landscape:
    """The entries a decision is about, sorted by service name."""

    vocabulary: str
    entries: tuple[Entry, ...]


Document: TypeAlias = (
    Vocabulary
    | Service
    | Overlay
    | Rule
    | Constraint
    | Request
    | Class
    | Property
    | Profile
    | Facts
    | Attestation
    | Measurements
    | State
    | Landscape
)


def version_key(version: str) -> tuple[int, ...]:
    """The order of versions: lists of integers, trailing zeros without meaning."""
    parts = [int(part) for part in version.split(".")]
    while len(parts) > 1 and parts[-1] == 0:
        parts.pop()
    return tuple(parts)
