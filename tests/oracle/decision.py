"""The whole decision: order, examination from the top, verdict, steps."""

from dataclasses import dataclass
from typing import Any

from tests.oracle.candidate import Entry, Key, Question, judge
from tests.oracle.scores import score

STEPS: list[tuple[str, set[str]]] = [
    (
        "contract_matching",
        {
            "non_empty",
            "coherent",
            "capability",
            "assumption",
            "requirement",
            "cost_disjoint",
            "budget",
            "deadline",
        },
    ),
    ("rule_satisfaction", {"rule"}),
    (
        "security",
        {"invariant", "authentication", "authorization", "privacy", "trust", "access"},
    ),
    ("availability", {"available"}),
]


@dataclass(frozen=True)
class Candidate:
    """One entry in the ranking; ``failed`` and ``keys`` are None where it was not examined."""

    service: str
    version: str
    score: int
    verdict: str
    failed: list[Key] | None
    keys: list[Key] | None


@dataclass(frozen=True)
class Decision:
    """What a correct router answers."""

    verdict: str
    selected: str | None
    candidates: list[Candidate]
    steps: list[list[Any]]


def decide(question: Question, entries: list[Entry]) -> Decision:
    ranked = sorted(
        ((score(question, entry).total, entry) for entry in entries),
        key=lambda pair: (-pair[0], pair[1].service["name"]),
    )
    candidates: list[Candidate] = []
    selected = None
    for total, entry in ranked:
        service = entry.service
        if selected is not None:
            candidates.append(
                Candidate(service["name"], service["version"], total, "not_examined", None, None)
            )
            continue
        judged = judge(question, entry)
        failed = [key for key, holds in judged if not holds]
        verdict = "refuted" if failed else "admitted"
        keys = [key for key, _ in judged]
        candidates.append(
            Candidate(service["name"], service["version"], total, verdict, failed, keys)
        )
        if not failed:
            selected = service["name"]
    verdict = "not_routable" if selected is None else "routed"
    return Decision(verdict, selected, candidates, _steps(candidates))


def _steps(candidates: list[Candidate]) -> list[list[Any]]:
    left = [c.failed for c in candidates if c.failed is not None]
    counts = []
    for name, kinds in STEPS:
        left = [failed for failed in left if not any(key[0] in kinds for key in failed)]
        counts.append([name, len(left)])
    return counts
