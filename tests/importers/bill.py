"""A price calculator of its own: what one call costs by one entry of the price map.

It shares nothing with the importer. It reads the file with plain ``Decimal``, knows fields by their full names, and
answers for one call at a time: an amount, or None where the entry does not say.
"""

from __future__ import annotations

from decimal import Decimal, getcontext
from typing import Any

getcontext().prec = 200

Call = dict[str, Any]
Entry = dict[str, Any]

SUFFIX = {
    "standard": "",
    "batch": "_batches",
    "flex": "_flex",
    "balanced": "_balanced",
    "priority": "_priority",
    "ultrafast": "_ultrafast",
    "decisions": "_decisions",
}
THRESHOLDS = (32, 100, 128, 200, 256, 272, 512)

TOKENS = {
    "cached_tokens": ("cache_read_input_token_cost", "input_cost_per_token_cache_hit",
                      "explicit_cache_read_input_token_cost"),
    "cache_write_tokens": ("cache_creation_input_token_cost",),
    "cache_write_long_tokens": ("cache_creation_input_token_cost_above_1hr",
                                "cache_creation_input_token_cost_above_12hr"),
    "fresh_tokens": ("input_cost_per_token",),
    "output_tokens": ("output_cost_per_token",),
    "reasoning_tokens": ("output_cost_per_reasoning_token",),
    "image_tokens": ("input_cost_per_image_token",),
    "audio_tokens": ("input_cost_per_audio_token",),
}  # fmt: skip
INSTEAD = {
    "cached_tokens": "fresh_tokens",
    "cache_write_tokens": "fresh_tokens",
    "cache_write_long_tokens": "cache_write_tokens",
    "reasoning_tokens": "output_tokens",
    "image_tokens": "fresh_tokens",
    "audio_tokens": "fresh_tokens",
}
PROMPT = ("fresh_tokens", "cached_tokens", "cache_write_tokens", "cache_write_long_tokens",
          "image_tokens", "audio_tokens")  # fmt: skip


def bill(entry: Entry, call: Call) -> Decimal | None:
    """The cost of a call that consists of tokens and searches; None where the entry lists no price for a part of it."""
    if not sells(entry, call["tier"]):
        return None
    prompt = sum(call.get(name, 0) for name in PROMPT)
    total = Decimal(0)
    for name in TOKENS:
        if amount := call.get(name, 0):
            price = token_price(entry, name, call["tier"], prompt)
            if price is None:
                return None
            total += price * amount
    total *= surcharge(entry, call)
    if call.get("web_searches", 0):
        by_size = entry.get("search_context_cost_per_query")
        if by_size is None or call["tier"] != "standard":
            return None
        total += max(by_size.values()) * call["web_searches"]
    return total


def sells(entry: Entry, tier: str) -> bool:
    """Whether the entry prices any token in this tier."""
    if tier == "fast":
        return "fast" in entry.get("provider_specific_entry", {})
    return any(
        name.startswith(fields) and (name.endswith(SUFFIX[tier]) if SUFFIX[tier] else True)
        for name in (*entry, *(n for row in entry.get("tiered_pricing", ()) for n in row))
        for fields in TOKENS.values()
    )


def surcharge(entry: Entry, call: Call) -> Decimal:
    factor = Decimal(1)
    specific = entry.get("provider_specific_entry", {})
    if call["tier"] == "fast":
        factor *= Decimal(specific["fast"])
    place = call["processing"]
    if place != "global":
        factor *= next(
            Decimal(found)
            for found in (
                specific.get(place),
                entry.get(f"regional_processing_uplift_multiplier_{place}"),
                entry.get("regional_endpoint_uplift_multiplier"),
            )
            if found is not None
        )
    return factor


def token_price(entry: Entry, name: str, tier: str, prompt: int) -> Decimal | None:
    listed = [field for field in TOKENS[name] if any(known(entry, field))]
    if not listed:
        instead = INSTEAD.get(name)
        return token_price(entry, instead, tier, prompt) if instead else None
    prices = [
        price for field in listed if (price := field_price(entry, field, tier, prompt)) is not None
    ]
    return max(prices, default=None)


def known(entry: Entry, field: str) -> list[bool]:
    names = [field + suffix for suffix in SUFFIX.values()]
    names += [f"{field}_above_{k}k_tokens{s}" for k in THRESHOLDS for s in SUFFIX.values()]
    return [
        any(name in entry for name in names),
        any(field in row for row in entry.get("tiered_pricing", ())),
    ]


def field_price(entry: Entry, field: str, tier: str, prompt: int) -> Decimal | None:
    suffix = SUFFIX["standard" if tier == "fast" else tier]
    table = entry.get("tiered_pricing")
    if table and any(field in row for row in table):
        steps = {int(row["range"][0]): row[field] for row in table}
        if prompt > int(table[-1]["range"][1]):
            return None
        applies = max(start for start in steps if prompt > start or start == 0)
        if not suffix:
            found = Decimal(steps[applies])
            off_peak = entry.get("off_peak_pricing", {}).get(field)
            return found if off_peak is None else max(found, Decimal(off_peak))
        return Decimal(entry[field + suffix]) if applies == 0 and field + suffix in entry else None
    if table and prompt > int(table[-1]["range"][1]):
        return None
    standard = own = 0
    for k in THRESHOLDS:
        beyond = prompt >= k * 1000 if entry["litellm_provider"] == "xai" else prompt > k * 1000
        if beyond and f"{field}_above_{k}k_tokens" in entry:
            standard = k
        if beyond and f"{field}_above_{k}k_tokens{suffix}" in entry:
            own = k
    if standard > own:
        return None
    name = f"{field}_above_{own}k_tokens{suffix}" if own else field + suffix
    if name not in entry:
        return None
    found = Decimal(entry[name])
    off_peak = entry.get("off_peak_pricing", {}).get(field)
    return found if off_peak is None or suffix else max(found, Decimal(off_peak))
