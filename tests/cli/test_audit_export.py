"""``caio audit export`` and ``verify``: what one writes, the other establishes, and nothing that was changed or is unknown."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from caio.audit.entries import Entry, Kind
from caio.audit.log import Log
from caio.audit.vault import Vault
from tests.cli.audit_logs import ORIGIN, TRIAGE, copied, do, filled, record
from tests.cli.conftest import Ran, Run

LONG_AGO = ("--max-skew", "1000000000")
"""The decisions of these tests are dated."""


@pytest.fixture(scope="module")
def once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    log = filled(tmp_path_factory.mktemp("exported"))
    do("audit", "export", str(log), "-o", str(log.with_name("e.zip")))
    return log


@pytest.fixture
def log(once: Path, tmp_path: Path) -> Path:
    (tmp_path / "e.zip").write_bytes(once.with_name("e.zip").read_bytes())
    (tmp_path / "key.pem.pub").write_bytes(once.with_name("key.pem.pub").read_bytes())
    return copied(once, tmp_path)


def line_of(log: Path) -> str:
    with Log.open(log) as opened:
        return opened.keyring().tenures[0].key.text


def verified(run: Run, log: Path, *more: str) -> Ran:
    words = ("--json", "--key", line_of(log), *LONG_AGO)
    return run("audit", "verify", str(log.with_name("e.zip")), *words, *more)


def statuses(ran: Ran) -> dict[str, str]:
    return {claim["name"]: claim["status"] for claim in ran.json["claims"]}


def exported(run: Run, log: Path, *more: str) -> Ran:
    return run("audit", "export", str(log), "-o", str(log.with_name("e.zip")), "--json", *more)


class TestHonest:
    def test_every_claim_is_established(self, run: Run, log: Path) -> None:
        ran = verified(run, log)
        assert (ran.code, ran.json["verdict"]) == (0, "verified")
        assert set(statuses(ran).values()) == {"ok"}
        assert len(statuses(ran)) == 7

    def test_a_key_may_be_a_line_or_a_file_of_either_form(
        self, run: Run, log: Path, tmp_path: Path
    ) -> None:
        (tmp_path / "line").write_text(line_of(log) + "\n")
        for key in (line_of(log), str(tmp_path / "line"), str(log.with_name("key.pem.pub"))):
            ran = run("audit", "verify", str(log.with_name("e.zip")), "--key", key, *LONG_AGO)
            assert ran.code == 0
            assert ran.out.splitlines()[-1].startswith("verified: every claim is established")

    def test_export_says_what_to_type_next(self, run: Run, log: Path) -> None:
        ran = run("audit", "export", str(log), "-o", str(log.with_name("again.zip")))
        assert ran.code == 0
        assert "2 decisions among 3 entries" in ran.out
        assert f"caio audit verify {log.with_name('again.zip')} --key {line_of(log)}" in ran.out
        assert log.with_name("again.zip").read_bytes() == log.with_name("e.zip").read_bytes()

    def test_the_checker_in_it_says_what_it_cannot_check(self, log: Path, tmp_path: Path) -> None:
        with zipfile.ZipFile(log.with_name("e.zip")) as archive:
            archive.extract("caio-check.pyz", tmp_path)
        words = [sys.executable, "-I", "-S", str(tmp_path / "caio-check.pyz")]
        ran = subprocess.run(
            [*words, str(log.with_name("e.zip")), *LONG_AGO], capture_output=True, check=False
        )
        assert ran.returncode == 3
        assert b"signatures: not checked" in ran.stdout

    def test_a_range_and_what_nobody_has_signed(self, run: Run, log: Path) -> None:
        record(log, *TRIAGE)
        with Log.open(log) as opened:
            times = [entry.time for entry in opened.entries()]
        ran = exported(run, log)
        assert (ran.json["entries"], ran.json["beyond"]) == (3, 1)
        key = str(log.with_name("key.pem"))
        ran = exported(run, log, "--key", key)
        assert (ran.json["entries"], ran.json["decisions"], ran.json["beyond"]) == (4, 3, 0)
        from caio.base.instants import format_timestamp

        ran = exported(run, log, "--from", format_timestamp(times[2]), "--to", "2200-01-01")
        assert (ran.json["entries"], ran.json["decisions"]) == (2, 2)
        assert verified(run, log).code == 0

    def test_an_older_checkpoint_is_continued(self, run: Run, log: Path) -> None:
        note = log.with_name("note")
        key = ("--key", str(log.with_name("key.pem")))
        note.write_text(do("audit", "checkpoint", str(log), *key).out)
        for _ in range(2):
            record(log, *TRIAGE)
        recent = ("--from", "2200-01-01")
        assert exported(run, log, *key, *recent).code == 0
        ran = verified(run, log, "--checkpoint", str(note))
        assert (ran.code, statuses(ran)["consistency"]) == (3, "not established")
        assert exported(run, log, *key, *recent, "--checkpoint", str(note)).code == 0
        ran = verified(run, log, "--checkpoint", str(note))
        assert (ran.code, statuses(ran)["consistency"]) == (0, "ok")


def test_the_page_says_what_entries_say_and_obeys_nobody(run: Run, log: Path) -> None:
    with Log.open(log) as opened:
        (entry,) = opened.entries(1, 2)
        details = {**entry.details, "verdict": "<script>\x1b[1m"}
        opened.append(Entry(Kind.DECISION, entry.digests, {**details, "selected": None}))
    assert exported(run, log, "--key", str(log.with_name("key.pem"))).code == 0
    with zipfile.ZipFile(log.with_name("e.zip")) as archive:
        page = archive.read("report.html").decode()
    assert "routed → good/one 1.0" in page
    assert "1 key" in page
    assert "3 decision" in page
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert "\x1b" not in page
    assert "http://" not in page
    assert "https://" not in page
    assert "alice" not in page
    assert page.count("<tr>") == page.count("</tr>") == 4 + 1 + 3


class TestNotEstablished:
    def test_without_a_key_or_with_another(self, run: Run, log: Path, tmp_path: Path) -> None:
        path = str(log.with_name("e.zip"))
        ran = run("audit", "verify", path, "--json", *LONG_AGO)
        assert (ran.code, ran.json["verdict"]) == (3, "incomplete")
        assert statuses(ran)["signature"] == "not established"
        do("audit", "key", "create", str(tmp_path / "other.pem"), "--name", ORIGIN)
        other = str(tmp_path / "other.pem.pub")
        ran = run("audit", "verify", path, "--json", *LONG_AGO, "--key", other)
        assert (ran.code, statuses(ran)["signature"]) == (3, "not established")
        assert statuses(ran)["attestations"] == "not established"
        # The same key under the name of another log is another key.
        renamed = line_of(log).replace(ORIGIN, f"{ORIGIN}-2")
        assert run("audit", "verify", path, "--key", renamed).code == 4

    @pytest.mark.parametrize("name", ["facts", "request", "evidence", "statement"])
    def test_what_is_withheld(self, run: Run, log: Path, name: str) -> None:
        ran = exported(run, log, "--withhold", name)
        assert ran.json["redacted"] == 2
        ran = verified(run, log)
        assert ran.code == 3
        assert statuses(ran)["inclusion"] == "ok"
        assert "redacted" in {code for claim in ran.json["claims"] for code in claim["codes"]}

    def test_what_was_erased(self, run: Run, log: Path) -> None:
        with Log.open(log) as opened, Vault.open(f"{log}.vault", ORIGIN) as vault:
            (entry,) = opened.entries(1, 2)
            vault.erase([entry.digests["evidence"]], entry.time)
        assert exported(run, log).json["erased"] == 1
        ran = verified(run, log)
        assert (ran.code, statuses(ran)["evidence"]) == (3, "not established")
        text = run("audit", "verify", str(log.with_name("e.zip")), *LONG_AGO).out
        assert "inclusion ok, evidence erased" in text

    def test_a_key_that_the_log_has_revoked(self, run: Run, log: Path, tmp_path: Path) -> None:
        first, second = str(log.with_name("key.pem")), str(tmp_path / "second.pem")
        do("audit", "key", "create", second, "--name", ORIGIN)
        do("audit", "key", "add", str(log), second, "--key", first)
        do("audit", "key", "revoke", str(log), f"{first}.pub", "--key", second)
        assert exported(run, log, "--key", second).code == 0
        ran = verified(run, log)
        assert (ran.code, statuses(ran)["signature"]) == (3, "not established")
        path = str(log.with_name("e.zip"))
        ran = run("audit", "verify", path, "--json", *LONG_AGO, "--key", f"{second}.pub")
        assert statuses(ran)["signature"] == "ok"


class TestFailed:
    def test_a_decision_that_was_dated_back(self, run: Run, log: Path) -> None:
        path = str(log.with_name("e.zip"))
        ran = run("audit", "verify", path, "--json", "--key", line_of(log))
        assert (ran.code, statuses(ran)["time"]) == (5, "failed")

    @pytest.mark.parametrize("member", ["entries.jsonl", "checkpoint", "decisions/1.json"])
    def test_members_of_another_file(self, run: Run, log: Path, member: str) -> None:
        path = log.with_name("e.zip")
        with zipfile.ZipFile(path) as archive:
            members = {name: archive.read(name) for name in archive.namelist()}
        members[member] = members[member][:-2] + b"\n"
        with zipfile.ZipFile(path, "w") as archive:
            for name, data in members.items():
                archive.writestr(zipfile.ZipInfo(name), data)
        ran = verified(run, log)
        assert (ran.code, ran.json["verdict"]) == (5, "failed")

    @pytest.mark.parametrize("length", [0, 1, 100, -1])
    def test_a_file_that_was_cut_off(self, run: Run, log: Path, length: int) -> None:
        path = log.with_name("e.zip")
        path.write_bytes(path.read_bytes()[:length])
        assert verified(run, log).code == 5


@pytest.mark.parametrize("what", ["missing", "folder", "private", "nokey", "empty"])
def test_what_cannot_be_read_ends_with_4(run: Run, log: Path, tmp_path: Path, what: str) -> None:
    path, words = str(log.with_name("e.zip")), list[str]()
    if what == "missing":
        path = str(tmp_path / "none.zip")
    elif what == "folder":
        path = str(tmp_path)
    elif what == "private":
        words = ["--key", str(log.with_name("key.pem"))]
    else:
        words = ["--key", str(tmp_path / "nobody") if what == "nokey" else ""]
    ran = run("audit", "verify", path, "--json", *words)
    assert ran.code == 4
    assert ran.json["verdict"] == "error"
    assert "BEGIN" not in ran.err


def test_an_export_that_cannot_be_leaves_nothing(run: Run, log: Path, tmp_path: Path) -> None:
    before = log.with_name("e.zip").read_bytes()
    cases: list[tuple[int, Any]] = [
        (2, ("--from", "2026-11-23", "--to", "2026-11-22")),
        (2, ("--from", "yesterday")),
        (2, ("--withhold", "everything")),
        (4, ("--vault", str(tmp_path / "none"))),
        (4, ("--key", str(tmp_path / "none"))),
        (4, ("-o", str(tmp_path / "none" / "e.zip"))),
        (4, ("-o", "-")),
    ]
    for code, words in cases:
        assert exported(run, log, *words).code == code
    Path(f"{log}.vault").unlink()
    Vault.open(f"{log}.vault", ORIGIN).close()
    ran = exported(run, log)
    assert (ran.code, ran.json["error"]["code"]) == (5, "vault-damaged")
    assert log.with_name("e.zip").read_bytes() == before
    assert [path for path in tmp_path.iterdir() if path.name.startswith(".caio")] == []


@pytest.mark.parametrize("error", [KeyboardInterrupt, MemoryError, OSError])
def test_what_interrupts_an_export_leaves_the_old_file(
    run: Run, log: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: type[BaseException]
) -> None:
    before = {path.name: path.read_bytes() for path in tmp_path.glob("*.zip")}

    def broken(*_: object) -> None:
        raise error

    monkeypatch.setattr(Vault, "find", broken)
    ran = exported(run, log)
    assert ran.code == (130 if error is KeyboardInterrupt else 4)
    assert {path.name: path.read_bytes() for path in tmp_path.glob("*.zip")} == before
    assert [path for path in tmp_path.iterdir() if path.name.startswith(".")] == []
