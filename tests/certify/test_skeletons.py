"""What is remembered between obligations never shows: the same bytes from a fresh memory and from a used one."""

import random
from collections.abc import Iterator
from fractions import Fraction
from math import floor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caio.certify import skeletons
from caio.certify.direct import decide_directly
from caio.certify.evaluate import satisfies
from caio.certify.hypothesis import Hypothesis
from caio.certify.pointwise import simplest_between
from caio.certify.proof import Decided, Model, Refutation, proof_json
from caio.certify.prover import Prover
from caio.certify.skeletons import Goal, Skeletons
from caio.obligations.formula import (
    Conjunction,
    Formula,
    Literal,
    Scope,
    conjunction,
    disjunction,
    equals,
    negation,
    no_more,
    normalise,
)
from tests.certify.forms import (
    FAMILIES,
    Problem,
    integer,
    random_formula,
    random_scope,
    real,
    scope_of,
)
from tests.certify.rules import check_proof

EFFORT = 10_000_000
randoms = st.randoms(use_true_random=False)


def renumbered(formula: Formula, rng: random.Random, scope: Scope) -> Formula:
    """The same formula with other bounds, now and then."""
    match formula:
        case Literal(atom, positive):
            if rng.random() < 0.3:
                return formula
            moved = Fraction(atom.bound) + Fraction(rng.choice([-4, -2, 1, 2, 4]), 2)
            terms = {name: Fraction(value) for name, value in atom.terms}
            found = normalise(terms, moved, scope, strict=atom.strict)
            return found if positive else negation(found)
        case Conjunction(operands, positive):
            joined = conjunction([renumbered(part, rng, scope) for part in operands])
            return joined if positive else negation(joined)
    return formula


def said(decided: Decided | None) -> bytes | None:
    return decided.text if isinstance(decided, Refutation | Model) else None


def evident(
    hypothesis: Hypothesis, skeleton: Skeletons, goal: Goal, decided: Decided | None
) -> None:
    """Evidence of an answer, judged by the rules of the specification alone."""
    form = skeleton.under(hypothesis).extend(goal)
    if isinstance(decided, Refutation):
        check_proof(form, proof_json(decided.proof))
    elif isinstance(decided, Model):
        assert satisfies(form, decided.witness)


def instances(rng: random.Random) -> Iterator[tuple[Hypothesis, Goal]]:
    """Obligations that differ in numbers, in shape, or in both, in random order."""
    scope = random_scope(rng)
    shapes = [
        (
            [random_formula(rng, scope, rng.randrange(2)) for _ in range(rng.randrange(4))],
            tuple(random_formula(rng, scope, rng.randrange(3)) for _ in range(rng.randrange(3))),
        )
        for _ in range(3)
    ]
    for _ in range(12):
        block, goal = rng.choice(shapes)
        yield (
            Hypothesis([renumbered(formula, rng, scope) for formula in block], scope),
            tuple(renumbered(formula, rng, scope) for formula in goal),
        )


@settings(max_examples=60, deadline=None)
@given(rng=randoms, lasting=st.booleans())
def test_a_used_memory_gives_the_bytes_of_a_fresh_one(rng: random.Random, lasting: bool) -> None:
    used = Skeletons()
    for hypothesis, goal in instances(rng):
        warm = used.under(hypothesis).decide(goal, effort=EFFORT, lasting=lasting)
        fresh = Skeletons()
        cold = fresh.under(hypothesis).decide(goal, effort=EFFORT)
        assert type(warm) is type(cold)
        assert said(warm) == said(cold)
        evident(hypothesis, fresh, goal, warm)


@settings(max_examples=40, deadline=None)
@given(rng=randoms)
def test_a_followed_search_gives_the_proof_that_the_search_gives(rng: random.Random) -> None:
    used = Skeletons()
    for hypothesis, goal in instances(rng):
        deductions = used.under(hypothesis)
        found = deductions.decide(goal, effort=EFFORT, lasting=True)
        direct = decide_directly(deductions.extend(goal), effort=EFFORT)
        assert type(found) is type(direct)
        if isinstance(found, Refutation):
            assert found == direct


@pytest.mark.parametrize("family", sorted(FAMILIES))
@settings(max_examples=25, deadline=None)
@given(rng=randoms)
def test_every_family_is_decided_as_without_a_hypothesis(family: str, rng: random.Random) -> None:
    problem: Problem = FAMILIES[family](rng)
    first, *rest = problem.blocks
    goal = tuple(formula for block in rest for formula in block)
    hypothesis = Hypothesis(first, problem.scope)
    skeleton = Skeletons()
    found = skeleton.under(hypothesis).decide(goal, effort=EFFORT)
    evident(hypothesis, skeleton, goal, found)


def test_the_second_instance_is_decided_without_a_search(monkeypatch: pytest.MonkeyPatch) -> None:
    scope = scope_of(integer("x", 0, 1_000), integer("y", 0, 1_000))
    goal: Goal = (
        negation(
            normalise({"x": Fraction(2), "y": Fraction(3)}, Fraction(900), scope, strict=False)
        ),
    )

    def block(x: int, y: int) -> list[Formula]:
        return [equals("x", x, scope), equals("y", y, scope)]

    memory = Skeletons()
    first = memory.under(Hypothesis(block(7, 8), scope)).decide(goal, effort=EFFORT, lasting=True)
    assert isinstance(first, Refutation)

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a search was made")

    monkeypatch.setattr(skeletons, "Search", refuse)
    again = memory.under(Hypothesis(block(101, 202), scope)).decide(
        goal, effort=EFFORT, lasting=True
    )
    assert isinstance(again, Refutation)
    assert again.text == first.text
    # Where a bound fails plainly, that is found by asking the same questions, and the point is the witness.
    with pytest.raises(AssertionError, match="a search was made"):
        memory.under(Hypothesis(block(300, 300), scope)).decide(goal, effort=EFFORT, lasting=True)


def test_equal_bounds_are_told_apart_from_close_ones() -> None:
    scope = scope_of(real("x", 0, 10))
    strict: Goal = (negation(normalise({"x": Fraction(1)}, Fraction(5), scope, strict=True)),)
    memory = Skeletons()
    for bound, refuted in ((4, True), (5, False), (6, False), (4, True)):
        hypothesis = Hypothesis([no_more("x", bound, scope)], scope)
        found = memory.under(hypothesis).decide(strict, effort=EFFORT, lasting=True)
        assert isinstance(found, Refutation) is refuted


def test_what_is_remembered_is_bounded() -> None:
    scope = scope_of(integer("x", 0, 10_000), integer("y", 0, 10_000))
    memory = Skeletons(kept=50)
    for value in range(400):
        # The shape changes from hypothesis to hypothesis, and so does the goal.
        block = [no_more("x", value, scope), *[no_more("y", value, scope)] * (value % 3)]
        goal: Goal = (disjunction([equals("x", value, scope), equals("y", value % 7, scope)]),)
        memory.under(Hypothesis(block, scope)).decide(goal, effort=EFFORT, lasting=True)
    assert sum(shape.size() for shape in memory._shapes.values()) < 200


def test_a_small_budget_means_the_same_as_without_a_memory() -> None:
    rng = random.Random(5)
    for _ in range(20):
        for hypothesis, goal in instances(rng):
            for effort in (1, 30, 300):
                memory = Skeletons()
                memory.under(hypothesis).decide(goal, effort=EFFORT)
                warm = memory.under(hypothesis).decide(goal, effort=effort)
                cold = Skeletons().under(hypothesis).decide(goal, effort=effort)
                assert said(warm) == said(cold)


@given(
    ends=st.tuples(
        st.one_of(st.none(), st.fractions(max_denominator=50)),
        st.one_of(st.none(), st.fractions(max_denominator=50)),
    )
)
def test_the_simplest_decimal_lies_between_and_no_simpler_one_does(
    ends: tuple[Fraction | None, Fraction | None],
) -> None:
    lower, upper = ends
    found = simplest_between(lower, upper)
    if lower is not None and upper is not None and lower >= upper:
        assert found is None
        return
    assert found is not None

    def inside(value: Fraction) -> bool:
        return (lower is None or lower < value) and (upper is None or value < upper)

    assert inside(found)
    places = next(k for k in range(40) if (found * 10**k).denominator == 1)
    if places:
        # One place less leaves room for no multiple between the ends.
        scale = 10 ** (places - 1)
        near = floor(found * scale)
        assert not [n for n in range(near - 1, near + 3) if inside(Fraction(n, scale))]
    toward = found - Fraction((found > 0) - (found < 0), 10**places)
    assert found == 0 or not inside(toward)


def test_the_prover_falls_back_to_the_solver_for_what_is_left() -> None:
    rng = random.Random(11)
    problem = FAMILIES["mixed"](rng)
    first, *rest = problem.blocks
    goal = tuple(formula for block in rest for formula in block)
    hypothesis = Hypothesis(first, problem.scope)
    with Prover() as prover, Prover(direct=False) as through_solver:
        quick = prover.decide_goals(prover.under(hypothesis), [goal, ()])
        slow = through_solver.decide_goals(through_solver.under(hypothesis), [goal, ()])
        assert [type(one) for one in quick] == [type(one) for one in slow]
        with pytest.raises(ValueError, match="must be positive"):
            prover.decide_goals(prover.under(hypothesis), [goal], budget=0)
