"""The clause form of an obligation (``docs/spec/certificate-v1.md`` section 5).

A builder takes blocks of formulas in order. Obligations of one candidate share their first block, so a builder can be
branched: the prefix is derived once, and each branch continues on a copy of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice
from typing import Any

from caio.base.canonical import Json, digest
from caio.base.errors import InternalError
from caio.base.numbers import format_number
from caio.obligations.formula import (
    Atom,
    Conjunction,
    Formula,
    Literal,
    Scope,
    Variable,
    domain,
)


@dataclass(frozen=True, slots=True)
class ClauseForm:
    """Clauses over numbered atoms and gates; clause k of the specification is ``clauses[k - 1]``."""

    atoms: Mapping[int, Atom]
    size: int
    """The highest number of an atom or gate."""
    clauses: tuple[tuple[int, ...], ...]
    variables: Mapping[str, Variable]
    """The variables that occur, by name."""


class ClauseBuilder:
    """Derives a clause form block by block."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._size = 0
        self._atoms: dict[Atom, int] = {}
        self._gates: dict[tuple[int, ...], int] = {}
        self._clauses: list[tuple[int, ...]] = []
        self._variables: dict[str, Variable] = {}
        self._fresh: set[str] = set()

    def branch(self) -> ClauseBuilder:
        """An independent builder that continues from here."""
        other = ClauseBuilder(self._scope)
        other._size = self._size
        other._atoms = self._atoms.copy()
        other._gates = self._gates.copy()
        other._clauses = self._clauses.copy()
        other._variables = self._variables.copy()
        return other

    def block(self, formulas: Iterable[Formula]) -> ClauseBuilder:
        """Assert a block, then add the domain clauses of the variables that are new in it."""
        for formula in formulas:
            self._assert(formula)
        for name in sorted(self._fresh):
            variable = self._variables[name] = self._scope[name]
            for bound in domain(variable):
                self._assert(bound)
        self._fresh.clear()
        return self

    def form(self) -> ClauseForm:
        """The clause form of the blocks so far."""
        return ClauseForm(
            atoms={number: atom for atom, number in self._atoms.items()},
            size=self._size,
            clauses=tuple(self._clauses),
            variables=dict(sorted(self._variables.items())),
        )

    def added(self, formulas: Iterable[Formula]) -> ClauseForm:
        """What a block would add to the clause form; the builder stays as it is, and nothing of it is copied."""
        block = list(formulas)
        return self._units(block) or self._undone(block)

    def _units(self, block: list[Formula]) -> ClauseForm | None:
        """The same for literals over known variables: a unit clause each, no gate and no domain."""
        size, clauses = self._size, list[tuple[int, ...]]()
        fresh: dict[Atom, int] = {}
        for formula in block:
            if formula is True:
                continue
            if type(formula) is not Literal:
                return None
            atom = formula.atom
            number = self._atoms.get(atom) or fresh.get(atom)
            if number is None:
                for name, _ in atom.terms:
                    if name not in self._variables:
                        return None
                size += 1
                number = fresh[atom] = size
            clauses.append((number if formula.positive else -number,))
        atoms = {number: atom for atom, number in fresh.items()}
        return ClauseForm(atoms, size, tuple(clauses), {})

    def _undone(self, block: list[Formula]) -> ClauseForm:
        tables: tuple[dict[Any, Any], ...] = (self._atoms, self._gates, self._variables)
        sizes = [len(table) for table in tables]
        size, clauses = self._size, len(self._clauses)
        self.block(block)
        found = ClauseForm(
            atoms={number: atom for atom, number in islice(self._atoms.items(), sizes[0], None)},
            size=self._size,
            clauses=tuple(self._clauses[clauses:]),
            variables=dict(islice(self._variables.items(), sizes[2], None)),
        )
        for table, before in zip(tables, sizes, strict=True):
            while len(table) > before:
                table.popitem()
        self._size = size
        del self._clauses[clauses:]
        return found

    # Millions of formulas pass through the next two: they dispatch on the exact type, which is quicker than patterns.
    def _assert(self, formula: Formula) -> None:
        if type(formula) is Conjunction:
            if formula.positive:
                for operand in formula.operands:
                    self._assert(operand)
            else:
                self._add([-self._literal(operand) for operand in formula.operands])
        elif type(formula) is Literal:
            self._clauses.append((self._literal(formula),))
        elif formula is False:
            self._clauses.append(())

    def _literal(self, formula: Formula) -> int:
        if type(formula) is Literal:
            atom = formula.atom
            number = self._atoms.get(atom)
            if number is None:
                self._size += 1
                number = self._atoms[atom] = self._size
                self._fresh.update(name for name, _ in atom.terms if name not in self._variables)
        elif type(formula) is Conjunction:
            number = self._gate(tuple([self._literal(operand) for operand in formula.operands]))
        else:
            raise InternalError("constants are folded away below the top of a formula")
        return number if formula.positive else -number

    def _gate(self, inputs: tuple[int, ...]) -> int:
        number = self._gates.get(inputs)
        if number is None:
            self._size += 1
            number = self._gates[inputs] = self._size
            for literal in inputs:
                self._add([-number, literal])
            self._add([number, *(-literal for literal in inputs)])
        return number

    def _add(self, literals: Iterable[int]) -> None:
        clause = tuple(dict.fromkeys(literals))
        if not any(-literal in clause for literal in clause):
            self._clauses.append(clause)


def clause_form(blocks: Iterable[Iterable[Formula]], scope: Scope) -> ClauseForm:
    """The clause form of an obligation given as blocks of formulas."""
    builder = ClauseBuilder(scope)
    for block in blocks:
        builder.block(block)
    return builder.form()


def form_json(form: ClauseForm) -> Json:
    """The JSON whose digest names a clause form (section 9)."""
    return {
        "atoms": [
            [
                number,
                [[name, str(value)] for name, value in atom.terms],
                format_number(atom.bound),
                atom.strict,
            ]
            for number, atom in sorted(form.atoms.items())
        ],
        "clauses": [list(clause) for clause in form.clauses],
        "variables": [
            [v.name, v.sort.value, _number(v.lower), _number(v.upper)]
            for _, v in sorted(form.variables.items())
        ],
    }


def form_digest(form: ClauseForm) -> str:
    """The digest that names a clause form."""
    return digest(form_json(form))


def _number(value: Fraction | None) -> str | None:
    return None if value is None else format_number(value)
