"""Refusals by the clause that blocks: thousands of candidates, a handful of reasons, and counts that add up."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from caio.analysis.explain.clauses import Group, Holder, group_of, holder
from caio.analysis.explain.relax import says_nothing
from caio.analysis.explain.standings import Standing
from caio.obligations.candidate import Key, Question
from caio.obligations.contract import Contract


@dataclass(frozen=True, slots=True)
class Reason:
    """A clause and the candidates it stops.

    Attributes:
        group: what names the clause.
        holder: who could change it.
        count: how many candidates fail at it.
        services: how many services these candidates are.
        controls: the controls under which they fail, by code points.
        alone: how many of them fail at nothing else.
        silent: how many of them state nothing about what it demands.
        example: one of them, the first in the ranking; one that fails at nothing else, if there is one.
        key: the obligation of the example.
    """

    group: Group
    holder: Holder
    count: int
    services: int
    controls: tuple[str, ...]
    alone: int
    silent: int
    example: Standing
    key: Key


def reasons(question: Question, refused: Iterable[Standing]) -> tuple[Reason, ...]:
    """The clauses that stop these candidates: those that stop most first, then those that stop most alone."""
    members: dict[Group, list[tuple[Standing, Key]]] = {}
    alone: dict[Group, list[tuple[Standing, Key]]] = {}
    silent: dict[Group, int] = {}
    for standing in refused:
        mine: dict[Group, Key] = {}
        for key in standing.failed:
            mine.setdefault(group_of(key, standing.contract), key)
        for group, key in mine.items():
            members.setdefault(group, []).append((standing, key))
            silent[group] = silent.get(group, 0) + _silent(key, standing.contract, question)
        if len(mine) == 1:
            (one,) = mine.items()
            alone.setdefault(one[0], []).append((standing, one[1]))
    found = []
    for group, those in members.items():
        example, key = alone.get(group, those)[0]
        only = len(alone.get(group, ()))
        contracts = [standing.contract for standing, _ in those]
        found.append(
            Reason(
                group,
                holder(key),
                len(those),
                len({contract.service.name for contract in contracts}),
                tuple(sorted({contract.control for contract in contracts})),
                only,
                silent[group],
                example,
                key,
            )
        )
    return tuple(sorted(found, key=lambda r: (-r.count, -r.alone, r.example.rank, str(r.group))))


def _silent(key: Key, contract: Contract, question: Question) -> bool:
    """Whether a contract states nothing about what an obligation demands of it."""
    match key:
        case ("requirement", int(i)):
            return says_nothing(question.request.ensure[i], contract)
        case ("rule" | "invariant", str(name), int(i)):
            rule = next(rule for rule in question.policy if rule.name == name)
            return says_nothing(rule.then[i], contract)
        case ("safety" | "policy" | "traits" as subject, str(name), int(i)):
            wanted = (subject, name)
            constraint = next(one for one in question.constraints if (one.of, one.name) == wanted)
            return says_nothing(constraint.then[i], contract)
        case ("budget", *_):
            return not contract.service.cost
        case ("deadline",):
            latency = next((m for m in question.vocabulary.metrics if m.role == "latency"), None)
            return latency is None or not contract.bounding(latency.name, upper=True)
        case _:
            return False
