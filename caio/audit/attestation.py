"""Attestations: statements about decisions, signed and verified; what a recorder and an auditor call.

``attest`` makes the bytes of an envelope from an accepted decision. ``verify_attestation`` goes the way back: signatures first, then
the bytes that they are over, then the log that the statement names, which must be that of a key that has signed. What it
returns speaks of some decision; ``Statement.check`` holds it against the one at hand. ``docs/attestations.md`` shows both.

A signature shows who says something. That it is true, the checker shows.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from caio.audit.envelope import Envelope, add_signature, read_envelope, seal, verify
from caio.audit.faults import AuditError, Fault
from caio.audit.notes import Signer, Verifier
from caio.audit.statement import Decided, Statement, read_statement
from caio.certify.acceptance import Verdict


@dataclass(frozen=True, slots=True)
class Attested:
    """A statement whose signatures have verified.

    Attributes:
        statement: what was said.
        keys: the verifier's keys that have signed it.
    """

    statement: Statement
    keys: tuple[Verifier, ...]


def attest(data: bytes, verdict: Verdict, signers: Sequence[Signer]) -> Envelope:
    """The attestation of a decision that the checker has accepted.

    Args:
        data: the bytes of the decision file: the subject.
        verdict: what the checker says of them.
        signers: whose keys sign; the first one's name is the log in which the decision is recorded.

    Raises:
        AuditError: ``statement-subject``, ``statement-unfounded``, ``statement-form``, ``envelope-form``,
            ``envelope-signature``, ``note-key``, ``key-inactive``.
    """
    return attest_decided(Decided.read(data), verdict, signers)


def attest_decided(decided: Decided, verdict: Verdict, signers: Sequence[Signer]) -> Envelope:
    """The same for whoever has just made the decision and need not read it again (``Decided.of``)."""
    if not signers:
        raise AuditError(
            Fault.ENVELOPE_FORM, "nobody signs: an attestation without a signature is none"
        )
    return seal(Statement.of(decided, verdict, signers[0].name).data, signers)


def verify_attestation(data: bytes, keys: Sequence[Verifier], *, threshold: int = 1) -> Attested:
    """What an envelope says, if enough of these keys have signed it.

    Args:
        data: the bytes of the envelope.
        keys: whom the verifier believes: those of the log, from its owner or from its entries of kind ``key``.
        threshold: how many of them must have signed.

    Raises:
        AuditError: as ``read_envelope``, ``verify`` and ``read_statement``; ``statement-origin``: none of the keys that have
            signed is of the log that the statement names.
    """
    found = verify(read_envelope(data), keys, threshold=threshold)
    statement = read_statement(found.payload)
    if statement.origin not in {key.name for key in found.keys}:
        raise AuditError(
            Fault.STATEMENT_ORIGIN,
            f"the statement names the log `{statement.origin}`, and the keys that have signed are of"
            f" {_names(found.keys)}: it was made for another log",
        )
    return Attested(statement, found.keys)


def countersign(data: bytes, keys: Sequence[Verifier], signers: Iterable[Signer]) -> Envelope:
    """An envelope with further signatures, by keys whose holders have first verified what they sign.

    Args:
        data: the bytes of the envelope.
        keys: whose signature is there already, and believed.
        signers: who signs as well.

    Raises:
        AuditError: as ``verify_attestation`` and ``caio.audit.envelope.seal``.
    """
    verify_attestation(data, keys)
    envelope = read_envelope(data)
    for signer in signers:
        envelope = add_signature(envelope, signer)
    return envelope


def _names(keys: Iterable[Verifier]) -> str:
    return ", ".join(f"`{key.name}`" for key in keys)
