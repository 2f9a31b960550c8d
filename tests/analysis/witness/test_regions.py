"""A cover is exactly the set of points of its block, by trying everything; its description compiles to the same set."""

from collections.abc import Sequence
from fractions import Fraction

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from caio.analysis.witness.axes import at_defaults
from caio.analysis.witness.conditions import as_class, conditions, describe
from caio.analysis.witness.cubes import Cube, Interval
from caio.analysis.witness.regions import (
    Regions,
    completeness,
    cover,
    formula_of,
    soundness,
)
from caio.analysis.witness.restrict import substituted
from caio.base.errors import InternalError
from caio.certify.prover import Model, Prover, Refutation
from caio.ir import documents as d
from caio.ir.encode import document_digest
from caio.obligations.clauses import clause_form
from caio.obligations.formula import (
    Formula,
    at_least,
    at_most,
    conjunction,
    disjunction,
    equals,
    evaluate,
    negation,
    truth,
)
from caio.sema.pieces import conjunction as all_of
from caio.sema.show import show_documents
from tests.analysis.witness.small import (
    INNER,
    MEANING,
    OUTER,
    PROMISED,
    SCOPE,
    VOCABULARY,
    assignments,
    formulas,
)
from tests.sema.conftest import compile_texts

F = Fraction
quick = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
blocks = st.lists(formulas(OUTER), min_size=1, max_size=3)
EVERY = list(assignments(OUTER))


def inside(cubes: Sequence[Cube]) -> list[bool]:
    whole = disjunction([formula_of(part, MEANING) for part in cubes])
    return [evaluate(whole, point) for point in EVERY]


@given(blocks)
@quick
def test_a_cover_is_the_set(prover: Prover, block: list[Formula]) -> None:
    found = cover(block, prover, MEANING, scope=SCOPE, most=60)
    whole = conjunction(block)
    assert found.complete
    assert inside(found.cubes) == [evaluate(whole, point) for point in EVERY]


@given(blocks, st.integers(1, 2))
@quick
def test_what_is_cut_off_says_so_and_is_sound(
    prover: Prover, block: list[Formula], most: int
) -> None:
    found = cover(block, prover, MEANING, scope=SCOPE, most=most)
    every = [evaluate(conjunction(block), point) for point in EVERY]
    assert len(found.cubes) <= most
    assert all(
        meant or not covered for covered, meant in zip(inside(found.cubes), every, strict=True)
    )
    assert found.complete == (inside(found.cubes) == every)


@given(blocks)
@quick
def test_its_evidence_can_be_decided(prover: Prover, block: list[Formula]) -> None:
    found = cover(block, prover, MEANING, scope=SCOPE, most=60)
    posed = [soundness(block, part, MEANING) for part in found.cubes]
    posed.append(completeness(block, found.cubes, MEANING))
    for answer in prover.decide_many([clause_form([one], SCOPE) for one in posed]):
        assert isinstance(answer, Refutation)


@given(blocks)
@quick
def test_no_cube_could_go_and_no_condition_either(prover: Prover, block: list[Formula]) -> None:
    found = cover(block, prover, MEANING, scope=SCOPE, most=60)
    posed = []
    for part in found.cubes:
        others = [other for other in found.cubes if other is not part]
        posed.append(completeness(block, others, MEANING))
        for place in range(len(part.ranges)):
            looser = Cube(part.ranges[:place] + part.ranges[place + 1 :], part.sums)
            posed.append(soundness(block, looser, MEANING))
    for answer in prover.decide_many([clause_form([one], SCOPE) for one in posed]):
        assert isinstance(answer, Model)


@given(st.lists(formulas((*OUTER, *INNER)), min_size=1, max_size=2))
@quick
def test_inner_variables_are_left_out(prover: Prover, block: list[Formula]) -> None:
    found = cover(block, prover, MEANING, scope=SCOPE, most=60)
    whole = conjunction(block)
    choices = list(assignments(INNER))
    assert found.complete
    assert inside(found.cubes) == [
        any(evaluate(whole, {**point, **choice}) for choice in choices) for point in EVERY
    ]


@given(st.lists(formulas(OUTER), min_size=1, max_size=2))
@quick
def test_fields_may_be_inner_too(prover: Prover, block: list[Formula]) -> None:
    hidden = ("request.tokens", "request.data")
    found = cover(block, prover, MEANING, scope=SCOPE, inner=hidden, most=60)
    whole = conjunction(block)
    choices = list(assignments(["request.tokens", "request.data:open", "request.data:health"]))
    assert found.complete
    for part in found.cubes:
        assert not any(name.startswith(hidden) for name, _ in part.ranges)
    outer = {tuple(v for n, v in p.items() if not n.startswith(hidden)): p for p in EVERY}
    area = disjunction([formula_of(part, MEANING) for part in found.cubes])
    for point in outer.values():
        meant = any(evaluate(whole, {**point, **choice}) for choice in choices)
        assert evaluate(area, point) == meant


@given(st.lists(formulas((*OUTER, *PROMISED)), min_size=1, max_size=2), st.data())
@quick
def test_outcomes_are_eliminated_exactly(
    prover: Prover, block: list[Formula], data: st.DataObject
) -> None:
    found = cover(block, prover, MEANING, scope=SCOPE, most=60)
    assert found.complete
    area = disjunction([formula_of(part, MEANING) for part in found.cubes])
    for point in data.draw(st.lists(st.sampled_from(EVERY), min_size=8, max_size=8)):
        left = substituted(conjunction(block), point, SCOPE)
        answer = prover.decide(clause_form([(left,)], SCOPE))
        assert evaluate(area, point) == isinstance(answer, Model)


@given(blocks, st.lists(formulas(OUTER), max_size=2))
@quick
def test_a_description_may_take_a_premise_for_granted(
    prover: Prover, block: list[Formula], premise: list[Formula]
) -> None:
    found = cover(block, prover, MEANING, scope=SCOPE, within=premise, most=60)
    whole, known = conjunction(block), conjunction(premise)
    assert found.complete
    for point, covered in zip(EVERY, inside(found.cubes), strict=True):
        if evaluate(known, point):
            assert covered == evaluate(whole, point)
    posed = [soundness(block, part, MEANING, within=premise) for part in found.cubes]
    posed.append(completeness(block, found.cubes, MEANING, within=premise))
    for answer in prover.decide_many([clause_form([one], SCOPE) for one in posed]):
        assert isinstance(answer, Refutation)


def test_what_the_premise_says_is_not_repeated(prover: Prover) -> None:
    premise = (truth("request.data:health", SCOPE),)
    block = (*premise, equals("request.colour", 2, SCOPE))
    found = cover(block, prover, MEANING, scope=SCOPE, within=premise)
    assert [describe(part, MEANING) for part in found.cubes] == ["request.colour == blue"]


def test_what_the_premise_excludes_is_not_said_to_be_in(prover: Prover) -> None:
    # Wherever the premise holds, not being red is being green; that it is not blue need not be proved, but said.
    premise = (negation(equals("request.colour", 2, SCOPE)),)
    block = (negation(equals("request.colour", 0, SCOPE)),)
    found = cover(block, prover, MEANING, scope=SCOPE, within=premise)
    assert [describe(part, MEANING) for part in found.cubes] == ["request.colour == green"]


def test_what_the_premise_settles_occurs_in_no_sum(prover: Prover) -> None:
    block = (at_most({"request.tokens": F(1), "request.shift": F(1)}, F(-2), SCOPE),)
    premise = at_defaults(MEANING)
    assert premise == (equals("request.shift", 1, SCOPE),)
    found = cover(block, prover, MEANING, scope=SCOPE, within=premise)
    assert [describe(part, MEANING) for part in found.cubes] == ["request.tokens <= 1 token"]


def test_a_premise_is_about_what_is_described(prover: Prover) -> None:
    with pytest.raises(ValueError, match="which is an inner variable"):
        cover((True,), prover, MEANING, scope=SCOPE, within=(truth("select.a", SCOPE),))


@given(blocks)
@quick
def test_it_is_deterministic(prover: Prover, block: list[Formula]) -> None:
    with Prover() as other:
        assert cover(block, other, MEANING, scope=SCOPE) == cover(
            block, prover, MEANING, scope=SCOPE
        )


@given(blocks)
@quick
def test_what_is_said_of_a_cube_compiles_to_it(prover: Prover, block: list[Formula]) -> None:
    found = cover(block, prover, MEANING, scope=SCOPE, most=60)
    for part in found.cubes:
        text = describe(part, MEANING)
        given_ = conditions(part, MEANING)
        if not given_:
            assert text == "always"
            continue
        source = show_documents([VOCABULARY]) + f"\nrule r {{ when {text} then provides chat }}"
        items, problems = compile_texts(source)
        assert not problems, (problems, text)
        rule = next(item.document for item in items if isinstance(item.document, d.Rule))
        assert rule.when == all_of(given_)


@given(blocks)
@quick
def test_a_cube_is_a_class(prover: Prover, block: list[Formula]) -> None:
    assume(block)
    for part in cover(block, prover, MEANING, scope=SCOPE).cubes:
        group = as_class(part, MEANING, "region")
        assert group.vocabulary == document_digest(VOCABULARY)
        whole = conjunction(map(MEANING.formula, group.given))
        assert whole == formula_of(part, MEANING)


@pytest.mark.parametrize(
    ("block", "said"),
    [
        ((True,), ["always"]),
        ((False,), []),
        (
            (negation(equals("request.colour", 1, SCOPE)),),
            ["request.colour != green"],
        ),
        (
            (
                disjunction(
                    [equals("request.colour", 2, SCOPE), equals("request.colour", 0, SCOPE)]
                ),
                truth("request.data:health", SCOPE),
            ),
            ["request.colour != green and request.data has health"],
        ),
        (
            (equals("request.colour", 2, SCOPE), negation(truth("env.healthy", SCOPE))),
            ["request.colour == blue and not env.healthy"],
        ),
        (
            (at_least("fact.trust", 2, SCOPE), truth("env.healthy", SCOPE)),
            ["env.healthy and fact.trust >= 2"],
        ),
        (
            (at_most({"request.data:open": F(1), "request.data:health": F(1)}, F(-1), SCOPE),),
            ["count(request.data) <= 1"],
        ),
        (
            (at_most({"request.tokens": F(1), "request.shift": F(1)}, F(-2), SCOPE),),
            ["1 token * request.shift + request.tokens <= 2 token"],
        ),
        (
            (disjunction([truth("request.data:health", SCOPE), truth("env.healthy", SCOPE)]),),
            ["request.data has health", "env.healthy"],
        ),
    ],
)
def test_regions_read_well(prover: Prover, block: tuple[Formula, ...], said: list[str]) -> None:
    found = cover(block, prover, MEANING, scope=SCOPE)
    assert found.complete
    assert [describe(part, MEANING) for part in found.cubes] == said


def test_a_cube_that_the_others_cover_is_left_out(prover: Prover) -> None:
    # The first is the consensus of the other two and adds nothing to them, however early it is found.
    health, open_, well = (
        truth(name, SCOPE) for name in ("request.data:health", "request.data:open", "env.healthy")
    )
    block = (
        disjunction(
            [
                conjunction([open_, well]),
                conjunction([health, open_]),
                conjunction([negation(health), well]),
            ]
        ),
    )
    found = cover(block, prover, MEANING, scope=SCOPE)
    assert [describe(part, MEANING) for part in found.cubes] == [
        "request.data == { open, health }",
        "not request.data has health and env.healthy",
    ]


def test_an_enumeration_is_as_wide_as_it_can_be(prover: Prover) -> None:
    well = truth("env.healthy", SCOPE)
    red, blue = (equals("request.colour", index, SCOPE) for index in (0, 2))
    block = (disjunction([conjunction([red, well]), blue]),)
    found = cover(block, prover, MEANING, scope=SCOPE)
    assert [describe(part, MEANING) for part in found.cubes] == [
        "request.colour == blue",
        "request.colour != green and env.healthy",
    ]


def test_what_is_no_field_is_no_condition() -> None:
    with pytest.raises(InternalError):
        conditions(Cube((("select.a", frozenset({1})),)), MEANING)


def test_an_open_question_is_no_complete_cover(prover: Prover) -> None:
    # A budget of one unit decides nothing that needs the solver, and what is decided without it says so too.
    hard = [
        at_most({name: F(factor) for name, factor in zip(OUTER, row, strict=True)}, F(-1), SCOPE)
        for row in ((3, -2, 5, 1, -4, 2, 7), (-5, 3, -1, 2, 2, -3, 1), (2, 5, -3, -4, 1, 1, -6))
    ]
    found = cover(hard, prover, MEANING, scope=SCOPE, budget=1, most=3)
    assert isinstance(found, Regions)
    assert not found.complete


def test_intervals_meet_and_join() -> None:
    from caio.obligations.formula import Sort

    low, high = Interval(F(0), F(5), below=True), Interval(F(5), None)
    assert low.joined(high, Sort.REAL) == Interval(F(0))
    assert low.joined(Interval(F(5), F(7), above=True), Sort.REAL) is None
    assert Interval(F(0), F(4)).joined(Interval(F(5), F(6)), Sort.INT) == Interval(F(0), F(6))
    assert Interval(F(0), F(4)).joined(Interval(F(6), F(6)), Sort.INT) is None
    assert low.meet(Interval(F(2), F(9), above=True)) == Interval(
        F(2), F(5), above=True, below=True
    )
    assert Interval().meet(low) == low
    assert low.within(Interval(None, F(5)))
    assert not Interval(None, F(5)).within(low)
