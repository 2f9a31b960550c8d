"""Before anything is sent: whether a candidate may have this very call, and what exactly it would be sent.

``Connection`` is what the host declares about talking to one service; ``Setup`` is what an executor was made of. A candidate
that may not be called is held back with a reason in words. That is no fault of the service.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Final, TypedDict

from caio.base.canonical import digest
from caio.base.errors import InputError
from caio.execute.adapter import Adapter, Call
from caio.execute.clock import SECOND, Clock, MonotonicClock, wall_time
from caio.execute.enforcement import Terms, memory_key
from caio.execute.order import Admission, Order
from caio.execute.payload import MEDIA_TYPE, Payload
from caio.execute.promises import Promise, breaks_assumption, promise_of
from caio.execute.recording import Evidence, Recorder
from caio.execute.replies import RecentReplies, ReplyMemory
from caio.execute.reports import Reports
from caio.execute.retries import Retry
from caio.ir.encode import document_digest
from caio.ir.interpret import Point
from caio.ir.reader import is_digest
from caio.landscape.observations import guarantee_digest, plain_version
from caio.security.classification import Classifier

if TYPE_CHECKING:
    from caio.execute.schemas import Schema, Schemas

MOST_BYTES: Final = 4 * 1024 * 1024
"""How large a reply may be, unless declared otherwise."""
LONGEST_CALL: Final = 60 * SECOND
"""How long a call may take where neither the host nor the request says so, in microseconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """What the host declares about one service.

    Attributes:
        adapter: carries its calls out.
        reports: what its replies state, and where.
        idempotent: whether the same call may be made twice: the service honours ``Idempotency-Key``, or calls change nothing.
        statuses: those of an answer.
        media_types: those of an answer, in lower case and without parameters.
        max_bytes: how large a reply may be.

    Raises:
        InputError: no status, no media type or no byte would be an answer.
    """

    adapter: Adapter
    reports: Reports = field(default_factory=Reports)
    idempotent: bool = False
    statuses: frozenset[int] = frozenset({200})
    media_types: tuple[str, ...] = ("application/json",)
    max_bytes: int = MOST_BYTES

    def __post_init__(self) -> None:
        kinds = [MEDIA_TYPE.fullmatch(kind) and ";" not in kind for kind in self.media_types]
        if not self.statuses or not kinds or not all(kinds) or self.max_bytes < 1:
            raise InputError(
                "a connection needs at least one status, one media type such as `application/json`, and one byte"
            )


class Options(TypedDict, total=False):
    """What an executor may be told besides its connections and its history.

    Attributes:
        evidence: where attempts are kept as canonical JSON.
        schemas: the response schemas that contracts name.
        classifier: what finds classes of data in payloads; without one, every payload counts as sensitive.
        retry: how often the same candidate is tried again.
        memory: what deterministic services answered before.
        clock: measures and waits.
        wall: the time of day in microseconds UTC, which the history files calls under; no digest of this room covers it.
        longest_call: how long one call may take, in microseconds, whatever the request's deadline is.
        nonce: names an execution; the history counts by these names, so that two must not be equal.
    """

    evidence: Evidence
    schemas: Schemas
    classifier: Classifier
    retry: Retry
    memory: ReplyMemory
    clock: Clock
    wall: Callable[[], int]
    longest_call: int
    nonce: Callable[[], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """What an executor is made of: its connections, its history and its ``Options``.

    Raises:
        InputError: the longest call is no time.
    """

    connections: Mapping[str, Connection]
    recorder: Recorder
    evidence: Evidence | None = None
    schemas: Schemas | None = None
    classifier: Classifier | None = None
    retry: Retry = field(default_factory=Retry)
    memory: ReplyMemory = field(default_factory=RecentReplies)
    clock: Clock = field(default_factory=MonotonicClock)
    wall: Callable[[], int] = wall_time
    longest_call: int = LONGEST_CALL
    nonce: Callable[[], str] = secrets.token_hex

    def __post_init__(self) -> None:
        if type(self.longest_call) is not int or self.longest_call < 1:
            raise InputError("`longest_call` is an integer of microseconds, at least 1")


@dataclass(frozen=True, slots=True)
class Plan:
    """A call that may be made, and what its reply will be held against."""

    admission: Admission
    connection: Connection
    call: Call
    terms: Terms

    @property
    def promise(self) -> Promise:
        """What the candidate promised for this call."""
        return self.terms.promise


def plan_for(
    setup: Setup,
    order: Order,
    payload: Payload,
    point: Point,
    admission: Admission,
    spent: Fraction,
) -> Plan | str:
    """The call of a candidate, or why it is held back.

    Args:
        setup: what the executor is made of.
        order: what is executed.
        payload: what is sent, described by the request.
        point: the request's fields for this call.
        admission: the candidate.
        spent: what all attempts so far may have cost.
    """
    contract = admission.contract
    service, api = contract.service, contract.service.api
    connection = setup.connections.get(service.name)
    whole = {**order.surroundings(contract), **point}
    if not is_digest(admission.evidence):
        return "it comes without evidence that the checker accepted"
    if document_digest(order.vocabulary) != service.vocabulary:
        return "its contract is written in another vocabulary"
    if connection is None:
        return "no connection to it is declared"
    known = {metric.name for metric in order.vocabulary.metrics}
    if not known >= connection.reports.metrics.keys():
        return "a report of it is declared for a metric that the vocabulary does not have"
    if breaks_assumption(contract, whole):
        return "the call goes beyond what its contract assumes"
    schema: Schema | None = None
    if api is not None and api.response_schema is not None:
        schema = None if setup.schemas is None else setup.schemas.get(api.response_schema)
        if schema is None:
            return "its contract names a response schema that was not supplied"
    promise = promise_of(order, contract, whole)
    if promise.bound_to_locality and promise.locality is None:
        return "where it processes is constrained, and its contract does not say where that is"
    budget = order.request.budget
    if budget is not None:
        if promise.cost is None:
            return "the request has a budget, and no cost case of its contract applies to this call"
        if spent + promise.cost > budget:
            return "what it costs would exceed what is left of the budget"
    key = digest([order.decision, service.name, service.version, admission.control, payload.digest])
    call = Call(
        service=service.name,
        version=service.version,
        control=admission.control,
        endpoint=None if api is None else api.endpoint,
        content=payload.content,
        media_type=payload.media_type,
        accept=connection.media_types,
        key=key,
    )
    remembered = (document_digest(service), admission.control, payload.digest, payload.media_type)
    terms = Terms(
        promise,
        connection.statuses,
        connection.media_types,
        connection.reports,
        schema,
        memory_key(*remembered) if promise.deterministic else None,
    )
    return Plan(admission, connection, call, terms)


def broken_guarantees(recorder: Recorder, plan: Plan) -> str:
    """Which guarantees that apply to a call are known to be broken, in words; empty if none is."""
    service = plan.admission.contract.service
    mine = {
        guarantee_digest(service.name, plain_version(service.version), a.metric, a.guarantee)
        for a in plan.promise.applied
    }
    if not mine:
        return ""
    record = recorder.record_of(service.name, service.version)
    found = sorted({b.terms.metric for b in record.breaches if b.guarantee in mine})
    names = ", ".join(f"`{name}`" for name in found)
    return f"calls so far show that its guarantee on {names} is broken" if found else ""
