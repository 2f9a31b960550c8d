"""Generated evolutions: no wrong verdict and no unknown one, facet by facet. ``python -m tests.fuzz --only evolutions`` runs more."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import pytest

from caio.certify.prover import Prover
from caio.ir import documents as d
from caio.obligations.asked import Asked
from tests.differential.campaigns import DisagreementError
from tests.evolution import campaign as module
from tests.evolution.asking import Answer, certified
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
    assert min(counts["verdict compatible"], counts["verdict incompatible"]) >= 15
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
    assert min(counts["verdict compatible"], counts["verdict incompatible"]) >= BATCH // 5


def test_a_seed_names_an_evolution_for_good() -> None:
    assert [draw_evolution(seed) for seed in range(5)] == [draw_evolution(s) for s in range(5)]
    assert draw_evolution(0) != draw_evolution(len(EDITS))


def test_the_campaign_notices_one_wrong_answer(
    prover: Prover, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whichever facet is answered wrongly, be it proved or refuted."""
    for wrong in range(0, 12, 3):

        def turned(
            asked: Sequence[Asked],
            sets: Sequence[Sequence[d.Document]],
            prover: Prover,
            wrong: int = wrong,
        ) -> list[Answer]:
            answers = certified(asked, sets, prover)
            answers[wrong] = replace(answers[wrong], holds=not answers[wrong].holds)
            return answers

        monkeypatch.setattr(module, "certified", turned)
        with pytest.raises(DisagreementError):
            Evolutions(prover).run(wrong)
