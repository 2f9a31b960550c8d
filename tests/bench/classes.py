"""Ours, timed: requests of a class decided by an engine that keeps its landscape compiled.

What is timed is ``Engine.decide``: from a question to an answer whose evidence was produced and checked. Requests that
the engine's own answer puts into another class are left out and counted. The first decision of a fresh engine is told
apart; then every shape of the class is decided a few times before anything counts.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from statistics import median
from typing import Any, Final

from caio.base.canonical import canonical_bytes
from caio.certify.prover import Prover
from caio.routing.decision import Decision, Standing
from caio.routing.engine import Engine
from tests.bench.cold import processor_of
from tests.bench.table import progress
from tests.bench.workloads import BETTER, SHAPES, Posed, is_of, requests
from tests.bench.world import World

WARM_SEED: Final = 1_000_000
"""Warm-up requests come from another stream than those that count."""


@dataclass(frozen=True)
class Sample:
    """One request of a class with what was decided and what it took."""

    posed: Posed
    elapsed: float
    """Seconds of the clock."""
    worked: float
    """Seconds of computing in this process."""
    winner: str | None
    admitted: frozenset[str]
    refuted: frozenset[str]
    evidence: int
    """Bytes of evidence in the certificate."""
    failures: int
    """Bytes of the lists of what failed."""


@dataclass
class Measured:
    """All samples of a class."""

    kind: str
    compile: float
    """Seconds to make the engine."""
    first: float
    """Seconds of its first decision, with nothing warm."""
    samples: list[Sample] = field(default_factory=list)
    discarded: int = 0
    """Requests that turned out to be of another class."""
    solver: float = 0.0
    """Seconds of computing of the solver's process per request, on average."""
    stopped: bool = False
    """Whether the time ran out before all requests were decided."""

    @property
    def worked(self) -> float:
        """Seconds of computing at the median, the solver's process included."""
        return median([sample.worked for sample in self.samples]) + self.solver


def measure(
    world: World, kind: str, *, count: int, warm: int, limit: float, seed: int, better: int = BETTER
) -> Measured:
    """Decide ``count`` requests of a class.

    Args:
        world: what they are asked about.
        kind: the class.
        count: how many requests count.
        warm: how many are decided before, per shape.
        limit: after how many seconds to stop.
        seed: of the requests.
        better: how many better-ranked candidates class (b) refutes at least.

    Raises:
        ValueError: none of the requests drawn is of the class.
    """
    started = time.perf_counter()
    prover = Prover()
    with Engine(world.snapshot, prover) as engine:
        found = Measured(kind, time.perf_counter() - started, 0.0)
        before = list(
            islice(
                requests(world.vocabulary, kind, seed=WARM_SEED + seed),
                1 + warm * len(SHAPES[kind]),
            )
        )
        for index, posed in enumerate(before):
            began = time.perf_counter()
            engine.decide(world.question(posed.request, posed.profile))
            if index == 0:
                found.first = time.perf_counter() - began
        started, solved, drawn = time.perf_counter(), processor_of(prover._worker.pid), 0
        for posed in islice(requests(world.vocabulary, kind, seed=seed), 4 * count):
            drawn += 1
            sample = _sample(world, engine, kind, posed, better)
            if sample is None:
                found.discarded += 1
            else:
                found.samples.append(sample)
            if len(found.samples) == count:
                break
            if time.perf_counter() - started > limit and found.samples:
                found.stopped = True
                break
        found.solver = (processor_of(prover._worker.pid) - solved) / drawn
    if not found.samples:
        raise ValueError(f"{found.discarded} requests were drawn and none is of class ({kind})")
    progress(
        f"  ({kind}) {len(found.samples)} requests decided, {found.discarded} of another class"
    )
    return found


def _sample(world: World, engine: Engine, kind: str, posed: Posed, better: int) -> Sample | None:
    question = world.question(posed.request, posed.profile)
    clock, own = time.perf_counter(), time.process_time()
    checked = engine.decide(question)
    elapsed, worked = time.perf_counter() - clock, time.process_time() - own
    decision = checked.decision
    if not is_of(kind, decision, better=better):
        return None
    return Sample(
        posed,
        elapsed,
        worked,
        None if decision.winner is None else decision.winner.contract.service.name,
        frozenset(_names(decision, Standing.ADMITTED)),
        frozenset(_names(decision, Standing.REFUTED)),
        *evidence_bytes(decision),
    )


def _names(decision: Decision, standing: Standing) -> Iterator[str]:
    for candidate in decision.candidates:
        if candidate.standing is standing:
            yield candidate.contract.service.name


def evidence_bytes(decision: Decision) -> tuple[int, int]:
    """The evidence in a decision's certificate, and the lists of what failed, in bytes of canonical JSON.

    Evidence is the proofs and witnesses, the winner's included, and each examined candidate's references to them. What
    failed, by name, follows from it; so do the verdicts. Names, scores and digests are neither.
    """
    body: Any = decision.json()

    def lists(key: str) -> int:
        return sum(len(canonical_bytes(row[key])) for row in body["candidates"] if key in row)

    return len(canonical_bytes(body["evidence"])) + lists("evidence"), lists("failed")
