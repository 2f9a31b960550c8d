"""The trail: no answer before its entry, everything an auditor needs behind the entry, nothing personal in it (INV-CAIO-0003)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import caio
from caio import checker
from caio.audit.entries import Kind
from caio.audit.faults import AuditError, Fault
from caio.audit.keys import create_signer
from caio.audit.log import Log
from caio.audit.trail import SEALED, Trail
from caio.audit.vault import Vault
from caio.base.canonical import digest, digest_bytes
from caio.sema.project import Project

ORIGIN = "audit.example.com/gateway-1"
DOCUMENTS = """
vocabulary "desk" {
  enum Permission { use }
  unit token
  capability chat
  metric latency: time in 0 s .. 10 s, lower is better, quantile 0.99, role latency
  cost in 0 USD .. 100 USD
  request fields { tokens: int in 0 .. 12 token }
  facts { permissions: set of Permission role permissions }
}
service alpha version 1.0 { provides chat  guarantees latency <= 2 s  cost 1 USD  permits any of { use } }
service beta version 1.0 { provides chat  guarantees latency <= 3 s  cost 2 USD  permits public }
rule quick { when request.tokens > 10 token then latency <= 2 s }
profile standard { weights { guarantee 0, cost 1, performance 0, reliability 0 }  limits { facts asserted } }
facts somebody { permissions = { use } }
request question { caller "Alice in accounts"  needs chat  given tokens <= 4 token }
request urgent { needs chat  given tokens == 11 token  budget 0.5 USD }
"""


@pytest.fixture
def project() -> Project:
    return caio.loads(DOCUMENTS)


def open_trail(folder: Path, *, wait: bool = True) -> Trail:
    signer = create_signer(folder / "key.pem", ORIGIN)
    log = Log.open(folder / "log", signer)
    return Trail(log, Vault.open(folder / "vault", ORIGIN), wait=wait)


def settled(trail: Trail) -> None:
    """Wait until what was decided so far is recorded, or has failed."""
    if trail._later is not None:
        trail._later.submit(int).result()


def entries(folder: Path) -> list[Any]:
    with Log.open(folder / "log") as log:
        return list(log.entries(kind=Kind.DECISION))


@pytest.mark.parametrize("wait", [True, False])
def test_every_decision_has_an_entry_whose_evidence_verifies(
    project: Project, tmp_path: Path, wait: bool
) -> None:
    with open_trail(tmp_path, wait=wait) as trail, caio.Router(project, records=trail) as router:
        answers = [
            router.route("question", facts="somebody", at=1_800_000_000_000_000),
            router.route("question", {"tokens": 3}),
            router.route("urgent"),
        ]
        if wait:
            assert len(entries(tmp_path)) == 3
    found = entries(tmp_path)
    assert [one.details["verdict"] for one in found] == ["routed", "routed", "not_routable"]
    with Vault.open(tmp_path / "vault", ORIGIN) as vault:
        for one, answer in zip(found, answers, strict=True):
            kept = {name: vault.find(one.digests[name]) for name in SEALED if name in one.digests}
            assert all(
                k is not None and k.item is not None and k.item.name == n for n, k in kept.items()
            )
            values = {name: k.item.value for name, k in kept.items() if k and k.item}
            assert values["decision"] == answer.decision_digest
            evidence = kept["evidence"]
            assert evidence is not None
            assert evidence.data is not None
            assert digest_bytes(evidence.data) == values["evidence"]
            body = json.loads(evidence.data)
            inputs = body["inputs"]
            assert values["request"] == inputs["request"]
            assert values.get("facts") == inputs["facts"]
            assert one.digests["landscape"] == inputs["landscape"]
            assert one.digests["policy"] == digest(inputs["policy"])
            # Nothing but the vault is needed to have the decision checked again.
            landscape = vault.document(inputs["landscape"])
            assert landscape is not None
            names: list[bytes | None] = [landscape]
            for entry in json.loads(landscape)["entries"]:
                names += [vault.document(name) for name in [entry["service"], *entry["overlays"]]]
            vocabulary = vault.document(inputs["vocabulary"])
            assert vocabulary is not None
            rest = [json.loads(name) for name in [vocabulary, *names] if name is not None]
            assert len(rest) == len(names) + 1
            more = json.dumps({"format": "caio-documents/v1", "documents": rest}).encode()
            verdict = checker.check(checker.load(evidence.data, more), evidence.data)
            assert verdict.verdict == one.details["verdict"]
            selected = one.details["selected"]
            assert (selected is None) == ("contract" not in one.digests)


def test_nothing_personal_is_in_an_entry(project: Project, tmp_path: Path) -> None:
    with open_trail(tmp_path) as trail, caio.Router(project, records=trail) as router:
        one = router.route("question", facts="somebody", at=1_800_000_000_000_000)
        again = router.route("question", facts="somebody", at=1_800_000_000_000_000)
        body = json.loads(one.bundle())
    assert one.decision_digest == again.decision_digest
    first, second = entries(tmp_path)
    personal = [
        "Alice",
        *(body["inputs"][name].removeprefix("sha256:") for name in ("request", "facts")),
        one.decision_digest.removeprefix("sha256:"),
    ]
    for entry in (first, second):
        assert not [text for text in personal if text.encode() in entry.data]
    # Equal decisions have unequal seals, so that nobody sees from the log that somebody asked again.
    assert {first.digests[name] for name in SEALED if name in first.digests}.isdisjoint(
        second.digests[name] for name in SEALED if name in second.digests
    )


@pytest.mark.parametrize("wait", [True, False])
def test_what_cannot_be_recorded_is_not_answered(
    project: Project, tmp_path: Path, wait: bool
) -> None:
    trail = open_trail(tmp_path, wait=wait)
    with caio.Router(project, records=trail) as router:
        router.route("question")
        settled(trail)
        trail._vault.close()
        if not wait:
            router.route("question")
            settled(trail)
        with pytest.raises(AuditError) as caught:
            router.route("question")
        assert caught.value.fault is Fault.VAULT_BUSY
    if not wait:
        with pytest.raises(AuditError):
            trail.close()
    assert len(entries(tmp_path)) == 1


def test_log_and_vault_belong_together(tmp_path: Path) -> None:
    signer = create_signer(tmp_path / "key.pem", ORIGIN)
    log = Log.open(tmp_path / "log", signer)
    vault = Vault.open(tmp_path / "vault", "audit.example.com/other")
    with pytest.raises(AuditError) as caught:
        Trail(log, vault)
    assert caught.value.fault is Fault.VAULT_FOREIGN
