"""A vocabulary small enough to try everything, formulas over it, and all of its points."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import product

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from caio.ir import documents as d
from caio.obligations.formula import (
    Formula,
    Scope,
    Sort,
    Variable,
    at_most,
    below,
    conjunction,
    disjunction,
    evaluate,
    negation,
)
from caio.obligations.meaning import Meaning

VOCABULARY = d.Vocabulary(
    name="small",
    enums=(
        d.Enumeration("Colour", (d.Member("red"), d.Member("green"), d.Member("blue"))),
        d.Enumeration("Data", (d.Member("open"), d.Member("health", sensitive=True))),
    ),
    units=("token",),
    capabilities=("chat",),
    metrics=(),
    request=(
        d.Field("tokens", d.IntType("token", 0, 4)),
        d.Field("shift", d.IntType("1", -2, 2), default=Fraction(1)),
        d.Field("colour", d.EnumType("Colour")),
        d.Field("data", d.SetType("Data"), default=("open",)),
    ),
    facts=(d.Field("trust", d.IntType("1", 1, 3), role="trust"),),
    environment=(d.Field("healthy", d.BoolType()),),
)
MEANING = Meaning(VOCABULARY)
PROMISED = ("metric.latency", "metric.accuracy")
SCOPE: Scope = {
    **MEANING.with_selectors(("a", "b")),
    "metric.latency": Variable("metric.latency", Sort.REAL, Fraction(0), Fraction(7, 2)),
    "metric.accuracy": Variable("metric.accuracy", Sort.REAL, None, None),
}

FIELDS: Mapping[str, tuple[str, ...]] = {
    "request.tokens": ("request.tokens",),
    "request.shift": ("request.shift",),
    "request.colour": ("request.colour",),
    "request.data": ("request.data:open", "request.data:health"),
    "fact.trust": ("fact.trust",),
    "env.healthy": ("env.healthy",),
}
"""The fields in the fixed order, with their variables; the decision's time is left out, there are too many of it."""
USUAL: Mapping[str, int] = {
    "request.tokens": 0,
    "request.shift": 1,
    "request.colour": 0,
    "request.data:open": 1,
    "request.data:health": 0,
    "fact.trust": 1,
    "env.healthy": 0,
}
DECLARED = ("request.shift", "request.data")
"""The fields whose usual value is a declared default."""
OUTER = tuple(USUAL)
INNER = ("select.a", "select.b")

Values = dict[str, Fraction]


def literals(names: Sequence[str]) -> SearchStrategy[Formula]:
    """Comparisons of small sums."""
    terms = st.dictionaries(
        st.sampled_from(names), st.sampled_from([1, -1, 1, -1, 2]), min_size=1, max_size=3
    ).map(lambda found: {name: Fraction(value) for name, value in found.items()})
    constant = st.integers(-3, 3).map(Fraction)
    return st.builds(
        lambda terms, constant, strict: (below if strict else at_most)(terms, constant, SCOPE),
        terms,
        constant,
        st.booleans(),
    )


def formulas(names: Sequence[str] = (*OUTER, *INNER)) -> SearchStrategy[Formula]:
    """Formulas of any shape over these variables."""

    def wider(inner: SearchStrategy[Formula]) -> SearchStrategy[Formula]:
        several = st.lists(inner, min_size=2, max_size=3)
        return st.one_of(several.map(conjunction), several.map(disjunction), inner.map(negation))

    return st.recursive(literals(names), wider, max_leaves=7)


def assignments(names: Sequence[str]) -> Iterator[Values]:
    """Every assignment of these variables."""
    ranges = [range(int(SCOPE[n].lower or 0), int(SCOPE[n].upper or 0) + 1) for n in names]
    for values in product(*ranges):
        yield dict(zip(names, map(Fraction, values), strict=True))


def models(block: Sequence[Formula], names: Sequence[str]) -> list[Values]:
    """Every model of a block over these variables."""
    whole = conjunction(block)
    return [found for found in assignments(names) if evaluate(whole, found)]
