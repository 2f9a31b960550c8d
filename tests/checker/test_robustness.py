"""No input of bytes ends in anything but a verdict or a rejection, whoever wrote it."""

import copy
import json
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caio.checker import Rejection, check, load
from tests.checker.forge import (
    Json,
    World,
    affine,
    document_set,
    dump,
    governed,
    guarantee,
    on_metric,
    paths,
    seal,
)

CODES = {
    *("json", "limit", "shape", "number", "canonical", "name", "reference", "duplicate", "sort"),
    *("origin", "empty", "digest", "atom", "farkas", "rup", "incomplete", "witness", "polarity"),
    *("unused", "verdict", "score", "order", "landscape", "budget"),
}
DECISION = governed().decision()
DATA = dump(DECISION)
DOCUMENTS = load(DATA)
PATHS = [path for path in paths(DECISION) if path]
ODD: st.SearchStrategy[Any] = st.sampled_from(
    [
        *(
            None,
            True,
            False,
            0,
            -1,
            1,
            2**31,
            2**53 - 1,
            "",
            "0",
            "-0",
            "1/2",
            "1e9",
            "NaN",
            "9" * 600,
        ),
        *(
            [],
            {},
            [[]],
            {"": 0},
            [[[[]]]],
            "\u0000",
            "\U0001f600",
            "sha256:" + "0" * 64,
            "request.tokens",
        ),
    ]
)
ANY = st.recursive(
    ODD | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=8,
)


def outcome(documents: bytes, certificate: bytes) -> str:
    try:
        check(load(documents), certificate, budget=10**7)
    except Rejection as rejection:
        told = rejection
    else:
        return "accepted"
    assert told.code in CODES
    assert "\n" not in str(told)
    return told.code


def replaced(path: tuple[Any, ...], value: Json) -> Json:
    whole = copy.deepcopy(DECISION)
    target = whole
    for key in path[:-1]:
        target = target[key]
    target[path[-1]] = value
    return whole


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(PATHS), ANY)
def test_any_value_at_any_place(path: tuple[Any, ...], value: Json) -> None:
    whole = replaced(path, value)
    data = json.dumps(whole).encode()
    outcome(data, data)
    result = outcome(DATA, data)
    if path[0] != "documents" and json.dumps(whole) != json.dumps(DECISION):
        assert result != "accepted"


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(PATHS), ANY)
def test_any_value_at_any_place_with_the_digests_redone(path: tuple[Any, ...], value: Json) -> None:
    try:
        whole = seal(replaced(path, value), None)
    except (TypeError, KeyError, AttributeError):
        return  # Nothing is left to seal.
    data = json.dumps(whole).encode()
    outcome(DATA, data)


@settings(max_examples=300, deadline=None)
@given(st.integers(0, len(DATA) - 1), st.integers(0, 40), st.binary(max_size=8))
def test_any_bytes_at_any_place(at: int, gone: int, more: bytes) -> None:
    data = DATA[:at] + more + DATA[at + gone :]
    outcome(data, data)
    outcome(DATA, data)


@settings(max_examples=200, deadline=None)
@given(ANY)
def test_any_value_as_documents_and_as_certificate(value: Json) -> None:
    data = json.dumps(value).encode()
    assert outcome(data, DATA) != "accepted"
    assert outcome(DATA, data) != "accepted"
    wrapped = json.dumps({"format": "caio-documents/v1", "documents": [value]}).encode()
    assert outcome(wrapped, DATA) != "accepted"
    evidence = json.dumps({**DECISION, "evidence": {"proofs": [value], "witnesses": [value]}})
    assert outcome(DATA, evidence.encode()) != "accepted"


def check_within(seconds: float, documents: bytes, certificate: bytes = DATA) -> str:
    started = time.process_time()
    code = outcome(documents, certificate)
    assert time.process_time() - started < seconds
    return code


def test_many_guarantees_cannot_be_paired_for_nothing() -> None:
    """Pairs of bounds grow with the square of their number: the budget ends it."""
    world = World()
    many = [
        guarantee("accuracy", ">=", affine("0", tokens=f"1/{n}"))
        for n in range(10**6, 10**6 + 4000)
    ]
    some = [guarantee("accuracy", "<=", affine(f"1/{n}")) for n in range(2, 4002)]
    world.services[0]["guarantees"] = many + some
    decision = World().decision()
    decision["inputs"] = world.inputs(world.documents())
    decision["landscape"] = decision["inputs"]["landscape"]
    data = document_set(*world.documents())
    for candidate in decision["candidates"]:
        candidate["score"] = 0
    assert check_within(30, data, dump(decision)) in {"budget", "score"}


def test_a_long_rup_clause_is_linear() -> None:
    decision = copy.deepcopy(DECISION)
    decision["evidence"]["proofs"][0]["steps"] = [["rup", [], [1] * 300_000]]
    assert check_within(20, DATA, dump(decision)) == "rup"


def test_many_small_steps_are_paid_for() -> None:
    decision = copy.deepcopy(DECISION)
    decision["evidence"]["proofs"][0]["steps"] = [["rup", [1], [1]]] * 200_000
    assert check_within(30, DATA, dump(decision)) in {"rup", "incomplete", "budget"}


def test_many_fresh_atoms_are_paid_for() -> None:
    decision = copy.deepcopy(DECISION)
    atoms = [[[["request.tokens", "1"]], str(n), False] for n in range(100_000, 200_000)]
    decision["evidence"]["proofs"][0]["atoms"] = atoms
    assert check_within(30, DATA, dump(decision)) in {"budget", "rup", "atom"}


def test_numbers_of_511_digits_do_no_harm() -> None:
    world = World()
    long = "1/" + "3" * 511
    world.request["ensure"] = [on_metric("accuracy", ">=", affine(long, tokens=long))] * 50
    world.services[0]["guarantees"] = [guarantee("accuracy", ">=", affine(long, tokens=long))] * 50
    load(document_set(*world.documents()))


def test_numbers_beyond_the_interpreters_limit_of_digits_are_refused() -> None:
    for digits in (600, 5000, 100_000, 5_000_000):
        decision = copy.deepcopy(DECISION)
        decision["inputs"]["at"] = "9" * digits
        assert check_within(10, DATA, dump(decision)) == "limit"


@pytest.mark.parametrize("kind", ["not", "and", "or"])
def test_deep_formulas_are_read_up_to_the_limit_of_nesting(kind: str) -> None:
    codes = []
    formula: Json = ["is", "request.urgent"]
    for _ in range(70):
        more = [] if kind == "not" else [["has", "request.data", "public"]]
        formula = [kind, formula, *more]
        world = World()
        world.services[0]["assumes"] = [formula]
        try:
            load(document_set(*world.documents()))
            codes.append("accepted")
        except Rejection as rejection:
            codes.append(rejection.code)
    depth = codes.index("limit")
    # The set, its array, the document, its list and the atom itself are levels too.
    assert depth == 64 - 5
    assert codes == ["accepted"] * depth + ["limit"] * (70 - depth)
