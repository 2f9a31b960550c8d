"""The published JSON schemas accept what the product writes, and refuse what has another shape."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tests.tamper import claims
from tests.tamper.case import read_case

ROOT = Path(__file__).resolve().parents[2]
SPEC = ROOT / "docs" / "spec"
CASES = SPEC / "vectors" / "tampered" / "cases"


def _schema(name: str) -> jsonschema.Draft202012Validator:
    schema = json.loads((SPEC / f"{name}-v1.schema.json").read_text("utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def _load(path: Path) -> Any:
    return json.loads(path.read_text("utf-8"))


CERTIFICATES = sorted(CASES.glob("*.certificate.json"))
DOCUMENTS = sorted(set(CASES.glob("*.json")) - set(CERTIFICATES))


def _kind(body: Any) -> str:
    return "decision" if body["format"] == "caio-decision/v1" else "certificate"


@pytest.mark.parametrize("path", CERTIFICATES, ids=lambda path: path.stem)
def test_certificates_and_decisions_match_their_schema(path: Path) -> None:
    body = _load(path)
    _schema(_kind(body)).validate(body)


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.stem)
def test_documents_match_their_schema(path: Path) -> None:
    _schema("documents").validate(_load(path))


@pytest.mark.parametrize("path", CERTIFICATES, ids=lambda path: path.stem)
def test_every_member_is_required_and_no_other_is_known(path: Path) -> None:
    body = _load(path)
    schema = _schema(_kind(body))
    for member in body:
        if member != "documents":
            assert not schema.is_valid({k: v for k, v in body.items() if k != member}), member
    assert not schema.is_valid({**body, "more": 1})


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.stem)
def test_every_member_of_a_document_is_required_and_no_other_is_known(path: Path) -> None:
    schema, body = _schema("documents"), _load(path)
    for i, document in enumerate(body["documents"]):
        for member in [*document, "more"]:
            broken = copy.deepcopy(body)
            if member == "more":
                broken["documents"][i]["more"] = 1
            else:
                del broken["documents"][i][member]
            assert not schema.is_valid(broken), (document["kind"], member)


def _examination(decision: Any) -> Any:
    fields = ("service", "version", "control", "verdict", "failed", "evidence")
    rows = [
        {name: row[name] for name in fields} for row in decision["candidates"] if "evidence" in row
    ]
    kept = {name: decision[name] for name in ("inputs", "evidence")}
    return {"format": "caio-examination/v1", "candidates": rows, **kept}


@pytest.mark.parametrize("path", CERTIFICATES, ids=lambda path: path.stem)
def test_examinations_match_their_schema_and_nothing_else_does(path: Path) -> None:
    body, schema = _load(path), _schema("examination")
    assert not schema.is_valid(body)
    if _kind(body) == "decision":
        own = _examination(body)
        schema.validate(own)
        for member in own:
            assert not schema.is_valid({k: v for k, v in own.items() if k != member}), member
        row = own["candidates"][0]
        for broken in ({**row, "score": 1}, {**row, "verdict": "not_examined"}, {"service": "x"}):
            assert not schema.is_valid({**own, "candidates": [broken]})


@pytest.mark.parametrize("name", ["sane", "questions"])
def test_a_key_that_has_the_form_of_no_question_does_not_match(name: str) -> None:
    """Whatever the checker refuses for its shape alone, the schema refuses as well."""
    case, schema = read_case(name), _schema("certificate")
    tried = 0
    for _, vector in claims.spread(case):
        if vector.codes in ({"shape"}, {"empty"}):
            assert not schema.is_valid(vector.apply(case).certificate), vector.desc
            tried += 1
    assert tried > 100
