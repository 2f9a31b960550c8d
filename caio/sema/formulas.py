"""Conditions of the tree to formulas (``docs/spec/documents-v1.md`` section 4).

Structure is kept as written: a conjunction stays a conjunction, nothing is folded or reordered, so that the canonical
form of a document shows its text and its text shows its canonical form.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from caio.base.spans import Span
from caio.ir import documents as d
from caio.ir import terms as t
from caio.ir.decode_terms import MAX_DEPTH
from caio.sema import codes
from caio.sema.pieces import (
    FLIPPED,
    check_size,
    comparison,
    conjunction,
    depth,
    disjunction,
    members_of,
    set_equation,
    shared_unit,
)
from caio.sema.report import Report, reach, shown
from caio.sema.scope import Place, Scope, Variable
from caio.sema.terms import Arithmetic, Term, kind_of, type_name
from caio.syntax import tree


class Conditions:
    """Lowers conditions in one place of one document."""

    def __init__(self, scope: Scope, place: Place, report: Report) -> None:
        self.scope = scope
        self.place = place
        self.report = report
        self.arithmetic = Arithmetic(scope, place, report)

    def formula(self, expr: tree.Expr) -> t.Formula | None:
        """The formula that a whole clause denotes; reports what is wrong with it."""
        try:
            formula = self._lower(expr)
            deep = formula is not None and depth(formula) > MAX_DEPTH
        except RecursionError:
            formula, deep = None, True
        if deep:
            message = f"a condition nested more than {MAX_DEPTH} levels deep"
            self.report.add(codes.TOO_LARGE, expr.span, message)
            return None
        return formula

    def _lower(self, expr: tree.Expr) -> t.Formula | None:
        match expr:
            case tree.Boolean(value, _):
                return t.TRUE if value else t.FALSE
            case tree.Name(text, span):
                return self._is(text, span)
            case tree.Not(operand, _):
                return _not(self._lower(operand))
            case tree.And(operands, _):
                return _all(conjunction, map(self._lower, operands))
            case tree.Or(operands, _):
                return _all(disjunction, map(self._lower, operands))
            case tree.Implies(premise, conclusion, _):
                left, right = self._lower(premise), self._lower(conclusion)
                return None if left is None or right is None else t.Or((t.Not(left), right))
            case tree.Compare():
                return self._compare(expr)
            case tree.InRange(operand, low, high, negated, span):
                found = self._range(operand, low, high, span)
                return _not(found) if negated else found
            case tree.InSet():
                found = self._in_set(expr)
                return _not(found) if expr.negated else found
            case tree.Has(operand, member, _):
                return self._has(operand, [member])
            case tree.HasSome(operand, mode, members, _):
                return self._has_some(operand, mode, members)
            case tree.Within(operand, members, _):
                return self._within(operand, members)
        self.report.add(
            codes.TYPE_MISMATCH, expr.span, f"expected a condition, found {kind_of(expr)}"
        )
        return None

    def _is(self, text: str, span: Span) -> t.Formula | None:
        found = self.scope.variable(text, span, self.place, self.report)
        if found is None:
            return None
        if not isinstance(found.field.type, d.BoolType):
            self.report.add(
                codes.TYPE_MISMATCH,
                span,
                f"`{shown(text)}` is {type_name(found.field.type)}, not a condition",
            )
            return None
        return t.Is(found.name)

    # --- comparisons ---------------------------------------------------------------------------

    def _symbolic(self, expr: tree.Expr) -> Variable | None:
        """The variable of sort bool, enum or set that an expression names, if it names one."""
        if not isinstance(expr, tree.Name):
            return None
        found = self.scope.find(expr.text, self.place)
        if found is None or not isinstance(found.field.type, d.BoolType | d.EnumType | d.SetType):
            return None
        return found

    def _compare(self, expr: tree.Compare) -> t.Formula | None:
        for side, other, op in (
            (expr.left, expr.right, expr.op),
            (expr.right, expr.left, FLIPPED[expr.op]),
        ):
            if isinstance(side, tree.Name) and self._symbolic(side) is not None:
                return self._equal(side, op, other, expr.span)
        sides = self.arithmetic.sides(expr.left, expr.right)
        if sides is None:
            return None
        left, right = sides
        if not self.arithmetic.agree(left, right, expr.span, "compare"):
            return None
        found = self._checked(comparison(expr.op, left, right), expr.span)
        return _not(found) if expr.op == "!=" else found

    def _equal(self, side: tree.Name, op: str, other: tree.Expr, span: Span) -> t.Formula | None:
        """A Boolean, an enumeration or a set against a constant."""
        found = self.scope.variable(side.text, side.span, self.place, self.report)
        if found is None:
            return None
        kind = found.field.type
        if op not in ("==", "!="):
            self.report.add(
                codes.TYPE_MISMATCH,
                span,
                f"{type_name(kind)} has no order, so `{op}` means nothing",
            )
            return None
        formula: t.Formula | None
        match kind:
            case d.BoolType():
                formula = self._equal_bool(found, other)
            case d.SetType(enum):
                formula = self._equal_set(found, enum, other)
            case d.EnumType(enum):
                names = self.members([other], enum)
                formula = t.In(found.name, names) if names else None
            case _:
                formula = None
        return _not(formula) if op == "!=" else formula

    def _equal_bool(self, variable: Variable, other: tree.Expr) -> t.Formula | None:
        if not isinstance(other, tree.Boolean):
            self.report.add(
                codes.TYPE_MISMATCH,
                other.span,
                f"expected `true` or `false`, found {kind_of(other)}",
            )
            return None
        return t.Is(variable.name) if other.value else t.Not(t.Is(variable.name))

    def _equal_set(self, variable: Variable, enum: str, other: tree.Expr) -> t.Formula | None:
        if not isinstance(other, tree.SetLiteral):
            self.report.add(
                codes.TYPE_MISMATCH,
                other.span,
                f"expected a set such as `{{ … }}`, found {kind_of(other)}",
                help="`has` asks for one member",
            )
            return None
        names = self.members(other.items, enum)
        return None if names is None else set_equation(self.scope, variable.name, enum, names)

    def _range(
        self, operand: tree.Expr, low: tree.Expr, high: tree.Expr, span: Span
    ) -> t.Formula | None:
        term = self.arithmetic.term(operand)
        bounds = self.ends(low, high)
        if term is None or bounds is None:
            return None
        for bound in bounds:
            if not self.arithmetic.agree(term, bound, span, "compare"):
                return None
        if not self.ordered(*bounds, reach(low.span, high.span)):
            return None
        lower = self._checked(comparison(">=", term, bounds[0]), span)
        upper = self._checked(comparison("<=", term, bounds[1]), span)
        return None if lower is None or upper is None else t.And((lower, upper))

    def ends(self, low: tree.Expr, high: tree.Expr) -> tuple[Term, Term] | None:
        """The two ends of a range; a plain number takes the unit that is written at the other end."""
        ends = self.arithmetic.term(low), self.arithmetic.term(high)
        if ends[0] is None or ends[1] is None:
            return None
        return shared_unit(self.scope, (low, ends[0]), (high, ends[1]))

    def ordered(self, low: Term, high: Term, span: Span) -> bool:
        """Whether a range of constants holds anything; reports one that does not."""
        if low.constant is not None and high.constant is not None and low.constant > high.constant:
            self.report.add(codes.EMPTY_RANGE, span, "the lower end lies above the upper one")
            return False
        return True

    def _checked(self, formula: t.Compare, span: Span) -> t.Formula | None:
        if check_size(formula.term, span, self.report):
            return formula
        return None

    # --- membership ----------------------------------------------------------------------------

    def _in_set(self, expr: tree.InSet) -> t.Formula | None:
        if not isinstance(expr.members, tree.SetLiteral):
            if isinstance(expr.operand, tree.Name):
                return self._has(expr.members, [expr.operand])
            self.report.add(
                codes.TYPE_MISMATCH,
                expr.operand.span,
                f"expected the name of a member, found {kind_of(expr.operand)}",
            )
            return None
        items = expr.members.items
        if not items:
            self.report.add(codes.EMPTY_LIST, expr.members.span, "nothing is in an empty list")
            return None
        found = self._symbolic(expr.operand)
        if found is None:
            return self._one_of(expr.operand, items, expr.span)
        if self.scope.variable(str(found.name), expr.operand.span, self.place, self.report) is None:
            return None
        match found.field.type:
            case d.EnumType(enum):
                names = self.members(items, enum)
                return t.In(found.name, names) if names else None
            case d.BoolType():
                parts = [self._equal_bool(found, item) for item in items]
                return _all(disjunction, parts)
        self.report.add(
            codes.TYPE_MISMATCH,
            expr.span,
            f"{type_name(found.field.type)} is not a member of a set",
            help="`within { … }` and `has any of { … }` compare sets",
        )
        return None

    def _one_of(
        self, operand: tree.Expr, items: Iterable[tree.Expr], span: Span
    ) -> t.Formula | None:
        term = self.arithmetic.term(operand)
        values = [self.arithmetic.term(item) for item in items]
        if term is None or None in values:
            return None
        parts: list[t.Formula | None] = []
        for value in values:
            if value is None or not self.arithmetic.agree(term, value, span, "compare"):
                return None
            parts.append(self._checked(comparison("==", term, value), span))
        return _all(disjunction, parts)

    def _set(self, operand: tree.Expr) -> tuple[str, str] | None:
        """The set variable that an expression names, and its enumeration."""
        if not isinstance(operand, tree.Name):
            self.report.add(
                codes.TYPE_MISMATCH, operand.span, f"expected a set field, found {kind_of(operand)}"
            )
            return None
        found = self.scope.variable(operand.text, operand.span, self.place, self.report)
        if found is None:
            return None
        if not isinstance(found.field.type, d.SetType):
            self.report.add(
                codes.TYPE_MISMATCH,
                operand.span,
                f"`{shown(operand.text)}` is {type_name(found.field.type)}, not a set",
            )
            return None
        return found.name, found.field.type.enum

    def _has(self, operand: tree.Expr, items: Sequence[tree.Expr]) -> t.Formula | None:
        found = self._set(operand)
        if found is None:
            return None
        names = self.members(items, found[1])
        return conjunction([t.Has(found[0], name) for name in names]) if names else None

    def _has_some(
        self, operand: tree.Expr, mode: str, members: tree.SetLiteral
    ) -> t.Formula | None:
        found = self._set(operand)
        if found is None:
            return None
        if not members.items:
            self.report.add(codes.EMPTY_LIST, members.span, f"`{mode} of` an empty list")
            return None
        names = self.members(members.items, found[1])
        if names is None:
            return None
        join = disjunction if mode == "any" else conjunction
        return join([t.Has(found[0], name) for name in names])

    def _within(self, operand: tree.Expr, members: tree.SetLiteral) -> t.Formula | None:
        found = self._set(operand)
        if found is None:
            return None
        names = self.members(members.items, found[1])
        if names is None:
            return None
        others = [name for name in self.scope.members[found[1]] if name not in names]
        return conjunction([t.Not(t.Has(found[0], name)) for name in others])

    def members(self, items: Iterable[tree.Expr], enum: str) -> tuple[str, ...] | None:
        """Members of an enumeration in declaration order; reports strangers and repetitions."""
        return members_of(self.scope, items, enum, self.report)


def _not(formula: t.Formula | None) -> t.Formula | None:
    return None if formula is None else t.Not(formula)


def _all(
    join: Callable[[Sequence[t.Formula]], t.Formula], formulas: Iterable[t.Formula | None]
) -> t.Formula | None:
    """The junction of all, once each has been looked at."""
    found = list(formulas)
    parts = [formula for formula in found if formula is not None]
    return join(parts) if len(parts) == len(found) else None
