"""Cost cases against a calculator of their own, at points around every threshold, tier and place."""

from __future__ import annotations

import json
import random
from decimal import Decimal
from fractions import Fraction

import pytest

from caio.importers.litellm import Imported
from caio.importers.pricing import PLACES, TIER_NAMES
from caio.importers.quantities import QUANTITIES
from caio.ir.documents import Service, Value
from caio.ir.interpret import affine_value, truth
from caio.ir.terms import Formula
from tests.importers.bill import PROMPT, THRESHOLDS, TOKENS, Call, Entry, bill

LATE = Fraction(0)


def point(call: Call) -> dict[str, Value]:
    values: dict[str, Value] = {
        f"request.{q.name}": Fraction(call.get(q.name, 0)) for q in QUANTITIES
    }
    values["request.tier"] = call["tier"]
    values["request.processing"] = call["processing"]
    values["env.at"] = LATE
    return values


def draw(rng: random.Random, service: Service) -> Call:
    """A call near a threshold, of few kinds of tokens, in some tier and place."""
    tiers = {m for case in service.cost for m in TIER_NAMES if f"'{m}'" in repr(case.when)}
    size = rng.choice((0, 1, 900, *(k * 1000 + d for k in THRESHOLDS for d in (-1, 0, 1)), 999_000))
    call: Call = {
        "tier": rng.choice(sorted(tiers) * 4 + list(TIER_NAMES)),
        "processing": rng.choice(("global", "global", *PLACES)),
        "output_tokens": rng.choice((0, 1, 5_000)),
    }
    for name in rng.sample(PROMPT, rng.choice((1, 1, 2, 3))):
        call[name] = part = rng.randint(0, size)
        size -= part
    call["fresh_tokens"] = call.get("fresh_tokens", 0) + size
    if not rng.randrange(4):
        call["reasoning_tokens"] = rng.randint(1, 9_000)
    if not rng.randrange(6):
        call["web_searches"] = rng.randint(1, 4)
    return call


def prices_only_tokens(entry: Entry) -> bool:
    """Whether the calculator covers the entry: other prices than those of tokens and searches are beyond it."""
    modelled = {field for fields in TOKENS.values() for field in fields}
    for name in entry:
        if "cost" in name and "dbu" not in name and name != "search_context_cost_per_query":
            base = max((f for f in modelled if name.startswith(f)), key=len, default=None)
            if base is None:
                return False
    return True


def test_each_call_has_one_price_and_it_is_the_listed_one(imported: Imported, data: bytes) -> None:
    entries = json.loads(data, parse_float=Decimal, parse_int=Decimal)
    rng = random.Random(20261122)
    priced = unpriced = 0
    skipped = {r.name for r in imported.report.remarks if "is priced 0 above" in r.remark}
    for service in imported.services:
        entry = entries[service.name]
        if not service.cost or service.name in skipped or not prices_only_tokens(entry):
            continue
        for _ in range(6):
            call = draw(rng, service)
            at = point(call)
            if not all(truth(formula, at) for formula in quantities_only(service)):
                continue
            matching = [case for case in service.cost if truth(case.when, at)]
            expected = bill(entry, call)
            assert len(matching) <= 1, (service.name, call)
            if expected is None:
                assert not matching, (service.name, call)
                unpriced += 1
            else:
                assert matching, (service.name, call, expected)
                amount = affine_value(matching[0].amount, at)
                assert amount == Fraction(*expected.as_integer_ratio()), (service.name, call)
                priced += 1
    assert priced > 4_000
    assert unpriced > 800


def quantities_only(service: Service) -> list[Formula]:
    """The assumptions about quantities and places; those about size and time have tests of their own."""
    return [f for f in service.assumes if "env.at" not in repr(f) and not is_limit(repr(f))]


def is_limit(words: str) -> bool:
    return "Comparison.LE" in words


def test_cases_are_disjoint_at_every_point(imported: Imported) -> None:
    rng = random.Random(7)
    for service in imported.services:
        if len(service.cost) < 2:
            continue
        for _ in range(12):
            at = point(draw(rng, service))
            assert sum(bool(truth(case.when, at)) for case in service.cost) <= 1, service.name


def test_guards_and_assumptions_are_shared(imported: Imported) -> None:
    """Proofs are shared between identical formulas, so that variety costs time."""
    guards = {case.when for s in imported.services for case in s.cost}
    assumptions = {formula for s in imported.services for formula in s.assumes}
    assert len(guards) < 300
    assert len(assumptions) < 500


@pytest.mark.parametrize(
    ("name", "call", "dollars"),
    [
        # 1 image at 0.06, whose prompt is not charged
        ("1024-x-1024/50-steps/bedrock/amazon.nova-canvas-v1:0",
         {"fresh_tokens": 50, "output_images": 2}, "0.12"),
        # 1,000 characters at 15 dollars the million
        ("azure/speech/azure-tts", {"characters": 1000, "fresh_tokens": 300}, "0.015"),
        # a picture by an image generator that lists the price of an input image only
        ("low/1024-x-1024/gpt-image-1.5", {"output_images": 1}, "0.009"),
        # the dearest of the resolutions that are listed
        ("gemini/veo-3.1-generate-preview", {"output_seconds": 8}, "4.8"),
        # 5,000 fresh and 195,000 cached tokens are not above 200,000; one more is
        ("gemini/gemini-2.5-pro",
         {"fresh_tokens": 5_000, "cached_tokens": 195_000, "output_tokens": 100}, "0.031625"),
        ("gemini/gemini-2.5-pro",
         {"fresh_tokens": 5_001, "cached_tokens": 195_000, "output_tokens": 100}, "0.0627525"),
        # per call and per token
        ("perplexity/pplx-70b-online", {"output_tokens": 1000}, "0.0078"),
    ],
)  # fmt: skip
def test_a_bill_made_by_hand(
    imported: Imported, name: str, call: dict[str, int], dollars: str
) -> None:
    service = next(s for s in imported.services if s.name == name)
    at = point({"tier": "standard", "processing": "global"} | call)
    (case,) = [case for case in service.cost if truth(case.when, at)]
    assert affine_value(case.amount, at) == Fraction(dollars)
    assert all(truth(formula, at) for formula in quantities_only(service))


@pytest.mark.parametrize(
    "forgotten",
    [
        {"images": 3},  # charged by the token, and no token is stated
        {"audio_seconds": 60},
        {"output_images": 1},
        {"web_searches": 1, "tier": "batch"},  # no search is priced in a batch
        {"map_searches": 1},
        {"other_units": 1},
        {"pages": 1},
        {"tier": "ultrafast"},
        {"processing": "eu"},
    ],
)
def test_what_is_not_priced_is_never_free(
    imported: Imported, forgotten: dict[str, int | str]
) -> None:
    service = next(s for s in imported.services if s.name == "gpt-5")
    call: Call = {"tier": "standard", "processing": "global", "fresh_tokens": 10}
    assert refused_or_unbounded(service, call) is False
    assert refused_or_unbounded(service, call | forgotten) is True


def refused_or_unbounded(service: Service, call: Call) -> bool:
    at = point(call)
    assumed = all(truth(formula, at) for formula in service.assumes)
    return not assumed or not any(truth(case.when, at) for case in service.cost)
