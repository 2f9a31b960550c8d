"""Canonical JSON of strangers: a value has one text, limits are kept before anything is read, and nothing recurses."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caio.audit.faults import AuditError, Fault
from caio.audit.reading import MAX_DEPTH, read_canonical, refusing, some
from caio.base.canonical import Json, canonical_bytes
from caio.ir.reader import DecodeError

LIMIT = 100_000
VALUES: st.SearchStrategy[Json] = st.recursive(
    st.none() | st.booleans() | st.integers(1 - 2**53, 2**53 - 1) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(VALUES)
def test_the_canonical_text_of_a_value_is_read(value: Json) -> None:
    assert read_canonical(canonical_bytes(value), LIMIT) == value


@given(VALUES, st.sampled_from([None, 0, 1]), st.booleans(), st.booleans())
def test_no_other_text_of_it_is(value: Json, indent: int | None, sort: bool, plain: bool) -> None:
    data = json.dumps(value, indent=indent, sort_keys=sort, ensure_ascii=plain).encode()
    if data == canonical_bytes(value):
        assert read_canonical(data, LIMIT) == value
    else:
        with pytest.raises(DecodeError):
            read_canonical(data, LIMIT)


def test_keys_are_in_the_order_of_their_utf_16_units() -> None:
    """RFC 8785 section 3.2.3: a character beyond the basic plane comes before one at its upper end."""
    right, wrong = '{"\U00010000":1,"\uffff":2}'.encode(), '{"\uffff":2,"\U00010000":1}'.encode()
    assert read_canonical(right, LIMIT) == {"\U00010000": 1, "\uffff": 2}
    with pytest.raises(DecodeError, match="canonical"):
        read_canonical(wrong, LIMIT)


def test_limits_are_kept_exactly() -> None:
    data = b'"four"'
    assert read_canonical(data, len(data)) == "four"
    with pytest.raises(DecodeError, match="from 1 to 5 bytes"):
        read_canonical(data, len(data) - 1)
    deep = b"[" * MAX_DEPTH + b"]" * MAX_DEPTH
    assert read_canonical(deep, LIMIT) is not None
    assert read_canonical(deep.replace(b"[]", b"[1]"), LIMIT) is not None
    for depth in (MAX_DEPTH + 1, 5_000, 40_000):
        with pytest.raises(DecodeError, match="deep"):
            read_canonical(b"[" * depth + b"]" * depth, LIMIT)
    for number in (2**53 - 1, 1 - 2**53):
        assert read_canonical(str(number).encode(), LIMIT) == number
    for number in (2**53, -(2**53), 10**400):
        with pytest.raises(DecodeError, match="2\\*\\*53"):
            read_canonical(str(number).encode(), LIMIT)


@pytest.mark.parametrize(
    "data",
    [b"", b" ", b"1.5", b"1e2", b"-0", b"NaN", b"Infinity", b'"\\ud800"', b"\xff", b"01", b"tru"],
)
def test_what_is_no_canonical_json_is_refused(data: bytes) -> None:
    with pytest.raises(DecodeError):
        read_canonical(data, LIMIT)


def test_members_may_be_more_and_never_fewer() -> None:
    assert some({"a": 1, "b": 2}, frozenset({"a"})) == {"a": 1, "b": 2}
    others: list[object] = [{"b": 2}, {}, [], None, "a"]
    for value in others:
        with pytest.raises(DecodeError):
            some(value, frozenset({"a"}))


def test_a_refusal_has_the_fault_of_the_room() -> None:
    with (
        pytest.raises(AuditError, match="this is no cake: stale") as caught,
        refusing(Fault.BUNDLE_FORM, "this is no cake"),
    ):
        raise DecodeError("stale")
    assert caught.value.fault is Fault.BUNDLE_FORM
