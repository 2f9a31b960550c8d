"""The cache as a user meets it: quicker, and otherwise as if it were not there."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest

from caio.base.canonical import Json
from caio.certify import cache as certificates
from caio.certify.prover import Prover, Unknown
from tests.cli.conftest import Ran, Run

MARKET = Path(__file__).parent / "market"
AT = ("--at", "2026-11-22")
QUESTIONS = [
    (*AT, "--request", "triage", "--facts", "alice"),
    (*AT, "--request", "hopeless", "--facts", "alice"),
    (*AT, "--request", "triage"),
]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The cache folder of the test."""
    monkeypatch.setenv("CAIO_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Whoever wants to decide anew fails."""

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("decided anew")

    for name in ("caio.certify.prover.Prover.__init__", "caio.routing.route.route"):
        monkeypatch.setattr(name, refuse)
    return monkeypatch


def route(run: Run, tmp_path: Path, *words: str) -> tuple[Ran, dict[str, bytes]]:
    """What routing prints and writes."""
    target = tmp_path / "out"
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir()
    ran = run("route", str(MARKET), *words, "-o", str(target / "decision.json"))
    return ran, {path.name: path.read_bytes() for path in target.iterdir()}


def kept(folder: Path, kind: str) -> list[Path]:
    return sorted(folder.glob(f"*.{kind}"))


@pytest.mark.parametrize("words", QUESTIONS)
def test_output_files_and_exit_code_are_the_same_cold_warm_without_and_damaged(
    run: Run, tmp_path: Path, folder: Path, words: tuple[str, ...]
) -> None:
    plain = route(run, tmp_path, *words, "--no-cache")
    assert not folder.exists()
    assert plain[0].code in {0, 1}
    assert route(run, tmp_path, *words) == plain
    compiled, certificate = (kept(folder, kind) for kind in ("caiocache", "certificate"))
    assert (len(compiled), len(certificate)) == (1, 1)
    good = [path.read_bytes() for path in (*compiled, *certificate)]
    assert route(run, tmp_path, *words) == plain
    for path, data in zip((*compiled, *certificate), good, strict=True):
        for place in (30, len(data) // 2, len(data) - 1):
            path.write_bytes(data[:place] + bytes([data[place] ^ 4]) + data[place + 1 :])
            assert route(run, tmp_path, *words) == plain
            assert path.read_bytes() == data


@pytest.mark.parametrize("words", QUESTIONS)
def test_the_same_question_is_decided_once(
    run: Run, tmp_path: Path, words: tuple[str, ...], request: pytest.FixtureRequest
) -> None:
    first = route(run, tmp_path, *words)
    printed = run("route", str(MARKET), *words, "--json")
    request.getfixturevalue("alone")
    assert route(run, tmp_path, *words) == first
    assert run("route", str(MARKET), *words, "--json") == printed


def test_another_time_is_another_question(
    run: Run, folder: Path, request: pytest.FixtureRequest
) -> None:
    words = ("route", str(MARKET), "--request", "triage", "--facts", "alice")
    assert run(*words, *AT).code == 0
    assert run(*words, "--at", "2026-11-23").code == 0
    assert len(kept(folder, "certificate")) == 2
    request.getfixturevalue("alone")
    assert run(*words, "--at", "2026-11-24").code == 4


def test_decisions_of_this_moment_are_not_kept(run: Run, folder: Path) -> None:
    assert run("route", str(MARKET), "--request", "triage", "--facts", "alice").code == 0
    assert kept(folder, "certificate") == []
    assert len(kept(folder, "caiocache")) == 1


def test_no_cache_reads_nothing_either(run: Run, request: pytest.FixtureRequest) -> None:
    words = ("route", str(MARKET), *QUESTIONS[0])
    assert run(*words).code == 0
    patch = request.getfixturevalue("alone")
    assert run(*words).code == 0
    assert run(*words, "--no-cache").code == 4
    patch.undo()


def test_a_forged_certificate_is_no_error_of_the_user(
    run: Run, tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = route(run, tmp_path, *QUESTIONS[0])
    (entry,) = kept(folder, "certificate")
    good = entry.read_bytes()

    class Forged(certificates.Certificates):
        """Writes another winner, with the right digest."""

        def keep(self, inputs: Mapping[str, Json], certificate: bytes) -> None:
            forged = certificate.replace(b'"good/one"', b'"good/two"')
            assert forged != certificate
            super().keep(inputs, forged)

    entry.unlink()
    with monkeypatch.context() as patch:
        patch.setattr(certificates, "Certificates", Forged)
        assert route(run, tmp_path, *QUESTIONS[0]) == plain
    assert b'"service":"good/one"' not in entry.read_bytes()
    assert route(run, tmp_path, *QUESTIONS[0]) == plain
    assert entry.read_bytes() == good


def test_a_cache_that_cannot_be_used_changes_nothing(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = route(run, tmp_path, *QUESTIONS[0], "--no-cache")
    blocked = tmp_path / "file"
    blocked.write_text("mine")
    monkeypatch.setenv("CAIO_CACHE_DIR", str(blocked))
    assert route(run, tmp_path, *QUESTIONS[0]) == plain
    assert route(run, tmp_path, *QUESTIONS[0]) == plain
    assert blocked.read_text() == "mine"


def test_check_keeps_documents_and_says_the_same(run: Run, folder: Path) -> None:
    plain = run("check", str(MARKET), "--no-cache", "--json")
    assert not folder.exists()
    assert run("check", str(MARKET), "--json") == plain
    assert run("check", str(MARKET), "--json") == plain
    assert len(kept(folder, "caiocache")) == 1


def test_an_unknown_is_asked_again(run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    words = ("route", str(MARKET), *QUESTIONS[0])
    with monkeypatch.context() as patch:
        patch.setattr(
            Prover, "decide_goals", lambda _, __, goals, **___: [Unknown("") for _ in goals]
        )
        assert run(*words).code == 3
    assert kept(folder, "certificate") == []
    assert run(*words).code == 0
    assert len(kept(folder, "certificate")) == 1
