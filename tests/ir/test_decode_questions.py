"""Canonical classes and properties: exact shapes only, and the path of what is wrong."""

from collections.abc import Iterator
from typing import Any

import pytest

from caio.ir import documents as d
from caio.ir.decode import decode_document
from caio.ir.encode import document_digest, document_json
from caio.ir.reader import DecodeError

VOCABULARY = d.Vocabulary("v", capabilities=("chat",))
DIGEST = document_digest(VOCABULARY)
A, B = f"sha256:{'a' * 64}", f"sha256:{'b' * 64}"
ZERO = {"constant": "0", "terms": {}}
CLASS: dict[str, Any] = {
    "kind": "class",
    "vocabulary": DIGEST,
    "name": "gold",
    "needs": [["chat"]],
    "given": [True],
    "ensure": [{"on": "capability", "name": "chat", "provided": True}],
    "budget": "1/2",
    "deadline": None,
}
CLAIMS: list[Any] = [
    ["never", True],
    ["never", ["le", ZERO]],
    ["always", "1", A],
    ["always", "10000", A],
    ["imply", [A], [A]],
    ["imply", [A, B], [B]],
    ["equivalent", [A], [A, B]],
]
BAD_CLAIMS: list[tuple[Any, str]] = [
    (None, ""),
    ({}, ""),
    ([], ""),
    ("never", ""),
    ([["never"]], "[0]"),
    (["sometimes", True], "[0]"),
    (["never"], ""),
    (["never", True, True], ""),
    (["never", "true"], "[1]"),
    (["never", ["and", True]], "[1]"),
    (["always", "2"], ""),
    (["always", 2, A], "[1]"),
    (["always", True, A], "[1]"),
    (["always", "0", A], "[1]"),
    (["always", "-1", A], "[1]"),
    (["always", "10001", A], "[1]"),
    (["always", "3/2", A], "[1]"),
    (["always", "02", A], "[1]"),
    (["always", "2", "gold"], "[2]"),
    (["always", "2", [A]], "[2]"),
    (["imply", [A]], ""),
    (["imply", [], [A]], "[1]"),
    (["imply", [A], []], "[2]"),
    (["imply", A, [A]], "[1]"),
    (["imply", [A, A], [A]], "[1]"),
    (["imply", [A], [B, A]], "[2]"),
    (["equivalent", [A], [A, "x"]], "[2][1]"),
    (["equivalent", [A], [A], [A]], ""),
]


def decode(value: Any) -> d.Document:
    return decode_document(value, {DIGEST: VOCABULARY})


def claiming(claim: Any) -> dict[str, Any]:
    return {"kind": "property", "vocabulary": DIGEST, "name": "p", "claim": claim}


@pytest.mark.parametrize("value", [CLASS, *map(claiming, CLAIMS)])
def test_what_is_decoded_encodes_to_the_same(value: Any) -> None:
    assert document_json(decode(value)) == value


@pytest.mark.parametrize(("claim", "path"), BAD_CLAIMS)
def test_what_is_no_claim_is_refused_at_its_place(claim: Any, path: str) -> None:
    with pytest.raises(DecodeError) as caught:
        decode(claiming(claim))
    assert caught.value.path == "claim" + path


def broken_classes() -> Iterator[tuple[Any, str]]:
    """A class with one thing wrong, and where."""
    for name in CLASS:
        if name not in ("kind", "vocabulary"):
            yield {key: value for key, value in CLASS.items() if key != name}, ""
    yield CLASS | {"caller": None}, ""
    yield CLASS | {"nominal": None}, ""
    yield CLASS | {"facts": []}, ""
    yield CLASS | {"name": ""}, "name"
    yield CLASS | {"needs": [[]]}, "needs[0]"
    yield CLASS | {"needs": ["chat"]}, "needs[0]"
    yield CLASS | {"needs": [["chat", "chat"]]}, "needs[0]"
    yield CLASS | {"needs": None}, "needs"
    yield CLASS | {"given": [1]}, "given[0]"
    yield CLASS | {"ensure": [True]}, "ensure[0]"
    yield CLASS | {"budget": "-1"}, "budget"
    yield CLASS | {"budget": 1}, "budget"
    yield CLASS | {"deadline": "1/0"}, "deadline"


@pytest.mark.parametrize(("value", "path"), list(broken_classes()))
def test_what_is_no_class_is_refused_at_its_place(value: Any, path: str) -> None:
    with pytest.raises(DecodeError) as caught:
        decode(value)
    assert caught.value.path == path


def test_a_class_may_need_nothing() -> None:
    group = decode(CLASS | {"needs": [], "given": [], "ensure": [], "budget": None})
    assert group == d.Class(DIGEST, "gold")


@pytest.mark.parametrize("extra", [{"when": True}, {"priority": 0}])
def test_a_property_has_no_other_members(extra: dict[str, Any]) -> None:
    with pytest.raises(DecodeError, match="there is no member"):
        decode(claiming(CLAIMS[0]) | extra)
