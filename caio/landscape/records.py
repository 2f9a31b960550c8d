"""What a history says: of a version of a service, of its guarantees one by one, and of those that are broken.

Immutable values, each with a JSON form. A guarantee is ``broken`` or ``not broken so far``. It is never said to be kept:
no number of calls shows that, and no evidence against a promise is no evidence for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from caio.base.canonical import Json
from caio.base.instants import format_timestamp
from caio.base.numbers import format_number
from caio.landscape.histogram import NO_DURATIONS, Distribution
from caio.landscape.observations import Terms


@dataclass(frozen=True, slots=True)
class Tally:
    """What the calls of a guarantee came to.

    Attributes:
        calls: how many were judged by it.
        exceeded: how many of them did not keep their own bound.
        mean: of x, the normalised values, rounded down (``observations.Terms.bet``).
        promised: the mean of m, what was promised of them, rounded up.
        wealth: a lower bound on what betting against the promise has won from 1; None if the promise rules out what was seen.
    """

    calls: int
    exceeded: int
    mean: Fraction
    promised: Fraction
    wealth: Fraction | None

    def json(self) -> dict[str, Json]:
        """All of it; a wealth without bound is null."""
        return {
            "calls": self.calls,
            "exceeded": self.exceeded,
            "mean": format_number(self.mean),
            "promised": format_number(self.promised),
            "wealth": None if self.wealth is None else format_number(self.wealth),
        }


@dataclass(frozen=True, slots=True)
class Breach:
    """A broken guarantee, with the evidence: if it were kept, the chance of such evidence, ever, would be at most α.

    Attributes:
        service: its name; ``version`` its version.
        guarantee: the guarantee's digest.
        terms: what was promised.
        tally: as of the call that broke it.
        alpha: α; the wealth reached 1/α.
        first: the id of the first call that was judged by it; ``last`` that of the one that broke it.
        at: the instant of the latter, in microseconds.
        chain: the digest over all observations of this service version up to and with the latter, in their order.
    """

    service: str
    version: str
    guarantee: str
    terms: Terms
    tally: Tally
    alpha: Fraction
    first: str
    last: str
    at: int
    chain: str

    def __str__(self) -> str:
        """For people, on one line."""
        level = "on average" if self.terms.level is None else f"at quantile {self.terms.level}"
        return (
            f"`{self.service}` {self.version} broke its guarantee on `{self.terms.metric}` {level}:"
            f" {self.tally.exceeded} of {self.tally.calls} calls exceeded their bound"
        )

    def json(self) -> dict[str, Json]:
        """All of it."""
        return {
            "service": self.service,
            "version": self.version,
            "guarantee": self.guarantee,
            "terms": self.terms.json(),
            "tally": self.tally.json(),
            "alpha": format_number(self.alpha),
            "first": self.first,
            "last": self.last,
            "at": format_timestamp(self.at),
            "chain": self.chain,
        }


@dataclass(frozen=True, slots=True)
class Judgement:
    """What is known of one guarantee: its calls up to now, and the breach if it is broken.

    After a breach its calls are still counted, and nothing is staked any more.
    """

    guarantee: str
    terms: Terms
    tally: Tally
    breach: Breach | None = None

    @property
    def verdict(self) -> str:
        """``broken`` or ``not broken so far``."""
        return "not broken so far" if self.breach is None else "broken"

    def json(self) -> dict[str, Json]:
        """All of it."""
        return {
            "guarantee": self.guarantee,
            "verdict": self.verdict,
            "terms": self.terms.json(),
            "tally": self.tally.json(),
            "breach": None if self.breach is None else self.breach.json(),
        }


@dataclass(frozen=True, slots=True)
class Record:
    """What is known of one version of a service.

    Attributes:
        service: its name; ``version`` its version without trailing zeros.
        calls: how many were recorded.
        violations: how many of them did not succeed, or exceeded a bound of a guarantee that is broken.
        outcomes: how many calls had which outcome, sorted by outcome.
        latency: of the calls whose latency is known, whatever their outcome.
        first: the earliest instant of a call in microseconds; ``last`` the latest.
        guarantees: judged, sorted by metric and digest.
        chain: the digest over all observations in their order, None if there is none.
    """

    service: str
    version: str
    calls: int = 0
    violations: int = 0
    outcomes: tuple[tuple[str, int], ...] = ()
    latency: Distribution = NO_DURATIONS
    first: int | None = None
    last: int | None = None
    guarantees: tuple[Judgement, ...] = ()
    chain: str | None = None

    @property
    def breaches(self) -> tuple[Breach, ...]:
        """The broken guarantees."""
        return tuple(j.breach for j in self.guarantees if j.breach is not None)

    def json(self) -> dict[str, Json]:
        """All of it."""
        return {
            "service": self.service,
            "version": self.version,
            "calls": self.calls,
            "violations": self.violations,
            "outcomes": dict(self.outcomes),
            "latency": self.latency.json(),
            "first": None if self.first is None else format_timestamp(self.first),
            "last": None if self.last is None else format_timestamp(self.last),
            "guarantees": [judgement.json() for judgement in self.guarantees],
            "chain": self.chain,
        }
