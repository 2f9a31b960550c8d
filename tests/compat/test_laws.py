"""Laws of refinement on generated contracts: it is reflexive and transitive, and blind to order, layout and names of files."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from caio.analysis.compat.comparison import Comparison, Mode
from caio.analysis.compat.engine import Engine
from caio.analysis.compat.refining import compare
from caio.analysis.compat.sides import Side
from caio.analysis.findings.report import Question
from caio.analysis.findings.verdicts import Verdict
from caio.certify.prover import Prover
from caio.ir import documents as d
from caio.obligations.contract import Contract
from caio.sema.project import Project
from tests.compat.conftest import Run
from tests.compat.documents import findings
from tests.evolution.evolving import draw_evolution
from tests.evolution.vocabulary import VOCABULARY

SEEDS = range(7_000, 7_040)
Policy = tuple[d.Rule | d.Constraint, ...]


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine(Prover())


def side(contract: Contract, policy: Policy = ()) -> Side:
    return Side(
        Project(
            vocabularies=(VOCABULARY,),
            services=(contract.service,),
            overlays=contract.overlays,
            rules=tuple(one for one in policy if isinstance(one, d.Rule)),
            constraints=tuple(one for one in policy if isinstance(one, d.Constraint)),
        ),
        "a side",
    )


def asked(old: Contract, new: Contract, policy: Policy, engine: Engine, mode: Mode = Mode.BACKWARD) -> dict[str, Question]:  # fmt: skip
    found = compare(Comparison(side(old, policy), side(new, policy), mode=mode), engine)
    return {question.id: question for question in found.questions}


def refines(old: Contract, new: Contract, policy: Policy, engine: Engine) -> Verdict:
    return asked(old, new, policy, engine)[f"compat:{old.service.name}"].verdict


@pytest.mark.parametrize("seed", SEEDS)
def test_a_sound_contract_refines_itself(engine: Engine, seed: int) -> None:
    it = draw_evolution(seed)
    question = asked(it.old, it.old, it.policy, engine)[f"compat:{it.old.service.name}"]
    told = {finding.rule.id for finding in question.findings}
    # What does not make sense refines nothing, and of a path nobody knows the content.
    assert told <= {"incoherent-new", "overlapping-cost", "empty-assumption", "schema-changed"}
    assert (question.verdict is Verdict.PROVED) == (not told)


def test_refinement_is_transitive(engine: Engine) -> None:
    chains = 0
    for seed in range(7_000, 7_200):
        it = draw_evolution(seed)
        # A second step from where the first one led: an edit of the next seed, on the same contract if it fits.
        third = replace(it.old.service, version="30.0", capabilities=it.new.service.capabilities)
        last = Contract(third, ())
        steps = [refines(it.old, it.new, it.policy, engine), refines(it.new, last, it.policy, engine)]  # fmt: skip
        if steps == [Verdict.PROVED, Verdict.PROVED]:
            chains += 1
            assert refines(it.old, last, it.policy, engine) is Verdict.PROVED, seed
        if chains == 20:
            return
    pytest.fail("too few chains were drawn")


@pytest.mark.parametrize("seed", SEEDS[::2])
def test_order_of_clauses_means_nothing(engine: Engine, seed: int) -> None:
    it = draw_evolution(seed)
    if refines(it.old, it.old, it.policy, engine) is not Verdict.PROVED:
        return
    rng, service = Random(seed), it.old.service
    shuffled = replace(
        service,
        version=f"{service.version}.0.1",
        assumes=tuple(rng.sample(service.assumes, len(service.assumes))),
        guarantees=tuple(rng.sample(service.guarantees, len(service.guarantees))),
        cost=tuple(rng.sample(service.cost, len(service.cost))),
    )
    overlays = tuple(replace(one, version=shuffled.version) for one in it.old.overlays)
    found = asked(it.old, Contract(shuffled, overlays), it.policy, engine, Mode.FULL)
    assert {question.verdict for question in found.values()} == {Verdict.PROVED}
    (bump,) = [question for name, question in found.items() if name.startswith("bump:")]
    assert "needs a patch bump" in bump.title or "needs no bump" in bump.title


def test_nothing_depends_on_what_else_is_there(engine: Engine) -> None:
    """The answer about a service is the same alone and among others."""
    pairs = [draw_evolution(seed) for seed in SEEDS[:12]]
    renamed = [
        tuple(
            Contract(
                replace(one.service, name=f"s{number}"),
                tuple(replace(overlay, service=f"s{number}") for overlay in one.overlays),
            )
            for one in (it.old, it.new)
        )
        for number, it in enumerate(pairs)
    ]
    sides = []
    for index in (0, 1):
        own = [pair[index] for pair in renamed]
        overlays = tuple(overlay for one in own for overlay in one.overlays)
        project = Project(vocabularies=(VOCABULARY,), services=tuple(one.service for one in own), overlays=overlays)  # fmt: skip
        sides.append(Side(project, "all"))
    together = {q.id: q for q in compare(Comparison(sides[0], sides[1]), engine).questions}
    for old, new in renamed:
        for name, question in asked(old, new, (), engine).items():
            other = together[name]
            assert question.verdict is other.verdict
            assert [one.fingerprint for one in question.findings] == [one.fingerprint for one in other.findings]  # fmt: skip
            assert [one.counterexample for one in question.findings] == [one.counterexample for one in other.findings]  # fmt: skip


def test_the_example_is_what_its_pages_say(run: Run) -> None:
    """The fleet holds the very contracts that lie beside it, and what is pasted was printed."""
    from caio.sema.project import load_project

    folder = Path(__file__).parents[2] / "examples" / "compatibility"
    alone = [load_project([folder / name]) for name in ("v1.caio", "v2_compatible.caio", "v2_breaking.caio")]  # fmt: skip
    fleet = load_project([folder / "fleet"])
    assert fleet.services == tuple(service for project in alone for service in project.services)
    assert fleet.vocabularies == alone[0].vocabularies
    sides = str(folder / "v1.caio"), str(folder / "v2_breaking.caio")
    ran = run("compat", *sides, "--callers", str(folder / "fleet" / "callers.caio"), "--json")
    printed = [found["counterexample"] for found in findings(ran)]
    pasted = (folder / "pasted.caio").read_text("utf-8")
    assert ran.code == 1
    assert any(all(part in pasted for part in text.split("\n\n")) for text in printed)
