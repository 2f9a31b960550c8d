"""A limit on the time of an answer that holds whatever httpx waits for: it limits each step, and a drop now and then is one.

When the time is over the connection is ended from outside, so that whoever reads from it or writes to it gets an error. What is
limited is one question at a time over connections that httpx opens; how long it takes to open one is limited by httpx.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from time import monotonic
from typing import Any, Final

_OPENED: Final = ("connection.connect_tcp.complete", "connection.start_tls.complete")
"""What httpx calls the moments at which there is a new stream of bytes."""


class Patience:
    """How long a client waits for an answer.

    Args:
        seconds: for the whole of it.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._socket: socket.socket | None = None
        self._end = 0.0

    @property
    def over(self) -> bool:
        """Whether the time of the question that was asked last is over."""
        return monotonic() >= self._end

    def trace(self, event: str, seen: Mapping[str, Any]) -> None:
        """Take down the socket of a connection when httpx has opened one: its extension ``trace``."""
        if event in _OPENED:
            self._socket = seen["return_value"].get_extra_info("socket")

    @contextmanager
    def limit(self) -> Iterator[None]:
        """The time of one question: when it is over, the connection ends."""
        self._end = monotonic() + self.seconds
        end = threading.Timer(self.seconds, self._cut_off)
        end.daemon = True
        end.start()
        try:
            yield
        finally:
            end.cancel()

    def _cut_off(self) -> None:
        if self._socket is not None:
            with suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)
