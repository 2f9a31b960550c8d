"""The syntax tree: what a file says, before anybody asks what its names mean.

Every node is a frozen, slotted dataclass whose last positional field is its ``span``. Spans do not take part in
comparison: two trees are equal iff they say the same. Numbers keep their text. Lists keep their order.

The grammar is deliberately wider than the language where a later stage can explain better: a guarantee is any
expression here, and ``sema`` says what is wrong with one that bounds no metric.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from caio.base.spans import Source, Span
from caio.syntax.expressions import (
    And,
    Boolean,
    Compare,
    CompareOp,
    Count,
    Expr,
    Has,
    HasSome,
    Implies,
    InRange,
    InSet,
    Instant,
    Name,
    Negate,
    Not,
    Number,
    Or,
    Product,
    Quantity,
    SetLiteral,
    Sum,
    Text,
    Version,
    Within,
)
from caio.syntax.parts import (
    Always,
    Api,
    Assignment,
    Atom,
    Claim,
    Cost,
    CostCase,
    Guarantee,
    Implication,
    Meets,
    NamedRule,
    Need,
    Never,
    Permits,
    PropertyClaim,
    Provides,
)
from caio.syntax.vocabulary import (
    CostRange,
    Enum,
    Field,
    Group,
    InlineEnum,
    Member,
    Metric,
    NamedType,
    SetOf,
    Type,
    Vocabulary,
)

__all__ = [
    "Always",
    "And",
    "Api",
    "Assignment",
    "Atom",
    "Boolean",
    "Claim",
    "Class",
    "Compare",
    "CompareOp",
    "Constraint",
    "Cost",
    "CostCase",
    "CostRange",
    "Count",
    "Declaration",
    "Enum",
    "Expr",
    "Facts",
    "Field",
    "Group",
    "Guarantee",
    "Has",
    "HasSome",
    "Implication",
    "Implies",
    "InRange",
    "InSet",
    "InlineEnum",
    "Instant",
    "Limits",
    "Meets",
    "Member",
    "Metric",
    "Name",
    "NamedRule",
    "NamedType",
    "Need",
    "Negate",
    "Never",
    "Not",
    "Number",
    "Or",
    "Overlay",
    "Permits",
    "Pin",
    "Product",
    "Profile",
    "Property",
    "PropertyClaim",
    "Provides",
    "Quantity",
    "Request",
    "Rule",
    "Service",
    "SetLiteral",
    "SetOf",
    "Signal",
    "State",
    "Sum",
    "Text",
    "Tree",
    "Type",
    "Uses",
    "Version",
    "Vocabulary",
    "Weight",
    "Within",
]


# --- declarations --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Uses:
    """``uses vocabulary``."""

    vocabulary: Name
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Service:
    """``service name version v { … }``. Lists that occur more than once are joined."""

    name: Name
    version: Version
    attributes: tuple[Assignment, ...]
    capabilities: tuple[Name, ...]
    assumes: tuple[Expr, ...]
    guarantees: tuple[Guarantee, ...]
    cost: Cost | None
    permits: Permits | None
    route: Name | None
    api: Api | None
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Overlay:
    """``overlay name version v from origin { … }``."""

    service: Name
    version: Version
    origin: Name
    attributes: tuple[Assignment, ...]
    guarantees: tuple[Guarantee, ...]
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Rule:
    """``rule name { [priority n] when condition then atoms }``; ``always atoms`` has no condition."""

    name: Name
    invariant: bool
    priority: Expr | None
    when: Expr | None
    then: tuple[Atom, ...]
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Constraint:
    """``constraint name of subject { when condition then atoms }``; ``always atoms`` has no condition."""

    name: Name
    subject: Name
    when: Expr | None
    then: tuple[Atom, ...]
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Request:
    """``request name { … }``. Lists that occur more than once are joined."""

    name: Name
    caller: Name | None
    needs: tuple[Need, ...]
    given: tuple[Expr, ...]
    ensure: tuple[Atom, ...]
    budget: Expr | None
    deadline: Expr | None
    nominal: tuple[Assignment, ...] | None
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Class:
    """``class name { … }``: the requests of a kind. Lists that occur more than once are joined."""

    name: Name
    needs: tuple[Need, ...]
    given: tuple[Expr, ...]
    facts: tuple[Expr, ...]
    ensure: tuple[Atom, ...]
    budget: Expr | None
    deadline: Expr | None
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Property:
    """``property name { claim }``: what must be so for every request."""

    name: Name
    claim: PropertyClaim
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Weight:
    """``name number`` among the weights."""

    name: Name
    value: Expr
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Signal:
    """``name: excite number damp number`` among the controls; what is not said is None."""

    name: Name
    excite: Expr | None
    damp: Expr | None
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Limits:
    """``limits { … }``; ``facts`` are the origins that the profile permits."""

    available: tuple[Expr, ...]
    routing_allowance: Expr | None
    facts: tuple[Name, ...]
    solver_units: Expr | None
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Pin:
    """``pin name version v``."""

    service: Name
    version: Version
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Profile:
    """``profile name { … }``."""

    name: Name
    objective: Name | None
    weights: tuple[Weight, ...]
    signals: tuple[Signal, ...]
    resolution: Expr | None
    performance: tuple[Name, ...]
    limits: Limits | None
    optimality: Literal["required", "optional"] | None
    pins: tuple[Pin, ...]
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Facts:
    """``facts name { origin asserted, trust = 3, … }``."""

    name: Name
    origin: Name | None
    values: tuple[Assignment, ...]
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class State:
    """``state name version v { healthy = true, …, calls 1000, violations 3 }``."""

    service: Name
    version: Version
    values: tuple[Assignment, ...]
    calls: Expr | None
    violations: Expr | None
    span: Span = field(compare=False, repr=False)


Declaration: TypeAlias = (
    Vocabulary
    | Uses
    | Service
    | Overlay
    | Rule
    | Constraint
    | Request
    | Class
    | Property
    | Profile
    | Facts
    | State
)


@dataclass(frozen=True, slots=True)
class Tree:
    """Everything a source declares, in order; parts that could not be read are left out."""

    source: Source = field(compare=False, repr=False)
    declarations: tuple[Declaration, ...]
