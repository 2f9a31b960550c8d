"""A numeric bound of a document, and how it is turned.

Every obligation with a numeric bound is monotone in it: what holds under a bound holds under every looser one. A *dial*
is such a bound with its grid, oriented so that turning it forward only ever helps.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction

from caio.ir import terms as t
from caio.obligations.candidate import Question


@dataclass(frozen=True, slots=True)
class Dial:
    """A numeric bound of a document and what may be done with it.

    Attributes:
        owner: the document with the bound: ``request``, ``rule``, ``invariant``, ``constraint``, ``facts`` or
            ``measurements``.
        clause: its path there, ``given`` for a range that the request does not state yet; the name of a field of facts
            or measurements.
        subject: what is bounded, a qualified name, ``cost``, or ``expression`` for the constant of a constraint's.
        relation: how the bound bounds it.
        dimension: the unit of the bound.
        asked: the bound as it is (of an affine bound its constant); None where there is none.
        step: the resolution, in base units.
        rising: whether a greater bound is easier to meet.
        last: the last point of the grid that means something: beyond it the declared range ends.
        width: of the declared range, to compare changes of different quantities with; positive.
        turn: the question with another bound in place of this one.
        guess: where the least bound probably is, by interval arithmetic.
        lowest: the least value that may be stated, where that is a value of a document and no bound.
    """

    owner: str
    clause: str
    subject: str
    relation: str
    dimension: str
    asked: Fraction | None
    step: Fraction
    rising: bool
    last: int
    width: Fraction
    turn: Callable[[Fraction], Question]
    guess: int | None = None
    lowest: Fraction | None = None

    def value(self, point: int) -> Fraction:
        """The bound at a point of the grid; points ascend from strict to loose."""
        return point * self.step if self.rising else -point * self.step

    def at(self, point: int) -> Question:
        """The question with the bound at a point of the grid."""
        return self.turn(self.value(point))


def with_request(question: Question, **changes: object) -> Question:
    """The question with a changed request."""
    # A checker of types cannot know which fields a mapping names; `replace` refuses unknown ones.
    return replace(question, request=replace(question.request, **changes))  # type: ignore[arg-type]


def moved(atom: t.Atom, value: Fraction) -> t.Atom:
    """A requirement with another bound, the constant of an affine one or of an expression."""
    match atom:
        case t.OnMetric() | t.OnCost():
            return replace(atom, bound=t.Affine(value, atom.bound.terms))
        case t.OnQuantity() | t.OnTime():
            return replace(atom, bound=value)
        case t.OnExpression(_, terms):
            return replace(atom, terms=t.Affine(value, terms.terms))
        case _:
            raise ValueError(f"{atom!r} has no numeric bound")
