"""Verifies signatures with the product's own code, as the command of the product does: the port that the room leaves open."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence

from caio.audit.entries import read_entry
from caio.audit.faults import AuditError
from caio.audit.keyring import Keyring
from caio.audit.notes import Verifier
from caio.evidence import Flaw, KeyEntry, Unestablished
from caio.security.nodes import is_signed, raw_node_public
from tests.audit.keys import ORIGIN, TestSigner
from tests.evidence.making import ONE, encoded


class Verifying:
    """Accepts what follows from the keys given, which are those of signers that the verifier trusts."""

    def __init__(self, *trusted: TestSigner) -> None:
        self._trusted = {Verifier.of(one) for one in trusted or (ONE,)}

    def checkpoint(self, note: bytes, keys: Sequence[KeyEntry]) -> None:
        try:
            ring = self._ring(keys)
            size = int(note.split(b"\n")[1])
            ring.policy(size).accept(note)
        except AuditError as error:
            raise Flaw(error.fault.value, str(error)) from None

    def envelope(self, envelope: bytes, index: int, keys: Sequence[KeyEntry]) -> None:
        body = json.loads(envelope)
        message = encoded(body["payloadType"], base64.b64decode(body["payload"]))
        ring = self._ring(keys)
        for key in ring.covering(index):
            for one in body["signatures"]:
                if is_signed(raw_node_public(key.public), base64.b64decode(one["sig"]), message):
                    return
        raise Flaw("attestation-signature", "no key of the log has signed the attestation")

    def _ring(self, keys: Sequence[KeyEntry]) -> Keyring:
        ring = Keyring.of(ORIGIN, ((one.index, read_entry(one.data)) for one in keys))
        if not self._trusted & {tenure.key for tenure in ring.tenures}:
            raise Unestablished("no-key", "none of the keys given is one of the log")
        return ring
