"""The control loop: the master equation again and again, with what happened entering the next decision.

    MAIA → CAIO → service → history, learner and control signal → MAIA

A ``Loop`` is the world that ``caio.routing.equation.caio`` acts in: it routes with proof among the services of a project
with the states that history knows, has the selected service called with everything enforced, and tells MAIA how it went.
One loop is used by one thread at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from caio.base.closing import Closing
from caio.base.errors import InputError, InternalError
from caio.execute.attempts import Attempt
from caio.execute.executor import Executor
from caio.execute.outcomes import Result
from caio.execute.payload import Payload
from caio.execute.routed import order_from
from caio.ir import documents as d
from caio.landscape.history import History
from caio.routing.admissions import Admission
from caio.routing.asking import Asked, Known
from caio.routing.decision import Checked
from caio.routing.equation import Controlled, Neighbours, Situation, caio
from caio.routing.ports import NeighbourError, Outcome
from caio.routing.results import Routed, answer_of, checked_of
from caio.routing.router import Router
from caio.sema.project import Project

if TYPE_CHECKING:
    from caio.security.authentication import Authenticated

Reward = Callable[[Attempt], Fraction]
"""What an attempt was worth, from -1 to 1: R of Def. 1.6."""
Observed = Callable[[d.Service], tuple[tuple[str, d.Value], ...]]
"""What is observed of a service now, by environment field."""
_REFRESH: Final = 16


def _nothing(_: d.Service) -> tuple[tuple[str, d.Value], ...]:
    return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One thing to be done: what is asked of MAIA, which request it amounts to, and what would be sent.

    Attributes:
        situation: what is asked, by whom, in which context.
        request: the request, as ``Router.route`` takes it.
        payload: what is sent to the selected service.
        values: what is known of this call, by request field.
        facts: what is said of the caller.
        caller: in place of ``facts``, a caller whose token was verified.
        at: the time that the decision is about; None takes the clock's.
    """

    situation: Situation
    request: Asked
    payload: Payload
    values: Mapping[str, object] = field(default_factory=dict)
    facts: Known = None
    caller: Authenticated | None = None
    at: datetime | int | None = None


@dataclass(frozen=True, slots=True)
class Done:
    """What came of a task.

    Attributes:
        controlled: (result, trace, u_control) of Eq. 1.1.
        outcomes: what MAIA was told about each service that was called.
        untold: what MAIA did not take, since it did not answer or refused; it may be told again, for it learns of a call once.
    """

    controlled: Controlled
    outcomes: tuple[Outcome, ...]
    untold: tuple[Outcome, ...] = ()


class Loop(Closing):
    """Runs tasks through the master equation. A context manager: it owns a router.

    Args:
        project: services, policy and profiles.
        around: the neighbours; their marketplace encodes the services of the project.
        executor: calls services and records what they do.
        history: the same that the executor records into.
        reward: what an attempt was worth.
        observed: the environment of a service as it is now.
        router: makes a router of a project, such as ``partial(Router, profile="steering")``.
        refresh: after how many tasks the landscape takes in what history knows; a violation makes it do so at once.

    Raises:
        InputError: the profile is not there, or there is no service.
    """

    def __init__(
        self,
        project: Project,
        around: Neighbours,
        executor: Executor,
        history: History,
        *,
        reward: Reward,
        observed: Observed = _nothing,
        router: Callable[[Project], Router] = Router,
        refresh: int = _REFRESH,
    ) -> None:
        if refresh < 1:
            raise InputError("`refresh` is a number of tasks, at least 1")
        self._project, self._around = project, around
        self._executor, self._history = executor, history
        self._reward, self._observed = reward, observed
        self._make = router
        self._refresh, self._since = refresh, 0
        self._router = self._routing()

    @property
    def router(self) -> Router:
        """The router of the landscape as it is now."""
        return self._router

    def run(self, task: Task) -> Done:
        """Decide with proof, act with guarantees enforced, learn, and steer.

        Raises:
            InputError: the task is none that the documents know.
            NeighbourError: a neighbour did not answer. What was done by then is in the history; that MAIA learns nothing
                of it is no error (``Done.untold``), for a reply was handed out.
            EvidenceError: the checker rejected the evidence. Nothing was decided; this is a bug in CAIO.
            AllowanceError: routing took longer than the profile allows.
        """
        world = _World(self._router, self._executor, task)
        controlled = caio(task.situation, self._around, world)
        told: list[Outcome] = []
        untold: list[Outcome] = []
        for outcome in self._outcomes(controlled, world.result):
            try:
                self._around.maia.feedback(outcome)
            except NeighbourError:
                untold.append(outcome)
            else:
                told.append(outcome)
        self._since += 1
        broken = world.result is not None and bool(world.result.violations)
        if broken or self._since >= self._refresh:
            self.take_in()
        return Done(controlled, tuple(told), tuple(untold))

    def take_in(self) -> None:
        """Route from now on among the services with the states that history knows."""
        before, self._router = self._router, self._routing()
        self._since = 0
        before.close()

    def close(self) -> None:
        """Close the router; executor, history and neighbours belong to the caller."""
        self._router.close()

    def _routing(self) -> Router:
        services = self._project.services
        states = tuple(
            self._history.state(service, self._observed(service)) for service in services
        )
        project = replace(self._project, states=states)
        return self._make(project)

    def _outcomes(self, controlled: Controlled, result: Result | None) -> tuple[Outcome, ...]:
        attempts = () if result is None else result.attempts
        return tuple(
            Outcome(
                f"{controlled.trace.hash}/{attempt.number}",
                controlled.state.intent,
                attempt.service,
                attempt.version,
                self._reward(attempt),
            )
            for attempt in attempts
            if attempt.counts
        )


class _World:
    """The world of one task: documents, and how the selected service is called."""

    def __init__(self, router: Router, executor: Executor, task: Task) -> None:
        self._router, self._executor, self._task = router, executor, task
        self._began = executor.clock.now()
        self.vocabulary, self.profile = router.vocabulary, router.profile
        self.result: Result | None = None

    def decide(self, measurements: d.Measurements) -> Checked:
        """Steps 1 to 5, within the allowance of the profile."""
        task = self._task
        answer = self._router.route(
            task.request,
            task.values,
            facts=task.facts,
            caller=task.caller,
            measurements=measurements,
            at=task.at,
        )
        return checked_of(answer)

    def admissions(self, checked: Checked) -> Iterator[Admission]:
        """The winner and what may take its place, each on evidence of its own."""
        answer = answer_of(checked)
        return self._router.admissions(answer) if isinstance(answer, Routed) else iter(())

    def execute(self, checked: Checked, admissions: Iterator[Admission]) -> Result:
        """Step 10. All the time since the task began, for asking neighbours too, counts towards the request's deadline."""
        answer = answer_of(checked)
        if not isinstance(answer, Routed):
            raise InternalError("a decision without a winner is not executed")
        used = max(self._executor.clock.now() - self._began, checked.elapsed)
        order = order_from(answer, admissions)
        self.result = self._executor.run(order, self._task.payload, used=used)
        return self.result
