"""The clause form says exactly what its formulas say, in the order the specification fixes."""

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from caio.obligations.clauses import ClauseBuilder, ClauseForm, clause_form, form_digest
from caio.obligations.formula import (
    Formula,
    Sort,
    Variable,
    at_least,
    at_most,
    below,
    conjunction,
    disjunction,
    evaluate,
    holds,
    negation,
    no_more,
)

SCOPE = {
    "a": Variable("a", Sort.INT, Fraction(-1), Fraction(1)),
    "b": Variable("b", Sort.INT, Fraction(0), Fraction(2)),
    "c": Variable("c", Sort.INT, None, None),
    "x": Variable("x", Sort.REAL, Fraction(0), None),
}
VALUES = {
    "a": [Fraction(v) for v in range(-2, 3)],
    "b": [Fraction(v) for v in range(-1, 4)],
    "c": [Fraction(v) for v in (-1, 0, 1)],
    "x": [Fraction(v, 2) for v in range(-1, 4)],
}

atoms: st.SearchStrategy[Formula] = st.builds(
    lambda terms, constant, strict: (below if strict else at_most)(
        {name: Fraction(c) for name, c in terms.items()}, Fraction(constant, 2), SCOPE
    ),
    st.dictionaries(st.sampled_from(sorted(SCOPE)), st.integers(-2, 2), max_size=2),
    st.integers(-3, 3),
    st.booleans(),
)
formulas = st.recursive(
    st.one_of(atoms, st.booleans()),
    lambda inner: st.one_of(
        inner.map(negation),
        st.lists(inner, min_size=1, max_size=3).map(conjunction),
        st.lists(inner, min_size=1, max_size=3).map(disjunction),
    ),
    max_leaves=6,
)
blocks = st.lists(st.lists(formulas, max_size=3), min_size=1, max_size=3)


def points(names: Sequence[str]) -> Iterator[dict[str, Fraction]]:
    for values in product(*(VALUES[name] for name in names)):
        yield dict(zip(names, values, strict=True))


def in_domain(form: ClauseForm, point: Mapping[str, Fraction]) -> bool:
    return all(
        (v.lower is None or v.lower <= point[name]) and (v.upper is None or point[name] <= v.upper)
        for name, v in form.variables.items()
    )


def satisfiable_gates(form: ClauseForm, point: Mapping[str, Fraction]) -> bool:
    """Whether some values of the gates make all clauses true, with the atoms as they are here."""
    known = {number: holds(atom, point) for number, atom in form.atoms.items()}
    gates = [n for n in range(1, form.size + 1) if n not in known]
    for values in product([False, True], repeat=len(gates)):
        truths = {**known, **dict(zip(gates, values, strict=True))}
        if all(any(truths[abs(n)] == (n > 0) for n in clause) for clause in form.clauses):
            return True
    return False


@settings(max_examples=60, deadline=None, derandomize=True)
@given(blocks)
def test_clauses_and_formulas_are_satisfied_by_the_same_points(
    asked: list[list[Formula]],
) -> None:
    form = clause_form(asked, SCOPE)
    for point in points(list(form.variables)):
        wanted = in_domain(form, point) and all(
            evaluate(formula, {**dict.fromkeys(SCOPE, Fraction(0)), **point})
            for block in asked
            for formula in block
        )
        assert satisfiable_gates(form, point) == wanted


@settings(max_examples=60, deadline=None, derandomize=True)
@given(blocks)
def test_a_branch_continues_as_if_nothing_had_happened(asked: list[list[Formula]]) -> None:
    prefix = ClauseBuilder(SCOPE).block(asked[0])
    prefix.branch().block([at_most({"a": Fraction(1)}, Fraction(1), SCOPE)])
    branch = prefix.branch()
    for block in asked[1:]:
        branch.block(block)
    assert branch.form() == clause_form(asked, SCOPE)
    assert form_digest(branch.form()) == form_digest(clause_form(asked, SCOPE))


@settings(max_examples=60, deadline=None, derandomize=True)
@given(blocks)
def test_numbers_are_used_once_and_without_gaps(asked: list[list[Formula]]) -> None:
    form = clause_form(asked, SCOPE)
    used = {abs(n) for clause in form.clauses for n in clause}
    assert used <= set(range(1, form.size + 1))
    assert len(set(form.atoms.values())) == len(form.atoms)
    for clause in form.clauses:
        assert len(set(clause)) == len(clause)
        assert not any(-n in clause for n in clause)


def test_a_worked_example_is_numbered_as_the_specification_says() -> None:
    low, high = at_most({"a": Fraction(1)}, Fraction(0), SCOPE), no_more("b", 1, SCOPE)
    either = disjunction([low, conjunction([high, negation(low)])])
    form = clause_form([[either], [low]], SCOPE)
    assert {n: (atom.terms, atom.bound) for n, atom in form.atoms.items()} == {
        1: ((("a", 1),), Fraction(0)),
        2: ((("b", 1),), Fraction(1)),
        4: ((("a", 1),), Fraction(-2)),
        5: ((("a", 1),), Fraction(1)),
        6: ((("b", 1),), Fraction(-1)),
        7: ((("b", 1),), Fraction(2)),
    }
    assert form.clauses == (
        (-3, 2),
        (-3, -1),
        (3, -2, 1),
        (1, 3),
        (-4,),
        (5,),
        (-6,),
        (7,),
        (1,),
    )


def test_false_adds_the_empty_clause_and_true_adds_nothing() -> None:
    assert clause_form([[True]], SCOPE).clauses == ()
    assert clause_form([[False]], SCOPE).clauses == ((),)


def test_a_tautology_is_not_added_and_takes_no_number() -> None:
    low = at_least("c", 1, SCOPE)
    form = clause_form([[disjunction([low, negation(low)]), low]], SCOPE)
    assert form.clauses == ((-1,),)
