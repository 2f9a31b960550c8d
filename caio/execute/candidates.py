"""The candidates of an order: asked for one at a time, in threads, and let go of in the end.

Whoever provides candidates may hold something open until it is asked for the next one. So when an execution is over its
candidates are ended, and where one is just being examined, as soon as that is done.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable
from threading import Lock

from caio.execute.order import Admission


class Candidates:
    """The candidates of one execution."""

    __slots__ = ("_items", "_lock", "_over")

    def __init__(self, candidates: Iterable[Admission]) -> None:
        self._items = iter(candidates)
        self._lock = Lock()
        self._over = False

    def next(self) -> Admission | None:
        """The next candidate, which may have to be examined first; None where there is none."""
        with self._lock:
            found = None if self._over else next(self._items, None)
        # Let go of meanwhile: nobody waits for this one any more.
        if self._over:
            self.let_go()
        return found

    def let_go(self) -> None:
        """End what provides them, now or after the examination that is going on."""
        self._over = True
        if self._lock.acquire(blocking=False):
            try:
                if isinstance(self._items, Generator):
                    self._items.close()
            finally:
                self._lock.release()
