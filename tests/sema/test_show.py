"""Canonical documents as text: units that read well, exactness, and what the language cannot say."""

from fractions import Fraction

import pytest

from caio.base.errors import InputError
from caio.ir import documents as d
from caio.ir import terms as t
from caio.ir.encode import document_digest
from caio.sema.show import show_document, show_documents, show_expression
from caio.sema.show_numbers import ends, instant, number, quantity, rate
from tests.sema.conftest import VOCABULARY, compile_texts

F = Fraction


@pytest.mark.parametrize(
    ("value", "dimension", "text"),
    [
        (F(0), "1", "0"),
        (F(23, 25), "1", "0.92"),
        (F(-1, 3), "1", "-1/3"),
        (F(128_000), "token", "128_000 token"),
        (F(9999), "token", "9999 token"),
        (F(5, 2), "USD", "2.5 USD"),
        (F(1, 3), "USD", "1/3 * 1 USD"),
        (F(0), "time", "0 s"),
        (F(1, 5), "time", "200 ms"),
        (F(3, 25), "time", "120 ms"),
        (F(1, 1_250_000), "time", "0.8 us"),
        (F(90), "time", "90 s"),
        (F(3600), "time", "1 h"),
        (F(2_592_000), "time", "30 days"),
        (F(1, 3), "time", "1/3 * 1 s"),
        (F(-90), "time", "-90 s"),
        (F(5), "in", '5 "in"'),
    ],
)
def test_quantities_read_well(value: Fraction, dimension: str, text: str) -> None:
    assert quantity(value, dimension) == text


@pytest.mark.parametrize(
    ("value", "above", "below", "text"),
    [
        (F(1, 800_000), "USD", "token", "1.25 USD per 1_000_000 token"),
        (F(1, 1_250_000), "time", "token", "0.8 us per token"),
        (F(2), "USD", "image", "2 USD per image"),
        (F(1, 3), "USD", "image", "1/3 * 1 USD per image"),
        (F(1, 2000), "1", "token", "0.5 per 1000 token"),
        (F(2), "USD", "time", "2 USD per s"),
        (F(2), "USD", "1", "2 USD"),
        (F(2), "USD", "USD", "2"),
    ],
)
def test_rates_read_well(value: Fraction, above: str, below: str, text: str) -> None:
    assert rate(value, above, below) == text


def test_a_unit_of_a_range_is_written_once() -> None:
    assert ends(F(0), F(3600), "time") == "0 .. 1 h"
    assert ends(F(500), F(8000), "token") == "500 .. 8000 token"
    assert ends(F(1, 2), F(8), "time") == "500 ms .. 8 s"
    assert ends(F(1, 3), F(8), "token") == "1/3 * 1 token .. 8 token"


def test_instants_and_numbers_are_exact() -> None:
    assert instant(F(0)) == "1970-01-01"
    assert instant(F(1, 3)) == "1970-01-01 + 1/3_000_000 * 1 s"
    assert number(F(10**30)) == f"{10**30:_}"


def vocabulary() -> d.Vocabulary:
    found = compile_texts(VOCABULARY)[0][0].document
    assert isinstance(found, d.Vocabulary)
    return found


@pytest.mark.parametrize(
    "text",
    [
        "request.tokens <= 100 token",
        "request.tokens >= 100 token",
        "request.tokens in 1 .. 5 token",
        "request.tokens not in 1 .. 5 token",
        "request.tokens != 5 token",
        "request.region == eu",
        "request.region != eu",
        "request.region not in { eu, us }",
        'request.data has "open" or not request.stream',
        "not (request.stream and env.healthy)",
        "request.images + 2 image per token * request.tokens <= 3 image",
        "request.images <= 2 image per token * request.tokens - 3 image",
        "at < 2027-04-14",
        "at >= 2027-04-14T08:30:00.5Z",
        "at <= request.start + 3 h",
        "at in 2027-04-14 .. 2027-04-15",
        "count(request.data) <= 1",
        "request.data == { personal }",
        "request.data != {}",
        'request.data has any of { "open", personal } and request.stream',
        'request.stream or not (request.data has "open" or request.stream)',
        "true",
    ],
)
def test_a_condition_reads_as_it_was_written(text: str) -> None:
    plain = text.replace('"open"', "open")
    items, found = compile_texts(
        VOCABULARY, f'uses "test" service t version 1 {{ assumes {plain} }}'
    )
    assert not found
    service = next(i.document for i in items if isinstance(i.document, d.Service))
    assert show_expression(service.assumes[0], vocabulary()) == text.replace('"open"', "open")


SETS = """
vocabulary "sets" {
  enum Data { plain, internal, health }
  capability chat
  metric latency: time in 0 s .. 1 h, lower is better, expected
  request fields { data: set of Data }
}
"""


@pytest.mark.parametrize(
    "text",
    [
        "request.data == { plain, health }",
        "request.data == {}",
        "request.data != { plain }",
        "request.data within { internal }",
        "not request.data within { internal }",
        "request.data has all of { plain, health }",
        "not request.data has all of { internal, health }",
        "request.data has any of { internal, health }",
        "not request.data has any of { internal, health }",
        "not request.data has plain",
        "request.data has plain and not request.data has health",
        "request.data has internal and request.data has plain",
        "request.data has plain or not request.data has health",
        "request.data == { plain } or request.data within { health }",
    ],
)
def test_what_a_set_holds_reads_as_it_was_written(text: str) -> None:
    items, found = compile_texts(f"{SETS}\nrule r {{ when {text} then latency <= 1 s }}")
    assert not found
    rule, words = (item.document for item in items)
    assert isinstance(words, d.Vocabulary)
    assert isinstance(rule, d.Rule)
    assert show_expression(rule.when, words) == text


def request(**parts: object) -> d.Request:
    base = {"vocabulary": document_digest(vocabulary()), "name": "r", "needs": (("chat",),)}
    return d.Request(**(base | parts))  # type: ignore[arg-type]


UNSAYABLE: list[d.Document] = [
    d.Vocabulary("v", request=(d.Field("x", d.RationalType("1", F(0), None)),)),
    d.Vocabulary(
        "v",
        metrics=(d.Metric("m", "1", F(0), F(1), "lower", d.Statistic.QUANTILE, F(1, 3)),),
    ),
    d.Service("", "s", "1", permits=d.Permits("public", (), None, ())),
    d.Service("", "s", "1", api=d.Api("http", "")),
    request(nominal=()),
    request(ensure=(t.OnMetric("latency", t.Relation.LE, t.Affine.of(1), F(1, 3)),)),
]


@pytest.mark.parametrize("document", UNSAYABLE, ids=range(len(UNSAYABLE)))
def test_what_the_language_cannot_say_is_refused(document: d.Document) -> None:
    owner = document if isinstance(document, d.Vocabulary) else vocabulary()
    if not isinstance(document, d.Vocabulary | d.Request):
        object.__setattr__(document, "vocabulary", document_digest(owner))
    with pytest.raises(InputError):
        show_documents([owner, document] if owner is not document else [owner])


def test_a_document_needs_its_vocabulary() -> None:
    with pytest.raises(InputError, match="not here"):
        show_documents([request()])


def test_a_landscape_is_a_comment() -> None:
    landscape = d.Landscape(document_digest(vocabulary()), ())
    assert show_document(landscape, vocabulary()).startswith("// a landscape of 0 services")
