"""Nothing is sent that the request does not describe."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import caio
from caio.base.errors import InputError
from caio.execute.outcomes import ExecutionFailed, Reason
from caio.execute.payload import Payload, PayloadError, point_of
from caio.ir import terms as t
from caio.ir.interpret import described, in_schema
from caio.security.classification import Classifier
from tests.execute import world as w
from tests.execute.world import executed, failed

OUTSIDE: dict[str, tuple[Payload, str]] = {
    "too many tokens": (w.payload(tokens=1_001), "`request.tokens <= 1000 token` does not hold"),
    "health": (w.payload(data={"notes", "health"}), "`not request.data has health` does not hold"),
    "beyond the range": (w.payload(tokens=1_000_001), "a value of `tokens` that it cannot have"),
    "negative": (w.payload(tokens=-1), "a value of `tokens` that it cannot have"),
    "a fraction": (w.payload(tokens=Fraction(1, 2)), "a value of `tokens` that it cannot have"),
    "a float": (w.payload(tokens=1.0), "a value of `tokens` that it cannot have"),
    "a Boolean": (w.payload(tokens=True), "a value of `tokens` that it cannot have"),
    "a stranger": (w.payload(data={"s3cret"}), "a value of `data` that it cannot have"),
    "not stated": (Payload(b"{}", "application/json", {"data": {"notes"}}), "speaks of `tokens`"),
    "data not stated": (Payload(b"{}", "application/json", {"tokens": 1}), "speaks of `data`"),
    "nothing stated": (Payload(b"{}", "application/json"), "speaks of `data`, `tokens`"),
    "no such field": (w.payload(colour="red"), "`colour`, which is no request field"),
    "a media type with more": (
        replace(w.payload(), media_type="text/plain\r\nX-More: 1"),
        "media type is none",
    ),
    "no media type": (replace(w.payload(), media_type=""), "media type is none"),
}


@pytest.mark.parametrize("case", OUTSIDE)
def test_a_payload_that_is_not_described_is_not_sent(case: str) -> None:
    payload, message = OUTSIDE[case]
    script = w.Scripted([w.ANSWER])
    outcome = failed(w.executor({"good": script}).run(w.order([w.service()]), payload))
    assert outcome.reason is Reason.PAYLOAD
    assert message in outcome.message
    assert not script.calls
    assert not outcome.attempts
    assert "s3cret" not in str(outcome.result())
    assert outcome.result()["payload"] == payload.digest


@pytest.mark.parametrize("content", ["text", bytearray(b"{}"), memoryview(b"{}"), None])
def test_content_that_is_no_bytes_is_no_payload(content: Any) -> None:
    with pytest.raises(InputError, match="encode it"):
        replace(w.payload(), content=content)


def test_a_router_may_look_at_what_an_executor_sends() -> None:
    assert isinstance(w.payload(), caio.Payload)


def test_a_refusal_names_the_clause_and_the_fields() -> None:
    with pytest.raises(PayloadError) as error:
        point_of(w.VOCABULARY, w.REQUEST, w.payload(tokens=2_000), w.Nothing())
    assert error.value.clause == "request.tokens <= 1000 token"
    assert error.value.fields == ("tokens",)


class Failing:
    def classify(self, payload: bytes, media_type: str) -> Any:
        raise RuntimeError(payload, media_type)


@pytest.mark.parametrize("classifier", [None, Failing(), w.Health()])
def test_what_is_found_or_cannot_be_classified_counts_as_stated(
    classifier: Classifier | None,
) -> None:
    letter = w.payload(b'{"text": "the diagnosis"}')
    script = w.Scripted([w.ANSWER])
    made = w.executor({"good": script}, classifier=classifier)
    outcome = failed(made.run(w.order([w.service()]), letter))
    assert "health" in outcome.message
    assert not script.calls
    point = point_of(w.VOCABULARY, replace(w.REQUEST, given=()), letter, classifier)
    assert point["request.data"] == ("notes", "health")


def test_what_is_described_is_sent_as_it_is() -> None:
    script = w.Scripted([w.ANSWER])
    made = w.executor({"good": script}, classifier=w.Health())
    executed(made.run(w.order([w.service()]), w.payload(b"\x00\xff", tokens=1_000)))
    assert script.calls[0].content == b"\x00\xff"


def test_fields_that_the_request_does_not_speak_of_may_stay_open() -> None:
    request = replace(w.REQUEST, given=(w.at_most(10),))
    payload = Payload(b"{}", "application/json", {"tokens": 10})
    assert point_of(w.VOCABULARY, request, payload, w.Nothing()) == {
        "request.tokens": Fraction(10),
        "request.data": (),
    }


GIVEN = st.lists(
    st.one_of(
        st.integers(0, 20).map(w.at_most),
        st.integers(0, 20).map(lambda n: t.Not(w.at_most(n))),
        st.sampled_from(["notes", "health"]).map(lambda m: t.Has("request.data", m)),
        st.just(w.without_health()),
        st.just(t.Or((t.Is("request.urgent"), w.at_most(5)))),
        st.just(t.FALSE),
    ),
    max_size=3,
).map(tuple)
VALUES = st.fixed_dictionaries(
    {},
    optional={
        "tokens": st.integers(-2, 22),
        "data": st.sets(st.sampled_from(["notes", "health"])),
        "urgent": st.booleans(),
    },
)


@given(GIVEN, VALUES, st.booleans())
def test_a_point_is_one_that_the_request_describes_or_there_is_none(
    given_: tuple[t.Formula, ...], values: dict[str, object], sick: bool
) -> None:
    request = replace(w.REQUEST, given=given_)
    payload = Payload(b"diagnosis" if sick else b"", "text/plain", values)
    try:
        point = point_of(w.VOCABULARY, request, payload, w.Health())
    except PayloadError:
        spoken = {n for f in given_ for n in t.variables_of(f)}
        data = {*values.get("data", ())} | ({"health"} if sick else set())  # type: ignore[misc]
        whole: dict[str, Any] = {
            "request.tokens": values.get("tokens"),
            "request.urgent": values.get("urgent"),
            "request.data": tuple(sorted(data)),
        }
        stated = {name for name in spoken if name.removeprefix("request.") in values}
        number = whole["request.tokens"]
        whole = {name: value for name, value in whole.items() if value is not None}
        if number is not None:
            whole["request.tokens"] = Fraction(number)
        outside = stated != spoken or not in_schema(w.VOCABULARY, whole)
        assert outside or not described(request, whole)
    else:
        assert described(request, point)
        assert in_schema(w.VOCABULARY, point)


@given(GIVEN, VALUES)
def test_no_call_is_made_where_the_payload_is_not_described(
    given_: tuple[t.Formula, ...], values: dict[str, object]
) -> None:
    request = replace(w.REQUEST, given=given_, deadline=None)
    payload = Payload(b"{}", "application/json", values)
    script = w.Scripted([w.ANSWER])
    # Encrypted, so that it may have health data wherever it is.
    good = w.order([w.service(encrypted=True)], request)
    outcome = w.executor({"good": script}).run(good, payload)
    try:
        point_of(w.VOCABULARY, request, payload, w.Nothing())
    except PayloadError:
        assert isinstance(outcome, ExecutionFailed)
        assert not script.calls
    else:
        executed(outcome)
    while w.HISTORIES:
        w.HISTORIES.pop().close()
