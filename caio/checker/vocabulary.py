"""The vocabulary: what variables there are, of which sort and within which bounds.

Sorts and bounds come from here alone (certificate-v1 section 2); no certificate can name a
variable that a vocabulary does not declare.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from .formulas import Variable
from .reader import Number, Reader, Record, Value

MAX_SET_VARIABLES: Final = 1 << 18
_MAX_MEMBERS: Final = 10_000
_FIELD = re.compile(r"[a-z][a-z0-9_]*")
_PATH = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*")
_CURRENCY = re.compile(r"[A-Z]{3}")
_RANGES: Final = {
    "bool": (0, 1),
    "set": (0, 1),
    "instant": (-62135596800000000, 253402300799999999),
}
_PREFIXES: Final = {"facts": "fact", "environment": "env", "attributes": "service"}
_ROLES: Final = {
    "request": {"data": "set"},
    "facts": {"permissions": "set", "trust": "int", "zone": "enum"},
    "attributes": {"locality": "enum", "encrypted": "bool"},
}
Stated: TypeAlias = Number | frozenset[int]
"""A field's value: a number (enumerations by index), or the indices of the members of a set."""


@dataclass(frozen=True, slots=True, eq=False)
class Field:
    """A declared field; a set has one variable per member, any other field has one."""

    name: str
    sort: str
    lower: Number | None
    upper: Number | None
    variables: tuple[Variable, ...]
    members: Mapping[str, int]

    @property
    def variable(self) -> Variable:
        """The variable of a field that is not a set."""
        return self.variables[0]

    def read(self, value: Value) -> Stated:
        """A value of this type; `sort` if it lies outside the type's range."""
        if self.sort == "bool":
            return int(value.a(bool))
        if self.sort == "enum":
            return value.known(self.members)
        if self.sort == "set":
            return frozenset(value.ordered(self.members))
        found = value.number() if self.sort == "rational" else value.whole()
        value.need(within(found, self.lower, self.upper), "sort", "a value in its declared range")
        return found

    def assign(self, value: Stated) -> Iterator[tuple[Variable, Number]]:
        """The numbers of the field's variables."""
        if not isinstance(value, frozenset):
            return iter([(self.variable, value)])
        return ((bit, int(index in value)) for index, bit in enumerate(self.variables))


def within(value: Number, lower: Number | None, upper: Number | None) -> bool:
    """Whether a value lies between two bounds, either of which may be absent."""
    return (lower is None or lower <= value) and (upper is None or value <= upper)


class Levels(Reader):
    """Reads the levels of quantiles."""

    def _read_level(self, value: Value) -> Number:
        value.need(0 < value.number() < 1, "sort", "a level between 0 and 1")
        return value.number()


class Vocabularies(Levels):
    """Reads the vocabularies of a document set."""

    shapes = {
        "member": "name:name sensitive:flag",
        "range": "sort:text dimension:dimension lower:?number upper:?number",
        "worst": "dimension:dimension upper:number",
        "metric": "name:name dimension:dimension lower:number upper:number better:higher|lower "
        "statistic:expected|quantile level:?level sequence:?sum|min|max|product|error_sum "
        "parallel:?sum|min|max|product|error_sum role:?latency|",
        "vocabulary": "kind:text name:name enums:@enum units:units capabilities:names "
        "metrics:@metric request:@field/request facts:@field/facts environment:@field/environment "
        "measured:@field/measured attributes:@field/attributes cost:?worst",
    }

    def __init__(self) -> None:
        self._room = MAX_SET_VARIABLES

    def vocabulary(self, value: Value, digest: str) -> Record:
        """A vocabulary, with its fields by full name, its roles, and what follows from them."""
        now = Variable("env.at", True, *_RANGES["instant"])
        self._variables = {now.name: Field("at", "instant", *_RANGES["instant"], (now,), {})}
        self._enums, self._roles = dict[str, Record](), dict[str, Field]()
        self._sensitive, self._defaults = dict[Field, tuple[Variable, ...]](), set[str]()
        found = self.record("vocabulary", value)
        latencies = [metric for metric in found.metrics.values() if metric.role]
        value.need(len(latencies) <= 1, "duplicate", "each role only once", "latency")
        if found.cost:
            value.need(found.cost.upper > 0, "sort", "a positive worst cost", str(found.cost.upper))
        return found.plus(
            digest=digest,
            variables=self._variables,
            roles=self._roles,
            sensitive=self._sensitive[self._roles["data"]] if "data" in self._roles else (),
            defaults=self._defaults,
            latency=latencies[0] if latencies else None,
            cost_variable=Variable("cost", False, 0, None),
        )

    def _read_names(self, value: Value) -> dict[str, int]:
        found = {item.name(): index for index, item in enumerate(value.items())}
        value.need(len(found) == len(value.a(list)), "duplicate", "each name only once")
        return found

    def _read_units(self, value: Value) -> dict[str, int]:
        self._units = self._read_names(value)
        return self._units

    def _read_enum(self, value: Value) -> Record:
        name, listed = value.record("name members")
        listed.need(len(listed.items(filled=True)) <= _MAX_MEMBERS, "limit", "10,000 members")
        members = self.read("@member", listed)
        indices = {member: index for index, member in enumerate(members)}
        row = Record({"name": name.name(), "members": members, "indices": indices})
        self._enums[row.name] = row
        return row

    def _read_dimension(self, value: Value) -> str:
        word = value.a(str)
        known = word in {"1", "time"} or word in self._units or _CURRENCY.fullmatch(word)
        value.need(known, "reference", "a dimension")
        return word

    def _read_metric(self, value: Value) -> Record:
        row = self.record("metric", value)
        value.need(row.lower < row.upper, "sort", "a lower bound below the upper one")
        fits = (row.level is not None) == (row.statistic == "quantile")
        value.need(fits, "shape", "a level iff the metric is a quantile")
        return row.plus(variable=Variable(f"metric.{row.name}", False, row.lower, row.upper))

    def _read_field(self, value: Value, section: str) -> Field:
        name, kind, default, role = value.record("name type default role")
        wide = section == "attributes"
        own = name.text(_PATH if wide else _FIELD, "name", "a field name")
        full = f"{_PREFIXES.get(section, section)}.{name.name()}"
        name.need(full != "env.at", "duplicate", "no field `at`, which is built in")
        field = self._typed(own, full, kind, wide=wide)
        if default.raw is not None:
            default.need(section not in {"attributes", "facts"}, "shape", "no default")
            field.read(default)
            self._defaults.update([own] if section == "request" else [])
        if role.raw is not None:
            role.need(role.known(_ROLES.get(section, {})) == field.sort, "sort", "the role's sort")
            known = self._roles.setdefault(role.a(str), field)
            role.need(known is field, "duplicate", "each role only once")
        if not wide:
            self._variables[full] = field
        return field

    def _typed(self, own: str, full: str, kind: Value, *, wide: bool) -> Field:
        """A field of a type; attributes have the wider domains of certificate-v1 section 2."""
        sort = kind.entries().get("sort", kind).choice("bool instant int rational enum set")
        if sort in {"int", "rational"}:
            row = self.record("range", kind)
            low, high = row.lower, row.upper
            fits = sort == "rational" or (isinstance(low, int) and isinstance(high, int))
            kind.need(fits, "sort", "integer bounds")
            kind.need(None in (low, high) or low <= high, "sort", "a range that is not empty")
            ends = (None, None) if wide else (low, high)
            variable = Variable(full, sort == "int", *ends)
            return Field(own, sort, low, high, (variable,), {})
        if sort in {"bool", "instant"}:
            kind.record("sort")
            low, high = _RANGES[sort]
            ends = (low, high) if not wide else (-1, 1) if sort == "bool" else (None, None)
            return Field(own, sort, low, high, (Variable(full, True, *ends),), {})
        enum = kind.record("sort enum")[1].known(self._enums)
        if sort == "enum":
            high = len(enum.members) - 1
            variable = Variable(full, True, -1 if wide else 0, high)
            return Field(own, sort, 0, high, (variable,), enum.indices)
        kind.need(not wide, "sort", "no set among the attributes")
        self._room -= len(enum.members)
        kind.need(self._room >= 0, "limit", f"at most {MAX_SET_VARIABLES} members of sets")
        bits = tuple(Variable(f"{full}:{member}", True, 0, 1) for member in enum.members)
        field = Field(own, sort, 0, 1, bits, enum.indices)
        marked = zip(bits, enum.members.values(), strict=True)
        self._sensitive[field] = tuple(bit for bit, member in marked if member.sensitive)
        return field
