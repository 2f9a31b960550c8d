"""An attestation is the bytes that a node made of what it verified, or it is nothing."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from caio.base.canonical import canonical_bytes
from caio.ir.encode import document_digest
from caio.security.attestation import (
    FORMAT,
    Attested,
    Statement,
    attest,
    node_digest,
    verify_attestation,
)
from caio.security.authentication import Authenticated
from caio.security.refusal import Refusal, RefusedError
from tests.security import forge as f

NODE = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
OTHER = Ed25519PrivateKey.from_private_bytes(bytes(32))
PUBLIC = NODE.public_key()


def caller(**claims: object) -> Authenticated:
    return f.authenticator().authenticate(f.token("EdDSA", claims=claims), at=f.AT)


def signed(statement: object, key: Ed25519PrivateKey = NODE, **changes: object) -> bytes:
    """An attestation of any statement, by somebody who has the node's key."""
    message = FORMAT.encode() + b"\n" + canonical_bytes(statement)  # type: ignore[arg-type]
    whole = {
        "format": FORMAT,
        "node": node_digest(key.public_key()),
        "signature": f.b64(key.sign(message)),
        "statement": statement,
    }
    return canonical_bytes(f.changed(whole, changes))


def refusal(data: Any, key: Ed25519PrivateKey = NODE) -> Refusal:
    with pytest.raises(RefusedError) as caught:
        verify_attestation(data, key.public_key())
    return caught.value.code


def test_says_what_was_verified() -> None:
    known = caller()
    attested = verify_attestation(attest(known, NODE), PUBLIC)
    said = attested.statement
    assert attested.node == node_digest(PUBLIC)
    assert said.facts == known.facts_digest
    for field in fields(Statement):
        if field.name != "facts":
            assert getattr(said, field.name) == getattr(known, field.name), field.name


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


def test_asserted_facts_are_never_attested() -> None:
    """A node that signs them all the same is not believed."""
    known = caller()
    asserted = replace(known.facts, origin="asserted")
    statement = json.loads(attest(known, NODE))["statement"] | {"facts": document_digest(asserted)}
    with pytest.raises(RefusedError) as caught:
        verify_attestation(signed(statement), PUBLIC).cover(asserted, at=f.AT)
    assert caught.value.code is Refusal.ATTESTATION_SUBJECT


def test_equal_verifications_give_equal_bytes_and_no_secret() -> None:
    token = f.token("EdDSA")
    first, again = (attest(f.authenticator().authenticate(token, at=f.AT), NODE) for _ in range(2))
    assert first == again == canonical_bytes(json.loads(first))
    for secret in (f.CANARY, *token.split(".")):
        assert secret.encode() not in first


def test_any_flipped_bit_is_refused() -> None:
    good = attest(caller(), NODE)
    for index in range(8 * len(good)):
        changed = bytearray(good)
        changed[index // 8] ^= 1 << (index % 8)
        assert refusal(bytes(changed)).startswith("attestation-")


def test_another_node_is_another_node() -> None:
    good = attest(caller(), NODE)
    assert refusal(good, OTHER) is Refusal.ATTESTATION_NODE
    statement = json.loads(good)["statement"]
    renamed = signed(statement, OTHER, node=node_digest(PUBLIC))
    assert refusal(renamed) is Refusal.ATTESTATION_SIGNATURE


def test_a_node_of_small_order_is_none() -> None:
    """Anybody could sign in the name of such a key."""
    weak = Ed25519PublicKey.from_public_bytes((1).to_bytes(32, "little"))
    value = json.loads(attest(caller(), NODE)) | {"node": node_digest(weak)}
    with pytest.raises(RefusedError) as caught:
        verify_attestation(canonical_bytes(value), weak)
    assert caught.value.code is Refusal.ATTESTATION_NODE


def test_a_signature_of_the_bare_statement_is_none() -> None:
    """The same key may sign other formats; the prefix keeps them apart."""
    statement = json.loads(attest(caller(), NODE))["statement"]
    bare = signed(statement, signature=f.b64(NODE.sign(canonical_bytes(statement))))
    assert refusal(bare) is Refusal.ATTESTATION_SIGNATURE


@pytest.mark.parametrize(
    "change",
    [
        {"at": 5}, {"at": "05"}, {"at": "-0"}, {"at": "1.5"}, {"at": None}, {"at": "9" * 18}, {"at": "0"},
        {"end": str(f.AT)}, {"start": str(f.AT + 1)}, {"facts": "sha256:0"}, {"key": "md5:" + "0" * 64}, {"token": None},
        {"claims": ["b", "a"]}, {"claims": ["a", "a"]}, {"claims": "scope"}, {"claims": [1]}, {"algorithm": "HS256"},
        {"algorithm": "none"}, {"issuer": ""}, {"kid": ""}, {"more": "x"}, {"subject": "alice"},
    ],
    ids=str,
)  # fmt: skip
def test_a_statement_of_another_form_is_refused_though_it_is_signed(
    change: dict[str, object],
) -> None:
    statement = json.loads(attest(caller(), NODE))["statement"]
    assert verify_attestation(signed(statement), PUBLIC).node == node_digest(PUBLIC)
    assert refusal(signed(f.changed(statement, change))) is Refusal.ATTESTATION_FORM


def test_other_bytes_of_the_same_content_are_refused() -> None:
    good = attest(caller(), NODE)
    value = json.loads(good)
    others: tuple[Any, ...] = (
        good + b"\n",
        b" " + good,
        json.dumps(value).encode(),
        json.dumps(value, separators=(",", ":")).encode()[:-1] + b',"x":1}',
        canonical_bytes({**value, "format": "caio-attestation/v2"}),
        canonical_bytes({**value, "signature": value["signature"] + "="}),
        canonical_bytes({**value, "signature": value["signature"][:-2]}),
        canonical_bytes({**value, "statement": []}),
        good.replace(b'{"format"', b'{"format":"caio-attestation/v1","format"'),
        b"",
        b"[]",
        b"{" * 100_000,
        good.decode(),
        None,
    )
    for data in others:
        assert refusal(data) is Refusal.ATTESTATION_FORM


def test_shows_whose_word_it_is_and_about_what() -> None:
    known = caller()
    attested = verify_attestation(attest(known, NODE), PUBLIC)
    assert repr(attested) == f"<Attested by {node_digest(PUBLIC)}: facts {known.facts_digest}>"


def test_nobody_else_makes_one() -> None:
    with pytest.raises(TypeError, match="cannot be made"):
        Attested()
