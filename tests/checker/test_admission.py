"""What `admitted` is, conjunct by conjunct, and what follows from it: `never`, `always`, `keeps`, `inhabited`."""

import copy

import pytest

from caio.checker import load
from caio.checker.reader import digest
from tests.checker.forge import (
    Json,
    World,
    affine,
    constraint,
    document_set,
    expression,
    guarantee,
    on_metric,
)
from tests.checker.posing import Posed, always, filled, group, never, plain_world, rule, subject

HEALTH: Json = ["has", "request.data", "health"]
CHAT: Json = {"on": "capability", "name": "chat", "provided": True}
SMALL: Json = ["le", affine("-100", tokens="1")]


def admitted_somewhere(world: World, asked: Json = None, *demands: Json) -> bool:
    """Whether the first service is admitted for some request, as `keeps` says against one that admits nothing."""
    profile = [world.profile] if asked and asked["deadline"] is not None else []
    posed = Posed(world, *([asked] if asked else []), *demands)
    names = sorted(posed.key(*demands, *profile))
    return not posed.holds("keeps", asked, None, posed.one, names, None, [], [])


def changed(**fields: Json) -> World:
    world = plain_world()
    world.services[0] |= fields
    return world


def permits(**changes: Json) -> Json:
    return {"mode": "public", "permissions": [], "trust": None, "zones": None, **changes}


FAST = guarantee("latency", "<=", affine("1"))
PRICED = [{"when": True, "amount": affine("2")}]
TWO = [{"when": SMALL, "amount": affine("2")}, {"when": ["not", SMALL], "amount": affine("3")}]


@pytest.mark.parametrize(
    ("world", "asked", "demands", "admitted"),
    [
        (plain_world(), None, (), True),
        # 1. Promises that contradict each other admit nothing.
        (changed(guarantees=[FAST, guarantee("latency", ">=", affine("2"))]), None, (), False),
        (changed(guarantees=[FAST, guarantee("latency", ">=", affine("1"))]), None, (), True),
        (changed(guarantees=[FAST, guarantee("latency", ">", affine("1"))]), None, (), False),
        # 2. Some capability of every group.
        (plain_world(), group(needs=[["chat"]]), (), True),
        (plain_world(), group(needs=[["vision", "chat"]]), (), True),
        (plain_world(), group(needs=[["chat"], ["vision"]]), (), False),
        # 3. Every assumption.
        (changed(assumes=[SMALL]), group(given=[SMALL]), (), True),
        (changed(assumes=[SMALL]), group(given=[["not", SMALL]]), (), False),
        # 4. What is ensured follows from a promise.
        (
            changed(guarantees=[FAST]),
            group(ensure=[on_metric("latency", "<=", affine("1"))]),
            (),
            True,
        ),
        (
            changed(guarantees=[FAST]),
            group(ensure=[on_metric("latency", "<", affine("1"))]),
            (),
            False,
        ),
        (plain_world(), group(ensure=[on_metric("latency", "<=", affine("1"))]), (), False),
        (plain_world(), group(ensure=[on_metric("latency", "<=", affine("3600"))]), (), True),
        (plain_world(), group(ensure=[on_metric("latency", "<", affine("3600"))]), (), False),
        (plain_world(), group(ensure=[on_metric("latency", ">=", affine("0"))]), (), True),
        # 5. Rules, where they apply.
        (plain_world(), None, (rule("r", CHAT),), True),
        (plain_world(), None, (rule("r", {**CHAT, "provided": False}),), False),
        (
            plain_world(),
            group(given=[["not", SMALL]]),
            (rule("r", {**CHAT, "provided": False}, when=SMALL),),
            True,
        ),
        (plain_world(), None, (rule("r", CHAT, {**CHAT, "name": "vision"}),), False),
        (plain_world(), None, (rule("r", CHAT, kind="invariant"),), True),
        # A constraint over the route has the truth value that it has for the route of the service.
        (
            plain_world(),
            None,
            (
                constraint(
                    "c",
                    "policy",
                    {**CHAT, "provided": False},
                    when=["in", "choice.route", ["internal"]],
                ),
            ),
            True,
        ),
        (
            plain_world(),
            None,
            (
                constraint(
                    "c",
                    "policy",
                    {**CHAT, "provided": False},
                    when=["in", "choice.route", ["external"]],
                ),
            ),
            False,
        ),
        # 6. Permissions, trust and zones.
        (changed(permits=permits(mode="none")), None, (), False),
        (
            changed(permits=permits(mode="any", permissions=["invoke", "admin"])),
            group(given=[["not", ["has", "fact.permissions", "admin"]]]),
            (),
            True,
        ),
        (
            changed(permits=permits(mode="all", permissions=["invoke", "admin"])),
            group(given=[["not", ["has", "fact.permissions", "admin"]]]),
            (),
            False,
        ),
        (
            changed(permits=permits(trust="3")),
            group(given=[["le", {"constant": "-3", "terms": {"fact.trust": "1"}}]]),
            (),
            True,
        ),
        (
            changed(permits=permits(trust="3")),
            group(given=[["le", {"constant": "-2", "terms": {"fact.trust": "1"}}]]),
            (),
            False,
        ),
        (
            changed(permits=permits(zones=["internal"])),
            group(given=[["in", "fact.zone", ["internal"]]]),
            (),
            True,
        ),
        (
            changed(permits=permits(zones=["internal"])),
            group(given=[["in", "fact.zone", ["partner", "public"]]]),
            (),
            False,
        ),
        # 7. Sensitive data stay near or sealed.
        (plain_world(), group(given=[HEALTH]), (), False),
        (plain_world(), group(given=[["not", HEALTH]]), (), True),
        (changed(attributes={"privacy.locality": "eu"}), group(given=[HEALTH]), (), False),
        (changed(attributes={"privacy.locality": "local"}), group(given=[HEALTH]), (), True),
        (changed(attributes={"privacy.locality": "on_device"}), group(given=[HEALTH]), (), True),
        (changed(attributes={"privacy.encrypted": True}), group(given=[HEALTH]), (), True),
        (changed(attributes={"privacy.encrypted": False}), group(given=[HEALTH]), (), False),
        # 8. Cost cases that overlap admit nothing where they do.
        (changed(cost=[*PRICED, *PRICED]), None, (), False),
        (changed(cost=TWO), None, (), True),
        # 9. A budget needs a case that applies and is cheap enough.
        (changed(cost=PRICED), group(budget="2"), (), True),
        (changed(cost=PRICED), group(budget="1"), (), False),
        (plain_world(), group(budget="2"), (), False),
        (changed(cost=TWO), group(budget="2"), (), True),
        (changed(cost=TWO), group(budget="2", given=[["not", SMALL]]), (), False),
        (changed(cost=TWO[:1]), group(budget="2", given=[["not", SMALL]]), (), False),
        # 10. A deadline is kept with the routing allowance of 1/10 added.
        (changed(guarantees=[FAST]), group(deadline="11/10"), (), True),
        (changed(guarantees=[FAST]), group(deadline="1"), (), False),
    ],
)
def test_admission_takes_every_conjunct(
    world: World, asked: Json, demands: tuple[Json, ...], admitted: bool
) -> None:
    # The cases are values of the module: what a test changes must not be seen by another one.
    own, group_, more = copy.deepcopy((world, asked, demands))
    assert admitted_somewhere(own, group_, *more) is admitted


def test_a_deadline_where_nothing_says_how_long_an_answer_takes() -> None:
    world = changed(guarantees=[FAST])
    assert admitted_somewhere(world, group(deadline="12"))
    world.vocabulary["metrics"][1]["role"] = None
    assert not admitted_somewhere(world, group(deadline="3600"))


@pytest.mark.parametrize(("relation", "admitted"), [("<=", True), ("<", False), (">=", True)])
def test_the_time_is_that_of_the_point(relation: str, admitted: bool) -> None:
    at_five = group(given=[["eq", {"constant": "-5", "terms": {"env.at": "1"}}]])
    demand = rule("r", {"on": "time", "relation": relation, "bound": "5"})
    assert admitted_somewhere(plain_world(), at_five, demand) is admitted


def test_an_expression_counts_the_request_and_promises_where_they_apply() -> None:
    world = changed(guarantees=[{**FAST, "when": SMALL}])
    demand = demanded(expression("-1", {"metric.latency": "1"}))
    assert admitted_somewhere(world, group(given=[SMALL]), demand)
    assert not admitted_somewhere(world, group(given=[["not", SMALL]]), demand)
    few = demanded(expression("-100", {"request.tokens": "1"}))
    assert admitted_somewhere(plain_world(), group(given=[SMALL]), few)
    assert not admitted_somewhere(plain_world(), group(given=[["not", SMALL]]), few)


def demanded(*then: Json, when: Json = True) -> Json:
    return constraint("demand", "safety", *then, when=when)


def attribute(**bound: Json) -> Json:
    return {"on": "attribute", "name": "privacy.locality", **bound}


RETENTION: Json = {"on": "attribute", "name": "privacy.retention", "relation": "<=", "bound": "5"}


@pytest.mark.parametrize(
    ("fields", "then", "entailed"),
    [
        ({"attributes": {"privacy.locality": "eu"}}, attribute(**{"in": ["eu"]}), True),
        ({"attributes": {"privacy.locality": "us"}}, attribute(**{"in": ["eu"]}), False),
        ({"attributes": {"privacy.locality": "us"}}, attribute(not_in=["eu"]), True),
        ({"attributes": {"privacy.locality": "eu"}}, attribute(not_in=["eu"]), False),
        ({}, attribute(not_in=["eu"]), False),
        ({"attributes": {"privacy.retention": "5"}}, RETENTION, True),
        ({"attributes": {"privacy.retention": "5"}}, {**RETENTION, "relation": "<"}, False),
        ({"attributes": {"privacy.retention": "6"}}, RETENTION, False),
        ({"attributes": {"privacy.retention": "6"}}, {**RETENTION, "relation": ">"}, True),
        ({}, RETENTION, False),
        ({"cost": PRICED}, {"on": "cost", "relation": "<=", "bound": affine("2")}, True),
        ({"cost": PRICED}, {"on": "cost", "relation": "<=", "bound": affine("1")}, False),
        ({"cost": PRICED}, {"on": "cost", "relation": ">=", "bound": affine("1")}, False),
        ({}, {"on": "cost", "relation": "<=", "bound": affine("10")}, False),
        # A promise at a lower level entails nothing at a higher one.
        (
            {"guarantees": [{**FAST, "level": "9/10"}]},
            on_metric("latency", "<=", affine("1")),
            False,
        ),
        (
            {"guarantees": [{**FAST, "level": "999/1000"}]},
            on_metric("latency", "<=", affine("1")),
            True,
        ),
        ({"guarantees": [{**FAST, "relation": "<"}]}, on_metric("latency", "<", affine("1")), True),
    ],
)
def test_what_an_atom_needs(fields: Json, then: Json, entailed: bool) -> None:
    assert admitted_somewhere(changed(**fields), None, rule("demand", then)) is entailed


@pytest.mark.parametrize(
    ("fields", "then", "entailed"),
    [
        # Both promises are needed together; neither the domain nor one of them is enough.
        (
            {"guarantees": [FAST, guarantee("accuracy", ">=", affine("9/10"))]},
            expression("-1/10", {"metric.latency": "1", "metric.accuracy": "-1"}),
            True,
        ),
        (
            {"guarantees": [FAST]},
            expression("-1/10", {"metric.latency": "1", "metric.accuracy": "-1"}),
            False,
        ),
        ({"guarantees": [FAST]}, expression("-1", {"metric.latency": "1"}), True),
        ({"guarantees": [FAST]}, expression("-1", {"metric.latency": "1"}, "<"), False),
        (
            {"guarantees": [{**FAST, "relation": "<"}]},
            expression("-1", {"metric.latency": "1"}, "<"),
            True,
        ),
        ({}, expression("-3600", {"metric.latency": "1"}), True),
        ({}, expression("0", {"metric.latency": "-1"}), True),
        ({"guarantees": [FAST]}, expression("1", {"metric.latency": "-1"}), False),
        ({"cost": PRICED}, expression("-4", {"cost": "2"}), True),
        ({"cost": PRICED}, expression("-3", {"cost": "2"}), False),
        ({"cost": PRICED}, expression("0", {"cost": "-1"}), False),
        ({}, expression("-4", {"cost": "2"}), False),
        (
            {"attributes": {"privacy.retention": "3"}},
            expression("-3", {"service.privacy.retention": "1"}),
            True,
        ),
        ({}, expression("-3", {"service.privacy.retention": "1"}), False),
    ],
)
def test_what_an_expression_needs(fields: Json, then: Json, entailed: bool) -> None:
    assert admitted_somewhere(changed(**fields), None, demanded(then)) is entailed


# --- never -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "condition", "holds"),
    [
        ({}, ["and", HEALTH, ["in", "service.privacy.locality", ["us"]]], True),
        ({"attributes": {"privacy.encrypted": True}}, HEALTH, False),
        # An absent attribute hides nothing, and a stated one is as stated.
        ({}, ["in", "service.privacy.locality", ["us"]], False),
        (
            {"attributes": {"privacy.locality": "eu"}},
            ["in", "service.privacy.locality", ["us"]],
            True,
        ),
        ({}, ["not", ["in", "service.privacy.locality", ["us"]]], False),
        # What is promised of what is mentioned counts, from both sides.
        (
            {"guarantees": [FAST]},
            ["lt", {"constant": "1", "terms": {"metric.latency": "-1"}}],
            True,
        ),
        ({}, ["lt", {"constant": "1", "terms": {"metric.latency": "-1"}}], False),
        (
            {"guarantees": [guarantee("latency", ">=", affine("2"))]},
            ["lt", {"constant": "-2", "terms": {"metric.latency": "1"}}],
            True,
        ),
        (
            {"guarantees": [{**FAST, "level": "9/10"}]},
            ["lt", {"constant": "1", "terms": {"metric.latency": "-1"}}],
            False,
        ),
        ({"cost": PRICED}, ["lt", {"constant": "2", "terms": {"cost": "-1"}}], True),
        ({"cost": PRICED}, ["lt", {"constant": "1", "terms": {"cost": "-1"}}], False),
        ({}, ["lt", {"constant": "2", "terms": {"cost": "-1"}}], False),
    ],
)
def test_never(fields: Json, condition: Json, holds: bool) -> None:
    claim = never(condition)
    posed = Posed(changed(**fields), claim)
    assert posed.holds("never", claim, posed.one, []) is holds


def test_a_policy_makes_never_true() -> None:
    claim, demand = never(SMALL), rule("r", {**CHAT, "provided": False}, when=SMALL)
    posed = Posed(plain_world(), claim, demand)
    assert not posed.holds("never", claim, posed.one, [])
    assert posed.holds("never", claim, posed.one, posed.key(demand))


def half_world(*guarantees: Json) -> World:
    """Latency is promised at the level 1/2, where bounds from both sides may be at odds."""
    world = changed(guarantees=[{**one, "level": "1/2"} for one in guarantees])
    world.vocabulary["metrics"][1]["level"] = "1/2"
    world.request["ensure"] = []
    return world


def test_promises_at_odds_half_of_the_time_each_prove_nothing() -> None:
    world = half_world(FAST, guarantee("latency", ">=", affine("2")))
    anything = never(["le", {"constant": "0", "terms": {"metric.latency": "-1"}}])
    posed = Posed(world, anything)
    assert posed.holds("service_coherent", posed.one)
    assert not posed.holds("never", anything, posed.one, [])


def test_an_upper_promise_counts_at_any_level() -> None:
    slow = never(["lt", {"constant": "1", "terms": {"metric.latency": "-1"}}])
    posed = Posed(half_world(FAST), slow)
    assert posed.holds("never", slow, posed.one, [])


# --- always ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("count", "needs", "holds"),
    [
        ("1", [["chat"]], True),
        ("2", [["chat"]], True),
        ("3", [["chat"]], False),
        ("1", [["vision"]], False),
    ],
)
def test_always(count: str, needs: Json, holds: bool) -> None:
    world, some = plain_world(), group(needs=needs, given=[["not", HEALTH]])
    some["vocabulary"] = Posed(world).vocabulary
    claim = always(count, some)
    posed = Posed(world, some, claim)
    assert posed.holds("always", claim, [posed.one, posed.other], []) is holds


def test_always_is_about_the_requests_of_its_class() -> None:
    world = changed(assumes=[SMALL])
    for given, holds in (([SMALL, ["not", HEALTH]], True), ([["not", HEALTH]], False)):
        some = group(given=given)
        some["vocabulary"] = Posed(world).vocabulary
        claim = always("1", some)
        posed = Posed(world, some, claim)
        assert posed.holds("always", claim, [posed.one], []) is holds


def test_always_is_under_a_policy() -> None:
    world, some = plain_world(), group(given=[["not", HEALTH]])
    some["vocabulary"] = Posed(world).vocabulary
    claim, demand = always("1", some), rule("r", {**CHAT, "provided": False}, when=SMALL)
    posed = Posed(world, some, claim, demand)
    assert posed.holds("always", claim, [posed.one], [])
    assert not posed.holds("always", claim, [posed.one], posed.key(demand))


@pytest.mark.parametrize(
    ("given", "inhabited"), [([SMALL], True), ([SMALL, ["not", SMALL]], False)]
)
def test_inhabited(given: Json, inhabited: bool) -> None:
    some = group(given=given)
    assert Posed(plain_world(), some).holds("inhabited", some) is inhabited


# --- keeps -----------------------------------------------------------------------------------------


class Two:
    """A service that takes all, one that takes little, and who asks."""

    def __init__(self) -> None:
        self.world = plain_world()
        self.world.services[1]["assumes"] = [SMALL]
        self.little, self.much = group("little", given=[SMALL]), group("much")
        self.posed = Posed(self.world, self.little, self.much)
        self.wide, self.narrow = self.posed.one, self.posed.other

    def holds(self, q: Json, s: Json, t: Json, *aside: Json, facts: Json = None) -> bool:
        names = sorted(self.posed.key(*aside))
        return self.posed.holds("keeps", q, facts, s, [], t, [], names)


def test_keeps_is_about_what_is_asked_and_in_one_direction() -> None:
    two = Two()
    assert two.holds(None, two.narrow, two.wide)
    assert not two.holds(None, two.wide, two.narrow)
    assert two.holds(two.little, two.wide, two.narrow)
    assert not two.holds(two.much, two.wide, two.narrow)
    assert two.holds(None, two.wide, two.narrow, two.little) is False
    assert two.holds(None, two.wide, two.narrow, two.much)
    assert not two.holds(two.little, None, two.narrow)  # Sensitive data are not taken.
    assert not two.holds(None, two.wide, None)


def test_keeps_asks_both_for_the_same() -> None:
    world, deep = (
        changed(guarantees=[FAST]),
        group(ensure=[on_metric("latency", "<=", affine("1"))]),
    )
    posed = Posed(world, deep)
    assert not posed.holds("keeps", deep, None, posed.one, [], posed.other, [], [])
    assert posed.holds("keeps", deep, None, posed.other, [], posed.one, [], [])
    assert posed.holds("keeps", None, None, posed.one, [], posed.other, [], [])


def test_keeps_under_two_policies() -> None:
    world, demand = plain_world(), rule("r", {**CHAT, "provided": False}, when=SMALL)
    posed = Posed(world, demand)
    own = posed.key(demand)
    assert posed.holds("keeps", None, None, posed.one, own, posed.other, own, [])
    assert posed.holds("keeps", None, None, posed.one, own, posed.other, [], [])
    assert not posed.holds("keeps", None, None, posed.one, [], posed.other, own, [])


def test_keeps_for_known_and_for_permitted_callers() -> None:
    world = plain_world()
    world.services[1]["permits"] = permits(mode="any", permissions=["invoke"], trust="2")
    posed = Posed(world)
    stranger = copy.deepcopy(world.facts) | {"name": "stranger", "values": {"trust": "5"}}
    both = Posed(world, stranger)
    ends: list[Json] = [posed.one, [], posed.other, [], []]
    assert not posed.holds("keeps", None, None, *ends)
    assert posed.holds("keeps", None, True, *ends)
    assert posed.holds("keeps", None, world.facts, *ends)
    assert not both.holds("keeps", None, stranger, *ends)  # What is not stated is not held.


# --- what keys must be ---------------------------------------------------------------------------


KEYS: list[tuple[str, list[Json]]] = [
    ("reference", ["never", "@yes", "@one", []]),
    ("reference", ["always", "@no", ["@one"], []]),
    ("reference", ["never", "@some", "@one", []]),
    ("reference", ["inhabited", "@no"]),
    ("reference", ["inhabited", "@request"]),
    ("empty", ["always", "@yes", [], []]),
    ("duplicate", ["always", "@yes", ["@one", "@one"], []]),
    ("duplicate", ["always", "@yes", ["@one", "@newer"], []]),
    ("duplicate", ["never", "@no", "@one", ["@rule", "@rule"]]),
    ("canonical", ["never", "@no", "@one", "@reversed"]),
    ("duplicate", ["never", "@no", "@one", ["@p1", "@p2"]]),
    ("duplicate", ["never", "@no", "@one", ["@rule", "@twin"]]),
    ("duplicate", ["never", "@no", "@one", ["@rule", "@law"]]),
    ("reference", ["never", "@no", "@one", ["@some"]]),
    ("reference", ["never", "@no", "@one", ["@facts"]]),
    ("reference", ["never", "@no", "@one", ["@foreign"]]),
    ("shape", ["never", "@no", "@one", None]),
    ("shape", ["never", "@no", "@service", []]),
    ("shape", ["never", "@no", "@stated", []]),
    ("empty", ["keeps", None, None, None, [], None, [], []]),
    ("shape", ["keeps", None, False, "@one", [], "@other", [], []]),
    ("shape", ["keeps", None, True, "@one", [], None, [], []]),
    ("shape", ["keeps", None, 1, "@one", [], "@other", [], []]),
    ("reference", ["keeps", None, "@rule", "@one", [], "@other", [], []]),
    ("reference", ["keeps", "@no", None, "@one", [], "@other", [], []]),
    ("reference", ["keeps", None, None, "@one", [], "@other", [], ["@request"]]),
    ("duplicate", ["keeps", None, None, "@one", [], "@other", [], ["@some", "@some"]]),
    ("reference", ["keeps", None, None, None, ["@some"], "@other", [], []]),
    ("shape", ["keeps", None, None, "@one", [], "@other", []]),
    ("shape", ["keeps", None, None, "@one", [], "@other", [], [], []]),
    ("shape", ["inhabited", "@some", "@some"]),
    ("shape", ["admitted", "@one"]),
    ("shape", ["-", "@one"]),
    ("reference", ["inhabited", "@far"]),
    ("reference", ["never", "@nowhere", "@one", []]),
]


@pytest.mark.parametrize(("code", "key"), KEYS)
def test_a_key_that_names_something_else_is_refused(code: str, key: list[Json]) -> None:
    world = plain_world()
    newer = {**world.services[0], "version": "2"}
    some = group()
    demand = rule("rule", CHAT)
    more = {
        "some": some,
        "no": never(SMALL),
        "rule": demand,
        "ban": constraint("rule", "safety", CHAT),
    }
    own = Posed(world, *more.values())
    yes = always("1", some)
    second = {**copy.deepcopy(world.profile), "name": "second"}
    listed = [*world.documents(), *more.values(), yes, newer | {"vocabulary": own.vocabulary}]
    listed.append(second)
    elsewhere = copy.deepcopy(world.vocabulary) | {"name": "elsewhere"}
    apart = Posed(world)
    foreign_at = digest(elsewhere)
    foreign = [
        {**rule("foreign", CHAT), "vocabulary": foreign_at},
        {**group("far"), "vocabulary": foreign_at},
        {**never(SMALL, "nowhere"), "vocabulary": foreign_at},
    ]
    twins = [
        {**rule("rule", CHAT, {**CHAT, "name": "vision"}), "vocabulary": own.vocabulary},
        {**rule("rule", CHAT, when=SMALL, kind="invariant"), "vocabulary": own.vocabulary},
    ]
    apart.documents = load(
        document_set(*listed),
        document_set(elsewhere, *foreign, world.vocabulary, twins[0]),
        document_set(world.vocabulary, twins[1]),
    )
    names = {name: digest(one) for name, one in more.items()}
    names |= {"yes": digest(yes), "request": digest(world.request), "facts": digest(world.facts)}
    names |= {"p1": digest(world.profile), "p2": digest(second)}
    names |= {"foreign": digest(foreign[0]), "far": digest(foreign[1])}
    names |= {"nowhere": digest(foreign[2]), "twin": digest(twins[0]), "law": digest(twins[1])}
    own_names: Json = {"newer": subject(newer | {"vocabulary": own.vocabulary})}
    own_names |= {"one": apart.one, "other": apart.other, "service": apart.one["service"]}
    own_names["stated"] = {**apart.one, "state": None}
    own_names["reversed"] = sorted([names["rule"], names["ban"]], reverse=True)
    assert apart.code(*filled(key, names | own_names)) == code
