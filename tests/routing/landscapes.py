"""Landscapes with questions, from the strategies for documents of any shape."""

from dataclasses import replace
from fractions import Fraction

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from caio.ir import documents as d
from caio.ir.encode import document_digest
from caio.landscape.snapshot import take
from caio.obligations.candidate import Question
from tests.differential.worlds import World
from tests.strategies import (
    constraints,
    instants,
    measurements,
    names,
    overlays,
    profiles,
    requests,
    services,
    stated,
    vocabularies,
)

SERVICES = "abcd"


@st.composite
def measured(draw: DrawFn, vocabulary: d.Vocabulary, resolution: Fraction) -> d.Measurements:
    """Measurements at a resolution under some controls, of some services and of one that is not there."""
    steps = st.sampled_from([0, resolution.denominator]) | st.integers(0, resolution.denominator)
    rated = st.dictionaries(st.sampled_from([*SERVICES, "nobody"]), steps)
    terms = st.builds(
        d.FieldTerms, steps, steps, steps, rated.map(lambda found: tuple(sorted(found.items())))
    )
    controls = st.sampled_from([d.NO_CONTROL, *vocabulary.controls])
    return replace(
        draw(measurements(vocabulary, "m")),
        resolution=resolution,
        terms=tuple(sorted(draw(st.dictionaries(controls, terms)).items())),
    )


@st.composite
def snapshots(draw: DrawFn) -> World:
    """A landscape of one to four services with overlays and states, and a question about it without a policy.

    The question is one of either objective, with any controls and constraints.
    """
    vocabulary = draw(vocabularies())
    digest = document_digest(vocabulary)
    found, added, states = [], [], []
    for name in draw(st.lists(st.sampled_from(SERVICES), min_size=1, max_size=4, unique=True)):
        service = draw(services(vocabulary, name, "1.0"))
        found.append(service)
        if draw(st.booleans()):
            added.append(draw(overlays(vocabulary, service, "bench")))
        if draw(st.booleans()):
            calls = draw(st.integers(0, 10**12))
            values = draw(stated(vocabulary.environment, vocabulary))
            states.append(d.State(digest, name, "1.0", values, calls, draw(st.integers(0, calls))))
    profile = draw(profiles(vocabulary, "p"))
    needed = profile.objective == "eq1.1" or draw(st.booleans())
    question = Question(
        vocabulary=vocabulary,
        request=draw(requests(vocabulary, "r")),
        policy=(),
        profile=profile,
        facts=None,
        at=int(draw(instants.filter(lambda at: at == Fraction(int(at))))),
        constraints=tuple(draw(constraints(vocabulary, name)) for name in draw(names(most=2))),
        measurements=draw(measured(vocabulary, profile.resolution)) if needed else None,
    )
    return World(0, question, take(vocabulary, found, added, states))
