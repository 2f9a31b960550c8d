"""One small vocabulary and the shortest way to ask about a service in it.

A scene is judged three times: by the product, by the brute-force oracle, and (as bytes) by the checker. A test states
what it expects of the first; the other two must agree, always.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from caio.base.canonical import canonical_bytes
from caio.certify.acceptance import accept
from caio.certify.prover import Prover
from caio.ir import documents as d
from caio.ir import terms as t
from caio.ir.encode import document_digest, document_json
from caio.landscape.snapshot import Snapshot, take
from caio.obligations.candidate import Question
from caio.routing.decision import Decision
from caio.routing.route import route
from tests.differential.asking import asked, plain
from tests.oracle.candidate import Entry
from tests.oracle.decision import decide

NOW = 1_795_305_600_000_000
"""2026-11-22."""

VOCABULARY = d.Vocabulary(
    name="traps",
    enums=(
        d.Enumeration("Region", (d.Member("eu"), d.Member("us"), d.Member("apac"))),
        d.Enumeration("Data", (d.Member("public"), d.Member("health", sensitive=True))),
        d.Enumeration(
            "Locality", (d.Member("on_device"), d.Member("local"), d.Member("eu"), d.Member("us"))
        ),
        d.Enumeration("Permission", (d.Member("invoke"), d.Member("admin"))),
        d.Enumeration("Zone", (d.Member("internal"), d.Member("open"))),
    ),
    units=("token",),
    capabilities=("chat", "vision"),
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
    ),
    request=(
        d.Field("tokens", d.IntType("token", 0, 10_000)),
        d.Field("parts", d.IntType("1", 0, 1)),
        d.Field("pages", d.IntType("1", 0, 1)),
        d.Field("only", d.IntType("1", 3, 3)),
        d.Field("region", d.EnumType("Region")),
        d.Field("data", d.SetType("Data"), role="data"),
        d.Field("urgent", d.BoolType()),
    ),
    facts=(
        d.Field("trust", d.IntType("1", 0, 5), role="trust"),
        d.Field("permissions", d.SetType("Permission"), role="permissions"),
        d.Field("zone", d.EnumType("Zone"), role="zone"),
    ),
    environment=(
        d.Field("healthy", d.BoolType()),
        d.Field("load", d.RationalType("1", Fraction(0), Fraction(1))),
    ),
    attributes=(
        d.Field("region", d.EnumType("Region")),
        d.Field("deterministic", d.BoolType()),
        d.Field("privacy.locality", d.EnumType("Locality"), role="locality"),
        d.Field("privacy.encrypted", d.BoolType(), role="encrypted"),
        d.Field("privacy.retention", d.RationalType("time", Fraction(0), None)),
    ),
    cost=d.CostRange("USD", Fraction(100)),
)
NAME = document_digest(VOCABULARY)

LE, LT, GE, GT = t.Relation.LE, t.Relation.LT, t.Relation.GE, t.Relation.GT
ACCURACY, LATENCY = "accuracy", "latency"


def number(value: Fraction | int | str) -> Fraction:
    return Fraction(value)


def affine(constant: Fraction | int | str, **terms: Fraction | int | str) -> t.Affine:
    """``constant + Σ coefficient · request.field``."""
    return t.Affine.of(
        number(constant), {f"request.{name}": number(value) for name, value in terms.items()}
    )


def at_most(variable: str, bound: Fraction | int | str) -> t.Formula:
    return t.Compare(t.Comparison.LE, t.Affine.of(-number(bound), {variable: Fraction(1)}))


def at_least(variable: str, bound: Fraction | int | str) -> t.Formula:
    return t.Compare(t.Comparison.LE, t.Affine.of(number(bound), {variable: Fraction(-1)}))


def equal(variable: str, bound: Fraction | int | str) -> t.Formula:
    return t.Compare(t.Comparison.EQ, t.Affine.of(-number(bound), {variable: Fraction(1)}))


def tokens(low: int, high: int) -> tuple[t.Formula, t.Formula]:
    return at_least("request.tokens", low), at_most("request.tokens", high)


def promise(
    metric: str,
    relation: t.Relation,
    bound: t.Affine | str | int,
    when: t.Formula = t.TRUE,
    level: str | None = None,
) -> d.Guarantee:
    """A guarantee; on latency at its declared level unless told otherwise."""
    return d.Guarantee(metric, relation, _affine(bound), when, _level(metric, level))


def need(
    metric: str, relation: t.Relation, bound: t.Affine | str | int, level: str | None = None
) -> t.OnMetric:
    return t.OnMetric(metric, relation, _affine(bound), _level(metric, level))


def _affine(bound: t.Affine | str | int) -> t.Affine:
    return bound if isinstance(bound, t.Affine) else t.Affine(Fraction(bound))


def _level(metric: str, level: str | None) -> Fraction | None:
    if metric != LATENCY:
        return None
    return Fraction(99, 100) if level is None else Fraction(level)


SERVICE = d.Service(
    vocabulary=NAME,
    name="s",
    version="1.0",
    attributes=(("privacy.encrypted", True),),
    capabilities=("chat",),
    permits=d.Permits("public"),
)
REQUEST = d.Request(vocabulary=NAME, name="ask", needs=(("chat",),))
FACTS = d.Facts(NAME, "caller", "asserted", (("permissions", ("invoke",)), ("trust", Fraction(3))))
STATE = d.State(NAME, "s", "1.0", (("healthy", True), ("load", Fraction(1, 2))))
PROFILE = d.Profile(
    vocabulary=NAME,
    name="standard",
    weights=d.Weights(Fraction(1), Fraction(1), Fraction(1), Fraction(1)),
    performance=(ACCURACY, LATENCY),
    limits=d.Limits(available=(t.Is("env.healthy"),), facts=("asserted",)),
)


@dataclass(frozen=True)
class Outcome:
    """A decision as JSON."""

    decision: Decision
    body: Mapping[str, Any]

    @property
    def verdict(self) -> str:
        return str(self.body["verdict"])

    def candidate(self, name: str = "s") -> Mapping[str, Any]:
        found: Mapping[str, Any] = next(c for c in self.body["candidates"] if c["service"] == name)
        return found

    def failed(self, name: str = "s") -> list[list[Any]]:
        """The keys of the obligations that are refuted."""
        return list(self.candidate(name)["failed"])

    def asked(self, name: str = "s") -> list[list[Any]]:
        """The keys of all obligations."""
        candidate = next(c for c in self.decision.examined if c.contract.service.name == name)
        return [list(judged.key) for judged in candidate.obligations]

    def witness(self, *key: str | int) -> Mapping[str, Fraction]:
        """The assignment which refutes an obligation of the only candidate."""
        (candidate,) = self.decision.examined
        (index,) = [i for i, j in enumerate(candidate.obligations) if j.key == key]
        reference = self.candidate(candidate.contract.service.name)["evidence"][index]
        values = self.body["evidence"]["witnesses"][-1 - reference]
        return {name: Fraction(value) for name, value in values.items()}


def decide_scene(
    prover: Prover,
    *services: d.Service,
    overlays: Sequence[d.Overlay] = (),
    policy: Sequence[d.Rule] = (),
    constraints: Sequence[d.Constraint] = (),
    request: d.Request = REQUEST,
    profile: d.Profile = PROFILE,
    facts: d.Facts | None = FACTS,
    attestation: d.Attestation | None = None,
    measurements: d.Measurements | None = None,
    states: Sequence[d.State] = (STATE,),
    at: int = NOW,
    checked: bool = True,
) -> Outcome:
    """What is decided about these services; the oracle and the checker must agree.

    With ``checked`` off they are not asked: for documents which the checker would refuse to read.
    """
    question = Question(
        vocabulary=VOCABULARY,
        request=request,
        policy=tuple(policy),
        profile=profile,
        facts=facts,
        at=at,
        constraints=tuple(constraints),
        attestation=attestation,
        measurements=measurements,
    )
    snapshot = take(VOCABULARY, services or (SERVICE,), overlays, states)
    decision = route(question, snapshot, prover)
    body = json.loads(canonical_bytes(decision.json()))
    outcome = Outcome(decision, body)
    if checked:
        if all(None not in c.get("evidence", ()) for c in body["candidates"]):
            _agree(body, question, snapshot)
        accept([documents_of(question, snapshot)], canonical_bytes(body))
    return outcome


def documents_of(question: Question, snapshot: Snapshot) -> bytes:
    """The document set that a decision rests on."""
    found = [*snapshot.documents(), *question.lasting, *question.passing]
    listed = [document_json(document) for document in dict.fromkeys(found)]
    return canonical_bytes({"format": "caio-documents/v1", "documents": listed})


def _agree(body: Mapping[str, Any], question: Question, snapshot: Snapshot) -> None:
    expected = decide(
        asked(question),
        [
            Entry(
                plain(c.service),
                [plain(o) for o in c.overlays],
                None if c.state is None else plain(c.state),
            )
            for c in snapshot.contracts
        ],
    )
    assert body["verdict"] == expected.verdict
    assert [c.get("failed") for c in body["candidates"]] == [c.failed for c in expected.candidates]
    for name in ("steps", "proofs", "guarantees"):
        assert body[name] == getattr(expected, name), name


def changed(**changes: Any) -> d.Service:
    """The plain service with some fields changed."""
    return replace(SERVICE, **changes)


def asking(**changes: Any) -> d.Request:
    """The plain request with some fields changed."""
    return replace(REQUEST, **changes)
