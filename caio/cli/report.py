"""A decision as a report: what a person wants to know of it, as data.

Made from the decision's JSON and the documents it is about, so that ``caio route`` and ``caio show`` say the same. It
repeats what the decision says and puts it into words; it judges nothing, and a report of a decision that the checker has
not accepted says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from caio.cli.counterexamples import Example, counterexample, settled_fields
from caio.cli.reasons import Clause, Reason, Reasons
from caio.ir import documents as d
from caio.landscape.snapshot import Snapshot
from caio.obligations.candidate import Key, Question, goals
from caio.obligations.contract import Contract
from caio.obligations.meaning import Meaning
from caio.routing.bulk import Scorer


@dataclass(frozen=True, slots=True)
class Row:
    """A candidate's place in the ranking; ``note`` is the first reason why it failed, if it did."""

    rank: int
    service: str
    version: str
    control: str
    score: int
    verdict: str
    note: str
    more: int


@dataclass(frozen=True, slots=True)
class Refusal:
    """A reason with the candidates that fail for it.

    Attributes:
        reason: why.
        clause: what stands there, and where.
        count: how many examined candidates fail for it.
        alone: how many of them fail for nothing else.
        example: a call that shows it for one of them, the part that matters.
    """

    reason: Reason
    clause: Clause
    count: int
    alone: int
    example: Example


@dataclass(frozen=True, slots=True)
class Term:
    """A term of the score: its weight, the winner's points, and those of the next candidate."""

    name: str
    weight: Fraction
    value: Fraction
    points: int
    next_points: int | None


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that is shown of a decision."""

    question: Question
    body: Mapping[str, Any]
    rows: tuple[Row, ...]
    refusals: tuple[Refusal, ...]
    terms: tuple[Term, ...]
    winner: Row | None
    following: Row | None
    """The candidate after the winner, examined or not."""
    tallies: Mapping[str, int]
    """Candidates by verdict."""
    obligations: int
    """How many were decided, over all examined candidates."""
    obligation_keys: tuple[Key, ...] = ()
    """The obligations of the winner, in order."""

    @property
    def controlled(self) -> bool:
        """Whether candidates differ in their control signals."""
        return any(row.control != d.NO_CONTROL for row in self.rows)

    @property
    def examined(self) -> int:
        """How many candidates were examined."""
        return len(self.rows) - self.tallies.get("not_examined", 0)


def build(
    question: Question,
    snapshot: Snapshot,
    body: Mapping[str, Any],
    reasons: Reasons,
    scorer: Scorer | None = None,
) -> Report:
    """The report of a decision (its JSON, of the shape that the specification fixes)."""
    contracts = {(c.service.name, c.service.version): c for c in snapshot.contracts}
    rows = []
    tallies: dict[str, int] = {}
    for rank, candidate in enumerate(body["candidates"], 1):
        contract = _contract(contracts, candidate)
        rows.append(_row(rank, candidate, contract, reasons))
        tallies[candidate["verdict"]] = tallies.get(candidate["verdict"], 0) + 1
    selected = body["selected"]
    winner = next(
        (
            row
            for row in rows
            if selected is not None
            and (row.service, row.version, row.control)
            == (selected["service"], selected["version"], selected["control"])
        ),
        None,
    )
    following = rows[winner.rank] if winner is not None and winner.rank < len(rows) else None
    return Report(
        question,
        body,
        tuple(rows),
        tuple(_refusals(question, body, contracts, reasons)),
        () if winner is None else tuple(_terms(question, snapshot, winner, following, scorer)),
        winner,
        following,
        tallies,
        sum(len(candidate.get("evidence", ())) for candidate in body["candidates"]),
        _posed(question, winner, contracts),
    )


def _posed(
    question: Question, winner: Row | None, contracts: Mapping[tuple[str, str], Contract]
) -> tuple[Key, ...]:
    """The keys of the winner's obligations."""
    if winner is None:
        return ()
    contract = contracts[winner.service, winner.version].under(winner.control)
    return tuple(goal.key for goal in goals(question, contract, Meaning(question.vocabulary)))


def _contract(
    contracts: Mapping[tuple[str, str], Contract], candidate: Mapping[str, Any]
) -> Contract:
    """The contract of a candidate under its control."""
    found = contracts[candidate["service"], candidate["version"]]
    return found.under(candidate["control"])


def _row(rank: int, candidate: Mapping[str, Any], contract: Contract, reasons: Reasons) -> Row:
    failed = [tuple(key) for key in candidate.get("failed", ())]
    sentences = list(dict.fromkeys(reasons.of(key, contract).sentence for key in failed))
    return Row(
        rank,
        candidate["service"],
        candidate["version"],
        candidate["control"],
        candidate["score"],
        candidate["verdict"],
        sentences[0] if sentences else "",
        max(0, len(sentences) - 1),
    )


def _refusals(
    question: Question,
    body: Mapping[str, Any],
    contracts: Mapping[tuple[str, str], Contract],
    reasons: Reasons,
) -> list[Refusal]:
    """The reasons of all refused candidates, those that stop the most first."""
    groups: dict[tuple[str, str], list[tuple[Mapping[str, Any], Key, Reason]]] = {}
    alone: dict[tuple[str, str], int] = {}
    for candidate in body["candidates"]:
        contract = _contract(contracts, candidate)
        mine: dict[tuple[str, str], tuple[Key, Reason]] = {}
        for key in map(tuple, candidate.get("failed", ())):
            reason = reasons.of(key, contract)
            mine.setdefault((reason.kind, reason.sentence), (key, reason))
        for name, (key, reason) in mine.items():
            groups.setdefault(name, []).append((candidate, key, reason))
        if len(mine) == 1:
            (name,) = mine
            alone[name] = alone.get(name, 0) + 1
    meaning = Meaning(question.vocabulary)
    settled = settled_fields(question, meaning)
    found = []
    for name, members in groups.items():
        candidate, key, reason = members[0]
        contract = _contract(contracts, candidate)
        shown = counterexample(question, contract, key, candidate, body, meaning, settled)
        found.append(
            Refusal(
                reason,
                reasons.clause(reason),
                len(members),
                alone.get(name, 0),
                shown,
            )
        )
    return sorted(found, key=lambda refusal: (-refusal.count, -refusal.alone))


def _terms(
    question: Question,
    snapshot: Snapshot,
    winner: Row,
    following: Row | None,
    scorer: Scorer | None,
) -> list[Term]:
    if scorer is None:
        # A candidate's terms are its own: the others need not be compiled for them.
        shown = {row.service for row in (winner, following) if row is not None}
        contracts = tuple(c for c in snapshot.contracts if c.service.name in shown)
        snapshot = Snapshot(snapshot.vocabulary, contracts)
        scorer = Scorer(snapshot, Meaning(question.vocabulary))
    scores = scorer.scores(question)
    entries = {contract.service.name: i for i, contract in enumerate(snapshot.contracts)}

    def place(row: Row) -> int:
        return scores.place(entries[row.service], row.control)

    units = int(1 / question.profile.resolution)
    found = []
    for name, weight in scores.weights.items():
        values = scores.term(name)
        own = int(values[place(winner)])
        other = None if following is None else weight * int(values[place(following)])
        exact = getattr(question.profile.weights, name)
        found.append(Term(name, exact, Fraction(own, units), weight * own, other))
    return found
