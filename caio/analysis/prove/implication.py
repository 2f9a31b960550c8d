"""``rules … imply …`` and ``equivalent to``: whatever meets some rules meets others, action by action.

What is refuted is told as a set: what a service then does (attributes value by value), for which requests (regions), and one
minimal point of each, which the interpreter has replayed. The policies of two sets of documents are compared the same way.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from caio.analysis.findings.finding import Finding
from caio.analysis.findings.verdicts import Verdict
from caio.analysis.prove.behaviour import Part, parts_of
from caio.analysis.prove.outcome import DIFFERS, VACUOUS, Proof, Study, undecided
from caio.analysis.prove.premises import Premises
from caio.analysis.prove.replay import complete
from caio.analysis.prove.rules_at import Demand, allowed, bears
from caio.analysis.prove.words import kind_of, listing, shown
from caio.analysis.witness.concrete import Concrete
from caio.base.canonical import canonical_bytes
from caio.base.diagnostics import Label
from caio.base.errors import InternalError
from caio.base.spans import Span
from caio.certify.asking import Answer, Answered
from caio.ir import documents as d
from caio.ir.encode import document_digest
from caio.ir.interpret import holds
from caio.obligations import universal
from caio.obligations.asked import Asked

MOST_DESCRIBED: Final = 100
"""How many demands that do not follow are described; the rest is counted."""


@dataclass(frozen=True, slots=True)
class Direction:
    """That whatever meets the premises meets the conclusions.

    Attributes:
        premises: rules, invariants and constraints.
        conclusions: likewise.
        allows: how a finding begins that tells what the premises allow, such as ``newly allowed``.
        forbids: how it goes on with the rule that forbids it, such as ``{} forbade it``.
        help: what to do about it.
    """

    premises: tuple[Demand, ...]
    conclusions: tuple[Demand, ...]
    allows: str
    forbids: str
    help: str = "state it in the rules that allow it, or drop it from the rule that forbids it"


@dataclass(frozen=True, slots=True)
class Step:
    """One action of a conclusion, and the obligation that it follows."""

    direction: Direction
    premises: tuple[Demand, ...]
    demand: Demand
    index: int
    asked: Asked


def implication(claim: d.Property, study: Study) -> Proof:
    """Whether some rules imply others, or both ways.

    Raises:
        EvidenceError, SolverError: as ``Asker.ask``.
    """
    if not isinstance(claim.claim, d.Implication):
        raise TypeError(f"`{claim.name}` is no property of the form `imply`")
    world, both = study.world, claim.claim.both
    known = {document_digest(one): one for one in world.demands}
    first = tuple(known[digest] for digest in claim.claim.premises)
    second = tuple(known[digest] for digest in claim.claim.conclusions)
    directions = [
        Direction(first, second, "allowed by the first rules only", "{} of the second forbids it")
    ]
    if both:
        directions.append(
            Direction(
                second, first, "allowed by the second rules only", "{} of the first forbids it"
            )
        )
    verb = "allow exactly what the second allow" if both else "imply the second"
    title = f"`{claim.name}`: the first rules ({names(first)}) {verb} ({names(second)})"
    steps = [step for one in directions for step in steps_of(one, study)]
    concluded = dict.fromkeys(demand for one in directions for demand in one.conclusions)
    applicable = [universal.applicable(one, study.meaning) for one in concluded]
    asked = [*applicable, *(step.asked for step in steps)]
    answered = study.ask(claim.name, asked, [claim])
    given = by_key(answered)
    findings = list(
        differences(steps, given, study, answered.digest, (claim.name, study.place(claim)))
    )
    if all(given[canonical_bytes(list(one.key))].holds is False for one in applicable):
        findings.append(_vacuous(claim, study, answered.digest))
    decisive = [given[canonical_bytes(list(step.asked.key))] for step in steps]
    named = [
        (f"{kind_of(s.demand)} `{s.demand.name}`", a) for s, a in zip(steps, decisive, strict=True)
    ]
    findings += undecided(claim.name, named, study.place(claim))
    return study.proof(claim, title, answered, findings, decisive=decisive)


def names(demands: Sequence[Demand]) -> str:
    """The first few names of rules."""
    return listing([f"`{one.name}`" for one in demands], 3)


def by_key(answered: Answered) -> dict[bytes, Answer]:
    """Answers by the key of what was asked."""
    return {canonical_bytes(list(answer.asked.key)): answer for answer in answered.answers}


def steps_of(direction: Direction, study: Study) -> Iterator[Step]:
    """The obligations of a direction: one per action of each conclusion.

    Of the premises, those are taken that are enough (``premises``).
    """
    premises = Premises(direction.premises, study)
    for demand in direction.conclusions:
        for index in range(len(demand.then)):
            enough = premises.enough_for(demand, index)
            asked = universal.implied(enough, demand, index, study.meaning)
            yield Step(direction, enough, demand, index, asked)


def differences(
    steps: Sequence[Step],
    given: dict[bytes, Answer],
    study: Study,
    evidence: str | None,
    subject: tuple[str, Span | None],
) -> Iterator[Finding]:
    """What premises allow and conclusions forbid, as findings: one per rule, action and part of the difference."""
    refuted = [
        (step, answer)
        for step in steps
        if (answer := given[canonical_bytes(list(step.asked.key))]).holds is False
    ]
    for step, answer in refuted[:MOST_DESCRIBED]:
        atom = step.demand.then[step.index]
        parts, rest = parts_of(step.asked, atom, answer.witness, study)
        for part in parts:
            yield _difference(step, part, study, evidence, subject)
        if rest:
            yield _more(step, study, evidence, subject)
    left = refuted[MOST_DESCRIBED:]
    if left:
        name, span = subject
        yield Finding(
            DIFFERS,
            Verdict.REFUTED,
            f"{len(left):,} more demands do not follow, of {names([step.demand for step, _ in left])}",
            subjects=(name,),
            content=[list(step.asked.key) for step, _ in left],
            span=span,
            evidence=evidence,
            help="mend what is described and ask again",
        )


def _difference(
    step: Step, part: Part, study: Study, evidence: str | None, subject: tuple[str, Span | None]
) -> Finding:
    found = complete(part.point.values, study.meaning)
    atom = step.demand.then[step.index]
    if not allowed(step.premises, step.demand, atom, part.point.values, found, study.meaning):
        raise InternalError(f"the interpreter finds `{step.demand.name}` implied at a model")
    name, span = subject
    forbids = step.direction.forbids.format(f"{kind_of(step.demand)} `{step.demand.name}`")
    place = study.place(step.demand, f"then[{step.index}]")
    where = "" if part.region == "always" or not part.region else f" when {part.region}"
    return Finding(
        DIFFERS,
        Verdict.REFUTED,
        f"{step.direction.allows}: {part.behaviour}{where} ({forbids})",
        subjects=(name, step.demand.name),
        content=[
            step.direction.allows,
            document_digest(step.demand),
            step.index,
            part.behaviour,
            part.region,
        ],
        span=span or place,
        labels=() if place is None or span is None else (Label(place, "this forbids it"),),
        counterexample=study.pasted(part.point, head=_kept(step, found, study)),
        evidence=evidence,
        help=step.direction.help,
    )


def _kept(step: Step, found: Concrete, study: Study) -> str:
    """What is met at a point and bears on the action, as comments to stand before it."""
    vocabulary, atom = study.world.vocabulary, step.demand.then[step.index]
    met = [
        f"{kind_of(one)} `{one.name}`, `{shown(other, vocabulary)}`"
        for one in step.premises
        if holds(one.when, found.point)
        for other in one.then
        if bears(other, atom, study.meaning)
    ]
    return f"// met: {' '.join(listing(met, 3).split())}\n" if met else ""


def _more(
    step: Step, study: Study, evidence: str | None, subject: tuple[str, Span | None]
) -> Finding:
    name, span = subject
    atom = shown(step.demand.then[step.index], study.world.vocabulary)
    return Finding(
        DIFFERS,
        Verdict.REFUTED,
        f"{step.direction.allows}: more that is against `{atom}` than is described",
        subjects=(name, step.demand.name),
        content=list(step.asked.key),
        span=span or study.place(step.demand, f"then[{step.index}]"),
        evidence=evidence,
        help="mend what is described and ask again",
    )


def _vacuous(claim: d.Property, study: Study, evidence: str | None) -> Finding:
    return Finding(
        VACUOUS,
        Verdict.REFUTED,
        f"no rule on the right of `{claim.name}` applies to any request, so that it demands nothing",
        subjects=(claim.name,),
        content=document_digest(claim),
        span=study.place(claim),
        evidence=evidence,
        help="correct the conditions of these rules",
    )
