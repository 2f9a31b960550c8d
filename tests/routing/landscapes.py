"""Landscapes with questions, from the strategies for documents of any shape."""

from fractions import Fraction

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from caio.ir import documents as d
from caio.ir.encode import document_digest
from caio.landscape.snapshot import take
from caio.obligations.candidate import Question
from tests.differential.worlds import World
from tests.strategies import (
    instants,
    overlays,
    profiles,
    requests,
    services,
    stated,
    vocabularies,
)


@st.composite
def snapshots(draw: DrawFn) -> World:
    """A landscape of one to four services with overlays and states, and a question about it without a policy."""
    vocabulary = draw(vocabularies())
    digest = document_digest(vocabulary)
    found, added, states = [], [], []
    for name in draw(st.lists(st.sampled_from("abcd"), min_size=1, max_size=4, unique=True)):
        service = draw(services(vocabulary, name, "1.0"))
        found.append(service)
        if draw(st.booleans()):
            added.append(draw(overlays(vocabulary, service, "bench")))
        if draw(st.booleans()):
            calls = draw(st.integers(0, 10**12))
            values = draw(stated(vocabulary.environment, vocabulary))
            states.append(d.State(digest, name, "1.0", values, calls, draw(st.integers(0, calls))))
    question = Question(
        vocabulary=vocabulary,
        request=draw(requests(vocabulary, "r")),
        policy=(),
        profile=draw(profiles(vocabulary, "p")),
        facts=None,
        at=int(draw(instants.filter(lambda at: at == Fraction(int(at))))),
    )
    return World(0, question, take(vocabulary, found, added, states))
