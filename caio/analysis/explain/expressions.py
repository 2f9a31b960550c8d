"""The dials of g <= 0 (Eq. 1.1): how far an expression of a constraint, or what was measured, would have to move.

Two numbers may decide such an obligation, and nobody's request is among them:

- where the expression speaks of exactly one measured field, and the condition does not, the end of its interval that
  counts: what the field would have to have been at most, or at least. Measuring alone changes it;
- otherwise the constant of the expression, which is the operator's.

An expression over an attribute that a service does not state has no bound above that a constant could outweigh.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction

from caio.analysis.explain.atoms import promise_of
from caio.analysis.explain.dial import Dial, moved
from caio.analysis.explain.steps import above, below, step_of, step_of_type
from caio.ir import documents as d
from caio.ir import terms as t
from caio.obligations.candidate import Question
from caio.obligations.contract import Contract
from caio.routing.box import Box, Interval


def of_expression(
    constraint: d.Constraint, index: int, question: Question, contract: Contract, box: Box
) -> Iterator[Dial]:
    """The dial of an action of a constraint; none where it is no expression, or no number decides."""
    atom = constraint.then[index]
    if not isinstance(atom, t.OnExpression):
        return
    supposed = _measured(constraint, atom, question, contract, box)
    if supposed is not None:
        yield supposed
        return
    dial = _constant(constraint, index, atom, question, contract, box)
    if dial is not None:
        yield dial


def _measured(
    constraint: d.Constraint,
    atom: t.OnExpression,
    question: Question,
    contract: Contract,
    box: Box,
) -> Dial | None:
    """What the one measured field would have to be."""
    document = question.measurements
    mine = [item for item in atom.terms.terms if item[0].startswith("measured.")]
    if document is None or len(mine) != 1:
        return None
    ((name, factor),) = mine
    field = name.removeprefix("measured.")
    kind = question.vocabulary.field(name).type
    interval = dict(document.intervals).get(field)
    if interval is None or name in t.variables_of(constraint.when):
        # Under a condition about the field itself, less of it might break what more of it keeps.
        return None
    if not isinstance(kind, d.IntType | d.RationalType) or kind.lower is None or kind.upper is None:
        return None
    low, high = interval
    rising = factor < 0
    others = tuple(item for item in document.intervals if item[0] != field)

    def turn(value: Fraction) -> Question:
        ends = (value, max(high, value)) if rising else (min(low, value), value)
        intervals = tuple(sorted((*others, (field, ends))))
        return replace(question, measurements=replace(document, intervals=intervals))

    step = step_of_type(kind, Fraction(kind.upper - kind.lower), question.profile.resolution)
    rest = _most(atom.terms.plus(t.Affine.of(0, {name: factor}), -1), question, contract, box)
    guess = None
    if rest is not None:
        end = -rest / factor
        guess = above(end if rising else -end, step)
    return Dial(
        owner="measurements",
        clause=field,
        subject=name,
        relation=">=" if rising else "<=",
        dimension=kind.dimension,
        asked=low if rising else high,
        step=step,
        rising=rising,
        last=below(Fraction(kind.upper) if rising else -Fraction(kind.lower), step),
        width=Fraction(kind.upper - kind.lower) or Fraction(1),
        turn=turn,
        guess=guess,
    )


def _constant(
    constraint: d.Constraint,
    index: int,
    atom: t.OnExpression,
    question: Question,
    contract: Contract,
    box: Box,
) -> Dial | None:
    """How much less than it is the expression's constant would have to be."""
    slope = t.Affine(Fraction(0), atom.terms.terms)
    highest = _most(slope, question, contract, box, promised=False)
    if highest is None:
        return None
    lowest = _most(slope.times(-1), question, contract, box, promised=False)
    width = Fraction(1) if lowest is None else highest + lowest or Fraction(1)
    step = step_of(width, question.profile.resolution)
    worst = _most(slope, question, contract, box)
    kind = question.vocabulary.field(t.counted(slope.terms[0][0]) or slope.terms[0][0]).type

    def turn(value: Fraction) -> Question:
        atoms = list(constraint.then)
        atoms[index] = moved(atom, value)
        changed = replace(constraint, then=tuple(atoms))
        those = tuple(changed if one is constraint else one for one in question.constraints)
        return replace(question, constraints=those)

    return Dial(
        owner="constraint",
        clause=f"then[{index}]",
        subject="expression",
        relation=atom.relation.value,
        dimension=getattr(kind, "dimension", "1"),
        asked=atom.terms.constant,
        step=step,
        rising=False,
        # One step beyond the highest value, which a strict relation does not allow.
        last=above(highest, step) + 1,
        width=width,
        turn=turn,
        guess=None if worst is None else above(worst, step),
    )


def _most(
    terms: t.Affine, question: Question, contract: Contract, box: Box, *, promised: bool = True
) -> Fraction | None:
    """The most that an expression may be, by interval arithmetic; None where nothing bounds it.

    Args:
        terms: the expression.
        question: what is asked.
        contract: of whom.
        box: of everything that the request describes.
        promised: whether what the contract promises counts, or declared ranges alone.
    """
    found = terms.constant
    for name, factor in terms.terms:
        known: Fraction | None = None
        if promised and name.startswith("metric."):
            known = _promised(name, contract, question, box, upper=factor > 0)
        if known is None:
            low, high = _range(name, question, contract, box)
            known = high if factor > 0 else low
        if known is None:
            return None
        found += factor * known
    return found


def _promised(
    name: str, contract: Contract, question: Question, box: Box, *, upper: bool
) -> Fraction | None:
    metric = question.vocabulary.metric(name.removeprefix("metric."))
    relation = t.Relation.LE if upper else t.Relation.GE
    atom = t.OnMetric(metric.name, relation, t.Affine(Fraction(0)), metric.level)
    return promise_of(atom, contract, box)


def _range(name: str, question: Question, contract: Contract, box: Box) -> Interval:
    """What a variable of an expression may be."""
    origin, _, field = name.partition(".")
    if origin == "service":
        stated = contract.attributes.get(field)
        value = stated if isinstance(stated, Fraction) else None
        return value, value
    if origin == "measured" and question.measurements is not None:
        interval = dict(question.measurements.intervals).get(field)
        if interval is not None:
            return interval
    if name == d.COST:
        cost = question.vocabulary.cost
        return None, None if cost is None else cost.upper
    scope = box.meaning.scope
    parts, _ = box.meaning.affine(t.Affine.of(0, {name: Fraction(1)}))
    ends = [box.intervals.get(part, (scope[part].lower, scope[part].upper)) for part in parts]
    lows, highs = [low for low, _ in ends if low is not None], [h for _, h in ends if h is not None]
    return (
        sum(lows, Fraction(0)) if len(lows) == len(ends) else None,
        sum(highs, Fraction(0)) if len(highs) == len(ends) else None,
    )
