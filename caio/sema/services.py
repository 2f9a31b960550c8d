"""Services and overlays: what is promised, under which assumptions, at which price, to whom."""

from __future__ import annotations

from fractions import Fraction

from caio.base.spans import Span
from caio.ir import documents as d
from caio.ir import terms as t
from caio.sema import codes
from caio.sema.bounds import Bounds, amount
from caio.sema.formulas import Conditions
from caio.sema.pieces import conjunction, members_of
from caio.sema.report import Report, shown
from caio.sema.scope import ASSUMPTION, BOUND, CONSTANT, GUARD, Scope
from caio.sema.terms import Arithmetic
from caio.sema.values import Lowered, assignments, checked_name, checked_version, in_range
from caio.syntax import tree

ROUTES = ("internal", "external", "hybrid")
"""The kinds of routes."""


class Services:
    """Lowers services and overlays of one vocabulary."""

    def __init__(self, scope: Scope, report: Report) -> None:
        self.scope = scope
        self.report = report
        self.guards = Conditions(scope, GUARD, report)
        self.assumptions = Conditions(scope, ASSUMPTION, report)
        self.bounds = Bounds(scope, BOUND, "a guarantee", report)

    def service(self, node: tree.Service) -> Lowered:
        """The service document of a declaration."""
        places = {"": node.name.span}
        attributes, stated = self._attributes(node.attributes)
        places |= stated
        return Lowered(
            d.Service(
                vocabulary=self.scope.digest,
                name=checked_name(node.name, "a service", self.report),
                version=checked_version(node.version, self.report),
                route=self._route(node.route),
                attributes=attributes,
                capabilities=self._capabilities(node.capabilities, places),
                assumes=self._assumes(node.assumes, places),
                guarantees=self._guarantees(node.guarantees, places),
                cost=self._cost(node.cost, places),
                permits=self._permits(node.permits, places),
                api=self._api(node.api, places),
            ),
            places,
        )

    def overlay(self, node: tree.Overlay) -> Lowered:
        """The overlay document of a declaration."""
        places = {"": node.service.span}
        attributes, stated = self._attributes(node.attributes)
        places |= stated
        return Lowered(
            d.Overlay(
                vocabulary=self.scope.digest,
                service=checked_name(node.service, "a service", self.report),
                version=checked_version(node.version, self.report),
                origin=checked_name(node.origin, "an origin", self.report),
                attributes=attributes,
                guarantees=self._guarantees(node.guarantees, places),
            ),
            places,
        )

    def _attributes(
        self, nodes: tuple[tree.Assignment, ...]
    ) -> tuple[tuple[tuple[str, d.Value], ...], dict[str, Span]]:
        values, places = assignments(
            self.scope, nodes, self.scope.attributes, "attribute", self.report
        )
        return values, {f"attributes.{name}": span for name, span in places.items()}

    def _route(self, name: tree.Name | None) -> str:
        if name is None:
            return "external"
        if name.text not in ROUTES:
            self.report.unknown(codes.UNKNOWN_WORD, name.span, "kind of route", name.text, ROUTES)
        return name.text

    def _capabilities(
        self, names: tuple[tree.Name, ...], places: dict[str, Span]
    ) -> tuple[str, ...]:
        first = capabilities_of(self.scope, names, self.report)
        found = sorted(first, key=self.scope.capabilities.__getitem__)
        places |= {f"capabilities[{index}]": first[name] for index, name in enumerate(found)}
        return tuple(found)

    def _assumes(
        self, nodes: tuple[tree.Expr, ...], places: dict[str, Span]
    ) -> tuple[t.Formula, ...]:
        formulas: list[t.Formula] = []
        for node in nodes:
            formula = self.assumptions.formula(node)
            if formula is not None:
                places[f"assumes[{len(formulas)}]"] = node.span
                formulas.append(formula)
        return tuple(formulas)

    def _guarantees(
        self, nodes: tuple[tree.Guarantee, ...], places: dict[str, Span]
    ) -> tuple[d.Guarantee, ...]:
        found: list[d.Guarantee] = []
        for node in nodes:
            for guarantee in self._guarantee(node):
                places[f"guarantees[{len(found)}]"] = node.span
                found.append(guarantee)
        return tuple(found)

    def _guarantee(self, node: tree.Guarantee) -> list[d.Guarantee]:
        when = t.TRUE if node.when is None else self.guards.formula(node.when)
        found = []
        for bound in self.bounds.ordered(node.claim) or []:
            target, relation, _, _ = bound
            if target.kind != "metric":
                self._no_metric(target.kind, target.name, target.span)
                return []
            limit = self.bounds.metric_bound(bound)
            level = self.bounds.level(target, node.level)
            if limit is not None and when is not None:
                found.append(d.Guarantee(target.name, relation, limit, when, level))
        return found

    def _no_metric(self, kind: str, name: str, span: Span) -> None:
        advice = {
            "cost": "what a call costs is stated with `cost`",
            "attribute": "what is always so is stated with `is`",
            "time": "when it holds is said by `assumes`, or behind `when`",
        }
        message = f"`{shown(name)}` is no metric, and a guarantee bounds one"
        self.report.add(codes.NOT_A_BOUND, span, message, help=advice[kind])

    # --- cost ----------------------------------------------------------------------------------

    def _cost(self, node: tree.Cost | None, places: dict[str, Span]) -> tuple[d.CostCase, ...]:
        if node is None:
            return ()
        if not node.cases:
            self.report.add(codes.EMPTY_LIST, node.span, "a price without a case")
        guards = [
            None if case.when is None else self.guards.formula(case.when) for case in node.cases
        ]
        others = [guard for guard in guards if guard is not None]
        otherwise: tree.CostCase | None = None
        found: list[d.CostCase] = []
        for case, guard in zip(node.cases, guards, strict=True):
            when = guard
            if case.when is None:
                if otherwise is not None:
                    message = "a second `otherwise`"
                    self.report.twice(codes.BAD_COST_CASE, case.span, otherwise.span, message)
                otherwise = case
                when = conjunction([t.Not(other) for other in others])
            cost = self._amount(case.amount)
            if when is not None and cost is not None:
                places[f"cost[{len(found)}]"] = case.span
                found.append(d.CostCase(when, cost))
        return tuple(found)

    def _amount(self, expr: tree.Expr) -> t.Affine | None:
        arithmetic = Arithmetic(self.scope, BOUND, self.report)
        return amount(self.scope, expr, arithmetic.term(expr), arithmetic, self.report)

    # --- who may call --------------------------------------------------------------------------

    def _permits(self, node: tree.Permits | None, places: dict[str, Span]) -> d.Permits:
        if node is None:
            return d.Permits()
        places["permits"] = node.span
        if node.mode in ("any", "all") and not node.permissions:
            message = f"`{node.mode} of` an empty list of permissions"
            self.report.add(codes.EMPTY_LIST, node.span, message, help="`public` permits everybody")
        return d.Permits(
            mode=node.mode or "none",
            permissions=self._of_role("permissions", node.permissions, node.span),
            trust=self._trust(node.trust),
            zones=self._zones(node),
        )

    def _zones(self, node: tree.Permits) -> tuple[str, ...] | None:
        if node.zones is None:
            return None
        if not node.zones:
            self.report.add(codes.EMPTY_LIST, node.span, "a service that no zone may reach")
        return self._of_role("zone", node.zones, node.span)

    def _role(self, role: str, span: Span) -> d.Field | None:
        field = self.scope.vocabulary.with_role("fact", role)
        if field is None:
            message = f"no fact of `{shown(self.scope.vocabulary.name)}` has the role `{role}`"
            self.report.add(codes.NO_ROLE, span, message)
        return field

    def _of_role(self, role: str, names: tuple[tree.Name, ...], span: Span) -> tuple[str, ...]:
        """Members of the enumeration behind the fact with this role, in its order."""
        if not names:
            return ()
        field = self._role(role, span)
        if field is None or not isinstance(field.type, d.SetType | d.EnumType):
            return ()
        return members_of(self.scope, names, field.type.enum, self.report) or ()

    def _trust(self, expr: tree.Expr | None) -> Fraction | None:
        if expr is None:
            return None
        field = self._role("trust", expr.span)
        if field is None or not isinstance(field.type, d.IntType):
            return None
        dimension = self.scope.units.dimension(field.type.dimension)
        arithmetic = Arithmetic(self.scope, CONSTANT, self.report)
        value = arithmetic.constant(expr, dimension, "the trust that is demanded")
        if value is None:
            return None
        return in_range(value, field.type, "the trust that is demanded", expr.span, self.report)

    def _api(self, node: tree.Api | None, places: dict[str, Span]) -> d.Api | None:
        if node is None:
            return None
        places["api"] = node.span
        schema = node.response_schema
        for text in (node.endpoint, schema):
            if text is not None and len(text.value) > 4096:
                self.report.add(codes.TOO_LARGE, text.span, "a text of more than 4096 characters")
        return d.Api(
            checked_name(node.protocol, "a protocol", self.report),
            node.endpoint.value,
            None if schema is None else schema.value,
        )


def capabilities_of(scope: Scope, names: tuple[tree.Name, ...], report: Report) -> dict[str, Span]:
    """Capabilities in the order written; reports strangers and repetitions."""
    first: dict[str, Span] = {}
    for name in names:
        if name.text not in scope.capabilities:
            report.unknown(
                codes.UNKNOWN_NAME, name.span, "capability", name.text, scope.capabilities
            )
        elif name.text in first:
            message = f"`{shown(name.text)}` is listed twice"
            report.twice(codes.DUPLICATE_STATEMENT, name.span, first[name.text], message)
        else:
            first[name.text] = name.span
    return first
