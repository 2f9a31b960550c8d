"""Observations: what is known of one call after it ended, as an immutable value with a canonical form.

An observation is untrusted input: it is checked when it is made, exact types included, so that nothing that is not exact
can enter a history. There is no clock here: whoever calls the service says when. Nor does anything of the payload
belong here: evidence is named by its digest and kept elsewhere.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Any, Final

from caio.base.canonical import Json, digest
from caio.base.errors import InputError
from caio.base.instants import INSTANT_MAX, INSTANT_MIN
from caio.base.numbers import format_number
from caio.ir import documents as d
from caio.ir import terms as t
from caio.ir.encode import document_json
from caio.ir.reader import is_digest, is_name, is_version, kind_of, quoted
from caio.landscape.histogram import LONGEST

SUCCEEDED: Final = "succeeded"
"""The outcome of a call that did what was promised of each single call; every other outcome is a violation."""
FORMAT: Final = "caio-observation/v1"
"""The format of an observation's canonical form."""
MAX_MEASURED: Final = 256
"""The most guarantees that one call is judged by."""

_MAX_BITS: Final = 1600
"""The most binary digits of a value or bound: fewer than the decimal digits that a document may have."""
_KIND: Final = re.compile(r"[a-z][a-z0-9_]{0,63}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Terms:
    """What of a guarantee decides how a call is judged by it.

    Attributes:
        metric: its name.
        relation: what was promised of value and bound.
        level: at least this share of calls keeps the relation; None if the mean of the values does.
        lower: L, the lower end of the metric's declared range.
        upper: U, the upper end.
    """

    metric: str
    relation: t.Relation
    level: Fraction | None
    lower: Fraction
    upper: Fraction

    def exceeded(self, value: Fraction, bound: Fraction) -> bool:
        """Whether a value does not stand in the promised relation to its bound."""
        if value == bound:
            return self.relation.strict
        return (value > bound) == self.relation.upper

    def bet(self, value: Fraction, bound: Fraction) -> tuple[Fraction, Fraction]:
        """What is bet on, x and m of ``betting``: the promise is that x, in [0, 1], is at most m on average.

        At a level p, x is 1 if the bound was exceeded and 0 if not, and m = 1 - p. For a mean bounded from above
        x = (value - L)/(U - L), a value outside of the declared range counting as the nearest end of it, and
        m = (bound - L)/(U - L); for one bounded from below, the same seen from U.
        """
        if self.level is not None:
            return Fraction(self.exceeded(value, bound)), 1 - self.level
        width = self.upper - self.lower
        inside = min(max(value, self.lower), self.upper)
        if self.relation.upper:
            seen, promised = inside - self.lower, bound - self.lower
        else:
            seen, promised = self.upper - inside, self.upper - bound
        # A bound beyond the range is only kept by a value beyond the range, which must not be held against the service.
        if promised < 0 and not self.exceeded(value, bound):
            seen = Fraction(0)
        return seen / width, promised / width

    def json(self) -> dict[str, Json]:
        """For records: what was promised."""
        return {
            "metric": self.metric,
            "relation": self.relation.value,
            "level": None if self.level is None else format_number(self.level),
            "lower": format_number(self.lower),
            "upper": format_number(self.upper),
        }


@dataclass(frozen=True, slots=True)
class Measured:
    """One guarantee that applied to a call, its bound at that call's point, and what was observed.

    A call that was given up has taken at least as long as was waited for: that is its value.

    Attributes:
        metric: the metric's declaration.
        guarantee: on this metric; its guard was true of the call.
        bound: ``guarantee.bound`` at the call's point, known before the call, in the metric's base unit (time: seconds).
        value: what was observed, in the same unit.

    Raises:
        InputError: a number is not exact, or metric and guarantee do not fit together.
    """

    metric: d.Metric
    guarantee: d.Guarantee
    bound: Fraction
    value: Fraction

    def __post_init__(self) -> None:
        """Check, and keep numbers as fractions."""
        metric, guarantee = self.metric, self.guarantee
        if type(metric) is not d.Metric or type(guarantee) is not d.Guarantee:
            raise InputError("a measured value needs the documents of its metric and guarantee")
        quantile = metric.statistic is d.Statistic.QUANTILE
        if guarantee.metric != metric.name or (guarantee.level is not None) != quantile:
            raise InputError(
                f"metric {quoted(metric.name)}: the guarantee is on {quoted(guarantee.metric)}, or has"
                " no level where the metric is a quantile one, or has one where it is not"
            )
        if metric.lower >= metric.upper or (quantile and not 0 < (guarantee.level or 0) < 1):
            raise InputError(
                f"metric {quoted(metric.name)}: an empty range, or a level not in (0, 1)"
            )
        for field in ("bound", "value"):
            object.__setattr__(self, field, _exact(getattr(self, field), field, metric.name))

    @property
    def terms(self) -> Terms:
        """What decides how the call is judged."""
        metric, guarantee = self.metric, self.guarantee
        return Terms(metric.name, guarantee.relation, guarantee.level, metric.lower, metric.upper)


@dataclass(frozen=True, slots=True)
class Observation:
    """One call of one version of a service.

    Attributes:
        id: names the call: recorded twice, it counts once.
        service: the service's name.
        version: its version; ``1`` and ``1.0`` are the same one.
        at: when it began, in microseconds UTC since 1970.
        outcome: ``succeeded``, or the kind of violation in lower case, such as ``timed_out`` or ``response_schema``.
        latency: how long the call took, in microseconds; None if that is not known.
        measured: the guarantees that applied, each once.
        evidence: the digest of what shows all this, kept elsewhere.

    Raises:
        InputError: a value has another type or lies out of range, or a guarantee occurs twice.
    """

    id: str
    service: str
    version: str
    at: int
    outcome: str = SUCCEEDED
    latency: int | None = None
    measured: tuple[Measured, ...] = ()
    evidence: str | None = None

    def __post_init__(self) -> None:
        """Check everything."""
        for field in ("id", "service", "version", "outcome"):
            value = getattr(self, field)
            if type(value) is not str or not is_name(value):
                raise InputError(
                    f"`{field}` of an observation: {_seen(value)} is not a name of 1 to 256 printable characters"
                )
        if not is_version(self.version):
            raise InputError(f"{quoted(self.version)} is not a version such as `2.1.0`")
        if not _KIND.fullmatch(self.outcome):
            raise InputError(
                f"{quoted(self.outcome)} is no outcome: expected `succeeded`, or a kind of violation such as `timed_out`"
            )
        _integer(self.at, "at", INSTANT_MIN, INSTANT_MAX)
        if self.latency is not None:
            _integer(self.latency, "latency", 0, LONGEST)
        if self.evidence is not None and not is_digest(self.evidence):
            raise InputError(
                f"{_seen(self.evidence)} is no digest of evidence: expected `sha256:…`"
            )
        if type(self.measured) is not tuple or any(type(m) is not Measured for m in self.measured):
            raise InputError("`measured` of an observation: expected a tuple of `Measured`")
        if len(self.measured) > MAX_MEASURED:
            raise InputError(
                f"{len(self.measured)} guarantees are more than the {MAX_MEASURED} possible"
            )
        names = {self.guarantee(m) for m in self.measured}
        if len(names) < len(self.measured):
            raise InputError(f"observation {quoted(self.id)} has the same guarantee twice")

    @property
    def key(self) -> tuple[str, str]:
        """The service's name, and its version without the trailing zeros that mean nothing."""
        return self.service, plain_version(self.version)

    def guarantee(self, measured: Measured) -> str:
        """The digest by which a guarantee of this service version is known."""
        return guarantee_digest(*self.key, measured.metric, measured.guarantee)

    def json(self) -> dict[str, Json]:
        """The canonical form; guarantees by digest, sorted by it."""
        return {
            "format": FORMAT,
            "id": self.id,
            "service": self.service,
            "version": plain_version(self.version),
            "at": format_number(self.at),
            "outcome": self.outcome,
            "latency": self.latency,
            "measured": [
                {"guarantee": name, "bound": bound, "value": value}
                for name, bound, value in sorted(
                    (self.guarantee(m), format_number(m.bound), format_number(m.value))
                    for m in self.measured
                )
            ],
            "evidence": self.evidence,
        }


def plain_version(version: str) -> str:
    """The shortest way to write a version."""
    return ".".join(map(str, d.version_key(version)))


@lru_cache(maxsize=4096)
def guarantee_digest(service: str, version: str, metric: d.Metric, guarantee: d.Guarantee) -> str:
    """The name of a guarantee of one version of a service: a digest of these two, the range and the canonical guarantee.

    Another version, another bound or guard, or another range of the metric is another guarantee, about which nothing is
    known yet. What else changes in a vocabulary does not matter.
    """
    # An overlay with nothing else in it is how a single guarantee is written.
    alone = document_json(d.Overlay("", service, version, "", guarantees=(guarantee,)))
    written: Json = {
        "service": service,
        "version": version,
        "guarantee": alone["guarantees"],
        "range": [format_number(metric.lower), format_number(metric.upper)],
        "dimension": metric.dimension,
    }
    return digest(written)


def _exact(value: Any, field: str, metric: str) -> Fraction:
    if type(value) not in (int, Fraction):
        raise InputError(
            f"`{field}` of metric {quoted(metric)}: {_seen(value)} is not exact; expected a Fraction or an int"
        )
    if value.numerator.bit_length() + value.denominator.bit_length() > _MAX_BITS:
        raise InputError(f"`{field}` of metric {quoted(metric)}: more than {_MAX_BITS} bits")
    return Fraction(value)


def _integer(value: object, field: str, lower: int, upper: int) -> None:
    if type(value) is not int or not lower <= value <= upper:
        raise InputError(
            f"`{field}` of an observation: {_seen(value)} is no integer of microseconds from {lower} to {upper}"
        )


def _seen(value: object) -> str:
    """A value as a message shows it, whatever it is: objects of other classes are not asked to show themselves."""
    if type(value) is str:
        return quoted(value)
    if type(value) in (bool, float) or (type(value) is int and value.bit_length() < 128):
        return quoted(repr(value))
    return kind_of(value)
