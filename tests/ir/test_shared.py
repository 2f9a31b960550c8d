"""Documents whose parts are written once: the same documents, the same bytes, and shared parts."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given, settings

from caio.ir import documents as d
from caio.ir import terms as t
from caio.ir.decode import decode_document
from caio.ir.encode import document_bytes, document_digest
from caio.ir.memo import Memo
from caio.ir.reader import DecodeError, parse_json
from caio.ir.shared import read_shared, write_shared
from tests.strategies import World, world

VOCABULARY = d.Vocabulary(
    "v", request=(d.Field("n", d.IntType("1", 0, 9)),), attributes=(d.Field("a", d.BoolType()),)
)
SMALL = t.Compare(t.Comparison.LE, t.Affine.of(-9, {"request.n": Fraction(1)}))
SERVICE = d.Service(
    document_digest(VOCABULARY),
    "one",
    "1",
    attributes=(("a", True),),
    assumes=(SMALL, t.TRUE),
    cost=(d.CostCase(t.TRUE, t.Affine.of(1)),),
)


@settings(max_examples=30)
@given(world())
def test_documents_come_back_with_their_bytes(drawn: World) -> None:
    documents = [drawn.vocabulary, *drawn.documents]
    for order in (documents, documents[::-1]):
        found = read_shared(write_shared(order))
        assert found == order
        for before, after in zip(order, found, strict=True):
            # The bytes that were kept, and those that a new encoding gives.
            assert document_bytes(after) == document_bytes(before)
            assert document_bytes(replace(after)) == document_bytes(before)


@settings(max_examples=30)
@given(world())
def test_a_memo_changes_nothing(drawn: World) -> None:
    vocabularies = {document_digest(drawn.vocabulary): drawn.vocabulary}
    memo = Memo()
    for document in drawn.documents:
        value = parse_json(document_bytes(document))
        assert decode_document(value, vocabularies, memo) == document
        assert decode_document(value, vocabularies, memo) == document


def test_equal_parts_are_one_object() -> None:
    twin = replace(SERVICE, name="two")
    _, one, two = read_shared(write_shared([VOCABULARY, SERVICE, twin]))
    assert isinstance(one, d.Service)
    assert isinstance(two, d.Service)
    assert one.assumes[0] is two.assumes[0]
    assert one.cost[0] is two.cost[0]
    assert one.attributes is two.attributes
    assert one.permits is two.permits


def test_a_part_is_written_once() -> None:
    many = [replace(SERVICE, name=f"service {number}") for number in range(100)]
    data = write_shared([VOCABULARY, *many])
    assert data.count(b'"request.n"') == 1
    assert read_shared(data) == [VOCABULARY, *many]


def test_nothing_is_nothing() -> None:
    assert read_shared(write_shared([])) == []


def test_names_beyond_ascii_survive() -> None:
    odd = replace(SERVICE, name='東京 "\\ \U0001f600 [{,}]')
    assert read_shared(write_shared([VOCABULARY, odd])) == [VOCABULARY, odd]


@pytest.mark.parametrize("attributes", ["region", "a"])
def test_one_memo_serves_several_vocabularies(attributes: str) -> None:
    # The same JSON object means another value under another vocabulary.
    other = replace(VOCABULARY, attributes=(d.Field("a", d.EnumType("E")),))
    known = {document_digest(v): v for v in (VOCABULARY, other)}
    shared: dict[str, object] = {attributes: True}
    memo = Memo()
    body = parse_json(document_bytes(SERVICE))
    assert isinstance(body, dict)
    body["attributes"] = shared
    if attributes == "a":
        assert decode_document(body, known, memo) == SERVICE
    with pytest.raises(DecodeError, match="attributes"):
        decode_document({**body, "vocabulary": document_digest(other)}, known, memo)


def test_what_is_no_document_is_refused() -> None:
    good = write_shared([VOCABULARY, SERVICE])
    for bad in (
        b"",
        b"[]",
        good.replace(b'"request.n"', b'"request\\u0000"'),
        good.replace(b'"service"', b'"disservice"'),
        good.replace(document_digest(VOCABULARY).encode(), b"sha256:" + b"0" * 64),
        good[: good.rindex(b"\n")],
        good + b",1",
    ):
        with pytest.raises((DecodeError, LookupError, TypeError, ValueError)):
            read_shared(bad)
