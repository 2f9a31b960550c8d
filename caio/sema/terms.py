"""Arithmetic: expressions of the tree to affine terms in base units, with their dimensions.

Units are types: a sum needs one dimension, a product multiplies dimensions, a comparison needs the same on both sides.
Nothing but linear arithmetic over variables is accepted, and every constant is exact.

Instants are points, not lengths. A term carries the sum of the coefficients of its points as its ``weight``: an instant
has weight 1, a duration 0, and what may be compared or added must agree in it. Inside a term, instants count in seconds;
``Term.scaled`` turns a term that speaks of instants into microseconds, the base of instants in documents.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Final

from caio.base.errors import InputError
from caio.base.numbers import MAX_DIGITS
from caio.base.spans import Span
from caio.base.units import DURATION, NUMBER, Dimension
from caio.ir import documents as d
from caio.ir.terms import Affine
from caio.sema import codes
from caio.sema.report import Report, reach, shown
from caio.sema.scope import AT, Place, Scope
from caio.syntax import tree

MICROSECONDS: Final = 1_000_000
"""How many base units of an instant one second has."""
_MAX_EXPONENT: Final = 600


@dataclass(frozen=True, slots=True)
class Term:
    """An affine term in base units (instants in seconds), its dimension, and its weight of instants."""

    affine: Affine
    dimension: Dimension
    weight: Fraction = Fraction(0)
    timed: bool = False
    """Whether an instant occurs, even one that cancels out of the weight."""
    bare: bool = False
    """Whether it is a plain number that was written without a unit."""

    def scaled(self) -> Affine:
        """The term for a document: in microseconds if it speaks of instants."""
        return self.affine.times(MICROSECONDS) if self.timed else self.affine

    @property
    def constant(self) -> Fraction | None:
        """The value, if no variable occurs."""
        return self.affine.constant if self.affine.is_constant else None

    def describe(self) -> str:
        """What kind of quantity this is, for messages."""
        if self.weight:
            return "an instant"
        return "a plain number" if self.dimension == NUMBER else f"`{self.dimension}`"


class Arithmetic:
    """Lowers terms in one place of one document."""

    def __init__(self, scope: Scope, place: Place, report: Report) -> None:
        self.scope = scope
        self.place = place
        self.report = report

    def term(self, expr: tree.Expr) -> Term | None:
        """The term that an expression denotes; reports what is wrong with it."""
        match expr:
            case tree.Name(text, span):
                return self._variable(text, span)
            case tree.Quantity():
                return self._quantity(expr)
            case tree.Instant(_, micros, _):
                seconds = Fraction(micros, MICROSECONDS)
                return Term(Affine.of(seconds), DURATION, Fraction(1), timed=True)
            case tree.Count(operand, _):
                return self._count(operand)
            case tree.Negate(operand, _):
                inner = self.term(operand)
                if inner is None:
                    return None
                return replace(_times(inner, Fraction(-1)), bare=inner.bare)
            case tree.Sum(terms, _):
                return self._sum(terms)
            case tree.Product(factors, _):
                return self._product(factors)
        self.report.add(
            codes.TYPE_MISMATCH, expr.span, f"expected a quantity, found {kind_of(expr)}"
        )
        return None

    def agree(self, left: Term, right: Term, span: Span, what: str) -> bool:
        """Whether two terms may be added or compared; reports if not."""
        if left.dimension == right.dimension and left.weight == right.weight:
            return True
        self.report.add(
            codes.UNIT_MISMATCH,
            span,
            f"cannot {what} {left.describe()} and {right.describe()}",
            help=_unit_help(left, right),
        )
        return False

    def sides(self, left: tree.Expr, right: tree.Expr) -> tuple[Term, Term] | None:
        """The two sides of a comparison; reports what is wrong with each."""
        first = self.term(left)
        stranger = isinstance(right, tree.Name) and self.scope.find(right.text, self.place) is None
        if first is None and isinstance(left, tree.Name) and stranger:
            # The members of something that nothing declares are unknown as well: one slip, one diagnostic.
            return None
        second = self.term(right)
        return None if first is None or second is None else (first, second)

    def constant(self, expr: tree.Expr, dimension: Dimension, what: str) -> Fraction | None:
        """The exact value of a constant of a dimension, in base units."""
        term = self.term(expr)
        if term is None:
            return None
        value = term.constant
        if value is None:
            self.report.add(codes.TYPE_MISMATCH, expr.span, f"{what} must be a constant")
            return None
        if term.dimension != dimension or term.weight:
            wanted = Term(Affine.of(0), dimension)
            self.report.add(
                codes.UNIT_MISMATCH,
                expr.span,
                f"{what} must be {wanted.describe()}, found {term.describe()}",
                help=_unit_help(term, wanted),
            )
            return None
        return value

    def _variable(self, text: str, span: Span) -> Term | None:
        found = self.scope.variable(text, span, self.place, self.report)
        if found is None:
            return None
        kind = found.field.type
        match kind:
            case d.IntType(name, _, _) | d.RationalType(name, _, _):
                dimension = self.scope.units.dimension(name)
                return Term(Affine.of(0, {found.name: Fraction(1)}), dimension)
            case d.InstantType():
                part = Fraction(1, MICROSECONDS)
                term = Affine.of(0, {found.name: part})
                return Term(term, DURATION, Fraction(1), timed=True)
        hint = f"`count({shown(text)})` is how many it has" if isinstance(kind, d.SetType) else None
        self.report.add(
            codes.TYPE_MISMATCH,
            span,
            f"`{shown(text)}` is {type_name(kind)}, not a quantity",
            help=hint,
        )
        return None

    def _count(self, operand: tree.Name) -> Term | None:
        found = self.scope.variable(operand.text, operand.span, self.place, self.report)
        if found is None:
            return None
        if not isinstance(found.field.type, d.SetType):
            self.report.add(
                codes.TYPE_MISMATCH,
                operand.span,
                f"`{shown(operand.text)}` is {type_name(found.field.type)}, and only sets can be counted",
            )
            return None
        return Term(Affine.of(0, {f"count({found.name})": Fraction(1)}), NUMBER)

    def _quantity(self, expr: tree.Quantity) -> Term | None:
        value = self.number(expr.number)
        dimension = NUMBER
        ok = value is not None
        if expr.unit is not None:
            ok = self._unit(expr.unit) is not None and ok
        if expr.per_unit is not None:
            ok = self._unit(expr.per_unit) is not None and ok
        divisor = Fraction(1) if expr.per_number is None else self.number(expr.per_number)
        if not ok or value is None or divisor is None:
            return None
        if expr.per_number is not None and divisor == 0:
            self.report.add(codes.NOT_LINEAR, expr.per_number.span, "a division by zero")
            return None
        if expr.unit is not None:
            unit = self.scope.units.unit(expr.unit.text)
            value, dimension = unit.to_base(value), unit.dimension
        if expr.per_unit is not None:
            unit = self.scope.units.unit(expr.per_unit.text)
            value /= unit.to_base(divisor)
            dimension = dimension.per(unit.dimension)
        bare = expr.unit is None and expr.per_unit is None
        return Term(Affine.of(value), dimension, bare=bare)

    def _unit(self, name: tree.Name) -> str | None:
        try:
            return self.scope.units.unit(name.text).name
        except InputError:
            self.report.unknown(
                codes.UNKNOWN_UNIT, name.span, "unit", name.text, self.scope.units.names()
            )
            return None

    def number(self, number: tree.Number) -> Fraction | None:
        """The value of a literal; reports one that is too long to be a number of a document."""
        return literal(number, self.report)

    def _sum(self, terms: tuple[tuple[str, tree.Expr], ...]) -> Term | None:
        lowered = [(sign, expr, self.term(expr)) for sign, expr in terms]
        total: Term | None = None
        for index, (sign, expr, term) in enumerate(lowered):
            if term is None:
                return None
            signed = _times(term, Fraction(1 if sign == "+" else -1))
            if total is None:
                total = signed
            elif total.dimension != term.dimension:
                first = reach(terms[0][1].span, terms[index - 1][1].span)
                self.agree(
                    _plain(total),
                    _plain(term),
                    reach(first, expr.span),
                    "add" if sign == "+" else "subtract",
                )
                return None
            else:
                total = Term(
                    total.affine.plus(signed.affine),
                    total.dimension,
                    total.weight + signed.weight,
                    total.timed or signed.timed,
                )
        return total

    def _product(self, factors: tuple[tuple[str, tree.Expr], ...]) -> Term | None:
        lowered = [(op, expr, self.term(expr)) for op, expr in factors]
        total: Term | None = None
        for op, expr, term in lowered:
            if term is None:
                return None
            if total is None:
                total = term
                continue
            total = self._multiply(total, op, term, expr.span)
            if total is None:
                return None
        return total

    def _multiply(self, left: Term, op: str, right: Term, span: Span) -> Term | None:
        if op == "/":
            divisor = right.constant
            if divisor is None or divisor == 0:
                what = "a division by zero" if divisor == 0 else "a division by a variable"
                self.report.add(codes.NOT_LINEAR, span, what)
                return None
            inverse = Term(Affine.of(1 / divisor), NUMBER.per(right.dimension), right.weight)
            return self._multiply(left, "*", inverse, span)
        if left.constant is None and right.constant is None:
            self.report.add(
                codes.NOT_LINEAR,
                span,
                "a product of two variables",
                help="the language is linear, so that every question about it can be decided",
            )
            return None
        scales = right.constant is not None and not right.weight
        variable, factor = (left, right) if scales else (right, left)
        value = factor.constant
        if factor.weight or (variable.weight and factor.dimension != NUMBER) or value is None:
            self.report.add(
                codes.UNIT_MISMATCH, span, "an instant cannot be multiplied, only a duration can"
            )
            return None
        product = _times(variable, value)
        return Term(
            product.affine,
            left.dimension.times(right.dimension),
            product.weight,
            variable.timed and bool(product.weight),
        )


def _times(term: Term, factor: Fraction) -> Term:
    return Term(term.affine.times(factor), term.dimension, term.weight * factor, term.timed)


def _plain(term: Term) -> Term:
    """The term without its weight, for a message about dimensions alone."""
    return Term(term.affine, term.dimension, bare=term.bare)


def _unit_help(left: Term, right: Term) -> str | None:
    for bare, other in ((left, right), (right, left)):
        if bare.bare and other.dimension.name is not None and not other.weight:
            unit = "s" if other.dimension == DURATION else other.dimension.name
            value = bare.affine.constant
            text = str(value) if value.denominator == 1 else "…"
            return f"write the unit: `{text} {unit}`"
    return None


def literal(number: tree.Number, report: Report) -> Fraction | None:
    """The exact value of a literal, never computed before its size is known."""
    text = number.text
    mantissa, _, exponent = text.lower().partition("e")
    if len(mantissa) > 2 * MAX_DIGITS or (exponent and abs(_small(exponent)) > _MAX_EXPONENT):
        report.add(codes.TOO_LARGE, number.span, f"a number of more than {MAX_DIGITS} digits")
        return None
    return number.value


def _small(exponent: str) -> int:
    """An exponent, or one beyond every limit if it is too long to be worth reading."""
    return int(exponent) if len(exponent) <= 5 else _MAX_EXPONENT + 1


def fits(value: Fraction) -> bool:
    """Whether a number can be written in a document."""
    bits = value.numerator.bit_length() + value.denominator.bit_length()
    if bits < 3 * MAX_DIGITS:
        return True
    return len(str(value).lstrip("-").replace("/", "")) <= MAX_DIGITS


def type_name(kind: d.Type) -> str:
    """What a type is, in words."""
    match kind:
        case d.BoolType():
            return "true or false"
        case d.EnumType(enum):
            return f"a member of `{enum}`"
        case d.SetType(enum):
            return f"a set of `{enum}`"
        case d.InstantType():
            return "an instant"
        case d.IntType(dimension, _, _) | d.RationalType(dimension, _, _):
            return "a plain number" if dimension == "1" else f"a quantity in `{dimension}`"


def kind_of(expr: tree.Expr) -> str:
    """What an expression is, in words."""
    match expr:
        case tree.Boolean(value, _):
            return f"`{str(value).lower()}`"
        case tree.SetLiteral():
            return "a set"
        case tree.Name(text, _):
            return f"`{shown(text)}`"
        case tree.Quantity() | tree.Count() | tree.Negate() | tree.Sum() | tree.Product():
            return "a quantity"
        case tree.Instant():
            return "an instant"
    return "a condition"


__all__ = [
    "AT",
    "MICROSECONDS",
    "Arithmetic",
    "Term",
    "fits",
    "kind_of",
    "literal",
    "type_name",
]
