"""Constraints of Eq. 1.1: G_safety, G_policy and G_traits, each g ≤ 0 (``docs/spec/documents-v1.md`` section 4).

What a constraint demands is a comparison of two affine expressions, left minus right ≤ 0; or it is about an enumerated
or Boolean attribute or a capability, as in rules; or it asks for a named invariant of fields. A bound on a metric is an
expression here: it speaks of the metric at its declared level, beside whatever else is known.
"""

from __future__ import annotations

from caio.base.spans import Span
from caio.ir import documents as d
from caio.ir import terms as t
from caio.sema import codes
from caio.sema.atoms import Atoms
from caio.sema.bounds import Bounds
from caio.sema.formulas import Conditions
from caio.sema.invariants import INVARIANTS
from caio.sema.pieces import check_size, comparison
from caio.sema.report import Report, reach, shown
from caio.sema.scope import CHOICE, EXPRESSION, Scope
from caio.sema.terms import Arithmetic, Term, kind_of, type_name
from caio.sema.values import Lowered, checked_name
from caio.syntax import tree

_RELATIONS = {t.Comparison.LE: t.Relation.LE, t.Comparison.LT: t.Relation.LT}


class Demands(Atoms):
    """Lowers what constraints demand."""

    def __init__(self, scope: Scope, report: Report) -> None:
        super().__init__(scope, report)
        self.bounds = Bounds(scope, EXPRESSION, "a constraint", report)
        self.arithmetic = Arithmetic(scope, EXPRESSION, report)
        # Ends of ranges share their unit as they do in conditions.
        self.ranges = Conditions(scope, EXPRESSION, report)

    def _meets(self, node: tree.Meets) -> t.Atom | None:
        name = node.invariant.text
        invariant = INVARIANTS.get(name)
        if invariant is None:
            self.report.unknown(
                codes.UNKNOWN_WORD, node.invariant.span, "invariant of fields", name, INVARIANTS
            )
            return None
        field = self.scope.vocabulary.with_role("measured", name)
        if field is None:
            self.report.add(
                codes.NO_ROLE,
                node.invariant.span,
                f"no measured field of `{shown(self.scope.vocabulary.name)}` has the role `{name}`",
                help=f"such as `measured {{ signal: ratio role {name} }}` in the vocabulary",
            )
            return None
        return invariant.over(field.name)

    def _claim(self, expr: tree.Expr, level: tree.Number | None) -> list[t.Atom]:
        if level is not None:
            self.report.add(
                codes.BAD_LEVEL,
                level.span,
                "a constraint speaks of a metric at its declared level",
                help="rules and requests may ask for another: `ensure latency <= 1 s at quantile 0.9`",
            )
            return []
        match expr:
            case tree.And(operands, _):
                return [atom for part in operands for atom in self._claim(part, None)]
            case tree.Name() | tree.Not(tree.Name()):
                name = expr if isinstance(expr, tree.Name) else expr.operand
                return (self._symbolic(expr) or []) if self._attribute(name) else self._alone(name)
            case tree.Compare(_, left, right, _):
                if self._attribute(left) or self._attribute(right):
                    return self._symbolic(expr) or []
                return self._comparison(expr)
            case tree.InSet(operand, _, _, span):
                if self._attribute(operand):
                    return self._symbolic(expr) or []
                if not self._asked(operand):
                    self.bounds.disjunctive(span)
                return []
            case tree.InRange():
                return self._range(expr)
        self.report.add(
            codes.NOT_A_BOUND,
            expr.span,
            f"a constraint must be a comparison, found {kind_of(expr)}",
            help="everything behind `then` holds together; alternatives are asked in `when`",
        )
        return []

    # --- what is no expression -----------------------------------------------------------------

    def _asked(self, side: tree.Expr) -> bool:
        """Report a variable that is no quantity: it belongs in the condition; whether it is one."""
        if not isinstance(side, tree.Name):
            return False
        found = self.scope.find(side.text, EXPRESSION)
        kind = None if found is None else found.field.type
        if not isinstance(kind, d.BoolType | d.EnumType | d.SetType):
            return False
        if self.scope.variable(side.text, side.span, EXPRESSION, self.report) is not None:
            self.report.add(
                codes.NOT_A_BOUND,
                side.span,
                f"`{shown(side.text)}` is {type_name(kind)}, and no attribute of the service",
                help="what does not depend on the service is asked in the condition: `when … then …`",
            )
        return True

    def _alone(self, name: tree.Expr) -> list[t.Atom]:
        """Report a name that stands alone and is no Boolean attribute."""
        if isinstance(name, tree.Name) and not self._asked(name):
            found = self.scope.variable(name.text, name.span, EXPRESSION, self.report)
            if found is not None:
                message = f"`{shown(name.text)}` alone demands nothing"
                hint = "compare it: `<=`, `>=`, `==`, `in`"
                self.report.add(codes.NOT_A_BOUND, name.span, message, help=hint)
        return []

    # --- expressions ---------------------------------------------------------------------------

    def _comparison(self, expr: tree.Compare) -> list[t.Atom]:
        if self._asked(expr.left) or self._asked(expr.right):
            return []
        if expr.op == "!=":
            self.bounds.disjunctive(expr.span)
            return []
        found = self.arithmetic.sides(expr.left, expr.right)
        if found is None:
            return []
        left, right = found
        if not self.arithmetic.agree(left, right, expr.span, "compare"):
            return []
        if expr.op == "==":
            sides = [("<=", left, right), ("<=", right, left)]
        else:
            sides = [(expr.op, left, right)]
        return [atom for op, a, b in sides for atom in self._expression(op, a, b, expr.span)]

    def _range(self, expr: tree.InRange) -> list[t.Atom]:
        if self._asked(expr.operand):
            return []
        if expr.negated:
            self.bounds.disjunctive(expr.span)
            return []
        term = self.arithmetic.term(expr.operand)
        ends = self.ranges.ends(expr.low, expr.high)
        if term is None or ends is None:
            return []
        if not all(self.arithmetic.agree(term, end, expr.span, "compare") for end in ends):
            return []
        if not self.ranges.ordered(*ends, reach(expr.low.span, expr.high.span)):
            return []
        least = self._expression(">=", term, ends[0], expr.span)
        return least + self._expression("<=", term, ends[1], expr.span)

    def _expression(self, op: str, left: Term, right: Term, span: Span) -> list[t.Atom]:
        found = comparison(op, left, right)
        if not check_size(found.term, span, self.report):
            return []
        return [t.OnExpression(_RELATIONS[found.comparison], found.term)]


class Constraints:
    """Lowers the constraints of one vocabulary."""

    def __init__(self, scope: Scope, report: Report) -> None:
        self.scope = scope
        self.report = report
        self.conditions = Conditions(scope, CHOICE, report)
        self.demands = Demands(scope, report)

    def constraint(self, node: tree.Constraint) -> Lowered:
        """The constraint document of a declaration."""
        places = {"": node.name.span}
        subject = node.subject.text
        if subject not in d.SUBJECTS:
            self.report.unknown(
                codes.UNKNOWN_WORD, node.subject.span, "subject of constraints", subject, d.SUBJECTS
            )
        when: t.Formula | None = t.TRUE
        if node.when is not None:
            when = self.conditions.formula(node.when)
            places["when"] = node.when.span
        if not node.then:
            self.report.add(codes.EMPTY_LIST, node.name.span, "a constraint that demands nothing")
        found = self.demands.all(node.then)
        places |= {f"then[{index}]": span for index, (_, span) in enumerate(found)}
        return Lowered(
            d.Constraint(
                vocabulary=self.scope.digest,
                name=checked_name(node.name, "a constraint", self.report),
                of=subject,
                when=t.TRUE if when is None else when,
                then=tuple(atom for atom, _ in found),
            ),
            places,
        )
