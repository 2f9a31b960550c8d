"""Drawing contracts, guards and policies over the small vocabulary of evolutions.

Everything comes from one seeded generator. A contract speaks about few variables, the *active* ones of its evolution, so that the
oracle can look at every point; two integers may stand in one bound or guard.
"""

from collections.abc import Sequence
from fractions import Fraction
from random import Random

from caio.ir import documents as d
from caio.ir import terms as t
from caio.obligations.contract import Contract
from tests.differential.drawing import AT
from tests.evolution.vocabulary import DAY, DIGEST, NO_CONTROL, PERMISSIONS, VOCABULARY, ZONES

A_WHILE = 86_400_000_000
"""A day in microseconds, in which instants are counted."""
SIZE, PARTS = "request.size", "request.parts"
NUMERIC = {SIZE: 12, PARTS: 5}
"""The integers of a request, with the greatest value of each; the least is 0."""
LEVELS = (Fraction(1, 2), Fraction(9, 10), Fraction(99, 100), Fraction(999, 1000))
SCHEMAS = (None, "sha256:" + "a" * 64, "sha256:" + "b" * 64, "answer.schema.json")
"""No response schema, two of known content, and a path, of whose content nothing is known."""


class Drawer:
    """Draws whatever a contract, a rule or a request is made of."""

    def __init__(self, rng: Random) -> None:
        self.rng = rng
        others = ["request.fast", "request.region", "request.data", PARTS]
        self.request = (SIZE, *rng.sample(others, rng.choice([1, 1, 2])))
        self.active = self.request
        if rng.random() < 0.25:
            self.active += (rng.choice(["env.load", "env.load", "env.at"]),)

    def chance(self, probability: float) -> bool:
        return self.rng.random() < probability

    # --- formulas ---------------------------------------------------------------------------------

    def guard(self, depth: int = 1) -> t.Formula:
        """A formula over active variables."""
        return self.formula(self.active, depth)

    def formula(self, variables: Sequence[str], depth: int = 1) -> t.Formula:
        """A formula over these variables, with and, or, not."""
        if depth and self.chance(0.35):
            parts = (self.formula(variables, depth - 1), self.formula(variables, depth - 1))
            choices: list[t.Formula] = [t.And(parts), t.Or(parts), t.Not(parts[0])]
            return self.rng.choice(choices)
        return self.simple(self.rng.choice(variables))

    def simple(self, variable: str) -> t.Formula:
        """One comparison: of a variable with a constant, or of two integers."""
        kind = VOCABULARY.field(variable).type
        match kind:
            case d.BoolType():
                return self._maybe_not(t.Is(variable))
            case d.EnumType(enum):
                names = VOCABULARY.enum(enum).names()
                kept = set(self.rng.sample(names, self.rng.choice([1, 2])))
                return t.In(variable, tuple(name for name in names if name in kept))
            case d.SetType(enum):
                if self.chance(0.3):
                    count = t.Affine.of(-1, {f"count({variable})": Fraction(1)})
                    return t.Compare(self._comparison(), count)
                return self._maybe_not(
                    t.Has(variable, self.rng.choice(VOCABULARY.enum(enum).names()))
                )
            case d.InstantType():
                edge = AT + self.rng.choice([-A_WHILE, -1, 0, 1, A_WHILE])
                return t.Compare(
                    self.rng.choice([t.Comparison.LT, t.Comparison.LE]),
                    t.Affine.of(-edge, {variable: Fraction(1)}),
                )
            case d.RationalType():
                term = t.Affine.of(-Fraction(self.rng.randint(1, 5), 6), {variable: Fraction(1)})
                return t.Compare(self._comparison(), term.times(self.rng.choice([1, -1])))
        return t.Compare(self._comparison(), self._edge(variable))

    def _edge(self, variable: str) -> t.Affine:
        most = NUMERIC[variable]
        term = t.Affine.of(0, {variable: Fraction(1)})
        if PARTS in self.active and variable == SIZE and self.chance(0.4):
            term = term.plus(
                t.Affine.of(0, {PARTS: self.rng.choice([Fraction(1), Fraction(2), Fraction(-1)])})
            )
        beside = [Fraction(0)] * 3 + [Fraction(1, 2), Fraction(2, 3)]
        edge = self.rng.randint(0, most) + self.rng.choice(beside)
        scale = self.rng.choice([Fraction(1)] * 2 + [Fraction(2), Fraction(1, 3), Fraction(-1)])
        return term.plus(t.Affine(edge), -1).times(scale)

    def _comparison(self) -> t.Comparison:
        return self.rng.choice([t.Comparison.LE] * 5 + [t.Comparison.LT] * 3 + [t.Comparison.EQ])

    def _maybe_not(self, formula: t.Formula) -> t.Formula:
        return t.Not(formula) if self.chance(0.35) else formula

    # --- promises ---------------------------------------------------------------------------------

    def bound(self, low: Fraction, high: Fraction) -> t.Affine:
        """A term between two values for most requests, over none, one or two integers."""
        width = high - low
        term = t.Affine(low + width * Fraction(self.rng.randint(1, 5), 6))
        for variable in (v for v in self.request if v in NUMERIC):
            if self.chance(0.5):
                slope = width / 6 / NUMERIC[variable] * self.rng.choice([1, 1, 2, -1])
                term = term.plus(t.Affine.of(0, {variable: slope}))
        return term

    def latency(self, *, when: t.Formula = t.TRUE) -> d.Guarantee:
        """An upper bound on latency, from 5 to 50 s."""
        relation = t.Relation.LT if self.chance(0.25) else t.Relation.LE
        level = self.rng.choice([*LEVELS, LEVELS[2], LEVELS[2]])
        return d.Guarantee("latency", relation, self.bound(Fraction(5), Fraction(50)), when, level)

    def accuracy(self, *, when: t.Formula = t.TRUE) -> d.Guarantee:
        """A lower bound on accuracy, from 0.2 to 0.9."""
        relation = t.Relation.GT if self.chance(0.25) else t.Relation.GE
        return d.Guarantee("accuracy", relation, self.bound(Fraction(1, 5), Fraction(9, 10)), when)

    def depth(self, *, when: t.Formula = t.TRUE) -> d.Guarantee:
        """A bound on a median, from either side, at a level of which two may be kept by different calls."""
        relation = self.rng.choice([t.Relation.GE, t.Relation.GE, t.Relation.LE, t.Relation.LT])
        low, high = (Fraction(4), Fraction(9)) if relation.upper else (Fraction(1), Fraction(6))
        level = self.rng.choice([LEVELS[0], LEVELS[0], LEVELS[1]])
        return d.Guarantee("depth", relation, self.bound(low, high), when, level)

    def guarantees(self) -> tuple[d.Guarantee, ...]:
        """Some promises, half of them under a guard; now and then one from the other side."""
        found = []
        for _ in range(self.rng.choice([1, 2, 2, 3])):
            when = self.guard() if self.chance(0.5) else t.TRUE
            draw = self.rng.choice([self.latency] * 5 + [self.accuracy] * 3 + [self.depth] * 3)
            found.append(draw(when=when))
        if self.chance(0.2):
            floor = t.Affine(Fraction(self.rng.randint(0, 2)))
            found.append(d.Guarantee("latency", t.Relation.GE, floor, t.TRUE, LEVELS[2]))
        return tuple(found)

    def amount(self) -> t.Affine:
        return self.bound(Fraction(0), Fraction(4))

    def cost(self) -> tuple[d.CostCase, ...]:
        """No case, one, two on the sides of a guard, or three along the size."""
        match self.rng.choice(["none", "one", "split", "split", "three", "guarded"]):
            case "none":
                return ()
            case "one":
                return (d.CostCase(t.TRUE, self.amount()),)
            case "guarded":
                return (d.CostCase(self.guard(), self.amount()),)
            case "split":
                guard = self.guard()
                return (
                    d.CostCase(guard, self.amount()),
                    d.CostCase(t.Not(guard), self.amount()),
                )
        first, second = sorted(self.rng.sample(range(1, 12), 2))
        low, high = at_most(SIZE, Fraction(first)), at_most(SIZE, Fraction(second))
        guards: tuple[t.Formula, ...] = (low, t.And((t.Not(low), high)), t.Not(high))
        return tuple(d.CostCase(guard, self.amount()) for guard in guards)

    # --- the rest of a contract -------------------------------------------------------------------

    def value(self, kind: d.Type) -> d.Value:
        """A value of an attribute's type."""
        match kind:
            case d.BoolType():
                return self.chance(0.5)
            case d.EnumType(enum):
                return self.rng.choice(VOCABULARY.enum(enum).names())
            case d.RationalType():
                return self.rng.randint(0, 60) * DAY
        return Fraction(self.rng.randint(0, 9))

    def permits(self) -> d.Permits:
        mode = self.rng.choice(["public", "any", "all"] * 4 + ["none"])
        names: tuple[str, ...] = ()
        if mode in ("any", "all"):
            kept = set(self.rng.sample(PERMISSIONS, self.rng.choice([1, 2, 2, 3])))
            names = tuple(name for name in PERMISSIONS if name in kept)
        trust = Fraction(self.rng.randint(0, 3)) if self.chance(0.5) else None
        zones = None
        if self.chance(0.5):
            chosen = set(self.rng.sample(ZONES, self.rng.choice([1, 2, 2])))
            zones = tuple(name for name in ZONES if name in chosen)
        return d.Permits(mode, names, trust, zones)

    def service(self, version: str = "1.0") -> d.Service:
        """The contract of one version of the service that evolves."""
        attributes = [
            (field.name, self.value(field.type))
            for field in VOCABULARY.attributes
            if self.chance(0.6)
        ]
        schema = self.rng.choice([*SCHEMAS, *SCHEMAS[:2] * 4])
        return d.Service(
            vocabulary=DIGEST,
            name="s",
            version=version,
            route=self.rng.choice(d.ROUTES),
            attributes=tuple(sorted(attributes)),
            capabilities=tuple(c for c in VOCABULARY.capabilities if self.chance(0.6)),
            assumes=tuple(self.guard() for _ in range(self.rng.choice([0, 1, 1, 2]))),
            guarantees=self.guarantees(),
            cost=self.cost(),
            permits=self.permits(),
            api=None if schema is None else d.Api("http", "https://s.example", schema),
        )

    def overlay(self, service: d.Service, version: str, origin: str) -> d.Overlay:
        """What somebody else established about the service: another guarantee, perhaps an attribute."""
        stated = dict(service.attributes)
        free = [field for field in VOCABULARY.attributes if field.name not in stated]
        added = [(field.name, self.value(field.type)) for field in free[:1] if self.chance(0.5)]
        guarantee = self.latency() if self.chance(0.5) else self.accuracy(when=self.guard())
        return d.Overlay(DIGEST, service.name, version, origin, tuple(added), (guarantee,))

    # --- policies ---------------------------------------------------------------------------------

    def policy(self) -> tuple[d.Rule | d.Constraint, ...]:
        """Up to three rules, invariants and constraints; some mention a capability negatively, or the route."""
        found: list[d.Rule | d.Constraint] = []
        for name in ("p1", "p2", "p3")[: self.rng.choice([0, 1, 1, 2, 3])]:
            when = self.condition()
            if self.chance(0.35):
                routes = self.rng.sample(d.ROUTES, self.rng.choice([1, 2]))
                chosen: t.Formula = t.In(d.CHOICE_ROUTE, tuple(r for r in d.ROUTES if r in routes))
                if self.chance(0.4):
                    both = (chosen, self.governed())
                    chosen = t.And(both) if self.chance(0.5) else t.Or(both)
                when = chosen if self.chance(0.5) else t.And((chosen, when))
                then = (self.capability(),)
                found.append(d.Constraint(DIGEST, name, "policy", when, then))
            else:
                invariant = self.chance(0.3)
                found.append(d.Rule(DIGEST, name, when, (self.action(),), invariant=invariant))
        if self.chance(0.25):
            found.append(self.bounded("e"))
        return tuple(found)

    def bounded(self, name: str) -> d.Constraint:
        """A constraint on an expression, under some condition or none."""
        relation = self.rng.choice([t.Relation.LE, t.Relation.LT])
        atom = t.OnExpression(relation, self._expression())
        when = self.guard() if self.chance(0.5) else t.TRUE
        return d.Constraint(DIGEST, name, "safety", when, (atom,))

    def _expression(self) -> t.Affine:
        """Metrics, the cost and a numeric attribute against a constant and a request's size."""
        parts = {
            "metric.latency": Fraction(self.rng.choice([1, 1, -1])),
            "metric.depth": Fraction(self.rng.choice([5, -5])),
            "metric.accuracy": Fraction(self.rng.choice([-10, 10])),
            "cost": Fraction(self.rng.choice([2, -1])),
            "service.retention": 1 / DAY,
            "service.seats": Fraction(-1),
            SIZE: Fraction(self.rng.choice([1, -1])),
        }
        chosen = self.rng.sample(list(parts), self.rng.choice([1, 2, 2]))
        constant = -Fraction(self.rng.choice([0, 10, 40, 80]))
        return t.Affine.of(constant, {name: parts[name] for name in chosen})

    def governed(self) -> t.Formula:
        """A condition on what is measured, or on the control that is chosen."""
        if self.chance(0.5):
            edge = Fraction(self.rng.randint(1, 3), 4)
            term = t.Affine.of(-edge, {"measured.caution": Fraction(1)})
            return t.Compare(self._comparison(), term.times(self.rng.choice([1, -1])))
        return self._maybe_not(t.In(d.CHOICE_CONTROL, (self.rng.choice(VOCABULARY.controls),)))

    def condition(self) -> t.Formula:
        """The condition of a rule: always, over the request, or over who calls."""
        match self.rng.choice(["always", "request", "request", "trust", "permission"]):
            case "always":
                return t.TRUE
            case "request":
                return self.guard()
            case "trust":
                return at_most("fact.trust", Fraction(self.rng.randint(0, 2)))
        return t.Has("fact.permissions", self.rng.choice(PERMISSIONS))

    def capability(self) -> t.OnCapability:
        return t.OnCapability(self.rng.choice(VOCABULARY.capabilities), self.chance(0.4))

    def action(self) -> t.Atom:
        """A requirement: a capability, mostly, or a bound, an attribute, a cost."""
        match self.rng.choice(
            ["capability", "capability", "metric", "attribute", "quantity", "cost"]
        ):
            case "metric" if self.chance(0.6):
                bound = self.bound(Fraction(5), Fraction(50))
                return t.OnMetric("latency", t.Relation.LE, bound, self.rng.choice(LEVELS))
            case "metric":
                bound = self.bound(Fraction(1, 5), Fraction(9, 10))
                return t.OnMetric(
                    "accuracy", self.rng.choice([t.Relation.GE, t.Relation.GT]), bound
                )
            case "attribute":
                negated = self.chance(0.4)
                return t.OnAttribute("region", (self.rng.choice(("eu", "us")),), negated)
            case "quantity":
                days = self.rng.randint(0, 60) * DAY
                relation = self.rng.choice([t.Relation.LE, t.Relation.LE, t.Relation.GE])
                return t.OnQuantity("retention", relation, days)
            case "cost":
                return t.OnCost(self.rng.choice([t.Relation.LE, t.Relation.LT]), self.amount())
        return self.capability()

    # --- callers ----------------------------------------------------------------------------------

    def caller(self, contract: Contract) -> d.Class:
        """Somebody who asks for what a contract has, mostly: something near a promise, a price, a statement."""
        provided = contract.service.capabilities
        needs = tuple((name,) for name in provided if self.chance(0.3))
        ensure: list[t.Atom] = []
        for promise in contract.guarantees:
            if self.chance(0.5):
                slack = promise.bound.plus(t.Affine(Fraction(self.rng.choice([0, 0, 1, -1]), 10)))
                level = promise.level
                ensure.append(t.OnMetric(promise.metric, promise.relation, slack, level))
        for name, value in contract.attributes.items():
            if self.chance(0.3) and isinstance(value, (bool, str)):
                ensure.append(t.OnAttribute(name, (value,)))
            elif self.chance(0.3) and isinstance(value, Fraction):
                ensure.append(t.OnQuantity(name, t.Relation.LE, value))
        ensure += [
            t.OnCost(t.Relation.LE, case.amount)
            for case in contract.service.cost
            if self.chance(0.2)
        ]
        budget = Fraction(self.rng.randint(1, 5)) if self.chance(0.2) else None
        deadline = Fraction(self.rng.choice([20, 40, 60])) if self.chance(0.2) else None
        return d.Class(DIGEST, "caller", needs, (), tuple(dict.fromkeys(ensure)), budget, deadline)

    def point(self) -> dict[str, d.Value]:
        """A point of request, facts and environment, with all permissions and much trust half of the time."""
        found: dict[str, d.Value] = {"env.at": Fraction(AT + self.rng.choice([-1, 0, 1]))}
        found[d.CHOICE_CONTROL] = self.rng.choice((*VOCABULARY.controls, NO_CONTROL))
        for origin in ("request", "fact", "env", "measured"):
            for field in VOCABULARY.fields(origin):
                found[f"{origin}.{field.name}"] = self._anything(field.type)
        if self.chance(0.5):
            found |= {"fact.permissions": PERMISSIONS, "fact.trust": Fraction(3)}
        return found

    def _anything(self, kind: d.Type) -> d.Value:
        match kind:
            case d.SetType(enum):
                return tuple(n for n in VOCABULARY.enum(enum).names() if self.chance(0.5))
            case d.IntType(_, lower, upper):
                return Fraction(self.rng.choice([lower, upper, self.rng.randint(lower, upper)]))
            case d.RationalType():
                return Fraction(self.rng.randint(0, 12), 12)
        return self.value(kind)


def at_most(variable: str, edge: Fraction) -> t.Formula:
    """``variable ≤ edge``."""
    return t.Compare(t.Comparison.LE, t.Affine.of(-edge, {variable: Fraction(1)}))
