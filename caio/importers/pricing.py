"""From the prices of an entry to cost cases that are disjoint, and to what must be assumed for them to be complete.

For each service tier and each range of prompt sizes there is at most one case: the sum, over all quantities, of price
times quantity. What has no price is never taken to be free:

- a quantity that the entry nowhere prices is *assumed to be 0*;
- a quantity that it prices, but not in this tier or range, must be 0 for the *case* to apply, so that beyond it there is
  no bound;
- another measure of content that is priced (the characters of a text that is charged by the token) costs nothing by
  itself, and is assumed not to occur without the measure that is charged.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Final

from caio.importers.fields import PRICES, STANDARD
from caio.importers.prices import Prices
from caio.importers.quantities import (
    ADD_ONS,
    BY_NAME,
    PROMPT,
    QUANTITIES,
    TEXT,
    above,
    at_most,
    is_zero,
    total,
)
from caio.ir.documents import CostCase
from caio.ir.terms import Affine, And, Compare, Comparison, Formula, In, Or

TIER_NAMES: Final = (
    "standard",
    "batch",
    "flex",
    "balanced",
    "priority",
    "fast",
    "ultrafast",
    "decisions",
)
PLACES: Final = ("global", "us", "eu")

TEXT_MODES: Final = frozenset({"chat", "completion", "responses"})
"""Modes in which prompt and answer are both text, so that a price of 0 for either is suspicious."""

_BASES: Final = {
    q.name: tuple(base for base, name in PRICES.items() if name == q.name) for q in QUANTITIES
}


@dataclass(frozen=True, slots=True)
class Costs:
    """The cost cases of an entry and the assumptions under which they are complete.

    ``status`` is ``listed``, ``zero`` or ``none``; ``unbounded`` says why there are no cases although there are prices.
    """

    cases: tuple[CostCase, ...]
    assumes: tuple[Formula, ...]
    assumed_zero: tuple[str, ...]
    status: str
    unbounded: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Row:
    """What holds in one tier and range: prices, the charge per call, and what has no price here."""

    prices: tuple[tuple[str, Fraction], ...]
    call: Fraction | None
    missing: tuple[str, ...]


def build_costs(prices: Prices, mode: str | None) -> Costs:
    """The cost cases of an entry."""
    known = frozenset(q.name for q in QUANTITIES if _is_known(prices, q.name))
    carried, unpriced = _unpriced(known, mode in TEXT_MODES | {"embedding"})
    status = _status(prices, mode)
    unbounded = list(prices.unbounded)
    notes: list[str] = []
    cases: list[CostCase] = []
    if not known - ADD_ONS and (prices.other or known):
        unbounded.append("it is charged by something that a request does not state")
    if not unbounded:
        for tier in TIER_NAMES:
            cases += _tier_cases(prices, tier, known, carried, status, notes)
    assumes: list[Formula] = []
    if cases:
        assumes += [*_measured(known, carried), *_processing(prices)]
    else:
        # Nothing is promised about the cost, so that only what is listed has to be assumed away.
        unpriced = ("other_units",) if prices.other else ()
    assumes += [is_zero(name) for name in unpriced]
    return Costs(
        tuple(cases),
        tuple(assumes),
        unpriced,
        status,
        tuple(unbounded),
        tuple(prices.notes + notes),
    )


@lru_cache(maxsize=1024)
def _unpriced(
    known: frozenset[str],
    about_text: bool,  # noqa: FBT001 - the cache is on positions
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The quantities without a price: other measures of what is priced, and all others.

    Text is also not charged where an entry charges by something else, as for a picture or a page, unless text is what
    its mode is about.
    """
    content = {BY_NAME[name].content for name in known - ADD_ONS}
    other_than_text = not about_text and bool(content - TEXT) and not content & TEXT
    carried: list[str] = []
    unpriced: list[str] = []
    for quantity in QUANTITIES:
        if quantity.name not in known:
            covered = quantity.content in content or (other_than_text and quantity.content in TEXT)
            (carried if covered else unpriced).append(quantity.name)
    return tuple(carried), tuple(unpriced)


def _is_known(prices: Prices, name: str) -> bool:
    if any(base in _BASES[name] for base, _ in prices.series):
        return True
    parent = BY_NAME[name].parent
    return parent is not None and _is_known(prices, parent)


def _status(prices: Prices, mode: str | None) -> str:
    """Whether anything is charged; a text model with a prompt or an answer for 0 counts as priced 0."""
    listed = {tier for base, tier in prices.series if PRICES[base] not in ADD_ONS}
    tier = STANDARD if STANDARD in listed else min(listed, default=STANDARD)
    amounts: dict[str, set[bool]] = {}
    for (base, other), cuts in prices.series.items():
        if other == tier and PRICES[base] not in ADD_ONS:
            amounts.setdefault(PRICES[base], set()).update(price > 0 for price in cuts.values())
    if not amounts:
        return "listed" if prices.other else "none"
    sides = [amounts[side] for side in ("fresh_tokens", "output_tokens") if side in amounts]
    if mode in TEXT_MODES and any(True not in side for side in sides):
        return "zero"
    return "listed" if any(True in some for some in amounts.values()) else "zero"


@lru_cache(maxsize=1024)
def _measured(known: frozenset[str], carried: tuple[str, ...]) -> tuple[Formula, ...]:
    """That content is described in the measure that is charged, whenever it is in another.

    Text needs no such assumption where its tokens are charged: no request leaves them out, for they have no default.
    """
    parts: list[Formula] = []
    for name in carried:
        units: dict[str, list[str]] = {}
        for other in QUANTITIES:
            if other.name in known and other.content == BY_NAME[name].content:
                units.setdefault(other.unit, []).append(other.name)
        if any(BY_NAME[other].open for names in units.values() for other in names):
            continue
        occurs = [Compare(Comparison.LT, total(tuple(names)).times(-1)) for names in units.values()]
        if occurs:
            parts.append(Or((is_zero(name), *occurs)))
    return (And(tuple(parts)),) if len(parts) > 1 else tuple(parts)


def _processing(prices: Prices) -> tuple[Formula, ...]:
    """A place of processing can be asked for where a surcharge for it is listed."""
    offered = tuple(place for place in PLACES if place == "global" or place in prices.places)
    return () if offered == PLACES else (In("request.processing", offered),)


def _tier_cases(
    prices: Prices,
    tier: str,
    known: frozenset[str],
    carried: tuple[str, ...],
    status: str,
    notes: list[str],
) -> list[CostCase]:
    listed = STANDARD if tier == "fast" else tier
    if (tier == "fast" and prices.fast is None) or listed not in prices.tiers():
        return []
    speed = prices.fast if tier == "fast" and prices.fast is not None else Fraction(1)
    cuts = sorted(
        {0}
        | {c for (_, t), series in prices.series.items() if t in (listed, STANDARD) for c in series}
    )
    if prices.cap is not None:
        cuts = [cut for cut in cuts if cut < prices.cap]
    ends = [*cuts[1:], prices.cap]
    ranges: list[tuple[int, int | None, _Row]] = []
    for start, end in zip(cuts, ends, strict=True):
        row = _row(prices, listed, start, known, carried)
        if ranges and ranges[-1][2] == row:
            ranges[-1] = (ranges[-1][0], end, row)
        else:
            ranges.append((start, end, row))
    cases: list[CostCase] = []
    for start, end, row in ranges:
        main = [price for name, price in row.prices if name not in ADD_ONS]
        if row.call is None or not (main or row.call):
            continue
        if status == "listed" and not row.call and not any(main):
            notes.append(
                f"tier `{tier}` is priced 0 above {start} tokens; no cost is promised there"
            )
            continue
        for places, factor in _places(prices):
            guard = _guard(tier, places, start, end, row.missing)
            cases.append(CostCase(guard, _amount(row, speed * factor)))
    return cases


def _row(
    prices: Prices, tier: str, start: int, known: frozenset[str], carried: tuple[str, ...]
) -> _Row:
    found: list[tuple[str, Fraction]] = []
    missing: list[str] = []
    for quantity in QUANTITIES:
        if quantity.name in known:
            price = _price(prices, quantity.name, tier, start)
            if price is None:
                missing.append(quantity.name)
            else:
                found.append((quantity.name, price))
    priced = {BY_NAME[name].content for name, _ in found}
    charged = {BY_NAME[name].content for name in known}
    missing += [n for n in carried if BY_NAME[n].content in charged - priced]
    missing.sort(key=[q.name for q in QUANTITIES].index)
    call: Fraction | None = Fraction(0)
    if any(base == "input_cost_per_request" for base, _ in prices.series):
        call = prices.value("input_cost_per_request", tier, start)
    return _Row(tuple(found), call, tuple(missing))


def _price(prices: Prices, name: str, tier: str, start: int) -> Fraction | None:
    own = [base for base in _BASES[name] if any(base == listed for listed, _ in prices.series)]
    if own:
        values = [v for b in own if (v := prices.value(b, tier, start)) is not None]
        return max(values, default=None)
    parent = BY_NAME[name].parent
    return None if parent is None else _price(prices, parent, tier, start)


def _places(prices: Prices) -> list[tuple[tuple[str, ...] | None, Fraction]]:
    """Groups of places with one surcharge; no group is named where no surcharge exists."""
    if not prices.places:
        return [(None, Fraction(1))]
    factors = {place: prices.places.get(place) for place in PLACES} | {"global": Fraction(1)}
    groups: dict[Fraction, list[str]] = {}
    for place, factor in factors.items():
        if factor is not None:
            groups.setdefault(factor, []).append(place)
    return [(tuple(places), factor) for factor, places in groups.items()]


def _guard(
    tier: str, places: tuple[str, ...] | None, start: int, end: int | None, missing: tuple[str, ...]
) -> Formula:
    parts: list[Formula] = [In("request.tier", (tier,))]
    if places is not None:
        parts.append(In("request.processing", places))
    if start:
        parts.append(above(PROMPT, start))
    if end is not None:
        parts.append(at_most(PROMPT, end))
    parts += [is_zero(name) for name in missing]
    return parts[0] if len(parts) == 1 else And(tuple(parts))


def _amount(row: _Row, factor: Fraction) -> Affine:
    terms = {
        f"request.{name}": price * (1 if name in ADD_ONS else factor) for name, price in row.prices
    }
    return Affine.of(row.call or 0, terms)
