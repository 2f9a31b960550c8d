"""Entries are canonical, small and without secrets; what is read is exactly what was written."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caio.audit.entries import MAX_DEPTH, Entry, Kind, read_entry
from caio.audit.faults import AuditError, Fault

DIGEST = "sha256:" + "ab" * 32
ABOUT = {"decision": DIGEST}

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(1 - 2**53, 2**53 - 1) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(
    st.sampled_from(Kind),
    st.dictionaries(st.text(max_size=5), JSON, max_size=4),
    st.integers(0, 2**53 - 1),
)
@settings(max_examples=120)
def test_an_entry_is_read_as_it_was_written(kind: Kind, details: dict[str, Any], time: int) -> None:
    entry = Entry(kind, ABOUT, details)
    data = entry.at(time)
    found = read_entry(data)
    assert (found.kind, found.time, found.digests) == (kind, time, ABOUT)
    assert found.details == details
    assert Entry(found.kind, found.digests, found.details).at(found.time) == data
    assert json.loads(data)["format"] == "caio-audit-entry/v1"


def test_the_bytes_are_those_of_the_specification() -> None:
    assert Entry(Kind.DECISION, ABOUT, {"id": "r-1", "verdict": "routed"}).at(5) == (
        b'{"content":{"details":{"id":"r-1","verdict":"routed"},"digests":{"decision":"'
        + DIGEST.encode()
        + b'"}},"format":"caio-audit-entry/v1","kind":"decision","time":5}'
    )


def test_what_was_given_can_change_afterwards() -> None:
    details: dict[str, Any] = {"list": [1]}
    entry = Entry(Kind.DECISION, ABOUT, details)
    before = entry.at(1)
    details["list"].append(2)
    assert entry.at(1) == before
    assert entry.details == {"list": [1]}


@pytest.mark.parametrize(
    "details",
    [
        {"a": 1.0},
        {"a": float("nan")},
        {"a": 2**53},
        {"a": b"bytes"},
        {1: "key"},
        {"a": {1, 2}},
        {"\ud800": 1},
        {"a": "\udfff"},
        {"a": object()},
    ],
)
def test_what_has_no_place_is_refused(details: Any) -> None:
    with pytest.raises(AuditError) as caught:
        Entry(Kind.DECISION, ABOUT, details)
    assert caught.value.fault is Fault.ENTRY_VALUE


def nested(depth: int) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = [value]
    return value


def test_depth_is_bounded_for_writers_and_readers_alike() -> None:
    deepest = {"a": nested(MAX_DEPTH - 4)}
    data = Entry(Kind.DECISION, ABOUT, deepest).at(1)
    assert read_entry(data).details == deepest
    with pytest.raises(AuditError):
        Entry(Kind.DECISION, ABOUT, {"a": nested(MAX_DEPTH - 2)})
    for levels in (1, 20_000):
        deeper = data.replace(b"[1]", b"[" * levels + b"[1]" + b"]" * levels)
        with pytest.raises(AuditError) as caught:
            read_entry(deeper)
        assert caught.value.fault is Fault.ENTRY_FORM


@pytest.mark.parametrize(
    "digests",
    [
        {},
        {"decision": "ab" * 32},
        {"decision": "sha256:" + "AB" * 32},
        {"decision": DIGEST + "0"},
        {"decision": DIGEST + "\n"},
        {"Decision": DIGEST},
        {"": DIGEST},
        {"a" * 65: DIGEST},
        {f"a{n}": DIGEST for n in range(65)},
        {"decision": 1},
    ],
)
def test_an_entry_is_about_something(digests: Any) -> None:
    with pytest.raises(AuditError) as caught:
        Entry(Kind.DECISION, digests)
    assert caught.value.fault is Fault.ENTRY_VALUE


def test_the_size_is_bounded() -> None:
    room = 0xFFFF - len(Entry(Kind.DECISION, ABOUT, {"a": ""}).at(2**53 - 1))
    data = Entry(Kind.DECISION, ABOUT, {"a": "x" * room}).at(2**53 - 1)
    assert len(data) == 0xFFFF
    assert read_entry(data).time == 2**53 - 1
    with pytest.raises(AuditError) as caught:
        Entry(Kind.DECISION, ABOUT, {"a": "x" * (room + 1)})
    assert caught.value.fault is Fault.ENTRY_SIZE


@pytest.mark.parametrize(
    "text",
    [
        "eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiJhIn0.c2ln",
        "x eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIn0.",
        "Authorization: Bearer abcdefgh12345",
        "-----BEGIN PRIVATE KEY-----",
        "-----BEGIN OPENSSH PRIVATE KEY-----",
    ],
)
def test_what_looks_like_a_secret_is_refused_and_not_quoted(text: str) -> None:
    for details in ({"a": text}, {text: 1}, {"a": [{"b": text}]}):
        with pytest.raises(AuditError) as caught:
            Entry(Kind.DECISION, ABOUT, details)
        assert caught.value.fault is Fault.ENTRY_SECRET
        assert text not in str(caught.value)


def test_a_kind_is_one_of_the_table() -> None:
    with pytest.raises(AuditError) as caught:
        Entry("decision", ABOUT)  # type: ignore[arg-type]
    assert caught.value.fault is Fault.ENTRY_VALUE


GOOD = Entry(Kind.DECISION, ABOUT, {"a": 1, "b": "ä"}).at(5)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"a":1', b'"a":1.0'),
        (b'"a":1', b'"a": 1'),
        (b'"a":1', b'"a":1,"a":1'),
        (b'"a":1', b'"a":NaN'),
        (b'"a":1', b'"a":9007199254740992'),
        (b'"a":1', b'"a":' + b"9" * 5000),
        ("ä".encode(), b"\\u00e4"),
        ("ä".encode(), b"\xff"),
        ("ä".encode(), b"\\ud800"),
        (b'"a":1,"b":"\xc3\xa4"', b'"b":"\xc3\xa4","a":1'),
        (b"v1", b"v2"),
        (b'"decision","time"', b'"other","time"'),
        (b'"kind":"decision"', b'"kind":["decision"]'),
        (b'"time":5', b'"time":-1'),
        (b'"time":5', b'"time":true'),
        (b'"time":5', b'"time":"5"'),
        (b'"time":5', b'"time":5,"x":1'),
        (b"sha256:ab", b"sha256:AB"),
        (b'{"content"', b'[{"content"'),
        (b'"details":{', b'"detail":{'),
        (b'"time":5}', b'"time":5}\n'),
        (b'"time":5}', b'"time":5'),
    ],
)
def test_bytes_that_are_not_exactly_an_entry_are_none(old: bytes, new: bytes) -> None:
    assert read_entry(GOOD).time == 5
    bad = GOOD.replace(old, new, 1)
    assert bad != GOOD
    with pytest.raises(AuditError) as caught:
        read_entry(bad)
    assert caught.value.fault is Fault.ENTRY_FORM


@pytest.mark.parametrize("data", [b"", b"null", b"[]", b"1", b"x" * 0x10000, b"{}"])
def test_other_bytes_are_none(data: bytes) -> None:
    with pytest.raises(AuditError):
        read_entry(data)
