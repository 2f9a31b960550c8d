"""``never admitted when …``: one obligation per contract, and the leaks of those that do not keep it.

What a service does not state is left open, so that a silent contract may be anything; a leak says which silence it is. A
condition that no request, and no service, can meet makes the property empty: that is found, and not passed over.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from caio.analysis.findings.finding import Finding
from caio.analysis.findings.verdicts import Verdict
from caio.analysis.prove.outcome import LEAK, VACUOUS, Proof, Study, undecided, without_services
from caio.analysis.prove.replay import complete, leaks
from caio.analysis.prove.words import listing, shown, version_of
from caio.analysis.witness.concrete import NONE_OF_THEM, Concrete
from caio.analysis.witness.minimal import Point, minimal
from caio.base.diagnostics import Label
from caio.base.errors import InternalError
from caio.certify.asking import Answer
from caio.certify.prover import Model, Refutation
from caio.ir import documents as d
from caio.ir import interpret as i
from caio.ir import terms as t
from caio.ir.encode import document_digest
from caio.obligations import universal
from caio.obligations.clauses import clause_form
from caio.obligations.contract import Contract
from caio.sema.show_terms import Shower


def never(claim: d.Property, study: Study, *, all_versions: bool = False) -> Proof:
    """Whether no service is admitted where the condition holds.

    Args:
        claim: a property of the form ``never``.
        study: who asks.
        all_versions: whether versions that do not route are asked about, too.

    Raises:
        EvidenceError, SolverError: as ``Asker.ask``.
    """
    if not isinstance(claim.claim, d.Never):
        raise TypeError(f"`{claim.name}` is no property of the form `never`")
    world, meaning, when = study.world, study.meaning, claim.claim.when
    contracts = world.contracts if all_versions else world.routing
    versions = "any version" if all_versions else "the routing version"
    title = (
        f"`{claim.name}`: {versions} of no service is admitted when"
        f" {shown(when, world.vocabulary)} (assumed: promises are kept)"
    )
    if not contracts:
        return without_services(claim, title, study)
    asked = [universal.never(claim, one, world.policy, meaning) for one in contracts]
    answered = study.ask(claim.name, asked, [claim])
    pairs = list(zip(contracts, answered.answers, strict=True))
    findings = [
        *_vacuous(claim, when, study),
        *_leaks(claim, pairs, study, answered.digest),
        *undecided(claim.name, ((version_of(c.service), a) for c, a in pairs), study.place(claim)),
    ]
    return study.proof(claim, title, answered, findings)


def _vacuous(claim: d.Property, when: t.Formula, study: Study) -> Iterator[Finding]:
    block = [study.meaning.formula(when)]
    answer = study.prover.decide(clause_form([block], study.meaning.scope), budget=study.budget)
    if isinstance(answer, Refutation):
        yield Finding(
            VACUOUS,
            Verdict.REFUTED,
            f"nothing at all meets the condition of `{claim.name}`, so that it forbids nothing",
            subjects=(claim.name,),
            content=document_digest(claim),
            span=study.place(claim),
            help="correct the condition: two parts of it exclude each other",
        )


def _leaks(
    claim: d.Property,
    pairs: Sequence[tuple[Contract, Answer]],
    study: Study,
    evidence: str | None,
) -> Iterator[Finding]:
    known: dict[object, Point] = {}
    for contract, answer in pairs:
        if answer.holds is not False:
            continue
        block = answer.asked.block
        point = known.get(block)
        if point is None:
            point = known[block] = minimal(
                block,
                Model(answer.witness),
                study.prover,
                study.meaning,
                scope=answer.asked.scope,
                budget=study.effort,
            )
        yield _leak(claim, contract, point, study, evidence)


def _leak(
    claim: d.Property, contract: Contract, point: Point, study: Study, evidence: str | None
) -> Finding:
    if not isinstance(claim.claim, d.Never):
        raise TypeError(f"`{claim.name}` is no property of the form `never`")
    world, service = study.world, contract.service
    found, when = complete(point.values, study.meaning), claim.claim.when
    if not leaks(when, contract, world.policy, found, study.meaning):
        raise InternalError(f"the interpreter finds no leak of {version_of(service)} at a model")
    silent = list(_silent(when, contract, found, world.vocabulary))
    open_ = list(_open(when, found, world.vocabulary))
    about = [
        *(
            f"states no `{name}`, so {'it may be ' + value if value else 'it may be anything'}"
            for name, value in silent
        ),
        *(f"may have {name} {value}" for name, value in open_),
    ]
    told = f": it {' and '.join(about)}" if about else ""
    helps = f"add a rule or an invariant that keeps `{service.name}` from such requests"
    if silent:
        helps = (
            f"state {listing([f'`{name}`' for name, _ in silent])} in the contract or an overlay,"
            " or add an invariant that demands it"
        )
    place = study.place(service)
    return Finding(
        LEAK,
        Verdict.REFUTED,
        f"{version_of(service)} is admitted where `{claim.name}` forbids it{told}",
        subjects=(claim.name, service.name),
        content=[document_digest(claim), service.version],
        span=study.place(claim),
        labels=() if place is None else (Label(place, "this contract is admitted"),),
        counterexample=study.pasted(point, needs=service.capabilities[:1]),
        evidence=evidence,
        help=helps,
    )


def _silent(
    when: t.Formula, contract: Contract, found: Concrete, vocabulary: d.Vocabulary
) -> Iterator[tuple[str, str]]:
    """The attributes that a contract does not state and that make the condition true, with what they may be."""
    for name in dict.fromkeys(t.variables_of(when)):
        if not name.startswith("service."):
            continue
        attribute = name.removeprefix("service.")
        if attribute in contract.attributes:
            continue
        without = {key: value for key, value in found.point.items() if key != name}
        if i.holds(when, without):
            continue
        value = found.point.get(name, NONE_OF_THEM)
        kind = vocabulary.field(name).type
        text = "" if value == NONE_OF_THEM else f"`{Shower(vocabulary).value(value, kind)}`"
        yield attribute, text


def _open(when: t.Formula, found: Concrete, vocabulary: d.Vocabulary) -> Iterator[tuple[str, str]]:
    """The metrics, and the cost, that make the condition true, with their values."""
    for name in dict.fromkeys(t.variables_of(when)):
        value = found.point.get(name)
        if value is None or not (name.startswith("metric.") or name == d.COST):
            continue
        without = {key: other for key, other in found.point.items() if key != name}
        if not i.holds(when, without):
            text = Shower(vocabulary).value(value, vocabulary.field(name).type)
            yield f"`{name.removeprefix('metric.')}`", f"`{text}`"
