"""A witness: it cosigns checkpoints of logs, and never two that contradict each other.

What a witness knows of each log is the largest checkpoint that it has cosigned. It cosigns another one only with a proof
that the log has grown since then, so that whoever asks for its cosignature sees the history that everybody sees.
It takes bytes and gives bytes: who carries them (C2SP tlog-witness has an HTTP API) is somebody else's business.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from caio.audit.checkpoint import Policy, TreeHead, read_checkpoint
from caio.audit.faults import AuditError, Fault
from caio.audit.merkle import verify_consistency
from caio.audit.notes import KeyType, Signer, Verifier, cosign, read_note


class Witness:
    """The memory of one witness.

    Args:
        signer: its key, which signs nothing but cosignatures.
        logs: by origin, what a checkpoint must have to be looked at.
        seen: by origin, the checkpoints it has cosigned before, from wherever they are kept.
    """

    def __init__(
        self,
        signer: Signer,
        logs: Mapping[str, Policy],
        seen: Mapping[str, TreeHead] = MappingProxyType({}),
    ) -> None:
        self._signer = signer
        self._logs = dict(logs)
        self._seen = dict(seen)

    @property
    def key(self) -> Verifier:
        """Its public key, for policies."""
        return Verifier.of(self._signer, KeyType.COSIGNATURE)

    @property
    def seen(self) -> Mapping[str, TreeHead]:
        """By origin, the largest checkpoint it has cosigned: what must be kept for the next time."""
        return MappingProxyType(dict(self._seen))

    def update(self, data: bytes, proof: Sequence[bytes], *, at: int) -> bytes:
        """The note of a checkpoint with the cosignature of this witness.

        Args:
            data: the note.
            proof: of consistency from the size that this witness has seen last; empty for the first.
            at: the time by the witness's own clock, in seconds since 1970.

        Raises:
            AuditError: ``checkpoint-origin``: it is not asked to look at this log; ``note-…``; ``log-rolled-back``: the
                checkpoint is smaller than the last; ``proof-…``: the log is another history than it was.
        """
        origin = read_checkpoint(data).head.origin
        policy = self._logs.get(origin)
        if policy is None:
            raise AuditError(
                Fault.CHECKPOINT_ORIGIN, "the witness does not know this log: have it added"
            )
        head = policy.accept(data).head
        last = self._seen.get(origin)
        if last is None and proof:
            raise AuditError(Fault.PROOF_FORM, "the first checkpoint of a log needs no proof")
        if last is not None:
            if head.size < last.size:
                raise AuditError(
                    Fault.LOG_ROLLED_BACK,
                    f"the witness has seen {last.size} entries of this log, and now it has {head.size}",
                )
            # Every history continues that of no entries.
            if last.size:
                verify_consistency(last.size, last.root, head.size, head.root, proof)
        note = cosign(read_note(data), self._signer, at=at)
        self._seen[origin] = head
        return note.data
