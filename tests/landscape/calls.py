"""Calls of made-up services, for histories."""

from __future__ import annotations

from fractions import Fraction

from caio.ir import documents as d
from caio.ir import terms as t
from caio.landscape.observations import SUCCEEDED, Measured, Observation

LATENCY = d.Metric(
    "latency",
    "time",
    Fraction(0),
    Fraction(3600),
    "lower",
    d.Statistic.QUANTILE,
    Fraction(99, 100),
    role="latency",
)
ACCURACY = d.Metric("accuracy", "1", Fraction(0), Fraction(1), "higher", d.Statistic.EXPECTED)
VOCABULARY = d.Vocabulary("v", metrics=(LATENCY, ACCURACY))
BOUND = Fraction(12, 100)
P99 = d.Guarantee(
    "latency",
    t.Relation.LE,
    t.Affine.of(BOUND, {"request.tokens": Fraction(8, 10**7)}),
    level=Fraction(99, 100),
)
P50 = d.Guarantee("latency", t.Relation.LE, t.Affine.of(BOUND), level=Fraction(1, 2))
MEAN = d.Guarantee("accuracy", t.Relation.GE, t.Affine.of(Fraction(9, 10)))
QUICK, SLOW = Fraction(1, 10), Fraction(1, 5)


def call(
    name: str,
    latency: Fraction = QUICK,
    *,
    service: str = "acme/fast",
    version: str = "1.0",
    at: int = 0,
    outcome: str = SUCCEEDED,
    guarantee: d.Guarantee = P99,
    bound: Fraction = BOUND,
) -> Observation:
    """A call judged by one guarantee on latency."""
    return Observation(
        name,
        service,
        version,
        at,
        outcome,
        latency=int(latency * 1_000_000),
        measured=(Measured(LATENCY, guarantee, bound, latency),),
    )


def rated(name: str, accuracy: Fraction, *, bound: Fraction = Fraction(9, 10)) -> Observation:
    """A call whose accuracy was measured."""
    return Observation(
        name, "acme/fast", "1.0", 0, measured=(Measured(ACCURACY, MEAN, bound, accuracy),)
    )
