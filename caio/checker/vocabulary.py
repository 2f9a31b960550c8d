"""The vocabulary: what variables there are, of which sort and within which bounds.

Sorts and bounds come from here alone (certificate-v1 section 2); no certificate can name a
variable that a vocabulary does not declare.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final, NamedTuple, TypeAlias

from .reader import Number, Value

EARLIEST: Final = -62135596800000000
LATEST: Final = 253402300799999999

Stated: TypeAlias = Number | frozenset[int]
"""A field's value: a number (enumerations by index), or the indices of the members of a set."""

MAX_VARIABLES: Final = 1 << 18
_MAX_MEMBERS: Final = 10_000
_FIELD_NAME = re.compile(r"[a-z][a-z0-9_]*")
_PATH_NAME = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*")
_CURRENCY = re.compile(r"[A-Z]{3}")
_PREFIXES: Final = {
    "request": "request",
    "facts": "fact",
    "environment": "env",
    "measured": "measured",
    "attributes": "service",
}
_ROLES: Final = {
    ("request", "data"): "set",
    ("facts", "permissions"): "set",
    ("facts", "trust"): "int",
    ("facts", "zone"): "enum",
    ("attributes", "locality"): "enum",
    ("attributes", "encrypted"): "bool",
}


@dataclass(frozen=True, slots=True, eq=False)
class Variable:
    """A variable of formulas, with its domain."""

    name: str
    integer: bool
    lower: Number | None
    upper: Number | None


@dataclass(frozen=True, slots=True, eq=False)
class Field:
    """A declared field; a set has one variable per member, any other field has one."""

    name: str
    sort: str
    lower: Number | None
    upper: Number | None
    variables: tuple[Variable, ...]
    members: Mapping[str, int]
    sensitive: tuple[Variable, ...] = ()
    has_default: bool = False

    @property
    def variable(self) -> Variable:
        """The variable of a field that is not a set."""
        return self.variables[0]

    def read(self, value: Value) -> Stated:
        """A value of this type; `sort` if it lies outside the type's range."""
        if self.sort == "bool":
            return int(value.boolean())
        if self.sort == "enum":
            return self.members[value.known(self.members)]
        if self.sort == "set":
            return frozenset(value.ordered(self.members))
        result = value.number() if self.sort == "rational" else value.whole()
        low, high = self.lower, self.upper
        if (low is not None and result < low) or (high is not None and result > high):
            raise value.rejection("sort", "a value within its declared range")
        return result

    def assign(self, value: Stated) -> Iterator[tuple[Variable, Number]]:
        """The numbers of the field's variables."""
        if not isinstance(value, frozenset):
            yield self.variable, value
        else:
            yield from ((bit, int(i in value)) for i, bit in enumerate(self.variables))


@dataclass(frozen=True, slots=True, eq=False)
class Metric:
    """A metric with a range, `lower` < `upper`; it has a level iff it is a quantile."""

    name: str
    lower: Number
    upper: Number
    higher_is_better: bool
    level: Number | None
    variable: Variable

    def read_level(self, value: Value) -> Number | None:
        """The level of a statement on this metric: given iff the metric is a quantile."""
        if (value.raw is None) != (self.level is None):
            raise value.rejection("shape", "a level iff the metric is a quantile")
        return None if value.raw is None else _level(value)


@dataclass(frozen=True, slots=True, eq=False)
class Vocabulary:
    """A vocabulary document; mappings keep declaration order."""

    digest: str
    name: str
    capabilities: Mapping[str, int]
    metrics: Mapping[str, Metric]
    fields: Mapping[str, Mapping[str, Field]]
    """The fields of each section, by their own names."""
    variables: Mapping[str, Field]
    """The fields that expressions may name, by their full names; `env.at` included."""
    roles: Mapping[str, Field]
    latency: Metric | None
    cost: Variable
    cost_upper: Number | None
    defaults: frozenset[str]
    """The request fields that have a default."""
    room: int
    """How many variables of sets other vocabularies of the same document set may still have."""


class _Enum(NamedTuple):
    members: dict[str, int]
    sensitive: list[bool]


def _level(value: Value) -> Number:
    if not 0 < value.number() < 1:
        raise value.rejection("sort", "a level between 0 and 1")
    return value.number()


def _index(items: list[Value]) -> dict[str, int]:
    indices: dict[str, int] = {}
    for index, item in enumerate(items):
        if indices.setdefault(item.name(), index) != index:
            raise item.rejection("duplicate", "each name only once")
    return indices


def _rows(value: Value, names: str) -> list[tuple[str, list[Value]]]:
    """The records of an array, by the unique name that each begins with."""
    rows = [item.record(f"name {names}") for item in value.items()]
    return [(name, row[1:]) for name, row in zip(_index([r[0] for r in rows]), rows, strict=True)]


class _Sections:
    """Reads the parts of a vocabulary that depend on its units and enumerations."""

    def __init__(self, units: Value, enums: Value, room: int) -> None:
        self.room = room
        self._units = _index(units.items())
        self._enums: dict[str, _Enum] = {}
        self.roles: dict[str, Field] = {}
        self.latency: Metric | None = None
        for name, (members,) in _rows(enums, "members"):
            if len(members.items(filled=True)) > _MAX_MEMBERS:
                raise members.rejection("limit", f"at most {_MAX_MEMBERS} members")
            rows = _rows(members, "sensitive")
            indices = {member: index for index, (member, _) in enumerate(rows)}
            self._enums[name] = _Enum(indices, [mark.boolean() for _, (mark,) in rows])

    def dimension(self, value: Value) -> None:
        word = value.text()
        if word not in {"1", "time"} and word not in self._units and not _CURRENCY.fullmatch(word):
            raise value.rejection("reference", "a dimension")

    def fields(self, section: str, rows: Value) -> dict[str, Field]:
        fields: dict[str, Field] = {}
        pattern = _PATH_NAME if section == "attributes" else _FIELD_NAME
        for name, (kind, default, role) in _rows(rows, "type default role"):
            if not pattern.fullmatch(name):
                raise kind.rejection("name", "a field name", name)
            if (section, name) == ("environment", "at"):
                raise kind.rejection("duplicate", "no field `at`, which is built in", name)
            field = self._field(name, _PREFIXES[section], kind)
            if default.raw is not None:
                if section in {"attributes", "facts"}:
                    raise default.rejection("shape", "no default")
                field.read(default)
                field = replace(field, has_default=True)
            fields[name] = field
            if role.raw is None:
                continue
            if (section, role.text()) not in _ROLES:
                raise role.rejection("reference", f"a role of {section}")
            if _ROLES[section, role.text()] != field.sort:
                raise role.rejection("sort", f"a field of sort {_ROLES[section, role.text()]}")
            if self.roles.setdefault(role.text(), field) is not field:
                raise role.rejection("duplicate", "each role only once")
        return fields

    def _field(self, own: str, prefix: str, kind: Value) -> Field:
        """A field of a type; attributes have the wider domains of certificate-v1 section 2."""
        name, wide = f"{prefix}.{own}", prefix == "service"
        parts = kind.entries()
        sort = parts["sort"].text() if "sort" in parts else ""
        low: Number | None
        high: Number | None
        if sort in {"int", "rational"}:
            _, dimension, lower, upper = kind.record("sort dimension lower upper")
            self.dimension(dimension)
            if sort == "int":
                low, high = lower.whole(), upper.whole()
            else:
                low, high = (None if end.raw is None else end.number() for end in (lower, upper))
            if low is not None and high is not None and low > high:
                raise kind.rejection("sort", "a range that is not empty")
            ends = (None, None) if wide else (low, high)
            return Field(own, sort, low, high, (Variable(name, sort == "int", *ends),), {})
        if sort in {"bool", "instant"}:
            kind.record("sort")
            low, high = (0, 1) if sort == "bool" else (EARLIEST, LATEST)
            ends = (low, high)
            if wide:
                ends = (-1, 1) if sort == "bool" else (None, None)
            return Field(own, sort, low, high, (Variable(name, True, *ends),), {})
        if sort not in {"enum", "set"}:
            raise kind.rejection("shape", "a type")
        _, enum = kind.record("sort enum")
        members, marks = self._enums[enum.known(self._enums)]
        if sort == "enum":
            variable = Variable(name, True, -1 if wide else 0, len(members) - 1)
            return Field(own, sort, 0, len(members) - 1, (variable,), members)
        if wide:
            raise kind.rejection("sort", "no set among the attributes")
        self.room -= len(members)
        if self.room < 0:
            raise kind.rejection("limit", f"at most {MAX_VARIABLES} members of sets")
        bits = tuple(Variable(f"{name}:{member}", True, 0, 1) for member in members)
        sensitive = tuple(bit for bit, mark in zip(bits, marks, strict=True) if mark)
        return Field(own, sort, 0, 1, bits, members, sensitive)

    def metrics(self, rows: Value) -> dict[str, Metric]:
        names = "dimension lower upper better statistic level sequence parallel role"
        metrics: dict[str, Metric] = {}
        for name, row in _rows(rows, names):
            dimension, lower, upper, better, statistic, level, sequence, parallel, role = row
            self.dimension(dimension)
            low, high = lower.number(), upper.number()
            if low >= high:
                raise upper.rejection("sort", "a bound above the lower one")
            if (level.raw is None) != (statistic.choice("expected quantile") == "expected"):
                raise level.rejection("shape", "a level iff the metric is a quantile")
            for law in (sequence, parallel):
                if law.raw is not None:
                    law.choice("sum min max product error_sum")
            up = better.choice("higher lower") == "higher"
            share = None if level.raw is None else _level(level)
            variable = Variable(f"metric.{name}", False, low, high)
            metrics[name] = Metric(name, low, high, up, share, variable)
            if role.raw is not None:
                if role.text() != "latency":
                    raise role.rejection("reference", "`latency`")
                if self.latency is not None:
                    raise role.rejection("duplicate", "each role only once")
                self.latency = metrics[name]
        return metrics


def read(document: Value, digest: str, room: int) -> Vocabulary:
    """The vocabulary of a document of that kind (documents-v1 section 5), fully checked."""
    _, name, enums, units, capabilities, metrics, *rest, cost = document.record(
        "kind name enums units capabilities metrics request facts environment measured attributes cost"
    )
    sections = _Sections(units, enums, room)
    named = zip(_PREFIXES, rest, strict=True)
    fields = {section: sections.fields(section, rows) for section, rows in named}
    at = Field("at", "instant", EARLIEST, LATEST, (Variable("env.at", True, EARLIEST, LATEST),), {})
    variables = {
        f"{prefix}.{own}": field
        for section, prefix in _PREFIXES.items()
        for own, field in fields[section].items()
        if section != "attributes"
    }
    worst: Number | None = None
    if cost.raw is not None:
        dimension, upper = cost.record("dimension upper")
        sections.dimension(dimension)
        worst = upper.number()
        if worst <= 0:
            raise upper.rejection("sort", "a positive worst cost")
    return Vocabulary(
        digest,
        name.name(),
        _index(capabilities.items()),
        sections.metrics(metrics),
        fields,
        {**variables, "env.at": at},
        sections.roles,
        sections.latency,
        Variable("cost", False, 0, None),
        worst,
        frozenset(name for name, field in fields["request"].items() if field.has_default),
        sections.room,
    )
