"""Rules that demand what nobody can do at once: every irreducible set of them (certificate-v1 section 8.3).

A set is shrunk rule by rule; the sets that lack one of its rules are proved consistent, which shows that it is irreducible. At
the end the rest is proved free of contradictions, the found sets left aside. Nothing is claimed here: whoever searches gives
the obligations and their answers to the checker.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from caio.certify.prover import Decided, Model, Refutation, Unknown
from caio.ir import documents as d
from caio.ir.encode import document_digest
from caio.obligations import documents as obligations
from caio.obligations.asked import Asked
from caio.obligations.meaning import Meaning

MOST_SETS: Final = 50
"""How many irreducible sets of contradictory rules are searched for before the search is called off."""


@dataclass(frozen=True, slots=True)
class Contradiction:
    """An irreducible set of rules that some request triggers with contradictory actions.

    Attributes:
        rules: by name, invariants last.
        asked: that they are consistent, which is refuted.
        model: the request that triggers them.
        without: that the rules without one of them are consistent, with the proof, for each of them.
    """

    rules: tuple[d.Rule, ...]
    asked: Asked
    model: Model
    without: tuple[tuple[Asked, Refutation], ...]


@dataclass(frozen=True, slots=True)
class Contradictions:
    """What a search found.

    Attributes:
        found: the irreducible sets.
        rest: that nothing else contradicts, with the proof; None if that was not decided.
    """

    found: tuple[Contradiction, ...]
    rest: tuple[Asked, Refutation] | None


def contradictions(
    rules: Sequence[d.Rule], meaning: Meaning, decide: Callable[[Asked], Decided]
) -> Contradictions:
    """Search for every irreducible set of contradictory rules, up to ``MOST_SETS`` of them."""
    ordered = sorted(rules, key=lambda rule: (rule.invariant, rule.name))
    found: list[Contradiction] = []
    while len(found) < MOST_SETS:
        posed = consistent(ordered, [one.rules for one in found], meaning)
        answer = decide(posed)
        if isinstance(answer, Refutation):
            return Contradictions(tuple(found), (posed, answer))
        if isinstance(answer, Unknown):
            break
        core = [r for r in ordered if answer.witness.get(f"select.{r.name}") == 1]
        irreducible = _irreducible(core, meaning, decide)
        if irreducible is None:
            break
        found.append(irreducible)
    return Contradictions(tuple(found), None)


def consistent(
    rules: Sequence[d.Rule], aside: Sequence[Sequence[d.Rule]], meaning: Meaning
) -> Asked:
    """``rules_consistent``: no request triggers rules with contradictory actions, supersets of some sets left aside."""
    members = _by_digest(rules)
    groups = [_by_digest(group) for group in aside]
    posed = obligations.consistent(members, [[one.name for one in g] for g in groups], meaning)
    names = [document_digest(rule) for rule in members]
    key = ("rules_consistent", [*names], [[document_digest(rule) for rule in g] for g in groups])
    return Asked(key, posed.block, posed.scope)


def _irreducible(
    core: list[d.Rule], meaning: Meaning, decide: Callable[[Asked], Decided]
) -> Contradiction | None:
    """The set without the rules that it does not need; None if it is not decided whether it contradicts."""
    for rule in list(core):
        fewer = [other for other in core if other is not rule]
        if fewer and isinstance(decide(consistent(fewer, [], meaning)), Model):
            core = fewer
    posed = consistent(core, [], meaning)
    answer = decide(posed)
    if not isinstance(answer, Model):
        return None
    without = []
    for rule in core:
        fewer = [other for other in core if other is not rule]
        if fewer:
            less = consistent(fewer, [], meaning)
            proof = decide(less)
            if isinstance(proof, Refutation):
                without.append((less, proof))
    return Contradiction(tuple(core), posed, answer, tuple(without))


def _by_digest(rules: Sequence[d.Rule]) -> list[d.Rule]:
    """The one order in which the certificate lists a set of rules; people read them by name."""
    return sorted(rules, key=document_digest)
