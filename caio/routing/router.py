"""A router: a landscape kept compiled with its policy and profile, for many calls from many threads and tasks."""

from __future__ import annotations

import asyncio
import contextvars
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from fractions import Fraction
from typing import TYPE_CHECKING, Final, Protocol

from caio.base.closing import Closing
from caio.base.errors import CaioError, InputError
from caio.certify.prover import Prover
from caio.ir import documents as d
from caio.landscape.snapshot import take
from caio.routing.admissions import Admission
from caio.routing.asking import Asked, Asking, Known, Questions, frozen
from caio.routing.decision import Checked
from caio.routing.engine import Engine
from caio.routing.payloads import Payload
from caio.routing.projects import DocumentError
from caio.routing.results import Routed, Routing, answer_of, checked_of
from caio.sema.project import Project

if TYPE_CHECKING:
    from caio.security.authentication import Authenticated
    from caio.security.classification import Classifier
    from caio.security.nodes import Ed25519PrivateKey

_THREADS: Final = 2
"""How many asynchronous calls are prepared at a time; an engine makes one decision at a time."""


class ClosedError(CaioError):
    """A router that is used after it was closed. Keep it open while calls come, or make another.

    >>> closed = caio.Router(project)
    >>> closed.close()
    >>> closed.route("question")
    Traceback (most recent call last):
    caio.routing.router.ClosedError: the router is closed: make another with `caio.Router(project)`
    """


class AllowanceError(CaioError):
    """Routing took longer than the profile allows for requests with a deadline: what was proved does not hold (INV-CAIO-0006).

    Route again: what was kept makes the next call faster. Otherwise raise `routing allowance` in the profile's limits.

    >>> from fractions import Fraction
    >>> caio.AllowanceError(31_000, Fraction(5, 1000))
    AllowanceError("routing took 31.0 ms, and the profile allows 5.0 ms for requests with a deadline: route again, or \
raise `routing allowance` in the profile's limits")

    Attributes:
        elapsed: how long it took, in microseconds.
        allowed: the allowance, in seconds.
    """

    def __init__(self, elapsed: int, allowed: Fraction) -> None:
        super().__init__(
            f"routing took {elapsed / 1000:,.1f} ms, and the profile allows {float(allowed * 1000):,.1f} ms for requests with a"
            " deadline: route again, or raise `routing allowance` in the profile's limits"
        )
        self.elapsed, self.allowed = elapsed, allowed


class Records(Protocol):
    """Where decisions are recorded before anybody acts on them (INV-CAIO-0003): an audit trail is one."""

    def decided(self, checked: Checked) -> object:
        """Record a decision whose evidence the checker has accepted; what is returned is not looked at.

        Raises:
            CaioError: it is not recorded, so that whoever asked gets no answer.
        """


class Router(Closing):
    """Decides where requests go, and proves it, again and again about the same documents.

    What does not depend on the call is done once, when the router is made. Threads and tasks may share it; it serves one
    vocabulary and one profile, and never changes: for other documents, make another and let it take the place of this
    one. Make it in the process that uses it, that is after a fork.

    >>> with caio.Router(project) as router:
    ...     router.route("question", {"tokens": 500})
    <Routed 'question' to 'small' 1.0>

    Args:
        project: compiled documents, from ``caio.load`` or ``caio.loads``.
        profile: the name of a profile; None takes the only one there is.
        node: the private Ed25519 key with which this router attests what it was told of verified callers; None takes no
            callers.
        clock: measures how long routing takes, in nanoseconds; nothing that is decided depends on it.
        records: takes every decision before its answer is returned; where it cannot, there is no answer.

    Raises:
        InputError: the profile is not there, or none is named and there are several; or there is no service; or the
            node's key is none.
    """

    def __init__(
        self,
        project: Project,
        *,
        profile: str | None = None,
        node: Ed25519PrivateKey | None = None,
        clock: Callable[[], int] = time.perf_counter_ns,
        records: Records | None = None,
    ) -> None:
        if not isinstance(project, Project):
            raise InputError(
                f"a router needs a project, not a value of type `{type(project).__name__}`:"
                " `caio.Router(caio.load(…))`"
            )
        if not project.ok:
            raise DocumentError(project.diagnostics)
        self._questions = Questions(project, profile, node)
        self._snapshot = take(
            self._questions.vocabulary,
            project.services,
            project.overlays,
            project.states,
            dict(self._questions.profile.pins),
        )
        self._prover = Prover()
        self._engine = Engine(self._snapshot, self._prover)
        self._clock = clock
        self._records = records
        self._gate = threading.Condition()
        self._running = 0
        self._closed = False
        self._threads: ThreadPoolExecutor | None = None

    def route(
        self,
        request: Asked,
        values: Mapping[str, object] | None = None,
        *,
        facts: Known = None,
        caller: Authenticated | None = None,
        payload: Payload | None = None,
        classifier: Classifier | None = None,
        measurements: d.Measurements | None = None,
        at: datetime | int | None = None,
    ) -> Routing:
        """Decide, and have the evidence checked, before anything is returned.

        >>> router.route("question")
        <Routed 'question' to 'small' 1.0>
        >>> router.route("summary", {"tokens": 20_000, "region": "us"})
        <Routed 'summary' to 'large' 2.1>
        >>> router.route("request sketch { needs vision  given region == eu }")
        <NotRoutable 'sketch': all 2 services are refuted>

        A float is refused, because it is not the number that was meant:

        >>> router.route("question", {"tokens": 500.0})
        Traceback (most recent call last):
        caio.base.errors.InputError: `tokens` is the float 500.0, and floats are not exact: write a whole number, such \
as `500`

        Args:
            request: the name of a request in the project, a request as text or as authoring JSON, or one of
                ``project.requests``.
            values: what is known of this call, by request field: the decision is about calls with these values, and
                otherwise about everything that the request describes. ``int``, ``Decimal`` and ``Fraction`` count the
                field's unit; a text states its own (``"0.4 USD"``, ``"200 ms"``), and a ``timedelta`` is a duration.
                Members are strings, sets are sets of them, instants are ``datetime`` with a time zone.
            facts: what authentication says of the caller: the name of facts in the project, one of ``project.facts``,
                or values by fact, which are recorded as *asserted*. None states nothing, so that what needs a
                permission is refused.
            caller: in place of ``facts``, a caller whose token was verified (``caio.Authenticator``). Its facts are
                recorded as *attested* by this router's node, and route where the profile permits ``attested``.
            payload: what is sent with the call. What the classifier finds in it is united with what the request says
                of its data, and the decision is about the union.
            classifier: what looks at the payload, such as ``caio.load_classifier`` returns.
            measurements: what was measured of fields (``caio.fields.state``), for objectives and constraints about them.
            at: the time that the decision is about: a ``datetime`` with a time zone, or microseconds UTC since 1970.
                None takes the clock's. It is recorded in the decision. A caller's token has to hold at this time.

        Raises:
            InputError: an argument is not one of these; the message says which, and what to write.
            RefusedError: the caller's token does not hold at this time.
            DocumentError: the text or JSON of the request does not compile.
            EvidenceError: the checker rejected the evidence. Nothing is decided; this is a bug in CAIO.
            SolverError: the solver could not do its work, even in a new process. Nothing is decided.
            AllowanceError: the request has a deadline, and routing took longer than the profile allows for it.
            ClosedError: the router is closed.
        """
        asking = frozen(
            request,
            values,
            facts,
            at,
            caller=caller,
            payload=payload,
            classifier=classifier,
            measurements=measurements,
        )
        return self._route(asking)

    async def route_async(
        self,
        request: Asked,
        values: Mapping[str, object] | None = None,
        *,
        facts: Known = None,
        caller: Authenticated | None = None,
        payload: Payload | None = None,
        classifier: Classifier | None = None,
        measurements: d.Measurements | None = None,
        at: datetime | int | None = None,
    ) -> Routing:
        """The same as ``route``, without keeping the event loop waiting.

        >>> asyncio.run(router.route_async("question"))
        <Routed 'question' to 'small' 1.0>

        Arguments are copied before anything else happens. A call that is cancelled while it waits for its turn is never
        made; one that is being decided is decided to its end, and its answer dropped.

        Args:
            request: as in ``route``.
            values: as in ``route``.
            facts: as in ``route``.
            caller: as in ``route``.
            payload: as in ``route``.
            classifier: as in ``route``; it is asked when the call's turn comes.
            measurements: as in ``route``.
            at: as in ``route``; the clock is read when the call is made, not when its turn comes.

        Raises:
            InputError: as in ``route``, and so are all others.
        """
        asking = frozen(
            request,
            values,
            facts,
            at,
            caller=caller,
            payload=payload,
            classifier=classifier,
            measurements=measurements,
        )
        return await asyncio.wrap_future(self._later(asking))

    @property
    def vocabulary(self) -> d.Vocabulary:
        """What the words of requests mean here."""
        return self._questions.vocabulary

    @property
    def profile(self) -> d.Profile:
        """How this router chooses."""
        return self._questions.profile

    def prepare(self) -> None:
        """Do now what the first call would otherwise take longer for: let the checker read the landscape.

        >>> router.prepare()

        Raises:
            EvidenceError: the checker rejected a document. This is a bug in CAIO.
            ClosedError: the router is closed.
        """
        with self._open():
            self._engine.prepare(self._questions.lasting)

    def admissions(self, answer: Routed) -> Iterator[Admission]:
        """The selected service, then the admitted services ranked below it, best first.

        For those who call it: where a call fails, the next one may be called in its place, because it comes with evidence
        of its own, which the checker has accepted. Each is examined when it is asked for.

        >>> for admission in router.admissions(router.route("question")):
        ...     print(admission.contract.service.name)
        small

        Args:
            answer: of this router.

        Raises:
            InputError: the answer is of another router.
            EvidenceError: the checker rejected the evidence.
            SolverError: the solver could not do its work.
            ClosedError: the router was closed in the meantime.
        """
        candidates = self._engine.admissions(checked_of(answer))
        while True:
            # Open while one is examined, and not while it is called: closing must not wait for whoever asks no more.
            with self._open():
                admission = next(candidates, None)
            if admission is None:
                return
            yield admission

    def close(self) -> None:
        """Wait for the calls that are being decided, refuse those to come, and end the solver process."""
        with self._gate:
            self._closed = True
            self._gate.wait_for(lambda: not self._running)
            threads, self._threads = self._threads, None
        if threads is not None:
            threads.shutdown()
        self._engine.close()

    def __repr__(self) -> str:
        size = len(self._snapshot.contracts)
        state = ", closed" if self._closed else ""
        return f"<Router of {size:,} services, profile {self._questions.profile.name!r}{state}>"

    def _route(self, asking: Asking) -> Routing:
        with self._open():
            started = self._clock()
            checked = self._engine.decide(self._questions.question(asking))
            elapsed = (self._clock() - started) // 1000
        # What was proved of a deadline counts on the allowance (INV-CAIO-0006). A profile without one promises nothing.
        allowed = self.profile.limits.routing_allowance
        timed = checked.decision.question.request.deadline is not None
        checked = replace(checked, elapsed=elapsed)
        if self._records is not None:
            # A decision that came too late was made all the same.
            self._records.decided(checked)
        if timed and allowed and elapsed > allowed * 1_000_000:
            raise AllowanceError(elapsed, allowed)
        return answer_of(checked)

    @contextmanager
    def _open(self) -> Iterator[None]:
        """Keep the router open for the time of one call."""
        with self._gate:
            self._refuse_if_closed()
            self._running += 1
        try:
            yield
        finally:
            with self._gate:
                self._running -= 1
                self._gate.notify_all()

    def _later(self, asking: Asking) -> Future[Routing]:
        context = contextvars.copy_context()
        with self._gate:
            self._refuse_if_closed()
            if self._threads is None:
                self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="caio-router")
            return self._threads.submit(context.run, self._route, asking)

    def _refuse_if_closed(self) -> None:
        if self._closed:
            raise ClosedError("the router is closed: make another with `caio.Router(project)`")
