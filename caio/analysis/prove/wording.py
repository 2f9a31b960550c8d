"""Who is admitted for a request and why others are not, as comments before it: services by what refuses them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from caio.analysis.prove.replay import Refusal
from caio.analysis.prove.words import listing
from caio.obligations.contract import Contract
from caio.syntax.text import quote_name

MOST_REASONS: Final = 8
"""How many reasons are told at once; the rest is counted."""


def comments(taken: Sequence[Contract], refused: Sequence[tuple[Contract, Refusal]]) -> str:
    """Who is admitted for a request, and why others are not, as comments to stand before it."""
    names = [quote_name(contract.service.name) for contract in taken]
    lines = [f"admitted: {listing(names) if names else 'nobody'}"]
    groups: dict[str, list[str]] = {}
    for contract, why in refused:
        groups.setdefault(why.reason, []).append(quote_name(contract.service.name))
    # Reasons of many first; of as many, in the order of services.
    ordered = sorted(groups.items(), key=lambda item: -len(item[1]))
    lines += [f"not {listing(who, 3)}: {reason}" for reason, who in ordered[:MOST_REASONS]]
    if len(ordered) > MOST_REASONS:
        left = sum(len(who) for _, who in ordered[MOST_REASONS:])
        lines.append(f"not {left:,} more, for {len(ordered) - MOST_REASONS:,} other reasons")
    return "".join(f"// {' '.join(line.split())}\n" for line in lines)
