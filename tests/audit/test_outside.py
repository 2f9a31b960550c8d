"""What CAIO writes is read and verified by programs that know nothing of it; their word is compared with ours.

securesystemslib, with keys read from PEM as anybody does; the protobuf classes of in-toto-attestation; the models of Sigstore's
Python client; a JSON Schema validator; ``cryptography`` over a message put together from the specification of DSSE.
"""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from google.protobuf.json_format import MessageToDict, Parse, ParseError
from hypothesis import given
from in_toto_attestation.v1 import statement_pb2
from in_toto_attestation.v1.statement import Statement as InTotoStatement
from jsonschema import Draft202012Validator
from pydantic import ValidationError
from securesystemslib import dsse
from securesystemslib.exceptions import VerificationError
from securesystemslib.signer import SSlibKey
from sigstore_models.bundle.v1 import Bundle

from caio.audit.attestation import attest
from caio.audit.bundle import bundle
from caio.audit.envelope import key_id, seal
from caio.audit.faults import AuditError, Fault
from caio.audit.keys import create_signer
from caio.audit.statement import PREDICATE_TYPE, Statement, read_statement
from caio.base.canonical import canonical_bytes
from tests.audit.deciding import decisions, fixed, statements
from tests.audit.keys import ORIGIN, TestSigner

ROOT = Path(__file__).resolve().parents[2]
SCHEMA = json.loads((ROOT / "docs/spec/decision-predicate-v1.schema.json").read_text("utf-8"))
VALIDATOR = Draft202012Validator(SCHEMA)
ALICE, BOB = TestSigner("alice"), TestSigner("bob")


def read(data: bytes) -> dsse.Envelope:
    return dsse.Envelope.from_dict(json.loads(data))


def key_of(signer: TestSigner) -> SSlibKey:
    return SSlibKey.from_crypto(signer.key.public_key(), keyid=key_id(signer.public))


def test_securesystemslib_verifies_every_attestation(tmp_path: Path) -> None:
    signer = create_signer(tmp_path / "audit.pem", ORIGIN)
    public = load_pem_public_key((tmp_path / "audit.pem.pub").read_bytes())
    for made in decisions():
        envelope = read(attest(made.data, made.verdict, [signer, BOB]).data)
        first, second = envelope.signatures
        own: Any = public
        keys = [SSlibKey.from_crypto(own, keyid=first), key_of(BOB)]
        assert second == key_id(BOB.public)
        assert set(envelope.verify(list(keys), 2)) == {first, second}
        for key, name in zip(keys, ("payload", "payload_type"), strict=True):
            changed = read(attest(made.data, made.verdict, [signer, BOB]).data)
            setattr(changed, name, getattr(changed, name)[:-1])
            with pytest.raises(VerificationError):
                changed.verify([key], 1)
        with pytest.raises(VerificationError):
            envelope.verify([SSlibKey.from_crypto(ALICE.key.public_key(), keyid=first)], 1)


def test_what_securesystemslib_signs_is_the_same_bytes() -> None:
    """One key, one payload, one signature (RFC 8032): whoever writes the envelope."""
    from securesystemslib.signer import CryptoSigner

    payload = fixed()[1].data
    envelope = dsse.Envelope(payload, "application/vnd.in-toto+json", {})
    for signer in (ALICE, BOB):
        envelope.sign(CryptoSigner(signer.key, key_of(signer)))
    assert envelope.to_dict() == json.loads(seal(payload, [ALICE, BOB]).data)


@given(statements())
def test_a_signature_is_one_over_the_message_of_dsse(statement: Statement) -> None:
    value = json.loads(seal(statement.data, [ALICE]).data)
    kind, payload = value["payloadType"].encode(), base64.b64decode(value["payload"], validate=True)
    signature = base64.b64decode(value["signatures"][0]["sig"], validate=True)
    message = b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload)
    public = ALICE.key.public_key()
    public.verify(signature, message)
    with pytest.raises(InvalidSignature):
        public.verify(signature, message + b" ")
    assert payload == statement.data


@given(statements())
def test_in_toto_reads_and_validates_statements_and_gives_them_back(statement: Statement) -> None:
    message = Parse(statement.data, statement_pb2.Statement())
    InTotoStatement.copy_from_pb(message).validate()
    assert MessageToDict(message) == json.loads(statement.data)
    (subject,) = message.subject
    assert dict(subject.digest) == {"sha256": statement.decided.subject}
    assert message.predicate_type == PREDICATE_TYPE


def test_in_toto_reads_statements_about_real_decisions_and_refuses_what_is_none() -> None:
    for made in decisions():
        payload = attest(made.data, made.verdict, [ALICE]).unverified
        message = Parse(payload, statement_pb2.Statement())
        InTotoStatement.copy_from_pb(message).validate()
        assert MessageToDict(message) == json.loads(payload)
        message.subject[0].digest.clear()
        with pytest.raises(ValueError, match="igest"):
            InTotoStatement.copy_from_pb(message).validate()
    with pytest.raises(ParseError):
        Parse(b'{"_type": 7}', statement_pb2.Statement())


def test_sigstore_reads_bundles_and_gives_them_back() -> None:
    for made in decisions():
        envelope = attest(made.data, made.verdict, [ALICE])
        data = bundle(envelope)
        found = Bundle.from_json(data)
        assert found.media_type == "application/vnd.dev.sigstore.bundle.v0.3+json"
        key = found.verification_material.public_key
        assert key is not None
        assert key.hint == key_id(ALICE.public)
        inner = found.dsse_envelope
        assert inner is not None
        assert inner.payload_type == "application/vnd.in-toto+json"
        (signature,) = inner.signatures
        # Its signature verifies over its payload: what was read is what was written.
        again = {key.hint: dsse.Signature(key.hint, signature.sig.hex())}
        dsse.Envelope(inner.payload, inner.payload_type, again).verify([key_of(ALICE)], 1)
        assert json.loads(found.to_json()) == json.loads(data)
        with pytest.raises(ValidationError):
            Bundle.from_json(data.replace(b'"hint"', b'"hunt"'))


@given(statements())
def test_predicates_are_those_of_the_schema(statement: Statement) -> None:
    VALIDATOR.validate(json.loads(statement.data)["predicate"])


def test_the_schema_is_one_and_may_be_extended() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    assert SCHEMA["$id"] == PREDICATE_TYPE
    for made in decisions():
        predicate = json.loads(attest(made.data, made.verdict, [ALICE]).unverified)["predicate"]
        VALIDATOR.validate(predicate)
        for inner in (
            predicate,
            predicate["checker"],
            predicate["digests"],
            predicate["claims"][0],
        ):
            inner["later"] = [{"members": True}]
        VALIDATOR.validate(predicate)


@pytest.mark.parametrize("name", SCHEMA["required"])
def test_the_schema_and_the_reader_refuse_alike(name: str) -> None:
    payload = json.loads(fixed()[1].data)
    predicate = payload["predicate"]
    changes: list[Any] = [7, None, [7], {}, "", "x y", {"name": 1, "version": "1"}, True]
    wrong = [{**predicate, name: change} for change in changes]
    for bad in (*wrong, {key: one for key, one in predicate.items() if key != name}):
        assert not VALIDATOR.is_valid(bad)
        with pytest.raises(AuditError) as caught:
            read_statement(canonical_bytes({**payload, "predicate": bad}))
        assert caught.value.fault is Fault.STATEMENT_FORM


def test_the_schema_selects_somebody_exactly_if_it_is_routed() -> None:
    predicate = json.loads(fixed()[1].data)["predicate"]
    assert not VALIDATOR.is_valid({**predicate, "selected": None})
    assert not VALIDATOR.is_valid({**predicate, "verdict": "unknown"})
    VALIDATOR.validate({**predicate, "verdict": "unknown", "selected": None})


def test_no_number_is_stated_for_protobuf_would_make_a_float_of_it() -> None:
    def numbers(value: Any) -> bool:
        if isinstance(value, dict):
            return any(map(numbers, value.values()))
        if isinstance(value, list):
            return any(map(numbers, value))
        return isinstance(value, int | float)

    for made in decisions():
        assert not numbers(json.loads(attest(made.data, made.verdict, [ALICE]).unverified))
