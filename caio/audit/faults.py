"""Why something of an audit log is refused: a stable code, and a sentence that says what to do.

The codes are for programs and tests: each kind of attack on a log has one that names it. The sentences are for people.
"""

from __future__ import annotations

from enum import StrEnum

from caio.base.errors import InputError


class Fault(StrEnum):
    """The codes of all refusals of this room; ``docs/audit-log.md`` lists them."""

    PROOF_RANGE = "proof-range"
    """A proof is asked for, or given, of an entry or a size that the tree does not have."""
    PROOF_FORM = "proof-form"
    """A proof is no sequence of hashes of the length that it must have."""
    PROOF_ROOT = "proof-root"
    """A proof leads to another root than the one it is held against."""

    TILE_FORM = "tile-form"
    """A tile or bundle is missing, or has another size than its place demands."""
    TILE_CONFLICT = "tile-conflict"
    """A tile is there already with other hashes: the folder holds another history."""

    NOTE_FORM = "note-form"
    """The bytes are no signed note."""
    NOTE_KEY = "note-key"
    """The text is no public key of a note, or its key is unsafe."""
    NOTE_SIGNATURE = "note-signature"
    """A known key did not make the signature that is under its name."""
    NOTE_UNSIGNED = "note-unsigned"
    """Fewer known keys have signed than the policy wants."""

    CHECKPOINT_FORM = "checkpoint-form"
    """The text of the note is no checkpoint."""
    CHECKPOINT_ORIGIN = "checkpoint-origin"
    """The checkpoint is that of another log."""
    CHECKPOINT_UNWITNESSED = "checkpoint-unwitnessed"
    """Fewer witnesses have cosigned than the policy wants."""
    POLICY = "policy"
    """A policy that can accept nothing, or that counts a key twice."""

    ENTRY_FORM = "entry-form"
    """The bytes are no entry of this format."""
    ENTRY_VALUE = "entry-value"
    """What is to be recorded has no place in an entry."""
    ENTRY_SIZE = "entry-size"
    """An entry has more bytes than a bundle can hold."""
    ENTRY_SECRET = "entry-secret"  # noqa: S105 - a code
    """What is to be recorded looks like a token or a private key."""
    ENTRY_DECISION = "entry-decision"
    """An entry says something else than the decision that it names."""

    ITEM_FORM = "item-form"
    """A sealed item has another form than its format demands."""
    VAULT_FOREIGN = "vault-foreign"
    """The file is no vault, or that of another log."""
    VAULT_BUSY = "vault-busy"
    """The vault cannot be read or written now; nothing was acknowledged."""
    VAULT_DAMAGED = "vault-damaged"
    """What the vault holds is not what its names say."""

    EXPORT = "export"
    """An evidence file cannot be written."""

    STATEMENT_FORM = "statement-form"
    """The payload is no statement about a decision."""
    STATEMENT_SUBJECT = "statement-subject"
    """The statement is about another file, or the file is no decision."""
    STATEMENT_PREDICATE = "statement-predicate"
    """The statement says something else than the decision that it is about."""
    STATEMENT_CLAIMS = "statement-claims"
    """The statement repeats claims that the checker does not make of the decision."""
    STATEMENT_ORIGIN = "statement-origin"
    """The statement names another log than the key that has signed it."""
    STATEMENT_UNFOUNDED = "statement-unfounded"
    """What is to be attested is not what the checker has accepted."""

    ENVELOPE_FORM = "envelope-form"
    """The bytes are no envelope."""
    ENVELOPE_TYPE = "envelope-type"
    """The envelope holds a payload of another type than a statement."""
    ENVELOPE_SIGNATURE = "envelope-signature"
    """A known key did not make the signature under its key id."""
    ENVELOPE_KEY = "envelope-key"
    """A known key's signature stands under the key id of another."""
    ENVELOPE_UNSIGNED = "envelope-unsigned"
    """Fewer known keys have signed than must."""
    BUNDLE_FORM = "bundle-form"
    """The bytes are no bundle of one envelope with one signature."""

    ANSWER = "answer"
    """An answer about the past does not cover the decisions that it is held against."""

    LOG_FOREIGN = "log-foreign"
    """The file is no audit log, or one of another version or origin."""
    LOG_DAMAGED = "log-damaged"
    """What the file holds does not follow from its own entries."""
    LOG_ROLLED_BACK = "log-rolled-back"
    """A checkpoint that was signed speaks of more entries than the log has."""
    LOG_FORKED = "log-forked"
    """A checkpoint that was signed has another root than the log at the same size."""
    LOG_BUSY = "log-busy"
    """The file cannot be read or written now; nothing was acknowledged."""

    KEY_FILE = "key-file"
    """A key's file is missing, malformed, readable by others, or there already."""
    KEY_INACTIVE = "key-inactive"
    """A key does not sign for this log, or does no longer."""
    KEY_CHANGE = "key-change"
    """An entry changes the keys in a way that is not permitted, or is not signed by whom it must be."""


class AuditError(InputError):
    """Something of an audit log that is not accepted: nothing follows from it.

    Attributes:
        fault: the rule it breaks, stable.
    """

    def __init__(self, fault: Fault, message: str) -> None:
        self.fault = fault
        super().__init__(message)
