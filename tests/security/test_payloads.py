"""A request is about what is really sent: what it says, and what is found in the payload."""

from __future__ import annotations

import json
from typing import Any

import pytest

import caio
from caio.security.classification import Classification
from tests.security.secured import FOLDER, NOW, caller, clinic

LETTER = caio.Payload((FOLDER / "letter.txt").read_bytes(), "text/plain")
HARMLESS = caio.Payload(b"see you on Monday", "text/plain")
PICTURE = caio.Payload(b"\x89PNG", "image/png")


@pytest.fixture(scope="module")
def classifier() -> Any:
    return caio.load_classifier(FOLDER / "classes.json")


def routed(
    router: caio.Router, payload: caio.Payload, classifier: Any, request: str = "answer"
) -> caio.Routing:
    return router.route(request, caller=caller(), payload=payload, classifier=classifier, at=NOW)


def data_of(answer: caio.Routing) -> Any:
    """What the request of a decision gives of its data."""
    found = json.loads(answer.bundle())["documents"]
    (request,) = [document for document in found if document["kind"] == "request"]
    return [formula for formula in request["given"] if "request.data" in json.dumps(formula)]


def test_goes_elsewhere_for_what_is_in_it(router: caio.Router, classifier: Any) -> None:
    silent = router.route("answer", caller=caller(), at=NOW)
    assert isinstance(silent, caio.Routed)
    assert silent.service == "hall"
    answer = routed(router, LETTER, classifier)
    assert isinstance(answer, caio.Routed)
    assert answer.service == "ward"
    assert dict(answer.refusals) == {"privacy": 1}
    assert caio.verify(answer.bundle()).verdict == "routed"


def test_is_about_the_union(router: caio.Router, classifier: Any) -> None:
    """What the request says is not taken back by a classifier that finds something else."""
    answer = routed(router, LETTER, classifier)
    has = [["has", "request.data", member] for member in ("notes", "health", "payment")]
    assert data_of(answer) == [["and", has[0], has[1], ["not", has[2]]]]


def test_changes_nothing_where_nothing_is_found(router: caio.Router, classifier: Any) -> None:
    silent = router.route("answer", caller=caller(), at=NOW)
    assert routed(router, HARMLESS, classifier).decision_digest == silent.decision_digest


@pytest.mark.parametrize(
    "payload",
    [PICTURE, caio.Payload(b"a", "nonsense"), caio.Payload(b"{", "application/json")],
    ids=["a picture", "of no type", "malformed"],
)
def test_counts_as_everything_sensitive_where_it_cannot_be_classified(
    router: caio.Router, classifier: Any, payload: caio.Payload
) -> None:
    answer = routed(router, payload, classifier)
    has = [["has", "request.data", member] for member in ("notes", "health", "payment")]
    assert data_of(answer) == [["and", *has]]
    assert dict(answer.refusals) == {"privacy": 1}


class _Broken:
    """A classifier that fails in one way or another."""

    def __init__(self, answer: Any) -> None:
        self.answer = answer

    def classify(self, _payload: bytes, _media_type: str) -> Any:
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@pytest.mark.parametrize(
    "answer",
    [ValueError("no"), None, {"members": []}, Classification(frozenset({"stranger"}))],
    ids=["raises", "none", "something else", "a stranger"],
)
def test_a_classifier_that_fails_has_classified_nothing(router: caio.Router, answer: Any) -> None:
    assert dict(routed(router, HARMLESS, _Broken(answer)).refusals) == {"privacy": 1}


def test_values_of_the_call_are_what_the_request_says(router: caio.Router, classifier: Any) -> None:
    open_request = "request r { needs chat  given tokens <= 10 token }"
    answer = router.route(
        open_request,
        {"data": ["payment"]},
        caller=caller(),
        payload=LETTER,
        classifier=classifier,
        at=NOW,
    )
    has = [["has", "request.data", member] for member in ("notes", "health", "payment")]
    assert data_of(answer) == [["and", ["not", has[0]], has[1], has[2]]]


def test_data_that_is_left_open_stays_open_but_for_what_was_found(
    router: caio.Router, classifier: Any
) -> None:
    answer = routed(
        router, LETTER, classifier, "request r { needs chat  given tokens <= 10 token }"
    )
    assert data_of(answer) == [["has", "request.data", "health"]]


def test_what_the_request_rules_out_is_not_decided(router: caio.Router, classifier: Any) -> None:
    for said in ("not (data has health)", "count(data) <= 1", "data has payment"):
        request = (
            f"request r {{ needs chat  given tokens <= 10 token, data == {{ notes }}, {said} }}"
        )
        with pytest.raises(
            caio.InputError, match="the payload holds `notes`, `health`, and the request `r`"
        ):
            routed(router, LETTER, classifier, request)


def test_two_lists_are_none(router: caio.Router, classifier: Any) -> None:
    request = "request r { needs chat  given data == { notes }, data == { health } }"
    with pytest.raises(caio.InputError, match="two different things"):
        routed(router, LETTER, classifier, request)


def test_the_ordinary_call_holds_what_was_found(router: caio.Router, classifier: Any) -> None:
    request = (
        "request r { needs chat  given tokens <= 10 token, data == { notes }"
        "  nominal tokens = 5 token, data = { notes } }"
    )
    answer = routed(router, LETTER, classifier, request)
    (document,) = [
        one for one in json.loads(answer.bundle())["documents"] if one["kind"] == "request"
    ]
    assert document["nominal"]["data"] == ["notes", "health"]
    assert caio.verify(answer.bundle()).verdict == "routed"


@pytest.fixture(scope="module")
def bare() -> caio.Project:
    """The example without a field for data."""
    text = (FOLDER / "clinic.caio").read_text("utf-8")
    text = text.replace("    data: set of Data role data,\n", "")
    text = text.replace(",\n         data == { notes }", "")
    return caio.loads(text.replace("facts attested", "facts asserted"))


def test_without_a_field_only_what_may_be_sensitive_is_an_error(
    bare: caio.Project, classifier: Any
) -> None:
    said = {"permissions": ["llm.invoke"]}
    with caio.Router(bare) as router:

        def route(payload: caio.Payload) -> caio.Routing:
            return router.route(
                "answer", facts=said, payload=payload, classifier=classifier, at=NOW
            )

        assert isinstance(route(HARMLESS), caio.Routed)
        for payload in (LETTER, PICTURE):
            with pytest.raises(caio.InputError, match="declare one"):
                route(payload)


class TestArguments:
    @pytest.mark.parametrize("payload", [b"text", "text", ("a", "text/plain")])
    def test_a_payload_is_a_payload(
        self, router: caio.Router, classifier: Any, payload: Any
    ) -> None:
        with pytest.raises(caio.InputError, match=r"a payload is a `caio\.Payload"):
            router.route("answer", payload=payload, classifier=classifier, at=NOW)

    @pytest.mark.parametrize("parts", [("text", "text/plain"), (b"text", None)])
    def test_it_is_made_of_bytes_and_their_type(self, parts: Any) -> None:
        with pytest.raises(caio.InputError, match="bytes and the text of their media type"):
            caio.Payload(*parts)

    def test_one_without_the_other(self, router: caio.Router, classifier: Any) -> None:
        half: list[dict[str, Any]] = [{"payload": LETTER}, {"classifier": classifier}]
        for given in half:
            with pytest.raises(caio.InputError, match="give `payload` and `classifier`"):
                router.route("answer", at=NOW, **given)

    def test_is_not_shown(self) -> None:
        assert "pressure" not in repr(LETTER)

    def test_the_example_declares_what_the_vocabulary_has(self) -> None:
        assert {member.name for member in clinic().vocabularies[0].enum("Data").members} == {
            "notes",
            "health",
            "payment",
        }
