"""Which candidates are worth examining first: a guess, never a judgement.

A hint is an estimate over intervals and floats, untrusted by design. The engine uses it for one thing only: how long a prefix of the
ranking to examine at once. Every candidate of that prefix is examined in full, whatever is hinted about it, and if
none is admitted the engine goes on with the rest. A wrong hint therefore costs time and never correctness.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor

import numpy as np

from caio.ir import documents as d
from caio.ir import terms as t
from caio.obligations.candidate import Question
from caio.obligations.contract import Contract
from caio.obligations.meaning import Meaning
from caio.routing.box import Box, Interval, box_of
from caio.routing.bulk import Scorer, View
from caio.routing.guards import Guards, GuardSet, observable
from caio.routing.properties import Properties
from caio.routing.ranking import Ranking
from caio.routing.rows import Mask, Places


@dataclass(frozen=True, slots=True, eq=False)
class Hint:
    """Per candidate, in snapshot order, whether it may be admitted: False where it almost surely is not."""

    may: Mask

    def first(self, ranking: Ranking) -> int | None:
        """The rank of the best candidate that may be admitted, None if there is none."""
        hinted = self.may[ranking.order]
        rank = int(hinted.argmax()) if len(hinted) else 0
        return rank if len(hinted) and hinted[rank] else None


class Hints:
    """A snapshot compiled for hints; rules are compiled once for each policy in a row of questions.

    Args:
        scorer: of the snapshot; its tables of costs and promises serve here as well.
        meaning: of the snapshot's vocabulary.
    """

    def __init__(self, scorer: Scorer, meaning: Meaning) -> None:
        self._scorer = scorer
        self._contracts = scorer.snapshot.contracts
        self._meaning = meaning
        self._size = len(self._contracts)
        self._properties = Properties(scorer.snapshot, meaning)
        self._ranges: dict[str, Interval] = {
            name: (variable.lower, variable.upper)
            for name, variable in meaning.scope.items()
            if name.startswith(("request.", "env.", "fact.", "measured."))
        }
        entry = GuardSet(meaning)
        places = [entry.add(self._entry(contract), contract.state) for contract in self._contracts]
        self._place: Places = np.array(places, dtype=np.intp)
        self._entries = entry.compile()
        self._policy: tuple[d.Rule, ...] = ()
        self._conditions, self._condition = _conditions((), meaning)
        self._limits: dict[tuple[t.Formula, ...], tuple[Guards, Places]] = {}

    def of(self, question: Question) -> Hint:
        """Who may be admitted."""
        view = self._view(question)
        box = self._informed(view.box, question)
        origin = question.facts.origin if question.facts is not None else "asserted"
        if box.empty or origin not in question.profile.limits.facts:
            return Hint(np.zeros(self._size, dtype=np.bool_))
        # Over a region that is a box, an open condition fails at some point of it, as a rule; else it may well hold.
        least = 1 if all(_is_box(given, self._meaning) for given in question.request.given) else 0
        may = self._entries.signs(box)[self._place] >= least
        for group in question.request.needs:
            may &= self._any(group)
        for atom in self._required(question, box, least):
            may &= self._met(atom, view)
        if question.request.budget is not None:
            may &= self._affordable(t.Affine(question.request.budget), view)
        may &= self._private(box)
        if question.profile.limits.available:
            guards, place = self._available(question.profile.limits.available)
            may &= guards.signs(box)[place] >= least
        return Hint(may)

    def _view(self, question: Question) -> View:
        """The landscape over every call that the request describes, which scoring looks at as well if no point is nominal."""
        if question.request.nominal is None:
            return self._scorer.view(question)
        box = box_of(question, self._meaning, self._ranges, nominal=False)
        return View(self._scorer.tables, box)

    def _informed(self, box: Box, question: Question) -> Box:
        """A box with the facts as points, and with the ranges of facts that nobody states."""
        intervals = {**self._ranges, **box.intervals}
        vocabulary = self._meaning.vocabulary
        stated = dict(question.facts.values) if question.facts is not None else {}
        for field in vocabulary.facts:
            name, value = f"fact.{field.name}", stated.get(field.name)
            if isinstance(field.type, d.SetType):
                if value is None and field.role != "permissions":
                    continue
                held = value if isinstance(value, tuple) else ()
                for member in vocabulary.enum(field.type.enum).names():
                    bit = Fraction(int(member in held))
                    intervals[f"{name}:{member}"] = (bit, bit)
            elif value is not None:
                number = self._meaning.number(field.type, value)
                intervals[name] = (number, number)
        return Box(self._meaning, intervals, box.empty)

    def _entry(self, contract: Contract) -> t.Formula:
        """What an entry demands of a call before anything else: assumptions, permission, trust, zone."""
        permits, vocabulary = contract.service.permits, self._meaning.vocabulary
        parts: list[t.Formula] = [*contract.service.assumes]
        holder = vocabulary.with_role("fact", "permissions")
        if permits.mode != "public":
            names = permits.permissions if permits.mode in ("any", "all") else ()
            if holder is None or not names:
                return t.FALSE
            held = tuple(t.Has(f"fact.{holder.name}", name) for name in names)
            parts.append(t.And(held) if permits.mode == "all" else t.Or(held))
        trust, zone = vocabulary.with_role("fact", "trust"), vocabulary.with_role("fact", "zone")
        if permits.trust is not None and trust is not None:
            least = t.Affine.of(permits.trust, {f"fact.{trust.name}": Fraction(-1)})
            parts.append(t.Compare(t.Comparison.LE, least))
        if permits.zones is not None and zone is not None:
            parts.append(t.In(f"fact.{zone.name}", permits.zones) if permits.zones else t.FALSE)
        return t.And(tuple(parts)) if parts else t.TRUE

    def _required(self, question: Question, box: Box, least: int) -> list[t.Atom]:
        """What must hold: the request's requirements, and the actions of the rules that apply."""
        if question.policy != self._policy:
            self._policy = question.policy
            self._conditions, self._condition = _conditions(question.policy, self._meaning)
        found = list(question.request.ensure)
        signs = self._conditions.signs(box)[self._condition]
        for rule, sign in zip(question.policy, signs.tolist(), strict=True):
            observing = any(map(observable, t.variables_of(rule.when)))
            if sign == 1 or (sign == 0 and least == 1 and not observing):
                found += rule.then
        deadline = question.request.deadline
        latency = next((m for m in question.vocabulary.metrics if m.role == "latency"), None)
        if deadline is not None and latency is not None:
            left = t.Affine(deadline - question.profile.limits.routing_allowance)
            found.append(t.OnMetric(latency.name, t.Relation.LE, left, latency.level))
        elif deadline is not None:
            found.append(t.OnTime(t.Relation.LT, Fraction(d.INSTANT_MIN)))
        return list(dict.fromkeys(found))

    def _met(self, atom: t.Atom, view: View) -> Mask | bool:
        match atom:
            case t.OnMetric():
                return self._promised(atom, view)
            case t.OnCost(relation, bound):
                return self._affordable(bound, view) if relation.upper else True
            case t.OnAttribute(attribute, values, negated):
                return self._properties.among(attribute, values, negated=negated)
            case t.OnQuantity(attribute, relation, value):
                return self._properties.bounded(attribute, relation, value)
            case t.OnCapability(capability, provided):
                held = self._properties.provides(capability)
                return held if provided else ~held
            case t.OnTime(relation, instant):
                return _holds(view.box.intervals["env.at"][0] or Fraction(0), relation, instant)

    def _promised(self, atom: t.OnMetric, view: View) -> Mask | bool:
        """Whether the best promise on a metric reaches a bound."""
        metric = self._meaning.vocabulary.metric(atom.metric)
        upper = atom.relation.upper
        bound = view.box.maximum(atom.bound) if upper else view.box.minimum(atom.bound)
        worst = metric.upper if upper else metric.lower
        if bound is None or (worst <= bound if upper else worst >= bound):
            return True
        table = view.tables.bounds(atom.metric, upper=upper)
        lost: set[int] = set()
        best, scale = table.best(atom.level, view.box, view.signs, lost)
        met = np.zeros(self._size, dtype=np.bool_)
        if upper:
            met[table.owners] = best <= _within(floor(bound * scale))
        else:
            met[table.owners] = best >= _within(ceil(bound * scale))
        met[list(lost)] = True
        return met

    def _affordable(self, limit: t.Affine, view: View) -> Mask | bool:
        """Whether some cost case may apply, and none that surely does costs more than a limit."""
        highest, table, amounts = view.box.maximum(limit), view.tables.cost, view.amounts
        if highest is None or table is None or amounts is None:
            return True
        met = np.zeros(self._size, dtype=np.bool_)
        met[table.owners] = table.within(highest, amounts, view.signs)
        return met

    def _private(self, box: Box) -> Mask | bool:
        """Whether sensitive data, if there may be any, stays near or is encrypted (Eq. 4.3)."""
        vocabulary = self._meaning.vocabulary
        data = vocabulary.with_role("request", "data")
        if data is None or not isinstance(data.type, d.SetType):
            return True
        if not any(
            item.sensitive and box.truth(t.Has(f"request.{data.name}", item.name)) is not False
            for item in vocabulary.enum(data.type.enum).members
        ):
            return True
        safe = np.zeros(self._size, dtype=np.bool_)
        locality = vocabulary.with_role("service", "locality")
        if locality is not None and isinstance(locality.type, d.EnumType):
            names = vocabulary.enum(locality.type.enum).names()
            near = [name for name in ("on_device", "local") if name in names]
            safe |= self._properties.among(locality.name, near)
        encrypted = vocabulary.with_role("service", "encrypted")
        if encrypted is not None:
            safe |= self._properties.among(encrypted.name, [True])
        return safe

    def _available(self, limits: tuple[t.Formula, ...]) -> tuple[Guards, Places]:
        known = self._limits.get(limits)
        if known is None:
            guards = GuardSet(self._meaning)
            both = limits[0] if len(limits) == 1 else t.And(limits)
            places = [guards.add(both, contract.state) for contract in self._contracts]
            known = guards.compile(), np.array(places, dtype=np.intp)
            if len(self._limits) >= _REMEMBERED:
                self._limits.clear()
            self._limits[limits] = known
        return known

    def _any(self, group: tuple[str, ...]) -> Mask:
        found = np.zeros(self._size, dtype=np.bool_)
        for capability in group:
            found |= self._properties.provides(capability)
        return found


_REMEMBERED = 8
"""How many profiles' demands on the environment are kept compiled."""


def _conditions(policy: Sequence[d.Rule], meaning: Meaning) -> tuple[Guards, Places]:
    guards = GuardSet(meaning)
    places = [guards.add(rule.when) for rule in policy]
    return guards.compile(), np.array(places, dtype=np.intp)


def _is_box(given: t.Formula, meaning: Meaning) -> bool:
    """Whether a formula says of single variables, one by one, all that it says."""
    match given:
        case t.Constant(value):
            return value
        case t.And(operands):
            return all(_is_box(operand, meaning) for operand in operands)
        case t.Compare(_, term):
            return len(term.terms) == 1 and t.counted(term.terms[0][0]) is None
        case t.In(variable, members):
            kind = meaning.vocabulary.field(variable).type
            indices = {int(meaning.number(kind, name)) for name in members}
            return len(indices) == max(indices) - min(indices) + 1
        case t.Is() | t.Has() | t.Not(t.Is() | t.Has()):
            return True
    return False


def _holds(value: Fraction, relation: t.Relation, bound: Fraction) -> bool:
    match relation:
        case t.Relation.LE:
            return value <= bound
        case t.Relation.LT:
            return value < bound
        case t.Relation.GE:
            return value >= bound
        case t.Relation.GT:
            return value > bound


def _within(number: int) -> int:
    return max(-(2**62), min(number, 2**62))
