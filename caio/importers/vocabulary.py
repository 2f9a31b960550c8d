"""The vocabulary of an imported registry: what requests, facts and attributes can say.

Providers, modes, regions and capabilities are those that the source names. Metrics and attributes for privacy are
declared so that overlays and rules can speak of them; no imported service states any. The quantities of a request are
those of ``quantities``: two are open unless a request gives them, all others are 0 unless it says otherwise.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import Final

from caio.importers.pricing import PLACES, TIER_NAMES
from caio.importers.quantities import QUANTITIES, UNITS, Quantity
from caio.ir.documents import (
    BoolType,
    CostRange,
    Enumeration,
    EnumType,
    Field,
    IntType,
    Member,
    Metric,
    RationalType,
    SetType,
    Statistic,
    Type,
    Vocabulary,
)

NAME: Final = "llm"

WORST_COST: Final = Fraction(10)
"""US dollars. At a resolution of 1/1_000_000 scores tell a thousandth of a cent apart, and what costs more than this
scores as badly as what promises no bound.
"""

MAX_LIMIT: Final = 100_000_000
"""The largest context window that an attribute can state, in tokens."""

PERMISSIONS: Final = ("llm.invoke", "llm.admin")

_YEAR: Final = Fraction(366 * 86_400)
_HOUR: Final = Fraction(3_600)


def build_vocabulary(
    providers: Iterable[str],
    modes: Iterable[str],
    regions: Iterable[str],
    capabilities: Iterable[str],
    permissions: Iterable[str],
) -> Vocabulary:
    """The vocabulary over these names; each list is put in order, so that the file's order does not matter."""
    held = dict.fromkeys((*PERMISSIONS, *permissions))
    named = {"Provider": providers, "Mode": modes, "Region": regions}
    # An enumeration without members has no meaning: what no entry names is left out.
    named = {name: found for name, members in named.items() if (found := sorted(members))}
    return Vocabulary(
        name=NAME,
        enums=(
            *(_enum(name, members) for name, members in named.items()),
            _enum("Tier", TIER_NAMES),
            _enum("Processing", PLACES),
            _enum("Priority", ("low", "normal", "high")),
            _enum("Residency", ("anywhere", "eu", "us")),
            Enumeration(
                "Data",
                (
                    Member("public"),
                    Member("internal"),
                    Member("personal", sensitive=True),
                    Member("health", sensitive=True),
                ),
            ),
            _enum("Locality", ("on_device", "local", "eu", "us", "other")),
            _enum("Pricing", ("listed", "confirmed_free")),
            _enum("Permission", held),
            _enum("Zone", ("internal", "partner", "public")),
        ),
        units=UNITS,
        capabilities=tuple(sorted(capabilities)),
        metrics=(
            Metric(
                name="accuracy",
                dimension="1",
                lower=Fraction(0),
                upper=Fraction(1),
                better="higher",
                statistic=Statistic.EXPECTED,
                sequence="min",
            ),
            Metric(
                name="latency",
                dimension="time",
                lower=Fraction(0),
                upper=_HOUR,
                better="lower",
                statistic=Statistic.QUANTILE,
                level=Fraction(99, 100),
                sequence="sum",
                parallel="max",
                role="latency",
            ),
        ),
        request=(
            Field("tier", EnumType("Tier"), default="standard"),
            Field("processing", EnumType("Processing"), default="global"),
            Field("priority", EnumType("Priority"), default="normal"),
            Field("residency", EnumType("Residency"), default="anywhere"),
            Field("data", SetType("Data"), default=(), role="data"),
            *(_quantity(quantity) for quantity in QUANTITIES),
        ),
        facts=(
            Field("trust", IntType("1", 0, 5), role="trust"),
            Field("permissions", SetType("Permission"), role="permissions"),
            Field("zone", EnumType("Zone"), role="zone"),
        ),
        environment=(
            Field("healthy", BoolType()),
            Field("age", RationalType("time", Fraction(0), _YEAR)),
            Field("load", RationalType("1", Fraction(0), Fraction(1))),
        ),
        attributes=(
            *(Field(name.lower(), EnumType(name)) for name in named),
            Field("pricing.status", EnumType("Pricing")),
            Field("limits.input", IntType("token", 0, MAX_LIMIT)),
            Field("limits.output", IntType("token", 0, MAX_LIMIT)),
            Field("privacy.locality", EnumType("Locality"), role="locality"),
            Field("privacy.encrypted", BoolType(), role="encrypted"),
            Field("privacy.retention", RationalType("time", Fraction(0), 100 * _YEAR)),
        ),
        cost=CostRange("USD", WORST_COST),
    )


def _enum(name: str, members: Iterable[str]) -> Enumeration:
    return Enumeration(name, tuple(Member(member) for member in members))


def _quantity(quantity: Quantity) -> Field:
    kind: Type = IntType(quantity.unit, 0, quantity.upper)
    if quantity.unit == "time":
        kind = RationalType("time", Fraction(0), Fraction(quantity.upper))
    return Field(quantity.name, kind, default=None if quantity.open else Fraction(0))
