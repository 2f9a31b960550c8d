"""The benchmarks measure what they say: requests are of their class, and baselines answer the same question.

On a landscape of a few dozen services of the real registry, so that it takes seconds.
"""

from __future__ import annotations

from itertools import islice

import pytest
import z3

from caio.ir.encode import document_bytes
from caio.obligations.meaning import Meaning
from caio.routing.bulk import Scorer
from caio.routing.engine import Engine
from tests.bench.cedar import Cedar, point_of
from tests.bench.classes import Measured, measure
from tests.bench.landscapes import grown
from tests.bench.naive import Naive
from tests.bench.workloads import CLASSES, SHAPES, TOKENS, is_of, requests
from tests.bench.world import World, chat_world, import_registry

pytestmark = pytest.mark.slow

FEW = 3
"""Better-ranked candidates that class (b) refutes at least, where there are only a few dozen."""


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> World:
    folder = tmp_path_factory.mktemp("bench")
    import_registry(folder / "registry.json")
    return chat_world(folder / "registry.json", folder / "cache")


@pytest.fixture(scope="module")
def world(whole: World) -> World:
    """Every service that somebody vouches for, some regional ones, and a few dozen others."""
    names = [contract.service.name for contract in whole.snapshot.contracts]
    kept = {contract.service.name for contract in whole.snapshot.contracts if contract.overlays}
    kept |= {name for name in names if name.startswith(("eu.amazon", "us.amazon"))}
    kept |= {*names[::150], "aihubmix/agnes-2.5-flash"}
    return whole.only(kept.__contains__)


@pytest.fixture(scope="module")
def measured(world: World) -> dict[str, Measured]:
    return {
        kind: measure(world, kind, count=len(SHAPES[kind]), warm=0, limit=60, seed=3, better=FEW)
        for kind in CLASSES
    }


def test_the_landscape_is_that_of_the_imported_chat_models(whole: World) -> None:
    assert len(whole.snapshot.contracts) == 3_265
    assert all("chat" in contract.capabilities for contract in whole.snapshot.contracts)
    assert sum(bool(contract.overlays) for contract in whole.snapshot.contracts) == 11
    assert len(whole.policy) == 9


@pytest.mark.parametrize("kind", CLASSES)
def test_every_sample_is_of_its_class(measured: dict[str, Measured], kind: str) -> None:
    samples = measured[kind].samples
    assert samples
    for sample in samples:
        match kind:
            case "a":
                assert sample.winner is not None
                assert not sample.refuted
            case "b":
                assert sample.winner is not None
                assert len(sample.refuted) >= FEW
            case "c":
                assert sample.winner is None
                assert not sample.admitted
            case "d":
                assert sample.winner is not None
                assert sample.refuted
        assert sample.evidence > 0


@pytest.mark.parametrize("kind", CLASSES)
def test_no_two_requests_state_the_same_numbers(world: World, kind: str) -> None:
    drawn = list(islice(requests(world.vocabulary, kind, seed=1), 240))
    given = [
        tuple(str(f) for f in posed.request.given if any(name in str(f) for name in TOKENS))
        for posed in drawn
    ]
    assert len(set(given)) == len(drawn)
    assert {posed.shape for posed in drawn} == {shape.__name__.strip("_") for shape in SHAPES[kind]}


def test_a_seed_gives_the_same_requests_and_another_one_gives_others(world: World) -> None:
    def drawn(seed: int) -> list[bytes]:
        stream = islice(requests(world.vocabulary, "b", seed=seed), 8)
        return [document_bytes(posed.request) for posed in stream]

    assert drawn(1) == drawn(1)
    assert not set(drawn(1)) & set(drawn(2))


def test_an_answer_is_of_the_classes_that_it_fits_and_of_no_other(world: World) -> None:
    def kinds(kind: str) -> set[str]:
        (posed,) = islice(requests(world.vocabulary, kind, seed=5), 1)
        decision = engine.decide(world.question(posed.request, posed.profile)).decision
        return {other for other in CLASSES if is_of(other, decision, better=FEW)}

    with Engine(world.snapshot) as engine:
        assert kinds("a") == {"a"}
        assert kinds("c") == {"c"}
        assert kinds("b") == {"b", "d"}


@pytest.mark.parametrize("kind", CLASSES)
def test_the_naive_baseline_agrees(world: World, measured: dict[str, Measured], kind: str) -> None:
    first = measured[kind].samples[0]
    naive = Naive(world, world.question(first.posed.request, first.posed.profile))
    scorer = Scorer(world.snapshot, Meaning(world.vocabulary))
    names = [service.contract.service.name for service in naive.services]
    for sample in measured[kind].samples[: len(SHAPES[kind])]:
        question = world.question(sample.posed.request, sample.posed.profile)
        place, _ = naive.best_first(question, scorer, z3.Solver)
        assert (None if place is None else names[place]) == sample.winner
        place, _ = naive.best_first(question, scorer, z3.SimpleSolver, filtered=True)
        assert (None if place is None else names[place]) == sample.winner
        examined = [i for i, name in enumerate(names) if name in sample.refuted | sample.admitted]
        answers = list(naive.admitted_in_scopes(question, examined))
        assert answers == [names[i] in sample.admitted for i in examined]


@pytest.mark.parametrize("kind", ["a", "b", "c"])
def test_cedar_agrees_on_everybody_examined(
    world: World, measured: dict[str, Measured], kind: str
) -> None:
    cedar = Cedar(world)
    for sample in measured[kind].samples:
        question = world.question(sample.posed.request, sample.posed.profile)
        allowed = dict(zip(cedar.names, cedar.admitted(question), strict=True))
        for name in sample.refuted | sample.admitted:
            assert allowed[name] == (name in sample.admitted), (sample.posed.shape, name)


def test_cedar_says_so_when_a_request_is_open(world: World) -> None:
    (posed,) = islice(requests(world.vocabulary, "d", seed=1), 1)
    with pytest.raises(ValueError, match="leaves a field open"):
        point_of(world.question(posed.request, posed.profile))


def test_a_grown_landscape_keeps_the_original_and_repeats_nobody(world: World) -> None:
    size = 2 * len(world.snapshot.contracts) + 5
    larger = grown(world, size, seed=1)
    names = [contract.service.name for contract in larger.snapshot.contracts]
    assert len(set(names)) == size
    assert {c.service.name for c in world.snapshot.contracts} < set(names)
    again = grown(world, size, seed=1)
    assert again.snapshot.digest == larger.snapshot.digest
    assert grown(world, size, seed=2).snapshot.digest != larger.snapshot.digest
    copies = [c for c in larger.snapshot.contracts if c.service.name.endswith("~1")]
    originals = {c.service.name: c for c in world.snapshot.contracts}
    priced = [c for c in copies if any(case.amount.terms for case in c.service.cost)]
    changed = [c for c in priced if c.service.cost != originals[c.service.name[:-2]].service.cost]
    assert len(changed) > len(priced) // 2


def test_a_grown_landscape_can_be_decided_about(world: World) -> None:
    larger = grown(world, len(world.snapshot.contracts) + 20, seed=1)
    found = measure(larger, "a", count=1, warm=0, limit=30, seed=4)
    assert found.samples[0].winner is not None
