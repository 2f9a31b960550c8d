"""Documents: canonical JSON, fully re-checked and named by digest (documents-v1 section 5).

`load` makes `Documents`, and nothing else can: there is no unchecked constructor.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from math import lcm
from types import MappingProxyType
from typing import Final

from .expressions import Expressions, Requirement, mentioned
from .formulas import Formulas
from .reader import Number, Record, Value, digest, increasing, parse
from .vocabulary import Stated, Vocabularies

BUDGET: Final = 200_000_000
DECISION: Final = "caio-decision/v1"
_VERSION = re.compile(r"(0|[1-9][0-9]*)(\.(0|[1-9][0-9]*)){0,7}")
_MAX_PART: Final = 1_000_000
_MAX_CALLS: Final = 10**12
_MAX_SCORE: Final = 1 << 53
_KINDS: Final = {
    "service": "name:name version:version route:internal|external|hybrid "
    "attributes:stated/attributes capabilities:listed/capabilities assumes:*formula/guard "
    "guarantees:*guarantee cost:*case permits:permits api:?api",
    "overlay": "service:name version:version origin:name attributes:stated/attributes "
    "guarantees:*guarantee",
    "rule": "name:name priority:integer when:formula/condition then:+requirement",
    "invariant": "name:name priority:integer when:formula/condition then:+requirement",
    "request": "name:name caller:?text needs:+group given:*formula/request ensure:*requirement "
    "budget:?amount deadline:?amount nominal:?stated/request",
    "profile": "name:name objective:eq1.5| weights:weights resolution:resolution "
    "performance:listed/metrics limits:limits optimality:required|optional pins:pins",
    "facts": "name:name origin:asserted| values:stated/facts",
    "state": "service:name version:version values:stated/environment history:history",
    "landscape": "count:integer entries:+entry",
}


def version_key(version: str) -> tuple[int, ...]:
    """Versions of equal value have equal keys."""
    return tuple(int(part) for part in re.sub(r"(\.0)+$", "", version).split("."))


class _Documents(Expressions):
    """Reads the documents of one vocabulary."""

    shapes = {
        **{kind: f"kind:text vocabulary:digest {fields}" for kind, fields in _KINDS.items()},
        "permits": "mode:public|any|all|none permissions:*name trust:?number zones:?zones",
        "api": "protocol:name endpoint:text response_schema:?text",
        "weights": "guarantee:weight cost:weight performance:weight reliability:weight",
        "limits": "available:*formula/environment routing_allowance:amount facts:origins "
        "solver_units:amount",
        "history": "calls:whole violations:whole",
        "entry": "service:value overlays:value state:value",
    }

    def _read_value(self, value: Value) -> Value:
        return value

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

    def _read_zones(self, value: Value) -> frozenset[int]:
        value.need("zone" in self.vocabulary.roles, "reference", "a fact that is the zone")
        return frozenset(value.ordered(self.vocabulary.roles["zone"].members))

    def _read_invariant(self, value: Value) -> Record:
        row = self.record("invariant", value)
        value.need(row.priority == 0, "shape", "priority 0 of an invariant")
        return row

    def _read_group(self, value: Value) -> frozenset[str]:
        for item in value.items(filled=True):
            item.known(self.vocabulary.capabilities)
        return frozenset(value.a(list))

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

    def _read_weight(self, value: Value) -> Number:
        share = value.amount()
        small = max(share.numerator, share.denominator) <= _MAX_PART
        value.need(small, "limit", f"parts of at most {_MAX_PART}")
        return share

    def _read_weights(self, value: Value) -> tuple[int, ...]:
        """The weights over their least common denominator."""
        shares = list(vars(self.record("weights", value)).values())
        value.need(any(shares), "empty", "a weight that is not 0")
        common = lcm(*(share.denominator for share in shares))
        return tuple(int(share * common) for share in shares)

    def _read_resolution(self, value: Value) -> int:
        """The N of score-v1."""
        step = value.number()
        fits = step.numerator == 1 and step.denominator <= _MAX_PART
        value.need(fits, "sort", f"1/N for an N from 1 to {_MAX_PART}")
        return step.denominator

    def _read_origins(self, value: Value) -> tuple[str, ...]:
        value.ordered({"asserted": 0})
        return tuple(value.a(list))

    def _read_pins(self, value: Value) -> dict[str, str]:
        return {name: self._read_version(item) for name, item in value.entries().items()}

    def _read_profile(self, value: Value) -> Record:
        row = self.record("profile", value)
        fits = row.resolution * sum(row.weights) < _MAX_SCORE
        value.need(fits, "limit", "scores below 2^53")
        return row

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
            self._add(value, document.plus(digest=name, vocabulary=reader.vocabulary))
        landscapes = [name for name, kind in kinds.items() if kind == "landscape"]
        self._entries = {name: self._resolve(found[name], self._found[name]) for name in landscapes}

    @property
    def digests(self) -> Mapping[str, str]:
        """The digests of all documents, with their kinds."""
        return MappingProxyType({name: item.kind for name, item in self._found.items()})

    def get(self, at: Value, kinds: str) -> Record:
        """The document, of one of these kinds, whose digest is written at a place."""
        found = self._found.get(at.digest())
        if found is None or found.kind not in kinds.split():
            raise at.rejection("reference", f"the digest of a {kinds} in the set")
        return found

    def entries(self, landscape: str) -> tuple[Entry, ...]:
        """The entries of a landscape."""
        return self._entries[landscape]

    def entry(self, service: Value, overlays: Value, state: Value | None = None) -> Entry:
        """A service with its overlays, whose statements are checked against one another."""
        own, items = self.get(service, "service"), overlays.items()
        found = [self.get(item, "overlay") for item in items]
        increasing(items, [overlay.origin for overlay in found])
        known = [self.get(state, "state")] if state and state.raw is not None else []
        for item in (*found, *known):
            wanted = own.name, version_key(own.version), own.vocabulary
            same = (item.service, version_key(item.version), item.vocabulary) == wanted
            overlays.need(same, "reference", "overlays and state of the same service")
        stated = set(own.attributes)
        for at, overlay in zip(items, found, strict=True):
            at.need(stated.isdisjoint(overlay.attributes), "duplicate", "one statement at most")
            stated.update(overlay.attributes)
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
        found = tuple(self.entry(e.service, e.overlays, e.state) for e in landscape.entries)
        increasing(items, [entry.service.name for entry in found])
        for item, entry in zip(items, found, strict=True):
            same = entry.service.vocabulary is landscape.vocabulary
            item.need(same, "reference", "a service of the same vocabulary")
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
