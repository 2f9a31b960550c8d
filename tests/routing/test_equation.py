"""Eq. 1.1 in code: what is chosen is the argmax over the admitted, and steps 0 to 11 happen in this order."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caio.certify.prover import Prover
from caio.fields.control import ControlSignal
from caio.ir import documents as d
from caio.obligations.contract import Contract
from caio.obligations.meaning import Meaning
from caio.obligations.posing import Standing
from caio.routing import engine, equation
from caio.routing.admissions import Admission
from caio.routing.bulk import Scorer
from caio.routing.decision import Checked
from caio.routing.equation import Controlled, choose
from caio.routing.examine import Examined, Examiner
from caio.routing.ports import Acknowledgement, NeighbourError
from caio.routing.ranking import Ranker
from tests.calculus import loops
from tests.differential.asking import oracle_entries, oracle_question
from tests.differential.worlds import draw_world
from tests.oracle.candidate import judge
from tests.oracle.decision import STEPS, passed
from tests.oracle.scores import controls_of, score

NAMES = (
    "extract_field_state",
    "match_contracts",
    "satisfy_rules",
    "verify_security",
    "constrain_traits",
    "optimise",
    "generate_control_signal",
    "compose_guarantees",
    "generate_proofs",
    "record_trace",
    "execute",
    "send_control_signal",
)
"""The functions of steps 0 to 11."""


@pytest.fixture(scope="module")
def prover() -> Iterator[Prover]:
    with Prover() as found:
        yield found


# --- steps 1 to 5 -----------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(0, 120, 3))
def test_what_is_chosen_is_the_argmax_over_all_admitted_candidates(
    seed: int, prover: Prover
) -> None:
    """Brute force: the oracle judges and scores every candidate, and the greatest is looked for."""
    world = draw_world(seed)
    question, entries = oracle_question(world), oracle_entries(world)
    admitted = {
        (entry.service["name"], control): score(question, entry, control).total
        for entry in entries
        for control in controls_of(question.profile)
        if all(holds for _, holds in judge(question, entry, control))
    }
    best = max(admitted.values(), default=None)
    # Among equals, the first in order of names.
    expected = min((key for key, total in admitted.items() if total == best), default=None)

    meaning = Meaning(world.question.vocabulary)
    standing = Standing(meaning)
    ranking = Ranker(Scorer(world.snapshot, meaning)).rank(world.question)
    results = choose(ranking, Examiner(world.question, meaning, prover, standing))
    last = results[-1]
    found = (last.contract.service.name, last.contract.control) if last.admitted else None
    assert found == expected
    if last.admitted:
        assert ranking.score(len(results) - 1) == best
    assert not any(one.admitted for one in results[:-1])


KINDS = sorted(kind for _, kinds in STEPS for kind in kinds)
CONTRACT = Contract(d.Service("sha256:" + "0" * 64, "s", "1.0"))


@st.composite
def outcomes(draw: st.DrawFn) -> Examined:
    """A candidate with some obligations, of which some fail and others may be unknown."""
    kinds = draw(st.lists(st.sampled_from(KINDS), min_size=1, max_size=5))
    failed = tuple(i for i in range(len(kinds)) if draw(st.integers(0, 3)) == 0)
    keys = tuple((kind,) for kind in kinds)
    return Examined(CONTRACT, keys, (), failed, draw(st.booleans()))


FILTERS: tuple[Callable[[Any], Iterator[Examined]], ...] = (
    equation.match_contracts,
    equation.satisfy_rules,
    equation.verify_security,
    equation.constrain_traits,
)


@given(st.lists(outcomes(), max_size=12))
def test_each_filter_stops_whom_its_step_refutes_and_nobody_else(examined: list[Examined]) -> None:
    left = examined
    expected = passed([[list(one.keys[i]) for i in one.failed] for one in examined])
    for (step, kinds), (_, count), stage in zip(STEPS, expected, FILTERS, strict=False):
        before, left = left, list(stage(left))
        assert len(left) == count, step
        stopped = [one for one in before if not any(one is other for other in left)]
        assert all(any(one.keys[i][0] in kinds for i in one.failed) for one in stopped)
        # What is unknown stops nobody here, and is never selected.
        assert left == [one for one in before if not any(one is other for other in stopped)]
    chosen = equation.optimise(left)
    proved = [one for one in examined if not one.failed and not one.doubtful]
    assert chosen is (proved[0] if proved else None)


# --- steps 0 to 11 ----------------------------------------------------------------------------------


def test_the_steps_stand_in_the_file_in_the_order_of_the_calculus() -> None:
    module = ast.parse(inspect.getsource(equation))
    documented = [
        (node.name, (ast.get_docstring(node) or "").split(":")[0])
        for node in module.body
        if isinstance(node, ast.FunctionDef) and (ast.get_docstring(node) or "").startswith("Step ")
    ]
    assert documented == [(name, f"Step {step}") for step, name in enumerate(NAMES)]


class Recording:
    """A neighbour or a world that writes down what it is asked."""

    def __init__(self, name: str, inner: object, events: list[str]) -> None:
        self._name, self._inner, self._events = name, inner, events

    def __getattr__(self, attribute: str) -> Any:
        found = getattr(self._inner, attribute)
        if not callable(found):
            return found

        def told(*arguments: object, **options: object) -> object:
            self._events.append(f"{self._name}.{attribute}")
            return found(*arguments, **options)

        return told


@dataclass
class Run:
    """One run of the master equation with everything that happened, in order."""

    controlled: Controlled
    events: list[str]
    world: loops.World

    @property
    def steps(self) -> list[int]:
        return [NAMES.index(event) for event in self.events if event in NAMES]

    @property
    def asked(self) -> list[str]:
        return [event for event in self.events if event not in NAMES]


def run(monkeypatch: pytest.MonkeyPatch, request: str, **changes: Any) -> Run:
    """Run the loop's world once, every step and every port watched."""
    events: list[str] = []

    def watched(name: str) -> Callable[..., Any]:
        inner: Callable[..., Any] = getattr(equation, name)

        def step(*arguments: Any, **options: Any) -> Any:
            events.append(name)
            return inner(*arguments, **options)

        return step

    world = loops.World()
    with loops.loop(world) as control, monkeypatch.context() as patch:
        for name in NAMES:
            patch.setattr(equation, name, watched(name))
        around = control._around
        ports = {
            name: Recording(name, changes.get(name, getattr(around, name)), events)
            for name in ("maia", "nme", "rfs")
        }
        control._around = replace(around, **ports)  # type: ignore[arg-type]

        original = equation.caio

        def caio(situation: Any, neighbours: Any, inner: Any) -> Controlled:
            return original(situation, neighbours, Recording("world", inner, events))

        patch.setattr("caio.execute.loop.caio", caio)
        done = control.run(loops.task(request=request))
    return Run(done.controlled, events, world)


def test_all_twelve_steps_happen_once_and_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    ran = run(monkeypatch, "question")
    assert ran.steps == list(range(12))
    # Ports: asked about the state first, decided about next, then a call, and the signal at the end.
    wanted = [
        "maia.intent",
        "nme.traits",
        "maia.context",
        "rfs.memory",
        "world.decide",
        "world.execute",
        "maia.control",
    ]
    assert [event for event in ran.asked if event in wanted] == wanted
    around = [event for event in ran.asked if event.startswith("maia.")]
    # What was learned comes after the equation, and belongs to the loop.
    assert around[-2:] == ["maia.control", "maia.feedback"]
    assert len(ran.world.called) == 1
    controlled = ran.controlled
    assert controlled.signal is not None
    assert controlled.acknowledged is not None
    assert controlled.trace.result is not None
    assert controlled.trace.decision["control_signal"] == controlled.signal.record()


def test_with_nothing_selected_nothing_is_executed_and_no_signal_is_sent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ran = run(monkeypatch, "impossible")
    # The steps are taken all the same, and there is a trace: steps 6, 10 and 11 have nothing to do.
    assert ran.steps == list(range(12))
    assert not {"world.execute", "world.admissions", "maia.control", "maia.feedback"} & set(
        ran.asked
    )
    assert not ran.world.called
    controlled = ran.controlled
    assert (controlled.result, controlled.signal, controlled.acknowledged) == (None, None, None)
    trace = controlled.trace
    assert (trace.result, trace.decision["selected"], trace.decision["control_signal"]) == (
        None,
    ) * 3
    assert trace.proofs == []
    assert trace.guarantees == []


class Deaf:
    """A MAIA to which no signal gets through."""

    def __init__(self, inner: object) -> None:
        self._inner = inner

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def control(self, _: ControlSignal) -> Acknowledgement:
        raise NeighbourError("nobody answers", code="unreachable")


def test_a_signal_that_does_not_arrive_takes_neither_result_nor_trace_away(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ran = run(monkeypatch, "question", maia=Deaf(loops.neighbours().maia))
    assert ran.steps == list(range(12))
    controlled = ran.controlled
    assert isinstance(controlled.undelivered, NeighbourError)
    assert controlled.acknowledged is None
    assert controlled.result is not None
    assert controlled.trace.result is not None


class Mute(Deaf):
    """A MAIA that does not say what is asked of it."""

    def intent(self, *_: object) -> object:
        raise NeighbourError("nobody answers", code="unreachable")


def test_without_a_state_nothing_is_decided(monkeypatch: pytest.MonkeyPatch) -> None:
    decided: list[object] = []
    honest = engine.Engine.decide

    def decide(self: engine.Engine, *arguments: Any, **options: Any) -> Checked:
        decided.append(arguments)
        return honest(self, *arguments, **options)

    monkeypatch.setattr(engine.Engine, "decide", decide)
    with pytest.raises(NeighbourError, match="nobody answers"):
        run(monkeypatch, "question", maia=Mute(loops.neighbours().maia))
    assert not decided


def test_the_candidates_of_an_execution_are_those_of_the_decision() -> None:
    """Step 10 gets what step 5 selected, then what is admitted below it, each on evidence of its own."""
    seen: list[Admission] = []
    world = loops.World({"near": loops.BROKEN})
    with loops.loop(world) as control:
        honest = control.router.admissions

        def admissions(answer: Any) -> Iterator[Admission]:
            for one in honest(answer):
                seen.append(one)
                yield one

        control._router.admissions = admissions  # type: ignore[method-assign]
        done = control.run(loops.task())
    winner = done.controlled.checked.decision.winner
    assert winner is not None
    assert seen[0].contract is winner.contract
    assert len({one.evidence for one in seen}) == len(seen) > 1
