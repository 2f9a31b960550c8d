"""Propagation against a naive oracle; derivations that hold and keep only what they need."""

import random
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caio.base.errors import InternalError
from caio.certify.assembly import assemble
from caio.certify.atoms import AtomTable
from caio.certify.derivation import Derivation
from caio.certify.elaborate import elaborate
from caio.certify.evaluate import satisfies
from caio.certify.proof import Farkas, Rup, proof_json
from caio.certify.propagation import Propagator
from caio.obligations.clauses import ClauseForm
from caio.obligations.formula import Atom, Sort, Variable, evaluate
from caio.smt.prooflog import Inference, Premise
from tests.certify.forms import FAMILIES
from tests.certify.rules import check_proof

Clauses = list[tuple[int, ...]]

literals = st.integers(1, 8).flatmap(lambda number: st.sampled_from([number, -number]))
clauses = st.lists(literals, min_size=1, max_size=4, unique_by=abs).map(tuple)


def closure(formulas: Clauses, assumed: list[int]) -> set[int] | None:
    """What unit propagation implies, by rereading all clauses until nothing changes."""
    true = set(assumed)
    while True:
        before = len(true)
        for clause in formulas:
            free = [literal for literal in clause if -literal not in true]
            if not free:
                return None
            if len(free) == 1:
                true.add(free[0])
        if len(true) == before:
            return true


@given(st.lists(clauses, max_size=25), st.lists(literals, max_size=4, unique_by=abs))
def test_propagation_is_the_least_closure(formulas: Clauses, assumed: list[int]) -> None:
    propagator = Propagator(formulas)
    conflict = propagator.propagate()
    expected = closure(formulas, [])
    assert (conflict is None) == (expected is not None)
    taken: list[int] = []
    for literal in assumed:
        if conflict is not None or literal in propagator.true or -literal in propagator.true:
            continue
        assert propagator.true == expected
        propagator.assume(literal)
        taken.append(literal)
        conflict = propagator.propagate()
        expected = closure(formulas, taken)
        assert (conflict is None) == (expected is not None)
    if closure(formulas, []) is not None:
        propagator.undo(0)
        assert propagator.true == closure(formulas, [])
        # Undoing leaves the watches fit for the same questions again.
        assert propagator.propagate() is None


@given(st.lists(clauses, max_size=12), st.lists(clauses, max_size=12), literals)
def test_clauses_may_come_at_any_time(first: Clauses, second: Clauses, literal: int) -> None:
    propagator = Propagator(first)
    if propagator.propagate() is not None or abs(literal) in map(abs, propagator.true):
        return
    propagator.assume(literal)
    if propagator.propagate() is None:
        for clause in second:
            propagator.add(clause)
        conflict = propagator.propagate()
        assert (conflict is None) == (closure(first + second, [literal]) is not None)
        propagator.undo(0)
        conflict = propagator.propagate()
        assert (conflict is None) == (closure(first + second, []) is not None)


def booleans(formulas: Clauses, size: int) -> ClauseForm:
    """Clauses over the atoms `b<i> <= 0`."""
    variables = {
        f"b{number}": Variable(f"b{number}", Sort.INT, None, None) for number in range(1, size + 1)
    }
    atoms = {
        number: Atom(((f"b{number}", 1),), Fraction(0), False) for number in range(1, size + 1)
    }
    return ClauseForm(atoms, size, tuple(formulas), variables)


@settings(deadline=None)
@given(st.lists(clauses, min_size=10, max_size=45), st.lists(clauses, max_size=12))
def test_only_what_follows_is_derived(formulas: Clauses, wanted: Clauses) -> None:
    form = booleans(formulas, 8)
    derivation = Derivation(AtomTable(form))
    known = list(formulas)
    for clause in wanted:
        follows = closure(known, [-literal for literal in clause]) is None
        assert derivation.rup(clause) == follows
        if follows:
            known.append(clause)
    derivation.rup(())
    if derivation.refuted:
        check_proof(form, proof_json(assemble(derivation)))


def test_a_proof_keeps_only_what_it_needs() -> None:
    form = booleans([(1, 2), (1, -2), (-1, 3), (-1, -3), (4, 5), (4, -5)], 8)
    derivation = Derivation(AtomTable(form))
    assert derivation.rup((4,))
    assert derivation.rup((1, 6))
    assert derivation.refuted
    steps = assemble(derivation).steps
    # The unneeded literal 6 and the unneeded clause (4) are gone.
    assert steps == (Rup((1,), (1, 2)), Rup((), (7, 3, 4)))


def test_shared_consequences_are_derived_once() -> None:
    chain = [(1,), *((-number, number + 1) for number in range(1, 7))]
    split = [(-7, 8, 9), (-7, 8, -9), (-7, -8, 9), (-7, -8, -9)]
    form = booleans([*chain, *split], 9)
    derivation = Derivation(AtomTable(form))
    assert derivation.rup((8,))
    steps = assemble(derivation).steps
    assert steps[0] == Rup((7,), (1, 2, 3, 4, 5, 6, 7))
    assert all(len(step.hints) <= 4 for step in steps[1:] if isinstance(step, Rup))
    check_proof(form, proof_json(assemble(derivation)))


def test_a_derivation_without_the_empty_clause_is_no_proof() -> None:
    with pytest.raises(InternalError):
        assemble(Derivation(AtomTable(booleans([(1, 2)], 2))))


def test_wrong_hints_are_mended_or_left_out() -> None:
    scope = {"x": Variable("x", Sort.REAL, None, None)}
    atoms = {
        1: Atom((("x", 1),), Fraction(1), False),
        2: Atom((("x", 1),), Fraction(2), False),
        3: Atom((("x", 1),), Fraction(3), False),
    }
    form = ClauseForm(atoms, 3, ((1,), (-2, 3), (-3,)), scope)
    derivation = Derivation(AtomTable(form))
    steps = [
        Inference((3,), ()),
        Inference((), ()),
        Inference((-1,), (Premise(1, (1,)), Premise(1, (3,)))),
        Inference((-1, 2), (Premise(7, (1,)), Premise(Fraction(1, 3), (-2,)), Premise(1, ()))),
        Inference((), ()),
    ]
    assert elaborate(derivation, steps)
    proof = assemble(derivation)
    assert [step for step in proof.steps if isinstance(step, Farkas)] == [Farkas(((-2, 1), (1, 1)))]
    check_proof(form, proof_json(proof))


@settings(max_examples=60, deadline=None)
@given(st.randoms(use_true_random=False), st.sampled_from(sorted(FAMILIES)))
def test_clause_forms_are_evaluated_like_their_formulas(rng: random.Random, family: str) -> None:
    problem = FAMILIES[family](rng)
    form = problem.form()
    for _ in range(10):
        point: dict[str, Fraction] = {}
        for name, variable in form.variables.items():
            value = Fraction(rng.randint(-6, 12), 1 if variable.sort is Sort.INT else 2)
            low = value if variable.lower is None else max(value, variable.lower)
            point[name] = low if variable.upper is None else min(low, variable.upper)
        full = {name: Fraction(0) for name in problem.scope} | point
        expected = all(evaluate(formula, full) for block in problem.blocks for formula in block)
        assert satisfies(form, point) == expected


@pytest.mark.parametrize(
    "point",
    [
        {},
        {"n": Fraction(1), "m": Fraction(0)},
        {"n": Fraction(1, 2)},
        {"n": Fraction(4)},
        {"n": -1},
    ],
)
def test_a_point_outside_the_domain_satisfies_nothing(point: dict[str, Fraction]) -> None:
    variables = {"n": Variable("n", Sort.INT, Fraction(0), Fraction(3))}
    form = ClauseForm({}, 0, (), variables)
    assert satisfies(form, {"n": Fraction(1)})
    assert not satisfies(form, {name: Fraction(value) for name, value in point.items()})
