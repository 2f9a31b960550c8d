"""A small market of services, made of documents by hand, for the tests of what people see."""

from __future__ import annotations

from fractions import Fraction

from caio.ir import documents as d
from caio.ir import terms as t
from caio.ir.encode import document_digest
from caio.landscape.snapshot import Snapshot, take
from caio.obligations.candidate import Question

VOCABULARY = d.Vocabulary(
    "llm",
    enums=(
        d.Enumeration("Region", (d.Member("eu"), d.Member("us"))),
        d.Enumeration("Data", (d.Member("public"), d.Member("health", sensitive=True))),
        d.Enumeration("Locality", (d.Member("on_device"), d.Member("local"), d.Member("cloud"))),
        d.Enumeration("Permission", (d.Member("llm.invoke"),)),
    ),
    units=("token",),
    capabilities=("chat", "vision"),
    metrics=(
        d.Metric(
            "latency",
            "time",
            Fraction(0),
            Fraction(60),
            "lower",
            d.Statistic.QUANTILE,
            Fraction(99, 100),
            role="latency",
        ),
    ),
    request=(
        d.Field("tokens", d.IntType("token", 0, 1_000_000)),
        d.Field("region", d.EnumType("Region")),
        d.Field("data", d.SetType("Data"), role="data"),
    ),
    facts=(d.Field("permissions", d.SetType("Permission"), role="permissions"),),
    attributes=(
        d.Field("region", d.EnumType("Region")),
        d.Field("locality", d.EnumType("Locality"), role="locality"),
        d.Field("encrypted", d.BoolType(), role="encrypted"),
    ),
    cost=d.CostRange("USD", Fraction(10)),
)
NAME = document_digest(VOCABULARY)
TOKENS = t.Affine.of(0, {"request.tokens": Fraction(1)})


def service(
    name: str,
    *,
    price: Fraction = Fraction(1, 1_000_000),
    limit: int = 100_000,
    latency: Fraction | None = Fraction(1, 10),
    region: str | None = "eu",
    capabilities: tuple[str, ...] = ("chat",),
) -> d.Service:
    return d.Service(
        NAME,
        name,
        "1.0",
        attributes=() if region is None else (("region", region),),
        capabilities=capabilities,
        assumes=(t.Compare(t.Comparison.LE, TOKENS.plus(t.Affine(Fraction(-limit)))),),
        guarantees=()
        if latency is None
        else (d.Guarantee("latency", t.Relation.LE, t.Affine(latency), level=Fraction(99, 100)),),
        cost=(d.CostCase(t.TRUE, t.Affine.of(0, {"request.tokens": price})),),
        permits=d.Permits("any", ("llm.invoke",)),
    )


def request(**changes: object) -> d.Request:
    settings: dict[str, object] = {
        "needs": (("chat",),),
        "given": (
            t.Compare(t.Comparison.LE, t.Affine(Fraction(500)).plus(TOKENS, -1)),
            t.Compare(t.Comparison.LE, TOKENS.plus(t.Affine(Fraction(-8000)))),
            t.In("request.region", ("eu",)),
            t.Not(t.Has("request.data", "health")),
        ),
        "ensure": (
            t.OnMetric("latency", t.Relation.LE, t.Affine(Fraction(1, 5)), Fraction(99, 100)),
        ),
        "budget": Fraction(1, 10),
        **changes,
    }
    return d.Request(NAME, "triage", **settings)  # type: ignore[arg-type]


RULE = d.Rule(
    NAME,
    "stay_home",
    t.In("request.region", ("eu",)),
    (t.OnAttribute("region", ("eu",)),),
)
PROFILE = d.Profile(
    NAME,
    "standard",
    d.Weights(Fraction(1), Fraction(3), Fraction(1), Fraction(0)),
    performance=("latency",),
    limits=d.Limits(facts=("asserted",)),
)
FACTS = d.Facts(NAME, "alice", "asserted", (("permissions", ("llm.invoke",)),))
AT = 1795305600000000


def question(**changes: object) -> Question:
    return Question(VOCABULARY, request(**changes), (RULE,), PROFILE, FACTS, AT)


def market(size: int = 1) -> Snapshot:
    services = [
        service("good/one", price=Fraction(3, 1_000_000), capabilities=("chat", "vision")),
        service("good/two", price=Fraction(4, 1_000_000)),
    ]
    for i in range(size):
        services += [
            service(f"cheap/far-{i}", region="us", latency=Fraction(1, 20 + i)),
            service(f"cheap/slow-{i}", latency=Fraction(5)),
            service(f"cheap/silent-{i}", latency=None, region=None),
            service(f"cheap/small-{i}", limit=4097, latency=Fraction(1, 30)),
            service(f"dear/fast-{i}", price=Fraction(1, 1000), latency=Fraction(1, 1000)),
        ]
    return take(VOCABULARY, services)
