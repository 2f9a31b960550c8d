"""Threads and tasks share a router: the answers are those of one thread, and a failure is its caller's alone."""

from __future__ import annotations

import asyncio
import contextvars
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

import caio
from caio.obligations.candidate import Question
from caio.routing.decision import Checked
from caio.routing.engine import Engine

AT = 1_795_305_600_000_000

CALLS: list[tuple[str, dict[str, object]]] = [
    (name, {"tokens": tokens, "region": region})
    for name in ("question", "summary")
    for tokens in (0, 500, 8_000)
    for region in ("eu", "us")
]


@pytest.fixture
def expected(router: caio.Router) -> list[bytes]:
    return [router.route(name, values, at=AT).bundle() for name, values in CALLS]


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """Decisions wait until this is set."""
    opened = threading.Event()
    decide = Engine.decide

    def waiting(engine: Engine, question: Question, **options: Any) -> Checked:
        assert opened.wait(30)
        return decide(engine, question, **options)

    monkeypatch.setattr(Engine, "decide", waiting)
    return opened


def test_eight_threads_get_the_answers_of_one(router: caio.Router, expected: list[bytes]) -> None:
    def call(index: int) -> bytes:
        name, values = CALLS[index % len(CALLS)]
        return router.route(name, values, at=AT).bundle()

    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(call, range(8 * len(CALLS))))
    assert found == expected * 8


def test_tasks_get_the_answers_of_one_thread(router: caio.Router, expected: list[bytes]) -> None:
    async def main() -> list[caio.Routing]:
        calls = [router.route_async(name, values, at=AT) for name, values in CALLS * 4]
        return await asyncio.gather(*calls)

    assert [answer.bundle() for answer in asyncio.run(main())] == expected * 4


def test_a_failure_is_its_callers_alone(router: caio.Router, expected: list[bytes]) -> None:
    bad: Sequence[tuple[Any, Any]] = [
        ("nobody", {}),
        ("question", {"tokens": 0.5}),
        ("request r {", {}),
        (None, {}),
    ]

    def call(index: int) -> bytes | type[Exception]:
        if index % 2:
            try:
                router.route(*bad[index // 2 % len(bad)], at=AT)
            except caio.InputError as error:
                return type(error)
        name, values = CALLS[index // 2 % len(CALLS)]
        return router.route(name, values, at=AT).bundle()

    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(call, range(2 * len(CALLS))))
    assert found[::2] == expected
    assert set(found[1::2]) == {caio.InputError, caio.DocumentError}


def test_a_bug_in_one_call_does_not_stop_the_next(
    router: caio.Router, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> Checked:
        raise RuntimeError("a bug")

    with monkeypatch.context() as patch:
        patch.setattr(Engine, "decide", broken)
        with pytest.raises(RuntimeError):
            router.route("question")
        with pytest.raises(RuntimeError):
            asyncio.run(router.route_async("question"))
    assert isinstance(router.route("question"), caio.Routed)
    router.close()


def test_arguments_are_those_of_the_moment_of_the_call(
    router: caio.Router, gate: threading.Event
) -> None:
    values: dict[str, object] = {"tokens": 500, "region": "eu"}

    async def main() -> caio.Routing:
        task = asyncio.create_task(router.route_async("summary", values))
        await asyncio.sleep(0.05)
        values.update(tokens=20_000, region="us")
        gate.set()
        return await task

    before = time.time()
    answer = asyncio.run(main())
    assert isinstance(answer, caio.Routed)
    assert answer.service == "small"
    assert before - 1 <= answer.at.timestamp() <= before + 0.05


def test_the_event_loop_runs_on_while_a_decision_is_made(
    router: caio.Router, gate: threading.Event
) -> None:
    async def main() -> int:
        task = asyncio.create_task(router.route_async("question"))
        turns = 0
        while not task.done():
            await asyncio.sleep(0.005)
            turns += 1
            if turns == 10:
                gate.set()
        await task
        return turns

    assert asyncio.run(main()) >= 10


def test_a_cancelled_call_that_waits_is_never_made(
    router: caio.Router, gate: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    decided: list[int] = []
    decide = Engine.decide

    def counting(engine: Engine, question: Question, **options: Any) -> Checked:
        decided.append(question.at)
        return decide(engine, question, **options)

    monkeypatch.setattr(Engine, "decide", counting)

    async def main() -> None:
        tasks = [asyncio.create_task(router.route_async("question", at=at)) for at in range(20)]
        await asyncio.sleep(0.05)
        for task in tasks:
            task.cancel()
        done = await asyncio.gather(*tasks, return_exceptions=True)
        assert all(isinstance(item, asyncio.CancelledError) for item in done)
        gate.set()
        # The router serves whoever comes next, and is not busy with what nobody waits for.
        assert isinstance(await router.route_async("question", at=99), caio.Routed)

    asyncio.run(main())
    assert decided[-1] == 99
    assert len(decided) <= 3
    assert set(decided[:-1]) <= {0, 1}


def test_a_timeout_is_the_callers_and_the_router_goes_on(
    router: caio.Router, gate: threading.Event
) -> None:
    async def main() -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await router.route_async("question")
        gate.set()
        assert isinstance(await router.route_async("question"), caio.Routed)

    asyncio.run(main())


def test_a_task_sees_the_context_it_was_started_in(
    router: caio.Router, monkeypatch: pytest.MonkeyPatch
) -> None:
    tenant: contextvars.ContextVar[str] = contextvars.ContextVar("tenant", default="nobody")
    seen: list[str] = []
    decide = Engine.decide

    def watching(engine: Engine, question: Question, **options: Any) -> Checked:
        seen.append(tenant.get())
        return decide(engine, question, **options)

    monkeypatch.setattr(Engine, "decide", watching)

    async def main() -> None:
        tenant.set("alice")
        await router.route_async("question")

    asyncio.run(main())
    assert seen == ["alice"]


def test_closing_waits_for_what_is_being_decided_and_refuses_what_waits(
    router: caio.Router, gate: threading.Event
) -> None:
    with ThreadPoolExecutor(4) as threads:
        running = threads.submit(router.route, "question", at=AT)
        while not router._running:
            time.sleep(0.001)
        closing = threads.submit(router.close)
        while not router._closed:
            time.sleep(0.001)
        with pytest.raises(caio.ClosedError):
            router.route("question")
        with pytest.raises(caio.ClosedError):
            asyncio.run(router.route_async("question"))
        assert not closing.done()
        gate.set()
        assert isinstance(running.result(30), caio.Routed)
        closing.result(30)


def test_tasks_that_wait_when_the_router_closes_are_told_so(
    router: caio.Router, gate: threading.Event
) -> None:
    async def main() -> list[Any]:
        tasks = [asyncio.create_task(router.route_async("question", at=AT)) for _ in range(10)]
        await asyncio.sleep(0.05)
        closing = asyncio.create_task(asyncio.to_thread(router.close))
        await asyncio.sleep(0.05)
        gate.set()
        await closing
        return await asyncio.gather(*tasks, return_exceptions=True)

    found = asyncio.run(main())
    kinds = {type(item) for item in found}
    assert kinds == {caio.Routed, caio.ClosedError}
    assert sum(isinstance(item, caio.Routed) for item in found) <= 2


def test_few_threads_serve_many_tasks(router: caio.Router) -> None:
    async def main() -> set[str]:
        await asyncio.gather(*(router.route_async("question", at=AT) for _ in range(50)))
        return {thread.name.rpartition("_")[0] for thread in threading.enumerate()} & {
            "caio-router"
        }

    before = threading.active_count()
    assert asyncio.run(main()) == {"caio-router"}
    assert threading.active_count() - before <= 2
    router.close()
    assert threading.active_count() <= before


def test_routers_are_swapped_under_load(project: caio.Project) -> None:
    current = caio.Router(project)
    stop = threading.Event()
    wrong: list[object] = []

    def use(get: Callable[[], caio.Router]) -> None:
        while not stop.is_set():
            try:
                answer = get().route("question", at=AT)
            except caio.ClosedError:
                continue
            if not isinstance(answer, caio.Routed):
                wrong.append(answer)

    with ThreadPoolExecutor(3) as threads:
        users = [threads.submit(use, lambda: current) for _ in range(3)]
        for _ in range(5):
            time.sleep(0.02)
            old, current = current, caio.Router(project)
            old.close()
        stop.set()
        for user in users:
            user.result(30)
    current.close()
    assert wrong == []


def test_a_router_closes_whoever_still_has_candidates_in_hand(project: caio.Project) -> None:
    router = caio.Router(project)
    candidates = router.admissions(_routed(router))
    assert next(candidates).contract.service.name == "small"
    closing = threading.Thread(target=router.close, daemon=True)
    closing.start()
    closing.join(10)
    assert not closing.is_alive(), "closing waits for somebody who asks no more"
    with pytest.raises(caio.ClosedError):
        next(candidates)


def test_a_router_that_is_closed_examines_nobody(project: caio.Project) -> None:
    router = caio.Router(project)
    candidates = router.admissions(_routed(router))
    router.close()
    with pytest.raises(caio.ClosedError):
        next(candidates)


def _routed(router: caio.Router) -> caio.Routed:
    answer = router.route("question", at=AT)
    assert isinstance(answer, caio.Routed)
    return answer
