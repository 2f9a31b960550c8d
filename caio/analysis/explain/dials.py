"""The numbers behind obligations: which bound of which document decides, and in which direction it loosens.

Every obligation with a numeric bound is monotone in it: what holds under a bound holds under every looser one. A *dial*
is such a bound with its grid, oriented so that turning it forward only ever helps.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction

from caio.analysis.explain.steps import above, below, step_of, step_of_type
from caio.ir import documents as d
from caio.ir import terms as t
from caio.obligations.candidate import Key, Question
from caio.obligations.contract import Contract
from caio.obligations.meaning import Meaning
from caio.routing.box import Box, box_of


@dataclass(frozen=True, slots=True)
class Dial:
    """A numeric bound of a document and what may be done with it.

    Attributes:
        owner: the document with the bound: ``request``, ``rule``, ``invariant`` or ``facts``.
        clause: its path there, ``given`` for a range that the request does not state yet.
        subject: what is bounded, a qualified name or ``cost``.
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


def open_box(question: Question, meaning: Meaning, state: d.State | None) -> Box:
    """The box of everything a request describes, which its nominal point is not."""
    request = replace(question.request, nominal=None)
    return box_of(replace(question, request=request), meaning).observed(state)


def dials(question: Question, contract: Contract, key: Key, box: Box) -> Iterator[Dial]:
    """The dials of an obligation: none where no number decides, several where a range can be cut in several ways.

    Args:
        question: what is asked.
        contract: of whom.
        key: of the obligation.
        box: of everything that the request describes (``open_box``).
    """
    request, resolution, meaning = question.request, question.profile.resolution, box.meaning
    match key:
        case ("requirement", int(i)):
            dial = _of_atom(request.ensure[i], box, contract, question)
            if dial is not None:
                yield replace(dial, clause=f"ensure[{i}]", turn=lambda v: _ensure(question, i, v))
        case ("rule" | "invariant" as kind, str(name), int(i)):
            rule = next(rule for rule in question.policy if rule.name == name)
            dial = _of_atom(rule.then[i], box, contract, question)
            if dial is not None:
                yield replace(
                    dial,
                    owner=kind,
                    clause=f"then[{i}]",
                    turn=lambda v: _then(question, rule, i, v),
                )
        case ("budget", int()):
            vocabulary = meaning.vocabulary
            if request.budget is not None and vocabulary.cost is not None:
                atom = t.OnCost(t.Relation.LE, t.Affine(request.budget))
                dial = _of_atom(atom, box, contract, question)
                if dial is not None:
                    yield replace(
                        dial,
                        clause="budget",
                        turn=lambda v: with_request(question, budget=v),
                    )
        case ("deadline",):
            yield from _deadline(question, contract, box)
        case ("trust",):
            yield from _trust(question, contract, meaning, resolution)
        case ("assumption", int(i)):
            formula = contract.service.assumes[i]
            for variable in sorted(set(t.variables_of(formula))):
                yield from caps(variable, question, box, meaning)


def with_request(question: Question, **changes: object) -> Question:
    """The question with a changed request."""
    return replace(question, request=replace(question.request, **changes))  # type: ignore[arg-type]


def caps(variable: str, question: Question, box: Box, meaning: Meaning) -> Iterator[Dial]:
    """The two ways to cut a request's range of a numeric variable: from above, from below."""
    if not variable.startswith("request.") or variable not in meaning.scope:
        return
    kind = meaning.vocabulary.field(variable).type
    if not isinstance(kind, d.IntType | d.RationalType | d.InstantType):
        return
    low, high = box.intervals[variable]
    if low is None or high is None or low > high:
        return
    step = step_of_type(kind, high - low, question.profile.resolution)
    name = {variable: Fraction(1)}
    given = question.request.given
    dimension = getattr(kind, "dimension", "instant")
    for rising in (False, True):
        sign = -1 if rising else 1

        def turn(value: Fraction, sign: int = sign) -> Question:
            term = t.Affine.of(-value, name).times(sign)
            return with_request(question, given=(*given, t.Compare(t.Comparison.LE, term)))

        yield Dial(
            owner="request",
            clause="given",
            subject=variable,
            relation=">=" if rising else "<=",
            dimension=dimension,
            asked=low if rising else high,
            step=step,
            rising=rising,
            last=below(high, step) if rising else below(-low, step),
            width=(high - low) or Fraction(1),
            turn=turn,
        )


def _none(_: Fraction) -> Question:
    raise NotImplementedError("a dial of an atom gets its question from what holds the atom")


def _of_atom(atom: t.Atom, box: Box, contract: Contract, question: Question) -> Dial | None:
    """The dial of a requirement with a numeric bound."""
    vocabulary, resolution = box.meaning.vocabulary, question.profile.resolution
    match atom:
        case t.OnMetric(name, relation, bound, _):
            metric = vocabulary.metric(name)
            promised = _promised(atom, contract, box)
            ends = (metric.lower, metric.upper)
            return _affine(
                f"metric.{name}", relation, bound, metric.dimension, ends, promised, box, resolution
            )
        case t.OnCost(relation, bound):
            if vocabulary.cost is None:
                return None
            ends = (Fraction(0), vocabulary.cost.upper)
            promised = _priced(bound, contract, box) if relation.upper else None
            return _affine(
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


def _affine(
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


def _promised(atom: t.OnMetric, contract: Contract, box: Box) -> Fraction | None:
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


def _deadline(question: Question, contract: Contract, box: Box) -> Iterator[Dial]:
    vocabulary, deadline = question.vocabulary, question.request.deadline
    metric = next((m for m in vocabulary.metrics if m.role == "latency"), None)
    if metric is None or deadline is None:
        return
    allowance = question.profile.limits.routing_allowance
    atom = t.OnMetric(metric.name, t.Relation.LE, t.Affine(deadline), metric.level)
    promised = _promised(atom, contract, box)
    dial = _affine(
        f"metric.{metric.name}",
        t.Relation.LE,
        t.Affine(deadline),
        metric.dimension,
        (metric.lower + allowance, metric.upper + allowance),
        None if promised is None else promised + allowance,
        box,
        question.profile.resolution,
    )
    if dial is not None:
        yield replace(dial, clause="deadline", turn=lambda v: with_request(question, deadline=v))


def _trust(
    question: Question, contract: Contract, meaning: Meaning, resolution: Fraction
) -> Iterator[Dial]:
    """How far the caller would have to be trusted: a number in the facts, and nobody's wish."""
    facts, field = question.facts, meaning.vocabulary.with_role("fact", "trust")
    if facts is None or field is None or not isinstance(field.type, d.IntType | d.RationalType):
        return
    low, high = field.type.lower, field.type.upper
    if low is None or high is None:
        return
    values = {name: value for name, value in facts.values if name != field.name}
    asked = dict(facts.values).get(field.name)

    def turn(value: Fraction) -> Question:
        stated = tuple(sorted({**values, field.name: value}.items()))
        return replace(question, facts=replace(facts, values=stated))

    step = step_of_type(field.type, Fraction(high - low), resolution)
    demanded = contract.service.permits.trust
    yield Dial(
        owner="facts",
        clause=field.name,
        subject=f"fact.{field.name}",
        relation=">=",
        dimension=field.type.dimension,
        asked=asked if isinstance(asked, Fraction) else None,
        step=step,
        rising=True,
        last=below(Fraction(high), step),
        width=Fraction(high - low) or Fraction(1),
        turn=turn,
        guess=None if demanded is None else above(demanded, step),
        lowest=Fraction(low),
    )


def _ensure(question: Question, index: int, value: Fraction) -> Question:
    atoms = list(question.request.ensure)
    atoms[index] = moved(atoms[index], value)
    return with_request(question, ensure=tuple(atoms))


def _then(question: Question, rule: d.Rule, index: int, value: Fraction) -> Question:
    atoms = list(rule.then)
    atoms[index] = moved(atoms[index], value)
    changed = replace(rule, then=tuple(atoms))
    policy = tuple(changed if one is rule else one for one in question.policy)
    return replace(question, policy=policy)


def moved(atom: t.Atom, value: Fraction) -> t.Atom:
    """A requirement with another bound, the constant of an affine one."""
    match atom:
        case t.OnMetric() | t.OnCost():
            return replace(atom, bound=t.Affine(value, atom.bound.terms))
        case t.OnQuantity() | t.OnTime():
            return replace(atom, bound=value)
        case _:
            raise ValueError(f"{atom!r} has no numeric bound")
