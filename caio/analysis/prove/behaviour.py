"""What services may do where an action of a rule does not follow: their behaviour, and the requests, as text.

Attributes are told value by value, so that each value stands with the requests for which it is allowed; of a metric, the cost
or an expression, what breaks the action is its negation. Regions are of calls: for each request in one, some service that
meets the premises behaves so.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Final

from caio.analysis.prove.outcome import Study
from caio.analysis.prove.words import shown
from caio.analysis.witness.conditions import describe
from caio.analysis.witness.minimal import Point, minimal
from caio.analysis.witness.regions import cover, formula_of
from caio.analysis.witness.restrict import substituted
from caio.base.errors import InputError
from caio.certify.prover import Model
from caio.ir import documents as d
from caio.ir import terms as t
from caio.obligations.asked import Asked
from caio.obligations.clauses import clause_form
from caio.obligations.formula import Formula, conjunction, member
from caio.obligations.meaning import ABSENT, Meaning
from caio.syntax.text import quote_name

MOST_REGIONS: Final = 8
"""How many regions are told for each behaviour; whether there are more is said."""
MOST_VALUES: Final = 256
"""The most values of an attribute that are told one by one."""

_OPPOSITE: Final = {
    t.Relation.LE: t.Relation.GT,
    t.Relation.LT: t.Relation.GE,
    t.Relation.GE: t.Relation.LT,
    t.Relation.GT: t.Relation.LE,
}


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a difference.

    Attributes:
        behaviour: what a service does, as text.
        region: the requests, as a condition; ``always`` for all, empty where they have no description.
        point: a minimal request with what the service does.
    """

    behaviour: str
    region: str
    point: Point


def parts_of(
    asked: Asked, atom: t.Atom, witness: Mapping[str, Fraction], study: Study
) -> tuple[list[Part], bool]:
    """The parts of what refutes an obligation ``implied``, and whether there is more than they tell.

    Args:
        asked: the obligation.
        atom: the action that does not follow.
        witness: a model of its block.
        study: whose prover is asked.

    Raises:
        SolverError: the solver could not do its work.
    """
    found: list[Part] = []
    more = False
    for text, block in _behaviours(asked, atom, study.meaning):
        regions, rest = _regions(block, asked, study)
        more = more or rest
        found += (Part(text, region, point) for region, point in regions)
    if not found:
        point = minimal(
            asked.block,
            Model(witness),
            study.prover,
            study.meaning,
            scope=asked.scope,
            budget=study.effort,
        )
        found = [Part(_against(atom, study.world.vocabulary), "", point)]
    return found, more


def _regions(
    block: Sequence[Formula], asked: Asked, study: Study
) -> tuple[list[tuple[str, Point]], bool]:
    prover, meaning, effort = study.prover, study.meaning, study.effort
    model = prover.decide(clause_form([tuple(block)], asked.scope), budget=study.budget)
    if not isinstance(model, Model):
        return [], False
    try:
        regions = cover(block, prover, meaning, scope=asked.scope, most=MOST_REGIONS, budget=effort)
        told = [(describe(part, meaning), part) for part in regions.cubes]
    except InputError:
        point = minimal(block, model, prover, meaning, scope=asked.scope, budget=effort)
        return [("", point)], False
    found = []
    for text, part in told:
        inside = (*block, formula_of(part, meaning))
        there = prover.decide(clause_form([inside], asked.scope), budget=study.budget)
        if isinstance(there, Model):
            point = minimal(inside, there, prover, meaning, scope=asked.scope, budget=effort)
            found.append((text, point))
    return found, not regions.complete


def _behaviours(
    asked: Asked, atom: t.Atom, meaning: Meaning
) -> Iterator[tuple[str, tuple[Formula, ...]]]:
    """What a service may do against an action, with the block of each: values of an attribute that make the same block."""
    vocabulary = meaning.vocabulary
    name = f"service.{atom.attribute}" if isinstance(atom, t.OnAttribute) else ""
    values = _domain(name, vocabulary) if name else {}
    if not values or len(values) > MOST_VALUES:
        yield _against(atom, vocabulary), asked.block
        return
    groups: dict[Formula, list[int]] = {}
    whole = conjunction(asked.block)
    for number in values:
        rest = substituted(whole, {name: Fraction(number)}, asked.scope)
        if rest is not False:
            groups.setdefault(rest, []).append(number)
    for numbers in groups.values():
        stated = [values[number] for number in numbers if number != ABSENT]
        texts = []
        if len(stated) == 1:
            texts.append(f"{name} == {stated[0]}")
        elif stated:
            texts.append(f"{name} in {{ {', '.join(stated)} }}")
        if ABSENT in numbers:
            texts.append("not stated" if texts else f"{name} not stated")
        yield " or ".join(texts), (*asked.block, member(name, numbers, asked.scope))


def _domain(name: str, vocabulary: d.Vocabulary) -> dict[int, str]:
    """The values of an enumeration or Boolean attribute as text, by number; none where it is a number itself."""
    kind = vocabulary.field(name).type
    if isinstance(kind, d.EnumType):
        members = vocabulary.enum(kind.enum).names()
        return {**{i: quote_name(one) for i, one in enumerate(members)}, ABSENT: ""}
    if isinstance(kind, d.BoolType):
        return {0: "false", 1: "true", ABSENT: ""}
    return {}


def _against(atom: t.Atom, vocabulary: d.Vocabulary) -> str:
    """The negation of an action as text."""
    match atom:
        case t.OnMetric() | t.OnCost() | t.OnQuantity() | t.OnTime():
            return shown(replace(atom, relation=_OPPOSITE[atom.relation]), vocabulary)
        case t.OnCapability():
            return shown(replace(atom, provided=not atom.provided), vocabulary)
        case t.OnExpression(relation, terms):
            strict = t.Relation.LE if relation.strict else t.Relation.LT
            return shown(t.OnExpression(strict, terms.times(-1)), vocabulary)
        case t.OnAttribute():
            return f"not ({shown(atom, vocabulary)})"
