"""Statements say what the decision says, are read strictly, and do not pass for those of another decision."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import caio
from caio.audit.faults import Fault
from caio.audit.statement import (
    MAX_STATEMENT,
    Claim,
    Decided,
    Statement,
    Tool,
    claims_of,
    read_statement,
    solver,
)
from caio.base.canonical import canonical_bytes
from caio.base.errors import InputError
from tests.audit.deciding import ALWAYS, Made, body_of, decided, decisions, routed, statements
from tests.audit.keys import ORIGIN
from tests.audit.logs import refused

OTHER = "sha256:" + "e" * 64


def stated(made: Made) -> Statement:
    return Statement.of(Decided.read(made.data), made.verdict, ORIGIN)


def test_a_statement_says_what_the_decision_and_the_checker_say() -> None:
    assert {one.verdict.verdict for one in decisions()} == {"routed", "not_routable", "unknown"}
    for made in decisions():
        body: Any = made.files.body
        payload = json.loads(stated(made).data)
        assert payload["_type"] == "https://in-toto.io/Statement/v1"
        assert payload["predicateType"] == "urn:caio:attestation:decision:v1"
        assert payload["subject"] == [
            {"name": "decision.json", "digest": {"sha256": sha256(made.data).hexdigest()}}
        ]
        said = payload["predicate"]
        for name in ("at", "selected", "verdict"):
            assert said[name] == body[name]
        inputs = {
            name: value
            for name, value in body["inputs"].items()
            if name not in {"at", "seed", "policy"} and value is not None
        }
        own = {name: body[f"{name}_digest"] for name in ("decision", "obligations", "trace")}
        assert said["digests"] == {**inputs, **own}
        assert said["policy"] == body["inputs"]["policy"]
        assert [[one["name"], one["text"], one["status"]] for one in said["claims"]] == [
            list(one) for one in made.verdict.claims
        ]
        assert said["origin"] == ORIGIN
        assert said["checker"] == {"name": "caio-checker", "version": caio.__version__}
        assert said["solver"] == {"name": "z3", "version": solver().version}


def test_a_file_with_its_documents_is_a_subject_as_well() -> None:
    made = routed()
    for data in (made.files.decision, made.files.bundle, made.data):
        found = Decided.read(data)
        assert found == replace(Decided.read(made.data), subject=sha256(data).hexdigest())
        assert found == Decided.of(data, made.files.body)
        stated(made)


@given(statements())
def test_what_is_written_is_read_again(statement: Statement) -> None:
    assert read_statement(statement.data) == statement
    statement.check(statement.decided)


@given(decided())
def test_a_decision_is_read_as_it_was_written(found: Decided) -> None:
    data = canonical_bytes(body_of(found))
    assert Decided.read(data) == replace(found, subject=sha256(data).hexdigest())


@given(statements(), st.data())
def test_members_of_a_later_version_are_ignored(statement: Statement, data: st.DataObject) -> None:
    payload = json.loads(statement.data)
    objects = [
        payload,
        payload["subject"][0],
        payload["subject"][0]["digest"],
        payload["predicate"],
        payload["predicate"]["checker"],
        payload["predicate"]["digests"],
        *payload["predicate"]["claims"],
    ]
    chosen = data.draw(st.sampled_from(objects))
    chosen["zz-later"] = data.draw(st.sampled_from([None, True, 7, "x", [{}], {"a": ["b"]}]))
    assert read_statement(canonical_bytes(payload)) == statement


@given(statements(), st.integers(0))
def test_a_changed_byte_is_another_statement_or_none(statement: Statement, place: int) -> None:
    data = bytearray(statement.data)
    data[place % len(data)] ^= 1 << place % 7
    try:
        found = read_statement(bytes(data))
    except InputError:
        return
    assert found != statement


def without(*path: str | int) -> Callable[[Any], None]:
    def act(value: Any) -> None:
        for step in path[:-1]:
            value = value[step]
        del value[path[-1]]

    return act


def put(new: Any, *path: str | int) -> Callable[[Any], None]:
    def act(value: Any) -> None:
        for step in path[:-1]:
            value = value[step]
        value[path[-1]] = new

    return act


P = "predicate"
MALFORMED: dict[str, Callable[[Any], None]] = {
    "another type": put("https://in-toto.io/Statement/v0.1", "_type"),
    "no type": without("_type"),
    "another predicate": put("https://slsa.dev/provenance/v1", "predicateType"),
    "a later predicate": put("urn:caio:attestation:decision:v2", "predicateType"),
    "no predicate": without(P),
    "predicate is null": put(None, P),
    "no subject": put([], "subject"),
    "subject is no list": put({}, "subject"),
    "two subjects": lambda value: value["subject"].append(value["subject"][0]),
    "another name": put("decision.txt", "subject", 0, "name"),
    "no digest": put({}, "subject", 0, "digest"),
    "digest with prefix": put(OTHER, "subject", 0, "digest", "sha256"),
    "digest too short": put("ab", "subject", 0, "digest", "sha256"),
    "digest in capitals": put("A" * 64, "subject", 0, "digest", "sha256"),
    "digest is a number": put(7, "subject", 0, "digest", "sha256"),
    **{f"no {name}": without(P, name) for name in ("at", "checker", "claims", "digests")},
    **{f"no {name}": without(P, name) for name in ("origin", "policy", "selected", "solver")},
    "no verdict": without(P, "verdict"),
    "another verdict": put("admitted", P, "verdict"),
    "routed to nobody": put(None, P, "selected"),
    "not routed to somebody": put("unknown", P, "verdict"),
    "selected without control": without(P, "selected", "control"),
    "selected is a text": put("good/one", P, "selected"),
    "a service without a name": put("", P, "selected", "service"),
    "a date": put("2026-11-22", P, "at"),
    "another spelling of a time": put("2026-11-22T00:00:00.000000Z", P, "at"),
    "a day that is none": put("2026-02-30T00:00:00Z", P, "at"),
    "a time of another zone": put("2026-11-22T00:00:00+01:00", P, "at"),
    "a time as a number": put(1, P, "at"),
    "an origin with a blank": put("a b", P, "origin"),
    "an origin that is taken": put("cosignature/v1", P, "origin"),
    "a policy out of order": put([OTHER, "sha256:" + "0" * 64], P, "policy"),
    "a rule twice": put([OTHER, OTHER], P, "policy"),
    "a rule that is no digest": put(["x"], P, "policy"),
    "a digest of nothing": put(None, P, "digests", "request"),
    "facts of nothing": put(None, P, "digests", "facts"),
    "no trace": without(P, "digests", "trace"),
    "a claim without a status": put([{"name": "winner", "text": ""}], P, "claims"),
    "a status that is no text": put([{"name": "a", "text": "", "status": True}], P, "claims"),
    "too many claims": put([{"name": "a", "text": "", "status": "b"}] * 1_001, P, "claims"),
    "a solver without version": put({"name": "z3"}, P, "solver"),
    "a checker that is a text": put("caio", P, "checker"),
}


@pytest.mark.parametrize("name", MALFORMED)
def test_what_is_no_statement_is_refused(name: str) -> None:
    payload = json.loads(stated(routed()).data)
    MALFORMED[name](payload)
    message = refused(Fault.STATEMENT_FORM, lambda: read_statement(canonical_bytes(payload)))
    assert message.startswith("this is no statement about a decision: ")


def test_other_bytes_of_the_same_statement_are_none() -> None:
    data = stated(routed()).data
    value = json.loads(data)
    twice = data.replace(b'"verdict":"routed"', b'"verdict":"unknown","verdict":"routed"')
    assert json.loads(twice) == value
    texts = [
        json.dumps(value).encode(),
        json.dumps(value, sort_keys=True, indent=1).encode(),
        json.dumps(dict(reversed(value.items())), separators=(",", ":")).encode(),
        data + b"\n",
        b" " + data,
        b"\xef\xbb\xbf" + data,
        data.replace(b"in-toto.io", b"in-toto\\u002eio"),
        data.replace(b"https://", b"https:\\/\\/"),
        twice,
        data.decode().encode("utf-16"),
        data[:-1],
        data + data,
    ]
    for text in texts:
        assert text != data
        refused(Fault.STATEMENT_FORM, partial(read_statement, text))


def test_what_no_json_should_hold_is_refused() -> None:
    data = stated(routed()).data
    for bad in (
        b"",
        b"null",
        b"[]",
        b"{}",
        data[:-1] + b',"z":1.0}',
        data[:-1] + b',"z":1e3}',
        data[:-1] + b',"z":NaN}',
        data[:-1] + b',"z":-0}',
        data[:-1] + b',"z":9007199254740992}',
        data[:-1] + b',"z":"\\ud800"}',
        data[:-1] + b',"z":' + b"[" * 40 + b"]" * 40 + b"}",
        data[:-1] + b',"z":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        data[:-1] + b',"z":' + b"9" * 5_000 + b"}",
        data + b" " * MAX_STATEMENT,
        b"\xff" + data,
    ):
        refused(Fault.STATEMENT_FORM, partial(read_statement, bad))
    refused(Fault.STATEMENT_FORM, lambda: read_statement(data.decode()))  # type: ignore[arg-type]


def test_a_statement_about_another_file_is_refused() -> None:
    first, second = decisions()[:2]
    message = refused(
        Fault.STATEMENT_SUBJECT, lambda: stated(first).check(Decided.read(second.data))
    )
    assert sha256(second.data).hexdigest() in message
    # The same decision in other bytes is another file.
    refused(
        Fault.STATEMENT_SUBJECT,
        lambda: stated(first).check(Decided.read(first.files.decision)),
    )


def another(name: str) -> Callable[[Decided], Decided]:
    return lambda one: replace(one, digests={**one.digests, name: OTHER})


LIES: dict[str, Callable[[Decided], Decided]] = {
    "verdict": lambda one: replace(one, verdict="not_routable", selected=None),
    "unknown": lambda one: replace(one, verdict="unknown", selected=None),
    "selected": lambda one: replace(one, selected={**(one.selected or {}), "service": "x"}),
    "selected version": lambda one: replace(one, selected={**(one.selected or {}), "version": "9"}),
    "selected route": lambda one: replace(one, selected={**(one.selected or {}), "route": "x"}),
    "at": lambda one: replace(one, at="2020-01-01T00:00:00Z"),
    "policy left out": lambda one: replace(one, policy=one.policy[1:]),
    "policy added": lambda one: replace(one, policy=tuple(sorted((*one.policy, OTHER)))),
    **{f"digest of {name}": another(name) for name in ALWAYS},
    "facts left out": lambda one: replace(
        one, digests={name: value for name, value in one.digests.items() if name != "facts"}
    ),
    "measurements added": lambda one: replace(one, digests={**one.digests, "measurements": OTHER}),
}


@pytest.mark.parametrize("name", LIES)
def test_a_statement_that_lies_about_its_subject_is_refused(name: str) -> None:
    made = next(
        one
        for one in decisions()
        if one.verdict.verdict == "routed"
        and Decided.read(one.data).policy
        and "facts" in Decided.read(one.data).digests
    )
    honest = stated(made)
    lying = replace(honest, decided=LIES[name](honest.decided))
    assert read_statement(lying.data) == lying
    message = refused(Fault.STATEMENT_PREDICATE, lambda: lying.check(Decided.read(made.data)))
    assert "do not believe its signer" in message


def test_to_be_refused_is_not_to_be_unknown() -> None:
    """Neither selects anybody, so that the verdict alone tells them apart."""
    for true, said in (("not_routable", "unknown"), ("unknown", "not_routable")):
        made = next(one for one in decisions() if one.verdict.verdict == true)
        honest = stated(made)
        lying = replace(honest, decided=replace(honest.decided, verdict=said))
        message = refused(Fault.STATEMENT_PREDICATE, partial(lying.check, Decided.read(made.data)))
        assert f"`{said}`, and the decision `{true}`" in message


@given(statements(), statements())
def test_a_statement_speaks_of_one_decision(one: Statement, other: Statement) -> None:
    if one.decided.subject != other.decided.subject:
        refused(Fault.STATEMENT_SUBJECT, lambda: one.check(other.decided))
    same = replace(other.decided, subject=one.decided.subject)
    if same != one.decided:
        refused(Fault.STATEMENT_PREDICATE, lambda: one.check(same))


def test_claims_of_this_checker_must_be_those_that_it_makes() -> None:
    for made in decisions():
        honest, found = stated(made), Decided.read(made.data)
        honest.check(found, made.verdict)
        assert honest.claims == claims_of(made.verdict)
        for claims in (
            honest.claims[1:],
            (*honest.claims, Claim("winner", "everything holds", "holds")),
            tuple(replace(one, status="proved") for one in honest.claims),
            tuple(reversed(honest.claims)),
        ):
            lying = replace(honest, claims=claims)
            refused(
                Fault.STATEMENT_CLAIMS,
                partial(lying.check, found, made.verdict),
            )
            # Another version has other words, and without a verdict nothing is compared.
            replace(lying, checker=Tool("caio-checker", "9.0")).check(found, made.verdict)
            lying.check(found)


def test_only_what_the_checker_has_accepted_is_attested() -> None:
    first, second = [one for one in decisions() if one.verdict.verdict == "routed"][:2]
    found = Decided.read(first.data)
    for verdict in (
        second.verdict,
        first.verdict._replace(kind="examination"),
        first.verdict._replace(verdict="not_routable"),
        first.verdict._replace(digests={}),
        *(
            first.verdict._replace(digests={**first.verdict.digests, name: OTHER})
            for name in first.verdict.digests
        ),
    ):
        refused(
            Fault.STATEMENT_UNFOUNDED,
            partial(Statement.of, found, verdict, ORIGIN),
        )
    for origin in ("", "a b", "a+b", "cosignature/v1", "x" * 256):
        refused(Fault.NOTE_KEY, partial(Statement.of, found, first.verdict, origin))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"{}",
        b'{"format":"caio-decision/v1"}',
        b'{"format":"caio-certificate/v1"}',
        b"\xff",
        b"[" * 100_000,
    ],
)
def test_what_is_no_decision_is_no_subject(data: bytes) -> None:
    refused(Fault.STATEMENT_SUBJECT, lambda: Decided.read(data))


def test_a_decision_that_contradicts_itself_is_no_subject() -> None:
    body = json.loads(routed().data)
    for change in (
        put("caio-examination/v1", "format"),
        put(None, "selected"),
        put("unknown", "verdict"),
        put("2026", "at"),
        put([], "inputs"),
        put(None, "inputs", "request"),
        put(["b", "a"], "inputs", "policy"),
        without("trace_digest"),
        without("inputs", "facts"),
    ):
        changed = json.loads(json.dumps(body))
        change(changed)
        data = json.dumps(changed).encode()
        refused(Fault.STATEMENT_SUBJECT, partial(Decided.read, data))
    twice = routed().data.replace(b'"verdict":"routed"', b'"verdict":"unknown","verdict":"routed"')
    refused(Fault.STATEMENT_SUBJECT, lambda: Decided.read(twice))


def test_a_policy_that_is_too_large_is_refused_when_it_is_written() -> None:
    statement = stated(routed())
    policy = tuple(f"sha256:{number:064x}" for number in range(57_000))
    large = replace(statement, decided=replace(statement.decided, policy=policy))
    refused(Fault.STATEMENT_FORM, lambda: large.data)
    fitting = replace(statement, decided=replace(statement.decided, policy=policy[:56_000]))
    assert read_statement(fitting.data) == fitting
