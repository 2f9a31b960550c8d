"""The vocabulary: what the words of all other documents mean (``docs/spec/documents-v1.md`` sections 3 and 5)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from fractions import Fraction
from typing import Final, Protocol, TypeAlias, TypeVar

ROUTES: Final = ("internal", "external", "hybrid")
"""The kinds of routes a of Eq. 1.1; an index is the value of `choice.route`."""
NO_CONTROL: Final = "none"
"""The control signal of candidates where a profile has no controls."""
CHOICE_ROUTE: Final = "choice.route"
CHOICE_CONTROL: Final = "choice.control"
COST: Final = "cost"
"""The variable of the cost in an expression; a metric's is ``metric.`` and its name."""
Value: TypeAlias = bool | Fraction | str | tuple[str, ...]
"""A field's value: Boolean, number or instant, member of an enumeration, set of members."""


@dataclass(frozen=True, slots=True)
class BoolType:
    """Truth values."""


@dataclass(frozen=True, slots=True)
class IntType:
    """Integers of a dimension within a declared range."""

    dimension: str
    lower: int
    upper: int


@dataclass(frozen=True, slots=True)
class RationalType:
    """Exact rationals of a dimension within a range whose ends may be open."""

    dimension: str
    lower: Fraction | None
    upper: Fraction | None


@dataclass(frozen=True, slots=True)
class EnumType:
    """One member of an enumeration."""

    enum: str


@dataclass(frozen=True, slots=True)
class SetType:
    """A set of members of an enumeration."""

    enum: str


@dataclass(frozen=True, slots=True)
class InstantType:
    """Integer microseconds UTC since 1970."""


Type: TypeAlias = BoolType | IntType | RationalType | EnumType | SetType | InstantType


@dataclass(frozen=True, slots=True)
class Member:
    """A member of an enumeration; ``sensitive`` marks data that Eq. 4.3 protects."""

    name: str
    sensitive: bool = False


@dataclass(frozen=True, slots=True)
class Enumeration:
    """A named, ordered list of members; an index in it is the member's value in logic."""

    name: str
    members: tuple[Member, ...]

    def names(self) -> tuple[str, ...]:
        """The members' names in declaration order."""
        return tuple(member.name for member in self.members)

    def index(self, name: str) -> int:
        """The value of a member. Raises ``ValueError`` for a stranger."""
        return self.names().index(name)


@dataclass(frozen=True, slots=True)
class Field:
    """A request, fact, environment or measured field, or a service attribute."""

    name: str
    type: Type
    default: Value | None = None
    role: str | None = None


class Statistic(Enum):
    """What a bound on a metric is a bound of."""

    EXPECTED = "expected"
    QUANTILE = "quantile"


@dataclass(frozen=True, slots=True)
class Metric:
    """A promised quantity with its range D, its direction and its composition laws (Eq. 5.2)."""

    name: str
    dimension: str
    lower: Fraction
    upper: Fraction
    better: str
    statistic: Statistic
    level: Fraction | None = None
    sequence: str | None = None
    parallel: str | None = None
    role: str | None = None


@dataclass(frozen=True, slots=True)
class CostRange:
    """The dimension of cost and the declared worst."""

    dimension: str
    upper: Fraction


@dataclass(frozen=True)
class Vocabulary:
    """What the words of all other documents mean."""

    name: str
    enums: tuple[Enumeration, ...] = ()
    units: tuple[str, ...] = ()
    capabilities: tuple[str, ...] = ()
    metrics: tuple[Metric, ...] = ()
    request: tuple[Field, ...] = ()
    facts: tuple[Field, ...] = ()
    environment: tuple[Field, ...] = ()
    measured: tuple[Field, ...] = ()
    controls: tuple[str, ...] = ()
    attributes: tuple[Field, ...] = ()
    cost: CostRange | None = None

    def enum(self, name: str) -> Enumeration:
        """The enumeration of this name, ``choice.route`` and ``choice.control`` included. Raises ``KeyError``."""
        if name == CHOICE_ROUTE:
            return Enumeration(name, tuple(map(Member, ROUTES)))
        if name == CHOICE_CONTROL and self.controls:
            return Enumeration(name, tuple(map(Member, self.controls)))
        return _named(self.enums, name)

    def metric(self, name: str) -> Metric:
        """The metric of this name. Raises ``KeyError``."""
        return _named(self.metrics, name)

    def attribute(self, name: str) -> Field:
        """The attribute of this dotted name. Raises ``KeyError``."""
        return _named(self.attributes, name)

    def fields(self, origin: str) -> tuple[Field, ...]:
        """The fields behind a prefix: ``request``, ``fact``, ``env``, ``measured``, ``choice`` or ``service``."""
        return {
            "request": self.request,
            "fact": self.facts,
            "env": self.environment,
            "measured": self.measured,
            "choice": self._choice(),
            "service": self.attributes,
        }[origin]

    def field(self, variable: str) -> Field:
        """The field that a qualified name means, metrics and the cost included; ``env.at`` is built in.

        Raises:
            KeyError: nothing is called so.
        """
        origin, _, name = variable.partition(".")
        if variable == "env.at":
            return Field("at", InstantType())
        if variable == COST and self.cost is not None:
            return Field(COST, RationalType(self.cost.dimension, None, None))
        if origin == "metric":
            metric = self.metric(name)
            return Field(name, RationalType(metric.dimension, metric.lower, metric.upper))
        return _named(self.fields(origin), name)

    def _choice(self) -> tuple[Field, ...]:
        route = Field("route", EnumType(CHOICE_ROUTE))
        return (route, Field("control", EnumType(CHOICE_CONTROL))) if self.controls else (route,)

    def with_role(self, origin: str, role: str) -> Field | None:
        """The field behind a prefix that has this role, if any."""
        return next((f for f in self.fields(origin) if f.role == role), None)


class _HasName(Protocol):
    @property
    def name(self) -> str: ...


_Item = TypeVar("_Item", bound=_HasName)


def _named(items: tuple[_Item, ...], name: str) -> _Item:
    for item in items:
        if item.name == name:
            return item
    raise KeyError(name)
