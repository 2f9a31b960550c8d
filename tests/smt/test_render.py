"""The solver is asked about the clause form, whatever its atoms and names look like."""

import random
from fractions import Fraction

import pytest

from caio.obligations.formula import at_most, disjunction, negation, truth
from caio.smt.client import Worker
from caio.smt.protocol import Core, Query, Status
from caio.smt.render import Rendering, nearest_to_zero, read_model, render
from tests.certify.forms import FAMILIES, Problem, boolean, integer, real, scope_of
from tests.certify.opinion import cvc5_says


@pytest.fixture(scope="module")
def asked() -> list[tuple[Problem, Status]]:
    problems = [
        FAMILIES[family](random.Random(seed)) for family in FAMILIES for seed in range(700, 725)
    ]
    with Worker() as worker:
        queries = [
            Query(render(problem.form()).script, Core.PLAIN, 10_000_000) for problem in problems
        ]
        statuses = [answer.status for answer in worker.run(queries)]
    return list(zip(problems, statuses, strict=True))


def test_the_script_is_satisfiable_iff_the_formulas_are(
    asked: list[tuple[Problem, Status]],
) -> None:
    for problem, status in asked:
        assert status == cvc5_says(problem)


def test_names_of_documents_never_reach_the_script() -> None:
    scope = scope_of(real('request.x:|"(assert false)', 0, 1), boolean("b c"))
    name = 'request.x:|"(assert false)'
    problem = Problem([[at_most({name: Fraction(1)}, Fraction(-1), scope)]], scope)
    assert "request" not in render(problem.form()).script


def test_a_boolean_outside_sums_becomes_a_proposition() -> None:
    scope = scope_of(boolean("b"), boolean("c"), integer("n", 0, 9))
    total = at_most({"c": Fraction(1), "n": Fraction(1)}, Fraction(-3), scope)
    problem = Problem([[disjunction([truth("b", scope), negation(total)])]], scope)
    form = problem.form()
    rendering = render(form)
    assert list(rendering.flags.values()) == ["b"]
    assert sorted(rendering.variables.values()) == ["c", "n"]


def test_models_are_completed_within_their_ranges() -> None:
    scope = scope_of(boolean("b"), integer("low", 3, 9), real("high", None, -2))
    formulas = [
        disjunction([truth("b", scope), at_most({name: Fraction(1)}, Fraction(0), scope)])
        for name in ("low", "high")
    ]
    form = Problem([formulas], scope).form()
    rendering = render(form)
    flag = next(iter(rendering.flags))
    point = read_model(f"((define-fun g{flag} () Bool\n  false))", rendering, form)
    assert point == {"b": Fraction(1), "low": Fraction(3), "high": Fraction(-2)}
    assert nearest_to_zero(scope["b"]) == 0


@pytest.mark.parametrize(
    "text",
    [
        ")",
        "((",
        "(define-fun v0 () Real (root-obj (+ (^ x 2) (- 2)) 1))",
        "(define-fun v0 () Real (/ 1.0 0.0))",
        "(define-fun v0 (Int) Int 3)",
        "nonsense",
    ],
)
def test_a_model_that_cannot_be_read_is_none(text: str) -> None:
    scope = scope_of(real("x"))
    form = Problem([[at_most({"x": Fraction(1)}, Fraction(0), scope)]], scope).form()
    assert read_model(text, Rendering("", {"v0": "x"}, {}), form) is None
