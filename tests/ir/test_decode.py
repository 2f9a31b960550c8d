"""The strict reader: exact types, exact members, canonical numbers, and the path of what is wrong."""

from contextlib import suppress
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caio.ir import terms as t
from caio.ir.decode import FORMAT, decode_documents, decode_set
from caio.ir.decode_terms import MAX_DEPTH, decode_affine, decode_atom, decode_formula
from caio.ir.encode import affine_json, atom_json, formula_json
from caio.ir.reader import DecodeError, parse_json

ZERO = {"constant": "0", "terms": {}}

FORMULAS: list[tuple[Any, str]] = [
    (None, ""),
    (0, ""),
    ("true", ""),
    ([], ""),
    ([True], "[0]"),
    (["nand", True, True], "[0]"),
    (["not"], ""),
    (["not", True, True], ""),
    (["and", True], ""),
    (["or"], ""),
    (["and", True, 1], "[2]"),
    (["or", True, ["not", []]], "[2][1]"),
    (["le"], ""),
    (["le", "0"], "[1]"),
    (["le", {"constant": "0"}], "[1]"),
    (["le", {"constant": 0, "terms": {}}], "[1]"),
    (["le", {"constant": "0", "terms": []}], "[1].terms"),
    (["le", {"constant": "0", "terms": {"x": "0"}}], "[1].terms"),
    (["le", {"constant": "0", "terms": {"x": []}}], "[1]"),
    (["le", {"constant": "2/4", "terms": {}}], "[1]"),
    (["in", "x", []], "[2]"),
    (["in", "x", ["a", "a"]], "[2]"),
    (["in", "x", "a"], "[2]"),
    (["in", "", ["a"]], "[1]"),
    (["has", "x"], ""),
    (["has", "x", "a\n"], "[2]"),
    (["is", 1], "[1]"),
    (["is", "x" * 257], "[1]"),
]


@pytest.mark.parametrize(("value", "path"), FORMULAS)
def test_what_is_no_formula_is_refused_at_its_place(value: Any, path: str) -> None:
    with pytest.raises(DecodeError) as caught:
        decode_formula(value)
    assert caught.value.path == path


def test_a_formula_is_only_so_deep() -> None:
    value: Any = ["is", "x"]
    for _ in range(MAX_DEPTH - 1):
        value = ["not", value]
    decode_formula(value)
    with pytest.raises(DecodeError, match="deeper"):
        decode_formula(["not", value])


ATOMS: list[tuple[Any, str]] = [
    (None, ""),
    ({}, "on"),
    ({"on": ["metric"]}, "on"),
    ({"on": "mood"}, "on"),
    ({"on": "metric", "name": "x", "relation": "<=", "bound": ZERO}, ""),
    ({"on": "metric", "name": "x", "relation": "==", "bound": ZERO, "level": None}, "relation"),
    ({"on": "metric", "name": "x", "relation": "<=", "bound": "0", "level": None}, "bound"),
    ({"on": "metric", "name": "x", "relation": "<=", "bound": ZERO, "level": 0.5}, "level"),
    ({"on": "cost", "relation": "<=", "bound": ZERO, "level": None}, ""),
    ({"on": "attribute", "name": "x", "in": []}, "in"),
    ({"on": "attribute", "name": "x", "in": ["a"], "not_in": ["b"]}, ""),
    ({"on": "attribute", "name": "x", "in": [True, False]}, "in"),
    ({"on": "attribute", "name": "x", "in": ["a", True]}, "in[1]"),
    ({"on": "attribute", "name": "X", "in": ["a"]}, "name"),
    ({"on": "attribute", "name": "x", "relation": "<=", "bound": 5}, "bound"),
    ({"on": "capability", "name": "x", "provided": 1}, "provided"),
    ({"on": "time", "relation": "<=", "bound": None}, "bound"),
]


@pytest.mark.parametrize(("value", "path"), ATOMS)
def test_what_is_no_atom_is_refused_at_its_place(value: Any, path: str) -> None:
    with pytest.raises(DecodeError) as caught:
        decode_atom(value)
    assert caught.value.path == path


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.just("le"),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["on", "constant", "terms", "kind", "x"]), inner, max_size=4
        )
    ),
    max_leaves=12,
)


@given(json_values)
def test_any_json_is_decoded_or_refused_and_nothing_else(value: Any) -> None:
    for decode in (decode_formula, decode_atom, decode_affine, decode_set, decode_documents):
        with suppress(DecodeError):
            decode(value)


@given(st.binary(max_size=60) | st.text(max_size=60).map(str.encode))
def test_any_bytes_are_parsed_or_refused_and_nothing_else(data: bytes) -> None:
    with suppress(DecodeError):
        parse_json(data)


HOSTILE = [
    b"",
    b"\xff",
    b"1.0",
    b"1e400",
    b"NaN",
    b"-Infinity",
    b'{"a":1,"a":1}',
    b"[" * 100_000,
    b"1" * 10_000,
    b"[1,]",
    b"{} {}",
]


@pytest.mark.parametrize("data", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_text_is_refused(data: bytes) -> None:
    with pytest.raises(DecodeError):
        parse_json(data)


def test_expressions_survive_encoding() -> None:
    term = t.Affine.of(3, {"request.b": Fraction(-1, 2), "request.a": Fraction(1)})
    assert decode_affine(affine_json(term)) == term
    formula = t.Or((t.Not(t.Compare(t.Comparison.LT, term)), t.Has("request.d", "m"), t.TRUE))
    assert decode_formula(formula_json(formula)) == formula
    atom = t.OnAttribute("a.b", (False, True), negated=True)
    assert decode_atom(atom_json(atom)) == atom


def test_a_set_names_its_format() -> None:
    assert decode_set({"format": FORMAT, "documents": []}) == ()
    with pytest.raises(DecodeError, match="caio-documents/v1"):
        decode_set({"format": "caio-documents/v2", "documents": []})
