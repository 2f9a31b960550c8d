"""Proofs and verdicts as values (``docs/spec/certificate-v1.md`` sections 6 and 7)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any, Final, TypeAlias

from caio.base.canonical import Json, canonical_bytes
from caio.base.exact import exact
from caio.base.numbers import MAX_DIGITS, format_number, parse_number
from caio.obligations.formula import Atom

_MAX_BITS: Final = 3 * MAX_DIGITS
"""A number of so many bits, numerator and denominator together, has less than `MAX_DIGITS` digits."""


@dataclass(frozen=True, slots=True)
class Farkas:
    """Positive multiples of literals, read as inequalities, that sum to a contradiction.

    Derives the clause of the negated literals.
    """

    pairs: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Rup:
    """A clause whose negation the hinted clauses propagate to a conflict, in the order given."""

    clause: tuple[int, ...]
    hints: tuple[int, ...]


Step: TypeAlias = Farkas | Rup


@dataclass(frozen=True, slots=True)
class Proof:
    """Fresh atoms and steps, the last of which derives the empty clause."""

    atoms: tuple[Atom, ...]
    steps: tuple[Step, ...]


@dataclass(frozen=True)
class Refutation:
    """The clause form is unsatisfiable, and this is why."""

    proof: Proof

    @cached_property
    def text(self) -> bytes:
        """The canonical bytes of the proof."""
        return canonical_bytes(proof_json(self.proof))


@dataclass(frozen=True)
class Model:
    """The clause form is satisfiable: every clause is true at this point, by exact evaluation."""

    witness: Mapping[str, Fraction]

    @cached_property
    def text(self) -> bytes:
        """The canonical bytes of the witness."""
        return canonical_bytes(witness_json(self.witness))


@dataclass(frozen=True, slots=True)
class Unknown:
    """Neither a proof nor a model was found within the budget."""

    reason: str


Decided: TypeAlias = Refutation | Model | Unknown


def sayable(decided: Refutation | Model) -> Decided:
    """The same, or *unknown* if it needs a number longer than a certificate may hold."""
    values: Iterable[Fraction | int]
    if isinstance(decided, Refutation):
        values = _numbers(decided.proof)
    else:
        values = decided.witness.values()
    for value in values:
        bits = value.numerator.bit_length() + value.denominator.bit_length()
        if bits > _MAX_BITS:
            return Unknown("the evidence needs a number that is too long for a certificate")
    return decided


def _numbers(proof: Proof) -> Iterator[Fraction | int]:
    for step in proof.steps:
        if isinstance(step, Farkas):
            yield from (times for _, times in step.pairs)
    for atom in proof.atoms:
        yield atom.bound
        yield from (coefficient for _, coefficient in atom.terms)


def proof_json(proof: Proof) -> Json:
    """The proof as the JSON of section 6."""
    return {
        "atoms": [
            [
                [[name, format_number(coefficient)] for name, coefficient in atom.terms],
                format_number(atom.bound),
                atom.strict,
            ]
            for atom in proof.atoms
        ],
        "steps": [_step_json(step) for step in proof.steps],
    }


def _step_json(step: Step) -> Json:
    if isinstance(step, Farkas):
        return ["farkas", [[literal, format_number(times)] for literal, times in step.pairs]]
    return ["rup", list(step.clause), list(step.hints)]


def proof_of(value: Any) -> Proof:
    """The proof that this JSON of section 6 writes; whether it proves anything is for the checker to say.

    Raises:
        InputError, ValueError, TypeError, LookupError: it is no such JSON.
    """
    atoms = tuple(
        Atom(
            tuple((name, int(parse_number(factor))) for name, factor in terms),
            exact(parse_number(bound)),
            strict,
        )
        for terms, bound, strict in value["atoms"]
    )
    return Proof(atoms, tuple(_step_of(step) for step in value["steps"]))


def _step_of(step: Any) -> Step:
    if step[0] == "farkas":
        return Farkas(tuple((literal, int(parse_number(times))) for literal, times in step[1]))
    _, clause, hints = step
    return Rup(tuple(clause), tuple(hints))


def witness_json(witness: Mapping[str, Fraction]) -> Json:
    """The witness as the JSON of section 7, in the order of names."""
    return {name: format_number(witness[name]) for name in sorted(witness)}
