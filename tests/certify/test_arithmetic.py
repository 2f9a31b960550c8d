"""Exact arithmetic: sums, the simplex method, integer equations, and splits."""

import itertools
import random
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caio.base.exact import Rational
from caio.certify.arithmetic import Contradiction, Point, refute
from caio.certify.assembly import assemble
from caio.certify.atoms import AtomTable
from caio.certify.derivation import Derivation
from caio.certify.direct import decide_directly
from caio.certify.evaluate import satisfies
from caio.certify.farkas import contradiction
from caio.certify.lattice import obstruction
from caio.certify.proof import Model, proof_json
from caio.certify.rounding import round_to_integers
from caio.certify.simplex import Simplex
from caio.obligations.clauses import ClauseForm
from caio.obligations.formula import Formula, Literal, at_most, below, holds, negation
from tests.certify.forms import Problem, Scope, integer, knapsack, mixed, parity, real, scope_of
from tests.certify.rules import check_proof

randoms = st.randoms(use_true_random=False)
steady = settings(max_examples=60, deadline=None)

XY = scope_of(real("x"), real("y"), integer("n"))


def table_of(*formulas: Formula, scope: Scope = XY) -> AtomTable:
    """Atoms 1, 2, … for the formulas, which must be positive literals of different atoms."""
    return AtomTable(Problem([list(formulas)], scope).form())


def le(bound: Rational, **terms: int) -> Formula:
    named = {name: Fraction(value) for name, value in terms.items()}
    return at_most(named, -Fraction(bound), XY)


def lt(bound: Rational, **terms: int) -> Formula:
    return below({name: Fraction(value) for name, value in terms.items()}, -Fraction(bound), XY)


class TestFarkas:
    table = table_of(le(1, x=1), le(1, x=1, y=-1), lt(2, x=1), le(3, n=1), le(0, y=1))

    @pytest.mark.parametrize(
        ("pairs", "expected"),
        [
            ([(1, Fraction(1, 2)), (-3, Fraction(1, 2))], ((1, 1), (-3, 1))),
            ([(1, 6), (-3, 6)], ((1, 1), (-3, 1))),
            ([(1, 1), (1, 2), (-3, 3)], ((1, 1), (-3, 1))),
            ([(1, 1), (-3, 1), (4, 0)], ((1, 1), (-3, 1))),
            # Neither is strict, and the sum is 0 <= 0.
            ([(3, 1), (-3, 1)], None),
            ([(1, 1), (-2, 1)], None),
            ([(1, 1)], None),
            ([(4, 1), (-4, 1)], None),
            ([(1, -1), (-3, -1)], None),
            ([(1, 2), (-3, 1)], None),
            ([], None),
            ([(1, 0)], None),
            ([(99, 1), (-3, 1)], None),
        ],
    )
    def test_only_contradictions_pass(
        self, pairs: list[tuple[int, Rational]], expected: tuple[tuple[int, int], ...] | None
    ) -> None:
        assert contradiction(self.table, pairs) == expected

    def test_a_strict_inequality_makes_zero_a_contradiction(self) -> None:
        table = table_of(lt(2, x=1), le(2, x=1))
        assert contradiction(table, [(1, 1), (-2, 1)]) == ((1, 1), (-2, 1))
        assert contradiction(table, [(2, 1), (-1, 1)]) is None


def test_the_scale_of_a_literal_is_exact() -> None:
    table = table_of(le(3, n=1), lt(2, x=1))
    assert table.literal({"n": 2}, 7, strict=False) == (1, 2)
    assert table.literal({"n": Fraction(-1, 2)}, -2, strict=False) == (-1, Fraction(1, 2))
    assert table.literal({"x": -3}, -6, strict=False) == (-2, 3)
    assert table.literal({"x": 0}, 1, strict=True) is None
    assert table.literal({"unheard of": 1}, 1, strict=True) is None


def consistent(literals: list[int], table: AtomTable, point: dict[str, Fraction]) -> bool:
    return all(holds(table.atoms[abs(lit)], point) == (lit > 0) for lit in literals)


@steady
@given(randoms)
def test_the_simplex_method_finds_a_point_or_multipliers(rng: random.Random) -> None:
    form = mixed(rng).form()
    table = AtomTable(form)
    literals = [rng.choice([1, -1]) * number for number in form.atoms]
    simplex = Simplex(table, effort=10_000)
    asserted: list[int] = []
    for literal in literals:
        mark = simplex.mark()
        conflict = simplex.assert_literal(literal) or simplex.check()
        if conflict is None:
            asserted.append(literal)
            point = {name: Fraction(0) for name in form.variables} | dict(simplex.point())
            assert consistent(asserted, table, point)
        else:
            assert {literal for literal, _ in conflict} <= {*asserted, literal}
            assert contradiction(table, conflict) is not None
            simplex.back(mark)
    assert simplex.check() is None


matrices = st.integers(1, 3).flatmap(
    lambda width: st.lists(
        st.tuples(st.lists(st.integers(-6, 6), min_size=width, max_size=width), st.integers(-9, 9)),
        min_size=1,
        max_size=3,
    )
)


@given(matrices)
def test_an_obstruction_excludes_integer_solutions(rows: list[tuple[list[int], int]]) -> None:
    matrix = [row for row, _ in rows]
    right = [value for _, value in rows]
    found = obstruction(matrix, right)
    if found is not None:
        columns = zip(*matrix, strict=True)
        for column in columns:
            assert sum(u * a for u, a in zip(found, column, strict=True)).denominator == 1
        assert sum(u * b for u, b in zip(found, right, strict=True)).denominator != 1
    solvable = any(
        all(sum(a * v for a, v in zip(row, values, strict=True)) == value for row, value in rows)
        for values in itertools.product(range(-4, 5), repeat=len(matrix[0]))
    )
    assert not (solvable and found)


def unit_literals(form: ClauseForm) -> list[int]:
    return [clause[0] for clause in form.clauses if len(clause) == 1]


@steady
@given(randoms, st.sampled_from([knapsack, parity]))
def test_conjunctions_over_integers_are_refuted_or_satisfied(
    rng: random.Random, family: object
) -> None:
    problem = knapsack(rng) if family is knapsack else parity(rng)
    form = problem.form()
    derivation = Derivation(AtomTable(form))
    literals = [lit for lit in unit_literals(form) if abs(lit) in form.atoms]
    if derivation.refuted or any(-literal in literals for literal in literals):
        return
    outcome = refute(derivation, literals, nodes=500)
    if isinstance(outcome, Contradiction):
        derivation.propagate()
        check_proof(form, proof_json(assemble(derivation)))
    elif isinstance(outcome, Point):
        point = {name: outcome.values.get(name, Fraction(0)) for name in form.variables}
        assert all(value.denominator == 1 for value in point.values())
        assert consistent(literals, derivation.table, point)


def test_the_box_that_needs_many_splits_is_refuted() -> None:
    scope = scope_of(integer("a", 0, 6), integer("b", 0, 6))
    terms = {"a": Fraction(17), "b": Fraction(23)}
    # No a, b in the box with 98 <= 17a + 23b <= 100, although the rationals have plenty.
    low = negation(at_most(terms, Fraction(-97), scope))
    form = Problem([[low, at_most(terms, Fraction(-100), scope)]], scope).form()
    derivation = Derivation(AtomTable(form))
    outcome = refute(derivation, unit_literals(form), nodes=500)
    assert isinstance(outcome, Contradiction)
    derivation.propagate()
    proof = assemble(derivation)
    assert proof.atoms
    check_proof(form, proof_json(proof))


def test_a_search_without_nodes_gives_up() -> None:
    scope = scope_of(integer("a", 0, 6), integer("b", 0, 6))
    literal = at_most({"a": Fraction(1), "b": Fraction(1)}, Fraction(-3), scope)
    assert isinstance(literal, Literal)
    form = Problem([[literal]], scope).form()
    derivation = Derivation(AtomTable(form))
    assert refute(derivation, unit_literals(form), nodes=0) is None


def test_a_search_without_effort_gives_up() -> None:
    table = table_of(le(3, x=1, y=1), le(1, x=1), le(1, y=1))
    derivation = Derivation(table)
    assert refute(derivation, [-1, 2], effort=0) is None
    assert derivation.work > 0
    assert isinstance(refute(derivation, [-1, 2]), Point)


def test_a_corner_of_a_box_is_found_without_wandering() -> None:
    scope = scope_of(integer("fresh", 200, 2000), integer("output", 0, 500))
    cost = {"fresh": Fraction(660), "output": Fraction(3300)}
    dear = negation(at_most(cost, Fraction(-2_000_000), scope))
    form = Problem([[dear]], scope).form()
    decided = decide_directly(form, effort=2_000)
    assert isinstance(decided, Model)
    assert satisfies(form, decided.witness)


@steady
@given(randoms)
def test_rounded_points_are_common_points(rng: random.Random) -> None:
    form = mixed(rng).form()
    table = AtomTable(form)
    literals = [rng.choice([1, -1]) * number for number in form.atoms]
    point = {name: Fraction(rng.randint(-30, 30), 3) for name in form.variables}
    rounded = round_to_integers(table, point, literals)
    kept = [lit for lit in literals if consistent([lit], table, point)]
    if rounded is not None and kept == literals:
        assert consistent(literals, table, dict(rounded))
        for name, value in rounded.items():
            assert abs(value - point[name]) < 1
            assert value.denominator == 1 or not table.is_integral(name)
