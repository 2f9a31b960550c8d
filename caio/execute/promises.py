"""What a candidate promised for one very call: its contract at the exact point of the payload.

What was proved for every call that the request describes is evaluated here for the one that is made: the cost that it may
have, the guarantees that apply with their bounds, and where it is to be processed. An unknown value promises nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from caio.execute.clock import SECOND
from caio.execute.order import Order
from caio.ir import documents as d
from caio.ir import terms as t
from caio.ir.interpret import Point, affine_value, holds, truth
from caio.obligations.contract import Contract


@dataclass(frozen=True, slots=True)
class Applied:
    """A guarantee whose guard is true of the call, with its bound there."""

    metric: d.Metric
    guarantee: d.Guarantee
    bound: Fraction


@dataclass(frozen=True, slots=True)
class Promise:
    """What a contract says of one call.

    Attributes:
        cost: the most that the call may cost, in the currency's unit; None where no cost case surely applies.
        applied: the guarantees that apply.
        latency: the least of the upper bounds on the metric of role ``latency``, in microseconds.
        locality: what the contract states as its attribute of role ``locality``.
        bound_to_locality: whether the request, a rule or Eq. 4.3 constrains where this call is processed.
        deterministic: whether equal payloads are to have equal replies.
    """

    cost: Fraction | None
    applied: tuple[Applied, ...]
    latency: int | None
    locality: str | None
    bound_to_locality: bool
    deterministic: bool


def promise_of(order: Order, contract: Contract, point: Point) -> Promise:
    """The promise of a contract at a point, whose request fields are those of the payload."""
    role = order.vocabulary.with_role("service", "locality")
    stated = None if role is None else contract.attributes.get(role.name)
    applied = tuple(_applied(order.vocabulary, contract, point))
    return Promise(
        cost=_cost(contract.service, point),
        applied=applied,
        latency=_latency(applied),
        locality=stated if isinstance(stated, str) else None,
        bound_to_locality=role is not None and _constrains(order, contract, point, role.name),
        deterministic=contract.attributes.get("deterministic") is True,
    )


def breaks_assumption(contract: Contract, point: Point) -> bool:
    """Whether a service surely does not accept this call; never so for a payload that the request describes."""
    return any(truth(formula, point) is False for formula in contract.service.assumes)


def _cost(service: d.Service, point: Point) -> Fraction | None:
    # The cases are disjoint, which is an obligation of its own: at most one guard is true.
    amounts = [affine_value(case.amount, point) for case in service.cost if holds(case.when, point)]
    return amounts[0] if len(amounts) == 1 else None


def _applied(vocabulary: d.Vocabulary, contract: Contract, point: Point) -> Iterable[Applied]:
    for guarantee in contract.guarantees:
        bound = affine_value(guarantee.bound, point)
        if bound is not None and holds(guarantee.when, point):
            yield Applied(vocabulary.metric(guarantee.metric), guarantee, bound)


def _latency(applied: Iterable[Applied]) -> int | None:
    bounds = [
        item.bound * SECOND
        for item in applied
        if item.metric.role == "latency" and item.guarantee.relation.upper
    ]
    # Rounded up: a call is blamed for nothing that lies within its promise.
    return -int(-min(bounds) // 1) if bounds else None


def _constrains(order: Order, contract: Contract, point: Point, locality: str) -> bool:
    """Whether the place of processing was a condition of admission, or may have been."""
    atoms = list(order.request.ensure)
    for rule in order.rules:
        if truth(rule.when, point) is not False:
            atoms += rule.then
    if any(_names(atom, locality) for atom in atoms):
        return True
    # Eq. 4.3: sensitive data goes only where it stays local, or is encrypted.
    data = order.vocabulary.with_role("request", "data")
    encrypted = order.vocabulary.with_role("service", "encrypted")
    if data is None or not isinstance(data.type, d.SetType):
        return False
    sensitive = {m.name for m in order.vocabulary.enum(data.type.enum).members if m.sensitive}
    carried = point.get(f"request.{data.name}")
    secure = encrypted is not None and contract.attributes.get(encrypted.name) is True
    carries = bool(sensitive) and (not isinstance(carried, tuple) or bool(sensitive & {*carried}))
    return carries and not secure


def _names(atom: t.Atom, attribute: str) -> bool:
    return isinstance(atom, t.OnAttribute | t.OnQuantity) and atom.attribute == attribute
