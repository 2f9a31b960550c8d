"""Every field of the source and what becomes of it. Nothing is ignored because it is not known.

A field states an identity, a capability, a limit, a date or a price; or it is information that no contract needs, and
the reason is given beside it. A price is that of a quantity (``quantities``), possibly above a size of the prompt and
possibly in a service tier. A price without a quantity of its own counts ``other_units``, which every contract assumes
to be zero. A field that is not in these tables is *unknown*: harmless if its name does not sound like money, and
otherwise a reason to promise no cost at all.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from typing import Final


class Role(Enum):
    """What a field contributes to a contract."""

    IDENTITY = "an attribute"
    CAPABILITY = "a capability"
    LIMIT = "an assumption on the size of the prompt or of the answer"
    DEPRECATION = "an assumption on the time"
    PRICE = "a cost"
    ASSUMED_ZERO = "an assumption that its quantity is 0"
    TABLE = "several costs"
    MULTIPLIER = "a factor on costs"
    NOTE = "read for warnings that the prices are not the whole charge"
    INFORMATION = "nothing"
    UNKNOWN = "nothing: not known to this importer"
    UNKNOWN_PRICE = "no cost is promised: it sounds like a price and is not known to this importer"


@dataclass(frozen=True, slots=True)
class FieldClass:
    """The meaning of a field; ``base``, ``threshold`` and ``tier`` are those of a price."""

    role: Role
    why: str = ""
    base: str = ""
    threshold: int = 0
    tier: str = "standard"


STANDARD: Final = "standard"

TIERS: Final = {
    "batches": "batch",
    "flex": "flex",
    "balanced": "balanced",
    "priority": "priority",
    "ultrafast": "ultrafast",
    "decisions": "decisions",
}
"""The suffixes of price fields and the service tiers they name."""

PRICES: Final = {
    "input_cost_per_token": "fresh_tokens",
    "cache_read_input_token_cost": "cached_tokens",
    "input_cost_per_token_cache_hit": "cached_tokens",
    "explicit_cache_read_input_token_cost": "cached_tokens",
    "cache_creation_input_token_cost": "cache_write_tokens",
    "cache_creation_input_token_cost_above_1hr": "cache_write_long_tokens",
    "cache_creation_input_token_cost_above_12hr": "cache_write_long_tokens",
    "input_cost_per_audio_token": "audio_tokens",
    "cache_read_input_audio_token_cost": "cached_audio_tokens",
    "input_cost_per_image_token": "image_tokens",
    "input_cost_per_video_token": "video_tokens",
    "input_cost_per_character": "characters",
    "input_cost_per_second": "audio_seconds",
    "input_cost_per_audio_per_second": "audio_seconds",
    "input_cost_per_image": "images",
    "input_cost_per_video_per_second": "video_seconds",
    "input_cost_per_video_per_second_above_8s_interval": "video_seconds",
    "input_cost_per_video_per_second_above_15s_interval": "video_seconds",
    "output_cost_per_token": "output_tokens",
    "output_cost_per_reasoning_token": "reasoning_tokens",
    "output_cost_per_audio_token": "output_audio_tokens",
    "output_cost_per_image_token": "output_image_tokens",
    "output_cost_per_video_token": "output_video_tokens",
    "output_cost_per_character": "output_characters",
    "output_cost_per_image": "output_images",
    "output_cost_per_image_0.5K": "output_images",
    "output_cost_per_image_1K": "output_images",
    "output_cost_per_image_2K": "output_images",
    "output_cost_per_image_4K": "output_images",
    "output_cost_per_image_512": "output_images",
    "output_cost_per_image_1024": "output_images",
    "output_cost_per_image_1536": "output_images",
    "input_cost_per_pixel": "output_pixels",
    "output_cost_per_pixel": "output_pixels",
    "output_cost_per_second": "output_seconds",
    "output_cost_per_second_480p": "output_seconds",
    "output_cost_per_second_720p": "output_seconds",
    "output_cost_per_second_768p": "output_seconds",
    "output_cost_per_second_1080p": "output_seconds",
    "output_cost_per_second_2k": "output_seconds",
    "output_cost_per_second_4k": "output_seconds",
    "output_cost_per_video_per_second": "output_seconds",
    "ocr_cost_per_page": "pages",
    "input_cost_per_query": "queries",
    "google_maps_grounding_cost_per_query": "map_searches",
    "search_context_cost_per_query": "web_searches",
    "input_cost_per_request": "",
}
"""Modelled prices and their quantities; the empty one is charged once a call.

Where several prices have one quantity (sizes of a picture, resolutions of a film, kinds of cache), the dearest that an
entry lists bounds the cost.
"""

OTHER: Final = {
    "annotation_cost_per_page": "pages that are annotated as well as read",
    "cache_creation_input_audio_token_cost": "audio written to the cache",
    "cache_read_input_image_token_cost": "images read from the cache",
    "citation_cost_per_token": "tokens of citations",
    "code_interpreter_cost_per_session": "sessions of a code interpreter",
    "cost_per_second": "seconds for which capacity is reserved",
    "guardrail_cost_per_unit": "units of text or images that a guardrail examines",
    "input_cost_per_text_message": "messages of a session",
    "ocr_cost_per_credit": "credits of a provider",
    "computer_use_input_cost_per_1k_tokens": "tokens of computer use",
    "computer_use_output_cost_per_1k_tokens": "tokens of computer use",
    "file_search_cost_per_1k_calls": "calls of file search",
    "file_search_cost_per_gb_per_day": "storage for file search",
    "vector_store_cost_per_gb_per_day": "storage of vectors",
}
"""Prices of ``other_units``, and what those are."""

DOLLARS: Final = {
    "input_dbu_cost_per_token": ("input_cost_per_token",),
    "output_dbu_cost_per_token": ("output_cost_per_token", "output_cost_per_image_token"),
}
"""Prices in another currency than dollars, and the fields that repeat them in dollars."""

MULTIPLIERS: Final = {
    "regional_processing_uplift_multiplier_us": ("us",),
    "regional_processing_uplift_multiplier_eu": ("eu",),
    "regional_endpoint_uplift_multiplier": ("us", "eu"),
}
"""Surcharges on all tokens, and the places of processing that they are for."""

INFORMATION: Final = {
    "audio_transcription_config": "how the source's own client calls the service",
    "bedrock_converse_supports_strict_tools": "how the source's own client calls the service",
    "bedrock_output_config_effort_ceiling": "how the source's own client calls the service",
    "default_reasoning_effort": "a default of the service, which a caller can override",
    "gemini_audio_only_live": "how the source's own client calls the service",
    "gemini_native_audio": "how the source's own client calls the service",
    "output_vector_size": "the shape of an answer",
    "prompt_cache_min_tokens": "what the provider caches; a request states what it expects to be cached",
    "reasoning_contexts": "options of a call",
    "reasoning_effort_levels": "options of a call",
    "reasoning_modes": "options of a call",
    "rpm": "a rate limit of an account, not a promise about one call",
    "search_free_requests": "an allowance that only lowers the cost",
    "source": "where the entry's figures come from",
    "supported_audio_formats": "options of a call",
    "supported_endpoints": "how the source's own client calls the service",
    "supported_modalities": "repeated by the fields for capabilities, and not always consistent with them",
    "supported_regions": "where a model is offered, not where a call is processed",
    "thinking_always_on": "a default of the service",
    "token_count_framing": "how the source's own client counts tokens",
    "token_count_model": "how the source's own client counts tokens",
    "token_count_tokenizer": "how the source's own client counts tokens",
    "tpm": "a rate limit of an account, not a promise about one call",
    "use_openai_responses_path": "how the source's own client calls the service",
    "uses_embed_content": "how the source's own client calls the service",
    "vertex_ai_audio_api": "how the source's own client calls the service",
    "web_search_billing_unit": "what a search is; each is charged at the listed price at most",
}
"""Fields that no contract needs, and why."""

_NAMED: Final = {
    "litellm_provider": FieldClass(Role.IDENTITY, "attribute `provider`"),
    "mode": FieldClass(Role.IDENTITY, "attribute `mode` and the capability of this name"),
    "supported_output_modalities": FieldClass(
        Role.INFORMATION, "decides whether `output_cost_per_image` is the price of an image"
    ),
    "max_input_tokens": FieldClass(Role.LIMIT, "the tokens of the prompt"),
    "max_output_tokens": FieldClass(Role.LIMIT, "the tokens of the answer"),
    "deprecation_date": FieldClass(Role.DEPRECATION, "`at` lies before 00:00Z of the date"),
    "tiered_pricing": FieldClass(Role.TABLE, "prices by ranges of the prompt's tokens"),
    "off_peak_pricing": FieldClass(Role.TABLE, "an allowance; the dearer of both prices counts"),
    "provider_specific_entry": FieldClass(Role.MULTIPLIER, "a place, or the fast tier"),
    "comment": FieldClass(Role.NOTE),
    "metadata": FieldClass(Role.NOTE),
}

_PRICE: Final = re.compile(
    rf"(?P<base>.+?)(?:_above_(?P<thousands>[1-9][0-9]{{0,6}})k_tokens)?(?:_(?P<tier>{'|'.join(TIERS)}))?"
)
_MONEY: Final = re.compile(r"cost|pric|fee|charge|usd|dollar|multiplier|uplift|surcharge|discount")


@lru_cache(maxsize=4096)
def classify(name: str) -> FieldClass:
    """What a field of an entry contributes; of role ``UNKNOWN`` or ``UNKNOWN_PRICE`` if it is not known."""
    if known := _NAMED.get(name):
        return known
    if name.startswith("supports_") and len(name) > len("supports_"):
        return FieldClass(Role.CAPABILITY, f"`{name.removeprefix('supports_')}`, where true")
    if name in INFORMATION:
        return FieldClass(Role.INFORMATION, INFORMATION[name])
    if name in MULTIPLIERS:
        return FieldClass(Role.MULTIPLIER, "processing in " + " or ".join(MULTIPLIERS[name]))
    if name in DOLLARS:
        return FieldClass(Role.INFORMATION, "the price in another currency, repeated in dollars")
    match = _PRICE.fullmatch(name)
    if match is not None and (match["base"] in PRICES or match["base"] in OTHER):
        base, thousands, tier = match.group("base", "thousands", "tier")
        return FieldClass(
            Role.PRICE if base in PRICES else Role.ASSUMED_ZERO,
            f"`{PRICES[base] or 'call'}`" if base in PRICES else OTHER[base],
            base,
            int(thousands or 0) * 1000,
            TIERS[tier] if tier else STANDARD,
        )
    return FieldClass(Role.UNKNOWN_PRICE if _MONEY.search(name) else Role.UNKNOWN)
