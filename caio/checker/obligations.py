"""What must be proved: the formulas of certificate-v1 section 8, derived from documents alone."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations, compress
from typing import TypeAlias

from .documents import Entry, Requirement
from .formulas import FALSE, TRUE, Affine, Formula, Formulas, Parts, Variable, term
from .reader import Record
from .vocabulary import Field, Stated

Key: TypeAlias = tuple[str | int, ...]
_Guarded: TypeAlias = tuple[Formula, Requirement]


class Meaning:  # What documents of one vocabulary stand for.
    def __init__(self, vocabulary: Record, formulas: Formulas) -> None:
        self.vocabulary, self._make = vocabulary, formulas
        self._common: Parts = ()
        self._sides: tuple[dict[int, tuple[Requirement, Formula]], ...] = ({}, {})

    def _stated(self, fields: Iterable[Field], values: Mapping[str, Stated]) -> Iterator[Formula]:
        for field in fields:
            self._make.spend(1)
            for variable, value in field.assign(values[field.name]) if field.name in values else ():
                if field.sort == "set":
                    held = self._make.holds(variable)
                    yield held if value else held.opposite
                else:
                    yield self._make.equation(term(variable, -value))

    def hypothesis(self, question: Record, state: Record | None) -> Parts:
        """The block H of a candidate with this state."""
        if not self._common:  # All candidates share this; it states the time at least.
            permissions = self.vocabulary.roles.get("permissions")
            known = {permissions.name: frozenset[int]()} if permissions else {}
            known |= question.facts.values if question.facts else {}
            facts = self._stated(self.vocabulary.facts.values(), known)
            time = self._stated([self.vocabulary.fields["env.at"]], {"at": question.at})
            self._common = (*question.request.given, *facts, *time)
        fields, values = self.vocabulary.environment.values(), state.values if state else {}
        return (*self._common, *self._stated(fields, values))

    def _side(self, q: Requirement, *, kept: bool = False) -> Formula:  # `q`, or what violates it.
        known = self._sides[kept]
        if id(q) not in known:  # The requirement is held as well, so that no other gets its number.
            gap = q.gap if kept else Affine(0).minus(q.gap)
            known[id(q)] = q, self._make.compare(gap, q.strict == kept)
        return known[id(q)][1]

    def bad(self, q: Requirement, entry: Entry) -> Parts:
        """`bad(q)`: the effective contract and the domains hold, and `q` does not."""
        if q.on == "capability":
            return (FALSE if q.positive == (q.name in entry.service.capabilities) else TRUE,)
        field, attribute = self.vocabulary.attributes.get(q.name), q.on in {"member", "attribute"}
        promises = [*self._stated([field] if attribute else [], entry.attributes)]
        if q.on == "member":
            values = q.values if q.positive else q.values | {-1}
            found = self._make.member(field.variables[0], values)
            return (*promises, found.opposite if q.positive else found)
        sides = ((g.when.opposite, self._side(g, kept=True)) for g in entry.promises(q, self._make))
        promises += map(self._make.disjunction, sides)
        return (*promises, self._side(q))

    def _crossings(self, guarded: Iterable[_Guarded]) -> Iterator[Formula]:
        sides: tuple[list[_Guarded], list[_Guarded]] = [], []
        for guard, q in guarded:
            sides[q.upper].append((guard, q))
        for left, low in sides[0]:
            self._make.spend(len(sides[1]))
            for right, high in sides[1]:
                levels = 2 if low.level is None or high.level is None else low.level + high.level
                if levels > 1 and not low.on == high.on == "domain":
                    gap, strict = high.bound.minus(low.bound), not (low.strict or high.strict)
                    yield self._make.conjunction((left, right, self._make.compare(gap, strict)))

    def _metric_crossings(self, guarded: Iterable[_Guarded]) -> Iterator[Formula]:
        groups: defaultdict[str, list[_Guarded]] = defaultdict(list)
        for guard, q in guarded:
            groups[q.name].append((guard, q))
        self._make.spend(len(self.vocabulary.metrics))
        for metric in (m for name, m in self.vocabulary.metrics.items() if name in groups):
            ends = enumerate((metric.lower, metric.upper))
            domain = [Requirement("domain", upper=up > 0, bound=Affine(end)) for up, end in ends]
            yield from self._crossings([*((TRUE, q) for q in domain), *groups[metric.name]])

    def incoherent(self, entry: Entry) -> Parts:
        promises = (g for listed in entry.bounds.values() for g in listed if g.on == "metric")
        conflicts = self._metric_crossings((g.when, g) for g in promises)
        return (*entry.service.assumes, self._make.disjunction(conflicts))

    def overlapping(self, entry: Entry) -> Parts:
        pairs = combinations([case.when for case in entry.service.cost], 2)
        both = self._make.disjunction(map(self._make.conjunction, pairs))
        return (*entry.service.assumes, both)

    def candidate(self, question: Record, entry: Entry) -> Iterator[tuple[Key, Parts]]:
        """The obligations of section 8.1, in order: keys, and what follows the block H."""
        request, service, limits = question.request, entry.service, question.profile.limits
        yield ("non_empty",), ()
        yield ("coherent",), self.incoherent(entry)
        for i, group in enumerate(map(set, request.needs)):
            yield ("capability", i), (TRUE if group.isdisjoint(service.capabilities) else FALSE,)
        for i, assumption in enumerate(service.assumes):
            yield ("assumption", i), (assumption.opposite,)
        for i, q in enumerate(request.ensure):
            yield ("requirement", i), self.bad(q, entry)
        for rule in question.rules:
            for i, q in enumerate(rule.then):
                yield (rule.kind, rule.name, i), (rule.when, *self.bad(q, entry))
        yield from self._security(question, entry)
        for i, limit in enumerate(limits.available):
            yield ("available", i), (limit.opposite,)
        if len(service.cost) > 1:
            yield ("cost_disjoint",), self.overlapping(entry)
        if request.budget is not None:
            yield ("budget", "covered"), tuple(case.when.opposite for case in service.cost)
            for i, case in enumerate(service.cost):
                beyond = Affine(request.budget).minus(case.bound)
                yield ("budget", i), (case.when, self._make.compare(beyond, True))
        if request.deadline is not None:
            goal: Parts = (TRUE,)
            if metric := self.vocabulary.latency:
                left = Affine(request.deadline - limits.routing_allowance)
                q = Requirement("metric", metric.name, metric.variables[0], True, bound=left)
                goal = self.bad(q._replace(level=metric.level), entry)
            yield ("deadline",), goal

    def _security(self, question: Record, entry: Entry) -> Iterator[tuple[Key, Parts]]:
        roles, permits, make = self.vocabulary.roles, entry.service.permits, self._make
        origin = question.facts.origin if question.facts else "asserted"
        yield ("authentication",), (FALSE if origin in question.profile.limits.facts else TRUE,)
        held: list[Formula] = []
        if field := roles.get("permissions"):
            held = [make.holds(field.variables[field.members[p]]) for p in permits.permissions]
        join = make.conjunction if permits.mode == "all" and held else make.disjunction
        permitted = TRUE if permits.mode == "public" else join(held)
        yield ("authorization",), (permitted.opposite,)
        bits = compress(roles["data"].variables, roles["data"].sensitive) if "data" in roles else ()
        goal = [make.disjunction(map(make.holds, bits))]
        for field in (roles[role] for role in ("locality", "encrypted") if role in roles):
            known = {field.members.get(name, -2) for name in ("on_device", "local")} - {-2}
            safe = make.member(field.variables[0], {1} if field.sort == "bool" else known)
            goal += [*self._stated([field], entry.attributes), safe.opposite]
        yield ("privacy",), tuple(goal)
        if permits.trust is not None:
            low = term(roles["trust"].variables[0], -permits.trust)
            yield ("trust",), (make.compare(low, True),)
        if permits.zones is not None:
            yield ("access",), (make.member(roles["zone"].variables[0], permits.zones).opposite,)

    def contradictory(self, rules: Sequence[Record], known: Iterable[Iterable[Record]]) -> Parts:
        """That the rules ask for what nothing can give, no set of `known` being triggered."""
        make, own = self._make, self.vocabulary
        chosen = {r: make.holds(Variable(f"select.{r.name}", True)) for r in rules}
        block = [make.disjunction([chosen[rule].opposite for rule in part]) for part in known]
        groups: defaultdict[tuple[str, str], list[_Guarded]] = defaultdict(list)
        for rule in rules:
            guard = make.conjunction((chosen[rule], rule.when))
            for q in rule.then:
                groups[q.on, "" if q.on == "metric" else q.name].append((guard, q))
        found = [*self._metric_crossings(groups["metric", ""])]
        found += self._crossings(groups["cost", "cost"])
        make.spend(len(own.attributes) + len(own.capabilities))
        for name, field in own.attributes.items():
            found += self._crossings(groups["attribute", name])
            if sets := groups.get(("member", name)):
                values = range(len(field.members) or 2)
                make.spend(len(values) * len(sets))
                excluded = ([g for g, q in sets if (v in q.values) != q.positive] for v in values)
                found.append(make.conjunction(map(make.disjunction, excluded)))
        for name in own.capabilities:
            stated = groups.get(("capability", name), [])
            ways = ([g for g, q in stated if q.positive is way] for way in (True, False))
            found.append(make.conjunction(map(make.disjunction, ways)))
        return (*block, make.disjunction(found))
