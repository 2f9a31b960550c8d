"""The same question has the same bytes for an answer, whatever happened before and wherever it is asked."""

import os
import subprocess
import sys
from pathlib import Path
from random import Random

import pytest

from caio.certify.prover import Prover
from caio.ir.encode import document_digest
from caio.obligations.meaning import Meaning
from caio.routing.bulk import Scorer
from caio.routing.route import route
from tests.differential.campaigns import certificate_of
from tests.differential.deciding import digest_of
from tests.differential.worlds import World, draw_world, shuffled

ROOT = Path(__file__).parents[2]
SEEDS = range(12)


def in_another_process(way: str, hash_seed: str) -> str:
    command = [sys.executable, "-m", "tests.differential.deciding", "0", str(len(SEEDS)), way]
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
    done = subprocess.run(
        command, env=environment, cwd=ROOT, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


@pytest.mark.slow
@pytest.mark.parametrize("way", ["quick", "solver"])
def test_hash_seeds_and_processes_do_not_matter(way: str) -> None:
    with Prover(direct=way == "quick") as prover:
        here = digest_of(SEEDS, prover)
    assert [in_another_process(way, seed) for seed in ("0", "1", "4242")] == [here] * 3


@pytest.mark.parametrize("direct", [True, False])
def test_a_warm_cache_and_a_used_worker_do_not_matter(direct: bool) -> None:
    with Prover(direct=direct) as used:
        cold = digest_of(SEEDS, used)
        warm = digest_of(SEEDS, used)
    with Prover(direct=direct) as other:
        backwards = {}
        for seed in reversed(SEEDS):
            world = draw_world(seed)
            backwards[seed] = certificate_of(route(world.question, world.snapshot, other))
    for seed in SEEDS:
        world = draw_world(seed)
        with Prover(direct=direct) as fresh:
            decision = route(world.question, world.snapshot, fresh)
        assert certificate_of(decision) == backwards[seed], seed
    assert cold == warm


@pytest.mark.parametrize("units", [50, 120])
def test_a_budget_means_the_same_for_a_used_worker(units: int) -> None:
    worlds = [draw_world(seed, solver_units=units) for seed in range(4)]

    def decided(world: World, prover: Prover) -> bytes:
        return certificate_of(route(world.question, world.snapshot, prover))

    with Prover(direct=False) as used:
        together = [decided(world, used) for world in worlds]
    for world, before in zip(worlds, together, strict=True):
        with Prover(direct=False) as fresh:
            assert decided(world, fresh) == before, world.seed
    assert any(b'"verdict":"unknown"' in body for body in together)


def test_the_order_of_documents_does_not_matter(quick: Prover) -> None:
    for seed in range(40):
        world = draw_world(seed)
        snapshot = shuffled(world, seed + 1)
        assert document_digest(snapshot.landscape) == document_digest(world.snapshot.landscape)
        first = certificate_of(route(world.question, world.snapshot, quick))
        assert certificate_of(route(world.question, snapshot, quick)) == first, seed


def test_a_scorer_that_served_other_questions_scores_the_same(quick: Prover) -> None:
    for seed in range(20):
        world = draw_world(seed)
        scorer = Scorer(world.snapshot, Meaning(world.question.vocabulary))
        decisions = {
            certificate_of(route(world.question, world.snapshot, quick, scorer=scorer))
            for _ in range(2)
        }
        decisions.add(certificate_of(route(world.question, world.snapshot, quick)))
        assert len(decisions) == 1, seed


def test_a_worker_that_was_killed_answers_as_before() -> None:
    with Prover(direct=False) as prover:
        before = digest_of(range(3), prover)
    with Prover(direct=False) as prover:
        world = draw_world(Random(0).randint(50, 60))
        route(world.question, world.snapshot, prover)
        worker = prover._worker
        assert worker.pid is not None
        os.kill(worker.pid, 9)
        assert digest_of(range(3), prover) == before
