"""Whatever a file holds, its entries end as contracts or in the list of refusals, and nothing is raised but refusals."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caio.base.canonical import canonical_bytes
from caio.base.errors import InputError
from caio.importers.fields import INFORMATION, OTHER, PRICES
from caio.importers.litellm import Imported, import_litellm
from caio.ir.decode import decode_set
from caio.ir.encode import document_json

GOOD = {
    "litellm_provider": "acme",
    "mode": "chat",
    "input_cost_per_token": 1e-06,
    "output_cost_per_token": 2e-06,
    "max_input_tokens": 1000,
}


def read(text: str) -> Imported:
    return import_litellm(text.encode("utf-8", "surrogatepass"), release="1.0")


def refusal(entry: str, name: str = '"a"') -> str:
    """The reason for which an entry, given as JSON text, is refused; the good one beside it is imported."""
    made = read(f'{{"good": {json.dumps(GOOD)}, {name}: {entry}}}')
    assert [s.name for s in made.services] == ["good"]
    assert made.report.entries == 2
    (refused,) = made.report.refused
    return refused.reason


class TestReasons:
    @pytest.mark.parametrize(
        ("field", "value", "reason"),
        [
            ("input_cost_per_token", '"1e-06"', "expected a number"),
            ("input_cost_per_token", "true", "expected a number"),
            ("input_cost_per_token", "[]", "expected a number"),
            ("input_cost_per_token", "-1e-06", "negative"),
            ("input_cost_per_token", "NaN", "finite"),
            ("input_cost_per_token", "Infinity", "finite"),
            ("input_cost_per_token", "-Infinity", "finite"),
            ("input_cost_per_token", "1e400", "digits"),
            ("input_cost_per_token", "1e-99999999", "finite decimal"),
            ("input_cost_per_token", "1" * 5000, "digits"),
            ("citation_cost_per_token", '"free"', "expected a number"),
            ("guardrail_cost_per_unit", '{"x": -1}', "negative"),
            ("max_input_tokens", "1.5", "whole number"),
            ("max_input_tokens", "-1", "whole number"),
            ("max_input_tokens", '"8k"', "expected a number"),
            ("max_output_tokens", "1e30", "more than"),
            ("deprecation_date", '"2026-13-01"', "expected a date"),
            ("deprecation_date", '"soon"', "expected a date"),
            ("deprecation_date", '"2026-1-1"', "expected a date"),
            ("deprecation_date", "20260101", "expected text"),
            ("litellm_provider", "[]", "expected text"),
            ("litellm_provider", '""', "0 characters"),
            ("mode", '"a\\u0000b"', "control character"),
            ("mode", '"\\ud800"', "surrogate"),
            ("supports_vision", '"yes"', "true or false"),
            ("supports_vision", "1", "true or false"),
            ("search_context_cost_per_query", "0.01", "size of context"),
            ("search_context_cost_per_query", '{"search_context_size_huge": 1}', "size of context"),
            ("tiered_pricing", "{}", "list of objects"),
            ("tiered_pricing", "[]", "list of objects"),
            ("tiered_pricing", '[{"range": [0]}]', "two numbers"),
            ("tiered_pricing", '[{"range": [5, 9], "input_cost_per_token": 1}]', "continue"),
            ("tiered_pricing", '[{"range": [0, 0], "input_cost_per_token": 1}]', "continue"),
            ("off_peak_pricing", "7", "expected an object"),
            ("provider_specific_entry", "[]", "expected an object"),
            ("provider_specific_entry", '{"us": 0.5}', "surcharge"),
            ("regional_endpoint_uplift_multiplier", "0", "surcharge"),
        ],
    )
    def test_a_malformed_field_is_named(self, field: str, value: str, reason: str) -> None:
        rest = json.dumps({k: v for k, v in GOOD.items() if k != field})
        found = refusal(rest[:-1] + f', "{field}": {value}}}')
        assert field in found
        assert reason in found

    @pytest.mark.parametrize("entry", ["null", "3", '"x"', "[]", "true", "NaN"])
    def test_an_entry_that_is_no_object_is_refused(self, entry: str) -> None:
        assert "expected an object" in refusal(entry)

    @pytest.mark.parametrize(
        ("name", "reason"),
        [
            ('""', "0 characters"),
            ('"' + "x" * 257 + '"', "257 characters"),
            ('"\\n"', "control character"),
            ('"\\udc00"', "surrogate"),
        ],
    )
    def test_a_name_that_no_document_can_carry_is_refused(self, name: str, reason: str) -> None:
        assert reason in refusal(json.dumps(GOOD), name)

    def test_a_field_stated_twice_is_refused(self) -> None:
        assert "`mode` twice" in refusal('{"mode": "chat", "mode": "embedding"}')

    def test_an_entry_that_is_there_twice_is_refused_twice(self) -> None:
        entry = json.dumps(GOOD)
        made = read(f'{{"a": {entry}, "b": {entry}, "a": {entry}, "a": {entry}, "c": 1, "c": 2}}')
        assert made.report.entries == 6
        assert [r.name for r in made.report.refused] == ["a", "a", "a", "c", "c"]
        assert [s.name for s in made.services] == ["b"]

    @pytest.mark.parametrize(
        "data",
        [b"", b"[]", b"3", b"{", b"\xff", b'{"a": }', b'{"a": 01}', b"[" * 100_000],
    )
    def test_a_file_that_is_no_object_is_refused_as_a_whole(self, data: bytes) -> None:
        with pytest.raises(InputError):
            import_litellm(data, release="1.0")

    def test_null_is_absent(self) -> None:
        absent = dict.fromkeys(GOOD)
        (made,) = read(json.dumps({"a": absent})).services
        assert not made.cost
        assert not made.attributes


SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 10**9),
    st.integers(10**70, 10**80),
    st.sampled_from([0.0, 1e-06, -1e-06, 1e300, 1e-300, float("nan"), float("inf"), -0.0]),
    st.text(max_size=5),
    st.sampled_from(["2026-01-01", "chat", "image_generation", "xai", "\ud800", "\x00"]),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=6,
)
RANGES = st.lists(
    st.fixed_dictionaries(
        {"range": st.lists(st.integers(0, 3).map(lambda k: k * 1000), min_size=2, max_size=2)},
        optional={"input_cost_per_token": SCALARS, "output_cost_per_token": st.just(1)},
    ),
    max_size=3,
)
FIELDS = st.one_of(
    st.sampled_from(sorted([*PRICES, *OTHER, *INFORMATION, *GOOD])),
    st.builds(
        lambda base, above, tier: base + above + tier,
        st.sampled_from(sorted(PRICES)),
        st.sampled_from(["", "_above_128k_tokens", "_above_200k_tokens", "_above_0k_tokens"]),
        st.sampled_from(["", "_batches", "_flex", "_priority"]),
    ),
    st.sampled_from(
        ["tiered_pricing", "off_peak_pricing", "provider_specific_entry", "deprecation_date",
         "max_output_tokens", "supports_vision", "regional_processing_uplift_multiplier_eu",
         "comment", "metadata", "supported_output_modalities", "mystery_cost"]
    ),
    st.text(max_size=8),
)  # fmt: skip
PRICE_LIKE = st.sampled_from([0, 0.0, 1e-06, 2.5e-07, 3])
ENTRIES = st.one_of(
    VALUES,
    st.dictionaries(FIELDS, st.one_of(PRICE_LIKE, PRICE_LIKE, VALUES), max_size=8),
    st.builds(
        lambda more, ranges: GOOD | more | ({"tiered_pricing": ranges} if ranges else {}),
        st.dictionaries(FIELDS, PRICE_LIKE, max_size=6),
        RANGES,
    ),
)


@given(st.dictionaries(st.text(max_size=4), ENTRIES, max_size=5))
@settings(max_examples=400, deadline=None)
def test_everything_is_imported_or_refused(entries: dict[str, Any]) -> None:
    made = import_litellm(json.dumps(entries).encode(), release="1.0")
    names = [s.name for s in made.services]
    assert made.report.entries == len(entries) == len(names) + len(made.report.refused)
    assert all(refused.reason for refused in made.report.refused)
    assert set(names) <= set(entries)
    canonical_bytes(made.report.json())
    assert made.report.text()
    documents = [document_json(document) for document in made.documents()]
    text = canonical_bytes({"format": "caio-documents/v1", "documents": documents})
    assert decode_set(json.loads(text)) == made.documents()
