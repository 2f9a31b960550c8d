"""What a deterministic service answered before: the digest of the first reply to each payload at each version.

Only digests are kept. A memory that forgets makes the check weaker and never wrong: what is remembered was really answered.
"""

from __future__ import annotations

from threading import Lock
from typing import Final, Protocol

MOST: Final = 65_536
"""How many payloads a memory of this process keeps, unless told otherwise."""


class ReplyMemory(Protocol):
    """Where the digests of first replies are kept; used from many tasks and threads."""

    def first(self, key: str, reply: str) -> str:
        """The digest that was kept under a key; this one, if there was none: then it is kept."""
        ...


class RecentReplies:
    """A memory of this process. When it is full, what was kept first makes room."""

    __slots__ = ("_kept", "_lock", "_most")

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._kept: dict[str, str] = {}
        self._lock = Lock()

    def first(self, key: str, reply: str) -> str:
        """The digest of the first reply under this key."""
        with self._lock:
            found = self._kept.setdefault(key, reply)
            if len(self._kept) > self._most:
                del self._kept[next(iter(self._kept))]
            return found
