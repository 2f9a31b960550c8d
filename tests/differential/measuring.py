"""Worlds with control signals and measurements, chosen among by Eq. 1.1."""

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from random import Random
from typing import TypeVar

from caio.ir import documents as d
from caio.ir.encode import document_digest
from caio.landscape.snapshot import Snapshot
from caio.obligations.contract import Contract
from tests.differential.worlds import World

CONTROLS = ("soft", "boost", "Zoom", "éclat")
"""Control signals, not in the order of code points."""

_Document = TypeVar(
    "_Document",
    d.Service,
    d.Overlay,
    d.State,
    d.Rule,
    d.Constraint,
    d.Request,
    d.Profile,
    d.Facts,
)


def measured(world: World) -> World:
    """The world of the same seed with controls in its vocabulary, some of them in its profile, and measured fields."""
    rng = Random(world.seed)
    vocabulary = replace(
        world.question.vocabulary, controls=CONTROLS[: rng.choice([0, 1, 3, len(CONTROLS)])]
    )
    digest = document_digest(vocabulary)

    def moved(document: _Document) -> _Document:
        return replace(document, vocabulary=digest)

    def contract(found: Contract) -> Contract:
        return Contract(
            moved(found.service),
            tuple(moved(overlay) for overlay in found.overlays),
            None if found.state is None else moved(found.state),
        )

    question = world.question
    profile = replace(
        moved(question.profile),
        weights=_weights(rng),
        controls=tuple(
            d.Control(name, Fraction(rng.randint(0, 8), 4), Fraction(rng.randint(0, 4), 4))
            for name in vocabulary.controls
            if rng.random() < 0.7
        ),
    )
    contracts = tuple(contract(found) for found in world.snapshot.contracts)
    names = [found.service.name for found in contracts]
    return World(
        world.seed,
        replace(
            question,
            vocabulary=vocabulary,
            request=moved(question.request),
            policy=tuple(moved(rule) for rule in question.policy),
            profile=profile,
            facts=None if question.facts is None else moved(question.facts),
            constraints=tuple(moved(constraint) for constraint in question.constraints),
            measurements=measurements(rng, digest, vocabulary.controls, names, profile.resolution),
        ),
        Snapshot(vocabulary, contracts),
    )


def measurements(
    rng: Random,
    vocabulary: str,
    controls: Sequence[str],
    services: Sequence[str],
    resolution: Fraction,
) -> d.Measurements:
    """Measurements under most controls, of most services and of one that is not there."""
    units = resolution.denominator

    def steps() -> int:
        return rng.choice([0, units, rng.randint(0, units)])

    def terms() -> d.FieldTerms:
        rated = [name for name in (*services, "nobody") if rng.random() < 0.8]
        policy = tuple((name, rng.randint(0, units)) for name in sorted(rated))
        return d.FieldTerms(steps(), steps(), steps(), policy)

    return d.Measurements(
        vocabulary=vocabulary,
        name="fields",
        procedure="drawn",
        resolution=resolution,
        terms=tuple(
            (name, terms()) for name in sorted([d.NO_CONTROL, *controls]) if rng.random() < 0.9
        ),
    )


def _weights(rng: Random) -> d.FieldWeights:
    weights = [Fraction(rng.randint(0, 5), rng.randint(1, 4)) for _ in range(7)]
    if not any(weights):
        weights[3] = Fraction(1)
    return d.FieldWeights(*weights)
