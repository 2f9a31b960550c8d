"""A small world to execute decisions in: a vocabulary, services, requests, and what a test watches."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

from caio.base.canonical import digest
from caio.execute.adapter import Call, Reply
from caio.execute.executor import Executor
from caio.execute.order import Order
from caio.execute.outcomes import Executed, ExecutionFailed
from caio.execute.payload import Payload
from caio.execute.plans import Connection
from caio.execute.reports import Reports, header, member
from caio.ir import documents as d
from caio.ir import terms as t
from caio.ir.encode import document_digest
from caio.landscape.history import History
from caio.obligations.contract import Contract
from caio.security.classification import Classification

VOCABULARY = d.Vocabulary(
    "clinic",
    enums=(
        d.Enumeration("Data", (d.Member("notes"), d.Member("health", sensitive=True))),
        d.Enumeration("Locality", (d.Member("local"), d.Member("eu"), d.Member("us"))),
    ),
    units=("token",),
    capabilities=("chat",),
    metrics=(
        d.Metric(
            "accuracy",
            "1",
            Fraction(0),
            Fraction(1),
            "higher",
            d.Statistic.EXPECTED,
        ),
        d.Metric(
            "latency",
            "time",
            Fraction(0),
            Fraction(3600),
            "lower",
            d.Statistic.QUANTILE,
            Fraction(99, 100),
            role="latency",
        ),
    ),
    request=(
        d.Field("tokens", d.IntType("token", 0, 1_000_000)),
        d.Field("data", d.SetType("Data"), role="data"),
        d.Field("urgent", d.BoolType()),
    ),
    attributes=(
        d.Field("deterministic", d.BoolType()),
        d.Field("encrypted", d.BoolType(), role="encrypted"),
        d.Field("locality", d.EnumType("Locality"), role="locality"),
    ),
    cost=d.CostRange("USD", Fraction(10)),
)
NAME = document_digest(VOCABULARY)
TOKENS = t.Affine.of(0, {"request.tokens": Fraction(1)})
DECISION = digest("decision")
SCHEMA = b'{"type": "object", "properties": {"answer": {"type": "string"}}, "required": ["answer"]}'
ANSWER = b'{"answer": "yes"}'


def at_most(limit: int) -> t.Formula:
    """request.tokens <= limit."""
    return t.Compare(t.Comparison.LE, TOKENS.plus(t.Affine.of(-limit)))


def without_health() -> t.Formula:
    return t.Not(t.Has("request.data", "health"))


REQUEST = d.Request(
    NAME,
    "triage",
    (("chat",),),
    given=(at_most(1_000), without_health()),
    deadline=Fraction(5),
)


def latency(bound: Fraction = Fraction(1)) -> d.Guarantee:
    return d.Guarantee("latency", t.Relation.LE, t.Affine.of(bound), level=Fraction(99, 100))


def accuracy(bound: Fraction) -> d.Guarantee:
    return d.Guarantee("accuracy", t.Relation.GE, t.Affine.of(bound))


def service(
    name: str = "good",
    *,
    endpoint: str | None = None,
    schema: str | None = None,
    cost: Fraction | None = Fraction(1, 100_000),
    guarantees: tuple[d.Guarantee, ...] = (latency(),),
    **attributes: d.Value,
) -> d.Service:
    """A service that costs so much per token and promises a second."""
    cases = () if cost is None else (d.CostCase(t.TRUE, TOKENS.times(cost)),)
    api = d.Api("http", endpoint or "https://example.invalid/", schema)
    return d.Service(
        NAME,
        name,
        "1.0",
        attributes=tuple(sorted(attributes.items())),
        capabilities=("chat",),
        guarantees=guarantees,
        cost=cases,
        permits=d.Permits("public"),
        api=api if endpoint or schema else None,
    )


@dataclass(frozen=True)
class Admitted:
    """A candidate that the checker is taken to have accepted evidence for."""

    contract: Contract
    control: str = "none"
    evidence: str = ""

    @staticmethod
    def of(service: d.Service, control: str = "none") -> Admitted:
        return Admitted(Contract(service), control, digest(["evidence", service.name, control]))


def order(
    services: Iterable[d.Service | Admitted],
    request: d.Request = REQUEST,
    **changes: Any,
) -> Order:
    items = [item if isinstance(item, Admitted) else Admitted.of(item) for item in services]
    made = Order(vocabulary=VOCABULARY, request=request, decision=DECISION, candidates=items)
    return replace(made, **changes)


class Nothing:
    """A classifier that finds nothing in anything."""

    def classify(self, payload: bytes, media_type: str) -> Classification:  # noqa: ARG002
        return Classification(frozenset())


class Health:
    """A classifier that finds health data where the payload says `diagnosis`."""

    def classify(self, payload: bytes, media_type: str) -> Classification:  # noqa: ARG002
        found = {"health"} if b"diagnosis" in payload else set()
        return Classification(frozenset(found))


def payload(content: bytes = b'{"question": "?"}', **values: object) -> Payload:
    stated: dict[str, object] = {"tokens": 100, "data": {"notes"}, **values}
    return Payload(content, "application/json", stated)


@dataclass
class Scripted:
    """An adapter that does what a script says, one step per call; a step is a reply, bytes, an error or a function."""

    steps: Sequence[object]
    calls: list[Call] = field(default_factory=list)
    closed: int = 0

    async def call(self, call: Call, *, seconds: float, max_bytes: int) -> Reply:  # noqa: ARG002
        step = self.steps[min(len(self.calls), len(self.steps) - 1)]
        self.calls.append(call)
        if callable(step):
            step = step()
        if isinstance(step, BaseException):
            raise step
        if isinstance(step, bytes):
            return Reply(step)
        return step  # type: ignore[return-value] # scripts also answer what no adapter should

    async def aclose(self) -> None:
        self.closed += 1


class HandClock:
    """A clock that moves when it is told to, or slept on."""

    def __init__(self) -> None:
        self.time = 0
        self.slept: list[float] = []

    def now(self) -> int:
        return self.time

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.time += round(seconds * 1_000_000)

    def passing(self, microseconds: int, answer: object = ANSWER) -> Callable[[], object]:
        """A step of a script that takes its time."""

        def step() -> object:
            self.time += microseconds
            return answer

        return step


@dataclass
class Kept:
    """Evidence in a list."""

    lines: list[dict[str, Any]] = field(default_factory=list)

    def keep(self, data: bytes, /) -> None:
        self.lines.append(json.loads(data))


HISTORIES: list[History] = []
"""Those that a test opened; its end closes them."""


def opened(history: History) -> History:
    HISTORIES.append(history)
    return history


def connection(adapter: Any, **changes: Any) -> Connection:
    return replace(Connection(adapter=adapter), **changes)


def executor(connections: Mapping[str, Any], **options: Any) -> Executor:
    """An executor over adapters, scripts or connections by service."""
    made = {
        name: item
        if isinstance(item, Connection)
        else connection(Scripted(item) if isinstance(item, list) else item)
        for name, item in connections.items()
    }
    recorder = options.pop("recorder", None) or opened(History())
    clock = options.get("clock")
    if isinstance(clock, HandClock):
        options.setdefault("wall", clock.now)
    return Executor(made, recorder, **{"classifier": Nothing(), **options})


def executed(outcome: object) -> Executed:
    assert isinstance(outcome, Executed), outcome
    return outcome


def failed(outcome: object) -> ExecutionFailed:
    assert isinstance(outcome, ExecutionFailed), outcome
    return outcome


COST = Reports(cost=member("/usage/cost"))
LOCALITY = Reports(locality=header("x-locality"))
