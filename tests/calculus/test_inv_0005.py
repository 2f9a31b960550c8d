"""INV-CAIO-0005: a reply that breaks something never comes back as success, and the trace and the history show it."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from contextlib import ExitStack, closing
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from caio.execute.attempts import Ending
from caio.execute.outcomes import Executed, ExecutionFailed
from caio.execute.result_parts import read_account
from caio.landscape.history import History, InconsistentError
from tests.calculus import loops
from tests.cli.conftest import Run
from tests.landscape.calls import QUICK, SLOW, call

SERVICES = sorted(loops.PLACES)


class BrokenPromises(RuleBasedStateMachine):
    """Services keep and break promises as they please; the model is the script, which knows what each reply was."""

    def __init__(self) -> None:
        super().__init__()
        self.world = loops.World()
        self.stack = ExitStack()
        self.control = self.stack.enter_context(loops.loop(self.world))
        self.calls: Counter[str] = Counter()
        self.violations: Counter[str] = Counter()

    @rule(service=st.sampled_from(SERVICES), how=st.sampled_from(loops.BEHAVIOURS))
    def behave(self, service: str, how: str) -> None:
        self.world.behaviour[service] = how

    @rule(how=st.sampled_from(loops.BEHAVIOURS))
    def all_behave(self, how: str) -> None:
        self.world.behaviour = dict.fromkeys(SERVICES, how)

    @rule(user=st.sampled_from(["ada", "ben"]), data=st.sampled_from([("public",), ("personal",)]))
    def ask(self, user: str, data: tuple[str, ...]) -> None:
        before = len(self.world.called)
        done = self.control.run(loops.task(user=user, data=data))
        result, trace = done.controlled.result, done.controlled.trace
        assert isinstance(result, Executed | ExecutionFailed)
        called = self.world.called[before:]
        for service, how in called:
            self.calls[service] += 1
            self.violations[service] += how != loops.GOOD

        # What comes back as success is a reply that kept everything, and nothing else does.
        kept = [service for service, how in called if how == loops.GOOD]
        if isinstance(result, Executed):
            assert result.service == kept[-1] == called[-1][0]
            assert json.loads(result.content)["answer"] == result.service
        else:
            assert not kept

        # Everything else is a violation, with the decision that it belongs to; the trace tells the same.
        sent = [attempt for attempt in result.attempts if attempt.ending is not Ending.NOT_SENT]
        assert [attempt.service for attempt in sent] == [service for service, _ in called]
        assert [bool(a.violations) for a in sent] == [how != loops.GOOD for _, how in called]
        assert {v.decision for v in result.violations} <= {result.decision_digest}
        assert trace.result is not None
        account = read_account(trace.result, trace.certificate)
        assert account.executed == isinstance(result, Executed)
        assert account.violations == len(result.violations)
        # MAIA is told of each, and of no success that was none.
        rewards = [outcome.reward for outcome in done.outcomes]
        assert rewards == [Fraction(1 if how == loops.GOOD else -1) for _, how in called]

    @invariant()
    def the_history_follows_from_what_happened(self) -> None:
        assert self.world.history.audit() == sum(self.calls.values())
        for record in self.world.history.records():
            assert record.calls == self.calls[record.service]
            assert record.violations >= self.violations[record.service]

    def teardown(self) -> None:
        self.stack.close()


TestBrokenPromises = BrokenPromises.TestCase
TestBrokenPromises.settings = settings(max_examples=10, stateful_step_count=8, deadline=None)


# --- histories --------------------------------------------------------------------------------------

CALLS = st.lists(
    st.tuples(
        st.sampled_from(["one", "two"]),
        st.sampled_from([QUICK, QUICK, SLOW]),
        st.sampled_from(["succeeded", "schema", "status"]),
    ),
    min_size=1,
    max_size=12,
)


CHANGES = [
    "UPDATE version SET calls = calls + 1 WHERE key = 1",
    "UPDATE version SET violations = violations + 1 WHERE key = 1",
    "UPDATE version SET chain = chain || '0' WHERE key = 1",
    "UPDATE outcome SET count = count + 1",
    "UPDATE latency SET count = count + 1",
    "UPDATE guarantee SET calls = calls + 1 WHERE key = 1",
    "UPDATE guarantee SET exceeded = exceeded + 1 WHERE key = 1",
    "UPDATE observation SET violated = 1 - violated WHERE key = 1",
    """UPDATE observation SET body = replace(body, '"latency":', '"latency":1') WHERE key = 1""",
    "UPDATE observation SET body = 'nonsense' WHERE key = 1",
]
"""What somebody could do to a file without knowing how it hangs together."""


def recorded(path: Path, calls: list[tuple[str, Fraction, str]]) -> None:
    with History(path) as history:
        history.record_all(
            call(f"c{number}", latency, service=service, outcome=outcome)
            for number, (service, latency, outcome) in enumerate(calls)
        )


@settings(max_examples=15, deadline=None)
@given(CALLS, st.data())
def test_a_history_that_was_changed_does_not_follow_from_its_observations(
    tmp_path_factory: pytest.TempPathFactory,
    calls: list[tuple[str, Fraction, str]],
    data: st.DataObject,
) -> None:
    path = tmp_path_factory.mktemp("history") / "history.db"
    recorded(path, calls)
    with History(path) as history:
        assert history.audit() == len(calls)
    with closing(sqlite3.connect(path)) as database, database:
        changed = database.execute(data.draw(st.sampled_from(CHANGES)))
        assert changed.rowcount
    with History(path) as history, pytest.raises(InconsistentError):
        history.audit()


def test_the_command_replays_a_history(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "history.db"
    recorded(path, [("slow", SLOW, "succeeded")] * 40 + [("good", QUICK, "succeeded")] * 3)
    ran = run("audit", "history", str(path))
    assert ran.code == 0
    assert "consistent: history.db, 43 observations replayed" in ran.out
    assert "broke its guarantee on `latency`" in ran.out
    found = run("audit", "history", str(path), "--json").json
    assert (found["verdict"], found["exit"], found["observations"]) == ("consistent", 0, 43)
    assert {row["service"]: row["calls"] for row in found["services"]} == {"good": 3, "slow": 40}
    assert [breach["service"] for breach in found["breaches"]] == ["slow"]
    assert found["rejection"] is None


def test_the_command_tells_a_changed_history_from_what_is_none(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "history.db"
    recorded(path, [("good", QUICK, "status")])
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("UPDATE version SET violations = 0")
    ran = run("audit", "history", str(path), "--json")
    assert (ran.code, ran.json["verdict"], ran.json["exit"]) == (5, "rejected", 5)
    assert "does not follow" in ran.json["rejection"]
    assert (ran.json["services"], ran.json["observations"]) == ([], None)
    assert run("audit", "history", str(path)).out.startswith("rejected: ")

    text, empty = tmp_path / "text.db", tmp_path / "empty.db"
    text.write_text("no database", "utf-8")
    empty.write_bytes(b"")
    for other in (text, empty, tmp_path, tmp_path / "nowhere.db"):
        ran = run("audit", "history", str(other))
        assert (ran.code, ran.out) == (4, "")
    # Looking for a history makes none.
    assert not (tmp_path / "nowhere.db").exists()
    assert run("audit").code == 2
