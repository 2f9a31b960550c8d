"""What an execution comes to: a reply that breaks nothing, or a failure that says everything that was tried.

Both are made by executors alone (``caio.base.sealed``). Neither is true or false: a failure must not pass for a reply in an
``if``. Tell them apart with ``match``.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import Final, Never, TypeAlias, final

from caio.base.canonical import Json, digest
from caio.base.errors import InternalError
from caio.base.sealed import SEAL, Sealed
from caio.execute.adapter import Reply
from caio.execute.attempts import Attempt
from caio.execute.violations import Violation

FORMAT: Final = "caio-result/v1"


class Reason(StrEnum):
    """Why an execution failed."""

    PAYLOAD = "payload"
    """The request does not describe the payload: nothing was sent."""
    EXHAUSTED = "exhausted"
    """No admitted candidate is left."""
    DEADLINE = "deadline"
    """The request's deadline has passed."""
    EXAMINATION = "examination"
    """The next candidate could not be examined."""
    UNRECORDED = "unrecorded"
    """An attempt could not be judged or recorded, so that nothing more was tried and no reply is handed out."""


@dataclass(frozen=True, slots=True)
class Execution:
    """What an outcome is sealed with."""

    decision: str
    request: str
    payload: str
    attempts: tuple[Attempt, ...]
    reply: Reply | None = None
    reason: Reason | None = None
    message: str = ""


class Outcome(Sealed, seal=SEAL):
    """What all outcomes have in common; each is an ``Executed`` or an ``ExecutionFailed``."""

    __slots__ = ()
    _origin = "only an `Executor` makes one, after it has held a reply against what was promised"
    _instead = "Keep its `result()`, which is canonical JSON"

    @property
    def attempts(self) -> tuple[Attempt, ...]:
        """Everything that was tried, in order."""
        return self._execution.attempts

    @property
    def violations(self) -> tuple[Violation, ...]:
        """Everything that was broken on the way, in order."""
        return tuple(v for attempt in self.attempts for v in attempt.violations)

    @property
    def decision_digest(self) -> str:
        """The digest of the decision that was executed."""
        return self._execution.decision

    @property
    def charged(self) -> Fraction:
        """What counts towards the budget, in the currency's unit: an upper bound on what all attempts cost."""
        return sum((attempt.charged for attempt in self.attempts), Fraction(0))

    def result(self) -> dict[str, Json]:
        """The part ``result`` of a trace (Eq. 1.8): canonical JSON of digests and exact numbers, with no content."""
        held = self._execution
        last = held.attempts[-1] if held.reply is not None else None
        return {
            "format": FORMAT,
            "outcome": "failed" if held.reply is None else "executed",
            "reason": None if held.reason is None else held.reason.value,
            "message": held.message,
            "decision": held.decision,
            "request": held.request,
            "payload": held.payload,
            "selected": None
            if last is None
            else {"service": last.service, "version": last.version, "control": last.control},
            "reply": None if held.reply is None else held.reply.digest,
            "attempts": [attempt.json() for attempt in held.attempts],
        }

    @property
    def result_digest(self) -> str:
        """The digest of ``result()``."""
        return digest(self.result())

    def __bool__(self) -> Never:
        raise TypeError(
            f"a `{type(self).__name__}` is neither true nor false: tell outcomes apart with"
            " `match` or `isinstance`"
        )

    @property
    def _execution(self) -> Execution:
        held = self._content()
        if not isinstance(held, Execution):
            raise InternalError("an outcome without an execution")
        return held


@final
class Executed(Outcome, seal=SEAL):
    """A reply that keeps everything that can be judged by one reply; no guarantee it rests on is known to be broken."""

    __slots__ = ()

    @property
    def content(self) -> bytes:
        """The reply's bytes."""
        return self._reply.content

    @property
    def media_type(self) -> str:
        """What they are, as the service wrote it."""
        return self._reply.media_type

    @property
    def reply_digest(self) -> str:
        """The digest of the content."""
        return self._reply.digest

    @property
    def service(self) -> str:
        """The name of the service that replied; not always the decision's winner."""
        return self.attempts[-1].service

    @property
    def version(self) -> str:
        """Its version."""
        return self.attempts[-1].version

    @property
    def _reply(self) -> Reply:
        reply = self._execution.reply
        if reply is None:
            raise InternalError("an executed outcome without a reply")
        return reply

    def __repr__(self) -> str:
        return f"<Executed by {self.service!r} {self.version}, attempt {len(self.attempts)}>"


@final
class ExecutionFailed(Outcome, seal=SEAL):
    """No reply is handed out; ``attempts`` says what every candidate did."""

    __slots__ = ()

    @property
    def reason(self) -> Reason:
        """Why nothing more was tried."""
        reason = self._execution.reason
        if reason is None:
            raise InternalError("a failed execution without a reason")
        return reason

    @property
    def message(self) -> str:
        """The reason in a sentence, and what to do."""
        return self._execution.message

    def __repr__(self) -> str:
        return f"<ExecutionFailed {self.reason.value}: {self.message}>"


Result: TypeAlias = Executed | ExecutionFailed
"""What executing returns; a ``match`` over the two is complete, and type checkers know it."""
