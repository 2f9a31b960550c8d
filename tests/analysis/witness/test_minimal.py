"""Counterexamples are minimal, by trying everything: few fields, near to their usual values, and what may be dropped."""

from collections.abc import Sequence
from fractions import Fraction

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from caio.analysis.witness.axes import axes_of, usual_of
from caio.analysis.witness.minimal import Point, minimal
from caio.analysis.witness.restrict import nearest, substituted, variables_of
from caio.base.errors import InternalError
from caio.certify.prover import Model, Prover, Refutation
from caio.obligations.clauses import clause_form
from caio.obligations.formula import (
    Formula,
    Sort,
    Variable,
    at_least,
    at_most,
    below,
    conjunction,
    equals,
    evaluate,
    negation,
    no_more,
)
from tests.analysis.witness.small import (
    DECLARED,
    FIELDS,
    INNER,
    MEANING,
    OUTER,
    PROMISED,
    SCOPE,
    USUAL,
    Values,
    assignments,
    formulas,
    models,
)

F = Fraction
quick = settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def away(field: str, point: Values) -> bool:
    return any(point[name] != USUAL[name] for name in FIELDS[field] if name in point)


def expected(block: Sequence[Formula]) -> list[Values]:
    """The minimal models of a block, up to what belongs to no field, by trying everything."""
    occurring = variables_of(block)
    found = models(block, [name for name in (*OUTER, *INNER) if name in occurring])
    for field in sorted(FIELDS, key=lambda field: field not in DECLARED):
        found = [p for p in found if not away(field, p)] or found
    for field, names in FIELDS.items():
        # A set counts by its members in order, a number by distance, an enumeration by declaration.
        for name in names:
            if name in occurring:
                least = min(abs(p[name] - USUAL[name]) for p in found)
                found = [p for p in found if abs(p[name] - USUAL[name]) == least]
        assert found, field
    return found


def model_of(block: Sequence[Formula], prover: Prover) -> Model:
    answer = prover.decide(clause_form([block], SCOPE))
    assume(isinstance(answer, Model))
    assert isinstance(answer, Model)
    return answer


def minimised(block: Sequence[Formula], prover: Prover) -> Point:
    return minimal(block, model_of(block, prover), prover, MEANING, scope=SCOPE)


@given(st.lists(formulas(), min_size=1, max_size=3))
@quick
def test_no_point_is_nearer_to_the_ordinary(prover: Prover, block: list[Formula]) -> None:
    assume(variables_of(block))
    point = minimised(block, prover)
    assert evaluate(conjunction(block), point.values)
    outer = {name: value for name, value in point.values.items() if name in OUTER}
    assert outer in [
        {name: value for name, value in found.items() if name in OUTER} for found in expected(block)
    ]


@given(st.lists(formulas(), min_size=1, max_size=3))
@quick
def test_no_single_field_could_be_nearer(prover: Prover, block: list[Formula]) -> None:
    assume(variables_of(block))
    whole = conjunction(block)
    values = minimised(block, prover).values
    for name in OUTER:
        if name not in values:
            continue
        for other in assignments([name]):
            if abs(other[name] - USUAL[name]) < abs(values[name] - USUAL[name]):
                assert not evaluate(whole, {**values, **other})


@given(st.lists(formulas((*OUTER, *PROMISED)), min_size=1, max_size=3))
@quick
def test_no_field_could_be_nearer_whatever_is_promised(
    prover: Prover, block: list[Formula]
) -> None:
    assume(variables_of(block))
    whole = conjunction(block)
    values = minimised(block, prover).values
    outer = {name: value for name, value in values.items() if name in OUTER}
    for name, value in outer.items():
        for other in assignments([name]):
            if abs(other[name] - USUAL[name]) < abs(value - USUAL[name]):
                left = substituted(whole, {**outer, **other}, SCOPE)
                answer = prover.decide(clause_form([(left,)], SCOPE))
                assert isinstance(answer, Refutation)


@given(st.lists(formulas(), min_size=1, max_size=3))
@quick
def test_what_is_dropped_may_be_anything_and_nothing_more_may(
    prover: Prover, block: list[Formula]
) -> None:
    assume(variables_of(block))
    whole = conjunction(block)
    point = minimised(block, prover)

    def free(fields: set[str]) -> bool:
        names = [n for field in fields for n in FIELDS[field] if n in point.values]
        return all(evaluate(whole, {**point.values, **other}) for other in assignments(names))

    dropped = set(point.dropped)
    assert free(dropped)
    for field, names in FIELDS.items():
        if field not in dropped and any(name in point.values for name in names):
            assert not free({*dropped, field})


@given(st.lists(formulas(), min_size=1, max_size=2))
@quick
def test_any_model_leads_to_an_equally_minimal_point(prover: Prover, block: list[Formula]) -> None:
    occurring = [name for name in (*OUTER, *INNER) if name in variables_of(block)]
    assume(occurring)
    found = models(block, occurring)
    assume(found)
    for start in (found[0], found[-1], found[len(found) // 2]):
        point = minimal(block, Model(start), prover, MEANING, scope=SCOPE)
        assert any(
            all(abs(point.values[n] - USUAL[n]) == abs(p[n] - USUAL[n]) for n in OUTER if n in p)
            for p in expected(block)
        )


@given(st.lists(formulas(), min_size=1, max_size=3))
@quick
def test_it_is_deterministic(prover: Prover, block: list[Formula]) -> None:
    model = model_of(block, prover)
    first = minimal(block, model, prover, MEANING, scope=SCOPE)
    with Prover() as other:
        assert minimal(block, model, other, MEANING, scope=SCOPE) == first


def test_the_usual_values_are_those_of_the_vocabulary() -> None:
    axes = [axis for axis in axes_of(MEANING) if axis.name in FIELDS]
    assert [axis.name for axis in axes] == list(FIELDS)
    assert {n: v for axis in axes for n, v in axis.defaults().items()} == USUAL
    assert [usual_of(name, SCOPE) for name in INNER] == [0, 0]


def test_fields_move_together_with_what_belongs_to_no_field(prover: Prover) -> None:
    # Tokens alone cannot come nearer, for the selectors would have to follow.
    block = (
        at_most({"select.a": F(2), "select.b": F(1), "request.tokens": F(-1)}, F(0), SCOPE),
        at_least("request.tokens", 1, SCOPE),
    )
    start = Model({"request.tokens": F(4), "select.a": F(1), "select.b": F(1)})
    point = minimal(block, start, prover, MEANING, scope=SCOPE)
    assert point.values["request.tokens"] == 1


def test_what_is_no_model_is_refused(prover: Prover) -> None:
    block = (at_least("request.tokens", 3, SCOPE),)
    with pytest.raises(InternalError):
        minimal(block, Model({"request.tokens": F(2)}), prover, MEANING)


REAL = Variable("x", Sort.REAL, F(0), F(10))
INTEGER = Variable("x", Sort.INT, F(-100), F(100))


ONLY_REAL = {"x": REAL}
ONLY_INTEGER = {"x": INTEGER}


@pytest.mark.parametrize(
    ("formula", "variable", "goal", "value", "distance"),
    [
        (at_least("x", F(7, 3), ONLY_REAL), REAL, 0, F(7, 3), F(7, 3)),
        (negation(no_more("x", F(7, 3), ONLY_REAL)), REAL, 0, F(3), F(7, 3)),
        (
            conjunction(
                [
                    negation(no_more("x", 5, ONLY_REAL)),
                    negation(at_least("x", F(51, 10), ONLY_REAL)),
                ]
            ),
            REAL,
            0,
            F("5.01"),
            F(5),
        ),
        (negation(equals("x", 0, ONLY_REAL)), REAL, 0, F(1), F(0)),
        (no_more("x", 2, ONLY_REAL), REAL, 5, F(2), F(3)),
        (negation(equals("x", 4, ONLY_INTEGER)), INTEGER, 4, F(5), F(1)),
        (at_most({"x": F(2)}, F(15), ONLY_INTEGER), INTEGER, 0, F(-8), F(8)),
        (below({"x": F(-1)}, F(7), ONLY_INTEGER), INTEGER, 0, F(8), F(8)),
        (True, INTEGER, 42, F(42), F(0)),
    ],
)
def test_the_nearest_value_is_exact(
    formula: Formula, variable: Variable, goal: int, value: Fraction, distance: Fraction
) -> None:
    found = nearest([formula], variable, F(goal))
    assert found is not None
    assert (found.value, found.distance) == (value, distance)


def test_no_value_is_no_value() -> None:
    assert nearest([False], REAL, F(0)) is None
    assert nearest([at_least("x", 11, ONLY_REAL)], REAL, F(0)) is None


@given(st.lists(formulas(["request.shift"]), min_size=1, max_size=3), st.integers(-2, 2))
@quick
def test_the_nearest_integer_is_the_nearest_of_all(block: list[Formula], goal: int) -> None:
    found = nearest(block, SCOPE["request.shift"], F(goal))
    every = models(block, ["request.shift"])
    if found is None:
        assert not every
    else:
        assert found.distance == min(abs(p["request.shift"] - goal) for p in every)
