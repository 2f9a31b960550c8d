"""The whole decision: order, examination from the top, verdict, steps, named proofs, composed guarantees."""

import json
from dataclasses import dataclass
from typing import Any

from tests.oracle.candidate import Entry, Key, Question, judge
from tests.oracle.scores import controls_of, promised, score

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
    ("rule_satisfaction", {"rule", "policy"}),
    (
        "security",
        {"invariant", "safety", "authentication", "authorization", "privacy", "trust", "access"},
    ),
    ("trait_constraints", {"traits"}),
    ("availability", {"available"}),
]
DIRECT, REPLAYED = "Farkas and unit propagation", "counterexamples, replayed"
BOUNDS = {"requirement", "budget", "deadline"}


@dataclass(frozen=True)
class Candidate:
    """One entry under one control in the ranking; ``failed`` and ``keys`` are None where it was not examined."""

    service: str
    version: str
    control: str
    score: int
    verdict: str
    failed: list[Key] | None
    keys: list[Key] | None


@dataclass(frozen=True)
class Decision:
    """What a correct router answers."""

    verdict: str
    selected: tuple[str, str] | None
    """The service and the control."""
    candidates: list[Candidate]
    steps: list[list[Any]]
    proofs: list[dict[str, Any]]
    guarantees: list[dict[str, str]]


def decide(question: Question, entries: list[Entry]) -> Decision:
    ranked = sorted(
        (
            (score(question, entry, control).total, entry, control)
            for entry in entries
            for control in controls_of(question.profile)
        ),
        key=lambda row: (-row[0], row[1].service["name"], row[2]),
    )
    candidates: list[Candidate] = []
    selected: tuple[str, str] | None = None
    proofs: list[dict[str, Any]] = []
    guarantees: list[dict[str, str]] = []
    for total, entry, control in ranked:
        service = entry.service
        named = service["name"], service["version"], control, total
        if selected is not None:
            candidates.append(Candidate(*named, "not_examined", None, None))
            continue
        judged = judge(question, entry, control)
        failed = [key for key, holds in judged if not holds]
        keys = [key for key, _ in judged]
        candidates.append(Candidate(*named, "refuted" if failed else "admitted", failed, keys))
        if not failed:
            selected = service["name"], control
            above = ["refuted"] * (len(candidates) - 1)
            proofs = named_proofs(service["name"], service["version"], keys, above)
            guarantees = promised(question, entry)
    verdict = "not_routable" if selected is None else "routed"
    steps = passed([c.failed for c in candidates if c.failed is not None])
    return Decision(verdict, selected, candidates, steps, proofs, guarantees)


def passed(failed: list[list[Key]]) -> list[list[Any]]:
    """How many of the examined pass each step and all before it, from what fails of each."""
    left, counts = failed, []
    for name, kinds in STEPS:
        left = [keys for keys in left if not any(key[0] in kinds for key in keys)]
        counts.append([name, len(left)])
    return counts


def named_proofs(
    service: str, version: str, keys: list[Key], above: list[str]
) -> list[dict[str, Any]]:
    """The six proofs of Eq. 1.7 about a selected candidate (certificate-v1 section 9).

    Args:
        service: its name.
        version: its version.
        keys: its obligations.
        above: the verdicts of the candidates ranked above it.
    """
    own = f"{json.dumps(service)} {version}"
    kinds = dict(STEPS)

    def of(*steps: str) -> list[int]:
        wanted = set[str]().union(*(kinds[step] for step in steps))
        return [i for i, key in enumerate(keys) if key[0] in wanted]

    rows: list[tuple[str, str, str, list[int]]] = [
        (
            "contract_matching",
            f"the contract of {own} provides what is needed and entails what is ensured",
            "selected ∈ MatchingServices(r, R)",
            of("contract_matching"),
        ),
        (
            "rule_satisfaction",
            f"{own} satisfies every rule, policy constraint and limit that applies",
            "SatisfiesRules(selected, r, P)",
            of("rule_satisfaction", "availability"),
        ),
        (
            "security",
            f"every security invariant holds between the caller, the request and {own}",
            "SecurityInvariants(r, selected)",
            of("security"),
        ),
        (
            "trait_constraints",
            f"{own} keeps every constraint on traits",
            "G_traits(Ψ_t, selected) ≤ 0",
            of("trait_constraints"),
        ),
        (
            "optimization",
            f"every candidate ranked above {own} is refuted",
            "selected = argmax { score(s) : s admitted }",
            list(range(len(above))),
        ),
        (
            "guarantees",
            f"what {own} promises keeps the bounds, the budget and the deadline",
            "GuaranteePreservation(selected, r)",
            [i for i, key in enumerate(keys) if key[0] in BOUNDS],
        ),
    ]
    return [
        {
            "property": name,
            "statement": statement,
            "formal": formal,
            "method": REPLAYED if name == "optimization" else DIRECT,
            "valid": name != "optimization" or "unknown" not in above,
            "evidence": evidence,
        }
        for name, statement, formal, evidence in rows
    ]
