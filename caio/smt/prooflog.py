"""Z3's proof log as a sequence of inferences over numbered literals.

The log of Z3's `sat.euf` core is a text of definitions `(define-const $7 Bool (<= v1 9))`, inputs
`(assume …)` and steps `(infer literal… hint)`. A hint names a rule and its premises. Nothing here is
trusted or complete: a literal that cannot be read is left out, and the elaborator makes of the rest
what it can check.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Final, Protocol, TypeAlias

from caio.base.exact import Rational, exact
from caio.smt.sexpr import SyntaxTreeError, Tree, is_numeral, numeral, parse


class LiteralOf(Protocol):
    """Numbers `Σ cᵢ·xᵢ ≤ k` (or `<`): gives a literal and the s > 0 with `inequality = s · literal`."""

    def __call__(
        self, terms: Mapping[str, Rational], bound: Rational, *, strict: bool
    ) -> tuple[int, Rational] | None:
        """The literal, or None if there is none."""


@dataclass(frozen=True, slots=True)
class Premise:
    """A literal of a hint with its coefficient.

    One literal if it is an inequality or a gate; two (`≤` and `≥`) if it is an equation; none if it
    cannot be said in literals.
    """

    coefficient: Rational
    literals: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Inference:
    """One step: the clause it infers (None if unreadable) and the premises of its hint."""

    clause: tuple[int, ...] | None
    premises: tuple[Premise, ...]


_STATEMENT: Final = re.compile(r"\n(?=\()")
_DEFINITION: Final = re.compile(r"\(define-const (\S+) \S+ (.*)\)\s*", re.DOTALL)
_Reading: TypeAlias = tuple[tuple[int, ...], Rational]
_UNREADABLE: Final[tuple[int, ...]] = ()


class LogReader:
    """Reads one log.

    Args:
        variables: from a symbol of the script to the variable's name.
        literal_of: numbers an inequality.
    """

    def __init__(self, variables: Mapping[str, str], literal_of: LiteralOf) -> None:
        self._variables = variables
        self._literal_of = literal_of
        self._definitions: dict[str, str] = {}
        self._trees: dict[str, Tree] = {}
        self._sums: dict[str, dict[str | None, Rational]] = {}
        self._literals: dict[str, _Reading] = {}

    def inferences(self, text: str) -> Iterator[Inference]:
        """The steps of the log, in order; statements that make no sense are left out."""
        for statement in _STATEMENT.split(text):
            if statement.startswith("(define-const "):
                found = _DEFINITION.fullmatch(statement)
                if found is not None:
                    self._definitions[found[1]] = found[2]
            elif statement.startswith("(infer "):
                try:
                    step = self._inference(statement)
                except (SyntaxTreeError, RecursionError):
                    continue
                if step is not None:
                    yield step

    def _inference(self, statement: str) -> Inference | None:
        match parse(statement):
            case [["infer", *parts, hint]]:
                pass
            case _:
                return None
        groups = [self._literal(part)[0] for part in parts]
        # An equation in a clause is a conjunction of literals, which a clause cannot hold.
        readable = all(len(literals) == 1 for literals in groups)
        clause = tuple(literals[0] for literals in groups) if readable else None
        tree = self._resolve(hint)
        premises = self._premises(tree[1:]) if isinstance(tree, list) else ()
        return Inference(clause, premises)

    def _premises(self, arguments: list[Tree]) -> tuple[Premise, ...]:
        found = []
        coefficient: Rational = 1
        for argument in arguments:
            if isinstance(argument, str) and is_numeral(argument):
                coefficient = numeral(argument)
                continue
            literals, scale = self._literal(argument)
            product = coefficient * scale
            found.append(Premise(product if product > 0 else -product, literals))
            coefficient = 1
        return tuple(found)

    def _resolve(self, tree: Tree) -> Tree:
        """A definition's body in place of its name."""
        if not isinstance(tree, str) or tree not in self._definitions:
            return tree
        body = self._trees.get(tree)
        if body is None:
            parsed = parse(self._definitions[tree])
            if len(parsed) != 1:
                raise SyntaxTreeError(f"`{tree}` is defined by {len(parsed)} terms")
            body = self._trees[tree] = parsed[0]
        return body

    def _literal(self, tree: Tree) -> _Reading:
        """The literals that a Boolean term stands for, and the scale of the first."""
        if isinstance(tree, str):
            reading = self._literals.get(tree)
            if reading is None:
                reading = self._literals[tree] = self._read(self._resolve(tree))
            return reading
        return self._read(tree)

    def _read(self, tree: Tree) -> _Reading:
        match tree:
            case str(symbol):
                if symbol[0] == "g" and symbol[1:].isdigit():
                    return (int(symbol[1:]),), 1
            case ["not", inner]:
                literals, scale = self._literal(inner)
                # The negation of an equation is a disjunction, which no set of literals says.
                return ((-literals[0],) if len(literals) == 1 else _UNREADABLE), scale
            case ["=", left, right] if self._is_arithmetic(left):
                return self._equation(left, right)
            case [("<=" | "<" | ">=" | ">") as relation, left, right]:
                return self._inequality(relation, left, right)
        return _UNREADABLE, 1

    def _is_arithmetic(self, tree: Tree) -> bool:
        try:
            self._sum(tree)
        except SyntaxTreeError:
            return False
        return True

    def _equation(self, left: Tree, right: Tree) -> _Reading:
        first, scale = self._inequality("<=", left, right)
        second, _ = self._inequality(">=", left, right)
        return (first + second if first and second else _UNREADABLE), scale

    def _inequality(self, relation: str, left: Tree, right: Tree) -> _Reading:
        if relation in (">=", ">"):
            left, right = right, left
        terms = dict(self._sum(left))
        for name, coefficient in self._sum(right).items():
            terms[name] = terms.get(name, 0) - coefficient
        bound = -terms.pop(None, 0)
        named = {name: value for name, value in terms.items() if name is not None and value}
        found = self._literal_of(named, bound, strict=relation in ("<", ">"))
        return (_UNREADABLE, 1) if found is None else ((found[0],), found[1])

    def _sum(self, tree: Tree) -> dict[str | None, Rational]:
        """A linear term as coefficients; the constant is that of None."""
        if not isinstance(tree, str):
            return self._combine(tree)
        if tree in self._definitions:
            if tree not in self._sums:
                self._sums[tree] = self._sum(self._resolve(tree))
            return self._sums[tree]
        if is_numeral(tree):
            return {None: numeral(tree)}
        if tree in self._variables:
            return {self._variables[tree]: 1}
        raise SyntaxTreeError(f"`{tree}` is no variable")

    def _combine(self, tree: list[Tree]) -> dict[str | None, Rational]:
        match tree:
            case ["to_real", inner]:
                return self._sum(inner)
            case ["-", inner]:
                return _scaled(self._sum(inner), -1)
            case [("+" | "-") as sign, first, *others]:
                total = dict(self._sum(first))
                for other in others:
                    for name, value in self._sum(other).items():
                        change = value if sign == "+" else -value
                        total[name] = exact(total.get(name, 0) + change)
                return total
            case ["*", left, right]:
                one, two = self._sum(left), self._sum(right)
                if not one.keys() - {None}:
                    return _scaled(two, one.get(None, 0))
                if not two.keys() - {None}:
                    return _scaled(one, two.get(None, 0))
            case ["/", top, bottom]:
                divisor = self._sum(bottom)
                if not divisor.keys() - {None} and divisor.get(None):
                    return _scaled(self._sum(top), Fraction(1) / divisor[None])
        raise SyntaxTreeError("a term that is not linear")


def _scaled(terms: Mapping[str | None, Rational], factor: Rational) -> dict[str | None, Rational]:
    return {name: exact(value * factor) for name, value in terms.items()}
