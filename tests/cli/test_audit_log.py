"""``caio audit log`` and ``tail``: the right entries, in order, from logs of any length, with whatever they hold."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caio.audit.entries import Entry, Kind
from caio.audit.log import Log
from caio.audit.recorded import Recorded
from caio.cli.audit_entries import Wanted, latest, said, service_of
from tests.audit.keys import TestSigner
from tests.audit.logs import DIGEST, ticking
from tests.cli.conftest import Run

SERVICES = ("good/one", "cheap/far")
KINDS = (Kind.DECISION, Kind.EXECUTION, Kind.DISCOVERY)


def entry(number: int) -> Entry:
    kind = KINDS[number % 3]
    service = {"service": SERVICES[number % 2], "version": "1.0"}
    details: dict[str, Any] = {"found": number}
    if kind is Kind.DECISION:
        verdict = ("routed", "not_routable")[number % 2]
        chosen = {**service, "control": "none", "route": ""} if verdict == "routed" else None
        details = {"at": "2026-11-22T00:00:00Z", "selected": chosen, "verdict": verdict}
    elif kind is Kind.EXECUTION:
        details = {"attempts": 1, "outcome": "completed", **service}
    return Entry(kind, {"decision": DIGEST}, details)


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """4,000 entries in batches of 500, each a microsecond after the other."""
    path = tmp_path_factory.mktemp("many") / "d.log"
    with Log.open(path, TestSigner("one"), clock=ticking(1_000_000)) as made:
        for start in range(0, 4_000, 500):
            made.append_many([entry(number) for number in range(start, start + 500)])
    return path


@pytest.fixture(scope="module")
def everything(log: Path) -> list[Recorded]:
    with Log.open(log) as opened:
        return list(opened.entries())


@settings(max_examples=40, deadline=None)
@given(
    kinds=st.frozensets(st.sampled_from([*KINDS, Kind.KEY]), max_size=2),
    verdict=st.sampled_from([None, "routed", "not_routable", "holds"]),
    service=st.sampled_from([None, *SERVICES, "nobody"]),
    times=st.tuples(st.none() | st.integers(-5, 2_000_000), st.none() | st.integers(-5, 2_000_000)),
    limit=st.integers(1, 6_000) | st.just(10**30),
)
def test_the_last_that_fit_are_found(
    log: Path,
    everything: list[Recorded],
    kinds: frozenset[Kind],
    verdict: str | None,
    service: str | None,
    times: tuple[int | None, int | None],
    limit: int,
) -> None:
    fitting = [
        one
        for one in everything
        if (not kinds or one.kind in kinds)
        and (verdict is None or one.details.get("verdict") == verdict)
        and (service is None or service_of(one) == service)
        and (times[0] is None or one.time >= times[0])
        and (times[1] is None or one.time <= times[1])
    ]
    with Log.open(log) as opened:
        found, more = latest(opened, Wanted(kinds, *times, verdict, service), limit)
    assert found == fitting[-limit:]
    assert more == (len(fitting) > limit)


def test_log_lists_the_last_and_says_that_there_are_more(run: Run, log: Path) -> None:
    ran = run("audit", "log", str(log))
    assert ran.code == 0
    rows = ran.out.splitlines()
    assert len(rows) == 20
    assert rows[-1].split()[0] == "4,000"
    assert "`--limit` shows more" in ran.err
    ran = run(
        "audit", "log", str(log), "--kind", "decision", "--verdict", "routed", "-n", "3", "--json"
    )
    assert [one["index"] for one in ran.json["entries"]] == [3985, 3991, 3997]
    assert ran.json["more"] is True
    assert ran.json["entries"][0]["kind"] == "decision"
    ran = run("audit", "log", str(log), "--kind", "violation")
    assert (ran.code, ran.out) == (0, "")
    assert "none of the 4,001 entries fits" in ran.err
    ran = run("audit", "log", str(log), "--kind", "key", "-n", "9" * 40)
    assert ran.out.split()[2:4] == ["key", "begin"]


def test_log_takes_times(run: Run, log: Path) -> None:
    words = ("audit", "log", str(log), "--json", "--from")
    ran = run(
        *words, "1970-01-01T00:00:01.000002Z", "--to", "1970-01-01T00:00:01.000002Z", "-n", "999"
    )
    assert len(ran.json["entries"]) == 500
    assert run(*words, "2026-11-22").json["entries"] == []
    assert run(*words, "0001-01-01", "--to", "1969-01-01").json["entries"] == []
    assert run(*words, "yesterday").code == 2
    assert run(*words, "2026-11-23", "--to", "2026-11-22").code == 2
    assert run("audit", "log", str(log), "--limit", "0").code == 2


def test_lines_fit_and_obey_nobody(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "d.log"
    with Log.open(path, TestSigner("one")) as made:
        for kind in Kind:
            if kind is not Kind.KEY:
                words = "\x1b[31m\u202e" + "x" * 300
                made.append(Entry(kind, {"a": DIGEST}, {"question": words, "verdict": words}))
                made.append(
                    Entry(kind, {"a": DIGEST}, {"selected": 3, "service": ["a"], "added": 1})
                )
                made.append(Entry(kind, {"a": DIGEST}))
    for width in (60, 100):
        monkeypatch.setenv("COLUMNS", str(width))
        ran = run("audit", "log", str(path), "-n", "100")
        assert ran.code == 0
        assert "\x1b" not in ran.out
        assert "\u202e" not in ran.out
        assert max(map(len, ran.out.splitlines())) <= width


def test_each_kind_is_told_in_a_few_words(everything: list[Recorded]) -> None:
    assert [said(one) for one in everything[1:5]] == [
        "routed → good/one 1.0",
        "completed: cheap/far 1.0, attempts 1",
        "2 found",
        "not routable",
    ]
    assert said(everything[0]).startswith("begin ")


def test_tail_waits_for_more(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "d.log"
    with Log.open(path, TestSigner("one")) as made:
        made.append_many([entry(number) for number in range(5)])
    assert len(run("audit", "tail", str(path), "-n", "2").out.splitlines()) == 2
    looks = iter([1, 0, 2])

    def sleep(_: float) -> None:
        more = next(looks, None)
        if more is None:
            raise KeyboardInterrupt
        with Log.open(path) as other:
            other.append_many([entry(number) for number in range(more)])

    monkeypatch.setattr(time, "sleep", sleep)
    ran = run("audit", "tail", str(path), "-n", "1", "-f", "--json")
    assert ran.code == 130
    told = [json.loads(row)["index"] for row in ran.out.splitlines() if row.startswith('{"index"')]
    assert told == [5, 6, 7, 8]
