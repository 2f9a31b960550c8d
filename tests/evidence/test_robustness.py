"""Whatever stands in the place of a part, the room answers: it never raises anything, and verifies nothing that differs."""

from __future__ import annotations

import base64
import json
import random
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from caio.base.canonical import canonical_bytes, digest, digest_bytes
from caio.evidence import Outcome, verify
from tests.audit.keys import TestSigner
from tests.evidence.making import ONE, Case, envelope, lines, make, zipped
from tests.evidence.signatures import Verifying

ODD: list[Any] = [
    None,
    True,
    0,
    -1,
    2**53 - 1,
    "",
    "x",
    [],
    {},
    [[]],
    {"a": 1},
    "sha256:" + "0" * 64,
]
PLACES = 40
"""How many places of each part are tried."""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Case:
    return make(tmp_path_factory.mktemp("log"))


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every part of a JSON value, the whole included."""
    yield path
    if isinstance(value, dict | list):
        for key in value if isinstance(value, dict) else range(len(value)):
            yield from places(value[key], (*path, key))


def changed(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    if not path:
        return new
    found = json.loads(json.dumps(value))
    at = found
    for key in path[:-1]:
        at = at[key]
    at[path[-1]] = new
    return found


def _entry(case: Case, value: Any) -> None:
    told = case.told()
    case.manifest |= told
    case.told = dict  # type: ignore[method-assign]
    case.entries[4], case.checkpoint = canonical_bytes(value), None


def _decision(case: Case, value: Any) -> None:
    case.redecide(2, canonical_bytes(value))


def _landscape(case: Case, value: Any) -> None:
    """Another landscape, which entry and decision agree to be the one."""
    data, body = canonical_bytes(value), json.loads(case.decisions[2])
    case.documents[digest_bytes(data)[7:]] = data
    body["inputs"]["landscape"] = body["landscape"] = digest(value)
    case.rewrite(2, lambda e: e["content"]["digests"].update(landscape=digest(value)))
    _decision(case, body)


def _statement(case: Case, value: Any) -> None:
    _envelope(case, json.loads(envelope(value, TestSigner("one"))))


def _envelope(case: Case, value: Any) -> None:
    data = canonical_bytes(value)
    case.attestations[4] = data
    case.members["attestations/4.sigstore.json"] = None
    case.reseal(4, "statement", digest_bytes(data))


def _member(name: str) -> Callable[[Case, Any], None]:
    def put(case: Case, value: Any) -> None:
        case.members[name] = canonical_bytes(value)

    return put


def _rows(name: str) -> Callable[[Case, Any], None]:
    def put(case: Case, value: Any) -> None:
        case.members[name] = lines(value if isinstance(value, list) else [value])

    return put


def _manifest(case: Case, value: Any) -> None:
    def pack(members: Any) -> bytes:
        return zipped({**members, "manifest.json": canonical_bytes(value)})

    case.pack = pack


def parts(case: Case) -> dict[str, tuple[Any, Callable[[Case, Any], None]]]:
    members = case.whole()
    # The documents that a decision file carries count for nothing.
    body = {k: v for k, v in json.loads(case.decisions[2]).items() if k != "documents"}
    landscape = json.loads(case.documents[body["inputs"]["landscape"][7:]])
    attested = json.loads(case.attestations[4])
    rows = ("keys.jsonl", "disclosures.jsonl")
    manifest = {
        "format": "caio-evidence/v1",
        "origin": "o",
        "tool": "t",
        "from": case.start,
        "to": case.stop,
        "first": 1,
        "count": 9,
        "before": True,
        "after": True,
        "size": 14,
        "files": {"checkpoint": digest("")},
        **case.told(),
    }
    return {
        "entry": (case.entry(4), _entry),
        "decision": (body, _decision),
        "landscape": (landscape, _landscape),
        "statement": (json.loads(base64.b64decode(attested["payload"])), _statement),
        "envelope": (attested, _envelope),
        "bundle": (
            json.loads(members["attestations/4.sigstore.json"]),
            _member("attestations/4.sigstore.json"),
        ),
        "range": (json.loads(members["range.json"]), _member("range.json")),
        "manifest": (manifest, _manifest),
        **{n: ([json.loads(one) for one in members[n].splitlines()], _rows(n)) for n in rows},
        "erased": ([{"index": 4, "name": "request", "seal": digest("")}], _rows("erased.jsonl")),
        "consistency": ([{"size": 12, "proof": []}], _rows("consistency.jsonl")),
    }


PARTS = [
    *("entry", "decision", "landscape", "statement", "envelope", "bundle", "range", "manifest"),
    *("keys.jsonl", "disclosures.jsonl", "erased", "consistency"),
]
HARMLESS = {"statement", "envelope", "bundle", "consistency"}
"""What is not known in an attestation is ignored, and a proof that nobody asks for is not looked at."""


@pytest.mark.parametrize("name", PARTS)
def test_any_part_may_be_anything(made: Case, name: str) -> None:
    random_ = random.Random(name)
    value, put = parts(made)[name]
    every = list(places(value))
    for path in [(), *random_.sample(every, min(PLACES, len(every)))]:
        new = random_.choice(ODD)
        case, odd = made.copy(), changed(value, path, new)
        if odd == value:
            continue
        put(case, odd)
        report = verify(case.build(), signatures=Verifying(ONE))
        if name not in HARMLESS:
            assert report.outcome is not Outcome.VERIFIED, (path, new)
