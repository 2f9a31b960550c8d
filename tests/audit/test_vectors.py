"""The vectors of attestations are those that the code makes, and are judged as they say."""

from __future__ import annotations

import json
from typing import Any

import pytest

from caio.audit.attestation import verify_attestation
from caio.audit.bundle import read_bundle
from caio.audit.faults import AuditError, Fault
from caio.audit.notes import Verifier
from caio.audit.statement import Decided
from tests.audit.vectors import PATH, written

VECTORS: list[dict[str, Any]] = json.loads(PATH.read_text("utf-8"))["vectors"]


def judged(vector: dict[str, Any]) -> str | None:
    keys = [Verifier(name, bytes.fromhex(digits)) for name, digits in vector["keys"]]
    try:
        found = verify_attestation(vector["envelope"].encode(), keys, threshold=vector["threshold"])
        found.statement.check(Decided.read(vector["decision"].encode()))
    except AuditError as error:
        return error.fault.value
    return None


def test_the_file_is_what_the_generator_writes() -> None:
    assert PATH.read_bytes() == written(), "run `python -m tests.audit.vectors`"


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["desc"])
def test_a_vector_is_judged_as_it_says(vector: dict[str, Any]) -> None:
    assert judged(vector) == vector["expected"]
    if "bundle" in vector:
        assert read_bundle(vector["bundle"].encode()).data == vector["envelope"].encode()


def test_every_fault_of_a_verifier_has_a_vector() -> None:
    named = {vector["expected"] for vector in VECTORS} - {None}
    # What only those can see who sign, judge again, or read bundles has its tests elsewhere.
    elsewhere = {Fault.STATEMENT_CLAIMS, Fault.STATEMENT_UNFOUNDED}
    of_rooms = {
        fault.value for fault in Fault if fault.value.startswith(("envelope-", "statement-"))
    }
    assert named == of_rooms - {fault.value for fault in elsewhere}
