"""What texts mean: the canonical form of each construct of the language."""

from typing import Any

import pytest

from caio.base.canonical import Json
from caio.ir import documents as d
from caio.ir.encode import document_json
from caio.sema.scope import Scope
from caio.sema.validate import Validator
from tests.sema.conftest import VOCABULARY, compile_texts


def lowered(text: str, kind: type[d.Document]) -> Any:
    items, found = compile_texts(VOCABULARY, f'uses "test" {text}')
    assert not found, found
    vocabulary = next(i.document for i in items if isinstance(i.document, d.Vocabulary))
    document = next(i.document for i in items if isinstance(i.document, kind))
    Validator(Scope(vocabulary, "")).validate(document)
    return document_json(document)


def term(constant: str, **terms: str) -> Json:
    return {
        "constant": constant,
        "terms": {f"request.{name}": value for name, value in terms.items()},
    }


TOKENS = term("-5", tokens="1")

FORMULAS: list[tuple[str, Json]] = [
    ("true", True),
    ("request.stream", ["is", "request.stream"]),
    ("not request.stream", ["not", ["is", "request.stream"]]),
    ("request.stream == true", ["is", "request.stream"]),
    ("request.stream != true", ["not", ["is", "request.stream"]]),
    ("false == request.stream", ["not", ["is", "request.stream"]]),
    (
        "request.stream in { true, false }",
        ["or", ["is", "request.stream"], ["not", ["is", "request.stream"]]],
    ),
    ("request.tokens <= 5 token", ["le", TOKENS]),
    ("5 token >= request.tokens", ["le", TOKENS]),
    ("request.tokens < 5 token", ["lt", TOKENS]),
    ("request.tokens >= 5 token", ["le", term("5", tokens="-1")]),
    ("request.tokens > 5 token", ["lt", term("5", tokens="-1")]),
    ("request.tokens == 5 token", ["eq", TOKENS]),
    ("request.tokens != 5 token", ["not", ["eq", TOKENS]]),
    ("request.tokens in { 5 token }", ["eq", TOKENS]),
    (
        "request.tokens in 1 .. 5 token",
        ["and", ["le", term("1", tokens="-1")], ["le", TOKENS]],
    ),
    (
        "request.tokens not in 1 token .. 5 token",
        ["not", ["and", ["le", term("1", tokens="-1")], ["le", TOKENS]]],
    ),
    ("2 * request.tokens - request.tokens <= 1 token / 0.2", ["le", TOKENS]),
    ("request.tokens - request.tokens <= 0 token", ["le", term("0")]),
    (
        "2 token per image * request.images <= request.tokens",
        ["le", term("0", images="2", tokens="-1")],
    ),
    ("request.share <= 50 / 100", ["le", term("-1/2", share="1")]),
    ("request.region == us", ["in", "request.region", ["us"]]),
    ("request.region != us", ["not", ["in", "request.region", ["us"]]]),
    ("request.region in { apac, eu }", ["in", "request.region", ["eu", "apac"]]),
    ("request.region not in { eu }", ["not", ["in", "request.region", ["eu"]]]),
    ("request.data has open", ["has", "request.data", "open"]),
    ("personal in request.data", ["has", "request.data", "personal"]),
    ("personal not in request.data", ["not", ["has", "request.data", "personal"]]),
    (
        "request.data has any of { personal, open }",
        ["or", ["has", "request.data", "open"], ["has", "request.data", "personal"]],
    ),
    (
        "request.data == { personal }",
        ["and", ["not", ["has", "request.data", "open"]], ["has", "request.data", "personal"]],
    ),
    ("request.data within { open }", ["not", ["has", "request.data", "personal"]]),
    ("request.data within { open, personal }", True),
    (
        "count(request.data) <= 1",
        ["le", {"constant": "-1", "terms": {"count(request.data)": "1"}}],
    ),
    (
        "request.stream and request.region == eu or request.stream",
        [
            "or",
            ["and", ["is", "request.stream"], ["in", "request.region", ["eu"]]],
            ["is", "request.stream"],
        ],
    ),
    (
        "request.stream implies request.region == eu",
        ["or", ["not", ["is", "request.stream"]], ["in", "request.region", ["eu"]]],
    ),
    ("at < 1970-01-02", ["lt", {"constant": "-86400000000", "terms": {"env.at": "1"}}]),
    (
        "at - request.start <= 1 ms",
        ["le", {"constant": "-1000", "terms": {"env.at": "1", "request.start": "-1"}}],
    ),
    ("env.healthy", ["is", "env.healthy"]),
]


@pytest.mark.parametrize(("text", "wanted"), FORMULAS, ids=[text for text, _ in FORMULAS])
def test_a_condition_has_one_canonical_form(text: str, wanted: Json) -> None:
    service = lowered(f"service t version 1 {{ assumes {text} }}", d.Service)
    assert service["assumes"] == [wanted]


ATOMS: list[tuple[str, list[Json]]] = [
    (
        "latency <= 5 ms",
        [
            {
                "on": "metric",
                "name": "latency",
                "relation": "<=",
                "bound": term("1/200"),
                "level": "99/100",
            }
        ],
    ),
    (
        "5 ms > latency at quantile 0.5",
        [
            {
                "on": "metric",
                "name": "latency",
                "relation": "<",
                "bound": term("1/200"),
                "level": "1/2",
            }
        ],
    ),
    (
        "accuracy == 0.5",
        [
            {"on": "metric", "name": "accuracy", "relation": r, "bound": term("1/2"), "level": None}
            for r in ("<=", ">=")
        ],
    ),
    (
        "accuracy in 0.5 .. 1",
        [
            {"on": "metric", "name": "accuracy", "relation": r, "bound": term(b), "level": None}
            for r, b in ((">=", "1/2"), ("<=", "1"))
        ],
    ),
    ("cost <= 5 USD", [{"on": "cost", "relation": "<=", "bound": term("5")}]),
    ("service.region == eu", [{"on": "attribute", "name": "region", "in": ["eu"]}]),
    ("service.region != eu", [{"on": "attribute", "name": "region", "not_in": ["eu"]}]),
    (
        "service.region in { us, eu }",
        [{"on": "attribute", "name": "region", "in": ["eu", "us"]}],
    ),
    ("service.encrypted", [{"on": "attribute", "name": "encrypted", "in": [True]}]),
    ("not service.encrypted", [{"on": "attribute", "name": "encrypted", "in": [False]}]),
    ("service.encrypted != true", [{"on": "attribute", "name": "encrypted", "not_in": [True]}]),
    (
        "service.encrypted in { true, false }",
        [{"on": "attribute", "name": "encrypted", "in": [False, True]}],
    ),
    (
        "service.retention == 1 h",
        [
            {"on": "attribute", "name": "retention", "relation": r, "bound": "3600"}
            for r in ("<=", ">=")
        ],
    ),
    (
        "service.since >= 1970-01-01T00:00:01Z",
        [{"on": "attribute", "name": "since", "relation": ">=", "bound": "1000000"}],
    ),
    ("at < 1970-01-02", [{"on": "time", "relation": "<", "bound": "86400000000"}]),
    ("provides chat", [{"on": "capability", "name": "chat", "provided": True}]),
    ("not provides chat", [{"on": "capability", "name": "chat", "provided": False}]),
]


@pytest.mark.parametrize(("text", "wanted"), ATOMS, ids=[text for text, _ in ATOMS])
def test_a_requirement_has_one_canonical_form(text: str, wanted: list[Json]) -> None:
    request = lowered(f"request r {{ needs chat ensure {text} }}", d.Request)
    assert request["ensure"] == wanted


def test_otherwise_is_the_negation_of_all_other_cases() -> None:
    text = """service t version 1 { cost case {
        when request.stream: 1 USD, when request.region == eu: 2 USD, otherwise: 3 USD } }"""
    stream, region = ["is", "request.stream"], ["in", "request.region", ["eu"]]
    cases = lowered(text, d.Service)["cost"]
    assert [case["when"] for case in cases] == [
        stream,
        region,
        ["and", ["not", stream], ["not", region]],
    ]
    single = lowered("service t version 1 { cost 1 USD }", d.Service)["cost"]
    assert single == [{"when": True, "amount": term("1")}]


def test_a_price_is_exact() -> None:
    text = "service t version 1 { cost 1.25 USD per 1_000_000 token * request.tokens }"
    assert lowered(text, d.Service)["cost"][0]["amount"] == term("0", tokens="1/800000")


def test_a_guarantee_carries_its_level_and_its_guard() -> None:
    text = """service t version 1 { guarantees
        latency <= 120 ms + 0.8 ms per 1000 token * request.tokens when request.stream,
        latency <= 1 s at quantile 0.5, accuracy in 0.5 .. 0.9 }"""
    found = lowered(text, d.Service)["guarantees"]
    assert [(g["metric"], g["relation"], g["level"]) for g in found] == [
        ("latency", "<=", "99/100"),
        ("latency", "<=", "1/2"),
        ("accuracy", ">=", None),
        ("accuracy", "<=", None),
    ]
    assert found[0]["bound"] == term("3/25", tokens="1/1250000")
    assert found[0]["when"] == ["is", "request.stream"]


def test_lists_take_the_order_of_the_vocabulary() -> None:
    text = """service t version 1 { provides vision, chat
        permits any of { admin, invoke }, trust >= 2, zone in { outside, inside } }"""
    service = lowered(text, d.Service)
    assert service["capabilities"] == ["chat", "vision"]
    assert service["permits"] == {
        "mode": "any",
        "permissions": ["invoke", "admin"],
        "trust": "2",
        "zones": ["inside", "outside"],
    }
    assert lowered("service t version 1 { }", d.Service)["permits"]["mode"] == "none"


def test_a_default_is_stated_unless_something_given_mentions_its_field() -> None:
    low = ["in", "request.level", ["low"]]
    request = lowered("request r { needs chat given tokens <= 5 token }", d.Request)
    assert request["given"] == [["le", TOKENS], low]
    assert lowered("request r { needs chat given level != low }", d.Request)["given"] == [
        ["not", low]
    ]


def test_a_nominal_point_takes_defaults() -> None:
    text = "request r { needs chat given tokens <= 5 token nominal tokens = 3 token }"
    assert lowered(text, d.Request)["nominal"] == {"tokens": "3", "level": "low"}


def test_needs_are_groups() -> None:
    request = lowered("request r { needs chat, any of { vision, chat } }", d.Request)
    assert request["needs"] == [["chat"], ["chat", "vision"]]


def test_rules_and_invariants_differ_in_kind_only() -> None:
    rule = lowered("rule p { priority -3 when fact.trust >= 2 then latency <= 1 s }", d.Rule)
    assert (rule["kind"], rule["priority"]) == ("rule", -3)
    invariant = lowered("invariant i { always not provides vision }", d.Rule)
    assert (invariant["kind"], invariant["priority"], invariant["when"]) == ("invariant", 0, True)


def test_an_inline_enumeration_is_named_after_its_field() -> None:
    items, _ = compile_texts(VOCABULARY)
    vocabulary: Any = document_json(items[0].document)
    assert [enum["name"] for enum in vocabulary["enums"]][-2:] == ["request.level", "measured.mood"]
    assert vocabulary["request"][5]["type"] == {"sort": "enum", "enum": "request.level"}


def test_a_profile_fills_in_what_is_not_said() -> None:
    profile = lowered("profile p { weights { cost 2/3 } }", d.Profile)
    assert profile["weights"] == {
        "guarantee": "0",
        "cost": "2/3",
        "performance": "0",
        "reliability": "0",
    }
    assert profile["resolution"] == "1/1000000"
    assert profile["limits"]["facts"] == []


def test_facts_and_states_hold_values() -> None:
    facts = lowered("facts f { trust = 3, held = { admin, invoke }, zone = inside }", d.Facts)
    assert facts["values"] == {"trust": "3", "held": ["invoke", "admin"], "zone": "inside"}
    text = "service t version 1.0 { } state t version 1 { age = 2 min, calls 10, violations 1 }"
    state = lowered(text, d.State)
    assert state["values"] == {"age": "120"}
    assert state["history"] == {"calls": "10", "violations": "1"}
