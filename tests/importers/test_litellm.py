"""The price map that the example carries, entry by entry and field by field."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest

from caio.base.canonical import canonical_bytes
from caio.base.errors import InputError
from caio.importers import litellm
from caio.importers.contract import NOT_MODELS, region_of
from caio.importers.fields import PRICES, Role, classify
from caio.importers.litellm import Imported, import_litellm, release_of, write_registry
from caio.importers.quantities import QUANTITIES
from caio.importers.source import Object, exact, read_object, read_source
from caio.ir.decode import decode_set
from caio.ir.documents import Service
from caio.ir.terms import Affine, Compare, Comparison, In

FIELDS = 249
ENTRIES = 4_553


def service(imported: Imported, name: str) -> Service:
    return next(s for s in imported.services if s.name == name)


def small(**entries: object) -> bytes:
    return json.dumps(entries).encode()


class TestAccount:
    def test_the_counts_add_up_to_the_file(self, imported: Imported, entries: Object) -> None:
        report = imported.report
        assert report.entries == len(entries) == ENTRIES
        assert report.imported + len(report.refused) == report.entries
        assert report.imported == len(imported.services) == 4_551
        assert {r.name for r in report.refused} == set(NOT_MODELS)
        assert {s.name for s in imported.services} | set(NOT_MODELS) == set(entries)

    def test_with_and_without_cost_add_up(self, imported: Imported) -> None:
        report = imported.report
        bare = {s.name for s in imported.services if not s.cost}
        assert set(report.without_price) | set(report.without_bound) == bare
        assert not set(report.without_price) & set(report.without_bound)
        assert report.with_cost == report.imported - len(bare)

    def test_the_kinds_of_field_add_up(self, imported: Imported) -> None:
        assert len(imported.report.fields) == FIELDS
        assert sum(imported.report.by_role().values()) == FIELDS

    def test_the_json_form_is_canonical_and_the_text_names_every_refusal(
        self, imported: Imported
    ) -> None:
        parsed = json.loads(canonical_bytes(imported.report.json()))
        assert parsed["entries"] == ENTRIES
        for refusal in imported.report.refused:
            assert refusal.reason in imported.report.text()

    def test_the_order_of_the_file_does_not_matter(self) -> None:
        one = {"litellm_provider": "x", "mode": "chat", "input_cost_per_token": 1}
        two = {"litellm_provider": "y", "mode": "embedding", "input_cost_per_token": 2}
        first = import_litellm(small(a=one, b=two), release="1.0")
        second = import_litellm(small(b=two, a=one), release="1.0")
        assert first.documents() == second.documents()


class TestFields:
    def test_every_field_of_the_file_has_a_role(self, entries: Object) -> None:
        names = {
            name
            for key, entry in entries.items()
            if key not in NOT_MODELS and isinstance(entry, dict)
            for name in entry
        }
        assert len(names) == FIELDS
        unknown = {Role.UNKNOWN, Role.UNKNOWN_PRICE}
        assert not [name for name in sorted(names) if classify(name).role in unknown]

    @pytest.mark.parametrize(
        ("name", "role"),
        [
            ("input_cost_per_token_cash_hit", Role.UNKNOWN_PRICE),
            ("input_cost_per_token_above_200k_tokens_gold", Role.UNKNOWN_PRICE),
            ("input_cost_per_token_above_k_tokens", Role.UNKNOWN_PRICE),
            ("setup_fee", Role.UNKNOWN_PRICE),
            ("weekend_multiplier", Role.UNKNOWN_PRICE),
            ("favourite_colour", Role.UNKNOWN),
            ("supports_", Role.UNKNOWN),
        ],
    )
    def test_a_stranger_is_known_to_be_one(self, name: str, role: Role) -> None:
        assert classify(name).role is role

    def test_every_modelled_price_has_a_quantity_in_the_vocabulary(
        self, imported: Imported
    ) -> None:
        fields = {field.name for field in imported.vocabulary.request}
        assert {q.name for q in QUANTITIES} <= fields
        assert set(PRICES.values()) - {""} <= fields

    def test_a_price_of_unknown_meaning_leaves_no_bound(self) -> None:
        entry = {"mode": "chat", "input_cost_per_token": 1, "output_cost_per_token": 1}
        plain = import_litellm(small(a=entry), release="1.0")
        strange = import_litellm(small(a=entry | {"cost_per_sneeze": 1}), release="1.0")
        assert plain.services[0].cost
        assert not strange.services[0].cost
        assert "cost_per_sneeze" in strange.report.remarks[0].remark

    @pytest.mark.parametrize(
        "name", ["citation_cost_per_token", "guardrail_cost_per_unit", "ocr_cost_per_credit"]
    )
    def test_a_price_without_a_quantity_is_assumed_away(
        self, imported: Imported, entries: Object, name: str
    ) -> None:
        formula = Compare(Comparison.EQ, Affine.of(0, {"request.other_units": Fraction(1)}))
        stating = [k for k, e in entries.items() if isinstance(e, dict) and name in e]
        for key in set(stating) - set(NOT_MODELS):
            assert formula in service(imported, key).assumes


class TestExactness:
    def test_decimal_text_is_taken_literally(self, data: bytes, entries: Object) -> None:
        plain = json.loads(data, parse_float=Decimal, parse_int=Decimal)
        compared = 0
        for key, entry in entries.items():
            if key in NOT_MODELS or not isinstance(entry, dict):
                continue
            for name, value in entry.items():
                if classify(name).role is Role.PRICE and not isinstance(value, dict):
                    numerator, denominator = plain[key][name].as_integer_ratio()
                    assert exact(value, name) == Fraction(numerator, denominator)
                    compared += 1
        assert compared > 10_000

    def test_a_price_that_no_float_can_hold_survives(self) -> None:
        prices = (
            b'"input_cost_per_token": 1.00000000000000000001e-7, "output_cost_per_token": 1e-30'
        )
        data = b'{"a": {"mode": "chat", %s}}' % prices
        (case,) = import_litellm(data, release="1.0").services[0].cost
        assert dict(case.amount.terms)["request.fresh_tokens"] == Fraction(10**20 + 1, 10**27)
        assert dict(case.amount.terms)["request.output_tokens"] == Fraction(1, 10**30)

    def test_an_excess_digit_of_the_source_is_kept(self, imported: Imported) -> None:
        cost = service(imported, "opencode_go/gpt-6-luna").cost[0]
        price = dict(cost.amount.terms)["request.fresh_tokens"]
        assert price == Fraction(10000000000000001, 10**23)


class TestContracts:
    def test_nothing_is_invented(self, imported: Imported) -> None:
        stated = {path for s in imported.services for path, _ in s.attributes}
        assert not {path for path in stated if path.startswith("privacy.")}
        assert not [s for s in imported.services if s.guarantees or s.api]

    def test_versions_are_the_release(self, imported: Imported) -> None:
        assert {s.version for s in imported.services} == {"1.109.1"}

    @pytest.mark.parametrize(
        ("name", "region"),
        [
            ("us.anthropic.claude-opus-4-6-v1", "us"),
            ("bedrock/us.anthropic.claude-3-5-haiku-20241022-v1:0", "us"),
            ("azure/eu/gpt-5.1", "eu"),
            ("bedrock/eu-central-1/anthropic.claude-v1", "eu-central-1"),
            ("bedrock/us-gov-west-1/us-gov.anthropic.claude-opus-5", "us-gov-west-1"),
            ("azure/global-standard/gpt-4o-mini", "global"),
            ("bedrock/*/1-month-commitment/cohere.command-text-v14", None),
            ("gpt-5", None),
            ("fireworks_ai/deepseek-v4p1-flash-us", None),
            ("vertex_ai/claude-3-5-haiku@20241022", None),
            ("bedrock/us-east-1/eu-west-1/x", None),
        ],
    )
    def test_a_region_is_what_the_name_carries(self, name: str, region: str | None) -> None:
        assert region_of(name) == region

    def test_most_names_carry_no_region_and_state_none(self, imported: Imported) -> None:
        regions = Counter(dict(s.attributes).get("region") for s in imported.services)
        assert regions[None] == 4_000
        assert regions["us"] == 148
        assert regions["eu"] == 99

    def test_capabilities_are_what_is_supported_and_the_mode(self, imported: Imported) -> None:
        model = service(imported, "gpt-5")
        assert {"chat", "function_calling", "vision"} <= set(model.capabilities)
        order = imported.vocabulary.capabilities
        assert list(model.capabilities) == sorted(model.capabilities, key=order.index)

    def test_false_is_no_capability(self, imported: Imported, entries: Object) -> None:
        denied = [
            (key, name.removeprefix("supports_"))
            for key, entry in entries.items()
            if key not in NOT_MODELS and isinstance(entry, dict)
            for name, value in entry.items()
            if name.startswith("supports_") and value is False
        ]
        held = {s.name: set(s.capabilities) for s in imported.services}
        assert len(denied) > 1_000
        assert not [key for key, word in denied if word in held[key]]

    def test_a_date_of_deprecation_is_excluded(self, imported: Imported, entries: Object) -> None:
        dated = next(k for k, e in entries.items() if isinstance(e, dict)
                     and e.get("deprecation_date") == "2027-03-30")  # fmt: skip
        at = int(datetime(2027, 3, 30, tzinfo=UTC).timestamp()) * 1_000_000
        limit = Compare(Comparison.LT, Affine.of(-at, {"env.at": Fraction(1)}))
        assert limit in service(imported, dated).assumes
        assert imported.report.with_deprecation == 944

    def test_a_missing_limit_is_no_promise(self, imported: Imported, entries: Object) -> None:
        for s in imported.services:
            entry = entries[s.name]
            assert isinstance(entry, dict)
            stated = dict(s.attributes)
            assert ("limits.input" in stated) == ("max_input_tokens" in entry)
            assert ("limits.output" in stated) == ("max_output_tokens" in entry)
        (rule,) = [r for r in imported.rules if r.name == "stated_limit"]
        assert not rule.invariant

    def test_what_is_priced_zero_states_no_status(self, imported: Imported) -> None:
        zero = set(imported.report.priced_zero) | set(imported.report.without_price)
        for s in imported.services:
            assert ("pricing.status" in dict(s.attributes)) == (s.name not in zero)
        (rule,) = [r for r in imported.rules if r.name == "priced"]
        assert rule.invariant

    def test_a_text_model_with_free_answers_counts_as_priced_zero(self) -> None:
        entry = {"mode": "chat", "input_cost_per_token": 1e-6, "output_cost_per_token": 0}
        assert import_litellm(small(a=entry), release="1").report.priced_zero == ("a",)
        embedding = entry | {"mode": "embedding"}
        assert import_litellm(small(a=embedding), release="1").report.priced_zero == ()

    @pytest.mark.parametrize(
        "name",
        [
            "azure_ai/model-router",  # the routed model is priced on top
            "databricks/databricks-gpt-5-6-sol",  # a promotion that ends
            "bedrock/*/1-month-commitment/cohere.command-text-v14",  # reserved by the month
            "exa_ai/search",  # priced by the number of results
        ],
    )
    def test_prices_that_are_not_the_whole_charge_bound_nothing(
        self, imported: Imported, name: str
    ) -> None:
        assert not service(imported, name).cost
        assert [r for r in imported.report.remarks if r.name == name]

    def test_an_input_price_alone_bounds_no_answer(self) -> None:
        entry = {"mode": "chat", "input_cost_per_token": 1e-6}
        (made,) = import_litellm(small(a=entry), release="1").services
        silent = Compare(Comparison.EQ, Affine.of(0, {"request.output_tokens": Fraction(1)}))
        assert silent in made.assumes

    def test_permissions_are_the_operators_choice(self) -> None:
        data = small(a={"mode": "chat"})
        made = import_litellm(data, release="1", permits=("team.blue", "llm.invoke"))
        assert made.services[0].permits.permissions == ("llm.invoke", "team.blue")
        assert made.services[0].permits.mode == "any"

    def test_places_are_assumed_away_where_no_surcharge_is_listed(self, imported: Imported) -> None:
        assert In("request.processing", ("global",)) in service(imported, "gpt-5").assumes
        assert (
            In("request.processing", ("global", "us"))
            in service(imported, "claude-opus-4-6").assumes
        )


class TestWriting:
    def test_the_registry_reads_back_as_it_was(self, imported: Imported, tmp_path: Path) -> None:
        few = replace(imported, services=imported.services[::40])
        path = tmp_path / "registry.json"
        write_registry(few, path)
        assert decode_set(json.loads(path.read_bytes())) == few.documents()
        assert list(tmp_path.iterdir()) == [path]

    def test_a_failure_leaves_nothing_behind(
        self, imported: Imported, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def refuse(_self: Path, _target: Path) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(Path, "replace", refuse)
        few = replace(imported, services=imported.services[:2])
        with pytest.raises(InputError, match="No space left"):
            write_registry(few, tmp_path / "registry.json")
        assert not list(tmp_path.iterdir())

    def test_a_folder_that_is_not_there_is_named(self, imported: Imported, tmp_path: Path) -> None:
        few = replace(imported, services=())
        with pytest.raises(InputError, match="cannot be written"):
            write_registry(few, tmp_path / "nowhere" / "registry.json")


class TestOptions:
    @pytest.mark.parametrize(
        ("name", "release"),
        [
            ("litellm_model_prices_1.109.1.json", "1.109.1"),
            ("prices-2.0.json.gz", "2.0"),
            ("model_prices.json", None),
            ("prices_01.2.json", None),
        ],
    )
    def test_the_release_is_recognised(self, name: str, release: str | None) -> None:
        assert release_of(name) == release

    @pytest.mark.parametrize("release", ["", "1.", "01", "v1", "1.2.3.4.5.6.7.8.9", "1\n"])
    def test_a_malformed_release_is_refused(self, release: str) -> None:
        with pytest.raises(InputError, match="release"):
            import_litellm(b"{}", release=release)

    def test_a_service_that_nobody_may_call_is_refused(self) -> None:
        with pytest.raises(InputError, match="permission"):
            import_litellm(b"{}", release="1", permits=())

    def test_a_damaged_archive_is_refused(self, tmp_path: Path) -> None:
        path = tmp_path / "x.json.gz"
        path.write_bytes(b"\x1f\x8b nothing")
        with pytest.raises(InputError, match="gzip"):
            read_source(path)

    def test_a_file_that_is_too_large_is_refused(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("caio.importers.source.MAX_BYTES", 3)
        path = tmp_path / "x.json"
        path.write_bytes(b"{   }")
        with pytest.raises(InputError, match="more than 3 bytes"):
            read_source(path)


def test_the_example_names_its_release() -> None:
    assert litellm.release_of("litellm_model_prices_1.109.1.json.gz") == "1.109.1"
    assert read_object(b"{}").size == 0
