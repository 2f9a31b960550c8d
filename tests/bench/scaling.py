"""How elaboration grows with the size of one obligation: one family of formulas at several sizes.

The family is that of the prototype's measurements: the obligation that the best of n services is beaten by none, each
with four features confined to intervals (2,898 clauses at n = 100, 28,998 at n = 1000). Both routes are measured: through
the solver's proof log, which is elaboration proper, and the one that production takes, which tries a small search of our own
first. The bar is held by each.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final

from caio.base.canonical import canonical_bytes
from caio.certify.prover import Prover, Refutation, proof_json
from tests.bench.table import Bar, Figures, Section, progress, seconds
from tests.certify.forms import interval_argmax

GROWTH: Final = 15.0
"""How many times longer ten times the size may take."""

ROUTES: Final = ((False, "through the solver's log"), (True, "as production does"))


@dataclass(frozen=True)
class Growth:
    """One obligation of ``size`` rivals, certified."""

    size: int
    clauses: int
    seconds: float
    spread: float
    steps: int
    proof_bytes: int


def grow(size: int, *, direct: bool, rounds: int) -> Growth:
    """Certify the obligation of this size, each round with nothing remembered."""
    form = interval_argmax(size).form()
    times: list[float] = []
    with Prover(direct=direct) as warm:
        answer = warm.decide(interval_argmax(3).form())
        for _ in range(rounds):
            warm._memo.clear()
            started = time.perf_counter()
            answer = warm.decide(form)
            times.append(time.perf_counter() - started)
    if not isinstance(answer, Refutation):
        raise TypeError(f"size {size} was not refuted")
    proof = proof_json(answer.proof)
    return Growth(
        size,
        len(form.clauses),
        median(times),
        max(times) / min(times),
        len(answer.proof.steps),
        len(canonical_bytes(proof)),
    )


def scaling(rounds: int, sizes: Sequence[int] = (100, 300, 1000)) -> Section:
    """Both routes at all sizes; the bar compares the last size with the first."""
    section, rows = Section("scaling"), []
    for direct, way in ROUTES:
        progress(f"elaboration {way}")
        grown = [grow(size, direct=direct, rounds=rounds) for size in sizes]
        rows += [
            [
                f"{way}, n = {one.size:,}",
                seconds(one.seconds),
                f"{one.spread:.2f}",
                f"{one.clauses:,}",
                f"{one.steps:,}",
                f"{one.proof_bytes / 1024:,.0f} KiB",
            ]
            for one in grown
        ]
        ratio = grown[-1].seconds / grown[0].seconds
        what = f"elaboration {way}: n = {sizes[-1]:,} to n = {sizes[0]:,}"
        section.bars.append(Bar(what, ratio, GROWTH, False, "x", f"{rounds} rounds"))
    columns = ("interval family", "time", "max/min", "clauses", "steps", "proof")
    section.figures.append(Figures("elaboration of one obligation", columns, rows))
    return section
