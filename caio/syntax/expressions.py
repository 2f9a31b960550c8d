"""The leaves and expressions of the syntax tree; import them from ``caio.syntax.tree``."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal, TypeAlias

from caio.base.spans import Span


@dataclass(frozen=True, slots=True)
class Name:
    """A name: bare, dotted (``request.tokens``, ``llm.invoke``) or quoted.

    Whether it was quoted makes no difference to what it names.
    """

    text: str
    span: Span = field(compare=False, repr=False)
    quoted: bool = field(default=False, compare=False)


@dataclass(frozen=True, slots=True)
class Number:
    """An exact number as written: ``1_000_000``, ``0.4``, ``1.25e-6``."""

    text: str
    span: Span = field(compare=False, repr=False)

    @property
    def value(self) -> Fraction:
        """The number itself, exactly."""
        return Fraction(self.text.replace("_", ""))


@dataclass(frozen=True, slots=True)
class Quantity:
    """``number [unit] [per [number] unit]``: ``5``, ``200 ms``, ``1.25 USD per 1_000_000 token``.

    A percent sign is the unit ``%``.
    """

    number: Number
    unit: Name | None
    per_number: Number | None
    per_unit: Name | None
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Instant:
    """A date (its 00:00Z) or an instant in UTC, as written; and its microseconds since 1970."""

    text: str
    microseconds: int
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Version:
    """A version as written."""

    text: str
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Text:
    """A quoted text that names nothing: an address or a path."""

    value: str
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Boolean:
    """``true`` or ``false``."""

    value: bool
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Count:
    """``count(set)``."""

    operand: Name
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class SetLiteral:
    """``{ a, b }``; may be empty."""

    items: tuple[Expr, ...]
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Negate:
    """``- operand``."""

    operand: Expr
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Sum:
    """Two or more terms, each with its sign; the first one's is ``+``."""

    terms: tuple[tuple[Literal["+", "-"], Expr], ...]
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Product:
    """Two or more factors, each multiplied or divided by; the first one's operator is ``*``."""

    factors: tuple[tuple[Literal["*", "/"], Expr], ...]
    span: Span = field(compare=False, repr=False)


CompareOp: TypeAlias = Literal["<=", "<", ">=", ">", "==", "!="]


@dataclass(frozen=True, slots=True)
class Compare:
    """``left op right``; the right side of ``==`` and ``!=`` may be a set."""

    op: CompareOp
    left: Expr
    right: Expr
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class InRange:
    """``operand [not] in low .. high``, both ends included."""

    operand: Expr
    low: Expr
    high: Expr
    negated: bool
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class InSet:
    """``operand [not] in { … }``, or ``member [not] in set_field`` (then ``members`` is a name)."""

    operand: Expr
    members: Expr
    negated: bool
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Has:
    """``operand has member``."""

    operand: Expr
    member: Name
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class HasSome:
    """``operand has any of { … }`` or ``operand has all of { … }``."""

    operand: Expr
    mode: Literal["any", "all"]
    members: SetLiteral
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Within:
    """``operand within { … }``: a set with no other members than these."""

    operand: Expr
    members: SetLiteral
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Not:
    """``not operand``."""

    operand: Expr
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class And:
    """``a and b and …``, two or more."""

    operands: tuple[Expr, ...]
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Or:
    """``a or b or …``, two or more."""

    operands: tuple[Expr, ...]
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Implies:
    """``premise implies conclusion``; groups to the right."""

    premise: Expr
    conclusion: Expr
    span: Span = field(compare=False, repr=False)


Expr: TypeAlias = (
    Name
    | Quantity
    | Instant
    | Boolean
    | Count
    | SetLiteral
    | Negate
    | Sum
    | Product
    | Compare
    | InRange
    | InSet
    | Has
    | HasSome
    | Within
    | Not
    | And
    | Or
    | Implies
)
"""An expression: a condition, a term or a value; ``sema`` tells which."""
