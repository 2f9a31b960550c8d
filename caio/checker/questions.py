"""Questions over all requests: the obligations of documents (certificate-v1 sections 8.3 to 8.5)."""

from collections.abc import Iterator, Sequence
from functools import partialmethod
from itertools import product
from typing import Any, Final, TypeAlias

from .documents import GOVERNING, Documents, Entry
from .expressions import Requirement
from .formulas import FALSE, TRUE, Affine, Formula, Formulas, Parts, Variable, term
from .obligations import SAFE, Meaning
from .reader import DIGEST, Number, Record, Value, increasing

_PARTS: Final = {  # The kinds by the number of parts that follow them in a key.
    1: "service_coherent service_assumable service_cost_disjoint rule_applicable inhabited",
    2: "guarantee_matters rule_meetable rules_consistent refines_authorization refines_trust "
    "refines_access refines_schema",
    3: "implied never always refines_assumption refines_guarantee refines_cost_covered "
    "refines_attribute refines_capability refines_rule",
    4: "refines_cost",
    7: "keeps",
}
_SIZES: Final = {kind: n for n, row in _PARTS.items() for kind in row.split()}
WITNESSED: Final = {  # These hold by a witness, all others by a proof.
    *("service_assumable", "rule_applicable", "guarantee_matters", "rule_meetable", "inhabited")
}
_SUBJECTS: Final = ("rule", "invariant", "safety", "policy", "traits")
_Policy: TypeAlias = tuple[list[Record], Number]  # What is demanded, and the routing allowance.


def governing(
    documents: Documents, owner: Record, items: list[Value], kinds: str = "rule invariant"
) -> list[Record]:
    """Documents of these kinds by digest, in increasing order and with different names."""
    rules = [documents.get(item, kinds) for item in items]
    increasing(items, [rule.digest for rule in rules])
    names = set[tuple[str, str]]()
    for item, rule in zip(items, rules, strict=True):
        item.need(rule.vocabulary is owner, "reference", "a rule of the same vocabulary")
        name = "rule" if rule.kind == "invariant" else rule.kind, rule.name
        item.need(name not in names, "duplicate", "rules of different names")
        names.add(name)
    return rules


def in_order(rules: list[Record]) -> list[Record]:
    return sorted(rules, key=lambda rule: (_SUBJECTS.index(rule.subject), rule.name))


def _loose(q: Requirement) -> bool:  # Whether bounds may contradict each other, half a time each.
    return q.level is not None and 2 * q.level <= 1


class Questions(Meaning):
    """The obligations of documents of one vocabulary; `_<kind>` has the block of a kind."""

    def __init__(self, documents: Documents, vocabulary: Record, formulas: Formulas) -> None:
        super().__init__(vocabulary, formulas)
        self._documents = documents

    def block(self, key: Value) -> tuple[str, Parts]:
        """The kind of an obligation, and its block."""
        kind = key.items(filled=True)[0].choice(" ".join(_SIZES))
        _, *parts = key.items(size=1 + _SIZES[kind])
        block: Parts = tuple(getattr(self, f"_{kind}")(*parts))
        self._make.spend(len(block))
        return kind, block

    # --- what keys name

    def _entry(self, at: Value) -> Entry:
        entry = self._documents.entry(self.vocabulary, *at.record("service overlays"))
        own, permits = entry.service, entry.service.permits
        lists = own.assumes, own.cost, permits.permissions, permits.zones or (), entry.capabilities
        self._make.spend(sum(map(len, (*lists, entry.guarantees, entry.attributes))))
        return entry

    def _rule(self, at: Value) -> Record:
        rule = self._own(at, GOVERNING)
        self._make.spend(len(rule.then))
        return rule

    def _own(self, at: Value, kinds: str) -> Record:
        found = self._documents.get(at, kinds)
        at.need(found.vocabulary is self.vocabulary, "reference", "one vocabulary")
        return found

    def _claim(self, at: Value, form: str) -> Record:
        claim: Record = self._own(at, "property").claim
        at.need(claim.form == form, "reference", f"a property of the form {form}")
        return claim

    def _policy(self, at: Value) -> _Policy:
        found = governing(self._documents, self.vocabulary, at.items(), f"{GOVERNING} profile")
        profiles = [one for one in found if one.kind == "profile"]
        at.need(len(profiles) < 2, "duplicate", "one profile")
        allowance = sum(profile.limits.routing_allowance for profile in profiles)
        return in_order([one for one in found if one.kind != "profile"]), allowance

    def _at(self, at: Value, listed: Sequence[Any]) -> Any:
        at.need(0 <= at.a(int) < len(listed), "reference", f"an index below {len(listed)}")
        return listed[at.a(int)]

    # --- one document, or rules among one another (section 8.3)

    def _service_coherent(self, s: Value) -> Parts:
        return self.incoherent(self._entry(s))

    def _service_assumable(self, s: Value) -> Parts:
        return (*self._entry(s).service.assumes,)

    def _service_cost_disjoint(self, s: Value) -> Parts:
        return self.overlapping(self._entry(s))

    def _guarantee_matters(self, s: Value, index: Value) -> Iterator[Formula]:
        entry = self._entry(s)
        own = self._at(index, entry.guarantees)
        yield from entry.service.assumes
        yield from (self._kept(g) for g in entry.promises(own, self._make) if g is not own)
        yield self._kept(own).opposite

    def _rule_applicable(self, p: Value) -> Parts:
        return (self._rule(p).when,)

    def _rule_meetable(self, p: Value, s: Value) -> Iterator[Formula]:
        rule, entry = self._rule(p), self._entry(s)
        yield from entry.service.assumes
        yield self._routed(rule, entry)
        yield from (self.entailed(q, entry) for q in rule.then)

    def _rules_consistent(self, listed: Value, aside: Value) -> Parts:
        own = self._documents, self.vocabulary
        rules = governing(*own, listed.items(filled=True))
        parts = [governing(*own, part.items(filled=True)) for part in aside.items()]
        aside.need(set().union(*parts) <= set(rules), "reference", "sets of the claim's rules")
        return self.contradictory(rules, parts)

    def _implied(self, listed: Value, r: Value, index: Value) -> Iterator[Formula]:
        rules = governing(self._documents, self.vocabulary, listed.items(), GOVERNING)
        rule = self._rule(r)
        goal: Requirement = self._at(index, rule.then)
        yield rule.when
        for premise in rules:
            for q in premise.then:
                self._make.spend((1 + len(q.about[0])) * (1 + sum(map(len, goal.about))))
                if self._bears(q, goal):
                    yield self._make.disjunction((premise.when.opposite, self._met(q)))
        yield self._met(goal).opposite

    def _met(self, q: Requirement) -> Formula:
        if q.on != "capability":
            return self._kept(q)
        has = self._make.holds(Variable(f"capability.{q.name}", True))
        return has if q.positive else has.opposite

    def _bears(self, q: Requirement, goal: Requirement) -> bool:
        """Whether an action says something about what another demands, on the side that matters."""
        if goal.on == q.on == "expression":  # Of what may be at odds with itself, one side counts.
            return all(p in goal.about[0] for p in q.about[0] if _loose(p))
        if goal.on == "expression":
            stated = q.on == "attribute" and q.name in [field.name for field in goal.about[1]]
            return stated or any(self._bears(q, p) for p in goal.about[0])
        alike = (q.on, q.name) == (goal.on, goal.name)
        enough = goal.level is None or (q.level is not None and q.level >= goal.level)
        return alike and (goal.on not in {"metric", "cost"} or (q.upper == goal.upper and enough))

    # --- all requests (sections 8.3 and 8.4)

    def _inhabited(self, c: Value) -> Parts:
        return (*self._own(c, "class").given,)

    def _never(self, c: Value, s: Value, policy: Value) -> Iterator[Formula]:
        entry, claim = self._entry(s), self._claim(c, "never")
        yield self.admitted(entry, self._policy(policy), None)
        promises = [q for q in claim.about[0] if q.upper or not _loose(q)]
        yield from (self._kept(g) for q in promises for g in entry.promises(q, self._make))
        yield from self._stated(claim.about[1], entry.attributes)
        yield claim.condition

    def _always(self, c: Value, listed: Value, policy: Value) -> Iterator[Formula]:
        claim, demands = self._claim(c, "always"), self._policy(policy)
        group = self._documents.get(claim.named[0], "class")
        entries = [self._entry(s) for s in listed.items(filled=True)]
        chosen = tuple(Variable(f"admits.{entry.service.name}", True) for entry in entries)
        listed.need(len(set(chosen)) == len(chosen), "duplicate", "each service once")
        yield from group.given
        for variable, entry in zip(chosen, entries, strict=True):
            refused = self.admitted(entry, demands, group).opposite
            yield self._make.disjunction((refused, self._make.holds(variable)))
        yield self._make.compare(Affine(1 - claim.count, ((chosen, 1),)))

    def _keeps(self, *key: Value) -> Iterator[Formula]:
        q, facts, s, before, t, after, aside = key
        asked = None if q.raw is None else self._own(q, "request class")
        one, other = (None if at.raw is None else self._entry(at) for at in (s, t))
        s.need(one or other, "empty", "at least one service")
        yield from asked.given if asked else ()
        if facts.raw is True and other:
            yield from self.permitted(other).values()
        elif facts.raw is not None:
            yield from self._known_of(self._own(facts, "facts"))
        for group in governing(self._documents, self.vocabulary, aside.items(), "class"):
            yield self._make.conjunction(group.given).opposite
        policies = self._policy(before), self._policy(after)
        if one:
            yield self.admitted(one, policies[0], asked)
        if other:
            yield self.admitted(other, policies[1], asked).opposite

    def admitted(self, entry: Entry, policy: _Policy, asked: Record | None) -> Formula:
        """That all obligations hold for the request at a point (section 8.4)."""
        make, service, (demands, allowance) = self._make, entry.service, policy
        parts = [self.incoherent(entry)[-1].opposite]
        for group in asked.needs if asked else ():
            make.spend(len(group))
            parts.append(FALSE if group.isdisjoint(entry.capabilities) else TRUE)
        parts += service.assumes
        parts += [self.entailed(q, entry) for q in asked.ensure] if asked else []
        for rule in demands:
            untouched = self._routed(rule, entry).opposite
            parts += [make.disjunction((untouched, self.entailed(q, entry))) for q in rule.then]
        parts += [*self.permitted(entry).values(), self._private(entry)]
        parts.append(self.overlapping(entry)[-1].opposite)
        if asked and asked.budget is not None:
            parts.append(make.disjunction([case.when for case in service.cost]))
            for case in service.cost:
                fits = make.compare(case.bound.minus(Affine(asked.budget)))
                parts.append(make.disjunction((case.when.opposite, fits)))
        if asked and asked.deadline is not None:
            q = self.timely(asked.deadline - allowance)
            parts.append(self.entailed(q, entry) if q else FALSE)
        return make.conjunction(parts)

    def _routed(self, rule: Record, entry: Entry) -> Formula:
        """The condition of a rule, for the route of a service."""
        when: Formula = rule.when
        for field in (one for one in vars(rule).get("chosen", ()) if one.name == "route"):
            when = self._make.where(when, "choice.route", field.members[entry.service.route])
        return when

    def _private(self, entry: Entry) -> Formula:
        fields = [self.vocabulary.roles[role] for role in SAFE if role in self.vocabulary.roles]
        kept = any(entry.attributes.get(field.name) in self.safe(field) for field in fields)
        return TRUE if kept else self.sensitive.opposite

    def entailed(self, q: Requirement, entry: Entry) -> Formula:
        """That some promise which applies is at least as tight as a requirement."""
        self._make.spend(1)
        if q.on in {"member", "attribute"} and q.name not in entry.attributes:
            return FALSE
        if q.on == "member":
            return TRUE if (entry.attributes[q.name] in q.values) == q.positive else FALSE
        if q.on == "attribute":
            return self._tight(q, Requirement("value", bound=Affine(entry.attributes[q.name])))
        if q.on == "capability":
            return TRUE if (q.name in entry.capabilities) == q.positive else FALSE
        if q.on == "time":
            return self._make.compare(q.gap, q.strict)
        if q.on == "expression":
            return self._all_bounded(q, entry)
        return self._make.disjunction([self._tight(q, end) for end in self._ends(q, entry)])

    def _ends(self, q: Requirement, entry: Entry) -> list[Requirement]:
        ends = [*entry.promises(q, self._make)]
        if q.on != "cost":
            metric = self.vocabulary.metrics[q.name]
            bound = Affine(metric.upper if q.upper else metric.lower)
            ends.append(Requirement("domain", bound=bound))
        return ends

    def _tight(self, q: Requirement, end: Requirement) -> Formula:
        gap = end.bound.minus(q.bound) if q.upper else q.bound.minus(end.bound)
        fits = self._make.compare(gap, q.strict and not end.strict)
        return self._make.conjunction((end.when, fits))

    def _all_bounded(self, q: Requirement, entry: Entry) -> Formula:
        """That an expression is small enough for some choice of bounds on all that it mentions."""
        (bounded, fields), own, found = q.about, entry.attributes, list[Formula]()
        factors = {variables[0].name: factor for variables, factor in q.bound.terms}
        if factors.get("cost", 0) < 0 or any(field.name not in own for field in fields):
            return FALSE
        promised = ("metric", "cost", "service")
        free = (one for one in q.bound.terms if one[0][0].name.partition(".")[0] not in promised)
        stated = [(Affine(own[f.name]), factors[f"service.{f.name}"]) for f in fields]
        base = self._make.total([(Affine(q.bound.constant, tuple(free)), 1), *stated])
        times = [factors["cost" if p.on == "cost" else f"metric.{p.name}"] for p in bounded]
        for ends in product(*(self._ends(part, entry) for part in bounded)):
            bounds = zip((end.bound for end in ends), times, strict=True)
            strict = q.strict and not any(end.strict for end in ends)
            fits = self._make.compare(self._make.total([(base, 1), *bounds]), strict)
            found.append(self._make.conjunction([*(end.when for end in ends), fits]))
        return self._make.disjunction(found)

    # --- refinement (section 8.5)

    def _refines_assumption(self, o: Value, n: Value, i: Value) -> Iterator[Formula]:
        yield from self._entry(o).service.assumes
        yield self._at(i, self._entry(n).service.assumes).opposite

    def _refines_guarantee(self, o: Value, n: Value, i: Value) -> Iterator[Formula]:
        old, new = self._entry(o), self._entry(n)
        yield from old.service.assumes
        yield from self._bad(self._at(i, old.guarantees), new)

    def _refines_cost_covered(self, o: Value, n: Value, i: Value) -> Iterator[Formula]:
        old, new = self._entry(o), self._entry(n)
        yield from (*old.service.assumes, self._at(i, old.service.cost).when)
        yield from (case.when.opposite for case in new.service.cost)

    def _refines_cost(self, o: Value, n: Value, i: Value, j: Value) -> Iterator[Formula]:
        old, new = self._entry(o), self._entry(n)
        before, after = self._at(i, old.service.cost), self._at(j, new.service.cost)
        yield from (*old.service.assumes, before.when, after.when)
        yield self._make.compare(after.bound.minus(before.bound)).opposite

    def _refines_attribute(self, o: Value, n: Value, name: Value) -> Iterator[Formula]:
        old, new = self._entry(o), self._entry(n)
        name.need(name.a(str) in old.attributes, "reference", "an attribute that is stated")
        field = self.vocabulary.attributes[name.a(str)]
        yield from self._stated([field], new.attributes)
        yield self._make.equation(term(field.variables[0], -old.attributes[field.name])).opposite

    def _refines_capability(self, o: Value, n: Value, name: Value) -> Parts:
        old, new = self._entry(o), self._entry(n)
        name.need(name.a(str) in old.capabilities, "reference", "a provided capability")
        return (FALSE if name.a(str) in new.capabilities else TRUE,)

    def _refines_authorization(self, o: Value, n: Value, name: str = "authorization") -> Parts:
        old, new = self.permitted(self._entry(o)), self.permitted(self._entry(n))
        n.need(name in new, "reference", f"a service that demands {name}")
        return (*old.values(), new[name].opposite)

    _refines_trust = partialmethod(_refines_authorization, name="trust")
    _refines_access = partialmethod(_refines_authorization, name="access")

    def _refines_rule(self, o: Value, n: Value, p: Value) -> Iterator[Formula]:
        old, new, rule, make = self._entry(o), self._entry(n), self._rule(p), self._make
        yield from (*old.service.assumes, *self.permitted(old).values())
        untouched = self._routed(rule, old).opposite
        yield from (make.disjunction((untouched, self.entailed(q, old))) for q in rule.then)
        yield self._routed(rule, new)
        yield make.conjunction([self.entailed(q, new) for q in rule.then]).opposite

    def _refines_schema(self, o: Value, n: Value) -> Parts:
        schemas = [self._entry(at).service.api for at in (o, n)]
        old, new = (api and api.response_schema for api in schemas)
        return (FALSE if old is None or (old == new and DIGEST.fullmatch(old)) else TRUE,)
