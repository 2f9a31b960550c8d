"""Documents: canonical JSON, fully re-checked and named by digest (documents-v1 section 5).

`load` makes `Documents`, and nothing else can: there is no unchecked constructor.
"""

import re
from collections.abc import Iterator
from math import lcm
from typing import Final

from .expressions import Expressions, Requirement, mentioned
from .formulas import Formulas
from .reader import Record, Value, digest, increasing, parse
from .vocabulary import Stated, Vocabularies

BUDGET: Final = 200_000_000
DECISION: Final = "caio-decision/v1"
_VERSION = re.compile(r"(0|[1-9][0-9]*)(\.(0|[1-9][0-9]*)){0,7}")
_MAX_PART: Final = 1_000_000
_MAX_CALLS: Final = 10**12
_KINDS: Final = {
    "service": "name:name version:version route:internal|external|hybrid "
    "attributes:stated/attributes capabilities:listed/capabilities assumes:*formula/guard "
    "guarantees:*guarantee cost:*case permits:permits api:?api",
    "overlay": "service:name version:version origin:name attributes:stated/attributes "
    "guarantees:*guarantee",
    "rule": "name:name priority:integer when:formula/condition then:+requirement",
    "invariant": "name:name priority:integer when:formula/condition then:+requirement",
    "request": "name:name caller:?text needs:++one/capabilities given:*formula/request ensure:*requirement "
    "budget:?amount deadline:?amount nominal:?stated/request",
    "profile": "name:name objective:eq1.5| weights:weights resolution:amount "
    "performance:listed/metrics limits:limits optimality:required|optional pins:%version",
    "facts": "name:name origin:asserted| values:stated/facts",
    "state": "service:name version:version values:stated/environment history:history",
    "landscape": "count:integer entries:+entry",
}


def version_key(version: str) -> tuple[int, ...]:
    """Versions of equal value have equal keys."""
    return tuple(int(part) for part in re.sub(r"(\.0)+$", "", version).split("."))


class _Documents(Expressions):
    """Reads the documents of one vocabulary."""

    shapes = {  # noqa: RUF012 - read by the base class alone
        **Expressions.shapes,
        **{kind: f"kind:text vocabulary:digest {fields}" for kind, fields in _KINDS.items()},
        "permits": "mode:public|any|all|none permissions:*name trust:?number zones:?zones",
        "api": "protocol:name endpoint:text response_schema:?text",
        "weights": "guarantee:amount cost:amount performance:amount reliability:amount",
        "limits": "available:*formula/environment routing_allowance:amount facts:listed/origins "
        "solver_units:amount",
        "history": "calls:whole violations:whole",
        "entry": "service:raw overlays:raw state:raw",
    }

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
        named = row.mode in {"any", "all"}
        value.need(named == (row.permissions != ()), "shape", "permissions iff any or all")
        at = value.entries()["permissions"]
        at.need(len(set(row.permissions)) == len(row.permissions), "duplicate", "each only once")
        if "permissions" in roles:
            at.ordered(roles["permissions"].members)
        value.need(row.trust is None or "trust" in roles, "reference", "a fact that is the trust")
        return row

    def _read_zones(self, value: Value) -> tuple[int, ...]:
        value.need("zone" in self.vocabulary.roles, "reference", "a fact that is the zone")
        return value.ordered(self.vocabulary.roles["zone"].members)

    def _read_request(self, value: Value) -> Record:
        row, given = self.record("request", value), value.entries()["given"].a(list)
        names = {name.partition(".")[2] for part in given for name in mentioned(part)}
        odd = sorted(self.vocabulary.defaults - names)
        value.need(not odd, "canonical", "every default stated in `given`", "".join(odd[:1]))
        odd = [] if row.nominal is None else sorted(names - row.nominal.keys())
        value.need(not odd, "shape", "nominal values of all fields in `given`", "".join(odd[:1]))
        priced = row.budget is None or self.vocabulary.cost
        value.need(priced, "reference", "a vocabulary that declares a cost")
        return row.plus(written=given)

    def _read_profile(self, value: Value) -> Record:
        """A profile: its weights over their least common denominator, its resolution the N."""
        row = self.record("profile", value)
        shares, step = list(vars(row.weights).values()), row.resolution
        largest = max(max(part.numerator, part.denominator) for part in (*shares, step))
        value.need(largest <= _MAX_PART, "limit", f"numerators and denominators to {_MAX_PART}")
        value.need(step.numerator == 1, "sort", "a resolution 1/N", str(step))
        value.need(any(shares), "empty", "a weight that is not 0")
        weights = tuple(int(share * lcm(*(s.denominator for s in shares))) for share in shares)
        value.need(step.denominator * sum(weights) < 1 << 53, "limit", "scores below 2^53")
        return row.plus(weights=weights, resolution=step.denominator)

    def _read_history(self, value: Value) -> Record:
        row = self.record("history", value)
        sound = 0 <= row.violations <= row.calls <= _MAX_CALLS
        value.need(sound, "sort", f"0 <= violations <= calls <= {_MAX_CALLS}")
        return row


class Entry:
    """A service with its overlays and state: what may be chosen."""

    def __init__(self, service: Record, overlays: list[Record], state: Record | None) -> None:
        parts = [service, *overlays]
        self.service, self.state = service, state
        self.attributes = {name: v for part in parts for name, v in part.attributes.items()}
        self.bounds: dict[tuple[str, str, bool], list[Requirement]] = {}
        for bound in (*(bound for part in parts for bound in part.guarantees), *service.cost):
            self.bounds.setdefault((bound.on, bound.name, bound.upper), []).append(bound)

    def promises(self, q: Requirement, formulas: Formulas) -> Iterator[Requirement]:
        """The guarantees or cost cases that a requirement may follow from."""
        for g in self.bounds.get((q.on, q.name, q.upper), []):
            formulas.spend(1)
            if g.level is None or q.level is None or g.level >= q.level:
                yield g


class Documents:
    """A set of documents by digest; creating it checks every one of them."""

    def __init__(self, *parts: bytes) -> None:
        found: dict[str, Value] = {}
        for index, part in enumerate(parts):
            own: set[str] = set()
            for item in _listed(parse(part, f"parts[{index}]" if len(parts) > 1 else "")):
                name = digest(item.raw)
                item.need(name not in own, "duplicate", "each document only once", name)
                own.add(name)
                found.setdefault(name, item)
        self.formulas = Formulas(BUDGET)
        self._found: dict[str, Record] = {}
        self._names: set[tuple[object, ...]] = set()
        vocabularies, readers = Vocabularies(), dict[str, _Documents]()
        kinds = {name: _kind(value) for name, value in found.items()}
        for name in (name for name, kind in kinds.items() if kind == "vocabulary"):
            self._add(found[name], vocabularies.vocabulary(found[name], name))
            readers[name] = _Documents(self._found[name], self.formulas)
        for name in (name for name, kind in kinds.items() if kind != "vocabulary"):
            value = found[name]
            reader = value.entries().get("vocabulary", value).known(readers)
            document = reader.read(kinds[name], value)
            value.need(kinds[name] != "invariant" or not document.priority, "shape", "priority 0")
            self._add(value, document.plus(digest=name, vocabulary=reader.vocabulary))
        landscapes = [name for name, kind in kinds.items() if kind == "landscape"]
        self._entries = {name: self._resolve(found[name], self._found[name]) for name in landscapes}

    def get(self, at: Value, kinds: str) -> Record:
        """The document, of one of these kinds, whose digest is written at a place."""
        found = self._found.get(at.digest())
        if found is None or found.kind not in kinds.split():
            raise at.rejection("reference", f"the digest of a {kinds} in the set")
        return found

    def entries(self, landscape: str) -> tuple[Entry, ...]:
        """The entries of a landscape."""
        return self._entries[landscape]

    def entry(
        self, owner: Record, service: Value, overlays: Value, state: Value | None = None
    ) -> Entry:
        """A service with its overlays, whose statements are checked against one another."""
        own, items = self.get(service, "service"), overlays.items()
        found = [self.get(item, "overlay") for item in items]
        increasing(items, [overlay.origin for overlay in found])
        known = [self.get(state, "state")] if state and state.raw is not None else []
        service.need(own.vocabulary is owner, "reference", "a service of the same vocabulary")
        stated, wanted = set(own.attributes), (own.name, version_key(own.version), owner)
        for item in (*found, *known):
            same = (item.service, version_key(item.version), item.vocabulary) == wanted
            overlays.need(same, "reference", "overlays and state of the same service")
            own_attributes = item.attributes if item.kind == "overlay" else {}
            single = stated.isdisjoint(own_attributes)
            overlays.need(single, "duplicate", "one statement of an attribute at most")
            stated.update(own_attributes)
        return Entry(own, found, known[0] if known else None)

    def _add(self, value: Value, document: Record) -> None:
        self._found[document.digest] = document
        fields = vars(document)
        names = [fields[name] for name in ("name", "service", "origin") if name in fields]
        if names:
            kind = "rule" if document.kind == "invariant" else document.kind
            identity = kind, *names, version_key(fields.get("version", "0"))
            value.need(identity not in self._names, "duplicate", "a name of its own", names[0])
            self._names.add(identity)

    def _resolve(self, value: Value, landscape: Record) -> tuple[Entry, ...]:
        items, count = value.entries()["entries"].items(), landscape.count
        value.need(count == len(items), "landscape", f"a count of {len(items)}", count)
        owner, listed = landscape.vocabulary, landscape.entries
        found = tuple(self.entry(owner, e.service, e.overlays, e.state) for e in listed)
        increasing(items, [entry.service.name for entry in found])
        return found


def _kind(value: Value) -> str:
    return value.entries().get("kind", value).choice(f"vocabulary {' '.join(_KINDS)}")


def _listed(value: Value) -> list[Value]:
    """The documents of a document set, or of a decision file."""
    parts = value.entries()
    if parts.get("format", value).raw == DECISION:
        return parts["documents"].items() if "documents" in parts else []
    form, documents = value.record("format documents")
    form.choice("caio-documents/v1")
    return documents.items()
