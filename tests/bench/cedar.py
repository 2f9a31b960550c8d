"""The Cedar baseline: the same attributes as entities, the same demands as one policy, no proof.

What an engineer would do who routes with Cedar (``cedarpy``, its batch call). Services are entities and the policy is a
policy set, both parsed once. Per request, and in the time, the caller becomes an entity with the request as its attributes
(a context would be parsed anew for every service) and one batch asks about the services. All demands stand in one
``permit`` whose conjuncts come cheapest first: Cedar evaluates every policy of a set and stops early only within one.

Cedar's numbers are 64-bit integers without division: prices are scaled to 10⁻¹² USD per unit (finer ones are rounded up,
``rounded`` counts them), seconds and shares to 10⁻⁶. Sums of quantities, and the truth of the few odd formulas that
contracts share, are computed for the caller outside of Cedar, which is faster there.

Not expressed: open ranges (Cedar evaluates one call, not all calls that a request describes), the consistency of contracts
(coherence; price cases are taken to be disjoint), observed states, deadlines, other tiers than the one compiled for.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from fractions import Fraction
from math import ceil
from typing import Any, Final

import cedarpy

from caio.ir import documents as d
from caio.ir import terms as t
from caio.ir.interpret import truth
from caio.obligations.candidate import Question
from caio.obligations.contract import Contract
from tests.bench.cedar_policy import (
    COMMON,
    MICRO,
    MONEY,
    Guards,
    Policy,
    attribute,
    conjuncts,
    counted,
    scaled,
)
from tests.bench.world import World

_TIER: Final = ("request.tier", "standard")
_CALLER: Final = 'User::"caller"'


class Cedar:
    """A landscape as Cedar entities and a policy.

    Args:
        world: the landscape and the policy.

    Raises:
        ValueError: a contract or a rule says something that this translation cannot express.
    """

    def __init__(self, world: World) -> None:
        self.rounded = 0
        self._vocabulary = world.vocabulary
        self._guards = Guards(world.vocabulary)
        entities = [self._entity(contract) for contract in world.snapshot.contracts]
        self._entities = cedarpy.Entities.from_json_str(json.dumps(entities))
        self.policy = Policy(world.vocabulary, self._guards, world.policy).text
        self._policies = cedarpy.PolicySet.from_str(self.policy)
        self.names = [contract.service.name for contract in world.snapshot.contracts]
        self._asked = [
            {
                "principal": _CALLER,
                "action": 'Action::"route"',
                "resource": f"Service::{json.dumps(name, ensure_ascii=False)}",
            }
            for name in self.names
        ]

    def admitted(self, question: Question, places: Sequence[int] | None = None) -> list[bool]:
        """Whether Cedar allows each service (or those at these places), in one batch.

        Raises:
            ValueError: the request leaves something open, or asks for what is not expressed.
        """
        attributes = self._caller(question)
        caller = {"uid": {"type": "User", "id": "caller"}, "attrs": attributes, "parents": []}
        entities = self._entities.with_added_json_str(json.dumps([caller]))
        asked = self._asked if places is None else [self._asked[place] for place in places]
        answers = cedarpy.is_authorized_batch(asked, self._policies, entities)
        return [answer.allowed for answer in answers]

    # --- what a call is ---------------------------------------------------------------------------

    def _caller(self, question: Question) -> dict[str, Any]:
        request, facts = question.request, question.facts
        point = point_of(question)
        found: dict[str, Any] = {
            "known": facts is not None and facts.origin in question.profile.limits.facts,
            "broken": [k for form, k in self._guards.forms.items() if truth(form, point) is False],
            "needs": [group[0] for group in request.needs if len(group) == 1],
            "permissions": [],
            "rare": False,
        }
        for names, key in self._guards.sums.items():
            found[key] = int(sum(_number(point[name]) for name in names))
        for field in self._vocabulary.request:
            value = point[f"request.{field.name}"]
            if isinstance(value, Fraction):
                scale = MICRO if isinstance(field.type, d.RationalType) else 1
                found[field.name] = scaled(value, scale)
                found["rare"] |= bool(value) and field.name not in COMMON
            else:
                found[field.name] = list(value) if isinstance(value, tuple) else value
        for name, fact in () if facts is None else facts.values:
            found[name] = int(fact) if isinstance(fact, Fraction) else fact
        return found | _demands(request)

    # --- what a service is ------------------------------------------------------------------------

    def _entity(self, contract: Contract) -> dict[str, Any]:
        service, guards = contract.service, self._guards
        permits = service.permits
        if permits.mode != "any" or permits.trust is not None or permits.zones is not None:
            raise ValueError(f"what `{service.name}` permits is not expressed")
        found: dict[str, Any] = {
            attribute(name): int(value) if isinstance(value, Fraction) else value
            for name, value in contract.attributes.items()
        }
        found["caps"] = list(service.capabilities)
        found["permits"] = list(permits.permissions)
        found["assumed"] = guards.attributes("assumed", service.assumes)
        for metric in self._vocabulary.metrics:
            promises = contract.bounding(metric.name, upper=metric.better == "lower")
            for number, promise in enumerate(promises):
                slot = f"{metric.name}{number}"
                found[slot] = guards.attributes(slot, [promise.when]) | _promise(promise, metric)
        number = 0
        for case in service.cost:
            guard = _within_tier(case.when)
            if guard is not None:
                slot = f"price{number}"
                found[slot] = guards.attributes(slot, guard) | self._prices(case.amount)
                number += 1
        return {"uid": {"type": "Service", "id": service.name}, "attrs": found, "parents": []}

    def _prices(self, amount: t.Affine) -> dict[str, int]:
        terms = dict(amount.terms)
        found = {"base": ceil(amount.constant * MONEY)}
        for name in counted(self._vocabulary):
            value = terms.pop(f"request.{name}", Fraction(0)) * MONEY
            if isinstance(self._vocabulary.field(f"request.{name}").type, d.RationalType):
                value /= MICRO
            self.rounded += value.denominator != 1
            found[name] = ceil(value)
        if terms:
            raise ValueError(f"the price `{amount}` is not expressed")
        return found


def point_of(question: Question) -> dict[str, d.Value]:
    """The one call that a request without open ranges describes.

    Raises:
        ValueError: it leaves a field open.
    """
    point: dict[str, d.Value] = {"env.at": Fraction(question.at)}
    sets: dict[str, dict[str, bool]] = {}
    for formula in conjuncts(question.request.given):
        match formula:
            case t.In(variable, (member,)):
                point[variable] = member
            case t.Compare(t.Comparison.EQ, t.Affine(constant, ((variable, value),))):
                point[variable] = -constant / value
            case t.Has(variable, member):
                sets.setdefault(variable, {})[member] = True
            case t.Not(t.Has(variable, member)):
                sets.setdefault(variable, {})[member] = False
            case _:
                raise ValueError(f"`{formula}` leaves a field open")
    for variable, members in sets.items():
        point[variable] = tuple(name for name, held in members.items() if held)
    missing = [f.name for f in question.vocabulary.request if f"request.{f.name}" not in point]
    if missing:
        raise ValueError(f"`{missing[0]}` is open")
    return point


def _demands(request: d.Request) -> dict[str, Any]:
    found: dict[str, Any] = {}
    choices = [group for group in request.needs if len(group) > 1]
    if len(choices) > 1 or request.deadline is not None:
        raise ValueError("one choice of capabilities and no deadline is what is expressed")
    if choices:
        found["choice"] = list(choices[0])
    for atom in request.ensure:
        if not isinstance(atom, t.OnMetric) or atom.bound.terms or atom.relation.strict:
            raise ValueError(f"`{atom}` is not expressed")
        found[f"ask_{atom.metric}"] = scaled(atom.bound.constant, MICRO)
    if request.budget is not None:
        found["budget"] = scaled(request.budget, MONEY)
    return found


def _promise(promise: d.Guarantee, metric: d.Metric) -> dict[str, int]:
    terms = dict(promise.bound.terms)
    rate = terms.pop("request.output_tokens", Fraction(0))
    if terms or promise.relation.strict or promise.level != metric.level:
        raise ValueError(f"the guarantee `{promise}` is not expressed")
    return {"base": scaled(promise.bound.constant, MICRO), "rate": scaled(rate, MICRO)}


def _within_tier(guard: t.Formula) -> Iterable[t.Formula] | None:
    """What is left of a price case's guard for the tier compiled for, None if it is for others."""
    variable, member = _TIER
    left = []
    for formula in conjuncts([guard]):
        if isinstance(formula, t.In) and formula.variable == variable:
            if member not in formula.members:
                return None
        else:
            left.append(formula)
    return left


def _number(value: d.Value) -> Fraction:
    if not isinstance(value, Fraction):
        raise TypeError(f"`{value!r}` is no number")
    return value
