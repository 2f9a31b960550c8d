"""What must be proved: the formulas of certificate-v1 section 8, derived from documents alone."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations, compress
from typing import TypeAlias

from .documents import BUDGET, Documents, Entry, Requirement
from .formulas import FALSE, TRUE, Affine, Formula, Formulas, Line, Parts, Variable, term
from .reader import Record
from .vocabulary import Field, Stated

Key: TypeAlias = tuple[str | int, ...]
Obligation: TypeAlias = tuple[Key, Parts]  # Its key, and what follows the block H.
_Guarded: TypeAlias = tuple[Formula, Requirement]


class Meaning:  # What documents of one vocabulary stand for.
    def __init__(self, vocabulary: Record, formulas: Formulas) -> None:
        self.vocabulary, self._make = vocabulary, formulas
        # What a number stands for is held as well, so that nothing else gets its number.
        self._made: dict[tuple[int, str], tuple[object, Formula]] = {}
        self._statements: dict[tuple[Entry, str], Parts] = {}

    def _stated(self, fields: Iterable[Field], values: Mapping[str, Stated]) -> Iterator[Formula]:
        for field in fields:
            self._make.spend(1)
            for variable, value in field.assign(values[field.name]) if field.name in values else ():
                if field.sort == "set":
                    held = self._make.holds(variable)
                    yield held if value else held.opposite
                else:
                    yield self._make.equation(term(variable, -value))

    def statement(self, name: str, entry: Entry) -> Parts:  # Of an attribute, if there is one.
        if (entry, name) not in self._statements:
            found = self._stated([self.vocabulary.attributes[name]], entry.attributes)
            self._statements[entry, name] = tuple(found)
        return self._statements[entry, name]

    def promise(self, g: Requirement) -> Formula:
        if (id(g), "kept") not in self._made:
            kept = self._make.compare(g.gap, g.strict)
            found = self._make.disjunction((g.when.opposite, kept))
            self._made[id(g), "kept"] = g, found
        return self._made[id(g), "kept"][1]

    def _violation(self, q: Requirement) -> Formula:
        if (id(q), "violated") not in self._made:
            if q.on == "member":
                values = q.values if q.positive else q.values | {-1}
                found = self._make.member(self.vocabulary.attributes[q.name].variables[0], values)
                found = found.opposite if q.positive else found
            else:
                found = self._make.compare(Affine(0).minus(q.gap), not q.strict)
            self._made[id(q), "violated"] = q, found
        return self._made[id(q), "violated"][1]

    def bad(self, q: Requirement, entry: Entry, kept: "Meaning | None" = None) -> Parts:
        """`bad(q)`: the effective contract, as `kept` derived it, and the domains hold; not `q`."""
        known = kept or self
        if q.on == "capability":
            return (FALSE if q.positive == (q.name in entry.service.capabilities) else TRUE,)
        if q.on in {"member", "attribute"}:
            return (*known.statement(q.name, entry), self._violation(q))
        return (*map(known.promise, entry.promises(q, self._make)), self._violation(q))

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


class Context(Meaning):
    """What follows from a policy, a profile and entries alone, kept from question to question."""

    def __init__(self, documents: Documents, question: Record) -> None:
        super().__init__(question.request.vocabulary, Formulas(BUDGET, documents.formulas))
        self.formulas, self._profile, self._rules = self._make, question.profile, question.rules
        self._origin = _origin(question)
        self._known: dict[Entry, tuple[tuple[Obligation, ...], ...]] = {}
        self._once: dict[Obligation, Obligation] = {}  # Equal ones are one, which saves memory.
        self.lines: dict[Entry, list[Line]] = {}

    def of(self, entry: Entry) -> tuple[tuple[Obligation, ...], ...]:
        """The obligations before needs, those from there to requirements, and those after them."""
        if entry not in self._known:
            first = [(("non_empty",), ()), (("coherent",), self.incoherent(entry))]
            assumed = enumerate(entry.service.assumes)
            assumptions = [(("assumption", i), (formula.opposite,)) for i, formula in assumed]
            once, groups = self._once.setdefault, (first, assumptions, self._policy(entry))
            self._known[entry] = tuple(tuple(once(one, one) for one in part) for part in groups)
            for promise in (g for listed in entry.bounds.values() for g in listed):
                self.promise(promise)
            for name in entry.attributes:
                self.statement(name, entry)
            cases = (Affine(0).minus(case.bound) for case in entry.service.cost)
            self.lines[entry] = [self._make.line(amount.terms) for amount in cases]
        return self._known[entry]

    def _policy(self, entry: Entry) -> Iterator[Obligation]:
        for rule in self._rules:
            for i, q in enumerate(rule.then):
                yield (rule.kind, rule.name, i), (rule.when, *self.bad(q, entry))
        yield from self._security(entry)
        for i, limit in enumerate(self._profile.limits.available):
            yield ("available", i), (limit.opposite,)
        if len(entry.service.cost) > 1:
            yield ("cost_disjoint",), self.overlapping(entry)

    def _security(self, entry: Entry) -> Iterator[Obligation]:
        roles, permits, make = self.vocabulary.roles, entry.service.permits, self._make
        permitted = self._origin in self._profile.limits.facts
        yield ("authentication",), (FALSE if permitted else TRUE,)
        held: list[Formula] = []
        if field := roles.get("permissions"):
            held = [make.holds(field.variables[field.members[p]]) for p in permits.permissions]
        join = make.conjunction if permits.mode == "all" and held else make.disjunction
        allowed = TRUE if permits.mode == "public" else join(held)
        yield ("authorization",), (allowed.opposite,)
        bits = compress(roles["data"].variables, roles["data"].sensitive) if "data" in roles else ()
        goal = [make.disjunction(map(make.holds, bits))]
        for field in (roles[role] for role in ("locality", "encrypted") if role in roles):
            known = {field.members.get(name, -2) for name in ("on_device", "local")} - {-2}
            safe = make.member(field.variables[0], {1} if field.sort == "bool" else known)
            goal += [*self.statement(field.name, entry), safe.opposite]
        yield ("privacy",), tuple(goal)
        if permits.trust is not None:
            low = term(roles["trust"].variables[0], -permits.trust)
            yield ("trust",), (make.compare(low, True),)
        if permits.zones is not None:
            yield ("access",), (make.member(roles["zone"].variables[0], permits.zones).opposite,)


def _origin(question: Record) -> str:
    return question.facts.origin if question.facts else "asserted"


def _context(documents: Documents, question: Record) -> Context:
    """The context of a question, kept with the documents that have all of it but the request."""
    parts = (question.world, question.profile, *question.rules)
    while documents.base and all(part.digest in documents.base.found for part in parts):
        documents = documents.base
    kept, key = documents.contexts, (_origin(question), question.profile, *question.rules)
    found: Context = kept.pop(key, None) or Context(documents, question)
    found.formulas.spend(1000)
    found.formulas.budget = found.formulas.spent + BUDGET
    kept[key] = found
    while sum(one.formulas.spent for one in kept.values()) > BUDGET:
        del kept[next(iter(kept))]  # The one that was not used for longest.
    return found


class Question(Meaning):
    """What must be proved of entries for one request."""

    def __init__(
        self, documents: Documents, asked: Record, formulas: Formulas, entries: Iterable[Entry]
    ) -> None:
        super().__init__(asked.request.vocabulary, formulas)
        self.asked, self._known, own = asked, _context(documents, asked), self.vocabulary
        for entry in entries:  # What is kept is made first, so that equal formulas are one.
            self._known.of(entry)
        formulas.tables[1:] = self._known.formulas.tables
        permissions = own.roles.get("permissions")
        values = {permissions.name: frozenset[int]()} if permissions else {}
        values |= asked.facts.values if asked.facts else {}
        facts = self._stated(own.facts.values(), values)
        time = self._stated([own.fields["env.at"]], {"at": asked.at})
        self._common: Parts = (*map(formulas.same, asked.request.given), *facts, *time)
        self._blocks: dict[Record | None, Parts] = {}
        left = (asked.request.deadline or 0) - asked.profile.limits.routing_allowance
        if metric := own.latency:
            q = Requirement("metric", metric.name, metric.variables[0], True, bound=Affine(left))
            self._deadline = q._replace(level=metric.level)

    def hypothesis(self, state: Record | None) -> Parts:
        """The block H of a candidate with this state."""
        if state not in self._blocks:
            fields = self.vocabulary.environment.values()
            stated = self._stated(fields, state.values if state else {})
            self._blocks[state] = (*self._common, *stated)
        return self._blocks[state]

    def obligations(self, entry: Entry) -> list[Obligation]:
        """The obligations of section 8.1, in order."""
        first, assumptions, policy = self._known.of(entry)
        request, provided, cost = self.asked.request, entry.service.capabilities, entry.service.cost
        found = [*first]
        for i, group in enumerate(request.needs):
            found.append((("capability", i), (TRUE if group.isdisjoint(provided) else FALSE,)))
        found += assumptions
        for i, q in enumerate(request.ensure):
            found.append((("requirement", i), self.bad(q, entry, self._known)))
        found += policy
        if request.budget is not None:
            found.append((("budget", "covered"), tuple(case.when.opposite for case in cost)))
            for i, (case, line) in enumerate(zip(cost, self._known.lines[entry], strict=True)):
                beyond = self._make.limited(line, case.bound.constant - request.budget, True)
                found.append((("budget", i), (case.when, beyond)))
        if request.deadline is not None:
            late = bool(self.vocabulary.latency) and self.bad(self._deadline, entry, self._known)
            found.append((("deadline",), late or (TRUE,)))
        self._make.spend(len(found))
        return found
