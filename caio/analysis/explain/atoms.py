"""The dials of requirements: how far a bound on a metric, on cost, on an attribute or on time can move.

Where a bound probably has to be is guessed by interval arithmetic; nothing is believed of a guess.
"""

from __future__ import annotations

from fractions import Fraction

from caio.analysis.explain.dial import Dial
from caio.analysis.explain.steps import above, below, step_of, step_of_type
from caio.base.errors import InternalError
from caio.ir import documents as d
from caio.ir import terms as t
from caio.obligations.candidate import Question
from caio.obligations.contract import Contract
from caio.routing.box import Box


def _none(_: Fraction) -> Question:
    raise InternalError("a dial of an atom gets its question from what holds the atom")


def of_atom(atom: t.Atom, box: Box, contract: Contract, question: Question) -> Dial | None:
    """The dial of a requirement with a numeric bound."""
    vocabulary, resolution = box.meaning.vocabulary, question.profile.resolution
    match atom:
        case t.OnMetric(name, relation, bound, _):
            metric = vocabulary.metric(name)
            promised = promise_of(atom, contract, box)
            ends = (metric.lower, metric.upper)
            return bounded(
                f"metric.{name}", relation, bound, metric.dimension, ends, promised, box, resolution
            )
        case t.OnCost(relation, bound):
            if vocabulary.cost is None:
                return None
            ends = (Fraction(0), vocabulary.cost.upper)
            promised = _priced(bound, contract, box) if relation.upper else None
            return bounded(
                "cost", relation, bound, vocabulary.cost.dimension, ends, promised, box, resolution
            )
        case t.OnQuantity(name, relation, bound):
            return _quantity(name, relation, bound, contract, box, resolution)
        case t.OnTime(relation, bound):
            end = Fraction(d.INSTANT_MAX if relation.upper else d.INSTANT_MIN)
            now = Fraction(question.at)
            return _constant("env.at", relation, bound, d.InstantType(), now, end, resolution)
        case _:
            return None


def bounded(
    subject: str,
    relation: t.Relation,
    bound: t.Affine,
    dimension: str,
    ends: tuple[Fraction, Fraction],
    promised: Fraction | None,
    box: Box,
    resolution: Fraction,
) -> Dial | None:
    """The dial of the constant of an affine bound.

    A bound on a metric means something only inside the declared range: at its end everybody meets it. Cost has no range
    that anybody is held to; its declared worst is where the search ends.
    """
    slope = t.Affine(Fraction(0), bound.terms)
    nearest = box.minimum(slope) if relation.upper else box.maximum(slope)
    if nearest is None:
        return None
    width = ends[1] - ends[0] or Fraction(1)
    step = step_of(ends[1] - ends[0], resolution)
    end = (ends[1] if relation.upper else -ends[0]) - (nearest if relation.upper else -nearest)
    last = below(end, step) if subject == "cost" else above(end, step) - 1
    guess = None
    if promised is not None:
        guess = above(promised if relation.upper else -promised, step)
    return Dial(
        "request",
        "",
        subject,
        relation.value,
        dimension,
        bound.constant,
        step,
        relation.upper,
        last,
        width,
        _none,
        guess,
    )


def promise_of(atom: t.OnMetric, contract: Contract, box: Box) -> Fraction | None:
    """What the constant of the bound would have to be for one promise to do, by interval arithmetic: a hint."""
    slope = t.Affine(Fraction(0), atom.bound.terms)
    upper = atom.relation.upper
    found = []
    for g in contract.bounding(atom.metric, upper=upper):
        if atom.level is not None and g.level is not None and g.level < atom.level:
            continue
        if box.truth(g.when) is True:
            rest = g.bound.plus(slope, -1)
            found.append(box.maximum(rest) if upper else box.minimum(rest))
    known = [value for value in found if value is not None]
    return (min(known) if upper else max(known)) if known else None


def _priced(bound: t.Affine, contract: Contract, box: Box) -> Fraction | None:
    """What a bound on the cost would have to be, by interval arithmetic: a hint."""
    slope = t.Affine(Fraction(0), bound.terms)
    found = [
        box.maximum(case.amount.plus(slope, -1))
        for case in contract.service.cost
        if box.truth(case.when) is not False
    ]
    known = [value for value in found if value is not None]
    return max(known) if known and len(known) == len(found) else None


def _quantity(
    name: str,
    relation: t.Relation,
    bound: Fraction,
    contract: Contract,
    box: Box,
    resolution: Fraction,
) -> Dial | None:
    kind = box.meaning.vocabulary.attribute(name).type
    stated = contract.attributes.get(name)
    end: Fraction | None = None
    if isinstance(kind, d.IntType | d.RationalType):
        declared = kind.upper if relation.upper else kind.lower
        end = None if declared is None else Fraction(declared)
    elif isinstance(kind, d.InstantType):
        end = Fraction(d.INSTANT_MAX if relation.upper else d.INSTANT_MIN)
    known = stated if isinstance(stated, Fraction) else None
    if end is None:
        # Without a declared end, what is stated is as far as one need look.
        end = known if known is not None else bound
    return _constant(f"service.{name}", relation, bound, kind, known, end, resolution)


def _constant(
    subject: str,
    relation: t.Relation,
    bound: Fraction,
    kind: d.Type,
    known: Fraction | None,
    end: Fraction,
    resolution: Fraction,
) -> Dial:
    """The dial of a bound on something whose value is a constant."""
    sign = 1 if relation.upper else -1
    step = step_of_type(kind, bound, resolution)
    width = Fraction(1)
    if isinstance(kind, d.IntType | d.RationalType) and None not in (kind.lower, kind.upper):
        width = Fraction(kind.upper or 0) - Fraction(kind.lower or 0) or width
    elif isinstance(kind, d.InstantType):
        width = Fraction(86_400_000_000)
    last = below(sign * end, step)
    guess = None
    if known is not None:
        # A strict bound has to go one step beyond the value, and a value between two steps to the next one.
        guess = above(sign * known, step)
        last = max(last, guess + 1)
    return Dial(
        "request",
        "",
        subject,
        relation.value,
        getattr(kind, "dimension", "instant"),
        bound,
        step,
        relation.upper,
        last,
        width,
        _none,
        guess,
    )
