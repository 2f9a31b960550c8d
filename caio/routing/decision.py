"""Decisions: what was decided, about what, on which evidence (``docs/spec/certificate-v1.md`` section 9)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cached_property, lru_cache
from typing import Final

from caio.base.canonical import Json, canonical_bytes, digest
from caio.base.instants import format_timestamp
from caio.certify import acceptance
from caio.certify.evidence import EvidenceTable
from caio.ir import documents as d
from caio.ir.encode import document_digest
from caio.landscape.snapshot import Snapshot
from caio.obligations.candidate import Key, Question
from caio.obligations.contract import Contract
from caio.routing.composing import Promise, composed
from caio.routing.examine import Examined, Judged, Verdict
from caio.routing.proofs import Proof, proofs_of, steps
from caio.routing.ranking import Ranking

FORMAT: Final = "caio-decision/v1"


class Standing(Enum):
    """The verdict of a candidate."""

    ADMITTED = "admitted"
    REFUTED = "refuted"
    UNKNOWN = "unknown"
    NOT_EXAMINED = "not_examined"


class Outcome(Enum):
    """The verdict of a decision."""

    ROUTED = "routed"
    NOT_ROUTABLE = "not_routable"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Candidate:
    """One entry of the landscape with its score and, where it was examined, its obligations."""

    contract: Contract
    score: int
    examined: Examined | None = None

    @property
    def obligations(self) -> tuple[Judged, ...]:
        """The obligations one by one; none if it was not examined."""
        return () if self.examined is None else self.examined.judged

    @property
    def standing(self) -> Standing:
        """Refuted if any obligation is, else unknown if any is, else admitted."""
        return Standing.NOT_EXAMINED if self.examined is None else standing(self.examined)

    @property
    def failed(self) -> tuple[Judged, ...]:
        """The refuted obligations, in order."""
        return tuple(j for j in self.obligations if j.verdict is Verdict.REFUTED)


def standing(examined: Examined) -> Standing:
    """The verdict of an examined candidate."""
    if examined.failed:
        return Standing.REFUTED
    return Standing.UNKNOWN if examined.doubtful else Standing.ADMITTED


@dataclass(frozen=True)
class Decision:
    """A decision with everything that it rests on. Only ``certify`` may say that it is accepted.

    A landscape may be large and a decision is made in a moment, so whatever speaks of all candidates is put together
    when it is asked for.

    Attributes:
        ranking: every candidate, in the order of score-v1 section 4.
        results: the outcomes of the first candidates in that order.
    """

    question: Question
    ranking: Ranking
    results: tuple[Examined, ...]

    @property
    def snapshot(self) -> Snapshot:
        """What was chosen among."""
        return self.ranking.snapshot

    @cached_property
    def candidates(self) -> tuple[Candidate, ...]:
        """Every candidate, in the order of score-v1 section 4."""
        return tuple(self._candidate(rank) for rank in range(len(self.ranking)))

    @property
    def winner(self) -> Candidate | None:
        """The first admitted candidate, if the profile lets it win."""
        if not self.results or not self.results[-1].admitted:
            return None
        if self._doubtful and not self.question.profile.optional_optimality:
            return None
        return self._candidate(len(self.results) - 1)

    @property
    def established(self) -> bool | None:
        """Whether the winner is proved best; None without a winner."""
        return None if self.winner is None else not self._doubtful

    @property
    def outcome(self) -> Outcome:
        """Routed, not routable (everybody refuted), or unknown."""
        if self.winner is not None:
            return Outcome.ROUTED
        everybody = len(self.results) == len(self.ranking)
        if everybody and all(examined.failed for examined in self.results):
            return Outcome.NOT_ROUTABLE
        return Outcome.UNKNOWN

    @property
    def examined(self) -> tuple[Candidate, ...]:
        """The candidates whose obligations were decided."""
        return tuple(self._candidate(rank) for rank in range(len(self.results)))

    @property
    def _doubtful(self) -> bool:
        return any(standing(examined) is Standing.UNKNOWN for examined in self.results)

    def _candidate(self, rank: int) -> Candidate:
        examined = self.results[rank] if rank < len(self.results) else None
        return Candidate(self.ranking.contract(rank), self.ranking.score(rank), examined)

    @cached_property
    def evidence(self) -> tuple[EvidenceTable, list[list[int | None]]]:
        """The evidence, and for each examined candidate the references of its obligations to it."""
        return evidence_of(self.results)

    @cached_property
    def proofs(self) -> tuple[Proof, ...]:
        """The six named proofs about the winner (Eq. 1.7); none without a winner."""
        if self.winner is None:
            return ()
        doubtful = [standing(examined) is Standing.UNKNOWN for examined in self.results]
        return proofs_of(self.results[-1], doubtful[:-1])

    @cached_property
    def guarantees(self) -> tuple[Promise, ...]:
        """What the winner promises for every call that the request describes (Eq. 1.6, 5.1)."""
        return () if self.winner is None else composed(self.question, self.winner.contract)

    def examination(self) -> bytes:
        """The evidence of the winner and of everything ranked above it, for the checker (certificate-v1 section 9)."""
        return examination(self.question, self.snapshot, self.results, self.evidence)

    def inputs(self) -> dict[str, Json]:
        """What the decision is a function of, by digests."""
        return inputs_of(self.question, self.snapshot)

    def json(self) -> dict[str, Json]:
        """The decision as JSON, digests included, documents left out."""
        table, _ = self.evidence
        candidates = self._rows()
        established = {None: None, True: "established", False: "not_established"}
        body: dict[str, Json] = {
            "format": FORMAT,
            "inputs": self.inputs(),
            "verdict": self.outcome.value,
            "selected": None if self.winner is None else _triple(self.winner.contract),
            "optimality": established[self.established],
            "landscape": self.snapshot.digest,
            "at": format_timestamp(self.question.at),
            "candidates": candidates,
            "steps": [[name, count] for name, count in steps(self.results)],
            "proofs": [proof.json() for proof in self.proofs],
            "guarantees": [promise.json() for promise in self.guarantees],
            "evidence": table.json(),
            "obligations_digest": digest(
                [
                    [
                        examined.contract.service.name,
                        examined.contract.service.version,
                        _keys_digest(examined.keys),
                    ]
                    for examined in self.results
                ]
            ),
        }
        body["decision_digest"] = digest(
            {
                **{key: body[key] for key in ("inputs", "verdict", "selected", "optimality")},
                "candidates": [
                    {key: value for key, value in candidate.items() if key != "evidence"}
                    for candidate in candidates
                ],
                "obligations_digest": body["obligations_digest"],
            }
        )
        body["trace_digest"] = digest(body)
        return body

    def _rows(self) -> list[dict[str, Json]]:
        """The candidates as JSON."""
        _, references = self.evidence
        rows: list[dict[str, Json]] = []
        for rank, score in enumerate(self.ranking.scores()):
            row: dict[str, Json] = {**_triple(self.ranking.contract(rank)), "score": score}
            if rank < len(self.results):
                examined = self.results[rank]
                row["verdict"] = standing(examined).value
                row["failed"] = _failed(examined)
                row["evidence"] = references[rank]
            else:
                row["verdict"] = Standing.NOT_EXAMINED.value
            rows.append(row)
        return rows


@dataclass(frozen=True, slots=True)
class Checked:
    """A decision whose evidence the checker has accepted; only an engine makes one.

    Attributes:
        elapsed: how long making and checking it took, in microseconds, where that was measured; no hash covers it.
    """

    decision: Decision
    verdict: acceptance.Verdict
    elapsed: int = 0


def examination(
    question: Question,
    snapshot: Snapshot,
    results: Sequence[Examined],
    evidence: tuple[EvidenceTable, list[list[int | None]]] | None = None,
) -> bytes:
    """The evidence of some candidates alone, for the checker (certificate-v1 section 9).

    Args:
        question: what is asked.
        snapshot: of which the candidates are.
        results: the candidates' outcomes; only the last may be admitted.
        evidence: that of the candidates, if it is at hand.
    """
    table, references = evidence_of(results) if evidence is None else evidence
    rows: list[Json] = [
        {
            "evidence": numbers,
            "failed": _failed(examined),
            "service": examined.contract.service.name,
            "control": examined.contract.control,
            "verdict": standing(examined).value,
            "version": examined.contract.service.version,
        }
        for examined, numbers in zip(results, references, strict=True)
    ]
    return b"".join(
        (
            b'{"candidates":',
            canonical_bytes(rows),
            b',"evidence":',
            table.text(),
            b',"format":"caio-examination/v1","inputs":',
            canonical_bytes(inputs_of(question, snapshot)),
            b"}",
        )
    )


def evidence_of(
    results: Sequence[Examined],
) -> tuple[EvidenceTable, list[list[int | None]]]:
    """The evidence of candidates, and for each the references of its obligations to it."""
    table = EvidenceTable.of([examined.answers for examined in results])
    return table, [table.references(examined.answers) for examined in results]


def inputs_of(question: Question, snapshot: Snapshot) -> dict[str, Json]:
    """What the decision of a question about a snapshot is a function of, by digests, before it is made."""
    return {
        "vocabulary": document_digest(question.vocabulary),
        "landscape": snapshot.digest,
        "request": document_digest(question.request),
        "policy": sorted(map(document_digest, (*question.policy, *question.constraints))),
        "profile": document_digest(question.profile),
        "facts": _digest(question.facts),
        "attestation": _digest(question.attestation),
        "measurements": _digest(question.measurements),
        "at": str(question.at),
        "seed": "0",
    }


def _triple(contract: Contract) -> dict[str, Json]:
    service = contract.service
    return {
        "service": service.name,
        "version": service.version,
        "route": service.route,
        "control": contract.control,
    }


def _digest(document: d.Document | None) -> str | None:
    return None if document is None else document_digest(document)


def _failed(examined: Examined) -> list[Json]:
    return [list(examined.keys[index]) for index in examined.failed]


@lru_cache(maxsize=1 << 12)
def _keys_digest(keys: tuple[Key, ...]) -> str:
    return digest([list(key) for key in keys])
