"""The rules of evidence (certificate-v1 sections 6 and 7): two for proofs, one for witnesses.

`RULES` lists every rule of proofs; there is no other way to derive a clause. Nothing is searched:
a step either says why it holds, or it is rejected.
"""

from __future__ import annotations

from math import gcd
from typing import Final, NoReturn, Protocol

from .clauses import Clause, ClauseForm
from .errors import Rejection
from .formulas import Atom, Formula, Formulas
from .reader import Number, Value
from .vocabulary import Variable


class Step(Protocol):
    """A step as it is written, which may derive a clause from what came before."""

    def __init__(self, parts: list[Value]) -> None:
        """Read the parts after the rule's name."""

    def derive(self, state: State) -> Clause:
        """The clause that the step derives, or a `Rejection`."""


class State:
    """What a step may refer to, by number: the atoms (gates are none) and clauses so far."""

    def __init__(self, form: ClauseForm, formulas: Formulas, path: str) -> None:
        self.atoms = form.atoms
        self.clauses = form.clauses
        self.spend = formulas.meter.spend
        self.path = path

    def reject(self, code: str, expected: str, seen: object) -> NoReturn:
        """Refuse the current step."""
        raise Rejection(code, self.path, expected, str(seen))

    def known(self, literal: int) -> None:
        """Refuse a literal of no atom or gate."""
        if not 0 < abs(literal) < len(self.atoms):
            self.reject("reference", "the literal of an atom or gate", literal)


class Farkas:
    """Positive multiples of literals, read as inequalities, sum to a contradiction."""

    def __init__(self, parts: list[Value]) -> None:
        (listed,) = parts
        self.pairs: list[tuple[int, int, int]] = []
        if not listed.items():
            raise listed.rejection("farkas", "at least one literal")
        for item in listed.items():
            literal, multiplier = item.pair()
            factor = multiplier.number()
            if not isinstance(factor, int) or factor <= 0:
                raise multiplier.rejection("farkas", "a positive integer")
            self.pairs.append((literal.integer(), factor, len(multiplier.text())))
        if len({abs(literal) for literal, _, _ in self.pairs}) != len(self.pairs):
            raise listed.rejection("farkas", "literals distinct in absolute value")

    def derive(self, state: State) -> Clause:
        """The clause of the negated literals."""
        sums: dict[Variable, int] = {}
        right: Number = 0
        some_strict = False
        for literal, factor, digits in self.pairs:
            state.known(literal)
            atom = state.atoms[abs(literal)]
            if atom is None:
                state.reject("farkas", "the literal of an atom", f"gate {literal}")
            state.spend((1 + len(atom.terms)) * -(-(digits + atom.digits) // 16))
            sign, bound, strict = atom.inequality(positive=literal > 0)
            for variable, coefficient in atom.terms:
                sums[variable] = sums.get(variable, 0) + sign * factor * coefficient
            right += factor * bound
            state.spend((right.denominator.bit_length() >> 9) ** 2)
            some_strict = some_strict or strict
        for variable, coefficient in sums.items():
            if coefficient:
                state.reject("farkas", "all coefficients to vanish", f"one of {variable.name}")
        if right > 0 or (right == 0 and not some_strict):
            state.reject("farkas", "a contradiction", "a sum that holds")
        return tuple(-literal for literal, _, _ in self.pairs)


class Rup:
    """Assuming the clause false, each hint in turn is unit, and the last one is falsified."""

    def __init__(self, parts: list[Value]) -> None:
        clause, hints = parts
        self.clause = clause.integers()
        self.hints = hints.integers()
        if len({abs(literal) for literal in self.clause}) != len(self.clause):
            raise clause.rejection("duplicate", "literals distinct in absolute value")

    def derive(self, state: State) -> Clause:
        """The clause itself."""
        for literal in self.clause:
            state.known(literal)
        true = {-literal for literal in self.clause}
        state.spend(1 + len(true))
        for index, hint in enumerate(self.hints):
            if not 0 < hint < len(state.clauses):
                state.reject("reference", "the number of an earlier clause", hint)
            clause = state.clauses[hint]
            state.spend(1 + len(clause))
            unit = 0
            for literal in clause:
                if -literal not in true:
                    if unit:
                        state.reject(
                            "rup", "at most one literal not false", f"two in clause {hint}"
                        )
                    unit = literal
            if not unit:
                if index != len(self.hints) - 1:
                    state.reject("rup", "no hint after the conflict", f"one after clause {hint}")
                return self.clause
            if unit in true:
                state.reject("rup", "a literal not yet assigned", f"{unit} of clause {hint}")
            true.add(unit)
        return state.reject("rup", "a conflict", "none after the last hint")


RULES: Final[dict[str, type[Step]]] = {"farkas": Farkas, "rup": Rup}


class Proof:
    """A proof as it is written; it may serve many clause forms."""

    def __init__(self, value: Value) -> None:
        atoms, steps = value.record("atoms steps")
        self.path = value.path
        self._atoms = [_fresh(item) for item in atoms.items()]
        self._steps: list[Step] = []
        for item in steps.items():
            parts = item.items()
            rule = parts[0].text() if parts else ""
            if rule not in RULES or len(parts) != {"farkas": 2, "rup": 3}[rule]:
                raise item.rejection(
                    "shape", f"one of the rules {', '.join(RULES)}, with its parts"
                )
            self._steps.append(RULES[rule](parts[1:]))
        if not self._steps:
            raise steps.rejection("incomplete", "at least one step")

    def check(self, form: ClauseForm, formulas: Formulas) -> None:
        """Accept that `form` is unsatisfiable, or raise a `Rejection`."""
        atoms, clauses = len(form.atoms), len(form.clauses)
        texts: set[str] = set()
        for index, fresh in enumerate(self._atoms):
            path = f"{self.path}.atoms[{index}]"
            atom = _normal(fresh, form, path)
            known = formulas.find(atom)
            if atom.text in texts or (known is not None and form.number(known) is not None):
                raise Rejection("atom", path, "an atom that is not there already", "one that is")
            texts.add(atom.text)
            formulas.meter.spend(len(atom.terms))
            form.atoms.append(atom)
        state = State(form, formulas, "")
        for index, step in enumerate(self._steps):
            state.path = f"{self.path}.steps[{index}]"
            clause = step.derive(state)
            if (not clause) != (index == len(self._steps) - 1):
                state.reject("incomplete", "the empty clause at the last step alone", list(clause))
            form.clauses.append(clause)
        del form.atoms[atoms:], form.clauses[clauses:]


_Fresh = tuple[list[tuple[str, int]], Number, bool]


def _fresh(value: Value) -> _Fresh:
    terms, bound, strict = value.items() if len(value.items()) == 3 else value.record("3 elements")
    sides: list[tuple[str, int]] = []
    for item in terms.items():
        name, coefficient = item.pair()
        factor = coefficient.number()
        if not isinstance(factor, int):
            raise coefficient.rejection("atom", "an integer coefficient")
        sides.append((name.text(), factor))
    return sides, bound.number(), strict.boolean()


def _normal(fresh: _Fresh, form: ClauseForm, path: str) -> Atom:
    """A fresh atom, if it is in the normal form of section 3 over the form's variables."""
    sides, bound, strict = fresh
    names = [name for name, _ in sides]
    for name in names:
        if name not in form.variables:
            raise Rejection("atom", path, "variables of the clause form", ascii(name[:80]))
    terms = tuple((form.variables[name], factor) for name, factor in sides)
    flaw = ""
    if not terms or sorted(set(names)) != names:
        flaw = "variables in increasing order, at least one"
    elif any(factor == 0 for _, factor in terms) or gcd(*(factor for _, factor in terms)) != 1:
        flaw = "coprime coefficients that are not 0"
    elif terms[0][1] < 0:
        flaw = "a positive first coefficient"
    elif all(v.integer for v, _ in terms) and (strict or not isinstance(bound, int)):
        flaw = "an integer bound, not strict, over integers"
    if flaw:
        raise Rejection("atom", path, flaw, "an atom that is not in normal form")
    return Atom.of(terms, bound, strict=strict)


class Witness:
    """An assignment as it is written; it may serve many clause forms."""

    def __init__(self, value: Value) -> None:
        self.path = value.path
        self._values = {name: item.number() for name, item in value.entries().items()}

    def check(self, form: ClauseForm, formulas: Formulas) -> None:
        """Accept that the blocks of `form` are satisfiable, or raise a `Rejection`."""
        values = self._values
        if values.keys() != form.variables.keys():
            odd = min(values.keys() ^ form.variables.keys())
            raise Rejection("witness", self.path, "exactly the form's variables", ascii(odd[:80]))
        for name, variable in form.variables.items():
            value, low, high = values[name], variable.lower, variable.upper
            if (variable.integer and not isinstance(value, int)) or (
                (low is not None and value < low) or (high is not None and value > high)
            ):
                raise Rejection("witness", self.path, "a value of its domain", ascii(name[:80]))
        seen: dict[Formula, bool] = {}
        for index, formula in enumerate(form.block):
            if not _true(formula, values, seen, formulas):
                expected = f"asserted formula {index} to be true"
                raise Rejection("witness", self.path, expected, "a point where it is false")


def _true(
    formula: Formula, values: dict[str, Number], seen: dict[Formula, bool], formulas: Formulas
) -> bool:
    """The exact value of a formula at a point."""
    found = seen.get(formula)
    if found is not None:
        return found
    formulas.meter.spend(1)
    if formula.op == "not":
        found = not _true(formula.opposite, values, seen, formulas)
    elif formula.atom is not None:
        atom = formula.atom
        formulas.meter.spend(len(atom.terms))
        left = sum(c * values[variable.name] for variable, c in atom.terms)
        found = left < atom.bound if atom.strict else left <= atom.bound
    else:
        found = formula.op != "false" and all(
            _true(part, values, seen, formulas) for part in formula.parts
        )
    seen[formula] = found
    return found
