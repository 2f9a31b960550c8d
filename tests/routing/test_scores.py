"""The bulk scores are the scores of the specification, whatever the magnitudes."""

from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caio.base.errors import InputError
from caio.ir import documents as d
from caio.ir import terms as t
from caio.landscape.snapshot import Snapshot
from caio.obligations.contract import Contract
from caio.obligations.meaning import Meaning
from caio.routing.box import box_of
from caio.routing.bulk import Scorer, Scores
from caio.routing.plain import integer_weights, plain_score, plain_terms
from tests.differential.asking import oracle_entries, oracle_question
from tests.differential.measuring import measured
from tests.differential.worlds import World, draw_world
from tests.oracle.scores import Terms, controls_of, reliability, score
from tests.routing.landscapes import snapshots


def scores_of(world: World) -> Scores:
    return Scorer(world.snapshot, Meaning(world.question.vocabulary)).scores(world.question)


def bulk(world: World) -> list[Terms]:
    """What is computed of every candidate, by place."""
    scores = scores_of(world)
    terms = {name: scores.term(name).tolist() for name in scores.weights}
    return [
        Terms({name: values[place] for name, values in terms.items()}, total)
        for place, total in enumerate(scores.total.tolist())
    ]


def expected(world: World) -> list[Terms]:
    question = oracle_question(world)
    controls = controls_of(question.profile)
    return [score(question, entry, u) for entry in oracle_entries(world) for u in controls]


def plain(world: World) -> list[Terms]:
    question = world.question
    box = box_of(question, Meaning(question.vocabulary))
    candidates = [
        contract.under(control)
        for contract in _of(world)
        for control in question.profile.control_names
    ]
    return [
        Terms(dict(plain_terms(question, one, box)), plain_score(question, one, box))
        for one in candidates
    ]


@pytest.mark.parametrize("batch", range(8))
def test_bulk_scores_are_the_scores_of_the_specification(batch: int) -> None:
    for seed in range(batch * 40, batch * 40 + 40):
        for world in (draw_world(seed), measured(draw_world(seed))):
            assert bulk(world) == expected(world) == plain(world), seed


def shifted(guarantee: d.Guarantee, shift: Fraction) -> d.Guarantee:
    return replace(guarantee, bound=guarantee.bound.plus(t.Affine(shift)))


def finer(contract: Contract, shift: Fraction) -> Contract:
    """The contract with bounds and amounts whose denominators overflow 64 bits at once."""
    service = contract.service
    return replace(
        contract,
        service=replace(
            service,
            guarantees=tuple(shifted(g, shift) for g in service.guarantees),
            cost=tuple(
                replace(case, amount=case.amount.plus(t.Affine(shift))) for case in service.cost
            ),
        ),
    )


@pytest.mark.parametrize(
    "shift",
    [
        Fraction(1, 3),
        Fraction(1, 10**9 + 7),
        Fraction(-1, 2**40 + 15),
        Fraction(7, 10**30 + 57),
        Fraction(10**25),
        Fraction(-(2**63)),
        Fraction(2**62 - 1),
    ],
)
def test_bulk_scores_stay_exact_beyond_64_bits(shift: Fraction) -> None:
    for seed in range(60):
        world = draw_world(seed) if seed % 2 else measured(draw_world(seed))
        contracts = tuple(finer(contract, shift * i) for i, contract in enumerate(_of(world)))
        other = replace(world, snapshot=Snapshot(world.question.vocabulary, contracts))
        assert bulk(other) == expected(other), seed


@settings(max_examples=40)
@given(snapshots())
def test_bulk_scores_of_any_documents_are_those_of_the_specification(world: World) -> None:
    assert bulk(world) == expected(world) == plain(world)


FACTORS = [
    Fraction(1),
    Fraction(1, 3 * 10**7),
    Fraction(10**15 + 37, 10**22),
    Fraction(1, 10**16 + 61),
    Fraction(2**61 - 1),
    Fraction(10**40),
    Fraction(1, 10**40 + 1),
]


def stretched(contract: Contract, factors: tuple[Fraction, Fraction]) -> Contract:
    """The contract with amounts and bounds multiplied, exactly representable or not."""
    dear, good = factors
    service = contract.service
    return replace(
        contract,
        service=replace(
            service,
            guarantees=tuple(replace(g, bound=g.bound.times(good)) for g in service.guarantees),
            cost=tuple(replace(c, amount=c.amount.times(dear)) for c in service.cost),
        ),
    )


@given(
    st.integers(0, 10**6),
    st.lists(st.tuples(st.sampled_from(FACTORS), st.sampled_from(FACTORS)), min_size=5, max_size=5),
)
def test_one_odd_contract_changes_the_scores_of_no_other(
    seed: int, factors: list[tuple[Fraction, Fraction]]
) -> None:
    world = draw_world(seed) if seed % 2 else measured(draw_world(seed))
    contracts = tuple(
        stretched(contract, pair) for contract, pair in zip(_of(world), factors, strict=False)
    )
    other = replace(world, snapshot=Snapshot(world.question.vocabulary, contracts))
    assert bulk(other) == expected(other) == plain(other)


@pytest.mark.parametrize(
    "end", [Fraction(1, 3), Fraction(1, 10**12 + 39), Fraction(1, 10**30 + 57)]
)
def test_bulk_scores_are_exact_at_points_of_any_precision(end: Fraction) -> None:
    for seed in range(120):
        world = draw_world(seed)
        point: list[tuple[str, d.Value]] = []
        for field in world.question.vocabulary.request:
            match field.type:
                case d.RationalType(_, low, high):
                    value = (low or Fraction(0)) + end
                    point.append((field.name, value if high is None else min(value, high)))
        if not point:
            continue
        request = replace(world.question.request, nominal=tuple(point))
        other = replace(world, question=replace(world.question, request=request))
        assert bulk(other) == expected(other), seed


def test_one_scorer_answers_one_question_after_another() -> None:
    world = draw_world(3)
    scorer = Scorer(world.snapshot, Meaning(world.question.vocabulary))
    coarse = replace(world.question.profile, resolution=Fraction(1, 7))
    for question in (world.question, replace(world.question, profile=coarse), world.question):
        totals = [row.total for row in expected(replace(world, question=question))]
        assert scorer.scores(question).total.tolist() == totals


def _of(world: World) -> tuple[Contract, ...]:
    return world.snapshot.contracts


@pytest.mark.parametrize("units", [1, 7, 1000, 1_000_000])
def test_reliability_is_a_share_that_grows_with_success_and_with_experience(units: int) -> None:
    def at(calls: int, violations: int) -> int:
        return reliability({"history": {"calls": str(calls), "violations": str(violations)}}, units)

    assert at(0, 0) == 0
    assert at(10**12, 10**12) == 0
    previous = 0
    for calls in (1, 10, 1000, 10**6, 10**12):
        assert previous <= at(calls, 0) <= units
        assert at(calls, calls // 2) <= at(calls, 0)
        previous = at(calls, 0)


@pytest.mark.parametrize(
    ("calls", "violations"),
    [(0, 0), (1, 0), (1, 1), (9, 3), (10**12, 0), (10**12, 1), (10**12, 10**12), (999_999, 7)],
)
def test_bulk_reliability_is_that_of_the_specification(calls: int, violations: int) -> None:
    world = draw_world(1)
    digest = world.question.request.vocabulary
    contracts = tuple(
        replace(
            contract,
            state=d.State(
                digest,
                contract.service.name,
                contract.service.version,
                calls=calls,
                violations=violations,
            ),
        )
        for contract in _of(world)
    )
    other = replace(world, snapshot=Snapshot(world.question.vocabulary, contracts))
    assert bulk(other) == expected(other)


def field_world() -> World:
    """A world with several controls and services, and a request that describes something."""
    for seed in range(1000):
        world = measured(draw_world(seed))
        some = any(row.terms["latency"] and row.terms["cost"] for row in expected(world))
        if some and len(_of(world)) > 1 and len(world.question.profile.controls) > 1:
            return world
    raise LookupError("no such world")


def asking(world: World, **changes: Any) -> World:
    return replace(world, question=replace(world.question, **changes))


def test_only_what_was_measured_differs_between_the_controls_of_an_entry() -> None:
    world = field_world()
    rows, controls = bulk(world), world.question.profile.control_names
    for first in range(0, len(rows), len(controls)):
        own = rows[first : first + len(controls)]
        for name in ("cost", "risk", "latency"):
            assert len({row.terms[name] for row in own}) == 1
    for u in range(len(controls)):
        under = rows[u :: len(controls)]
        for name in ("intent", "attention", "resonance"):
            assert len({row.terms[name] for row in under}) == 1
    assert len({row.terms["policy"] for row in rows}) > 1


def test_controls_do_not_change_the_scores_of_eq_1_5() -> None:
    world = draw_world(7)
    controls = (d.Control("b"), d.Control("a"))
    profile = replace(world.question.profile, controls=controls)
    rows = bulk(asking(world, profile=profile))
    assert rows[::2] == rows[1::2] == bulk(world)


def test_a_place_is_an_entry_under_a_control() -> None:
    world = field_world()
    scores, controls = scores_of(world), world.question.profile.control_names
    assert list(controls) == sorted(controls)
    places = [scores.place(i, control) for i in range(len(_of(world))) for control in controls]
    assert places == list(range(len(scores.total)))
    with pytest.raises(ValueError, match="not in tuple"):
        scores.place(0, d.NO_CONTROL)


def test_what_was_not_measured_counts_as_nothing() -> None:
    world = field_world()
    measurements = world.question.measurements
    assert measurements is not None
    rows = bulk(asking(world, measurements=replace(measurements, terms=())))
    names = ("intent", "attention", "policy", "resonance")
    assert {row.terms[name] for row in rows for name in names} == {0}


def test_a_request_that_describes_nothing_gives_everybody_nothing() -> None:
    world = field_world()
    empty = t.Compare(t.Comparison.EQ, t.Affine.of(1, {"env.at": Fraction(1)}))
    request = replace(world.question.request, given=(empty,), nominal=None)
    other = asking(world, request=request)
    rows = bulk(other)
    assert {value for row in rows for value in (*row.terms.values(), row.total)} == {0}
    assert rows == expected(other) == plain(other)


def refused(world: World) -> str:
    """What is said of a question without a score, by both ways of computing it."""
    with pytest.raises(InputError) as first:
        bulk(world)
    with pytest.raises(InputError) as second:
        plain(world)
    assert str(first.value) == str(second.value)
    return str(first.value)


def test_without_measurements_eq_1_1_is_refused_and_says_what_to_give() -> None:
    world = field_world()
    units = world.question.profile.resolution.denominator
    found = refused(asking(world, measurements=None))
    assert f"give measurements at its resolution 1/{units}" in found


def test_measurements_of_another_resolution_are_refused() -> None:
    world = field_world()
    measurements = world.question.measurements
    assert measurements is not None
    finer = replace(measurements, resolution=measurements.resolution / 2)
    assert "measure at the profile's resolution" in refused(asking(world, measurements=finer))


@pytest.mark.parametrize("steps", [-1, 10**6 + 1, 2**70])
@pytest.mark.parametrize("term", ["intent", "attention", "resonance", "policy"])
def test_a_term_beyond_the_limits_is_refused_before_it_can_overflow(term: str, steps: int) -> None:
    world = field_world()
    measurements, control = world.question.measurements, world.question.profile.control_names[-1]
    assert measurements is not None
    value = (("nobody", steps),) if term == "policy" else steps
    terms = replace(d.FieldTerms(0, 0, 0), **{term: value})  # type: ignore[arg-type]
    odd = replace(measurements, terms=((control, terms),))
    with pytest.raises(InputError, match=f"under `{control}` that is not from 0 to"):
        bulk(asking(world, measurements=odd))


def test_the_largest_scores_do_not_overflow() -> None:
    world = field_world()
    units = 10**6
    most, least = Fraction(1500), Fraction(1, 999_983)
    weights = d.FieldWeights(most, most, most, most, most, most, least)
    assert 2**52 < units * sum(integer_weights(weights).values()) < 2**53
    profile = replace(world.question.profile, resolution=Fraction(1, units), weights=weights)
    full = d.FieldTerms(units, units, units, tuple((c.service.name, units) for c in _of(world)))
    measurements = d.Measurements(
        world.question.request.vocabulary,
        "m",
        "drawn",
        profile.resolution,
        terms=tuple((control, full) for control in profile.control_names),
    )
    other = asking(world, profile=profile, measurements=measurements)
    assert bulk(other) == expected(other)


def test_one_scorer_keeps_apart_what_was_measured_for_one_question_and_another() -> None:
    world = field_world()
    scorer = Scorer(world.snapshot, Meaning(world.question.vocabulary))
    measurements = world.question.measurements
    assert measurements is not None
    for i in range(30):
        terms = d.FieldTerms(i % 7, 0, 0, ((_of(world)[0].service.name, i % 5),))
        under = tuple((control, terms) for control in world.question.profile.control_names)
        other = asking(world, measurements=replace(measurements, terms=under))
        totals = [row.total for row in expected(other)]
        assert scorer.scores(other.question).total.tolist() == totals
        assert scorer.scores(other.question).total.tolist() == totals
