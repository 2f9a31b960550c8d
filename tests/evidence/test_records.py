"""Entries, times and hashes are read as the log reads them, or refused."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caio.audit import entries as logged
from caio.audit.checkpoint import read_checkpoint
from caio.audit.faults import AuditError
from caio.base.canonical import canonical_bytes, digest
from caio.evidence import Flaw
from caio.evidence.checkpoint import read_head
from caio.evidence.entries import KINDS, read_base64, read_entry, read_hashes, read_time
from caio.evidence.seals import opened, seal_of
from tests.evidence.making import FROM, salt, signed

GOOD: Any = {
    "content": {"details": {"at": "x", "n": [1, None]}, "digests": {"decision": digest(1)}},
    "format": "caio-audit-entry/v1",
    "kind": "decision",
    "time": 12,
}
LEAVES = st.none() | st.booleans() | st.integers(-(2**54), 2**54) | st.text(max_size=4)
VALUES = st.recursive(
    LEAVES,
    lambda own: st.lists(own, max_size=2) | st.dictionaries(st.text(max_size=3), own, max_size=2),
    max_leaves=6,
)
PLACES = st.sampled_from(
    ["content", "format", "kind", "time", "content.details", "content.digests", "content.digests.a"]
)


def both(data: bytes) -> bool:
    """Whether the log reads an entry, which this room then reads alike; it refuses all else as well."""
    try:
        expected = logged.read_entry(data)
    except AuditError:
        with pytest.raises(Flaw):
            read_entry(data)
        return False
    found = read_entry(data)
    assert (found.kind, found.time) == (expected.kind, expected.time)
    assert (found.digests, found.details) == (expected.digests, expected.details)
    return True


def test_the_kinds_are_those_of_the_log_and_the_erasure() -> None:
    assert {*(kind.value for kind in logged.Kind), "erasure"} == KINDS


@given(PLACES, VALUES, st.booleans())
@settings(max_examples=150, deadline=None)
def test_an_entry_is_read_as_the_log_reads_it(place: str, value: Any, drop: bool) -> None:
    entry = json.loads(json.dumps(GOOD))
    *above, name = place.split(".")
    at = entry
    for part in above:
        at = at[part]
    at[name] = value
    if drop:
        del at[name]
    data = json.dumps(entry, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    both(data.encode("utf-8", "surrogatepass"))


@given(st.integers(0, 300), st.binary(max_size=3), st.integers(0, 3))
@settings(max_examples=150, deadline=None)
def test_bytes_of_an_entry_are_read_as_the_log_reads_them(at: int, new: bytes, cut: int) -> None:
    data = canonical_bytes(GOOD)
    both(data[: at % len(data)] + new + data[at % len(data) + cut :])


@pytest.mark.parametrize(("depth", "accepted"), [(28, True), (29, True), (30, False)])
def test_objects_and_lists_lie_at_most_32_deep(depth: int, accepted: bool) -> None:
    value: Any = []
    for _ in range(depth - 1):
        value = [value]
    entry = {**GOOD, "content": {**GOOD["content"], "details": {"deep": value}}}
    assert both(canonical_bytes(entry)) == accepted


def test_a_checkpoint_says_what_it_says_to_the_log() -> None:
    note = signed([b"a", b"b"])
    expected = read_checkpoint(note).head
    assert read_head(note) == (expected.origin, expected.size, expected.root)


@given(st.integers(0, 140), st.binary(max_size=2), st.integers(0, 2))
@settings(max_examples=150, deadline=None)
def test_no_checkpoint_is_read_otherwise_than_by_the_log(at: int, new: bytes, cut: int) -> None:
    note = signed([b"a", b"b"])
    data = note[: at % len(note)] + new + note[at % len(note) + cut :]
    try:
        expected = read_checkpoint(data).head
    except AuditError:
        return
    try:
        assert read_head(data) == (expected.origin, expected.size, expected.root)
    except Flaw:
        pytest.fail("the log reads this checkpoint")


@pytest.mark.parametrize(
    ("text", "micros"),
    [
        ("1970-01-01T00:00:00Z", 0),
        ("2026-11-22T00:00:00Z", FROM),
        ("2026-11-22T00:00:00.000001Z", FROM + 1),
        ("1969-12-31T23:59:59Z", -1_000_000),
    ],
)
def test_times(text: str, micros: int) -> None:
    assert read_time(text) == micros


@pytest.mark.parametrize(
    "text",
    [
        *("2026-11-22", "2026-11-22T00:00:00", "2026-11-22T00:00:00+00:00", "", None, 3),
        *("2026-11-22T00:00:00.000000Z", "2026-11-22T00:00:00.5Z", "2026-13-22T00:00:00Z"),
    ],
)
def test_other_times_are_refused(text: object) -> None:
    with pytest.raises(Flaw) as caught:
        read_time(text)
    assert caught.value.code == "time-form"


@pytest.mark.parametrize("text", ["AA", "AB==", "AA==\n", "A A=", 3, None, "é"])
def test_base64_has_one_text_for_each_value(text: object) -> None:
    assert read_base64(text) == b""


@pytest.mark.parametrize("value", [None, {}, ["AA=="], [1], "AA=="])
def test_hashes_have_32_bytes(value: object) -> None:
    with pytest.raises(Flaw):
        read_hashes(value, "it")


def test_an_item_opens_its_seal_under_its_name_alone() -> None:
    item = [salt(1, "request"), "request", digest(1)]
    assert seal_of(item) == digest(item)
    assert opened("decision", {"request": digest(item)}, item) == ("request", digest(1))
    for kind, digests in (
        ("decision", {"facts": digest(item)}),
        ("discovery", {"request": digest(item)}),
        ("decision", {"request": digest(1)}),
    ):
        with pytest.raises(Flaw) as caught:
            opened(kind, digests, item)
        assert caught.value.code == "seal"


@pytest.mark.parametrize(
    "item", [None, [], ["a" * 64, "b"], ["A" * 64, "b", 1], ["a" * 63, "b", 1], ["a" * 64, 1, 1]]
)
def test_other_items_are_refused(item: object) -> None:
    with pytest.raises(Flaw) as caught:
        seal_of(item)
    assert caught.value.code == "item"
