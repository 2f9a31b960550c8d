"""A decision as a report: what a person wants to know of it, as data.

Made from the decision's JSON and the documents it is about, so that ``caio route`` and ``caio show`` say the same. It
repeats what the decision says and puts it into words; it judges nothing, and a report of a decision that the checker has
not accepted says so.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from caio.cli.reasons import Clause, Reason, Reasons, mentioned
from caio.cli.values import UNSTATED, point
from caio.ir import documents as d
from caio.landscape.snapshot import Snapshot
from caio.obligations.candidate import Key, Question, goals
from caio.obligations.contract import Contract
from caio.obligations.meaning import Meaning
from caio.routing.box import box_of
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
        example: service and version of one.
        counterexample: a call that shows it for the example, the part that matters.
    """

    reason: Reason
    clause: Clause
    count: int
    alone: int
    example: tuple[str, str]
    counterexample: tuple[tuple[str, str], ...]


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
        contract = contracts[candidate["service"], candidate["version"]]
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
    )


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
        contract = contracts[candidate["service"], candidate["version"]]
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
        contract = contracts[candidate["service"], candidate["version"]]
        shown = counterexample(question, contract, key, candidate, body, meaning, settled)
        found.append(
            Refusal(
                reason,
                reasons.clause(reason),
                len(members),
                alone.get(name, 0),
                (candidate["service"], candidate["version"]),
                shown,
            )
        )
    return sorted(found, key=lambda refusal: (-refusal.count, -refusal.alone))


def counterexample(
    question: Question,
    contract: Contract,
    key: Key,
    candidate: Mapping[str, Any],
    body: Mapping[str, Any],
    meaning: Meaning,
    settled: Collection[str],
) -> tuple[tuple[str, str], ...]:
    """The part of a witness that the obligation's goal speaks about, and that is not settled anyway."""
    posed = list(goals(question, contract, meaning))
    place = next((i for i, goal in enumerate(posed) if goal.key == key), None)
    if place is None or place >= len(candidate["evidence"]):
        return ()
    number = candidate["evidence"][place]
    witnesses: Sequence[Mapping[str, str]] = body["evidence"]["witnesses"]
    if number is None or number >= 0 or -1 - number >= len(witnesses):
        return ()
    witness = {name: Fraction(text) for name, text in witnesses[-1 - number].items()}
    wanted = {*mentioned(posed[place])} - {*settled}
    if key[0] == "budget" and isinstance(key[1], int):
        # What such a call costs is what the reader wants to know, and no variable of the obligation.
        case = contract.service.cost[key[1]]
        terms, constant = meaning.affine(case.amount)
        if terms.keys() <= witness.keys():
            witness["cost"] = constant + sum(terms[name] * witness[name] for name in terms)
            wanted.add("cost")
    # An ordinary call leaves most quantities at their defaults; one that is nothing else is shown with them.
    wanted = {name for name in wanted if not _usual(name, witness, meaning)} or wanted
    silent = _silent(contract, question.vocabulary)
    return tuple(
        (name, silent.get(name, text)) for name, text in point(question.vocabulary, witness, wanted)
    )


def _silent(contract: Contract, vocabulary: d.Vocabulary) -> dict[str, str]:
    """What nobody says of a service: that this is so explains more than the value that a counterexample gives it."""
    stated = contract.attributes
    observed = {} if contract.state is None else dict(contract.state.values)
    return {
        f"service.{field.name}": UNSTATED
        for field in vocabulary.attributes
        if field.name not in stated
    } | {
        f"env.{field.name}": "not observed"
        for field in vocabulary.environment
        if field.name not in observed
    }


def _usual(name: str, witness: Mapping[str, Fraction], meaning: Meaning) -> bool:
    """Whether a variable is a quantity of the request, and in this witness equal to its default."""
    origin, _, rest = name.partition(".")
    if origin != "request" or ":" in rest or name not in witness:
        return False
    field = meaning.vocabulary.field(name)
    if field.default is None or not isinstance(field.type, d.IntType | d.RationalType):
        return False
    return witness[name] == meaning.number(field.type, field.default)


def settled_fields(question: Question, meaning: Meaning) -> Collection[str]:
    """The request's fields that are zero, absent or at their default in every call it describes.

    A registry has dozens of quantities that an ordinary call does not touch; naming them would hide the one that
    matters.
    """
    fields = {f"request.{field.name}": field for field in question.vocabulary.request}
    found = set()
    # The nominal point is for scores; a counterexample may lie anywhere in what the request describes.
    open_request = replace(question, request=replace(question.request, nominal=None))
    for name, (lower, upper) in box_of(open_request, meaning).intervals.items():
        field = fields.get(name.partition(":")[0])
        if field is None or lower is None or lower != upper:
            continue
        usual = Fraction(0)
        if field.default is not None and not isinstance(field.default, tuple):
            usual = meaning.number(field.type, field.default)
        if lower == usual and (field.default is not None or not isinstance(field.type, d.EnumType)):
            found.add(name)
    return found


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
