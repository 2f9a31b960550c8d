"""One execution: candidates in order, tries of a candidate, and what every reply is held against.

The order of things is what makes it safe. Before anything is sent: whether the payload is described (the executor has seen to
that), and whether this candidate may have it, by its evidence, its promise at this point, what is left of budget and deadline,
and what the history knows of its guarantees. After: the reply is judged, the attempt is recorded, and only then a reply is
handed out or the next candidate asked for.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Final

from caio.base.errors import CaioError
from caio.execute.adapter import CallError, Reply, Trouble
from caio.execute.attempts import Attempt, Ending
from caio.execute.books import Books, RecordError
from caio.execute.candidates import Candidates
from caio.execute.clock import SECOND
from caio.execute.enforcement import Judged, judge
from caio.execute.order import Admission, Order
from caio.execute.outcomes import Reason
from caio.execute.payload import Payload
from caio.execute.plans import Plan, Setup, plan_for
from caio.execute.retries import trying
from caio.execute.troubles import OURS, broken_by, may_pass
from caio.execute.violations import Broken, Kind, told
from caio.ir.interpret import Point

GRAIN: Final = 1_000
"""Microseconds: how exactly a timeout ends, and the least that a call is begun with."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How an execution ended: with a reply that breaks nothing, or for a reason."""

    reply: Reply | None = None
    reason: Reason | None = None
    message: str = ""


@dataclass(frozen=True, slots=True)
class Try:
    """What a try came to: a reply that may be handed out, or none, and whether to try again."""

    reply: Reply | None
    again: bool = False


class Run:
    """The state of one execution; used by one task."""

    def __init__(
        self, setup: Setup, order: Order, payload: Payload, point: Point, *, started: int, used: int
    ) -> None:
        self._setup = setup
        self._order = order
        self._payload = payload
        self._point = point
        self._books = Books(setup, order)
        deadline = order.request.deadline
        self._began = started - used
        self._used = used
        self._allowed = None if deadline is None else int(deadline * SECOND)
        self._end = None if self._allowed is None else self._began + self._allowed
        self._repetitions = setup.retry.budget

    @property
    def attempts(self) -> tuple[Attempt, ...]:
        """Everything that was tried so far."""
        return tuple(self._books.attempts)

    async def ended(self) -> Ended:
        """Try the candidates in order, until one keeps everything or no more may be tried."""
        candidates = Candidates(self._order.candidates)
        seen: set[tuple[str, str, str]] = set()
        try:
            while not self._over():
                admission = await self._next(candidates)
                if isinstance(admission, Ended):
                    return admission
                reply = await self._candidate(admission, seen)
                if reply is not None:
                    return Ended(reply)
        except RecordError:
            message = "an attempt could not be judged or recorded: mend what keeps records, and route again"
            return Ended(None, Reason.UNRECORDED, message)
        finally:
            candidates.let_go()
        message = "the request's deadline has passed: `attempts` says what took the time"
        return Ended(None, Reason.DEADLINE, message)

    async def _next(self, candidates: Candidates) -> Admission | Ended:
        """The next candidate, which may have to be examined first: in a thread, for that takes its time."""
        limit = asyncio.timeout(None if self._end is None else self._left() / SECOND)
        try:
            async with limit:
                admission = await asyncio.to_thread(candidates.next)
        except TimeoutError:
            if not limit.expired():
                raise
            message = "the request's deadline passed while the next candidate was examined"
            return Ended(None, Reason.DEADLINE, message)
        except CaioError as error:
            message = (
                f"the next candidate could not be examined (`{type(error).__name__}`): route again"
            )
            return Ended(None, Reason.EXAMINATION, message)
        if admission is None:
            message = "no admitted candidate is left: `attempts` says what each of them did"
            return Ended(None, Reason.EXHAUSTED, message)
        return admission

    async def _candidate(
        self, admission: Admission, seen: set[tuple[str, str, str]]
    ) -> Reply | None:
        """The reply of a candidate, if it keeps everything."""
        service = admission.contract.service
        key = (service.name, service.version, admission.control)
        spent = self._books.spent
        plan = plan_for(self._setup, self._order, self._payload, self._point, admission, spent)
        if isinstance(plan, str):
            held_back = plan
        elif key in seen:
            held_back = "it has been tried already"
        else:
            held_back = await self._books.broken(plan)
        seen.add(key)
        if isinstance(plan, str) or held_back:
            await self._books.held_back(admission, held_back)
            return None

        async def attempt() -> Try:
            return await self._try(plan)

        before = len(self._books.attempts)
        last = await trying(
            attempt,
            lambda result: result.again,
            retry=self._setup.retry,
            repetitions=self._repetitions,
            seed=plan.call.key,
            clock=self._setup.clock,
            end=None if self._end is None else self._end - GRAIN,
        )
        self._repetitions -= len(self._books.attempts) - before - 1
        return last.reply

    async def _try(self, plan: Plan) -> Try:
        """Call a candidate once, judge what comes, and record it."""
        clock, before, began = self._setup.clock, self._setup.clock.now(), self._setup.wall()
        reply: Reply | None = None
        trouble: CallError | None = None
        try:
            reply = await self._call(plan)
        except asyncio.CancelledError:
            self._books.cancelled(plan, clock.now() - before)
            raise
        except CallError as error:
            trouble = error
        elapsed = clock.now() - before
        late = self._late() or (trouble is not None and trouble.trouble is Trouble.TIMEOUT)
        lateness = [self._lateness(elapsed)] if late and self._blamed(plan, elapsed) else []
        judged = Judged(()) if reply is None else await self._judged(plan, reply, elapsed, began)
        # The time that judging takes is gone as well, and is no fault of the service.
        late = late or self._late()
        broken = [*judged.broken, *lateness]
        if trouble is not None:
            fault = broken_by(trouble, plan.connection.max_bytes)
            broken += [] if fault is None else [fault]
        attempt = self._books.attempt(
            plan.admission,
            _ending(broken, trouble, late=late),
            sent=trouble is None or trouble.sent,
            charged=max(plan.promise.cost or Fraction(0), judged.cost or Fraction(0)),
            reason="" if trouble is None else trouble.note,
            violations=tuple(self._books.violation(plan, each, reply) for each in broken),
            elapsed=elapsed,
        )
        attempt = replace(attempt, reply=None if reply is None else reply.digest)
        attempt = await self._books.enter(plan, attempt, judged.metrics, began)
        if attempt.ending is Ending.SUCCEEDED:
            # Recording takes its time as well, and a reply after the deadline is none.
            return Try(None if self._late() else reply)
        again = may_pass(trouble, judged, idempotent=plan.connection.idempotent)
        return Try(None, again=again and self._affordable(plan))

    async def _judged(self, plan: Plan, reply: Reply, elapsed: int, began: int) -> Judged:
        """What a reply is; in a thread, for what takes long to judge must not make other services look slow.

        Raises:
            RecordError: it cannot be judged.
        """
        try:
            return await asyncio.to_thread(
                judge, self._order, plan.terms, reply, self._setup.memory
            )
        except asyncio.CancelledError:
            self._books.cancelled(plan, elapsed)
            raise
        except Exception as error:  # What cannot be judged is on record, and is never handed out.
            await self._unjudged(plan, reply, elapsed, began)
            raise RecordError from error

    async def _unjudged(self, plan: Plan, reply: Reply, elapsed: int, began: int) -> None:
        """Record a call whose reply cannot be judged, such as by a memory that fails."""
        cost = plan.promise.cost or Fraction(0)
        attempt = self._books.attempt(
            plan.admission, Ending.UNJUDGED, sent=True, charged=cost, elapsed=elapsed
        )
        await self._books.enter(plan, replace(attempt, reply=reply.digest), (), began)

    async def _call(self, plan: Plan) -> Reply:
        """The reply of an adapter, whatever it does.

        Raises:
            CallError: there is none.
        """
        limits = [self._setup.longest_call]
        if self._end is not None:
            limits.append(self._left())
        seconds, most = min(limits) / SECOND, plan.connection.max_bytes
        limit = asyncio.timeout(seconds)
        try:
            async with limit:
                reply = await plan.connection.adapter.call(
                    plan.call, seconds=seconds, max_bytes=most
                )
            if limit.expired():
                # Whoever will not be cancelled has no more time than others.
                trouble = CallError(Trouble.TIMEOUT, sent=True)
            elif type(reply) is Reply and len(reply.content) <= most:
                return reply
            else:
                trouble = CallError(Trouble.FAILED, sent=True, note="the adapter gave no reply")
        except CallError as error:
            trouble = error
        except TimeoutError:
            trouble = CallError(Trouble.TIMEOUT, sent=True)
        except Exception as error:  # noqa: BLE001 - an adapter is not trusted to fail as it should
            trouble = CallError(Trouble.FAILED, sent=True, note=f"`{type(error).__name__}`")
        # Outside of the handlers: what an adapter raises may hold what was sent.
        raise trouble

    def _lateness(self, elapsed: int) -> Broken:
        limits = [self._setup.longest_call, *([] if self._allowed is None else [self._allowed])]
        observed = told(
            call_microseconds=elapsed, total_microseconds=self._setup.clock.now() - self._began
        )
        return Broken(Kind.DEADLINE, told(deadline_microseconds=min(limits)), observed)

    def _blamed(self, plan: Plan, elapsed: int) -> bool:
        """Whether lateness is the service's: it had the time that it promised to need, or all there ever was."""
        promised = plan.promise.latency
        if promised is None:
            longest = self._setup.longest_call
            whole = longest if self._allowed is None else self._allowed - self._used
            promised = min(longest, whole)
        return elapsed + GRAIN >= promised

    def _affordable(self, plan: Plan) -> bool:
        """Whether one more try stays within the budget."""
        budget, cost = self._order.request.budget, plan.promise.cost
        return budget is None or (cost is not None and self._books.spent + cost <= budget)

    def _over(self) -> bool:
        """Whether there is no time to begin anything."""
        return self._end is not None and self._left() < GRAIN

    def _late(self) -> bool:
        return self._end is not None and self._left() <= 0

    def _left(self) -> int:
        """Microseconds until the deadline, not below 0."""
        return 0 if self._end is None else max(0, self._end - self._setup.clock.now())


def _ending(broken: list[Broken], trouble: CallError | None, *, late: bool) -> Ending:
    if broken:
        return Ending.VIOLATED
    if trouble is not None and trouble.trouble in OURS:
        return Ending.NOT_SENT
    # Without a reply there is either a fault or too little time.
    return Ending.CUT_OFF if late or trouble is not None else Ending.SUCCEEDED
