"""What a call can be billed for: the quantities of a request, and how they measure its content.

Each quantity is a request field of the imported vocabulary, and every price field of the source is a price of one of
them. Quantities are disjoint: a token counts in exactly one (a token read from the cache is not a fresh one), so that
prices simply add up and no request can lower its bill by describing the same token twice.

The same content may have several measures: an image is so many images and so many tokens. A request states them all,
and each service charges by those it lists.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Final

from caio.ir.terms import Affine, Compare, Comparison, Formula


@dataclass(frozen=True, slots=True)
class Quantity:
    """A billable quantity.

    ``content`` names what it measures; quantities of the same content are alternative measures of it. ``parent`` is
    the quantity whose price applies where the source lists none of its own: a kind of token without a price is billed
    as an ordinary token of its side, which is how the source's own calculator reads its file.
    """

    name: str
    unit: str
    upper: int
    content: str
    parent: str | None = None
    open: bool = False


TOKENS: Final = 10_000_000
SECONDS: Final = 86_400

QUANTITIES: Final = (
    Quantity("fresh_tokens", "token", TOKENS, "text in", open=True),
    Quantity("cached_tokens", "token", TOKENS, "text in", "fresh_tokens"),
    Quantity("cache_write_tokens", "token", TOKENS, "text in", "fresh_tokens"),
    Quantity("cache_write_long_tokens", "token", TOKENS, "text in", "cache_write_tokens"),
    Quantity("audio_tokens", "token", TOKENS, "audio in", "fresh_tokens"),
    Quantity("cached_audio_tokens", "token", TOKENS, "audio in", "cached_tokens"),
    Quantity("image_tokens", "token", TOKENS, "images in", "fresh_tokens"),
    Quantity("video_tokens", "token", TOKENS, "video in", "fresh_tokens"),
    Quantity("characters", "character", 40_000_000, "text in"),
    Quantity("audio_seconds", "time", SECONDS, "audio in"),
    Quantity("images", "image", 10_000, "images in"),
    Quantity("video_seconds", "time", SECONDS, "video in"),
    Quantity("output_tokens", "token", TOKENS, "text out", open=True),
    Quantity("reasoning_tokens", "token", TOKENS, "text out", "output_tokens"),
    Quantity("output_audio_tokens", "token", TOKENS, "sound or film out", "output_tokens"),
    Quantity("output_image_tokens", "token", TOKENS, "images out", "output_tokens"),
    Quantity("output_video_tokens", "token", TOKENS, "sound or film out", "output_tokens"),
    Quantity("output_characters", "character", 40_000_000, "text out"),
    Quantity("output_images", "image", 10_000, "images out"),
    Quantity("output_pixels", "pixel", 1_000_000_000, "images out"),
    Quantity("output_seconds", "time", SECONDS, "sound or film out"),
    Quantity("pages", "page", 100_000, "pages"),
    Quantity("queries", "query", 100_000, "queries"),
    Quantity("web_searches", "query", 100_000, "web searches"),
    Quantity("map_searches", "query", 100_000, "map searches"),
    Quantity("other_units", "unit", 1_000_000, "anything else"),
)
"""In vocabulary order. ``cache_write_long_tokens`` are to be kept for an hour or longer; ``other_units`` counts whatever is priced and has no quantity of its own."""

BY_NAME: Final = {quantity.name: quantity for quantity in QUANTITIES}

ADD_ONS: Final = frozenset({"web_searches", "map_searches"})
"""Charged on top of what a call is for; their price does not make a model priced."""

TEXT: Final = frozenset({"text in", "text out"})

UNITS: Final = ("token", "character", "image", "pixel", "page", "query", "unit")

PROMPT: Final = tuple(
    q.name for q in QUANTITIES if q.unit == "token" and "out" not in q.content.split()
)
"""The tokens that count towards the context window and the thresholds of long prompts."""

COMPLETION: Final = tuple(
    q.name for q in QUANTITIES if q.unit == "token" and "out" in q.content.split()
)
"""The tokens that count towards the output limit."""


@lru_cache(maxsize=4096)
def total(names: tuple[str, ...]) -> Affine:
    """The sum of some quantities."""
    return Affine.of(0, {f"request.{name}": Fraction(1) for name in names})


@lru_cache(maxsize=4096)
def is_zero(name: str) -> Formula:
    """That a quantity does not occur."""
    return Compare(Comparison.EQ, total((name,)))


@lru_cache(maxsize=4096)
def at_most(names: tuple[str, ...], limit: int) -> Formula:
    """That a sum of quantities does not exceed a limit."""
    return Compare(Comparison.LE, total(names).plus(Affine.of(limit), -1))


@lru_cache(maxsize=4096)
def above(names: tuple[str, ...], limit: int) -> Formula:
    """That a sum of quantities exceeds a limit."""
    return Compare(Comparison.LT, Affine.of(limit).plus(total(names), -1))
