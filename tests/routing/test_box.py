"""Boxes, guards and extremes over them, in bulk and one by one."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from caio.ir import documents as d
from caio.ir import terms as t
from caio.obligations.meaning import Meaning
from caio.routing.box import Box, box_of, declared
from caio.routing.guards import GuardSet
from caio.routing.rows import FAR, Rows
from tests.differential.asking import oracle_entries, oracle_question
from tests.differential.worlds import World, draw_world
from tests.oracle import scores
from tests.routing.landscapes import snapshots
from tests.strategies import affine, formulas, numbers, stated, vocabularies

SCALES = st.sampled_from(
    [
        Fraction(1),
        Fraction(10**25),
        Fraction(2**61 - 1),
        Fraction(1, 10**18 + 9),
        Fraction(3, 10**9),
    ]
)


@settings(max_examples=40)
@given(snapshots())
def test_boxes_are_those_of_the_specification(world: World) -> None:
    meaning = Meaning(world.question.vocabulary)
    found = box_of(world.question, meaning)
    assert found == box_of(world.question, meaning, declared(meaning))
    for contract, entry in zip(world.snapshot.contracts, oracle_entries(world), strict=True):
        expected = scores.Box(oracle_question(world), entry)
        assert found.observed(contract.state).intervals == expected.ranges
        assert found.empty == expected.empty


@settings(max_examples=40)
@given(snapshots())
def test_boxes_without_the_nominal_point_are_those_of_a_request_without_one(world: World) -> None:
    meaning = Meaning(world.question.vocabulary)
    request = replace(world.question.request, nominal=None)
    expected = box_of(replace(world.question, request=request), meaning)
    assert box_of(world.question, meaning, nominal=False) == expected


@st.composite
def boxes(draw: DrawFn, vocabulary: d.Vocabulary) -> Box:
    """Boxes with open, fractional and single-point intervals."""
    meaning = Meaning(vocabulary)
    intervals = dict(declared(meaning))
    for name, (low, high) in list(intervals.items()):
        kind = draw(st.integers(0, 2))
        if kind == 1 and low is not None:
            intervals[name] = (low, low)
        elif kind == 2 and (low is None or high is None):
            ends = sorted([draw(numbers) * draw(SCALES), draw(numbers)])
            intervals[name] = (ends[0], ends[1])
    return Box(meaning, intervals, False)


@st.composite
def guarded(draw: DrawFn) -> tuple[Box, list[tuple[t.Formula, d.State | None]]]:
    """A box with formulas as entries in several states mean them."""
    vocabulary = draw(vocabularies())
    state = stated(vocabulary.environment, vocabulary).map(lambda v: d.State("", "s", "1", v))
    states = [None, draw(state), draw(state)]
    guards = st.tuples(formulas(vocabulary, "request env"), st.sampled_from(states))
    return draw(boxes(vocabulary)), draw(st.lists(guards, max_size=6))


@settings(max_examples=40)
@given(guarded())
def test_guards_in_bulk_are_what_each_is_over_the_box(
    case: tuple[Box, list[tuple[t.Formula, d.State | None]]],
) -> None:
    box, found = case
    collected = GuardSet(box.meaning)
    places = [collected.add(formula, state) for formula, state in found]
    signs = collected.compile().signs(box)
    for place, (formula, state) in zip(places, found, strict=True):
        truth = box.observed(state).truth(formula)
        assert signs[place] == {True: 1, False: -1, None: 0}[truth]


@pytest.mark.parametrize("size", [1, 2, 62, 63, 64, 200])
def test_enumerations_of_any_size_are_decided(size: int) -> None:
    members = tuple(f"m{i}" for i in range(size))
    vocabulary = d.Vocabulary(
        "v",
        enums=(d.Enumeration("E", tuple(map(d.Member, members))),),
        request=(d.Field("e", d.EnumType("E")),),
    )
    meaning = Meaning(vocabulary)
    choices = [members, members[:1], members[-1:], members[: size // 2 + 1], members[::2]]
    collected = GuardSet(meaning)
    places = [collected.add(t.In("request.e", chosen)) for chosen in choices]
    guards = collected.compile()
    for low in {0, size // 2, size - 1}:
        for high in {low, size - 1}:
            ends = {**declared(meaning), "request.e": (Fraction(low), Fraction(high))}
            box = Box(meaning, ends, False)
            expected = [box.truth(t.In("request.e", chosen)) for chosen in choices]
            signs = guards.signs(box)[places].tolist()
            assert signs == [{True: 1, False: -1, None: 0}[value] for value in expected]


@st.composite
def tables(draw: DrawFn) -> tuple[Box, list[t.Affine]]:
    """A box with affine terms of very different magnitudes and denominators."""
    vocabulary = draw(vocabularies())
    terms = st.tuples(affine(vocabulary, "request env"), SCALES).map(lambda p: p[0].times(p[1]))
    return draw(boxes(vocabulary)), draw(st.lists(terms, max_size=8))


@settings(max_examples=40)
@given(tables(), st.sampled_from([1, 7, 10**6]), st.sampled_from([None, 1, 10**9]))
def test_extremes_that_are_not_lost_are_exact(
    table: tuple[Box, list[t.Affine]], multiple: int, shared: int | None
) -> None:
    box, terms = table
    shared = None if shared is None else max(shared, multiple)
    rows = Rows(terms, box.meaning, multiple=multiple, shared=shared)
    for extremes, expected, far in (
        (rows.maxima(box), box.maximum, FAR),
        (rows.minima(box), box.minimum, -FAR),
    ):
        for i, term in enumerate(terms):
            if i in extremes.lost:
                continue
            assert int(rows.scales[i]) % multiple == 0
            exact, found = expected(term), int(extremes.values[i])
            if exact is None:
                assert found == far
            else:
                assert Fraction(found, int(rows.scales[i]) * extremes.factor) == exact


@settings(max_examples=40)
@given(tables(), st.sampled_from([1, 12, 10**7]))
def test_rounded_rows_are_off_by_at_most_the_slack_and_can_be_had_exactly(
    table: tuple[Box, list[t.Affine]], multiple: int
) -> None:
    box, terms = table
    rows = Rows(terms, box.meaning, multiple=multiple, finest=multiple)
    most = rows.maxima(box)
    lost, rounded = set(most.lost.tolist()), set(rows.rounded.tolist())
    for i, (term, exactly) in enumerate(
        zip(terms, rows.exactly(range(len(terms)), box), strict=True)
    ):
        exact = box.maximum(term)
        assert exact == (None if exactly is None else Fraction(*exactly))
        if i in lost:
            continue
        scale = int(rows.scales[i]) * most.factor
        if exact is None:
            assert most.values[i] == FAR
        else:
            off = abs(int(most.values[i]) - exact * scale)
            assert off <= (most.slack if i in rounded else 0)


def test_ordinary_prices_are_never_lost() -> None:
    world = draw_world(0)
    meaning = Meaning(world.question.vocabulary)
    field = next(f for f in world.question.vocabulary.request if isinstance(f.type, d.IntType))
    prices = [Fraction(i, 10**8) for i in range(1, 50)]
    rows = Rows([t.Affine.of(0, {f"request.{field.name}": price}) for price in prices], meaning)
    assert not len(rows.maxima(box_of(world.question, meaning)).lost)
    assert np.all(rows.scales <= 10**8)
