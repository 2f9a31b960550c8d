"""The vectors of attestations, `docs/spec/vectors/attestations.json`: ``python -m tests.audit.vectors`` writes them.

For verifiers that others write: envelopes with the keys to be believed, and whether they are accepted. Keys and statements are
fixed, and Ed25519 has one signature for each message, so that the file is the same wherever it is made.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from caio.audit.bundle import bundle
from caio.audit.envelope import Envelope, Signature, key_id, seal
from caio.base.canonical import canonical_bytes
from tests.audit.deciding import fixed
from tests.audit.keys import TestSigner

PATH: Final = Path(__file__).resolve().parents[2] / "docs/spec/vectors/attestations.json"
ABOUT: Final = (
    "Envelopes of attestations (evidence-v1 section 4): `envelope` is the text of the file, `keys` are those to be believed as"
    " [name, 32 bytes in hexadecimal digits], `threshold` how many of them must have signed, `decision` the text of the decision"
    " file; `expected` is null for accepted, or the code of the refusal. `bundle` is the same as a Sigstore bundle."
)
ALICE, BOB, EVE = (TestSigner(name) for name in ("alice", "bob", "eve"))


def written() -> bytes:
    """The bytes of the file."""
    value = {"about": ABOUT, "vectors": list(_vectors())}
    return json.dumps(value, ensure_ascii=False, indent=1).encode() + b"\n"


def _vectors() -> Iterator[dict[str, Any]]:
    data, statement = fixed()
    payload, value = statement.data, json.loads(statement.data)
    one, both = seal(payload, [ALICE]), seal(payload, [ALICE, BOB])
    (own,) = one.signatures
    ours = [ALICE]

    def case(
        desc: str,
        text: bytes,
        expected: str | None = None,
        *,
        keys: Sequence[TestSigner] = ours,
        threshold: int = 1,
        **more: str,
    ) -> dict[str, Any]:
        return {
            "desc": desc,
            "keys": [[key.name, key.public.hex()] for key in keys],
            "threshold": threshold,
            "decision": data.decode(),
            "envelope": text.decode(),
            "expected": expected,
            **more,
        }

    def lie(**changes: object) -> bytes:
        changed = {**value, "predicate": {**value["predicate"], **changes}}
        return seal(canonical_bytes(changed), [ALICE]).data

    yield case("one key", one.data, bundle=bundle(one).decode())
    yield case("two keys, both believed and wanted", both.data, keys=[BOB, ALICE], threshold=2)
    yield case("two keys, one of them a stranger's", both.data)
    yield case("a member of a later version", lie(later=[{"is": "ignored"}]))
    stranger = Envelope(payload, (own, Signature("", b"\x30" * 71)))
    yield case("a stranger's signature of another kind", stranger.data)
    yield case("nobody who is believed", one.data, "envelope-unsigned", keys=[EVE])
    yield case(
        "fewer than are wanted", one.data, "envelope-unsigned", keys=[ALICE, BOB], threshold=2
    )
    other = replace(one, unverified=payload.replace(b"routed", b"routes"))
    yield case("another payload", other.data, "envelope-signature")
    forged = Envelope(payload, (replace(own, data=EVE.sign(b"")),))
    yield case("another key's signature", forged.data, "envelope-signature")
    half = Envelope(payload, (own, replace(both.signatures[1], data=own.data)))
    yield case("one of two is wrong", half.data, "envelope-signature", keys=[ALICE, BOB])
    named = Envelope(payload, (replace(own, key_id=key_id(EVE.public)),))
    yield case("a key id of somebody else", named.data, "envelope-key")
    kind = b"application/json"
    message = b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload)
    typed = Envelope(payload, (replace(own, data=ALICE.sign(message)),)).data
    yield case("the payload type is not signed", typed, "envelope-signature")
    typed = typed.replace(b"application/vnd.in-toto+json", kind)
    yield case("another payload type, signed", typed, "envelope-type")
    yield case("a blank", one.data.replace(b",", b", ", 1), "envelope-form")
    twice = one.data.replace(b'"payloadType"', b'"payloadType":"text/plain","payloadType"')
    yield case("a key twice", twice, "envelope-form")
    text = base64.b64encode(own.data)
    loose = text[:-3] + bytes([text[-3] + 1]) + b"=="
    yield case("loose bits in Base64", one.data.replace(text, loose), "envelope-form")
    yield case(
        "a later version", seal(payload.replace(b":v1", b":v2"), [ALICE]).data, "statement-form"
    )
    yield case(
        "a statement with blanks", seal(json.dumps(value).encode(), [ALICE]).data, "statement-form"
    )
    yield case("selected and not routed", lie(verdict="unknown"), "statement-form")
    yield case("another log", lie(origin="audit.example/gateway-2"), "statement-origin")
    subject = hashlib.sha256(b"").hexdigest().encode()
    wrong = payload.replace(statement.decided.subject.encode(), subject)
    yield case("another subject", seal(wrong, [ALICE]).data, "statement-subject")
    yield case("another verdict", lie(verdict="not_routable", selected=None), "statement-predicate")
    chosen = {**value["predicate"]["selected"], "service": "cheap/far"}
    yield case("another selection", lie(selected=chosen), "statement-predicate")
    yield case("another policy", lie(policy=[]), "statement-predicate")
    yield case("another time", lie(at="2026-11-21T00:00:00Z"), "statement-predicate")


if __name__ == "__main__":
    PATH.write_bytes(written())
