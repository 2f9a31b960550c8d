"""Clause form (certificate-v1 section 5): numbering, gates, clauses and domain clauses."""

from typing import Final, TypeAlias

from .formulas import FALSE, TRUE, Atom, Formula, Formulas, Parts, Variable

Clause: TypeAlias = tuple[int, ...]
_CLAUSE: Final = 20  # What a clause costs beyond its literals, so that the budget bounds memory.


class ClauseForm:
    """The clause form of the blocks of `base`, if any, followed by one more block.

    Thousands of obligations share their first block, which is derived once. `atoms` (gates are
    none) and `clauses` are by number, from 1; `variables` are those that occur, by name.
    """

    def __init__(self, formulas: Formulas, block: Parts, base: "ClauseForm | None" = None) -> None:
        self.block: Parts = (*base.block, *block) if base else block
        self.atoms: list[Atom | None] = [*base.atoms] if base else [None]
        self.clauses: list[Clause] = [*base.clauses] if base else [()]
        self.variables: dict[str, Variable] = {**base.variables} if base else {}
        self.cost, self._formulas, self._base = 0, formulas, base
        self._numbers, self._new = dict[Formula, int](), list[Variable]()
        self._spend(base.cost if base else 0)
        for formula in block:
            self._assert(formula)
        for variable in sorted(self._new, key=lambda variable: variable.name):
            for literal in formulas.between(variable, variable.lower, variable.upper):
                self._add([self._literal(literal)])

    def number(self, formula: Formula) -> int | None:
        """The number of an atom or a gate, if it has one."""
        found = self._numbers.get(formula)
        return self._base.number(formula) if found is None and self._base else found

    def _assert(self, formula: Formula) -> None:
        if formula.op == "and":
            for part in formula.parts:
                self._assert(part)
        elif formula is FALSE or formula.opposite.op == "and":
            self._add([self._literal(part.opposite) for part in formula.opposite.parts])
        elif formula is not TRUE:
            self._add([self._literal(formula)])

    def _literal(self, formula: Formula) -> int:
        """The literal of an atom, a negation or a conjunction; there are no other parts.

        Equal formulas are one and have one number, so that remembering a formula's number is the
        same as remembering a gate's list of literals.
        """
        if formula.op == "not":
            return -self._literal(formula.opposite)
        if found := self.number(formula):
            return found
        literals = [self._literal(part) for part in formula.parts]
        own = self._numbers[formula] = len(self.atoms)
        self.atoms.append(formula.atom)
        for literal in literals:
            self._add([-own, literal])
        if literals:
            self._add([own, *(-literal for literal in literals)])
        terms = formula.atom.terms if formula.atom else ()
        self._spend(len(terms))
        for variable, _ in terms:
            if variable.name not in self.variables:
                self.variables[variable.name] = variable
                self._new.append(variable)
        return own

    def _add(self, literals: list[int]) -> None:
        clause = dict.fromkeys(literals)
        if not any(-literal in clause for literal in clause):
            self.clauses.append(tuple(clause))
            self._formulas.spend(_CLAUSE)
            self._spend(len(clause))

    def _spend(self, amount: int) -> None:
        self.cost += amount
        self._formulas.spend(amount)
