"""Traps in rules, attributes and facts: what is absent, what is open, what is closed."""

from dataclasses import replace
from fractions import Fraction

import pytest

from caio.ir import documents as d
from caio.ir import terms as t
from tests.traps.conftest import Decide
from tests.traps.scenes import (
    ACCURACY,
    FACTS,
    GE,
    LE,
    NAME,
    PROFILE,
    asking,
    at_least,
    changed,
    need,
    promise,
    tokens,
)

FIRST = ["requirement", 0]


def rule(when: t.Formula, *then: t.Atom, invariant: bool = False) -> d.Rule:
    return d.Rule(NAME, "r", when, then, invariant=invariant)


def is_in(attribute: str, *values: str | bool, negated: bool = False) -> t.OnAttribute:
    return t.OnAttribute(attribute, values, negated)


# --- attributes: open world -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "atom",
    [
        is_in("region", "us", negated=True),
        is_in("region", "eu", "us", negated=True),
        is_in("region", "eu"),
        is_in("region", "eu", "us", "apac"),
        is_in("region", "eu", "us", "apac", negated=True),
        is_in("deterministic", False, True),
        is_in("deterministic", True, negated=True),
        t.OnQuantity("privacy.retention", LE, Fraction(10**9)),
        t.OnQuantity("privacy.retention", GE, Fraction(0)),
    ],
)
def test_an_absent_attribute_meets_nothing(decide: Decide, atom: t.Atom) -> None:
    assert decide(request=asking(ensure=(atom,))).failed() == [FIRST]


def test_a_stated_attribute_is_what_it_says(decide: Decide) -> None:
    service = changed(attributes=(("privacy.encrypted", True), ("region", "eu")))

    def failed(atom: t.Atom) -> list[list[object]]:
        return decide(service, request=asking(ensure=(atom,))).failed()

    assert failed(is_in("region", "us", negated=True)) == []
    assert failed(is_in("region", "eu", "apac")) == []
    assert failed(is_in("region", "eu", negated=True)) == [FIRST]
    assert failed(is_in("region", "us", "apac")) == [FIRST]
    assert failed(is_in("privacy.encrypted", False, negated=True)) == []


def test_a_quantity_is_compared_exactly(decide: Decide) -> None:
    tiny = Fraction(1, 10**40)
    service = changed(
        attributes=(("privacy.encrypted", True), ("privacy.retention", 5 + tiny)),
    )
    over = asking(ensure=(t.OnQuantity("privacy.retention", LE, Fraction(5)),))
    within = asking(ensure=(t.OnQuantity("privacy.retention", LE, 5 + tiny),))
    assert decide(service, request=over).failed() == [FIRST]
    assert decide(service, request=within).failed() == []


# --- rules ----------------------------------------------------------------------------------------


def test_a_rule_whose_condition_is_never_true_refutes_nobody(decide: Decide) -> None:
    never = t.And((at_least("request.tokens", 9000), at_least("request.tokens", 10_001)))
    impossible = need(ACCURACY, GE, 2)
    assert decide(policy=[rule(never, impossible)]).failed() == []
    assert decide(policy=[rule(t.FALSE, impossible)]).failed() == []


def test_a_rule_binds_a_request_that_may_trigger_it(decide: Decide) -> None:
    urgent = rule(t.Is("request.urgent"), need(ACCURACY, GE, "9/10"))
    outcome = decide(policy=[urgent])
    assert outcome.failed() == [["rule", "r", 0]]
    assert outcome.witness("rule", "r", 0)["request.urgent"] == 1
    calm = asking(given=(t.Not(t.Is("request.urgent")),))
    assert decide(policy=[urgent], request=calm).failed() == []


def test_every_action_of_a_rule_is_an_obligation_of_its_own(decide: Decide) -> None:
    actions = (t.OnCapability("chat"), t.OnCapability("vision"), t.OnCapability("vision", False))
    outcome = decide(policy=[rule(t.TRUE, *actions)])
    assert outcome.failed() == [["rule", "r", 1]]
    assert [["rule", "r", i] for i in range(3)] == [k for k in outcome.asked() if k[0] == "rule"]


def test_the_priority_of_a_rule_never_affects_admission(decide: Decide) -> None:
    demand = rule(t.TRUE, t.OnCapability("vision"))
    for priority in (-(10**6), 0, 10**6):
        ranked = replace(demand, priority=priority)
        assert decide(policy=[ranked]).failed() == [["rule", "r", 0]]


def test_an_invariant_fails_under_its_own_name_and_step(decide: Decide) -> None:
    outcome = decide(policy=[rule(t.TRUE, t.OnCapability("vision"), invariant=True)])
    assert outcome.failed() == [["invariant", "r", 0]]
    assert outcome.body["steps"] == [
        ["contract_matching", 1],
        ["rule_satisfaction", 1],
        ["security", 0],
        ["trait_constraints", 0],
        ["availability", 0],
    ]


def test_a_rule_may_rest_on_a_promise_that_holds_where_its_condition_does(decide: Decide) -> None:
    long = at_least("request.tokens", 5000)
    demand = rule(long, need(ACCURACY, GE, "9/10"))
    enough = changed(guarantees=(promise(ACCURACY, GE, "9/10", long),))
    short = changed(guarantees=(promise(ACCURACY, GE, "9/10", at_least("request.tokens", 5001)),))
    assert decide(enough, policy=[demand]).failed() == []
    assert decide(short, policy=[demand]).failed() == [["rule", "r", 0]]


# --- capabilities: closed world -------------------------------------------------------------------


def test_what_is_not_listed_is_not_provided(decide: Decide) -> None:
    assert decide(request=asking(needs=(("vision",),))).failed() == [["capability", 0]]
    assert decide(request=asking(needs=(("chat", "vision"),))).failed() == []
    both = asking(needs=(("chat",), ("vision",)))
    assert decide(request=both).failed() == [["capability", 1]]
    without = asking(ensure=(t.OnCapability("vision", False),))
    assert decide(request=without).failed() == []


# --- facts ----------------------------------------------------------------------------------------


def permits(
    mode: str, *names: str, trust: int | None = None, zones: tuple[str, ...] | None = None
) -> d.Service:
    level = None if trust is None else Fraction(trust)
    return changed(permits=d.Permits(mode, names, level, zones))


@pytest.mark.parametrize(
    ("mode", "names", "failed"),
    [
        ("public", (), []),
        ("none", (), [["authorization"]]),
        ("any", ("invoke", "admin"), []),
        ("all", ("invoke", "admin"), [["authorization"]]),
        ("all", ("invoke",), []),
        ("any", ("admin",), [["authorization"]]),
    ],
)
def test_a_caller_may_do_what_is_permitted_by_name(
    decide: Decide, mode: str, names: tuple[str, ...], failed: list[object]
) -> None:
    assert decide(permits(mode, *names)).failed() == failed


def test_a_permission_that_nobody_states_is_not_held(decide: Decide) -> None:
    silent = replace(FACTS, values=(("trust", Fraction(3)),))
    assert decide(permits("any", "invoke", "admin"), facts=silent).failed() == [["authorization"]]
    assert decide(permits("any", "invoke", "admin"), facts=None).failed() == [["authorization"]]


def test_trust_and_zone_that_nobody_states_suffice_for_nothing(decide: Decide) -> None:
    demanding = permits("public", trust=1, zones=("internal",))
    silent = replace(FACTS, values=())
    assert decide(demanding, facts=silent).failed() == [["trust"], ["access"]]
    assert decide(permits("public", trust=0), facts=silent).failed() == []
    assert decide(permits("public", zones=("internal", "open")), facts=silent).failed() == []


def test_trust_suffices_from_its_level_on(decide: Decide) -> None:
    assert decide(permits("public", trust=3)).failed() == []
    assert decide(permits("public", trust=4)).failed() == [["trust"]]


def test_facts_of_an_origin_that_the_profile_does_not_permit_are_no_authentication(
    decide: Decide,
) -> None:
    closed = replace(PROFILE, limits=replace(PROFILE.limits, facts=()))
    assert decide(profile=closed).failed() == [["authentication"]]
    assert decide(profile=closed, facts=None).failed() == [["authentication"]]


def test_a_rule_about_a_fact_that_nobody_states_binds(decide: Decide) -> None:
    low = t.Not(at_least("fact.trust", 3))
    demand = rule(low, t.OnCapability("vision"))
    assert decide(policy=[demand]).failed() == []
    silent = replace(FACTS, values=())
    assert decide(policy=[demand], facts=silent).failed() == [["rule", "r", 0]]


# --- privacy --------------------------------------------------------------------------------------


def where(**attributes: str | bool) -> d.Service:
    named = {f"privacy.{name}": value for name, value in attributes.items()}
    return changed(attributes=tuple(sorted(named.items())))


@pytest.mark.parametrize(
    ("service", "failed"),
    [
        (where(), [["privacy"]]),
        (where(encrypted=False), [["privacy"]]),
        (where(encrypted=True), []),
        (where(locality="eu"), [["privacy"]]),
        (where(locality="local"), []),
        (where(locality="on_device", encrypted=False), []),
        (where(locality="us", encrypted=True), []),
    ],
)
def test_data_left_open_may_be_sensitive(
    decide: Decide, service: d.Service, failed: list[object]
) -> None:
    assert decide(service).failed() == failed
    health = asking(given=(t.Has("request.data", "health"),))
    assert decide(service, request=health).failed() == failed
    public = asking(given=(t.Not(t.Has("request.data", "health")),))
    assert decide(service, request=public).failed() == []


def test_data_declared_public_may_be_sensitive_as_well(decide: Decide) -> None:
    declared = asking(given=(t.Has("request.data", "public"),))
    assert decide(where(), request=declared).failed() == [["privacy"]]


def test_sensitive_data_that_depends_on_the_request_is_looked_for_where_it_occurs(
    decide: Decide,
) -> None:
    tied = t.Or((t.Not(t.Has("request.data", "health")), at_least("request.tokens", 9000)))
    outcome = decide(where(), request=asking(given=(tied,)))
    assert outcome.failed() == [["privacy"]]
    assert outcome.witness("privacy")["request.tokens"] >= 9000
    short = asking(given=(tied, *tokens(0, 8999)))
    assert decide(where(), request=short).failed() == []
