"""``always at least N admitted for …``: whether each request of a class has so many services, point by point.

Not the same services for all requests, and not those that are chosen: admission alone is asked about. Health and the origin
of facts are assumed. What is uncovered is told as regions of the class, each with a minimal request and with the first
reason why each service is not admitted there.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from caio.analysis.findings.finding import Finding
from caio.analysis.findings.verdicts import Verdict
from caio.analysis.prove.box import Box, needed
from caio.analysis.prove.outcome import EMPTY, UNCOVERED, Proof, Study, undecided, without_services
from caio.analysis.prove.replay import admitted_at, complete
from caio.analysis.prove.wording import comments
from caio.analysis.prove.words import allowance_of, listing
from caio.analysis.prove.world import Setting
from caio.analysis.witness.axes import axes_of
from caio.analysis.witness.conditions import describe
from caio.analysis.witness.minimal import Point, minimal
from caio.analysis.witness.regions import cover, formula_of
from caio.base.canonical import canonical_bytes
from caio.base.errors import InputError, InternalError
from caio.base.units import TIME
from caio.certify.asking import Answer
from caio.certify.prover import Model
from caio.ir import documents as d
from caio.ir import interpret as i
from caio.ir.encode import document_digest
from caio.obligations import universal
from caio.obligations.admission import admitted
from caio.obligations.clauses import clause_form
from caio.obligations.formula import (
    Formula,
    Scope,
    Sort,
    Variable,
    at_most,
    evaluate,
    implication,
    negation,
    truth,
)
from caio.obligations.meaning import Meaning
from caio.sema.show_numbers import quantity

MOST_REGIONS: Final = 10
"""How many regions are told; whether there are more is said."""
MOST_CLAUSES: Final = 10_000
"""The largest question whose answer is told as regions; of a larger one, a minimal request is all that is shown, and that is said."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """A property of a class in one setting."""

    claim: d.Property
    count: int
    group: d.Class
    setting: Setting
    study: Study


def always(claim: d.Property, study: Study) -> Proof:
    """Whether so many services are admitted for every request of the class, in every setting.

    Raises:
        EvidenceError, SolverError: as ``Asker.ask``.
    """
    if not isinstance(claim.claim, d.Always):
        raise TypeError(f"`{claim.name}` is no property of the form `always`")
    world, meaning = study.world, study.meaning
    group = world.classes[claim.claim.group]
    title = _title(claim, claim.claim.count, group, world.settings)
    if not world.settings:
        return without_services(claim, title, study)
    cases = [_Asked(claim, claim.claim.count, group, one, study) for one in world.settings]
    asked = [
        universal.inhabited(group, meaning),
        *(
            universal.always(claim, group, case.setting.contracts, case.setting.policy, meaning)
            for case in cases
        ),
    ]
    answered = study.ask(claim.name, asked, [claim])
    inhabited, *answers = answered.answers
    if inhabited.holds is False:
        empty = Finding(
            EMPTY,
            Verdict.REFUTED,
            f"no request belongs to `{group.name}`, so that `{claim.name}` says nothing",
            subjects=(claim.name, group.name),
            content=document_digest(group),
            span=study.place(group),
            evidence=answered.digest,
            help="correct what is `given` of the class: two parts of it exclude each other",
        )
        return study.proof(claim, title, answered, [empty])
    # Settings that pose the same obligation have one answer.
    known = {canonical_bytes(list(answer.asked.key)): answer for answer in answers}
    findings = []
    for case, one in zip(cases, asked[1:], strict=True):
        answer = known[canonical_bytes(list(one.key))]
        if answer.holds is False:
            findings += list(_uncovered(case, answer, answered.digest))
    named = [(f"the class `{group.name}`", answer) for answer in answered.answers]
    findings += undecided(claim.name, named, study.place(claim))
    return study.proof(claim, title, answered, findings)


def _title(claim: d.Property, count: int, group: d.Class, settings: Sequence[Setting]) -> str:
    some = "some service is" if count == 1 else f"some {count:,} services are"
    assumed = ["health", "origin of facts"]
    allowances = {allowance_of(setting.policy.profile): setting.profiles for setting in settings}
    if group.deadline is not None:
        assumed += [
            f"{quantity(allowance, TIME)} of the deadline for routing by"
            f" {listing([f'`{name}`' for name in profiles], 2)}"
            for allowance, profiles in allowances.items()
            if allowance
        ]
    return (
        f"`{claim.name}`: for each request of `{group.name}` {some} admitted, not the same for all"
        f" (assumed: {', '.join(assumed)})"
    )


def _uncovered(case: _Asked, answer: Answer, evidence: str | None) -> Iterator[Finding]:
    study, lean = case.study, _Lean.of(case)
    form = clause_form([lean.whole], lean.scope)
    parts, rest = ([], False) if len(form.clauses) > MOST_CLAUSES else _regions(case, lean)
    if not parts:
        model, effort = lean.model(answer, study.meaning), study.effort
        point = minimal(
            lean.whole, model, study.prover, study.meaning, scope=lean.scope, budget=effort
        )
        parts, rest = [("", point)], False
    for text, point in parts:
        yield _region(case, text, point, evidence)
    if rest:
        yield Finding(
            UNCOVERED,
            Verdict.REFUTED,
            f"more of `{case.group.name}` is uncovered by `{case.claim.name}` than is described",
            subjects=(case.claim.name, case.group.name),
            content=list(answer.asked.key),
            span=study.place(case.claim),
            evidence=evidence,
            help=f"mend what is described and ask again; at most {MOST_REGIONS} regions are",
        )


def _regions(case: _Asked, lean: _Lean) -> tuple[list[tuple[str, Point]], bool]:
    """The uncovered part of the class as regions, each with a minimal request in it, and whether there is more."""
    study = case.study
    prover, meaning, effort = study.prover, study.meaning, study.effort
    try:
        regions = cover(
            lean.block,
            prover,
            meaning,
            scope=lean.scope,
            within=lean.given,
            most=MOST_REGIONS,
            budget=effort,
        )
        texts = [describe(part, meaning) for part in regions.cubes]
    except InputError:
        # Some number of a region cannot be written: one request that shows it can.
        return [], False
    found = []
    for text, part in zip(texts, regions.cubes, strict=True):
        inside = (*lean.whole, formula_of(part, meaning))
        there = prover.decide(clause_form([inside], lean.scope), budget=study.budget)
        if isinstance(there, Model):
            point = minimal(inside, there, prover, meaning, scope=lean.scope, budget=effort)
            found.append((text, point))
    return found, not regions.complete or len(found) < len(texts)


@dataclass(frozen=True, slots=True)
class _Lean:
    """The block of ``always`` with equal conditions of admission taken together: the same requests satisfy it.

    Thousands of services share a few conditions, and whoever is admitted nowhere takes no part.

    Attributes:
        given: what makes a request one of the class.
        block: what makes it uncovered.
        scope: the variables of the block.
        admits: what each variable ``admits.<n>`` stands for.
    """

    given: tuple[Formula, ...]
    block: tuple[Formula, ...]
    scope: Scope
    admits: Mapping[str, Formula]

    @staticmethod
    def of(case: _Asked) -> _Lean:
        """The block of a property in a setting."""
        meaning, admits, terms = case.study.meaning, dict[str, Formula](), dict[str, Fraction]()
        given = tuple(meaning.formula(one) for one in case.group.given)
        block: list[Formula] = []
        box = Box(given, meaning.scope)
        weights = Counter(
            box.folded(admitted(contract, case.setting.policy, case.group, meaning))
            for contract in case.setting.contracts
        )
        scope = dict(meaning.scope)
        for formula, weight in needed(weights, case.count).items():
            if weight >= case.count:
                block.append(negation(formula))
            else:
                name = f"admits.{len(terms)}"
                scope[name] = Variable(name, Sort.INT, Fraction(0), Fraction(1))
                terms[name], admits[name] = Fraction(weight), formula
                block.append(implication(formula, truth(name, scope)))
        if terms:
            block.append(at_most(terms, Fraction(1 - case.count), scope))
        return _Lean(given, tuple(block), scope, admits)

    @property
    def whole(self) -> tuple[Formula, ...]:
        """All that is asserted."""
        return (*self.given, *self.block)

    def model(self, answer: Answer, meaning: Meaning) -> Model:
        """The model of this block that a model of the whole one is."""
        usual = {
            name: value for axis in axes_of(meaning) for name, value in axis.defaults().items()
        }
        values = {**usual, **{n: v for n, v in answer.witness.items() if n in meaning.scope}}
        admits = {name: Fraction(evaluate(one, values)) for name, one in self.admits.items()}
        return Model({**values, **admits})


def _region(case: _Asked, text: str, point: Point, evidence: str | None) -> Finding:
    study, setting, group = case.study, case.setting, case.group
    found = complete(point.values, study.meaning)
    taken, refused = admitted_at(
        setting.contracts, setting.policy, group, found.point, study.world.vocabulary
    )
    if len(taken) >= case.count or not all(i.holds(one, found.point) for one in group.given):
        raise InternalError(f"the interpreter finds `{case.claim.name}` kept at a counterexample")
    where = f"when {text}" if text else "for some requests, too various to describe"
    if text == "always":
        where = "for all its requests"
    under = f" under {listing([f'`{name}`' for name in setting.profiles])}"
    several = len(study.world.settings) > 1
    message = (
        f"`{group.name}` is uncovered {where}{under if several else ''}:"
        f" {len(taken):,} of the {case.count:,} demanded by `{case.claim.name}` admitted"
    )
    lines = comments(taken, refused)
    return Finding(
        UNCOVERED,
        Verdict.REFUTED,
        message,
        subjects=(case.claim.name, group.name),
        content=[document_digest(case.claim), text, *(setting.profiles if several else ())],
        span=study.place(case.claim),
        counterexample=study.pasted(point, head=lines, request=group),
        evidence=evidence,
        help="add a service for these requests, loosen what refuses them, or narrow the class",
    )
