"""Projects: files and folders, the same whatever the order; places of clauses; JSON sets."""

import json
from pathlib import Path

import pytest

from caio.base.canonical import canonical_bytes
from caio.ir.decode import FORMAT
from caio.ir.encode import document_bytes, document_digest, document_json
from caio.sema.project import Project, load_project
from tests.sema.conftest import VOCABULARY

CONTRACT = """uses "test"

service s version 2.1 {
  is region = eu, retention = 30 days
  provides chat, vision
  assumes request.tokens <= 100 token, at < 2030-01-01
  guarantees accuracy >= 0.9, latency in 1 ms .. 5 ms
  cost case { when request.stream: 1 USD, otherwise: 2 USD }
  permits any of { admin }, trust >= 2
  api http "https://x"
}

overlay s version 2.1 from bench { is encrypted = true guarantees latency <= 4 ms }
state s version 2.1 { healthy = true, calls 10 }
"""
POLICY = """uses "test"
rule p { when request.region == eu then latency <= 1 s, cost <= 5 USD }
request r { needs chat given tokens <= 5 token ensure latency <= 1 s budget 2 USD deadline 3 s }
profile q { weights { cost 1 } limits { available healthy, age <= 3 s } pin s version 2.1 }
facts f { trust = 3 }
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "deep" / "er").mkdir(parents=True)
    (tmp_path / "z.caio").write_text(VOCABULARY)
    (tmp_path / "deep" / "er" / "contract.caio").write_text(CONTRACT)
    (tmp_path / "deep" / "policy.caio").write_text(POLICY)
    return tmp_path


def contents(project: Project) -> list[bytes]:
    assert project.ok, project.diagnostics
    return [document_bytes(document) for document in project.documents()]


def test_a_folder_is_read_recursively_in_a_fixed_order(folder: Path) -> None:
    whole = load_project([folder])
    files = [folder / "deep" / "policy.caio", folder / "z.caio", folder / "deep" / "er"]
    assert contents(load_project(files)) == contents(whole)
    assert contents(load_project(reversed(files))) == contents(whole)
    assert contents(load_project([folder, *files, folder])) == contents(whole)
    assert len(whole.documents()) == 8


def test_every_kind_lands_in_its_list(folder: Path) -> None:
    project = load_project([folder])
    assert [x.name for x in project.vocabularies] == ["test"]
    assert [(x.name, x.version) for x in project.services] == [("s", "2.1")]
    assert [x.origin for x in project.overlays] == ["bench"]
    assert [x.name for x in project.rules] == ["p"]
    assert [x.name for x in project.requests] == ["r"]
    assert [x.name for x in project.profiles] == ["q"]
    assert [x.name for x in project.facts] == ["f"]
    assert [x.calls for x in project.states] == [10]


PLACES = [
    ("services", "", "s"),
    ("services", "attributes.retention", "retention = 30 days"),
    ("services", "capabilities[1]", "vision"),
    ("services", "assumes[1]", "at < 2030-01-01"),
    ("services", "guarantees[0]", "accuracy >= 0.9"),
    ("services", "guarantees[2]", "latency in 1 ms .. 5 ms"),
    ("services", "cost[1]", "otherwise: 2 USD"),
    ("services", "permits", "permits any of { admin }, trust >= 2"),
    ("services", "permits.trust", "permits any of { admin }, trust >= 2"),
    ("services", "nonsense", "s"),
    ("overlays", "guarantees[0]", "latency <= 4 ms"),
    ("overlays", "attributes.encrypted", "encrypted = true"),
    ("rules", "when", "request.region == eu"),
    ("rules", "then[1]", "cost <= 5 USD"),
    ("requests", "needs[0]", "chat"),
    ("requests", "given[0]", "tokens <= 5 token"),
    ("requests", "given[1]", "r"),
    ("requests", "ensure[0]", "latency <= 1 s"),
    ("requests", "budget", "2 USD"),
    ("requests", "deadline", "3 s"),
    ("profiles", "limits.available[1]", "age <= 3 s"),
    ("profiles", "pins.s", "s version 2.1"),
    ("facts", "values.trust", "trust = 3"),
    ("states", "values.healthy", "healthy = true"),
    ("vocabularies", "metrics[1]", "latency"),
    ("vocabularies", "facts[2]", "zone"),
    ("vocabularies", "enums[3]", "Zone"),
]


@pytest.mark.parametrize("warm", [False, True])
@pytest.mark.parametrize(("kind", "path", "text"), PLACES)
def test_a_clause_is_found_in_its_text(
    folder: Path, tmp_path: Path, kind: str, path: str, text: str, *, warm: bool
) -> None:
    cache = tmp_path / ".cache" if warm else None
    if warm:
        load_project([folder], cache=cache)
    project = load_project([folder], cache=cache)
    assert project.cached is warm
    document = getattr(project, kind)[0]
    span = project.locate(document_digest(document), path)
    assert span is not None
    assert span.text == text
    assert project.file_of(document_digest(document)) == span.source.name


def test_a_stranger_has_no_place(folder: Path) -> None:
    assert load_project([folder]).locate("sha256:" + 64 * "0", "when") is None


def test_a_text_that_changed_after_compiling_is_not_pointed_into(folder: Path) -> None:
    project = load_project([folder])
    (folder / "deep" / "policy.caio").write_text("something else")
    span = project.locate(document_digest(project.rules[0]), "when")
    assert span is not None
    assert span.text == ""


# --- canonical JSON ------------------------------------------------------------------------------


def as_set(project: Project) -> bytes:
    documents = [document_json(document) for document in project.documents()]
    return canonical_bytes({"format": FORMAT, "documents": documents})


def test_a_canonical_set_is_the_same_project(folder: Path, tmp_path: Path) -> None:
    project = load_project([folder])
    path = tmp_path / "set.json"
    path.write_bytes(as_set(project))
    again = load_project([path])
    assert contents(again) == contents(project)
    span = again.locate(document_digest(project.rules[0]), "then[1]")
    assert span is not None
    assert json.loads(span.text)["on"] == "cost"


def test_a_document_may_come_from_text_and_from_json(folder: Path) -> None:
    project = load_project([folder])
    (folder / "same.json").write_bytes(as_set(project))
    assert contents(load_project([folder])) == contents(project)


def test_a_document_that_differs_is_a_duplicate(folder: Path) -> None:
    data = as_set(load_project([folder])).replace(b'"calls":"10"', b'"calls":"11"')
    (folder / "same.json").write_bytes(data)
    assert [x.code.name for x in load_project([folder]).diagnostics] == ["duplicate-name"]


def test_the_vocabulary_of_a_set_may_stand_elsewhere(folder: Path) -> None:
    value = json.loads(as_set(load_project([folder])))
    value["documents"] = [x for x in value["documents"] if x["kind"] == "rule"]
    (folder / "rule.json").write_text(json.dumps(value))
    assert load_project([folder / "z.caio", folder / "rule.json"]).ok


BROKEN = [
    ("bad-json", b"", "ends too early"),
    ("bad-json", b"[1, 2", ""),
    ("bad-json", b"[]", "holds no documents"),
    ("bad-json", b'{"format": "other/v1"}', "`other/v1`"),
    ("bad-json", b'{"format": 1.5}', "float"),
    ("bad-json", b'{"format": NaN}', "float"),
    ("bad-json", b'{"a": 1, "a": 2}', "twice"),
    ("bad-json", b'{"format": "caio-documents/v1", "documents": [1,]}', "comma"),
    ("bad-json", b'{"format": "caio-documents/v1", "documents": []} x', "follows the end"),
    ("bad-json", b'{"format": "caio-documents/v1", "documents": [], "x": 1}', "`x`"),
    ("not-canonical", b'{"format": "caio-documents/v1", "documents": [{"a": 1, "a": 2}]}', "twice"),
    ("not-canonical", b'{"format": "caio-documents/v1", "documents": [{"a": 1.0}]}', "float"),
    ("bad-json", b'{"a": ' + 100_000 * b"[", "deep"),
    ("unreadable", b'{"a": "\xff"}', "UTF-8"),
    ("not-canonical", b'{"format": "caio-documents/v1", "documents": [1]}', "documents[0]"),
    ("not-canonical", b'{"format": "caio-documents/v1", "documents": [{}]}', "documents[0].kind"),
]


@pytest.mark.parametrize(("code", "data", "words"), BROKEN)
def test_broken_json_is_a_diagnostic(code: str, data: bytes, words: str, tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    path.write_bytes(data)
    found = load_project([path]).diagnostics
    assert [diagnostic.code.name for diagnostic in found] == [code]
    assert words in found[0].message


CHANGES = [
    ('"region":"eu"', '"region":"mars"', "attributes.region"),
    ('"retention":"2592000"', '"retention":2592000', "attributes.retention"),
    ('["chat","vision"],"cost":[', '["vision","chat"],"cost":[', "capabilities"),
    ('"request.tokens":"1"', '"request.tokens":"0"', "assumes[0]"),
    ('"request.tokens":"1"', '"request.tokns":"1"', "assumes[0]"),
    ('"request.tokens":"1"', '"fact.trust":"1"', "assumes[0]"),
    ('"metric":"latency"', '"metric":"speed"', "guarantees[1].metric"),
    ('"level":"99/100","metric"', '"level":null,"metric"', "guarantees[1].level"),
    ('"level":null,"metric"', '"level":"1/2","metric"', "guarantees[0].level"),
    ('"mode":"any"', '"mode":"public"', "permits.permissions"),
    ('"trust":"2"', '"trust":"9"', "permits.trust"),
    ('["is","request.stream"]', '["is","request.region"]', "cost[0].when"),
    ('"constant":"1"', '"constant":"01"', "cost[0].amount"),
    ('"then":[', '"then":[[],', "then[0]"),
    ('"needs":[["chat"]]', '"needs":[]', "needs"),
    ('"needs":[["chat"]]', '"needs":[[]]', "needs[0]"),
    (',["in","request.level",["low"]]', "", "given"),
    ('"budget":"2"', '"budget":"-2"', "budget"),
    ('"nominal":null', '"nominal":{}', "nominal"),
    ('"resolution":"1/1000000"', '"resolution":"1/1000001"', "resolution"),
    ('"cost":"1"', '"cost":"0"', "weights"),
    ('"violations":"0"', '"violations":"11"', "history"),
    ('"healthy":true', '"healthy":"true"', "values.healthy"),
    ('"name":"Zone"', '"name":"Data"', "enums"),
    ('"better":"higher"', '"better":"up"', "metrics[0].better"),
    ('"role":"trust"', '"role":"zone"', "facts"),
    ('"upper":"1000"', '"upper":"-1"', "request[0].type"),
    ('"dimension":"token"', '"dimension":"tokens"', "request[0].type"),
]


@pytest.mark.parametrize(("old", "new", "path"), CHANGES)
def test_a_changed_canonical_document_is_refused_at_its_place(
    old: str, new: str, path: str, folder: Path, tmp_path: Path
) -> None:
    text = as_set(load_project([folder])).decode()
    assert old in text
    target = tmp_path / "set.json"
    # Documents keep naming the vocabulary they had, so that only the change itself can be wrong.
    target.write_text(text.replace(old, new, 1))
    found = load_project([target]).diagnostics
    assert [diagnostic.code.name for diagnostic in found] == ["not-canonical"]
    assert f".{path}" in found[0].message


def test_foreign_json_in_a_folder_is_passed_over_and_named_is_not(folder: Path) -> None:
    (folder / "answer.schema.json").write_text('{"type": "object"}')
    (folder / f"landscape-{64 * 'a'}.json").write_text("{")
    assert load_project([folder]).ok
    assert not load_project([folder, folder / "answer.schema.json"]).ok


# --- files ---------------------------------------------------------------------------------------


def test_what_cannot_be_read_is_a_diagnostic(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "x.txt").write_text("")
    (tmp_path / "latin.caio").write_bytes(b"\xe9")
    (tmp_path / "contract.caio").write_text("")
    for name, words in [
        ("empty", "holds no"),
        ("x.txt", "no document"),
        ("latin.caio", "UTF-8"),
        ("contrcat.caio", "no such file"),
    ]:
        found = load_project([tmp_path / name]).diagnostics
        assert [diagnostic.code.name for diagnostic in found] == ["unreadable"]
        assert words in found[0].message
    help_line = load_project([tmp_path / "contrcat.caio"]).diagnostics[0].help
    assert help_line == "did you mean `contract.caio`?"


@pytest.mark.parametrize("data", [b"\x00", b"{", b'"', 5000 * b"(", b"service", b"\xef\xbb\xbf"])
def test_hostile_texts_never_raise(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "x.caio").write_bytes(data)
    load_project([tmp_path / "x.caio"])
