"""The parts of declarations: atoms, prices, needs, claims; import them from ``caio.syntax.tree``."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from caio.base.spans import Span
from caio.syntax.expressions import Expr, Name, Number, Text


@dataclass(frozen=True, slots=True)
class Assignment:
    """``name = value``; the value is an expression without variables, or a set."""

    name: Name
    value: Expr
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Guarantee:
    """``metric <= bound [at quantile level] [when condition]``."""

    claim: Expr
    level: Number | None
    when: Expr | None
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Claim:
    """An atom that is an expression: ``metric <= bound [at quantile level]``, an attribute, ``at``."""

    expression: Expr
    level: Number | None
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Provides:
    """The atom ``[not] provides capability``."""

    capability: Name
    negated: bool
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Meets:
    """The atom ``meets invariant``: what is measured of fields keeps a named invariant."""

    invariant: Name
    span: Span = field(compare=False, repr=False)


Atom: TypeAlias = Claim | Provides | Meets
"""What ``ensure``, ``then`` and ``always`` list."""


@dataclass(frozen=True, slots=True)
class CostCase:
    """``when condition: amount``, or ``otherwise: amount`` (then ``when`` is None)."""

    when: Expr | None
    amount: Expr
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Cost:
    """``cost amount`` (one case without a condition, ``is_case`` false) or ``cost case { … }``."""

    cases: tuple[CostCase, ...]
    is_case: bool
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Permits:
    """Who may call: ``mode`` is None where neither ``public`` nor any permission is named."""

    mode: Literal["public", "any", "all"] | None
    permissions: tuple[Name, ...]
    trust: Expr | None
    zones: tuple[Name, ...] | None
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Api:
    """``api protocol "endpoint" [response schema "path"]``."""

    protocol: Name
    endpoint: Text
    response_schema: Text | None
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Need:
    """A capability, or a choice: ``any of { … }``."""

    choices: tuple[Name, ...]
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Never:
    """The claim ``never admitted when condition``."""

    condition: Expr
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Always:
    """The claim ``always at least count admitted for class``."""

    count: Number
    group: Name
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class NamedRule:
    """A rule, invariant or constraint by name; ``kind`` is None where the text does not say which it is."""

    name: Name
    kind: Literal["rule", "invariant", "constraint"] | None
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Implication:
    """The claim ``rules { … } imply { … }``, or ``rules { … } equivalent to { … }`` (then ``both``)."""

    premises: tuple[NamedRule, ...]
    conclusions: tuple[NamedRule, ...]
    both: bool
    span: Span = field(compare=False, repr=False)


PropertyClaim: TypeAlias = Never | Always | Implication
"""What a property claims."""
