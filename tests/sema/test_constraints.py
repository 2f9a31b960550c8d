"""Constraints, controls and objectives: the canonical form of each construct, and back to text."""

from typing import Any

import pytest

from caio.base.canonical import Json
from caio.fields import invariants as fields
from caio.ir import documents as d
from caio.ir.encode import document_digest, document_json
from caio.sema.invariants import INVARIANTS
from caio.sema.scope import Scope
from caio.sema.show import show_document
from caio.sema.validate import Validator
from tests.sema.conftest import VOCABULARY, compile_texts


def documents(text: str) -> list[d.Document]:
    items, found = compile_texts(VOCABULARY, f'uses "test" {text}')
    assert not found, found
    return [item.document for item in items]


def lowered(text: str, kind: type[d.Document]) -> tuple[Any, d.Vocabulary]:
    found = documents(text)
    vocabulary = next(x for x in found if isinstance(x, d.Vocabulary))
    document = next(x for x in found if isinstance(x, kind))
    Validator(Scope(vocabulary, document_digest(vocabulary))).validate(document)
    return document, vocabulary


def demanded(text: str) -> list[Json]:
    document, _ = lowered(f"constraint c of traits {{ always {text} }}", d.Constraint)
    value: Any = document_json(document)["then"]
    return value  # type: ignore[no-any-return]


def expression(relation: str, constant: str, **terms: str) -> Json:
    named = {name.replace("_", ".", 1): value for name, value in terms.items()}
    return {
        "on": "expression",
        "relation": relation,
        "terms": {"constant": constant, "terms": named},
    }


DEMANDS: list[tuple[str, list[Json]]] = [
    ("latency <= 5 ms", [expression("<=", "-1/200", metric_latency="1")]),
    ("metric.latency <= 5 ms", [expression("<=", "-1/200", metric_latency="1")]),
    ("5 ms > latency", [expression("<", "-1/200", metric_latency="1")]),
    ("accuracy >= 0.5", [expression("<=", "1/2", metric_accuracy="-1")]),
    (
        "latency <= 500 ms - 200 ms * measured.caution",
        [expression("<=", "-1/2", metric_latency="1", measured_caution="1/5")],
    ),
    (
        "measured.caution - 0.5 <= 2 * accuracy + request.share",
        [expression("<=", "-1/2", measured_caution="1", metric_accuracy="-2", request_share="-1")],
    ),
    (
        "latency == 1 s",
        [
            expression("<=", "-1", metric_latency="1"),
            expression("<=", "1", metric_latency="-1"),
        ],
    ),
    (
        "latency in 1 .. 2 s",
        [
            expression("<=", "1", metric_latency="-1"),
            expression("<=", "-2", metric_latency="1"),
        ],
    ),
    (
        "latency <= 1 s and accuracy > 0.5",
        [
            expression("<=", "-1", metric_latency="1"),
            expression("<", "1/2", metric_accuracy="-1"),
        ],
    ),
    ("cost <= 1 USD", [expression("<=", "-1", cost="1")]),
    ("fact.trust >= 2", [expression("<=", "2", fact_trust="-1")]),
    ("env.load < 0.5", [expression("<", "-1/2", env_load="1")]),
    ("service.retention <= 1 h", [expression("<=", "-3600", service_retention="1")]),
    (
        "at <= service.since + 1 ms",
        [expression("<=", "-1000", env_at="1", service_since="-1")],
    ),
    (
        "count(request.data) <= 1",
        [
            {
                "on": "expression",
                "relation": "<=",
                "terms": {"constant": "-1", "terms": {"count(request.data)": "1"}},
            }
        ],
    ),
    ("meets conductivity", [expression("<=", "19/20", measured_signal="-1")]),
    ("measured.signal >= 0.95", [expression("<=", "19/20", measured_signal="-1")]),
    ("service.region == eu", [{"on": "attribute", "name": "region", "in": ["eu"]}]),
    ("eu == service.region", [{"on": "attribute", "name": "region", "in": ["eu"]}]),
    ("service.region not in { us }", [{"on": "attribute", "name": "region", "not_in": ["us"]}]),
    ("service.encrypted", [{"on": "attribute", "name": "encrypted", "in": [True]}]),
    ("not service.encrypted", [{"on": "attribute", "name": "encrypted", "in": [False]}]),
    ("provides chat", [{"on": "capability", "name": "chat", "provided": True}]),
    ("not provides chat", [{"on": "capability", "name": "chat", "provided": False}]),
]


@pytest.mark.parametrize(("text", "wanted"), DEMANDS, ids=[text for text, _ in DEMANDS])
def test_a_demand_has_one_canonical_form(text: str, wanted: list[Json]) -> None:
    assert demanded(text) == wanted


CHOICES: list[tuple[str, Json]] = [
    ("choice.route == external", ["in", "choice.route", ["external"]]),
    (
        "choice.route in { hybrid, internal }",
        ["in", "choice.route", ["internal", "hybrid"]],
    ),
    ("choice.control != focus", ["not", ["in", "choice.control", ["focus"]]]),
    ("measured.mood == calm", ["in", "measured.mood", ["calm"]]),
    (
        "measured.caution >= 0.7 and fact.trust < 3",
        [
            "and",
            ["le", {"constant": "7/10", "terms": {"measured.caution": "-1"}}],
            ["lt", {"constant": "-3", "terms": {"fact.trust": "1"}}],
        ],
    ),
]


@pytest.mark.parametrize(("text", "wanted"), CHOICES, ids=[text for text, _ in CHOICES])
def test_a_condition_may_ask_what_is_chosen_and_measured(text: str, wanted: Json) -> None:
    text = f"constraint c of policy {{ when {text} then provides chat }}"
    constraint, _ = lowered(text, d.Constraint)
    value = document_json(constraint)
    assert (value["kind"], value["of"], value["when"]) == ("constraint", "policy", wanted)


SHOWN = [
    "latency <= 500 ms - 200 ms * measured.caution",
    "accuracy >= 0.5 - measured.caution",
    "latency < 5 ms",
    "cost <= 1 USD + 0.002 USD per token * request.tokens",
    "service.retention <= 1 h",
    "200 ms * accuracy + latency <= 500 ms",
    "at <= service.since + 30 days",
    "measured.caution < 0.5",
    "meets conductivity",
    "service.region in { eu, us }",
]


@pytest.mark.parametrize("text", SHOWN)
def test_a_demand_is_shown_as_people_write_it(text: str) -> None:
    constraint, vocabulary = lowered(f"constraint c of safety {{ always {text} }}", d.Constraint)
    assert (
        show_document(constraint, vocabulary) == f"constraint c of safety {{\n  always {text}\n}}"
    )


def test_an_invariant_is_recognised_only_where_it_is_exactly_that() -> None:
    """Half of it, or a stricter one, is another demand, and is shown as what it is."""
    for text in ("measured.signal >= 0.96", "measured.signal > 0.95", "2 * measured.signal >= 1.9"):
        constraint, vocabulary = lowered(
            f"constraint c of safety {{ always {text} }}", d.Constraint
        )
        assert "meets" not in show_document(constraint, vocabulary)


def test_the_bounds_of_named_invariants_are_those_of_the_fields() -> None:
    theirs = {
        name: (found.bound, found.relation is fields.Relation.AT_LEAST)
        for name, found in fields.INVARIANTS.items()
    }
    assert {name: (x.bound, x.at_least) for name, x in INVARIANTS.items()} == theirs


def test_a_profile_chooses_among_controls_in_the_order_of_the_vocabulary() -> None:
    text = """profile p { objective field_control weights { risk 2, intent 0.5 }
        controls { focus: excite 1000 damp 0.25, hold: damp 1 } limits { facts attested, asserted } }"""
    profile, vocabulary = lowered(text, d.Profile)
    value: Any = document_json(profile)
    assert value["objective"] == "eq1.1"
    assert value["weights"] == {
        **dict.fromkeys(["attention", "policy", "resonance", "cost", "latency"], "0"),
        "intent": "1/2",
        "risk": "2",
    }
    assert value["controls"] == [
        {"name": "hold", "excitation": "0", "damping": "1"},
        {"name": "focus", "excitation": "1000", "damping": "1/4"},
    ]
    assert value["limits"]["facts"] == ["asserted", "attested"]
    assert "objective field_control" in show_document(profile, vocabulary)


def test_the_objective_of_contracts_may_be_written() -> None:
    plain, vocabulary = lowered("profile p { weights { cost 1 } }", d.Profile)
    said, _ = lowered("profile p { objective contracts weights { cost 1 } }", d.Profile)
    assert plain == said
    assert document_json(plain)["objective"] == "eq1.5"
    assert "objective" not in show_document(plain, vocabulary)


def test_constraints_share_one_namespace_and_rules_have_another() -> None:
    text = """constraint c of safety { always provides chat } rule c { always provides chat }"""
    assert {type(x) for x in documents(text)} >= {d.Constraint, d.Rule}
