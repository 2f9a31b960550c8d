"""What declared ranges say of constraints: exactly at their ends, and nothing where one of them is open."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caio.analysis.bounds import notes, out_of_reach
from caio.ir import documents as d
from caio.ir import terms as t
from caio.ir.encode import document_digest
from caio.sema.project import Project

VOCABULARY = d.Vocabulary(
    "v",
    enums=(d.Enumeration("Data", (d.Member("a"), d.Member("b"))),),
    metrics=(d.Metric("quality", "1", Fraction(0), Fraction(1), "higher", d.Statistic.EXPECTED),),
    request=(d.Field("data", d.SetType("Data")), d.Field("size", d.IntType("1", 0, 3))),
    measured=(
        d.Field("mood", d.IntType("1", -2, 2)),
        d.Field("open", d.RationalType("1", None, Fraction(1))),
    ),
    attributes=(d.Field("grade", d.IntType("1", 0, 3)),),
    cost=d.CostRange("USD", Fraction(1)),
)
NAME = document_digest(VOCABULARY)
ENDS = {
    "count(request.data)": (0, 2),
    "measured.mood": (-2, 2),
    "metric.quality": (0, 1),
    "request.size": (0, 3),
}


def constraint(terms: t.Affine, relation: t.Relation = t.Relation.LE) -> d.Constraint:
    return d.Constraint(NAME, "c", "safety", t.TRUE, (t.OnExpression(relation, terms),))


def said(found: d.Constraint) -> set[str]:
    project = Project(vocabularies=(VOCABULARY,), constraints=(found,))
    both: tuple[Callable[..., object], ...] = (out_of_reach, notes)
    return {
        diagnostic.code.name
        for judge in both
        for diagnostic in judge([found], VOCABULARY, project)  # type: ignore[attr-defined]
    } - {"field-not-measured"}


@given(
    st.dictionaries(st.sampled_from(sorted(ENDS)), st.integers(-3, 3).filter(bool), min_size=1),
    st.integers(-12, 12),
    st.sampled_from([t.Relation.LE, t.Relation.LT]),
)
def test_is_what_the_corners_say(
    factors: dict[str, int], constant: int, relation: t.Relation
) -> None:
    terms = t.Affine.of(constant, {name: Fraction(factor) for name, factor in factors.items()})
    values = [
        constant + sum(factor * end for factor, end in zip(factors.values(), corner, strict=True))
        for corner in product(*(ENDS[name] for name in factors))
    ]
    kept = [value < 0 if relation.strict else value <= 0 for value in values]
    expected = set() if any(kept) and not all(kept) else {"constraint-never-kept"}
    if all(kept):
        expected = {"constraint-always-kept"}
    assert said(constraint(terms, relation)) == expected


@pytest.mark.parametrize(
    ("terms", "expected"),
    [
        ({"measured.open": 1}, {"constraint-always-kept"}),
        ({"measured.open": -1}, set()),
        ({"cost": 1}, set()),
        ({"cost": -1}, set()),
        # Who states no grade keeps nothing, however small the greatest grade is.
        ({"service.grade": 1}, set()),
        ({"service.grade": -1}, set()),
    ],
)
def test_open_ends_and_what_is_not_stated_say_nothing(
    terms: dict[str, int], expected: set[str]
) -> None:
    factors = {name: Fraction(factor) for name, factor in terms.items()}
    assert said(constraint(t.Affine.of(-5, factors))) == expected


def test_no_grade_can_be_that_great() -> None:
    less = t.Affine.of(4, {"service.grade": Fraction(-1)})
    assert said(constraint(less)) == {"constraint-never-kept"}
    assert said(constraint(less.plus(t.Affine(Fraction(-1))))) == set()
    strict = constraint(less.plus(t.Affine(Fraction(-1))), t.Relation.LT)
    assert said(strict) == {"constraint-never-kept"}
