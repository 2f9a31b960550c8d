"""Documents: canonical JSON, fully re-checked and named by digest (documents-v1 section 5).

`load` is the only way to obtain `Documents`; there is no unchecked constructor.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from math import lcm
from types import MappingProxyType
from typing import Final, TypeAlias, TypeVar

from . import canonical, reader, vocabulary
from .expressions import (
    CONDITION,
    ENVIRONMENT,
    GUARD,
    REQUEST,
    Affine,
    Bound,
    Expression,
    Expressions,
    Requirement,
)
from .reader import Number, Value, increasing
from .vocabulary import Stated, Vocabulary

Values: TypeAlias = Mapping[str, Stated]

FORMAT: Final = "caio-documents/v1"
DECISION: Final = "caio-decision/v1"

_VERSION = re.compile(r"(0|[1-9][0-9]*)(\.(0|[1-9][0-9]*)){0,7}")
_MAX_WEIGHT: Final = 1_000_000
_MAX_RESOLUTION: Final = 1_000_000
_MAX_CALLS: Final = 10**12
_MAX_SCORE: Final = 1 << 53


@dataclass(frozen=True, eq=False)
class Document:
    """What every document but the vocabulary has."""

    digest: str
    vocabulary: Vocabulary


@dataclass(frozen=True, eq=False)
class Service(Document):
    """A contract."""

    name: str
    version: str
    route: str
    attributes: Values
    capabilities: frozenset[str]
    assumes: tuple[Expression, ...]
    guarantees: tuple[Bound, ...]
    cost: tuple[tuple[Expression, Affine], ...]
    mode: str
    permissions: tuple[str, ...]
    trust: Number | None
    zones: frozenset[int] | None


@dataclass(frozen=True, eq=False)
class Overlay(Document):
    """Attributes and guarantees that someone else states of a service."""

    service: str
    version: str
    origin: str
    attributes: Values
    guarantees: tuple[Bound, ...]


@dataclass(frozen=True, eq=False)
class Rule(Document):
    """A rule or an invariant."""

    invariant: bool
    name: str
    when: Expression
    then: tuple[Requirement, ...]


@dataclass(frozen=True, eq=False)
class Request(Document):
    """What a caller asks for."""

    name: str
    needs: tuple[tuple[str, ...], ...]
    given: tuple[Expression, ...]
    ensure: tuple[Requirement, ...]
    budget: Number | None
    deadline: Number | None
    nominal: Values | None


@dataclass(frozen=True, eq=False)
class Profile(Document):
    """How to choose; `weights` are integers, in the order of score-v1, and N is 1/resolution."""

    name: str
    weights: tuple[int, ...]
    resolution: int
    performance: tuple[str, ...]
    available: tuple[Expression, ...]
    routing_allowance: Number
    origins: frozenset[str]
    optimality_required: bool
    pins: Mapping[str, str]


@dataclass(frozen=True, eq=False)
class Facts(Document):
    """What is taken to be known of the caller, and by whom."""

    name: str
    origin: str
    values: Values


@dataclass(frozen=True, eq=False)
class State(Document):
    """The environment's values for a service, and its history."""

    service: str
    version: str
    values: Values
    calls: int
    violations: int


@dataclass(frozen=True, eq=False)
class Entry:
    """A service with its overlays and state: what may be chosen."""

    service: Service
    overlays: tuple[Overlay, ...]
    state: State | None

    @cached_property
    def attributes(self) -> dict[str, Stated]:
        """The effective contract's attributes."""
        parts = (self.service.attributes, *(overlay.attributes for overlay in self.overlays))
        return {name: value for part in parts for name, value in part.items()}

    @cached_property
    def bounds(self) -> dict[tuple[str, bool], list[Bound]]:
        """The effective contract's guarantees by metric and direction, in order."""
        found: dict[tuple[str, bool], list[Bound]] = {}
        parts = (self.service.guarantees, *(overlay.guarantees for overlay in self.overlays))
        for part in parts:
            for bound in part:
                found.setdefault((bound.name, bound.upper), []).append(bound)
        return found


@dataclass(frozen=True, eq=False)
class Landscape(Document):
    """The candidates."""

    entries: tuple[Entry, ...]


_Any = TypeVar("_Any")


def version_key(version: str) -> tuple[int, ...]:
    """Versions of equal value have equal keys, and keys compare as versions do."""
    parts = [int(part) for part in version.split(".")]
    while parts and parts[-1] == 0:
        parts.pop()
    return tuple(parts)


class Documents:
    """A set of documents by digest; creating it checks every one of them."""

    def __init__(self, *parts: bytes) -> None:
        found: dict[str, Value] = {}
        for index, part in enumerate(parts):
            own: set[str] = set()
            for item in _listed(reader.parse(part, f"parts[{index}]" if len(parts) > 1 else "")):
                digest = canonical.digest(item.raw)
                if digest in own:
                    raise item.rejection("duplicate", "each document only once", digest)
                own.add(digest)
                found.setdefault(digest, item)
        kinds = {digest: _kind(value) for digest, value in found.items()}
        self._documents: dict[str, object] = {}
        self._expressions: dict[str, Expressions] = {}
        self._names: set[tuple[object, ...]] = set()
        self._room = vocabulary.MAX_VARIABLES
        # Vocabularies first, what refers to them next, what refers to that last.
        for stage in (("vocabulary",), tuple(_READERS), ("landscape",)):
            for digest, value in found.items():
                if kinds[digest] in stage:
                    self._documents[digest] = self._read(kinds[digest], value, digest)

    @property
    def digests(self) -> Mapping[str, str]:
        """The digests of all documents, with their kinds."""
        kinds = {digest: type(item).__name__.lower() for digest, item in self._documents.items()}
        return MappingProxyType(kinds)

    def get(self, at: Value, kind: type[_Any]) -> _Any:
        """The document of this kind whose digest is written at a place."""
        found = self._documents.get(at.digest())
        if not isinstance(found, kind):
            raise at.rejection("reference", f"the digest of a {kind.__name__.lower()} in the set")
        return found

    def _read(self, kind: str, value: Value, digest: str) -> object:
        if kind == "vocabulary":
            result = vocabulary.read(value, digest, self._room)
            self._room = result.room
            self._expressions[digest] = Expressions(result)
            self._unique(value, kind, result.name)
            return result
        owner = value.entries().get("vocabulary")
        if owner is None:
            raise value.rejection("shape", "a field vocabulary")
        read = _Reader(digest, self.get(owner, Vocabulary), self._expressions[owner.digest()])
        if kind == "landscape":
            return self._landscape(value, read)
        document, identity = _READERS[kind](read, value)
        self._unique(value, "rule" if kind == "invariant" else kind, *identity)
        return document

    def _unique(self, value: Value, *identity: object) -> None:
        if identity in self._names:
            raise value.rejection("duplicate", "names unique per kind", str(identity[1]))
        self._names.add(identity)

    def entry(self, service: Value, overlays: Value, state: State | None = None) -> Entry:
        """A service with its overlays, whose statements are checked against one another."""
        own = self.get(service, Service)
        items = overlays.items()
        found = tuple(self.get(item, Overlay) for item in items)
        increasing(items, tuple(overlay.origin for overlay in found))
        stated = set(own.attributes)
        for item, overlay in zip(items, found, strict=True):
            _same(item, own, overlay.service, overlay.version, overlay.vocabulary)
            if not stated.isdisjoint(overlay.attributes):
                raise item.rejection("duplicate", "at most one statement of an attribute")
            stated.update(overlay.attributes)
        return Entry(own, found, state)

    def _landscape(self, value: Value, read: _Reader) -> Landscape:
        _, _, count, listed = value.record("kind vocabulary count entries")
        items = listed.items(filled=True)
        entries: list[Entry] = []
        for item in items:
            service, overlays, state = item.record("service overlays state")
            known = None if state.raw is None else self.get(state, State)
            entries.append(self.entry(service, overlays, known))
            own = entries[-1].service
            if own.vocabulary is not read.vocabulary:
                raise service.rejection("reference", "a document of the same vocabulary")
            if known is not None:
                _same(state, own, known.service, known.version, known.vocabulary)
        increasing(items, tuple(entry.service.name for entry in entries))
        if count.integer() != len(items):
            raise count.rejection("landscape", f"the number of entries, {len(items)}")
        return Landscape(read.digest, read.vocabulary, tuple(entries))


def _same(at: Value, service: Service, name: str, version: str, owner: Vocabulary) -> None:
    if (service.name, service.version, service.vocabulary) != (name, version, owner):
        raise at.rejection("reference", "a document of this service, version and vocabulary")


def _listed(value: Value) -> list[Value]:
    """The documents of a document set or of a decision file."""
    parts = value.entries()
    form = parts["format"].raw if "format" in parts else None
    if form == DECISION:
        return parts["documents"].items() if "documents" in parts else []
    written, documents = value.record("format documents")
    written.choice(FORMAT)
    return documents.items()


def _kind(value: Value) -> str:
    kind = value.entries().get("kind")
    if kind is None:
        raise value.rejection("shape", "a field kind")
    return kind.choice(f"vocabulary landscape {' '.join(_READERS)}")


class _Reader:
    """Reads the documents of one vocabulary; each method gives a document and what names it."""

    def __init__(self, digest: str, owner: Vocabulary, expressions: Expressions) -> None:
        self.digest = digest
        self.vocabulary = owner
        self._expressions = expressions

    def _values(self, section: str, value: Value) -> dict[str, Stated]:
        declared = self.vocabulary.fields[section]
        found: dict[str, Stated] = {}
        for name, item in value.entries().items():
            if name not in declared:
                raise item.rejection("reference", f"a declared field of {section}", name)
            found[name] = declared[name].read(item)
        return found

    def _version(self, value: Value) -> str:
        if not _VERSION.fullmatch(value.name()):
            raise value.rejection("name", "a version: 1 to 8 numbers joined by dots")
        return value.name()

    def _zones(self, value: Value) -> frozenset[int] | None:
        if value.raw is None:
            return None
        if "zone" not in self.vocabulary.roles:
            raise value.rejection("reference", "no zones, as no fact has that role")
        return frozenset(value.ordered(self.vocabulary.roles["zone"].members))

    def service(self, value: Value) -> tuple[Document, tuple[object, ...]]:
        names = "name version route attributes capabilities assumes guarantees cost permits api"
        parts = value.record(f"kind vocabulary {names}")
        _, _, name, version, route, attributes, capabilities, assumes, guarantees, cost = parts[:10]
        mode, permissions, trust, zones = parts[10].record("mode permissions trust zones")
        role = self.vocabulary.roles
        listed = permissions.items()
        if (not listed) != (mode.choice("public any all none") in {"public", "none"}):
            raise permissions.rejection("shape", "permissions iff the mode is any or all")
        known = role["permissions"].members if "permissions" in role else None
        if known is not None:
            permissions.ordered(known)
        elif len({item.name() for item in listed}) != len(listed):
            raise permissions.rejection("duplicate", "each permission only once")
        if trust.raw is not None and "trust" not in role:
            raise trust.rejection("reference", "no trust level, as no fact has that role")
        cases = [case.record("when amount") for case in cost.items()]
        if cases and self.vocabulary.cost_upper is None:
            raise cost.rejection("reference", "no cost where the vocabulary declares none")
        if parts[11].raw is not None:
            protocol, endpoint, schema = parts[11].record("protocol endpoint response_schema")
            protocol.name()
            endpoint.text()
            if schema.raw is not None:
                schema.text()
        capabilities.ordered(self.vocabulary.capabilities)
        document = Service(
            self.digest,
            self.vocabulary,
            name.name(),
            self._version(version),
            route.choice("internal external hybrid"),
            self._values("attributes", attributes),
            frozenset(item.text() for item in capabilities.items()),
            self._expressions.formulas(assumes, GUARD),
            tuple(self._expressions.guarantee(item) for item in guarantees.items()),
            tuple(
                (self._expressions.formula(when, GUARD), self._expressions.affine(amount, REQUEST))
                for when, amount in cases
            ),
            mode.text(),
            tuple(item.text() for item in listed),
            None if trust.raw is None else trust.number(),
            self._zones(zones),
        )
        return document, (document.name, version_key(document.version))

    def overlay(self, value: Value) -> tuple[Document, tuple[object, ...]]:
        _, _, service, version, origin, attributes, guarantees = value.record(
            "kind vocabulary service version origin attributes guarantees"
        )
        document = Overlay(
            self.digest,
            self.vocabulary,
            service.name(),
            self._version(version),
            origin.name(),
            self._values("attributes", attributes),
            tuple(self._expressions.guarantee(item) for item in guarantees.items()),
        )
        identity = document.service, version_key(document.version), document.origin
        return document, identity

    def rule(self, value: Value) -> tuple[Document, tuple[object, ...]]:
        kind, _, name, priority, when, then = value.record(
            "kind vocabulary name priority when then"
        )
        invariant = kind.raw == "invariant"
        if priority.integer() != 0 and invariant:
            raise priority.rejection("shape", "priority 0 of an invariant")
        actions = tuple(self._expressions.requirement(item) for item in then.items(filled=True))
        condition = self._expressions.formula(when, CONDITION)
        rule = Rule(self.digest, self.vocabulary, invariant, name.name(), condition, actions)
        return rule, (rule.name,)

    def request(self, value: Value) -> tuple[Document, tuple[object, ...]]:
        _, _, name, caller, needs, given, ensure, budget, deadline, nominal = value.record(
            "kind vocabulary name caller needs given ensure budget deadline nominal"
        )
        if caller.raw is not None:
            caller.text()
        if budget.raw is not None and self.vocabulary.cost_upper is None:
            raise budget.rejection("reference", "no budget where the vocabulary declares no cost")
        formulas = self._expressions.formulas(given, REQUEST)
        mentioned = _mentioned(formulas)
        values = None if nominal.raw is None else self._values("request", nominal)
        if not self.vocabulary.defaults <= mentioned:
            odd = min(self.vocabulary.defaults - mentioned)
            raise given.rejection("canonical", "every default to be stated", odd)
        if values is not None and not mentioned <= values.keys():
            odd = min(mentioned - values.keys())
            raise nominal.rejection("shape", "a value of every field that is given", odd)
        groups = [group.items(filled=True) for group in needs.items(filled=True)]
        capabilities = self.vocabulary.capabilities
        document = Request(
            self.digest,
            self.vocabulary,
            name.name(),
            tuple(tuple(item.known(capabilities) for item in group) for group in groups),
            formulas,
            tuple(self._expressions.requirement(item) for item in ensure.items()),
            None if budget.raw is None else budget.amount(),
            None if deadline.raw is None else deadline.amount(),
            values,
        )
        return document, (document.name,)

    def profile(self, value: Value) -> tuple[Document, tuple[object, ...]]:
        parts = value.record(
            "kind vocabulary name objective weights resolution performance limits optimality pins"
        )
        _, _, name, objective, weights, resolution, performance, limits, optimality, pins = parts
        objective.choice("eq1.5")
        written = weights.record("guarantee cost performance reliability")
        shares = [item.amount() for item in written]
        if not any(shares):
            raise weights.rejection("empty", "a weight that is not 0")
        for item, share in zip(written, shares, strict=True):
            if max(share.numerator, share.denominator) > _MAX_WEIGHT:
                raise item.rejection("limit", f"parts of at most {_MAX_WEIGHT}")
        step = resolution.number()
        if step.numerator != 1 or step.denominator > _MAX_RESOLUTION:
            raise resolution.rejection("sort", f"1/N for an N from 1 to {_MAX_RESOLUTION}")
        common = lcm(*(share.denominator for share in shares))
        whole = tuple(int(share * common) for share in shares)
        if step.denominator * sum(whole) >= _MAX_SCORE:
            raise weights.rejection("limit", "scores below 2^53")
        metrics = {metric: index for index, metric in enumerate(self.vocabulary.metrics)}
        performance.ordered(metrics)
        available, allowance, facts, units = limits.record(
            "available routing_allowance facts solver_units"
        )
        units.amount()
        document = Profile(
            self.digest,
            self.vocabulary,
            name.name(),
            whole,
            step.denominator,
            tuple(item.text() for item in performance.items()),
            self._expressions.formulas(available, ENVIRONMENT),
            allowance.amount(),
            frozenset(["asserted"] if facts.ordered({"asserted": 0}) else []),
            optimality.choice("required optional") == "required",
            {service: self._version(pin) for service, pin in pins.entries().items()},
        )
        return document, (document.name,)

    def facts(self, value: Value) -> tuple[Document, tuple[object, ...]]:
        _, _, name, origin, values = value.record("kind vocabulary name origin values")
        read = self._values("facts", values)
        origin.choice("asserted")
        document = Facts(self.digest, self.vocabulary, name.name(), origin.text(), read)
        return document, (document.name,)

    def state(self, value: Value) -> tuple[Document, tuple[object, ...]]:
        _, _, service, version, values, history = value.record(
            "kind vocabulary service version values history"
        )
        calls, violations = (item.whole() for item in history.record("calls violations"))
        if not 0 <= violations <= calls <= _MAX_CALLS:
            raise history.rejection("sort", f"0 <= violations <= calls <= {_MAX_CALLS}")
        read = self._values("environment", values)
        name, own = service.name(), self._version(version)
        document = State(self.digest, self.vocabulary, name, own, read, calls, violations)
        return document, (name, version_key(own))


def _mentioned(formulas: tuple[Expression, ...]) -> set[str]:
    """The names of the request fields that occur."""
    found: set[str] = set()
    stack = list(formulas)
    while stack:
        formula = stack.pop()
        stack.extend(formula.parts)
        groups = [formula.variables, *(variables for variables, _ in formula.affine.terms)]
        found.update(group[0].name for group in groups if group)
    return {name.partition(".")[2].partition(":")[0] for name in found}


_READERS: Final[dict[str, Callable[[_Reader, Value], tuple[Document, tuple[object, ...]]]]] = {
    "service": _Reader.service,
    "overlay": _Reader.overlay,
    "rule": _Reader.rule,
    "invariant": _Reader.rule,
    "request": _Reader.request,
    "profile": _Reader.profile,
    "facts": _Reader.facts,
    "state": _Reader.state,
}
