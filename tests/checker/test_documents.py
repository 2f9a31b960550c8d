"""Documents are re-checked in full; each kind of flaw is a test of its own."""

import copy
from collections.abc import Callable

import pytest

from caio.checker import Documents, Rejection, load
from caio.checker.reader import digest
from tests.checker.forge import (
    Json,
    World,
    affine,
    document_set,
    dump,
    field,
    guarantee,
    members,
    number,
    on_metric,
)

Change = Callable[[World], object]


def rejection(world: World) -> Rejection:
    with pytest.raises(Rejection) as caught:
        load(document_set(*world.documents()))
    return caught.value


def test_a_whole_world_is_loaded_and_named_by_digest() -> None:
    world = World()
    listed = world.documents()
    loaded = load(document_set(*listed))
    assert isinstance(loaded, Documents)
    assert isinstance(load(document_set(*reversed(listed))), Documents)


def test_sets_given_together_are_united() -> None:
    listed = World().documents()
    load(document_set(*listed[:3]), document_set(*listed[2:]))
    load(dump({"format": "caio-decision/v1", "documents": listed}), document_set(*listed))
    load(dump({"format": "caio-decision/v1"}))
    load()


def test_white_space_and_key_order_do_not_change_a_digest() -> None:
    document = World().vocabulary
    shuffled = dict(reversed(document.items()))
    assert digest(document) == digest(shuffled)


def setter(part: str, path: list[Json], value: Json) -> Change:
    """Set what a path leads to in a part of the world; a callable computes from the old value."""

    def change(world: World) -> None:
        target: Json = getattr(world, part)
        for key in path[:-1]:
            target = target[key]
        target[path[-1]] = value(target[path[-1]]) if callable(value) else value

    return change


def dropper(part: str, path: list[Json]) -> Change:
    def change(world: World) -> None:
        target: Json = getattr(world, part)
        for key in path[:-1]:
            target = target[key]
        del target[path[-1]]

    return change


def adder(part: str, path: list[Json], *values: Json) -> Change:
    return setter(part, path, lambda old: [*old, *values])


def both(*changes: Change) -> Change:
    def change(world: World) -> None:
        for one in changes:
            one(world)

    return change


V, S, R, Q, P, F, T = "vocabulary", "services", "rules", "request", "profile", "facts", "states"
TOKENS = {"constant": "0", "terms": {"request.tokens": "1"}}


def le(variable: str) -> Json:
    return ["le", {"constant": "0", "terms": {variable: "1"}}]


FLAWS: list[tuple[str, Change, str]] = [
    # Vocabularies.
    ("no vocabulary field", dropper(V, ["units"]), "shape"),
    ("a further field", lambda world: world.vocabulary.update(more=1), "shape"),
    ("an enumeration without members", setter(V, ["enums", 0, "members"], []), "empty"),
    ("a member twice", setter(V, ["enums", 0, "members"], members("eu", "eu")), "duplicate"),
    (
        "an enumeration twice",
        adder(V, ["enums"], {"name": "Zone", "members": members("a")}),
        "duplicate",
    ),
    ("a metric twice", setter(V, ["metrics", 1, "name"], "accuracy"), "duplicate"),
    ("a capability twice", setter(V, ["capabilities"], ["chat", "chat"]), "duplicate"),
    ("a unit twice", setter(V, ["units"], ["token", "token"]), "duplicate"),
    ("a field twice", adder(V, ["request"], field("tokens", {"sort": "bool"})), "duplicate"),
    ("a field named as in no language", setter(V, ["facts", 0, "name"], "Trust"), "name"),
    ("a field with a dot", setter(V, ["request", 0, "name"], "a.b"), "name"),
    ("a field `at`", adder(V, ["environment"], field("at", {"sort": "instant"})), "duplicate"),
    (
        "an enumeration that is not there",
        setter(V, ["request", 0, "type", "enum"], "None"),
        "reference",
    ),
    ("a sort that is none", setter(V, ["request", 1, "type"], {"sort": "float"}), "shape"),
    (
        "a type with more",
        setter(V, ["request", 1, "type"], {"sort": "bool", "enum": "Zone"}),
        "shape",
    ),
    ("an empty range", setter(V, ["facts", 0, "type", "lower"], "6"), "sort"),
    ("an integer range with a fraction", setter(V, ["facts", 0, "type", "upper"], "11/2"), "sort"),
    ("an integer without a bound", setter(V, ["facts", 0, "type", "upper"], None), "sort"),
    (
        "a dimension that is none",
        setter(V, ["facts", 0, "type", "dimension"], "parsec"),
        "reference",
    ),
    ("a metric range of one point", setter(V, ["metrics", 0, "upper"], "0"), "sort"),
    ("a metric better sideways", setter(V, ["metrics", 0, "better"], "same"), "shape"),
    ("a level of no quantile", setter(V, ["metrics", 0, "level"], "1/2"), "shape"),
    ("a quantile without level", setter(V, ["metrics", 1, "level"], None), "shape"),
    ("a level of 1", setter(V, ["metrics", 1, "level"], "1"), "sort"),
    ("a law that is none", setter(V, ["metrics", 1, "sequence"], "average"), "shape"),
    ("a metric role that is none", setter(V, ["metrics", 0, "role"], "speed"), "shape"),
    ("two latencies", setter(V, ["metrics", 0, "role"], "latency"), "duplicate"),
    ("a role that is none", setter(V, ["request", 0, "role"], "place"), "reference"),
    ("a role of another section", setter(V, ["request", 0, "role"], "zone"), "reference"),
    ("a role of another sort", setter(V, ["request", 0, "role"], "data"), "sort"),
    (
        "a role twice",
        adder(V, ["facts"], field("z", {"sort": "enum", "enum": "Zone"}, "zone")),
        "duplicate",
    ),
    ("a default of a fact", setter(V, ["facts", 0, "default"], "1"), "shape"),
    ("a default of another sort", setter(V, ["request", 1, "default"], "no"), "shape"),
    (
        "a set among the attributes",
        adder(V, ["attributes"], field("s", {"sort": "set", "enum": "Zone"})),
        "sort",
    ),
    ("a worst cost of 0", setter(V, ["cost", "upper"], "0"), "sort"),
    # Services and overlays.
    ("a version of words", setter(S, [0, "version"], "latest"), "name"),
    ("a version with a leading zero", setter(S, [0, "version"], "1.01"), "name"),
    ("a version of nine parts", setter(S, [0, "version"], "1.2.3.4.5.6.7.8.9"), "name"),
    ("a route that is none", setter(S, [0, "route"], "scenic"), "shape"),
    ("an attribute that is not declared", setter(S, [0, "attributes"], {"x": True}), "reference"),
    (
        "an attribute of another sort",
        setter(S, [0, "attributes"], {"privacy.encrypted": "yes"}),
        "shape",
    ),
    (
        "a member that is none",
        setter(S, [0, "attributes"], {"privacy.locality": "mars"}),
        "reference",
    ),
    ("capabilities out of order", setter(S, [0, "capabilities"], ["vision", "chat"]), "canonical"),
    (
        "a capability twice in a service",
        setter(S, [0, "capabilities"], ["chat", "chat"]),
        "duplicate",
    ),
    ("an unknown capability", setter(S, [0, "capabilities"], ["sing"]), "reference"),
    ("a guarantee on no metric", setter(S, [0, "guarantees", 0, "metric"], "speed"), "reference"),
    ("a guarantee with no relation", setter(S, [0, "guarantees", 0, "relation"], "=="), "shape"),
    ("a guarantee without its level", setter(S, [0, "guarantees", 1, "level"], None), "shape"),
    ("a guarantee with a level too many", setter(S, [0, "guarantees", 0, "level"], "1/2"), "shape"),
    (
        "a bound over the environment",
        setter(S, [0, "guarantees", 0, "bound"], {"constant": "0", "terms": {"env.load": "1"}}),
        "origin",
    ),
    ("a guard over facts", setter(S, [0, "guarantees", 0, "when"], le("fact.trust")), "origin"),
    ("an assumption over facts", setter(S, [0, "assumes"], [le("fact.trust")]), "origin"),
    (
        "a guard over measurements",
        setter(S, [0, "guarantees", 0, "when"], le("measured.caution")),
        "origin",
    ),
    (
        "an amount over the environment",
        setter(S, [0, "cost", 0, "amount"], {"constant": "0", "terms": {"env.load": "1"}}),
        "origin",
    ),
    ("permissions of the public", setter(S, [0, "permits", "mode"], "public"), "shape"),
    ("no permissions of any", setter(S, [0, "permits", "permissions"], []), "shape"),
    (
        "permissions out of order",
        setter(S, [0, "permits", "permissions"], ["admin", "invoke"]),
        "canonical",
    ),
    (
        "a permission twice",
        setter(S, [0, "permits", "permissions"], ["admin", "admin"]),
        "duplicate",
    ),
    ("a permission of nobody", setter(S, [0, "permits", "permissions"], ["fly"]), "reference"),
    ("zones out of order", setter(S, [0, "permits", "zones"], ["public", "internal"]), "canonical"),
    ("a name and version twice", setter(S, [1, "name"], "alpha"), "duplicate"),
    (
        "an equal version twice",
        both(setter(S, [1, "name"], "alpha"), setter(S, [1, "version"], "1")),
        "duplicate",
    ),
    # Expressions.
    ("a variable of nobody", setter(S, [0, "assumes"], [le("request.size")]), "reference"),
    ("a variable without prefix", setter(S, [0, "assumes"], [le("tokens")]), "reference"),
    ("a truth as a number", setter(S, [0, "assumes"], [le("request.urgent")]), "sort"),
    ("a set as a number", setter(S, [0, "assumes"], [le("request.data")]), "sort"),
    ("a count of a number", setter(S, [0, "assumes"], [le("count(request.tokens)")]), "sort"),
    ("a number as a truth", setter(S, [0, "assumes"], [["is", "request.tokens"]]), "sort"),
    (
        "a member of no enumeration",
        setter(S, [0, "assumes"], [["in", "request.tokens", ["eu"]]]),
        "sort",
    ),
    (
        "a member of a set that is none",
        setter(S, [0, "assumes"], [["has", "request.region", "eu"]]),
        "sort",
    ),
    ("membership in nothing", setter(S, [0, "assumes"], [["in", "request.region", []]]), "empty"),
    (
        "members out of order",
        setter(S, [0, "assumes"], [["in", "request.region", ["us", "eu"]]]),
        "canonical",
    ),
    (
        "members twice",
        setter(S, [0, "assumes"], [["in", "request.region", ["us", "us"]]]),
        "duplicate",
    ),
    (
        "a coefficient of 0",
        setter(S, [0, "assumes"], [["le", {"constant": "0", "terms": {"request.tokens": "0"}}]]),
        "canonical",
    ),
    (
        "a product",
        setter(
            S,
            [0, "assumes"],
            [["le", {"constant": "0", "terms": {"request.tokens*request.tokens": "1"}}]],
        ),
        "reference",
    ),
    ("an and of one", setter(S, [0, "assumes"], [["and", True]]), "shape"),
    ("a not of two", setter(S, [0, "assumes"], [["not", True, True]]), "shape"),
    ("a head that is none", setter(S, [0, "assumes"], [["xor", True, True]]), "shape"),
    ("an empty formula", setter(S, [0, "assumes"], [[]]), "empty"),
    ("null as a formula", setter(S, [0, "assumes"], [None]), "shape"),
    ("1 as true", setter(S, [0, "assumes"], [1]), "shape"),
    (
        "a float as a constant",
        setter(S, [0, "assumes"], [["le", {"constant": 0.5, "terms": {}}]]),
        "json",
    ),
    (
        "an integer as a constant",
        setter(S, [0, "assumes"], [["le", {"constant": 0, "terms": {}}]]),
        "shape",
    ),
    (
        "a number of 513 digits",
        setter(S, [0, "assumes"], [["le", {"constant": "9" * 513, "terms": {}}]]),
        "limit",
    ),
    # Rules.
    ("a rule without actions", setter(R, [1, "then"], []), "empty"),
    ("an invariant with a priority", setter(R, [0, "priority"], 1), "shape"),
    ("a rule named as an invariant", setter(R, [1, "name"], "health_at_home"), "duplicate"),
    ("a condition over measurements", setter(R, [1, "when"], le("measured.caution")), "origin"),
    (
        "an action over facts",
        setter(R, [1, "then", 0, "bound"], {"constant": "0", "terms": {"fact.trust": "1"}}),
        "origin",
    ),
    ("an action on nothing", setter(R, [1, "then"], [{"on": "mood"}]), "shape"),
    ("an action on an unknown attribute", setter(R, [0, "then", 0, "name"], "colour"), "reference"),
    ("an action in no values", setter(R, [0, "then", 0, "in"], []), "empty"),
    (
        "an action with bounds of an enumeration",
        setter(
            R,
            [0, "then"],
            [{"on": "attribute", "name": "privacy.locality", "relation": "<=", "bound": "1"}],
        ),
        "shape",
    ),
    (
        "an action with members of a number",
        setter(R, [0, "then"], [{"on": "attribute", "name": "privacy.retention", "in": ["1"]}]),
        "shape",
    ),
    (
        "an action on truths out of order",
        setter(
            R, [0, "then"], [{"on": "attribute", "name": "privacy.encrypted", "in": [True, False]}]
        ),
        "canonical",
    ),
    (
        "an action on both in and not in",
        setter(
            R,
            [0, "then"],
            [{"on": "attribute", "name": "privacy.encrypted", "in": [True], "not_in": [False]}],
        ),
        "shape",
    ),
    (
        "an action on a capability of nobody",
        setter(R, [0, "then"], [{"on": "capability", "name": "sing", "provided": True}]),
        "reference",
    ),
    (
        "an action at half past",
        setter(R, [0, "then"], [{"on": "time", "relation": "<", "bound": TOKENS}]),
        "shape",
    ),
    # Requests.
    ("a request that needs nothing", setter(Q, ["needs"], []), "empty"),
    ("a request that needs any of nothing", setter(Q, ["needs"], [[]]), "empty"),
    ("a need of nobody", setter(Q, ["needs"], [["sing"]]), "reference"),
    ("a need twice", setter(Q, ["needs"], [["chat", "chat"]]), "duplicate"),
    ("a request that states a fact", adder(Q, ["given"], le("fact.trust")), "origin"),
    ("a request that states the environment", adder(Q, ["given"], le("env.load")), "origin"),
    ("a request that states the time", adder(Q, ["given"], le("env.at")), "origin"),
    ("a default that is not stated", setter(Q, ["given"], lambda old: old[:-1]), "canonical"),
    ("a negative budget", setter(Q, ["budget"], "-1"), "sort"),
    ("a negative deadline", setter(Q, ["deadline"], "-1"), "sort"),
    ("a nominal point that leaves out a field", setter(Q, ["nominal"], {"tokens": "600"}), "shape"),
    (
        "a nominal value out of range",
        setter(Q, ["nominal"], {"region": "eu", "urgent": False, "tokens": "-1", "data": []}),
        "sort",
    ),
    (
        "a nominal value of nothing",
        setter(
            Q, ["nominal"], {"region": "eu", "urgent": False, "tokens": "1", "data": [], "x": "1"}
        ),
        "reference",
    ),
    # Profiles.
    (
        "no weight",
        setter(
            P, ["weights"], dict.fromkeys(["guarantee", "cost", "performance", "reliability"], "0")
        ),
        "empty",
    ),
    ("a negative weight", setter(P, ["weights", "cost"], "-1"), "sort"),
    ("a huge weight", setter(P, ["weights", "cost"], "1000001"), "limit"),
    (
        "weights that make scores too large",
        both(
            setter(P, ["weights", "cost"], "1/999983"),
            setter(P, ["weights", "guarantee"], "1000000"),
            setter(P, ["resolution"], "1/1000000"),
        ),
        "limit",
    ),
    ("a resolution of 2", setter(P, ["resolution"], "2"), "sort"),
    ("a resolution of 2/3", setter(P, ["resolution"], "2/3"), "sort"),
    ("a resolution of 0", setter(P, ["resolution"], "0"), "sort"),
    ("a resolution too fine", setter(P, ["resolution"], "1/1000001"), "limit"),
    ("another objective", setter(P, ["objective"], "luck"), "shape"),
    ("performance out of order", setter(P, ["performance"], ["latency", "accuracy"]), "canonical"),
    ("performance of nothing", setter(P, ["performance"], ["speed"]), "reference"),
    (
        "a limit over the request",
        setter(P, ["limits", "available"], [le("request.tokens")]),
        "origin",
    ),
    ("a negative allowance", setter(P, ["limits", "routing_allowance"], "-1"), "sort"),
    ("an origin that is none", setter(P, ["limits", "facts"], ["rumour"]), "reference"),
    ("no solver units", setter(P, ["limits", "solver_units"], "0"), "sort"),
    ("optimality of another kind", setter(P, ["optimality"], "wanted"), "shape"),
    ("a pin to words", setter(P, ["pins"], {"alpha": "latest"}), "name"),
    # Facts and states.
    ("a fact of nobody", setter(F, ["values"], {"mood": "1"}), "reference"),
    ("a fact out of range", setter(F, ["values", "trust"], "6"), "sort"),
    ("a fraction of trust", setter(F, ["values", "trust"], "1/2"), "sort"),
    ("facts of another origin", setter(F, ["origin"], "proved"), "shape"),
    (
        "held permissions out of order",
        setter(F, ["values", "permissions"], ["admin", "invoke"]),
        "canonical",
    ),
    ("more violations than calls", setter(T, [0, "history", "violations"], "101"), "sort"),
    ("half a call", setter(T, [0, "history", "calls"], "1/2"), "sort"),
    ("too many calls", setter(T, [0, "history", "calls"], "1000000000001"), "sort"),
    ("a state out of range", setter(T, [0, "values", "load"], "2"), "sort"),
]


@pytest.mark.parametrize(
    ("change", "code"), [flaw[1:] for flaw in FLAWS], ids=[f[0] for f in FLAWS]
)
def test_a_flawed_document_is_refused(change: Change, code: str) -> None:
    world = World()
    change(world)
    assert rejection(world).code == code


def changed(change: Callable[[list[Json]], object]) -> Rejection:
    """The rejection of a set whose documents were changed without their references."""
    listed = World().documents()
    change(listed)
    with pytest.raises(Rejection) as caught:
        load(document_set(*listed))
    return caught.value


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda ds: ds.append(copy.deepcopy(ds[0])), "duplicate"),
        (lambda ds: ds.pop(0), "reference"),
        (lambda ds: ds.pop(1), "reference"),
        (lambda ds: ds.append({"kind": "poem"}), "shape"),
        (lambda ds: ds[1].pop("vocabulary"), "shape"),
        (lambda ds: ds.append({}), "shape"),
        (lambda ds: ds.append([]), "shape"),
        (lambda ds: ds.append("text"), "shape"),
        (lambda ds: ds[-1].update(count=3), "landscape"),
        (lambda ds: ds[-1].update(count="2"), "shape"),
        (lambda ds: ds[-1].update(entries=[], count=0), "empty"),
        (lambda ds: ds[-1]["entries"].reverse(), "canonical"),
        (lambda ds: ds[-1]["entries"].__setitem__(1, ds[-1]["entries"][0]), "duplicate"),
        (lambda ds: ds[-1]["entries"][0].update(state=ds[-1]["entries"][1]["state"]), "reference"),
        (
            lambda ds: ds[-1]["entries"][0].update(service=ds[-1]["entries"][0]["state"]),
            "reference",
        ),
        (lambda ds: ds[-1]["entries"][0].update(service="sha256:" + "0" * 64), "reference"),
        (lambda ds: ds[-1]["entries"][0].update(service="alpha"), "shape"),
        (lambda ds: ds[-1]["entries"][0].update(overlays=[digest(ds[1])]), "reference"),
    ],
)
def test_a_set_that_does_not_fit_together_is_refused(
    change: Callable[[list[Json]], object], code: str
) -> None:
    assert changed(change).code == code


def overlay(world: World, **fields: Json) -> Json:
    own = {"kind": "overlay", "vocabulary": "", "service": "alpha", "version": "1.0"}
    more = {"origin": "bench", "attributes": {}, "guarantees": []}
    world.overlays.append({**own, **more, **fields})
    return world


def test_overlays_add_and_never_contradict() -> None:
    raised = guarantee("accuracy", ">=", affine("19/20"))
    load(document_set(*overlay(World(), guarantees=[raised]).documents()))
    load(document_set(*overlay(World(), attributes={"privacy.retention": "0"}).documents()))
    again = overlay(World(), attributes={"privacy.locality": "us"})
    assert rejection(again).code == "duplicate"
    twice = overlay(World(), attributes={"privacy.retention": "0"})
    overlay(twice, origin="audit", attributes={"privacy.retention": "1"})
    assert rejection(twice).code == "duplicate"
    same = overlay(overlay(World()))
    same.overlays[1]["guarantees"] = [raised]
    assert rejection(same).code == "duplicate"


def test_what_a_vocabulary_lacks_nobody_can_use() -> None:
    def without(part: str) -> World:
        world = World()
        if part == "cost":
            world.vocabulary["cost"] = None
        else:
            world.vocabulary["facts"] = [f for f in world.vocabulary["facts"] if f["role"] != part]
            del world.facts["values"][part]
        return world

    assert rejection(without("cost")).code == "reference"
    assert rejection(without("trust")).code == "reference"
    assert rejection(without("zone")).code == "reference"
    load(document_set(*without("permissions").documents()))
    world = without("cost")
    for service in world.services:
        service["cost"] = []
    assert rejection(world).code == "reference"
    world.request["budget"] = None
    load(document_set(*world.documents()))
    world.request["ensure"].append({"on": "cost", "relation": "<=", "bound": affine("1")})
    assert rejection(world).code == "reference"


def test_two_vocabularies_are_kept_apart() -> None:
    one, two = World(), World()
    two.vocabulary["name"] = "other"
    for world in (one, two):
        world.documents()
    mixed = [one.vocabulary, two.vocabulary, *one.services, *one.states]
    entries: Json = [{"service": digest(one.services[0]), "overlays": [], "state": None}]
    landscape = {"kind": "landscape", "vocabulary": digest(two.vocabulary), "count": 1}
    with pytest.raises(Rejection) as caught:
        load(document_set(*mixed, {**landscape, "entries": entries}))
    assert caught.value.code == "reference"


def test_a_path_names_the_document_and_the_place() -> None:
    world = World()
    world.services[0]["guarantees"][1]["bound"]["terms"]["request.nothing"] = "1"
    told = rejection(world)
    assert told.path == 'documents[1].guarantees[1].bound.terms["request.nothing"]'
    with pytest.raises(Rejection) as caught:
        load(document_set(), b"{")
    assert caught.value.path == "parts[1]"


@pytest.mark.parametrize(
    "data",
    [
        b"[]",
        b"{}",
        b'{"format": "caio-documents/v2", "documents": []}',
        b'{"format": "caio-documents/v1"}',
        b'{"format": "caio-documents/v1", "documents": {}}',
        b'{"format": "caio-documents/v1", "documents": [], "more": 1}',
        b'{"format": "caio-decision/v1", "documents": {}}',
        b'{"format": null, "documents": []}',
    ],
)
def test_only_document_sets_and_decisions_are_loaded(data: bytes) -> None:
    with pytest.raises(Rejection) as caught:
        load(data)
    assert caught.value.code == "shape"


def big_vocabulary(sets: int, size: int) -> World:
    world = World()
    world.vocabulary["enums"].append({"name": "Big", "members": members(*map(str, range(size)))})
    kind = {"sort": "set", "enum": "Big"}
    world.vocabulary["measured"] += [field(f"s{i}", kind) for i in range(sets)]
    return world


def test_small_documents_cannot_ask_for_large_tables() -> None:
    load(document_set(*big_vocabulary(20, 10_000).documents()))
    assert rejection(big_vocabulary(30, 10_000)).code == "limit"
    assert rejection(big_vocabulary(0, 10_001)).code == "limit"


def test_many_vocabularies_share_one_limit() -> None:
    first, second = big_vocabulary(20, 10_000), big_vocabulary(20, 10_000)
    second.vocabulary["name"] = "second"
    with pytest.raises(Rejection) as caught:
        load(document_set(first.vocabulary), document_set(second.vocabulary))
    assert caught.value.code == "limit"


def test_a_formula_over_a_large_count_is_paid_for_and_not_unfolded_at_once() -> None:
    world = big_vocabulary(0, 10_000)
    world.vocabulary["request"].append(field("many", {"sort": "set", "enum": "Big"}))
    count: Json = {"constant": "0", "terms": {"count(request.many)": "1"}}
    bounds = [{**count, "constant": str(n)} for n in range(500)]
    world.services[0]["guarantees"] = [guarantee("accuracy", ">=", bound) for bound in bounds]
    load(document_set(*world.documents()))
    world.services[0]["assumes"] = [["le", {**count, "constant": str(-n)}] for n in range(400)]
    assert rejection(world).code == "budget"


def test_types_of_every_sort_are_read() -> None:
    world = World()
    world.vocabulary["attributes"] += [
        field("since", {"sort": "instant"}),
        field("size", number("int", "0", "10")),
    ]
    world.services[0]["attributes"] |= {"since": "0", "size": "3"}
    at = {"on": "attribute", "name": "since", "relation": "<", "bound": "1"}
    world.rules[1]["then"] += [at, {"on": "time", "relation": "<", "bound": "1795305600000001"}]
    world.rules[1]["then"].append(on_metric("latency", ">", affine("0", tokens="1/1000000")))
    load(document_set(*world.documents()))
    for wrong in ("253402300800000000", "1/2"):
        world.services[0]["attributes"]["since"] = wrong
        assert rejection(world).code == "sort"


def test_a_default_is_stated_in_given_and_nowhere_else() -> None:
    """What is mentioned elsewhere, even right after a formula of `given`, does not state it."""
    world = World()
    kind = number("int", "0", "9")
    world.vocabulary["request"].append(field("grade", kind, default="3"))
    world.request["ensure"].append(on_metric("accuracy", ">=", affine("0", grade="1/10")))
    assert rejection(world).code == "canonical"
    world.request["given"].append(["eq", affine("-3", grade="1")])
    load(document_set(*world.documents()))
    world.request["given"][-1] = ["or", True, ["eq", affine("-3", grade="1")]]
    load(document_set(*world.documents()))
