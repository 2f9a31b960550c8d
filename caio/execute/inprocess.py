"""Services in this process: a callable, synchronous or not.

A synchronous one runs in a thread of its own. It cannot be stopped: when its time is over the thread is left to itself, its
result is dropped, and the call counts as one that may have been carried out. Only so many threads may be on their way at
once; beyond that, calls are refused before anything is done. An asynchronous one is cancelled, and must let itself be.
"""

from __future__ import annotations

import asyncio
import contextvars
import inspect
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from caio.execute.adapter import Call, CallError, Reply, Trouble

MOST_THREADS: Final = 32
"""How many calls of a synchronous service may be on their way at once, abandoned ones included."""


class InProcessAdapter:
    """Calls a function with a ``Call``; it answers bytes, or a ``Reply``."""

    __slots__ = ("_function", "_media_type", "_slots")

    def __init__(
        self,
        function: Callable[[Call], object],
        *,
        media_type: str = "application/json",
        threads: int = MOST_THREADS,
    ) -> None:
        """Prepare for calls.

        Args:
            function: synchronous, or one whose result is to be awaited.
            media_type: of replies that are mere bytes.
            threads: how many synchronous calls may be on their way at once.
        """
        self._function = function
        self._media_type = media_type
        self._slots = threading.BoundedSemaphore(threads)

    async def call(self, call: Call, *, seconds: float, max_bytes: int) -> Reply:  # noqa: ARG002
        """The function's reply; the caller ends the waiting.

        Raises:
            CallError: it failed, answered something else, or too much; or too many calls are on their way.
        """
        answer = await self._answer(call)
        if isinstance(answer, bytes):
            answer = Reply(bytes(answer), self._media_type)
        if type(answer) is not Reply:
            raise CallError(Trouble.FAILED, sent=True, note="it answered neither bytes nor a reply")
        if len(answer.content) > max_bytes:
            raise CallError(Trouble.TOO_LARGE, sent=True)
        return answer

    async def _answer(self, call: Call) -> object:
        try:
            if inspect.iscoroutinefunction(self._function):
                return await self._function(call)
            answer = await self._in_thread(call)
            return await answer if inspect.isawaitable(answer) else answer
        except CallError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever a service raises, it has failed
            note = f"it raised `{type(error).__name__}`"
        # Outside of the handler: the exception may hold what was sent.
        raise CallError(Trouble.FAILED, sent=True, note=note)

    async def _in_thread(self, call: Call) -> object:
        if not self._slots.acquire(blocking=False):
            raise CallError(Trouble.BUSY, sent=False, note="too many calls are on their way")
        loop = asyncio.get_running_loop()
        future: asyncio.Future[object] = loop.create_future()
        context = contextvars.copy_context()

        def tell(done: Callable[[], None]) -> None:
            # Nobody waits any more where the loop is closed.
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(lambda: None if future.done() else done())

        def work() -> None:
            try:
                answer = context.run(self._function, call)
            except BaseException as error:  # noqa: BLE001 - a thread has nobody else to tell
                failed = CallError(
                    Trouble.FAILED, sent=True, note=f"it raised `{type(error).__name__}`"
                )
                tell(lambda: future.set_exception(failed))
            else:
                tell(lambda: future.set_result(answer))
            finally:
                self._slots.release()

        # Not of a pool, whose end would wait for threads that were given up.
        try:
            threading.Thread(target=work, name="caio-call", daemon=True).start()
        except RuntimeError as error:
            # The machine has no thread left, which is not the service's fault.
            self._slots.release()
            note = "no thread could be started"
            raise CallError(Trouble.BUSY, sent=False, note=note) from error
        return await future

    async def aclose(self) -> None:
        """Nothing is held."""
