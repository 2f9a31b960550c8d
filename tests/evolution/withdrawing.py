"""Edits of what a contract states, and of whom it permits: each may break its own facet alone, and often does."""

from dataclasses import replace
from fractions import Fraction

from caio.ir import documents as d
from caio.ir import terms as t
from tests.evolution.drawing import SCHEMAS
from tests.evolution.editing import (
    ACCESS,
    ATTRIBUTE,
    AUTHORIZATION,
    CAPABILITY,
    GUARANTEE,
    RULE,
    SCHEMA,
    TRUST,
    Edits,
    Pair,
    place,
    replaced,
)
from tests.evolution.vocabulary import DIGEST, PERMISSIONS, TINY, VOCABULARY, ZONES

WITHDRAWING = Edits()
edit = WITHDRAWING.edit


# --- what is stated -------------------------------------------------------------------------------


@edit(ATTRIBUTE)
def change_an_attribute(pair: Pair) -> bool:
    """Another value; a retention of fewer or of more days is another one, too."""
    index = place(pair, pair.new.attributes)
    if index is None:
        return False
    name, value = pair.new.attributes[index]
    if isinstance(value, Fraction):
        step = pair.draw.rng.choice([Fraction(-1), Fraction(1), TINY])
        if name == "seats":
            step = Fraction(1 if value < 9 else -1)
        pair.state(name, abs(value + step))
    else:
        pair.state(name, pair.draw.value(VOCABULARY.attribute(name).type))
    return True


@edit(ATTRIBUTE)
def say_no_more_of_an_attribute(pair: Pair) -> bool:
    index = place(pair, pair.new.attributes)
    if index is None:
        return False
    pair.state(pair.new.attributes[index][0], None)
    return True


@edit(ATTRIBUTE, GUARANTEE, first=True)
def drop_an_overlay(pair: Pair) -> bool:
    overlay = pair.draw.overlay(pair.old, pair.old.version, "bench")
    pair.old_overlays, pair.new_overlays = (overlay,), ()
    return True


@edit(CAPABILITY)
def remove_a_capability(pair: Pair) -> bool:
    index = place(pair, pair.new.capabilities)
    if index is None:
        return False
    pair.change(capabilities=replaced(pair.new.capabilities, index))
    return True


@edit(RULE)
def add_a_capability_that_a_rule_forbids(pair: Pair) -> bool:
    missing = [c for c in VOCABULARY.capabilities if c not in pair.new.capabilities]
    if not missing:
        return False
    name = pair.draw.rng.choice(missing)
    added = {*pair.new.capabilities, name}
    pair.change(capabilities=tuple(c for c in VOCABULARY.capabilities if c in added))
    forbids = d.Rule(DIGEST, "forbids", pair.draw.condition(), (t.OnCapability(name, False),))
    pair.policy = (*pair.policy, forbids)
    return True


@edit(RULE)
def change_the_route(pair: Pair) -> bool:
    others = [route for route in d.ROUTES if route != pair.new.route]
    pair.change(route=pair.draw.rng.choice(others))
    if pair.draw.chance(0.6):
        when = t.In(d.CHOICE_ROUTE, (pair.draw.rng.choice(d.ROUTES),))
        demand = pair.draw.capability()
        pair.policy = (*pair.policy, d.Constraint(DIGEST, "routes", "traits", when, (demand,)))
    return True


@edit(SCHEMA)
def change_the_schema(pair: Pair) -> bool:
    if pair.new.api is None:
        return False
    schema = pair.draw.rng.choice(SCHEMAS)
    api = None if pair.draw.chance(0.2) else replace(pair.new.api, response_schema=schema)
    pair.change(api=api)
    return True


# --- who may call ---------------------------------------------------------------------------------


@edit(AUTHORIZATION)
def permit_fewer(pair: Pair) -> bool:
    """Any of fewer permissions, or all of more."""
    permits = pair.new.permits
    others = [
        name for name in PERMISSIONS if (name in permits.permissions) == (permits.mode == "any")
    ]
    if permits.mode not in ("any", "all") or not others:
        return False
    names = set(permits.permissions) ^ {pair.draw.rng.choice(others)}
    if not names:
        pair.permit(mode="none", permissions=())
        return True
    pair.permit(permissions=tuple(name for name in PERMISSIONS if name in names))
    return True


@edit(AUTHORIZATION)
def all_instead_of_any(pair: Pair) -> bool:
    if pair.new.permits.mode != "any":
        return False
    pair.permit(mode="all")
    return True


@edit(AUTHORIZATION)
def close_to_the_public(pair: Pair) -> bool:
    if pair.new.permits.mode != "public":
        return False
    pair.permit(mode="any", permissions=PERMISSIONS)
    return True


@edit(TRUST)
def ask_more_trust(pair: Pair) -> bool:
    trust = pair.new.permits.trust
    if trust == 3:
        return False
    pair.permit(trust=Fraction(pair.draw.rng.randint(0, 3)) if trust is None else trust + 1)
    return True


@edit(ACCESS)
def remove_a_zone(pair: Pair) -> bool:
    zones = ZONES if pair.new.permits.zones is None else pair.new.permits.zones
    if not zones:
        return False
    pair.permit(zones=replaced(zones, pair.draw.rng.randrange(len(zones))))
    return True
