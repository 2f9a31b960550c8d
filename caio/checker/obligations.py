"""What must be proved: the formulas of certificate-v1 section 8, derived from documents alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import NamedTuple, TypeAlias, TypeVar

from .documents import Entry, Facts, Profile, Request, Rule, Service, State
from .expressions import Affine, Bound, Capability, Expression, Membership, Requirement
from .formulas import FALSE, TRUE, Formula, Formulas
from .reader import Number
from .vocabulary import Field, Stated, Variable, Vocabulary

Guarded: TypeAlias = tuple[Formula, Bound]


class Obligation(NamedTuple):
    """A key and the block that follows the candidate's block H, if any."""

    key: tuple[object, ...]
    goal: tuple[Formula, ...]


class Question(NamedTuple):
    """What a decision is about, its landscape aside."""

    request: Request
    rules: Sequence[Rule]
    """Rules by name, then invariants by name."""
    profile: Profile
    facts: Facts | None
    at: int


class Meaning:
    """The formulas that expressions over one vocabulary stand for."""

    def __init__(self, vocabulary: Vocabulary, formulas: Formulas) -> None:
        self.vocabulary = vocabulary
        self.formulas = formulas
        self._expressions: dict[Expression, Formula] = {}
        self._common: tuple[Formula, ...] = ()

    def of(self, e: Expression) -> Formula:
        """`[[e]]`."""
        found = self._expressions.get(e)
        if found is None:
            found = self._expressions[e] = self._of(e)
        return found

    def _of(self, e: Expression) -> Formula:
        make = self.formulas
        if e.head == "not":
            return self.of(e.parts[0]).opposite
        if e.head == "and":
            return make.conjunction([self.of(part) for part in e.parts])
        if e.head == "or":
            return make.disjunction([self.of(part) for part in e.parts])
        if e.head == "eq":
            return make.equation(e.affine)
        if e.head in {"le", "lt"}:
            return make.compare(e.affine, strict=e.head == "lt")
        if e.head == "in":
            return make.member(e.variables[0], e.values)
        if e.head == "is":
            return make.holds(e.variables[0])
        return TRUE if e.head == "true" else FALSE

    def equals(self, variable: Variable, value: Number) -> Formula:
        """`eq(x - value)`."""
        return self.formulas.equation(Affine.of(variable).minus(Affine(value)))

    def states(self, field: Field, value: Stated) -> Iterator[Formula]:
        """That a field has a value."""
        for variable, number in field.assign(value):
            if field.sort != "set":
                yield self.equals(variable, number)
            else:
                held = self.formulas.holds(variable)
                yield held if number else held.opposite

    def hypothesis(self, question: Question, state: State | None) -> tuple[Formula, ...]:
        """The block H of a candidate with this state."""
        if not self._common:
            self._common = tuple(self._request(question))
        fields = self.vocabulary.fields["environment"]
        self.formulas.meter.spend(1 + len(fields))
        values = state.values if state else {}
        stated = (self.states(fields[name], values[name]) for name in fields if name in values)
        return (*self._common, *chain.from_iterable(stated))

    def _request(self, question: Question) -> Iterator[Formula]:
        """The part of H that all candidates of a decision share."""
        yield from map(self.of, question.request.given)
        stated = question.facts.values if question.facts else {}
        for name, field in self.vocabulary.fields["facts"].items():
            if name in stated:
                yield from self.states(field, stated[name])
            elif field is self.vocabulary.roles.get("permissions"):
                yield from self.states(field, frozenset())
        yield self.equals(self.vocabulary.variables["env.at"].variable, question.at)

    def bad(self, q: Requirement, entry: Entry) -> list[Formula]:
        """`bad(q)`: the effective contract and the domains hold, and `q` does not."""
        if isinstance(q, Capability):
            return [FALSE if q.provided == (q.name in entry.service.capabilities) else TRUE]
        if isinstance(q, Membership):
            field = self.vocabulary.fields["attributes"][q.name]
            excluded = self.formulas.member(
                field.variable, q.values | (set() if q.inside else {-1})
            )
            return [*self._stated(q.name, entry), excluded.opposite if q.inside else excluded]
        return [*self._promised(q, entry), self.violated(q)]

    def violated(self, q: Bound) -> Formula:
        """That the variable of `q` lies beyond the bound."""
        y, b = Affine.of(q.variable), q.bound
        return self.formulas.compare(b.minus(y) if q.upper else y.minus(b), strict=not q.strict)

    def kept(self, q: Bound) -> Formula:
        """That the variable of `q` lies within the bound, where the guard holds."""
        y, b = Affine.of(q.variable), q.bound
        inside = self.formulas.compare(y.minus(b) if q.upper else b.minus(y), strict=q.strict)
        return self.formulas.implies(self.of(q.when), inside)

    def _stated(self, name: str, entry: Entry) -> list[Formula]:
        value = entry.attributes.get(name)
        field = self.vocabulary.fields["attributes"][name]
        return [] if value is None else list(self.states(field, value))

    def _promised(self, q: Bound, entry: Entry) -> Iterator[Formula]:
        if q.on == "attribute":
            yield from self._stated(q.name, entry)
        elif q.on == "metric":
            for g in entry.bounds.get((q.name, q.upper), ()):
                self.formulas.meter.spend(1)
                if g.level is None or q.level is None or g.level >= q.level:
                    yield self.kept(g)
        elif q.on == "cost" and q.upper:
            for when, amount in entry.service.cost:
                yield self.kept(Bound("cost", "", q.variable, "<=", amount, when=when))

    def _crossings(self, lowers: list[Guarded], uppers: list[Guarded]) -> list[Formula]:
        """The conflicts between lower and upper bounds that are not both the domain's."""
        found: list[Formula] = []
        for left, low in lowers:
            for right, high in uppers:
                self.formulas.meter.spend(1)
                if low.on == high.on == "domain":
                    continue
                if low.level is not None and high.level is not None and low.level + high.level <= 1:
                    continue
                gap = high.bound.minus(low.bound)
                crossed = self.formulas.compare(gap, strict=not (low.strict or high.strict))
                found.append(self.formulas.conjunction((left, right, crossed)))
        return found

    def _metric_conflicts(self, bounds: Sequence[Guarded]) -> list[Formula]:
        """The conflicts over every metric, the declared ranges included."""
        found: list[Formula] = []
        by_metric = _grouped(bounds)
        self.formulas.meter.spend(len(self.vocabulary.metrics))
        for name, metric in self.vocabulary.metrics.items():
            own = by_metric.get(name, [])
            ends = ((metric.lower, ">="), (metric.upper, "<="))
            domain = [
                (TRUE, Bound("domain", name, metric.variable, relation, Affine(end)))
                for end, relation in ends
            ]
            found += self._crossings(*_sides([*domain, *own]))
        return found

    def assumed(self, service: Service) -> list[Formula]:
        """What the service assumes."""
        return [self.of(e) for e in service.assumes]

    def incoherent(self, entry: Entry) -> tuple[Formula, ...]:
        """Assumptions, and some pair of promises that contradict each other."""
        promises = (g for bounds in entry.bounds.values() for g in bounds)
        conflicts = self._metric_conflicts([(self.of(g.when), g) for g in promises])
        return (*self.assumed(entry.service), self.formulas.disjunction(conflicts))

    def overlapping(self, service: Service) -> tuple[Formula, ...]:
        """Assumptions, and two cost cases that apply at once."""
        guards = [self.of(when) for when, _ in service.cost]
        self.formulas.meter.spend(len(guards) ** 2)
        pairs = [
            self.formulas.conjunction((left, right))
            for index, left in enumerate(guards)
            for right in guards[index + 1 :]
        ]
        return (*self.assumed(service), self.formulas.disjunction(pairs))

    def candidate(self, question: Question, entry: Entry) -> Iterator[Obligation]:
        """The obligations of section 8.1, in order."""
        request, service = question.request, entry.service
        yield Obligation(("non_empty",), ())
        yield Obligation(("coherent",), self.incoherent(entry))
        for i, group in enumerate(request.needs):
            met = not service.capabilities.isdisjoint(group)
            yield Obligation(("capability", i), (FALSE if met else TRUE,))
        for i, assumption in enumerate(service.assumes):
            yield Obligation(("assumption", i), (self.of(assumption).opposite,))
        for i, q in enumerate(request.ensure):
            yield Obligation(("requirement", i), tuple(self.bad(q, entry)))
        for rule in question.rules:
            kind = "invariant" if rule.invariant else "rule"
            for i, q in enumerate(rule.then):
                goal = (self.of(rule.when), *self.bad(q, entry))
                yield Obligation((kind, rule.name, i), goal)
        yield from self._security(question, entry)
        for i, limit in enumerate(question.profile.available):
            yield Obligation(("available", i), (self.of(limit).opposite,))
        yield from self._money_and_time(question, entry)

    def _security(self, question: Question, entry: Entry) -> Iterator[Obligation]:
        roles, service = self.vocabulary.roles, entry.service
        origin = question.facts.origin if question.facts else "asserted"
        trusted = origin in question.profile.origins
        yield Obligation(("authentication",), (FALSE if trusted else TRUE,))
        yield Obligation(("authorization",), (self._permitted(service).opposite,))
        sensitive = roles["data"].sensitive if "data" in roles else ()
        goal = [self.formulas.disjunction([self.formulas.holds(x) for x in sensitive])]
        for role in ("locality", "encrypted"):
            if role in roles:
                field = roles[role]
                named = {field.members[m] for m in ("on_device", "local") if m in field.members}
                safe = self.formulas.member(field.variable, named if field.members else {1})
                goal += [*self._stated(field.name, entry), safe.opposite]
        yield Obligation(("privacy",), tuple(goal))
        if service.trust is not None:
            low = Affine.of(roles["trust"].variable).minus(Affine(service.trust))
            yield Obligation(("trust",), (self.formulas.compare(low, strict=True),))
        if service.zones is not None:
            inside = self.formulas.member(roles["zone"].variable, service.zones)
            yield Obligation(("access",), (inside.opposite,))

    def _permitted(self, service: Service) -> Formula:
        if service.mode == "public":
            return TRUE
        field = self.vocabulary.roles.get("permissions")
        if service.mode == "none" or field is None:
            return FALSE
        held = [
            self.formulas.holds(field.variables[field.members[name]])
            for name in service.permissions
        ]
        join = self.formulas.disjunction if service.mode == "any" else self.formulas.conjunction
        return join(held)

    def _money_and_time(self, question: Question, entry: Entry) -> Iterator[Obligation]:
        request, service = question.request, entry.service
        if len(service.cost) > 1:
            yield Obligation(("cost_disjoint",), self.overlapping(service))
        if request.budget is not None:
            guards = [self.of(when) for when, _ in service.cost]
            goal = tuple(guard.opposite for guard in guards)
            yield Obligation(("budget", "covered"), goal)
            for i, (guard, (_, amount)) in enumerate(zip(guards, service.cost, strict=True)):
                beyond = Affine(request.budget).minus(amount)
                goal = (guard, self.formulas.compare(beyond, strict=True))
                yield Obligation(("budget", i), goal)
        if request.deadline is not None:
            goal = (TRUE,)
            metric = self.vocabulary.latency
            if metric is not None:
                left = Affine(request.deadline - question.profile.routing_allowance)
                q = Bound("metric", metric.name, metric.variable, "<=", left, metric.level)
                goal = tuple(self.bad(q, entry))
            yield Obligation(("deadline",), goal)

    def contradictory(
        self, rules: Sequence[Rule], known: Iterable[Iterable[Rule]]
    ) -> tuple[Formula, ...]:
        """That the rules ask for what nothing can give, no set of `known` being triggered."""
        make = self.formulas
        selected = {rule: make.holds(Variable(f"select.{rule.name}", True, 0, 1)) for rule in rules}
        guards = {rule: make.conjunction((selected[rule], self.of(rule.when))) for rule in rules}
        block = [make.disjunction([selected[r].opposite for r in part]) for part in known]
        actions = [(guards[rule], q) for rule in rules for q in rule.then]
        bounds = [(guard, q) for guard, q in actions if isinstance(q, Bound)]
        found = self._metric_conflicts([pair for pair in bounds if pair[1].on == "metric"])
        zero = (TRUE, Bound("domain", "", self.vocabulary.cost, ">=", Affine(0)))
        costs = [pair for pair in bounds if pair[1].on == "cost"]
        found += self._crossings(*_sides([zero, *costs]))
        numeric = _grouped([pair for pair in bounds if pair[1].on == "attribute"])
        memberships = _grouped([(g, q) for g, q in actions if isinstance(q, Membership)])
        for name, field in self.vocabulary.fields["attributes"].items():
            found += self._crossings(*_sides(numeric.get(name, [])))
            if name in memberships:
                last = 1 if field.sort == "bool" else len(field.members) - 1
                stuck = (
                    make.disjunction(
                        [g for g, q in memberships[name] if (value in q.values) != q.inside]
                    )
                    for value in range(last + 1)
                )
                make.meter.spend(last * len(memberships[name]))
                found.append(make.conjunction(stuck))
        capabilities = _grouped([(g, q) for g, q in actions if isinstance(q, Capability)])
        for name in self.vocabulary.capabilities:
            ways = (
                make.disjunction([g for g, q in capabilities.get(name, []) if q.provided is way])
                for way in (True, False)
            )
            found.append(make.conjunction(ways))
        found += [
            make.conjunction((guard, self.violated(q))) for guard, q in bounds if q.on == "time"
        ]
        return (*block, make.disjunction(found))


_Requirement = TypeVar("_Requirement", Bound, Membership, Capability)


def _grouped(
    pairs: Iterable[tuple[Formula, _Requirement]],
) -> dict[str, list[tuple[Formula, _Requirement]]]:
    """Guarded requirements by the name of what they are on, in order."""
    groups: dict[str, list[tuple[Formula, _Requirement]]] = {}
    for guard, q in pairs:
        groups.setdefault(q.name, []).append((guard, q))
    return groups


def _sides(pairs: Iterable[Guarded]) -> tuple[list[Guarded], list[Guarded]]:
    """Lower bounds and upper bounds, each in order."""
    listed = list(pairs)
    return [p for p in listed if not p[1].upper], [p for p in listed if p[1].upper]
