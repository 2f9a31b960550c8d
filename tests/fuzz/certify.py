"""A long campaign over the prover: every answer evident, and none that cvc5 contradicts."""

import random
import time
from collections import Counter
from collections.abc import Callable
from fractions import Fraction

from caio.certify.prover import Model, Prover, Refutation, Unknown, proof_json
from caio.obligations.formula import Formula, disjunction, evaluate, negation, normalise
from caio.smt.protocol import Status
from tests.certify.forms import (
    FAMILIES,
    Problem,
    boolean,
    integer,
    interval_argmax,
    random_atom,
    real,
    scope_of,
)
from tests.certify.opinion import cvc5_says
from tests.certify.rules import check_proof

_BATCH = 16


def threshold(rng: random.Random) -> Problem:
    """Random clauses over Booleans and sums, near the ratio where answers are hardest."""
    scope = scope_of(
        *(boolean(f"b{i}") for i in range(rng.randint(4, 12))),
        *(integer(f"n{i}", -9, 9) for i in range(rng.randint(1, 4))),
        *(real(f"r{i}", -9, 9) for i in range(rng.randint(1, 4))),
    )
    pool: list[Formula] = [random_atom(rng, scope) for _ in range(rng.randint(4, 12))]
    pool.extend(
        normalise({name: Fraction(1)}, Fraction(0), scope, strict=False)
        for name in scope
        if name.startswith("b")
    )
    clauses = []
    for _ in range(int(len(pool) * rng.uniform(2.5, 5))):
        parts = rng.sample(pool, 3)
        clauses.append(disjunction([negation(p) if rng.random() < 0.5 else p for p in parts]))
    return Problem([clauses], scope)


def intervals(rng: random.Random) -> Problem:
    """The interval family, small, with seeds of its own."""
    return interval_argmax(
        rng.randint(2, 20), features=rng.randint(1, 4), seed=rng.randint(0, 9999)
    )


ALL: dict[str, Callable[[random.Random], Problem]] = {
    **FAMILIES,
    "threshold": threshold,
    "intervals": intervals,
}


def judge(problem: Problem, provers: dict[str, Prover]) -> Counter[str]:
    """Ask every prover and cvc5 about a problem; raise at the first disagreement."""
    form = problem.form()
    opinion = cvc5_says(problem)
    tally = Counter({f"cvc5 {opinion}": 1})
    for name, prover in provers.items():
        decided = prover.decide(form)
        tally[f"{name} {type(decided).__name__}"] += 1
        match decided:
            case Refutation(proof):
                check_proof(form, proof_json(proof))
                assert opinion is not Status.SAT
            case Model(witness):
                point = {variable: Fraction(0) for variable in problem.scope} | dict(witness)
                assert all(evaluate(f, point) for block in problem.blocks for f in block)
                assert opinion is not Status.UNSAT
            case Unknown():
                pass
    return tally


def campaign(*, seconds: float, seed: int = 0) -> Counter[str]:
    """Judge random problems of all families until the time is up.

    Raises:
        AssertionError: an answer that is wrong; the message names family and seed.
        RejectedError: evidence that breaks a rule.
    """
    tally: Counter[str] = Counter()
    end = time.monotonic() + seconds
    with Prover() as direct, Prover(direct=False) as solver:
        provers = {"direct": direct, "solver": solver}
        while time.monotonic() < end:
            for family, make in ALL.items():
                try:
                    tally += judge(make(random.Random(seed)), provers)
                except Exception as error:
                    error.add_note(f"family `{family}`, seed {seed}")
                    raise
            seed += 1
            if seed % _BATCH == 0:
                print(f"seed {seed}: {dict(sorted(tally.items()))}", flush=True)
    return tally


if __name__ == "__main__":
    campaign(seconds=60)
