"""Traps in documents: emptiness and strangeness that would make claims vacuous are refused by both readers.

A document is broken in its canonical JSON; the product's reader and the checker must each refuse it, and the checker by
the code that the specification names.
"""

import json
from collections.abc import Callable
from typing import Any

import pytest

from caio import checker
from caio.base.canonical import canonical_bytes, digest
from caio.ir import documents as d
from caio.ir import terms as t
from caio.ir.decode import decode_documents
from caio.ir.encode import document_digest, document_json
from caio.ir.reader import DecodeError
from tests.traps.scenes import (
    ACCURACY,
    FACTS,
    GE,
    NAME,
    PROFILE,
    SERVICE,
    STATE,
    VOCABULARY,
    affine,
    asking,
    need,
    promise,
    tokens,
)

REQUEST = asking(
    given=(*tokens(1, 2), t.In("request.region", ("eu",))), ensure=(need(ACCURACY, GE, 0),)
)
RULE = d.Rule(NAME, "r", t.Is("request.urgent"), (t.OnCapability("chat"),))
OVERLAY = d.Overlay(NAME, "s", "1.0", "bench", guarantees=(promise(ACCURACY, GE, "1/2"),))
COSTLY = d.Service(NAME, "c", "1.0", cost=(d.CostCase(t.TRUE, affine(1)),))
LANDSCAPE = d.Landscape(
    NAME,
    (d.Entry(document_digest(SERVICE), (document_digest(OVERLAY),), document_digest(STATE)),),
)
GOOD: tuple[d.Document, ...] = (
    VOCABULARY,
    SERVICE,
    OVERLAY,
    COSTLY,
    STATE,
    LANDSCAPE,
    REQUEST,
    RULE,
    PROFILE,
    FACTS,
)


def plain(document: d.Document) -> dict[str, Any]:
    copied: dict[str, Any] = json.loads(canonical_bytes(document_json(document)))
    return copied


def document_set(documents: list[dict[str, Any]]) -> bytes:
    return canonical_bytes({"format": "caio-documents/v1", "documents": documents})


Breakage = Callable[[dict[str, Any]], object]


def at(*path: str | int) -> Callable[[object], Breakage]:
    """Set what stands at a path to a value."""

    def to(value: object) -> Breakage:
        def work(body: dict[str, Any]) -> None:
            place: Any = body
            for step in path[:-1]:
                place = place[step]
            place[path[-1]] = value

        return work

    return to


BROKEN: list[tuple[str, d.Document, Breakage, str]] = [
    ("no needs", REQUEST, at("needs")([]), "empty"),
    ("a choice of nothing", REQUEST, at("needs", 0)([]), "empty"),
    ("a member of no members", REQUEST, at("given", 2, 2)([]), "empty"),
    ("an `and` of nothing", REQUEST, at("given", 2)(["and"]), "shape"),
    ("an `or` of nothing", REQUEST, at("given", 2)(["or"]), "shape"),
    ("a stranger in an enumeration", REQUEST, at("given", 2, 2)(["mars"]), "reference"),
    (
        "a fact in what a request gives",
        REQUEST,
        at("given", 2)(["in", "fact.zone", ["open"]]),
        "origin",
    ),
    (
        "the time in what a request gives",
        REQUEST,
        at("given", 2)(["le", {"constant": "0", "terms": {"env.at": "1"}}]),
        "origin",
    ),
    ("a capability nobody declared", REQUEST, at("needs")([["fly"]]), "reference"),
    ("a negative budget", REQUEST, at("budget")("-1"), "sort"),
    ("a level on an expected metric", REQUEST, at("ensure", 0, "level")("1/2"), "shape"),
    ("a rule without actions", RULE, at("then")([]), "empty"),
    (
        "an attribute among no values",
        RULE,
        at("then", 0)({"on": "attribute", "name": "region", "in": []}),
        "empty",
    ),
    ("a landscape of nothing", LANDSCAPE, lambda b: b.update(entries=[], count=0), "empty"),
    ("a landscape with another count", LANDSCAPE, at("count")(2), "landscape"),
    ("trust beyond its range", FACTS, at("values", "trust")("6"), "sort"),
    ("trust between integers", FACTS, at("values", "trust")("1/2"), "sort"),
    (
        "permissions out of order",
        FACTS,
        at("values", "permissions")(["admin", "invoke"]),
        "canonical",
    ),
    ("a load beyond its range", STATE, at("values", "load")("3/2"), "sort"),
    ("more violations than calls", STATE, at("history", "violations")("1"), "sort"),
    (
        "a coefficient of nothing",
        REQUEST,
        at("given", 0, 1, "terms", "request.tokens")("0"),
        "canonical",
    ),
    ("a number out of form", REQUEST, at("given", 0, 1, "constant")("2/2"), "number"),
    ("a promise about a stranger", OVERLAY, at("guarantees", 0, "metric")("speed"), "reference"),
    (
        "a guard over facts",
        OVERLAY,
        at("guarantees", 0, "when")(["in", "fact.zone", ["open"]]),
        "origin",
    ),
    (
        "a bound over the time",
        OVERLAY,
        at("guarantees", 0, "bound", "terms")({"env.at": "1"}),
        "origin",
    ),
]


@pytest.mark.parametrize(
    ("document", "breakage", "code"),
    [case[1:] for case in BROKEN],
    ids=[case[0].replace(" ", "-") for case in BROKEN],
)
def test_what_would_be_vacuous_or_strange_is_refused_by_name(
    document: d.Document, breakage: Breakage, code: str
) -> None:
    good = [plain(one) for one in GOOD]
    checker.load(document_set(good))
    body = good[GOOD.index(document)]
    breakage(body)
    with pytest.raises(checker.Rejection) as refused:
        checker.load(document_set(good))
    assert refused.value.code == code


VOCABULARIES: list[tuple[str, Breakage, str]] = [
    ("an enumeration of nothing", at("enums", 0, "members")([]), "empty"),
    ("a range turned around", at("request", 0, "type", "lower")("10001"), "sort"),
    ("a metric of one value", at("metrics", 0, "upper")("0"), "sort"),
    ("a worst cost of nothing", at("cost", "upper")("0"), "sort"),
    ("a level of one", at("metrics", 1, "level")("1"), "sort"),
    ("a quantile without a level", at("metrics", 1, "level")(None), "shape"),
    ("two fields of a role", at("metrics", 0, "role")("latency"), "duplicate"),
    ("a field twice", lambda b: b["request"].append(b["request"][0]), "duplicate"),
    ("a set of strangers", at("request", 5, "type", "enum")("Nobody"), "reference"),
]


@pytest.mark.parametrize(
    ("breakage", "code"),
    [case[1:] for case in VOCABULARIES],
    ids=[case[0].replace(" ", "-") for case in VOCABULARIES],
)
def test_a_vocabulary_in_which_something_has_no_values_is_refused_by_name(
    breakage: Breakage, code: str
) -> None:
    body = plain(VOCABULARY)
    breakage(body)
    with pytest.raises(checker.Rejection) as refused:
        checker.load(document_set([body]))
    assert refused.value.code == code


def test_an_attribute_is_stated_once_in_a_service_and_its_overlays_together() -> None:
    again = plain(OVERLAY)
    again["attributes"] = {"privacy.encrypted": False}
    landscape = plain(LANDSCAPE)
    landscape["entries"][0]["overlays"] = [digest(again)]
    others = [plain(one) for one in GOOD if one not in (OVERLAY, LANDSCAPE)]
    with pytest.raises(checker.Rejection) as refused:
        checker.load(document_set([*others, again, landscape]))
    assert refused.value.code == "duplicate"


UNREADABLE = [
    case
    for case in BROKEN
    if case[0] in {"no needs", "a choice of nothing", "a rule without actions"}
]


@pytest.mark.parametrize(
    ("document", "breakage"),
    [case[1:3] for case in UNREADABLE],
    ids=[case[0].replace(" ", "-") for case in UNREADABLE],
)
def test_the_reader_of_the_product_refuses_emptiness_too(
    document: d.Document, breakage: Breakage
) -> None:
    good = [plain(one) for one in GOOD]
    breakage(good[GOOD.index(document)])
    with pytest.raises(DecodeError):
        decode_documents(good)
