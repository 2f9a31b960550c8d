"""Documents of every kind: encode and decode, print and compile, are inverse to each other."""

import json
from pathlib import Path

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings

from caio.base.canonical import canonical_bytes
from caio.ir import documents as d
from caio.ir.decode import FORMAT, decode_set
from caio.ir.encode import document_bytes, document_digest, document_json
from caio.ir.reader import parse_json
from caio.sema.compile import Compiler
from caio.sema.discover import Input
from caio.sema.report import Report
from caio.sema.scope import Scope
from caio.sema.show import show_documents
from caio.sema.validate import Validator
from caio.sema.validate_vocabulary import validate_vocabulary
from tests.strategies import World, world

PAGE = Path(__file__).resolve().parents[2] / "docs" / "spec" / "documents-v1.schema.json"
SCHEMA = jsonschema.Draft202012Validator(json.loads(PAGE.read_text("utf-8")))

pytestmark = pytest.mark.slow

relaxed = settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def compiled(text: str) -> dict[str, d.Document]:
    """The documents of a text by digest, which must hold no error."""
    report = Report()
    items = Compiler(report).compile([Input("x.caio", text.encode(), "", named=True)])
    problems = [f"{found.code.name} {found.span}: {found.message}" for found in report.diagnostics]
    assert not problems, (problems, text)
    return {document_digest(item.document): item.document for item in items}


def is_recorded(document: d.Document) -> bool:
    """Whether it comes from instruments, so that no text states it."""
    return isinstance(document, d.Measurements | d.Attestation) or (
        isinstance(document, d.Facts) and document.origin != "asserted"
    )


@given(world())
@relaxed
def test_decode_is_the_inverse_of_encode(drawn: World) -> None:
    data = canonical_bytes({"format": FORMAT, "documents": [document_json(x) for x in drawn.all]})
    decoded = decode_set(parse_json(data))
    assert decoded == drawn.all
    assert [document_bytes(x) for x in decoded] == [document_bytes(x) for x in drawn.all]


@given(world())
@relaxed
def test_the_published_schema_accepts_every_document(drawn: World) -> None:
    documents = [document_json(document) for document in drawn.all]
    SCHEMA.validate({"format": FORMAT, "documents": documents})


@given(world())
@relaxed
def test_what_is_printed_compiles_to_the_same_documents(drawn: World) -> None:
    text = show_documents(drawn.all)
    said = [document for document in drawn.all if not is_recorded(document)]
    assert compiled(text).keys() == {document_digest(document) for document in said}


@given(world())
@relaxed
def test_what_instruments_recorded_is_printed_as_comments(drawn: World) -> None:
    recorded = [document for document in drawn.all if is_recorded(document)]
    text = show_documents([drawn.vocabulary, *recorded])
    assert compiled(text).keys() == {document_digest(drawn.vocabulary)}
    assert all(document_digest(document) in text for document in recorded)


@given(world())
@relaxed
def test_canonical_documents_pass_the_validator_and_the_checker(drawn: World) -> None:
    from caio.checker import Documents

    validate_vocabulary(drawn.vocabulary)
    validator = Validator(Scope(drawn.vocabulary, document_digest(drawn.vocabulary)))
    for document in drawn.documents:
        validator.validate(document)
    documents = [document_json(document) for document in drawn.all]
    Documents(canonical_bytes({"format": FORMAT, "documents": documents}))
