"""Executing a decision: step 10 of Eq. 1.1, with every limit enforced on what really happens.

An executor checks the payload against what the request described, calls the decision's winner, holds the reply against the
promise, and goes on to the next admitted candidate where anything is broken. A reply that breaks something is never handed out.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from types import MappingProxyType
from typing import Unpack

from caio.base.errors import InputError
from caio.base.sealed import sealed
from caio.execute.clock import Clock
from caio.execute.order import Order
from caio.execute.outcomes import Executed, Execution, ExecutionFailed, Reason, Result
from caio.execute.payload import Payload, PayloadError, point_of
from caio.execute.plans import Connection, Options, Setup
from caio.execute.recording import Recorder
from caio.execute.run import Ended, Run
from caio.ir.encode import document_digest
from caio.ir.reader import is_digest


class Executor:
    """Executes decisions (step 10 of Eq. 1.1, INV-CAIO-0005). Make one, and share it among tasks."""

    __slots__ = ("_setup",)

    def __init__(
        self,
        connections: Mapping[str, Connection],
        recorder: Recorder,
        **options: Unpack[Options],
    ) -> None:
        """Prepare to execute.

        Args:
            connections: how to talk to each service, by its name. A candidate without one is not called.
            recorder: the history that attempts are recorded in, and that judges guarantees over all calls.
            options: see ``caio.execute.plans.Options``.

        Raises:
            InputError: the longest call is no time.
        """
        kept = MappingProxyType(dict(connections))
        self._setup = Setup(connections=kept, recorder=recorder, **options)

    @property
    def clock(self) -> Clock:
        """What deadlines are measured by."""
        return self._setup.clock

    async def execute(self, order: Order, payload: Payload, *, used: int = 0) -> Result:
        """The reply of the first candidate that keeps everything, or why there is none.

        Cancelling the task cancels the call; the attempt is kept as cancelled.

        Args:
            order: what was decided, with the admitted candidates.
            payload: what to send.
            used: how much of the request's deadline has passed before, such as for routing, in microseconds.

        Raises:
            InputError: the order names no decision, or ``used`` is no time.
        """
        if not is_digest(order.decision):
            raise InputError("an order names the decision it executes by its digest `sha256:…`")
        if type(used) is not int or used < 0:
            raise InputError("`used` is an integer of microseconds that have passed")
        setup = self._setup
        started = setup.clock.now()
        try:
            # In a thread, as everything that takes time: other executions of this loop are measured meanwhile.
            point = await asyncio.to_thread(
                point_of, order.vocabulary, order.request, payload, setup.classifier
            )
        except PayloadError as error:
            return _outcome(order, payload, Ended(None, Reason.PAYLOAD, str(error)), None)
        run = Run(setup, order, payload, point, started=started, used=used)
        return _outcome(order, payload, await run.ended(), run)

    def run(self, order: Order, payload: Payload, *, used: int = 0) -> Result:
        """As ``execute``, for programs without an event loop; connections are not kept between calls.

        Raises:
            InputError: an event loop is running in this thread: await ``execute`` there; or as ``execute``.
        """
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            return asyncio.run(self._run(order, payload, used))
        raise InputError("an event loop is running in this thread: `await executor.execute(…)`")

    async def aclose(self) -> None:
        """Give back what the adapters hold in the running event loop."""
        for connection in self._setup.connections.values():
            await connection.adapter.aclose()

    async def _run(self, order: Order, payload: Payload, used: int) -> Result:
        try:
            return await self.execute(order, payload, used=used)
        finally:
            await self.aclose()


def _outcome(order: Order, payload: Payload, ended: Ended, run: Run | None) -> Result:
    execution = Execution(
        order.decision,
        document_digest(order.request),
        payload.digest,
        () if run is None else run.attempts,
        ended.reply,
        ended.reason,
        ended.message,
    )
    kind: type[Executed | ExecutionFailed] = ExecutionFailed if ended.reply is None else Executed
    return sealed(kind, execution)
