"""Ours beside the baselines: four classes over the imported chat models, all in one run.

Ours decides all of its requests first, with nothing of the baselines in memory; then the baselines answer the same
requests, as many as their time allows. Every answer of a baseline is compared with ours: a baseline that answers another
question would be no baseline.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Final, TypeVar

import numpy as np
import z3

from caio.obligations.meaning import Meaning
from caio.routing.bulk import Scorer
from tests.bench.cedar import Cedar
from tests.bench.classes import Measured, Sample, measure
from tests.bench.naive import Naive
from tests.bench.table import Bar, Figures, Section, progress, seconds, spread
from tests.bench.workloads import BETTER, CLASSES
from tests.bench.world import World

_Result = TypeVar("_Result")


@dataclass(frozen=True)
class Plan:
    """How much to measure."""

    count: int = 200
    """Requests per class."""
    warm: int = 3
    """Requests per shape before them."""
    limit: float = 150.0
    """Seconds for ours per class, after which it stops and says so."""
    naive: int = 3
    """Requests per class that the naive baseline answers."""
    services: int = 160
    """Services per request that it is asked about; the time is scaled up to all."""
    patience: float = 20.0
    """Seconds per class for each further baseline; it answers at least one request."""
    seed: int = 1
    better: int = BETTER
    """How many better-ranked candidates class (b) refutes at least."""


@dataclass
class Timed:
    """What a baseline took for requests of a class, and how often it agreed with ours."""

    times: list[float] = field(default_factory=list)
    agreed: int = 0
    compared: int = 0

    def add(self, elapsed: float, agreed: int, compared: int = 1) -> None:
        """Take note of one request."""
        self.times.append(elapsed)
        self.agreed += agreed
        self.compared += compared


FRESH: Final = "naive (fresh Z3 per service)"
BEST: Final = "naive best-first"
CEDAR: Final = "Cedar (batch over all)"

_EXTRA: Final = (
    "naive, SimpleSolver per service",
    "naive, one solver, a scope per service",
    "best-first, capabilities filtered first",
    "Cedar, batches down our ranking",
)


def compare(world: World, plan: Plan) -> tuple[Section, list[Measured]]:
    """Measure everything, and hold it against the bars."""
    progress("four classes: ours")
    ours = {
        kind: measure(
            world,
            kind,
            count=plan.count,
            warm=plan.warm,
            limit=plan.limit,
            seed=plan.seed,
            better=plan.better,
        )
        for kind in CLASSES
    }
    progress("four classes: compiling the baselines")
    baselines = Baselines(world, plan, ours["a"].samples[0])
    section = Section("classes")
    for kind, measured in ours.items():
        progress(f"  ({kind}) baselines")
        others = baselines.answer(measured)
        section.figures.append(_figures(measured, others))
        section.bars += _bars(kind, measured, others)
    section.figures.append(_compiled(ours, baselines))
    return section, list(ours.values())


class Baselines:
    """All baselines, compiled for one landscape.

    Attributes:
        compile: seconds that each took to compile.
    """

    def __init__(self, world: World, plan: Plan, first: Sample) -> None:
        self._world, self._plan = world, plan
        self._scorer = Scorer(world.snapshot, Meaning(world.vocabulary))
        self.compile: dict[str, float] = {}
        began = time.perf_counter()
        self.naive = Naive(world, world.question(first.posed.request, first.posed.profile))
        self.compile["naive"] = time.perf_counter() - began
        began = time.perf_counter()
        self.cedar = Cedar(world)
        self.compile["Cedar"] = time.perf_counter() - began
        self._names = self.cedar.names

    def answer(self, measured: Measured) -> dict[str, Timed]:
        """What each baseline took for requests of a class."""
        found: dict[str, Timed] = {FRESH: Timed()}
        simple, scopes, down = Timed(), Timed(), Timed()
        rng = random.Random(f"services/{self._plan.seed}/{measured.kind}")
        for sample in measured.samples[: self._plan.naive]:
            size = min(self._plan.services, len(self._names))
            places = sorted(rng.sample(range(len(self._names)), size))
            self._scaled(found[FRESH], sample, places, z3.Solver)
            self._scaled(simple, sample, places, z3.SimpleSolver)
            self._scaled(scopes, sample, places, None)
        found[BEST] = self._each(measured, lambda sample: self._best_first(sample, filtered=False))
        filtered = self._each(measured, lambda sample: self._best_first(sample, filtered=True))
        if measured.kind != "d":
            found[CEDAR] = self._each(measured, self._all_of_cedar)
            down = self._each(measured, self._cedar_down)
        extra = dict(zip(_EXTRA, (simple, scopes, filtered, down), strict=True))
        return found | {name: timed for name, timed in extra.items() if timed.times}

    def _each(self, measured: Measured, ask: Callable[[Sample], tuple[float, int, int]]) -> Timed:
        timed, began = Timed(), time.perf_counter()
        for sample in measured.samples:
            timed.add(*ask(sample))
            if time.perf_counter() - began > self._plan.patience:
                break
        return timed

    def _scaled(
        self, timed: Timed, sample: Sample, places: Sequence[int], make: Callable[[], object] | None
    ) -> None:
        """Ask about some services, and scale what they took up to all; what a request takes once stays as it is."""
        question = self._world.question(sample.posed.request, sample.posed.profile)

        def ask(asked: Sequence[int]) -> Iterator[bool]:
            if make is None:
                return self.naive.admitted_in_scopes(question, asked)
            return self.naive.admitted(question, make, asked)

        once, _ = _clock(lambda: list(ask([])))
        elapsed, answers = _clock(lambda: list(ask(places)))
        agreed, compared = self._agreement(sample, places, answers)
        timed.add(once + (elapsed - once) * len(self._names) / len(places), agreed, compared)

    def _best_first(self, sample: Sample, *, filtered: bool) -> tuple[float, int, int]:
        question = self._world.question(sample.posed.request, sample.posed.profile)
        elapsed, (place, _) = _clock(
            lambda: self.naive.best_first(question, self._scorer, z3.Solver, filtered=filtered)
        )
        return elapsed, int(self._name(place) == sample.winner), 1

    def _all_of_cedar(self, sample: Sample) -> tuple[float, int, int]:
        question = self._world.question(sample.posed.request, sample.posed.profile)
        elapsed, answers = _clock(lambda: self.cedar.admitted(question))
        return elapsed, *self._agreement(sample, range(len(answers)), answers)

    def _cedar_down(self, sample: Sample) -> tuple[float, int, int]:
        """Batches of growing size down our ranking until somebody is allowed."""
        question = self._world.question(sample.posed.request, sample.posed.profile)

        def ask() -> int | None:
            ranking = np.argsort(-self._scorer.scores(question).total, kind="stable").tolist()
            done, size = 0, 1
            while done < len(ranking):
                asked = ranking[done : done + size]
                for place, allowed in zip(asked, self.cedar.admitted(question, asked), strict=True):
                    if allowed:
                        return int(place)
                done, size = done + size, min(size * 4, 1024)
            return None

        elapsed, place = _clock(ask)
        return elapsed, int(self._name(place) == sample.winner), 1

    def _name(self, place: int | None) -> str | None:
        return None if place is None else self._names[place]

    def _agreement(
        self, sample: Sample, places: Sequence[int], answers: Sequence[bool]
    ) -> tuple[int, int]:
        """How many of the services that ours examined got the same answer."""
        agreed = compared = 0
        for place, answer in zip(places, answers, strict=True):
            name = self._names[place]
            if name in sample.admitted or name in sample.refuted:
                compared += 1
                agreed += answer == (name in sample.admitted)
        return agreed, compared


def _clock(work: Callable[[], _Result]) -> tuple[float, _Result]:
    """Seconds of computing: the baselines start no process and wait for nothing."""
    began = time.process_time()
    result = work()
    return time.process_time() - began, result


def _figures(measured: Measured, others: dict[str, Timed]) -> Figures:
    samples = measured.samples
    own = measured.worked
    clock, jitter = spread([sample.elapsed for sample in samples])
    _, steady = spread([sample.worked for sample in samples])
    above = [len(sample.refuted) for sample in samples]
    rows = [
        ["CAIO, with evidence, checked", seconds(own), f"{steady:.2f}", "1", str(len(samples)), ""]
    ]
    for name, timed in others.items():
        value, noise = spread(timed.times)
        rows.append(
            [
                name,
                seconds(value),
                f"{noise:.2f}",
                f"{value / own:,.3g}",
                str(len(timed.times)),
                f"{timed.agreed} of {timed.compared}",
            ]
        )
    winners = len({sample.winner for sample in samples if sample.winner is not None})
    first, made = seconds(measured.first), seconds(measured.compile)
    notes = [
        f"refuted candidates: {median(above):,.0f} at the median, {min(above):,} to {max(above):,}",
        f"{winners} different winners; {measured.discarded} requests drawn were of another class",
        f"ours: {seconds(clock)} of the clock at the median (max/min {jitter:.2f}); first decision of a fresh engine {first} (made in {made})",
    ]
    if measured.stopped:
        notes.append("ours was stopped by its time limit before all requests were decided")
    columns = (
        "median per request",
        "computing",
        "max/min",
        "of ours",
        "requests",
        "agreement with ours",
    )
    title = f"({measured.kind}) {CLASSES[measured.kind]}"
    return Figures(title, columns, rows, notes)


def _bars(kind: str, measured: Measured, others: dict[str, Timed]) -> list[Bar]:
    own = measured.worked

    def bar(name: str, bound: float) -> Bar:
        timed = others[name]
        detail = f"{len(measured.samples)} and {len(timed.times)} requests"
        if timed.agreed != timed.compared:
            detail += f", ANSWERS DIFFER in {timed.compared - timed.agreed}"
        return Bar(
            f"({kind}) faster than {name}", median(timed.times) / own, bound, True, "x", detail
        )

    bars = [bar(FRESH, 100 if kind in "ab" else 20), bar(BEST, 1)]
    return [*bars, bar(CEDAR, 1)] if kind in "ab" else bars


def _compiled(ours: dict[str, Measured], baselines: Baselines) -> Figures:
    rows = [["CAIO", seconds(median([measured.compile for measured in ours.values()]))]]
    rows += [[name, seconds(value)] for name, value in baselines.compile.items()]
    notes = [f"Cedar: {baselines.cedar.rounded} prices are finer than its numbers and rounded up"]
    return Figures("compiling the landscape, once", ("", "time"), rows, notes)
