"""Attestations of decisions, as far as SHA-256 reaches: digests, subject and predicate (evidence-v1 sections 4 and 6.5).

Whether a key has signed is left to ``Signatures``. Members of a predicate that are not known here are ignored, since
predicates are only ever extended.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from caio.checker.reader import canonical

from .archive import Archive
from .checkpoint import KeyEntry, Signatures
from .decisions import Decision, Disclosed
from .entries import Entry, read_base64, read_canonical, record
from .report import Flaw, Unestablished

_PAYLOAD: Final = "application/vnd.in-toto+json"
_STATEMENT: Final = "https://in-toto.io/Statement/v1"
_PREDICATE: Final = "urn:caio:attestation:decision:v1"
_BUNDLE: Final = "application/vnd.dev.sigstore.bundle.v0.3+json"
_MAX_ENVELOPE: Final = 6 * 1024 * 1024
_MAX_STATEMENT: Final = 4 * 1024 * 1024
_KEY_ID: Final = re.compile("[0-9a-f]{64}")
_DIGESTS: Final = {
    "decision": "decision_digest",
    "obligations": "obligations_digest",
    "trace": "trace_digest",
}
_INPUTS: Final = (
    *("vocabulary", "landscape", "profile", "request"),
    *("facts", "attestation", "measurements"),
)


class Attestations:
    """Judges the attestations of an archive.

    Args:
        archive: whose structure was examined.
        origin: the name of the log.
        signatures: what verifies signatures; None where there is no cryptography.
        keys: the entries of kind ``key`` of the log; None if they are not shown to be those.
    """

    def __init__(
        self,
        archive: Archive,
        origin: str,
        signatures: Signatures | None,
        keys: Sequence[KeyEntry] | None,
    ) -> None:
        self._archive, self._origin = archive, origin
        self._signatures, self._keys = signatures, keys

    def examine(
        self, index: int, entry: Entry, disclosed: Disclosed, decision: Decision | None
    ) -> None:
        """Establish that the attestation of a decision is one of it, and signed by a key of the log.

        Raises:
            Flaw: it is not.
            Unestablished: an item is not disclosed, the evidence is not right, or signatures are not checked.
        """
        disclosed.demand(entry.digests, ("statement", "evidence"))
        member = f"attestations/{index}.json"
        if member not in self._archive.members:
            raise Flaw(
                "attestation-missing", f"there is no `{member}`, and its digest is disclosed"
            )
        data = self._archive.read(member)
        if "sha256:" + hashlib.sha256(data).hexdigest() != disclosed.items["statement"]:
            raise Flaw("attestation-digest", f"`{member}` has another digest than was recorded")
        envelope = _read_envelope(data, member)
        if decision is None:
            raise Unestablished("no-decision", "the evidence of the decision was not accepted")
        self._statement(_read_payload(envelope), decision)
        beside = f"attestations/{index}.sigstore.json"
        if beside in self._archive.members:
            _check_bundle(self._archive.read(beside), envelope)
        if self._signatures is None:
            raise Unestablished("signatures-not-checked", "its signature was not checked")
        if self._keys is None:
            raise Unestablished("keys", "the keys are not shown to be those of the log")
        self._signatures.envelope(data, index, self._keys)

    def _statement(self, statement: Any, decision: Decision) -> None:
        if statement.get("_type") != _STATEMENT or statement.get("predicateType") != _PREDICATE:
            raise _odd("it is no statement about a decision")
        listed, digits = statement.get("subject"), decision.file.removeprefix("sha256:")
        subject = listed[0] if isinstance(listed, list) and len(listed) == 1 else None
        named = isinstance(subject, dict) and subject.get("name") == "decision.json"
        digest = subject.get("digest") if isinstance(subject, dict) else None
        if not named or not isinstance(digest, dict) or digest.get("sha256") != digits:
            raise Flaw("attestation-subject", "it is about another file than the decision")
        predicate, raw = statement.get("predicate"), decision.raw
        if not isinstance(predicate, dict) or not isinstance(predicate.get("digests"), dict):
            raise _odd("it has no predicate")
        said = {name: predicate.get(name) for name in ("at", "selected", "verdict", "origin")}
        own: dict[str, object] = {name: raw[name] for name in ("at", "selected", "verdict")}
        own["origin"] = self._origin
        digests = {name: predicate["digests"].get(name) for name in (*_DIGESTS, *_INPUTS)}
        told = {name: raw[member] for name, member in _DIGESTS.items()}
        told |= {name: raw["inputs"][name] for name in _INPUTS}
        policy = predicate.get("policy")
        listed = isinstance(policy, list) and all(isinstance(one, str) for one in policy)
        same = listed and sorted(policy or ()) == sorted(raw["inputs"]["policy"])
        if said != own or digests != told or not same:
            raise Flaw("attestation-predicate", "its predicate says other things than the decision")


def _read_envelope(data: bytes, member: str) -> Mapping[str, Any]:
    """An envelope of exactly the form of section 4."""
    if len(data) > _MAX_ENVELOPE:
        raise _odd(f"it has more than {_MAX_ENVELOPE} bytes")
    envelope = record(read_canonical(data, member), "payload payloadType signatures", member)
    listed = envelope["signatures"]
    if envelope["payloadType"] != _PAYLOAD or not isinstance(listed, list):
        raise _odd("it is no envelope of a statement")
    signed = [record(one, "keyid sig", "a signature") for one in listed]
    ids = {str(one["keyid"]) for one in signed}
    if not 0 < len(ids) == len(signed) <= 16 or not all(map(_KEY_ID.fullmatch, ids)):
        raise _odd("it has not from 1 to 16 signatures, each under another key id")
    if not all(read_base64(one["sig"]) for one in signed):
        raise _odd("a signature is not in canonical Base64")
    return envelope


def _read_payload(envelope: Mapping[str, Any]) -> Mapping[str, Any]:
    """The statement in an envelope."""
    data = read_base64(envelope["payload"])
    found = read_canonical(data, "the payload of an attestation")
    if len(data) > _MAX_STATEMENT or not isinstance(found, dict):
        raise _odd("its payload is no statement")
    return found


def _check_bundle(data: bytes, envelope: Mapping[str, Any]) -> None:
    """Refuse whatever is not the Sigstore bundle of this envelope with one of its signatures."""
    for one in envelope["signatures"]:
        bundle = {
            "dsseEnvelope": {**envelope, "signatures": [one]},
            "mediaType": _BUNDLE,
            "verificationMaterial": {"publicKey": {"hint": one["keyid"]}, "tlogEntries": []},
        }
        if data == canonical(bundle).encode():
            return
    raise Flaw("attestation-bundle", "the bundle is not that of the envelope beside it")


def _odd(why: str) -> Flaw:
    return Flaw("attestation", f"the attestation cannot be read: {why}")
