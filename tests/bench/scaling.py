"""How elaboration grows with the size of one obligation: a family of the same shape at several sizes."""

import time
from dataclasses import dataclass
from statistics import median

from caio.base.canonical import canonical_bytes
from caio.certify.prover import Prover, Refutation, proof_json
from tests.certify.forms import interval_argmax


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
