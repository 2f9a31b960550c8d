"""Edits of assumptions, guarantees and costs that some caller may notice, each with the facets that it may break.

Few of them always break something: a guard that becomes tighter where nobody was promised more changes nothing. Only the oracle
knows.
"""

from dataclasses import replace
from fractions import Fraction

from caio.ir import documents as d
from caio.ir import terms as t
from tests.evolution.drawing import LEVELS, NUMERIC, SIZE, at_most
from tests.evolution.editing import (
    ASSUMPTION,
    COHERENT,
    COVERED,
    DISJOINT,
    GUARANTEE,
    PRICE,
    USABLE,
    Edits,
    Pair,
    conjoined,
    place,
    replaced,
)
from tests.evolution.vocabulary import TINY

BREAKING = Edits()
edit = BREAKING.edit
STEPS = (Fraction(-1), Fraction(-1, 2), Fraction(1, 2), Fraction(1))
"""How far a boundary over an integer moves; half a step moves it past no value, or past one."""


# --- assumptions ----------------------------------------------------------------------------------


@edit(ASSUMPTION)
def add_an_assumption(pair: Pair) -> bool:
    pair.change(assumes=(*pair.new.assumes, pair.draw.guard()))
    return True


@edit(ASSUMPTION, COHERENT, DISJOINT, first=True)
def move_an_assumption_by_one(pair: Pair) -> bool:
    """An integer boundary, off by one in either direction, or by less than one."""
    edge = Fraction(pair.draw.rng.randint(2, 10))
    step = pair.draw.rng.choice(STEPS)
    pair.both(assumes=(*pair.old.assumes, at_most(SIZE, edge)))
    pair.change(
        assumes=replaced(pair.old.assumes, -1 + len(pair.old.assumes), at_most(SIZE, edge + step))
    )
    return True


@edit(ASSUMPTION, first=True)
def make_an_assumption_strict(pair: Pair) -> bool:
    edge = Fraction(pair.draw.rng.randint(2, 10)) + pair.draw.rng.choice(
        [Fraction(0), Fraction(0), Fraction(1, 2)]
    )
    pair.both(assumes=(*pair.old.assumes, at_most(SIZE, edge)))
    term = t.Affine.of(-edge, {SIZE: Fraction(1)})
    strict = t.Compare(t.Comparison.LT, term)
    pair.change(assumes=(*pair.old.assumes[:-1], strict))
    return True


@edit(USABLE, first=True)
def vacuous_from_the_start(pair: Pair) -> bool:
    """No integer lies between the two assumptions, though a rational would."""
    edge = Fraction(pair.draw.rng.randint(2, 9))
    low = t.Compare(t.Comparison.LT, t.Affine.of(edge, {SIZE: Fraction(-1)}))
    high = t.Compare(t.Comparison.LT, t.Affine.of(-edge - 1, {SIZE: Fraction(1)}))
    pair.both(assumes=(*pair.old.assumes, low, high))
    return True


# --- guarantees -----------------------------------------------------------------------------------


@edit(GUARANTEE)
def drop_a_guarantee(pair: Pair) -> bool:
    index = place(pair, pair.new.guarantees)
    if index is None:
        return False
    pair.change(guarantees=replaced(pair.new.guarantees, index))
    return True


@edit(GUARANTEE)
def tighten_a_guard(pair: Pair) -> bool:
    index = place(pair, pair.new.guarantees)
    if index is None:
        return False
    promise = pair.new.guarantees[index]
    narrower = replace(promise, when=conjoined(promise.when, pair.draw.guard()))
    pair.change(guarantees=replaced(pair.new.guarantees, index, narrower))
    return True


@edit(GUARANTEE, COHERENT)
def swap_a_guard(pair: Pair) -> bool:
    """The guard is turned round, or changed for that of another promise."""
    index = place(pair, pair.new.guarantees)
    if index is None:
        return False
    promise = pair.new.guarantees[index]
    other = pair.draw.rng.choice(pair.new.guarantees).when
    swapped = t.Not(promise.when) if other == promise.when else other
    changed = replaced(pair.new.guarantees, index, replace(promise, when=swapped))
    pair.change(guarantees=changed)
    return True


@edit(GUARANTEE)
def loosen_a_bound(pair: Pair) -> bool:
    """By much, or by very little; everywhere, or more and more along one integer."""
    index = place(pair, pair.new.guarantees)
    if index is None:
        return False
    promise = pair.new.guarantees[index]
    by = t.Affine(pair.draw.rng.choice([TINY, Fraction(1, 20), Fraction(2)]))
    if pair.draw.chance(0.4):
        by = t.Affine.of(0, {pair.draw.rng.choice([SIZE, *_second(pair)]): TINY})
    moved = promise.bound.plus(by, 1 if promise.relation.upper else -1)
    pair.change(guarantees=replaced(pair.new.guarantees, index, replace(promise, bound=moved)))
    return True


def _second(pair: Pair) -> list[str]:
    return [name for name in pair.draw.request if name in NUMERIC and name != SIZE]


@edit(GUARANTEE, COHERENT)
def tilt_a_bound(pair: Pair) -> bool:
    """Tighter at one end of an integer, looser at the other."""
    index = place(pair, pair.new.guarantees)
    if index is None:
        return False
    promise = pair.new.guarantees[index]
    middle = Fraction(pair.draw.rng.randint(1, 11))
    slope = Fraction(pair.draw.rng.choice([1, -1]), 100)
    by = t.Affine.of(-slope * middle, {SIZE: slope})
    tilted = replace(promise, bound=promise.bound.plus(by))
    pair.change(guarantees=replaced(pair.new.guarantees, index, tilted))
    return True


@edit(GUARANTEE)
def make_a_bound_weak(pair: Pair) -> bool:
    """From ``<`` to ``<=``."""
    strict = [i for i, g in enumerate(pair.new.guarantees) if g.relation.strict]
    if not strict:
        return False
    index = pair.draw.rng.choice(strict)
    promise = pair.new.guarantees[index]
    weak = t.Relation.LE if promise.relation.upper else t.Relation.GE
    changed = replaced(pair.new.guarantees, index, replace(promise, relation=weak))
    pair.change(guarantees=changed)
    return True


@edit(GUARANTEE)
def lower_a_level(pair: Pair) -> bool:
    index = place(pair, pair.new.guarantees)
    promise = None if index is None else pair.new.guarantees[index]
    if index is None or promise is None or promise.level is None:
        return False
    lower = [level for level in LEVELS if level < promise.level]
    if not lower:
        return False
    changed = replace(promise, level=pair.draw.rng.choice(lower))
    pair.change(guarantees=replaced(pair.new.guarantees, index, changed))
    return True


@edit(GUARANTEE, COHERENT, first=True)
def move_a_guard_by_one(pair: Pair) -> bool:
    """Where a promise begins, off by one at an integer boundary; between two integers nothing changes."""
    edge = Fraction(pair.draw.rng.randint(2, 10))
    step = pair.draw.rng.choice(STEPS)
    promise = pair.draw.latency()
    before, after = (replace(promise, when=at_most(SIZE, e)) for e in (edge, edge + step))
    kept = pair.old.guarantees
    pair.both(guarantees=(*kept, before))
    pair.change(guarantees=(*kept, after))
    return True


@edit(COHERENT)
def contradict_oneself(pair: Pair) -> bool:
    """Two promises that cannot both be kept, for some requests or for one size alone."""
    when = pair.draw.guard()
    if pair.draw.chance(0.4):
        size = Fraction(pair.draw.rng.randint(0, 12))
        when = t.Compare(t.Comparison.EQ, t.Affine.of(-size, {SIZE: Fraction(1)}))
    level = pair.draw.rng.choice(LEVELS)
    high = d.Guarantee("latency", t.Relation.LE, t.Affine(Fraction(3)), when, level)
    low = d.Guarantee("latency", t.Relation.GE, t.Affine(Fraction(4)), pair.draw.guard(), LEVELS[2])
    pair.change(guarantees=(*pair.new.guarantees, high, low))
    return True


@edit(COHERENT)
def promise_beyond_the_range(pair: Pair) -> bool:
    """More than the metric can ever be, where the size is at one of its ends."""
    slope = Fraction(pair.draw.rng.choice([84, 80]), 1000)
    bound = t.Affine.of(0, {SIZE: slope})
    beyond = d.Guarantee("accuracy", t.Relation.GE, bound, pair.draw.guard())
    pair.change(guarantees=(*pair.new.guarantees, beyond))
    return True


# --- cost -----------------------------------------------------------------------------------------


@edit(COVERED)
def leave_a_gap_in_cost(pair: Pair) -> bool:
    index = place(pair, pair.new.cost)
    if index is None:
        return False
    case = pair.new.cost[index]
    if pair.draw.chance(0.3):
        pair.change(cost=replaced(pair.new.cost, index))
    else:
        narrower = replace(case, when=conjoined(case.when, pair.draw.guard()))
        pair.change(cost=replaced(pair.new.cost, index, narrower))
    return True


@edit(COVERED, PRICE, DISJOINT, first=True)
def move_a_price_by_one(pair: Pair) -> bool:
    """Where the dearer case begins, off by one; or both cases move apart, or over each other."""
    edge = Fraction(pair.draw.rng.randint(2, 10))
    steps = [pair.draw.rng.choice([*STEPS, Fraction(0), Fraction(0)]) for _ in range(2)]
    amounts = sorted([pair.draw.amount(), pair.draw.amount()], key=lambda a: a.constant)
    pair.both(cost=_two(edge, edge, amounts))
    pair.change(cost=_two(edge + steps[0], edge + steps[1], amounts))
    return True


def _two(low: Fraction, high: Fraction, amounts: list[t.Affine]) -> tuple[d.CostCase, ...]:
    return (
        d.CostCase(at_most(SIZE, low), amounts[0]),
        d.CostCase(t.Not(at_most(SIZE, high)), amounts[1]),
    )


@edit(PRICE)
def raise_a_cost_in_a_corner(pair: Pair) -> bool:
    """Dearer where the integers are at their greatest alone, or everywhere, by very little."""
    index = place(pair, pair.new.cost)
    if index is None:
        return False
    case = pair.new.cost[index]
    names = [SIZE, *_second(pair)]
    slope = Fraction(1, 50)
    most = sum((NUMERIC[name] for name in names), Fraction(0))
    corner = t.Affine.of(TINY - slope * most, dict.fromkeys(names, slope))
    by = pair.draw.rng.choice([corner, corner, t.Affine(TINY)])
    dearer = replace(case, amount=case.amount.plus(by))
    pair.change(cost=replaced(pair.new.cost, index, dearer))
    return True


@edit(DISJOINT, PRICE)
def let_two_cost_cases_overlap(pair: Pair) -> bool:
    if not pair.new.cost:
        return False
    pair.change(cost=(*pair.new.cost, d.CostCase(pair.draw.guard(), pair.draw.amount())))
    return True
