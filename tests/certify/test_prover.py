"""Every answer of the prover carries evidence, agrees with cvc5, and never depends on history."""

import hashlib
import json
import os
import random
import subprocess
import sys
import time
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from caio.certify.prover import (
    Decided,
    Model,
    Prover,
    Refutation,
    Unknown,
    proof_json,
    witness_json,
)
from caio.obligations.clauses import ClauseForm
from caio.obligations.formula import evaluate
from caio.smt.client import Worker
from caio.smt.protocol import Status
from tests.certify.forms import FAMILIES, Problem, interval_argmax, knapsack, mixed
from tests.certify.opinion import cvc5_says
from tests.certify.rules import check_proof

randoms = st.randoms(use_true_random=False)
few = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def accepted(problem: Problem, form: ClauseForm, decided: Decided) -> Status:
    """The answer, once its evidence has been judged by the rules of the specification alone."""
    if isinstance(decided, Refutation):
        check_proof(form, proof_json(decided.proof))
        return Status.UNSAT
    assert isinstance(decided, Model), decided
    assert decided.witness.keys() == form.variables.keys()
    point = {name: Fraction(0) for name in problem.scope} | dict(decided.witness)
    for name, variable in form.variables.items():
        assert variable.lower is None or point[name] >= variable.lower
        assert variable.upper is None or point[name] <= variable.upper
    assert all(evaluate(formula, point) for block in problem.blocks for formula in block)
    return Status.SAT


@pytest.mark.parametrize("family", sorted(FAMILIES))
@few
@given(rng=randoms)
def test_direct_answers_are_evident_and_agree_with_cvc5(
    prover: Prover, family: str, rng: random.Random
) -> None:
    problem = FAMILIES[family](rng)
    form = problem.form()
    assert accepted(problem, form, prover.decide(form)) == cvc5_says(problem)


@pytest.mark.parametrize("family", sorted(FAMILIES))
def test_elaborated_answers_are_evident_and_agree_with_cvc5(
    solver_prover: Prover, family: str
) -> None:
    problems = [FAMILIES[family](random.Random(seed)) for seed in range(60)]
    forms = [problem.form() for problem in problems]
    answers = solver_prover.decide_many(forms)
    found = [accepted(*each) for each in zip(problems, forms, answers, strict=True)]
    assert found == [cvc5_says(problem) for problem in problems]


def test_the_stages_agree_on_large_interval_problems(prover: Prover, solver_prover: Prover) -> None:
    problem = interval_argmax(40)
    form = problem.form()
    for each in (prover, solver_prover):
        assert accepted(problem, form, each.decide(form)) is Status.UNSAT


def test_the_empty_formula_has_the_empty_model(prover: Prover) -> None:
    assert prover.decide(Problem([[]], {}).form()) == Model({})


@pytest.mark.parametrize("direct", [True, False])
def test_a_form_with_an_empty_clause_is_refuted_by_it(worker: Worker, *, direct: bool) -> None:
    form = Problem([[False]], {}).form()
    decided = Prover(worker, direct=direct).decide(form)
    assert isinstance(decided, Refutation)
    assert proof_json(decided.proof) == {"atoms": [], "steps": [["rup", [], [1]]]}


def test_identical_forms_are_decided_once(prover: Prover) -> None:
    first, second = (knapsack(random.Random(1)).form() for _ in range(2))
    one, two = prover.decide_many([first, second])
    assert one is two


def test_a_tiny_budget_leaves_it_unknown(worker: Worker) -> None:
    form = interval_argmax(5).form()
    prover = Prover(worker)
    assert isinstance(prover.decide(form, budget=1), Unknown)
    assert isinstance(prover.decide(form), Refutation)
    # What a larger budget found does not leak into the answer for a small one.
    assert isinstance(prover.decide(form, budget=1), Unknown)


@pytest.mark.parametrize("budget", [0, -1])
def test_a_budget_is_positive(prover: Prover, budget: int) -> None:
    with pytest.raises(ValueError, match="budget"):
        prover.decide(Problem([[]], {}).form(), budget=budget)


def evidence(decided: Decided) -> str:
    if isinstance(decided, Refutation):
        return json.dumps(proof_json(decided.proof))
    assert isinstance(decided, Model)
    return json.dumps(witness_json(decided.witness))


def sample() -> list[ClauseForm]:
    problems = [
        FAMILIES[name](random.Random(seed)) for name in FAMILIES for seed in range(400, 408)
    ]
    return [problem.form() for problem in [*problems, interval_argmax(12)]]


def fingerprint(*, direct: bool) -> str:
    """The digest of all evidence for the sample, from a fresh process of the solver."""
    with Prover(direct=direct) as prover:
        text = "\n".join(evidence(decided) for decided in prover.decide_many(sample()))
    return hashlib.sha256(text.encode()).hexdigest()


@pytest.mark.parametrize("direct", [True, False])
def test_evidence_is_the_same_after_other_questions(*, direct: bool) -> None:
    expected = fingerprint(direct=direct)
    with Prover(direct=direct) as prover:
        others = [mixed(random.Random(seed)).form() for seed in range(200)]
        prover.decide_many(others)
        text = "\n".join(evidence(prover.decide(form)) for form in reversed(sample()))
    lines = "\n".join(reversed(text.split("\n")))
    assert hashlib.sha256(lines.encode()).hexdigest() == expected


def test_evidence_is_the_same_under_other_hash_seeds() -> None:
    program = (
        "from tests.certify.test_prover import fingerprint\n"
        "print(fingerprint(direct=True), fingerprint(direct=False))"
    )
    found = set()
    for seed in ("1", "2"):
        process = subprocess.run(
            [sys.executable, "-c", program],
            cwd=Path(__file__).parents[2],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        )
        found.add(process.stdout)
    assert len(found) == 1


def test_the_prover_loads_no_solver_into_its_own_process() -> None:
    program = (
        "import sys, caio.certify.prover, caio.smt.smtlib\n"
        "print(sorted({'z3', 'pysmt', 'numpy', 'scipy'} & {m.split('.')[0] for m in sys.modules}))"
    )
    process = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert process.stdout.strip() == "[]"


def cost(prover: Prover, services: int) -> tuple[float, int]:
    """Processor seconds of the best of three runs, and the bytes of the proof."""
    form = interval_argmax(services).form()
    best = float("inf")
    size = 0
    for _ in range(3):
        start = time.process_time()
        decided = Prover(prover._worker).decide(form)
        best = min(best, time.process_time() - start)
        size = len(evidence(decided))
    return best, size


def test_proofs_grow_with_the_problem_and_not_faster(prover: Prover) -> None:
    small_time, small_size = cost(prover, 40)
    large_time, large_size = cost(prover, 400)
    assert large_size <= 12 * small_size
    # Ten times the problem; the slack is for a busy machine.
    assert large_time <= 20 * small_time
