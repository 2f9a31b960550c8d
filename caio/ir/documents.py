"""Documents: vocabulary, services, overlays, rules, requests, profiles, facts, states, landscapes.

Immutable values, one class per kind of ``docs/spec/documents-v1.md`` section 5, in canonical order and form. They are
made by ``sema`` (from text or authoring JSON) or by ``ir.decode`` (from canonical JSON), and written by ``ir.encode``.
Documents themselves have no slots, so that ``ir.encode`` can keep their canonical bytes with them; all else has.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from fractions import Fraction
from typing import Final, Protocol, TypeAlias, TypeVar

from caio.base import instants
from caio.base.hashing import Hashed, remember_hash
from caio.ir.terms import TRUE, Affine, Atom, Formula, Relation

INSTANT_MIN: Final = instants.INSTANT_MIN
INSTANT_MAX: Final = instants.INSTANT_MAX

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
    attributes: tuple[Field, ...] = ()
    cost: CostRange | None = None

    def enum(self, name: str) -> Enumeration:
        """The enumeration of this name. Raises ``KeyError``."""
        return _named(self.enums, name)

    def metric(self, name: str) -> Metric:
        """The metric of this name. Raises ``KeyError``."""
        return _named(self.metrics, name)

    def attribute(self, name: str) -> Field:
        """The attribute of this dotted name. Raises ``KeyError``."""
        return _named(self.attributes, name)

    def fields(self, origin: str) -> tuple[Field, ...]:
        """The fields behind a prefix: ``request``, ``fact``, ``env``, ``measured`` or ``service``."""
        return {
            "request": self.request,
            "fact": self.facts,
            "env": self.environment,
            "measured": self.measured,
            "service": self.attributes,
        }[origin]

    def field(self, variable: str) -> Field:
        """The field that a qualified name means; ``env.at`` is built in. Raises ``KeyError``."""
        origin, _, name = variable.partition(".")
        if variable == "env.at":
            return Field("at", InstantType())
        return _named(self.fields(origin), name)

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
    weights: Weights
    resolution: Fraction = Fraction(1, 1_000_000)
    performance: tuple[str, ...] = ()
    limits: Limits = Limits()
    optional_optimality: bool = False
    pins: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Facts:
    """What authentication says of the caller; ``origin`` is ``asserted`` where nobody verified it."""

    vocabulary: str
    name: str
    origin: str
    values: tuple[tuple[str, Value], ...] = ()


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
    Vocabulary | Service | Overlay | Rule | Request | Profile | Facts | State | Landscape
)


def version_key(version: str) -> tuple[int, ...]:
    """The order of versions: lists of integers, trailing zeros without meaning."""
    parts = [int(part) for part in version.split(".")]
    while len(parts) > 1 and parts[-1] == 0:
        parts.pop()
    return tuple(parts)
