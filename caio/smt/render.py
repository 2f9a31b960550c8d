"""A clause form as an SMT-LIB script for the solver process, and a model of it read back.

Symbols are short and made here (`v3`, `g17`), so that no name from a document ever needs quoting. An
integer between 0 and 1 that occurs in no sum is rendered as a proposition: Z3 then spends no
arithmetic on it. That changes nothing but speed, since proofs and models are about the clause form and
are checked against it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from caio.obligations.clauses import ClauseForm
from caio.obligations.formula import Atom, Sort, Variable
from caio.smt.sexpr import SyntaxTreeError, number, parse


@dataclass(frozen=True, slots=True)
class Rendering:
    """A script and what its symbols stand for."""

    script: str
    variables: Mapping[str, str]
    """From a symbol to the name of the variable it stands for."""
    flags: Mapping[int, str]
    """From the number of an atom `x <= 0` rendered as a proposition to the name of x."""


def render(form: ClauseForm) -> Rendering:
    """The script whose assertions are satisfiable iff the clause form is."""
    flags = _flags(form)
    propositional = set(flags.values())
    symbols = {
        name: f"v{index}"
        for index, name in enumerate(sorted(form.variables))
        if name not in propositional
    }
    lines = [
        f"(declare-const {symbol} {'Int' if form.variables[name].sort is Sort.INT else 'Real'})"
        for name, symbol in symbols.items()
    ]
    positive: dict[int, str] = {}
    for index in range(1, form.size + 1):
        atom = form.atoms.get(index)
        if atom is None or index in flags:
            positive[index] = f"g{index}"
            lines.append(f"(declare-const g{index} Bool)")
        elif atom.terms[0][0] in propositional:
            positive[index] = "true" if atom.bound > 0 else "false"
        else:
            positive[index] = _inequality(atom, symbols, form.variables)
    literals = {-index: f"(not {text})" for index, text in positive.items()} | positive
    for clause in form.clauses:
        parts = [literals[literal] for literal in clause]
        match parts:
            case ["true" | "(not false)"]:
                continue
            case [single]:
                lines.append(f"(assert {single})")
            case []:
                lines.append("(assert false)")
            case _:
                lines.append(f"(assert (or {' '.join(parts)}))")
    return Rendering("\n".join(lines), {symbol: name for name, symbol in symbols.items()}, flags)


def _flags(form: ClauseForm) -> dict[int, str]:
    """The atoms `x <= 0` over variables in 0..1 that occur in no sum."""
    zero: dict[str, int] = {}
    excluded: set[str] = set()
    for index, atom in form.atoms.items():
        name, _ = atom.terms[0]
        variable = form.variables[name]
        if len(atom.terms) > 1 or variable.sort is not Sort.INT:
            excluded.update(name for name, _ in atom.terms)
        elif variable.lower != 0 or variable.upper != 1:
            excluded.add(name)
        elif atom.bound == 0:
            zero[name] = index
    return {index: name for name, index in zero.items() if name not in excluded}


def _inequality(atom: Atom, symbols: Mapping[str, str], variables: Mapping[str, Variable]) -> str:
    """An atom as a term; integers that meet reals are converted explicitly."""
    integral = all(variables[name].sort is Sort.INT for name, _ in atom.terms)
    terms = []
    for name, coefficient in atom.terms:
        term = symbols[name]
        if not integral and variables[name].sort is Sort.INT:
            term = f"(to_real {term})"
        if coefficient != 1:
            factor = _integer(coefficient) if integral else _real(Fraction(coefficient))
            term = f"(* {factor} {term})"
        terms.append(term)
    left = terms[0] if len(terms) == 1 else f"(+ {' '.join(terms)})"
    right = _integer(atom.bound.numerator) if integral else _real(atom.bound)
    return f"({'<' if atom.strict else '<='} {left} {right})"


@lru_cache(maxsize=4096)
def _integer(value: int) -> str:
    return str(value) if value >= 0 else f"(- {-value})"


@lru_cache(maxsize=4096)
def _real(value: Fraction) -> str:
    top, bottom = abs(value.numerator), value.denominator
    text = f"{top}.0" if bottom == 1 else f"(/ {top}.0 {bottom}.0)"
    return text if value >= 0 else f"(- {text})"


def read_model(text: str, rendering: Rendering, form: ClauseForm) -> dict[str, Fraction] | None:
    """The point that Z3 printed, completed, or None if it cannot be read.

    A variable that Z3 leaves out may have any value: it gets the one nearest to 0 in its range. The
    caller evaluates the clause form at the point before believing anything.
    """
    point: dict[str, Fraction] = {}
    flags = {f"g{index}": name for index, name in rendering.flags.items()}
    try:
        trees = parse(text)
        # Z3 prints `(define-fun … )` one after another, some builds in a pair of parentheses.
        if len(trees) == 1 and trees[0] and isinstance(trees[0][0], list):
            trees = list(trees[0])
        for tree in trees:
            match tree:
                case ["define-fun", str(symbol), [], "Bool", ("true" | "false") as value]:
                    if symbol in flags:
                        point[flags[symbol]] = Fraction(value == "false")
                case ["define-fun", str(symbol), [], "Int" | "Real", value]:
                    if symbol in rendering.variables:
                        point[rendering.variables[symbol]] = number(value)
                case _:
                    return None
    except SyntaxTreeError:
        return None
    for name, variable in form.variables.items():
        point.setdefault(name, nearest_to_zero(variable))
    return point


def nearest_to_zero(variable: Variable) -> Fraction:
    """The value in the variable's range with the least absolute value."""
    if variable.lower is not None and variable.lower > 0:
        return variable.lower
    if variable.upper is not None and variable.upper < 0:
        return variable.upper
    return Fraction(0)
