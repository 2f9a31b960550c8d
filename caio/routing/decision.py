"""Decisions: what was decided, about what, on which evidence (``docs/spec/certificate-v1.md`` section 9)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final

from caio.base.canonical import Json, digest
from caio.base.instants import format_timestamp
from caio.certify.evidence import EvidenceTable
from caio.ir.encode import document_digest
from caio.landscape.snapshot import Snapshot
from caio.obligations.candidate import Key, Question
from caio.obligations.contract import Contract
from caio.routing.examine import Judged, Verdict

FORMAT: Final = "caio-decision/v1"
CONTROL: Final = "none"
"""The control signal of every candidate until the calculus' signals are declared."""


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
    obligations: tuple[Judged, ...] = ()

    @property
    def standing(self) -> Standing:
        """Refuted if any obligation is, else unknown if any is, else admitted."""
        if not self.obligations:
            return Standing.NOT_EXAMINED
        verdicts = {judged.verdict for judged in self.obligations}
        if Verdict.REFUTED in verdicts:
            return Standing.REFUTED
        return Standing.UNKNOWN if Verdict.UNKNOWN in verdicts else Standing.ADMITTED

    @property
    def failed(self) -> tuple[Judged, ...]:
        """The refuted obligations, in order."""
        return tuple(j for j in self.obligations if j.verdict is Verdict.REFUTED)


@dataclass(frozen=True, slots=True)
class Decision:
    """A decision with everything that it rests on. Only ``certify`` may say that it is accepted."""

    question: Question
    snapshot: Snapshot
    candidates: tuple[Candidate, ...]
    """In the order of score-v1 section 4."""

    @property
    def winner(self) -> Candidate | None:
        """The first admitted candidate, if the profile lets it win."""
        for candidate in self.candidates:
            if candidate.standing is Standing.ADMITTED:
                if self._doubtful and not self.question.profile.optional_optimality:
                    return None
                return candidate
        return None

    @property
    def established(self) -> bool | None:
        """Whether the winner is proved best; None without a winner."""
        return None if self.winner is None else not self._doubtful

    @property
    def outcome(self) -> Outcome:
        """Routed, not routable (everybody refuted), or unknown."""
        if self.winner is not None:
            return Outcome.ROUTED
        if all(candidate.standing is Standing.REFUTED for candidate in self.candidates):
            return Outcome.NOT_ROUTABLE
        return Outcome.UNKNOWN

    @property
    def examined(self) -> tuple[Candidate, ...]:
        """The candidates whose obligations were decided."""
        return tuple(c for c in self.candidates if c.obligations)

    @property
    def _doubtful(self) -> bool:
        return any(candidate.standing is Standing.UNKNOWN for candidate in self.candidates)

    def inputs(self) -> dict[str, Json]:
        """What the decision is a function of, by digests."""
        return inputs_of(self.question, self.snapshot)

    def json(self) -> dict[str, Json]:
        """The decision as JSON, digests included, documents left out."""
        evidence = EvidenceTable()
        candidates = [_candidate_json(candidate, evidence) for candidate in self.candidates]
        established = {None: None, True: "established", False: "not_established"}
        body: dict[str, Json] = {
            "format": FORMAT,
            "inputs": self.inputs(),
            "verdict": self.outcome.value,
            "selected": None if self.winner is None else _triple(self.winner),
            "optimality": established[self.established],
            "landscape": self.snapshot.digest,
            "at": format_timestamp(self.question.at),
            "candidates": candidates,
            "steps": [[name, count] for name, count in steps(self.examined)],
            "evidence": evidence.json(),
            "obligations_digest": digest(
                [
                    [
                        candidate.contract.service.name,
                        candidate.contract.service.version,
                        _keys_digest(tuple(judged.key for judged in candidate.obligations)),
                    ]
                    for candidate in self.examined
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


def inputs_of(question: Question, snapshot: Snapshot) -> dict[str, Json]:
    """What the decision of a question about a snapshot is a function of, by digests, before it is made."""
    return {
        "vocabulary": document_digest(question.vocabulary),
        "landscape": snapshot.digest,
        "request": document_digest(question.request),
        "policy": sorted(document_digest(rule) for rule in question.policy),
        "profile": document_digest(question.profile),
        "facts": None if question.facts is None else document_digest(question.facts),
        "at": str(question.at),
        "seed": "0",
    }


_MATCHING = {"non_empty", "coherent", "capability", "assumption", "requirement"}
_AFTER = {"cost_disjoint", "budget", "deadline"}
_STEPS: Final = (
    ("contract_matching", _MATCHING | _AFTER),
    ("rule_satisfaction", {"rule"}),
    (
        "security",
        {"invariant", "authentication", "authorization", "privacy", "trust", "access"},
    ),
    ("availability", {"available"}),
)
"""The calculus' filter steps (Eq. 1.1, steps 1 to 3) and the obligations of each."""


def steps(examined: Sequence[Candidate]) -> list[tuple[str, int]]:
    """How many candidates pass each filter step and all before it."""
    left = list(examined)
    counts = []
    for name, kinds in _STEPS:
        left = [c for c in left if not any(judged.key[0] in kinds for judged in c.failed)]
        counts.append((name, len(left)))
    return counts


def _triple(candidate: Candidate) -> dict[str, Json]:
    service = candidate.contract.service
    return {
        "service": service.name,
        "version": service.version,
        "route": service.route,
        "control": CONTROL,
    }


def _candidate_json(candidate: Candidate, evidence: EvidenceTable) -> dict[str, Json]:
    body = {
        **_triple(candidate),
        "score": candidate.score,
        "verdict": candidate.standing.value,
    }
    if candidate.obligations:
        body["failed"] = [list(judged.key) for judged in candidate.failed]
        body["evidence"] = [evidence.reference(judged.answer) for judged in candidate.obligations]
    return body


def _keys_digest(keys: tuple[Key, ...]) -> str:
    return digest([list(key) for key in keys])
