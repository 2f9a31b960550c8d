"""What a payload holds is found or assumed, in linear time, and never repeated in an answer."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caio.base.errors import InputError
from caio.ir import documents as d
from caio.security.classification import (
    MAX_FINDINGS,
    MAX_PIECES,
    Classification,
    DeclaredClassifier,
    Finding,
)
from caio.security.declarations import Classes, read_classes
from caio.security.patterns import compile_pattern
from caio.security.payload import PayloadData, data_of
from caio.security.refusal import Refusal, RefusedError
from tests.security.forge import VOCABULARY

RULES: dict[str, Any] = {
    "rules": [
        {"name": "illness", "member": "health", "keywords": ["diagnosis", "blood pressure", "Größe"]},
        {"name": "card", "member": "payment", "patterns": [r"\b[0-9]{4}[ -]?[0-9]{4}[ -]?[0-9]{4}[ -]?[0-9]{1,7}\b"]},
        {"name": "iban", "member": "payment", "patterns": [r"\bDE\d{2}\s?\d{4}"], "keywords": ["IBAN"]},
        {"name": "trace", "member": "logs", "keywords": ["traceback"]},
    ]
}  # fmt: skip
CLASSIFIER = DeclaredClassifier(Classes.model_validate(RULES))


def found(text: str, media_type: str = "text/plain; charset=utf-8") -> list[tuple[str, str]]:
    result = CLASSIFIER.classify(text.encode(), media_type)
    assert result.reason == ""
    assert result.members == {item.member for item in result.findings}
    return [(item.rule, item.place) for item in result.findings]


def data(
    payload: bytes | str, media_type: str = "text/plain", stated: tuple[str, ...] = ()
) -> PayloadData:
    raw = payload.encode() if isinstance(payload, str) else payload
    return data_of(VOCABULARY, stated, raw, media_type, CLASSIFIER)


class TestRules:
    def test_words_are_found_whole_and_in_any_case(self) -> None:
        assert found("The DIAGNOSIS is\nBlood-Pressure: high") == [
            ("illness", "line 1"),
            ("illness", "line 2"),
        ]
        assert found("rediagnosis diagnosise blood\tcount pressure") == []

    def test_words_may_run_over_the_end_of_a_line(self) -> None:
        assert found("blood\npressure") == [("illness", "the whole text")]

    @pytest.mark.parametrize(
        "text",
        [
            "ｄｉａｇｎｏｓｉｓ",
            "diag\u200bnosis",
            "blood\u200bpressure",
            "blood\u00adpres\u00adsure",
            "GRÖSSE",
            "gro\u0308ße",
            "𝐝𝐢𝐚𝐠𝐧𝐨𝐬𝐢𝐬",
        ],
    )
    def test_other_ways_to_write_a_word_are_no_way_around(self, text: str) -> None:
        assert found(text) == [("illness", "line 1")]

    @pytest.mark.parametrize(
        "text",
        [
            "4111 1111 1111 1111",
            "pay 4111111111111111.",
            "4111-1111-1111-1111",
            "٤١١١ ١١١١ ١١١١ ١١١١",
        ],
    )
    def test_numbers_are_found(self, text: str) -> None:
        assert found(text) == [("card", "line 1")]

    def test_a_text_of_very_many_lines_is_one_place(self) -> None:
        assert found("\n" * MAX_PIECES + "diagnosis") == [("illness", "the whole text")]

    def test_json_is_looked_at_everywhere(self) -> None:
        value = {
            "a": [1, {"note": "traceback"}],
            "diagnosis": None,
            "number": 4111111111111111,
            "x": {"y": 0.5},
        }
        assert sorted(found(json.dumps(value), "application/json")) == [
            ("card", "/2"),
            ("illness", "/1"),
            ("trace", "/0/1/0"),
        ]

    def test_a_finding_does_not_repeat_the_payload(self) -> None:
        text = json.dumps({"secret-key": {"4111111111111111": "diagnosis of secret-name"}})
        result = data(text, "application/json")
        assert result.members == ("health", "payment")
        for secret in ("secret-key", "4111", "secret-name"):
            assert secret not in repr(result)

    def test_findings_are_bounded_and_members_are_not(self) -> None:
        result = CLASSIFIER.classify(b"diagnosis\n" * 1000 + b"IBAN", "text/plain")
        assert len(result.findings) == MAX_FINDINGS
        assert result.members == {"health", "payment"}


UNCLASSIFIED: tuple[tuple[str, bytes, str], ...] = (
    ("another media type", b"\x89PNG", "image/png"),
    ("no media type", b"text", ""),
    ("a text with tags and entities", b"diag&#110;osis", "text/html"),
    ("another character set", b"+AGQ-iagnosis", "text/plain; charset=utf-7"),
    ("another character set in quotes", b"text", 'TEXT/PLAIN; format=flowed; Charset="UTF-16"'),
    ("bytes that are not UTF-8", b"\xff\xfe", "text/plain"),
    ("a control character", b"diag\x00nosis", "text/plain"),
    ("too many bytes", b"a" * (1024 * 1024 + 1), "text/plain"),
    ("a long run of base64", b"QUJD" * 100, "text/plain"),
    ("a long run of base64 in JSON", json.dumps({"image": "QUJD" * 100}).encode(), "application/json"),
    ("base64 as in mail", b"see the image\r\n" + (b"QUJD" * 19 + b"\r\n") * 4, "text/plain"),
    ("base64 as in PEM", b"-----BEGIN KEY-----\n" + (b"QUJD" * 16 + b"\n") * 4, "text/plain"),
    ("base64 wrapped in JSON", json.dumps({"a": ("QUJD" * 16 + "\n") * 4}).encode(), "application/json"),
    ("a long run of combining marks", ("e" + "\u0301" * 40).encode(), "text/plain"),
    ("marks between invisible characters", ("e" + "\u0301\u200d" * 40).encode(), "text/plain"),
    ("a text that grows when it is normalised", ("\ufdfa" * 300_000).encode(), "text/plain"),
    ("malformed JSON", b"{", "application/json"),
    ("a key that occurs twice", b'{"a":"diagnosis","a":""}', "application/json"),
    ("NaN", b"[NaN]", "application/json"),
    ("JSON of 100,000 levels", b"[" * 100_000, "application/json"),
    ("JSON of 80 levels", b"[" * 80 + b'"x"' + b"]" * 80, "application/json"),
    ("JSON of many values", b"[" + b"1," * MAX_PIECES + b"1]", "application/json"),
    ("a lone surrogate", b'["\\ud800"]', "application/problem+json"),
)  # fmt: skip


class TestUnclassified:
    @pytest.mark.parametrize(
        ("name", "payload", "kind"), UNCLASSIFIED, ids=[name for name, *_ in UNCLASSIFIED]
    )
    def test_counts_as_everything_sensitive(self, name: str, payload: bytes, kind: str) -> None:
        result = data(payload, kind, ("notes",))
        assert result.reason
        assert result.sensitive
        assert result.members == ("notes", "health", "payment")
        assert {*result.assumed} | {*result.found} == {"health", "payment"}
        assert name

    def test_words_under_each_other_are_no_base64(self) -> None:
        assert not data("\n".join(["internationalisation"] * 1000)).reason
        assert not data("\n".join("word " * 20 for _ in range(100))).reason

    def test_what_was_found_nevertheless_is_kept(self) -> None:
        result = data("traceback\n\x00")
        assert result.found == ("logs",)
        assert result.members == ("health", "payment", "logs")

    @pytest.mark.parametrize(
        "answer",
        [
            None,
            Classification(frozenset({"weapons", "logs"})),
            Classification({"logs"}),  # type: ignore[arg-type]
            Classification(frozenset(), [Finding("a", "logs", "/")]),  # type: ignore[arg-type]
            Classification(frozenset(), (), None),  # type: ignore[arg-type]
            Classification(frozenset(), ("the text 4111",)),  # type: ignore[arg-type]
            ZeroDivisionError("the text 4111"),
            RecursionError(),
        ],
        ids=[
            *("nothing", "an unknown member", "a plain set", "a list of findings", "no reason"),
            *("a text for a finding", "an error", "too deep"),
        ],
    )
    def test_a_classifier_that_fails_has_classified_nothing(self, answer: Any) -> None:
        class Broken:
            def classify(self, payload: bytes, media_type: str) -> Classification:
                del payload, media_type
                if isinstance(answer, Exception):
                    raise answer
                return answer  # type: ignore[no-any-return]

        result = data_of(VOCABULARY, [], b"", "text/plain", Broken())
        assert {"health", "payment"} <= {*result.members}
        assert result.reason
        assert "4111" not in repr(result)


class TestUnion:
    def test_what_is_stated_stays_and_what_is_found_is_added(self) -> None:
        result = data("diagnosis", stated=("payment", "notes"))
        assert result.members == ("notes", "health", "payment")
        assert (result.stated, result.found, result.assumed) == (
            ("notes", "payment"),
            ("health",),
            (),
        )
        assert result.sensitive
        assert result.reason == ""

    def test_nothing_is_sensitive_where_nothing_is_found(self) -> None:
        result = data("nothing to see", stated=("notes",))
        assert result.members == ("notes",)
        assert not result.sensitive

    @given(
        st.binary(max_size=60),
        st.sampled_from(["text/plain", "application/json", "image/png"]),
        st.sets(st.sampled_from(["notes", "health", "logs"])),
    )
    def test_nothing_stated_is_ever_lost_and_no_doubt_is_harmless(
        self, payload: bytes, kind: str, stated: set[str]
    ) -> None:
        result = data(payload, kind, tuple(stated))
        assert stated <= {*result.members}
        assert {*result.members} == {*result.stated} | {*result.found} | {*result.assumed}
        if result.reason:
            assert {"health", "payment"} <= {*result.members}

    def test_a_vocabulary_without_data_classes_is_refused(self) -> None:
        with pytest.raises(InputError, match="role `data`"):
            data_of(d.Vocabulary("bare"), [], b"", "text/plain", CLASSIFIER)
        with pytest.raises(InputError, match="no member `weapons`"):
            data("", stated=("weapons",))


class TestPatterns:
    @pytest.mark.parametrize(
        "pattern",
        [
            "",
            "a*",
            "a+",
            "a|b",
            "(a)",
            "a{3",
            "a{2,1}",
            "a{0}",
            "a?",
            "[",
            "[]",
            "a{257}",
            "a{200}b{57}",
            "^a",
            "a$",
            ".",
            "\\",
            "\\1",
            "\\A",
            "[z-a]",
            "a{1}{2}",
            "a{1,}",
            "(?i)a",
            "\\b",
        ],
    )
    def test_what_could_take_long_or_means_nothing_is_refused(self, pattern: str) -> None:
        with pytest.raises(RefusedError) as caught:
            compile_pattern(pattern, "rules.0.patterns")
        assert caught.value.code is Refusal.DECLARATION

    @pytest.mark.parametrize(
        ("pattern", "yes", "no"),
        [
            (r"\d{3}-\d{2}", ["123-45", "x123-456"], ["12-345", "123 45"]),
            (r"[a-f0-9]{4}", ["BEEF", "00ff"], ["bee", "wxyz"]),
            (r"[^\s,]{2}", ["ab"], ["a b", "a,"]),
            (r"\bno\b", ["no way"], ["nothing"]),
            (r"colou?r", ["color", "Colour"], ["colr"]),
            (r"[\]\-\\]x", ["]x", "-x", "\\x"], ["ax"]),
            (r"a\.b\{\}", ["a.b{}"], ["acb{}"]),
            (r"\[[&~|-]{2}", ["[&&", "[--", "[||"], ["&&"]),
        ],
    )
    def test_what_they_mean(self, pattern: str, yes: list[str], no: list[str]) -> None:
        compiled = compile_pattern(pattern, "here")
        assert [text for text in yes if not compiled.occurs(text.lower())] == []
        assert [text for text in no if compiled.occurs(text.lower())] == []

    def test_an_item_gives_nothing_back(self) -> None:
        """This is the price of linear time, and the page says so."""
        assert not compile_pattern("a{1,3}a", "here").occurs("aaa")

    @given(st.text("ab[]{}0123456789,?^-\\dwsb.*+|()$", max_size=12))
    def test_any_text_is_a_pattern_or_refused(self, text: str) -> None:
        code: Refusal | None = None
        try:
            assert compile_pattern(text, "here").longest >= 1
        except RefusedError as error:
            code = error.code
        assert code in {None, Refusal.DECLARATION}


def _seconds(classifier: DeclaredClassifier, payload: bytes) -> float:
    start = time.process_time()
    classifier.classify(payload, "text/plain")
    return time.process_time() - start


@pytest.mark.parametrize(
    "make",
    [
        lambda n: b"a" * n,
        lambda n: b"ab" * (n // 2) + b"!",
        lambda n: b"1234 " * (n // 5),
        lambda n: ("e\u0301" * (n // 3)).encode(),
        lambda n: b"blood " * (n // 6),
    ],
    ids=["one letter", "two letters", "numbers", "accents", "half a keyword"],
)
def test_time_is_linear_in_the_payload(make: Callable[[int], bytes]) -> None:
    """Eight times the payload takes at most 24 times as long, for rules that would explode with backtracking."""
    rules = [
        {
            "name": "r",
            "member": "health",
            "keywords": ["blood pressure x"],
            "patterns": ["a{0,40}" * 3 + "b", "[a-z]{1,60}[a-z]{1,60}!"],
        }
    ]
    classifier = DeclaredClassifier(Classes.model_validate({"rules": rules, "opaque_run": 65536}))
    small, large = make(16_384), make(131_072)
    _seconds(classifier, small)
    fast = max(min(_seconds(classifier, small) for _ in range(3)), 0.001)
    assert min(_seconds(classifier, large) for _ in range(3)) < 24 * fast


MALFORMED: tuple[tuple[str, dict[str, Any]], ...] = (
    ("no rules", {"rules": []}),
    ("a rule without words", {"rules": [{"name": "a", "member": "health"}]}),
    ("a keyword without letters", {"rules": [{"name": "a", "member": "health", "keywords": ["--"]}]}),
    ("two rules of one name", {"rules": [RULES["rules"][0], RULES["rules"][0]]}),
    ("a bad pattern", {"rules": [{"name": "a", "member": "health", "patterns": ["(a+)+"]}]}),
    ("too much work", {**RULES, "rules": [{"name": "a", "member": "health", "patterns": ["a{256}"] * 5}]}),
    ("an unknown member", {**RULES, "language": "en"}),
    ("text as a size", {**RULES, "max_bytes": "10"}),
)  # fmt: skip


@pytest.mark.parametrize(("name", "given_rules"), MALFORMED, ids=[name for name, _ in MALFORMED])
def test_malformed_rules_are_refused(name: str, given_rules: dict[str, Any]) -> None:
    with pytest.raises(RefusedError) as caught:
        DeclaredClassifier(read_classes(json.dumps(given_rules).encode()))
    assert caught.value.code is Refusal.DECLARATION
    assert name


def test_rules_in_json_are_those_in_python() -> None:
    assert read_classes(json.dumps(RULES).encode()) == Classes.model_validate(RULES)
    assert CLASSIFIER.members == {"health", "payment", "logs"}
