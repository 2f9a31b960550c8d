"""Certificates by content: found only for the same decision, and checked in full before they count."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from caio.base.canonical import canonical_bytes
from caio.certify import cache as module
from caio.certify.acceptance import accept
from caio.certify.cache import Certificates, Kept
from caio.landscape.snapshot import Snapshot
from caio.obligations.candidate import Question
from caio.routing.decision import inputs_of
from caio.routing.engine import Engine
from caio.routing.files import DecisionFiles, decision_files, document_parts, files_of
from tests.cli.sample import AT, market, question


@pytest.fixture(scope="module")
def snapshot() -> Snapshot:
    return market()


@pytest.fixture(scope="module")
def engine(snapshot: Snapshot) -> Iterator[Engine]:
    with Engine(snapshot) as engine:
        yield engine


@pytest.fixture(scope="module")
def files(engine: Engine) -> DecisionFiles:
    return decision_files(engine.decide(question()).decision)


@pytest.fixture
def cache(tmp_path: Path) -> Certificates:
    return Certificates(tmp_path / "cache")


def find(cache: Certificates, asked: Question, snapshot: Snapshot) -> Kept | None:
    return cache.find(inputs_of(asked, snapshot), lambda: document_parts(asked, snapshot))


def entries(tmp_path: Path) -> list[Path]:
    return sorted((tmp_path / "cache").glob("*"))


def forge(cache: Certificates, inputs: dict[str, Any], body: bytes) -> None:
    """Write an entry that is whole, whatever it says."""
    cache._store.write(module._key(inputs), body)


def test_what_was_kept_is_found_and_gives_the_same_files(
    cache: Certificates, snapshot: Snapshot, engine: Engine
) -> None:
    for asked in (question(), question(needs=(("vision",),)), question(budget=None)):
        made = decision_files(engine.decide(asked).decision)
        inputs = inputs_of(asked, snapshot)
        assert inputs == made.body["inputs"]
        assert find(cache, asked, snapshot) is None
        cache.keep(inputs, made.certificate)
        found = find(cache, asked, snapshot)
        assert found is not None
        assert found.verdict == accept(made.parts, made.certificate)
        again = files_of(asked, snapshot, found.body)
        for shape in ("certificate", "decision", "landscape", "bundle", "parts", "landscape_name"):
            assert getattr(again, shape) == getattr(made, shape)


def test_the_checker_is_asked_every_time(
    cache: Certificates,
    files: DecisionFiles,
    snapshot: Snapshot,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    cache.keep(inputs_of(question(), snapshot), files.certificate)
    asked = []

    def watched(documents: list[bytes], certificate: bytes) -> object:
        asked.append((documents, certificate))
        return accept(documents, certificate)

    monkeypatch.setattr(module, "accept", watched)
    for _ in range(3):
        assert find(cache, question(), snapshot) is not None
    assert asked == [(files.parts, files.certificate)] * 3


def test_every_input_is_part_of_the_name(
    snapshot: Snapshot, monkeypatch: pytest.MonkeyPatch
) -> None:
    inputs = inputs_of(question(), snapshot)
    keys = {module._key(inputs)}
    for name in inputs:
        keys.add(module._key({**inputs, name: "another"}))
    assert inputs.keys() == {
        *("vocabulary", "landscape", "request", "policy", "profile", "facts"),
        *("attestation", "measurements", "at", "seed"),
    }
    monkeypatch.setattr(module, "producer_digest", lambda: "another")
    keys.add(module._key(inputs))
    assert len(keys) == len(inputs) + 2


def test_the_solver_and_the_code_are_part_of_the_name(monkeypatch: pytest.MonkeyPatch) -> None:
    fresh = module.producer_digest.__wrapped__
    seen = {fresh()}
    assert seen == {module.producer_digest()}
    for solver in module._SOLVER:
        with monkeypatch.context() as patch:
            patch.setattr(module, "_version", lambda name, s=solver: "9" if name == s else "1")
            seen.add(fresh())
    for index in range(len(module._ROOMS)):
        with monkeypatch.context() as patch:
            patch.setattr(module, "_ROOMS", module._ROOMS[:index] + module._ROOMS[index + 1 :])
            seen.add(fresh())
    assert len(seen) == 1 + len(module._SOLVER) + len(module._ROOMS)
    # Whatever the decision's code imports is among the rooms, except the checker: it judges anew.
    rooms = {path.parent.name for path in Path(module.__file__).parents[1].glob("*/__init__.py")}
    others = {
        "analysis",
        "audit",
        "checker",
        "cli",
        "compose",
        "evidence",
        "execute",
        "importers",
        "neighbours",
    }
    others |= {"sema", "syntax"}
    assert rooms - others <= set(module._ROOMS)


def test_a_solver_that_is_not_installed_has_a_name_too() -> None:
    assert module._version("no-such-distribution") == "missing"


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("selected", "service"), "good/two"),
        (("verdict",), "not_routable"),
        (("candidates", 0, "score"), 10**9),
        (("candidates", 0, "service"), "good/one"),
        (("steps", 0, 1), 99),
        (("evidence", "witnesses", 0), {}),
        (("evidence", "proofs"), []),
        (("decision_digest",), "sha256:" + "0" * 64),
        (("at",), "2020-01-01T00:00:00Z"),
    ],
)
def test_a_forged_entry_is_rejected_and_removed(
    cache: Certificates,
    files: DecisionFiles,
    snapshot: Snapshot,
    tmp_path: Path,
    path: tuple[str | int, ...],
    value: object,
) -> None:
    body = json.loads(files.certificate)
    inner = body
    for step in path[:-1]:
        inner = inner[step]
    assert inner[path[-1]] != value
    inner[path[-1]] = value
    forge(cache, inputs_of(question(), snapshot), canonical_bytes(body))
    assert len(entries(tmp_path)) == 1
    assert find(cache, question(), snapshot) is None
    assert entries(tmp_path) == []


def test_a_true_certificate_of_another_decision_is_not_taken(
    cache: Certificates, engine: Engine, snapshot: Snapshot, tmp_path: Path
) -> None:
    later = Question(**{**_fields(question()), "at": AT + 1})
    other = decision_files(engine.decide(later).decision)
    accept(other.parts, other.certificate)
    forge(cache, inputs_of(question(), snapshot), other.certificate)
    assert find(cache, question(), snapshot) is None
    assert entries(tmp_path) == []


def _fields(asked: Question) -> dict[str, Any]:
    return {name: getattr(asked, name) for name in asked.__slots__}


@pytest.mark.parametrize("place", ["verdict", "candidate"])
def test_nothing_unknown_is_kept_or_taken(
    cache: Certificates,
    files: DecisionFiles,
    snapshot: Snapshot,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    place: str,
) -> None:
    # Even a checker that accepts everything does not help an entry that needs no evidence.
    verdict = accept(files.parts, files.certificate)
    monkeypatch.setattr(module, "accept", lambda *_: verdict)
    inputs = inputs_of(question(), snapshot)
    cache.keep(inputs, files.certificate)
    assert find(cache, question(), snapshot) is not None
    (entry,) = entries(tmp_path)
    entry.unlink()
    body = json.loads(files.certificate)
    target = body if place == "verdict" else body["candidates"][0]
    target["verdict"] = "unknown"
    cache.keep(inputs, canonical_bytes(body))
    assert entries(tmp_path) == []
    forge(cache, inputs, canonical_bytes(body))
    assert find(cache, question(), snapshot) is None


def test_what_is_no_certificate_is_removed(
    cache: Certificates, files: DecisionFiles, snapshot: Snapshot, tmp_path: Path
) -> None:
    inputs = inputs_of(question(), snapshot)
    hollow = canonical_bytes({"inputs": inputs})
    for body in (
        b"",
        b"\xff",
        b"[]",
        b"null",
        b"{}",
        b"[" * 100_000,
        hollow,
        canonical_bytes({"inputs": inputs, "candidates": [1], "verdict": "routed"}),
        canonical_bytes({"inputs": inputs, "candidates": 5, "verdict": []}),
        files.certificate + b"\n",
        files.certificate.replace(b":", b": ", 1),
    ):
        forge(cache, inputs, body)
        assert len(entries(tmp_path)) == 1
        assert find(cache, question(), snapshot) is None
        assert entries(tmp_path) == []


def test_a_damaged_entry_is_missing(
    cache: Certificates, files: DecisionFiles, snapshot: Snapshot, tmp_path: Path
) -> None:
    inputs = inputs_of(question(), snapshot)
    cache.keep(inputs, files.certificate)
    (entry,) = entries(tmp_path)
    good = entry.read_bytes()
    for place in range(0, len(good), max(1, len(good) // 50)):
        bad = bytearray(good)
        bad[place] ^= 1 << (place % 8)
        for data in (bytes(bad), good[:place]):
            entry.write_bytes(data)
            assert find(cache, question(), snapshot) is None
    cache.keep(inputs, files.certificate)
    assert find(cache, question(), snapshot) is not None
