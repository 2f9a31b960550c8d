"""Reading what came: strict JSON in exact numbers, schemas without a network, reports that say something or nothing."""

from __future__ import annotations

import json
import time
from decimal import Decimal
from fractions import Fraction
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from caio.base.canonical import digest_bytes
from caio.base.errors import InputError
from caio.execute.adapter import Reply
from caio.execute.plans import Connection
from caio.execute.replies import RecentReplies
from caio.execute.reports import Report, header, member
from caio.execute.schemas import Schemas
from caio.execute.strict import MAX_DEPTH, exact_decimal, exact_json
from tests.execute import world as w

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**20), 10**20) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=10,
)


@given(JSON)
def test_json_means_what_it_says(value: Any) -> None:
    assert exact_json(json.dumps(value).encode()) == value
    assert exact_json(json.dumps(value, ensure_ascii=False).encode()) == value


@given(
    st.decimals(allow_nan=False, allow_infinity=False, places=None).filter(
        lambda x: abs(x.adjusted()) < 400
    )
)
def test_numbers_are_exact(number: Decimal) -> None:
    for text in (str(number), f"{number:f}"[:400]):
        found = exact_decimal(text.replace("E+", "e"))
        assert found == Fraction(text)
        assert isinstance(found, int) == (Fraction(text).denominator == 1)


@pytest.mark.parametrize(
    "text",
    [
        "1e513",
        "1e-513",
        "1e99999999",
        "9" * 513,
        "",
        " 1",
        "1_0",
        "+1",
        "0x1",
        "1/2",
        "inf",
        "nan",
        "١",
        ".5",
        "5.",
    ],
)
def test_what_is_no_number_within_limits_is_none(text: str) -> None:
    with pytest.raises(ValueError, match="no decimal number"):
        exact_decimal(text)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"[1,]",
        b"'a'",
        b'{"a": 1, "a": 1}',
        b'[{"a": {"b": 1, "b": 2}}]',
        b"NaN",
        b"-Infinity",
        b"\xef\xbb\xbf{}",
        b"\xff",
        '"é"'.encode("latin-1"),
        "{}".encode("utf-16"),
        b"1e999999",
        b"9" * 5000,
        b"{} {}",
        b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1),
        b"[" * 1_000_000,
    ],
)
def test_what_is_no_strict_json_is_refused_without_quoting_it(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"^it is (not strict JSON|nested deeper)"):
        exact_json(data)


def test_json_may_be_nested_as_deeply_as_is_said() -> None:
    exact_json(b"[" * MAX_DEPTH + b"]" * MAX_DEPTH)


# --- schemas ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"", "is no JSON Schema"),
        (b"[]", "is no JSON Schema"),
        (b"true", "is no JSON Schema"),
        (b'{"type": "colour"}', "is no JSON Schema"),
        (b'{"type": "object", "type": "string"}', "is no JSON Schema"),
        (b'{"$schema": "https://example.invalid/mine"}', "a dialect that is not known"),
        (b'{"$ref": "https://example.invalid/answer"}', "nothing is fetched"),
        (b'{"$ref": "other.json"}', "nothing is fetched"),
        (b'{"items": {"$ref": "file:///etc/passwd"}}', "nothing is fetched"),
        (b'{"allOf": [{"$dynamicRef": "https://example.invalid/a#b"}]}', "nothing is fetched"),
        (b'{"$ref": "#/$defs/answer"}', "which is not there"),
        (b'{"pattern": "["}', "not a 'regex'"),
        (b'{"patternProperties": {"(": {}}}', "not a 'regex'"),
        (b'{"allOf": [{"unevaluatedProperties": false}]}', "quadratic"),
        (b'{"unevaluatedItems": false}', "quadratic"),
        (b'{"pattern": "^(a+)+$"}', "may take long to match"),
        (b'{"pattern": "^a*a*a*b"}', "may take long to match"),
        (b'{"pattern": "a+b"}', "may take long to match"),
        (b'{"pattern": "^(a|a)*$"}', "may take long to match"),
        (b'{"pattern": "^a{0,9}a{0,9}$"}', "may take long to match"),
        (b'{"pattern": "' + b"a" * 129 + b'"}', "may take long to match"),
        (b'{"items": {"patternProperties": {"^(x+x+)+y": {}}}}', "may take long to match"),
        (b'{"propertyNames": {"pattern": "(.*)*"}}', "may take long to match"),
        (b'{"$ref": "#answer"}', "which is not there"),
        (b'{"properties": {"a": {"$id": "b"}}}', r"its own `\$id`"),
        (
            b'{"items": {"$schema": "http://json-schema.org/draft-04/schema#"}}',
            r"its own `\$schema`",
        ),
    ],
)
def test_a_schema_that_cannot_be_enforced_is_refused_when_it_is_supplied(
    text: bytes, message: str
) -> None:
    with pytest.raises(InputError, match=message):
        Schemas({"answer.json": text})


def test_a_schema_named_by_a_digest_has_it() -> None:
    name = digest_bytes(w.SCHEMA)
    schema = Schemas({name: w.SCHEMA}).get(name)
    assert schema is not None
    assert (schema.name, schema.digest) == (name, name)
    with pytest.raises(InputError, match="has the digest"):
        Schemas({name: w.SCHEMA + b" "})
    assert Schemas({}).get(name) is None


def test_references_within_a_schema_hold() -> None:
    text = b'{"$id": "https://example.invalid/a", "$ref": "#/$defs/tree", "$defs": {"tree": {"type": "array", "items": {"$ref": "#/$defs/tree"}}}}'
    schema = Schemas({"tree": text}).get("tree")
    assert schema is not None
    assert schema.broken_by([[], [[]]]) is None
    place = schema.broken_by([[], [[1]]])
    assert place is not None
    assert place.endswith("/type")


@pytest.mark.parametrize(
    ("text", "good", "bad"),
    [
        ('{"multipleOf": 0.01}', ["0.07", "1", "-3.1"], ["0.075", "1e-3"]),
        ('{"maximum": 0.1}', ["0.1", "0.09999999999999999999999"], ["0.10000000000000000000001"]),
        ('{"type": "integer"}', ["1", "1.0", "1e3"], ["1.5", "true", '"1"']),
        ('{"type": "number"}', ["1", "1.5"], ["true", "null"]),
        ('{"enum": [1, "a"]}', ["1", "1.0", '"a"'], ["true", "2"]),
        ('{"uniqueItems": true}', ["[1, 2, 1.5]"], ["[1, 1.0]", "[0.5, 5e-1]"]),
        (
            '{"uniqueItems": true}',
            ['[1, true, "1", [1], {"a": 1}, null]'],
            ['[{"a": [1]}, {"a": [1.0]}]'],
        ),
        ('{"uniqueItems": true}', ['[{"a": true}, {"a": 1}]', '{"a": 1}'], ["[[true], [true]]"]),
        ('{"uniqueItems": false}', ["[1, 1]"], []),
        ('{"pattern": "^[a-z0-9-]+$"}', ['"a-1"', "1"], ['""', '"A"', '"a "']),
        ('{"pattern": "^sha256:[0-9a-f]{4}$"}', ['"sha256:00ff"'], ['"sha256:00f"', '"x"']),
        ('{"pattern": "^\\\\d{2,3}\\\\.5$"}', ['"12.5"'], ['"1.5"', '"12x5"']),
        ('{"pattern": "b[cd]"}', ['"abd"'], ['"ab"']),
        ('{"properties": {"pattern": {"type": "string"}}}', ['{"pattern": "(a+)+"}'], []),
        (
            '{"patternProperties": {"^x": {"type": "null"}}, "additionalProperties": false}',
            ['{"xy": null}'],
            ['{"xy": 1}', '{"yx": null}'],
        ),
        ('{"additionalProperties": false}', ["{}"], ['{"a": 1}']),
        ('{"$schema": "http://json-schema.org/draft-07/schema#", "const": 1}', ["1"], ["2"]),
    ],
)
def test_schemas_judge_exact_numbers(text: str, good: list[str], bad: list[str]) -> None:
    schema = Schemas({"s": text.encode()}).get("s")
    assert schema is not None
    assert [schema.broken_by(exact_json(value.encode())) for value in good] == [None] * len(good)
    for value in bad:
        assert schema.broken_by(exact_json(value.encode())), value


def test_alternatives_that_double_at_each_level_are_given_up() -> None:
    text = b"""{
      "$defs": {"a": {"anyOf": [
        {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/a"}},
        {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/a"}}
      ]}},
      "$ref": "#/$defs/a"
    }"""
    schema = Schemas({"s": text}).get("s")
    assert schema is not None
    assert schema.broken_by(exact_json(b"[" * 8 + b"1" + b"]" * 8)) == "/anyOf"
    began = time.process_time()
    assert schema.broken_by(exact_json(b"[" * 60 + b"1" + b"]" * 60)) == "it cannot be judged"
    # Without a limit it takes longer than the universe has had.
    assert time.process_time() - began < 60
    # What one reply used up is no other one's loss.
    assert schema.broken_by(exact_json(b"[" * 8 + b"1" + b"]" * 8)) == "/anyOf"


@pytest.mark.parametrize("pattern", ["^a*aaaaaaaaaaaaaaaaaaaab", "^[ab]+$", "aaaaaaaaaaaaaaaaab"])
def test_a_pattern_that_is_accepted_matches_in_linear_time(pattern: str) -> None:
    schema = Schemas({"s": json.dumps({"pattern": pattern}).encode()}).get("s")
    assert schema is not None
    began = time.process_time()
    assert schema.broken_by("a" * 1_000_000 + "c") == "/pattern"
    assert time.process_time() - began < 10


def test_a_service_cannot_keep_its_caller_busy() -> None:
    text = b"""{
      "$schema": "https://json-schema.org/draft/2020-12/schema",
      "uniqueItems": true, "additionalProperties": {"$ref": "#"}
    }"""
    schema = Schemas({"s": text}).get("s")
    assert schema is not None
    many = ",".join(f'{{"a": [{n}]}}' for n in range(20_000))
    began = time.process_time()
    assert schema.broken_by(exact_json(f'{{"b": [{many}]}}'.encode())) is None
    # Comparing each with every other one takes minutes.
    assert time.process_time() - began < 20


SMALL_SCHEMAS = st.recursive(
    st.sampled_from(
        [{}, {"type": "string"}, {"type": "integer"}, {"minimum": 3}, {"uniqueItems": True}]
    ),
    lambda inner: st.one_of(
        st.fixed_dictionaries({"items": inner}),
        st.fixed_dictionaries({"additionalProperties": inner}),
        st.fixed_dictionaries({"anyOf": st.lists(inner, min_size=1, max_size=2)}),
        st.fixed_dictionaries({"not": inner}),
    ),
    max_leaves=4,
)


@given(SMALL_SCHEMAS, JSON)
def test_schemas_agree_with_the_library_on_its_own(content: dict[str, Any], value: Any) -> None:
    schema = Schemas({"s": json.dumps(content).encode()}).get("s")
    assert schema is not None
    theirs = jsonschema.Draft202012Validator(content).is_valid(value)
    assert (schema.broken_by(exact_json(json.dumps(value).encode())) is None) == theirs


# --- reports ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pointer", "found"),
    [
        ("/a", 1),
        ("/b/1", "x"),
        ("/b/2", None),
        ("/b/-1", None),
        ("/c", None),
        ("/a/b", None),
        ("/d~1e/~0", 2),
        ("/", None),
    ],
)
def test_a_member_is_found_or_nothing_is(pointer: str, found: object) -> None:
    value = {"a": 1, "b": [0, "x"], "d/e": {"~": 2}}
    assert member(pointer).read(Reply(b""), value) == found


def test_a_report_is_a_number_a_word_or_nothing() -> None:
    reply = Reply(b"", headers=(("x-a", "0.5"), ("x-b", "eu"), ("x-c", "1"), ("x-c", "1")))
    assert header("X-A").number(reply, None) == Fraction(1, 2)
    assert header("x-a", Fraction(1, 1000)).number(reply, None) == Fraction(1, 2000)
    assert header("x-b").number(reply, None) is None
    assert header("x-b").text(reply, None) == "eu"
    for report in (
        header("x-c"),
        header("x-d"),
        Report(lambda *_: 1 / 0),
        Report(lambda *_: True),
        Report(lambda *_: 0.5),
    ):
        assert report.number(reply, None) is None
        assert report.text(reply, None) is None
    assert Report(lambda *_: 3).number(reply, None) == 3
    with pytest.raises(InputError, match="no JSON pointer"):
        member("usage")


def test_a_memory_keeps_the_first_and_lets_the_oldest_go() -> None:
    memory = RecentReplies(most=2)
    told = [("a", "1"), ("a", "2"), ("b", "1"), ("a", "3")]
    assert [memory.first(*each) for each in told] == ["1", "1", "1", "1"]
    assert memory.first("c", "1") == "1"
    assert memory.first("a", "4") == "4"


@pytest.mark.parametrize(
    "wrong",
    [
        {"statuses": frozenset()},
        {"media_types": ()},
        {"media_types": ("json",)},
        {"media_types": ("a/b; c=d",)},
        {"max_bytes": 0},
    ],
)
def test_a_connection_that_no_reply_could_satisfy_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="a connection needs"):
        Connection(adapter=w.Scripted([]), **wrong)
