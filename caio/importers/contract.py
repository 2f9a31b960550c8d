"""From one entry of the source to the contract it supports, or to the reason why there is none.

An entry is read as a *draft* first: the vocabulary needs the names that all drafts use before any service can refer to
its digest. What the entry does not say stays absent.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from fractions import Fraction
from typing import Final

from caio.importers import source
from caio.importers.fields import Role, classify
from caio.importers.prices import read_prices
from caio.importers.pricing import Costs, build_costs
from caio.importers.quantities import COMPLETION, PROMPT, at_most
from caio.importers.source import Object, RefusedError, shown
from caio.importers.vocabulary import MAX_LIMIT
from caio.ir.documents import Permits, Service, Value
from caio.ir.terms import Affine, Compare, Comparison, Formula

NOT_MODELS: Final = {
    "sample_spec": "it explains the fields of the file and is no model",
    "fallback_generalizations": "it holds rules for guessing names that are not listed, and is no model",
}
"""Entries that are none, by the file's own account."""

GEOGRAPHIES: Final = ("us", "eu", "apac", "au", "jp", "us-gov", "global")
"""Words that begin a key, or are a part of its path, and name where calls are processed."""

_CLOUD_REGION: Final = re.compile(
    r"(?:us|us-gov|eu|ap|ca|sa|me|af|il|mx)-(?:north|south|east|west|central)(?:east|west)?-[1-9]"
)
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@dataclass(frozen=True, slots=True)
class Draft:
    """An entry that can become a contract, before the vocabulary exists."""

    name: str
    provider: str | None
    mode: str | None
    region: str | None
    capabilities: frozenset[str]
    limits: tuple[tuple[str, int], ...]
    assumes: tuple[Formula, ...]
    costs: Costs
    notes: tuple[str, ...]

    @property
    def words(self) -> frozenset[str]:
        """Every capability: what the entry supports, and what its mode is."""
        return self.capabilities | ({self.mode} if self.mode is not None else frozenset())


def read_draft(name: str, entry: object) -> Draft:
    """The draft of an entry.

    Raises:
        RefusedError: it cannot become a contract, and why.
    """
    if reason := NOT_MODELS.get(name):
        raise RefusedError(reason)
    if fault := source.name_fault(name):
        raise RefusedError(f"its name {fault}")
    if not isinstance(entry, Object):
        raise RefusedError(f"it is {shown(entry)}, expected an object")
    if entry.repeated:
        raise RefusedError(f"it states `{next(iter(entry.repeated))}` twice")
    provider = _optional_text(entry, "litellm_provider")
    mode = _optional_text(entry, "mode")
    costs = build_costs(read_prices(entry, provider), mode)
    notes = [*costs.unbounded, *costs.notes]
    limits, assumes = _limits(entry, notes)
    assumes += _deprecation(entry)
    region = region_of(name)
    if region is None and len(_regions(name)) > 1:
        notes.append("its name carries more than one region; none is stated")
    return Draft(
        name=name,
        provider=provider,
        mode=mode,
        region=region,
        capabilities=_capabilities(entry),
        limits=limits,
        assumes=(*assumes, *costs.assumes),
        costs=costs,
        notes=tuple(notes),
    )


def to_service(draft: Draft, vocabulary: str, release: str, permits: tuple[str, ...]) -> Service:
    """The contract of a draft. Capabilities are in the vocabulary's order, which is the alphabet's."""
    stated = {"provider": draft.provider, "mode": draft.mode, "region": draft.region}
    attributes: dict[str, Value] = {
        **{path: Fraction(limit) for path, limit in draft.limits},
        **{path: name for path, name in stated.items() if name is not None},
    }
    if draft.costs.status == "listed":
        attributes["pricing.status"] = "listed"
    return Service(
        vocabulary=vocabulary,
        name=draft.name,
        version=release,
        route="external",
        attributes=tuple(sorted(attributes.items())),
        capabilities=tuple(sorted(draft.words)),
        assumes=draft.assumes,
        cost=draft.costs.cases,
        permits=Permits("any", permits),
    )


def region_of(name: str) -> str | None:
    """The region that a key carries: a part of its path, or the word before the first dot of a part."""
    regions = _regions(name)
    clouds = [region for region in regions if _CLOUD_REGION.fullmatch(region)]
    if len(set(clouds)) == 1:
        return clouds[0]
    return regions[0] if len(set(regions)) == 1 else None


def _regions(name: str) -> list[str]:
    parts = name.split("/")
    words = [*parts[:-1], *(part.split(".", 1)[0] for part in parts if "." in part)]
    words = ["global" if word == "global-standard" else word for word in words]
    return [word for word in words if word in GEOGRAPHIES or _CLOUD_REGION.fullmatch(word)]


def _optional_text(entry: Mapping[str, object], name: str) -> str | None:
    value = entry.get(name)
    return None if value is None else source.text(value, name)


def _capabilities(entry: Mapping[str, object]) -> frozenset[str]:
    found: set[str] = set()
    for name, value in entry.items():
        if value is not None and classify(name).role is Role.CAPABILITY:
            if not isinstance(value, bool):
                raise RefusedError(f"`{name}` is {shown(value)}, expected true or false")
            if value:
                found.add(source.text(name.removeprefix("supports_"), name))
    return frozenset(found)


def _limits(
    entry: Mapping[str, object], notes: list[str]
) -> tuple[tuple[tuple[str, int], ...], list[Formula]]:
    limits: list[tuple[str, int]] = []
    assumes: list[Formula] = []
    for name, path, tokens in (
        ("max_input_tokens", "limits.input", PROMPT),
        ("max_output_tokens", "limits.output", COMPLETION),
    ):
        value = entry.get(name)
        if value is None:
            continue
        limit = source.natural(value, name)
        if limit > MAX_LIMIT:
            raise RefusedError(f"`{name}` is {shown(value)}, more than {MAX_LIMIT} tokens")
        if limit == 0:
            notes.append(f"`{name}` is 0 and is taken at its word")
        limits.append((path, limit))
        assumes.append(at_most(tokens, limit))
    return tuple(limits), assumes


def _deprecation(entry: Mapping[str, object]) -> list[Formula]:
    value = entry.get("deprecation_date")
    if value is None:
        return []
    text = source.text(value, "deprecation_date")
    try:
        day = date.fromisoformat(text) if _DATE.fullmatch(text) else None
    except ValueError:
        day = None
    if day is None:
        raise RefusedError(
            f"`deprecation_date` is {shown(value)}, expected a date such as `2027-04-14`"
        )
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
    microseconds = (midnight - datetime(1970, 1, 1, tzinfo=UTC)).days * 86_400_000_000
    return [Compare(Comparison.LT, Affine.of(-microseconds, {"env.at": Fraction(1)}))]
