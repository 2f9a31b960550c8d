"""Questions to history: proved once for what decisions have in common, alone for the rest, and offenders are named."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest

import caio
from caio.audit.answer import answer_json, recheck
from caio.audit.entries import Kind
from caio.audit.export import Range
from caio.audit.faults import AuditError, Fault
from caio.audit.log import Log
from caio.audit.past import Past, ask_past
from caio.audit.vault import Vault
from caio.base.errors import EvidenceError
from caio.certify.prover import Prover
from tests.audit.test_trail import ORIGIN, open_trail

DOCUMENTS = """
vocabulary "clinic" {
  enum Data { public, health sensitive }
  enum Locality { local, eu, us }
  unit token
  capability chat
  metric latency: time in 0 s .. 10 s, lower is better, quantile 0.99, role latency
  cost in 0 USD .. 100 USD
  request fields { tokens: int in 0 .. 12 token, data: set of Data role data }
  service attributes { locality: Locality role locality, encrypted: bool role encrypted }
}
service eu version 1.0 { is locality = eu, encrypted = true  provides chat  cost 1 USD  permits public }
service us version 1.0 { is locality = us, encrypted = true  provides chat  cost 2 USD  permits public  assumes request.tokens >= 5 token }
profile standard { weights { guarantee 0, cost 1, performance 0, reliability 0 }  limits { facts asserted } }
request notes { needs chat  given tokens <= 4 token, data == { public } }
request record { needs chat  given data has health, tokens in 5 .. 12 token }
property stays { never admitted when request.data has health and service.locality == us }
property small { never admitted when request.tokens > 4 token }
property quick { never admitted when latency > 20 s }
"""
RULE = "invariant in_the_eu { when request.data has health then service.locality in { local, eu } }"
DEAR = "cost 1 USD  permits"
EVERYTHING = Range(0, 2**53 - 1)


def history(folder: Path, documents: str, *requests: str) -> None:
    with open_trail(folder) as trail, caio.Router(caio.loads(documents), records=trail) as router:
        for request in requests:
            router.route(request)


def asked(folder: Path, name: str, documents: str = DOCUMENTS, **more: Any) -> Past:
    project = caio.loads(documents)
    claim = next(one for one in project.properties if one.name == name)
    with (
        Log.open(folder / "log") as log,
        Vault.open(folder / "vault", ORIGIN) as vault,
        Prover() as prover,
    ):
        return ask_past(log, vault, claim, project.vocabularies[0], EVERYTHING, prover, **more)


def test_one_proof_covers_every_decision_of_a_pair(tmp_path: Path) -> None:
    history(tmp_path, DOCUMENTS + RULE, *["notes", "record"] * 4)
    past = asked(tmp_path, "stays")
    assert past.holds is True
    assert (past.decisions, past.selecting, past.offences, past.open, past.alone) == (
        8,
        8,
        (),
        (),
        (),
    )
    assert sum(len(pair.indices) for pair in past.covered) == 8
    assert sum(len(answered.answers) for answered, _ in past.evidence) == len(past.covered) == 1


def test_what_no_rule_forbids_is_asked_of_each_decision(tmp_path: Path) -> None:
    # The European service is dear here, and nothing keeps records out of the other one.
    history(
        tmp_path,
        DOCUMENTS.replace(DEAR, "cost 3 USD  permits"),
        "notes",
        "record",
        "notes",
        "record",
    )
    past = asked(tmp_path, "stays")
    assert past.holds is False
    assert [one.index for one in past.offences] == [2, 4]
    assert all(one.witness["request.data:health"] == 1 for one in past.offences)
    # The notes went to the service in the EU, for which it holds whatever is asked.
    assert [pair.indices for pair in past.covered] == [[1, 3]]


def test_a_property_of_requests_holds_for_the_decisions_about_them_alone(tmp_path: Path) -> None:
    history(tmp_path, DOCUMENTS, "notes", "notes", "record")
    past = asked(tmp_path, "small")
    assert (past.alone, [one.index for one in past.offences]) == ((1, 2), [3])
    assert asked(tmp_path, "quick").holds is True


def test_what_was_erased_stays_open(tmp_path: Path) -> None:
    history(tmp_path, DOCUMENTS, "notes", "notes")
    with Log.open(tmp_path / "log") as log, Vault.open(tmp_path / "vault", ORIGIN) as vault:
        first = next(log.entries(kind=Kind.DECISION))
        vault.erase([first.digests["request"]], 1)
    past = asked(tmp_path, "small")
    assert (past.holds, past.open, past.alone) == (None, (1,), (2,))
    # What is proved for all requests needs none of them.
    assert asked(tmp_path, "stays", DOCUMENTS).holds is True


def test_other_words_and_no_budget_are_no_proof(tmp_path: Path) -> None:
    history(tmp_path, DOCUMENTS + RULE, "notes")
    other = asked(tmp_path, "stays", DOCUMENTS.replace("0 .. 12", "0 .. 13"))
    assert (other.holds, other.open) == (None, (1,))
    empty = tmp_path / "empty"
    empty.mkdir()
    history(empty, DOCUMENTS)
    assert asked(empty, "stays").decisions == 0


def test_an_answer_is_checked_again_without_a_solver(tmp_path: Path) -> None:
    history(tmp_path, DOCUMENTS + RULE, *["notes", "record"] * 2)
    past = asked(tmp_path, "stays")
    answer: Any = answer_json(past, ORIGIN, EVERYTHING)
    with Log.open(tmp_path / "log") as log:
        entries = list(log.entries(kind=Kind.DECISION))
    recheck(answer, entries)

    def refused(change: Any, found: list[Any], fault: type[Exception] = AuditError) -> None:
        lie = copy.deepcopy(answer)
        change(lie)
        with pytest.raises(fault) as caught:
            recheck(lie, found)
        if isinstance(caught.value, AuditError):
            assert caught.value.fault is Fault.ANSWER

    refused(lambda _: None, entries[:-1])
    refused(lambda _: None, [*entries, entries[0]])
    refused(lambda a: a.update(certificates=[]), entries)
    refused(lambda a: a.update(property="sha256:" + "0" * 64), entries)
    refused(lambda a: a.pop("documents"), entries)
    refused(lambda a: a.update(certificates=5), entries)
    refused(
        lambda a: a["certificates"][0]["certificate"]["evidence"].update(proofs=[]),
        entries,
        EvidenceError,
    )
    refused(lambda a: a.update(documents=a["documents"][:-1]), entries, EvidenceError)


@pytest.mark.parametrize("seed", range(3))
def test_other_decisions_are_not_covered(tmp_path: Path, seed: int) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    one.mkdir()
    other.mkdir()
    history(one, DOCUMENTS + RULE, "notes")
    history(
        other, DOCUMENTS if seed else DOCUMENTS.replace(DEAR, "cost 3 USD  permits") + RULE, "notes"
    )
    answer = answer_json(asked(one, "stays"), ORIGIN, EVERYTHING)
    with Log.open(other / "log") as log, pytest.raises(AuditError, match="nothing shows"):
        recheck(answer, log.entries(kind=Kind.DECISION))
