"""Regions and counterexamples over vocabularies of any shape: sound by proof, and said in texts that compile to them."""

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from caio.analysis.witness.axes import axes_of
from caio.analysis.witness.concrete import replays
from caio.analysis.witness.conditions import as_class, conditions, describe
from caio.analysis.witness.minimal import minimal
from caio.analysis.witness.regions import completeness, cover, soundness
from caio.certify.prover import Model, Prover, Refutation
from caio.ir import documents as d
from caio.ir import terms as t
from caio.obligations.clauses import clause_form
from caio.obligations.meaning import Meaning
from caio.sema.pieces import conjunction
from caio.sema.show import show_documents
from tests import strategies
from tests.sema.conftest import compile_texts

ORIGINS = "request fact env measured choice"
quick = settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@st.composite
def asked(draw: DrawFn) -> tuple[d.Vocabulary, list[t.Formula]]:
    """A vocabulary and a few conditions over everything that describes a call in it."""
    vocabulary = draw(strategies.vocabularies())
    condition = strategies.formulas(vocabulary, ORIGINS)
    return vocabulary, draw(st.lists(condition, min_size=1, max_size=2))


@given(asked())
@quick
def test_regions_are_proved_and_compile(
    prover: Prover, drawn: tuple[d.Vocabulary, list[t.Formula]]
) -> None:
    vocabulary, conditions_ = drawn
    meaning = Meaning(vocabulary)
    block = [meaning.formula(one) for one in conditions_]
    found = cover(block, prover, meaning, most=6)
    posed = [soundness(block, part, meaning) for part in found.cubes]
    posed += [completeness(block, found.cubes, meaning)] if found.complete else []
    for answer in prover.decide_many([clause_form([one], meaning.scope) for one in posed]):
        assert isinstance(answer, Refutation)
    groups = [
        as_class(part, meaning, f"region {place}") for place, part in enumerate(found.cubes, 1)
    ]
    items, problems = compile_texts(show_documents([vocabulary, *groups]))
    assert not problems
    compiled = [item.document for item in items if isinstance(item.document, d.Class)]
    assert sorted(compiled, key=lambda one: one.name) == sorted(groups, key=lambda one: one.name)


@given(asked())
@quick
def test_one_line_says_all_of_a_region(
    prover: Prover, drawn: tuple[d.Vocabulary, list[t.Formula]]
) -> None:
    vocabulary, conditions_ = drawn
    meaning = Meaning(vocabulary)
    found = cover([meaning.formula(one) for one in conditions_], prover, meaning, most=3)
    assume(found.cubes)
    source = [show_documents([vocabulary])]
    wanted = {}
    for place, part in enumerate(found.cubes):
        text = describe(part, meaning)
        assert "\n" not in text
        if text != "always":
            source.append(f"class k{place} {{ given {text} }}")
            wanted[f"k{place}"] = (conjunction(conditions(part, meaning)),)
    items, problems = compile_texts("\n".join(source))
    assert not problems
    said = {
        item.document.name: item.document.given
        for item in items
        if isinstance(item.document, d.Class)
    }
    assert said == wanted


@given(asked())
@quick
def test_minimal_points_are_replayed(
    prover: Prover, drawn: tuple[d.Vocabulary, list[t.Formula]]
) -> None:
    vocabulary, conditions_ = drawn
    # The interpreter does not know what a choice of nothing is.
    assume(not any(name == d.CHOICE_CONTROL for one in conditions_ for name in t.variables_of(one)))
    meaning = Meaning(vocabulary)
    block = [meaning.formula(one) for one in conditions_]
    answer = prover.decide(clause_form([block], meaning.scope))
    assume(isinstance(answer, Model))
    assert isinstance(answer, Model)
    point = minimal(block, answer, prover, meaning)
    # What a translation folds away is not in the block, and any value of it would do.
    values = {n: v for axis in axes_of(meaning) for n, v in axis.defaults().items()}
    values |= point.values
    assert replays(conditions_, values, vocabulary)
