"""Documents: canonical JSON, fully re-checked and named by digest (documents-v1 sections 4 and 5).

Reading an expression checks sorts, order and origins, and gives the formula that it means. `load`
makes `Documents`, and nothing else can: there is no unchecked constructor.
"""

import re
from collections import ChainMap
from collections.abc import Iterator
from math import lcm
from typing import Any, Final, NamedTuple

from .formulas import FALSE, TRUE, Affine, Formula, Formulas, Line, Variable, short_line, term
from .reader import Number, Reader, Record, Value, canonical, digest, increasing, parse
from .vocabulary import Field, Stated, Vocabularies

BUDGET: Final = 200_000_000
DECISION: Final = "caio-decision/v1"
_VERSION = re.compile(r"(0|[1-9][0-9]*)(\.(0|[1-9][0-9]*)){0,7}")
_KINDS: Final = {
    "service": "name:name version:version route:internal|external|hybrid "
    "attributes:stated/attributes capabilities:listed/capabilities assumes:*formula/guard "
    "guarantees:*guarantee cost:*case permits:permits api:?api",
    "overlay": "service:name version:version origin:name attributes:stated/attributes "
    "guarantees:*guarantee",
    "rule": "name:name priority:integer when:formula/condition then:+requirement",
    "invariant": "name:name priority:integer when:formula/condition then:+requirement",
    "request": "name:name caller:?text needs:++one/capabilities given:*formula/request "
    "ensure:*requirement budget:?amount deadline:?amount nominal:?stated/request",
    "profile": "name:name objective:eq1.5| weights:weights resolution:amount "
    "performance:listed/metrics limits:limits optimality:required|optional pins:%version",
    "facts": "name:name origin:asserted| values:stated/facts",
    "state": "service:name version:version values:stated/environment history:history",
    "landscape": "count:integer entries:+raw",
}
_ORIGINS: Final = {"request": "request", "environment": "env", "guard": "request env"}
_MAGNITUDES: Final = ("int", "rational", "instant")
_BOUND: Final = "relation:<=|<|>=|> bound"


class Requirement(NamedTuple):
    """A requirement atom, or a guarantee or cost case with its guard.

    A metric, the cost, a numeric attribute or the time (`on`) is bounded; an enumerated attribute
    (`member`) is inside `values` or known to be not, a `capability` is provided or not: `positive`.
    """

    on: str
    name: str = ""
    variable: Variable | None = None
    upper: bool = False
    strict: bool = False
    bound: Affine = Affine(0)
    level: Number | None = None
    when: Formula = TRUE
    values: frozenset[int] = frozenset()
    positive: bool = True
    line: Line | None = None  # Of the bound of a cost case, unless it has many variables.

    @property
    def gap(self) -> Affine:  # What is at most (if strict: less than) 0 where the bound is kept.
        variable = term(self.variable) if self.variable else Affine(0)
        return variable.minus(self.bound) if self.upper else self.bound.minus(variable)


def version_key(version: str) -> tuple[int, ...]:  # Versions of equal value have equal keys.
    return tuple(int(part) for part in re.sub(r"(\.0)+$", "", version).split("."))


class DocumentReader(Reader):  # Reads the documents of one vocabulary.
    shapes = {
        "guarantee": f"metric:text {_BOUND}:affine/request when:formula/guard level:?level",
        "case": "when:formula/guard amount:affine/request",
        "metric": f"on:text name:text {_BOUND}:affine/guard level:?level",
        "cost": f"on:text {_BOUND}:affine/guard",
        "attribute": f"on:text name:text {_BOUND}:constant",
        "time": f"on:text {_BOUND}:constant",
        "capability": "on:text name:one/capabilities provided:flag",
        **{kind: f"kind:text vocabulary:digest {fields}" for kind, fields in _KINDS.items()},
        "permits": "mode:public|any|all|none permissions:*name trust:?number zones:?zones",
        "api": "protocol:name endpoint:text response_schema:?text",
        "weights": "guarantee:amount cost:amount performance:amount reliability:amount",
        "limits": "available:*formula/environment routing_allowance:amount facts:listed/origins "
        "solver_units:whole",
        "history": "calls:whole violations:whole",
    }

    def __init__(self, vocabulary: Record, formulas: Formulas) -> None:
        self.vocabulary, self._make, self._seen = vocabulary, formulas, set[str]()
        self._known: dict[tuple[str, str], tuple[Formula, frozenset[str]]] = {}

    def _read_one(self, value: Value, table: str) -> str:
        value.known(getattr(self.vocabulary, table))
        return value.a(str)

    def _read_constant(self, value: Value) -> Affine:
        return Affine(value.number())

    def _read_affine(self, value: Value, origins: str) -> Affine:
        constant, terms = value.record("constant terms")
        sides: list[tuple[tuple[Variable, ...], Number]] = []
        for name, factor in terms.entries().items():
            count = name.startswith("count(") and name.endswith(")")
            own = Value(name[6:-1] if count else name, name, terms)
            field = self._field(own, origins, *(("set",) if count else _MAGNITUDES))
            factor.need(factor.number() != 0, "canonical", "a factor that is not 0")
            sides.append((field.variables, factor.number()))
        return Affine(constant.number(), tuple(sides))

    def _field(self, name: Value, origins: str, *sorts: str) -> Field:
        field: Field = name.known(self.vocabulary.fields)
        self._seen.add(field.name)
        allowed = _ORIGINS.get(origins, "request fact env")
        name.need(name.a(str).partition(".")[0] in allowed.split(), "origin", f"one of {allowed}")
        name.need(field.sort in sorts, "sort", f"a variable of sort {' or '.join(sorts)}")
        return field

    def _read_formula(self, value: Value, origins: str) -> Formula:
        key, self._make.at = (origins, canonical(value.raw)), value
        if key not in self._known:
            self._seen = set[str]()  # The fields that the formula mentions.
            self._known[key] = self._formula(value, origins), frozenset(self._seen)
        return self._known[key][0]

    def _formula(self, value: Value, origins: str) -> Formula:
        if isinstance(value.raw, bool):
            return TRUE if value.raw else FALSE
        first, *items = value.items(filled=True)
        head, many = first.choice("not and or le lt eq in has is"), max(2, len(items))
        size = {"and": many, "or": many, "in": 2, "has": 2}.get(head, 1)
        value.need(len(items) == size, "shape", f"the parts of `{head}`")
        if head in {"not", "and", "or"}:
            parts = [self._formula(item, origins) for item in items]
            join = self._make.conjunction if head == "and" else self._make.disjunction
            return parts[0].opposite if head == "not" else join(parts)
        if head in {"le", "lt", "eq"}:
            left, equal = self._read_affine(items[0], origins), head == "eq"
            return self._make.equation(left) if equal else self._make.compare(left, head == "lt")
        field = self._field(items[0], origins, {"in": "enum", "has": "set", "is": "bool"}[head])
        if head == "in":
            values = items[1].ordered(field.members, filled=True)
            return self._make.member(field.variables[0], values)
        index = items[1].known(field.members) if head == "has" else 0
        return self._make.holds(field.variables[index])

    def _bound(self, value: Value, on: str, own: Record | Field, row: Record) -> Requirement:
        value.need(on != "cost" or self.vocabulary.cost, "reference", "a declared cost")
        level, when = (vars(row).get(name) for name in ("level", "when"))
        fitting = not isinstance(own, Record) or (level is None) == (own.level is None)
        value.need(fitting, "shape", "a level iff a quantile")
        upper, strict = row.relation[0] == "<", len(row.relation) == 1
        variable, guard = own.variables[0], when or TRUE
        return Requirement(on, own.name, variable, upper, strict, row.bound, level, guard)

    def _read_guarantee(self, value: Value) -> Requirement:
        row, metric = self.record("guarantee", value), value.entries()["metric"]
        return self._bound(value, "metric", metric.known(self.vocabulary.metrics), row)

    def _read_case(self, value: Value) -> Requirement:
        row = self.record("case", value).plus(relation="<=")
        found = self._bound(value, "cost", self.vocabulary.price, row.plus(bound=row.amount))
        few = sum(len(variables) for variables, _ in found.bound.terms) < 33
        return found._replace(line=short_line(found.bound.terms) if few else None)

    def _read_requirement(self, value: Value) -> Requirement:
        fields, own = value.entries(), self.vocabulary
        on = fields.get("on", value).choice("metric cost attribute capability time")
        field: Field | Record = own.price if on == "cost" else own.fields["env.at"]
        if on in {"metric", "attribute"}:
            field = fields.get("name", value).known(getattr(own, f"{on}s"))
        if isinstance(field, Field) and field.sort not in _MAGNITUDES:
            return self._membership(value, field)
        row = self.record(on, value)
        if on == "capability":
            return Requirement(on, row.name, positive=row.provided)
        return self._bound(value, on, field, row)

    def _membership(self, value: Value, field: Field) -> Requirement:
        inside = "in" in value.entries()
        *_, values = value.record(f"on name {'in' if inside else 'not_in'}")
        items = values.items(filled=True)
        if field.sort == "enum":
            indices = values.ordered(field.members)
        else:
            indices = increasing(items, tuple(int(item.a(bool)) for item in items))
        return Requirement("member", field.name, values=frozenset(indices), positive=inside)

    def _read_version(self, value: Value) -> str:
        value.name()
        return value.text(_VERSION, "name", "a version: 1 to 8 numbers joined by dots")

    def _read_stated(self, value: Value, section: str) -> dict[str, Stated]:
        declared, parts = getattr(self.vocabulary, section), value.entries()
        for name, item in parts.items():
            item.need(name in declared, "reference", f"a declared field of {section}", name)
        return {name: declared[name].read(item) for name, item in parts.items()}

    def _read_listed(self, value: Value, table: str) -> tuple[str, ...]:
        value.ordered({name: i for i, name in enumerate(getattr(self.vocabulary, table))})
        return tuple(value.a(list))

    def _read_permits(self, value: Value) -> Record:
        row, roles = self.record("permits", value), self.vocabulary.roles
        listed, bare = row.permissions, row.mode in {"public", "none"}
        value.need(bare != bool(listed), "shape", "permissions iff any or all")
        value.need(len(set(listed)) == len(listed), "duplicate", "each permission only once")
        if "permissions" in roles:
            value.entries()["permissions"].ordered(roles["permissions"].members)
        value.need(row.trust is None or "trust" in roles, "reference", "a fact that is the trust")
        return row

    def _read_zones(self, value: Value) -> tuple[int, ...]:
        value.need("zone" in self.vocabulary.roles, "reference", "a fact that is the zone")
        return value.ordered(self.vocabulary.roles["zone"].members)

    def _read_request(self, value: Value) -> Record:
        row, given = self.record("request", value), value.entries()["given"].a(list)
        names = set[str]().union(*(self._known["request", canonical(part)][1] for part in given))
        value.need(self.vocabulary.defaults <= names, "canonical", "every default in `given`")
        nominal = names if row.nominal is None else row.nominal.keys()
        value.need(names <= nominal, "shape", "nominal values of all fields in `given`")
        once = all(len(set(group)) == len(group) for group in row.needs)
        value.need(once, "duplicate", "each capability of a group once")
        value.need(row.budget is None or self.vocabulary.cost, "reference", "a declared cost")
        return row.plus(written=given, needs=[frozenset(group) for group in row.needs])

    def _read_profile(self, value: Value) -> Record:
        row = self.record("profile", value)
        shares, step = list(vars(row.weights).values()), row.resolution
        largest = max(max(part.numerator, part.denominator) for part in (*shares, step))
        value.need(largest <= 1_000_000, "limit", "numerators and denominators up to 1,000,000")
        value.need(step.numerator == 1, "sort", "a resolution 1/N", str(step))
        value.need(row.limits.solver_units > 0, "sort", "positive solver units")
        value.need(any(shares), "empty", "a weight that is not 0")
        weights = tuple(int(share * lcm(*(s.denominator for s in shares))) for share in shares)
        value.need(step.denominator * sum(weights) < 1 << 53, "limit", "scores below 2^53")
        return row.plus(weights=weights, resolution=step.denominator)

    def _read_history(self, value: Value) -> Record:
        row = self.record("history", value)
        value.need(0 <= row.violations <= row.calls <= 10**12, "sort", "up to 10^12 calls")
        return row


class Entry:  # A service with its overlays and state: what may be chosen.
    def __init__(self, service: Record, overlays: list[Record], state: Record | None) -> None:
        parts = [service, *overlays]
        self.service, self.state = service, state
        self.attributes = {name: v for part in parts for name, v in part.attributes.items()}
        self.bounds: dict[tuple[str, str, bool], list[Requirement]] = {}
        for bound in (*(bound for part in parts for bound in part.guarantees), *service.cost):
            self.bounds.setdefault((bound.on, bound.name, bound.upper), []).append(bound)

    def promises(self, q: Requirement, formulas: Formulas) -> Iterator[Requirement]:
        for g in self.bounds.get((q.on, q.name, q.upper), []):
            formulas.spend(1)
            if g.level is None or q.level is None or g.level >= q.level:
                yield g


class Documents:
    """A set of documents by digest; creating it checks every one of them.

    With a `base` it is an extension: it has everything that the base has, which is shared and never
    changed, and nothing of other extensions. One thread at a time may use a base with all of them.
    """

    def __init__(self, *parts: bytes, base: "Documents | None" = None) -> None:
        self.base, self.kept = base, dict[object, Any]()  # What `obligations` derives and keeps.
        self.formulas: Formulas = Formulas(BUDGET, base.formulas if base else None)
        self.found: ChainMap[str, Record] = base.found.new_child() if base else ChainMap()
        self.names: ChainMap[object, str] = base.names.new_child() if base else ChainMap()
        self.vocabularies: Vocabularies = Vocabularies(base.vocabularies.room if base else 1 << 18)
        self._readers: dict[str, DocumentReader] = {}
        found: dict[str, Value] = {}
        for index, part in enumerate(parts):
            listed = _listed(parse(part, f"parts[{index}]" if len(parts) > 1 else ""))
            own = {digest(item.raw): item for item in listed.items()}
            listed.need(len(own) == len(listed.a(list)), "duplicate", "each document only once")
            found |= {name: item for name, item in own.items() if name not in self.found}
        known = f"vocabulary {' '.join(_KINDS)}"
        kinds = {n: v.entries().get("kind", v).choice(known) for n, v in found.items()}
        last = {"vocabulary": 0, "landscape": 2}  # What others refer to is read before them.
        for name in sorted(found, key=lambda name: last.get(kinds[name], 1)):
            self._add(found[name], self._read(kinds[name], found[name], name))

    def _read(self, kind: str, value: Value, name: str) -> Record:
        if kind == "vocabulary":
            return self.vocabularies.vocabulary(value, name)
        at = value.entries().get("vocabulary", value)
        owner: Record = at.known(self.found)
        at.need(owner.kind == "vocabulary", "reference", "the digest of a vocabulary")
        if owner.digest not in self._readers:
            self._readers[owner.digest] = DocumentReader(owner, self.formulas)
        found: Record = self._readers[owner.digest].read(kind, value)
        document = found.plus(digest=name, vocabulary=owner)
        value.need(kind != "invariant" or not document.priority, "shape", "priority 0")
        if kind != "landscape":
            return document
        items = value.entries()["entries"].items()
        value.need(document.count == len(items), "landscape", f"a count of {len(items)}")
        rows = (item.record("service overlays state") for item in items)
        entries = tuple(self.entry(owner, *row) for row in rows)
        increasing(items, [entry.service.name for entry in entries])
        return document.plus(entries=entries, named={one.service.name: one for one in entries})

    def get(self, at: Value, kinds: str) -> Record:
        found = self.found.get(at.digest(), Record({"kind": ""}))
        at.need(found.kind in kinds.split(), "reference", f"the digest of a {kinds} in the set")
        return found

    def entry(self, owner: Record, service: Value, overlays: Value, *state: Value) -> Entry:
        """A service with its overlays, whose statements are checked against one another."""
        own, items = self.get(service, "service"), overlays.items()
        found = [self.get(item, "overlay") for item in items]
        increasing(items, [overlay.origin for overlay in found])
        known = [self.get(item, "state") for item in state if item.raw is not None]
        service.need(own.vocabulary is owner, "reference", "a service of the same vocabulary")
        stated, wanted = set(own.attributes), (own.name, version_key(own.version), owner)
        for item in (*found, *known):
            same = item.service, version_key(item.version), item.vocabulary
            overlays.need(same == wanted, "reference", "overlays and state of this service")
            more = item.attributes if item.kind == "overlay" else {}
            overlays.need(stated.isdisjoint(more), "duplicate", "one statement of an attribute")
            stated.update(more)
        return Entry(own, found, known[0] if known else None)

    def _add(self, value: Value, document: Record) -> None:
        self.found[document.digest] = document
        fields = vars(document)
        names = [fields[name] for name in ("name", "service", "origin") if name in fields]
        kind = "rule" if document.kind == "invariant" else document.kind
        identity = kind, *(names or [document.digest]), version_key(fields.get("version", "0"))
        value.need(identity not in self.names, "duplicate", "a name of its own")
        self.names[identity] = document.digest


def _listed(value: Value) -> Value:  # The documents of a document set, or of a decision file.
    parts = value.entries()
    if parts.get("format", value).raw == DECISION:
        return parts.get("documents", Value([], "documents", value))
    form, documents = value.record("format documents")
    form.choice("caio-documents/v1")
    return documents
