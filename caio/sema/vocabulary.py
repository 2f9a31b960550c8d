"""Vocabularies: the tree of one to the document that says what all others mean."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Final

from caio.base.spans import Span
from caio.base.units import RATIO, is_reserved
from caio.ir import documents as d
from caio.ir import reader
from caio.sema import codes
from caio.sema.invariants import INVARIANTS
from caio.sema.metrics import Metrics
from caio.sema.report import Report, shown
from caio.sema.types import Types, is_new
from caio.sema.values import Lowered, checked_name, value_of
from caio.syntax import tree


@dataclass(frozen=True, slots=True)
class Role:
    """What may play a role: fields of a section, of a kind of type."""

    types: tuple[type, ...]
    what: str
    dimension: str | None = None

    def fits(self, kind: d.Type) -> bool:
        """Whether a field of this type can play it."""
        dimension = getattr(kind, "dimension", None)
        return isinstance(kind, self.types) and self.dimension in (None, dimension)


ROLES: Final[dict[str, dict[str, Role]]] = {
    "request": {"data": Role((d.SetType,), "a set")},
    "fact": {
        "permissions": Role((d.SetType,), "a set"),
        "trust": Role((d.IntType,), "an `int`"),
        "zone": Role((d.EnumType,), "an enumeration"),
    },
    "service": {
        "locality": Role((d.EnumType,), "an enumeration"),
        "encrypted": Role((d.BoolType,), "a `bool`"),
    },
    "env": {},
    "measured": {name: Role((d.RationalType,), "a `ratio`", RATIO) for name in INVARIANTS},
}
"""The roles of each section (``docs/spec/documents-v1.md`` section 5)."""


def lower_vocabulary(node: tree.Vocabulary, report: Report) -> Lowered:
    """The vocabulary document of a declaration: if errors were reported, what could be understood of it."""
    lowering = _Lowering(node, report)
    return Lowered(lowering.run(), lowering.places)


class _Lowering:
    def __init__(self, node: tree.Vocabulary, report: Report) -> None:
        self.node = node
        self.report = report
        self.places: dict[str, Span] = {"": node.name.span}
        self.types = Types((), report)

    def run(self) -> d.Vocabulary:
        node = self.node
        name = checked_name(node.name, "a vocabulary", self.report)
        units = self._names(node.units, "unit", self._unit_name)
        capabilities = self._names(node.capabilities, "capability")
        controls = self._names(node.controls, "control", self._control_name)
        self.types = Types(units, self.report)
        for enum in node.enums:
            self.types.declare(enum)
        request = self._fields("request", node.request, "request")
        facts = self._fields("fact", node.facts, "facts")
        self._environment()
        environment = self._fields("env", node.per_service, "environment")
        measured = self._fields("measured", node.measured, "measured")
        attributes = self._fields("service", node.attributes, "attributes")
        measures = Metrics(self.types, self.report)
        metrics, cost = measures.metrics(node.metrics), measures.cost(node.cost)
        self.places |= self.types.places | measures.places
        return d.Vocabulary(
            name=name,
            enums=tuple(self.types.enums.values()),
            units=units,
            capabilities=capabilities,
            metrics=metrics,
            request=request,
            facts=facts,
            environment=environment,
            measured=measured,
            controls=controls,
            attributes=attributes,
            cost=cost,
        )

    # --- names ---------------------------------------------------------------------------------

    def _names(
        self,
        names: tuple[tree.Name, ...],
        what: str,
        check: Callable[[tree.Name], bool] = lambda _: True,
    ) -> tuple[str, ...]:
        first: dict[str, Span] = {}
        for name in names:
            checked_name(name, f"a {what}", self.report)
            if is_new(name, first, what, self.report) and check(name):
                continue
        return tuple(first)

    def _unit_name(self, name: tree.Name) -> bool:
        if is_reserved(name.text):
            message = f"`{shown(name.text)}` is a built-in unit, currency or dimension"
            self.report.add(codes.BAD_NAME, name.span, message)
            return False
        return True

    def _control_name(self, name: tree.Name) -> bool:
        if name.text == d.NO_CONTROL:
            message = f"`{d.NO_CONTROL}` stands for no control at all"
            self.report.add(
                codes.BAD_NAME, name.span, message, help="give the control another name"
            )
            return False
        return True

    # --- fields --------------------------------------------------------------------------------

    def _environment(self) -> None:
        for field in _flat("", self.node.environment):
            if field.name.text != "at" or not _is_instant(field.type):
                self.report.add(
                    codes.BAD_NAME,
                    field.name.span,
                    "only `at: instant` is about the environment as a whole",
                    help="what is observed of each service belongs in `per service { … }`",
                )

    def _fields(
        self, origin: str, nodes: tuple[tree.Field | tree.Group, ...], section: str
    ) -> tuple[d.Field, ...]:
        first: dict[str, Span] = {}
        roles: dict[str, Span] = {}
        fields: list[d.Field] = []
        for node in _flat("", nodes):
            name = self._field_name(node.name, origin)
            kind = self.types.type_of(node.type, f"{origin}.{name}")
            if not is_new(node.name, first, "field", self.report) or kind is None:
                continue
            if origin == "service" and isinstance(kind, d.SetType):
                message = "an attribute is one value, not a set"
                self.report.add(codes.TYPE_MISMATCH, node.type.span, message)
            self.places[f"{section}[{len(fields)}]"] = node.name.span
            default = self._default(node, kind, origin)
            fields.append(d.Field(name, kind, default, self._role(node, kind, origin, roles)))
        return tuple(fields)

    def _field_name(self, name: tree.Name, origin: str) -> str:
        dotted = origin == "service"
        if not reader.is_field_name(name.text, dotted=dotted):
            self.report.add(
                codes.BAD_NAME,
                name.span,
                f"`{shown(name.text)}` is not the name of a field",
                help="lower-case letters, digits and `_`, beginning with a letter",
            )
        elif origin == "env" and name.text == "at":
            message = "`at` is the decision's time and cannot be declared per service"
            self.report.add(codes.BAD_NAME, name.span, message)
        return name.text

    def _default(self, node: tree.Field, kind: d.Type, origin: str) -> d.Value | None:
        if node.default is None:
            return None
        if origin != "request":
            message = "only request fields have defaults"
            self.report.add(
                codes.TYPE_MISMATCH, node.default.span, message, help="what is not said is unknown"
            )
            return None
        what = f"the default of `{shown(node.name.text)}`"
        return value_of(self.types.scope, node.default, kind, what, self.report)

    def _role(
        self, node: tree.Field, kind: d.Type, origin: str, roles: dict[str, Span]
    ) -> str | None:
        if node.role is None:
            return None
        known = ROLES[origin]
        name = node.role.text
        role = known.get(name)
        if role is None:
            self.report.unknown(codes.UNKNOWN_WORD, node.role.span, "role", name, known)
        elif not role.fits(kind):
            message = f"the role `{name}` belongs to {role.what}"
            self.report.add(codes.BAD_ROLE, node.role.span, message)
        elif name in roles:
            message = f"the role `{name}` is given twice"
            self.report.twice(codes.DUPLICATE_STATEMENT, node.role.span, roles[name], message)
        else:
            roles[name] = node.role.span
        return name


def _is_instant(node: tree.Type) -> bool:
    return isinstance(node, tree.NamedType) and node.name.text == "instant" and node.low is None


def _flat(prefix: str, nodes: tuple[tree.Field | tree.Group, ...]) -> Iterator[tree.Field]:
    """All fields, those of groups with the group's name in front."""
    for node in nodes:
        name = replace(node.name, text=prefix + node.name.text)
        if isinstance(node, tree.Group):
            yield from _flat(name.text + ".", node.fields)
        else:
            yield replace(node, name=name)
