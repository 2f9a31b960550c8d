"""Envelopes: nothing counts but what the keys that were given have signed, in the one text that was written."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from hashlib import sha256
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from caio.audit import envelope as e
from caio.audit.envelope import Envelope, Signature, add_signature, key_id, read_envelope, seal
from caio.audit.envelope import verify as verified
from caio.audit.faults import AuditError, Fault
from caio.audit.keys import create_signer
from caio.audit.notes import KeyType, Verifier, sign_note
from tests.audit.deciding import fixed
from tests.audit.keys import ORIGIN, TestSigner, WrongSigner
from tests.audit.logs import refused

ALICE, BOB, EVE = (TestSigner(name) for name in ("alice", "bob", "eve"))
A, B, E = map(Verifier.of, (ALICE, BOB, EVE))
PAYLOAD = fixed()[1].data
TYPE = "application/vnd.in-toto+json"
ONE = seal(PAYLOAD, [ALICE])


def pae(kind: str, payload: bytes) -> bytes:
    """What DSSE signs, from its specification."""
    return b" ".join(
        [b"DSSEv1", str(len(kind)).encode(), kind.encode(), str(len(payload)).encode(), payload]
    )


def as_json(payload: bytes, *signatures: tuple[str, bytes], kind: str = TYPE) -> dict[str, Any]:
    return {
        "payload": base64.b64encode(payload).decode(),
        "payloadType": kind,
        "signatures": [
            {"keyid": name, "sig": base64.b64encode(data).decode()} for name, data in signatures
        ],
    }


def text(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def opened(data: bytes, *keys: Verifier, threshold: int = 1) -> e.Verified:
    return verified(read_envelope(data), keys or (A,), threshold=threshold)


def test_an_envelope_is_that_of_the_specification() -> None:
    assert json.loads(ONE.data) == as_json(
        PAYLOAD, (key_id(ALICE.public), ALICE.key.sign(pae(TYPE, PAYLOAD)))
    )
    assert text(json.loads(ONE.data)) == ONE.data


def test_a_key_id_is_the_hash_of_the_key_as_everybody_writes_it() -> None:
    for signer in (ALICE, BOB):
        info = signer.key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        assert key_id(signer.public) == sha256(info).hexdigest()


@given(
    st.binary(min_size=1, max_size=300),
    st.lists(st.sampled_from([ALICE, BOB, EVE]), min_size=1, unique=True),
)
def test_what_was_sealed_is_read_and_verifies(payload: bytes, signers: list[TestSigner]) -> None:
    envelope = seal(payload, signers)
    assert read_envelope(envelope.data) == envelope
    keys = [Verifier.of(signer) for signer in signers]
    found = opened(envelope.data, *keys, threshold=len(keys))
    assert found.payload == payload
    assert list(found.keys) == keys
    for key in keys:
        assert opened(envelope.data, key).keys == (key,)


def test_any_flipped_bit_is_refused() -> None:
    data = ONE.data
    seen = set()
    for place in range(len(data)):
        changed = bytearray(data)
        changed[place] ^= 1 << place % 8
        with pytest.raises(AuditError) as caught:
            opened(bytes(changed))
        seen.add(caught.value.fault)
    assert seen == {
        Fault.ENVELOPE_FORM,
        Fault.ENVELOPE_TYPE,
        Fault.ENVELOPE_SIGNATURE,
        Fault.ENVELOPE_KEY,
    }


@given(st.integers(0), st.integers(1, 255))
def test_any_changed_byte_of_what_is_signed_or_of_the_signature_is_refused(
    place: int, change: int
) -> None:
    def changed(data: bytes) -> bytes:
        at = place % len(data)
        return data[:at] + bytes([data[at] ^ change]) + data[at + 1 :]

    (only,) = ONE.signatures
    for envelope in (
        replace(ONE, unverified=changed(PAYLOAD)),
        replace(ONE, unverified=PAYLOAD[: place % len(PAYLOAD)]),
        replace(ONE, signatures=(replace(only, data=changed(only.data)),)),
        replace(ONE, signatures=(replace(only, data=only.data[: place % 64]),)),
    ):
        refused(Fault.ENVELOPE_SIGNATURE, partial(verified, envelope, [A]))
    other = bytes(changed(ALICE.public))
    try:
        key = Verifier(ORIGIN, other)
    except AuditError:
        return
    refused(Fault.ENVELOPE_UNSIGNED, partial(verified, ONE, [key]))


def test_the_payload_of_another_envelope_is_refused() -> None:
    other = seal(PAYLOAD.replace(b"routed", b"denied"), [ALICE])
    for one, two in ((ONE, other), (other, ONE)):
        refused(
            Fault.ENVELOPE_SIGNATURE,
            partial(verified, replace(one, unverified=two.unverified), [A]),
        )


@pytest.mark.parametrize(
    "kind",
    [
        "",
        "application/json",
        "application/vnd.in-toto+json ",
        "application/vnd.in-toto+JSON",
        "application/vnd.in-toto.caio+json",
        "text/plain",
    ],
)
def test_another_payload_type_is_refused_although_it_is_signed(kind: str) -> None:
    signature = ALICE.key.sign(pae(kind, PAYLOAD))
    data = text(as_json(PAYLOAD, (key_id(ALICE.public), signature), kind=kind))
    refused(Fault.ENVELOPE_TYPE, partial(opened, data))
    # The same signature under the right type is not one of it.
    data = text(as_json(PAYLOAD, (key_id(ALICE.public), signature)))
    refused(Fault.ENVELOPE_SIGNATURE, partial(opened, data))


def test_a_signature_over_something_else_than_the_whole_is_refused() -> None:
    own = key_id(ALICE.public)
    for message in (
        PAYLOAD,
        base64.b64encode(PAYLOAD),
        sha256(pae(TYPE, PAYLOAD)).digest(),
        pae(TYPE, PAYLOAD)[:-1],
        pae(TYPE, base64.b64encode(PAYLOAD)),
        # Lengths keep type and payload apart.
        f"DSSEv1 {len(TYPE) + 1} {TYPE}  {len(PAYLOAD)} ".encode() + PAYLOAD,
    ):
        data = text(as_json(PAYLOAD, (own, ALICE.key.sign(message))))
        refused(Fault.ENVELOPE_SIGNATURE, partial(opened, data))


def test_the_signature_of_another_key_does_not_count() -> None:
    by_eve = EVE.key.sign(pae(TYPE, PAYLOAD))
    # Under her own id she is a stranger, and under that of Alice a forger.
    refused(Fault.ENVELOPE_UNSIGNED, partial(opened, seal(PAYLOAD, [EVE]).data))
    data = text(as_json(PAYLOAD, (key_id(ALICE.public), by_eve)))
    refused(Fault.ENVELOPE_SIGNATURE, partial(opened, data))
    refused(Fault.ENVELOPE_SIGNATURE, partial(opened, data, A, E))


@pytest.mark.parametrize(
    "forged", ["", "x", "0" * 64, key_id(EVE.public), key_id(ALICE.public).upper(), "é" * 256]
)
def test_a_forged_key_id_is_refused(forged: str) -> None:
    data = text(as_json(PAYLOAD, (forged, ONE.signatures[0].data)))
    refused(Fault.ENVELOPE_KEY, partial(opened, data))
    # With the other key at hand, it has not signed.
    code = Fault.ENVELOPE_SIGNATURE if forged == key_id(EVE.public) else Fault.ENVELOPE_KEY
    refused(code, partial(opened, data, A, E))
    # A verifier of another key establishes nothing.
    refused(Fault.ENVELOPE_UNSIGNED, partial(opened, data, B))


def test_several_sign_and_strangers_are_ignored() -> None:
    both = seal(PAYLOAD, [ALICE, BOB])
    assert opened(both.data, B, A, threshold=2).keys == (A, B)
    assert opened(both.data, A).keys == (A,)
    refused(Fault.ENVELOPE_UNSIGNED, partial(opened, both.data, A, E, threshold=2))
    refused(Fault.ENVELOPE_UNSIGNED, partial(opened, both.data, E))
    assert add_signature(ONE, BOB) == both
    # Keys of other kinds have signatures of other sizes.
    stranger = Signature("arn:aws:kms:x", b"\x30" * 71)
    more = Envelope(PAYLOAD, (stranger, *both.signatures, Signature("", b"\0" * 64)))
    assert opened(more.data, A, B, threshold=2).keys == (A, B)


def test_of_two_signatures_one_wrong_refuses_whoever_knows_both_keys() -> None:
    both = seal(PAYLOAD, [ALICE, BOB])
    for place, key in enumerate((A, B)):
        other = (B, A)[place]
        for bad in (
            bytes(64),
            both.signatures[1 - place].data,
            b"x",
            both.signatures[place].data[:-1],
        ):
            signatures = list(both.signatures)
            signatures[place] = replace(signatures[place], data=bad)
            data = Envelope(PAYLOAD, tuple(signatures)).data
            refused(Fault.ENVELOPE_SIGNATURE, partial(opened, data, A, B))
            refused(Fault.ENVELOPE_SIGNATURE, partial(opened, data, key))
            if bad != both.signatures[1 - place].data:
                assert opened(data, other).keys == (other,)
            else:
                refused(Fault.ENVELOPE_KEY, partial(opened, data, other))


def test_one_key_is_counted_once() -> None:
    own, signature = key_id(ALICE.public), ONE.signatures[0].data
    refused(
        Fault.ENVELOPE_FORM,
        partial(opened, text(as_json(PAYLOAD, (own, signature), (own, signature))), A, B),
    )
    data = text(as_json(PAYLOAD, (own, signature), ("another", signature)))
    refused(Fault.ENVELOPE_KEY, partial(opened, data, A, B, threshold=2))
    refused(Fault.POLICY, partial(verified, ONE, [A, A], threshold=2))
    refused(Fault.POLICY, partial(verified, ONE, [A, Verifier("other", A.public)], threshold=2))


def test_a_verifier_that_accepts_nothing_or_everything_is_refused() -> None:
    for keys, threshold in (((), 1), ((), 0), ((A,), 0), ((A,), -1), ((A,), 2), ((A,), True)):
        refused(Fault.POLICY, partial(verified, ONE, keys, threshold=threshold))
    refused(Fault.POLICY, partial(verified, ONE, [Verifier.of(ALICE, KeyType.COSIGNATURE)]))


def test_other_bytes_of_the_same_envelope_are_none() -> None:
    value = json.loads(ONE.data)
    payload, kept = value["payload"].encode(), dict(value["signatures"][0])
    assert b"\n" not in ONE.data
    for data in (
        json.dumps(value).encode(),
        json.dumps(value, indent=2, sort_keys=True).encode(),
        text(dict(reversed(value.items())))[:-1] + b" }",
        ONE.data + b"\n",
        b"\xef\xbb\xbf" + ONE.data,
        ONE.data.replace(b"application/", b"application\\/"),
        ONE.data.replace(b'{"payload":', b'{"payload":"","payload":'),
        ONE.data.replace(b'"payloadType":', b'"payloadType":"text/plain","payloadType":'),
        ONE.data.replace(b'{"keyid":', b'{"keyid":"","keyid":'),
        ONE.data.replace(b'"signatures":', b'"signatures":[],"signatures":'),
        text({**value, "more": 1}),
        text({**value, "signatures": [{**kept, "cert": ""}]}),
        text({**value, "signatures": [{"sig": kept["sig"]}]}),
        text({**value, "signatures": [{**kept, "keyid": None}]}),
        ONE.data.replace(payload, payload[:40] + b"\\n" + payload[40:]),
    ):
        assert data != ONE.data
        refused(Fault.ENVELOPE_FORM, partial(opened, data))


def test_base64_has_one_text() -> None:
    # 64 bytes end in one character with two unused bits, and padding.
    sig = json.loads(ONE.data)["signatures"][0]["sig"]
    assert sig.endswith("==")
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    loose = sig[:-3] + alphabet[alphabet.index(sig[-3]) + 1] + "=="
    assert base64.b64decode(loose) == base64.b64decode(sig)
    spellings = [
        loose,
        sig[:-1],
        sig[:-2],
        sig + "=",
        sig + "\n",
        " " + sig,
        sig[:4] + "*" + sig[4:],
    ]
    url = base64.urlsafe_b64encode(base64.b64decode(sig)).decode()
    for bad in [*spellings, *([url] if url != sig else []), sig + "é", ""]:
        value = json.loads(ONE.data)
        value["signatures"][0]["sig"] = bad
        refused(Fault.ENVELOPE_FORM, partial(opened, text(value)))
    payload = b"\xfb\xff\xfe" * 3
    data = seal(payload, [ALICE]).data
    assert opened(data).payload == payload
    plain, safe = base64.b64encode(payload), base64.urlsafe_b64encode(payload)
    assert plain != safe
    refused(Fault.ENVELOPE_FORM, partial(opened, data.replace(plain, safe)))


def put(name: str, new: Any) -> Callable[[dict[str, Any]], dict[str, Any]]:
    return lambda value: {**value, name: new}


@pytest.mark.parametrize(
    "change",
    [
        put("payload", ""),
        put("payload", None),
        put("payload", 7),
        put("payload", ["e30="]),
        put("payloadType", None),
        put("payloadType", "x" * 300),
        put("signatures", []),
        put("signatures", None),
        put("signatures", {}),
        put("signatures", ["x"]),
        put("signatures", [{"keyid": str(n), "sig": "AAAA"} for n in range(17)]),
        put("signatures", [{"keyid": "x" * 257, "sig": "AAAA"}]),
        put("signatures", [{"keyid": "x", "sig": ""}]),
        put("signatures", [{"keyid": "x", "sig": "A" * 10_928}]),
        put("signatures", [{"keyid": 1, "sig": "AAAA"}]),
        lambda value: {name: one for name, one in value.items() if name != "signatures"},
        lambda value: {name: one for name, one in value.items() if name != "payload"},
    ],
)
def test_what_is_no_envelope_is_refused(
    change: Callable[[dict[str, Any]], dict[str, Any]],
) -> None:
    refused(Fault.ENVELOPE_FORM, partial(opened, text(change(json.loads(ONE.data)))))


def test_what_is_huge_or_no_json_is_refused() -> None:
    for data in (
        b"",
        b"null",
        b"[]",
        b"{}",
        b"\xff",
        b"[" * 200_000,
        b'{"payload":' * 10_000,
        b" " * (e.MAX_ENVELOPE + 1),
        text(as_json(b"x" * (e.MAX_PAYLOAD + 1), ("x", b"y"))),
        ONE.data[:-1],
        ONE.data * 2,
    ):
        refused(Fault.ENVELOPE_FORM, partial(opened, data))
    refused(Fault.ENVELOPE_FORM, partial(read_envelope, ONE.data.decode()))  # type: ignore[arg-type]
    largest = seal(b"x" * e.MAX_PAYLOAD, [ALICE, BOB])
    assert len(opened(largest.data).payload) == e.MAX_PAYLOAD


def test_signing_ends_with_verifying() -> None:
    refused(Fault.ENVELOPE_SIGNATURE, partial(seal, PAYLOAD, [WrongSigner("alice")]))
    refused(Fault.ENVELOPE_SIGNATURE, partial(seal, PAYLOAD, [ALICE, WrongSigner("bob")]))
    for bad in (b"", b"x" * 63, b"x" * 64, b"x" * 65):
        signer = TestSigner("alice")
        signer.sign = lambda _, bad=bad: bad  # type: ignore[method-assign, misc]
        refused(Fault.ENVELOPE_SIGNATURE, partial(seal, PAYLOAD, [signer]))
    unsafe = TestSigner("alice")
    unsafe.public = bytes(32)
    refused(Fault.NOTE_KEY, partial(seal, PAYLOAD, [unsafe]))
    refused(Fault.ENVELOPE_FORM, partial(seal, PAYLOAD, []))
    refused(Fault.ENVELOPE_FORM, partial(seal, PAYLOAD, [ALICE, ALICE]))
    refused(Fault.ENVELOPE_FORM, partial(seal, b"", [ALICE]))
    refused(Fault.ENVELOPE_FORM, partial(seal, bytes(e.MAX_PAYLOAD + 1), [ALICE]))
    many = [TestSigner(str(number)) for number in range(17)]
    assert len(seal(PAYLOAD, many[:16]).signatures) == 16
    refused(Fault.ENVELOPE_FORM, partial(seal, PAYLOAD, many))


def test_a_signer_is_one_of_securesystemslib_that_has_no_uri() -> None:
    adapter = e._Adapter(ALICE)
    assert adapter.public_key.keyid == key_id(ALICE.public)
    adapter.public_key.verify_signature(adapter.sign(PAYLOAD), PAYLOAD)
    with pytest.raises(ValueError, match="no URI"):
        e._Adapter.from_priv_key_uri("file:audit.pem", adapter.public_key)


def test_a_key_of_a_file_signs_as_well(tmp_path: Any) -> None:
    signer = create_signer(tmp_path / "audit.pem", ORIGIN)
    key = Verifier.of(signer)
    assert opened(seal(PAYLOAD, [signer]).data, key).keys == (key,)


def test_a_note_is_no_envelope_and_an_envelope_no_note() -> None:
    """One key signs both: no message of the one kind may be a message of the other."""
    note = sign_note(f"{ORIGIN}\n7\nAAAA\n", [ALICE])
    data = text(as_json(note.text.encode(), (key_id(ALICE.public), note.lines[0].signature)))
    refused(Fault.ENVELOPE_SIGNATURE, partial(opened, data))
    assert not pae(TYPE, PAYLOAD).endswith(b"\n")
    assert b"\n" not in pae(TYPE, PAYLOAD)
    refused(Fault.NOTE_FORM, partial(sign_note, pae(TYPE, PAYLOAD).decode(), [ALICE]))


def test_nothing_is_shown_of_what_nobody_has_verified() -> None:
    assert "routed" not in repr(ONE)
    assert "routed" not in repr(opened(ONE.data))
    message = refused(Fault.ENVELOPE_UNSIGNED, partial(opened, ONE.data, B))
    assert "nothing in the envelope is established" in message
