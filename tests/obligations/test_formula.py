"""Formulas by their constructors mean what was asked for, at every point; atoms are in normal form."""

from collections.abc import Iterator, Mapping
from fractions import Fraction
from itertools import product
from math import gcd

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caio.obligations.formula import (
    Atom,
    Conjunction,
    Formula,
    Literal,
    Sort,
    Variable,
    at_least,
    at_most,
    below,
    conjunction,
    disjunction,
    equals,
    evaluate,
    implication,
    member,
    negation,
    no_more,
    normalise,
    truth,
    zero,
)

SCOPE = {
    "a": Variable("a", Sort.INT, Fraction(-3), Fraction(3)),
    "b": Variable("b", Sort.INT, Fraction(0), Fraction(2)),
    "flag": Variable("flag", Sort.INT, Fraction(0), Fraction(1)),
    "x": Variable("x", Sort.REAL, None, None),
}
WHOLE = [Fraction(v) for v in range(-3, 4)]
PARTS = [Fraction(n, 2) for n in range(-5, 6)]

numbers = st.builds(Fraction, st.integers(-6, 6), st.integers(1, 5))
terms = st.dictionaries(st.sampled_from(sorted(SCOPE)), numbers)


def points() -> Iterator[dict[str, Fraction]]:
    for a, b, flag, x in product(WHOLE, WHOLE[3:6], WHOLE[3:5], PARTS):
        yield {"a": a, "b": b, "flag": flag, "x": x}


def value(term: Mapping[str, Fraction], point: Mapping[str, Fraction]) -> Fraction:
    return sum((c * point[name] for name, c in term.items()), start=Fraction(0))


def atoms_of(formula: Formula) -> Iterator[Atom]:
    match formula:
        case Literal(atom, _):
            yield atom
        case Conjunction(operands, _):
            for operand in operands:
                yield from atoms_of(operand)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(terms, numbers, st.booleans())
def test_normal_form_keeps_the_meaning_and_obeys_its_four_rules(
    term: dict[str, Fraction], bound: Fraction, strict: bool
) -> None:
    formula = normalise(term, bound, SCOPE, strict=strict)
    for point in points():
        left = value(term, point)
        assert evaluate(formula, point) == (left < bound if strict else left <= bound)
    for atom in atoms_of(formula):
        names = [name for name, _ in atom.terms]
        coefficients = [c for _, c in atom.terms]
        assert names == sorted(set(names))
        assert gcd(*coefficients) == 1
        assert coefficients[0] > 0
        assert 0 not in coefficients
        if all(SCOPE[name].sort is Sort.INT for name in names):
            assert atom.bound.denominator == 1
            assert not atom.strict


@settings(max_examples=60, deadline=None, derandomize=True)
@given(terms, numbers, st.booleans())
def test_an_atom_and_its_negation_share_one_atom(
    term: dict[str, Fraction], bound: Fraction, strict: bool
) -> None:
    mirrored = {name: -c for name, c in term.items()}
    formula = normalise(term, bound, SCOPE, strict=strict)
    opposite = normalise(mirrored, -bound, SCOPE, strict=not strict)
    assert opposite == negation(formula)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(terms, numbers)
def test_comparisons_with_zero_mean_themselves(
    term: dict[str, Fraction], constant: Fraction
) -> None:
    for point in points():
        total = value(term, point) + constant
        assert evaluate(at_most(term, constant, SCOPE), point) == (total <= 0)
        assert evaluate(below(term, constant, SCOPE), point) == (total < 0)
        assert evaluate(zero(term, constant, SCOPE), point) == (total == 0)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.sets(st.integers(-5, 5)))
def test_membership_means_membership(values: set[int]) -> None:
    formula = member("a", values, SCOPE)
    for a in range(-6, 7):
        assert evaluate(formula, {"a": Fraction(a)}) == (a in values)


def test_membership_in_nothing_is_false() -> None:
    assert member("a", [], SCOPE) is False


def test_membership_is_written_by_maximal_runs_with_both_ends() -> None:
    run = conjunction([at_least("a", 1, SCOPE), no_more("a", 2, SCOPE)])
    single = conjunction([at_least("a", 5, SCOPE), no_more("a", 5, SCOPE)])
    assert member("a", [5, 2, 1], SCOPE) == disjunction([run, single])


@settings(max_examples=60, deadline=None, derandomize=True)
@given(numbers)
def test_single_bounds_mean_themselves(bound: Fraction) -> None:
    for name, values in (("a", WHOLE), ("x", PARTS)):
        for at in values:
            point = {name: at}
            assert evaluate(at_least(name, bound, SCOPE), point) == (at >= bound)
            assert evaluate(no_more(name, bound, SCOPE), point) == (at <= bound)
            assert evaluate(equals(name, bound, SCOPE), point) == (at == bound)


def test_a_boolean_is_true_at_one() -> None:
    assert evaluate(truth("flag", SCOPE), {"flag": Fraction(1)})
    assert not evaluate(truth("flag", SCOPE), {"flag": Fraction(0)})


literals: st.SearchStrategy[Formula] = st.one_of(
    st.booleans(),
    st.builds(
        lambda name, bound: at_most({name: Fraction(1)}, Fraction(bound), SCOPE),
        st.sampled_from(sorted(SCOPE)),
        st.integers(-2, 2),
    ),
)
formulas = st.recursive(
    literals,
    lambda inner: st.one_of(
        inner.map(negation),
        st.lists(inner, max_size=3).map(conjunction),
        st.lists(inner, max_size=3).map(disjunction),
    ),
    max_leaves=8,
)


def well_formed(formula: Formula, *, below_top: bool = False) -> bool:
    match formula:
        case bool():
            return not below_top
        case Literal():
            return True
        case Conjunction(operands, _):
            return (
                len(operands) >= 2
                and len(set(operands)) == len(operands)
                and not any(isinstance(o, Conjunction) and o.positive for o in operands)
                and all(well_formed(operand, below_top=True) for operand in operands)
            )


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.lists(formulas, max_size=4))
def test_connectives_mean_themselves_and_stay_in_form(parts: list[Formula]) -> None:
    both, either = conjunction(parts), disjunction(parts)
    assert well_formed(both)
    assert well_formed(either)
    for point in list(points())[::29]:
        values = [evaluate(part, point) for part in parts]
        assert evaluate(both, point) == all(values)
        assert evaluate(either, point) == any(values)
        for part, known in zip(parts, values, strict=True):
            assert evaluate(negation(part), point) != known
            assert evaluate(implication(part, both), point) == (not known or all(values))


def test_complementary_children_are_not_simplified() -> None:
    atom = at_most({"a": Fraction(1)}, Fraction(0), SCOPE)
    both = conjunction([atom, negation(atom)])
    assert both == Conjunction((atom, negation(atom)), positive=True)


def test_a_variable_without_a_declaration_is_refused() -> None:
    with pytest.raises(KeyError):
        at_most({"stranger": Fraction(1)}, Fraction(0), SCOPE)
