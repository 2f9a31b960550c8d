"""Constants: what stands behind ``=``, ``default`` and in headers, as values of a declared type."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from caio.base.spans import Span
from caio.ir import documents as d
from caio.ir import reader
from caio.sema import codes
from caio.sema.pieces import members_of
from caio.sema.report import Report, shown
from caio.sema.scope import CONSTANT, Scope
from caio.sema.terms import MICROSECONDS, Arithmetic, fits, kind_of, type_name
from caio.syntax import tree


@dataclass(frozen=True, slots=True)
class Lowered:
    """A document and where its clauses stand in a text: clause path to span, ``""`` for its name."""

    document: d.Document
    places: dict[str, Span]


def value_of(
    scope: Scope, expr: tree.Expr, kind: d.Type, what: str, report: Report
) -> d.Value | None:
    """The value of this type that a constant denotes; reports what is wrong with it.

    ``what`` names the thing that has the value, in the words of a message.
    """
    match kind:
        case d.BoolType():
            if isinstance(expr, tree.Boolean):
                return expr.value
            wanted = "`true` or `false`"
        case d.EnumType(enum):
            names = members_of(scope, [expr], enum, report)
            return names[0] if names else None
        case d.SetType(enum):
            if isinstance(expr, tree.SetLiteral):
                return members_of(scope, expr.items, enum, report)
            wanted = "a set such as `{ … }`"
        case d.InstantType():
            return _instant(scope, expr, what, report)
        case _:
            return _quantity(scope, expr, kind, what, report)
    report.add(codes.TYPE_MISMATCH, expr.span, f"{what} must be {wanted}, found {kind_of(expr)}")
    return None


def _instant(scope: Scope, expr: tree.Expr, what: str, report: Report) -> Fraction | None:
    term = Arithmetic(scope, CONSTANT, report).term(expr)
    if term is None:
        return None
    if term.weight != 1 or term.constant is None:
        message = f"{what} must be an instant, found {term.describe()}"
        report.add(
            codes.TYPE_MISMATCH,
            expr.span,
            message,
            help="such as `2027-04-14` or `2027-04-14T08:30Z`",
        )
        return None
    return in_range(term.constant * MICROSECONDS, d.InstantType(), what, expr.span, report)


def _quantity(
    scope: Scope, expr: tree.Expr, kind: d.IntType | d.RationalType, what: str, report: Report
) -> Fraction | None:
    dimension = scope.units.dimension(kind.dimension)
    if isinstance(expr, tree.Name | tree.Boolean | tree.SetLiteral):
        found = None
    else:
        value = Arithmetic(scope, CONSTANT, report).constant(expr, dimension, what)
        return None if value is None else in_range(value, kind, what, expr.span, report)
    message = f"{what} must be {type_name(kind)}, found {kind_of(expr)}"
    report.add(codes.TYPE_MISMATCH, expr.span, message)
    return found


def in_range(
    value: Fraction, kind: d.Type, what: str, span: Span, report: Report
) -> Fraction | None:
    """The number, if it is one of this type; reports if not."""
    problem = range_problem(value, kind)
    if problem is None:
        return value
    report.add(codes.OUT_OF_RANGE, span, f"{what} {problem}")
    return None


def range_problem(value: Fraction, kind: d.Type) -> str | None:
    """Why a number is no value of a type, or None."""
    if not fits(value):
        return "has more than 512 digits"
    match kind:
        case d.IntType(_, lower, upper):
            low, high = Fraction(lower), Fraction(upper)
        case d.InstantType():
            low, high = Fraction(d.INSTANT_MIN), Fraction(d.INSTANT_MAX)
        case d.RationalType(_, lowest, highest):
            if lowest is not None and value < lowest:
                return f"must be at least {lowest}, found {value} (in base units)"
            if highest is not None and value > highest:
                return f"must be at most {highest}, found {value} (in base units)"
            return None
        case _:
            return "is not a number"
    if value.denominator != 1:
        return f"must be a whole number, found {value}"
    if not low <= value <= high:
        return f"must lie in {low} .. {high}, found {value}"
    return None


def assignments(
    scope: Scope,
    items: tuple[tree.Assignment, ...],
    fields: dict[str, d.Field],
    what: str,
    report: Report,
) -> tuple[tuple[tuple[str, d.Value], ...], dict[str, Span]]:
    """Values by field, in order of name, each field at most once; and where each is stated."""
    found: dict[str, d.Value] = {}
    places: dict[str, Span] = {}
    for item in items:
        name = item.name.text
        field = fields.get(name)
        if field is None:
            report.unknown(codes.UNKNOWN_NAME, item.name.span, what, name, fields)
            continue
        if name in places:
            message = f"`{shown(name)}` is stated twice"
            report.twice(codes.DUPLICATE_STATEMENT, item.span, places[name], message)
            continue
        places[name] = item.span
        value = value_of(scope, item.value, field.type, f"`{shown(name)}`", report)
        if value is not None:
            found[name] = value
    return tuple(sorted(found.items())), places


def checked_name(name: tree.Name, what: str, report: Report) -> str:
    """The text of a name; reports one that is empty, too long or holds control characters."""
    # A name in quotation marks was looked at when it was read: one fault, one diagnostic.
    said = (found.span == name.span for found in report.diagnostics)
    if not reader.is_name(name.text) and not any(said):
        message = f"the name of {what} must have 1 to {reader.MAX_NAME} printable characters"
        report.add(codes.BAD_NAME, name.span, message)
    return name.text


def checked_version(version: tree.Version, report: Report) -> str:
    """The text of a version; reports one that is none."""
    if not reader.is_version(version.text):
        report.add(
            codes.BAD_NAME,
            version.span,
            f"`{shown(version.text)}` is not a version",
            help="1 to 8 decimal numbers without leading zeros, joined by dots: `2.1.0`",
        )
    return version.text
