"""Worlds with controls, measurements and constraints, for explanations: small enough for the oracle."""

from dataclasses import replace
from fractions import Fraction
from random import Random

from caio.ir import documents as d
from caio.ir import terms as t
from caio.landscape.snapshot import Snapshot
from caio.obligations.contract import Contract
from tests.differential.measuring import measured
from tests.differential.worlds import World

MOST = 6
MOOD, GRADE = "mood", "grade"


def steered(world: World) -> World:
    """The world of the same seed with a measured field, an attribute to hold it against, and constraints on all of it."""
    rng, question = Random(world.seed), world.question
    kind = d.IntType("1", 0, MOST)
    vocabulary = replace(
        question.vocabulary,
        measured=(d.Field(MOOD, kind),),
        attributes=(*question.vocabulary.attributes, d.Field(GRADE, kind)),
    )
    contracts = tuple(_graded(rng, contract) for contract in world.snapshot.contracts)
    changed = replace(
        world,
        question=replace(question, vocabulary=vocabulary, constraints=()),
        snapshot=Snapshot(vocabulary, contracts),
    )
    found = measured(changed)
    question = found.question
    low = rng.randint(0, MOST)
    interval = (Fraction(low), Fraction(rng.randint(low, MOST)))
    if question.measurements is not None and rng.random() < 0.9:
        document = replace(question.measurements, intervals=((MOOD, interval),))
        question = replace(question, measurements=document)
    of = list(d.SUBJECTS)
    constraints = [
        d.Constraint(
            question.request.vocabulary,
            f"c{number}",
            rng.choice(of),
            _condition(rng, question.vocabulary),
            tuple(_action(rng, question.vocabulary) for _ in range(rng.choice([1, 1, 2]))),
        )
        for number in range(rng.randint(0, 2))
    ]
    ordered = sorted(constraints, key=lambda one: (of.index(one.of), one.name))
    return replace(found, question=replace(question, constraints=tuple(ordered)))


def _graded(rng: Random, contract: Contract) -> Contract:
    """A contract that mostly states its grade."""
    if rng.random() < 0.25:
        return contract
    grade = (GRADE, Fraction(rng.randint(0, MOST)))
    attributes = tuple(sorted((*contract.service.attributes, grade)))
    return replace(contract, service=replace(contract.service, attributes=attributes))


def _condition(rng: Random, vocabulary: d.Vocabulary) -> t.Formula:
    """Always, or under a route, or under a control."""
    conditions: list[t.Formula] = [
        t.TRUE,
        t.TRUE,
        t.In(d.CHOICE_ROUTE, ("internal", "external")),
    ]
    if vocabulary.controls:
        chosen = t.In(d.CHOICE_CONTROL, vocabulary.controls[:1])
        conditions += [chosen, t.Not(chosen)]
    return rng.choice(conditions)


def _action(rng: Random, vocabulary: d.Vocabulary) -> t.OnExpression:
    """An expression over what was measured, an attribute, a metric or the cost."""
    factor = Fraction(rng.choice([1, 1, 2]), rng.choice([1, 3]))
    mood = {f"measured.{MOOD}": factor * rng.choice([1, 1, -1])}
    grade = {f"service.{GRADE}": -factor}
    metric = rng.choice(vocabulary.metrics)
    upper = metric.better == "lower"
    share = metric.lower + (metric.upper - metric.lower) * Fraction(rng.randint(1, 99), 100)
    promised = {f"metric.{metric.name}": Fraction(1 if upper else -1)}
    bounds: list[t.Affine] = [
        t.Affine.of(rng.randint(-2, 2), {**mood, **grade}),
        t.Affine.of(Fraction(-rng.randint(0, 3 * MOST), 2), mood),
        t.Affine.of(-share if upper else share, promised),
        t.Affine.of(-share if upper else share, {**promised, **mood}),
    ]
    if vocabulary.cost is not None:
        worst = vocabulary.cost.upper * Fraction(rng.randint(1, 99), 997)
        bounds.append(t.Affine.of(-worst, {"cost": Fraction(1)}))
    relation = rng.choice([t.Relation.LE, t.Relation.LE, t.Relation.LT])
    return t.OnExpression(relation, rng.choice(bounds))
