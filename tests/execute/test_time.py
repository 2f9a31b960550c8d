"""Deadlines, waits and retries, by a clock that moves when it is told to; and giving up, by a real one."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest

from caio.base.errors import InputError
from caio.execute.adapter import Call, CallError, Reply, Trouble
from caio.execute.attempts import Ending
from caio.execute.inprocess import InProcessAdapter
from caio.execute.outcomes import Executed, ExecutionFailed, Reason
from caio.execute.reports import Report, Reports
from caio.execute.retries import Retry
from caio.execute.violations import Kind
from tests.execute import world as w
from tests.execute.world import executed, failed

SECOND = 1_000_000
UNREACHABLE = CallError(Trouble.UNREACHABLE, sent=False)
BROKEN = CallError(Trouble.BROKEN, sent=True)


def test_one_slow_call_within_the_deadline_is_no_violation_of_a_quantile() -> None:
    clock = w.HandClock()
    made = w.executor({"good": [clock.passing(3 * SECOND)]}, clock=clock)
    outcome = executed(made.run(w.order([w.service()]), w.payload()))
    assert not outcome.violations
    (judgement,) = w.HISTORIES[-1].record_of("good", "1.0").guarantees
    assert (judgement.tally.calls, judgement.tally.exceeded, judgement.breach) == (1, 1, None)


@pytest.mark.parametrize(("took", "late"), [(5 * SECOND - 1, False), (5 * SECOND, True)])
def test_the_deadline_is_exact_and_a_reply_that_comes_too_late_is_none(
    took: int, late: bool
) -> None:
    clock = w.HandClock()
    made = w.executor({"good": [clock.passing(took)]}, clock=clock)
    outcome = made.run(w.order([w.service()]), w.payload())
    assert isinstance(outcome, ExecutionFailed) == late
    assert [v.kind for v in outcome.violations] == [Kind.DEADLINE] * late
    if isinstance(outcome, ExecutionFailed):
        assert outcome.reason is Reason.DEADLINE
        assert dict(outcome.violations[0].observed) == {
            "call_microseconds": "5000000",
            "total_microseconds": "5000000",
        }


def test_the_deadline_holds_over_all_candidates_and_what_was_used_before() -> None:
    clock = w.HandClock()
    scripts = {name: w.Scripted([clock.passing(2 * SECOND, b"{")]) for name in "abcd"}
    made = w.executor(scripts, clock=clock)
    outcome = failed(made.run(w.order(map(w.service, "abcd")), w.payload()))
    assert [len(script.calls) for script in scripts.values()] == [1, 1, 1, 0]
    assert outcome.reason is Reason.DEADLINE
    again = failed(made.run(w.order(map(w.service, "abcd")), w.payload(), used=SECOND))
    assert [len(script.calls) for script in scripts.values()] == [2, 2, 1, 0]
    assert again.reason is Reason.DEADLINE


def test_no_time_left_means_no_call() -> None:
    script = w.Scripted([w.ANSWER])
    made = w.executor({"good": script}, clock=w.HandClock())
    outcome = failed(made.run(w.order([w.service()]), w.payload(), used=5 * SECOND))
    assert outcome.reason is Reason.DEADLINE
    assert not script.calls


def test_a_candidate_that_got_too_little_time_is_not_blamed() -> None:
    clock = w.HandClock()
    made = w.executor(
        {"slow": [clock.passing(4_500_000, b"{")], "good": [clock.passing(600_000)]}, clock=clock
    )
    outcome = failed(made.run(w.order([w.service("slow"), w.service("good")]), w.payload()))
    # The second promised a second, and half of one was left.
    assert [a.ending for a in outcome.attempts] == [Ending.VIOLATED, Ending.CUT_OFF]
    assert {v.service for v in outcome.violations} == {"slow"}
    assert w.HISTORIES[-1].record_of("good", "1.0").calls == 0


def test_without_a_promise_about_time_all_the_time_there_is_must_have_passed() -> None:
    clock = w.HandClock()
    silent = w.service("silent", guarantees=())
    order = w.order([w.service("bad"), silent])
    late = w.executor(
        {"bad": [clock.passing(SECOND, b"{")], "silent": [clock.passing(4 * SECOND)]}, clock=clock
    )
    outcome = failed(late.run(w.order([silent]), w.payload(), used=SECOND))
    assert [v.kind for v in outcome.violations] == [Kind.DEADLINE]
    outcome = failed(late.run(order, w.payload()))
    assert [(v.service, v.kind) for v in outcome.violations] == [("bad", Kind.MALFORMED)]
    assert outcome.attempts[1].ending is Ending.CUT_OFF


def test_a_call_without_a_deadline_does_not_last_for_ever() -> None:
    async def never(_: Call) -> bytes:
        await asyncio.sleep(60)
        return w.ANSWER

    request = replace(w.REQUEST, deadline=None)
    made = w.executor({"good": InProcessAdapter(never)}, longest_call=50_000)
    began = time.monotonic()
    outcome = failed(made.run(w.order([w.service(guarantees=())], request), w.payload()))
    assert time.monotonic() - began < 5
    assert [v.kind for v in outcome.violations] == [Kind.DEADLINE]
    assert dict(outcome.violations[0].promised) == {"deadline_microseconds": "50000"}


@pytest.mark.parametrize("used", [-1, 1.5, True, None])
def test_time_that_is_no_time_is_refused(used: Any) -> None:
    made = w.executor({"good": [w.ANSWER]})
    with pytest.raises(InputError, match="`used` is an integer"):
        made.run(w.order([w.service()]), w.payload(), used=used)
    with pytest.raises(InputError, match="`longest_call`"):
        w.executor({}, longest_call=0)


# --- trying again ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("step", "idempotent", "calls"),
    [
        (UNREACHABLE, False, 3),
        (CallError(Trouble.BUSY, sent=False), False, 3),
        (CallError(Trouble.REFUSED, sent=False), True, 1),
        (BROKEN, False, 1),
        (BROKEN, True, 3),
        (CallError(Trouble.TIMEOUT, sent=True), False, 1),
        (CallError(Trouble.TIMEOUT, sent=True), True, 3),
        (CallError(Trouble.FAILED, sent=True), True, 1),
        (CallError(Trouble.TOO_LARGE, sent=True), True, 1),
        (Reply(b"", status=503), True, 3),
        (Reply(b"", status=503), False, 1),
        (Reply(b"", status=400), True, 1),
        (b"{", True, 1),
        (w.ANSWER, True, 1),
    ],
)
def test_what_is_tried_again(step: object, idempotent: bool, calls: int) -> None:
    script = w.Scripted([step])
    made = w.executor({"good": w.connection(script, idempotent=idempotent)}, clock=w.HandClock())
    outcome = made.run(w.order([w.service()]), w.payload())
    assert len(script.calls) == calls == len(outcome.attempts)
    assert len({call.key for call in script.calls}) == 1


def test_waits_grow_are_spread_and_are_the_same_every_time() -> None:
    waits = []
    for _ in range(2):
        clock = w.HandClock()
        retry = Retry(tries=6, budget=9, first=Fraction(1, 10), longest=Fraction(1, 2))
        made = w.executor({"good": [UNREACHABLE]}, clock=clock, retry=retry)
        made.run(w.order([w.service()]), w.payload())
        waits.append(clock.slept)
    assert waits[0] == waits[1]
    for wait, whole in zip(waits[0], (0.1, 0.2, 0.4, 0.5, 0.5), strict=True):
        assert whole / 2 <= wait <= whole
    assert len({*waits[0]}) == 5


def test_no_wait_ends_after_the_deadline() -> None:
    clock = w.HandClock()
    retry = Retry(tries=100, budget=100, first=Fraction(1), longest=Fraction(1))
    made = w.executor({"good": [UNREACHABLE]}, clock=clock, retry=retry)
    outcome = failed(made.run(w.order([w.service()]), w.payload()))
    assert clock.now() < 5 * SECOND
    assert 5 <= len(outcome.attempts) <= 11


def test_the_budget_of_repetitions_holds_over_all_candidates() -> None:
    scripts = {name: w.Scripted([UNREACHABLE]) for name in "abcd"}
    made = w.executor(scripts, clock=w.HandClock(), retry=Retry(tries=3, budget=3))
    made.run(w.order(map(w.service, "abcd")), w.payload())
    assert [len(script.calls) for script in scripts.values()] == [3, 2, 1, 1]


def test_a_repetition_stays_within_the_budget_of_money() -> None:
    script = w.Scripted([BROKEN])
    made = w.executor({"good": w.connection(script, idempotent=True)}, clock=w.HandClock())
    request = replace(w.REQUEST, budget=Fraction(2, 1000))
    outcome = failed(made.run(w.order([w.service()], request), w.payload()))
    assert len(script.calls) == 2
    assert outcome.charged == Fraction(2, 1000)


@pytest.mark.parametrize(
    "wrong", [{"tries": 0}, {"budget": -1}, {"first": Fraction(3)}, {"first": Fraction(-1)}]
)
def test_a_retry_that_makes_no_sense_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="a retry has"):
        Retry(**wrong)


def test_keys_differ_between_candidates_payloads_and_decisions() -> None:
    keys = set()
    for name in ("a", "b"):
        for content in (b"1", b"2"):
            for decision in (w.DECISION, w.Admitted.of(w.service()).evidence):
                script = w.Scripted([w.ANSWER])
                order = w.order([w.service(name)], decision=decision)
                executed(w.executor({name: script}).run(order, w.payload(content)))
                keys.add(script.calls[0].key)
    assert len(keys) == 8


# --- giving up ------------------------------------------------------------------------------------


def test_cancelling_cancels_the_call_and_keeps_the_attempt_as_cancelled() -> None:
    started, ended = asyncio.Event(), []

    async def slow(_: Call) -> bytes:
        started.set()
        try:
            await asyncio.sleep(30)
        except asyncio.CancelledError:
            ended.append("cancelled")
            raise
        return w.ANSWER

    kept = w.Kept()
    made = w.executor({"good": InProcessAdapter(slow)}, evidence=kept)

    async def give_up() -> None:
        task = asyncio.create_task(made.execute(w.order([w.service()]), w.payload()))
        await started.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(give_up())
    assert ended == ["cancelled"]
    assert [line["ending"] for line in kept.lines] == ["cancelled"]
    # Nobody knows how the call would have ended: the service is neither praised nor blamed.
    assert w.HISTORIES[-1].record_of("good", "1.0").calls == 0


def _slow_to_judge(step: Callable[[], object]) -> Any:
    """A connection whose replies take a step to judge: what is read from a reply is the host's own function."""

    def read(*_: object) -> object:
        step()
        return 0

    return w.connection(w.Scripted([w.ANSWER]), reports=Reports(cost=Report(read)))


def test_time_that_judging_takes_is_gone_and_is_no_fault_of_the_service() -> None:
    clock = w.HandClock()

    def step() -> None:
        clock.time += 10 * SECOND

    request = replace(w.REQUEST, deadline=Fraction(2))
    # It needs no time at all, and promises as much: whoever is late is not the service.
    quick = w.service(guarantees=(w.latency(Fraction(0)),))
    made = w.executor({"good": _slow_to_judge(step)}, clock=clock)
    outcome = failed(made.run(w.order([quick], request), w.payload()))
    assert outcome.reason is Reason.DEADLINE
    assert [attempt.ending for attempt in outcome.attempts] == [Ending.CUT_OFF]


def test_judging_one_reply_does_not_keep_the_others_waiting() -> None:
    made = w.executor({"good": _slow_to_judge(lambda: time.sleep(1))})
    gaps: list[float] = []

    async def tick() -> None:
        while True:
            before = time.monotonic()
            await asyncio.sleep(0.01)
            gaps.append(time.monotonic() - before)

    async def both() -> None:
        ticking = asyncio.create_task(tick())
        await made.execute(w.order([w.service()]), w.payload())
        ticking.cancel()

    asyncio.run(both())
    assert max(gaps) < 0.8


def test_cancelling_while_a_reply_is_judged_is_kept_as_cancelled() -> None:
    judging, release = threading.Event(), threading.Event()

    def step() -> None:
        judging.set()
        release.wait(30)

    kept = w.Kept()
    made = w.executor({"good": _slow_to_judge(step)}, evidence=kept)

    async def give_up() -> None:
        task = asyncio.create_task(made.execute(w.order([w.service()]), w.payload()))
        await asyncio.to_thread(judging.wait, 30)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        release.set()

    asyncio.run(give_up())
    assert [line["ending"] for line in kept.lines] == ["cancelled"]
    assert w.HISTORIES[-1].record_of("good", "1.0").calls == 0


def test_cancelling_goes_on_where_nothing_can_be_kept() -> None:
    class Full:
        def keep(self, data: bytes, /) -> None:
            raise OSError(data)

    async def slow(_: Call) -> bytes:
        await asyncio.sleep(30)
        return w.ANSWER

    made = w.executor({"good": InProcessAdapter(slow)}, evidence=Full())

    async def give_up() -> None:
        await asyncio.wait_for(made.execute(w.order([w.service()]), w.payload()), 0.1)

    with pytest.raises(TimeoutError):
        asyncio.run(give_up())


def test_who_will_not_be_cancelled_has_no_more_time_than_others() -> None:
    async def stubborn(_: Call) -> bytes:
        with suppress(asyncio.CancelledError):
            await asyncio.sleep(30)
        return w.ANSWER

    request = replace(w.REQUEST, deadline=None)
    made = w.executor(
        {"good": InProcessAdapter(stubborn)}, longest_call=50_000, retry=Retry(tries=1)
    )
    outcome = failed(made.run(w.order([w.service(guarantees=())], request), w.payload()))
    assert [violation.kind for violation in outcome.violations] == [Kind.DEADLINE]


def test_a_thread_that_takes_too_long_is_left_to_itself() -> None:
    release = threading.Event()

    def stubborn(_: Call) -> bytes:
        release.wait(30)
        return w.ANSWER

    request = replace(w.REQUEST, deadline=Fraction(1, 2))
    quick = w.service(guarantees=(w.latency(Fraction(1, 20)),))
    adapter = InProcessAdapter(stubborn, threads=2)
    made = w.executor({"good": adapter}, retry=Retry(tries=1))
    began = time.monotonic()
    for _ in range(2):
        outcome = failed(made.run(w.order([quick], request), w.payload()))
        assert [v.kind for v in outcome.violations] == [Kind.DEADLINE]
    # Both threads are still on their way: a third call is held back, which is not the service's fault.
    outcome = failed(made.run(w.order([quick], request), w.payload()))
    assert [a.ending for a in outcome.attempts] == [Ending.NOT_SENT]
    assert time.monotonic() - began < 5
    release.set()
    outcomes = (made.run(w.order([quick], request), w.payload()) for _ in range(200))
    assert any(isinstance(outcome, Executed) for outcome in outcomes)


def test_a_thread_that_cannot_be_started_is_nobodys_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    adapter = InProcessAdapter(lambda _: w.ANSWER, threads=1)
    made = w.executor({"good": adapter}, retry=Retry(tries=1))
    start = threading.Thread.start

    def full(thread: threading.Thread) -> None:
        if thread.name == "caio-call":
            raise RuntimeError("can't start new thread")
        start(thread)

    with monkeypatch.context() as patched:
        patched.setattr(threading.Thread, "start", full)
        for _ in range(3):
            outcome = failed(made.run(w.order([w.service()]), w.payload()))
            assert [a.ending for a in outcome.attempts] == [Ending.NOT_SENT]
            assert not outcome.charged
    # The one slot there is was given back.
    executed(made.run(w.order([w.service()]), w.payload()))


def test_services_in_this_process() -> None:
    async def later(call: Call) -> Reply:
        return Reply(call.content)

    def raising(call: Call) -> bytes:
        raise SystemExit(call.content.decode())

    good = w.order([w.service()])
    keeping: list[Callable[[Call], object]] = [
        lambda _: w.ANSWER,
        lambda call: later(replace(call)),
        later,
    ]
    for function in keeping:
        executed(w.executor({"good": InProcessAdapter(function)}).run(good, w.payload()))
    breaking: list[tuple[Callable[[Call], object], Kind]] = [
        (raising, Kind.FAILURE),
        (lambda _: "text", Kind.FAILURE),
        (lambda _: None, Kind.FAILURE),
        (lambda _: b"x" * 5_000_000, Kind.SIZE),
    ]
    for function, kind in breaking:
        made = w.executor({"good": InProcessAdapter(function)})
        outcome = failed(made.run(good, w.payload(b'{"s3cret": 1}')))
        assert [v.kind for v in outcome.violations] == [kind]
        assert "s3cret" not in str(outcome.result())


def test_a_running_loop_is_told_to_await() -> None:
    made = w.executor({"good": [w.ANSWER]})

    async def wrong() -> None:
        made.run(w.order([w.service()]), w.payload())

    with pytest.raises(InputError, match="await executor"):
        asyncio.run(wrong())
