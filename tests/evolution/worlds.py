"""Generated questions over all requests: some services, two policies, a class, a caller, a condition that must never be met."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from math import prod
from random import Random

from caio.ir import documents as d
from caio.ir import terms as t
from caio.ir.encode import document_digest
from caio.obligations.contract import Contract
from tests.evolution.drawing import Drawer, at_most
from tests.evolution.editing import conjoined
from tests.evolution.vocabulary import DAY, DIGEST, PERMISSIONS, VOCABULARY, ZONES

MOST = 6_000
"""Points that the oracle looks at for one question, at most."""
CELLS = 5
"""About as many cells does a rational or an instant fall into."""
Demand = d.Rule | d.Constraint


@dataclass(frozen=True)
class World:
    """What one seed asks about."""

    seed: int
    contracts: tuple[Contract, ...]
    policy: tuple[Demand, ...]
    other: tuple[Demand, ...]
    group: d.Class
    caller: d.Request
    facts: d.Facts
    never: d.Property
    always: d.Property

    def documents(self) -> list[d.Document]:
        """Every document that the questions rest on, each once."""
        found: list[d.Document] = [VOCABULARY, *self.policy, *self.other]
        found += [contract.service for contract in self.contracts]
        found += [overlay for contract in self.contracts for overlay in contract.overlays]
        found += [self.group, self.caller, self.facts, self.never, self.always]
        return list(dict.fromkeys(found))


def draw_world(seed: int) -> World:
    """The world of a seed."""
    rng = Random(seed)
    while True:
        world = _draw(seed, rng)
        if _points(world) <= MOST:
            return world


def _points(world: World) -> int:
    """About how many points have to be looked at for a question about all of a world."""
    rules = (*world.policy, *world.other)
    never = world.never.claim
    formulas: list[t.Formula] = [*world.group.given, *(rule.when for rule in rules)]
    formulas += [never.when] if isinstance(never, d.Never) else []
    names = {"request.data"}
    for contract in world.contracts:
        service = contract.service
        formulas += service.assumes
        formulas += [promise.when for promise in contract.guarantees]
        formulas += [case.when for case in service.cost]
        bounds = [g.bound for g in contract.guarantees] + [c.amount for c in service.cost]
        names |= {name for bound in bounds for name in t.affine_variables(bound)}
        names |= {"fact.permissions"} if service.permits.mode != "public" else set()
        names |= {"fact.trust"} if service.permits.trust is not None else set()
        names |= {"fact.zone"} if service.permits.zones is not None else set()
    names |= {name for formula in formulas for name in t.variables_of(formula)}
    return prod(_values(VOCABULARY.field(name).type) for name in names if "." in name)


def _values(kind: d.Type) -> int:
    match kind:
        case d.BoolType():
            return 2
        case d.EnumType(enum):
            return 1 if enum == d.CHOICE_ROUTE else len(VOCABULARY.enum(enum).members)
        case d.SetType(enum):
            return int(2 ** len(VOCABULARY.enum(enum).members))
        case d.IntType(_, lower, upper):
            return upper - lower + 1
    return CELLS


def _draw(seed: int, rng: Random) -> World:
    draw = Drawer(rng)
    maker = _Maker(draw)
    contracts = tuple(maker.contract(name) for name in ("a", "b", "c")[: rng.choice([1, 2, 2, 3])])
    policy = maker.policy("p")
    policy += tuple(maker.weaker(rule) for rule in policy[-1:] if draw.chance(0.6))
    other = tuple(demand for demand in policy if draw.chance(0.7))
    if draw.chance(0.5):
        other += maker.policy("q")[:1]
    group = maker.group(contracts[0])
    count = rng.choice([1, 1, 1, len(contracts)])
    return World(
        seed,
        contracts,
        policy,
        other,
        group,
        maker.caller(contracts[0]),
        maker.facts(),
        d.Property(DIGEST, "never", d.Never(maker.condition())),
        d.Property(DIGEST, "always", d.Always(count, document_digest(group))),
    )


class _Maker:
    """Draws what worlds are made of; a contract asks one thing of its callers at most."""

    def __init__(self, draw: Drawer) -> None:
        self.draw = draw
        self.rng = draw.rng

    def contract(self, name: str) -> Contract:
        service = self.draw.service("1.0")
        service = replace(service, name=name, permits=self._permits(), api=None)
        if self.draw.chance(0.5):
            stated = dict(service.attributes) | {"encrypted": True}
            service = replace(service, attributes=tuple(sorted(stated.items())))
        overlays: tuple[d.Overlay, ...] = ()
        if self.draw.chance(0.2):
            overlays = (self.draw.overlay(service, service.version, "bench"),)
        return Contract(service, overlays)

    def _permits(self) -> d.Permits:
        match self.rng.choice(["public", "public", "any", "all", "trust", "zones"]):
            case "any" | "all" as mode:
                return d.Permits(mode, PERMISSIONS[: self.rng.choice([1, 2])])
            case "trust":
                return d.Permits("public", trust=Fraction(self.rng.randint(1, 3)))
            case "zones":
                return d.Permits("public", zones=ZONES[: self.rng.choice([1, 2])])
        return d.Permits("public")

    def policy(self, prefix: str) -> tuple[Demand, ...]:
        """Rules and constraints of a name that is their own."""
        drawn = enumerate(self.draw.policy())
        return tuple(replace(demand, name=f"{prefix}{n}") for n, demand in drawn)

    def _given(self) -> tuple[t.Formula, ...]:
        return tuple(self.draw.guard() for _ in range(self.rng.choice([0, 1, 1, 2])))

    def group(self, contract: Contract) -> d.Class:
        """A class near what a contract promises; what is about facts alone comes last."""
        asked, given = self.draw.caller(contract), self._given()
        if self.draw.chance(0.5):
            given = (*contract.service.assumes, t.Not(t.Has("request.data", "health")))
            loose = tuple(self._loosened(atom) for atom in asked.ensure)
            asked = replace(asked, ensure=loose, budget=None, deadline=None)
            return replace(asked, name="group", given=(*given, *self._permitted(contract)))
        if self.draw.chance(0.6):
            given += (t.Not(t.Has("request.data", "health")),)
        if self.draw.chance(0.4):
            given += (t.Not(at_most("fact.trust", Fraction(1))),)
        if self.draw.chance(0.4):
            given += (t.Has("fact.permissions", PERMISSIONS[0]),)
        return replace(asked, name="group", given=given)

    def _permitted(self, contract: Contract) -> Iterator[t.Formula]:
        """Formulas over facts that say who may call a contract."""
        permits = contract.service.permits
        for name in permits.permissions:
            yield t.Has("fact.permissions", name)
        if permits.trust is not None:
            yield t.Not(at_most("fact.trust", permits.trust - 1))
        if permits.zones is not None:
            yield t.In("fact.zone", permits.zones)

    def weaker(self, demand: Demand) -> Demand:
        """What follows from a demand, mostly: under a narrower condition, and for less."""
        when = conjoined(demand.when, self.draw.guard()) if self.draw.chance(0.8) else t.TRUE
        then = tuple(self._loosened(atom) for atom in demand.then)
        return replace(demand, name=f"{demand.name}w", when=when, then=then)

    def _loosened(self, atom: t.Atom) -> t.Atom:
        match atom:
            case t.OnMetric(_, relation, bound, _) | t.OnCost(relation, bound):
                by = Fraction(self.rng.choice([0, 0, 1]), 10) * (1 if relation.upper else -1)
                return replace(atom, bound=bound.plus(t.Affine(by)))
            case t.OnExpression(_, terms):
                by = Fraction(self.rng.choice([0, 1]))
                return replace(atom, terms=terms.plus(t.Affine(by), -1))
            case t.OnQuantity(_, relation, edge):
                return replace(atom, bound=edge + DAY if relation.upper else edge - DAY)
        return atom

    def caller(self, contract: Contract) -> d.Request:
        """A request of somebody; what it leaves open is open."""
        asked = self.draw.caller(contract)
        given = tuple(self.draw.formula(self.draw.request) for _ in range(self.rng.choice([0, 1])))
        needs = asked.needs or (VOCABULARY.capabilities,)
        return d.Request(
            DIGEST, "ask", needs, given, asked.ensure, asked.budget, asked.deadline, caller="desk"
        )

    def facts(self) -> d.Facts:
        """What is known of a caller; who states no permissions has none."""
        stated: dict[str, d.Value] = {}
        if self.draw.chance(0.7):
            held = self.rng.choice([2, 2, 3, 0])
            stated["permissions"] = PERMISSIONS[:held]
        if self.draw.chance(0.7):
            stated["trust"] = Fraction(self.rng.randint(0, 3))
        if self.draw.chance(0.7):
            stated["zone"] = self.rng.choice(ZONES)
        return d.Facts(DIGEST, "who", "asserted", tuple(sorted(stated.items())))

    def condition(self) -> t.Formula:
        """What must never be: something about the request, and of what the service is or promises."""
        parts = [self._promise() for _ in range(self.rng.choice([1, 1, 2]))]
        if self.draw.chance(0.6):
            parts.append(self.draw.guard())
        if len(parts) == 1:
            return parts[0]
        combine = t.And if self.draw.chance(0.8) else t.Or
        return combine(tuple(parts))

    def _promise(self) -> t.Formula:
        match self.rng.choice(
            ["latency", "accuracy", "depth", "cost", "region", "encrypted", "retention"]
        ):
            case "depth":
                edge = self.draw.bound(Fraction(1), Fraction(9))
                term = t.Affine.of(0, {"metric.depth": Fraction(1)}).plus(edge, -1)
                return t.Compare(t.Comparison.LE, term.times(self.rng.choice([1, -1])))
            case "latency":
                edge = self.draw.bound(Fraction(5), Fraction(50))
                term = t.Affine.of(0, {"metric.latency": Fraction(-1)}).plus(edge)
                return t.Compare(self.rng.choice([t.Comparison.LE, t.Comparison.LT]), term)
            case "accuracy":
                edge = self.draw.bound(Fraction(1, 5), Fraction(9, 10))
                term = t.Affine.of(0, {"metric.accuracy": Fraction(1)}).plus(edge, -1)
                return t.Compare(self.rng.choice([t.Comparison.LE, t.Comparison.LT]), term)
            case "cost":
                term = t.Affine.of(0, {"cost": Fraction(-1)}).plus(self.draw.amount())
                return t.Compare(self.rng.choice([t.Comparison.LE, t.Comparison.LT]), term)
            case "region":
                chosen = t.In("service.region", (self.rng.choice(("eu", "us")),))
                return t.Not(chosen) if self.draw.chance(0.4) else chosen
            case "encrypted":
                sealed = t.Is("service.encrypted")
                return t.Not(sealed) if self.draw.chance(0.6) else sealed
        days = self.rng.randint(0, 60) * DAY
        return t.Compare(t.Comparison.LT, t.Affine.of(days, {"service.retention": Fraction(-1)}))
