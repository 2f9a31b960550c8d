"""The filter steps of Eq. 1.1 and the six named proofs of Eq. 1.7 (``docs/spec/certificate-v1.md`` section 9).

Every obligation of a candidate belongs to one step of the calculus. A named proof is a statement about the selected
candidate, of the form of Def. 6.1, whose evidence is that of its obligations; ``VerifyProof`` (Eq. 6.1) is the checker,
which derives obligations, texts and validity anew.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from caio.base.canonical import Json
from caio.routing.examine import Examined

_DIRECT: Final = "Farkas and unit propagation"
_REPLAYED: Final = "counterexamples, replayed"

STEPS: Final[tuple[tuple[str, frozenset[str]], ...]] = (
    (
        "contract_matching",
        frozenset(
            {
                "non_empty",
                "coherent",
                "capability",
                "assumption",
                "requirement",
                "cost_disjoint",
                "budget",
                "deadline",
            }
        ),
    ),
    ("rule_satisfaction", frozenset({"rule", "policy"})),
    (
        "security",
        frozenset(
            {
                "invariant",
                "safety",
                "authentication",
                "authorization",
                "privacy",
                "trust",
                "access",
            }
        ),
    ),
    ("trait_constraints", frozenset({"traits"})),
    ("availability", frozenset({"available"})),
)
"""The calculus' filter steps (Eq. 1.1, steps 1 to 4, and availability) and the kinds of obligations of each."""

_KINDS: Final = dict(STEPS)
_NAMED: Final[tuple[tuple[str, frozenset[str], str, str], ...]] = (
    (
        "contract_matching",
        _KINDS["contract_matching"],
        "the contract of {} provides what is needed and entails what is ensured",
        "selected ∈ MatchingServices(r, R)",
    ),
    (
        "rule_satisfaction",
        _KINDS["rule_satisfaction"] | _KINDS["availability"],
        "{} satisfies every rule, policy constraint and limit that applies",
        "SatisfiesRules(selected, r, P)",
    ),
    (
        "security",
        _KINDS["security"],
        "every security invariant holds between the caller, the request and {}",
        "SecurityInvariants(r, selected)",
    ),
    (
        "trait_constraints",
        _KINDS["trait_constraints"],
        "{} keeps every constraint on traits",
        "G_traits(Ψ_t, selected) ≤ 0",
    ),
    (
        "optimization",
        frozenset(),
        "every candidate ranked above {} is refuted",
        "selected = argmax { score(s) : s admitted }",
    ),
    (
        "guarantees",
        frozenset({"requirement", "budget", "deadline"}),
        "what {} promises keeps the bounds, the budget and the deadline",
        "GuaranteePreservation(selected, r)",
    ),
)


@dataclass(frozen=True, slots=True)
class Proof:
    """A named proof about the selected candidate (Def. 6.1).

    Attributes:
        name: the property, such as ``security``.
        statement: what was shown, in words.
        formal: the same in the notation of the calculus.
        method: how the evidence is verified.
        valid: whether the evidence shows it.
        evidence: positions, of obligations of the selected candidate; for ``optimization`` of candidates.
    """

    name: str
    statement: str
    formal: str
    method: str
    valid: bool
    evidence: tuple[int, ...]

    def json(self) -> dict[str, Json]:
        """The proof as a decision holds it."""
        return {
            "property": self.name,
            "statement": self.statement,
            "formal": self.formal,
            "method": self.method,
            "valid": self.valid,
            "evidence": list(self.evidence),
        }


def proofs_of(selected: Examined, doubtful: Sequence[bool]) -> tuple[Proof, ...]:
    """The six proofs about an admitted candidate (Eq. 1.7).

    Args:
        selected: the candidate, all of whose obligations hold.
        doubtful: for every candidate ranked above it whether it is unknown; all others above are refuted.
    """
    service = selected.contract.service
    shown = f"{json.dumps(service.name)} {service.version}"
    found = []
    for name, kinds, statement, formal in _NAMED:
        own = tuple(i for i, key in enumerate(selected.keys) if key[0] in kinds)
        best = name == "optimization"
        found.append(
            Proof(
                name=name,
                statement=statement.format(shown),
                formal=formal,
                method=_REPLAYED if best else _DIRECT,
                valid=not (best and any(doubtful)),
                evidence=tuple(range(len(doubtful))) if best else own,
            )
        )
    return tuple(found)


def steps(examined: Sequence[Examined]) -> list[tuple[str, int]]:
    """How many candidates pass each filter step and all before it."""
    left = list(examined)
    counts = []
    for name, kinds in STEPS:
        left = [one for one in left if not any(one.keys[i][0] in kinds for i in one.failed)]
        counts.append((name, len(left)))
    return counts
