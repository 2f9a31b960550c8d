"""The two proof rules and the witness rule of the specification, written apart from the product.

Slow and plain on purpose: this is the oracle that judges what `caio.certify` produces, from JSON.
"""

from collections.abc import Mapping
from fractions import Fraction
from math import gcd
from typing import Any

from caio.obligations.clauses import ClauseForm
from caio.obligations.formula import Sort

Row = tuple[dict[str, Fraction], Fraction, bool]


class RejectedError(Exception):
    """A proof or witness that breaks a rule."""


def require(condition: bool, message: str) -> None:
    if not condition:
        raise RejectedError(message)


def check_proof(form: ClauseForm, proof: Any) -> None:
    """Raise unless the JSON proof refutes the clause form."""
    require(set(proof) == {"atoms", "steps"}, "fields")
    atoms: dict[int, tuple[tuple[tuple[str, int], ...], Fraction, bool]] = {
        number: (atom.terms, Fraction(atom.bound), atom.strict)
        for number, atom in form.atoms.items()
    }
    for position, (terms, bound, strict) in enumerate(proof["atoms"], start=form.size + 1):
        atom = (tuple((name, int(value)) for name, value in terms), Fraction(bound), strict)
        require_normal(form, *atom)
        require(atom not in atoms.values(), "a fresh atom that is not fresh")
        atoms[position] = atom
    clauses = dict(enumerate(form.clauses, start=1))
    require(bool(proof["steps"]), "no step")
    for index, (rule, *rest) in enumerate(proof["steps"]):
        if rule == "farkas":
            clause = farkas(form, atoms, rest[0])
        else:
            require(rule == "rup", "an unknown rule")
            clause = rup(clauses, len(atoms) and max(form.size, *atoms), rest[0], rest[1])
        require((not clause) == (index == len(proof["steps"]) - 1), "the empty clause comes last")
        clauses[len(clauses) + 1] = clause


def require_normal(
    form: ClauseForm, terms: tuple[tuple[str, int], ...], bound: Fraction, strict: bool
) -> None:
    names = [name for name, _ in terms]
    require(bool(names) and names == sorted(set(names)), "names in order")
    require(set(names) <= set(form.variables), "known names")
    require(all(value for _, value in terms) and terms[0][1] > 0, "coefficients")
    require(gcd(*(value for _, value in terms)) == 1, "coprime")
    if all(form.variables[name].sort is Sort.INT for name in names):
        require(bound.denominator == 1 and not strict, "integral")


def reading(form: ClauseForm, atoms: Mapping[int, Any], literal: int) -> Row:
    require(abs(literal) in atoms, "a literal of an atom")
    terms, bound, strict = atoms[abs(literal)]
    if literal > 0:
        return {name: Fraction(value) for name, value in terms}, bound, strict
    negated = {name: Fraction(-value) for name, value in terms}
    if all(form.variables[name].sort is Sort.INT for name, _ in terms):
        return negated, -bound - 1, False
    return negated, -bound, not strict


def farkas(form: ClauseForm, atoms: Mapping[int, Any], pairs: Any) -> tuple[int, ...]:
    require(bool(pairs), "a pair")
    literals = [literal for literal, _ in pairs]
    require(len({abs(literal) for literal in literals}) == len(literals), "distinct atoms")
    total: dict[str, Fraction] = {}
    limit = Fraction(0)
    strict = False
    for literal, text in pairs:
        times = int(text)
        require(times > 0 and str(times) == text, "a positive integer")
        terms, bound, sharp = reading(form, atoms, literal)
        for name, value in terms.items():
            total[name] = total.get(name, Fraction(0)) + times * value
        limit += times * bound
        strict = strict or sharp
    require(not any(total.values()), "the variables vanish")
    require(limit < 0 or (limit == 0 and strict), "a contradiction remains")
    return tuple(-literal for literal in literals)


def rup(
    clauses: Mapping[int, tuple[int, ...]], size: int, clause: Any, hints: Any
) -> tuple[int, ...]:
    require(all(0 < abs(literal) <= size for literal in clause), "known literals")
    require(len({abs(literal) for literal in clause}) == len(clause), "distinct literals")
    true = {-literal for literal in clause}
    for place, hint in enumerate(hints):
        require(hint in clauses, "an earlier clause")
        free = [literal for literal in clauses[hint] if -literal not in true]
        require(len(free) <= 1, "a unit")
        if not free:
            require(place == len(hints) - 1, "the conflict comes last")
            return tuple(clause)
        require(free[0] not in true, "unassigned")
        true.add(free[0])
    raise RejectedError("no conflict")
