"""One router, many calls: the answers are those of the command, and no call leaves a trace in another."""

from __future__ import annotations

import gc
import json
import os
import signal
import sys
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import caio
from caio.base.instants import format_timestamp
from caio.certify.prover import Prover, Unknown
from caio.cli.main import cli
from caio.ir import documents as d
from caio.ir.encode import document_json
from caio.routing.decision import Checked
from caio.routing.files import decision_files
from caio.routing.results import answer_of
from caio.routing.route import route
from caio.smt.client import Worker
from tests.differential.worlds import draw_world
from tests.library.conftest import SHOP

AT = 1_795_305_600_000_000
NOW = datetime(2026, 11, 22, tzinfo=UTC)


@pytest.mark.parametrize("seed", range(40))
def test_a_router_answers_what_routing_answers(seed: int) -> None:
    world = draw_world(seed)
    question = world.question
    with Prover() as prover:
        expected = route(question, world.snapshot, prover)
    documents = [
        document for document in world.documents() if not isinstance(document, d.Landscape)
    ]
    project = caio.loads(
        {"format": "caio-documents/v1", "documents": [document_json(item) for item in documents]}
    )
    facts = None if question.facts is None else question.facts.name
    with caio.Router(project, clock=int) as router:
        answer = router.route(question.request.name, facts=facts, at=question.at)
        by_value = router.route(project.requests[0], facts=question.facts, at=question.at)
    assert answer.bundle() == by_value.bundle() == decision_files(expected).bundle
    assert caio.verify(answer.bundle()).verdict == expected.outcome.value


@pytest.mark.parametrize("name", ["question", "summary"])
def test_a_router_writes_what_the_command_writes(
    router: caio.Router, name: str, tmp_path: Path
) -> None:
    (tmp_path / "shop.caio").write_text(SHOP, "utf-8")
    words = ["route", str(tmp_path / "shop.caio"), "--request", name, "--no-cache", "--at"]
    answer = router.route(name, at=NOW)
    for option, target in (("-o", "decision.json"), ("--bundle", "bundle.json")):
        CliRunner().invoke(cli, [*words, format_timestamp(AT), option, str(tmp_path / target)])
    own = tmp_path / "own"
    own.mkdir()
    answer.save(own / "decision.json")
    assert answer.bundle() == (tmp_path / "bundle.json").read_bytes()
    for written in own.iterdir():
        assert written.read_bytes() == (tmp_path / written.name).read_bytes()


def test_what_a_routed_answer_says_is_what_the_contract_says(router: caio.Router) -> None:
    answer = router.route("summary", {"tokens": 20_000, "region": "us"}, at=NOW)
    assert isinstance(answer, caio.Routed)
    assert (answer.service, answer.version, answer.route) == ("large", "2.1", "external")
    assert (answer.protocol, answer.endpoint) == ("http", "https://large.example/v2")
    assert dict(answer.attributes) == {"region": "us"}
    assert answer.optimal
    assert answer.request == "summary"
    assert answer.at == NOW
    body = json.loads(answer.bundle())
    assert body["selected"]["service"] == "large"
    (score,) = (item["score"] for item in body["candidates"] if item["service"] == "large")
    assert answer.score == score
    assert answer.decision_digest == body["decision_digest"]
    assert answer.landscape == body["landscape"]


@pytest.mark.parametrize(
    ("decided", "accepted"), [("question", "summary"), ("summary", "question")]
)
def test_no_answer_says_more_than_the_checker_accepted(
    router: caio.Router, decided: str, accepted: str
) -> None:
    decision, verdict = router.route(decided)._decision, router.route(accepted)._checked.verdict
    with pytest.raises(caio.InternalError, match="accepted less"):
        answer_of(Checked(decision, verdict))


# --- what can be asked ---------------------------------------------------------------------------

TEXT = "request question { needs chat  given tokens <= 8_000 token  ensure latency <= 1 s  budget 0.01 USD }"
JSON: dict[str, object] = {
    "name": "question",
    "needs": ["chat"],
    "given": ["tokens <= 8_000 token"],
    "ensure": ["latency <= 1 s"],
    "budget": "0.01 USD",
}


def test_a_request_may_be_named_written_or_given(
    router: caio.Router, project: caio.Project
) -> None:
    ways: list[Any] = [
        "question",
        TEXT,
        f'uses "shop" {TEXT}',
        JSON,
        {"format": "caio-authoring/v1", "uses": "shop", "requests": [JSON]},
        project.requests[0],
    ]
    assert len({router.route(way, at=AT).bundle() for way in ways}) == 1


@pytest.mark.parametrize(
    ("request_", "error", "message"),
    [
        ("qestion", caio.InputError, "did you mean `question`"),
        ("", caio.InputError, "no request is named"),
        ("\ud800", caio.InputError, "no request is named"),
        ("{", caio.DocumentError, "<request>:1:1"),
        ("request r { needs telepathy }", caio.DocumentError, "telepathy"),
        ("request r { }", caio.DocumentError, "needs no capability"),
        ("request r { needs chat given fact.trust >= 1 }", caio.DocumentError, "variable"),
        (f"{TEXT} {TEXT}", caio.InputError, "holds 2 requests"),
        ("rule { }", caio.InputError, "<request>"),
        (SHOP, caio.InputError, "other than a request"),
        (f'uses "other" {TEXT}', caio.InputError, "the router's is `shop`"),
        ('request "\ud800" { needs chat }', caio.InputError, "request"),
        ({}, caio.DocumentError, "name"),
        ({"name": "r", "needs": ["chat"], "budget": 0.5}, caio.InputError, "float 0.5"),
        ({"name": "r", "needs": ["chat"], "extra": 1}, caio.DocumentError, "extra"),
        ({"format": "caio-authoring/v1"}, caio.InputError, "holds no request"),
        (b"request r { }", caio.InputError, "not a value of type `bytes`"),
        (None, caio.InputError, "not a value of type `NoneType`"),
        (3, caio.InputError, "not a value of type `int`"),
    ],
    ids=ascii,
)
def test_what_is_no_request_is_refused(
    router: caio.Router, request_: Any, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message.replace("(", r"\(")):
        router.route(request_)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"values": [("tokens", 5)]}, "values are a mapping"),
        ({"values": "tokens"}, "values are a mapping"),
        ({"facts": "alice"}, "no facts document is named `alice`"),
        ({"facts": {"trust": 3}}, "there is no fact `trust`"),
        ({"facts": ["alice"]}, "facts are a name, a mapping"),
        ({"at": datetime(2026, 1, 1)}, "no time zone"),  # noqa: DTZ001 - that is the point
        ({"at": 1.5}, "not a value of type `float`"),
        ({"at": True}, "not a value of type `bool`"),
        ({"at": "2026-11-22"}, "not a value of type `str`"),
        ({"at": 10**30}, "outside the years"),
        ({"at": -(10**30)}, "outside the years"),
        ({"at": datetime.max.replace(tzinfo=timezone(-timedelta(hours=23)))}, "outside the years"),
    ],
)
def test_other_arguments_of_the_wrong_kind_are_refused(
    router: caio.Router, arguments: Mapping[str, Any], message: str
) -> None:
    with pytest.raises(caio.InputError, match=message):
        router.route("question", **arguments)


def test_a_document_of_another_vocabulary_is_refused() -> None:
    other = SHOP.replace('"shop"', '"market"').replace("request question", "request theirs")
    project = caio.loads(SHOP)
    foreign = caio.loads(other)
    facts = d.Facts(foreign.requests[0].vocabulary, "alice", "asserted")
    with caio.Router(project) as router:
        for request in foreign.requests:
            with pytest.raises(caio.InputError, match="uses another vocabulary"):
                router.route(request)
        with pytest.raises(caio.InputError, match="uses another vocabulary"):
            router.route("question", facts=facts)


def test_a_request_made_by_hand_is_held_against_the_vocabulary(
    router: caio.Router, project: caio.Project
) -> None:
    own = replace(project.requests[1], name="own")
    assert isinstance(router.route(own), caio.NotRoutable)
    for changes in ({"needs": (("telepathy",),)}, {"needs": ()}, {"given": ()}, {"vocabulary": ""}):
        with pytest.raises(caio.InputError):
            router.route(replace(own, **changes))


def test_the_clock_is_read_only_where_no_time_is_given(router: caio.Router) -> None:
    before = datetime.now(UTC)
    answer = router.route("question")
    assert before <= answer.at <= datetime.now(UTC)
    assert router.route("question", at=0).at == datetime(1970, 1, 1, tzinfo=UTC)
    east = NOW.astimezone(timezone(timedelta(hours=9)))
    assert router.route("question", at=east).bundle() == router.route("question", at=AT).bundle()


# --- making one ----------------------------------------------------------------------------------


def test_a_router_needs_to_know_how_to_choose(project: caio.Project) -> None:
    second = 'uses "shop" profile other { weights { guarantee 1, cost 0, performance 0, reliability 0 } }'
    both = caio.loads(SHOP, second)
    with pytest.raises(caio.InputError, match="profile=…"):
        caio.Router(both)
    with pytest.raises(caio.InputError, match="did you mean `standard`"):
        caio.Router(both, profile="standrd")
    with caio.Router(both, profile="standard") as chosen, caio.Router(project) as only:
        assert chosen.route("question", at=AT).bundle() == only.route("question", at=AT).bundle()
        assert repr(chosen) == "<Router of 2 services, profile 'standard'>"
    with pytest.raises(caio.InputError, match="no service"):
        caio.Router(
            caio.loads(SHOP.partition("service small")[0] + second.partition("uses")[2][8:])
        )
    with pytest.raises(caio.InputError, match="needs a project"):
        caio.Router(SHOP)  # type: ignore[arg-type]


def test_a_closed_router_refuses_and_closing_twice_is_no_mistake(project: caio.Project) -> None:
    router = caio.Router(project)
    answer = router.route("question", at=AT)
    router.close()
    router.close()
    with pytest.raises(caio.ClosedError, match="make another"):
        router.route("question")
    assert repr(router).endswith("closed>")
    # What it answered before is a value and stays one.
    assert caio.verify(answer.bundle()).verdict == "routed"


@pytest.fixture
def silent(monkeypatch: pytest.MonkeyPatch) -> None:
    """A prover that establishes nothing."""
    unknown = Unknown("no answer")
    monkeypatch.setattr(Prover, "decide_many", lambda _, forms, **__: [unknown for _ in forms])
    monkeypatch.setattr(
        Prover, "decide_goals", lambda _, __, goals, **___: [unknown for _ in goals]
    )


@pytest.mark.usefixtures("silent")
def test_what_is_not_established_is_an_answer_of_its_own(router: caio.Router) -> None:
    answer = router.route("question")
    assert isinstance(answer, caio.Undecided)
    assert repr(answer) == "<Undecided 'question': nothing is established>"
    assert "winner" not in {claim.name for claim in answer.claims}
    verified = caio.verify(answer.bundle())
    assert (verified.verdict, verified.selected) == ("unknown", None)


# --- no call leaves a trace ----------------------------------------------------------------------

CALLS: list[tuple[str, dict[str, object]]] = [
    ("question", {}),
    ("summary", {}),
    ("question", {"tokens": 500}),
    ("summary", {"tokens": 20_000, "region": "us"}),
    ("summary", {"tokens": 20_000, "region": "eu"}),
    ("question", {"priority": "high", "region": "eu"}),
    (TEXT, {"tokens": 8_000}),
]


def test_neither_order_nor_earlier_calls_nor_failures_change_an_answer(
    router: caio.Router, project: caio.Project
) -> None:
    expected = []
    for name, values in CALLS:
        with caio.Router(project) as fresh:
            expected.append(fresh.route(name, values, at=AT).bundle())
    for calls in (CALLS, CALLS[::-1], CALLS * 2):
        for name, values in calls:
            with pytest.raises(caio.InputError):
                router.route(name, {**values, "tokens": 1.5})
            answer = router.route(name, values, at=AT)
            assert answer.bundle() == expected[CALLS.index((name, values))]


class Shifting(dict[str, object]):
    """A mapping that is changed by whoever reads it."""

    def keys(self) -> Any:
        found = list(super().keys())
        self["tokens"] = 20_000
        return found


def test_what_the_caller_changes_afterwards_does_not_reach_the_decision(
    router: caio.Router,
) -> None:
    values: dict[str, object] = {"tokens": 500}
    request = dict(JSON)
    answer = router.route(request, values, at=AT)
    bundle = answer.bundle()
    values["tokens"] = 8_001
    request["needs"] = ["telepathy"]
    assert answer.bundle() == bundle
    again = router.route("question", Shifting(tokens=500), at=AT)
    assert isinstance(again, caio.Routed | caio.NotRoutable)
    assert caio.verify(again.bundle()).verdict in {"routed", "not_routable"}


def test_calls_leave_no_memory_behind(router: caio.Router) -> None:
    def rounds(count: int) -> None:
        for _ in range(count):
            for name, values in CALLS[:5]:
                router.route(name, values, at=AT)

    rounds(20)
    gc.collect()
    before = sys.getallocatedblocks()
    rounds(40)
    gc.collect()
    # What 200 calls may leave are entries of free lists; one decision alone has thousands of objects.
    assert sys.getallocatedblocks() - before < 1_000


def test_an_answer_does_not_keep_its_router_alive(project: caio.Project) -> None:
    with caio.Router(project) as router:
        router.route("question", at=AT)
    assert [item for item in gc.get_referrers(router) if isinstance(item, caio.Answer)] == []


# --- the solver process --------------------------------------------------------------------------


def running(pid: int | None) -> bool:
    return Path(f"/proc/{pid}").exists()


def test_a_solver_that_is_killed_is_replaced_and_ends_with_its_router(
    project: caio.Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker = Worker()
    monkeypatch.setattr("caio.routing.router.Prover", lambda: Prover(worker, direct=False))
    with caio.Router(project) as router:
        first = router.route("question", at=AT)
        for tokens in range(3):
            killed = worker.pid
            assert killed is not None
            os.kill(killed, signal.SIGKILL)
            router.route("question", {"tokens": tokens}, at=AT)
            assert worker.pid not in {killed, None}
        assert router.route("question", at=AT).decision_digest == first.decision_digest
        last = worker.pid
        assert running(last)
    assert not running(last)
