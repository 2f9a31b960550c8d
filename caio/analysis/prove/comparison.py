"""The whole policies of two sets of documents: what the new one allows that the old one did not, and the other way round.

A policy is all rules, invariants and constraints of a vocabulary. Whatever meets every one of the new ones has to meet every
old one, or something is newly allowed. The vocabularies have to be the same: two that merely look alike say nothing to each
other.
"""

from __future__ import annotations

from caio.analysis.findings.report import Question
from caio.analysis.prove.implication import Direction, by_key, differences, steps_of
from caio.analysis.prove.outcome import Proof, Study, decided, unasked, undecided, verdict_of
from caio.analysis.prove.words import kind_of
from caio.analysis.prove.world import World
from caio.base.canonical import canonical_bytes
from caio.certify.answers import Answers
from caio.certify.asking import BUDGET, Asker, Progress
from caio.certify.prover import Prover
from caio.ir.encode import document_digest
from caio.sema.project import Project

_ALLOWED = "newly allowed"
_FORBIDDEN = "newly forbidden"
_HELP = "if it is meant, waive it; if not, restore what the rules said before"


def compare(
    new: Project,
    old: Project,
    prover: Prover,
    *,
    stricter: bool = False,
    answers: Answers | None = None,
    budget: int = BUDGET,
    progress: Progress | None = None,
) -> tuple[Proof, ...]:
    """Whether two sets of documents allow the same; one answer for each vocabulary that has rules in either.

    Args:
        new: compiled without an error.
        old: likewise.
        prover: decides.
        stricter: whether it is only asked that nothing is newly allowed.
        answers: where evidence is kept from run to run.
        budget: solver units per obligation.
        progress: told how far a comparison is.

    Raises:
        EvidenceError: the checker rejected what was found.
        SolverError: the solver could not do its work.
    """
    after, before = _worlds(new), _worlds(old)
    found = []
    for digest, world in sorted({**before, **after}.items(), key=lambda item: _order(*item)):
        one, other = after.get(digest), before.get(digest)
        if not any(side is not None and side.demands for side in (one, other)):
            continue
        if one is None or other is None:
            found.append(_missing(world, new=one is not None))
            continue
        asker = Asker(
            one.vocabulary,
            [one.demands, other.demands],
            prover,
            answers=answers,
            budget=budget,
            progress=progress,
        )
        found.append(_compared(Study(one, asker, prover, budget, other), other, stricter=stricter))
    return tuple(found)


def _worlds(project: Project) -> dict[str, World]:
    return {document_digest(one): World(project, one) for one in project.vocabularies}


def _order(digest: str, world: World) -> tuple[str, str]:
    return world.vocabulary.name, digest


def _missing(world: World, *, new: bool) -> Proof:
    here, there = ("new", "old") if new else ("old", "new")
    name = world.vocabulary.name
    return unasked(
        f"against:{name}/{world.name}",
        f"the new policy and the old one can be compared in `{name}`",
        f"the {here} documents have rules in a vocabulary `{name}` that is not the {there} ones'",
        "name documents of the same vocabulary on both sides; one that was edited is another one",
        world.project.locate(world.name),
    )


def _compared(study: Study, other: World, *, stricter: bool) -> Proof:
    world, vocabulary = study.world, study.world.vocabulary
    directions = [Direction(world.demands, other.demands, _ALLOWED, "{} forbade it", _HELP)]
    if not stricter:
        directions.append(Direction(other.demands, world.demands, _FORBIDDEN, "by {}", _HELP))
    kind = "stricter" if stricter else "equivalent"
    identity = f"against:{vocabulary.name}"
    title = (
        f"nothing is newly allowed in `{vocabulary.name}`"
        if stricter
        else f"the new policy allows in `{vocabulary.name}` exactly what the old one does"
    )
    steps = [step for one in directions for step in steps_of(one, study)]
    if not steps:
        message = (
            f"the old documents have no rule in `{vocabulary.name}`, so that nothing was forbidden"
        )
        return unasked(identity, title, message, "leave out `--only stricter`")
    answered = study.ask(f"against/{kind}", [step.asked for step in steps])
    given = by_key(answered)
    answers = [given[canonical_bytes(list(step.asked.key))] for step in steps]
    findings = list(differences(steps, given, study, answered.digest, ("policy", None)))
    named = [
        (f"{kind_of(step.demand)} `{step.demand.name}`", answer)
        for step, answer in zip(steps, answers, strict=True)
    ]
    findings += undecided("policy", named, None)
    question = Question(
        identity,
        f"{title} ({len(world.demands):,} rules, {len(other.demands):,} before)",
        verdict_of(answers, findings),
        decided(answered.answers),
        tuple(findings),
        answered.digest,
    )
    return Proof(question, answered.certificate, (vocabulary, *world.demands, *other.demands))
