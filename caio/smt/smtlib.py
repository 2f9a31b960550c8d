"""Obligations as SMT-LIB 2, rendered through pySMT: the way to a second opinion.

The formulas of an obligation are rendered as they are, not their clause form, so that another solver
also judges the step from formulas to clauses. A second opinion is never evidence: it is what tests and
doubtful people ask for.
"""

from __future__ import annotations

import io
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from fractions import Fraction
from typing import Any

from caio.base.errors import SolverError
from caio.obligations.formula import Atom, Conjunction, Formula, Literal, Scope, Sort, Variable
from caio.smt.protocol import Status

TIMEOUT_SECONDS = 600.0
"""How long another solver may take before its silence is reported as an error."""


def smtlib(blocks: Iterable[Iterable[Formula]], scope: Scope) -> str:
    """An SMT-LIB 2 script that is satisfiable iff the obligation is.

    It declares the variables that occur, asserts their ranges and then each formula of each block in
    order, and ends with `(check-sat)`.

    Raises:
        KeyError: a formula speaks of a variable that is not in scope.
    """
    return _Renderer(scope).script([formula for block in blocks for formula in block])


class _Renderer:
    """Builds pySMT terms in an environment of its own: pySMT's global one is left alone."""

    def __init__(self, scope: Scope) -> None:
        # pySMT takes long to import, and only second opinions need it.
        from pysmt.environment import Environment  # noqa: PLC0415

        self._scope = scope
        self._environment: Any = Environment()
        self._manager: Any = self._environment.formula_manager
        self._symbols: dict[str, Any] = {}

    def script(self, formulas: Sequence[Formula]) -> str:
        from pysmt.logics import QF_LIRA  # noqa: PLC0415
        from pysmt.smtlib.script import SmtLibScript  # noqa: PLC0415

        terms = [self._formula(formula) for formula in formulas]
        script: Any = SmtLibScript()
        script.add("set-logic", [QF_LIRA])
        ranges = []
        for name in sorted(self._symbols):
            script.add("declare-fun", [self._symbols[name]])
            ranges.extend(self._range(self._scope[name]))
        for term in ranges + terms:
            script.add("assert", [term])
        script.add("check-sat", [])
        text = io.StringIO()
        with _own_memory():
            script.serialize(text, daggify=True)
        return text.getvalue()

    def _formula(self, formula: Formula) -> Any:
        match formula:
            case bool():
                return self._manager.Bool(formula)
            case Literal(atom, positive):
                return self._signed(self._atom(atom), positive=positive)
            case Conjunction(operands, positive):
                term = self._manager.And([self._formula(operand) for operand in operands])
                return self._signed(term, positive=positive)

    def _signed(self, term: Any, *, positive: bool) -> Any:
        return term if positive else self._manager.Not(term)

    def _atom(self, atom: Atom) -> Any:
        integral = all(self._scope[name].sort is Sort.INT for name, _ in atom.terms)
        # Clearing denominators leaves decimals only, which every solver reads alike.
        scale = atom.bound.denominator
        parts = []
        for name, coefficient in atom.terms:
            symbol = self._symbol(name)
            if not integral and self._scope[name].sort is Sort.INT:
                symbol = self._manager.ToReal(symbol)
            factor = self._number(coefficient * scale, integral=integral)
            parts.append(self._manager.Times(factor, symbol))
        total = self._manager.Plus(parts)
        bound = self._number(atom.bound.numerator, integral=integral)
        return self._manager.LT(total, bound) if atom.strict else self._manager.LE(total, bound)

    def _range(self, variable: Variable) -> list[Any]:
        ranges = []
        if variable.lower is not None:
            ranges.append(self._manager.LE(*reversed(self._sides(variable, variable.lower))))
        if variable.upper is not None:
            ranges.append(self._manager.LE(*self._sides(variable, variable.upper)))
        return ranges

    def _sides(self, variable: Variable, bound: Fraction) -> tuple[Any, Any]:
        """A variable and its bound, both multiplied by the bound's denominator."""
        integral = variable.sort is Sort.INT
        factor = self._number(bound.denominator, integral=integral)
        left = self._manager.Times(factor, self._symbol(variable.name))
        return left, self._number(bound.numerator, integral=integral)

    def _symbol(self, name: str) -> Any:
        if name not in self._symbols:
            types: Any = self._environment.type_manager
            integral = self._scope[name].sort is Sort.INT
            self._symbols[name] = self._manager.Symbol(
                symbol_name(name), types.INT() if integral else types.REAL()
            )
        return self._symbols[name]

    def _number(self, value: int, *, integral: bool) -> Any:
        return self._manager.Int(value) if integral else self._manager.Real(value)


@contextmanager
def _own_memory() -> Iterator[None]:
    """Keep pySMT's printer from filling the memory of its global environment.

    The printer asks the global environment for free variables, whatever environment a term belongs to. Terms of many
    environments in one table collide, so that each script would take longer than the one before, for ever.
    """
    from pysmt.environment import get_env  # noqa: PLC0415

    oracle: Any = get_env().fvo
    kept, oracle.memoization = oracle.memoization, {}
    try:
        yield
    finally:
        oracle.memoization = kept


def symbol_name(name: str) -> str:
    """A variable's name as an SMT-LIB symbol: what cannot stand between bars is percent-encoded."""
    return "".join(
        f"%{ord(character):X};" if character in "|\\%" or not character.isprintable() else character
        for character in name
    )


def ask_command(script: str, command: Sequence[str], *, timeout: float = TIMEOUT_SECONDS) -> Status:
    """What another solver's program answers to a script on its standard input.

    Raises:
        SolverError: the program is missing, takes too long, or gives no answer.
    """
    try:
        process = subprocess.run(
            command, input=script, capture_output=True, text=True, timeout=timeout, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise SolverError(f"`{command[0]}` gave no second opinion: {error}") from error
    return read_answer(process.stdout or process.stderr)


def read_answer(output: str) -> Status:
    """The answer among the lines that a solver printed.

    Raises:
        SolverError: there is none, or there is an error among them.
    """
    lines = output.split("\n")
    answers = [line.strip() for line in lines if line.strip() in ("sat", "unsat", "unknown")]
    if len(answers) != 1 or "(error" in output:
        raise SolverError(f"`{output[:80]!r}` is no answer to a script with one question")
    return Status(answers[0])
