"""Properties of a project, proved or refuted: one question and one certificate for each."""

from __future__ import annotations

from collections.abc import Sequence

from caio.analysis.prove.always import always
from caio.analysis.prove.implication import implication
from caio.analysis.prove.never import never
from caio.analysis.prove.outcome import Proof, Study
from caio.analysis.prove.world import World, known_profile, properties_of
from caio.certify.answers import Answers
from caio.certify.asking import BUDGET, Asker, Progress
from caio.certify.prover import Prover
from caio.ir import documents as d
from caio.ir.encode import document_digest
from caio.sema.project import Project


def prove(
    project: Project,
    prover: Prover,
    *,
    names: Sequence[str] = (),
    profile: str | None = None,
    all_versions: bool = False,
    answers: Answers | None = None,
    budget: int = BUDGET,
    progress: Progress | None = None,
) -> tuple[Proof, ...]:
    """What becomes of each property, in the order of the project; nothing, if there is none.

    Args:
        project: compiled without an error.
        prover: decides.
        names: of the properties; none stands for all.
        profile: the only profile that counts; None for all of them.
        all_versions: whether ``never`` is about versions that do not route as well.
        answers: where evidence is kept from run to run.
        budget: solver units per obligation.
        progress: told how far a property is.

    Raises:
        InputError: a name is unknown, or a profile pins a version that is not there.
        EvidenceError: the checker rejected what was found.
        SolverError: the solver could not do its work.
    """
    known_profile(project, profile)
    claims = properties_of(project, names)
    studies: dict[str, Study] = {}
    for vocabulary in project.vocabularies:
        name = document_digest(vocabulary)
        mine = [claim for claim in claims if claim.vocabulary == name]
        if mine:
            world = World(project, vocabulary, profile)
            asker = Asker(
                vocabulary,
                [world.documents(mine)],
                prover,
                answers=answers,
                budget=budget,
                progress=progress,
            )
            studies[name] = Study(world, asker, prover, budget)
    return tuple(
        _prove(claim, studies[claim.vocabulary], all_versions=all_versions) for claim in claims
    )


def _prove(claim: d.Property, study: Study, *, all_versions: bool) -> Proof:
    match claim.claim:
        case d.Never():
            return never(claim, study, all_versions=all_versions)
        case d.Always():
            return always(claim, study)
        case d.Implication():
            return implication(claim, study)
