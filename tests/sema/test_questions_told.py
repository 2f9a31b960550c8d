"""Classes and properties in canonical sets, printed back, held against their vocabulary, and found in files."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from caio.base.canonical import Json, canonical_bytes
from caio.base.errors import InputError
from caio.ir import documents as d
from caio.ir import terms as t
from caio.ir.decode import FORMAT
from caio.ir.encode import document_digest, document_json
from caio.ir.reader import DecodeError
from caio.sema.project import Project, load_project
from caio.sema.scope import Scope
from caio.sema.show import show_document, show_documents
from caio.sema.validate import Validator
from tests.sema.conftest import VOCABULARY, compile_texts
from tests.sema.test_questions import RULES


def project() -> list[d.Document]:
    """A vocabulary, rules, classes, and a property of every form."""
    texts = """property n { never admitted when latency > 1 s and service.region == us }
        property a { always at least 3 admitted for gold }
        property i { rules { rule eu_b, careful } imply { constraint eu_b, eu_all } }
        property e { rules { eu_a } equivalent to { eu_all } }"""
    items, found = compile_texts(VOCABULARY + RULES, f'uses "test" {texts}')
    assert not found
    return [item.document for item in items]


def a_set(documents: list[d.Document]) -> str:
    listed: list[Json] = [document_json(x) for x in documents]
    return canonical_bytes({"format": FORMAT, "documents": listed}).decode()


def test_a_canonical_set_says_the_same() -> None:
    documents = project()
    items, found = compile_texts(a_set(documents))
    assert not found
    assert [item.document for item in items] == documents
    again, found = compile_texts(show_documents(documents))
    assert not found
    assert [item.document for item in again] == documents


@pytest.mark.parametrize(
    ("gone", "place"),
    [("gold", "always"), ("eu_a", "equivalent"), ("careful", "imply"), ("eu_all", "equivalent")],
)
def test_a_canonical_property_without_what_it_names_is_refused(gone: str, place: str) -> None:
    left = [x for x in project() if getattr(x, "name", "") != gone]
    _, found = compile_texts(a_set(left))
    assert {x.code.name for x in found} == {"unknown-name"}
    assert all("here has the digest `sha256:" in x.message for x in found)
    assert any(
        x.span is not None and place in x.span.source.text[x.span.start - 240 : x.span.end]
        for x in found
    )


def test_a_property_does_not_take_a_rule_for_a_class() -> None:
    documents = project()
    known = {x.name: x for x in documents if isinstance(x, d.Rule)}
    wrong = d.Property(known["eu_a"].vocabulary, "w", d.Always(1, document_digest(known["eu_a"])))
    _, found = compile_texts(a_set([*documents, wrong]))
    assert [x.code.name for x in found] == ["unknown-name"]


def test_text_and_set_together_are_one_document() -> None:
    items, found = compile_texts(VOCABULARY + RULES, a_set(project()))
    assert not found
    assert sum(isinstance(item.document, d.Class) for item in items) == 1


class TestShown:
    def test_facts_stand_apart_from_what_else_is_given(self) -> None:
        items, _ = compile_texts(
            VOCABULARY + "class c { given level == high, fact.trust >= 3, stream needs chat }"
        )
        vocabulary, group = sorted(
            (x.document for x in items), key=lambda x: isinstance(x, d.Class)
        )
        assert isinstance(vocabulary, d.Vocabulary)
        assert show_document(group, vocabulary) == (
            'class c {\n  given level == high, stream\n  facts "trust" >= 3\n  needs chat\n}'
        )

    def test_rules_are_shown_by_name(self) -> None:
        text = show_documents(project())
        assert "property e { rules { eu_a } equivalent to { eu_all } }" in text
        assert "rule eu_b" in text
        assert "constraint eu_b" in text
        assert "property a { always at least 3 admitted for gold }" in text

    @pytest.mark.parametrize("gone", ["gold", "eu_a", "careful"])
    def test_what_is_not_there_has_no_name(self, gone: str) -> None:
        left = [x for x in project() if getattr(x, "name", "") != gone]
        with pytest.raises(InputError, match="is not here"):
            show_documents(left)

    def test_facts_before_what_else_is_given_have_no_text(self) -> None:
        documents = project()
        group = next(x for x in documents if isinstance(x, d.Class))
        vocabulary = next(x for x in documents if isinstance(x, d.Vocabulary))
        turned = d.Class(group.vocabulary, "turned", given=group.given[::-1])
        with pytest.raises(InputError, match="facts"):
            show_documents([vocabulary, turned])


class TestValidator:
    def refused(self, change: Callable[[d.Class], d.Document]) -> str:
        documents = project()
        vocabulary = next(x for x in documents if isinstance(x, d.Vocabulary))
        digest = document_digest(vocabulary)
        group = next(x for x in documents if isinstance(x, d.Class))
        with pytest.raises(DecodeError) as caught:
            Validator(Scope(vocabulary, digest)).validate(change(group))
        return caught.value.path

    def test_what_is_about_facts_alone_comes_last(self) -> None:
        assert self.refused(lambda c: d.Class(c.vocabulary, "x", given=c.given[::-1])) == "given[0]"

    def test_a_class_is_about_no_service(self) -> None:
        when = self.condition("service.encrypted")
        assert self.refused(lambda c: d.Class(c.vocabulary, "x", given=(when,))) == "given[0]"

    def test_needs_are_capabilities_in_order(self) -> None:
        needs = (("vision", "chat"),)
        assert self.refused(lambda c: d.Class(c.vocabulary, "x", needs)) == "needs[0]"

    @pytest.mark.parametrize("variable", ["measured.caution", "choice.route", "metric.speed"])
    def test_a_property_is_about_what_it_may_be_about(self, variable: str) -> None:
        claim = d.Never(self.condition(variable))
        assert self.refused(lambda c: d.Property(c.vocabulary, "x", claim)) == "claim[1]"

    @staticmethod
    def condition(variable: str) -> t.Formula:
        return t.Is(variable)


CLAUSES = [
    ("class", "gold", "", "gold"),
    ("class", "gold", "given[0]", "level == high"),
    ("class", "gold", "given[1]", "trust >= 3"),
    ("class", "gold", "needs[0]", "chat"),
    ("class", "gold", "ensure[0]", "latency <= 1 s"),
    ("class", "gold", "budget", "3 USD"),
    ("class", "gold", "deadline", "2 s"),
    ("property", "n", "claim", "never admitted when latency > 1 s"),
    ("property", "n", "claim[1]", "latency > 1 s"),
    ("property", "a", "claim[1]", "3"),
    ("property", "a", "claim[2]", "gold"),
    ("property", "i", "claim[2][0]", "eu_all"),
    ("property", "i", "claim[3]", "rules { eu_a } imply { eu_all }"),
]
TEXT = """
rule eu_a { when request.tokens > 3 token then service.region == eu }
rule eu_all { always service.region == eu }
class gold { facts trust >= 3 given level == high needs chat ensure latency <= 1 s
  budget 3 USD deadline 2 s }
property n { never admitted when latency > 1 s }
property a { always at least 3 admitted for gold }
property i { rules { eu_a } imply { eu_all } }
"""


@pytest.fixture(name="loaded", scope="module")
def _loaded(tmp_path_factory: pytest.TempPathFactory) -> tuple[Project, Project]:
    """A project compiled, and the same from the cache."""
    folder = tmp_path_factory.mktemp("places")
    (folder / "x.caio").write_text(VOCABULARY + TEXT)
    first = load_project([folder], cache=folder / "cache")
    second = load_project([folder], cache=folder / "cache")
    assert (first.cached, second.cached) == (False, True)
    return first, second


@pytest.mark.parametrize(("kind", "name", "path", "text"), CLAUSES)
@pytest.mark.parametrize("cached", [False, True])
def test_clauses_are_found(
    loaded: tuple[Project, Project], kind: str, name: str, path: str, text: str, *, cached: bool
) -> None:
    found = loaded[cached]
    group: tuple[d.Class | d.Property, ...] = found.classes if kind == "class" else found.properties
    document = next(x for x in group if x.name == name)
    span = found.locate(document_digest(document), path)
    assert span is not None
    assert span.text == text


def test_a_project_has_classes_and_properties_by_name(loaded: tuple[Project, Project]) -> None:
    for found in loaded:
        assert found.ok
        assert [group.name for group in found.classes] == ["gold"]
        assert [one.name for one in found.properties] == ["a", "i", "n"]
        assert {*found.classes, *found.properties} <= set(found.documents())
    assert loaded[0].documents() == loaded[1].documents()


def test_a_set_in_a_file_is_located_too(tmp_path: Path) -> None:
    (tmp_path / "set.json").write_text(json.dumps(json.loads(a_set(project())), indent=1))
    found = load_project([tmp_path])
    always = next(x for x in found.properties if x.name == "a")
    span = found.locate(document_digest(always), "claim[2]")
    assert span is not None
    assert span.text == f'"{document_digest(found.classes[0])}"'
