"""Requirement atoms: what ``ensure`` and the actions of rules and invariants are made of.

Constraints say more and are lowered by ``caio.sema.constraints``, which builds on this.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from caio.base.spans import Span
from caio.ir import documents as d
from caio.ir import terms as t
from caio.sema import codes
from caio.sema.bounds import Bounds, Ordered, Target
from caio.sema.pieces import members_of
from caio.sema.report import Report, shown
from caio.sema.scope import LIMIT, Scope
from caio.sema.terms import kind_of, type_name
from caio.syntax import tree


class Atoms:
    """Lowers requirement atoms."""

    def __init__(self, scope: Scope, report: Report) -> None:
        self.scope = scope
        self.report = report
        self.bounds = Bounds(scope, LIMIT, "a requirement", report)

    def all(self, nodes: Iterable[tree.Atom]) -> list[tuple[t.Atom, Span]]:
        """The atoms of a list, each with the place it comes from."""
        found: list[tuple[t.Atom, Span]] = []
        for node in nodes:
            if isinstance(node, tree.Provides):
                atom = self._capability(node)
                found += [] if atom is None else [(atom, node.span)]
            elif isinstance(node, tree.Meets):
                atom = self._meets(node)
                found += [] if atom is None else [(atom, node.span)]
            else:
                found += [(atom, node.span) for atom in self._claim(node.expression, node.level)]
        return found

    def _capability(self, node: tree.Provides) -> t.Atom | None:
        name = node.capability
        if name.text not in self.scope.capabilities:
            self.report.unknown(
                codes.UNKNOWN_NAME, name.span, "capability", name.text, self.scope.capabilities
            )
            return None
        return t.OnCapability(name.text, not node.negated)

    def _meets(self, node: tree.Meets) -> t.Atom | None:
        self.report.add(
            codes.WRONG_ORIGIN,
            node.span,
            f"`meets {shown(node.invariant.text)}` is about what is measured and may not occur in a requirement",
            help="`constraint … of safety { always meets … }` asks it",
        )
        return None

    def _claim(self, expr: tree.Expr, level: tree.Number | None) -> list[t.Atom]:
        if isinstance(expr, tree.And):
            # A level belongs to the bound it stands behind.
            last = len(expr.operands) - 1
            return [
                atom
                for index, part in enumerate(expr.operands)
                for atom in self._claim(part, level if index == last else None)
            ]
        atoms = self._symbolic(expr)
        if atoms is None:
            bounds = self.bounds.ordered(expr) or []
            found = [self._atom(bound, level) for bound in bounds]
            return [atom for atom in found if atom is not None]
        if level is not None:
            message = "only a bound on a metric has a quantile"
            self.report.add(codes.BAD_LEVEL, level.span, message)
        return atoms

    def _atom(self, bound: Ordered, level: tree.Number | None) -> t.Atom | None:
        target, relation, _, _ = bound
        if level is not None and target.kind != "metric":
            message = "only a bound on a metric has a quantile"
            self.report.add(codes.BAD_LEVEL, level.span, message)
            return None
        match target.kind:
            case "metric":
                limit = self.bounds.metric_bound(bound)
                at = self.bounds.level(target, level)
                return None if limit is None else t.OnMetric(target.name, relation, limit, at)
            case "cost":
                limit = self.bounds.cost_bound(bound)
                return None if limit is None else t.OnCost(relation, limit)
            case "time":
                value = self.bounds.constant_bound(bound, d.InstantType())
                return None if value is None else t.OnTime(relation, value)
            case "attribute":
                kind = self.scope.attributes[target.name].type
                value = self.bounds.constant_bound(bound, kind)
                return None if value is None else t.OnQuantity(target.name, relation, value)

    # --- enumerations and Booleans -------------------------------------------------------------

    def _attribute(self, expr: tree.Expr) -> Target | None:
        """The enumeration or Boolean attribute that an expression names."""
        found = self.bounds.target(expr)
        if found is None or found.kind != "attribute":
            return None
        kind = self.scope.attributes[found.name].type
        return found if isinstance(kind, d.BoolType | d.EnumType) else None

    def _symbolic(self, expr: tree.Expr) -> list[t.Atom] | None:
        """The atom about an enumeration or Boolean attribute; None if it is about something else."""
        match expr:
            case tree.Name():
                return self._flag(expr, value=True)
            case tree.Not(tree.Name() as name, _):
                return self._flag(name, value=False)
            case tree.Compare(op, left, right, span):
                found = self._attribute(left)
                other = right
                if found is None:
                    found, other = self._attribute(right), left
                if found is None:
                    return None
                if op not in ("==", "!="):
                    kind = type_name(self.scope.attributes[found.name].type)
                    message = f"{kind} has no order, so `{op}` means nothing"
                    self.report.add(codes.TYPE_MISMATCH, span, message)
                    return []
                items = other.items if isinstance(other, tree.SetLiteral) else (other,)
                return self._among(found, items, span, negated=op == "!=")
            case tree.InSet(operand, tree.SetLiteral(items, _), negated, span):
                found = self._attribute(operand)
                if found is None:
                    return self._not_symbolic(operand, span)
                return self._among(found, items, span, negated=negated)
        return None

    def _not_symbolic(self, operand: tree.Expr, span: Span) -> list[t.Atom]:
        if self.bounds.target(operand) is None:
            self.bounds.no_target(operand, span)
        else:
            self.bounds.disjunctive(span)
        return []

    def _flag(self, name: tree.Name, *, value: bool) -> list[t.Atom]:
        found = self.bounds.target(name)
        if found is None:
            self.bounds.no_target(name, name.span)
            return []
        if found.kind != "attribute" or not isinstance(
            self.scope.attributes[found.name].type, d.BoolType
        ):
            message = f"`{shown(name.text)}` alone requires nothing of it"
            self.report.add(
                codes.NOT_A_BOUND, name.span, message, help="compare it: `<=`, `>=`, `==`, `in`"
            )
            return []
        return [t.OnAttribute(found.name, (value,))]

    def _among(
        self, target: Target, items: Sequence[tree.Expr], span: Span, *, negated: bool
    ) -> list[t.Atom]:
        if not items:
            self.report.add(codes.EMPTY_LIST, span, "nothing is in an empty list")
            return []
        kind = self.scope.attributes[target.name].type
        values: tuple[str | bool, ...] | None
        if isinstance(kind, d.EnumType):
            values = members_of(self.scope, items, kind.enum, self.report)
        else:
            values = self._booleans(items)
        return [] if values is None else [t.OnAttribute(target.name, values, negated)]

    def _booleans(self, items: Sequence[tree.Expr]) -> tuple[bool, ...] | None:
        seen: set[bool] = set()
        for item in items:
            if not isinstance(item, tree.Boolean):
                message = f"expected `true` or `false`, found {kind_of(item)}"
                self.report.add(codes.TYPE_MISMATCH, item.span, message)
                return None
            seen.add(item.value)
        return tuple(sorted(seen))
