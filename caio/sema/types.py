"""Types: enumerations as they are declared, and the types of fields and metrics with their ranges."""

from __future__ import annotations

from fractions import Fraction
from typing import Final

from caio.base.errors import InputError
from caio.base.spans import Span
from caio.base.units import Dimension, is_currency
from caio.ir import documents as d
from caio.sema import codes
from caio.sema.pieces import shared_unit
from caio.sema.report import Report, reach, shown
from caio.sema.scope import CONSTANT, Scope
from caio.sema.terms import Arithmetic
from caio.sema.values import checked_name
from caio.syntax import tree

MAX_MEMBERS: Final = 10_000
"""The most members an enumeration may have."""
CHOICES: Final = (d.CHOICE_ROUTE, d.CHOICE_CONTROL)
"""The enumerations that every vocabulary has: what can be chosen."""
_BUILT_IN_TYPES: Final = ("bool", "int", "ratio", "time", "instant")


def is_new(name: tree.Name, first: dict[str, Span], what: str, report: Report) -> bool:
    """Whether a name was not declared before; reports a second declaration, records a first."""
    if name.text in first:
        message = f"the {what} `{shown(name.text)}` is declared twice"
        report.twice(codes.DUPLICATE_NAME, name.span, first[name.text], message)
        return False
    first[name.text] = name.span
    return True


class Types:
    """The enumerations and units of one vocabulary while it is read, and the types they give."""

    def __init__(self, units: tuple[str, ...], report: Report) -> None:
        self.report = report
        self.units = units
        self.enums: dict[str, d.Enumeration] = {}
        self.places: dict[str, Span] = {}
        self.scope = Scope(d.Vocabulary("", units=units), "")

    def _rescope(self) -> None:
        enums = tuple(self.enums.values())
        self.scope = Scope(d.Vocabulary("", enums=enums, units=self.units), "")

    def declare(self, node: tree.Enum) -> None:
        """Add a declared enumeration."""
        name = checked_name(node.name, "an enumeration", self.report)
        if name in _BUILT_IN_TYPES + CHOICES or name in self.units or is_currency(name):
            message = f"`{shown(name)}` is the name of another type"
            self.report.add(codes.BAD_NAME, node.name.span, message)
        if name in self.enums:
            first = {name: self.places[f"enums[{list(self.enums).index(name)}]"]}
            is_new(node.name, first, "enumeration", self.report)
            return
        self.places[f"enums[{len(self.enums)}]"] = node.name.span
        self.enums[name] = d.Enumeration(name, self._members(node.members, node.span))
        self._rescope()

    def _members(self, nodes: tuple[tree.Member, ...], span: Span) -> tuple[d.Member, ...]:
        first: dict[str, Span] = {}
        members = []
        for node in nodes:
            name = checked_name(node.name, "a member", self.report)
            if is_new(node.name, first, "member", self.report):
                members.append(d.Member(name, node.sensitive))
        if not members:
            self.report.add(codes.EMPTY_LIST, span, "an enumeration needs at least one member")
        if len(members) > MAX_MEMBERS:
            message = f"an enumeration of {len(members)} members, more than {MAX_MEMBERS}"
            self.report.add(codes.TOO_LARGE, span, message)
        return tuple(members)

    def type_of(self, node: tree.Type, path: str) -> d.Type | None:
        """The type of a field; an enumeration declared in place is called ``path``."""
        match node:
            case tree.InlineEnum(members, span):
                return d.EnumType(self._inline(members, span, path))
            case tree.SetOf(element, _):
                if isinstance(element, tree.InlineEnum):
                    return d.SetType(self._inline(element.members, element.span, path))
                kind = self.named(element)
                if isinstance(kind, d.EnumType):
                    return d.SetType(kind.enum)
                if kind is not None:
                    message = "a set holds members of an enumeration"
                    self.report.add(codes.TYPE_MISMATCH, element.span, message)
                return None
            case tree.NamedType():
                return self.named(node)

    def _inline(self, members: tuple[tree.Member, ...], span: Span, path: str) -> str:
        """An enumeration declared in place is named after its field."""
        self.enums.setdefault(path, d.Enumeration(path, self._members(members, span)))
        self._rescope()
        return path

    def named(self, node: tree.NamedType) -> d.Type | None:
        """The type that a name, perhaps with a range, denotes."""
        name = node.name.text
        simple: d.Type | None = None
        if name in ("bool", "instant"):
            simple = d.BoolType() if name == "bool" else d.InstantType()
        elif name in self.enums:
            simple = d.EnumType(name)
        if simple is not None:
            if node.low is not None:
                self.report.add(codes.TYPE_MISMATCH, node.span, f"`{shown(name)}` has no range")
                return None
            return simple
        if name == "int":
            return self._int(node)
        dimension = self._dimension(node.name)
        if dimension is None:
            return None
        if node.low is None or node.high is None:
            return d.RationalType(dimension, None, None)
        ends = self.ends(node.low, node.high, self.scope.units.dimension(dimension))
        return None if ends is None else d.RationalType(*ends)

    def _dimension(self, name: tree.Name) -> str | None:
        try:
            return self.scope.units.dimension(name.text).name
        except InputError:
            known = [*_BUILT_IN_TYPES, *self.enums, *self.scope.vocabulary.units]
            self.report.unknown(codes.UNKNOWN_TYPE, name.span, "type", name.text, known)
            return None

    def _int(self, node: tree.NamedType) -> d.Type | None:
        if node.low is None or node.high is None:
            self.report.add(
                codes.MISSING_PART, node.span, "an `int` needs a range", help="`int in 0 .. 100`"
            )
            return None
        ends = self.ends(node.low, node.high, None)
        if ends is None:
            return None
        dimension, low, high = ends
        if low.denominator != 1 or high.denominator != 1:
            message = "the range of an `int` must begin and end with whole numbers"
            self.report.add(codes.OUT_OF_RANGE, node.span, message)
            return None
        return d.IntType(dimension, int(low), int(high))

    def ends(
        self, low: tree.Expr, high: tree.Expr, dimension: Dimension | None
    ) -> tuple[str, Fraction, Fraction] | None:
        """A range: its dimension and ends in base units; ``dimension`` is None where the ends decide."""
        arithmetic = Arithmetic(self.scope, CONSTANT, self.report)
        terms = arithmetic.term(low), arithmetic.term(high)
        if terms[0] is None or terms[1] is None:
            return None
        first, last = shared_unit(self.scope, (low, terms[0]), (high, terms[1]))
        span = reach(low.span, high.span)
        if not arithmetic.agree(first, last, span, "make a range of"):
            return None
        wanted = first.dimension if dimension is None else dimension
        if first.dimension != wanted or first.weight or wanted.name is None:
            message = f"a range of `{wanted}` cannot be given by {first.describe()}"
            self.report.add(codes.UNIT_MISMATCH, span, message)
            return None
        if first.constant is None or last.constant is None:
            return None
        if first.constant > last.constant:
            message = "the lower end lies above the upper one"
            self.report.add(codes.EMPTY_RANGE, span, message)
            return None
        return wanted.name, first.constant, last.constant
