"""Generated landscapes with requests: small enough for the oracle, rich enough for the whole fragment.

Everything is drawn from one seeded generator, so that a seed names a world for good. A world has at most one *wide*
variable (a rational, an instant or a large integer range) that bounds and guards may speak about, because that is what
the oracle can decide exactly; all other variables have few values.
"""

from dataclasses import dataclass, replace
from fractions import Fraction
from random import Random

from caio.ir import documents as d
from caio.ir import terms as t
from caio.ir.encode import document_digest
from caio.landscape.snapshot import Snapshot, take
from caio.obligations.candidate import Question
from tests.differential.drawing import Drawer
from tests.differential.vocabularies import draw_vocabulary


@dataclass(frozen=True)
class World:
    """A landscape and a question about it."""

    seed: int
    question: Question
    snapshot: Snapshot

    def documents(self) -> list[d.Document]:
        """Every document that a decision about this world rests on."""
        found = [*self.snapshot.documents(), *self.question.lasting, *self.question.passing]
        return list(dict.fromkeys(found))


def draw_world(seed: int, *, solver_units: int = 10_000_000) -> World:
    """The world of a seed."""
    rng = Random(seed)
    vocabulary = draw_vocabulary(rng)
    maker = Maker(rng, vocabulary)
    names = rng.sample(["alpha", "beta", "gamma/9", "Delta", "é:1"], rng.choice([1, 2, 3, 4, 5]))
    services: list[d.Service] = []
    overlays: list[d.Overlay] = []
    states: list[d.State] = []
    for name in names:
        for version in rng.choice([["1.0"], ["1.0"], ["1.9", "1.10"]]):
            service, added = maker.service(name, version)
            services.append(service)
            overlays += added
            if rng.random() < 0.9:
                states.append(maker.state(name, version))
    policy = maker.policy()
    request = maker.request()
    question = Question(
        vocabulary=vocabulary,
        request=request,
        policy=policy,
        profile=maker.profile(solver_units),
        facts=maker.facts() if rng.random() < 0.95 else None,
        at=maker.draw.at,
    )
    return World(seed, question, take(vocabulary, services, overlays, states))


def draw_question(seed: int, world: World) -> Question:
    """Another question about the same landscape: another request, now and then another policy, profile and caller."""
    rng = Random(seed)
    maker = Maker(rng, world.question.vocabulary)
    question = replace(world.question, request=maker.request())
    if rng.random() < 0.3:
        question = replace(question, policy=maker.policy())
    if rng.random() < 0.3:
        question = replace(question, profile=maker.profile(10_000_000))
    if rng.random() < 0.3:
        question = replace(question, facts=maker.facts())
    return question


def draw_policy(seed: int, vocabulary: d.Vocabulary) -> tuple[d.Rule, ...]:
    """Rules and invariants of a vocabulary, likely to contradict one another."""
    maker = Maker(Random(seed), vocabulary)
    maker.kind = False
    named = [("r1", False), ("r2", False), ("i1", True), ("i2", True)]
    return tuple(maker.rule(name, invariant=invariant) for name, invariant in named)


def shuffled(world: World, seed: int) -> Snapshot:
    """The same landscape, taken from its documents in another order."""
    rng = Random(seed)
    services = [contract.service for contract in world.snapshot.contracts]
    overlays = [o for contract in world.snapshot.contracts for o in contract.overlays]
    states = [c.state for c in world.snapshot.contracts if c.state is not None]
    for documents in (services, overlays, states):
        rng.shuffle(documents)
    return take(world.question.vocabulary, services, overlays, states)


class Maker:
    """Draws documents of one vocabulary."""

    def __init__(self, rng: Random, vocabulary: d.Vocabulary) -> None:
        self.rng = rng
        self.vocabulary = vocabulary
        self.digest = document_digest(vocabulary)
        self.draw = Drawer(rng, vocabulary)
        self.kind = rng.random() < 0.65
        """Whether most of what is asked is granted, so that somebody is admitted."""

    def odd(self, probability: float) -> bool:
        """Chance of something that refutes candidates, much smaller in a kind world."""
        return self.rng.random() < (probability / 6 if self.kind else probability)

    def chance(self, probability: float) -> bool:
        return self.rng.random() < probability

    # --- services ---------------------------------------------------------------------------------

    def service(self, name: str, version: str) -> tuple[d.Service, list[d.Overlay]]:
        origins = self.rng.sample(["bench", "audit-1", "Zeta"], self.rng.choice([0, 0, 1, 1, 2]))
        stated: list[dict[str, d.Value]] = [{} for _ in range(1 + len(origins))]
        for field in self.vocabulary.attributes:
            if not self.odd(0.1):
                self.rng.choice([stated[0], *stated])[field.name] = self.draw.value(field.type)
        if self.vocabulary.with_role("service", "encrypted") is not None and not self.odd(0.4):
            for part in stated:
                if "privacy.encrypted" in part:
                    part["privacy.encrypted"] = True
        service = d.Service(
            vocabulary=self.digest,
            name=name,
            version=version,
            route=self.rng.choice(["internal", "external", "hybrid"]),
            attributes=tuple(sorted(stated[0].items())),
            capabilities=tuple(c for c in self.vocabulary.capabilities if not self.odd(0.12)),
            assumes=tuple(self.assumption() for _ in range(self.rng.choice([0, 0, 1, 2]))),
            guarantees=self.guarantees(self.rng.choice([2, 4, 6])),
            cost=self.cost(),
            permits=self.permits(),
        )
        overlays = [
            d.Overlay(
                vocabulary=self.digest,
                service=name,
                version=version,
                origin=origin,
                attributes=tuple(sorted(part.items())),
                guarantees=self.guarantees(self.rng.choice([0, 1, 2])),
            )
            for origin, part in zip(origins, stated[1:], strict=True)
        ]
        return service, overlays

    def assumption(self) -> t.Formula:
        if self.chance(0.3):
            return self.draw.time_limit(late=not self.odd(0.8))
        if self.odd(0.5):
            return self.draw.formula(self.draw.service_side)
        return self.draw.lenient(self.draw.service_side)

    def guarantees(self, count: int) -> tuple[d.Guarantee, ...]:
        found = []
        for _ in range(count):
            metric = self.rng.choice(self.vocabulary.metrics)
            upper = (metric.better == "lower") if self.chance(0.85) else self.chance(0.5)
            quality = self.rng.choice([Fraction(3, 4), Fraction(9, 10), Fraction(1, 2)])
            if upper != (metric.better == "lower"):
                quality = self.rng.choice([Fraction(-1, 10), Fraction(1, 20), Fraction(1, 4)])
            share = 1 - quality if upper else quality
            when: t.Formula = t.TRUE
            if self.chance(0.4):
                when = self.draw.formula(self.draw.service_side)
            found.append(
                d.Guarantee(
                    metric=metric.name,
                    relation=self.draw.relation(upper=upper),
                    bound=self.draw.bound(metric.lower, metric.upper, share, rising=upper),
                    when=when,
                    level=self.draw.level(metric),
                )
            )
        return tuple(found)

    def cost(self) -> tuple[d.CostCase, ...]:
        declared = self.vocabulary.cost
        if declared is None:
            return ()
        zero = Fraction(0)

        def amount() -> t.Affine:
            share = self.rng.choice([zero, Fraction(1, 10), Fraction(1, 3)])
            return self.draw.bound(zero, declared.upper, share, rising=True)

        match self.rng.choice(["none", "one", "split", "split", "guarded", "free"]):
            case "none":
                return ()
            case "one":
                return (d.CostCase(t.TRUE, amount()),)
            case "split":
                guard = self.draw.formula(self.draw.service_side)
                return (d.CostCase(guard, amount()), d.CostCase(t.Not(guard), amount()))
            case "guarded":
                guard = self.draw.lenient(self.draw.service_side)
                return (d.CostCase(guard, amount()),)
        return tuple(
            d.CostCase(self.draw.formula(self.draw.service_side), amount())
            for _ in range(self.rng.choice([2, 3]))
        )

    def permits(self) -> d.Permits:
        mode = self.rng.choice(["public", "any", "any", "all", "none"])
        holder = self.vocabulary.with_role("fact", "permissions")
        names: tuple[str, ...] = ()
        if mode in ("any", "all"):
            if holder is None:
                mode = "public"
            else:
                names = self.draw.members(holder.type, least=1)
        if mode == "none" and not self.odd(0.3):
            mode = "public"
        trust, zones = None, None
        if self.vocabulary.with_role("fact", "trust") is not None and self.chance(0.5):
            trust = Fraction(self.rng.choice([2, 3]) if self.odd(0.5) else 1)
        zone = self.vocabulary.with_role("fact", "zone")
        if zone is not None and self.chance(0.4):
            zones = self.vocabulary.enum("Zone").names()
            if self.odd(0.8):
                zones = self.draw.members(zone.type, least=1)
        return d.Permits(mode, names, trust, zones)

    def state(self, name: str, version: str) -> d.State:
        values: dict[str, d.Value] = {}
        for field in self.vocabulary.environment:
            if not self.odd(0.2):
                values[field.name] = self.draw.value(field.type)
                if field.name == "healthy" and not self.odd(0.2):
                    values[field.name] = True
        calls = self.rng.choice([0, 1, 7, 1000, 10**12])
        return d.State(
            vocabulary=self.digest,
            service=name,
            version=version,
            values=tuple(sorted(values.items())),
            calls=calls,
            violations=self.rng.choice([0, calls // 100, calls]),
        )

    # --- what is asked ----------------------------------------------------------------------------

    def atom(self) -> t.Atom:
        kind = self.rng.choice(["metric"] * 4 + ["attribute"] * 3 + ["cost", "capability", "time"])
        match kind:
            case "attribute" if self.vocabulary.attributes:
                return self._on_attribute()
            case "cost" if self.vocabulary.cost is not None:
                upper = self.chance(0.85)
                share = Fraction(2, 3)
                if self.odd(0.5):
                    share = self.rng.choice([Fraction(1, 2), Fraction(1, 10)])
                bound = self.draw.bound(
                    Fraction(0), self.vocabulary.cost.upper, share, rising=upper
                )
                return t.OnCost(self.draw.relation(upper=upper), bound)
            case "capability":
                return t.OnCapability(
                    self.rng.choice(self.vocabulary.capabilities), not self.odd(0.2)
                )
            case "time":
                upper = self.chance(0.7)
                late = self.draw.at + self.rng.choice([0, 1, -1, 10**9])
                if not self.odd(0.6):
                    late = self.draw.at + (7 if upper else -7)
                return t.OnTime(self.draw.relation(upper=upper), Fraction(late))
        metric = self.rng.choice(self.vocabulary.metrics)
        upper = (metric.better == "lower") if self.chance(0.85) else self.chance(0.5)
        quality = self.rng.choice([Fraction(0), Fraction(-1, 10)])
        if self.odd(0.8):
            quality = self.rng.choice([Fraction(1, 10), Fraction(1, 2), Fraction(3, 4)])
        share = 1 - quality if upper else quality
        bound = self.draw.bound(metric.lower, metric.upper, share, rising=upper)
        return t.OnMetric(
            metric.name, self.draw.relation(upper=upper), bound, self.draw.level(metric)
        )

    def _on_attribute(self) -> t.Atom:
        field = self.rng.choice(self.vocabulary.attributes)
        match field.type:
            case d.EnumType():
                negated = self.odd(0.4)
                names = self.draw.members(field.type, least=1)
                if not negated and not self.odd(0.5):
                    names = self.vocabulary.enum(field.type.enum).names()
                return t.OnAttribute(field.name, names, negated)
            case d.BoolType():
                values: tuple[bool, ...] = (False, True)
                if self.odd(0.8):
                    values = self.rng.choice([(True,), (False,)])
                return t.OnAttribute(field.name, values, self.odd(0.3))
        upper = self.chance(0.5)
        low, high = self.draw.range(field.type)
        value = high if upper else low
        if self.odd(0.7):
            value = self.draw.number(field.type)
        nudge = self.rng.choice([Fraction(0), Fraction(1), Fraction(-1), Fraction(1, 2)])
        if isinstance(field.type, d.InstantType):
            nudge = Fraction(int(nudge))
        return t.OnQuantity(field.name, self.draw.relation(upper=upper), value + nudge)

    def policy(self) -> tuple[d.Rule, ...]:
        rules = []
        for name, invariant in (("r2", False), ("R1", False), ("i1", True)):
            if self.chance(0.5):
                rules.append(self.rule(name, invariant=invariant))
        return tuple(sorted(rules, key=lambda rule: (rule.invariant, rule.name)))

    def rule(self, name: str, *, invariant: bool) -> d.Rule:
        when = self.draw.formula(self.draw.everything)
        if self.chance(0.5):
            when = t.And((when, self.draw.formula(self.draw.everything)))
        return d.Rule(
            vocabulary=self.digest,
            name=name,
            when=when,
            then=tuple(self.atom() for _ in range(self.rng.choice([1, 1, 2]))),
            priority=0 if invariant else self.rng.choice([0, 5, -5]),
            invariant=invariant,
        )

    def request(self) -> d.Request:
        capabilities = self.vocabulary.capabilities
        needs = tuple(
            tuple(c for c in capabilities if self.chance(0.4)) or (self.rng.choice(capabilities),)
            for _ in range(self.rng.choice([1, 1, 2]))
        )
        given: list[t.Formula] = []
        for field in self.vocabulary.request:
            given += self.draw.given(field)
        if self.odd(0.4):
            given.append(self.draw.lenient(self.draw.claimed))
        if self.odd(0.1):
            given.append(self.draw.formula(self.draw.claimed))
        given += self._defaults(given)
        ensure = tuple(self.atom() for _ in range(self.rng.choice([0, 1, 1, 2])))
        budget = None
        if self.vocabulary.cost is not None and self.chance(0.4):
            budget = self.vocabulary.cost.upper * self.rng.choice([Fraction(1), Fraction(1, 2)])
        deadline = None
        if self.chance(0.3):
            deadline = (
                self.rng.choice([Fraction(60), Fraction(5)]) if self.odd(0.7) else Fraction(99)
            )
        nominal = None
        if self.chance(0.2):
            nominal = tuple(
                sorted((f.name, self.draw.value(f.type)) for f in self.vocabulary.request)
            )
        return d.Request(
            vocabulary=self.digest,
            name="ask",
            needs=needs,
            given=tuple(given),
            ensure=ensure,
            budget=budget,
            deadline=deadline,
            caller=self.rng.choice([None, "someone"]),
            nominal=nominal,
        )

    def _defaults(self, given: list[t.Formula]) -> list[t.Formula]:
        mentioned = {name for formula in given for name in t.variables_of(formula)}
        found: list[t.Formula] = []
        for field in self.vocabulary.request:
            variable = f"request.{field.name}"
            if field.default is not None and variable not in mentioned:
                found.append(self.draw.equation(variable, field.default))
        return found

    def facts(self) -> d.Facts:
        values: dict[str, d.Value] = {}
        for field in self.vocabulary.facts:
            if not self.odd(0.15):
                values[field.name] = self.draw.value(field.type)
                if field.role == "trust" and not self.odd(0.5):
                    values[field.name] = Fraction(3)
                if isinstance(field.type, d.SetType) and not self.odd(0.4):
                    values[field.name] = self.vocabulary.enum(field.type.enum).names()
        return d.Facts(self.digest, "caller", "asserted", tuple(sorted(values.items())))

    def profile(self, solver_units: int) -> d.Profile:
        weights = [Fraction(self.rng.randint(0, 5), self.rng.randint(1, 4)) for _ in range(4)]
        if not any(weights):
            weights[1] = Fraction(1)
        available = [
            self.draw.limit(field, half=self.odd(0.5))
            for field in self.vocabulary.environment
            if self.chance(0.5)
        ]
        profile = d.Profile(
            vocabulary=self.digest,
            name="standard",
            weights=d.Weights(*weights),
            resolution=self.rng.choice([Fraction(1, 1_000_000), Fraction(1, 1000), Fraction(1, 7)]),
            performance=tuple(m.name for m in self.vocabulary.metrics if self.chance(0.5)),
            limits=d.Limits(
                available=tuple(available),
                routing_allowance=self.rng.choice([Fraction(0), Fraction(1, 20)]),
                facts=("asserted",),
                solver_units=solver_units,
            ),
            optional_optimality=self.chance(0.3),
        )
        if self.chance(0.05):
            return replace(profile, limits=replace(profile.limits, facts=()))
        return profile
