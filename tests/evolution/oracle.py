"""Refinement decided by looking at every point: the ground truth of generated evolutions.

Follows the paragraph *Refinement* of DESIGN section 5, and takes from ``docs/spec/certificate-v1.md`` section 8.5 nothing but the
names of its facets, so that answers can be compared one by one. A facet fails iff some point of the schema breaks it; integers,
enumerations and sets are enumerated, rationals and instants divided into the cells of everything that is compared with them
(``tests.oracle.space``). Documents are plain canonical JSON: nothing is shared with what is judged.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from tests.oracle.candidate import (
    NEVER,
    Breach,
    Entry,
    flag,
    incoherent,
    overlapping,
    unmet,
)
from tests.oracle.expressions import Document, Point, affine, number, truth, variables
from tests.oracle.space import Space

UPPER = ("<=", "<")


class Verdict(Enum):
    """The word for an evolution as a whole."""

    COMPATIBLE = "compatible"
    INCOMPATIBLE = "incompatible"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Facet:
    """One part of refinement: whether it holds, and if not, where it breaks.

    ``key`` is that of section 8.5 without the two contracts, such as ``("refines_cost", 0, 1)``. ``point`` is a point at which it
    breaks, or None if it holds; of ``service_assumable``, a point at which the assumptions hold, or None if there is none.
    """

    key: tuple[Any, ...]
    holds: bool
    point: Point | None


def facets(
    vocabulary: Document, old: Entry, new: Entry, policy: Sequence[Document] = ()
) -> list[Facet]:
    """Every facet of ``new`` refining ``old`` under a policy, in the order of section 8.5."""
    usable = _somewhere(vocabulary, Breach(lambda _: True).under(old.service["assumes"]))
    found = [Facet(("service_assumable",), usable is not None, usable)]
    for key, breach in _breaches(vocabulary, old, new, policy):
        point = _somewhere(vocabulary, breach)
        found.append(Facet(key, point is None, point))
    return found


def sane(vocabulary: Document, entry: Entry) -> bool:
    """Whether a contract can be asked for anything, contradicts itself nowhere, and has one price at most."""
    assumes = entry.service["assumes"]
    if _somewhere(vocabulary, Breach(lambda _: True).under(assumes)) is None:
        return False
    wrong = (incoherent(vocabulary, entry), overlapping(entry.service))
    return all(_somewhere(vocabulary, breach.under(assumes)) is None for breach in wrong)


def verdict(found: Sequence[Facet]) -> Verdict:
    """Compatible iff every facet holds; where the response schema alone differs, nobody knows."""
    failed = {facet.key[0] for facet in found if not facet.holds}
    if not failed:
        return Verdict.COMPATIBLE
    return Verdict.UNKNOWN if failed == {"refines_schema"} else Verdict.INCOMPATIBLE


def _somewhere(vocabulary: Document, breach: Breach) -> Point | None:
    space = Space(vocabulary, {})
    return next(
        (x for x in space.points(breach.formulas, breach.families) if breach.broken(x)), None
    )


def _breaches(
    vocabulary: Document, old: Entry, new: Entry, policy: Sequence[Document]
) -> Iterator[tuple[tuple[Any, ...], Breach]]:
    """The key of every facet, and what would break it."""
    assumes, accepted = old.service["assumes"], new.service["assumes"]
    yield ("service_coherent",), incoherent(vocabulary, new).under(accepted)
    yield ("service_cost_disjoint",), overlapping(new.service).under(accepted)
    for i, formula in enumerate(accepted):
        refused = Breach(lambda x, f=formula: not truth(f, x), [formula])  # type: ignore[misc]
        yield ("refines_assumption", i), refused.under(assumes)
    for i, promise in enumerate(old.guarantees()):
        lost = unmet(vocabulary, new, {**promise, "on": "metric", "name": promise["metric"]})
        yield ("refines_guarantee", i), lost.under([*assumes, promise["when"]])
    yield from _cost(assumes, old.service["cost"], new.service["cost"])
    for field in vocabulary["attributes"]:
        stated = old.attributes().get(field["name"])
        if stated is not None:
            other = new.attributes().get(field["name"])
            same = other is not None and _same(field["type"]["sort"], stated, other)
            yield ("refines_attribute", field["name"]), flag(broken=not same)
    for name in old.service["capabilities"]:
        lacking = name not in new.service["capabilities"]
        yield ("refines_capability", name), flag(broken=lacking)
    yield from _callers(vocabulary, old.service["permits"], new.service["permits"])
    callers = permitted(vocabulary, old.service["permits"])
    nobody = _somewhere(vocabulary, Breach(lambda _: True).under(callers)) is None
    for rule in policy:
        broken = NEVER if nobody else _rule(vocabulary, old, new, rule)
        # Facts that a condition does not mention are independent of it: somebody is permitted.
        named = any(name.startswith("fact.") for name in variables(rule["when"]))
        yield ("refines_rule", rule["name"]), broken.under([*assumes, *(callers if named else [])])
    before, after = (_schema(entry.service["api"]) for entry in (old, new))
    equal = before == after and str(before).startswith("sha256:")
    yield ("refines_schema",), flag(broken=before is not None and not equal)


def _same(sort: str, stated: Any, other: Any) -> bool:
    if sort in ("int", "rational", "instant"):
        return number(stated) == number(other)
    return bool(stated == other)


def _schema(api: Document | None) -> str | None:
    return None if api is None else api["response_schema"]


# --- cost -----------------------------------------------------------------------------------------


def _cost(
    assumes: list[Any], before: list[Document], after: list[Document]
) -> Iterator[tuple[tuple[Any, ...], Breach]]:
    """Where an old case applied some new one does, and none that does is dearer."""
    guards = [case["when"] for case in after]
    for i, case in enumerate(before):
        bare = Breach(lambda x: not any(truth(g, x) for g in guards), guards)
        yield ("refines_cost_covered", i), bare.under([*assumes, case["when"]])
    for i, case in enumerate(before):
        for j, other in enumerate(after):
            dearer = Breach(
                lambda x, c=case, o=other: affine(o["amount"], x) > affine(c["amount"], x),  # type: ignore[misc]
                [],
                [[case["amount"], other["amount"]]],
            )
            yield (
                ("refines_cost", i, j),
                dearer.under([*assumes, case["when"], other["when"]]),
            )


# --- callers --------------------------------------------------------------------------------------


def _callers(
    vocabulary: Document, before: Document, after: Document
) -> Iterator[tuple[tuple[Any, ...], Breach]]:
    """Whoever was permitted still is; each part of the new conditions on its own."""
    roles = {field["role"]: f"fact.{field['name']}" for field in vocabulary["facts"]}
    parts = {
        "refines_authorization": _permission(roles.get("permissions"), after),
        "refines_trust": _trust(roles.get("trust"), after),
        "refines_access": _zone(roles.get("zone"), after),
    }
    allowed = permitted(vocabulary, before)
    for name, part in parts.items():
        if part is not None:
            refused = Breach(lambda x, p=part: not truth(p, x), [part])  # type: ignore[misc]
            yield (name,), refused.under(allowed)


def permitted(vocabulary: Document, permits: Document) -> list[Any]:
    """Who may call, as formulas over facts."""
    roles = {field["role"]: f"fact.{field['name']}" for field in vocabulary["facts"]}
    parts = (
        _permission(roles.get("permissions"), permits),
        _trust(roles.get("trust"), permits),
        _zone(roles.get("zone"), permits),
    )
    return [part for part in parts if part is not None]


def _permission(variable: str | None, permits: Document) -> Any:
    if permits["mode"] == "public":
        return True
    if permits["mode"] == "none" or variable is None:
        return False
    held = [["has", variable, name] for name in permits["permissions"]]
    return held[0] if len(held) == 1 else ["or" if permits["mode"] == "any" else "and", *held]


def _trust(variable: str | None, permits: Document) -> Any:
    if permits["trust"] is None:
        return None
    return ["le", {"constant": permits["trust"], "terms": {str(variable): "-1"}}]


def _zone(variable: str | None, permits: Document) -> Any:
    zones = permits["zones"]
    return None if zones is None else (["in", variable, zones] if zones else False)


# --- policies -------------------------------------------------------------------------------------


def _rule(vocabulary: Document, old: Entry, new: Entry, rule: Document) -> Breach:
    """A request for which the old contract keeps a rule, and the new one does not.

    Most of what a rule demands follows from the other facets. What does not: capabilities that must not be there, and
    conditions on the route, which begin to apply.
    """
    lost = [unmet(vocabulary, new, atom) for atom in rule["then"]]
    kept = [unmet(vocabulary, old, atom) for atom in rule["then"]]
    before, after = (at_route(rule["when"], e.service["route"]) for e in (old, new))

    def breaks(x: Point) -> bool:
        return (
            truth(after, x)
            and any(breach.broken(x) for breach in lost)
            and not (truth(before, x) and any(breach.broken(x) for breach in kept))
        )

    parts = [*lost, *kept]
    return Breach(
        breaks,
        [before, after, *(f for breach in parts for f in breach.formulas)],
        [family for breach in parts for family in breach.families],
    )


def at_route(formula: Any, route: str) -> Any:
    """A condition for a service whose route is known."""
    if isinstance(formula, bool):
        return formula
    operator, *rest = formula
    if operator in ("not", "and", "or"):
        return [operator, *(at_route(part, route) for part in rest)]
    if operator == "in" and rest[0] == "choice.route":
        return route in rest[1]
    return formula
