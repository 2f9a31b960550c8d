"""Documents come from files or from memory, whole or not at all."""

from __future__ import annotations

import json
import pickle
from pathlib import Path

import pytest

import caio
from caio.ir.encode import document_json
from tests.library.conftest import SHOP

AUTHORED = {
    "format": "caio-authoring/v1",
    "uses": "shop",
    "requests": [{"name": "authored", "needs": ["chat"], "given": ["tokens <= 10 token"]}],
}


def test_files_and_texts_compile_to_the_same(project: caio.Project, tmp_path: Path) -> None:
    (tmp_path / "shop.caio").write_text(SHOP, "utf-8")
    for cache in (False, tmp_path / "cache", str(tmp_path / "cache")):
        assert caio.load(tmp_path, cache=cache).documents() == project.documents()
    assert caio.load(str(tmp_path), cache=tmp_path / "cache").cached
    assert not caio.load(tmp_path, cache=False).cached


def test_json_values_are_documents_too(project: caio.Project) -> None:
    both = caio.loads(SHOP, AUTHORED)
    assert {request.name for request in both.requests} == {"question", "summary", "authored"}
    canonical = {
        "format": "caio-documents/v1",
        "documents": [document_json(document) for document in project.documents()],
    }
    assert caio.loads(canonical).documents() == project.documents()


def test_every_error_of_every_document_is_in_the_exception() -> None:
    with pytest.raises(caio.DocumentError) as caught:
        caio.loads(SHOP, 'uses "shop" request a { needs nothing }', 'uses "shop" request b { }')
    error = caught.value
    assert {found.code.name for found in error.diagnostics} == {"unknown-name", "empty-list"}
    assert str(error).startswith("2 errors in the documents\n")
    for place in ("<document 2>:1:", "<document 3>:1:", "needs nothing", "^^^"):
        assert place in str(error)
    # A pool of processes hands exceptions over by pickling them.
    again = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own bytes
    assert str(again) == str(error)
    assert [found.message for found in again.diagnostics] == [
        found.message for found in error.diagnostics
    ]


@pytest.mark.parametrize(
    ("documents", "message"),
    [
        ((), "nothing to load"),
        ((b"vocabulary",), "`<document 1>` is of type `bytes`"),
        ((None,), "of type `NoneType`"),
        (([],), "of type `list`"),
        (("\ud800",), "character 0 is half of a pair"),
        (({"format": 0.5},), "float 0.5, which is not exact"),
        (({"format": float("nan")},), "float nan"),
        (({1: "x"},), "the key 1, which is no string"),
        (({"format": {1, 2}},), "a value of type `set`"),
        (({"format": 10**5000},), "too many digits"),
    ],
    ids=lambda item: item if isinstance(item, str) else "case",
)
def test_what_is_no_document_is_refused(documents: tuple[str, ...], message: str) -> None:
    with pytest.raises(caio.InputError, match=message) as caught:
        caio.loads(*documents)
    assert str(caught.value).isprintable()


@pytest.mark.parametrize(
    "document",
    [
        "",
        "{",
        "request",
        "\x00",
        "𝔘" * 100,
        {},
        {"format": "caio-authoring/v1", "strange": []},
        {"format": "caio-documents/v1"},
        {"format": "caio-documents/v1", "documents": [{"kind": "vocabulary"}]},
        {"format": "\ud800"},
    ],
    ids=ascii,
)
def test_what_does_not_compile_is_an_error_with_diagnostics_or_empty(
    document: str | dict[str, object],
) -> None:
    if document == "":
        assert caio.loads(document).documents() == ()
        return
    with pytest.raises(caio.DocumentError) as caught:
        caio.loads(document)
    assert caught.value.diagnostics


def test_nesting_without_end_is_refused() -> None:
    value: dict[str, object] = {}
    for _ in range(100_000):
        value = {"format": value}
    with pytest.raises(caio.InputError, match="nested too deeply"):
        caio.loads(value)


def test_a_missing_file_and_a_warning_are_two_things(tmp_path: Path) -> None:
    with pytest.raises(caio.DocumentError, match="cannot read"):
        caio.load(tmp_path / "nowhere.caio")
    with pytest.raises(caio.InputError, match="nothing to load"):
        caio.load()
    (tmp_path / "foreign.json").write_text(json.dumps({"a": 1}), "utf-8")
    (tmp_path / "shop.caio").write_text(SHOP, "utf-8")
    assert caio.load(tmp_path, cache=False).ok


def test_a_project_that_does_not_compile_makes_no_router(tmp_path: Path) -> None:
    from caio.sema.project import load_project

    (tmp_path / "bad.caio").write_text(SHOP + "request a { }", "utf-8")
    with pytest.raises(caio.DocumentError):
        caio.Router(load_project([tmp_path]))
