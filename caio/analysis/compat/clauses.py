"""What is lost facet by facet: the message, the places and the clauses of both contracts (certificate-v1 section 8.5).

One function per kind of obligation. The primary place is the clause of the new contract that is to blame, or its name where a
clause is missing; the secondary one is the clause of the old contract.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from caio.analysis.compat import rules, words
from caio.analysis.compat.sides import Version, title
from caio.analysis.findings.finding import Rule
from caio.base.canonical import Json
from caio.base.diagnostics import Label
from caio.base.spans import Span
from caio.ir import documents as d
from caio.ir import terms as t
from caio.ir.encode import document_digest, document_json
from caio.ir.interpret import affine_value


@dataclass(frozen=True)
class Pair:
    """Two versions of a service: one that is to be refined, and one that is to refine it.

    Attributes:
        direction: ``backward``, or ``forward`` where the later version is the one that is to be refined.
        demands: the rules and constraints of both sides by digest, with the place of each.
    """

    old: Version
    new: Version
    vocabulary: d.Vocabulary
    direction: str
    demands: Mapping[str, tuple[d.Rule | d.Constraint, Span | None]]


@dataclass(frozen=True, slots=True)
class Said:
    """What is to be said of a facet."""

    rule: Rule
    message: str
    help: str
    span: Span | None
    label: Label | None
    clauses: tuple[Json, Json]


_Say = Callable[[Pair, tuple[Json, ...], Mapping[str, d.Value]], Said]


def said(kind: str, about: tuple[Json, ...], pair: Pair, values: Mapping[str, d.Value]) -> Said:
    """What is to be said of a facet that does not hold.

    Args:
        kind: of the obligation.
        about: what its key names besides the two contracts.
        pair: the two versions.
        values: the counterexample's values by qualified variable; empty without one.
    """
    return _FACETS[kind](pair, about, values)


def _vacuous(pair: Pair, _about: tuple[Json, ...], _values: Mapping[str, d.Value]) -> Said:
    return Said(
        rules.UNUSABLE,
        f"no request meets the assumptions of {title(pair.old)}, so that nothing at all is to be kept of it",
        f"correct what {title(pair.old)} assumes: compatible with a contract that nobody can use says nothing",
        pair.old.locate("assumes[0]"),
        None,
        (document_json(pair.old.service)["assumes"], None),
    )


def _incoherent(pair: Pair, _about: tuple[Json, ...], _values: Mapping[str, d.Value]) -> Said:
    promises: Json = document_json(pair.new.service)["guarantees"]
    added = [document_digest(overlay) for overlay in pair.new.contract.overlays]
    return Said(
        rules.INCOHERENT_NEW,
        f"the guarantees of {title(pair.new)} contradict each other for some request, where they would entail anything",
        "guard one of the guarantees, or correct its bound",
        pair.new.locate("guarantees[0]"),
        Label(place, f"{title(pair.old)}") if (place := pair.old.locate()) else None,
        (None, [promises, list(added)]),
    )


def _overlapping(pair: Pair, _about: tuple[Json, ...], _values: Mapping[str, d.Value]) -> Said:
    return Said(
        rules.OVERLAPPING,
        f"two cost cases of {title(pair.new)} apply to the same request, so that it has two prices",
        "make the conditions exclude each other, or use `otherwise`",
        pair.new.locate("cost[0]"),
        None,
        (None, document_json(pair.new.service)["cost"]),
    )


def _assumption(pair: Pair, about: tuple[Json, ...], _values: Mapping[str, d.Value]) -> Said:
    index = _index(about)
    clause = pair.new.service.assumes[index]
    own = [
        i
        for i, one in enumerate(pair.old.service.assumes)
        if not set(t.variables_of(one)).isdisjoint(t.variables_of(clause))
    ]
    before = " and ".join(words.said(pair.old.service.assumes[i], pair.vocabulary) for i in own[:3])
    place = pair.old.locate(f"assumes[{own[0]}]" if own else "")
    assumed = words.said(clause, pair.vocabulary)
    told = f"assumed {before}" if own else "assumed nothing of the kind"
    return Said(
        rules.NARROWED_ASSUMPTION,
        f"{title(pair.new)} takes fewer requests: it assumes {assumed}, and {title(pair.old)} {told}",
        "assume no more than before; a service that takes fewer requests is a new major version",
        pair.new.locate(f"assumes[{index}]"),
        _label(place, f"{title(pair.old)} {told if not own else 'assumed this'}"),
        (document_json(pair.old.service)["assumes"], _clause(pair.new.service, "assumes", index)),
    )


def _guarantee(pair: Pair, about: tuple[Json, ...], values: Mapping[str, d.Value]) -> Said:
    index = _index(about)
    vocabulary = pair.vocabulary
    old = pair.old.contract.guarantees[index]
    now = words.tightest(old, pair.new.contract, values) if values else None
    there = f"promised {words.promise(old, vocabulary)}"
    if now is not None:
        here = f"{title(pair.new)} promises {words.bound_at(now[1], vocabulary, values)} there"
        place = pair.new.place_of_guarantee(now[0])
    else:
        alike = [
            i
            for i, one in enumerate(pair.new.contract.guarantees)
            if one.metric == old.metric and one.relation.upper == old.relation.upper
        ]
        here = f"{title(pair.new)} promises nothing as tight"
        here += " for as many calls" if alike and old.level is not None else ""
        place = pair.new.place_of_guarantee(alike[0]) if alike else pair.new.locate()
    return Said(
        rules.WEAKER_GUARANTEE,
        f"{title(pair.old)} {there}; {here}",
        "keep the bound and its guard, or release the change as a new major version",
        place,
        _label(pair.old.place_of_guarantee(index), f"{title(pair.old)} promised this"),
        (_promise(pair.old, index), None if now is None else _promise(pair.new, now[0])),
    )


def _uncovered(pair: Pair, about: tuple[Json, ...], _values: Mapping[str, d.Value]) -> Said:
    index = _index(about)
    case = words.price(pair.old.service.cost[index], pair.vocabulary)
    return Said(
        rules.COST_NOT_COVERED,
        f"{title(pair.old)} had the price {case}; {title(pair.new)} states none for some of these requests, and no"
        " bound is no budget kept",
        "add a cost case, or `otherwise`, for the requests that are left out",
        pair.new.locate("cost[0]") if pair.new.service.cost else pair.new.locate(),
        _label(pair.old.locate(f"cost[{index}]"), f"{title(pair.old)} stated this"),
        (_clause(pair.old.service, "cost", index), document_json(pair.new.service)["cost"]),
    )


def _dearer(pair: Pair, about: tuple[Json, ...], values: Mapping[str, d.Value]) -> Said:
    index, other = _index(about), _index(about, 1)
    case, new = pair.old.service.cost[index], pair.new.service.cost[other]
    vocabulary = pair.vocabulary
    amounts = [affine_value(one.amount, values) for one in (new, case)] if values else []
    told = ""
    match amounts:
        case [after, before] if after is not None and before is not None:
            told = (
                f": {words.money(after, vocabulary)} instead of {words.money(before, vocabulary)}"
            )
    return Said(
        rules.DEARER,
        f"{title(pair.new)} is dearer than {title(pair.old)} for some request{told}",
        "keep the price at or below the one before, or release the change as a new major version",
        pair.new.locate(f"cost[{other}]"),
        _label(
            pair.old.locate(f"cost[{index}]"),
            f"{title(pair.old)} stated {words.price(case, vocabulary)}",
        ),
        (_clause(pair.old.service, "cost", index), _clause(pair.new.service, "cost", other)),
    )


def _attribute(pair: Pair, about: tuple[Json, ...], _values: Mapping[str, d.Value]) -> Said:
    name = str(about[0])
    field = pair.vocabulary.attribute(name)
    before, now = pair.old.contract.attributes[name], pair.new.contract.attributes.get(name)
    was = words.value(before, field, pair.vocabulary)
    label = _label(pair.old.place_of_attribute(name), f"{title(pair.old)} stated this")
    if now is None:
        return Said(
            rules.ATTRIBUTE_GONE,
            f"{title(pair.new)} no longer states `{name}`, which {title(pair.old)} stated as `{was}`; what is absent is"
            " unknown",
            f"state `{name} = {was}` as before",
            pair.new.locate(),
            label,
            ([name, _stated(before)], None),
        )
    is_now = words.value(now, field, pair.vocabulary)
    return Said(
        rules.ATTRIBUTE_CHANGED,
        f"`{name}` of {title(pair.new)} is `{is_now}`, and `{was}` in {title(pair.old)}",
        "keep the value: callers may bound it from either side; or release the change as a new major version",
        pair.new.place_of_attribute(name),
        label,
        ([name, _stated(before)], [name, _stated(now)]),
    )


def _capability(pair: Pair, about: tuple[Json, ...], _values: Mapping[str, d.Value]) -> Said:
    name = str(about[0])
    index = pair.old.service.capabilities.index(name)
    provided = pair.new.service.capabilities
    return Said(
        rules.CAPABILITY_GONE,
        f"{title(pair.new)} does not provide `{name}`, which {title(pair.old)} provides",
        f"provide `{name}`, or release the change as a new major version",
        pair.new.locate("capabilities[0]") if provided else pair.new.locate(),
        _label(pair.old.locate(f"capabilities[{index}]"), f"{title(pair.old)} provides it"),
        (name, None),
    )


def _authorization(pair: Pair, _about: tuple[Json, ...], _values: Mapping[str, d.Value]) -> Said:
    before, now = pair.old.service.permits, pair.new.service.permits
    return _permission(
        rules.PERMISSIONS_NARROWED,
        pair,
        f"{title(pair.new)} permits {words.permits(now)}, and {title(pair.old)} permitted {words.permits(before)}",
        "permit whoever was permitted; `any of` more or `all of` fewer turns nobody away",
    )


def _trust(pair: Pair, _about: tuple[Json, ...], _values: Mapping[str, d.Value]) -> Said:
    before, now = pair.old.service.permits.trust, pair.new.service.permits.trust
    had = "no level" if before is None else f"a level of {before}"
    return _permission(
        rules.TRUST_RAISED,
        pair,
        f"{title(pair.new)} demands a trust of {now}, and {title(pair.old)} demanded {had}",
        "demand no more trust than before, or release the change as a new major version",
    )


def _access(pair: Pair, _about: tuple[Json, ...], _values: Mapping[str, d.Value]) -> Said:
    before, now = pair.old.service.permits.zones, pair.new.service.permits.zones
    served = "every zone" if before is None else f"{{ {', '.join(before)} }}"
    return _permission(
        rules.ZONE_CLOSED,
        pair,
        f"{title(pair.new)} serves the zones {{ {', '.join(now or ())} }}, and {title(pair.old)} served {served}",
        "serve every zone that was served, or release the change as a new major version",
    )


def _permission(rule: Rule, pair: Pair, message: str, help_: str) -> Said:
    return Said(
        rule,
        message,
        help_,
        pair.new.locate("permits"),
        _label(pair.old.locate("permits"), f"{title(pair.old)} permitted this"),
        (
            document_json(pair.old.service)["permits"],
            document_json(pair.new.service)["permits"],
        ),
    )


def _rule(pair: Pair, about: tuple[Json, ...], _values: Mapping[str, d.Value]) -> Said:
    digest = str(about[0])
    demand, place = pair.demands[digest]
    kind = "constraint"
    if isinstance(demand, d.Rule):
        kind = "invariant" if demand.invariant else "rule"
    had = set(pair.old.service.capabilities)
    forbidden = [
        atom.capability
        for atom in demand.then
        if isinstance(atom, t.OnCapability) and not atom.provided
    ]
    added = [
        name for name in pair.new.service.capabilities if name not in had and name in forbidden
    ]
    label = _label(place, f"{kind} `{demand.name}`")
    if added:
        index = pair.new.service.capabilities.index(added[0])
        return Said(
            rules.CAPABILITY_FORBIDDEN,
            f"{title(pair.new)} provides `{added[0]}`, which {title(pair.old)} does not, and {kind} `{demand.name}`"
            " forbids it for some request",
            f"leave `{added[0]}` out, offer it under another name of service, or narrow the {kind}",
            pair.new.locate(f"capabilities[{index}]"),
            label,
            (digest, added[0]),
        )
    if pair.old.service.route == pair.new.service.route:
        return Said(
            rules.RULE_NO_LONGER_MET,
            f"{kind} `{demand.name}` was met by {title(pair.old)} and is not by {title(pair.new)}",
            "keep what the contract promised before: other findings say what it was",
            pair.new.locate(),
            label,
            (digest, document_digest(pair.new.service)),
        )
    return Said(
        rules.ROUTE_CHANGED,
        f"{title(pair.new)} is called by the route `{pair.new.service.route}`, {title(pair.old)} by"
        f" `{pair.old.service.route}`, and {kind} `{demand.name}` makes a difference between them",
        f"keep the route, or change the {kind} first",
        pair.new.locate(),
        label,
        ([digest, pair.old.service.route], pair.new.service.route),
    )


def _schema(pair: Pair, _about: tuple[Json, ...], _values: Mapping[str, d.Value]) -> Said:
    before, now = pair.old.schema, pair.new.schema
    told = []
    for version, schema in ((pair.old, before), (pair.new, now)):
        if schema is None:
            told.append(f"{title(version)} states none")
        elif schema.digest is None:
            told.append(f"the content of `{schema.named}` is unknown, because {schema.missing}")
    reason = "; ".join(told) or "its content is another one"
    return Said(
        rules.SCHEMA_CHANGED,
        f"not known whether callers of {title(pair.old)} can read the responses of {title(pair.new)}: {reason}",
        "keep the response schema, put its file beside the document that names it, or write its digest `sha256:…`; what"
        " one schema allows beyond another is for people to judge",
        pair.new.locate("api"),
        _label(pair.old.locate("api"), f"the response schema of {title(pair.old)}"),
        (
            None if before is None else [before.named, before.digest],
            None if now is None else [now.named, now.digest],
        ),
    )


def _label(span: Span | None, message: str) -> Label | None:
    return None if span is None else Label(span, message)


def _index(about: tuple[Json, ...], position: int = 0) -> int:
    found = about[position]
    return found if isinstance(found, int) else 0


def _clause(service: d.Service, name: str, index: int) -> Json:
    listed = document_json(service)[name]
    return listed[index] if isinstance(listed, list) else None


def _promise(version: Version, index: int) -> Json:
    own = version.contract.guarantees[index]
    bare = d.Overlay(version.vocabulary, version.name, version.number, "", (), (own,))
    return document_json(bare)["guarantees"]


def _stated(value: d.Value) -> Json:
    return value if isinstance(value, str | bool) else str(value)


_FACETS: Final[Mapping[str, _Say]] = {
    "service_assumable": _vacuous,
    "service_coherent": _incoherent,
    "service_cost_disjoint": _overlapping,
    "refines_assumption": _assumption,
    "refines_guarantee": _guarantee,
    "refines_cost_covered": _uncovered,
    "refines_cost": _dearer,
    "refines_attribute": _attribute,
    "refines_capability": _capability,
    "refines_authorization": _authorization,
    "refines_trust": _trust,
    "refines_access": _access,
    "refines_rule": _rule,
    "refines_schema": _schema,
}
