"""The vocabulary of generated evolutions: every sort, role, statistic and direction, small enough to be enumerated.

Two integers, so that bounds and guards have corners and boundaries in the plane; a rational and the time besides, which
the oracle divides into cells.
"""

from fractions import Fraction

from caio.ir import documents as d
from caio.ir.encode import document_digest

DAY = Fraction(86_400)
"""A day in seconds, the base unit of time."""


def _enum(name: str, *members: str, sensitive: tuple[str, ...] = ()) -> d.Enumeration:
    return d.Enumeration(name, tuple(d.Member(member, member in sensitive) for member in members))


VOCABULARY = d.Vocabulary(
    name="evolution",
    enums=(
        _enum("Region", "eu", "us", "apac"),
        _enum("Data", "public", "health", sensitive=("health",)),
        _enum("Locality", "on_device", "local", "cloud"),
        _enum("Permission", "invoke", "admin", "audit"),
        _enum("Zone", "internal", "partner", "open"),
    ),
    capabilities=("chat", "vision", "tools"),
    metrics=(
        d.Metric("accuracy", "1", Fraction(0), Fraction(1), "higher", d.Statistic.EXPECTED),
        d.Metric(
            "latency",
            "time",
            Fraction(0),
            Fraction(60),
            "lower",
            d.Statistic.QUANTILE,
            level=Fraction(99, 100),
            role="latency",
        ),
        d.Metric(
            "depth",
            "1",
            Fraction(0),
            Fraction(10),
            "higher",
            d.Statistic.QUANTILE,
            level=Fraction(1, 2),
        ),
    ),
    request=(
        d.Field("size", d.IntType("1", 0, 12)),
        d.Field("parts", d.IntType("1", 0, 5)),
        d.Field("fast", d.BoolType()),
        d.Field("region", d.EnumType("Region")),
        d.Field("data", d.SetType("Data"), role="data"),
    ),
    facts=(
        d.Field("trust", d.IntType("1", 0, 3), role="trust"),
        d.Field("permissions", d.SetType("Permission"), role="permissions"),
        d.Field("zone", d.EnumType("Zone"), role="zone"),
    ),
    measured=(d.Field("caution", d.RationalType("1", Fraction(0), Fraction(1))),),
    controls=("hold", "calm"),
    environment=(d.Field("load", d.RationalType("1", Fraction(0), Fraction(1))),),
    attributes=(
        d.Field("region", d.EnumType("Region")),
        d.Field("locality", d.EnumType("Locality"), role="locality"),
        d.Field("encrypted", d.BoolType(), role="encrypted"),
        d.Field("retention", d.RationalType("time", Fraction(0), None)),
        d.Field("seats", d.IntType("1", 0, 9)),
    ),
    cost=d.CostRange("USD", Fraction(10)),
)
DIGEST = document_digest(VOCABULARY)

PERMISSIONS = VOCABULARY.enum("Permission").names()
ZONES = VOCABULARY.enum("Zone").names()
NO_CONTROL = "no control"
"""The value of ``choice.control`` under the control ``none``: no control is this one."""
TINY = Fraction(1, 1_000_000)
"""A difference that is one, however small."""
