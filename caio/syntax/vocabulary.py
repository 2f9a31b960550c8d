"""The vocabulary's part of the syntax tree; import it from ``caio.syntax.tree``."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from caio.base.spans import Span
from caio.syntax.expressions import Expr, Name, Number


@dataclass(frozen=True, slots=True)
class Member:
    """A member of an enumeration, perhaps marked ``sensitive``."""

    name: Name
    sensitive: bool
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Enum:
    """``enum Name { members }``."""

    name: Name
    members: tuple[Member, ...]
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class NamedType:
    """``bool``, ``int``, ``ratio``, ``time``, ``instant``, a currency, a unit or an enumeration.

    ``low`` and ``high`` are both given (``in low .. high``) or both None.
    """

    name: Name
    low: Expr | None
    high: Expr | None
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class InlineEnum:
    """``{ low, normal, high }``."""

    members: tuple[Member, ...]
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class SetOf:
    """``set of Enum`` or ``set of { … }``."""

    element: NamedType | InlineEnum
    span: Span = field(compare=False, repr=False)


Type: TypeAlias = NamedType | InlineEnum | SetOf


@dataclass(frozen=True, slots=True)
class Field:
    """``name: type [default value] [role name]``; the name may be dotted."""

    name: Name
    type: Type
    default: Expr | None
    role: Name | None
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Group:
    """``name: { fields }``: the names within get this prefix."""

    name: Name
    fields: tuple[Field | Group, ...]
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Metric:
    """``metric name: type, higher is better, quantile 0.99, sequence sum, …``."""

    name: Name
    type: NamedType
    better: Literal["higher", "lower"] | None
    statistic: Literal["expected", "quantile"] | None
    level: Number | None
    sequence: Name | None
    parallel: Name | None
    role: Name | None
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class CostRange:
    """``cost in low .. high``."""

    low: Expr
    high: Expr
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """``vocabulary name { … }``.

    ``environment`` holds what stands outside ``per service`` (nothing but ``at: instant`` is meant there).
    """

    name: Name
    enums: tuple[Enum, ...]
    units: tuple[Name, ...]
    capabilities: tuple[Name, ...]
    controls: tuple[Name, ...]
    metrics: tuple[Metric, ...]
    cost: CostRange | None
    request: tuple[Field | Group, ...]
    facts: tuple[Field | Group, ...]
    environment: tuple[Field | Group, ...]
    per_service: tuple[Field | Group, ...]
    measured: tuple[Field | Group, ...]
    attributes: tuple[Field | Group, ...]
    span: Span = field(compare=False, repr=False)
