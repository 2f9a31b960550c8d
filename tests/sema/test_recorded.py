"""Measurements, attestations and attested facts: read from canonical sets, held against the vocabulary, shown."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from caio.ir import documents as d
from caio.ir.decode import FORMAT
from caio.ir.encode import document_digest, document_json
from caio.sema.project import Project, load_project
from caio.sema.show import show_documents
from tests.sema.conftest import VOCABULARY, compile_texts

SCHEMA = Path(__file__).resolve().parents[2] / "docs" / "spec" / "documents-v1.schema.json"
SOME = "sha256:" + 64 * "0"


def vocabulary() -> d.Vocabulary:
    (item,) = compile_texts(VOCABULARY)[0]
    assert isinstance(item.document, d.Vocabulary)
    return item.document


def recorded() -> dict[str, Any]:
    """A set of a vocabulary, attested facts, their attestation, and measurements; by kind."""
    owner = vocabulary()
    digest = document_digest(owner)
    facts = d.Facts(digest, "clinic", "attested", (("zone", "inside"),))
    said = {
        "algorithm": "EdDSA",
        "at": "1795305600000000",
        "claims": ["zone"],
        "end": "1795309200000000",
        "facts": document_digest(facts),
        "issuer": "https://issuer.example",
        "key": SOME,
        "kid": "2026-11",
        "start": "1795305600000000",
        "subject": SOME,
        "token": SOME,
        "vocabulary": digest,
    }
    return {
        "vocabulary": document_json(owner),
        "facts": document_json(facts),
        "attestation": {
            "kind": "attestation",
            "vocabulary": digest,
            "node": SOME,
            "signature": "c2lnbmF0dXJl",
            "statement": said,
        },
        "measurements": {
            "kind": "measurements",
            "vocabulary": digest,
            "name": "turn 12",
            "procedure": "reference/1",
            "resolution": "1/1000",
            "inputs": {"traits": SOME},
            "intervals": {"caution": ["7/10", "3/4"], "signal": ["24/25", "24/25"]},
            "terms": {
                "none": {"intent": 0, "attention": 1000, "resonance": 1, "policy": {}},
                "hold": {"intent": 700, "attention": 5, "resonance": 1, "policy": {"a/b": 1000}},
            },
        },
    }


def load(documents: dict[str, Any], folder: Path, cache: Path | None = None) -> Project:
    path = folder / "set.json"
    path.write_text(json.dumps({"format": FORMAT, "documents": list(documents.values())}))
    return load_project([path], cache=cache)


@pytest.mark.parametrize("warm", [False, True])
def test_a_set_may_hold_what_instruments_recorded(tmp_path: Path, *, warm: bool) -> None:
    documents = recorded()
    cache = tmp_path / "cache" if warm else None
    if warm:
        assert load(documents, tmp_path, cache).ok
    project = load(documents, tmp_path, cache)
    assert project.ok, project.diagnostics
    assert project.cached is warm
    (facts,), (attestation,), (measurements,) = (
        project.facts,
        project.attestations,
        project.measurements,
    )
    assert facts.origin == "attested"
    assert document_json(attestation) == documents["attestation"]
    assert document_json(measurements) == documents["measurements"]
    assert {attestation, measurements} <= set(project.documents())
    span = project.locate(document_digest(measurements), "intervals.caution")
    assert span is not None
    assert json.loads(span.text) == ["7/10", "3/4"]


def test_attestations_have_no_name_that_could_be_taken(tmp_path: Path) -> None:
    documents = recorded()
    second = json.loads(json.dumps(documents["attestation"]))
    second["statement"]["kid"] = "another"
    project = load({**documents, "second": second}, tmp_path)
    assert project.ok
    assert len(project.attestations) == 2


def test_measurements_of_one_name_are_one(tmp_path: Path) -> None:
    documents = recorded()
    second = {**documents["measurements"], "procedure": "another"}
    found = load({**documents, "second": second}, tmp_path).diagnostics
    assert [x.code.name for x in found] == ["duplicate-name"]
    assert "the measurements `turn 12`" in found[0].message


CHANGES: list[tuple[str, object, str]] = [
    ("measurements/resolution", "2/1000", "resolution"),
    ("measurements/resolution", "1/1000001", "resolution"),
    ("measurements/resolution", "1/999", "terms.hold.policy.a/b"),
    ("measurements/intervals/caution", ["7/10", "11/10"], "intervals.caution"),
    ("measurements/intervals/caution", ["-1/10", "1"], "intervals.caution"),
    ("measurements/intervals/caution", ["3/4", "7/10"], "intervals.caution"),
    ("measurements/intervals/caution", ["7/10"], "intervals.caution"),
    ("measurements/intervals/mood", ["0", "1"], "intervals.mood"),
    ("measurements/intervals/luck", ["0", "1"], "intervals.luck"),
    ("measurements/inputs/traits", "sha256:0", "inputs.traits"),
    ("measurements/terms/calm", {"intent": 0, "attention": 0, "resonance": 0, "policy": {}}, "terms.calm"),
    ("measurements/terms/hold/intent", 1001, "terms.hold.intent"),
    ("measurements/terms/hold/intent", -1, "terms.hold.intent"),
    ("measurements/terms/hold/intent", True, "terms.hold.intent"),
    ("measurements/terms/hold/policy/a~b", 1001, "terms.hold.policy.a~b"),
    ("attestation/statement/vocabulary", SOME, "statement.vocabulary"),
    ("attestation/statement/at", "1795309200000000", "statement.at"),
    ("attestation/statement/start", "1795305600000001", "statement.at"),
    ("attestation/statement/at", "1/2", "statement.at"),
    ("attestation/node", "somebody", "node"),
    ("facts/origin", "rumoured", "origin"),
]  # fmt: skip


@pytest.mark.parametrize(("path", "value", "place"), CHANGES)
def test_what_is_recorded_wrongly_is_refused_at_its_place(
    path: str, value: object, place: str, tmp_path: Path
) -> None:
    documents = recorded()
    *steps, last = path.split("/")
    target = documents
    for step in steps:
        target = target[step]
    target[last] = value
    found = load(documents, tmp_path).diagnostics
    assert [x.code.name for x in found] == ["not-canonical"]
    assert f"].{place}`" in found[0].message


CANONICAL: list[tuple[str, str, object, str]] = [
    (
        "constraint c of safety { always latency <= 1 s }",
        "then/0/relation",
        ">=",
        "then[0].relation",
    ),
    (
        "constraint c of safety { always latency <= 1 s }",
        "then/0/terms/terms",
        {"choice.route": "1"},
        "then[0].terms",
    ),
    (
        "constraint c of safety { always latency <= 1 s }",
        "then/0/terms/terms",
        {"service.region": "1"},
        "then[0].terms",
    ),
    (
        "constraint c of safety { always latency <= 1 s }",
        "then/0",
        {"on": "cost", "relation": "<=", "bound": {"constant": "1", "terms": {}}},
        "then[0].on",
    ),
    ("constraint c of safety { always latency <= 1 s }", "of", "beauty", "of"),
    ("constraint c of safety { always latency <= 1 s }", "then", [], "then"),
    (
        "constraint c of safety { always latency <= 1 s }",
        "when",
        ["in", "choice.control", ["none"]],
        "when",
    ),
    (
        "rule c { always latency <= 1 s }",
        "then/0",
        {"on": "expression", "relation": "<=", "terms": {"constant": "1", "terms": {}}},
        "then[0].on",
    ),
    ("rule c { always latency <= 1 s }", "when", ["in", "choice.route", ["external"]], "when"),
    (
        "profile p { weights { cost 1 } controls { hold: damp 1, focus: damp 0 } }",
        "controls/0/name",
        "calm",
        "controls",
    ),
    (
        "profile p { weights { cost 1 } controls { hold: damp 1, focus: damp 0 } }",
        "controls/0/damping",
        "3/2",
        "controls[0]",
    ),
    (
        "profile p { weights { cost 1 } controls { hold: damp 1 } }",
        "controls/0/excitation",
        "1001",
        "controls[0]",
    ),
    ("profile p { weights { cost 1 } }", "objective", "eq1.1", "weights"),
    (
        "profile p { weights { cost 1 } }",
        "limits/facts",
        ["attested", "asserted"],
        "limits.facts",
    ),
]


@pytest.mark.parametrize(("text", "path", "value", "place"), CANONICAL)
def test_a_changed_document_of_choosing_is_refused_at_its_place(
    text: str, path: str, value: object, place: str, tmp_path: Path
) -> None:
    items, found = compile_texts(VOCABULARY, f'uses "test" {text}')
    assert not found
    documents: dict[str, Any] = {
        str(index): document_json(item.document) for index, item in enumerate(items)
    }
    target: Any = next(x for x in documents.values() if x["kind"] != "vocabulary")
    *steps, last = [int(x) if x.isdigit() else x for x in path.split("/")]
    for step in steps:
        target = target[step]
    target[last] = value
    diagnostics = load(documents, tmp_path).diagnostics
    assert [x.code.name for x in diagnostics] == ["not-canonical"]
    assert f"].{place}`" in diagnostics[0].message


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("measurements/terms/hold/intent", -1),
        ("measurements/terms/hold/intent", True),
        ("measurements/intervals/caution", ["7/10"]),
        ("attestation/statement/at", "1/2"),
        ("attestation/node", "somebody"),
        ("facts/origin", "rumoured"),
        ("measurements/terms/hold/extra", 1),
        ("measurements/inputs/traits", "sha256:0"),
        ("measurements/resolution", "2/1000"),
        ("attestation/statement/at", 5),
        ("vocabulary/controls", ["none"]),
        ("vocabulary/controls", ["a", "a"]),
    ],
)
def test_the_published_schema_refuses_what_has_no_such_shape(path: str, value: object) -> None:
    documents = recorded()
    schema = jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text("utf-8")))
    schema.validate({"format": FORMAT, "documents": list(documents.values())})
    *steps, last = path.split("/")
    target = documents
    for step in steps:
        target = target[step]
    target[last] = value
    assert not schema.is_valid({"format": FORMAT, "documents": list(documents.values())})


def test_what_is_recorded_is_shown_as_comments(tmp_path: Path) -> None:
    project = load(recorded(), tmp_path)
    text = show_documents(project.documents())
    for line in (
        "//   measured.caution  0.7 .. 0.75",
        "//   resolution        1/1000",
        '//   under hold        intent 700, attention 5, resonance 1, policy { "a/b" 1000 }',
        "//   verified at  2026-11-22",
        "//   valid        2026-11-22 .. 2026-11-22T01:00:00Z",
        "// facts clinic, attested",
        '//   states  "zone" = inside',
    ):
        assert line in text.splitlines()
    items, found = compile_texts(text)
    assert not found
    assert [item.document for item in items] == [project.vocabularies[0]]


def test_no_recorded_text_ends_its_comment(tmp_path: Path) -> None:
    documents = recorded()
    evil = 'x\nrule injected { always provides chat }\r\u2028\u2029"'
    documents["measurements"]["procedure"] = evil
    documents["attestation"]["signature"] = evil
    documents["attestation"]["statement"]["issuer"] = evil
    documents["attestation"]["statement"]["claims"] = [evil]
    project = load(documents, tmp_path)
    assert project.ok
    items, found = compile_texts(show_documents(project.documents()))
    assert not found
    assert len(items) == 1
