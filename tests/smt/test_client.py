"""The solver process may die, hang or talk nonsense: the answer is right or there is an error."""

import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from caio.base.errors import SolverError
from caio.smt import client
from caio.smt.client import Worker
from caio.smt.protocol import Answer, Core, Query, Status

TRUE = Query("(declare-const p Bool)(assert p)", Core.LOGGING, 1_000_000)
FALSE = Query("(declare-const p Bool)(assert p)(assert (not p))", Core.LOGGING, 1_000_000)
# Multiplying large primes keeps Z3 busy for longer than any test takes.
HARD = Query(
    "(declare-const x Int)(declare-const y Int)(assert (> x 1))(assert (> y 1))"
    "(assert (= (* x y) 1000000016000000063))",
    Core.PLAIN,
    2**31,
)
MIXED = [TRUE, FALSE] * 20


def statuses(answers: Iterator[Answer]) -> list[Status]:
    return [answer.status for answer in answers]


EXPECTED = [Status.SAT, Status.UNSAT] * 20


@pytest.fixture
def worker() -> Iterator[Worker]:
    with Worker(watchdog=30) as worker:
        yield worker


def running(pid: int) -> bool:
    """Whether a process exists and is not merely waiting to be reaped."""
    try:
        return Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def private_directory(pid: int) -> Path:
    return Path(Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[-2].decode())


def test_answers_come_in_order_for_both_cores(worker: Worker) -> None:
    plain = [Query(query.script, Core.PLAIN, query.rlimit) for query in MIXED]
    assert statuses(worker.run(MIXED)) == EXPECTED
    assert statuses(worker.run(plain)) == EXPECTED


def test_the_process_starts_at_the_first_question_and_ends_with_its_owner() -> None:
    with Worker() as worker:
        pids = [worker.pid]
        assert statuses(worker.run([TRUE])) == [Status.SAT]
        pids.append(worker.pid)
        nothing, pid = pids
        assert nothing is None
        assert pid is not None
        directory = private_directory(pid)
        assert directory.stat().st_mode & 0o777 == 0o700
    assert not running(pid)
    assert not directory.exists()


def test_a_killed_process_is_replaced_in_the_middle_of_a_batch(worker: Worker) -> None:
    answers = worker.run(MIXED)
    first = [next(answers).status for _ in range(3)]
    pid = worker.pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    assert first + statuses(answers) == EXPECTED
    assert worker.pid != pid


def test_a_process_killed_between_batches_is_replaced(worker: Worker) -> None:
    assert statuses(worker.run([TRUE])) == [Status.SAT]
    assert worker.pid is not None
    os.kill(worker.pid, signal.SIGKILL)
    assert statuses(worker.run([FALSE])) == [Status.UNSAT]


def test_a_batch_given_up_does_not_answer_the_next_one(worker: Worker) -> None:
    answers = worker.run(MIXED)
    next(answers)
    answers.close()
    assert statuses(worker.run([FALSE, FALSE])) == [Status.UNSAT] * 2


@pytest.mark.parametrize(
    "noise",
    [
        "b'no frame at all, and a long one'",
        "b'\\0\\0\\0\\2{}'",
        "b'\\0\\0\\0\\4null'",
        "b'\\0\\0\\0\\x02[1'",
        "b''",
    ],
)
def test_garbage_is_never_an_answer(
    noise: str, worker: Worker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    marker = tmp_path / "seen"
    boot = (
        "import pathlib, sys\n"
        f"marker = pathlib.Path({str(marker)!r})\n"
        "if not marker.exists():\n"
        "    marker.touch()\n"
        f"    sys.stdout.buffer.write({noise}); sys.exit()\n" + client._BOOT
    )
    monkeypatch.setattr(client, "_BOOT", boot)
    assert statuses(worker.run([TRUE, FALSE])) == [Status.SAT, Status.UNSAT]


def test_garbage_twice_is_an_error(worker: Worker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "_BOOT", "print('hello')")
    with pytest.raises(SolverError, match="failed twice"):
        statuses(worker.run([TRUE]))


def test_a_hung_process_is_an_error_and_does_not_stay() -> None:
    with Worker(watchdog=0.7) as worker:
        answers = worker.run([HARD])
        with pytest.raises(SolverError, match="no answer"):
            next(answers)
        assert worker.pid is None
        # Nor does it harm what comes after, given time to start.
        worker._watchdog = 30
        assert statuses(worker.run([TRUE])) == [Status.SAT]


def test_a_script_that_z3_refuses_is_an_error(worker: Worker) -> None:
    with pytest.raises(SolverError, match="refused"):
        statuses(worker.run([Query("(assert nothing)", Core.LOGGING, 1_000)]))


def test_a_budget_ends_in_unknown_at_the_same_place_each_time(worker: Worker) -> None:
    hard = Query(HARD.script, Core.PLAIN, 50_000)
    first, second = worker.run([hard, hard])
    assert first == second
    assert first.status is Status.UNKNOWN


def test_threads_share_a_worker(worker: Worker) -> None:
    found: list[list[Status]] = []
    threads = [
        threading.Thread(target=lambda: found.append(statuses(worker.run(MIXED)))) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [EXPECTED] * 4


def in_child(worker: Worker) -> int:
    """The exit status of a fork that asks a question of its own."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            code = 0 if statuses(worker.run([FALSE])) == [Status.UNSAT] else 2
            worker.close()
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def test_a_fork_gets_a_process_of_its_own(worker: Worker) -> None:
    assert statuses(worker.run([TRUE])) == [Status.SAT]
    pid = worker.pid
    assert in_child(worker) == 0
    assert statuses(worker.run([FALSE])) == [Status.UNSAT]
    assert worker.pid == pid


def test_the_process_does_not_outlive_a_killed_owner(tmp_path: Path) -> None:
    report = tmp_path / "pid"
    child = os.fork()
    if child == 0:
        try:
            worker = Worker()
            statuses(worker.run([TRUE]))
            report.write_text(str(worker.pid), "utf-8")
            statuses(worker.run([HARD]))
        finally:
            os._exit(1)
    while not (report.exists() and report.read_text("utf-8")):
        time.sleep(0.02)
    orphan = int(report.read_text("utf-8"))
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    deadline = time.monotonic() + 20
    while running(orphan) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not running(orphan)
