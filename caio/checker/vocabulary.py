"""The vocabulary: what variables there are, their sorts and bounds (certificate-v1 section 2)."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple, TypeAlias

from .formulas import Interval, Variable, within
from .reader import Number, Reader, Record, Value

_FIELD = re.compile(r"[a-z][a-z0-9_]*")
_CURRENCY = re.compile(r"[A-Z]{3}")
_PATH = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*")
_TIMES: Final = (-62135596800000000, 253402300799999999)
_PREFIXES: Final = {"facts": "fact", "environment": "env", "attributes": "service"}
_MEASURED: Final = (
    "conductivity", "passband_energy", "resonance_quality", "interference", "capacity_margin"
)  # fmt: skip
_ROLES: Final = {
    "request": {"data": "set"},
    "facts": {"permissions": "set", "trust": "int", "zone": "enum"},
    "measured": dict.fromkeys(_MEASURED, "rational"),
    "attributes": {"locality": "enum", "encrypted": "bool"},
}
Stated: TypeAlias = Number | frozenset[int]  # A number, an index, or the members of a set.


class Field(NamedTuple):  # A set has one variable per member, any other field has one.
    name: str
    sort: str
    range: Interval
    variables: tuple[Variable, ...]
    members: Mapping[str, int]
    sensitive: tuple[bool, ...] = ()

    def read(self, value: Value) -> Stated:
        if self.sort in {"bool", "enum"}:
            return int(value.a(bool)) if self.sort == "bool" else value.known(self.members)
        if self.sort == "set":
            return frozenset(value.ordered(self.members))
        found = value.number() if self.sort == "rational" else value.whole()
        value.need(within(found, *self.range), "sort", "a value in its declared range")
        return found

    def assign(self, value: Stated) -> Iterator[tuple[Variable, Number]]:
        if not isinstance(value, frozenset):
            return iter([(self.variables[0], value)])
        return ((bit, int(index in value)) for index, bit in enumerate(self.variables))

    def box(self, values: Mapping[str, Stated]) -> dict[str, Interval]:
        if self.name in values:
            return {variable.name: (x, x) for variable, x in self.assign(values[self.name])}
        return {variable.name: self.range for variable in self.variables}


def _choice(name: str, members: Mapping[str, int], first: int) -> dict[str, Field]:
    ends = first, len(members) - 1
    variable = Variable(f"choice.{name}", True, *ends)
    return {variable.name: Field(name, "enum", ends, (variable,), members)}


class Vocabularies(Reader):
    shapes = {
        "enum": "name:name members:@member",
        "member": "name:name sensitive:flag",
        "range": "sort:text dimension:dimension lower:?number upper:?number",
        "worst": "dimension:dimension upper:number",
        "metric": "name:name dimension:dimension lower:number upper:number better:higher|lower "
        "statistic:expected|quantile level:?level sequence:?sum|min|max|product|error_sum "
        "parallel:?sum|min|max|product|error_sum role:?latency|",
        "vocabulary": "kind:text name:name enums:@enum units:units capabilities:names "
        "metrics:@metric request:@field/request facts:@field/facts environment:@field/environment "
        "measured:@field/measured controls:names attributes:@field/attributes cost:?worst",
    }

    def __init__(self, room: int) -> None:
        self.room = room  # How many members the sets of all vocabularies may have.

    def vocabulary(self, value: Value, digest: str) -> Record:
        now = Field("at", "instant", _TIMES, (Variable("env.at", True, *_TIMES),), {})
        cost = Field("cost", "rational", (None, None), (Variable("cost", False, None, None),), {})
        self._more = Record({"fields": {"env.at": now}, "roles": {}, "defaults": set()})
        self._enums: dict[str, Record] = {}
        found = self.record("vocabulary", value).plus(**vars(self._more), digest=digest, price=cost)
        value.need("none" not in found.controls, "name", "controls with other names", "none")
        fields: dict[str, Any] = {**found.fields, "cost": cost}
        fields |= _choice("route", {"internal": 0, "external": 1, "hybrid": 2}, 0)
        fields |= _choice("control", found.controls, -1) if found.controls else {}
        fields |= {f"metric.{name}": metric for name, metric in found.metrics.items()}
        fields |= {f"service.{name}": field for name, field in found.attributes.items()}
        found = found.plus(named=fields)
        latency = [metric for metric in found.metrics.values() if metric.role]
        value.need(len(latency) <= 1, "duplicate", "each role only once", "latency")
        value.need(not found.cost or found.cost.upper > 0, "sort", "a positive worst cost")
        known = ("asserted", "attested")
        return found.plus(latency=latency[0] if latency else None, origins=known)

    def _read_names(self, value: Value) -> dict[str, int]:
        found = {item.name(): index for index, item in enumerate(value.items())}
        value.need(len(found) == len(value.a(list)), "duplicate", "each name only once")
        return found

    def _read_units(self, value: Value) -> dict[str, int]:
        self._units = self._read_names(value)
        return self._units

    def _read_dimension(self, value: Value) -> None:
        known = value.a(str) in {"1", "time", *self._units} or _CURRENCY.fullmatch(value.a(str))
        value.need(known, "reference", "a dimension")

    def _read_enum(self, value: Value) -> Record:
        row = self.record("enum", value)
        value.need(row.members, "empty", "at least one member")
        value.need(len(row.members) <= 10_000, "limit", "at most 10,000 members")
        marks = tuple(member.sensitive for member in row.members.values())
        indices = {member: index for index, member in enumerate(row.members)}
        self._enums[row.name] = row.plus(members=indices, marks=marks)
        return row

    def _read_metric(self, value: Value) -> Record:
        row = self.record("metric", value)
        value.need(row.lower < row.upper, "sort", "a lower bound below the upper one")
        value.need((row.level is None) != (row.statistic == "quantile"), "shape", "a fitting level")
        variable = Variable(f"metric.{row.name}", False, row.lower, row.upper)
        return row.plus(variables=(variable,), sort="rational")

    def _read_field(self, value: Value, section: str) -> Field:
        name, kind, default, role = value.record("name type default role")
        attribute = section == "attributes"
        own = name.text(_PATH if attribute else _FIELD, "name", "a field name")
        full = f"{_PREFIXES.get(section, section)}.{name.name()}"
        name.need(full != "env.at", "duplicate", "no field `at`, which is built in")
        field = self._typed(own, full, kind, attribute)
        if default.raw is not None:
            default.need(section not in {"attributes", "facts"}, "shape", "no default")
            field.read(default)
            self._more.defaults.update([full] if section == "request" else [])
        if role.raw is not None:
            role.need(role.known(_ROLES.get(section, {})) == field.sort, "sort", "the role's sort")
            known = self._more.roles.setdefault(role.a(str), field)
            role.need(known is field, "duplicate", "each role only once")
        self._more.fields.update({} if attribute else {full: field})
        return field

    def _typed(self, own: str, full: str, kind: Value, attribute: bool) -> Field:
        """A field of a type; attributes have the wider domains of certificate-v1 section 2."""
        sort = kind.entries().get("sort", kind).choice("bool instant int rational enum set")
        members, enum = dict[str, int](), Record({})
        if sort in {"int", "rational"}:
            row = self.record("range", kind)
            ends = row.lower, row.upper
            whole = sort == "rational" or set(map(type, ends)) == {int}
            kind.need(whole, "sort", "integer bounds")
            kind.need(None in ends or row.lower <= row.upper, "sort", "a range that is not empty")
        elif sort in {"enum", "set"}:
            enum = kind.record("sort enum")[1].known(self._enums)
            members, ends = enum.members, (0, len(enum.members) - 1)
        else:
            kind.record("sort")
            ends = (0, 1) if sort == "bool" else _TIMES
        if sort == "set":
            kind.need(not attribute, "sort", "no set among the attributes")
            self.room -= len(members)
            kind.need(self.room >= 0, "limit", "sets with 2^18 members in all")
            bits = tuple(Variable(f"{full}:{member}", True) for member in members)
            return Field(own, sort, (0, 1), bits, members, enum.marks)
        wide = (-1, ends[1]) if sort in {"bool", "enum"} else (None, None)
        variable = Variable(full, sort != "rational", *(wide if attribute else ends))
        return Field(own, sort, ends, (variable,), members)
