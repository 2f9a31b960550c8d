"""What is to be executed: a decision, and its admitted candidates in rank order.

``Admission`` is the port through which candidates come. The first one is the decision's winner, each further one the next
that was admitted on evidence of its own; they are asked for one at a time, so that whoever provides them may examine the
next candidate only when it is needed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Protocol

from caio.ir import documents as d
from caio.ir.interpret import Point
from caio.obligations.contract import Contract


class Admission(Protocol):
    """A candidate that the checker has accepted evidence for."""

    @property
    def contract(self) -> Contract:
        """The service with its overlays and its observed state."""
        ...

    @property
    def control(self) -> str:
        """The name of the control signal that it was admitted with, ``none`` if there is none."""
        ...

    @property
    def evidence(self) -> str:
        """The digest of the evidence that the checker accepted for this candidate."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A decision that is to be executed.

    Attributes:
        vocabulary: what the words mean.
        request: what was decided about; its limits are enforced, and nothing is sent that it does not describe.
        rules: the rules, invariants and constraints of the decision: they may say where a request is processed.
        facts: what was known of the caller.
        at: the time that the decision is about, in microseconds UTC.
        decision: the digest of the decision.
        candidates: the winner, then the next admitted ones. Consumed once, from one thread at a time.
    """

    vocabulary: d.Vocabulary
    request: d.Request
    rules: tuple[d.Rule | d.Constraint, ...] = ()
    facts: d.Facts | None = None
    at: int = 0
    decision: str
    candidates: Iterable[Admission]

    def surroundings(self, contract: Contract) -> Point:
        """The part of X that no payload decides: facts, time, and the observed state of a candidate."""
        point: dict[str, d.Value] = {"env.at": Fraction(self.at)}
        if self.facts is not None:
            point |= {f"fact.{name}": value for name, value in self.facts.values}
        if contract.state is not None:
            point |= {f"env.{name}": value for name, value in contract.state.values}
        return point
