"""Questions over all requests: the obligations of documents (certificate-v1 sections 8.3 to 8.5)."""

from collections.abc import Iterator, Sequence
from itertools import product
from typing import Final, NamedTuple, TypeVar

from .documents import GOVERNING, Documents, Entry
from .expressions import Requirement
from .formulas import FALSE, TRUE, Affine, Formula, Formulas, Parts, Variable, term
from .obligations import SAFE, Meaning
from .reader import Number, Record, Value, increasing

_PARTS: Final = """
service_coherent service_assumable service_cost_disjoint rule_applicable inhabited
guarantee_matters rule_meetable rules_consistent refines_authorization refines_trust refines_access refines_schema
implied never always refines_assumption refines_guarantee refines_cost_covered refines_attribute refines_capability refines_rule
refines_cost
-
-
keeps
"""  # Line n has the kinds whose keys have n parts after the kind.
_SIZES: Final = {kind: n for n, row in enumerate(_PARTS.split("\n")) for kind in row.split()}
WITNESSED: Final = {  # These hold by a witness, all others by a proof.
    *("service_assumable", "rule_applicable", "guarantee_matters", "rule_meetable", "inhabited")
}
_SUBJECTS: Final = ("rule", "invariant", "safety", "policy", "traits")
_Item = TypeVar("_Item")


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


class _Policy(NamedTuple):
    demands: list[Record]
    allowance: Number


class _End(NamedTuple):  # A bound under a guard; `strict` if what it bounds stays away from it.
    when: Formula
    bound: Affine
    strict: bool = False


class Questions(Meaning):
    """The obligations of documents of one vocabulary; `_<kind>` has the block of a kind."""

    def __init__(self, documents: Documents, vocabulary: Record, formulas: Formulas) -> None:
        super().__init__(vocabulary, formulas)
        self._documents = documents

    def block(self, key: Value) -> tuple[str, Parts]:
        """The kind of an obligation, and its block."""
        kind = key.items(filled=True)[0].choice(" ".join({*_SIZES} - {"-"}))
        _, *parts = key.items(size=1 + _SIZES[kind])
        derive = getattr(self, f"_{kind}")
        return kind, tuple(derive(*parts))

    # --- what keys name

    def _entry(self, at: Value) -> Entry:
        return self._documents.entry(self.vocabulary, *at.record("service overlays"))

    def _rule(self, at: Value) -> Record:
        return governing(self._documents, self.vocabulary, [at], GOVERNING)[0]

    def _own(self, at: Value, kinds: str) -> Record:
        found = self._documents.get(at, kinds)
        at.need(found.vocabulary is self.vocabulary, "reference", "one vocabulary")
        return found

    def _policy(self, at: Value) -> _Policy:
        found = governing(self._documents, self.vocabulary, at.items(), f"{GOVERNING} profile")
        profiles = [one for one in found if one.kind == "profile"]
        at.need(len(profiles) < 2, "duplicate", "one profile")
        allowance = sum(profile.limits.routing_allowance for profile in profiles)
        return _Policy(in_order([one for one in found if one.kind != "profile"]), allowance)

    def _at(self, at: Value, listed: Sequence[_Item]) -> _Item:
        at.need(0 <= at.a(int) < len(listed), "reference", f"an index below {len(listed)}")
        return listed[at.a(int)]

    # --- one document, or rules among one another (section 8.3)

    def _service_coherent(self, s: Value) -> Parts:
        return self.incoherent(self._entry(s))

    def _service_assumable(self, s: Value) -> Parts:
        assumes: Parts = self._entry(s).service.assumes
        return assumes

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
                self._make.spend(1)
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
        if goal.on == "expression":
            stated = q.on == "attribute" and q.name in [field.name for field in goal.about[1]]
            return q.on == "expression" or stated or any(self._bears(q, p) for p in goal.about[0])
        alike = (q.on, q.name) == (goal.on, goal.name)
        enough = goal.level is None or (q.level is not None and q.level >= goal.level)
        return alike and (goal.on not in {"metric", "cost"} or (q.upper == goal.upper and enough))

    # --- all requests (sections 8.3 and 8.4)

    def _inhabited(self, c: Value) -> Parts:
        given: Parts = self._own(c, "class").given
        return given

    def _never(self, c: Value, s: Value, policy: Value) -> Iterator[Formula]:
        entry, claim = self._entry(s), self._own(c, "property").claim
        c.need(claim.form == "never", "reference", "a property of this form")
        yield self.admitted(entry, self._policy(policy), None)
        promises, fields = claim.about
        yield from (self._kept(g) for q in promises for g in entry.promises(q, self._make))
        yield from self._stated(fields, entry.attributes)
        yield claim.condition

    def _always(self, c: Value, listed: Value, policy: Value) -> Iterator[Formula]:
        claim, demands = self._own(c, "property").claim, self._policy(policy)
        c.need(claim.form == "always", "reference", "a property of this form")
        group = self._documents.get(claim.named[0], "class")
        entries = [self._entry(s) for s in listed.items(filled=True)]
        names = [entry.service.name for entry in entries]
        listed.need(len(set(names)) == len(names), "duplicate", "each service once")
        chosen = tuple(Variable(f"admits.{name}", True) for name in names)
        yield from group.given
        for variable, entry in zip(chosen, entries, strict=True):
            refused = self.admitted(entry, demands, group).opposite
            yield self._make.disjunction((refused, self._make.holds(variable)))
        yield self._make.compare(Affine(1 - claim.count, ((chosen, 1),)))

    def _keeps(self, *key: Value) -> Iterator[Formula]:
        q, facts, s, before, t, after, aside = key
        s.need(s.raw is not None or t.raw is not None, "empty", "at least one service")
        asked = None if q.raw is None else self._own(q, "request class")
        one, other = (None if at.raw is None else self._entry(at) for at in (s, t))
        yield from asked.given if asked else ()
        if facts.raw is True and other:
            yield from self.permitted(other).values()
        elif facts.raw is not None:
            known, field = self._own(facts, "facts"), self.vocabulary.roles.get("permissions")
            none = {field.name: frozenset[int]()} if field else {}
            yield from self._stated(self.vocabulary.facts.values(), none | known.values)
        for group in governing(self._documents, self.vocabulary, aside.items(), "class"):
            yield self._make.conjunction(group.given).opposite
        policies = self._policy(before), self._policy(after)
        if one:
            yield self.admitted(one, policies[0], asked)
        if other:
            yield self.admitted(other, policies[1], asked).opposite

    def admitted(self, entry: Entry, policy: _Policy, asked: Record | None) -> Formula:
        """That all obligations hold for the request at a point (section 8.4)."""
        make, service = self._make, entry.service
        parts = [self.incoherent(entry)[-1].opposite]
        lacking = (
            group.isdisjoint(service.capabilities) for group in (asked and asked.needs) or ()
        )
        parts += [FALSE if missing else TRUE for missing in lacking]
        parts += service.assumes
        parts += [self.entailed(q, entry) for q in asked.ensure] if asked else []
        for rule in policy.demands:
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
            q = self.timely(asked.deadline - policy.allowance)
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
        return TRUE if kept else self.sensitive().opposite

    def entailed(self, q: Requirement, entry: Entry) -> Formula:
        """That some promise which applies is at least as tight as a requirement."""
        self._make.spend(1)
        if q.on in {"member", "attribute"}:
            if q.name not in entry.attributes:
                return FALSE
            stated = entry.attributes[q.name]
            if q.on == "attribute":
                return self._tight(q, _End(TRUE, Affine(stated)))
            return TRUE if (stated in q.values) == q.positive else FALSE
        if q.on == "capability":
            return TRUE if (q.name in entry.service.capabilities) == q.positive else FALSE
        if q.on == "time":
            return self._make.compare(q.gap, q.strict)
        if q.on == "expression":
            return self._all_bounded(q, entry)
        return self._make.disjunction([self._tight(q, end) for end in self._ends(q, entry)])

    def _ends(self, q: Requirement, entry: Entry) -> list[_End]:
        ends = [_End(g.when, g.bound, g.strict) for g in entry.promises(q, self._make)]
        if q.on == "cost":
            return ends
        metric = self.vocabulary.metrics[q.name]
        return [*ends, _End(TRUE, Affine(metric.upper if q.upper else metric.lower))]

    def _tight(self, q: Requirement, end: _End) -> Formula:
        gap = end.bound.minus(q.bound) if q.upper else q.bound.minus(end.bound)
        fits = self._make.compare(gap, q.strict and not end.strict)
        return self._make.conjunction((end.when, fits))

    def _all_bounded(self, q: Requirement, entry: Entry) -> Formula:
        """That an expression is small enough for some choice of bounds on all that it mentions."""
        factors = {variables[0].name: factor for variables, factor in q.bound.terms}
        bounded, fields = q.about
        base = Affine(q.bound.constant)
        for variables, factor in q.bound.terms:
            prefix, _, _ = variables[0].name.partition(".")
            if prefix == "cost" and factor < 0:
                return FALSE
            if prefix not in {"metric", "cost", "service"}:
                base = base.plus(Affine(0, ((variables, 1),)), factor)
        for field in fields:
            if field.name not in entry.attributes:
                return FALSE
            stated = Affine(entry.attributes[field.name])
            base = base.plus(stated, factors[f"service.{field.name}"])
        names = ["cost" if p.on == "cost" else f"metric.{p.name}" for p in bounded]
        found: list[Formula] = []
        for ends in product(*(self._ends(part, entry) for part in bounded)):
            self._make.spend(100)
            total, strict = base, q.strict and not any(end.strict for end in ends)
            for name, end in zip(names, ends, strict=True):
                total = total.plus(end.bound, factors[name])
            parts = [*(end.when for end in ends), self._make.compare(total, strict)]
            found.append(self._make.conjunction(parts))
        return self._make.disjunction(found)

    # --- refinement (section 8.5)

    def _refines_assumption(self, o: Value, n: Value, i: Value) -> Iterator[Formula]:
        yield from self._entry(o).service.assumes
        assumed: Formula = self._at(i, self._entry(n).service.assumes)
        yield assumed.opposite

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
        provided = name.a(str) in old.service.capabilities
        name.need(provided, "reference", "a capability that is provided")
        return (FALSE if name.a(str) in new.service.capabilities else TRUE,)

    def _refines_authorization(self, o: Value, n: Value, name: str = "authorization") -> Parts:
        old, new = self.permitted(self._entry(o)), self.permitted(self._entry(n))
        n.need(name in new, "reference", f"a service that demands {name}")
        return (*old.values(), new[name].opposite)

    def _refines_trust(self, o: Value, n: Value) -> Parts:
        return self._refines_authorization(o, n, "trust")

    def _refines_access(self, o: Value, n: Value) -> Parts:
        return self._refines_authorization(o, n, "access")

    def _refines_rule(self, o: Value, n: Value, p: Value) -> Iterator[Formula]:
        old, new, rule = self._entry(o).service, self._entry(n).service, self._rule(p)
        gained = {*new.capabilities} - {*old.capabilities}
        forbidden = {q.name for q in rule.then if q.on == "capability" and not q.positive}
        chosen = [field.name for field in vars(rule).get("chosen", ())]
        rerouted = "route" in chosen and old.route != new.route
        yield from (*old.assumes, rule.when, TRUE if gained & forbidden or rerouted else FALSE)

    def _refines_schema(self, o: Value, n: Value) -> Parts:
        schemas = [self._entry(at).service.api for at in (o, n)]
        old, new = (api and api.response_schema for api in schemas)
        return (FALSE if old is None or (old == new and old[:7] == "sha256:") else TRUE,)
