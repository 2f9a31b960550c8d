"""Sealed items (evidence-v1 section 1), and which members of which entries are seals (section 2).

A seal says nothing of what it seals; an item that opens it shows what was recorded. An item opens a seal only under the name
of the member in which the seal stands.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from caio.checker.reader import digest

from .report import Flaw

SEALED: Final[Mapping[str, frozenset[str]]] = {
    "decision": frozenset(
        ("request", "facts", "attestation", "decision", "evidence", "statement", "caller")
    ),
    "discovery": frozenset(("query",)),
    "execution": frozenset(("decision", "report")),
    "violation": frozenset(("decision",)),
}
"""By kind of entry, the members of ``content.digests`` that are seals."""
_SALT: Final = re.compile(r"[0-9a-f]{64}")


def seal_of(item: object) -> str:
    """The seal of an item `[salt, name, value]`, as it was read from canonical JSON.

    Raises:
        Flaw: ``item``: it is none.
    """
    if not isinstance(item, list) or len(item) != 3:
        raise Flaw("item", "an item is [salt, name, value]")
    salt, name, _ = item
    if type(salt) is not str or not _SALT.fullmatch(salt) or type(name) is not str:
        raise Flaw("item", "a salt is 64 lower-case hexadecimal digits, and a name a text")
    return digest(item)


def opened(kind: str, digests: Mapping[str, str], item: object) -> tuple[str, object]:
    """The name and value of an item that opens a seal of an entry.

    Args:
        kind: of the entry.
        digests: of the entry.
        item: as disclosed.

    Raises:
        Flaw: ``item``; ``seal``: the entry has no seal of this name, or the item does not open it.
    """
    seal = seal_of(item)
    name, value = (item[1], item[2]) if isinstance(item, list) else ("", None)
    if name not in SEALED.get(kind, ()) or name not in digests:
        raise Flaw("seal", f"an entry of kind `{kind}` has no seal `{name[:64]}`")
    if digests[name] != seal:
        raise Flaw("seal", f"the item does not open the seal `{name}`")
    return name, value
