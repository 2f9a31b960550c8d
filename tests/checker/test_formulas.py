"""Formulas, clause forms, proofs and witnesses against brute force over small domains."""

from fractions import Fraction
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caio.checker.formulas import FALSE, TRUE, Affine, Atom, ClauseForm, Formula, Formulas, Variable
from caio.checker.reader import Rejection, parse
from caio.checker.rules import Proof, Witness
from tests.checker.forge import Json, Satisfiable, dump, prove, truth

INTEGERS = [Variable(name, True, -2, 2) for name in "abc"]
REALS = [Variable(name, False, 0, 2) for name in "xy"]
HALVES = [Fraction(n, 2) for n in range(5)]

Point = dict[str, Fraction]
Tree = Any


def points(variables: list[Variable]) -> list[Point]:
    """Every point of the integers' domains, and the reals' at halves."""
    sides = [[Fraction(n) for n in range(-2, 3)] if v.integer else HALVES for v in variables]
    return [dict(zip((v.name for v in variables), point, strict=True)) for point in product(*sides)]


FACTORS = st.integers(-3, 3) | st.sampled_from([Fraction(1, 2), Fraction(-2, 3), Fraction(5, 4)])


@st.composite
def inequalities(draw: st.DrawFn, variables: list[Variable]) -> Tree:
    used = draw(st.lists(st.sampled_from(variables), min_size=1, max_size=3, unique=True))
    sides = tuple((variable, draw(FACTORS)) for variable in used)
    return "cmp", sides, draw(FACTORS), draw(st.booleans())


def trees(variables: list[Variable]) -> st.SearchStrategy[Tree]:
    atoms = inequalities(variables)
    integers = [variable for variable in variables if variable.integer]
    if integers:
        members = st.lists(st.integers(-3, 3), max_size=4, unique=True)
        atoms |= st.tuples(st.just("member"), st.sampled_from(integers), members)
    leaves = atoms | st.tuples(st.just("const"), st.booleans())
    return st.recursive(
        leaves,
        lambda inner: (
            st.tuples(st.just("not"), inner)
            | st.tuples(st.sampled_from(["and", "or"]), st.lists(inner, max_size=3))
        ),
        max_leaves=6,
    )


def build(tree: Tree, make: Formulas) -> Formula:
    match tree:
        case ("const", value):
            return TRUE if value else FALSE
        case ("not", inner):
            return build(inner, make).opposite
        case ("and", parts):
            return make.conjunction(build(part, make) for part in parts)
        case ("or", parts):
            return make.disjunction([build(part, make) for part in parts])
        case ("member", variable, values):
            return make.member(variable, values)
        case _:
            _, sides, bound, strict = tree
            terms = tuple(((variable,), factor) for variable, factor in sides)
            return make.compare(Affine(-bound, terms), strict)


def meaning(tree: Tree, point: Point) -> bool:
    """What the tree says of a point, without any normal form."""
    match tree:
        case ("const", value):
            return bool(value)
        case ("not", inner):
            return not meaning(inner, point)
        case ("and", parts):
            return all(meaning(part, point) for part in parts)
        case ("or", parts):
            return any(meaning(part, point) for part in parts)
        case ("member", variable, values):
            return point[variable.name] in values
        case _:
            _, sides, bound, strict = tree
            left = sum((factor * point[variable.name] for variable, factor in sides), Fraction(0))
            return bool(left < bound if strict else left <= bound)


ALL = INTEGERS + REALS
MIXED = INTEGERS[:2] + REALS[:1]


@settings(max_examples=300)
@given(trees(ALL))
def test_building_keeps_the_meaning(tree: Tree) -> None:
    formula = build(tree, Formulas(10**9))
    for point in points(ALL)[:: 1 + len(points(ALL)) // 200]:
        assert truth(formula, point) == meaning(tree, point)
        assert truth(formula.opposite, point) != meaning(tree, point)


@given(inequalities(ALL))
def test_normal_forms_are_normal(tree: Tree) -> None:
    formula = build(tree, Formulas(10**9))
    atom = (formula if formula.op == "atom" else formula.opposite).atom
    if atom is None:
        assert formula in (TRUE, FALSE)
        return
    names = [variable.name for variable, _ in atom.terms]
    assert names == sorted(set(names))
    assert atom.terms[0][1] > 0
    assert {type(factor) for _, factor in atom.terms} == {int}
    assert all(factor for _, factor in atom.terms)
    if all(variable.integer for variable, _ in atom.terms):
        assert isinstance(atom.bound, int)
        assert not atom.strict


@given(inequalities(ALL), st.sampled_from([1, 2, 3, Fraction(1, 3)]))
def test_equal_inequalities_are_one_object(tree: Tree, scale: Fraction) -> None:
    make = Formulas(10**9)
    kind, sides, bound, strict = tree
    scaled = (
        kind,
        tuple((v, factor * scale) for v, factor in reversed(sides)),
        bound * scale,
        strict,
    )
    negated = kind, tuple((v, -factor) for v, factor in sides), -bound, not strict
    assert build(tree, make) is build(scaled, make)
    assert build(tree, make) is build(negated, make).opposite


@settings(max_examples=150)
@given(st.lists(trees(MIXED), min_size=1, max_size=3), st.lists(trees(MIXED), max_size=2))
def test_clause_forms_have_the_models_of_their_blocks(
    first: list[Tree], second: list[Tree]
) -> None:
    make = Formulas(10**9)
    blocks = [tuple(build(tree, make) for tree in block) for block in (first, second)]
    form = ClauseForm(make, *blocks)
    numbers = {number: formula for formula, number in form.numbers.items()}
    assert sorted(numbers) == list(range(1, len(form.atoms)))
    for point in points(MIXED):
        values = {number: truth(formula, point) for number, formula in numbers.items()}
        satisfied = all(
            any(values[abs(literal)] == (literal > 0) for literal in clause)
            for clause in form.clauses[1:]
        )
        assert satisfied == all(meaning(tree, point) for tree in first + second)


@settings(max_examples=150)
@given(st.lists(trees(MIXED), min_size=1, max_size=3))
def test_gates_are_fixed_by_their_atoms(block: list[Tree]) -> None:
    """A model of the clauses gives every gate the value of its formula: nothing is left open."""
    make = Formulas(10**9)
    form = ClauseForm(make, tuple(build(tree, make) for tree in block))
    for formula, number in form.numbers.items():
        if formula.op == "and":
            literals = [
                form.numbers.get(part) or -form.numbers[part.opposite] for part in formula.parts
            ]
            for literal in literals:
                assert literal in {-own for own in literals} or (-number, literal) in form.clauses
            long = (number, *(-literal for literal in literals))
            assert long in form.clauses or any(-literal in long for literal in long)


def accepted(kind: type[Proof | Witness], written: Json, form: ClauseForm, make: Formulas) -> bool:
    try:
        kind(parse(dump(written), "proof")).check(form, make)
    except Rejection:
        return False
    return True


@settings(max_examples=150, deadline=None)
@given(st.lists(trees(MIXED), min_size=1, max_size=3), st.data())
def test_an_accepted_proof_leaves_no_point(block: list[Tree], data: st.DataObject) -> None:
    """Good proofs are accepted; no proof, forged or damaged, of what has a point."""
    make = Formulas(10**9)
    form = ClauseForm(make, tuple(build(tree, make) for tree in block))
    possible = any(all(meaning(tree, point) for tree in block) for point in points(MIXED))
    try:
        proof = prove(form)
        assert not possible
        assert accepted(Proof, proof, form, make)
    except Satisfiable:
        proof = {"atoms": [], "steps": [["rup", [], [1]]]}
    for _ in range(10):
        steps = [list(step) for step in proof["steps"]]
        at = data.draw(st.integers(0, len(steps) - 1))
        literal = st.integers(-len(form.atoms), len(form.atoms))
        rup = st.tuples(
            st.just("rup"), st.lists(literal, max_size=3), st.lists(literal, max_size=4)
        )
        pairs = st.lists(st.tuples(literal, st.sampled_from(["1", "2", "3"])), max_size=3)
        steps[at] = data.draw(
            st.just(steps[at]) | rup.map(list) | pairs.map(lambda listed: ["farkas", listed])
        )
        forged = {"atoms": proof["atoms"], "steps": steps}
        assert not (accepted(Proof, forged, form, make) and possible)


@settings(max_examples=200, deadline=None)
@given(st.lists(trees(MIXED), min_size=1, max_size=3), st.sampled_from(points(MIXED)))
def test_a_witness_is_accepted_iff_it_is_one(block: list[Tree], point: Point) -> None:
    make = Formulas(10**9)
    form = ClauseForm(make, tuple(build(tree, make) for tree in block))
    written = {name: str(point[name]) for name in form.variables}
    # Variables that dropped out of the formula do not matter to it.
    assert accepted(Witness, written, form, make) == all(meaning(tree, point) for tree in block)
    for name in form.variables:
        assert not accepted(Witness, {k: v for k, v in written.items() if k != name}, form, make)
        assert not accepted(Witness, {**written, name: "5/2"}, form, make)
    assert not accepted(Witness, {**written, "z": "0"}, form, make)


def test_a_fresh_atom_that_is_not_normal_would_refute_what_has_a_point() -> None:
    """Read as 2a ≥ 2, the negation of 2a ≤ 1 would leave out points; so it has no literal."""
    make = Formulas(10**6)
    a = INTEGERS[0]
    form = ClauseForm(make, (make.compare(Affine(-1, (((a,), 1),))),))
    for terms, bound in (([["a", "2"]], "1"), ([["a", "1"]], "1/2"), ([["a", "-1"]], "0")):
        fresh = {"atoms": [[terms, bound, False]], "steps": [["rup", [], [1]]]}
        with pytest.raises(Rejection) as caught:
            Proof(parse(dump(fresh), "proof")).check(form, make)
        assert caught.value.code == "atom"


def test_two_variables_of_one_name_make_two_atoms() -> None:
    """Documents of two vocabularies share a table of formulas."""
    make = Formulas(10**6)
    integer, real = Variable("a", True, 0, 1), Variable("a", False, 0, 1)
    own = [make.compare(Affine(-1, (((v,), 2),))) for v in (integer, real)]
    assert own[0] is not own[1]
    assert [f.atom and f.atom.bound for f in own] == [0, Fraction(1, 2)]


def huge(digits: int) -> int:
    return int("9" * digits)


def test_normal_forms_hold_numbers_of_512_digits_and_no_more() -> None:
    make = Formulas(10**9)
    x, y = REALS
    assert make.compare(Affine(0, (((x,), huge(512)), ((y,), 1)))).atom
    for factor, other in ((huge(513), 1), (huge(512), Fraction(1, 2)), (1, Fraction(1, huge(512)))):
        with pytest.raises(Rejection) as caught:
            make.compare(Affine(Fraction(1, 7), (((x,), factor), ((y,), other))))
        assert caught.value.code == "limit"


def test_many_coprime_denominators_are_refused_early() -> None:
    variables = [Variable(f"x{i:05}", False) for i in range(3000)]
    primes = [int("1" * 300 + f"{i:05}7") for i in range(3000)]
    sides = tuple(((v,), Fraction(1, p)) for v, p in zip(variables, primes, strict=True))
    with pytest.raises(Rejection) as caught:
        Formulas(10**9).compare(Affine(0, sides))
    assert caught.value.code == "limit"


def test_a_sum_of_long_fractions_is_paid_for() -> None:
    """Each addition makes the sum's denominator longer; the budget ends it."""
    make = Formulas(10**6)
    rows: list[Json] = []
    block = []
    for i in range(400):
        x = Variable(f"x{i:04}", False)
        bound = Fraction(1, int("1" * 400 + f"{i:04}7"))
        block.append(make.compare(Affine(-bound, (((x,), 1),))))
        rows.append([i + 1, "1"])
    form = ClauseForm(Formulas(10**9), tuple(block))
    proof = Proof(parse(dump({"atoms": [], "steps": [["farkas", rows]]}), "proof"))
    with pytest.raises(Rejection) as caught:
        proof.check(form, Formulas(10**5))
    assert caught.value.code == "budget"


def test_the_budget_is_exact() -> None:
    def spend(budget: int) -> int:
        make = Formulas(budget)
        block = [make.member(INTEGERS[0], [-2, 0, 2]), make.holds(INTEGERS[1])]
        ClauseForm(make, tuple(block))
        return make.spent

    cost = spend(10**6)
    assert spend(cost) == cost
    with pytest.raises(Rejection) as caught:
        spend(cost - 1)
    assert caught.value.code == "budget"


def test_atoms_read_back_as_their_inequalities() -> None:
    x, a = REALS[0], INTEGERS[0]
    assert Atom(((a, 2), (x, 1)), 3, False, 1).inequality(-4) == (-1, -3, True)
    assert Atom(((x, 1),), 3, True, 1).inequality(-4) == (-1, -3, False)
    assert Atom(((a, 1),), 3, False, 1).inequality(-4) == (-1, -4, False)
    assert Atom(((a, 1),), 3, False, 1).inequality(4) == (1, 3, False)
