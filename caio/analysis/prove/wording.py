"""Regions and refusals in words: a region of a class as what sets it apart in the class, services by why they are refused."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from caio.analysis.prove.outcome import Study
from caio.analysis.prove.replay import Refusal
from caio.analysis.prove.words import listing
from caio.analysis.witness.conditions import ALWAYS, conditions
from caio.analysis.witness.cubes import Cube
from caio.certify.prover import Refutation
from caio.ir import documents as d
from caio.ir import terms as t
from caio.obligations.clauses import clause_form
from caio.obligations.contract import Contract
from caio.obligations.formula import negation
from caio.sema.pieces import conjunction
from caio.sema.show import show_expression
from caio.syntax.text import quote_name

MOST_REASONS: Final = 8
"""How many reasons are told at once; the rest is counted."""


def relative(part: Cube, group: d.Class, study: Study) -> str:
    """What sets a region of a class apart in the class; ``always`` if nothing does.

    Raises:
        InputError: it needs a number that the language cannot write.
    """
    kept = list(conditions(part, study.meaning))
    for one in list(kept):
        rest = [other for other in kept if other is not one]
        if _follows(one, [*group.given, *rest], study):
            kept = rest
    return show_expression(conjunction(kept), study.world.vocabulary) if kept else ALWAYS


def _follows(one: t.Formula, premises: Sequence[t.Formula], study: Study) -> bool:
    meaning = study.meaning
    block = [*(meaning.formula(premise) for premise in premises), negation(meaning.formula(one))]
    form = clause_form([block], meaning.scope)
    return isinstance(study.prover.decide(form, budget=study.effort), Refutation)


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
