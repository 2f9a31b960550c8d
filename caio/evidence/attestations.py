"""Attestations of decisions, as far as SHA-256 reaches: digests, subject and predicate (evidence-v1 sections 4 and 6.5).

Whether a key has signed is left to ``Signatures``. Members of a predicate that are not known here are ignored, since
predicates are only ever extended.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any, Final

from .archive import Archive
from .checkpoint import KeyEntry, Signatures
from .decisions import Decision, Disclosed
from .entries import Entry, read_base64, read_canonical, read_json
from .report import Flaw, Unestablished

_PAYLOAD: Final = "application/vnd.in-toto+json"
_STATEMENT: Final = "https://in-toto.io/Statement/v1"
_PREDICATE: Final = "urn:caio:attestation:decision:v1"
_BUNDLE: Final = "application/vnd.dev.sigstore.bundle.v0.3+json"
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
        envelope = read_json(data, member)
        if decision is None:
            raise Unestablished("no-decision", "the evidence of the decision was not accepted")
        self._statement(_payload(envelope), decision)
        beside = f"attestations/{index}.sigstore.json"
        if beside in self._archive.members:
            _same_bundle(read_json(self._archive.read(beside), beside), envelope)
        if self._signatures is None:
            raise Unestablished("signatures-not-checked", "its signature was not checked")
        if self._keys is None:
            raise Unestablished("keys", "the keys are not shown to be those of the log")
        self._signatures.envelope(data, index, self._keys)

    def _statement(self, statement: Any, decision: Decision) -> None:
        digest = {"sha256": decision.file.removeprefix("sha256:")}
        expected = [{"digest": digest, "name": "decision.json"}]
        if statement.get("_type") != _STATEMENT or statement.get("predicateType") != _PREDICATE:
            raise _odd("it is no statement about a decision")
        if statement.get("subject") != expected:
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


def _payload(envelope: object) -> Mapping[str, Any]:
    """The statement in an envelope."""
    if not isinstance(envelope, dict) or envelope.get("payloadType") != _PAYLOAD:
        raise _odd("it is no envelope of a statement")
    listed = envelope.get("signatures")
    signed = _signed(envelope) if isinstance(listed, list) else []
    if not signed or len(signed) != len(listed or ()) or not all(map(read_base64, signed)):
        raise _odd("nobody has signed, or a signature is not in Base64")
    found = read_canonical(read_base64(envelope.get("payload")), "the payload of an attestation")
    if not isinstance(found, dict):
        raise _odd("its payload is no statement")
    return found


def _same_bundle(bundle: object, envelope: object) -> None:
    """Refuse a Sigstore bundle of anything but this envelope."""
    inner = bundle.get("dsseEnvelope") if isinstance(bundle, dict) else None
    right = isinstance(bundle, dict) and bundle.get("mediaType") == _BUNDLE
    if not right or not isinstance(inner, dict) or not isinstance(envelope, dict):
        raise Flaw("attestation-bundle", "the bundle is none with an envelope")
    same = all(inner.get(name) == envelope.get(name) for name in ("payload", "payloadType"))
    if not same or _signed(inner) != _signed(envelope):
        raise Flaw("attestation-bundle", "the bundle holds another envelope than the attestation")


def _signed(envelope: Mapping[str, Any]) -> list[object]:
    found = envelope.get("signatures")
    listed = found if isinstance(found, list) else []
    return [one.get("sig") for one in listed if isinstance(one, dict)]


def _odd(why: str) -> Flaw:
    return Flaw("attestation", f"the attestation cannot be read: {why}")
