"""``caio audit show``: everything behind an entry, checked again; what is gone, changed or another's is never shown as right."""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from caio.audit.entries import Entry, Kind
from caio.audit.log import Log
from caio.audit.recorded import Recorded
from caio.audit.vault import Vault
from tests.cli.audit_logs import ORIGIN, TRIAGE, copied, filled, record
from tests.cli.conftest import Run


@pytest.fixture(scope="module")
def once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return filled(tmp_path_factory.mktemp("shown"))


@pytest.fixture
def log(once: Path, tmp_path: Path) -> Path:
    return copied(once, tmp_path)


def entry_of(log: Path, index: int) -> Recorded:
    with Log.open(log) as opened:
        (entry,) = opened.entries(index, index + 1)
        return entry


def erase(log: Path, index: int, *names: str) -> None:
    entry = entry_of(log, index)
    with Vault.open(f"{log}.vault", ORIGIN) as vault:
        assert vault.erase([entry.digests[name] for name in names], 1_800_000_000_000_000)


def forged(log: Path, change: Callable[[dict[str, str], dict[str, Any]], None]) -> int:
    """A further entry about the evidence of entry 1, which says something else."""
    entry = entry_of(log, 1)
    digests, details = dict(entry.digests), dict(entry.details)
    change(digests, details)
    with Log.open(log) as opened:
        return opened.append(Entry(Kind.DECISION, digests, details)).index


class TestDecision:
    def test_is_shown_like_a_certificate(self, run: Run, log: Path) -> None:
        ran = run("audit", "show", str(log), "1")
        assert ran.code == 0
        heads = [
            *("entry 1  decision  routed → good/one 1.0", "Who", "What was asked", "Why this one"),
            *("Why 2 candidates were refused", "What it rests on", "By which rules"),
            *("Proved, checked again just now without a solver", "In the log"),
        ]
        places = [ran.out.splitlines().index(head) for head in heads]
        assert places == sorted(places)
        for words in (
            "request triage {",
            "needs chat",
            "asserted, attested by nobody",
            "every better candidate is refuted (2)",
            "inclusion: in the tree of 3 entries that audit.example.com/desk+",
            "has signed that this was decided",
            # Decided for a time that is long past: nobody may take it for a decision of now.
            "not established  time: decided for 2026-11-22T00:00:00Z, recorded",
        ):
            assert words in ran.out

    def test_json_says_the_same(self, run: Run, log: Path) -> None:
        ran = run("audit", "show", str(log), "2", "--json")
        assert ran.code == 0
        body = ran.json
        assert (body["verdict"], body["entry"]["index"]) == ("consistent", 2)
        assert body["inclusion"]["size"] == 3
        assert body["attestation"]["established"] is True
        assert body["decision"]["verdict"] == "not_routable"
        assert set(body["sealed"].values()) == {"kept"}
        assert body["claims"]

    @pytest.mark.parametrize("width", ["60", "80", "120"])
    def test_fits(self, run: Run, log: Path, monkeypatch: pytest.MonkeyPatch, width: str) -> None:
        monkeypatch.setenv("COLUMNS", width)
        for index in ("0", "1", "2"):
            rows = run("audit", "show", str(log), index).out.splitlines()
            assert max(map(len, rows)) <= int(width)
            assert [row for row in rows if row != row.rstrip()] == []

    def test_is_found_by_the_digest_of_its_decision(self, run: Run, log: Path) -> None:
        digest = run("audit", "show", str(log), "1", "--json").json["decision"]["decision_digest"]
        for words in (digest, digest[:19], digest.removeprefix("sha256:")):
            ran = run("audit", "show", str(log), words, "--json")
            assert ran.json["entry"]["index"] == 1
        assert record(log, *TRIAGE).code == 0
        ran = run("audit", "show", str(log), digest)
        assert ran.code == 4
        assert "name one of 1, 3" in ran.err

    @pytest.mark.parametrize(
        ("words", "help_"),
        [
            ("3", "the log has entries 0 to 2"),
            ("9" * 18, "caio audit log"),
            ("9" * 65, "names no entry"),
            ("triage", "names no entry"),
            ("abcd", "six digits or more"),
            ("sha256:", "names no entry"),
            ("sha256:" + "0" * 64, "caio audit log"),
            ("١", "names no entry"),
        ],
    )
    def test_that_is_unknown_gets_help(self, run: Run, log: Path, words: str, help_: str) -> None:
        ran = run("audit", "show", str(log), words)
        assert (ran.code, ran.out) == (4, "")
        assert help_ in ran.err

    def test_that_nobody_has_signed_yet_is_not_said_to_be_included(
        self, run: Run, log: Path
    ) -> None:
        record(log, *TRIAGE)
        ran = run("audit", "show", str(log), "3")
        assert ran.code == 0
        assert "ok               inclusion" not in ran.out
        assert "not established  inclusion: what was signed last ends before it" in ran.out


class TestErased:
    def test_evidence_is_said_and_never_ok(self, run: Run, log: Path) -> None:
        erase(log, 1, "evidence", "decision", "statement", "request", "facts")
        ran = run("audit", "show", str(log), "1")
        assert ran.code == 3
        flat = " ".join(ran.out.split())
        assert "inclusion ok, evidence erased" in flat
        assert "facts erased at 2027-01-15T08:00:00Z" in flat
        assert "evidence: what opens" not in flat
        body = run("audit", "show", str(log), "1", "--json").json
        assert (body["verdict"], body["decision"], body["claims"]) == ("incomplete", None, None)
        assert body["sealed"]["evidence"] == "erased"
        # The other decision is untouched.
        assert run("audit", "show", str(log), "2").code == 0

    def test_a_part_of_it_is_said_as_well(self, run: Run, log: Path) -> None:
        erase(log, 1, "statement")
        ran = run("audit", "show", str(log), "1")
        assert ran.code == 3
        assert "not established  attestation: the attestation was erased" in ran.out


class TestWrong:
    @pytest.mark.parametrize(
        ("name", "change"),
        [
            ("verdict", lambda _, details: details.update(verdict="not_routable")),
            ("selected", lambda _, details: details.update(selected=None)),
            ("at", lambda _, details: details.update(at="2026-11-23T00:00:00Z")),
            ("profile", lambda digests, _: digests.update(profile=digests["vocabulary"])),
            ("policy", lambda digests, _: digests.update(policy=digests["vocabulary"])),
            ("contract", lambda digests, _: digests.pop("contract")),
            ("facts", lambda digests, _: digests.pop("facts")),
            ("measurements", lambda digests, _: digests.update(measurements=digests["profile"])),
        ],
    )
    def test_an_entry_that_says_something_else(
        self, run: Run, log: Path, name: str, change: Callable[..., None]
    ) -> None:
        index = forged(log, change)
        ran = run("audit", "show", str(log), str(index), "--json")
        assert ran.code == 5
        assert ran.json["error"]["code"] == "entry-decision"
        assert f"another `{name}`" in ran.json["error"]["message"]

    def test_an_entry_with_the_evidence_of_another(self, run: Run, log: Path) -> None:
        other = entry_of(log, 2).digests
        index = forged(log, lambda digests, _: digests.update(evidence=other["evidence"]))
        assert run("audit", "show", str(log), str(index)).code == 5

    def test_an_attestation_of_another(self, run: Run, log: Path) -> None:
        other = entry_of(log, 2).digests
        index = forged(log, lambda digests, _: digests.update(statement=other["statement"]))
        ran = run("audit", "show", str(log), str(index), "--json")
        assert (ran.code, ran.json["error"]["code"]) == (5, "statement-subject")

    def test_a_seal_of_another_name(self, run: Run, log: Path) -> None:
        index = forged(log, lambda digests, _: digests.update(facts=digests["request"]))
        assert run("audit", "show", str(log), str(index)).code == 5

    @pytest.mark.parametrize("column", ["data", "value", "salt"])
    def test_a_vault_that_was_changed(self, run: Run, log: Path, column: str) -> None:
        seal = entry_of(log, 1).digests["evidence"]
        db = sqlite3.connect(f"{log}.vault")
        changed: object = zlib.compress(b"{}") if column == "data" else "ab" * 32
        db.execute(f"UPDATE item SET {column} = ? WHERE seal = ?", [changed, seal])  # noqa: S608
        db.commit()
        db.close()
        ran = run("audit", "show", str(log), "1")
        assert (ran.code, ran.out) == (5, "")
        assert "restore" in ran.err

    @pytest.mark.parametrize("table", ["item", "document"])
    def test_a_vault_that_lacks_something(self, run: Run, log: Path, table: str) -> None:
        db = sqlite3.connect(f"{log}.vault")
        db.execute(f"DELETE FROM {table}")  # noqa: S608
        db.commit()
        db.close()
        ran = run("audit", "show", str(log), "1")
        assert ran.code == 5
        assert "the vault lacks" in ran.err

    def test_another_vault_or_none(self, run: Run, log: Path, tmp_path: Path) -> None:
        Vault.open(tmp_path / "other", f"{ORIGIN}-2").close()
        ran = run("audit", "show", str(log), "1", "--vault", str(tmp_path / "other"))
        assert ran.code == 4
        Path(f"{log}.vault").unlink()
        ran = run("audit", "show", str(log), "1")
        assert ran.code == 4
        assert "--vault" in ran.err
        assert not Path(f"{log}.vault").exists()
        # What needs no vault needs none.
        assert run("audit", "show", str(log), "0").code == 0


def test_an_entry_of_another_kind_is_shown_as_it_is(run: Run, log: Path) -> None:
    with Log.open(log) as opened:
        entry = Entry(Kind.EXECUTION, {"report": "sha256:" + "ab" * 32}, {"outcome": "\x1b[1m"})
        opened.append(entry)
    ran = run("audit", "show", str(log), "3")
    assert ran.code == 0
    assert "\x1b" not in ran.out
    assert "sha256:abab" in ran.out
    ran = run("audit", "show", str(log), "3", "--json")
    assert (ran.json["decision"], ran.json["sealed"]) == (None, None)
