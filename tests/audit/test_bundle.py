"""Bundles hold one envelope with one signature, and nothing that the envelope does not say."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caio.audit.bundle import MAX_BUNDLE, MEDIA_TYPE, bundle, read_bundle
from caio.audit.envelope import Envelope, Signature, key_id, seal, verify
from caio.audit.faults import AuditError, Fault
from caio.audit.notes import Verifier
from caio.base.canonical import canonical_bytes
from tests.audit.deciding import fixed
from tests.audit.keys import TestSigner
from tests.audit.logs import refused

ALICE, BOB = TestSigner("alice"), TestSigner("bob")
A = Verifier.of(ALICE)
PAYLOAD = fixed()[1].data
ONE = seal(PAYLOAD, [ALICE])
DATA = bundle(ONE)


def test_a_bundle_is_the_envelope_and_the_hint_of_its_key() -> None:
    assert json.loads(DATA) == {
        "dsseEnvelope": json.loads(ONE.data),
        "mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json",
        "verificationMaterial": {
            "publicKey": {"hint": key_id(ALICE.public)},
            "tlogEntries": [],
        },
    }


@given(st.binary(min_size=1, max_size=200))
def test_what_was_bundled_is_read(payload: bytes) -> None:
    envelope = seal(payload, [ALICE])
    assert read_bundle(bundle(envelope)) == envelope


def test_a_bundle_has_one_signature() -> None:
    both = seal(PAYLOAD, [ALICE, BOB])
    refused(Fault.BUNDLE_FORM, partial(bundle, both))
    refused(Fault.BUNDLE_FORM, partial(bundle, both, "x"))
    refused(Fault.BUNDLE_FORM, partial(bundle, ONE, key_id(BOB.public)))
    assert bundle(both, key_id(ALICE.public)) == DATA
    assert bundle(both, key_id(BOB.public)) == bundle(seal(PAYLOAD, [BOB]))
    value = json.loads(DATA)
    value["dsseEnvelope"] = json.loads(both.data)
    refused(Fault.BUNDLE_FORM, partial(read_bundle, canonical_bytes(value)))
    refused(Fault.BUNDLE_FORM, partial(bundle, Envelope(PAYLOAD, ())))


def test_any_flipped_bit_is_refused() -> None:
    for place in range(len(DATA)):
        changed = bytearray(DATA)
        changed[place] ^= 1 << place % 8
        with pytest.raises(AuditError):
            verify(read_bundle(bytes(changed)), [A])


def put(new: Any, *path: str) -> Callable[[Any], None]:
    def act(value: Any) -> None:
        for step in path[:-1]:
            value = value[step]
        value[path[-1]] = new

    return act


M = "verificationMaterial"


@pytest.mark.parametrize(
    "change",
    [
        put("application/vnd.dev.sigstore.bundle+json;version=0.3", "mediaType"),
        put("application/vnd.dev.sigstore.bundle.v0.4+json", "mediaType"),
        put(None, "mediaType"),
        put(key_id(BOB.public), M, "publicKey", "hint"),
        put("", M, "publicKey", "hint"),
        put({}, M, "publicKey"),
        put({"rawBytes": "AAAA"}, M, "certificate"),
        put([{"logIndex": "1"}], M, "tlogEntries"),
        put(None, M, "tlogEntries"),
        put({"rfc3161Timestamps": []}, M, "timestampVerificationData"),
        put({}, M),
        put({"messageDigest": {}}, "messageSignature"),
        lambda value: value.pop(M),
        lambda value: value.pop("dsseEnvelope"),
    ],
)
def test_what_is_no_bundle_of_ours_is_refused(change: Callable[[Any], Any]) -> None:
    value = json.loads(DATA)
    change(value)
    refused(Fault.BUNDLE_FORM, partial(read_bundle, canonical_bytes(value)))


def test_what_is_no_envelope_is_refused_as_that() -> None:
    for new, fault in (
        (None, Fault.ENVELOPE_FORM),
        ({}, Fault.ENVELOPE_FORM),
        ({**json.loads(ONE.data), "payload": "="}, Fault.ENVELOPE_FORM),
        ({**json.loads(ONE.data), "payloadType": "text/plain"}, Fault.ENVELOPE_TYPE),
    ):
        value = json.loads(DATA)
        value["dsseEnvelope"] = new
        refused(fault, partial(read_bundle, canonical_bytes(value)))


def test_other_bytes_of_the_same_bundle_are_none() -> None:
    for data in (
        json.dumps(json.loads(DATA)).encode(),
        DATA + b"\n",
        DATA.replace(b'"mediaType":', b'"mediaType":"","mediaType":'),
        b"",
        b"[]",
        b"[" * 100_000,
        b" " * (MAX_BUNDLE + 1),
    ):
        refused(Fault.BUNDLE_FORM, partial(read_bundle, data))


def test_a_bundle_vouches_for_nothing() -> None:
    forged = bundle(Envelope(PAYLOAD, (Signature(key_id(ALICE.public), bytes(64)),)))
    assert json.loads(forged)["mediaType"] == MEDIA_TYPE
    refused(Fault.ENVELOPE_SIGNATURE, partial(verify, read_bundle(forged), [A]))
