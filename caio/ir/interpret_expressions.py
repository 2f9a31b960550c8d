"""Expressions g ≤ 0 of constraints at a concrete point, as ``docs/spec/certificate-v1.md`` section 8 bounds them.

An expression may speak of several metrics at once. Each is bounded on the side of its coefficient alone, by its domain
and by the guarantees whose guard holds, at its declared level; the cost by the cases that hold, from above and from
above only; a numeric attribute is what is stated, or anything at all. What the point says is fixed. A part of the reference
interpreter (``caio.ir.interpret``).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from caio.ir import documents as d
from caio.ir import terms as t
from caio.ir.interpret_contracts import Contract, Outcome, bounds_of
from caio.ir.interpret_formulas import Point, affine_value


@dataclass(frozen=True, slots=True)
class Worst:
    """The supremum of g over everything that the promises allow.

    Attributes:
        value: the supremum; None where g has no bound.
        reached: whether some outcome has it. A strict bound is approached, and never reached.
        possible: whether any outcome is allowed at all; promises may leave the domain none.
    """

    value: Fraction | None
    reached: bool = True
    possible: bool = True

    def breaks(self, relation: t.Relation) -> bool:
        """Whether some allowed outcome breaks g ≤ 0, or g < 0."""
        if not self.possible:
            return False
        if self.value is None or self.value > 0:
            return True
        return self.value == 0 and relation.strict and self.reached


def expression_satisfied(
    atom: t.OnExpression, contract: Contract, point: Point, outcome: Outcome
) -> bool:
    """Whether g is surely at most (or below) 0 for this outcome; what is missing is unknown."""
    total = affine_value(_given(atom.terms), point)
    for name, coefficient in _promised(atom.terms):
        value = _seen(name, contract, outcome)
        if total is None or value is None:
            return False
        total += coefficient * value
    return total is not None and (total < 0 if atom.relation.strict else total <= 0)


def expression_entailed(atom: t.OnExpression, contract: Contract, point: Point) -> bool:
    """Whether the promises entail the expression, each variable at its worst."""
    worst = _worst(atom.terms, contract, point)
    if worst is None or worst.value is None:
        return False
    return not Worst(worst.value, worst.reached).breaks(atom.relation)


def expression_violable(atom: t.OnExpression, contract: Contract, point: Point) -> bool:
    """Whether some outcome that keeps the promises on the side of each coefficient, within D, breaks it."""
    worst = _worst(atom.terms, contract, point)
    return worst is None or worst.breaks(atom.relation)


def _is_promised(name: str) -> bool:
    return name == d.COST or name.startswith(("metric.", "service."))


def _promised(term: t.Affine) -> Iterator[tuple[str, Fraction]]:
    """The variables that a service says something about, with their coefficients."""
    return ((name, value) for name, value in term.terms if _is_promised(name))


def _given(term: t.Affine) -> t.Affine:
    """What is left of an expression where the point decides: the constant and all other variables."""
    return t.Affine(term.constant, tuple(x for x in term.terms if not _is_promised(x[0])))


def _seen(name: str, contract: Contract, outcome: Outcome) -> Fraction | None:
    """What a promised variable turned out to be."""
    if name == d.COST:
        return outcome.cost
    origin, _, rest = name.partition(".")
    found = outcome.metrics.get(rest) if origin == "metric" else contract.attribute(rest)
    return found if isinstance(found, Fraction) else None


def _worst(term: t.Affine, contract: Contract, point: Point) -> Worst | None:
    """The worst that g can be at a point; None where the point does not say what g speaks of."""
    total = affine_value(_given(term), point)
    if total is None:
        return None
    parts = [
        _worst_part(name, coefficient, contract, point) for name, coefficient in _promised(term)
    ]
    if not all(part.possible for part in parts):
        return Worst(None, possible=False)
    for part in parts:
        total = None if total is None or part.value is None else total + part.value
    return Worst(total, reached=all(part.reached for part in parts))


def _worst_part(name: str, coefficient: Fraction, contract: Contract, point: Point) -> Worst:
    """The supremum of coefficient times one promised variable."""
    upper = coefficient > 0
    relation = t.Relation.LE if upper else t.Relation.GE
    if name.startswith("metric."):
        metric = contract.vocabulary.metric(name.removeprefix("metric."))
        about = t.OnMetric(metric.name, relation, t.Affine.of(0), metric.level)
        far = metric.lower if upper else metric.upper
        return _extreme(bounds_of(about, contract, point), coefficient, far)
    if name == d.COST:
        # Nothing bounds a cost from below, and its cases bound it from above where they apply.
        bounds = bounds_of(t.OnCost(relation, t.Affine.of(0)), contract, point) if upper else []
        return _extreme(bounds, coefficient, None)
    stated = contract.attribute(name.removeprefix("service."))
    return Worst(coefficient * stated) if isinstance(stated, Fraction) else Worst(None)


def _extreme(
    bounds: list[tuple[Fraction, bool]], coefficient: Fraction, far: Fraction | None
) -> Worst:
    """The supremum within bounds on one side, where ``far`` is the other end of the domain."""
    if not bounds:
        return Worst(None)
    # Coefficient times bound is an upper bound of the product on either side; strict ones are the tighter.
    value, strict = min(((coefficient * bound, strict) for bound, strict in bounds), key=_tightness)
    if far is None:
        return Worst(value, reached=not strict)
    least = coefficient * far
    possible = least < value or (least == value and not strict)
    return Worst(value, reached=not strict, possible=possible)


def _tightness(bound: tuple[Fraction, bool]) -> tuple[Fraction, bool]:
    return bound[0], not bound[1]
