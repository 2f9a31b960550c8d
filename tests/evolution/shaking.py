"""Numbers changed at random: whether anybody notices, nobody knows but the oracle."""

from dataclasses import replace
from fractions import Fraction

from caio.ir import terms as t
from tests.evolution.editing import (
    ASSUMPTION,
    COHERENT,
    COVERED,
    DISJOINT,
    GUARANTEE,
    PRICE,
    Edits,
    Pair,
    place,
    replaced,
)

SHAKING = Edits()
edit = SHAKING.edit


@edit(GUARANTEE, COHERENT)
def change_a_number_of_a_bound(pair: Pair) -> bool:
    index = place(pair, pair.new.guarantees)
    if index is None:
        return False
    promise = pair.new.guarantees[index]
    shaken = replace(promise, bound=_shaken(pair, promise.bound))
    pair.change(guarantees=replaced(pair.new.guarantees, index, shaken))
    return True


@edit(PRICE)
def change_a_number_of_a_price(pair: Pair) -> bool:
    index = place(pair, pair.new.cost)
    if index is None:
        return False
    case = pair.new.cost[index]
    shaken = replace(case, amount=_shaken(pair, case.amount))
    pair.change(cost=replaced(pair.new.cost, index, shaken))
    return True


def _shaken(pair: Pair, term: t.Affine) -> t.Affine:
    """A coefficient or the constant, up or down by less than a third."""
    factor = Fraction(pair.draw.rng.randint(70, 130), 100)
    parts = dict(term.terms)
    chosen = pair.draw.rng.choice(["", *parts])
    if not chosen:
        return t.Affine.of(term.constant * factor, parts)
    return t.Affine.of(term.constant, {**parts, chosen: parts[chosen] * factor})


@edit(ASSUMPTION, COHERENT, DISJOINT)
def change_a_threshold_of_an_assumption(pair: Pair) -> bool:
    index = place(pair, pair.new.assumes)
    if index is None:
        return False
    moved = _moved(pair.new.assumes[index], _step(pair))
    pair.change(assumes=replaced(pair.new.assumes, index, moved))
    return True


@edit(GUARANTEE, COHERENT)
def change_a_threshold_of_a_guard(pair: Pair) -> bool:
    guarded = [i for i, promise in enumerate(pair.new.guarantees) if promise.when != t.TRUE]
    if not guarded:
        return False
    index = pair.draw.rng.choice(guarded)
    promise = pair.new.guarantees[index]
    moved = replace(promise, when=_moved(promise.when, _step(pair)))
    pair.change(guarantees=replaced(pair.new.guarantees, index, moved))
    return True


@edit(COVERED, DISJOINT, PRICE)
def change_a_threshold_of_a_price(pair: Pair) -> bool:
    guarded = [i for i, case in enumerate(pair.new.cost) if case.when != t.TRUE]
    if not guarded:
        return False
    index = pair.draw.rng.choice(guarded)
    case = pair.new.cost[index]
    moved = replace(case, when=_moved(case.when, _step(pair)))
    pair.change(cost=replaced(pair.new.cost, index, moved))
    return True


def _step(pair: Pair) -> Fraction:
    return Fraction(pair.draw.rng.choice([-6, -3, -1, 1, 3, 6]), 6)


def _moved(formula: t.Formula, step: Fraction) -> t.Formula:
    """The first comparison of a formula, moved."""
    match formula:
        case t.Not(operand):
            return t.Not(_moved(operand, step))
        case t.And((first, *rest)):
            return t.And((_moved(first, step), *rest))
        case t.Or((first, *rest)):
            return t.Or((_moved(first, step), *rest))
        case t.Compare(comparison, term):
            return t.Compare(comparison, term.plus(t.Affine(step)))
    return formula
