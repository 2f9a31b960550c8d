"""Canonical documents against their vocabulary: what ``ir.decode`` cannot see in a document by itself.

References, sorts, origins of variables, ranges and order of declaration (``docs/spec/documents-v1.md``). A document that
passes both is one that the lowering of a text could have made, and one that the checker accepts. Used for documents that
come from outside; the tests also hold every lowered document against it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from typing import TypeVar

from caio.ir import documents as d
from caio.ir import terms as t
from caio.ir.decode import ORIGINS
from caio.ir.decode_terms import MAX_DEPTH
from caio.ir.reader import DecodeError, quoted
from caio.sema.classes import about_facts
from caio.sema.pieces import depth
from caio.sema.profiles import (
    MAX_EXCITATION,
    MAX_PART,
    MAX_SCORE,
    MAX_UNITS,
    score_magnitude,
    weights_of,
)
from caio.sema.requests import MAX_PRIORITY, mentioned
from caio.sema.scope import (
    ADMITTED,
    ASSUMPTION,
    AVAILABLE,
    BOUND,
    CHOICE,
    CONDITION,
    EXPRESSION,
    GIVEN,
    GUARD,
    LIMIT,
    OF_CLASS,
    Place,
    Scope,
    origin_of,
)
from caio.sema.validate_recorded import validate_attestation, validate_measurements
from caio.sema.values import range_problem

_Item = TypeVar("_Item")


class Validator:
    """Holds documents of one vocabulary against it; what was found good once is not looked at twice."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self._good: set[tuple[str, t.Formula | t.Affine]] = set()

    def validate(self, document: d.Document) -> None:
        """Accept a document, or say what is wrong with it.

        Raises:
            DecodeError: the first thing that is wrong, with its path.
        """
        match document:
            case d.Service():
                self._service(document)
            case d.Overlay():
                self._values(document.attributes, self.scope.attributes, "attributes")
                self._each(document.guarantees, "guarantees", self._guarantee)
            case d.Rule():
                self._formula(document.when, CONDITION, "when")
                if abs(document.priority) >= MAX_PRIORITY:
                    raise DecodeError("a priority out of range", "priority")
                self._each(document.then, "then", self._atom)
            case d.Constraint():
                self._formula(document.when, CHOICE, "when")
                self._each(document.then, "then", self._demand)
            case d.Request():
                self._request(document)
            case d.Class() | d.Property():
                self._question(document)
            case d.Profile():
                self._profile(document)
            case d.Facts():
                self._values(document.values, self.scope.facts, "values")
            case d.Attestation():
                validate_attestation(document)
            case d.Measurements():
                validate_measurements(document, self.scope)
            case d.State():
                self._values(document.values, self.scope.environment, "values")
            case d.Vocabulary() | d.Landscape():
                raise DecodeError("not a document of a vocabulary", "kind")

    # --- documents -----------------------------------------------------------------------------

    def _service(self, service: d.Service) -> None:
        self._values(service.attributes, self.scope.attributes, "attributes")
        self._ordered(service.capabilities, self.scope.capabilities, "capabilities")
        self._each(service.assumes, "assumes", lambda f: self._formula(f, ASSUMPTION))
        self._each(service.guarantees, "guarantees", self._guarantee)
        if service.cost and self.scope.vocabulary.cost is None:
            raise DecodeError("the vocabulary declares no cost", "cost")
        self._each(service.cost, "cost", self._case)
        self._permits(service.permits)

    def _case(self, case: d.CostCase) -> None:
        self._formula(case.when, GUARD, "when")
        self._affine(case.amount, BOUND, "amount")

    def _guarantee(self, guarantee: d.Guarantee) -> None:
        self._bound(guarantee.metric, guarantee.level, "metric")
        self._affine(guarantee.bound, BOUND, "bound")
        self._formula(guarantee.when, GUARD, "when")

    def _permits(self, permits: d.Permits) -> None:
        vocabulary = self.scope.vocabulary
        for role, names in (("permissions", permits.permissions), ("zone", permits.zones)):
            if not names:
                continue
            field = vocabulary.with_role("fact", role)
            if field is None or not isinstance(field.type, d.SetType | d.EnumType):
                raise DecodeError(f"no fact has the role `{role}`", "permits")
            self._ordered(names, self.scope.order[field.type.enum], "permits")
        if permits.trust is not None:
            field = vocabulary.with_role("fact", "trust")
            problem = "has no fact with the role `trust`"
            if field is not None:
                problem = range_problem(permits.trust, field.type) or ""
            if problem:
                raise DecodeError(f"the trust that is demanded {problem}", "permits.trust")

    def _request(self, request: d.Request) -> None:
        self._each(
            request.needs, "needs", lambda group: self._ordered(group, self.scope.capabilities)
        )
        self._each(request.given, "given", lambda f: self._formula(f, GIVEN))
        self._each(request.ensure, "ensure", self._atom)
        if request.budget is not None and self.scope.vocabulary.cost is None:
            raise DecodeError("the vocabulary declares no cost", "budget")
        spoken = mentioned(request.given)
        for field in self.scope.vocabulary.request:
            if field.default is not None and field.name not in spoken:
                raise DecodeError(f"the default of {quoted(field.name)} is not stated", "given")
        if request.nominal is not None:
            self._values(request.nominal, self.scope.request, "nominal")
            missing = sorted(spoken - {name for name, _ in request.nominal})
            if missing:
                raise DecodeError(f"no value for {quoted(missing[0])}", "nominal")

    def _question(self, document: d.Class | d.Property) -> None:
        if isinstance(document, d.Class):
            self._class(document)
        elif isinstance(document.claim, d.Never):
            self._formula(document.claim.when, ADMITTED, "claim[1]")

    def _class(self, group: d.Class) -> None:
        self._each(group.needs, "needs", lambda need: self._ordered(need, self.scope.capabilities))
        self._each(group.given, "given", lambda f: self._formula(f, OF_CLASS))
        facts = [about_facts(formula) for formula in group.given]
        if facts != sorted(facts):
            raise DecodeError("what is about facts alone comes last", f"given[{facts.index(True)}]")
        self._each(group.ensure, "ensure", self._atom)
        if group.budget is not None and self.scope.vocabulary.cost is None:
            raise DecodeError("the vocabulary declares no cost", "budget")

    def _profile(self, profile: d.Profile) -> None:
        weights = profile.weights
        parts = weights_of(weights).values()
        if not any(parts) or any(max(p.numerator, p.denominator) > MAX_PART for p in parts):
            raise DecodeError(f"weights are not all zero, with parts up to {MAX_PART}", "weights")
        if profile.resolution.numerator != 1 or profile.resolution.denominator > MAX_PART:
            raise DecodeError(f"expected 1/N with N from 1 to {MAX_PART}", "resolution")
        if score_magnitude(weights, profile.resolution) >= MAX_SCORE:
            raise DecodeError("a score may exceed 2^53", "weights")
        names = [control.name for control in profile.controls]
        self._ordered(names, self.scope.controls, "controls")
        for index, control in enumerate(profile.controls):
            if control.excitation > MAX_EXCITATION or control.damping > 1:
                message = f"excitation is at most {MAX_EXCITATION}, damping at most 1"
                raise DecodeError(message, f"controls[{index}]")
        self._ordered(profile.performance, self.scope.metric_order, "performance")
        limits = profile.limits
        self._each(limits.available, "limits.available", lambda f: self._formula(f, AVAILABLE))
        if not 0 < limits.solver_units < MAX_UNITS:
            raise DecodeError("a number of units above 0", "limits.solver_units")
        if limits.facts != tuple(origin for origin in ORIGINS if origin in limits.facts):
            message = f"origins of facts are {' and '.join(map(quoted, ORIGINS))}, in this order"
            raise DecodeError(message, "limits.facts")

    # --- parts ---------------------------------------------------------------------------------

    def _each(self, items: Iterable[_Item], name: str, check: Callable[[_Item], None]) -> None:
        for index, item in enumerate(items):
            try:
                check(item)
            except DecodeError as error:
                raise error.inside(f".{name}[{index}]") from None

    def _ordered(self, names: Sequence[str], order: dict[str, int], path: str = "") -> None:
        last = -1
        for name in names:
            index = order.get(name)
            if index is None:
                raise DecodeError(f"the vocabulary declares no {quoted(name)} here", path)
            if index <= last:
                raise DecodeError(f"{quoted(name)} is not in the order of declaration", path)
            last = index

    def _values(
        self, values: tuple[tuple[str, d.Value], ...], fields: dict[str, d.Field], path: str
    ) -> None:
        for name, value in values:
            problem = self.value_problem(value, fields[name].type)
            if problem is not None:
                raise DecodeError(problem, f"{path}.{name}")

    def value_problem(self, value: d.Value, kind: d.Type) -> str | None:
        """Why a value is none of a type, or None."""
        match kind, value:
            case d.BoolType(), bool():
                return None
            case d.EnumType(enum), str():
                return None if value in self.scope.order[enum] else f"no member {quoted(value)}"
            case d.SetType(enum), tuple():
                try:
                    self._ordered(value, self.scope.order[enum])
                except DecodeError as error:
                    return error.reason
                return None
            case _, Fraction():
                return range_problem(value, kind)
        return "a value of another type"

    def _bound(self, metric: str, level: Fraction | None, path: str) -> None:
        found = self.scope.metrics.get(metric)
        if found is None:
            raise DecodeError(f"the vocabulary declares no metric {quoted(metric)}", path)
        if (level is None) != (found.level is None) or (level is not None and not 0 < level < 1):
            raise DecodeError("a level in (0, 1) iff the metric is a quantile", "level")

    def _demand(self, atom: t.Atom) -> None:
        """An action of a constraint: what is about quantities is an expression there."""
        match atom:
            case t.OnExpression(_, terms):
                self._affine(terms, EXPRESSION, "terms")
            case t.OnMetric() | t.OnCost() | t.OnQuantity() | t.OnTime():
                raise DecodeError("in a constraint, this bound is an `expression`", "on")
            case _:
                self._atom(atom)

    def _atom(self, atom: t.Atom) -> None:
        match atom:
            case t.OnExpression():
                raise DecodeError("only constraints have an `expression`", "on")
            case t.OnMetric(metric, _, bound, level):
                self._bound(metric, level, "name")
                self._affine(bound, LIMIT, "bound")
            case t.OnCost(_, bound):
                if self.scope.vocabulary.cost is None:
                    raise DecodeError("the vocabulary declares no cost", "on")
                self._affine(bound, LIMIT, "bound")
            case t.OnAttribute(name, values, _):
                kind = self._attribute(name)
                if isinstance(kind, d.EnumType):
                    self._ordered([str(v) for v in values], self.scope.order[kind.enum], "in")
                elif not isinstance(kind, d.BoolType):
                    raise DecodeError(f"{quoted(name)} is neither enumeration nor bool", "name")
                if any(isinstance(v, bool) != isinstance(kind, d.BoolType) for v in values):
                    raise DecodeError("values of another type", "in")
            case t.OnQuantity(name, _, _):
                kind = self._attribute(name)
                if not isinstance(kind, d.IntType | d.RationalType | d.InstantType):
                    raise DecodeError(f"{quoted(name)} is no quantity", "name")
            case t.OnCapability(capability, _):
                if capability not in self.scope.capabilities:
                    raise DecodeError(f"there is no capability {quoted(capability)}", "name")
            case t.OnTime():
                pass

    def _attribute(self, name: str) -> d.Type:
        field = self.scope.attributes.get(name)
        if field is None:
            raise DecodeError(f"the vocabulary declares no {quoted(name)}", "name")
        return field.type

    # --- expressions ---------------------------------------------------------------------------

    def _formula(self, formula: t.Formula, place: Place, path: str = "") -> None:
        if (place.what, formula) in self._good:
            return
        if depth(formula) > MAX_DEPTH:
            raise DecodeError("a formula nested too deeply", path)
        try:
            self._inside(formula, place)
        except DecodeError as error:
            raise DecodeError(error.reason, path) from None
        self._good.add((place.what, formula))

    def _inside(self, formula: t.Formula, place: Place) -> None:
        match formula:
            case t.Not(operand):
                self._inside(operand, place)
            case t.And(operands) | t.Or(operands):
                for operand in operands:
                    self._inside(operand, place)
            case t.Compare(_, term):
                self._affine(term, place)
            case t.In(variable, members):
                kind = self._variable(variable, place)
                if not isinstance(kind, d.EnumType):
                    raise DecodeError(f"{quoted(variable)} is no enumeration")
                self._ordered(members, self.scope.order[kind.enum])
            case t.Has(variable, member):
                kind = self._variable(variable, place)
                if not isinstance(kind, d.SetType) or member not in self.scope.order[kind.enum]:
                    raise DecodeError(f"{quoted(variable)} is no set with a {quoted(member)}")
            case t.Is(variable):
                if not isinstance(self._variable(variable, place), d.BoolType):
                    raise DecodeError(f"{quoted(variable)} is no bool")

    def _variable(self, name: str, place: Place) -> d.Type:
        found = self.scope.qualified(name)
        if found is None:
            raise DecodeError(f"the vocabulary declares no variable {quoted(name)}")
        if origin_of(name) not in place.origins:
            raise DecodeError(f"{quoted(name)} may not occur in {place.what}")
        return found.field.type

    def _affine(self, term: t.Affine, place: Place, path: str = "") -> None:
        if (place.what, term) in self._good:
            return
        for name, _ in term.terms:
            set_name = t.counted(name)
            try:
                kind = self._variable(set_name or name, place)
            except DecodeError as error:
                raise DecodeError(error.reason, path) from None
            if isinstance(kind, d.SetType) != (set_name is not None) or isinstance(
                kind, d.BoolType | d.EnumType
            ):
                raise DecodeError(f"{quoted(name)} is no quantity", path)
        self._good.add((place.what, term))
