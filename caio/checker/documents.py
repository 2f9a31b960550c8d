"""Documents: canonical JSON, fully re-checked and named by digest (documents-v1 section 5).

`load` makes `Documents`, and nothing else can: there is no unchecked constructor.
"""

import re
from collections import ChainMap
from collections.abc import Iterator
from math import lcm
from typing import Any, Final

from .expressions import SHAPES, Expressions, Requirement
from .formulas import Formulas
from .reader import Record, Value, canonical, digest, increasing, parse
from .vocabulary import Stated, Vocabularies

BUDGET: Final = 200_000_000
DECISION: Final = "caio-decision/v1"
GOVERNING: Final = "rule invariant constraint"
_NAMES: Final = ("service", "origin"), ("name",)  # A document without a name may have these.
_VERSION = re.compile(r"(0|[1-9][0-9]*)(\.(0|[1-9][0-9]*)){0,7}")
_KINDS: Final = {
    "service": "name:name version:version route:internal|external|hybrid "
    "attributes:stated/attributes capabilities:listed/capabilities assumes:*formula/guard "
    "guarantees:*guarantee cost:*case permits:permits api:?api",
    "overlay": "service:name version:version origin:name attributes:stated/attributes "
    "guarantees:*guarantee",
    "rule": "name:name priority:integer when:formula/condition then:+requirement",
    "invariant": "name:name priority:integer when:formula/condition then:+requirement",
    "constraint": "name:name of:safety|policy|traits when:formula/choosing then:+aim",
    "request": "name:name caller:?text needs:++one/capabilities given:*formula/request "
    "ensure:*requirement budget:?amount deadline:?amount nominal:?stated/request",
    "class": "name:name needs:*+one/capabilities given:*formula/choosing ensure:*requirement "
    "budget:?amount deadline:?amount",
    "property": "name:name claim:claim",
    "profile": "name:name objective:eq1.5|eq1.1 weights:raw controls:*control resolution:step "
    "performance:listed/metrics limits:limits optimality:required|optional pins:%version",
    "facts": "name:name origin:asserted|attested values:stated/facts",
    "attestation": "node:digest signature:text statement:statement",
    "measurements": "name:name procedure:text resolution:step inputs:%digest "
    "intervals:intervals terms:%measured",
    "state": "service:name version:version values:stated/environment history:history",
    "landscape": "count:integer entries:+raw",
}


def version_key(version: str) -> tuple[int, ...]:  # Versions of equal value have equal keys.
    return tuple(int(part) for part in re.sub(r"(\.0)+$", "", version).split("."))


class DocumentReader(Expressions):  # Reads the documents of one vocabulary.
    shapes = {
        **SHAPES,
        **{kind: f"kind:text vocabulary:digest {fields}" for kind, fields in _KINDS.items()},
        "permits": "mode:public|any|all|none permissions:*name trust:?number zones:?zones",
        "api": "protocol:name endpoint:text response_schema:?text",
        "eq1.5": "guarantee:amount cost:amount performance:amount reliability:amount",
        "eq1.1": "intent:amount attention:amount policy:amount resonance:amount cost:amount "
        "risk:amount latency:amount",
        "control": "name:one/controls excitation:amount damping:amount",
        "measured": "intent:count attention:count resonance:count policy:%count",
        "statement": "algorithm:text at:whole claims:*text end:whole facts:digest issuer:text "
        "key:digest kid:text start:whole subject:digest token:digest vocabulary:digest",
        "limits": "available:*formula/environment routing_allowance:amount facts:listed/origins "
        "solver_units:whole",
        "history": "calls:whole violations:whole",
    }

    def _read_constraint(self, value: Value) -> Record:
        row, when = self.record("constraint", value), value.entries()["when"].raw
        names, fields = self._known["choosing", canonical(when)][1], self.vocabulary.named
        chosen = [f"choice.{name}" for name in ("route", "control")]
        return row.plus(chosen=[fields[name] for name in chosen if name in names])

    def _read_version(self, value: Value) -> str:
        value.name()
        return value.text(_VERSION, "name", "a version: 1 to 8 numbers joined by dots")

    def _read_stated(self, value: Value, section: str) -> dict[str, Stated]:
        declared, parts = getattr(self.vocabulary, section), value.entries()
        for name, item in parts.items():
            item.need(name in declared, "reference", f"a declared field of {section}", name)
        return {name: declared[name].read(item) for name, item in parts.items()}

    def _read_listed(self, value: Value, table: str) -> tuple[str, ...]:
        if table not in self._tables:
            names = getattr(self.vocabulary, table)
            self._tables[table] = {name: i for i, name in enumerate(names)}
        value.ordered(self._tables[table])
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
        nominal = names if row.nominal is None else {f"request.{name}" for name in row.nominal}
        value.need(names <= nominal, "shape", "nominal values of all fields in `given`")
        return self._demanding(row.plus(written=given), value)

    def _read_class(self, value: Value) -> Record:
        return self._demanding(self.record("class", value), value)

    def _demanding(self, row: Record, value: Value) -> Record:  # What a request or a class needs.
        once = all(len(set(group)) == len(group) for group in row.needs)
        value.need(once, "duplicate", "each capability of a group once")
        value.need(row.budget is None or self.vocabulary.cost, "reference", "a declared cost")
        return row.plus(needs=[frozenset(group) for group in row.needs])

    def _read_claim(self, value: Value) -> Record:
        first, *parts = value.items(filled=True)
        form = first.choice("never always imply equivalent")
        value.items(size=2 if form == "never" else 3)
        if form == "never":
            condition = self._read_formula(parts[0], "property")
            names = self._known["property", canonical(parts[0].raw)][1]
            about = self._about(dict.fromkeys(names, (True, False)), value)
            return Record({"form": form, "condition": condition, "about": about, "named": []})
        if form == "always":
            count = parts[0].whole()
            parts[0].need(0 < count <= 10_000, "sort", "a count from 1 to 10,000")
            return Record({"form": form, "count": count, "named": [parts[1]]})
        for part in parts:
            increasing(part.items(filled=True), [item.digest() for item in part.items()])
        return Record({"form": form, "named": [item for part in parts for item in part.items()]})

    def _read_profile(self, value: Value) -> Record:
        row = self.record("profile", value)
        shares = list(vars(self.record(row.objective, row.weights)).values())
        largest = max(max(part.numerator, part.denominator) for part in shares)
        value.need(largest <= 1_000_000, "limit", "numerators and denominators up to 1,000,000")
        items, names = value.entries()["controls"].items(), [one.name for one in row.controls]
        increasing(items, [self.vocabulary.controls[name] for name in names])
        for item, one in zip(items, row.controls, strict=True):
            small = one.excitation <= 1000 and one.damping <= 1
            item.need(small, "sort", "excitation up to 1000 and damping up to 1")
        value.need(row.limits.solver_units > 0, "sort", "positive solver units")
        value.need(any(shares), "empty", "a weight that is not 0")
        weights = tuple(int(share * lcm(*(s.denominator for s in shares))) for share in shares)
        value.need(row.resolution * sum(weights) < 1 << 53, "limit", "scores below 2^53")
        return row.plus(weights=weights, controls=sorted(names) or ["none"])

    def _read_step(self, value: Value) -> int:
        step = value.amount()
        value.need(step.denominator <= 1_000_000, "limit", "denominators up to 1,000,000")
        value.need(step.numerator == 1, "sort", "a resolution 1/N", str(step))
        return step.denominator

    def _read_count(self, value: Value) -> int:
        value.need(value.a(int) >= 0, "sort", "an integer that is not negative")
        return value.a(int)

    def _read_intervals(self, value: Value) -> dict[str, list[Any]]:
        declared, found = self.vocabulary.measured, dict[str, list[Any]]()
        for name, item in value.entries().items():
            item.need(name in declared, "reference", "a declared measured field", name)
            item.need(declared[name].sort in {"int", "rational"}, "sort", "a field of numbers")
            found[name] = [declared[name].read(end) for end in item.items(size=2)]
            item.need(found[name][0] <= found[name][1], "sort", "the lower end first")
        return found

    def _read_measurements(self, value: Value) -> Record:
        row, known = self.record("measurements", value), {"none", *self.vocabulary.controls}
        value.need(row.terms.keys() <= known, "reference", "declared controls")
        for own in row.terms.values():
            largest = max(own.intent, own.attention, own.resonance, *own.policy.values())
            value.need(largest <= row.resolution, "sort", f"terms up to {row.resolution}")
        return row

    def _read_history(self, value: Value) -> Record:
        row = self.record("history", value)
        value.need(0 <= row.violations <= row.calls <= 10**12, "sort", "up to 10^12 calls")
        return row


class Entry:  # A service with its overlays and state: what may be chosen.
    def __init__(self, service: Record, overlays: list[Record], state: Record | None) -> None:
        parts = [service, *overlays]
        self.service, self.state = service, state
        self.capabilities = frozenset(service.capabilities)
        self.attributes = {name: v for part in parts for name, v in part.attributes.items()}
        self.guarantees = [g for part in parts for g in part.guarantees]
        self.bounds: dict[tuple[str, str, bool], list[Requirement]] = {}
        for bound in (*self.guarantees, *service.cost):
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
        self.vocabularies: Vocabularies = Vocabularies(base.vocabularies.room if base else 1 << 18)
        self._readers: dict[str, DocumentReader] = {}
        found: dict[str, Value] = {}
        sets = list[dict[str, Value]]()
        for index, part in enumerate(parts):
            listed = _listed(parse(part, f"parts[{index}]" if len(parts) > 1 else ""))
            sets.append({digest(item.raw): item for item in listed.items()})
            once = len(sets[-1]) == len(listed.a(list))
            listed.need(once, "duplicate", "each document only once")
            found |= {name: item for name, item in sets[-1].items() if name not in self.found}
        known = f"vocabulary {' '.join(_KINDS)}"
        kinds = {n: v.entries().get("kind", v).choice(known) for n, v in found.items()}
        last = {"vocabulary": 0, "landscape": 2, "property": 2}  # What others name is read first.
        for name in sorted(found, key=lambda name: last.get(kinds[name], 1)):
            self.found[name] = self._read(kinds[name], found[name], name)
        for own in sets:  # Two sets may be two states of the same documents.
            names = set[object]()
            for name, item in own.items():
                identity = _identity(self.found[name])
                item.need(identity not in names, "duplicate", "a name of its own")
                names.add(identity)

    def _read(self, kind: str, value: Value, name: str) -> Record:
        if kind == "vocabulary":
            return self.vocabularies.vocabulary(value, name)
        at = value.entries().get("vocabulary", value)
        owner: Record = at.known(self.found)
        at.need(owner.kind == "vocabulary", "reference", "the digest of a vocabulary")
        if owner.digest not in self._readers:
            self._readers[owner.digest] = DocumentReader(owner, self.formulas)
        found: Record = self._readers[owner.digest].read(kind, value)
        document = found.plus(digest=name, vocabulary=owner, subject=vars(found).get("of", kind))
        value.need(kind != "invariant" or not document.priority, "shape", "priority 0")
        for item in document.claim.named if kind == "property" else ():
            which = "class" if document.claim.form == "always" else GOVERNING
            same = self.get(item, which).vocabulary is owner
            item.need(same, "reference", "a document of the same vocabulary")
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


def _identity(document: Record) -> object:
    fields = vars(document)
    names = [fields[name] for name in _NAMES["name" in fields] if name in fields]
    kind = "rule" if document.kind == "invariant" else document.kind
    return kind, *(names or [document.digest]), version_key(fields.get("version", "0"))


def _listed(value: Value) -> Value:  # The documents of a document set, or of a decision file.
    parts = value.entries()
    if parts.get("format", value).raw == DECISION:
        return parts.get("documents", Value([], "documents", value))
    form, documents = value.record("format documents")
    form.choice("caio-documents/v1")
    return documents
