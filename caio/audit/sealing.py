"""Sealed items: what is personal is named in the log by a salted digest (``docs/spec/evidence-v1.md`` section 1).

Whoever holds a seal learns nothing; whoever is given the item as well, verifies it. Destroying the salt erases what was
sealed, wherever the seal is written, and breaks no log.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from caio.audit.faults import AuditError, Fault
from caio.base.canonical import Json, digest

SALT_BYTES: Final = 32
_SALT: Final = re.compile(r"[0-9a-f]{64}", re.ASCII)
_NAME: Final = re.compile(r"[a-z][a-z0-9_-]{0,63}", re.ASCII)


@dataclass(frozen=True)
class Item:
    """A value with the salt that seals it.

    Attributes:
        salt: 32 random bytes in hexadecimal, used once.
        name: of the member of the entry that the seal is.
        value: canonical JSON; mostly a digest.

    Raises:
        AuditError: ``item-form``: the salt or the name is none.
    """

    salt: str
    name: str
    value: Json

    def __post_init__(self) -> None:
        if type(self.salt) is not str or not _SALT.fullmatch(self.salt):
            raise AuditError(Fault.ITEM_FORM, "the salt of an item is 32 bytes in hexadecimal")
        if type(self.name) is not str or not _NAME.fullmatch(self.name):
            raise AuditError(Fault.ITEM_FORM, "the name of an item is a lower-case word")

    @staticmethod
    def of(name: str, value: Json, *, salt: Callable[[int], str] = secrets.token_hex) -> Item:
        """An item with a salt of its own."""
        return Item(salt(SALT_BYTES), name, value)

    @cached_property
    def seal(self) -> str:
        """The digest that stands in an entry."""
        return digest(self.json())

    def json(self) -> list[Json]:
        """The array that is digested, and that is handed over to disclose the item."""
        return [self.salt, self.name, self.value]
