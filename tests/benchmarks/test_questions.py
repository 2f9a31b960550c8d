"""Questions are measured as they are asked: with the verdicts that documents were drawn for, and on the same obligations."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import z3

from caio.certify.prover import Prover
from tests.bench.questions import KINDS, Kind, ask, measure, section_of
from tests.bench.questions_world import Drawn, draw


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Drawn:
    return draw(10, 10, tmp_path_factory.mktemp("questions"))


@pytest.fixture(scope="module")
def prover() -> Iterator[Prover]:
    with Prover() as own:
        yield own


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: f"{kind.name}-{kind.holds}")
def test_a_question_has_the_verdict_it_was_drawn_for(
    drawn: Drawn, kind: Kind, prover: Prover
) -> None:
    phases, answered = ask(drawn, kind, prover)
    assert answered.holds is kind.holds
    assert min(phases.load, phases.pose, phases.decide, phases.write, phases.check) > 0
    with pytest.raises(ValueError, match="should be"):
        ask(drawn, replace(kind, holds=not kind.holds), prover)


def test_z3_is_asked_the_same_and_every_figure_is_shown(drawn: Drawn, tmp_path: Path) -> None:
    found = [measure(drawn, kind, 1, tmp_path / "proof.log") for kind in KINDS[:3]]
    assert [(one.obligations, one.distinct) for one in found] == [(10, 10), (10, 10), (2, 2)]
    assert all(spent > 0 for one in found for spent in one.baselines.values())
    section = section_of(found)
    assert [len(figures.rows) for figures in section.figures] == [3]
    larger = section_of([replace(one, services=1_000) for one in found])
    assert [len(figures.rows) for figures in larger.figures] == [3, 3]
    assert len(section.bars) == 5
    assert z3.get_param("sat.euf") == "false"


def test_everything_drawn_differs(drawn: Drawn) -> None:
    assert (len(drawn.policy.demands), len(drawn.contracts)) == (10, 10)
    assert len({service.guarantees for service in drawn.project.services}) > 7
