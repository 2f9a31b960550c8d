"""Envelopes: a statement with signatures, as DSSE has it, signed and verified by securesystemslib.

``docs/spec/evidence-v1.md`` section 4 binds. Rules:

- The payload means nothing before signatures have verified: ``Envelope.unverified`` is for tools that pass it on, and
  ``verify`` gives the ``Verified``, whose payload is the very bytes that were signed. Nothing else is ever parsed.
- A key id is not signed, so that nothing follows from it. Each signature is held against the keys that the verifier was given; a
  key id that is not that of the key that has signed refuses the envelope, as does one under which its key has not signed.
- Signatures of keys that the verifier was not given are ignored, and count for nothing.
- Signing ends with verifying, so that a device that signs something else is found out at once.

What is signed begins with ``DSSEv1`` and a blank and, since the payload is canonical JSON, holds no newline: it is neither a
note nor a cosignature, whose lines end in newlines, and one key can sign both kinds.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final, NoReturn

from securesystemslib import dsse
from securesystemslib import signer as library
from securesystemslib.exceptions import VerificationError

from caio.audit.faults import AuditError, Fault
from caio.audit.notes import KeyType, Signer, Verifier, read_base64
from caio.audit.reading import read_canonical, refusing
from caio.base.canonical import Json, canonical_bytes
from caio.ir import reader as r
from caio.security.nodes import raw_node_public
from caio.security.refusal import RefusedError

PAYLOAD_TYPE: Final = "application/vnd.in-toto+json"
MAX_PAYLOAD: Final = 4 * 1024 * 1024
"""The most bytes of a payload."""
MAX_ENVELOPE: Final = 6 * 1024 * 1024
"""The most bytes of an envelope."""
MAX_SIGNATURES: Final = 16
MAX_SIGNATURE: Final = 8_192
"""The most bytes of a signature by a key of whatever kind."""

_SIGNATURE: Final = 64
_KEY_ID: Final = 256
# SubjectPublicKeyInfo of Ed25519 (RFC 8410 section 4) before the 32 bytes of the key.
_PREFIX: Final = bytes.fromhex("302a300506032b6570032100")


@dataclass(frozen=True, slots=True)
class Signature:
    """A signature, unverified, and the key id that somebody has written beside it."""

    key_id: str
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Envelope:
    """An envelope that nobody has verified.

    Attributes:
        unverified: the payload; ``verify`` gives it to those who mean to read it.
        signatures: at least one, each key id once.
    """

    unverified: bytes = field(repr=False)
    signatures: tuple[Signature, ...]

    @property
    def json(self) -> dict[str, Json]:
        """The envelope as DSSE has it in JSON."""
        found = {
            one.key_id: library.Signature(one.key_id, one.data.hex()) for one in self.signatures
        }
        return dsse.Envelope(self.unverified, PAYLOAD_TYPE, found).to_dict()

    @property
    def data(self) -> bytes:
        """The canonical bytes: what is kept and named by digest."""
        return canonical_bytes(self.json)


@dataclass(frozen=True, slots=True)
class Verified:
    """What was signed, and by whom.

    Attributes:
        payload: the very bytes that the signatures are over.
        keys: those of the verifier's keys that have signed, in the order of the signatures.
    """

    payload: bytes = field(repr=False)
    keys: tuple[Verifier, ...]


def key_id(public: bytes) -> str:
    """The id of an Ed25519 key: the SHA-256 of its SubjectPublicKeyInfo, 64 hexadecimal digits.

    Args:
        public: the 32 bytes of the key.
    """
    return hashlib.sha256(_PREFIX + public).hexdigest()


def seal(payload: bytes, signers: Iterable[Signer]) -> Envelope:
    """An envelope that each of these keys has signed.

    Args:
        payload: the canonical bytes of a statement.
        signers: at least one.

    Raises:
        AuditError: ``envelope-form``: nobody signs, a key twice, or the payload is empty or too large; ``envelope-signature``: a
            signer's signature is not one of this payload by its own key; ``note-key``; ``key-inactive``: a device cannot sign.
    """
    envelope = Envelope(payload, ())
    if type(payload) is not bytes or not 0 < len(payload) <= MAX_PAYLOAD:
        raise _malformed(f"a payload has from 1 to {MAX_PAYLOAD:,} bytes")
    for signer in signers:
        envelope = add_signature(envelope, signer)
    if not envelope.signatures:
        raise _malformed("nobody has signed it")
    return envelope


def add_signature(envelope: Envelope, signer: Signer) -> Envelope:
    """The envelope with a signature more. Whoever calls this has verified it, or made it.

    Raises:
        AuditError: as ``seal``.
    """
    public = signer.public
    own = _library_key(public).keyid
    if own in {one.key_id for one in envelope.signatures}:
        raise _malformed("a key signs it twice")
    if len(envelope.signatures) == MAX_SIGNATURES:
        raise _malformed(f"it has more than {MAX_SIGNATURES} signatures")
    made = dsse.Envelope(envelope.unverified, PAYLOAD_TYPE, {}).sign(_Adapter(signer))
    found = Signature(own, bytes.fromhex(made.signature))
    if not _is_signed(envelope.unverified, public, found.data):
        raise _unverified(own)
    return Envelope(envelope.unverified, (*envelope.signatures, found))


def read_envelope(data: bytes) -> Envelope:
    """The envelope that bytes are, unverified.

    Raises:
        AuditError: ``envelope-form``; ``envelope-type``: it holds something else than a statement.
    """
    with refusing(Fault.ENVELOPE_FORM, "this is no envelope of an attestation"):
        value = read_canonical(data, MAX_ENVELOPE)
        found = r.members(value, frozenset({"payload", "payloadType", "signatures"}))
        # Another type is another kind of thing, well-formed or not, and has a code of its own.
        kind = r.member(found, "payloadType", _text)
        if kind != PAYLOAD_TYPE:
            raise AuditError(
                Fault.ENVELOPE_TYPE,
                f"the envelope holds {r.quoted(kind)}, and `{PAYLOAD_TYPE}` is expected:"
                " this is no attestation of a decision",
            )
        payload = r.member(found, "payload", _base64)
        signatures = r.many(found, "signatures", _signature)
        if not 0 < len(payload) <= MAX_PAYLOAD:
            raise r.DecodeError(f"a payload has from 1 to {MAX_PAYLOAD:,} bytes")
        if not 0 < len(signatures) <= MAX_SIGNATURES:
            raise r.DecodeError(f"it has no signatures, or more than {MAX_SIGNATURES}")
        r.distinct(tuple(one.key_id for one in signatures))
        return Envelope(payload, signatures)


def verify(envelope: Envelope, keys: Sequence[Verifier], *, threshold: int = 1) -> Verified:
    """The payload, if enough of these keys have signed it.

    Args:
        envelope: read or made.
        keys: whom the verifier believes, from wherever he has them but this envelope.
        threshold: how many of them must have signed, each counted once.

    Raises:
        AuditError: ``envelope-signature``: under the id of one of the keys stands a signature that is not by it;
            ``envelope-key``: one of the keys has signed under the id of another; ``envelope-unsigned``: fewer keys have signed
            than must; ``policy``: the keys and the threshold accept nothing, or count a key twice.
    """
    known = _policy(keys, threshold)
    accepted: list[Verifier] = []
    for one in envelope.signatures:
        key = known.get(one.key_id)
        if key is not None:
            if not _is_signed(envelope.unverified, key.public, one.data):
                raise _unverified(one.key_id)
            accepted.append(key)
            continue
        for other in known.values():
            if _is_signed(envelope.unverified, other.public, one.data):
                raise AuditError(
                    Fault.ENVELOPE_KEY,
                    f"a signature by the key {key_id(other.public)} stands under the key id"
                    f" {r.quoted(one.key_id)}: somebody has changed the envelope",
                )
    if len(accepted) < threshold:
        raise AuditError(
            Fault.ENVELOPE_UNSIGNED,
            f"{len(accepted)} of the keys that were given have signed, and {threshold} must:"
            " nothing in the envelope is established",
        )
    return Verified(envelope.unverified, tuple(accepted))


class _Adapter(library.Signer):
    """A signer of ours as securesystemslib asks it."""

    def __init__(self, signer: Signer) -> None:
        self._signer = signer

    @property
    def public_key(self) -> library.Key:
        return _library_key(self._signer.public)

    def sign(self, payload: bytes) -> library.Signature:
        return library.Signature(self.public_key.keyid, self._signer.sign(payload).hex())

    @classmethod
    def from_priv_key_uri(cls, *_: object, **__: object) -> NoReturn:
        raise ValueError("a signer of a log has no URI: it is given as it is")


def _policy(keys: Sequence[Verifier], threshold: int) -> dict[str, Verifier]:
    """The keys by their ids."""
    found = {key_id(key.public): key for key in keys}
    if type(threshold) is not int or not 0 < threshold <= len(keys):
        raise AuditError(
            Fault.POLICY,
            f"{threshold} of {len(keys)} keys cannot sign: give at least one key, and a threshold"
            " from 1 to their number",
        )
    if len(found) != len(keys):
        raise AuditError(Fault.POLICY, "a key is given twice, and would be counted twice")
    if any(key.type is not KeyType.ED25519 for key in keys):
        raise AuditError(
            Fault.POLICY, "the key of a witness signs checkpoints alone: give the key of a log"
        )
    return found


def _is_signed(payload: bytes, public: bytes, signature: bytes) -> bool:
    """Whether a key has signed a payload. The key id in the envelope takes no part in it."""
    if len(signature) != _SIGNATURE:
        return False
    own = _library_key(public)
    # The library holds a signature only against the key whose id stands beside it: so that id is put there.
    one = {own.keyid: library.Signature(own.keyid, signature.hex())}
    try:
        dsse.Envelope(payload, PAYLOAD_TYPE, one).verify([own], 1)
    except VerificationError:
        return False
    return True


@lru_cache(maxsize=64)
def _library_key(public: bytes) -> library.SSlibKey:
    """A public key as securesystemslib has it; that a key is safe costs more to find out than to sign with it."""
    try:
        key = raw_node_public(public)
    except RefusedError:
        raise AuditError(
            Fault.NOTE_KEY,
            "the public key is no canonical point of Ed25519, or of small order: take it from its owner again",
        ) from None
    return library.SSlibKey.from_crypto(key, keyid=key_id(public))


def _signature(value: object) -> Signature:
    found = r.members(value, frozenset({"keyid", "sig"}))
    data = r.member(found, "sig", _base64)
    if not 0 < len(data) <= MAX_SIGNATURE:
        raise r.DecodeError(f"a signature has from 1 to {MAX_SIGNATURE:,} bytes")
    return Signature(r.member(found, "keyid", _text), data)


def _text(value: object) -> str:
    text = r.string(value)
    if len(text) > _KEY_ID:
        raise r.DecodeError(f"a text of at most {_KEY_ID} characters is expected")
    return text


def _base64(value: object) -> bytes:
    if type(value) is not str:
        raise r.expected("Base64", value)
    data = read_base64(value)
    if data is None:
        raise r.DecodeError("this is no canonical Base64 with padding (RFC 4648 section 4)")
    return data


def _malformed(why: str) -> AuditError:
    return AuditError(Fault.ENVELOPE_FORM, f"this is no envelope of an attestation: {why}")


def _unverified(own: str) -> AuditError:
    return AuditError(
        Fault.ENVELOPE_SIGNATURE,
        f"the signature under the key id {own} is not one of this payload by that key: the payload, its type or the signature"
        " was changed, or another key made it; nothing in the envelope is established",
    )
