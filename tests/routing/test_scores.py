"""The bulk scores are the scores of the specification, whatever the magnitudes."""

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caio.ir import documents as d
from caio.ir import terms as t
from caio.landscape.snapshot import Snapshot
from caio.obligations.contract import Contract
from caio.obligations.meaning import Meaning
from caio.routing.bulk import Scorer
from tests.differential.asking import oracle_entries, oracle_question
from tests.differential.worlds import World, draw_world
from tests.oracle.scores import Terms, reliability, score
from tests.routing.landscapes import snapshots


def bulk(world: World) -> list[Terms]:
    scores = Scorer(world.snapshot, Meaning(world.question.vocabulary)).scores(world.question)
    columns = (
        scores.guarantee,
        scores.cost,
        scores.performance,
        scores.reliability,
        scores.total,
    )
    return [Terms(*(int(v) for v in row)) for row in zip(*columns, strict=True)]


def expected(world: World) -> list[Terms]:
    question = oracle_question(world)
    return [score(question, entry) for entry in oracle_entries(world)]


@pytest.mark.parametrize("batch", range(8))
def test_bulk_scores_are_the_scores_of_the_specification(batch: int) -> None:
    for seed in range(batch * 40, batch * 40 + 40):
        world = draw_world(seed)
        assert bulk(world) == expected(world), seed


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
        world = draw_world(seed)
        contracts = tuple(finer(contract, shift * i) for i, contract in enumerate(_of(world)))
        other = replace(world, snapshot=Snapshot(world.question.vocabulary, contracts))
        assert bulk(other) == expected(other), seed


@settings(max_examples=40)
@given(snapshots())
def test_bulk_scores_of_any_documents_are_those_of_the_specification(world: World) -> None:
    assert bulk(world) == expected(world)


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
    world = draw_world(seed)
    contracts = tuple(
        stretched(contract, pair) for contract, pair in zip(_of(world), factors, strict=False)
    )
    other = replace(world, snapshot=Snapshot(world.question.vocabulary, contracts))
    assert bulk(other) == expected(other)


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
    assert [row.reliability for row in bulk(other)] == [row.reliability for row in expected(other)]
