"""Why one candidate is ranked above another: the terms of the score, in exact integers (``docs/spec/score-v1.md``)."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from caio.analysis.explain.standings import Standing
from caio.landscape.snapshot import Snapshot
from caio.obligations.candidate import Question
from caio.routing.bulk import Scorer


@dataclass(frozen=True, slots=True)
class Term:
    """One term: its weight, and the points that it gives to one candidate and to the other (None: there is no other)."""

    name: str
    weight: Fraction
    value: Fraction
    points: int
    rival: int | None

    @property
    def lead(self) -> int | None:
        """By how many points the one is ahead; negative where it is behind."""
        return None if self.rival is None else self.points - self.rival


@dataclass(frozen=True, slots=True)
class Margin:
    """One candidate against another.

    Attributes:
        ahead: the candidate with the higher score, or the same and the earlier name.
        behind: the other one; None where there is none.
        terms: those of the profile's objective.
    """

    ahead: Standing
    behind: Standing | None
    terms: tuple[Term, ...]

    @property
    def lead(self) -> int | None:
        """The difference of the scores."""
        return None if self.behind is None else self.ahead.score - self.behind.score

    @property
    def decisive(self) -> str | None:
        """The term with the greatest lead; None where no term leads, and the name decides."""
        best: str | None = None
        most = 0
        for term in self.terms:
            if term.lead is not None and term.lead > most:
                best, most = term.name, term.lead
        return best


def margin(
    question: Question,
    snapshot: Snapshot,
    scorer: Scorer,
    ahead: Standing,
    behind: Standing | None,
) -> Margin:
    """How the scores of two candidates of a snapshot compare."""
    scores = scorer.scores(question)
    entries = {contract.service.name: i for i, contract in enumerate(snapshot.contracts)}

    def place(standing: Standing) -> int:
        return scores.place(entries[standing.contract.service.name], standing.contract.control)

    first = place(ahead)
    second = None if behind is None else place(behind)
    units = int(1 / question.profile.resolution)
    found = []
    for name, weight in scores.weights.items():
        values = scores.term(name)
        rival = None if second is None else weight * int(values[second])
        exact = getattr(question.profile.weights, name)
        own = int(values[first])
        found.append(Term(name, exact, Fraction(own, units), weight * own, rival))
    return Margin(ahead, behind, tuple(found))
