"""Nothing acknowledged is lost, whoever appends at once and whoever is killed; the log stays the one that was signed."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from caio.audit.entries import Kind
from caio.audit.faults import AuditError, Fault
from caio.audit.merkle import verify_inclusion
from caio.audit.sqlite import SqliteStore
from tests.audit.logs import entries, entry, opened, refused

ROOT = Path(__file__).resolve().parents[2]
ROUNDS = 10


class Appender:
    """A process that waits for its start and then appends until it is done or killed."""

    def __init__(self, place: Path, name: str, count: int) -> None:
        self.lines: list[list[str]] = []
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.audit.appender", str(place), name, str(count)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.line() == ["ready"]

    def line(self) -> list[str]:
        assert self.process.stdout is not None
        found = self.process.stdout.readline().split()
        self.lines.append(found)
        return found

    def start(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write("go\n")
        self.process.stdin.flush()

    def finish(self) -> tuple[list[list[str]], list[bytes]]:
        """The entries and the checkpoints that this process was told of, after it has ended."""
        # By the same reader as the lines before: it may have read ahead.
        with self.process as process:
            assert process.stdout is not None
            output = process.stdout.read()
        # A line that was cut off was not said.
        rows = [line.split() for line in output.split("\n")[:-1]]
        self.lines += rows
        said = [row for row in self.lines if len(row) == 3]
        return (
            [row for row in said if row[0] != "checkpoint"],
            [bytes.fromhex(row[2]) for row in said if row[0] == "checkpoint"],
        )


def test_no_acknowledged_entry_is_lost_when_its_appender_is_killed(tmp_path: Path) -> None:
    place = tmp_path / "log"
    told: list[list[str]] = []
    notes: list[bytes] = []
    for number in range(ROUNDS):
        appender = Appender(place, str(number), 100_000)
        appender.start()
        # Up to three checkpoints, and in the middle of anything.
        for _ in range(random.Random(number).randrange(1, 66)):
            appender.line()
        appender.process.send_signal(signal.SIGKILL)
        rows, signed = appender.finish()
        told += rows
        notes += signed
        # The log of the next round continues everything that was signed so far.
        with opened(place, known=notes) as log:
            kept = {one.index: one for one in log.entries()}
            end = log.checkpoint()
            for _, index, leaf in told:
                assert int(index) in kept
                proof = log.prove_inclusion(int(index), end.size)
                verify_inclusion(bytes.fromhex(leaf), int(index), end.size, proof, end.root)
            mine = [
                one.details["number"]
                for one in kept.values()
                if one.details.get("name") == str(number)
            ]
            assert mine == list(range(len(mine)))
            # One more may be on the disk than was said to be.
            assert len(mine) - len(rows) in (0, 1)
    assert notes
    with opened(place, known=notes) as log:
        assert log.verify().head.size == log.size


def test_two_processes_append_at_once(tmp_path: Path) -> None:
    place = tmp_path / "log"
    opened(place).close()
    appenders = [Appender(place, name, 40) for name in "ab"]
    for appender in appenders:
        appender.start()
    indices = []
    for appender in appenders:
        rows, notes = appender.finish()
        assert appender.process.returncode == 0
        assert len(notes) == 2
        indices += [int(row[1]) for row in rows]
    assert sorted(indices) == list(range(1, 81))
    with opened(place) as log:
        assert log.verify().kinds == {Kind.KEY: 1, Kind.DECISION: 80}


def test_many_threads_share_one_log_and_one_wait_for_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commits = []
    writing = SqliteStore.writing

    @contextmanager
    def counted(self: SqliteStore) -> Any:
        with writing(self) as db:
            commits.append(db.head().size)
            yield db

    indices: list[int] = []
    with opened(tmp_path / "log") as log:
        monkeypatch.setattr(SqliteStore, "writing", counted)

        def work(name: int) -> None:
            for number in range(25):
                found = log.append_many(entries(2, start=name * 1000 + number))
                assert found[1].index == found[0].index + 1
                indices.extend(one.index for one in found)

        threads = [threading.Thread(target=work, args=(name,)) for name in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(indices) == list(range(1, 401))
        assert len(commits) < 200
        assert log.verify().head.size == 401


def test_those_who_begin_the_same_log_at_once_agree_on_one(tmp_path: Path) -> None:
    failures = []

    def begin(number: int) -> None:
        try:
            with opened(tmp_path / "log") as log:
                log.append(entry(number))
        except AuditError as error:
            failures.append(error)

    threads = [threading.Thread(target=begin, args=(name,)) for name in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    with opened(tmp_path / "log") as log:
        assert log.size == 7
        assert log.verify().kinds[Kind.KEY] == 1


class Interrupted(BaseException):
    """What a signal raises in the middle of anything."""


@pytest.mark.parametrize("place", ["add", "head", "COMMIT"])
def test_an_interrupted_commit_acknowledges_nothing_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    with opened(tmp_path / "log") as log:
        log.append(entry(0))

        def fail(*_: object) -> None:
            raise Interrupted

        with monkeypatch.context() as patch:
            if place == "COMMIT":
                patch.setattr("caio.audit.commits.Receipt.of", fail)
            else:
                patch.setattr(SqliteStore, place, fail)
            with pytest.raises(Interrupted):
                log.append(entry(1))
        assert log.append(entry(2)).index == 2
        assert [one.details["number"] for one in log.entries(1)] == [0, 2]
        assert log.verify().head.size == 3


def test_a_log_is_not_used_across_a_fork(tmp_path: Path) -> None:
    with opened(tmp_path / "log") as log:
        store = log._store
        assert isinstance(store, SqliteStore)
        store._process = os.getpid() + 1
        refused(Fault.LOG_BUSY, lambda: log.append(entry(0)))
        store._process = os.getpid()
        assert log.append(entry(0)).index == 1


def test_a_log_that_somebody_else_is_writing_to_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("caio.base.database._WAIT", 0.05)
    with opened(tmp_path / "log") as log, opened(tmp_path / "log") as other:
        with other._store.writing():
            message = refused(Fault.LOG_BUSY, lambda: log.append(entry(0)))
            assert "nothing was acknowledged" in message
        assert log.append(entry(0)).index == 1


def test_the_file_is_for_its_owner_alone_and_nothing_else_is_left(tmp_path: Path) -> None:
    opened(tmp_path / "log").close()
    assert (tmp_path / "log").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["log"]


def test_the_same_calls_at_the_same_times_give_the_same_bytes(tmp_path: Path) -> None:
    found = set()
    for name in "ab":
        with opened(tmp_path / name) as log:
            log.append_many(entries(5))
            log.append(entry(9))
            found.add(log.checkpoint().data)
    assert len(found) == 1
