"""Which candidates are worth examining first: a guess, never a judgement.

A hint is an estimate over intervals and floats, untrusted by design. The engine uses it for one thing only: how long a prefix of the
ranking to examine at once. Every candidate of that prefix is examined in full, whatever is hinted about it, and if
none is admitted the engine goes on with the rest. A wrong hint therefore costs time and never correctness.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from caio.ir import documents as d
from caio.ir import terms as t
from caio.obligations.candidate import Question
from caio.obligations.contract import Contract
from caio.obligations.meaning import Meaning
from caio.routing.box import Box, Interval, box_of
from caio.routing.bulk import Scorer, View
from caio.routing.guards import Guards, GuardSet, observable
from caio.routing.properties import Properties, approximate
from caio.routing.ranking import Ranking
from caio.routing.rows import Mask, Places

_Governing: TypeAlias = d.Rule | d.Constraint


@dataclass(frozen=True, slots=True, eq=False)
class Hint:
    """Per candidate, by place (as in a ranking), whether it may be admitted: False where it almost surely is not."""

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
            if name.startswith(("request.", "env.", "fact.", "measured.", "choice."))
        }
        entry = GuardSet(meaning)
        places = [entry.add(self._entry(contract), contract.state) for contract in self._contracts]
        self._place: Places = np.array(places, dtype=np.intp)
        self._entries = entry.compile()
        self._routes: Places = np.array(
            [d.ROUTES.index(contract.service.route) for contract in self._contracts], dtype=np.intp
        )
        self._rules, self._constraints = _Conditions((), meaning), _Conditions((), meaning)
        self._limits: dict[tuple[t.Formula, ...], tuple[Guards, Places]] = {}

    def of(self, question: Question) -> Hint:
        """Who may be admitted."""
        view = self._view(question)
        box = self._informed(view.box, question)
        origin = question.facts.origin if question.facts is not None else "asserted"
        if box.empty or origin not in question.profile.limits.facts:
            return Hint(np.zeros(self._size * len(question.profile.control_names), dtype=np.bool_))
        # Over a region that is a box, an open condition fails at some point of it, as a rule; else it may well hold.
        least = 1 if all(_is_box(given, self._meaning) for given in question.request.given) else 0
        may = self._entries.signs(box)[self._place] >= least
        for group in question.request.needs:
            may &= self._any(group)
        for atom in self._required(question, box, least):
            may &= self._met(atom, view, box)
        if question.request.budget is not None:
            may &= self._affordable(t.Affine(question.request.budget), view)
        may &= self._private(box)
        if question.profile.limits.available:
            guards, place = self._available(question.profile.limits.available)
            may &= guards.signs(box)[place] >= least
        return Hint(self._constrained(may, question, view, box, least))

    def _view(self, question: Question) -> View:
        """The landscape over every call that the request describes, which scoring looks at as well if no point is nominal."""
        if question.request.nominal is None:
            return self._scorer.view(question)
        box = box_of(question, self._meaning, self._ranges, nominal=False)
        return View(self._scorer.tables, box)

    def _informed(self, box: Box, question: Question) -> Box:
        """A box with the facts as points, the measured intervals, and the ranges of what nobody states."""
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
        if question.measurements is not None:
            for name, ends in question.measurements.intervals:
                intervals[f"measured.{name}"] = ends
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
        if question.policy != self._rules.of:
            self._rules = _Conditions(question.policy, self._meaning)
        found = list(question.request.ensure)
        for rule in self._rules.applying(box, least):
            found += rule.then
        deadline = question.request.deadline
        latency = next((m for m in question.vocabulary.metrics if m.role == "latency"), None)
        if deadline is not None and latency is not None:
            left = t.Affine(deadline - question.profile.limits.routing_allowance)
            found.append(t.OnMetric(latency.name, t.Relation.LE, left, latency.level))
        elif deadline is not None:
            found.append(t.OnTime(t.Relation.LT, Fraction(d.INSTANT_MIN)))
        return list(dict.fromkeys(found))

    def _constrained(self, may: Mask, question: Question, view: View, box: Box, least: int) -> Mask:
        """Who of these keeps the constraints, by place: under each control, on the route that is its own."""
        controls = question.profile.control_names
        found = np.repeat(may[:, np.newaxis], len(controls), axis=1)
        if question.constraints != self._constraints.of:
            self._constraints = _Conditions(question.constraints, self._meaning)
        kept: dict[t.Atom, Mask | bool] = {}
        for entries, column, chosen in self._choices(controls, box):
            for constraint in self._constraints.applying(chosen, least):
                for atom in constraint.then:
                    if atom not in kept:
                        kept[atom] = self._met(atom, view, box)
                    found[:, column] &= ~entries | kept[atom]
        return found.reshape(-1)

    def _choices(self, controls: tuple[str, ...], box: Box) -> Iterator[tuple[Mask, int, Box]]:
        """Each control with each route: whose route it is, the control's number, and the box with both as points."""
        if not self._constraints.of:
            return
        for column, control in enumerate(controls):
            for i, route in enumerate(d.ROUTES):
                chosen = {d.CHOICE_ROUTE: route, d.CHOICE_CONTROL: control}
                points = {
                    name: (Fraction(index), Fraction(index))
                    for name, value in chosen.items()
                    if value != d.NO_CONTROL
                    for index in (self._meaning.index(name, value),)
                }
                intervals = {**box.intervals, **points}
                yield self._routes == i, column, Box(self._meaning, intervals, box.empty)

    def _at_most_zero(self, terms: t.Affine, view: View, box: Box) -> Mask | bool:
        """Whether an expression is surely not above 0, by what everybody promises and states."""
        most, size = np.zeros(self._size), np.zeros(self._size)
        shared: dict[str, Fraction] = {}
        price = Fraction(0)
        lost: set[int] = set()
        for name, factor in terms.terms:
            origin, _, rest = name.partition(".")
            if name == "cost":
                price = factor
            elif origin in ("metric", "service"):
                if origin == "metric":
                    numbers = self._reached(rest, view, lost, upper=factor > 0)
                else:
                    numbers = self._properties.numbers(rest)
                with np.errstate(all="ignore"):
                    part = approximate(factor) * numbers
                    most, size = most + part, size + abs(part)
            else:
                shared[name] = factor
        highest = box.maximum(t.Affine.of(terms.constant, shared))
        if highest is None or price < 0:
            return False
        if price:
            # What a call costs is compared with one limit for all; where each has its own, nothing is guessed.
            return bool(size.any()) or self._affordable(t.Affine(-highest / price), view)
        found: Mask = most + approximate(highest) <= (size + abs(approximate(highest))) * 1e-9
        found[list(lost)] = True
        return found

    def _reached(
        self, name: str, view: View, lost: set[int], *, upper: bool
    ) -> npt.NDArray[np.float64]:
        """The best promise of everybody on a metric at its declared level."""
        metric = self._meaning.vocabulary.metric(name)
        table = view.tables.bounds(name, upper=upper)
        best, scale = table.best(metric.level, view.box, view.signs, lost)
        found = np.full(self._size, approximate(metric.upper if upper else metric.lower))
        found[table.owners] = best / approximate(Fraction(scale))
        return found

    def _met(self, atom: t.Atom, view: View, box: Box) -> Mask | bool:
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
            case t.OnExpression(_, terms):
                return self._at_most_zero(terms, view, box)

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


class _Conditions:
    """The conditions of rules, or of constraints, compiled.

    Attributes:
        of: whose they are.
    """

    def __init__(self, of: tuple[_Governing, ...], meaning: Meaning) -> None:
        guards = GuardSet(meaning)
        places = [guards.add(one.when) for one in of]
        self.of = of
        self._guards: Guards = guards.compile()
        self._place: Places = np.array(places, dtype=np.intp)
        self._observing = [any(map(observable, t.variables_of(one.when))) for one in of]

    def applying(self, box: Box, least: int) -> Iterator[_Governing]:
        """Those that surely apply, or may apply where an open condition is met at some point."""
        signs = self._guards.signs(box)[self._place].tolist()
        for one, sign, observing in zip(self.of, signs, self._observing, strict=True):
            if sign == 1 or (sign == 0 and least == 1 and not observing):
                yield one


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
