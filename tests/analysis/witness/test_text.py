"""What is printed of a point compiles, and describes the point and nothing else."""

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from caio.analysis.witness.axes import axes_of
from caio.analysis.witness.concrete import NONE_OF_THEM, concrete, replays
from caio.analysis.witness.minimal import Point
from caio.analysis.witness.text import counterexample_text, facts_of, request_of
from caio.base.errors import InputError
from caio.base.spans import Source
from caio.ir import documents as d
from caio.ir import terms as t
from caio.ir.encode import document_digest
from caio.ir.interpret import truth
from caio.obligations.formula import evaluate
from caio.obligations.meaning import Meaning
from caio.sema.show import show_documents
from caio.syntax.format import format_source
from tests import strategies
from tests.sema.conftest import VOCABULARY, compile_texts

F = Fraction
quick = settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def numbers_of(values: dict[str, d.Value], vocabulary: d.Vocabulary) -> dict[str, Fraction]:
    """Values of the language as an assignment of variables."""
    meaning, found = Meaning(vocabulary), dict[str, Fraction]()
    for name, value in values.items():
        kind = vocabulary.field(name).type
        if isinstance(kind, d.SetType):
            assert isinstance(value, tuple)
            for member in vocabulary.enum(kind.enum).names():
                found[f"{name}:{member}"] = F(member in value)
        else:
            found[name] = meaning.number(kind, value)
    return found


@st.composite
def drawn_points(draw: DrawFn) -> tuple[d.Vocabulary, dict[str, d.Value], Point]:
    """A vocabulary, values for some of its variables, and the point that they are, with some fields dropped."""
    vocabulary = draw(strategies.vocabularies())
    every = draw(strategies.points(vocabulary, "request fact env measured choice"))
    chosen = {name: value for name, value in every.items() if draw(st.integers(0, 3))}
    dropped = frozenset(name for name in chosen if draw(st.integers(0, 5)) == 0)
    return vocabulary, chosen, Point(numbers_of(chosen, vocabulary), dropped)


def compiled(text: str, vocabulary: d.Vocabulary) -> list[d.Document]:
    items, found = compile_texts(show_documents([vocabulary]), text)
    assert not found, (found, text)
    return [item.document for item in items if not isinstance(item.document, d.Vocabulary)]


@given(drawn_points())
@quick
def test_the_text_describes_exactly_the_point(
    drawn: tuple[d.Vocabulary, dict[str, d.Value], Point],
) -> None:
    vocabulary, values, point = drawn
    text = counterexample_text(point, Meaning(vocabulary))
    documents = compiled(text, vocabulary)
    request = next(one for one in documents if isinstance(one, d.Request))
    kept = {name: value for name, value in values.items() if name not in point.dropped}
    for field in vocabulary.request:
        name = f"request.{field.name}"
        about = [formula for formula in request.given if name in t.variables_of(formula)]
        if name in kept:
            assert all(truth(formula, values) is True for formula in about)
            assert about
        elif field.default is None:
            assert not about
    # Every other value of a field that is mentioned is excluded, by members and for numbers by the equation.
    for formula in request.given:
        assert isinstance(formula, t.In | t.Is | t.Has | t.Not | t.And) or (
            isinstance(formula, t.Compare) and formula.comparison is t.Comparison.EQ
        )
    facts = [one for one in documents if isinstance(one, d.Facts)]
    stated = {f"fact.{name}": value for one in facts for name, value in one.values}
    assert stated == {name: value for name, value in kept.items() if name.startswith("fact.")}


@given(drawn_points(), st.data())
@quick
def test_any_other_request_is_not_described(
    drawn: tuple[d.Vocabulary, dict[str, d.Value], Point], data: st.DataObject
) -> None:
    vocabulary, values, point = drawn
    shown = [n for n in values if n.startswith("request.") and n not in point.dropped]
    assume(shown)
    name = data.draw(st.sampled_from(sorted(shown)))
    other = data.draw(strategies.values(vocabulary.field(name).type, vocabulary))
    assume(other != values[name])
    text = counterexample_text(point, Meaning(vocabulary))
    request = next(x for x in compiled(text, vocabulary) if isinstance(x, d.Request))
    assert any(truth(formula, {**values, name: other}) is False for formula in request.given)


@given(drawn_points())
@quick
def test_the_text_is_in_its_layout_and_circumstances_are_comments(
    drawn: tuple[d.Vocabulary, dict[str, d.Value], Point],
) -> None:
    vocabulary, values, point = drawn
    text = counterexample_text(point, Meaning(vocabulary))
    assert format_source(Source("x.caio", text))[0] == text
    around = [
        name
        for name in values
        if name.startswith(("env.", "measured.", "choice.")) and name not in point.dropped
    ]
    assert text.startswith("// ") == bool(around)
    assert all(f"{name.removeprefix('env.')}:" in text or name == "env.at" for name in around)


@given(drawn_points(), st.data())
@quick
def test_the_interpreter_reads_a_point_as_the_formulas_do(
    drawn: tuple[d.Vocabulary, dict[str, d.Value], Point], data: st.DataObject
) -> None:
    vocabulary, values, _ = drawn
    complete = {**data.draw(strategies.points(vocabulary)), **values}
    assignment = numbers_of(complete, vocabulary)
    assert concrete(assignment, vocabulary).point == complete
    formula = data.draw(strategies.formulas(vocabulary, "request fact env"))
    meant = evaluate(Meaning(vocabulary).formula(formula), assignment)
    assert replays([formula], assignment, vocabulary) == meant


@pytest.fixture(name="meaning")
def _meaning() -> Meaning:
    items, _ = compile_texts(VOCABULARY)
    document = items[0].document
    assert isinstance(document, d.Vocabulary)
    return Meaning(document)


POINT = Point(
    {
        "env.at": F(1_807_660_800_000_000),
        "env.healthy": F(0),
        "fact.held:admin": F(0),
        "fact.held:invoke": F(1),
        "fact.trust": F(3),
        "metric.latency": F(3, 2),
        "request.data:open": F(0),
        "request.data:personal": F(1),
        "request.level": F(0),
        "request.region": F(0),
        "request.tokens": F(801),
        "service.region": F(-1),
    },
    frozenset({"fact.trust"}),
)

TEXT = """\
// at 2027-04-14, healthy: false
// latency: 1500 ms, service.region: no value

uses "test"

request counterexample {
  needs chat
  given tokens == 801 token, region == eu, data == { personal }
}

facts counterexample { origin asserted, held = { invoke } }
"""


def test_a_point_reads_well(meaning: Meaning) -> None:
    assert counterexample_text(POINT, meaning) == TEXT


def test_what_a_caller_asks_for_is_kept(meaning: Meaning) -> None:
    asked = d.Request(
        vocabulary=document_digest(meaning.vocabulary),
        name="theirs",
        needs=(("vision",),),
        given=(t.Is("request.stream"),),
        ensure=(t.OnCost(t.Relation.LE, t.Affine.of(2)),),
        budget=F(3),
        deadline=F(1),
        caller="somebody",
    )
    text = counterexample_text(POINT, meaning, request=asked, name="case")
    facts, request = compiled(text, meaning.vocabulary)
    assert isinstance(request, d.Request)
    assert isinstance(facts, d.Facts)
    assert (request.name, facts.name) == ("case", "case")
    assert replace(request, name="theirs", given=asked.given) == asked
    group = d.Class(asked.vocabulary, "group", ensure=asked.ensure)
    assert request_of(POINT, meaning, request=group, needs=("chat", "vision")).needs == (
        ("chat",),
        ("vision",),
    )


def test_who_is_not_mentioned_needs_no_facts(meaning: Meaning) -> None:
    assert facts_of(Point({"request.tokens": F(1)}), meaning) is None
    assert facts_of(replace(POINT, dropped=frozenset({"fact.trust", "fact.held"})), meaning) is None


def test_without_capabilities_nothing_can_be_requested() -> None:
    with pytest.raises(InputError, match="declares no capability"):
        counterexample_text(Point({}), Meaning(d.Vocabulary("bare")))


def test_what_has_no_value_is_none_of_its_values(meaning: Meaning) -> None:
    values = {"service.region": F(-1), "service.encrypted": F(-1), "choice.control": F(-1)}
    point = concrete(values, meaning.vocabulary).point
    assert set(point.values()) == {NONE_OF_THEM}
    absent = t.Not(t.In("service.region", ("eu", "us", "apac")))
    assert replays([absent, t.Not(t.Is("service.encrypted"))], values, meaning.vocabulary)


def test_outcomes_are_read_twice(meaning: Meaning) -> None:
    found = concrete({"metric.latency": F(2), "cost": F(1)}, meaning.vocabulary)
    assert found.point == {"metric.latency": F(2), "cost": F(1)}
    assert found.outcome.metrics == {"latency": F(2)}
    assert found.outcome.cost == 1


def test_fields_keep_their_order(meaning: Meaning) -> None:
    names = [axis.name for axis in axes_of(meaning)]
    assert names[:2] == ["request.tokens", "request.images"]
    assert names.index("fact.zone") < names.index("env.at") < names.index("env.healthy")
