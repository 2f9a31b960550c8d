"""Erasure: what is personal is taken out of the vault for good, and the log says that it was (``docs/spec/evidence-v1.md`` section 3).

Destroying a salt breaks no proof: the seal stays in its entry, and whoever verifies it finds *inclusion ok, evidence erased*. What
would tell an erased item is erased with it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Final

from caio.audit.commits import Receipt
from caio.audit.entries import Entry, Kind
from caio.audit.export import closed
from caio.audit.faults import AuditError, Fault
from caio.audit.log import Log
from caio.audit.recorded import Recorded
from caio.audit.trail import SEALED
from caio.audit.vault import Vault
from caio.base.canonical import Json, digest

ITEMS: Final = (*SEALED, "query", "report")
"""The members of entries that are seals."""
MOST: Final = 1_000
"""How many entries one erasure is about at most."""


@dataclass(frozen=True, slots=True)
class Erasure:
    """What is to be erased.

    Attributes:
        entries: the indices of the entries whose items go.
        seals: of the items that are there, sorted; empty if all of them are gone already.
        names: of the items, in the order of ``ITEMS``.
    """

    entries: tuple[int, ...]
    seals: tuple[str, ...]
    names: tuple[str, ...]


def planned(vault: Vault, entries: Iterable[Recorded], names: Collection[str] = ()) -> Erasure:
    """What goes if these items of these entries are to go; nothing is erased yet.

    Args:
        vault: of the log.
        entries: whose items they are.
        names: of the items, to which whatever would tell them is added; all of them if none is named.

    Raises:
        AuditError: ``vault-damaged``: the vault lacks an item; ``entry-size``: these are too many entries.
    """
    wanted = closed(names) if names else frozenset(ITEMS)
    indices, seals, found = [], set(), set()
    for entry in entries:
        for name in ITEMS:
            if name not in wanted or name not in entry.digests:
                continue
            kept = vault.find(entry.digests[name])
            if kept is None:
                raise AuditError(
                    Fault.VAULT_DAMAGED,
                    f"the vault lacks what entry {entry.index} names as `{name}`: restore the vault from a copy",
                )
            if kept.item is not None:
                indices.append(entry.index)
                seals.add(entry.digests[name])
                found.add(name)
    places = tuple(sorted(set(indices)))
    if len(places) > MOST:
        raise AuditError(
            Fault.ENTRY_SIZE,
            f"an erasure is about at most {MOST:,} entries: erase in several steps",
        )
    return Erasure(places, tuple(sorted(seals)), tuple(name for name in ITEMS if name in found))


def erase(log: Log, vault: Vault, what: Erasure, reason: str) -> Receipt:
    """Say in the log what is erased, then erase it.

    The entry comes first: whoever is interrupted in between erases the same again, and nothing is ever gone that no entry
    speaks of.

    Args:
        log: takes the entry.
        vault: of the same log.
        what: as ``planned`` says.
        reason: why, for whoever reads the log; nothing personal.

    Raises:
        AuditError: ``entry-value``: there is nothing to erase, or no reason; ``vault-foreign``; ``vault-busy`` and what
            ``Log.append`` raises.
    """
    if vault.origin != log.origin:
        raise AuditError(
            Fault.VAULT_FOREIGN, f"the vault is that of `{vault.origin}`: name that of this log"
        )
    if not what.seals:
        raise AuditError(Fault.ENTRY_VALUE, "there is nothing to erase: it is gone already")
    if not reason.strip():
        raise AuditError(Fault.ENTRY_VALUE, "an erasure has a reason: say why")
    details: dict[str, Json] = {"entries": [*what.entries], "reason": reason}
    receipt = log.append(Entry(Kind.ERASURE, {"seals": digest(list(what.seals))}, details))
    vault.erase(what.seals, receipt.time)
    return receipt
