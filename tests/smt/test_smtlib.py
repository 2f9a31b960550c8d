"""The SMT-LIB text says what the formulas say, and no answer is taken from a broken output."""

import io
import random
import sys
from fractions import Fraction

import pytest
from pysmt.environment import Environment
from pysmt.smtlib.parser import SmtLibParser

from caio.base.errors import SolverError
from caio.obligations.formula import Sort, Variable, at_most, below, disjunction, equals
from caio.smt.protocol import Status
from caio.smt.smtlib import ask_command, read_answer, smtlib, symbol_name
from tests.certify.forms import FAMILIES, Problem, integer, real, scope_of
from tests.certify.opinion import cvc5_says


@pytest.mark.parametrize("family", sorted(FAMILIES))
def test_the_text_is_standard_enough_for_its_own_parser(family: str) -> None:
    for seed in range(20):
        problem = FAMILIES[family](random.Random(seed))
        # pySMT 0.9.6 writes the name of this logic but does not read it.
        text = smtlib(problem.blocks, problem.scope).replace("QF_LIRA", "QF_UFLIRA", 1)
        script = SmtLibParser(Environment()).get_script(io.StringIO(text))
        names = [command.name for command in script.commands]
        assert names[0] == "set-logic"
        assert names[-1] == "check-sat"
        assert names.count("check-sat") == 1


def test_ranges_and_fractions_are_exact() -> None:
    third = Fraction(1, 3)
    scope = {"x": Variable("x", Sort.REAL, third, third)}
    exactly = at_most({"x": Fraction(3)}, Fraction(-1), scope)
    less = below({"x": Fraction(3)}, Fraction(-1), scope)
    assert cvc5_says(Problem([[exactly]], scope)) is Status.SAT
    assert cvc5_says(Problem([[less]], scope)) is Status.UNSAT


@pytest.mark.parametrize("name", ["a b", "a|b", "a\\b", "a%7C;b", "é\n", "request.data:health"])
def test_any_name_can_be_said(name: str) -> None:
    scope = scope_of(integer(name, 0, 5), real("y"))
    blocks = [[disjunction([equals(name, 6, scope), equals(name, 7, scope)])]]
    assert cvc5_says(Problem(blocks, scope)) is Status.UNSAT


def test_different_names_stay_different() -> None:
    names = ["a|b", "a%7C;b", "a\\b", "a%b", "a%25;b"]
    assert len({symbol_name(name) for name in names}) == len(names)


def test_constants_have_a_script() -> None:
    assert cvc5_says(Problem([[]], {})) is Status.SAT
    assert cvc5_says(Problem([[True], [False]], {})) is Status.UNSAT


@pytest.mark.parametrize(
    "output",
    ["", "sat\nunsat\n", "satisfiable\n", '(error "line 3")\nunsat\n', "unsat sat\n"],
)
def test_what_is_no_answer_is_an_error(output: str) -> None:
    with pytest.raises(SolverError):
        read_answer(output)


def test_any_program_can_be_asked() -> None:
    program = "import sys; print('unsat' if '(check-sat)' in sys.stdin.read() else 'sat')"
    script = smtlib([[True]], {})
    assert ask_command(script, [sys.executable, "-c", program]) is Status.UNSAT


@pytest.mark.parametrize(
    "command",
    [["/nowhere/solver"], [sys.executable, "-c", "import time; time.sleep(9)"]],
)
def test_a_program_that_fails_gives_no_opinion(command: list[str]) -> None:
    with pytest.raises(SolverError, match="no second opinion"):
        ask_command("(check-sat)", command, timeout=0.3)
