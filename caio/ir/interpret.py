"""The reference interpreter: what expressions and contracts mean at one concrete point, exactly.

Written straight from the design (section 5) and ``docs/spec/documents-v1.md`` section 4, apart from the formula
constructors, the obligations and every solver, because it is the oracle those are tested against. It favours plainness
over speed.

A **point** X maps qualified variables (``request.tokens``, ``fact.trust``, ``env.at``) to values. What it leaves out is
unknown, and so is whatever depends on it (Kleene's three values, ``None`` for unknown); unknown never counts as
satisfied. An **outcome** Y is what a call turned out to be: metric values and cost.
"""

from __future__ import annotations

from fractions import Fraction

from caio.ir import documents as d
from caio.ir import terms as t
from caio.ir.interpret_contracts import Contract, Outcome, bounds_of
from caio.ir.interpret_expressions import (
    expression_entailed,
    expression_satisfied,
    expression_violable,
)
from caio.ir.interpret_formulas import Point, affine_value, holds, members_of, related, truth

__all__ = [
    "Contract",
    "Outcome",
    "Point",
    "accessible",
    "affine_value",
    "assumed",
    "authorized",
    "described",
    "entails",
    "guaranteed",
    "holds",
    "in_domain",
    "in_schema",
    "kept",
    "private",
    "related",
    "satisfied",
    "trusted",
    "truth",
    "violable",
]


# --- contracts at a point -------------------------------------------------------------------------


def in_schema(vocabulary: d.Vocabulary, point: Point) -> bool:
    """Whether every value of the point is one its field may have."""
    return all(_has_type(vocabulary, name, value) for name, value in point.items())


def _has_type(vocabulary: d.Vocabulary, name: str, value: d.Value) -> bool:
    match vocabulary.field(name).type:
        case d.BoolType():
            return isinstance(value, bool)
        case d.EnumType(enum):
            return value in vocabulary.enum(enum).names()
        case d.SetType(enum):
            known = vocabulary.enum(enum).names()
            return isinstance(value, tuple) and all(member in known for member in value)
        case d.IntType(_, lower, upper):
            return (
                isinstance(value, Fraction) and value.denominator == 1 and lower <= value <= upper
            )
        case d.InstantType():
            return isinstance(value, Fraction) and d.INSTANT_MIN <= value <= d.INSTANT_MAX
        case d.RationalType(_, low, high):
            return (
                isinstance(value, Fraction)
                and (low is None or value >= low)
                and (high is None or value <= high)
            )


def described(request: d.Request, point: Point) -> bool:
    """E: whether a point is one that the request describes."""
    return all(holds(formula, point) for formula in request.given)


def assumed(contract: Contract, point: Point) -> bool:
    """A(X): whether the service accepts this point."""
    return all(holds(formula, point) for formula in contract.service.assumes)


def in_domain(vocabulary: d.Vocabulary, outcome: Outcome) -> bool:
    """D(Y): whether every metric lies in its declared range, and the cost is not negative."""
    return all(
        vocabulary.metric(name).lower <= value <= vocabulary.metric(name).upper
        for name, value in outcome.metrics.items()
    ) and (outcome.cost is None or outcome.cost >= 0)


def kept(guarantee: d.Guarantee, point: Point, outcome: Outcome) -> bool:
    """Whether an outcome keeps a guarantee: its guard is not true, or its bound holds."""
    if not holds(guarantee.when, point):
        return True
    bound = affine_value(guarantee.bound, point)
    value = outcome.metrics.get(guarantee.metric)
    return bound is None or value is None or related(value, guarantee.relation, bound)


def guaranteed(contract: Contract, point: Point, outcome: Outcome) -> bool:
    """G(X, Y): whether an outcome keeps every guarantee and every cost case that applies.

    Levels are not looked at: an outcome gives one value per metric, as if all guarantees were about the same level.
    """
    for case in contract.service.cost:
        amount = affine_value(case.amount, point)
        if not holds(case.when, point) or amount is None or outcome.cost is None:
            continue
        if outcome.cost > amount:
            return False
    return all(kept(guarantee, point, outcome) for guarantee in contract.guarantees)


def satisfied(atom: t.Atom, contract: Contract, point: Point, outcome: Outcome) -> bool:
    """Whether a requirement is surely met by this outcome of this contract at this point."""
    match atom:
        case t.OnMetric(metric, relation, bound, _):
            limit = affine_value(bound, point)
            value = outcome.metrics.get(metric)
            return limit is not None and value is not None and related(value, relation, limit)
        case t.OnCost(relation, bound):
            limit = affine_value(bound, point)
            cost = outcome.cost
            return limit is not None and cost is not None and related(cost, relation, limit)
        case t.OnExpression():
            return expression_satisfied(atom, contract, point, outcome)
        case _:
            return _stated(atom, contract, point)


def _stated(
    atom: t.OnAttribute | t.OnQuantity | t.OnCapability | t.OnTime, contract: Contract, point: Point
) -> bool:
    """The atoms that no outcome decides: attributes (open world), capabilities (closed world), time."""
    match atom:
        case t.OnAttribute(name, values, negated):
            stated = contract.attribute(name)
            return stated is not None and (stated in values) != negated
        case t.OnQuantity(name, relation, bound):
            stated = contract.attribute(name)
            return isinstance(stated, Fraction) and related(stated, relation, bound)
        case t.OnCapability(capability, provided):
            return (capability in contract.service.capabilities) == provided
        case t.OnTime(relation, bound):
            at = point.get("env.at")
            return isinstance(at, Fraction) and related(at, relation, bound)


def entails(atom: t.Atom, contract: Contract, point: Point) -> bool:
    """Whether the contract entails a requirement at a point (design, section 5).

    Some guarantee whose guard holds, or the bound of the metric's domain, is at least as tight as the requirement;
    for cost, some cost case whose guard holds. ``y < b`` is tighter than ``y <= b``. In an expression, each variable is
    taken at its worst.
    """
    match atom:
        case t.OnMetric(_, relation, bound, _) | t.OnCost(relation, bound):
            limit = affine_value(bound, point)
            return limit is not None and any(
                _as_tight(given, strict, relation, limit)
                for given, strict in bounds_of(atom, contract, point)
            )
        case t.OnExpression():
            return expression_entailed(atom, contract, point)
        case _:
            return _stated(atom, contract, point)


def _as_tight(given: Fraction, strict: bool, relation: t.Relation, limit: Fraction) -> bool:  # noqa: FBT001
    if given == limit:
        return strict or not relation.strict
    return (given < limit) == relation.upper


def violable(atom: t.Atom, contract: Contract, point: Point) -> bool:
    """Whether some outcome that keeps the promises in the requirement's direction, within D, breaks it.

    The exact meaning of the goal atom of an obligation (``docs/spec/certificate-v1.md`` section 8) at a point. It is
    the negation of ``entails`` wherever the contract is coherent; where promises leave the domain no outcome at all,
    nothing is violable.
    """
    far: tuple[Fraction, bool] | None
    match atom:
        case t.OnMetric(name, relation, bound, _):
            metric = contract.vocabulary.metric(name)
            far = (metric.lower if relation.upper else metric.upper, False)
        case t.OnCost(relation, bound):
            far = (Fraction(0), False) if relation.upper else None
        case t.OnExpression():
            return expression_violable(atom, contract, point)
        case _:
            return not _stated(atom, contract, point)
    limit = affine_value(bound, point)
    if limit is None:
        return True
    sign = 1 if relation.upper else -1
    # Mirrored to an upper requirement: is there a value beyond the limit, at or beyond the far end of the domain, and
    # within every bound that holds?
    beyond = [(sign * limit, not relation.strict)]
    if far is not None:
        beyond.append((sign * far[0], far[1]))
    within = [(sign * value, strict) for value, strict in bounds_of(atom, contract, point)]
    return all(
        low < high or (low == high and not strict_low and not strict_high)
        for low, strict_low in beyond
        for high, strict_high in within
    )


# --- who may call ---------------------------------------------------------------------------------


def authorized(contract: Contract, point: Point) -> bool:
    """Eq. 4.2: whether the held permissions suffice; whoever names nobody is closed to all."""
    permits = contract.service.permits
    if permits.mode == "public":
        return True
    role = contract.vocabulary.with_role("fact", "permissions")
    held = () if role is None else members_of(point.get(f"fact.{role.name}", ()))
    if permits.mode == "any":
        return any(permission in held for permission in permits.permissions)
    return permits.mode == "all" and all(p in held for p in permits.permissions)


def trusted(contract: Contract, point: Point) -> bool:
    """Whether the caller's trust reaches what the service demands, if it demands any."""
    demanded = contract.service.permits.trust
    role = contract.vocabulary.with_role("fact", "trust")
    if demanded is None:
        return True
    trust = None if role is None else point.get(f"fact.{role.name}")
    return isinstance(trust, Fraction) and trust >= demanded


def accessible(contract: Contract, point: Point) -> bool:
    """Whether the caller comes from one of the service's zones, if it names any."""
    zones = contract.service.permits.zones
    role = contract.vocabulary.with_role("fact", "zone")
    return zones is None or (role is not None and point.get(f"fact.{role.name}") in zones)


def private(contract: Contract, point: Point) -> bool:
    """Eq. 4.3: sensitive data goes only where it stays local or is encrypted."""
    vocabulary = contract.vocabulary
    role = vocabulary.with_role("request", "data")
    if role is None or not isinstance(role.type, d.SetType):
        return True
    sensitive = [m.name for m in vocabulary.enum(role.type.enum).members if m.sensitive]
    declared = point.get(f"request.{role.name}")
    if not sensitive or (
        declared is not None and not any(member in sensitive for member in members_of(declared))
    ):
        return True
    locality = vocabulary.with_role("service", "locality")
    encrypted = vocabulary.with_role("service", "encrypted")
    return (
        locality is not None and contract.attribute(locality.name) in ("on_device", "local")
    ) or (encrypted is not None and contract.attribute(encrypted.name) is True)
