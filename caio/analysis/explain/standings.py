"""How candidates stand, read from a decision that the checker has accepted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from caio.landscape.snapshot import Snapshot
from caio.obligations.candidate import Key, Question, goals
from caio.obligations.contract import Contract
from caio.obligations.meaning import Meaning


@dataclass(frozen=True, slots=True)
class Standing:
    """How a candidate stands in an accepted certificate.

    Attributes:
        contract: the candidate.
        rank: its place in the ranking, from 1.
        score: its score.
        verdict: ``admitted``, ``refuted``, ``unknown`` or ``not_examined``.
        failed: the obligations that are refuted.
        undecided: those that are unknown: never a reason for anything.
        certificate: the number of the certificate.
    """

    contract: Contract
    rank: int
    score: int
    verdict: str
    failed: tuple[Key, ...]
    undecided: tuple[Key, ...]
    certificate: int


def standings(
    question: Question, snapshot: Snapshot, body: Mapping[str, Any], certificate: int
) -> list[Standing]:
    """The candidates of an accepted decision, in its order."""
    contracts = {contract.service.name: contract for contract in snapshot.contracts}
    meaning = Meaning(question.vocabulary)
    found = []
    for rank, candidate in enumerate(body["candidates"], 1):
        contract = contracts[candidate["service"]].under(candidate["control"])
        references = candidate.get("evidence", ())
        undecided: tuple[Key, ...] = ()
        if None in references:
            posed = goals(question, contract, meaning)
            undecided = tuple(g.key for g, n in zip(posed, references, strict=True) if n is None)
        failed = tuple(tuple(key) for key in candidate.get("failed", ()))
        found.append(
            Standing(
                contract,
                rank,
                candidate["score"],
                candidate["verdict"],
                failed,
                undecided,
                certificate,
            )
        )
    return found
