"""Attestations of decisions: made of what the checker has accepted, believed on the word of given keys, about one decision."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from hypothesis import given

from caio.audit.attestation import attest, attest_decided, countersign, verify_attestation
from caio.audit.envelope import read_envelope, seal
from caio.audit.faults import AuditError, Fault
from caio.audit.log import Log
from caio.audit.notes import Verifier
from caio.audit.statement import Decided, Statement, read_statement
from caio.base.canonical import canonical_bytes
from tests.audit.deciding import decisions, fixed, routed, statements
from tests.audit.keys import ORIGIN, TestSigner, WrongSigner
from tests.audit.logs import refused

ALICE, BOB, EVE = (TestSigner(name) for name in ("alice", "bob", "eve"))
A, B, E = map(Verifier.of, (ALICE, BOB, EVE))


def test_every_decision_is_attested_and_verifies() -> None:
    for made in decisions():
        envelope = attest(made.data, made.verdict, [ALICE])
        found = verify_attestation(envelope.data, [B, A])
        assert found.keys == (A,)
        assert found.statement.decided == Decided.read(made.data)
        found.statement.check(Decided.read(made.data), made.verdict)
        # Whoever has the members at hand need not read the file again.
        known = Decided.of(made.data, made.files.body)
        assert attest_decided(known, made.verdict, [ALICE]) == envelope
        assert attest(made.data, made.verdict, [ALICE]).data == envelope.data


def test_the_attestation_of_one_decision_is_none_of_another() -> None:
    made = decisions()
    attested = [
        verify_attestation(attest(one.data, one.verdict, [ALICE]).data, [A]).statement
        for one in made
    ]
    for place, statement in enumerate(attested):
        for other, decision in enumerate(made):
            act = partial(statement.check, Decided.read(decision.data), decision.verdict)
            if place == other:
                act()
            else:
                refused(Fault.STATEMENT_SUBJECT, act)


def test_a_changed_decision_is_not_attested() -> None:
    made = routed()
    statement = verify_attestation(attest(made.data, made.verdict, [ALICE]).data, [A]).statement
    for place in range(0, len(made.data), 7):
        changed = bytearray(made.data)
        changed[place] ^= 1
        with pytest.raises(AuditError) as caught:
            statement.check(Decided.read(bytes(changed)))
        assert caught.value.fault is Fault.STATEMENT_SUBJECT


@given(statements())
def test_whatever_a_key_says_is_read_as_it_was_said(statement: Statement) -> None:
    found = verify_attestation(seal(statement.data, [ALICE]).data, [A])
    assert found.statement == statement


def put(new: object, *path: str) -> Callable[[Any], None]:
    def act(value: Any) -> None:
        for step in path[:-1]:
            value = value[step]
        value[path[-1]] = new

    return act


OTHER = "sha256:" + "e" * 64
LIES: dict[str, tuple[Fault, Callable[[Any], None]]] = {
    "subject": (
        Fault.STATEMENT_SUBJECT,
        lambda one: one["subject"][0]["digest"].update(sha256="e" * 64),
    ),
    "verdict": (
        Fault.STATEMENT_PREDICATE,
        lambda one: one["predicate"].update(verdict="not_routable", selected=None),
    ),
    "selected": (Fault.STATEMENT_PREDICATE, put("cheap/far", "predicate", "selected", "service")),
    "control": (Fault.STATEMENT_PREDICATE, put("quick", "predicate", "selected", "control")),
    "policy": (Fault.STATEMENT_PREDICATE, put([OTHER], "predicate", "policy")),
    "no policy": (Fault.STATEMENT_PREDICATE, put([], "predicate", "policy")),
    "at": (Fault.STATEMENT_PREDICATE, put("2020-02-29T00:00:00Z", "predicate", "at")),
    "request": (Fault.STATEMENT_PREDICATE, put(OTHER, "predicate", "digests", "request")),
    "landscape": (Fault.STATEMENT_PREDICATE, put(OTHER, "predicate", "digests", "landscape")),
    "decision": (Fault.STATEMENT_PREDICATE, put(OTHER, "predicate", "digests", "decision")),
    "claims": (Fault.STATEMENT_CLAIMS, put([], "predicate", "claims")),
    "origin": (Fault.STATEMENT_ORIGIN, put("audit.example/gateway-2", "predicate", "origin")),
    "type": (Fault.STATEMENT_FORM, put("https://in-toto.io/Statement/v0.1", "_type")),
    "predicate type": (
        Fault.STATEMENT_FORM,
        put("https://slsa.dev/provenance/v1", "predicateType"),
    ),
}


@pytest.mark.parametrize("name", LIES)
def test_a_lie_that_is_truly_signed_is_named(name: str) -> None:
    made = next(
        one
        for one in decisions()
        if Decided.read(one.data).policy and Decided.read(one.data).selected
    )
    fault, lie = LIES[name]
    payload = json.loads(attest(made.data, made.verdict, [ALICE]).unverified)
    lie(payload)
    data = seal(canonical_bytes(payload), [ALICE]).data

    def act() -> None:
        found = verify_attestation(data, [A])
        found.statement.check(Decided.read(made.data), made.verdict)

    refused(fault, act)


def test_bytes_that_are_signed_and_not_canonical_are_no_statement() -> None:
    payload = fixed()[1].data
    for bad in (
        json.dumps(json.loads(payload)).encode(),
        payload + b"\n",
        payload.replace(b'"verdict":"routed"', b'"verdict":"unknown","verdict":"routed"'),
        b"not json",
    ):
        refused(Fault.STATEMENT_FORM, partial(verify_attestation, seal(bad, [ALICE]).data, [A]))


def test_nothing_is_parsed_before_it_is_verified(monkeypatch: pytest.MonkeyPatch) -> None:
    parsed: list[bytes] = []

    def spying(data: bytes) -> Statement:
        parsed.append(data)
        return read_statement(data)

    monkeypatch.setattr("caio.audit.attestation.read_statement", spying)
    payload = fixed()[1].data
    data = seal(payload, [ALICE]).data
    refused(Fault.ENVELOPE_UNSIGNED, partial(verify_attestation, data, [B]))
    changed = replace(read_envelope(data), unverified=payload[:-1]).data
    refused(Fault.ENVELOPE_SIGNATURE, partial(verify_attestation, changed, [A]))
    assert not parsed
    verify_attestation(data, [A])
    assert parsed == [payload]


def test_a_key_is_good_for_its_own_log() -> None:
    elsewhere = TestSigner("alice", "audit.example/gateway-2")
    payload = fixed()[1].data
    message = refused(
        Fault.STATEMENT_ORIGIN,
        partial(verify_attestation, seal(payload, [elsewhere]).data, [Verifier.of(elsewhere)]),
    )
    assert ORIGIN in message
    assert "audit.example/gateway-2" in message
    # Others may sign as well, and the key of the log must be among those that are believed.
    reviewer = TestSigner("reviewer", "reviewer.example/1")
    data = seal(payload, [ALICE, reviewer]).data
    R = Verifier.of(reviewer)  # noqa: N806 - a key, like those above
    assert verify_attestation(data, [A, R], threshold=2).keys == (A, R)
    refused(Fault.STATEMENT_ORIGIN, partial(verify_attestation, data, [R]))


def test_further_keys_sign_what_they_have_verified() -> None:
    made = routed()
    data = attest(made.data, made.verdict, [ALICE]).data
    both = countersign(data, [A], [BOB])
    assert both == attest(made.data, made.verdict, [ALICE, BOB])
    assert verify_attestation(both.data, [A, B], threshold=2).keys == (A, B)
    refused(Fault.ENVELOPE_UNSIGNED, partial(countersign, data, [B], [BOB]))
    refused(Fault.ENVELOPE_FORM, partial(countersign, data, [A], [ALICE]))
    refused(Fault.ENVELOPE_SIGNATURE, partial(countersign, data, [A], [WrongSigner("bob")]))


def test_what_was_not_accepted_is_not_attested() -> None:
    first, second = decisions()[:2]
    for data, verdict, signers, fault in (
        (first.data, second.verdict, [ALICE], Fault.STATEMENT_UNFOUNDED),
        (b"{}", first.verdict, [ALICE], Fault.STATEMENT_SUBJECT),
        (first.data, first.verdict, [], Fault.ENVELOPE_FORM),
        (first.data, first.verdict, [WrongSigner("alice")], Fault.ENVELOPE_SIGNATURE),
        (first.data, first.verdict, [TestSigner("alice", "a b")], Fault.NOTE_KEY),
    ):
        refused(fault, partial(attest, data, verdict, signers))


def test_the_keys_of_a_log_verify_what_it_attests(tmp_path: Any) -> None:
    made = routed()
    with Log.open(tmp_path / "log", ALICE) as log:
        assert log.origin == ORIGIN
        data = attest(made.data, made.verdict, [ALICE]).data
        log.rotate(BOB)
        later = attest(made.data, made.verdict, [BOB]).data
    assert verify_attestation(data, [A, B]).keys == (A,)
    assert verify_attestation(later, [A, B]).keys == (B,)
    refused(Fault.ENVELOPE_UNSIGNED, partial(verify_attestation, later, [A]))
