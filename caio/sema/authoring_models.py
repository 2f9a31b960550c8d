"""The shape of authoring JSON, format ``caio-authoring/v1``: the syntax as JSON, for tools that write documents.

Structure is JSON; expressions, quantities and constants are strings of the language. Names are plain strings, never
quoted. What an expression means is decided where text is lowered, not here. The published JSON Schema
(``docs/spec/authoring-v1.schema.json``) is made from these models.
"""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag

Expression: TypeAlias = Annotated[str, Field(description="an expression of the language")]
Quantity: TypeAlias = Annotated[
    str | int, Field(description="a constant of the language, such as `200 ms`, or a whole number")
]
Constant: TypeAlias = Annotated[
    str | bool | int,
    Field(description="a value: a member's name, `30 days`, `{ a, b }`, `2027-04-14`, or true"),
]
Name: TypeAlias = Annotated[str, Field(description="a name, without quotation marks")]
Version: TypeAlias = Annotated[str, Field(description="1 to 8 decimal numbers joined by dots")]


class Model(BaseModel):
    """What all parts share: exact types, and no member that is not known."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, populate_by_name=True)


class Member(Model):
    """A member of an enumeration."""

    name: Name
    sensitive: bool = False


Members: TypeAlias = list[Name | Member]


class Enum(Model):
    """An enumeration."""

    name: Name
    members: Members


class NamedType(Model):
    """A type with a range: ``int``, ``ratio``, ``time``, a currency or a unit."""

    name: Name
    low: Quantity
    high: Quantity


class SetType(Model):
    """A set over an enumeration, named or written in place."""

    set_of: Name | Members


class InlineEnum(Model):
    """An enumeration written in place."""

    members: Members


Type: TypeAlias = Name | NamedType | SetType | InlineEnum


class VocabularyField(Model):
    """A field or an attribute; the name of an attribute may be dotted."""

    name: Name
    type: Type
    default: Constant | None = None
    role: Name | None = None


class Metric(Model):
    """A metric; ``quantile`` makes it one of the quantile kind."""

    name: Name
    type: Name | NamedType
    better: Literal["higher", "lower"]
    quantile: str | None = None
    sequence: Name | None = None
    parallel: Name | None = None
    role: Name | None = None


class CostRange(Model):
    """The range of cost."""

    low: Quantity = 0
    high: Quantity


class Vocabulary(Model):
    """``vocabulary``."""

    name: Name
    enums: list[Enum] = []
    units: list[Name] = []
    capabilities: list[Name] = []
    controls: list[Name] = []
    metrics: list[Metric] = []
    cost: CostRange | None = None
    request: list[VocabularyField] = []
    facts: list[VocabularyField] = []
    per_service: list[VocabularyField] = []
    measured: list[VocabularyField] = []
    attributes: list[VocabularyField] = []


class CostCase(Model):
    """A price under a condition; without ``when`` it is the ``otherwise`` case."""

    when: Expression | None = None
    amount: Expression


class Permits(Model):
    """Who may call."""

    mode: Literal["public", "any", "all"] | None = None
    permissions: list[Name] = []
    trust: Quantity | None = None
    zones: list[Name] | None = None


class Api(Model):
    """Where a service is reached."""

    protocol: Name
    endpoint: str
    response_schema: str | None = None


class Service(Model):
    """``service``."""

    name: Name
    version: Version
    attributes: dict[Name, Constant] = Field(default={}, alias="is")
    provides: list[Name] = []
    assumes: list[Expression] = []
    guarantees: list[Expression] = []
    cost: Expression | list[CostCase] | None = None
    permits: Permits | None = None
    route: Name | None = None
    api: Api | None = None


class Overlay(Model):
    """``overlay``."""

    service: Name
    version: Version
    origin: Name
    attributes: dict[Name, Constant] = Field(default={}, alias="is")
    guarantees: list[Expression] = []


class Rule(Model):
    """``rule`` or ``invariant``; without ``when`` it always applies."""

    name: Name
    priority: Quantity | None = None
    when: Expression | None = None
    then: list[Expression]


class Constraint(Model):
    """``constraint``; without ``when`` it always applies."""

    name: Name
    of: Literal["safety", "policy", "traits"]
    when: Expression | None = None
    then: list[Expression]


class AnyOf(Model):
    """A choice of capabilities."""

    any_of: list[Name]


class Request(Model):
    """``request``."""

    name: Name
    caller: Name | None = None
    needs: list[Name | AnyOf]
    given: list[Expression] = []
    ensure: list[Expression] = []
    budget: Quantity | None = None
    deadline: Quantity | None = None
    nominal: dict[Name, Constant] | None = None


class Class(Model):
    """``class``; ``given`` and ``facts`` are as in the language."""

    name: Name
    needs: list[Name | AnyOf] = []
    given: list[Expression] = []
    facts: list[Expression] = []
    ensure: list[Expression] = []
    budget: Quantity | None = None
    deadline: Quantity | None = None


class NamedRule(Model):
    """A rule, an invariant or a constraint, where the name alone does not say which."""

    kind: Literal["rule", "invariant", "constraint"]
    name: Name


Rules: TypeAlias = Annotated[
    list[Name | NamedRule], Field(description="names of rules, invariants and constraints")
]


class NeverProperty(Model):
    """``property``: nothing is admitted where the condition holds."""

    name: Name
    never: Expression


class AtLeast(Model):
    """How many services are admitted for every request of which class."""

    at_least: int
    group: Name = Field(alias="class")


class AlwaysProperty(Model):
    """``property``: at least so many services are admitted for every request of a class."""

    name: Name
    always: AtLeast


class ImplyProperty(Model):
    """``property``: whatever meets the rules meets those that they imply."""

    name: Name
    rules: Rules
    imply: Rules


class EquivalentProperty(Model):
    """``property``: whatever meets the rules meets the others, and the other way round."""

    name: Name
    rules: Rules
    equivalent_to: Rules


_CLAIMS: Final = ("never", "always", "imply", "equivalent_to")


def _claimed(value: object) -> str | None:
    """What a property claims, by the member that says so; None if that is not one thing."""
    found = [name for name in _CLAIMS if isinstance(value, dict) and name in value]
    # A tag that is no member: it is left out of the path of an error.
    return f"{found[0]} property" if len(found) == 1 else None


Property: TypeAlias = Annotated[
    Annotated[NeverProperty, Tag("never property")]
    | Annotated[AlwaysProperty, Tag("always property")]
    | Annotated[ImplyProperty, Tag("imply property")]
    | Annotated[EquivalentProperty, Tag("equivalent_to property")],
    Discriminator(
        _claimed,
        custom_error_type="claim",
        custom_error_message="a property has one of `never`, `always`, `imply` and `equivalent_to`",
    ),
]


class Limits(Model):
    """The limits of a profile."""

    available: list[Expression] = []
    routing_allowance: Quantity | None = None
    facts: list[Name] = []
    solver_units: Quantity | None = None


class Control(Model):
    """A control signal among which a profile chooses; what is not said is 0."""

    excite: Quantity | None = None
    damp: Quantity | None = None


class Profile(Model):
    """``profile``."""

    name: Name
    objective: Literal["contracts", "field_control"] | None = None
    weights: dict[Name, Quantity]
    controls: dict[Name, Control] = {}
    resolution: Quantity | None = None
    performance: list[Name] = []
    limits: Limits | None = None
    optimality: Literal["required", "optional"] | None = None
    pins: dict[Name, Version] = {}


class Facts(Model):
    """``facts``."""

    name: Name
    origin: Name | None = None
    values: dict[Name, Constant] = {}


class State(Model):
    """``state``."""

    service: Name
    version: Version
    values: dict[Name, Constant] = {}
    calls: Quantity | None = None
    violations: Quantity | None = None


class Authoring(Model):
    """A file of authoring JSON."""

    format: Literal["caio-authoring/v1"]
    schema_: str | None = Field(default=None, alias="$schema")
    uses: Name | None = None
    vocabularies: list[Vocabulary] = []
    services: list[Service] = []
    overlays: list[Overlay] = []
    rules: list[Rule] = []
    invariants: list[Rule] = []
    constraints: list[Constraint] = []
    requests: list[Request] = []
    classes: list[Class] = []
    properties: list[Property] = []
    profiles: list[Profile] = []
    facts: list[Facts] = []
    states: list[State] = []


def authoring_schema() -> dict[str, Any]:
    """The JSON Schema of authoring JSON, as it is published."""
    schema = Authoring.model_json_schema(by_alias=True)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "caio-authoring/v1",
        **schema,
    }
