"""A reply against the promise: every limit that a single reply can break, judged on what really came.

The first group decides whether there is an answer at all: status, content type, encoding, strict JSON. Only of an answer can
the others be judged, and they are judged all: schema, locality, cost, reported metrics. Determinism comes last, among replies
that break nothing else, so that a broken reply is never what later ones are compared with.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from caio.base.canonical import digest, digest_bytes
from caio.execute.adapter import Reply
from caio.execute.order import Order
from caio.execute.payload import MEDIA_TYPE
from caio.execute.promises import Promise
from caio.execute.replies import ReplyMemory
from caio.execute.reports import Reports
from caio.execute.strict import exact_json
from caio.execute.violations import Broken, Kind, told
from caio.ir import documents as d

if TYPE_CHECKING:
    from caio.execute.schemas import Schema

AGAIN: Final = frozenset({408, 425, 429, 500, 502, 503, 504})
"""The statuses after which the same call may be answered otherwise."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What a reply is held against.

    Attributes:
        statuses: those of an answer.
        media_types: those that an answer may have, in lower case and without parameters.
        reports: what replies state, and where.
        schema: of the answer, if the contract names one.
        memory_key: names the payload and the version, where the contract promises determinism.
    """

    promise: Promise
    statuses: frozenset[int]
    media_types: tuple[str, ...]
    reports: Reports
    schema: Schema | None
    memory_key: str | None


@dataclass(frozen=True, slots=True)
class Judged:
    """What a reply turned out to be.

    Attributes:
        broken: what it breaks, empty if nothing.
        cost: the cost that it states, in the currency's unit.
        metrics: the values that it states, by metric, in base units.
        repeatable: whether the same call may be answered otherwise.
    """

    broken: tuple[Broken, ...]
    cost: Fraction | None = None
    metrics: tuple[tuple[str, Fraction], ...] = ()
    repeatable: bool = False


def judge(order: Order, terms: Terms, reply: Reply, memory: ReplyMemory) -> Judged:
    """Hold a reply against what was promised."""
    unanswered = _answer(terms, reply)
    if unanswered is not None:
        return Judged((unanswered,), repeatable=reply.status in AGAIN)
    value: object = None
    if _is_json(_kind(reply)):
        try:
            value = exact_json(reply.content)
        except ValueError:
            return Judged((_broken(Kind.MALFORMED, {"form": "strict JSON"}, reply),))
    broken = [*_schema(terms, reply, value), *_locality(order, terms, reply, value)]
    cost = None if terms.reports.cost is None else terms.reports.cost.number(reply, value)
    broken += _cost(terms, cost)
    metrics: list[tuple[str, Fraction]] = []
    for name, report in sorted(terms.reports.metrics.items()):
        number = report.number(reply, value)
        problem = _metric(order.vocabulary, name, number)
        if problem is not None:
            broken.append(problem)
        elif number is not None:
            metrics.append((name, number))
    if not broken:
        broken += _determinism(terms, reply, memory)
    return Judged(tuple(broken), cost, tuple(metrics))


def _answer(terms: Terms, reply: Reply) -> Broken | None:
    """Why a reply is no answer, if it is none."""
    if reply.status not in terms.statuses:
        listed = ", ".join(map(str, sorted(terms.statuses)))
        return Broken(Kind.STATUS, told(status=listed), told(status=reply.status))
    kind = _kind(reply)
    if kind not in terms.media_types:
        seen = kind if MEDIA_TYPE.fullmatch(kind) else digest_bytes(kind.encode("utf-8", "replace"))
        listed = ", ".join(terms.media_types)
        return Broken(Kind.CONTENT_TYPE, told(media_type=listed), told(media_type=seen))
    return None


def _kind(reply: Reply) -> str:
    return reply.media_type.partition(";")[0].strip().lower()


def _is_json(kind: str) -> bool:
    return kind == "application/json" or kind.endswith("+json")


def _schema(terms: Terms, reply: Reply, value: object) -> list[Broken]:
    if terms.schema is None:
        return []
    # A schema speaks of JSON: an answer in another media type cannot keep to it.
    place = "/" if not _is_json(_kind(reply)) else terms.schema.broken_by(value)
    if place is None:
        return []
    promised = told(schema=terms.schema.digest)
    return [Broken(Kind.SCHEMA, promised, told(breaks=place, reply=reply.digest))]


def _locality(order: Order, terms: Terms, reply: Reply, value: object) -> list[Broken]:
    promise, report = terms.promise, terms.reports.locality
    if promise.locality is None or (report is None and not promise.bound_to_locality):
        return []
    stated = None if report is None else report.text(reply, value)
    if stated == promise.locality:
        return []
    field = order.vocabulary.with_role("service", "locality")
    known: tuple[str, ...] = ()
    if field is not None and isinstance(field.type, d.EnumType):
        known = order.vocabulary.enum(field.type.enum).names()
    seen = "nothing stated" if stated is None else stated
    if stated is not None and stated not in known:
        seen = digest_bytes(stated.encode("utf-8", "replace"))
    return [Broken(Kind.LOCALITY, told(locality=promise.locality), told(locality=seen))]


def _cost(terms: Terms, cost: Fraction | None) -> list[Broken]:
    if terms.reports.cost is None:
        return []
    promised = told(cost=terms.promise.cost)
    if cost is None:
        return [Broken(Kind.COST, promised, told(cost="nothing stated"))]
    if cost < 0 or (terms.promise.cost is not None and cost > terms.promise.cost):
        return [Broken(Kind.COST, promised, told(cost=cost))]
    return []


def _metric(vocabulary: d.Vocabulary, name: str, number: Fraction | None) -> Broken | None:
    metric = vocabulary.metric(name)
    if number is not None and metric.lower <= number <= metric.upper:
        return None
    promised = told(metric=name, lower=metric.lower, upper=metric.upper)
    return Broken(Kind.REPORT, promised, told(value="nothing stated" if number is None else number))


def _determinism(terms: Terms, reply: Reply, memory: ReplyMemory) -> list[Broken]:
    if terms.memory_key is None:
        return []
    first = memory.first(terms.memory_key, reply.digest)
    if first == reply.digest:
        return []
    return [Broken(Kind.DETERMINISM, told(reply=first), told(reply=reply.digest))]


def _broken(kind: Kind, promised: dict[str, str], reply: Reply) -> Broken:
    return Broken(kind, told(**promised), told(reply=reply.digest))


def memory_key(service: str, control: str, payload: str, media_type: str) -> str:
    """What names a payload at a version: digests of the contract and the content, control and media type."""
    return digest([service, control, payload, media_type])
