"""Bundles: an envelope as tools of Sigstore expect it, version 0.3, with a key that the verifier has from elsewhere.

``docs/spec/evidence-v1.md`` section 4 binds. A bundle says nothing that its envelope does not say, and is verified as that: there is
no certificate in it, no entry of a public log and no timestamp. It holds exactly one signature, as Sigstore demands; an envelope
that several keys have signed has one bundle for each of them (``bundle``'s ``signer``).
"""

from __future__ import annotations

from typing import Final, cast

from caio.audit.envelope import MAX_ENVELOPE, Envelope, read_envelope
from caio.audit.faults import AuditError, Fault
from caio.audit.reading import read_canonical, refusing
from caio.base.canonical import Json, canonical_bytes
from caio.ir import reader as r

MEDIA_TYPE: Final = "application/vnd.dev.sigstore.bundle.v0.3+json"
MAX_BUNDLE: Final = MAX_ENVELOPE + 1_024
"""The most bytes of a bundle."""

_MEMBERS: Final = frozenset({"dsseEnvelope", "mediaType", "verificationMaterial"})


def bundle(envelope: Envelope, signer: str | None = None) -> bytes:
    """The bytes of an envelope as a bundle.

    Args:
        envelope: with one signature, unless ``signer`` chooses among several.
        signer: the key id of the signature that the bundle takes along.

    Raises:
        AuditError: ``bundle-form``: there is not exactly one such signature.
    """
    chosen = [one for one in envelope.signatures if signer in {None, one.key_id}]
    if len(chosen) != 1:
        raise AuditError(
            Fault.BUNDLE_FORM,
            f"a Sigstore bundle has exactly one signature, and here are {len(chosen)}:"
            " name the key id of one that the envelope has",
        )
    return _written(Envelope(envelope.unverified, (chosen[0],)))


def read_bundle(data: bytes) -> Envelope:
    """The envelope in a bundle, unverified as before.

    A bundle to which somebody has added entries of a log, certificates or timestamps is for other tools: what they vouch for is
    not looked at here, and such a bundle is refused.

    Raises:
        AuditError: ``bundle-form``, ``envelope-form`` or ``envelope-type``.
    """
    with refusing(Fault.BUNDLE_FORM, "this is no bundle of an attestation"):
        found = r.members(read_canonical(data, MAX_BUNDLE), _MEMBERS)
        inner = found["dsseEnvelope"]
        # The reader of envelopes judges it as if it had come alone; canonical bytes have canonical parts.
        envelope = read_envelope(canonical_bytes(cast("Json", inner)))
        if len(envelope.signatures) != 1 or _written(envelope) != data:
            raise r.DecodeError(
                f"it is not `{MEDIA_TYPE}` with one signature, the hint of its key, and nothing else"
            )
        return envelope


def _written(envelope: Envelope) -> bytes:
    (only,) = envelope.signatures
    material: Json = {"publicKey": {"hint": only.key_id}, "tlogEntries": []}
    return canonical_bytes(
        {
            "dsseEnvelope": envelope.json,
            "mediaType": MEDIA_TYPE,
            "verificationMaterial": material,
        }
    )
