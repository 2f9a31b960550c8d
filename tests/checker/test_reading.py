"""Bytes become values only within limits and with exact types, and a rejection names its place."""

import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caio.checker.reader import Record, Rejection, Value, canonical, increasing, parse
from tests.checker.forge import Json, dump

SCALARS = st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text()
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20
)


def code(data: bytes) -> str:
    with pytest.raises(Rejection) as caught:
        parse(data)
    return caught.value.code


@given(VALUES)
def test_reading_canonical_text_gives_the_value_back(value: Json) -> None:
    try:
        data = canonical(value).encode()
    except UnicodeEncodeError:
        return  # A lone surrogate: no document can hold one.
    assert parse(data).raw == value
    assert canonical(parse(data).raw).encode() == data


@given(VALUES)
def test_keys_are_sorted_by_their_utf_16_code_units(value: Json) -> None:
    def check(item: Json) -> None:
        if isinstance(item, dict):
            units = [key.encode("utf-16-be", "surrogatepass") for key in item]
            assert units == sorted(units)
        for part in item.values() if isinstance(item, dict) else ():
            check(part)
        for part in item if isinstance(item, list) else ():
            check(part)

    try:
        check(parse(canonical(value).encode()).raw)
    except UnicodeEncodeError:
        return


@given(st.binary())
def test_no_bytes_end_in_anything_but_a_rejection(data: bytes) -> None:
    found = "json"
    try:
        parse(data)
    except Rejection as rejection:
        found = rejection.code
    assert found in {"json", "limit"}


@pytest.mark.parametrize("depth", [65, 1000, 100_000, 1_000_000])
def test_deep_texts_are_refused_before_anything_recurses(depth: int) -> None:
    assert code(b"[" * depth + b"]" * depth) == "limit"
    assert code(b'{"a":' * depth + b"1" + b"}" * depth) == "limit"
    assert code(b"[" * depth) == "limit"
    assert code(b"]" * depth) == "json"


def test_nesting_of_64_is_accepted_and_strings_do_not_nest() -> None:
    assert parse(b"[" * 64 + b"]" * 64).path == ""
    assert parse(dump(["[" * 1000, '\\"[' * 1000])).raw == ["[" * 1000, '\\"[' * 1000]


@pytest.mark.parametrize(
    "data",
    [
        b'"' + b'\\"' * 4_000_000,
        b'"' * 4_000_001,
        b"\\" * 4_000_000,
        b"[" * 2_000_000 + b"}" * 2_000_000,
        b'{"' * 1_000_000,
        b"1" * 4_000_000,
        b"-" * 4_000_000,
        b"[" + b"0." * 1_000_000 + b"]",
    ],
    ids=lambda data: repr(data[:4]),
)
def test_hostile_texts_are_refused_in_linear_time(data: bytes) -> None:
    started = time.process_time()
    assert code(data) in {"json", "limit"}
    assert time.process_time() - started < 3


def test_more_than_64_mib_are_refused_unread() -> None:
    assert code(b" " * (64 * 1024 * 1024 + 1)) == "limit"


def test_too_many_arrays_are_refused() -> None:
    assert code(b"[" + b"[]," * (1 << 22) + b"[]]") == "limit"


@pytest.mark.parametrize(
    ("value", "method", "expected"),
    [
        (True, "int", "shape"),
        (1, "bool", "shape"),
        (1, "str", "shape"),
        ("1", "int", "shape"),
        ([], "dict", "shape"),
        ({}, "list", "shape"),
        (None, "str", "shape"),
    ],
)
def test_types_are_exact(value: Json, method: str, expected: str) -> None:
    kinds = {"int": int, "bool": bool, "str": str, "dict": dict, "list": list}
    with pytest.raises(Rejection) as caught:
        Value(value, "").a(kinds[method])
    assert caught.value.code == expected


@pytest.mark.parametrize(
    ("name", "fine"),
    [
        ("a", True),
        ("gemini/gemini-2.5-pro:beta@x", True),
        ("é" * 256, True),
        ("", False),
        ("a" * 257, False),
        ("a\nb", False),
        ("\x7f", False),
        ("\x85", False),
        ("a\x00", False),
    ],
)
def test_names(name: str, fine: bool) -> None:
    if fine:
        assert Value(name, "").name() == name
    else:
        with pytest.raises(Rejection, match="name"):
            Value(name, "").name()


def test_a_path_leads_to_the_place() -> None:
    root = parse(dump({"candidates": [{"evidence": [1, "two"]}], "odd key\n": [[]]}))
    entries = root.entries()
    evidence = entries["candidates"].items()[0].entries()["evidence"].items()[1]
    assert evidence.path == "candidates[0].evidence[1]"
    assert entries["odd key\n"].items()[0].path == '["odd key\\n"][0]'
    with pytest.raises(Rejection) as caught:
        evidence.a(int)
    told = caught.value
    assert (told.code, told.path, told.seen) == ("shape", "candidates[0].evidence[1]", '"two"')
    assert "\n" not in str(told)


def test_what_is_seen_is_told_shortly_and_in_ascii() -> None:
    with pytest.raises(Rejection) as caught:
        Value("é\u202e" * 10_000, "x").a(int)
    assert len(str(caught.value)) < 200
    assert str(caught.value).removesuffix("…").isascii()


@given(st.lists(st.integers()))
def test_increasing_tells_doubles_from_disorder(keys: list[int]) -> None:
    items = [Value(key, index) for index, key in enumerate(keys)]
    pairs = list(pairwise(keys))
    if all(a < b for a, b in pairs):
        assert increasing(items, keys) == keys
    else:
        first = next((a, b) for a, b in pairs if a >= b)
        with pytest.raises(Rejection) as caught:
            increasing(items, keys)
        assert caught.value.code == ("duplicate" if first[0] == first[1] else "canonical")


def test_records_do_not_change() -> None:
    record = Record({"name": "x"})
    with pytest.raises(AttributeError):
        record.name = "y"
    assert record.plus(version="1").version == "1"
    with pytest.raises(AttributeError):
        record.version  # noqa: B018 - the access is the test
