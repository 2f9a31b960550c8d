"""A certificate of documents: written by ``check``, read by ``verify``, tampered with in between."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Run

MARKET = Path(__file__).parent / "market"


@pytest.fixture
def certificate(run: Run, tmp_path: Path) -> Path:
    file = tmp_path / "sane.json"
    assert run("check", str(MARKET), "--no-cache", "-o", str(file)).code == 0
    return file


def test_is_accepted_and_says_what_it_claims_by_name(run: Run, certificate: Path) -> None:
    said = run("verify", str(certificate))
    assert said.code == 0
    assert "ok               rule `stay_home` applies to some request" in said.out
    assert "the guarantees of service `good/one` 1.0 never contradict each other" in said.out
    assert "sha256:" not in said.out
    assert "accepted: sane.json, verdict holds" in said.out


def test_is_of_these_texts_and_of_no_others(run: Run, certificate: Path, tmp_path: Path) -> None:
    assert run("verify", str(certificate), "--against", str(MARKET)).code == 0
    changed = Path(shutil.copytree(MARKET, tmp_path / "changed"))
    policy = changed / "policy.caio"
    policy.write_text(policy.read_text().replace("service.region == eu", "latency <= 1 s"))
    said = run("verify", str(certificate), "--against", str(changed))
    assert said.code == 1
    assert "differs          rule stay_home" in said.out


def test_shows_its_documents_on_request(run: Run, certificate: Path) -> None:
    assert run("show", str(certificate)).code == 4
    shown = run("show", "--documents", str(certificate))
    assert shown.code == 0
    assert "rule stay_home" in shown.out


def test_shows_what_was_refuted(run: Run, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(MARKET, tmp_path / "market"))
    (folder / "dead.caio").write_text(
        'uses "market" rule dead { when request.tokens > 5 token and request.tokens < 3 token then latency <= 1 s }'
    )
    file = tmp_path / "dead.json"
    assert run("check", str(folder), "-o", str(file), "--no-cache").code == 1
    said = run("verify", str(file))
    assert said.code == 0
    assert "refuted          rule `dead` applies to some request" in said.out
    assert "verdict refuted" in said.out


TAMPERED: dict[str, Callable[[dict[str, Any]], object]] = {
    "no documents": lambda body: body.update(documents=[]),
    "a document less": lambda body: body["documents"].pop(0),
    "documents of no kind": lambda body: body.update(documents=7),
    "another verdict": lambda body: body["claims"][0].update(verdict="refuted"),
    "other evidence": lambda body: body["claims"][0].update(evidence=0),
    "a claim twice": lambda body: body["claims"].append(body["claims"][0]),
    "no claims": lambda body: body.update(claims=[]),
    "an unknown field": lambda body: body.update(extra=1),
    "another format": lambda body: body.update(format="caio-certificate/v2"),
}


@pytest.mark.parametrize("how", TAMPERED)
def test_is_rejected_when_tampered_with(run: Run, certificate: Path, how: str) -> None:
    body = json.loads(certificate.read_text())
    TAMPERED[how](body)
    certificate.write_text(json.dumps(body))
    said = run("verify", str(certificate))
    assert (said.code, said.out.splitlines()[-1]) == (
        5,
        "rejected: sane.json; nothing in it is established",
    )


def test_a_second_value_of_a_key_is_not_hidden(run: Run, certificate: Path) -> None:
    text = certificate.read_text().replace("{\n", '{\n"claims": [],\n', 1)
    certificate.write_text(text)
    assert run("verify", str(certificate)).code == 5


def test_is_about_one_vocabulary(run: Run, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(MARKET, tmp_path / "market"))
    (folder / "other.caio").write_text(
        'vocabulary "other" { unit token capability chat }\nservice s version 1 { provides chat permits public }'
    )
    file = tmp_path / "both.json"
    said = run("check", str(folder), "-o", str(file))
    assert said.code == 4
    assert "`market`" in said.err
    assert "`other`" in said.err
    assert not file.exists()
    assert run("check", str(folder)).code == 0
