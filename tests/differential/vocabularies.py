"""Generated vocabularies: every sort, role, statistic and direction, with few values each."""

from fractions import Fraction
from random import Random

from caio.ir import documents as d

ENUMS = {
    "Region": ["eu", "us", "apac"],
    "Data": ["public", "personal", "health"],
    "Locality": ["on_device", "local", "eu", "us"],
    "Permission": ["llm.invoke", "llm.admin", "x"],
    "Zone": ["internal", "partner", "open"],
}


def draw_vocabulary(rng: Random) -> d.Vocabulary:
    """A vocabulary; what is left out of it changes from draw to draw."""
    wide = rng.choice(["none", "tokens", "ratio", "unbounded", "since", "age"])
    return d.Vocabulary(
        name=f"v{rng.randint(0, 9)}",
        enums=_enums(rng),
        units=("token",),
        capabilities=tuple(["chat", "vision", "tools"][: rng.randint(1, 3)]),
        metrics=_metrics(rng),
        request=_request(rng, wide),
        facts=_some(
            rng,
            0.9,
            d.Field("trust", d.IntType("1", 0, 3), role="trust"),
            d.Field("permissions", d.SetType("Permission"), role="permissions"),
            d.Field("zone", d.EnumType("Zone"), role="zone"),
            d.Field("vip", d.BoolType()),
        ),
        environment=_some(
            rng,
            0.9,
            d.Field("healthy", d.BoolType()),
            d.Field("load", d.IntType("1", 0, 3)),
            d.Field("slot", d.EnumType("Zone")),
            *([d.Field("age", d.RationalType("time", Fraction(0), None))] if wide == "age" else []),
        ),
        attributes=_some(
            rng,
            0.85,
            d.Field("region", d.EnumType("Region")),
            d.Field("privacy.locality", d.EnumType("Locality"), role="locality"),
            d.Field("privacy.encrypted", d.BoolType(), role="encrypted"),
            d.Field("deterministic", d.BoolType()),
            d.Field("privacy.retention", d.RationalType("time", Fraction(0), None)),
            d.Field("seats", d.IntType("1", -5, 5)),
            d.Field("expires", d.InstantType()),
        ),
        cost=d.CostRange("USD", Fraction(rng.choice([1, 10]))) if rng.random() < 0.9 else None,
    )


def _enums(rng: Random) -> tuple[d.Enumeration, ...]:
    found = []
    for name, members in ENUMS.items():
        kept = members[: rng.randint(2, len(members))]
        rng.shuffle(kept)
        sensitive = name == "Data"
        found.append(
            d.Enumeration(
                name,
                tuple(d.Member(m, sensitive and rng.random() < 0.3) for m in kept),
            )
        )
    return tuple(found)


def _metrics(rng: Random) -> tuple[d.Metric, ...]:
    zero, one = Fraction(0), Fraction(1)
    expected, quantile = d.Statistic.EXPECTED, d.Statistic.QUANTILE
    accuracy = d.Metric("accuracy", "1", zero, one, "higher", expected, sequence="min")
    latency = d.Metric(
        "latency",
        "time",
        zero,
        Fraction(60),
        "lower",
        quantile,
        level=Fraction(99, 100),
        sequence="sum",
        parallel="max",
        role="latency",
    )
    depth = d.Metric(
        "depth", "1", Fraction(-5), Fraction(7, 3), "higher", quantile, level=Fraction(9, 10)
    )
    return tuple(m for m in (accuracy, latency, depth) if rng.random() < 0.75) or (latency,)


def _request(rng: Random, wide: str) -> tuple[d.Field, ...]:
    low = rng.choice([-2, 0])
    fields = _some(
        rng,
        0.75,
        d.Field("size", d.IntType("1", low, low + rng.choice([0, 2, 4]))),
        d.Field("region", d.EnumType("Region")),
        d.Field("data", d.SetType("Data"), role="data"),
        d.Field("fast", d.BoolType(), default=rng.choice([None, False])),
        d.Field("parts", d.IntType("1", 0, 3), default=rng.choice([None, Fraction(1)])),
    )
    match wide:
        case "tokens":
            fields += (d.Field("tokens", d.IntType("token", 0, 100_000)),)
        case "ratio":
            fields += (d.Field("ratio", d.RationalType("1", Fraction(0), Fraction(1))),)
        case "unbounded":
            fields += (d.Field("ratio", d.RationalType("1", None, None)),)
        case "since":
            fields += (d.Field("since", d.InstantType()),)
    return fields or (d.Field("fast", d.BoolType()),)


def _some(rng: Random, probability: float, *fields: d.Field) -> tuple[d.Field, ...]:
    return tuple(field for field in fields if rng.random() < probability)
