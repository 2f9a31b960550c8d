"""What services did counts: in the history, in the state documents that decisions are made on, and on disk before anything follows."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from math import isqrt
from pathlib import Path
from typing import Any

import pytest

from caio.base.canonical import digest_bytes
from caio.base.errors import InputError, SolverError
from caio.execute.adapter import CallError, Reply, Trouble
from caio.execute.attempts import Ending
from caio.execute.outcomes import Executed, Reason
from caio.execute.recording import Journal
from caio.execute.reports import Reports, member
from caio.execute.retries import Retry
from caio.execute.violations import Kind
from caio.ir import documents as d
from caio.landscape.history import History
from caio.landscape.observations import Observation
from caio.landscape.records import Breach, Record
from caio.landscape.snapshot import take
from tests.execute import world as w
from tests.execute.world import executed, failed

SECOND = 1_000_000


def reliability(state: d.State, units: int = 1_000_000) -> int:
    """The term of ``docs/spec/score-v1.md`` section 3, read from the page."""
    n, v = state.calls, state.violations
    if n == 0:
        return 0
    s = n - v
    under = -(-4 * units * units * (s * v + n) // n)
    root = isqrt(under)
    root += root * root < under
    return max(0, (units * (s + 2) - root) // (n + 4))


def state_of(history: History, service: d.Service) -> d.State:
    """The state that a landscape which is taken now has for a service."""
    (contract,) = take(w.VOCABULARY, [service], [], history.states([service])).contracts
    assert contract.state is not None
    return contract.state


def test_a_violation_lowers_the_reliability_that_decisions_are_made_on() -> None:
    history = w.opened(History())
    good = w.service()
    script = w.Scripted([*[w.ANSWER] * 20, b"{"])
    made = w.executor({"good": script}, recorder=history)
    before = 0
    for _ in range(20):
        executed(made.run(w.order([good]), w.payload()))
        after = reliability(state_of(history, good))
        assert after > before
        before = after
    failed(made.run(w.order([good]), w.payload()))
    state = state_of(history, good)
    assert (state.calls, state.violations) == (21, 1)
    assert reliability(state) < before


def test_outcomes_latencies_and_evidence_reach_the_history() -> None:
    clock = w.HandClock()
    kept = w.Kept()
    history = w.opened(History())
    steps = [
        clock.passing(250_000),
        clock.passing(10, b"{"),
        clock.passing(5, Reply(b"", status=500)),
    ]
    made = w.executor({"good": w.Scripted(steps)}, recorder=history, clock=clock, evidence=kept)
    for _ in range(3):
        made.run(w.order([w.service()]), w.payload())
    record = history.record_of("good", "1.0")
    assert dict(record.outcomes) == {"succeeded": 1, "malformed": 1, "status": 1}
    assert (record.calls, record.violations, record.first) == (3, 2, 0)
    seen = list(history.observations("good"))
    assert [one["latency"] for one in seen] == [250_000, 10, 5]
    assert [one["at"] for one in seen] == ["0", "250000", "250010"]
    assert [one["measured"][0]["value"] for one in seen] == ["1/4", "1/100000", "1/200000"]
    assert len({one["id"] for one in seen}) == 3
    # The evidence that the history names is what was kept.
    lines = [
        json.dumps(line, sort_keys=True, separators=(",", ":")).encode() for line in kept.lines
    ]
    assert [one["evidence"] for one in seen] == [digest_bytes(line) for line in lines]


def slow_until_broken(made: Any, order: Any) -> list[Any]:
    """Outcomes up to the first that fails."""
    outcomes: list[Any] = []
    for _ in range(100):
        outcomes.append(made.run(order, w.payload()))
        if not isinstance(outcomes[-1], Executed):
            return outcomes
    raise AssertionError("a guarantee that is never kept was never called broken")


def test_a_quantile_guarantee_is_broken_by_many_slow_calls_and_not_by_one() -> None:
    clock = w.HandClock()
    history = w.opened(History())
    script = w.Scripted([clock.passing(2 * SECOND)])
    made = w.executor({"good": script}, recorder=history, clock=clock)
    outcomes = slow_until_broken(made, w.order([w.service()]))
    assert len(outcomes) > 2
    for outcome in outcomes[:-1]:
        assert not executed(outcome).violations
    broken = failed(outcomes[-1])
    (violation,) = broken.violations
    assert violation.kind is Kind.GUARANTEE
    promised, observed = dict(violation.promised), dict(violation.observed)
    assert (promised["metric"], promised["relation"], promised["level"]) == (
        "latency",
        "<=",
        "99/100",
    )
    assert observed["exceeded"] == observed["calls"] == str(len(outcomes))
    assert observed["alpha"] == "1/1000"
    assert Fraction(observed["wealth"]) >= 1_000
    (breach,) = history.record_of("good", "1.0").breaches
    assert promised["guarantee"] == breach.guarantee
    # From now on it is known, and the service is not even called.
    calls = len(script.calls)
    outcome = failed(made.run(w.order([w.service()]), w.payload()))
    assert outcome.attempts[0].ending is Ending.NOT_SENT
    assert "its guarantee on `latency` is broken" in outcome.attempts[0].reason
    assert len(script.calls) == calls
    # Every exceedance of a broken guarantee counts as a violation.
    assert state_of(history, w.service()).violations == calls


def test_the_next_candidate_answers_where_a_guarantee_is_broken() -> None:
    clock = w.HandClock()
    script = w.Scripted([clock.passing(2 * SECOND)])
    made = w.executor({"good": script, "next": [w.ANSWER]}, clock=clock)
    order = w.order([w.service(), w.service("next")])
    outcomes = [executed(made.run(order, w.payload())) for _ in range(30)]
    winners = [outcome.service for outcome in outcomes]
    change = winners.index("next")
    assert winners == ["good"] * change + ["next"] * (30 - change)
    assert [v.kind for o in outcomes for v in o.violations] == [Kind.GUARANTEE]


def test_a_guarantee_of_another_version_or_of_other_calls_is_another_one() -> None:
    clock = w.HandClock()
    made = w.executor({"good": [clock.passing(2 * SECOND)]}, clock=clock)
    slow_until_broken(made, w.order([w.service()]))
    executed(made.run(w.order([replace(w.service(), version="1.1")]), w.payload()))
    generous = w.service(guarantees=(w.latency(Fraction(3)),))
    executed(made.run(w.order([generous]), w.payload()))
    small = replace(w.latency(), when=w.at_most(50))
    executed(made.run(w.order([w.service(guarantees=(small,))]), w.payload()))


def test_a_mean_is_judged_over_all_calls_by_what_replies_report() -> None:
    reports = Reports(metrics={"accuracy": member("/accuracy")})
    promise = (w.latency(), w.accuracy(Fraction(9, 10)))
    steps = [b'{"accuracy": 0.85}', b'{"accuracy": 1.0}', b'{"accuracy": 0.1}']
    made = w.executor({"good": w.connection(w.Scripted(steps), reports=reports)})
    order = w.order([w.service(guarantees=promise)])
    outcomes = slow_until_broken(made, order)
    # One answer below the mean is no violation.
    executed(outcomes[0])
    executed(outcomes[2])
    (violation,) = failed(outcomes[-1]).violations
    assert dict(violation.promised)["metric"] == "accuracy"
    assert "level" not in dict(violation.promised)


def test_what_a_reply_says_of_its_own_latency_is_not_believed() -> None:
    clock = w.HandClock()
    history = w.opened(History())
    reports = Reports(metrics={"latency": member("/took")})
    adapter = w.Scripted([clock.passing(2 * SECOND, b'{"took": 0.001}')])
    made = w.executor(
        {"good": w.connection(adapter, reports=reports)}, recorder=history, clock=clock
    )
    executed(made.run(w.order([w.service()]), w.payload()))
    (seen,) = history.observations("good")
    assert seen["measured"][0]["value"] == "2"


def test_a_service_that_was_not_reached_is_not_judged_by_its_latency() -> None:
    history = w.opened(History())
    gone = CallError(Trouble.UNREACHABLE, sent=False)
    made = w.executor({"good": [gone]}, recorder=history, retry=Retry(tries=1))
    failed(made.run(w.order([w.service()]), w.payload()))
    record = history.record_of("good", "1.0")
    assert dict(record.outcomes) == {"unreachable": 1}
    assert record.guarantees == ()
    assert record.latency.total == 0


def test_an_overlay_that_repeats_a_guarantee_is_judged_once() -> None:
    history = w.opened(History())
    contract = w.Admitted.of(w.service()).contract
    again = d.Overlay(w.NAME, "good", "1.0", "elsewhere", guarantees=(w.latency(),))
    admitted = replace(w.Admitted.of(w.service()), contract=replace(contract, overlays=(again,)))
    executed(
        w.executor({"good": [w.ANSWER]}, recorder=history).run(w.order([admitted]), w.payload())
    )
    assert len(history.record_of("good", "1.0").guarantees) == 1


# --- on record before anything follows --------------------------------------------------------------


def test_an_attempt_is_on_disk_before_the_next_candidate_is_asked_for(tmp_path: Path) -> None:
    journal, file = Journal(tmp_path / "attempts"), tmp_path / "history"
    history = w.opened(History(file))
    seen: list[tuple[int, int]] = []

    def candidates() -> Iterator[w.Admitted]:
        for name in ("a", "b", "good"):
            lines = tmp_path.joinpath("attempts")
            count = len(lines.read_bytes().splitlines()) if lines.exists() else 0
            # Another reader sees it: it is not merely in this process.
            with History(file) as other:
                seen.append((count, sum(record.calls for record in other.records())))
            yield w.Admitted.of(w.service(name))

    made = w.executor(
        {"a": [b"{"], "b": [b"["], "good": [w.ANSWER]}, recorder=history, evidence=journal
    )
    outcome = executed(made.run(w.order([], candidates=candidates()), w.payload()))
    assert seen == [(0, 0), (1, 1), (2, 2)]
    lines = (tmp_path / "attempts").read_bytes().splitlines()
    assert [digest_bytes(line) for line in lines] == [a.digest for a in outcome.attempts]
    assert (tmp_path / "attempts").stat().st_mode & 0o077 == 0


class Forgetful:
    """A recorder that fails from some call on."""

    def __init__(self, after: int = 0, *, reading: bool = False) -> None:
        self.after, self.reading, self.history = after, reading, w.opened(History())

    def record(self, observation: Observation, /) -> tuple[Breach, ...]:
        self.after -= 1
        if self.after < 0:
            raise OSError("no space left on device")
        return self.history.record(observation)

    def record_of(self, service: str, version: str, /) -> Record:
        if self.reading:
            raise InputError("damaged")
        return self.history.record_of(service, version)


@pytest.mark.parametrize("reading", [False, True])
def test_what_cannot_be_recorded_is_not_handed_out_and_nothing_follows(reading: bool) -> None:
    for steps in ([w.ANSWER], [b"{"]):
        first, second = w.Scripted(list(steps)), w.Scripted([w.ANSWER])
        made = w.executor({"a": first, "b": second}, recorder=Forgetful(reading=reading))
        outcome = failed(made.run(w.order([w.service("a"), w.service("b")]), w.payload()))
        assert outcome.reason is Reason.UNRECORDED
        assert len(first.calls) == (not reading)
        assert not second.calls


def test_evidence_that_cannot_be_kept_ends_the_execution(tmp_path: Path) -> None:
    second = w.Scripted([w.ANSWER])
    made = w.executor({"a": [b"{"], "b": second}, evidence=Journal(tmp_path / "no" / "such"))
    outcome = failed(made.run(w.order([w.service("a"), w.service("b")]), w.payload()))
    assert outcome.reason is Reason.UNRECORDED
    assert not second.calls
    stranger = failed(made.run(w.order([w.service("stranger"), w.service("b")]), w.payload()))
    assert stranger.reason is Reason.UNRECORDED
    assert not second.calls


def test_a_reply_that_cannot_be_judged_is_on_record_and_ends_the_execution() -> None:
    class Broken:
        def first(self, key: str, reply: str) -> str:
            raise OSError(key, reply)

    kept, second = w.Kept(), w.Scripted([w.ANSWER])
    made = w.executor({"a": [w.ANSWER], "b": second}, memory=Broken(), evidence=kept)
    order = w.order([w.service("a", deterministic=True), w.service("b")])
    outcome = failed(made.run(order, w.payload()))
    assert outcome.reason is Reason.UNRECORDED
    assert [line["ending"] for line in kept.lines] == ["unjudged"]
    assert kept.lines[0]["reply"] == digest_bytes(w.ANSWER)
    assert outcome.charged == Fraction(1, 1000)
    assert w.HISTORIES[-1].record_of("a", "1.0").calls == 0
    assert not second.calls


def test_the_next_candidate_that_cannot_be_examined_ends_the_execution() -> None:
    def candidates(error: Exception) -> Iterator[w.Admitted]:
        yield w.Admitted.of(w.service("bad"))
        raise error

    made = w.executor({"bad": [b"{"]})
    order = w.order([], candidates=candidates(SolverError("it died")))
    outcome = failed(made.run(order, w.payload()))
    assert outcome.reason is Reason.EXAMINATION
    assert "`SolverError`" in outcome.message
    assert [a.ending for a in outcome.attempts] == [Ending.VIOLATED]
    # A bug is not an outcome.
    for error in (KeyError("bug"), TimeoutError("not ours")):
        with pytest.raises(type(error)):
            made.run(w.order([], candidates=candidates(error)), w.payload())


def test_examining_the_next_candidate_lets_others_run_and_ends_with_the_deadline() -> None:
    release = threading.Event()

    def candidates() -> Iterator[w.Admitted]:
        yield w.Admitted.of(w.service("bad"))
        release.wait(30)
        yield w.Admitted.of(w.service("good"))

    made = w.executor({"bad": [b"{"], "good": [w.ANSWER]})
    request = replace(w.REQUEST, deadline=Fraction(1, 5))

    async def both() -> list[Any]:
        slow = made.execute(w.order([], request, candidates=candidates()), w.payload())
        quick = made.execute(w.order([w.service("good")]), w.payload())
        first, second = await asyncio.gather(slow, quick)
        release.set()
        return [first, second]

    first, second = asyncio.run(both())
    assert failed(first).reason is Reason.DEADLINE
    executed(second)


def test_what_provides_candidates_is_ended_when_an_execution_is() -> None:
    ended: list[str] = []
    waiting, release = threading.Event(), threading.Event()

    def candidates(name: str) -> Iterator[w.Admitted]:
        try:
            yield w.Admitted.of(w.service("good"))
            waiting.set()
            release.wait(30)
            yield w.Admitted.of(w.service("next"))
        finally:
            ended.append(name)

    made = w.executor({"good": w.Scripted([w.ANSWER, b"{"])})
    first = w.order([], candidates=candidates("first"))
    executed(made.run(first, w.payload()))
    assert ended == ["first"]

    # One that is given up while it examines ends when it has.
    async def give_up() -> None:
        second = w.order([], candidates=candidates("second"))
        task = asyncio.create_task(made.execute(second, w.payload()))
        await asyncio.to_thread(waiting.wait)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert ended == ["first"]
        release.set()

    asyncio.run(give_up())
    assert ended == ["first", "second"]


def test_a_reply_is_not_handed_out_where_recording_it_took_the_deadline() -> None:
    clock = w.HandClock()

    class Slow(Forgetful):
        def record(self, observation: Observation, /) -> tuple[Breach, ...]:
            clock.time += 6 * SECOND
            return super().record(observation)

    made = w.executor({"good": [w.ANSWER]}, clock=clock, recorder=Slow(after=9))
    outcome = failed(made.run(w.order([w.service()]), w.payload()))
    assert outcome.reason is Reason.DEADLINE
    assert [a.ending for a in outcome.attempts] == [Ending.SUCCEEDED]
    assert outcome.result()["selected"] is None


def test_no_candidate_at_all_is_a_failure() -> None:
    outcome = failed(w.executor({}).run(w.order([]), w.payload()))
    assert outcome.reason is Reason.EXHAUSTED
    assert outcome.attempts == ()
