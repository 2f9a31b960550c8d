"""What cvc5 says of an obligation that pySMT renders as SMT-LIB 2."""

from collections.abc import Iterable
from typing import Any

import cvc5

from caio.obligations.formula import Formula, Scope
from caio.smt.smtlib import smtlib


def ask_cvc5(blocks: Iterable[Iterable[Formula]], scope: Scope) -> str:
    """``sat``, ``unsat`` or ``unknown``."""
    solver: Any = cvc5.Solver()
    parser: Any = cvc5.InputParser(solver)
    parser.setStringInput(cvc5.InputLanguage.SMT_LIB_2_6, smtlib(blocks, scope), "obligation")
    symbols: Any = parser.getSymbolManager()
    output = []
    while not (command := parser.nextCommand()).isNull():
        output.append(str(command.invoke(solver, symbols)))
    return "".join(output).strip()
