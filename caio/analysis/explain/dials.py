"""The numbers behind obligations: which bound of which document decides, and in which direction it loosens."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction

from caio.analysis.explain.atoms import bounded, of_atom, promise_of
from caio.analysis.explain.dial import Dial, moved, with_request
from caio.analysis.explain.expressions import of_expression
from caio.analysis.explain.steps import above, below, step_of_type
from caio.ir import documents as d
from caio.ir import terms as t
from caio.obligations.candidate import Key, Question
from caio.obligations.contract import Contract
from caio.obligations.meaning import Meaning
from caio.routing.box import Box, box_of


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
            dial = of_atom(request.ensure[i], box, contract, question)
            if dial is not None:
                yield replace(dial, clause=f"ensure[{i}]", turn=lambda v: _ensure(question, i, v))
        case ("rule" | "invariant" as kind, str(name), int(i)):
            rule = next(rule for rule in question.policy if rule.name == name)
            dial = of_atom(rule.then[i], box, contract, question)
            if dial is not None:
                yield replace(
                    dial,
                    owner=kind,
                    clause=f"then[{i}]",
                    turn=lambda v: _then(question, rule, i, v),
                )
        case ("safety" | "policy" | "traits" as subject, str(name), int(i)):
            wanted = (subject, name)
            constraint = next(one for one in question.constraints if (one.of, one.name) == wanted)
            yield from of_expression(constraint, i, question, contract, box)
        case ("budget", int()):
            vocabulary = meaning.vocabulary
            if request.budget is not None and vocabulary.cost is not None:
                atom = t.OnCost(t.Relation.LE, t.Affine(request.budget))
                dial = of_atom(atom, box, contract, question)
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


def _deadline(question: Question, contract: Contract, box: Box) -> Iterator[Dial]:
    vocabulary, deadline = question.vocabulary, question.request.deadline
    metric = next((m for m in vocabulary.metrics if m.role == "latency"), None)
    if metric is None or deadline is None:
        return
    allowance = question.profile.limits.routing_allowance
    atom = t.OnMetric(metric.name, t.Relation.LE, t.Affine(deadline), metric.level)
    promised = promise_of(atom, contract, box)
    dial = bounded(
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
        # What is only supposed of a caller is attested by nobody.
        supposed = replace(facts, origin="asserted", values=stated)
        return replace(question, facts=supposed, attestation=None)

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
