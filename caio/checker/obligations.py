"""What must be proved: the formulas of certificate-v1 section 8, derived from documents alone."""

from collections import ChainMap, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import combinations, compress
from typing import NamedTuple, TypeAlias

from .documents import BUDGET, Documents, Entry
from .expressions import Requirement
from .formulas import FALSE, TRUE, Affine, Formula, Formulas, Parts, Variable, term
from .reader import Number, Record, Rejection
from .vocabulary import Field, Stated

Key: TypeAlias = tuple[str | int, ...]
Obligation: TypeAlias = tuple[Key, Parts]  # Its key, and what follows the block H.
_Guarded: TypeAlias = tuple[Formula, Requirement]
SAFE = "locality", "encrypted"  # Roles of attributes that may protect sensitive data.


class Candidate(NamedTuple):  # An entry under a control.
    entry: Entry
    control: str


class Meaning:
    """What documents of one vocabulary stand for, with what `lasting` has derived already."""

    def __init__(
        self, vocabulary: Record, formulas: Formulas, lasting: "Meaning | None" = None
    ) -> None:
        self.vocabulary, self._make = vocabulary, formulas
        self.known: ChainMap[int, tuple[Requirement, Formula]] = ChainMap({})
        if lasting:
            self.known.maps.extend(lasting.known.maps)

    def _stated(self, fields: Iterable[Field], values: Mapping[str, Stated]) -> Iterator[Formula]:
        for field in fields:
            self._make.spend(1)
            for variable, value in field.assign(values[field.name]) if field.name in values else ():
                if field.sort == "set":
                    held = self._make.holds(variable)
                    yield held if value else held.opposite
                else:
                    yield self._make.equation(term(variable, -value))

    def _known_of(self, facts: Record | None) -> Iterator[Formula]:
        """What is known of a caller: a permission that is not stated is not held."""
        field = self.vocabulary.roles.get("permissions")
        none = {field.name: frozenset[int]()} if field else {}
        return self._stated(self.vocabulary.facts.values(), none | (facts.values if facts else {}))

    def _kept(self, q: Requirement) -> Formula:
        """That a requirement is met, or a promise kept wherever its guard holds."""
        if id(q) not in self.known:
            if q.on == "member":
                values = q.values if q.positive else q.values | {-1}
                found = self._make.member(self.vocabulary.attributes[q.name].variables[0], values)
                found = found if q.positive else found.opposite
            else:
                found = self._make.compare(q.gap, q.strict)
            # It is held as well, so that nothing else gets its number.
            self.known[id(q)] = q, self._make.disjunction((q.when.opposite, found))
        return self.known[id(q)][1]

    def _bad(self, q: Requirement, entry: Entry) -> Parts:
        """`bad(q)`: the effective contract and the domains hold, and `q` does not."""
        if q.on == "capability":
            return (FALSE if q.positive == (q.name in entry.capabilities) else TRUE,)
        promises, fields = q.about if q.on == "expression" else ((q,), ())
        if q.on in {"member", "attribute"}:
            promises, fields = (), (self.vocabulary.attributes[q.name],)
        bounds = (self._kept(g) for p in promises for g in entry.promises(p, self._make))
        return (*bounds, *self._stated(fields, entry.attributes), self._kept(q).opposite)

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

    def permitted(self, entry: Entry) -> dict[str, Formula]:
        """What the service demands of a caller, by obligation."""
        roles, permits, make = self.vocabulary.roles, entry.service.permits, self._make
        held: list[Formula] = []
        if field := roles.get("permissions"):
            held = [make.holds(field.variables[field.members[p]]) for p in permits.permissions]
        join = make.conjunction if permits.mode == "all" and held else make.disjunction
        found = {"authorization": TRUE if permits.mode == "public" else join(held)}
        if permits.trust is not None:
            low = term(roles["trust"].variables[0], -permits.trust)
            found["trust"] = make.compare(low, True).opposite
        if permits.zones is not None:
            found["access"] = make.member(roles["zone"].variables[0], permits.zones)
        return found

    @cached_property
    def sensitive(self) -> Formula:  # That the request has data which Eq. 4.3 protects.
        roles = self.vocabulary.roles
        bits = compress(roles["data"].variables, roles["data"].sensitive) if "data" in roles else ()
        return self._make.disjunction(map(self._make.holds, bits))

    def safe(self, field: Field) -> set[int]:  # The values of an attribute that protect it.
        known = {field.members.get(name, -2) for name in ("on_device", "local")} - {-2}
        return {1} if field.sort == "bool" else known

    def timely(self, left: Number) -> Requirement | None:  # That an answer takes at most so long.
        if (metric := self.vocabulary.latency) is None:
            return None
        q = Requirement("metric", metric.name, metric.variables[0], True, bound=Affine(left))
        return q._replace(level=metric.level)

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


class Lasting(Meaning):
    """What follows from a policy, a profile and entries alone, kept from question to question."""

    def __init__(self, documents: Documents, question: Record) -> None:
        super().__init__(question.request.vocabulary, Formulas(BUDGET, documents.formulas))
        self.formulas, self.entries = self._make, dict[Candidate, tuple[Obligation, ...]]()
        self._limits, self._rules = question.profile.limits, question.rules
        self._origin = question.origin
        self._make.spend(1000)

    def extended(self, candidates: Iterable[Candidate]) -> "Lasting":
        """This, with the lasting obligations of these candidates, of which `coherent` is first."""
        for candidate in candidates:
            if candidate not in self.entries:
                for promise in (g for listed in candidate.entry.bounds.values() for g in listed):
                    self._kept(promise)
                found = ((("coherent",), self.incoherent(candidate.entry)),)
                self.entries[candidate] = (*found, *self._policy(*candidate))
        return self

    def _policy(self, entry: Entry, control: str) -> Iterator[Obligation]:
        taken = {"route": entry.service.route, "control": control}
        for rule in self._rules:
            fields = [
                field for field in vars(rule).get("chosen", ()) if taken[field.name] != "none"
            ]
            values = {field.name: field.members[taken[field.name]] for field in fields}
            when = (rule.when, *self._stated(fields, values))
            for i, q in enumerate(rule.then):
                yield (rule.subject, rule.name, i), (*when, *self._bad(q, entry))
        yield from self._security(entry)
        for i, limit in enumerate(self._limits.available):
            yield ("available", i), (limit.opposite,)
        if len(entry.service.cost) > 1:
            yield ("cost_disjoint",), self.overlapping(entry)

    def _security(self, entry: Entry) -> Iterator[Obligation]:
        allowed = self.permitted(entry)
        yield ("authentication",), (FALSE if self._origin in self._limits.facts else TRUE,)
        yield ("authorization",), (allowed.pop("authorization").opposite,)
        roles, goal = self.vocabulary.roles, [self.sensitive]
        for field in (roles[role] for role in SAFE if role in roles):
            safe = self._make.member(field.variables[0], self.safe(field))
            goal += [*self._stated([field], entry.attributes), safe.opposite]
        yield ("privacy",), tuple(goal)
        for name, formula in allowed.items():
            yield (name,), (formula.opposite,)


def _lasting(documents: Documents, question: Record, candidates: list[Candidate]) -> Lasting:
    """What lasts of a question, kept with the documents that have all of it but the request."""
    parts = (question.world, question.profile, *question.rules)
    while documents.base and all(part.digest in documents.base.found for part in parts):
        documents = documents.base
    kept, key = documents.kept, (question.origin, *parts[1:])
    try:
        found = (kept.pop(key, None) or Lasting(documents, question)).extended(candidates)
    except Rejection:  # What was kept for others may have used up the budget: without it, then.
        found = Lasting(documents, question).extended(candidates)
    kept[key] = found
    while sum(one.formulas.spent for one in kept.values()) > BUDGET:
        del kept[next(iter(kept))]  # The one that was not used for longest.
    return found


class Question(Meaning):
    """What must be proved of candidates for one request."""

    def __init__(
        self,
        documents: Documents,
        asked: Record,
        formulas: Formulas,
        candidates: Iterable[Candidate],
    ) -> None:
        # What lasts is made first, and found in its tables from then on: equal formulas are one.
        lasting = _lasting(documents, asked, [*candidates])
        super().__init__(asked.request.vocabulary, formulas, lasting)
        self._lasting, formulas.tables[1:] = lasting.entries, lasting.formulas.tables
        self._request, own = asked.request, self.vocabulary
        facts = self._known_of(asked.facts)
        time = self._stated([own.fields["env.at"]], {"at": asked.at})
        measured = self._measured(asked.measurements.intervals if asked.measurements else {})
        given = map(formulas.same, asked.request.given)
        self._common: Parts = (*given, *facts, *time, *measured)
        self._blocks: dict[Record | None, Parts] = {}
        if (deadline := asked.request.deadline) is not None:
            self._late = self.timely(deadline - asked.profile.limits.routing_allowance)

    def _measured(self, intervals: Mapping[str, tuple[Number, Number]]) -> Iterator[Formula]:
        for name, field in self.vocabulary.measured.items():
            if name in intervals:
                yield from self._make.between(field.variables[0], *intervals[name])

    def hypothesis(self, state: Record | None) -> Parts:
        """The block H of a candidate with this state."""
        if state not in self._blocks:
            fields = self.vocabulary.environment.values()
            stated = self._stated(fields, state.values if state else {})
            self._blocks[state] = (*self._common, *stated)
        return self._blocks[state]

    def obligations(self, candidate: Candidate) -> Iterator[Obligation]:
        """The obligations of section 8.1, in order."""
        entry, request, service = candidate.entry, self._request, candidate.entry.service
        coherent, *policy = self._lasting[candidate]
        yield ("non_empty",), ()
        yield coherent
        for i, group in enumerate(request.needs):
            provided = not group.isdisjoint(entry.capabilities)
            yield ("capability", i), (FALSE if provided else TRUE,)
        for i, assumption in enumerate(service.assumes):
            yield ("assumption", i), (assumption.opposite,)
        for i, q in enumerate(request.ensure):
            yield ("requirement", i), self._bad(q, entry)
        yield from policy
        if request.budget is not None:
            yield ("budget", "covered"), tuple(case.when.opposite for case in service.cost)
            for i, case in enumerate(service.cost):
                gap = Affine(case.bound.constant - request.budget, case.bound.terms)
                yield ("budget", i), (case.when, self._make.compare(gap, known=case.line).opposite)
        if request.deadline is not None:
            yield ("deadline",), self._bad(self._late, entry) if self._late else (TRUE,)
