"""Random formulas of the fragment, and the families that solvers find hard or large."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

from caio.obligations.clauses import ClauseForm, clause_form
from caio.obligations.formula import (
    Formula,
    Sort,
    Variable,
    conjunction,
    disjunction,
    implication,
    negation,
    normalise,
    zero,
)

Scope = dict[str, Variable]


@dataclass(frozen=True)
class Problem:
    """An obligation as formulas, from which both its clause form and its SMT-LIB text come."""

    blocks: list[list[Formula]]
    scope: Scope

    def form(self) -> ClauseForm:
        return clause_form(self.blocks, self.scope)


def boolean(name: str) -> Variable:
    return Variable(name, Sort.INT, Fraction(0), Fraction(1))


def integer(name: str, lower: int | None = None, upper: int | None = None) -> Variable:
    return Variable(name, Sort.INT, *(None if b is None else Fraction(b) for b in (lower, upper)))


def real(name: str, lower: int | None = None, upper: int | None = None) -> Variable:
    return Variable(name, Sort.REAL, *(None if b is None else Fraction(b) for b in (lower, upper)))


def scope_of(*variables: Variable) -> Scope:
    return {variable.name: variable for variable in variables}


def random_scope(rng: random.Random) -> Scope:
    kinds: list[Callable[[str], Variable]] = [
        boolean,
        lambda name: integer(name, 0, rng.randint(1, 6)),
        lambda name: integer(name, rng.randint(-9, 0), None),
        integer,
        lambda name: real(name, 0, rng.randint(1, 9)),
        lambda name: real(name, None, rng.randint(0, 9)),
        real,
    ]
    return scope_of(*(rng.choice(kinds)(f"x.{i}") for i in range(rng.randint(1, 6))))


def random_atom(rng: random.Random, scope: Scope) -> Formula:
    width = rng.choice([1, 1, 1, 2, 2, 3])
    names = rng.sample(sorted(scope), min(width, len(scope)))
    terms = {
        name: Fraction(rng.choice([-3, -2, -1, 1, 1, 2, 5]), rng.choice([1, 1, 2, 3]))
        for name in names
    }
    bound = Fraction(rng.randint(-8, 12), rng.choice([1, 1, 1, 2, 7]))
    if rng.random() < 0.25:
        return zero(terms, -bound, scope)
    return normalise(terms, bound, scope, strict=rng.random() < 0.3)


def random_formula(rng: random.Random, scope: Scope, depth: int) -> Formula:
    if depth == 0 or rng.random() < 0.3:
        atom = random_atom(rng, scope)
        return negation(atom) if rng.random() < 0.4 else atom
    parts = [random_formula(rng, scope, depth - 1) for _ in range(rng.randint(2, 3))]
    return rng.choice([conjunction, disjunction])(parts)


def arbitrary(rng: random.Random) -> Problem:
    scope = random_scope(rng)
    blocks = [
        [random_formula(rng, scope, rng.randint(0, 3)) for _ in range(rng.randint(1, 6))]
        for _ in range(rng.randint(1, 2))
    ]
    return Problem(blocks, scope)


def knapsack(rng: random.Random) -> Problem:
    """An integer equation over a box, often without a solution."""
    scope = scope_of(*(integer(f"n{i}", 0, rng.randint(1, 8)) for i in range(rng.randint(2, 4))))
    terms = {name: Fraction(rng.randint(3, 40)) for name in scope}
    return Problem([[zero(terms, -Fraction(rng.randint(1, 200)), scope)]], scope)


def parity(rng: random.Random) -> Problem:
    """Linear systems modulo two over unbounded integers."""
    count = rng.randint(2, 5)
    scope = scope_of(*(integer(f"n{i}") for i in range(count)))
    formulas = []
    for _ in range(rng.randint(2, 5)):
        terms = {name: Fraction(rng.choice([0, 1, 1, 2, -1, 3])) for name in scope}
        formulas.append(zero(terms, -Fraction(rng.randint(0, 7)), scope))
    doubled = {name: Fraction(2 * rng.randint(1, 3)) for name in scope}
    formulas.append(zero(doubled, -Fraction(rng.randint(0, 9)), scope))
    return Problem([formulas], scope)


def mixed(rng: random.Random) -> Problem:
    """Integers that meet reals in sums with equations and strict bounds."""
    scope = scope_of(
        *(integer(f"n{i}", -5, 5) for i in range(3)), *(real(f"r{i}", -9, 9) for i in range(3))
    )
    formulas: list[Formula] = []
    for _ in range(rng.randint(3, 9)):
        names = rng.sample(sorted(scope), rng.randint(2, 3))
        terms = {name: Fraction(rng.choice([-7, -3, -2, 2, 3, 5])) for name in names}
        bound = Fraction(rng.randint(-20, 20), rng.choice([1, 2, 3]))
        first = (
            zero(terms, -bound, scope)
            if rng.random() < 0.4
            else normalise(terms, bound, scope, strict=rng.random() < 0.5)
        )
        second = random_atom(rng, scope)
        formulas.append(first if rng.random() < 0.6 else disjunction([first, negation(second)]))
    return Problem([formulas], scope)


def interval_argmax(services: int, *, features: int = 4, seed: int = 7) -> Problem:
    """Some service beats the best one, although all features are confined to intervals: refuted."""
    rng = random.Random(seed)
    variables: list[Variable] = []
    formulas: list[Formula] = []
    rivals: list[Formula] = []
    weights = [Fraction(rng.randint(1, 9), 10) for _ in range(features)]

    def bounded(name: str, low: Fraction, high: Fraction) -> list[Formula]:
        return [
            normalise({name: Fraction(-1)}, -low, scope, strict=False),
            normalise({name: Fraction(1)}, high, scope, strict=False),
        ]

    names = {
        (service, feature): f"s{service}.f{feature}"
        for service in range(services)
        for feature in range(features)
    }
    variables.extend(real(name) for name in names.values())
    variables.extend(boolean(f"s{service}.up") for service in range(services))
    scope = scope_of(*variables)
    for (service, _), name in names.items():
        low = Fraction(90) if service == 0 else Fraction(rng.randint(0, 50))
        up = normalise({f"s{service}.up": Fraction(-1)}, Fraction(-1), scope, strict=False)
        formulas.extend(
            bound if service == 0 else implication(up, bound)
            for bound in bounded(name, low, low + rng.randint(1, 9))
        )
    for service in range(1, services):
        terms: dict[str, Fraction] = {}
        for feature, weight in enumerate(weights):
            terms[names[0, feature]] = weight
            terms[names[service, feature]] = -weight
        up = normalise({f"s{service}.up": Fraction(-1)}, Fraction(-1), scope, strict=False)
        rivals.append(conjunction([up, normalise(terms, Fraction(0), scope, strict=True)]))
    formulas.append(disjunction(rivals))
    return Problem([formulas], scope)


FAMILIES: dict[str, Callable[[random.Random], Problem]] = {
    "arbitrary": arbitrary,
    "knapsack": knapsack,
    "parity": parity,
    "mixed": mixed,
}
