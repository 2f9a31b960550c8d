"""Exact evaluation of a clause form at a point: no model is believed without it."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from caio.base.exact import Rational, exact
from caio.obligations.clauses import ClauseForm
from caio.obligations.formula import Sort


def satisfies(form: ClauseForm, point: Mapping[str, Fraction]) -> bool:
    """Whether a point assigns the form's variables, within their domains, and makes it true.

    The gates get their values from the clauses that define them: a gate's number is higher than those
    of its inputs.
    """
    if point.keys() != form.variables.keys():
        return False
    for name, variable in form.variables.items():
        value = point[name]
        if variable.sort is Sort.INT and value.denominator != 1:
            return False
        if variable.lower is not None and value < variable.lower:
            return False
        if variable.upper is not None and value > variable.upper:
            return False
    values = {name: exact(value) for name, value in point.items()}
    true: set[int] = set()
    for number, atom in form.atoms.items():
        total: Rational = 0
        for name, coefficient in atom.terms:
            total += coefficient * values[name]
        bound = exact(atom.bound)
        true.add(number if total < bound or (total == bound and not atom.strict) else -number)
    gates: dict[int, list[tuple[int, ...]]] = {
        number: [] for number in range(1, form.size + 1) if number not in form.atoms
    }
    for clause in form.clauses if gates else ():
        last = max(clause, key=abs, default=0)
        if last in gates:
            gates[last].append(clause)
    for gate, clauses in gates.items():
        # A gate is true iff its inputs are: one of the clauses `[gate, -input…]` then forces it.
        forced = any(true.isdisjoint(clause) for clause in clauses)
        true.add(gate if forced else -gate)
    return not any(true.isdisjoint(clause) for clause in form.clauses)
