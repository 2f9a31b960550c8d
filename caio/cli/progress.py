"""A progress bar for what takes longer than a second, on a terminal and on standard error only."""

from __future__ import annotations

import sys
from threading import Lock, Timer
from types import TracebackType
from typing import TYPE_CHECKING, Final, Self

from caio.cli.streams import coloured, console

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

PATIENCE: Final = 1.0
"""Seconds before anything is shown."""


class Waiting:
    """Shows what is being waited for; does nothing where nobody watches.

    An instance is a callback as well: ``waiting(done, total)`` moves the bar.
    """

    def __init__(self, label: str, *, quiet: bool = False) -> None:
        self._label = label
        self._watched = not quiet and sys.stderr.isatty() and coloured(sys.stderr)
        self._lock = Lock()
        self._timer: Timer | None = None
        self._bar: Progress | None = None
        self._task: TaskID | None = None
        self._state: tuple[int, int | None] = (0, None)

    def __enter__(self) -> Self:
        if self._watched:
            self._timer = Timer(PATIENCE, self._show)
            self._timer.daemon = True
            self._timer.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._timer is not None:
            self._timer.cancel()
        with self._lock:
            # A timer that is about to fire finds this and shows nothing any more.
            self._watched = False
            if self._bar is not None:
                self._bar.stop()

    def __call__(self, done: int, total: int) -> None:
        """So much is done, of so much."""
        with self._lock:
            self._state = done, total
            self._update()

    def step(self, label: str) -> None:
        """Something else is being done from here on."""
        with self._lock:
            self._label = label
            self._state = 0, None
            self._update()

    def _update(self) -> None:
        if self._bar is not None and self._task is not None:
            done, total = self._state
            self._bar.update(self._task, completed=done, total=total, description=self._label)

    def _show(self) -> None:
        from rich.progress import (  # noqa: PLC0415 - only who waits pays for it
            BarColumn,
            MofNCompleteColumn,
            Progress,
            SpinnerColumn,
            TextColumn,
            TimeElapsedColumn,
        )

        with self._lock:
            if not self._watched:
                return
            self._bar = Progress(
                SpinnerColumn(),
                TextColumn("{task.description}", markup=False),
                BarColumn(bar_width=32),
                MofNCompleteColumn(),
                TimeElapsedColumn(),
                console=console(sys.stderr),
                transient=True,
            )
            done, total = self._state
            self._task = self._bar.add_task(self._label, total=total, completed=done)
            self._bar.start()
