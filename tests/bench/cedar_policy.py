"""What contracts and rules say, as one Cedar policy.

Guards become attributes of services and comparisons in the policy: a bound on a sum of quantities is a number of the
service against a sum of the caller (``most_s0``, ``least_s0``), anything else is the name of a form that the caller knows to
be true or broken.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from math import ceil, floor
from typing import Any, Final

from caio.ir import documents as d
from caio.ir import terms as t

MONEY: Final = 10**12
MICRO: Final = 10**6
COMMON: Final = ("fresh_tokens", "cached_tokens", "output_tokens")
"""Quantities that nearly every call has; the others are priced only if the call has any of them."""


class Guards:
    """The sums and forms that guards are made of, and which of them a slot of a service uses."""

    def __init__(self, vocabulary: d.Vocabulary) -> None:
        self.forms: dict[t.Formula, str] = {}
        self.sums: dict[tuple[str, ...], str] = {}
        self.slots: dict[str, set[str]] = {}
        self._whole = {
            f"request.{field.name}"
            for field in vocabulary.request
            if isinstance(field.type, d.IntType)
        } | {"env.at"}

    def attributes(self, slot: str, formulas: Iterable[t.Formula]) -> dict[str, Any]:
        """A conjunction as attributes of a service: bounds on sums, and names of forms."""
        used = self.slots.setdefault(slot, set())
        found: dict[str, Any] = {"forms": []}
        for formula in conjuncts(formulas):
            bound = self.bound(formula)
            if bound is None:
                found["forms"].append(self.forms.setdefault(formula, f"f{len(self.forms)}"))
            else:
                name, value = bound
                fold = min if name.startswith("most") else max
                found[name] = fold(value, found.get(name, value))
                used.add(name)
        return found

    def holds(self, slot: str) -> str:
        """That the guard of a slot is true of the caller."""
        where = f"resource.{slot}"
        parts = []
        for name in sorted(self.slots[slot]):
            end, _, key = name.partition("_")
            sign = "<=" if end == "most" else ">="
            parts.append(f"(!({where} has {name}) || principal.{key} {sign} {where}.{name})")
        return " && ".join([*parts, f"!{where}.forms.containsAny(principal.broken)"])

    def condition(self, formula: t.Formula) -> str:
        """The condition of a rule, of the caller.

        Raises:
            ValueError: it is of a kind that is not expressed.
        """
        match formula:
            case t.In(variable, members):
                return f"{_list(members)}.contains(principal.{_field(variable)})"
            case t.Has(variable, member):
                return f"principal.{_field(variable)}.contains({json.dumps(member)})"
        bound = self.bound(formula)
        if bound is None:
            raise ValueError(f"the condition `{formula}` is not expressed")
        end, _, key = bound[0].partition("_")
        return f"principal.{key} {'<=' if end == 'most' else '>='} {bound[1]}"

    def bound(self, formula: t.Formula) -> tuple[str, int] | None:
        """The name and the value of a bound on a plain sum of whole quantities, None for anything else."""
        match formula:
            case t.Compare(t.Comparison.LE | t.Comparison.LT as comparison, term):
                names = tuple(name for name, _ in term.terms)
                signs = {value for _, value in term.terms}
                if not self._whole.issuperset(names) or signs not in ({1}, {-1}):
                    return None
                key = self.sums.setdefault(names, f"s{len(self.sums)}")
                strict = comparison is t.Comparison.LT
                if signs == {1}:
                    end = -term.constant
                    return f"most_{key}", ceil(end) - 1 if strict else floor(end)
                end = term.constant
                return f"least_{key}", floor(end) + 1 if strict else ceil(end)
        return None


class Policy:
    """Writes the one policy of a landscape.

    Args:
        vocabulary: of all documents.
        guards: of all services.
        rules: what the operator demands.

    Attributes:
        text: the policy.
    """

    def __init__(self, vocabulary: d.Vocabulary, guards: Guards, rules: Sequence[d.Rule]) -> None:
        self._vocabulary = vocabulary
        self._guards = guards
        self.text = self._permit(rules)

    def _permit(self, rules: Sequence[d.Rule]) -> str:
        sensitive = [m.name for e in self._vocabulary.enums for m in e.members if m.sensitive]
        early = [
            "principal.known",
            "resource.caps.containsAll(principal.needs)",
            "(!(principal has choice) || resource.caps.containsAny(principal.choice))",
            "principal.permissions.containsAny(resource.permits)",
        ]
        late: list[str] = []
        for rule in rules:
            for action in rule.then:
                met = self._met(action)
                if rule.when != t.TRUE:
                    met = f"(!({self._guards.condition(rule.when)}) || {met})"
                (late if isinstance(action, t.OnCost) else early).append(met)
        early.append(self._guards.holds("assumed"))
        early.append(
            f"(!principal.data.containsAny({_list(sensitive)}) || (resource has privacy_locality && "
            '["on_device", "local"].contains(resource.privacy_locality)) || '
            "(resource has privacy_encrypted && resource.privacy_encrypted))"
        )
        for metric in self._vocabulary.metrics:
            ask = f"ask_{metric.name}"
            kept = self._promised(metric.name, f"principal.{ask}")
            early.append(f"(!(principal has {ask}) || {kept})")
        late.append(f"(!(principal has budget) || {self._costs('principal.budget')})")
        body = "\n  && ".join([*early, *late])
        return f"permit (principal, action, resource) when {{\n  {body}\n}};"

    def _met(self, atom: t.Atom) -> str:
        match atom:
            case t.OnCost(t.Relation.LE, bound) if not bound.terms:
                return self._costs(str(scaled(bound.constant, MONEY)))
            case t.OnCapability(name, True):
                return f"resource.caps.contains({json.dumps(name)})"
            case t.OnAttribute(name, values, False):
                key = attribute(name)
                return f"(resource has {key} && {_list(values)}.contains(resource.{key}))"
            case t.OnQuantity(name, t.Relation.GE, value):
                key = attribute(name)
                return f"(resource has {key} && resource.{key} >= {ceil(value)})"
            case t.OnMetric(metric, t.Relation.LE | t.Relation.GE, bound) if not bound.terms:
                return self._promised(metric, str(scaled(bound.constant, MICRO)))
        raise ValueError(f"`{atom}` is not expressed")

    def _costs(self, limit: str) -> str:
        """That a price case applies and stays within a limit; cases are taken to be disjoint."""
        found = []
        for slot in self._slots("price"):
            where = f"resource.{slot}"
            common = _sum(where, COMMON)
            rare = _sum(where, [name for name in counted(self._vocabulary) if name not in COMMON])
            amount = f"(if principal.rare then {common} + {rare} else {common})"
            guard = self._guards.holds(slot)
            found.append(f"(resource has {slot} && {guard} && {where}.base + {amount} <= {limit})")
        return f"({' || '.join(found) or 'false'})"

    def _promised(self, metric: str, bound: str) -> str:
        """That some promise that applies is at least as good as a bound."""
        sign = "<=" if self._vocabulary.metric(metric).better == "lower" else ">="
        found = []
        for slot in self._slots(metric):
            where = f"resource.{slot}"
            promised = f"{where}.base + {where}.rate * principal.output_tokens"
            guard = self._guards.holds(slot)
            found.append(f"(resource has {slot} && {guard} && {promised} {sign} {bound})")
        return f"({' || '.join(found) or 'false'})"

    def _slots(self, kind: str) -> Iterator[str]:
        number = 0
        while f"{kind}{number}" in self._guards.slots:
            yield f"{kind}{number}"
            number += 1


def conjuncts(formulas: Iterable[t.Formula]) -> Iterator[t.Formula]:
    """The parts of a conjunction of formulas, at any depth, without those that are true."""
    for formula in formulas:
        if isinstance(formula, t.And):
            yield from conjuncts(formula.operands)
        elif formula != t.TRUE:
            yield formula


def counted(vocabulary: d.Vocabulary) -> list[str]:
    """The request fields that are numbers."""
    kinds = d.IntType | d.RationalType
    return [field.name for field in vocabulary.request if isinstance(field.type, kinds)]


def attribute(name: str) -> str:
    """The Cedar name of a service's attribute."""
    return name.replace(".", "_")


def scaled(value: Fraction, scale: int) -> int:
    """A number in units of 1/scale.

    Raises:
        ValueError: it is not a whole number of them.
    """
    if (value * scale).denominator != 1:
        raise ValueError(f"`{value}` is finer than 1/{scale}")
    return int(value * scale)


def _sum(where: str, names: Iterable[str]) -> str:
    return " + ".join(f"{where}.{name} * principal.{name}" for name in names)


def _field(variable: str) -> str:
    return variable.partition(".")[2]


def _list(values: Iterable[str | bool]) -> str:
    return json.dumps(list(values))
