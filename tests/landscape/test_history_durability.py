"""Nothing acknowledged is lost, whoever records at once and whoever is killed; and what is no history is not taken for one."""

from __future__ import annotations

import os
import pickle
import random
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest

from caio.base.errors import InputError
from caio.landscape.history import History, HistoryError
from tests.landscape.calls import call
from tests.landscape.recorder import latency

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "history"


class Recorder:
    """A process that waits for its start and then records until it is done or killed."""

    def __init__(self, place: Path, name: str, count: int) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.landscape.recorder", str(place), name, str(count)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.line() == "ready"

    def line(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def start(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write("go\n")
        self.process.stdin.flush()

    def finish(self) -> list[int]:
        """The calls that were acknowledged to this process, after it has ended."""
        output, _ = self.process.communicate(timeout=60)
        return [int(line) for line in output.split()]


@pytest.mark.parametrize("seed", range(4))
def test_no_acknowledged_call_is_lost_when_its_recorder_is_killed(place: Path, seed: int) -> None:
    recorder = Recorder(place, "r", 100_000)
    recorder.start()
    acknowledged = -1
    for _ in range(random.Random(seed).randrange(1, 120)):
        acknowledged = int(recorder.line())
    recorder.process.send_signal(signal.SIGKILL)
    acknowledged = max([acknowledged, *recorder.finish()])
    with History(place) as history:
        kept = [one["id"] for one in history.observations()]
        # One more may be on the disk than was said to be.
        assert len(kept) - 1 in (acknowledged, acknowledged + 1)
        assert kept == [f"r-{number}" for number in range(len(kept))]
        assert history.audit() == len(kept)
        # Whoever was not told records again, and nothing counts twice.
        history.record_all(call(f"r-{n}", latency(n), at=n) for n in range(acknowledged + 2))
        assert history.record_of("acme/fast", "1").calls == acknowledged + 2


def test_two_processes_record_at_once(place: Path) -> None:
    recorders = [Recorder(place, name, 60) for name in "ab"]
    for recorder in recorders:
        recorder.start()
    for recorder in recorders:
        assert recorder.finish() == list(range(60))
        assert recorder.process.returncode == 0
    with History(place) as history:
        assert history.record_of("acme/fast", "1").calls == 120
        assert history.audit() == 120


def test_many_threads_share_one_history_and_a_breach_is_told_to_one_of_them(place: Path) -> None:
    told: list[object] = []
    refused: list[InputError] = []
    with History(place) as history:
        history.record(call("taken"))

        def work(name: int) -> None:
            for number in range(40):
                told.extend(history.record(call(f"{name}-{number}", Fraction(1))))
                try:
                    history.record(call("taken", Fraction(2)))
                except InputError as error:
                    refused.append(error)

        threads = [threading.Thread(target=work, args=(name,)) for name in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert history.record_of("acme/fast", "1").calls == 8 * 40 + 1
        assert len(told) == 1
        # Somebody else's mistake in the same transaction is nobody else's.
        assert len(refused) == 8 * 40
        assert history.audit() == 8 * 40 + 1


def test_a_history_is_continued_where_it_was_left(place: Path) -> None:
    with History(place, alpha=Fraction(1, 50)) as history:
        history.record_all(call(f"{n}", Fraction(n % 2)) for n in range(10))
        before = history.records()
    with History(place) as history:
        assert history.alpha == Fraction(1, 50)
        assert history.records() == before
        assert before[0].breaches
        assert history.record(call("11", Fraction(1))) == ()
        assert history.audit() == 11


def test_the_file_is_for_its_owner_alone_and_nothing_else_is_left(place: Path) -> None:
    with History(place):
        pass
    assert place.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in place.parent.iterdir()] == [place.name]


def test_processes_that_begin_the_same_file_at_once_agree_on_one(place: Path) -> None:
    failures = []

    def begin(name: int) -> None:
        try:
            with History(place) as history:
                history.record(call(str(name)))
        except InputError as error:
            failures.append(error)

    threads = [threading.Thread(target=begin, args=(name,)) for name in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    with History(place) as history:
        assert history.record_of("acme/fast", "1").calls == 8
    assert [path.name for path in place.parent.iterdir()] == [place.name]


class TestRefusals:
    @pytest.fixture
    def full(self, place: Path) -> Path:
        with History(place) as history:
            history.record_all(call(str(number)) for number in range(200))
        return place

    @pytest.mark.parametrize("share", [0, 1, 50, 99])
    def test_a_truncated_file(self, full: Path, share: int) -> None:
        data = full.read_bytes()
        full.write_bytes(data[: len(data) * share // 100])
        with pytest.raises(HistoryError, match=r"restore|remove it to begin anew"):
            History(full)

    def test_no_page_of_zeros_goes_unnoticed(self, full: Path) -> None:
        data = full.read_bytes()
        size = int.from_bytes(data[16:18], "big")
        unnoticed = []
        for page in range(len(data) // size):
            full.write_bytes(data[: page * size] + bytes(size) + data[(page + 1) * size :])
            try:
                with History(full) as history:
                    history.audit()
                    unnoticed.append(page)
            except HistoryError:
                pass
        assert unnoticed == []

    @pytest.mark.parametrize(
        "data", [b"not a database at all", bytes(4096), b"SQLite format 3\0" + b"x" * 5000]
    )
    def test_a_file_of_another_kind(self, place: Path, data: bytes) -> None:
        place.write_bytes(data)
        with pytest.raises(HistoryError, match="no history"):
            History(place)
        assert place.read_bytes() == data

    def test_the_database_of_another_program_is_left_as_it_is(self, place: Path) -> None:
        other = sqlite3.connect(place)
        other.execute("CREATE TABLE t (x)")
        other.commit()
        other.close()
        data = place.read_bytes()
        with pytest.raises(HistoryError, match="another program"):
            History(place)
        assert place.read_bytes() == data
        assert [path.name for path in place.parent.iterdir()] == [place.name]

    @pytest.mark.parametrize("version", [0, 2, 99])
    def test_a_history_of_another_version(self, full: Path, version: int) -> None:
        db = sqlite3.connect(full)
        db.execute(f"PRAGMA user_version = {version}")
        db.close()
        with pytest.raises(HistoryError, match=f"a history of version {version}"):
            History(full)

    @pytest.mark.parametrize("path", ["missing/folder/history", "."], ids=["no folder", "a folder"])
    def test_a_place_where_no_file_can_be(self, tmp_path: Path, path: str) -> None:
        with pytest.raises(HistoryError):
            History(tmp_path / path)

    @pytest.mark.parametrize("alpha", [0, 1, Fraction(0), Fraction(1), 0.5, Fraction(-1, 2), "1/2"])
    def test_what_is_no_level_of_evidence(self, place: Path, alpha: Fraction) -> None:
        with pytest.raises(InputError, match="`alpha`"):
            History(place, alpha=alpha)
        assert not place.exists()

    def test_another_alpha_than_that_of_the_file(self, full: Path) -> None:
        with pytest.raises(InputError, match="judges at α = 1/1000, not 1/2"):
            History(full, alpha=Fraction(1, 2))

    @pytest.mark.parametrize(
        "change",
        [
            "UPDATE version SET violations = violations + 1",
            "UPDATE version SET calls = calls - 1",
            "UPDATE version SET chain = 'x'",
            "UPDATE latency SET count = count + 1",
            "UPDATE guarantee SET exceeded = 7",
            "UPDATE guarantee SET bets = replace(bets, ', -', ', ')",
            "UPDATE observation SET violated = 1 WHERE key = 3",
            "INSERT INTO exceedance VALUES (1, 7)",
            "UPDATE observation SET body = replace(body, 'succeeded', 'failed') WHERE key = 5",
            "UPDATE observation SET body = replace(body, '1/10', '1/5') WHERE key = 5",
            "DELETE FROM observation WHERE key = 200",
            "DELETE FROM guarantee",
            "DROP TABLE outcome",
            "UPDATE observation SET body = 'nonsense' WHERE key = 7",
        ],
    )
    def test_a_record_that_does_not_follow_from_the_calls_fails_the_audit(
        self, full: Path, change: str
    ) -> None:
        db = sqlite3.connect(full)
        db.execute(change)
        db.commit()
        db.close()
        with History(full) as history, pytest.raises(HistoryError):
            history.audit()

    def test_a_full_disk_acknowledges_nothing(self, full: Path) -> None:
        with History(full) as history:
            before = history.records()
            pages = history._db.execute("PRAGMA page_count").fetchone()[0]
            history._db.execute(f"PRAGMA max_page_count = {pages}")
            with pytest.raises(HistoryError, match="record it again"):
                history.record_all(call(f"more {n}") for n in range(500))
            assert history.records() == before
            history._db.execute("PRAGMA max_page_count = 100000")
            history.record_all(call(f"more {n}") for n in range(500))
            assert history.audit() == 700

    def test_a_closed_history(self, full: Path) -> None:
        history = History(full)
        history.close()
        for use in (history.records, history.audit, lambda: history.record(call("x"))):
            with pytest.raises(HistoryError, match="closed"):
                use()

    def test_a_history_is_not_pickled(self) -> None:
        with History() as history, pytest.raises(TypeError, match="open its file"):
            pickle.dumps(history)

    def test_a_forked_process_opens_its_own(
        self, full: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with History(full) as history:
            with monkeypatch.context() as patch:
                patch.setattr(os, "getpid", lambda: -1)
                with pytest.raises(HistoryError, match="open it again here"):
                    history.record(call("forked"))
            assert history.record_of("acme/fast", "1").calls == 200

    @pytest.mark.parametrize("version", ["latest", "", "1.", "1.0\n", None, 1])
    def test_a_version_that_is_none(self, full: Path, version: str) -> None:
        with History(full) as history, pytest.raises(InputError, match="is not a version"):
            history.record_of("acme/fast", version)

    @pytest.mark.parametrize("bets", ["nonsense", "0 0", "0 0 1*2^0", ""])
    def test_capitals_that_are_none(self, full: Path, bets: str) -> None:
        db = sqlite3.connect(full)
        db.execute("UPDATE guarantee SET bets = ?", [bets])
        db.commit()
        db.close()
        with History(full) as history:
            with pytest.raises(HistoryError, match="is damaged"):
                history.records()
            with pytest.raises(HistoryError, match="is damaged"):
                history.record(call("x"))
            assert len(list(history.observations())) == 200


def test_what_is_interrupted_is_not_acknowledged_and_the_history_goes_on(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from caio.landscape import history as module

    def interrupted(*_: object) -> Callable[[], None]:
        raise KeyboardInterrupt

    with History(place) as history:
        with monkeypatch.context() as patch:
            patch.setattr(module, "enter", interrupted)
            with pytest.raises(KeyboardInterrupt):
                history.record(call("a"))
        assert history.records() == ()
        history.record(call("a"))
        assert history.audit() == 1
