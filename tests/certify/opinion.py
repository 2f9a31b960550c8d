"""A second opinion from cvc5, over the SMT-LIB text that the product renders."""

import cvc5

from caio.smt.protocol import Status
from caio.smt.smtlib import read_answer, smtlib
from tests.certify.forms import Problem


def cvc5_prints(script: str) -> str:
    """What cvc5 prints when it executes a script."""
    solver = cvc5.Solver(cvc5.TermManager())
    parser = cvc5.InputParser(solver)
    parser.setStringInput(cvc5.InputLanguage.SMT_LIB_2_6, script, "obligation")
    symbols = parser.getSymbolManager()
    printed = []
    while not (command := parser.nextCommand()).isNull():
        output = command.invoke(solver, symbols)
        printed.append(output.decode() if isinstance(output, bytes) else output)
    return "".join(printed)


def cvc5_says(problem: Problem) -> Status:
    return read_answer(cvc5_prints(smtlib(problem.blocks, problem.scope)))
