"""Reading the price fields of one entry: which price holds for which quantity, service tier and size of prompt.

A price that the entry does not list for a tier is not known there, whatever other tiers say. A price without a variant
for long prompts holds for prompts of every size, unless the standard price has such a variant that the tier lacks.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Final

from caio.importers import source
from caio.importers.fields import DOLLARS, MULTIPLIERS, PRICES, STANDARD, Role, classify
from caio.importers.source import Literal, RefusedError, shown

WARNINGS: Final = (
    "billed additionally",
    "billed separately",
    "no spend",
    "not encoded",
    "not modeled",
    "paid separately",
    "priced on top",
    "promotional",
)
"""Words of an entry's notes which say that the listed prices are not the whole charge."""

INCLUSIVE: Final = frozenset({"xai"})
"""Providers that charge the price for long prompts from the threshold on; all others charge it above the threshold."""

_OFF_PEAK_TERMS: Final = {"windows", "weekday_timezone"}
_ALLOWANCES: Final = {"minimax_free_input_images"}
_SHAPES: Final = {
    "bedrock_invocation_schema",
    "dashscope_video_reference_input",
    "volcengine_video_frames",
}
_SEARCH_SIZES: Final = {
    "search_context_size_low",
    "search_context_size_medium",
    "search_context_size_high",
}


@dataclass(slots=True)
class Prices:
    """The prices of an entry.

    ``series`` maps a price field's base and a tier to prices by cut: a price holds for prompts of more tokens than its
    cut, up to the next one. ``cap`` is the largest prompt that the entry prices, if it says. ``places`` are surcharges
    for processing in a place, ``fast`` is that of the fast tier. ``unbounded`` says why no cost can be promised.
    """

    series: dict[tuple[str, str], dict[int, Fraction]] = field(default_factory=dict)
    cap: int | None = None
    places: dict[str, Fraction] = field(default_factory=dict)
    fast: Fraction | None = None
    other: set[str] = field(default_factory=set)
    unbounded: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def value(self, base: str, tier: str, above: int) -> Fraction | None:
        """The price of a field in a tier, for prompts of more than ``above`` tokens."""
        own = self.series.get((base, tier), {})
        cut = max((c for c in own if c <= above), default=None)
        if cut is None:
            return None
        standard = self.series.get((base, STANDARD), {})
        if any(cut < c <= above for c in standard):
            return (
                None  # The standard price changes in between, and what the tier does is not said.
            )
        return own[cut]

    def tiers(self) -> set[str]:
        """The tiers in which anything is priced."""
        return {tier for _, tier in self.series}


def read_prices(entry: Mapping[str, object], provider: str | None) -> Prices:
    """The prices of an entry.

    Raises:
        RefusedError: a price is no amount of money, or a table is not what it should be.
    """
    prices = Prices()
    inclusive = provider in INCLUSIVE
    for name, value in entry.items():
        if value is None:
            continue
        kind = classify(name)
        match kind.role:
            case Role.PRICE if kind.base == "search_context_cost_per_query":
                _add(prices, kind.base, kind.tier, 0, _dearest_search(value, name))
            case Role.PRICE:
                cut = kind.threshold - 1 if inclusive and kind.threshold else kind.threshold
                _add(prices, kind.base, kind.tier, cut, source.price(value, name))
            case Role.ASSUMED_ZERO:
                prices.other.add(name)
                _other_price(value, name)
                if kind.base == "cost_per_second":
                    prices.unbounded.append("it is charged by the time for which it is reserved")
            case Role.MULTIPLIER if name in MULTIPLIERS:
                for place in MULTIPLIERS[name]:
                    prices.places[place] = _factor(value, name)
            case Role.UNKNOWN_PRICE:
                prices.unbounded.append(f"`{name}` sounds like a price and is not known")
            case _:
                pass
        if name in DOLLARS and not any(f in entry for f in DOLLARS[name]):
            prices.unbounded.append(f"`{name}` is not repeated in dollars")
    _provider_specific(prices, entry.get("provider_specific_entry"))
    _ranges(prices, entry.get("tiered_pricing"))
    _off_peak(prices, entry.get("off_peak_pricing"))
    _clips(prices, entry)
    _warnings(prices, entry)
    return prices


def _add(prices: Prices, base: str, tier: str, cut: int, amount: Fraction) -> None:
    prices.series.setdefault((base, tier), {})[cut] = amount


def _dearest_search(value: object, name: str) -> Fraction:
    """A search may fetch more or less context at will; the dearest bounds it."""
    if not isinstance(value, dict) or not value or not set(value) <= _SEARCH_SIZES:
        raise RefusedError(f"`{name}` is {shown(value)}, expected prices by size of context")
    return max(source.price(amount, f"{name}.{size}") for size, amount in value.items())


def _other_price(value: object, name: str) -> None:
    """The price of something that is assumed not to occur must still be one."""
    items = value.items() if isinstance(value, dict) else [("", value)]
    for key, amount in items:
        source.price(amount, f"{name}.{key}" if key else name)


def _factor(value: object, name: str) -> Fraction:
    factor = source.price(value, name)
    if factor < 1:
        raise RefusedError(f"`{name}` is {shown(value)}, expected a surcharge of 1 or more")
    return factor


def _provider_specific(prices: Prices, table: object) -> None:
    if table is None:
        return
    if not isinstance(table, dict):
        raise RefusedError(f"`provider_specific_entry` is {shown(table)}, expected an object")
    for name, value in table.items():
        if name in ("us", "eu"):
            prices.places[name] = _factor(value, f"provider_specific_entry.{name}")
        elif name == "fast":
            prices.fast = _factor(value, "provider_specific_entry.fast")
        elif name not in _ALLOWANCES and (name not in _SHAPES or isinstance(value, Literal)):
            prices.unbounded.append(f"`provider_specific_entry.{name}` is not known")


def _ranges(prices: Prices, table: object) -> None:
    """``tiered_pricing``: prices by ranges of the prompt's size, the lower end excluded, the upper included."""
    if table is None:
        return
    if not isinstance(table, list) or not all(isinstance(row, dict) for row in table) or not table:
        raise RefusedError(f"`tiered_pricing` is {shown(table)}, expected a list of objects")
    end = 0
    found: dict[str, dict[int, Fraction]] = {}
    for i, row in enumerate(table):
        what = f"tiered_pricing[{i}]"
        if "range" not in row:
            prices.unbounded.append(f"`{what}` depends on something else than tokens")
            return
        limits = row["range"]
        if not isinstance(limits, list) or len(limits) != 2:
            raise RefusedError(f"`{what}.range` is {shown(limits)}, expected two numbers")
        start, stop = (source.natural(limit, f"{what}.range") for limit in limits)
        if start != end or stop <= start:
            raise RefusedError(f"`{what}.range` does not continue the ranges before it")
        for name, value in row.items():
            if name == "range":
                continue
            amount = source.price(value, f"{what}.{name}")
            if name not in PRICES:
                prices.unbounded.append(f"`{what}.{name}` is not known")
            found.setdefault(name, {})[start] = amount
        end = stop
    starts = {cut for cuts in found.values() for cut in cuts}
    for name, cuts in found.items():
        if set(cuts) != starts:
            raise RefusedError(f"`{name}` is listed in some ranges of `tiered_pricing` only")
        prices.series[name, STANDARD] = cuts  # The table is what the source's calculator goes by.
    prices.cap = end


def _off_peak(prices: Prices, table: object) -> None:
    """An allowance at quiet hours only lowers the cost; where it does not, the dearer price counts."""
    if table is None:
        return
    if not isinstance(table, dict):
        raise RefusedError(f"`off_peak_pricing` is {shown(table)}, expected an object")
    for name, value in table.items():
        if name in _OFF_PEAK_TERMS:
            continue
        if name not in PRICES or (name, STANDARD) not in prices.series:
            prices.unbounded.append(f"`off_peak_pricing.{name}` has no standard price")
            continue
        amount = source.price(value, f"off_peak_pricing.{name}")
        cuts = prices.series[name, STANDARD]
        for cut in cuts:
            cuts[cut] = max(cuts[cut], amount)


def _clips(prices: Prices, entry: Mapping[str, object]) -> None:
    """What a picture is depends on the model.

    ``output_cost_per_image`` of what makes no images is the price of a clip, and an image generator that lists the
    price of an input image only makes images at that price.
    """
    modalities, mode = entry.get("supported_output_modalities"), entry.get("mode")
    silent = isinstance(modalities, list) and "image" not in modalities
    if silent or mode == "audio_speech":
        for key in [key for key in prices.series if PRICES[key[0]] == "output_images"]:
            del prices.series[key]
            prices.other.add(key[0])
    pictures = {"output_images", "output_image_tokens", "output_pixels"}
    if mode == "image_generation":
        listed = {PRICES[base] for base, _ in prices.series}
        if not listed & (pictures - {"output_pixels"}) and "images" in listed:
            for (base, tier), cuts in list(prices.series.items()):
                if base == "input_cost_per_image":
                    prices.series["output_cost_per_image", tier] = dict(cuts)


def _warnings(prices: Prices, entry: Mapping[str, object]) -> None:
    texts: list[object] = [entry.get("comment")]
    if isinstance(notes := entry.get("metadata"), dict):
        texts += notes.values()
    for text in texts:
        words = re.sub(r"\s+", " ", text) if isinstance(text, str) else ""
        for warning in WARNINGS:
            if warning in words.lower():
                prices.unbounded.append(f"its notes say `{warning}`: the prices are not the whole")
