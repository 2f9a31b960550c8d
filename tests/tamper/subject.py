"""What the good cases are about: two vocabularies, services, rules, requests and profiles."""

from dataclasses import replace
from fractions import Fraction

from caio.ir import documents as d
from caio.ir import terms as t
from caio.ir.encode import document_digest

NOW = 1_795_305_600_000_000
"""2026-11-22."""

LE, LT, GE, GT = t.Relation.LE, t.Relation.LT, t.Relation.GE, t.Relation.GT
P99 = Fraction(99, 100)

WORLD = d.Vocabulary(
    name="world",
    enums=(
        d.Enumeration("Data", (d.Member("public"), d.Member("health", sensitive=True))),
        d.Enumeration("Locality", (d.Member("local"), d.Member("eu"), d.Member("us"))),
        d.Enumeration("Permission", (d.Member("invoke"), d.Member("admin"))),
        d.Enumeration("Zone", (d.Member("internal"), d.Member("open"))),
    ),
    units=("token",),
    capabilities=("chat", "vision"),
    metrics=(
        d.Metric(
            "accuracy",
            "1",
            Fraction(0),
            Fraction(1),
            "higher",
            d.Statistic.EXPECTED,
            sequence="product",
        ),
        d.Metric(
            "latency",
            "time",
            Fraction(0),
            Fraction(60),
            "lower",
            d.Statistic.QUANTILE,
            level=P99,
            sequence="sum",
            parallel="max",
            role="latency",
        ),
    ),
    request=(
        d.Field("tokens", d.IntType("token", 0, 10_000)),
        d.Field("data", d.SetType("Data"), role="data"),
        d.Field("urgent", d.BoolType(), default=False),
    ),
    facts=(
        d.Field("trust", d.IntType("1", 0, 5), role="trust"),
        d.Field("permissions", d.SetType("Permission"), role="permissions"),
        d.Field("zone", d.EnumType("Zone"), role="zone"),
    ),
    environment=(
        d.Field("healthy", d.BoolType()),
        d.Field("load", d.RationalType("1", Fraction(0), Fraction(1))),
    ),
    measured=(
        d.Field("seen", d.RationalType("1", None, None)),
        d.Field("kappa", d.RationalType("1", Fraction(0), Fraction(1)), role="passband_energy"),
        d.Field("depth", d.IntType("1", 0, 9)),
    ),
    controls=("calm", "bold", "late"),
    attributes=(
        d.Field("privacy.locality", d.EnumType("Locality"), role="locality"),
        d.Field("privacy.encrypted", d.BoolType(), role="encrypted"),
        d.Field("privacy.retention", d.RationalType("time", Fraction(0), None)),
        d.Field("expires", d.InstantType()),
    ),
    cost=d.CostRange("USD", Fraction(100)),
)
W = document_digest(WORLD)

NUMBERS = d.Vocabulary(
    name="numbers",
    capabilities=("count",),
    metrics=(d.Metric("depth", "1", Fraction(-100), Fraction(100), "lower", d.Statistic.EXPECTED),),
    request=(
        *(d.Field(name, d.IntType("1", -50, 50)) for name in ("a", "b", "c")),
        d.Field("x", d.RationalType("1", Fraction(-10), Fraction(10))),
        d.Field("y", d.RationalType("1", None, None)),
    ),
)
N = document_digest(NUMBERS)


def affine(constant: Fraction | int | str, **terms: Fraction | int | str) -> t.Affine:
    """`constant + Σ coefficient · request.field`."""
    named = {f"request.{name}": Fraction(value) for name, value in terms.items()}
    return t.Affine.of(Fraction(constant), named)


def le(constant: Fraction | int | str, **terms: Fraction | int | str) -> t.Formula:
    return t.Compare(t.Comparison.LE, affine(constant, **terms))


def lt(constant: Fraction | int | str, **terms: Fraction | int | str) -> t.Formula:
    return t.Compare(t.Comparison.LT, affine(constant, **terms))


def eq(constant: Fraction | int | str, **terms: Fraction | int | str) -> t.Formula:
    return t.Compare(t.Comparison.EQ, affine(constant, **terms))


def latency(relation: t.Relation, bound: t.Affine, when: t.Formula = t.TRUE) -> d.Guarantee:
    return d.Guarantee("latency", relation, bound, when, P99)


def accuracy(bound: str) -> d.Guarantee:
    return d.Guarantee("accuracy", GE, affine(bound))


def load(relation: t.Comparison, bound: str) -> t.Formula:
    return t.Compare(relation, t.Affine.of(-Fraction(bound), {"env.load": Fraction(1)}))


CASES = (
    d.CostCase(le(-1000, tokens=1), affine(0, tokens="1/1000")),
    d.CostCase(le(1001, tokens=-1), affine(1, tokens="1/500")),
)
GAMMA = d.Service(
    W,
    "gamma",
    "2.1",
    route="internal",
    attributes=(("privacy.encrypted", True), ("privacy.locality", "local")),
    capabilities=("chat", "vision"),
    assumes=(le(-8000, tokens=1), load(t.Comparison.LT, "9/10")),
    guarantees=(
        latency(LE, affine(1, tokens="1/1000"), le(-4000, tokens=1)),
        latency(LT, affine(20), t.Not(le(-4000, tokens=1))),
        accuracy("4/5"),
    ),
    cost=CASES,
    permits=d.Permits("all", ("invoke",), Fraction(2), ("internal", "open")),
    api=d.Api("http", "https://gamma.example/v1", "schemas/gamma.json"),
)
ALPHA = replace(
    GAMMA,
    name="alpha",
    version="1.0",
    route="external",
    guarantees=(latency(LE, affine(8)), accuracy("99/100")),
    cost=(d.CostCase(t.TRUE, affine(0, tokens="1/400")),),
    permits=d.Permits("public"),
    api=None,
)
BETA = replace(
    ALPHA,
    name="beta",
    version="1.10",
    attributes=(("expires", Fraction(NOW)), ("privacy.locality", "us")),
    guarantees=(latency(LE, affine(2)), accuracy("9/10")),
    cost=CASES,
    permits=d.Permits("any", ("invoke", "admin"), Fraction(4), ("open",)),
)
OMEGA = replace(GAMMA, name="omega", version="0.9", cost=(), permits=d.Permits("public"))
OVERLAY = d.Overlay(
    W,
    "gamma",
    "2.1",
    "audit",
    attributes=(("privacy.retention", Fraction(3600)),),
    guarantees=(d.Guarantee("latency", LE, affine(30), t.TRUE, Fraction(999, 1000)),),
)
STATES = tuple(
    d.State(W, service.name, service.version, (("healthy", True), ("load", Fraction(load))), *seen)
    for service, load, seen in (
        (ALPHA, "1/2", (1000, 1)),
        (BETA, "1/2", (400, 40)),
        (GAMMA, "1/3", (50, 3)),
        (OMEGA, "1/7", (7, 7)),
    )
)
FACTS = d.Facts(
    W,
    "caller",
    "asserted",
    (("permissions", ("invoke",)), ("trust", Fraction(3)), ("zone", "internal")),
)
RULES = (
    d.Rule(
        W,
        "residency",
        t.Has("request.data", "health"),
        (
            t.OnAttribute("privacy.locality", ("local", "eu")),
            t.OnQuantity("privacy.retention", LE, Fraction(7200)),
        ),
        priority=10,
    ),
    d.Rule(
        W,
        "season",
        t.And((t.In("fact.zone", ("internal",)), t.Not(t.Is("request.urgent")))),
        (t.OnTime(LT, Fraction(NOW + 1)), t.OnCapability("vision"), t.OnCost(LE, affine(50))),
    ),
    d.Rule(
        W,
        "precise",
        t.TRUE,
        (t.OnMetric("accuracy", GE, affine("1/2")),),
        invariant=True,
    ),
)
ASK = d.Request(
    W,
    "ask",
    (("chat",), ("vision", "chat")),
    given=(
        le(2000, tokens=-1),
        le(-3000, tokens=1),
        t.Has("request.data", "health"),
        t.Not(t.Is("request.urgent")),
    ),
    ensure=(
        t.OnMetric("latency", LE, affine(2, tokens="1/1000"), P99),
        t.OnMetric("accuracy", GT, affine("3/4")),
    ),
    budget=Fraction(7),
    deadline=Fraction(10),
    caller="someone",
)
PROFILE = d.Profile(
    W,
    "standard",
    weights=d.Weights(Fraction(3), Fraction(1, 2), Fraction(5), Fraction(1)),
    resolution=Fraction(1, 1000),
    performance=("accuracy", "latency"),
    limits=d.Limits(
        available=(t.Is("env.healthy"), load(t.Comparison.LE, "3/4")),
        routing_allowance=Fraction(1, 4),
        facts=("asserted",),
    ),
    pins=(("gamma", "2.1"),),
)
OPEN = replace(
    ASK,
    name="open",
    given=(
        t.Or((le(-500, tokens=1), t.And((le(7001, tokens=-1), le(-7500, tokens=1))))),
        t.Or((t.Not(t.Has("request.data", "health")), t.Is("request.urgent"))),
        t.Compare(t.Comparison.LE, t.Affine.of(-1, {"count(request.data)": Fraction(1)})),
    ),
    ensure=(t.OnMetric("latency", LT, affine(21), P99),),
    budget=Fraction(17),
    deadline=None,
    caller=None,
    nominal=(("data", ("public",)), ("tokens", Fraction(400)), ("urgent", False)),
)


COUNTER = d.Service(
    N,
    "counter",
    "1",
    capabilities=("count",),
    permits=d.Permits("public"),
)
COUNTING = d.Profile(
    N,
    "counting",
    weights=d.Weights(Fraction(1), Fraction(0), Fraction(1), Fraction(0)),
    performance=("depth",),
    limits=d.Limits(facts=("asserted",)),
)


def depth(relation: t.Relation, bound: t.Affine, when: t.Formula = t.TRUE) -> d.Guarantee:
    return d.Guarantee("depth", relation, bound, when)


def counting(name: str, *given: t.Formula, ensure: tuple[t.Atom, ...] = ()) -> d.Request:
    return d.Request(N, name, (("count",),), given=given, ensure=ensure)


def aim(
    relation: t.Relation, constant: Fraction | int | str, **terms: Fraction | int | str
) -> t.OnExpression:
    """`constant + Σ coefficient · variable` is at most 0; `__` in a name stands for a dot."""
    named = {name.replace("__", "."): Fraction(value) for name, value in terms.items()}
    return t.OnExpression(relation, t.Affine.of(Fraction(constant), named))


def measured(comparison: t.Comparison, bound: str) -> t.Formula:
    return t.Compare(comparison, t.Affine.of(Fraction(bound), {"measured.kappa": Fraction(-1)}))


CONSTRAINTS = (
    d.Constraint(
        W,
        "affordable",
        "safety",
        t.Has("request.data", "health"),
        (aim(LE, -40, metric__latency=2, cost="5/2", request__tokens="-1/1000"),),
    ),
    d.Constraint(
        W,
        "abroad",
        "policy",
        t.And(
            (t.In("choice.route", ("external", "hybrid")), t.Not(t.In("choice.control", ("calm",))))
        ),
        (t.OnAttribute("privacy.encrypted", (True,)), t.OnCapability("vision")),
    ),
    d.Constraint(
        W,
        "bold_is_precise",
        "policy",
        t.In("choice.control", ("bold",)),
        (aim(LE, "9/10", metric__accuracy=-1),),
    ),
    d.Constraint(
        W,
        "kind",
        "traits",
        measured(t.Comparison.LE, "1/2"),
        (
            aim(LE, "-1/5", measured__kappa=1, metric__accuracy=-1, fact__trust="1/100"),
            aim(LT, -7201, service__privacy__retention=1),
        ),
    ),
)
SETTLED = d.Overlay(W, "alpha", "1.0", "audit", attributes=(("privacy.retention", Fraction(60)),))
STEERED = d.Profile(
    W,
    "steered",
    weights=d.FieldWeights(*(Fraction(n, 2) for n in (4, 3, 5, 2, 1, 1, 3))),
    resolution=Fraction(1, 1000),
    limits=replace(PROFILE.limits, facts=("asserted", "attested")),
    controls=(d.Control("calm", Fraction(0), Fraction(1, 2)), d.Control("bold", Fraction(2))),
)
FIELDS = d.Measurements(
    W,
    "now",
    "caio-fields/v1",
    Fraction(1, 1000),
    inputs=(("intent", "sha256:" + "1" * 64), ("memory", "sha256:" + "2" * 64)),
    intervals=(("depth", (Fraction(3), Fraction(5))), ("kappa", (Fraction(3, 5), Fraction(9, 10)))),
    terms=(
        ("bold", d.FieldTerms(900, 700, 650, (("alpha", 900), ("beta", 1000)))),
        ("calm", d.FieldTerms(400, 600, 500, (("alpha", 300), ("gamma", 20)))),
    ),
)
ATTESTED = replace(FACTS, origin="attested")
WORD = d.Attestation(
    W,
    "sha256:" + "3" * 64,
    "c2lnbmVk",
    d.Statement(
        algorithm="EdDSA",
        at=NOW,
        claims=("scope", "sub"),
        end=NOW + 60_000_000,
        facts=document_digest(ATTESTED),
        issuer="https://issuer.example",
        key="sha256:" + "4" * 64,
        kid="key-a",
        start=NOW - 1,
        subject="sha256:" + "5" * 64,
        token="sha256:" + "6" * 64,
        vocabulary=W,
    ),
)
