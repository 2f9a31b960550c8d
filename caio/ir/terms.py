"""Expressions: affine terms, formulas and requirement atoms (``docs/spec/documents-v1.md`` section 4).

Immutable, resolved and unit-normalised: variables are fully qualified names (``request.tokens``), magnitudes are exact
rationals in base units. These are values; what they mean is in ``ir.interpret`` (at a point) and in
``obligations.meaning`` (as formulas of the certificate specification).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from fractions import Fraction
from typing import TypeAlias

from caio.base.hashing import Hashed, remember_hash


class Relation(Enum):
    """An order relation between a quantity and a bound."""

    LE = "<="
    LT = "<"
    GE = ">="
    GT = ">"

    @property
    def upper(self) -> bool:
        """Whether the relation bounds from above."""
        return self in (Relation.LE, Relation.LT)

    @property
    def strict(self) -> bool:
        """Whether equality is excluded."""
        return self in (Relation.LT, Relation.GT)


@remember_hash
@dataclass(frozen=True, slots=True)
class Affine(Hashed):
    """``constant + Σ coefficient · variable``; ``terms`` sorted by variable, no zero coefficient.

    A variable is a qualified name, or ``count(name)`` for the cardinality of a set field.
    """

    constant: Fraction
    terms: tuple[tuple[str, Fraction], ...] = ()

    @staticmethod
    def of(constant: Fraction | int, terms: dict[str, Fraction] | None = None) -> Affine:
        """The affine term with these coefficients, zero ones dropped, in canonical order."""
        items = sorted((name, value) for name, value in (terms or {}).items() if value)
        return Affine(Fraction(constant), tuple(items))

    @property
    def is_constant(self) -> bool:
        """Whether no variable occurs."""
        return not self.terms

    def plus(self, other: Affine, factor: Fraction | int = 1) -> Affine:
        """``self + factor · other``."""
        terms = dict(self.terms)
        for name, value in other.terms:
            terms[name] = terms.get(name, Fraction(0)) + factor * value
        return Affine.of(self.constant + factor * other.constant, terms)

    def times(self, factor: Fraction | int) -> Affine:
        """``factor · self``."""
        return Affine.of(self.constant * factor, {n: v * factor for n, v in self.terms})


@dataclass(frozen=True, slots=True)
class Constant:
    """``true`` or ``false``."""

    value: bool


@remember_hash
@dataclass(frozen=True, slots=True)
class Not(Hashed):
    """Negation."""

    operand: Formula


@remember_hash
@dataclass(frozen=True, slots=True)
class And(Hashed):
    """Conjunction of two or more formulas."""

    operands: tuple[Formula, ...]


@remember_hash
@dataclass(frozen=True, slots=True)
class Or(Hashed):
    """Disjunction of two or more formulas."""

    operands: tuple[Formula, ...]


class Comparison(Enum):
    """How an affine term compares with zero."""

    LE = "le"
    LT = "lt"
    EQ = "eq"


@remember_hash
@dataclass(frozen=True, slots=True)
class Compare(Hashed):
    """``term ≤ 0``, ``term < 0`` or ``term = 0``."""

    comparison: Comparison
    term: Affine


@remember_hash
@dataclass(frozen=True, slots=True)
class In(Hashed):
    """An enumeration variable is one of these members (declaration order, at least one)."""

    variable: str
    members: tuple[str, ...]


@remember_hash
@dataclass(frozen=True, slots=True)
class Has(Hashed):
    """A set variable contains this member."""

    variable: str
    member: str


@remember_hash
@dataclass(frozen=True, slots=True)
class Is(Hashed):
    """A Boolean variable is true."""

    variable: str


Formula: TypeAlias = Constant | Not | And | Or | Compare | In | Has | Is

TRUE = Constant(True)
FALSE = Constant(False)


@remember_hash
@dataclass(frozen=True, slots=True)
class OnMetric(Hashed):
    """A bound on one metric; ``level`` is given iff the metric is a quantile one."""

    metric: str
    relation: Relation
    bound: Affine
    level: Fraction | None = None


@remember_hash
@dataclass(frozen=True, slots=True)
class OnCost(Hashed):
    """A bound on the cost."""

    relation: Relation
    bound: Affine


@remember_hash
@dataclass(frozen=True, slots=True)
class OnAttribute(Hashed):
    """An enumeration or Boolean attribute is, or is not, among these values (Booleans as ``bool``)."""

    attribute: str
    values: tuple[str | bool, ...]
    negated: bool = False


@remember_hash
@dataclass(frozen=True, slots=True)
class OnQuantity(Hashed):
    """A numeric or instant attribute against a constant."""

    attribute: str
    relation: Relation
    bound: Fraction


@remember_hash
@dataclass(frozen=True, slots=True)
class OnCapability(Hashed):
    """A capability is provided, or is not."""

    capability: str
    provided: bool = True


@remember_hash
@dataclass(frozen=True, slots=True)
class OnTime(Hashed):
    """The decision's time against an instant in microseconds."""

    relation: Relation
    bound: Fraction


@remember_hash
@dataclass(frozen=True, slots=True)
class OnExpression(Hashed):
    """g ≤ 0, or g < 0, of a constraint; g may speak of metrics, cost, measured fields and numeric attributes."""

    relation: Relation
    terms: Affine


Atom: TypeAlias = (
    OnMetric | OnCost | OnAttribute | OnQuantity | OnCapability | OnTime | OnExpression
)
"""A requirement atom: what ``ensure`` and the actions of rules, invariants and constraints are made of."""


def variables_of(formula: Formula) -> Iterator[str]:
    """Every variable that a formula mentions, with repetitions; counts as the set they count."""
    match formula:
        case Constant():
            return
        case Not(operand):
            yield from variables_of(operand)
        case And(operands) | Or(operands):
            for operand in operands:
                yield from variables_of(operand)
        case Compare(_, term):
            yield from affine_variables(term)
        case In(variable, _) | Has(variable, _) | Is(variable):
            yield variable


def affine_variables(term: Affine) -> Iterator[str]:
    """Every variable of an affine term; ``count(v)`` yields ``v``."""
    for name, _ in term.terms:
        yield counted(name) or name


def counted(name: str) -> str | None:
    """The set field that ``count(…)`` names, or None for an ordinary variable."""
    return name[6:-1] if name.startswith("count(") and name.endswith(")") else None
