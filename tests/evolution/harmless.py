"""Edits that no caller notices: what is asked for is less, or what is promised is more or the same in other words.

Each may still break a facet that depends on more than the change: promises that become tighter may contradict others, and a new
capability may be one that a rule forbids. These are named; nothing else may break.
"""

from dataclasses import replace
from fractions import Fraction

from caio.ir import documents as d
from caio.ir import terms as t
from tests.evolution.drawing import LEVELS, SCHEMAS
from tests.evolution.editing import (
    COHERENT,
    DISJOINT,
    PRICE,
    RULE,
    Edits,
    Pair,
    conjoined,
    place,
    replaced,
)
from tests.evolution.vocabulary import DIGEST, PERMISSIONS, VOCABULARY, ZONES

HARMLESS = Edits()
edit = HARMLESS.edit


# --- assumptions ----------------------------------------------------------------------------------


@edit(COHERENT, DISJOINT)
def drop_an_assumption(pair: Pair) -> bool:
    index = place(pair, pair.new.assumes)
    if index is None:
        return False
    pair.change(assumes=replaced(pair.new.assumes, index))
    return True


@edit(COHERENT, DISJOINT)
def widen_an_assumption(pair: Pair) -> bool:
    index = place(pair, pair.new.assumes)
    if index is None:
        return False
    wider = t.Or((pair.new.assumes[index], pair.draw.guard()))
    pair.change(assumes=replaced(pair.new.assumes, index, wider))
    return True


@edit()
def join_the_assumptions(pair: Pair) -> bool:
    if len(pair.new.assumes) < 2:
        return False
    pair.change(assumes=(t.And(pair.new.assumes),))
    return True


@edit()
def say_an_assumption_otherwise(pair: Pair) -> bool:
    index = place(pair, pair.new.assumes)
    if index is None:
        return False
    pair.change(assumes=replaced(pair.new.assumes, index, otherwise(pair, pair.new.assumes[index])))
    return True


def otherwise(pair: Pair, formula: t.Formula) -> t.Formula:
    """The same condition in other words."""
    other = pair.draw.guard()
    forms: list[t.Formula] = [
        t.Not(t.Not(formula)),
        t.Or((t.And((formula, other)), t.And((formula, t.Not(other))))),
        t.And((formula, t.Or((other, t.Not(other))))),
        t.Or((formula, t.And((formula, other)))),
    ]
    match formula:
        case t.And(operands):
            forms.append(t.Not(t.Or(tuple(t.Not(one) for one in operands))))
        case t.Or(operands):
            forms.append(t.Not(t.And(tuple(t.Not(one) for one in operands))))
        case t.Compare(t.Comparison.LE, term) if _integral(term):
            # Over the integers, n <= 0 is n < 1, and n < 1/2 as well.
            nudge = pair.draw.rng.choice([Fraction(1), Fraction(1, 2)])
            forms.append(t.Compare(t.Comparison.LT, term.plus(t.Affine(nudge), -1)))
            forms.append(t.Not(t.Compare(t.Comparison.LT, term.times(-1))))
        case t.Compare(t.Comparison.EQ, term):
            sides = (term, term.times(-1))
            forms.append(t.And(tuple(t.Compare(t.Comparison.LE, side) for side in sides)))
    return pair.draw.rng.choice(forms)


def _integral(term: t.Affine) -> bool:
    """Whether a term has integer values alone."""
    factors = (term.constant, *(factor for _, factor in term.terms))
    kinds = [VOCABULARY.field(t.counted(name) or name).type for name, _ in term.terms]
    return all(factor.denominator == 1 for factor in factors) and not any(
        isinstance(kind, d.RationalType) for kind in kinds
    )


# --- guarantees -----------------------------------------------------------------------------------


@edit(COHERENT)
def tighten_a_bound(pair: Pair) -> bool:
    index = place(pair, pair.new.guarantees)
    if index is None:
        return False
    promise = pair.new.guarantees[index]
    step = Fraction(pair.draw.rng.choice([1, 2, 3]), 100)
    if promise.metric == "latency":
        step *= 60
    moved = promise.bound.plus(t.Affine(step), -1 if promise.relation.upper else 1)
    tighter = replace(promise, bound=moved)
    pair.change(guarantees=replaced(pair.new.guarantees, index, tighter))
    return True


@edit(COHERENT)
def make_a_bound_strict(pair: Pair) -> bool:
    index = place(pair, pair.new.guarantees)
    if index is None:
        return False
    promise = pair.new.guarantees[index]
    strict = t.Relation.LT if promise.relation.upper else t.Relation.GT
    changed = replaced(pair.new.guarantees, index, replace(promise, relation=strict))
    pair.change(guarantees=changed)
    return True


@edit(COHERENT)
def widen_a_guard(pair: Pair) -> bool:
    index = place(pair, pair.new.guarantees)
    if index is None:
        return False
    promise = pair.new.guarantees[index]
    wider: t.Formula = t.Or((promise.when, pair.draw.guard()))
    if pair.draw.chance(0.5):
        wider = t.TRUE
    changed = replaced(pair.new.guarantees, index, replace(promise, when=wider))
    pair.change(guarantees=changed)
    return True


@edit(COHERENT)
def raise_a_level(pair: Pair) -> bool:
    index = place(pair, pair.new.guarantees)
    promise = None if index is None else pair.new.guarantees[index]
    if index is None or promise is None or promise.level is None:
        return False
    higher = [level for level in LEVELS if level > promise.level]
    if not higher:
        return False
    changed = replace(promise, level=pair.draw.rng.choice(higher))
    pair.change(guarantees=replaced(pair.new.guarantees, index, changed))
    return True


@edit()
def split_a_guarantee(pair: Pair) -> bool:
    index = place(pair, pair.new.guarantees)
    if index is None:
        return False
    promise, guard = pair.new.guarantees[index], pair.draw.guard()
    halves = [
        replace(promise, when=conjoined(promise.when, side)) for side in (guard, t.Not(guard))
    ]
    pair.change(guarantees=replaced(pair.new.guarantees, index, *halves))
    return True


@edit()
def say_a_guard_otherwise(pair: Pair) -> bool:
    index = place(pair, pair.new.guarantees)
    if index is None:
        return False
    promise = pair.new.guarantees[index]
    changed = replace(promise, when=otherwise(pair, promise.when))
    pair.change(guarantees=replaced(pair.new.guarantees, index, changed))
    return True


@edit(COHERENT)
def add_a_guarantee(pair: Pair) -> bool:
    draw = pair.draw.rng.choice([pair.draw.latency, pair.draw.accuracy, pair.draw.depth])
    pair.change(guarantees=(*pair.new.guarantees, draw(when=pair.draw.guard())))
    return True


@edit(first=True)
def drop_a_redundant_guarantee(pair: Pair) -> bool:
    """The old contract says once more, under a narrower guard, loosely and at a lower level, what it says already."""
    index = place(pair, pair.old.guarantees)
    if index is None:
        return False
    promise = pair.old.guarantees[index]
    looser = promise.bound.plus(t.Affine(Fraction(1, 7)), 1 if promise.relation.upper else -1)
    relation = t.Relation.LE if promise.relation.upper else t.Relation.GE
    level = None if promise.level is None else LEVELS[0]
    when = conjoined(promise.when, pair.draw.guard())
    weaker = d.Guarantee(promise.metric, relation, looser, when, level)
    kept = pair.old.guarantees
    pair.both(guarantees=(weaker, *kept))
    pair.change(guarantees=kept)
    return True


@edit()
def reorder(pair: Pair) -> bool:
    parts: dict[str, object] = {}
    for name in ("assumes", "guarantees", "cost"):
        items = list(getattr(pair.new, name))
        pair.draw.rng.shuffle(items)
        parts[name] = tuple(items)
    pair.change(**parts)
    return True


# --- cost -----------------------------------------------------------------------------------------


@edit()
def lower_a_cost(pair: Pair) -> bool:
    index = place(pair, pair.new.cost)
    if index is None:
        return False
    case = pair.new.cost[index]
    cheaper = case.amount.plus(t.Affine(Fraction(pair.draw.rng.choice([1, 30]), 100)), -1)
    pair.change(cost=replaced(pair.new.cost, index, replace(case, amount=cheaper)))
    return True


@edit()
def split_a_cost_case(pair: Pair) -> bool:
    index = place(pair, pair.new.cost)
    if index is None:
        return False
    pair.change(cost=replaced(pair.new.cost, index, *_halves(pair, pair.new.cost[index])))
    return True


@edit(first=True)
def merge_two_cost_cases(pair: Pair) -> bool:
    index = place(pair, pair.old.cost)
    if index is None:
        return False
    whole = pair.old.cost
    pair.both(cost=replaced(whole, index, *_halves(pair, whole[index])))
    first, second = pair.old.cost[index : index + 2]
    merged = d.CostCase(t.Or((first.when, second.when)), first.amount)
    pair.change(cost=replaced(whole, index, merged))
    return True


def _halves(pair: Pair, case: d.CostCase) -> list[d.CostCase]:
    guard = pair.draw.guard()
    return [replace(case, when=conjoined(case.when, side)) for side in (guard, t.Not(guard))]


@edit(DISJOINT, PRICE)
def add_a_cost_case(pair: Pair) -> bool:
    """Where none applies, which is no bound at all, there is one; after another edit that may be where one did apply."""
    guards = tuple(case.when for case in pair.new.cost)
    nowhere: t.Formula = t.TRUE
    if guards:
        nowhere = t.Not(guards[0] if len(guards) == 1 else t.Or(guards))
    pair.change(cost=(*pair.new.cost, d.CostCase(nowhere, pair.draw.amount())))
    return True


# --- what is stated -------------------------------------------------------------------------------


@edit()
def add_an_attribute(pair: Pair) -> bool:
    stated = dict(pair.new.attributes) | {
        name: value for overlay in pair.new_overlays for name, value in overlay.attributes
    }
    free = [field for field in VOCABULARY.attributes if field.name not in stated]
    if not free:
        return False
    field = pair.draw.rng.choice(free)
    pair.state(field.name, pair.draw.value(field.type))
    return True


@edit(RULE)
def add_a_capability(pair: Pair) -> bool:
    missing = [c for c in VOCABULARY.capabilities if c not in pair.new.capabilities]
    if not missing:
        return False
    added = {*pair.new.capabilities, pair.draw.rng.choice(missing)}
    pair.change(capabilities=tuple(c for c in VOCABULARY.capabilities if c in added))
    return True


@edit()
def move_a_promise_to_an_overlay(pair: Pair) -> bool:
    index = place(pair, pair.new.guarantees)
    if index is None or pair.new_overlays:
        return False
    moved = d.Overlay(
        DIGEST, pair.new.name, pair.new.version, "bench", (), (pair.new.guarantees[index],)
    )
    pair.new_overlays = (moved,)
    pair.change(guarantees=replaced(pair.new.guarantees, index))
    return True


@edit()
def move_a_statement_to_an_overlay(pair: Pair) -> bool:
    index = place(pair, pair.new.attributes)
    if index is None or pair.new_overlays:
        return False
    stated = pair.new.attributes[index]
    moved = d.Overlay(DIGEST, pair.new.name, pair.new.version, "audit", (stated,), ())
    pair.new_overlays = (moved,)
    pair.change(attributes=replaced(pair.new.attributes, index))
    return True


@edit(first=True)
def begin_to_name_a_schema(pair: Pair) -> bool:
    pair.both(api=None)
    pair.change(api=d.Api("http", "https://s.example/2", pair.draw.rng.choice(SCHEMAS[1:])))
    return True


# --- who may call ---------------------------------------------------------------------------------


@edit()
def open_to_the_public(pair: Pair) -> bool:
    pair.permit(mode="public", permissions=())
    return True


@edit()
def permit_more(pair: Pair) -> bool:
    """Any of more permissions, or all of fewer."""
    permits = pair.new.permits
    others = [
        name for name in PERMISSIONS if (name in permits.permissions) == (permits.mode == "all")
    ]
    if permits.mode not in ("any", "all") or not others:
        return False
    chosen = pair.draw.rng.choice(others)
    names = set(permits.permissions) ^ {chosen}
    if not names:
        return False
    pair.permit(permissions=tuple(name for name in PERMISSIONS if name in names))
    return True


@edit()
def any_instead_of_all(pair: Pair) -> bool:
    if pair.new.permits.mode != "all":
        return False
    pair.permit(mode="any")
    return True


@edit()
def ask_less_trust(pair: Pair) -> bool:
    trust = pair.new.permits.trust
    if trust is None:
        return False
    pair.permit(trust=trust - 1 if trust and pair.draw.chance(0.6) else None)
    return True


@edit()
def add_a_zone(pair: Pair) -> bool:
    zones = pair.new.permits.zones
    missing = [] if zones is None else [zone for zone in ZONES if zone not in zones]
    if zones is None or not missing:
        return False
    added = {*zones, pair.draw.rng.choice(missing)}
    more = tuple(zone for zone in ZONES if zone in added)
    pair.permit(zones=None if pair.draw.chance(0.2) else more)
    return True
