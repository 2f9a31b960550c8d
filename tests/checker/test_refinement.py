"""The obligations of refinement and those among rules, each with what holds, what does not, and keys that are refused."""

import copy
from typing import Any

import pytest

from tests.checker.forge import Json, World, affine, constraint, expression, guarantee, on_metric
from tests.checker.posing import Posed, filled, plain_world, rule, subject

SMALL: Json = ["le", affine("-100", tokens="1")]
LARGE: Json = ["not", SMALL]
TINY: Json = ["le", affine("-10", tokens="1")]
FAST = guarantee("latency", "<=", affine("1"))
DIGEST = "sha256:" + "a" * 64
CHAT: Json = {"on": "capability", "name": "chat", "provided": True}


def pair(old: Json, new: Json) -> Posed:
    """OLD and NEW, which are alike but for these fields."""
    world = plain_world()
    world.services[0] |= old
    world.services[1] |= new
    return Posed(world)


def permits(**changes: Json) -> Json:
    return {
        "permits": {"mode": "public", "permissions": [], "trust": None, "zones": None, **changes}
    }


def priced(*cases: tuple[Json, str]) -> Json:
    return {"cost": [{"when": when, "amount": affine(amount)} for when, amount in cases]}


def schema(text: str | None) -> Json:
    return {"api": {"protocol": "http", "endpoint": "x", "response_schema": text}}


REFINEMENT: list[tuple[Json, Json, tuple[Any, ...], bool]] = [
    ({"assumes": [SMALL]}, {"assumes": [SMALL]}, ("assumption", 0), True),
    ({"assumes": [TINY]}, {"assumes": [SMALL]}, ("assumption", 0), True),
    ({"assumes": [SMALL]}, {"assumes": [TINY]}, ("assumption", 0), False),
    ({}, {"assumes": [TINY]}, ("assumption", 0), False),
    ({"guarantees": [FAST]}, {"guarantees": [FAST]}, ("guarantee", 0), True),
    ({"guarantees": [FAST]}, {}, ("guarantee", 0), False),
    ({"guarantees": [FAST]}, {"guarantees": [{**FAST, "relation": "<"}]}, ("guarantee", 0), True),
    ({"guarantees": [{**FAST, "relation": "<"}]}, {"guarantees": [FAST]}, ("guarantee", 0), False),
    ({"guarantees": [FAST]}, {"guarantees": [{**FAST, "level": "1/2"}]}, ("guarantee", 0), False),
    ({"guarantees": [FAST]}, {"guarantees": [{**FAST, "when": SMALL}]}, ("guarantee", 0), False),
    ({"guarantees": [{**FAST, "when": SMALL}]}, {"guarantees": [FAST]}, ("guarantee", 0), True),
    (
        {"assumes": [SMALL], "guarantees": [FAST]},
        {"guarantees": [{**FAST, "when": SMALL}]},
        ("guarantee", 0),
        True,
    ),
    (
        {"guarantees": [FAST]},
        {"guarantees": [{**FAST, "when": SMALL}, {**FAST, "when": LARGE}]},
        ("guarantee", 0),
        True,
    ),
    (
        {"guarantees": [FAST, guarantee("accuracy", ">=", affine("1/2"))]},
        {"guarantees": [FAST]},
        ("guarantee", 1),
        False,
    ),
    (priced((True, "2")), priced((SMALL, "1"), (LARGE, "2")), ("cost_covered", 0), True),
    (priced((True, "2")), priced((SMALL, "1")), ("cost_covered", 0), False),
    (priced((SMALL, "2")), priced((SMALL, "1")), ("cost_covered", 0), True),
    (
        {**priced((True, "2")), "assumes": [SMALL]},
        priced((SMALL, "1")),
        ("cost_covered", 0),
        True,
    ),
    (priced((True, "2")), priced((SMALL, "2"), (LARGE, "3")), ("cost", 0, 0), True),
    (priced((True, "2")), priced((SMALL, "2"), (LARGE, "3")), ("cost", 0, 1), False),
    (priced((SMALL, "2")), priced((SMALL, "1"), (LARGE, "3")), ("cost", 0, 1), True),
    (
        {**priced((True, "2")), "assumes": [SMALL]},
        priced((SMALL, "1"), (LARGE, "3")),
        ("cost", 0, 1),
        True,
    ),
    (
        {"attributes": {"privacy.locality": "eu"}},
        {"attributes": {"privacy.locality": "eu"}},
        ("attribute", "privacy.locality"),
        True,
    ),
    (
        {"attributes": {"privacy.locality": "eu"}},
        {"attributes": {"privacy.locality": "us"}},
        ("attribute", "privacy.locality"),
        False,
    ),
    ({"attributes": {"privacy.locality": "eu"}}, {}, ("attribute", "privacy.locality"), False),
    ({"capabilities": ["chat"]}, {"capabilities": ["chat"]}, ("capability", "chat"), True),
    ({"capabilities": ["chat"]}, {"capabilities": ["vision"]}, ("capability", "chat"), False),
    (
        permits(mode="all", permissions=["invoke", "admin"]),
        permits(mode="any", permissions=["invoke"]),
        ("authorization",),
        True,
    ),
    (
        permits(mode="any", permissions=["invoke", "admin"]),
        permits(mode="any", permissions=["invoke"]),
        ("authorization",),
        False,
    ),
    (permits(), permits(mode="none"), ("authorization",), False),
    (permits(mode="none"), permits(mode="any", permissions=["invoke"]), ("authorization",), True),
    (permits(trust="3"), permits(trust="2"), ("trust",), True),
    (permits(trust="2"), permits(trust="3"), ("trust",), False),
    (permits(zones=["partner"]), permits(zones=["partner", "public"]), ("access",), True),
    (permits(zones=["partner", "public"]), permits(zones=["partner"]), ("access",), False),
    (permits(), permits(zones=["partner"]), ("access",), False),
    ({}, schema("x.json"), ("schema",), True),
    (schema(None), schema("x.json"), ("schema",), True),
    (schema("x.json"), schema("x.json"), ("schema",), False),
    (schema(DIGEST), schema(DIGEST), ("schema",), True),
    (schema(DIGEST), schema("sha256:" + "b" * 64), ("schema",), False),
    (schema(DIGEST), {}, ("schema",), False),
    # What only begins like a digest is the name of a file.
    (schema("sha256:answer.json"), schema("sha256:answer.json"), ("schema",), False),
    (schema(DIGEST.upper()), schema(DIGEST.upper()), ("schema",), False),
]


@pytest.mark.parametrize(("old", "new", "facet", "holds"), REFINEMENT)
def test_a_facet_of_refinement(old: Json, new: Json, facet: tuple[Any, ...], holds: bool) -> None:
    posed = pair(old, new)
    kind, *rest = facet
    assert posed.holds(f"refines_{kind}", posed.one, posed.other, *rest) is holds


NOT_VISION: Json = {"on": "capability", "name": "vision", "provided": False}
AT_HOME: Json = {"on": "attribute", "name": "privacy.locality", "in": ["eu"]}


@pytest.mark.parametrize(
    ("old", "new", "demand", "holds"),
    [
        ({}, {}, rule("r", NOT_VISION), True),
        ({}, {"capabilities": ["chat", "vision"]}, rule("r", NOT_VISION), False),
        (
            {"assumes": [SMALL]},
            {"capabilities": ["vision"]},
            rule("r", NOT_VISION, when=LARGE),
            True,
        ),
        ({"attributes": {"privacy.locality": "eu"}}, {}, rule("r", AT_HOME), False),
        # What the policy refuses today, it may refuse tomorrow.
        ({}, {}, rule("r", AT_HOME), True),
        (
            {"route": "internal"},
            {"route": "external"},
            constraint("c", "policy", AT_HOME, when=["in", "choice.route", ["external"]]),
            False,
        ),
        (
            {"route": "external"},
            {"route": "internal"},
            constraint("c", "policy", AT_HOME, when=["in", "choice.route", ["external"]]),
            True,
        ),
        (
            permits(trust="3"),
            {"capabilities": ["vision"]},
            rule("r", NOT_VISION, when=["le", {"constant": "-2", "terms": {"fact.trust": "1"}}]),
            True,
        ),
    ],
)
def test_a_rule_that_let_the_old_one_through(
    old: Json, new: Json, demand: Json, holds: bool
) -> None:
    world, demand = plain_world(), copy.deepcopy(demand)
    world.services[0] |= old
    world.services[1] |= new
    posed = Posed(world, demand)
    assert posed.holds("refines_rule", posed.one, posed.other, demand) is holds


def test_overlays_are_part_of_a_contract() -> None:
    world = plain_world()
    world.services[0]["guarantees"] = [FAST]
    world.overlays = [
        {
            "kind": "overlay",
            "vocabulary": "",
            "service": "beta",
            "version": "1.0",
            "origin": "audit",
            "attributes": {"privacy.locality": "eu"},
            "guarantees": [FAST],
        }
    ]
    posed = Posed(world)
    more = subject(world.services[1], world.overlays[0])
    assert not posed.holds("refines_guarantee", posed.one, posed.other, 0)
    assert posed.holds("refines_guarantee", posed.one, more, 0)
    assert not posed.holds("refines_guarantee", more, posed.other, 0)
    assert not posed.holds("refines_attribute", more, posed.other, "privacy.locality")


# --- among rules and guarantees ------------------------------------------------------------------


def slow(bound: str, relation: str = "<=", **more: Json) -> Json:
    return {**on_metric("latency", relation, affine(bound)), **more}


RETENTION: Json = {"on": "attribute", "name": "privacy.retention", "relation": "<=", "bound": "5"}


@pytest.mark.parametrize(
    ("premises", "demand", "holds"),
    [
        ([rule("p", slow("1"))], rule("r", slow("2")), True),
        ([rule("p", slow("2"))], rule("r", slow("1")), False),
        ([rule("p", slow("1"))], rule("r", slow("1", "<")), False),
        ([rule("p", slow("1"), when=SMALL)], rule("r", slow("1"), when=TINY), True),
        ([rule("p", slow("1"), when=TINY)], rule("r", slow("1"), when=SMALL), False),
        (
            [rule("p", slow("1"), when=SMALL), rule("q", slow("1"), when=LARGE)],
            rule("r", slow("1")),
            True,
        ),
        ([rule("p", slow("1", level="1/2"))], rule("r", slow("2")), False),
        ([rule("p", slow("1", level="999/1000"))], rule("r", slow("2")), True),
        # Bounds from the other side say nothing, not even where they contradict.
        ([rule("p", slow("9", ">=")), rule("q", slow("5"))], rule("r", slow("2")), False),
        # Nor do demands on something else, whatever they are.
        (
            [rule("p", slow("4000", ">="))],
            rule("r", on_metric("accuracy", ">=", affine("1/2"))),
            False,
        ),
        ([], rule("r", slow("3600")), True),
        ([], rule("r", slow("1"), when=["and", SMALL, LARGE]), True),
        ([rule("p", CHAT)], rule("r", CHAT), True),
        ([rule("p", {**CHAT, "provided": False})], rule("r", CHAT), False),
        ([rule("p", {**CHAT, "name": "vision"})], rule("r", CHAT), False),
        ([rule("p", AT_HOME)], rule("r", {**AT_HOME, "in": ["local", "eu"]}), True),
        (
            [rule("p", {"on": "attribute", "name": "privacy.locality", "not_in": ["us"]})],
            rule("r", {**AT_HOME, "in": ["on_device", "local", "eu"]}),
            True,
        ),
        ([rule("p", {**RETENTION, "bound": "4"})], rule("r", RETENTION), True),
        ([rule("p", {**RETENTION, "bound": "6"})], rule("r", RETENTION), False),
        (
            [rule("p", {"on": "cost", "relation": "<=", "bound": affine("1")})],
            rule("r", {"on": "cost", "relation": "<=", "bound": affine("2")}),
            True,
        ),
        (
            [rule("p", {"on": "cost", "relation": ">=", "bound": affine("3")})],
            rule("r", {"on": "cost", "relation": "<=", "bound": affine("2")}),
            False,
        ),
        (
            [rule("p", {"on": "time", "relation": "<", "bound": "5"})],
            rule("r", {"on": "time", "relation": "<", "bound": "6"}),
            True,
        ),
        # An expression follows from bounds of what it mentions, and from other expressions.
        (
            [rule("p", slow("1")), rule("q", RETENTION)],
            constraint(
                "c",
                "safety",
                expression("-6", {"metric.latency": "1", "service.privacy.retention": "1"}),
            ),
            True,
        ),
        (
            [rule("p", slow("1"))],
            constraint(
                "c",
                "safety",
                expression("-6", {"metric.latency": "1", "service.privacy.retention": "1"}),
            ),
            False,
        ),
        (
            [rule("p", slow("1", ">="))],
            constraint("c", "safety", expression("-6", {"metric.latency": "1"})),
            False,
        ),
        (
            [rule("p", slow("1", level="1/2"))],
            constraint("c", "safety", expression("-6", {"metric.latency": "1"})),
            False,
        ),
        (
            [constraint("p", "safety", expression("-5", {"metric.latency": "1", "cost": "1"}))],
            constraint("c", "safety", expression("-10", {"metric.latency": "2", "cost": "2"})),
            True,
        ),
        (
            [rule("p", {"on": "cost", "relation": "<=", "bound": affine("1")})],
            constraint("c", "safety", expression("0", {"cost": "-1"})),
            False,
        ),
    ],
)
def test_implied(premises: Json, demand: Json, holds: bool) -> None:
    given, demand = copy.deepcopy((premises, demand))
    posed = Posed(plain_world(), *given, demand)
    assert posed.holds("implied", sorted(posed.key(*given)), demand, 0) is holds


@pytest.mark.parametrize(
    ("first", "goal", "holds"),
    [
        ("1", {"metric.latency": "1", "cost": "1"}, False),
        ("1", {"cost": "1"}, False),
        ("-1", {"cost": "1"}, False),
    ],
)
def test_expressions_at_odds_half_of_the_time_prove_nothing(
    first: str, goal: Json, holds: bool
) -> None:
    """A median may be at most 1 and at least 2, each in half of the calls, and nothing follows from that."""
    world = plain_world()
    world.vocabulary["metrics"][1]["level"] = "1/2"
    world.request["ensure"] = []
    premises = [
        constraint("low", "safety", expression("-1", {"metric.latency": "1"})),
        constraint("high", "safety", expression("2", {"metric.latency": "-1"})),
    ]
    demand = constraint("c", "safety", expression(first, goal))
    posed = Posed(world, *premises, demand)
    assert posed.holds("implied", sorted(posed.key(*premises)), demand, 0) is holds
    same = constraint("same", "policy", premises[0]["then"][0])
    again = Posed(world, *premises, same)
    assert again.holds("implied", sorted(again.key(*premises)), same, 0)


@pytest.mark.parametrize(
    ("fields", "demand", "meetable"),
    [
        ({}, rule("r", CHAT), True),
        ({}, rule("r", {**CHAT, "name": "vision"}), False),
        ({"guarantees": [FAST]}, rule("r", slow("1")), True),
        ({"guarantees": [FAST]}, rule("r", slow("1"), slow("1", "<")), False),
        ({"guarantees": [{**FAST, "when": SMALL}]}, rule("r", slow("1"), when=LARGE), False),
        ({"assumes": [SMALL]}, rule("r", CHAT, when=LARGE), False),
        ({}, rule("r", CHAT, when=["and", SMALL, LARGE]), False),
        (
            {"route": "internal"},
            constraint("c", "policy", CHAT, when=["in", "choice.route", ["external"]]),
            False,
        ),
    ],
)
def test_meetable(fields: Json, demand: Json, meetable: bool) -> None:
    world, demand = plain_world(), copy.deepcopy(demand)
    world.services[0] |= fields
    posed = Posed(world, demand)
    assert posed.holds("rule_meetable", demand, posed.one) is meetable


@pytest.mark.parametrize(
    ("others", "assumes", "matters"),
    [
        ([], [], True),
        ([{**FAST, "bound": affine("2")}], [], True),
        ([{**FAST, "relation": "<"}], [], False),
        ([FAST], [], False),
        ([{**FAST, "level": "1/2"}], [], True),
        ([guarantee("latency", ">=", affine("1"))], [], True),
        ([{**FAST, "when": SMALL}], [], True),
        ([{**FAST, "when": SMALL}], [SMALL], False),
        ([{**FAST, "when": SMALL}, {**FAST, "when": LARGE}], [], False),
    ],
)
def test_matters(others: Json, assumes: Json, matters: bool) -> None:
    world = plain_world()
    world.services[0] |= {"guarantees": [FAST, *others], "assumes": assumes}
    posed = Posed(world)
    assert posed.holds("guarantee_matters", posed.one, 0) is matters


# --- what keys must be ---------------------------------------------------------------------------


KEYS: list[tuple[str, list[Json]]] = [
    ("reference", ["guarantee_matters", "@one", 1]),
    ("reference", ["guarantee_matters", "@one", -1]),
    ("shape", ["guarantee_matters", "@one", False]),
    ("shape", ["guarantee_matters", "@one", "0"]),
    ("shape", ["guarantee_matters", "@one"]),
    ("reference", ["refines_assumption", "@other", "@one", 1]),
    ("reference", ["refines_assumption", "@one", "@other", 0]),
    ("reference", ["refines_guarantee", "@other", "@one", 0]),
    ("shape", ["refines_guarantee", "@one", "@other"]),
    ("reference", ["refines_cost_covered", "@one", "@other", 1]),
    ("reference", ["refines_cost_covered", "@other", "@one", 0]),
    ("reference", ["refines_cost", "@one", "@other", 0, 0]),
    ("reference", ["refines_cost", "@other", "@one", 0, 0]),
    ("shape", ["refines_cost", "@one", "@one", 0, True]),
    ("shape", ["refines_cost", "@one", "@one", 0]),
    ("reference", ["refines_attribute", "@other", "@one", "privacy.locality"]),
    ("reference", ["refines_attribute", "@one", "@other", "privacy.encrypted"]),
    ("shape", ["refines_attribute", "@one", "@other", 0]),
    ("reference", ["refines_capability", "@one", "@other", "vision"]),
    ("shape", ["refines_capability", "@one", "@other", None]),
    ("reference", ["refines_trust", "@one", "@other"]),
    ("reference", ["refines_access", "@one", "@other"]),
    ("shape", ["refines_authorization", "@one", "@other", "trust"]),
    ("reference", ["refines_rule", "@one", "@other", "@service"]),
    ("shape", ["refines_rule", "@one", "@other", ["@rule"]]),
    ("shape", ["refines_schema", "@one", None]),
    ("shape", ["refines_schema", "@one"]),
    ("reference", ["implied", [], "@rule", 1]),
    ("shape", ["implied", "@rule", "@rule", 0]),
    ("duplicate", ["implied", ["@rule", "@rule"], "@rule", 0]),
    ("reference", ["implied", ["@service"], "@rule", 0]),
    ("reference", ["rule_meetable", "@service", "@one"]),
    ("reference", ["rule_meetable", "@rule", "@mistaken"]),
    ("shape", ["rule_meetable", "@rule", "@one", []]),
]


@pytest.mark.parametrize(("code", "key"), KEYS)
def test_a_key_that_names_something_else_is_refused(code: str, key: list[Json]) -> None:
    world: World = plain_world()
    world.services[0] |= {"guarantees": [FAST], "assumes": [SMALL], **priced((True, "1"))}
    world.services[0]["attributes"] = {"privacy.locality": "eu"}
    demand = rule("r", CHAT)
    posed = Posed(world, demand)
    name, service = posed.key(demand)[0], posed.one["service"]
    names = {"one": posed.one, "other": posed.other, "rule": name, "service": service}
    names["mistaken"] = {"service": name, "overlays": []}
    assert posed.code(*filled(key, names)) == code
