"""``caio route --record``: nothing is said that was not recorded, and what is recorded is what was said."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from caio.audit.attestation import verify_attestation
from caio.audit.entries import Kind
from caio.audit.faults import AuditError, Fault
from caio.audit.log import Log
from caio.audit.recorded import Recorded
from caio.audit.vault import Vault
from caio.base.canonical import digest_bytes
from tests.cli.audit_logs import HOPELESS, MARKET, ORIGIN, TRIAGE, copied, filled
from tests.cli.conftest import Run


@pytest.fixture(scope="module")
def once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return filled(tmp_path_factory.mktemp("recorded"))


@pytest.fixture
def log(once: Path, tmp_path: Path) -> Path:
    return copied(once, tmp_path)


def decisions(log: Path) -> list[Recorded]:
    with Log.open(log) as opened:
        return list(opened.entries(kind=Kind.DECISION))


def test_what_is_recorded_is_what_is_printed(log: Path, run: Run) -> None:
    ran = run("route", str(MARKET), *TRIAGE, "--record", str(log), "--json")
    assert ran.code == 0
    assert "recorded: entry 3" in ran.err
    last = decisions(log)[-1]
    with Vault.open(f"{log}.vault", ORIGIN) as vault:
        kept = vault.find(last.digests["evidence"])
    assert kept is not None
    assert kept.data == ran.out.encode()
    assert last.details["selected"] == ran.json["selected"]
    assert "statement" not in last.digests


def test_a_key_attests_what_it_records(log: Path) -> None:
    with Log.open(log) as opened, Vault.open(f"{log}.vault", ORIGIN) as vault:
        for entry in opened.entries(kind=Kind.DECISION):
            file, envelope = (vault.find(entry.digests[name]) for name in ("evidence", "statement"))
            assert file is not None
            assert file.data is not None
            assert envelope is not None
            assert envelope.data is not None
            attested = verify_attestation(envelope.data, opened.keyring().active)
            assert f"sha256:{attested.statement.decided.subject}" == digest_bytes(file.data)


def test_the_environment_names_the_log(
    log: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CAIO_AUDIT_LOG", str(log))
    assert run("route", str(MARKET), *HOPELESS).code == 1
    assert [one.details["verdict"] for one in decisions(log)][2:] == ["not_routable"]
    # A cached decision is recorded as one that is made anew.
    assert run("route", str(MARKET), *HOPELESS, "--no-cache").code == 1
    assert len(decisions(log)) == 4
    monkeypatch.setenv("CAIO_AUDIT_LOG", "")
    assert run("route", str(MARKET), *HOPELESS).code == 1
    assert len(decisions(log)) == 4


@pytest.mark.parametrize("fault", ["log", "vault", "lost", "foreign", "key", "full"])
def test_what_cannot_be_recorded_is_not_said(
    log: Path, run: Run, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ["route", str(MARKET), *TRIAGE, "--json", "--record", str(log)]
    output = log.with_name("decision.json")
    if fault == "log":
        log.unlink()
    elif fault == "vault":
        Path(f"{log}.vault").write_bytes(b"no vault")
    elif fault == "lost":
        Path(f"{log}.vault").unlink()
    elif fault == "foreign":
        other = log.with_name("other.vault")
        Vault.open(other, f"{ORIGIN}-2").close()
        words += ["--vault", str(other)]
    elif fault == "key":
        words += ["--record-key", str(log)]
    else:

        def full(*_: object) -> None:
            raise AuditError(Fault.LOG_BUSY, "the disk is full")

        monkeypatch.setattr(Log, "append", full)
    before = [] if fault == "log" else [one.index for one in decisions(log)]
    ran = run(*words, "-o", str(output))
    assert ran.code == 4
    assert json.loads(ran.out)["verdict"] == "error"
    assert not output.exists()
    assert Path(f"{log}.vault").exists() == (fault != "lost")
    if fault != "log":
        assert [one.index for one in decisions(log)] == before


def test_a_vault_without_a_log_is_misuse(run: Run, tmp_path: Path) -> None:
    ran = run("route", str(MARKET), *TRIAGE, "--vault", str(tmp_path / "v"))
    assert ran.code == 2
    assert "name the log as well" in ran.err


def test_a_vault_may_lie_elsewhere(log: Path, run: Run, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    Path(f"{log}.vault").rename(elsewhere)
    assert (
        run("route", str(MARKET), *TRIAGE, "--record", str(log), "--vault", str(elsewhere)).code
        == 0
    )
    assert not Path(f"{log}.vault").exists()


@pytest.mark.parametrize("place", [Vault, Log])
def test_what_is_interrupted_is_not_said(
    log: Path, run: Run, monkeypatch: pytest.MonkeyPatch, place: type
) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(place, "keep" if place is Vault else "append", interrupted)
    output = log.with_name("decision.json")
    ran = run("route", str(MARKET), *TRIAGE, "--record", str(log), "-o", str(output))
    assert (ran.code, ran.out) == (130, "")
    assert not output.exists()
    assert len(decisions(log)) == 2
