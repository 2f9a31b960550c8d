"""Changes of a caller's own clauses: a bound that is loosened, a range that is cut, a clause that is dropped."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import Enum
from fractions import Fraction

from caio.analysis.explain.dial import moved
from caio.analysis.explain.least import Least
from caio.ir import terms as t
from caio.obligations.candidate import Key, Question


class Kind(Enum):
    """What is done with a clause."""

    LOOSEN = "loosen"
    """Its bound moves."""
    NARROW = "narrow"
    """The request describes fewer calls than before."""
    DROP = "drop"
    """It is given up, for no bound would help."""


@dataclass(frozen=True, slots=True)
class Change:
    """One clause of a request, changed.

    Attributes:
        kind: what is done.
        clause: the path of the clause, ``given`` for a range that is cut.
        key: the obligation that demands it, by the indices of the unchanged request.
        least: the bound it moves to, with the evidence for it; None where no number decides.
        condition: what is added to the given, of a range that is cut.
    """

    kind: Kind
    clause: str
    key: Key
    least: Least | None = None
    condition: t.Formula | None = None

    @property
    def amount(self) -> Fraction:
        """How much is given up, as a share of the declared range; 1 for a clause that is dropped."""
        if self.kind is Kind.DROP or self.least is None:
            return Fraction(1)
        return self.least.share

    def tighter(self) -> Change:
        """The same change one step less, which does not suffice."""
        if self.least is None or self.least.refuted is None:
            raise ValueError("only a bound with a step below it can be tightened")
        condition = None if self.condition is None else cut(self.least, self.least.refuted)
        least = replace(self.least, bound=self.least.refuted, refuted=None)
        kind = Kind.LOOSEN if self.kind is Kind.DROP else self.kind
        return replace(self, kind=kind, least=least, condition=condition)


def cut(least: Least, value: Fraction) -> t.Formula:
    """The range that is left when a variable of a request is bounded by a value."""
    sign = -1 if least.dial.rising else 1
    term = t.Affine.of(-value, {least.dial.subject: Fraction(1)}).times(sign)
    return t.Compare(t.Comparison.LE, term)


def loosened(clause: str, key: Key, least: Least) -> Change:
    """A clause whose bound moves to the least that suffices, or that is dropped where none does."""
    return Change(Kind.DROP if least.bound is None else Kind.LOOSEN, clause, key, least)


def apply(question: Question, changes: Iterable[Change]) -> Question:
    """The question with a changed request. Ranges that are cut come after all that is given already."""
    request = question.request
    ensure: dict[int, t.Atom] = dict(enumerate(request.ensure))
    needs = dict(enumerate(request.needs))
    given = list(request.given)
    numbers: dict[str, Fraction | None] = {
        "budget": request.budget,
        "deadline": request.deadline,
    }
    for change in changes:
        index = change.key[-1] if isinstance(change.key[-1], int) else 0
        bound = None if change.least is None else change.least.bound
        match str(change.key[0]):
            case "requirement":
                if bound is None:
                    del ensure[index]
                else:
                    ensure[index] = moved(ensure[index], bound)
            case "capability":
                del needs[index]
            case "assumption" if change.condition is not None:
                given.append(change.condition)
            case _:
                numbers[change.clause] = bound
    changed = replace(
        request,
        needs=tuple(needs.values()),
        given=tuple(given),
        ensure=tuple(ensure.values()),
        budget=numbers["budget"],
        deadline=numbers["deadline"],
    )
    return replace(question, request=changed)
