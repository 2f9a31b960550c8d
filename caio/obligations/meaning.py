"""What expressions mean as formulas (``docs/spec/documents-v1.md`` section 4).

A ``Meaning`` belongs to one vocabulary: it knows the variables (certificate-v1 section 2) and translates. Translations
are remembered per expression, because thousands of services say the same things.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Final

from caio.ir import documents as d
from caio.ir import terms as t
from caio.obligations.formula import (
    Direction,
    Formula,
    Scope,
    Sort,
    Variable,
    at_most,
    below,
    conjunction,
    direction,
    disjunction,
    equals,
    member,
    negation,
    truth,
    zero,
)

PASSING: Final = 4_096
"""How many translations of expressions that come and go are remembered at a time."""

_ORIGINS: Final = ("request", "fact", "env", "measured", "choice")
ABSENT: Final = -1
"""The value of an enumeration or Boolean attribute, or of the control, that is none of its values."""


class Meaning:
    """The variables of a vocabulary and the translation of its expressions."""

    def __init__(self, vocabulary: d.Vocabulary) -> None:
        self.vocabulary = vocabulary
        self._scope = _scope(vocabulary)
        self._formulas: dict[t.Formula, Formula] = {}
        self._passing: dict[t.Formula, Formula] = {}
        self._rising: dict[t.Affine, Direction | None] = {}
        self._falling: dict[t.Affine, Direction | None] = {}
        self._members: dict[str, tuple[str, ...]] = {
            f"{origin}.{field.name}": tuple(
                f"{origin}.{field.name}:{name}" for name in vocabulary.enum(field.type.enum).names()
            )
            for origin in _ORIGINS
            for field in vocabulary.fields(origin)
            if isinstance(field.type, d.SetType)
        }

    @property
    def scope(self) -> Scope:
        """Every variable that formulas of this vocabulary may speak about."""
        return self._scope

    def with_selectors(self, names: tuple[str, ...]) -> Scope:
        """The scope extended with one selector per rule name (section 8.3)."""
        selectors = {
            f"select.{name}": Variable(f"select.{name}", Sort.INT, Fraction(0), Fraction(1))
            for name in names
        }
        return {**self._scope, **selectors}

    def affine(self, term: t.Affine) -> tuple[dict[str, Fraction], Fraction]:
        """The coefficients and the constant of an affine term, counts expanded to sums of members."""
        coefficients: dict[str, Fraction] = {}
        for name, value in term.terms:
            counted = t.counted(name)
            for variable in (name,) if counted is None else self._members[counted]:
                coefficients[variable] = coefficients.get(variable, Fraction(0)) + value
        return coefficients, term.constant

    def formula(self, expression: t.Formula) -> Formula:
        """``[[expression]]``."""
        known = self._formulas.get(expression)
        if known is None:
            known = self._formulas[expression] = self._translate(expression, self.formula)
        return known

    def passing(self, expression: t.Formula) -> Formula:
        """``[[expression]]`` of what belongs to one request among many: it is remembered for a while only."""
        known = self._passing.get(expression)
        if known is None:
            if len(self._passing) >= PASSING:
                self._passing.clear()
            known = self._passing[expression] = self._translate(expression, self.passing)
        return known

    def exceeds(self, amount: t.Affine, limit: Fraction) -> Formula:
        """``limit - amount < 0``, where amounts belong to contracts and come again with other limits."""
        return self.within_limit(amount, limit, upper=False, strict=True)

    def within_limit(
        self, amount: t.Affine, limit: Fraction, *, upper: bool, strict: bool
    ) -> Formula:
        """``amount <= limit`` if ``upper``, else ``amount >= limit``; strictly, if so. As for ``exceeds``."""
        known = self._rising if upper else self._falling
        if amount not in known:
            terms, _ = self.affine(amount if upper else amount.times(-1))
            known[amount] = direction(terms, self._scope)
        found = known[amount]
        bound = limit - amount.constant if upper else amount.constant - limit
        if found is None:
            return bound > 0 or (bound == 0 and not strict)
        return found.at_most(bound, strict=strict)

    def index(self, enum: str, name: str) -> int:
        """The integer that stands for a member of an enumeration."""
        return self.vocabulary.enum(enum).index(name)

    def stated(self, origin: str, values: tuple[tuple[str, d.Value], ...]) -> list[Formula]:
        """The equations for stated values of the fields behind a prefix, in vocabulary order.

        A set states each member held or not; a set with role ``permissions`` that is not stated holds nothing.
        """
        given = dict(values)
        formulas: list[Formula] = []
        for field in self.vocabulary.fields(origin):
            closed = field.role == "permissions" and origin == "fact"
            if field.name not in given and not closed:
                continue
            variable, value = f"{origin}.{field.name}", given.get(field.name, ())
            if isinstance(field.type, d.SetType):
                held = set(value) if isinstance(value, tuple) else set()
                for name, full in zip(
                    self.vocabulary.enum(field.type.enum).names(),
                    self._members[variable],
                    strict=True,
                ):
                    fact = truth(full, self._scope)
                    formulas.append(fact if name in held else negation(fact))
            else:
                formulas.append(equals(variable, self.number(field.type, value), self._scope))
        return formulas

    def within(
        self, origin: str, intervals: tuple[tuple[str, tuple[Fraction, Fraction]], ...]
    ) -> list[Formula]:
        """That fields behind a prefix lie in intervals, in vocabulary order: lower ends before upper ones."""
        given = dict(intervals)
        formulas: list[Formula] = []
        for field in self.vocabulary.fields(origin):
            if field.name in given:
                low, high = given[field.name]
                variable = f"{origin}.{field.name}"
                formulas.append(at_most({variable: Fraction(-1)}, low, self._scope))
                formulas.append(at_most({variable: Fraction(1)}, -high, self._scope))
        return formulas

    def number(self, kind: d.Type, value: d.Value) -> Fraction:
        """The number that stands for a scalar value of a type."""
        match kind, value:
            case d.EnumType(enum), str():
                return Fraction(self.index(enum, value))
            case _, bool():
                return Fraction(int(value))
            case _, Fraction():
                return value
        raise ValueError(f"{value!r} is no scalar value of {kind!r}")

    def _translate(self, expression: t.Formula, part: Callable[[t.Formula], Formula]) -> Formula:
        match expression:
            case t.Constant(value):
                return value
            case t.Not(operand):
                return negation(part(operand))
            case t.And(operands):
                return conjunction(map(part, operands))
            case t.Or(operands):
                return disjunction(map(part, operands))
            case t.Compare(comparison, term):
                compare = {
                    t.Comparison.LE: at_most,
                    t.Comparison.LT: below,
                    t.Comparison.EQ: zero,
                }[comparison]
                return compare(*self.affine(term), self._scope)
            case t.In(variable, members):
                kind = self.vocabulary.field(variable).type
                values = [int(self.number(kind, name)) for name in members]
                return member(variable, values, self._scope)
            case t.Has(variable, name):
                return truth(f"{variable}:{name}", self._scope)
            case t.Is(variable):
                return truth(variable, self._scope)


def _scope(vocabulary: d.Vocabulary) -> dict[str, Variable]:
    variables: list[Variable] = [_instant("env.at")]
    for origin in _ORIGINS:
        for field in vocabulary.fields(origin):
            variables += _variables(vocabulary, f"{origin}.{field.name}", field.type)
    for metric in vocabulary.metrics:
        variables.append(Variable(f"metric.{metric.name}", Sort.REAL, metric.lower, metric.upper))
    variables.append(Variable("cost", Sort.REAL, None, None))
    for field in vocabulary.attributes:
        variables.append(_attribute(vocabulary, f"service.{field.name}", field.type))
    return {variable.name: variable for variable in variables}


def _variables(vocabulary: d.Vocabulary, name: str, kind: d.Type) -> list[Variable]:
    match kind:
        case d.BoolType():
            return [Variable(name, Sort.INT, Fraction(0), Fraction(1))]
        case d.IntType(_, lower, upper):
            return [Variable(name, Sort.INT, Fraction(lower), Fraction(upper))]
        case d.RationalType(_, low, high):
            return [Variable(name, Sort.REAL, low, high)]
        case d.EnumType(enum):
            last = len(vocabulary.enum(enum).members) - 1
            # A candidate under no control has none of them: neither `==` nor `!=` is then excluded.
            first = ABSENT if enum == d.CHOICE_CONTROL else 0
            return [Variable(name, Sort.INT, Fraction(first), Fraction(last))]
        case d.SetType(enum):
            return [
                Variable(f"{name}:{member}", Sort.INT, Fraction(0), Fraction(1))
                for member in vocabulary.enum(enum).names()
            ]
        case d.InstantType():
            return [_instant(name)]


def _instant(name: str) -> Variable:
    return Variable(name, Sort.INT, Fraction(d.INSTANT_MIN), Fraction(d.INSTANT_MAX))


def _attribute(vocabulary: d.Vocabulary, name: str, kind: d.Type) -> Variable:
    """Attributes may be absent: enumerations and Booleans get a value for that, numbers no domain."""
    match kind:
        case d.BoolType():
            return Variable(name, Sort.INT, Fraction(ABSENT), Fraction(1))
        case d.EnumType(enum):
            last = len(vocabulary.enum(enum).members) - 1
            return Variable(name, Sort.INT, Fraction(ABSENT), Fraction(last))
        case d.IntType() | d.InstantType():
            return Variable(name, Sort.INT, None, None)
        case _:
            return Variable(name, Sort.REAL, None, None)
