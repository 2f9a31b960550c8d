"""What stands behind the entry of a decision: the items that open its seals, the decision file, and its landscape.

All of it comes from the vault, and nothing of it counts before it has the digest that the entry, or an item of the entry, says.
The checker then judges the file in an interpreter of its own, and what the entry says is held against the file.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from caio.audit.attestation import verify_attestation
from caio.audit.entries import Kind
from caio.audit.faults import AuditError, Fault
from caio.audit.log import Log
from caio.audit.merkle import leaf_hash, verify_inclusion
from caio.audit.recorded import Recorded
from caio.audit.statement import Decided
from caio.audit.trail import SEALED
from caio.audit.vault import Kept, Vault
from caio.base.canonical import digest, digest_bytes
from caio.base.errors import InputError
from caio.base.instants import parse_instant
from caio.cli.text import safe

_DOCUMENTS: Final = b'{"documents":[%b],"format":"caio-documents/v1"}\n'
_NAMED: Final = ("vocabulary", "landscape", "profile", "measurements")
_SAID: Final = ("at", "selected", "verdict")


@dataclass(frozen=True, slots=True)
class Behind:
    """What the vault has for a decision's entry.

    Attributes:
        entry: of the decision.
        sealed: the items by name, in order; an erased one has no value.
        decision: the bytes of the decision file; None if it was erased.
        landscape: the document set to be read beside it.
    """

    entry: Recorded
    sealed: Mapping[str, Kept]
    decision: bytes | None
    landscape: bytes

    @property
    def erased(self) -> tuple[str, ...]:
        """The names of what was erased."""
        return tuple(name for name, kept in self.sealed.items() if kept.item is None)

    def value(self, name: str) -> Any:
        """The value of an item; None if there is none, or it was erased."""
        kept = self.sealed.get(name)
        return None if kept is None or kept.item is None else kept.item.value

    def data(self, name: str) -> bytes | None:
        """The bytes that the value of an item names."""
        kept = self.sealed.get(name)
        return None if kept is None else kept.data

    def write(self, folder: Path) -> tuple[str, str]:
        """The decision and its landscape as files.

        Raises:
            InputError: the decision was erased.
        """
        if self.decision is None:
            raise InputError(
                f"the evidence of entry {self.entry.index} was erased: nothing of it can be decided or checked again"
            )
        name = self.entry.digests["landscape"].removeprefix("sha256:")
        decision, landscape = folder / "decision.json", folder / f"landscape-{name}.json"
        decision.write_bytes(self.decision)
        landscape.write_bytes(self.landscape)
        return str(decision), str(landscape)


@dataclass(frozen=True, slots=True)
class Inclusion:
    """Whether a signed checkpoint covers an entry.

    Attributes:
        size: of the tree that was signed; None if the entry is not in it.
        keys: who has signed.
        why: why it is not established.
    """

    size: int | None
    keys: tuple[str, ...] = ()
    why: str | None = None


def behind(entry: Recorded, vault: Vault) -> Behind:
    """What the vault has for an entry.

    Raises:
        AuditError: ``vault-damaged``: it lacks something, or has other bytes than the entry names.
    """
    sealed: dict[str, Kept] = {}
    for name in SEALED:
        if name not in entry.digests:
            continue
        kept = vault.find(entry.digests[name])
        if kept is None:
            raise _lacking(f"what entry {entry.index} names as `{name}`")
        if kept.name != name:
            raise _lying(entry, f"`{name}` is the seal of `{safe(kept.name)}`")
        if kept.item is not None and kept.data is not None:
            value = kept.item.value
            if digest_bytes(kept.data) != value:
                raise _lying(entry, f"the bytes of `{name}` have another digest than its item says")
        sealed[name] = kept
    evidence = sealed.get("evidence")
    decision = None if evidence is None else evidence.data
    return Behind(entry, sealed, decision, _landscape(entry, vault))


def _landscape(entry: Recorded, vault: Vault) -> bytes:
    def document(name: str) -> bytes:
        data = vault.document(name)
        if data is None:
            raise _lacking(f"the document {safe(name)[:80]}")
        return data

    top = document(entry.digests["landscape"])
    names: list[str | None] = [entry.digests["vocabulary"]]
    try:
        for one in json.loads(top)["entries"]:
            names += [one["service"], *one["overlays"], one["state"]]
    except (ValueError, KeyError, TypeError) as error:
        raise _lying(entry, "`landscape` names no landscape") from error
    wanted = dict.fromkeys(name for name in names if name is not None)
    return _DOCUMENTS % b",".join([top, *map(document, wanted)])


def agreed(found: Behind, body: Mapping[str, Any]) -> None:
    """Hold what an entry says, and what opens its seals, against the decision file.

    Args:
        found: what stands behind the entry.
        body: the decision file, accepted by the checker.

    Raises:
        AuditError: ``entry-decision``: they differ.
    """
    entry, inputs = found.entry, body["inputs"]
    says: dict[str, tuple[object, object]] = {
        name: (entry.details.get(name), body[name]) for name in _SAID
    }
    says |= {name: (entry.digests.get(name), inputs[name]) for name in _NAMED}
    says["policy"] = (entry.digests.get("policy"), digest(inputs["policy"]))
    says["contract"] = (entry.digests.get("contract"), _contract(found, body))
    says |= {
        name: (found.value(name), inputs[name])
        for name in ("request", "facts", "attestation")
        if name not in found.erased
    }
    if "decision" not in found.erased:
        says["decision"] = (found.value("decision"), body["decision_digest"])
    if "caller" not in found.erased:
        says["caller"] = (found.value("caller"), _caller(body))
    for name, (recorded, decided) in says.items():
        if recorded != decided:
            raise AuditError(
                Fault.ENTRY_DECISION,
                f"entry {entry.index} says another `{name}` than the decision behind it:"
                f" {safe(str(recorded))[:80]}, and the decision {safe(str(decided))[:80]};"
                " do not believe whoever recorded it",
            )


def _contract(found: Behind, body: Mapping[str, Any]) -> str | None:
    """The digest of the contract that was selected."""
    chosen = body["selected"]
    if chosen is None:
        return None
    documents = json.loads(found.landscape)["documents"]
    named = {digest(one): one for one in documents}
    for one in documents[0]["entries"]:
        service = named[one["service"]]
        if (service["name"], service["version"]) == (chosen["service"], chosen["version"]):
            return digest({"overlays": one["overlays"], "service": one["service"]})
    return None


def _caller(body: Mapping[str, Any]) -> object:
    """The caller that the request in a decision file states."""
    for one in body["documents"]:
        if one.get("kind") == "request" and digest(one) == body["inputs"]["request"]:
            return one.get("caller")
    return None


def inclusion(log: Log, entry: Recorded) -> Inclusion:
    """Prove an entry against the last checkpoint that counts.

    Raises:
        AuditError: ``proof-root``, ``log-…``: the log is not what was signed.
    """
    try:
        checkpoint = log.latest()
    except AuditError as error:
        if error.fault not in {Fault.NOTE_UNSIGNED, Fault.KEY_INACTIVE}:
            raise
        return Inclusion(None, (), str(error))
    if entry.index >= checkpoint.size:
        why = f"what was signed last ends before it, at {checkpoint.size:,} entries"
        return Inclusion(None, (), why)
    proof = log.prove_inclusion(entry.index, checkpoint.size)
    verify_inclusion(leaf_hash(entry.data), entry.index, checkpoint.size, proof, checkpoint.root)
    keys = tuple(f"{one.key.name}+{one.key.id.hex()}" for one in checkpoint.signed)
    return Inclusion(checkpoint.size, keys)


def attested(log: Log, found: Behind) -> tuple[tuple[str, ...], str | None]:
    """Who has attested a decision; else why that is not established.

    Raises:
        AuditError: ``envelope-…``, ``statement-…``: the attestation is none, or says something else.
    """
    envelope = found.data("statement")
    if "statement" in found.erased:
        return (), "the attestation was erased"
    if envelope is None or found.decision is None:
        return (), "no key has attested the decision"
    keys = [one.key for one in log.keyring().tenures if not one.revoked]
    try:
        made = verify_attestation(envelope, keys)
    except AuditError as error:
        if error.fault is not Fault.ENVELOPE_UNSIGNED:
            raise
        return (), "no key of this log that counts has signed the attestation"
    made.statement.check(Decided.read(found.decision))
    return tuple(f"{key.name}+{key.id.hex()}" for key in made.keys), None


def late(entry: Recorded) -> int | None:
    """By how many microseconds the entry was taken after the time that was decided for; None if it states no time."""
    try:
        return entry.time - parse_instant(str(entry.details.get("at")))
    except InputError:
        return None


def find_entry(
    log: Log, vault: Callable[[], Vault], words: str, step: Callable[[int, int], None]
) -> Recorded:
    """The entry that somebody means: its index, or the beginning of the digest of its decision.

    Args:
        log: in which it is.
        vault: opens its vault, if that is needed.
        words: an index, or six digits or more of a digest.
        step: told how many entries were looked at, of how many.

    Raises:
        InputError: there is none, or there are several.
    """
    size = log.size
    plain = words.replace(",", "").replace("_", "")
    if plain.isdecimal() and plain.isascii() and len(plain) < 19:
        index = int(plain)
        if index >= size:
            raise InputError(
                f"there is no entry {index:,}: the log has entries 0 to {size - 1:,}, and `caio audit log` lists them"
            )
        (entry,) = log.entries(index, index + 1)
        return entry
    return _by_digest(log, vault(), words, step)


def _by_digest(log: Log, vault: Vault, words: str, step: Callable[[int, int], None]) -> Recorded:
    digits = words.removeprefix("sha256:")
    if not 6 <= len(digits) <= 64 or set(digits) - set("0123456789abcdef"):
        raise InputError(
            f"`{safe(words)[:80]}` names no entry: give its index, or six digits or more of the digest of its decision"
        )
    size = log.size
    found = []
    for entry in log.entries(kind=Kind.DECISION):
        kept = vault.find(entry.digests["decision"])
        value = None if kept is None or kept.item is None else kept.item.value
        if isinstance(value, str) and value.startswith(f"sha256:{digits}"):
            found.append(entry)
        step(entry.index + 1, size)
    if len(found) == 1:
        return found[0]
    if not found:
        raise InputError(
            f"no decision of this log has a digest that begins with `{digits[:64]}`, or it was erased:"
            " `caio audit log --kind decision` lists what there is"
        )
    places = ", ".join(f"{entry.index:,}" for entry in found[:10])
    raise InputError(
        f"{len(found):,} entries have a decision whose digest begins with `{digits}`: name one of {places}"
    )


def _lacking(what: str) -> AuditError:
    return AuditError(Fault.VAULT_DAMAGED, f"the vault lacks {what}: restore the vault from a copy")


def _lying(entry: Recorded, why: str) -> AuditError:
    return AuditError(
        Fault.VAULT_DAMAGED,
        f"the vault does not hold what entry {entry.index} names: {why}; restore the vault from a copy",
    )
