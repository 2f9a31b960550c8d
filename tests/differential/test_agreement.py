"""Everybody agrees: solver, second solver, interpreter, oracle, checker. ``python -m tests.fuzz`` runs many more seeds."""

import pytest

from caio.certify.prover import Prover
from tests.differential.campaigns import Obligations, Routing, Scores
from tests.differential.sanity import Sanity

BATCH = 6
"""Worlds per test; a failure names the seed of its world."""


def seeds(batch: int, size: int = BATCH) -> range:
    return range(batch * size, batch * size + size)


@pytest.mark.slow
@pytest.mark.parametrize("batch", range(4))
def test_solvers_interpreter_oracle_and_checker_agree_on_every_obligation(
    quick: Prover, through_solver: Prover, batch: int
) -> None:
    campaign = Obligations(quick, through_solver)
    for seed in seeds(batch, 2):
        campaign.run(seed)
    assert campaign.counts["obligations"] > 20
    assert campaign.counts["unknown"] == 0
    assert campaign.counts["points tried"] > 0
    assert campaign.counts["witnesses replayed"] > 0


@pytest.mark.slow
@pytest.mark.parametrize("batch", range(10))
def test_routing_is_what_the_oracle_says_and_the_checker_accepts_it(
    quick: Prover, batch: int
) -> None:
    campaign = Routing(quick)
    for seed in seeds(batch):
        campaign.run(seed)
    # Each is asked about as it is drawn, and once more with constraints, controls and measurements.
    assert campaign.counts["landscapes"] == 2 * BATCH


@pytest.mark.parametrize("batch", range(10))
def test_scores_are_what_the_oracle_says(batch: int) -> None:
    campaign = Scores()
    for seed in seeds(batch, 20):
        campaign.run(seed)
    assert campaign.counts["scores"] >= 20


@pytest.mark.slow
@pytest.mark.parametrize("batch", range(2))
def test_solvers_oracle_and_checker_agree_on_the_obligations_of_documents(
    quick: Prover, batch: int
) -> None:
    campaign = Sanity(quick)
    for seed in seeds(batch, 2):
        campaign.run(seed)
    assert campaign.counts["certificates accepted"] == 2
    assert campaign.counts["unknown"] == 0
