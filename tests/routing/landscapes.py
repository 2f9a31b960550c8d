"""Landscapes with questions, from the strategies for documents of any shape."""

from dataclasses import replace
from fractions import Fraction

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from caio.ir import documents as d
from caio.ir import terms as t
from caio.ir.encode import document_digest
from caio.landscape.snapshot import take
from caio.obligations.candidate import Question
from tests.differential.worlds import World
from tests.strategies import (
    affine,
    atoms,
    formulas,
    in_order,
    instants,
    names,
    numbers,
    overlays,
    profiles,
    requests,
    services,
    stated,
    vocabularies,
)

CONTROLS = ("b", "a", "Z", "é", "a b")
NAMES = "abcd"

field_weights = (
    st.lists(
        st.integers(0, 24).map(lambda eighths: Fraction(eighths, 8)) | st.just(Fraction(10**6)),
        min_size=7,
        max_size=7,
    )
    .filter(any)
    .map(lambda weights: d.FieldWeights(*weights))
)
"""Weights of Eq. 1.1 whose scores stay within the limit."""


def signals(controls: tuple[str, ...]) -> SearchStrategy[tuple[d.Control, ...]]:
    """Some of the vocabulary's controls, in its order."""
    return in_order(controls).map(lambda chosen: tuple(map(d.Control, chosen)))


@st.composite
def constraints(draw: DrawFn, vocabulary: d.Vocabulary, name: str) -> d.Constraint:
    """A constraint under a condition about anything, the choice included."""
    return d.Constraint(
        vocabulary=document_digest(vocabulary),
        name=name,
        of=draw(st.sampled_from(d.SUBJECTS)),
        when=draw(formulas(vocabulary, "request fact env measured choice")),
        then=(draw(expressions(vocabulary) | atoms(vocabulary)),),
    )


@st.composite
def expressions(draw: DrawFn, vocabulary: d.Vocabulary) -> t.OnExpression:
    """An expression over everything that has a number."""
    named = [f"metric.{metric.name}" for metric in vocabulary.metrics]
    named += ["cost"] if vocabulary.cost is not None else []
    named += [
        f"service.{field.name}"
        for field in vocabulary.attributes
        if isinstance(field.type, d.IntType | d.RationalType | d.InstantType)
    ]
    own = draw(st.dictionaries(st.sampled_from(named), numbers.filter(bool), max_size=3))
    rest = draw(affine(vocabulary, "request fact env measured"))
    relation = draw(st.sampled_from([t.Relation.LE, t.Relation.LT]))
    return t.OnExpression(relation, t.Affine.of(rest.constant, {**dict(rest.terms), **own}))


@st.composite
def measured(draw: DrawFn, vocabulary: d.Vocabulary, resolution: Fraction) -> d.Measurements:
    """Measurements under some controls, of some services and of one that is not there."""
    steps = st.sampled_from([0, resolution.denominator]) | st.integers(0, resolution.denominator)
    rated = st.dictionaries(st.sampled_from([*NAMES, "nobody"]), steps)
    terms = st.builds(
        d.FieldTerms, steps, steps, steps, rated.map(lambda found: tuple(sorted(found.items())))
    )
    controls = st.sampled_from([d.NO_CONTROL, *vocabulary.controls])
    return d.Measurements(
        vocabulary=document_digest(vocabulary),
        name="m",
        procedure="drawn",
        resolution=resolution,
        terms=tuple(sorted(draw(st.dictionaries(controls, terms)).items())),
    )


@st.composite
def snapshots(draw: DrawFn) -> World:
    """A landscape of one to four services with overlays and states, and a question about it without a policy.

    The question is one of either objective, with any controls.
    """
    controls = tuple(draw(st.lists(st.sampled_from(CONTROLS), max_size=3, unique=True)))
    vocabulary = replace(draw(vocabularies()), controls=controls)
    digest = document_digest(vocabulary)
    found, added, states = [], [], []
    for name in draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=4, unique=True)):
        service = draw(services(vocabulary, name, "1.0"))
        found.append(service)
        if draw(st.booleans()):
            added.append(draw(overlays(vocabulary, service, "bench")))
        if draw(st.booleans()):
            calls = draw(st.integers(0, 10**12))
            values = draw(stated(vocabulary.environment, vocabulary))
            states.append(d.State(digest, name, "1.0", values, calls, draw(st.integers(0, calls))))
    profile = replace(draw(profiles(vocabulary, "p")), controls=draw(signals(controls)))
    measurements = None
    if draw(st.booleans()):
        profile = replace(profile, weights=draw(field_weights))
        measurements = draw(measured(vocabulary, profile.resolution))
    question = Question(
        vocabulary=vocabulary,
        request=draw(requests(vocabulary, "r")),
        policy=(),
        profile=profile,
        facts=None,
        at=int(draw(instants.filter(lambda at: at == Fraction(int(at))))),
        constraints=tuple(draw(constraints(vocabulary, name)) for name in draw(names(most=2))),
        measurements=measurements,
    )
    return World(0, question, take(vocabulary, found, added, states))
