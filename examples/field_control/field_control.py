"""The closed loop MAIA → CAIO → service → feedback, for some hundred steps, beside two simpler ways of choosing.

    python examples/field_control/field_control.py --steps 300 --plot loop.svg

CAIO chooses by Eq. 1.1: fields of what is asked, of who asks and of what is remembered, a policy learned from what happened, and
contracts. The others have the same neighbours, the same jobs and the same candidates, each admitted with proof: *cheapest first*
takes the one with the lowest promised cost, *random* takes any. What is compared is the worth of the answers
(``simulation.worth``), which nobody is told beforehand.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import partial
from pathlib import Path

from simulation import Job, Simulation, draw, jobs, worth

import caio
from caio.execute.attempts import Attempt, Ending
from caio.execute.executor import Executor
from caio.execute.inprocess import InProcessAdapter
from caio.execute.loop import Loop, Task
from caio.execute.order import Order
from caio.execute.outcomes import Result
from caio.execute.payload import Payload
from caio.execute.plans import Connection
from caio.execute.reports import Reports, member
from caio.execute.retries import Retry
from caio.fields.arrays import Field
from caio.fields.scaled import LearnedPolicy, Marketplace
from caio.landscape.history import History
from caio.neighbours.intents import TextMaia
from caio.neighbours.learner import LinearPolicy
from caio.neighbours.market import ProjectMarketplace
from caio.neighbours.memory import SuperposedRfs
from caio.neighbours.traits import AveragedNme
from caio.routing.admissions import Admission
from caio.routing.equation import Controlled, Neighbours, Situation
from caio.routing.ports import Space
from caio.security.classification import Classification

HERE = Path(__file__).parent
AT = 1_795_305_600_000_000
"""The time that every decision is about: 2026-11-22."""
SPACE = Space(dimension=512, source=32)


class Public:
    """A classifier for a world in which jobs hold nothing personal."""

    def classify(self, payload: bytes, media_type: str) -> Classification:  # noqa: ARG002 - a port
        """Nothing sensitive."""
        return Classification(frozenset(), (), None)


@dataclass
class Run:
    """What happened in one run, step by step."""

    name: str
    chosen: list[str] = field(default_factory=list)
    worth: list[Fraction] = field(default_factory=list)
    cost: list[Fraction] = field(default_factory=list)
    broken: list[int] = field(default_factory=list)
    intent: list[float] = field(default_factory=list)
    resonance: list[float] = field(default_factory=list)
    traces: list[str] = field(default_factory=list)

    @property
    def total(self) -> Fraction:
        """The worth of all answers."""
        return sum(self.worth, Fraction(0))

    def add(self, attempts: tuple[Attempt, ...], rewards: list[Fraction]) -> None:
        """One step: who answered in the end, and what all attempts were worth and cost."""
        done = [attempt for attempt in attempts if attempt.ending is Ending.SUCCEEDED]
        self.chosen.append(done[-1].service if done else "nobody")
        self.worth.append(sum(rewards, Fraction(0)))
        self.cost.append(sum((attempt.charged for attempt in attempts), Fraction(0)))
        self.broken.append(sum(len(attempt.violations) > 0 for attempt in attempts))

    def see(self, controlled: Controlled) -> None:
        """The trace of a step, and two readings of its fields."""
        measured = controlled.checked.decision.question.measurements
        self.traces.append(controlled.trace.hash)
        self.intent.append(float(controlled.state.intent.energies[0]))
        if measured is not None:
            steps = dict(measured.terms).popitem()[1].resonance
            self.resonance.append(float(2 * steps * measured.resolution - 1))


class World:
    """One simulated world with everything that a run needs; each run has its own."""

    def __init__(self, project: caio.Project, steps: int) -> None:
        self.project = project
        self.simulation = Simulation.of(jobs(steps))
        self.history = History()
        connections = {
            service.name: Connection(
                adapter=InProcessAdapter(self.simulation.service(service.name)),
                reports=Reports(locality=member("/locality")),
                idempotent=True,
            )
            for service in project.services
        }
        numbers = iter(range(10**9))
        self.executor = Executor(
            connections,
            self.history,
            classifier=Public(),
            clock=self.simulation.clock,
            wall=self.simulation.clock.now,
            retry=Retry(tries=1),
            nonce=lambda: str(next(numbers)),
        )
        self.step = 0

    def reward(self, attempt: Attempt) -> Fraction:
        """What an attempt of the current step was worth."""
        return worth(
            right=self.simulation.right.get((attempt.service, self.step), False),
            broken=attempt.ending is not Ending.SUCCEEDED,
            latency=attempt.elapsed,
            cost=attempt.charged,
        )

    def payload(self, job: Job) -> Payload:
        """What is sent for a job."""
        return Payload(
            job.payload, "application/json", {"words": len(job.text.split()), "data": []}
        )


class Shuffled:
    """An executor that takes admitted candidates in an order that depends on the step alone."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.clock = world.simulation.clock

    def run(self, order: Order, payload: Payload, *, used: int = 0) -> Result:
        """Execute, with any of the candidates first."""
        candidates = sorted(order.candidates, key=self._place)
        return self._world.executor.run(replace(order, candidates=candidates), payload, used=used)

    def _place(self, one: Admission) -> int:
        return draw(1 << 60, one.contract.service.name, self._world.step)


def loop(name: str, project: caio.Project, steps: int, traces: Path | None = None) -> Run:
    """One run of the control loop, with MAIA, NME and RFS around it; the name says how is chosen."""
    world, run = World(project, steps), Run(name)
    maia = TextMaia(SPACE, LinearPolicy(SPACE.source, initial=Fraction(1), rate=Fraction(1, 2)))
    nme, rfs = AveragedNme(("caution",), SPACE), SuperposedRfs(SPACE)
    for _ in range(40):
        nme.observe("ada", {"caution": Fraction(4, 5)})
        nme.observe("ben", {"caution": Fraction(1, 10)})
    market = ProjectMarketplace(project, SPACE)
    around = Neighbours(
        maia=maia,
        nme=nme,
        rfs=rfs,
        marketplace=Marketplace(market.names, market.encode(market.names)),
        learned=lambda own: LearnedPolicy(own.policy(), Fraction(-1), Fraction(1)),
    )
    profile = "cheapest" if name == "cheapest first" else "steering"
    with Loop(
        project,
        around,
        Shuffled(world) if name == "random" else world.executor,
        world.history,
        reward=world.reward,
        router=partial(caio.Router, profile=profile, clock=int),
    ) as control:
        for job in world.simulation.run:
            world.step = job.step
            task = Task(
                situation=Situation(query=job.text, user=job.user),
                request="question",
                payload=world.payload(job),
                facts="member",
                at=AT,
            )
            controlled = control.run(task).controlled
            attempts = () if controlled.result is None else controlled.result.attempts
            run.add(attempts, [world.reward(attempt) for attempt in attempts])
            run.see(controlled)
            if traces is not None:
                controlled.trace.save(traces / f"{job.step:03}.json", arrays=True)
            if run.worth[-1] > Fraction(1, 4):
                remember(rfs, job.topic, controlled.state.intent)
    return run


def remember(rfs: SuperposedRfs, topic: str, intent: Field) -> None:
    """What was answered well is remembered under its topic."""
    encoder = SPACE.encoder
    source = encoder.adjoint(intent.values)
    size = float((abs(source) ** 2).sum()) ** 0.5
    rfs.store(Field("answered", encoder.apply(source / size)), topic)


def sums(values: list[Fraction]) -> Iterator[float]:
    """The sums of the first one, two, three … values."""
    total = Fraction(0)
    for value in values:
        total += value
        yield float(total)


def plot(runs: list[Run], path: Path) -> None:
    """Intent energy, resonance, choices, violations, cumulative cost and worth over the steps."""
    import matplotlib as mpl

    mpl.use("Agg")
    # Equal runs give equal bytes.
    mpl.rcParams["svg.hashsalt"] = "caio"
    from matplotlib import pyplot as plt

    steered_run = runs[0]
    figure, axes = plt.subplots(3, 2, figsize=(11, 9), constrained_layout=True)
    (energy, resonance), (choices, broken), (cost, value) = axes
    energy.plot(steered_run.intent, linewidth=0.8)
    energy.set_title("intent energy ‖Ψ_i‖² under the control in force")
    resonance.plot(steered_run.resonance, linewidth=0.8)
    resonance.set_title("resonance W(Ψ_i, Ψ_RFS)")
    names = sorted({name for run in runs for name in run.chosen})
    for place, name in enumerate(names):
        steps = [step for step, chosen in enumerate(steered_run.chosen) if chosen == name]
        choices.plot(steps, [place] * len(steps), "|", markersize=9)
    choices.set_yticks(range(len(names)), names, fontsize=7)
    choices.set_title("who answered (CAIO)")
    for run in runs:
        broken.plot(list(sums([Fraction(count) for count in run.broken])), label=run.name)
        cost.plot(list(sums(run.cost)), label=run.name)
        value.plot(list(sums(run.worth)), label=run.name)
    for axis, title in (broken, "violations"), (cost, "cost, USD"), (value, "worth of the answers"):
        axis.set_title(f"{title}, cumulative")
        axis.legend(fontsize=8)
    for axis in axes.flat:
        axis.set_xlabel("step", fontsize=8)
        axis.tick_params(labelsize=8)
    metadata = {"Date": None} if path.suffix == ".svg" else {"Software": None}
    figure.savefig(path, metadata=metadata)
    plt.close(figure)


def table(runs: list[Run]) -> str:
    """The runs side by side."""
    lines = [f"{'':16} {'worth':>8} {'per step':>9} {'violations':>11} {'cost, USD':>10}"]
    for run in runs:
        steps = len(run.worth)
        lines.append(
            f"{run.name:16} {float(run.total):8.2f} {float(run.total / steps):9.3f}"
            f" {sum(run.broken):11} {float(sum(run.cost)):10.3f}"
        )
    best = runs[0].total
    for other in runs[1:]:
        gain = best - other.total
        share = f" ({float(gain / abs(other.total)):+.0%})" if other.total else ""
        lines.append(f"CAIO is worth {float(gain):.2f} more than {other.name}{share}")
    return "\n".join(lines)


def main() -> int:
    """Run the loop and what it is compared with; 1 if it is not better than both."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=300, help="how many jobs (300)")
    parser.add_argument("--plot", type=Path, help="write a picture: .svg or .png")
    parser.add_argument("--json", type=Path, help="write choices, worth and trace hashes")
    parser.add_argument("--traces", type=Path, help="write the traces of CAIO's run into a folder")
    options = parser.parse_args()
    if options.traces:
        options.traces.mkdir(parents=True, exist_ok=True)
    project = caio.load(HERE / "world.caio")
    runs = [loop("CAIO", project, options.steps, options.traces)]
    runs += [loop(name, project, options.steps) for name in ("cheapest first", "random")]
    print(table(runs))
    chosen = Counter(runs[0].chosen)
    print("chosen by CAIO:", ", ".join(f"{name} {count}" for name, count in chosen.most_common()))
    if options.plot:
        plot(runs, options.plot)
        print(f"wrote {options.plot}")
    if options.json:
        rows = {
            run.name: {
                "chosen": run.chosen,
                "worth": [str(value) for value in run.worth],
                "traces": run.traces,
            }
            for run in runs
        }
        options.json.write_text(json.dumps(rows, indent=1) + "\n", "utf-8")
    return 0 if runs[0].total > max(run.total for run in runs[1:]) else 1


if __name__ == "__main__":
    sys.exit(main())
