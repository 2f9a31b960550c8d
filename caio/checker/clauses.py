"""Clause form (certificate-v1 section 5): numbering, gates, clauses and domain clauses.

A clause form is built on top of an earlier one, which it shares: thousands of obligations of a
decision have the same first block.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, TypeAlias

from .formulas import FALSE, TRUE, Atom, Formula, Formulas
from .vocabulary import Variable

Clause: TypeAlias = tuple[int, ...]

_CLAUSE: Final = 20
"""What a clause costs beyond its literals, so that the budget bounds memory."""


class ClauseForm:
    """The clause form of the blocks of `base`, if any, followed by one more block."""

    def __init__(
        self, formulas: Formulas, block: Sequence[Formula], base: ClauseForm | None = None
    ) -> None:
        self._formulas = formulas
        self._base = base
        self._numbers: dict[Formula, int] = {}
        self._new: list[Variable] = []
        self.block: tuple[Formula, ...] = (*base.block, *block) if base else tuple(block)
        self.atoms: list[Atom | None] = list(base.atoms) if base else [None]
        """By number from 1; gates are none, and so is number 0."""
        self.clauses: list[Clause] = list(base.clauses) if base else [()]
        """By number from 1; number 0 is no clause."""
        self.variables: dict[str, Variable] = dict(base.variables) if base else {}
        """The variables that occur in the atoms, by name."""
        self.cost: int = base.cost if base else 0
        formulas.meter.spend(self.cost)
        for formula in block:
            self._assert(formula)
        for variable in sorted(self._new, key=lambda variable: variable.name):
            for literal in formulas.domain(variable):
                self._add([self._literal(literal)])

    def number(self, formula: Formula) -> int | None:
        """The number of an atom or gate, if it has one."""
        form: ClauseForm | None = self
        while form is not None:
            found = form._numbers.get(formula)  # noqa: SLF001 - of the same class
            if found is not None:
                return found
            form = form._base  # noqa: SLF001
        return None

    def _assert(self, formula: Formula) -> None:
        if formula is TRUE:
            return
        if formula.op == "and":
            for part in formula.parts:
                self._assert(part)
        elif formula is FALSE:
            self._add([])
        elif formula.op == "not" and formula.opposite.op == "and":
            self._add([self._literal(part.opposite) for part in formula.opposite.parts])
        else:
            self._add([self._literal(formula)])

    def _literal(self, formula: Formula) -> int:
        """The literal of an atom, a negation or a conjunction; there are no other parts.

        Formulas are shared and numbers unique, so that the memory of a formula's number is the same
        as that of a gate's list of literals.
        """
        if formula.op == "not":
            return -self._literal(formula.opposite)
        found = self.number(formula)
        if found is not None:
            return found
        literals = [self._literal(part) for part in formula.parts]
        self.atoms.append(formula.atom)
        own = self._numbers[formula] = len(self.atoms) - 1
        if formula.atom is not None:
            for variable, _ in formula.atom.terms:
                if variable.name not in self.variables:
                    self.variables[variable.name] = variable
                    self._new.append(variable)
            self._spend(len(formula.atom.terms))
        else:
            for literal in literals:
                self._add([-own, literal])
            self._add([own, *(-literal for literal in literals)])
        return own

    def _add(self, literals: list[int]) -> None:
        clause = tuple(dict.fromkeys(literals))
        present = set(clause)
        if any(-literal in present for literal in clause):
            return
        self.clauses.append(clause)
        self._formulas.meter.spend(_CLAUSE)
        self._spend(len(clause))

    def _spend(self, amount: int) -> None:
        self.cost += amount
        self._formulas.meter.spend(amount)
