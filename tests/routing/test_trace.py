"""Traces: immutable, read strictly, complete in their files, and rejected with a place wherever anything was changed."""

from __future__ import annotations

import copy
import io
import json
import pickle
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from caio.base.canonical import Json, canonical_bytes, digest, digest_bytes
from caio.base.errors import EvidenceError, InputError
from caio.execute.result_parts import read_account
from caio.ir import documents as d
from caio.ir.decode import decode_documents
from caio.routing.agreement import require_agreement
from caio.routing.trace import Trace, array_name, trace_of
from tests.calculus import loops

ROOT = Path(__file__).resolve().parents[2]
KINDS = [
    ("question", loops.GOOD),
    ("question", loops.BROKEN),
    ("question", loops.SLOW),
    ("impossible", loops.GOOD),
]
ASIDE = ("hash", "timestamp", "documents")


def trace(request: str = "question", behaviour: str = loops.GOOD) -> Trace:
    return loops.done(request, behaviour).controlled.trace


def documents(found: Trace) -> tuple[d.Document, ...]:
    return decode_documents(json.loads(found.bundle())["documents"])


# --- immutable --------------------------------------------------------------------------------------


def places(value: Any) -> Iterator[Any]:
    """Every object and array in a JSON value."""
    if isinstance(value, dict | list):
        yield value
        for inner in value.values() if isinstance(value, dict) else value:
            yield from places(inner)


PARTS = ("state", "decision", "proofs", "guarantees", "field_snapshots", "certificate", "result")


@given(
    st.sampled_from(PARTS), st.integers(0, 10**6), st.sampled_from(["clear", "set", "add", "pop"])
)
def test_nothing_that_a_trace_hands_out_changes_it(part: str, place: int, how: str) -> None:
    found = trace(behaviour=loops.BROKEN)
    before, written = found.hash, found.bundle()
    handed = list(places(getattr(found, part)))
    one = handed[place % len(handed)]
    match how, one:
        case "clear", _:
            one.clear()
        case "set", dict():
            one["more"] = 1
        case "add", list():
            one.append(1)
        case "pop", dict() if one:
            one.popitem()
        case "pop", list() if one:
            one.pop()
    assert (found.hash, found.bundle()) == (before, written)
    assert digest(json_without_aside(found)) == before


def json_without_aside(found: Trace) -> dict[str, Json]:
    return {name: value for name, value in found.json().items() if name not in ASIDE}


@given(st.sampled_from(["hash", "timestamp", "_body", "_arrays", "state", "result", "new"]))
def test_nothing_of_a_trace_can_be_set_or_deleted(name: str) -> None:
    found = trace()
    before = found.hash
    with pytest.raises(AttributeError, match="never changes"):
        setattr(found, name, "x")
    with pytest.raises(AttributeError, match="never changes"):
        delattr(found, name)
    assert found.hash == before


def test_copies_are_the_trace_itself_and_pickles_are_refused() -> None:
    found = trace()
    assert copy.copy(found) is found
    assert copy.deepcopy(found) is found
    with pytest.raises(TypeError, match=r"Trace\.read"):
        pickle.dumps(found)
    arrays = found.arrays()
    with pytest.raises(ValueError, match="read-only"):
        arrays["intent"][0] = 0
    assert found == trace()
    assert {found, trace()} == {found}
    assert found != trace(behaviour=loops.BROKEN)


def test_a_result_makes_another_trace_and_is_never_replaced() -> None:
    controlled = loops.done().controlled
    before = trace_of(
        controlled.checked,
        controlled.state,
        controlled.signal,
        controlled.checked.decision.proofs,
        controlled.checked.decision.guarantees,
    )
    assert before.result is None
    assert controlled.result is not None
    result = dict(controlled.result.result())
    after = before.completed(result)
    assert before.result is None
    assert after.hash != before.hash
    assert after == controlled.trace
    result["outcome"] = "failed"
    assert after == controlled.trace
    with pytest.raises(InputError, match="not replaced"):
        after.completed(result)


def test_a_trace_is_of_the_state_that_was_measured() -> None:
    one, other = loops.done().controlled, loops.done("question", loops.BROKEN).controlled
    with loops.loop() as control:
        else_asked = control.run(loops.task("where is the nearest station")).controlled
    decision = one.checked.decision
    trace_of(one.checked, other.state, one.signal, decision.proofs, decision.guarantees)
    with pytest.raises(InputError, match="other measurements"):
        trace_of(one.checked, else_asked.state, one.signal, decision.proofs, decision.guarantees)


def test_the_time_of_writing_is_in_no_hash() -> None:
    found = trace()
    body = canonical_bytes(json_without_aside(found))
    other = Trace(body, timestamp="1999-12-31T23:59:59Z")
    assert other == found
    assert other.timestamp != found.timestamp
    assert digest_bytes(body) == found.hash


# --- reading and writing ----------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_written_is_read_back_and_has_the_shape_of_the_schema(
    kind: tuple[str, str],
) -> None:
    found = trace(*kind)
    again = Trace.read(found.bundle())
    assert again == found
    assert again.json() == found.json()
    assert again.bundle() == found.bundle()
    schema = json.loads((ROOT / "docs/spec/trace-v1.schema.json").read_text("utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    written = json.loads(found.bundle())
    jsonschema.Draft202012Validator(schema).validate(written)
    decision = json.loads((ROOT / "docs/spec/decision-v1.schema.json").read_text("utf-8"))
    jsonschema.Draft202012Validator(decision).validate(written["certificate"])
    require_agreement(again, documents(found))


def test_every_member_is_required_and_no_other_is_known() -> None:
    schema = jsonschema.Draft202012Validator(
        json.loads((ROOT / "docs/spec/trace-v1.schema.json").read_text("utf-8"))
    )
    written: dict[str, Any] = json.loads(trace().bundle())
    for name in written:
        if name != "documents":
            fewer = {k: v for k, v in written.items() if k != name}
            assert not schema.is_valid(fewer)
            with pytest.raises(EvidenceError, match=f"`{name}` is missing"):
                Trace.read(json.dumps(fewer).encode())
    assert not schema.is_valid({**written, "more": 1})
    with pytest.raises(EvidenceError, match="no member `more`"):
        Trace.read(json.dumps({**written, "more": 1}).encode())


def test_files_are_whole_shared_and_enough(tmp_path: Path) -> None:
    first, second = trace(), trace(behaviour=loops.BROKEN)
    for found in (first, second):
        found.save(tmp_path / f"{found.hash[-8:]}.json", arrays=True)
    names = sorted(path.suffix or path.name for path in tmp_path.iterdir())
    # Both are about one landscape and one state: those files are written once.
    given = {name: found for name, found in first.field_snapshots.items() if "modes" not in name}
    assert names.count(".npy") == len(set(given.values()))
    assert len(list(tmp_path.glob("landscape-*.json"))) == 1
    assert not list(tmp_path.glob(".*"))
    again = Trace.read((tmp_path / f"{first.hash[-8:]}.json").read_bytes(), tmp_path)
    assert set(again.arrays()) == set(given)
    for name, array in again.arrays().items():
        assert np.array_equal(array, first.arrays(name)[name])
    # Arrays come along on request alone.
    first.save(tmp_path / "bare.json")
    with pytest.raises(InputError, match="no array of `intent`"):
        Trace.read((tmp_path / "bare.json").read_bytes()).arrays("intent")
    with pytest.raises(InputError, match="no array of `intent_modes`"):
        again.arrays("intent_modes")
    with pytest.raises(InputError, match="no folder"):
        first.save(tmp_path / "nowhere" / "trace.json")


def claiming(*shape: int) -> bytes:
    """An array file of which there is nothing but a header that speaks of much."""
    buffer = io.BytesIO()
    header = {"descr": "<c16", "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(buffer, header)
    return buffer.getvalue()


HUGE = [claiming(10**12), claiming(2**62, 2**62), claiming(0), claiming()]


@pytest.mark.parametrize(
    "data", [b"", b"\x93NUMPY", b"PK\x03\x04", *HUGE, "other", "zero", "float"]
)
def test_an_array_that_is_not_the_one_its_name_says_is_found_out(
    data: bytes | str, tmp_path: Path
) -> None:
    found = trace()
    found.save(tmp_path / "trace.json", arrays=True)
    target = tmp_path / array_name(found.field_snapshots["intent"])
    intent = found.arrays("intent")["intent"]
    match data:
        case bytes():
            target.write_bytes(data)
        case "other":
            np.save(target, intent * 2)
        case "zero":
            np.save(target, intent * 0)
        case "float":
            np.save(target, intent.real)
    with pytest.raises(EvidenceError) as caught:
        Trace.read((tmp_path / "trace.json").read_bytes(), tmp_path)
    assert (caught.value.code, caught.value.path) == ("trace-array", "field_snapshots.intent")


HOSTILE = [
    b"",
    b"\xff",
    b"[]",
    b"null",
    b"{}",
    b'{"format": "caio-trace/v1"}',
    b'{"format": 1.5}',
    b'{"format": "caio-trace/v1", "format": "caio-trace/v1"}',
    b"[" * 100_000,
    b'{"a": ' * 5_000,
]


@pytest.mark.parametrize("data", HOSTILE, ids=range(len(HOSTILE)))
def test_what_is_no_trace_is_an_error_with_words(data: bytes) -> None:
    with pytest.raises(EvidenceError, match="no trace"):
        Trace.read(data)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=5,
)


def paths(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """The place of every value in a JSON value."""
    yield path
    items: Any = value.items() if isinstance(value, dict) else ()
    items = enumerate(value) if isinstance(value, list) else items
    for name, inner in items:
        yield from paths(inner, (*path, name))


def changed(body: Any, path: tuple[str | int, ...], value: Any) -> None:
    for step in path[:-1]:
        body = body[step]
    body[path[-1]] = value


@given(st.sampled_from(KINDS), st.integers(0, 10**6), JSON)
def test_any_other_value_anywhere_breaks_the_hash_or_the_shape(
    kind: tuple[str, str], place: int, value: Any
) -> None:
    body = json.loads(trace(*kind).bundle())
    known = [path for path in paths(body) if path and path[0] not in ("timestamp", "documents")]
    path = known[place % len(known)]
    before = json.dumps(body, sort_keys=True)
    changed(body, path, value)
    if json.dumps(body, sort_keys=True) == before:
        return
    with pytest.raises(EvidenceError) as caught:
        Trace.read(json.dumps(body).encode())
    assert caught.value.code in {"trace-hash", "trace-shape"}
    assert caught.value.expected
    assert caught.value.seen


# --- tampered by somebody who computes the hash anew ------------------------------------------------


def resealed(body: dict[str, Any]) -> bytes:
    inner = {name: value for name, value in body.items() if name not in ASIDE}
    return json.dumps({**body, "hash": digest(inner)}).encode()


def judged(data: bytes, about: tuple[d.Document, ...]) -> None:
    """Everything that is held against a trace, but for what the checker does."""
    found = Trace.read(data)
    require_agreement(found, about)
    if found.result is not None:
        read_account(found.result, found.certificate)


OTHER = "sha256:" + "0" * 64
FORGERIES: list[tuple[str, tuple[str | int, ...], Any]] = [
    ("state.inputs", ("state", "inputs", "request"), OTHER),
    ("state.inputs", ("state", "inputs", "at"), "0"),
    ("state.measured.intent", ("state", "measured", "intent"), OTHER),
    ("state.measured.projector_high", ("state", "measured", "projector_high"), OTHER),
    ("state.measured.more", ("state", "measured", "more"), OTHER),
    ("field_snapshots.marketplace", ("state", "marketplace"), ["near"]),
    ("field_snapshots.marketplace", ("state", "marketplace", 0), "stranger"),
    ("decision.selected", ("decision", "selected", "service"), "cheap"),
    ("decision.selected", ("decision", "selected", "control"), "hold"),
    ("decision.selected", ("decision", "selected"), None),
    ("decision.control_signal", ("decision", "control_signal"), None),
    ("decision.control_signal.service", ("decision", "control_signal", "service"), "cheap"),
    ("decision.control_signal.version", ("decision", "control_signal", "version"), "9"),
    ("decision.control_signal.control", ("decision", "control_signal", "control"), "hold"),
    ("decision.control_signal.route", ("decision", "control_signal", "route"), "external"),
    ("decision.control_signal.gains", ("decision", "control_signal", "gains", 0), 1_500_001),
    ("decision.control_signal.gains", ("decision", "control_signal", "gains", 0), 999_999),
    (
        "decision.control_signal.resolution",
        ("decision", "control_signal", "resolution"),
        "1/999999",
    ),
    ("proofs", ("proofs", 2, "valid"), False),
    ("proofs", ("proofs", 0, "evidence", 0), 7),
    ("proofs", ("proofs",), []),
    ("guarantees", ("guarantees", 0, "lower"), "1"),
    ("guarantees", ("guarantees",), []),
    ("field_snapshots.intent", ("field_snapshots", "intent"), OTHER),
    ("field_snapshots.intent_modes", ("field_snapshots", "intent_modes"), OTHER),
    ("field_snapshots.trait_modes", ("field_snapshots", "trait_modes"), OTHER),
    ("field_snapshots.memory", ("field_snapshots", "memory"), OTHER),
    ("field_snapshots", ("field_snapshots", "more"), OTHER),
    ("result.decision", ("result", "decision"), OTHER),
    ("result.request", ("result", "request"), OTHER),
    ("result.selected", ("result", "selected", "service"), "near"),
    ("result.reply", ("result", "reply"), OTHER),
    ("result.reason", ("result", "reason"), "deadline"),
    ("result.reason", ("result", "outcome"), "failed"),
    ("result.attempts[0].number", ("result", "attempts", 0, "number"), 2),
    ("result.attempts[0].service", ("result", "attempts", 0, "service"), "rash"),
    ("result.attempts[1].service", ("result", "attempts", 1, "service"), "nobody"),
    ("result.attempts[0].ending", ("result", "attempts", 0, "violations"), []),
    ("result.attempts[0].ending", ("result", "attempts", 0, "ending"), "succeeded"),
    ("result.attempts[0].charged", ("result", "attempts", 0, "charged"), "-1"),
    (
        "result.attempts[0].violations[0].decision",
        ("result", "attempts", 0, "violations", 0, "decision"),
        OTHER,
    ),
    (
        "result.attempts[0].violations[0].evidence",
        ("result", "attempts", 0, "violations", 0, "evidence"),
        OTHER,
    ),
    (
        "result.attempts[0].violations[0].service",
        ("result", "attempts", 0, "violations", 0, "service"),
        "cheap",
    ),
    (
        "result.attempts[0].violations[0].kind",
        ("result", "attempts", 0, "violations", 0, "kind"),
        "bad luck",
    ),
    ("result.format", ("result", "format"), "caio-result/v2"),
    ("result.message", ("result", "message"), 1),
]


@pytest.mark.parametrize(("place", "path", "value"), FORGERIES)
def test_a_forgery_with_a_new_hash_is_rejected_at_its_place(
    place: str, path: tuple[str | int, ...], value: Any
) -> None:
    found = trace(behaviour=loops.BROKEN)
    about = documents(found)
    judged(found.bundle(), about)
    body = json.loads(found.bundle())
    changed(body, path, value)
    with pytest.raises(EvidenceError) as caught:
        judged(resealed(body), about)
    assert caught.value.path == place
    assert caught.value.code in {"trace-agreement", "trace-result", "trace-shape"}


def test_the_success_of_a_broken_reply_is_rejected() -> None:
    """The last attempt broke something: whoever calls it a success is found out (INV-CAIO-0005)."""
    found = trace(behaviour=loops.SLOW)
    body = json.loads(found.bundle())
    last = body["result"]["attempts"][-1]
    assert last["ending"] == "violated"
    triple = {name: last[name] for name in ("service", "version", "control")}
    body["result"] |= {"outcome": "executed", "reason": None, "selected": triple, "reply": OTHER}
    with pytest.raises(EvidenceError) as caught:
        judged(resealed(body), documents(found))
    assert caught.value.path == "result.outcome"


def test_a_result_of_nothing_is_rejected() -> None:
    found, other = trace("impossible"), trace()
    body = json.loads(found.bundle())
    body["result"] = json.loads(other.bundle())["result"]
    with pytest.raises(EvidenceError) as caught:
        judged(resealed(body), documents(found))
    assert caught.value.path == "result"


def renumbered(attempts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{**attempt, "number": number} for number, attempt in enumerate(attempts, 1)]


def test_an_execution_that_leaves_out_the_winner_is_rejected() -> None:
    found = trace(behaviour=loops.BROKEN)
    body = json.loads(found.bundle())
    attempts = body["result"]["attempts"]
    winner = attempts[0]["service"]
    body["result"]["attempts"] = renumbered([a for a in attempts if a["service"] != winner])
    with pytest.raises(EvidenceError) as caught:
        judged(resealed(body), documents(found))
    assert (caught.value.path, caught.value.seen) == ("result.attempts[0].service", "cheap")


def test_an_execution_that_comes_back_to_a_better_candidate_is_rejected() -> None:
    """Candidates come as scores fall: whoever stands above the one before was not next."""
    found = trace(behaviour=loops.BROKEN)
    body = json.loads(found.bundle())
    attempts = body["result"]["attempts"]
    body["result"]["attempts"] = renumbered([*attempts[:-1], attempts[0], attempts[-1]])
    with pytest.raises(EvidenceError) as caught:
        judged(resealed(body), documents(found))
    assert caught.value.path == f"result.attempts[{len(attempts) - 1}].service"
