"""An attestation is the document that a node made of what it verified, or it is nothing."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from caio.base.canonical import canonical_bytes
from caio.base.errors import InputError
from caio.ir import documents as d
from caio.ir.decode import decode_document
from caio.ir.encode import document_bytes, document_digest, statement_json
from caio.security.attestation import FORMAT, Attested, attest, verify_attestation
from caio.security.authentication import Authenticated
from caio.security.nodes import node_digest
from caio.security.refusal import Refusal, RefusedError
from tests.security import forge as f

NODE = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
OTHER = Ed25519PrivateKey.from_private_bytes(bytes(32))
PUBLIC = NODE.public_key()


def caller(**claims: object) -> Authenticated:
    return f.authenticator().authenticate(f.token("EdDSA", claims=claims), at=f.AT)


def signed(statement: d.Statement, key: Ed25519PrivateKey = NODE, **changes: Any) -> d.Attestation:
    """An attestation of any statement, by somebody who has the node's key."""
    message = FORMAT.encode() + b"\n" + canonical_bytes(statement_json(statement))
    whole = d.Attestation(
        statement.vocabulary,
        node_digest(key.public_key()),
        f.b64(key.sign(message)),
        statement,
    )
    return replace(whole, **changes)


def read(data: bytes) -> d.Document:
    """What a document set would make of these bytes."""
    try:
        value = json.loads(data)
    except ValueError as error:
        raise InputError("no JSON") from error
    return decode_document(value, {document_digest(f.VOCABULARY): f.VOCABULARY})


def refusal(attestation: Any, key: Ed25519PrivateKey = NODE) -> Refusal:
    with pytest.raises(RefusedError) as caught:
        verify_attestation(attestation, key.public_key())
    return caught.value.code


def test_says_what_was_verified() -> None:
    known = caller()
    attested = verify_attestation(attest(known, NODE), PUBLIC)
    said = attested.statement
    assert attested.node == node_digest(PUBLIC)
    assert said.facts == known.facts_digest
    for field in fields(d.Statement):
        if field.name != "facts":
            assert getattr(said, field.name) == getattr(known, field.name), field.name


def test_survives_the_way_through_canonical_json() -> None:
    made = attest(caller(), NODE)
    assert read(document_bytes(made)) == made
    assert json.loads(document_bytes(made))["kind"] == "attestation"


def test_what_is_signed_is_what_the_page_says() -> None:
    """The name of the format, a line feed, and the canonical bytes of the statement as it stands in the document."""
    made = json.loads(document_bytes(attest(caller(), NODE)))
    message = b"caio-attestation/v1\n" + canonical_bytes(made["statement"])
    assert made["signature"] == f.b64(NODE.sign(message))


def test_covers_these_facts_at_this_time_and_no_others() -> None:
    known = caller()
    attested = verify_attestation(attest(known, NODE), PUBLIC)
    assert attested.cover(known.facts, at=f.AT) == f"attested by {node_digest(PUBLIC)}"
    others = (
        caller(level=4).facts,
        replace(known.facts, origin="asserted"),
        replace(known.facts, vocabulary="sha256:" + "0" * 64),
        replace(known.facts, values=known.values[:-1]),
    )
    for facts in others:
        with pytest.raises(RefusedError) as caught:
            attested.cover(facts, at=f.AT)
        assert caught.value.code is Refusal.ATTESTATION_SUBJECT
    for at in (f.AT + 1, f.AT - 1, float(f.AT)):
        with pytest.raises(RefusedError) as caught:
            attested.cover(known.facts, at=at)  # type: ignore[arg-type]
        assert caught.value.code is Refusal.ATTESTATION_SUBJECT


def test_is_made_for_any_time_at_which_the_token_holds_and_for_no_other() -> None:
    known = caller(nbf=f.NOW - 60)
    assert (known.start, known.end) == (f.AT - 60 * f.SECOND, f.AT + 600 * f.SECOND)
    for at in (known.start, f.AT + 1, known.end - 1):
        attested = verify_attestation(attest(known, NODE, at=at), PUBLIC)
        assert attested.cover(known.facts, at=at) == f"attested by {node_digest(PUBLIC)}"
    refused = {
        known.start - 1: Refusal.NOT_YET_VALID,
        known.end: Refusal.EXPIRED,
        10**18: Refusal.TIME,
        True: Refusal.TIME,
    }
    for at, code in refused.items():
        with pytest.raises(RefusedError) as caught:
            attest(known, NODE, at=at)
        assert caught.value.code is code


def test_asserted_facts_are_never_attested() -> None:
    """A node that signs them all the same is not believed."""
    known = caller()
    asserted = replace(known.facts, origin="asserted")
    statement = replace(attest(known, NODE).statement, facts=document_digest(asserted))
    with pytest.raises(RefusedError) as caught:
        verify_attestation(signed(statement), PUBLIC).cover(asserted, at=f.AT)
    assert caught.value.code is Refusal.ATTESTATION_SUBJECT


def test_equal_verifications_give_equal_documents_and_no_secret() -> None:
    token = f.token("EdDSA")
    first, again = (attest(f.authenticator().authenticate(token, at=f.AT), NODE) for _ in range(2))
    assert first == again
    written = document_bytes(first)
    assert written == document_bytes(again)
    for secret in (f.CANARY, *token.split(".")):
        assert secret.encode() not in written


def test_any_flipped_bit_is_refused() -> None:
    good = document_bytes(attest(caller(), NODE))
    for index in range(8 * len(good)):
        changed = bytearray(good)
        changed[index // 8] ^= 1 << (index % 8)
        with pytest.raises((InputError, ValueError)):
            verify_attestation(read(bytes(changed)), PUBLIC)  # type: ignore[arg-type]


def test_another_node_is_another_node() -> None:
    good = attest(caller(), NODE)
    assert refusal(good, OTHER) is Refusal.ATTESTATION_NODE
    renamed = signed(good.statement, OTHER, node=node_digest(PUBLIC))
    assert refusal(renamed) is Refusal.ATTESTATION_SIGNATURE


def test_a_node_of_small_order_is_none() -> None:
    """Anybody could sign in the name of such a key."""
    weak = Ed25519PublicKey.from_public_bytes((1).to_bytes(32, "little"))
    renamed = replace(attest(caller(), NODE), node=node_digest(weak))
    with pytest.raises(RefusedError) as caught:
        verify_attestation(renamed, weak)
    assert caught.value.code is Refusal.ATTESTATION_NODE


def test_a_signature_of_the_bare_statement_is_none() -> None:
    """The same key may sign other formats; the prefix keeps them apart."""
    statement = attest(caller(), NODE).statement
    bare = f.b64(NODE.sign(canonical_bytes(statement_json(statement))))
    assert refusal(signed(statement, signature=bare)) is Refusal.ATTESTATION_SIGNATURE


@pytest.mark.parametrize(
    "change",
    [
        {"at": 5}, {"at": "05"}, {"at": True}, {"at": 1.5}, {"at": None}, {"at": 10**18}, {"at": 0},
        {"end": f.AT}, {"start": f.AT + 1}, {"facts": "sha256:0"}, {"key": "md5:" + "0" * 64}, {"token": None},
        {"claims": ("b", "a")}, {"claims": ("a", "a")}, {"claims": "scope"}, {"claims": (1,)}, {"algorithm": "HS256"},
        {"algorithm": "none"}, {"issuer": ""}, {"kid": ""}, {"kid": 7}, {"subject": "alice"},
    ],
    ids=str,
)  # fmt: skip
def test_a_statement_of_another_form_is_refused_though_it_is_signed(
    change: dict[str, Any],
) -> None:
    statement = attest(caller(), NODE).statement
    assert verify_attestation(signed(statement), PUBLIC).node == node_digest(PUBLIC)
    forged = replace(statement, **change)
    message = (
        FORMAT.encode() + b"\n" + canonical_bytes({**statement_json(statement), **_json(change)})
    )
    whole = d.Attestation(
        statement.vocabulary, node_digest(PUBLIC), f.b64(NODE.sign(message)), forged
    )
    assert refusal(whole) is Refusal.ATTESTATION_FORM


def _json(change: dict[str, Any]) -> dict[str, Any]:
    return {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in change.items()
        if not isinstance(value, float)
    }


def test_of_another_vocabulary_than_its_statement_is_refused() -> None:
    other = "sha256:" + "0" * 64
    assert refusal(replace(attest(caller(), NODE), vocabulary=other)) is Refusal.ATTESTATION_FORM


def test_what_is_no_attestation_is_refused() -> None:
    good: Any = attest(caller(), NODE)
    others: tuple[Any, ...] = (
        replace(good, signature=good.signature + "="),
        replace(good, signature=good.signature[:-2]),
        replace(good, signature=None),
        replace(good, statement=[]),
        caller().facts,
        document_bytes(good),
        None,
    )
    for value in others:
        assert refusal(value) is Refusal.ATTESTATION_FORM


def test_shows_whose_word_it_is_and_about_what() -> None:
    known = caller()
    attested = verify_attestation(attest(known, NODE), PUBLIC)
    assert repr(attested) == f"<Attested by {node_digest(PUBLIC)}: facts {known.facts_digest}>"


def test_nobody_else_makes_one() -> None:
    with pytest.raises(TypeError, match="cannot be made"):
        Attested()
