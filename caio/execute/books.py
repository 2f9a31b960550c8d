"""The books of one execution: every attempt, numbered, kept as evidence and told to the history before anything follows."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import replace
from fractions import Fraction

from caio.execute.adapter import Reply
from caio.execute.attempts import Attempt, Ending
from caio.execute.order import Admission, Order
from caio.execute.plans import Plan, Setup, broken_guarantees
from caio.execute.recording import observation_of
from caio.execute.troubles import broken_over_all
from caio.execute.violations import Broken, Violation

Metrics = tuple[tuple[str, Fraction], ...]


class RecordError(Exception):
    """Something could not be recorded, or read from the record: nothing more may happen."""


class Books:
    """The attempts of one execution; used by one task."""

    def __init__(self, setup: Setup, order: Order) -> None:
        self._setup = setup
        self._order = order
        # What the history counts a call by: two executions of one decision are not one.
        self._name = setup.nonce()
        self.attempts: list[Attempt] = []

    @property
    def spent(self) -> Fraction:
        """What all attempts may have cost."""
        return sum((attempt.charged for attempt in self.attempts), Fraction(0))

    async def broken(self, plan: Plan) -> str:
        """Which guarantee of a candidate is known to be broken, in words; empty if none is.

        Raises:
            RecordError: the history cannot be read.
        """
        try:
            return await asyncio.to_thread(broken_guarantees, self._setup.recorder, plan)
        except (
            Exception
        ) as error:  # Whatever a store raises, there is no record, and nothing may follow.
            raise RecordError from error

    async def held_back(self, admission: Admission, reason: str) -> None:
        """Note a candidate that was not called.

        Raises:
            RecordError: it cannot be kept.
        """
        attempt = self.attempt(admission, Ending.NOT_SENT, sent=False, reason=reason)
        self.attempts.append(attempt)
        try:
            await asyncio.to_thread(self._keep, attempt)
        except (
            Exception
        ) as error:  # Whatever a store raises, there is no record, and nothing may follow.
            raise RecordError from error

    def cancelled(self, plan: Plan, elapsed: int) -> None:
        """Note that the caller gave up. At once, for a task that is cancelled may not wait any more."""
        charged = plan.promise.cost or Fraction(0)
        attempt = self.attempt(
            plan.admission, Ending.CANCELLED, sent=True, charged=charged, elapsed=elapsed
        )
        self.attempts.append(attempt)
        # The cancellation goes on whether or not this can be kept: no reply is handed out either way.
        with suppress(Exception):
            self._keep(attempt)

    async def enter(self, plan: Plan, attempt: Attempt, metrics: Metrics, began: int) -> Attempt:
        """Record an attempt; the same, or violated where calls so far now show a guarantee to be broken.

        Args:
            plan: of the call that was made.
            attempt: what came of it.
            metrics: what its reply reports.
            began: when it began, in microseconds UTC.

        Raises:
            RecordError: it cannot be recorded.
        """
        place = len(self.attempts)
        self.attempts.append(attempt)
        try:
            attempt = await asyncio.to_thread(self._recorded, plan, attempt, metrics, began)
        except (
            Exception
        ) as error:  # Whatever a store raises, there is no record, and nothing may follow.
            raise RecordError from error
        self.attempts[place] = attempt
        return attempt

    def _recorded(self, plan: Plan, attempt: Attempt, metrics: Metrics, began: int) -> Attempt:
        self._keep(attempt)
        if not attempt.counts:
            return attempt
        observation = observation_of(
            attempt,
            plan.admission.contract,
            plan.promise,
            metrics,
            name=f"{self._name}/{attempt.number}",
            at=began,
        )
        breaches = self._setup.recorder.record(observation)
        if not breaches:
            return attempt
        found = tuple(self.violation(plan, broken_over_all(each), None) for each in breaches)
        attempt = replace(attempt, ending=Ending.VIOLATED, violations=attempt.violations + found)
        self._keep(attempt)
        return attempt

    def attempt(
        self,
        admission: Admission,
        ending: Ending,
        *,
        sent: bool,
        charged: Fraction = Fraction(0),
        reason: str = "",
        violations: tuple[Violation, ...] = (),
        elapsed: int = 0,
    ) -> Attempt:
        """The next attempt, not entered yet."""
        service = admission.contract.service
        return Attempt(
            number=len(self.attempts) + 1,
            service=service.name,
            version=service.version,
            control=admission.control,
            admission=admission.evidence,
            ending=ending,
            sent=sent,
            charged=charged if sent else Fraction(0),
            reason=reason,
            violations=violations,
            elapsed=elapsed,
        )

    def violation(self, plan: Plan, broken: Broken, reply: Reply | None) -> Violation:
        """What a candidate broke, with the decision and the evidence it was admitted by."""
        service = plan.admission.contract.service
        return Violation(
            kind=broken.kind,
            service=service.name,
            version=service.version,
            control=plan.admission.control,
            decision=self._order.decision,
            evidence=plan.admission.evidence,
            promised=broken.promised,
            observed=broken.observed,
            reply=None if reply is None else reply.digest,
        )

    def _keep(self, attempt: Attempt) -> None:
        if self._setup.evidence is not None:
            self._setup.evidence.keep(attempt.evidence)
