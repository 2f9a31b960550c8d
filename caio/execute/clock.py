"""The clock that deadlines and durations are measured by: monotonic, in whole microseconds.

A duration becomes evidence: how long a call took. The time of day is for the history alone, which files calls under it.
"""

from __future__ import annotations

import asyncio
import time
from typing import Final, Protocol

SECOND: Final = 1_000_000
"""Microseconds."""


class Clock(Protocol):
    """What measures, and what waits; tests bring their own."""

    def now(self) -> int:
        """Microseconds since some moment; never less than before."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        ...


class MonotonicClock:
    """The clock of the machine."""

    __slots__ = ()

    def now(self) -> int:
        """Microseconds since some moment."""
        return time.monotonic_ns() // 1_000

    async def sleep(self, seconds: float) -> None:
        """Wait, and let other tasks run."""
        await asyncio.sleep(seconds)


def wall_time() -> int:
    """The time of day, in microseconds UTC since 1970."""
    return time.time_ns() // 1_000
