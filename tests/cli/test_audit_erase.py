"""``caio audit erase`` and ``replay``: asked before, gone after, and the same bytes again from what is kept."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from caio.audit.entries import Entry, Kind
from caio.audit.log import Log
from tests.cli.audit_logs import copied, filled
from tests.cli.conftest import Run

WHY = ("--reason", "asked for by the caller")


@pytest.fixture(scope="module")
def once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return filled(tmp_path_factory.mktemp("erased"))


@pytest.fixture
def log(once: Path, tmp_path: Path) -> Path:
    return copied(once, tmp_path)


def size(log: Path) -> int:
    with Log.open(log) as opened:
        return opened.size


class TestErase:
    def test_is_recorded_and_never_shown_as_right(self, run: Run, log: Path) -> None:
        ran = run("audit", "erase", str(log), "1", *WHY, "--yes", "--json")
        assert ran.code == 0
        assert (ran.json["entry"], ran.json["entries"]) == (3, [1])
        assert ran.json["items"] == ["decision", "evidence", "facts", "request", "statement"]
        shown = run("audit", "show", str(log), "1")
        assert shown.code == 3
        assert "inclusion ok, evidence erased" in " ".join(shown.out.split())
        assert "alice" not in shown.out
        assert run("audit", "show", str(log), "2").code == 0
        assert run("audit", "check", str(log)).code == 0
        listed = run("audit", "log", str(log), "--kind", "erasure").out
        assert "of entries 1: asked for by the caller" in listed
        again = run("audit", "erase", str(log), "1", *WHY, "--yes")
        assert again.code == 4
        assert "gone already" in again.err

    def test_takes_what_would_tell_it_along(self, run: Run, log: Path) -> None:
        words = ("--items", "facts, caller", "--yes", "--json")
        ran = run("audit", "erase", str(log), "1", "2", *WHY, *words)
        assert ran.json["entries"] == [1, 2]
        assert len(ran.json["seals"]) == 10

    @pytest.mark.parametrize(
        ("answer", "code"), [(b"y\n", 0), (b"YES\n", 0), (b"n\n", 4), (b"", 4)]
    )
    def test_asks(self, run: Run, log: Path, answer: bytes, code: int) -> None:
        ran = run("audit", "erase", str(log), "1", *WHY, stdin=answer)
        assert ran.code == code
        assert "to be erased for good: 5 items" in ran.err
        assert size(log) == (4 if code == 0 else 3)
        assert run("audit", "show", str(log), "1").code == (3 if code == 0 else 0)

    @pytest.mark.parametrize(
        ("code", "words"),
        [
            (2, ("1",)),
            (2, ("1", *WHY, "--json")),
            (2, ("1", *WHY, "--items", "everything", "--yes")),
            (2, (*WHY, "--yes")),
            (4, ("1", "--reason", "  ", "--yes")),
            (4, ("9", *WHY, "--yes")),
            (4, ("0", *WHY, "--yes")),
            (4, ("1", *WHY, "--yes", "--vault", "none")),
            (4, ("1", "--reason", "Bearer abcdef0123456789", "--yes")),
        ],
    )
    def test_is_refused_before_anything_is_gone(
        self, run: Run, log: Path, code: int, words: tuple[str, ...]
    ) -> None:
        assert run("audit", "erase", str(log), *words).code == code
        assert size(log) == 3
        assert run("audit", "show", str(log), "1").code == 0


class TestReplay:
    def test_gives_the_same_bytes(self, run: Run, log: Path) -> None:
        ran = run("audit", "replay", str(log), "1", "2", "1")
        assert ran.code == 0
        assert ran.out.splitlines()[-1] == "2 of 2 decisions the same, byte by byte"
        body = run("audit", "replay", str(log), "2", "--json").json
        assert (body["verdict"], body["entries"][0]["state"]) == ("same", "same")

    def test_says_where_a_decision_differs(
        self, run: Run, log: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from caio.cli import deciding

        honest = deciding.decide

        def other(question: Any, snapshot: Any, waiting: Any, *, cache: bool) -> Any:
            made = honest(question, snapshot, waiting, cache=cache)
            body = {**made.files.body, "at": "2026-11-23T00:00:00Z"}
            from caio.routing.files import files_of

            files = files_of(question, snapshot, body)
            return deciding.Decided(question, snapshot, files, made.verdict)

        monkeypatch.setattr(deciding, "decide", other)
        ran = run("audit", "replay", str(log), "1")
        assert ran.code == 1
        assert "differs  entry 1: at `at`" in ran.out

    def test_of_what_was_erased_is_never_the_same(self, run: Run, log: Path) -> None:
        assert run("audit", "erase", str(log), "1", *WHY, "--yes").code == 0
        ran = run("audit", "replay", str(log), "1", "2")
        assert ran.code == 3
        assert ran.out.splitlines()[0].startswith("erased   entry 1")
        assert ran.out.splitlines()[-1].startswith("1 of 2 decisions the same")

    def test_of_an_entry_that_lies_is_rejected(self, run: Run, log: Path) -> None:
        with Log.open(log) as opened:
            (entry,) = opened.entries(1, 2)
            details = {**entry.details, "verdict": "not_routable", "selected": None}
            opened.append(Entry(Kind.DECISION, entry.digests, details))
        assert run("audit", "replay", str(log), "3").code == 5

    def test_of_what_is_no_decision_is_refused(self, run: Run, log: Path) -> None:
        ran = run("audit", "replay", str(log), "0")
        assert ran.code == 4
        assert "only a decision" in ran.err
        assert run("audit", "replay", str(log), "99").code == 4
        assert run("audit", "replay", str(log)).code == 2
