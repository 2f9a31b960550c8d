"""Generated evolutions: no wrong verdict and no unknown one, facet by facet. ``python -m tests.fuzz --only evolutions`` runs more."""

from collections.abc import Iterator

import pytest

from caio.certify.prover import Prover
from tests.evolution.campaign import Evolutions
from tests.evolution.evolving import EDITS, draw_evolution

BATCHES = 4
BATCH = 250


@pytest.fixture(scope="module")
def prover() -> Iterator[Prover]:
    with Prover() as found:
        yield found


def test_evolutions_of_every_edit_are_answered_as_the_oracle_says(prover: Prover) -> None:
    campaign = Evolutions(prover)
    for seed in range(len(EDITS)):
        campaign.run(seed)
    counts = campaign.counts
    assert counts["evolutions"] == counts["certificates accepted"] == len(EDITS)
    assert counts["unknown"] == 0
    assert min(counts["verdict compatible"], counts["verdict incompatible"]) >= 20
    assert counts["counterexamples with a caller who is broken"] > 20
    assert counts["calls admitted before"] > 20


@pytest.mark.slow
@pytest.mark.parametrize("batch", range(BATCHES))
def test_a_thousand_evolutions_are_answered_as_the_oracle_says(prover: Prover, batch: int) -> None:
    campaign = Evolutions(prover)
    for seed in range(batch * BATCH, batch * BATCH + BATCH):
        campaign.run(seed)
    counts = campaign.counts
    assert counts["evolutions"] == counts["certificates accepted"] == BATCH
    assert counts["unknown"] == 0
    assert counts["verdict unknown"] > 0  # The response schema alone differs: nobody knows.
    assert min(counts["verdict compatible"], counts["verdict incompatible"]) >= BATCH // 4


def test_a_seed_names_an_evolution_for_good() -> None:
    assert [draw_evolution(seed) for seed in range(5)] == [draw_evolution(s) for s in range(5)]
    assert draw_evolution(0) != draw_evolution(len(EDITS))
