"""From a real router's answer to a reply: the checker accepted the evidence of every candidate that is called."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace

import pytest

import caio
from caio.execute.adapter import Reply
from caio.execute.attempts import Ending
from caio.execute.outcomes import Reason
from caio.execute.payload import Payload
from caio.execute.routed import order_of, used_by
from caio.execute.violations import Kind
from caio.ir import documents as d
from caio.landscape.history import History
from tests.execute import world as w
from tests.execute.world import executed, failed

SHOP = """
vocabulary "shop" {
  enum Data { notes, health sensitive }
  enum Place { local, eu, us }
  unit token
  capability chat
  metric latency: time in 0 s .. 60 s, lower is better, quantile 0.99, role latency
  cost in 0 USD .. 10 USD
  request fields {
    tokens: int in 0 .. 1_000_000 token,
    data: set of Data role data,
    priority: { low, normal } default normal,
  }
  service attributes { place: Place role locality, encrypted: bool role encrypted }
}
service cheap version 1.0 {
  is place = eu, encrypted = true
  provides chat
  guarantees latency <= 1 s
  cost 1 USD per 1_000_000 token * request.tokens
  permits public
}
service dear version 2.0 {
  is place = eu, encrypted = true
  provides chat
  guarantees latency <= 1 s
  cost 5 USD per 1_000_000 token * request.tokens
  permits public
}
service forbidden version 1.0 {
  is place = us, encrypted = true
  provides chat
  guarantees latency <= 1 s
  cost 0.1 USD per 1_000_000 token * request.tokens
  permits public
}
rule at_home { when request.data has health then service.place in { local, eu } }
profile standard {
  weights { guarantee 0, cost 3, performance 0, reliability 1 }
  limits { facts asserted, routing allowance 2 s }
}
request letter {
  needs chat
  given tokens <= 8_000 token, data == { health }
  budget 0.05 USD
  deadline 9 s
}
"""
LETTER = Payload(
    b'{"letter": "the diagnosis"}', "application/json", {"tokens": 500, "data": {"health"}}
)
EU = (("x-locality", "eu"),)


@pytest.fixture(scope="module")
def project() -> caio.Project:
    return caio.loads(SHOP)


@pytest.fixture
def router(project: caio.Project) -> Iterator[caio.Router]:
    with caio.Router(project) as router:
        yield router


def routed(router: caio.Router) -> caio.Routed:
    answer = router.route("letter", {"tokens": 500})
    assert isinstance(answer, caio.Routed)
    assert answer.service == "cheap"
    return answer


def connected(adapter: w.Scripted) -> object:
    return w.connection(adapter, reports=w.LOCALITY)


def test_the_winner_answers_or_the_next_that_is_admitted_and_nobody_else(
    router: caio.Router,
) -> None:
    answer = routed(router)
    scripts = {
        "cheap": w.Scripted([Reply(w.ANSWER, headers=EU), b"{"]),
        "dear": w.Scripted([Reply(w.ANSWER, headers=EU), Reply(w.ANSWER)]),
        "forbidden": w.Scripted([w.ANSWER]),
    }
    made = w.executor(
        {name: connected(script) for name, script in scripts.items()}, classifier=w.Health()
    )
    outcome = executed(made.run(order_of(router, answer), LETTER, used=used_by(answer)))
    assert outcome.service == "cheap"
    assert outcome.decision_digest == answer.decision_digest

    again = executed(made.run(order_of(router, answer), LETTER))
    assert [a.service for a in again.attempts] == ["cheap", "dear"]
    assert [v.kind for v in again.violations] == [Kind.MALFORMED]
    # Each was called on evidence of its own.
    assert len({a.admission for a in again.attempts}) == 2

    # Where it may be processed was a condition: whoever does not say where it was, has broken it.
    closed = failed(made.run(order_of(router, answer), LETTER))
    assert closed.reason is Reason.EXHAUSTED
    assert [v.kind for v in closed.violations] == [Kind.MALFORMED, Kind.LOCALITY]
    assert not scripts["forbidden"].calls


@pytest.mark.parametrize(
    "changes",
    [{"tokens": 501}, {"data": set()}, {"data": {"notes", "health"}}, {"priority": "low"}],
)
def test_another_call_than_the_one_that_was_decided_about_is_not_sent(
    router: caio.Router, changes: dict[str, object]
) -> None:
    script = w.Scripted([w.ANSWER])
    made = w.executor({"cheap": script, "dear": script})
    letter = replace(LETTER, values={**LETTER.values, **changes})
    outcome = failed(made.run(order_of(router, routed(router)), letter))
    assert outcome.reason is Reason.PAYLOAD
    assert not script.calls


def test_a_router_can_be_closed_when_an_execution_is_over(project: caio.Project) -> None:
    router = caio.Router(project)
    order = order_of(router, routed(router))
    made = w.executor({"cheap": connected(w.Scripted([Reply(w.ANSWER, headers=EU)]))})
    executed(made.run(order, LETTER))
    # The order is still there, and with it what asks the router for the next candidate.
    router.close()
    assert order.decision


def test_a_router_that_is_closed_meanwhile_ends_the_execution(project: caio.Project) -> None:
    router = caio.Router(project)
    answer = routed(router)
    order = order_of(router, answer)
    router.close()
    outcome = failed(w.executor({}).run(order, LETTER))
    assert outcome.reason is Reason.EXAMINATION


def test_what_was_broken_lets_another_service_win_the_next_decision(project: caio.Project) -> None:
    history = w.opened(History())
    adapters = {
        name: w.Scripted([b"{" if name == "cheap" else w.ANSWER]) for name in ("cheap", "dear")
    }
    made = w.executor(adapters, recorder=history)
    letter = replace(LETTER, values={"tokens": 500, "data": {"notes"}})
    asked = "request note { needs chat  given tokens <= 8_000 token, data == { notes } }"
    winners: list[str] = []
    for _ in range(6):
        states = tuple(history.state(service) for service in project.services)
        with caio.Router(replace(project, states=states)) as router:
            answer = router.route(asked, {"tokens": 500})
            assert isinstance(answer, caio.Routed)
            winners.append(answer.service)
            made.run(order_of(router, answer), letter)
    # The cheapest has no connection: it is held back and not blamed. The next breaks its promise and falls behind.
    state = {service.name: history.state(service) for service in project.services}
    assert (winners[0], winners[-1]) == ("forbidden", "dear")
    assert state["forbidden"].calls == 0
    assert 0 < state["cheap"].violations == state["cheap"].calls < 6
    assert (state["dear"].calls, state["dear"].violations) == (6, 0)


def test_what_routing_took_counts(router: caio.Router) -> None:
    answer = routed(router)
    assert used_by(answer) == round(answer.elapsed.total_seconds() * 1_000_000)
    script = w.Scripted([w.ANSWER])
    outcome = failed(
        w.executor({"cheap": script}).run(order_of(router, answer), LETTER, used=9_000_000)
    )
    assert outcome.reason is Reason.DEADLINE
    assert not script.calls


def test_tasks_share_a_router_while_candidates_are_examined(router: caio.Router) -> None:
    answer = routed(router)
    adapters = {"cheap": w.Scripted([b"{"]), "dear": w.Scripted([Reply(w.ANSWER, headers=EU)])}
    made = w.executor({name: connected(adapter) for name, adapter in adapters.items()})

    async def many() -> list[object]:
        each = [made.execute(order_of(router, answer), LETTER) for _ in range(8)]
        return list(await asyncio.gather(*each))

    for outcome in asyncio.run(many()):
        assert [a.ending for a in executed(outcome).attempts] == [Ending.VIOLATED, Ending.SUCCEEDED]


def test_a_vocabulary_that_knows_sensitive_data_and_no_field_for_it_says_nothing_about_a_payload() -> (
    None
):
    blind = replace(
        w.VOCABULARY, request=tuple(f for f in w.VOCABULARY.request if f.name != "data")
    )
    request = replace(w.REQUEST, vocabulary="", given=())
    payload = Payload(b"the diagnosis", "text/plain", {"tokens": 1})
    for classifier, refused in ((None, True), (w.Health(), True), (w.Nothing(), False)):
        made = w.executor({}, **({} if classifier is None else {"classifier": classifier}))
        if classifier is None:
            made = w.executor({}, classifier=None)
        order = w.order([], request, vocabulary=blind)
        reason = failed(made.run(order, payload)).reason
        assert reason is (Reason.PAYLOAD if refused else Reason.EXHAUSTED)
    innocent = replace(blind, enums=(d.Enumeration("Locality", w.VOCABULARY.enums[1].members),))
    order = w.order([], request, vocabulary=innocent)
    assert failed(w.executor({}, classifier=None).run(order, payload)).reason is Reason.EXHAUSTED
