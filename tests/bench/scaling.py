"""How elaboration grows with the size of one obligation: one family of formulas at several sizes.

The family is that of the prototype's measurements: the best of n services is beaten by none, each with four features
confined to intervals. Three things are timed apart, with nothing remembered between rounds: Z3 writing its proof log,
which is not ours to make scale; elaboration, from that log to a finished proof; and the route that production takes for
the whole obligation, which tries a small search of its own before the solver. The bar is held by the last two.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final

from caio.base.canonical import canonical_bytes
from caio.certify.prover import DEFAULT_BUDGET, Decided, Prover, Refutation, _judge, proof_json
from caio.smt.client import Worker
from caio.smt.protocol import Core, Query
from caio.smt.render import render
from tests.bench.cold import processor_of
from tests.bench.table import Bar, Figures, Section, progress, seconds
from tests.certify.forms import interval_argmax

GROWTH: Final = 15.0
"""How many times longer ten times the size may take."""

SOLVER: Final = "Z3 writing its log"
ELABORATION: Final = "elaboration of that log"
PRODUCTION: Final = "the route of production"


@dataclass(frozen=True)
class Growth:
    """One obligation of ``size`` rivals, certified by both routes; computing in seconds, per round."""

    size: int
    clauses: int
    times: dict[str, list[float]]
    proofs: dict[str, tuple[int, int]]
    """Steps and bytes of the proof of each route."""


def grow(size: int, *, rounds: int) -> Growth:
    """Certify the obligation of this size."""
    form = interval_argmax(size).form()
    rendering = render(form)
    query = Query(rendering.script, Core.LOGGING, DEFAULT_BUDGET)
    times: dict[str, list[float]] = {SOLVER: [], ELABORATION: [], PRODUCTION: []}
    proofs: dict[str, tuple[int, int]] = {}
    with Worker() as worker, Prover() as prover:
        small = render(interval_argmax(3).form())
        list(worker.run([Query(small.script, Core.LOGGING, DEFAULT_BUDGET)]))
        for _ in range(rounds):
            solved = processor_of(worker.pid)
            (answer,) = worker.run([query])
            times[SOLVER].append(max(processor_of(worker.pid) - solved, 0.01))
            spent, logged = _clock(lambda: _judge(form, rendering, answer, DEFAULT_BUDGET))  # noqa: B023
            times[ELABORATION].append(spent)
            prover.close()
            spent, decided = _clock(lambda: prover.decide(form))
            times[PRODUCTION].append(spent + processor_of(prover._worker.pid))
            proofs = {ELABORATION: _size(logged), PRODUCTION: _size(decided)}
    return Growth(size, len(form.clauses), times, proofs)


def scaling(rounds: int, sizes: Sequence[int] = (100, 300, 1000)) -> Section:
    """All sizes; the bars compare the last size with the first."""
    section, grown = Section("scaling"), []
    for size in sizes:
        progress(f"elaboration: n = {size:,}")
        grown.append(grow(size, rounds=rounds))
    rows = []
    for what in (SOLVER, ELABORATION, PRODUCTION):
        for one in grown:
            values = one.times[what]
            proof = one.proofs.get(what)
            rows.append(
                [
                    f"{what}, n = {one.size:,}",
                    seconds(median(values)),
                    f"{max(values) / min(values):.2f}",
                    f"{median(values) / median(grown[0].times[what]):.3g}",
                    f"{one.clauses:,}",
                    "" if proof is None else f"{proof[0]:,}",
                    "" if proof is None else f"{proof[1] / 1024:,.0f} KiB",
                ]
            )
    for what in (ELABORATION, PRODUCTION):
        ratio = median(grown[-1].times[what]) / median(grown[0].times[what])
        name = f"{what}: n = {sizes[-1]:,} to n = {sizes[0]:,}"
        section.bars.append(Bar(name, ratio, GROWTH, False, "x", f"{rounds} rounds"))
    columns = ("interval family", "computing", "max/min", "growth", "clauses", "steps", "proof")
    section.figures.append(Figures("elaboration of one obligation", columns, rows))
    return section


def _size(decided: Decided) -> tuple[int, int]:
    """Steps and bytes of a proof.

    Raises:
        TypeError: the obligation was not refuted.
    """
    if not isinstance(decided, Refutation):
        raise TypeError("the obligation was not refuted")
    return len(decided.proof.steps), len(canonical_bytes(proof_json(decided.proof)))


def _clock(work: Callable[[], Decided]) -> tuple[float, Decided]:
    began = time.process_time()
    result = work()
    return time.process_time() - began, result
