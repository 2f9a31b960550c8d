"""Is every caller still satisfied? A weaker question than refinement, and often enough.

A caller is a request that names one. For each caller and each service, everything that the old contract is admitted for must
find the new one admitted, each under the policy of its side. A caller whom the old contract satisfied for no request is kept by
anything; that shows nothing, so that it is told and does not count.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from caio.analysis.compat import rules
from caio.analysis.compat.breaking import Breaking
from caio.analysis.compat.comparison import Comparison
from caio.analysis.compat.engine import Engine, Evidence, Found, Inquiry
from caio.analysis.compat.sides import Side, Version, named, title
from caio.analysis.compat.vocabularies import vocabularies_question
from caio.analysis.findings.finding import Finding
from caio.analysis.findings.plain import count
from caio.analysis.findings.report import Question
from caio.analysis.findings.verdicts import Verdict
from caio.base.diagnostics import Label
from caio.base.errors import InputError
from caio.ir import documents as d
from caio.ir.encode import document_digest
from caio.obligations.asked import Asked, Policy
from caio.obligations.meaning import Meaning
from caio.obligations.universal import keeps


def keep_callers(
    comparison: Comparison,
    requests: Sequence[d.Request],
    engine: Engine,
    *,
    profile: str | None = None,
) -> Found:
    """Ask of each caller whether the new version of each service satisfies it wherever the old one did.

    Args:
        comparison: the sides, the callers' documents among those of OLD.
        requests: of the callers; those without one are told and left aside.
        engine: decides.
        profile: whose routing allowance counts.

    Raises:
        InputError: there is nothing to be asked.
        EvidenceError: the checker rejected what was found.
        SolverError: the solver process could not do its work.
    """
    callers = named_callers(requests)
    questions: list[Question] = []
    evidence: list[Evidence] = []
    pairs: dict[str, list[tuple[Version, Version | None]]] = {}
    lost: dict[tuple[str, str], list[tuple[Version, Version, Side]]] = {}
    for name in comparison.services():
        old, new = comparison.old.highest(name), comparison.new.highest(name)
        if old is None:
            continue
        if new is not None and new.vocabulary != old.vocabulary:
            where = (old.vocabulary, new.vocabulary)
            lost.setdefault(where, []).append((old, new, comparison.old))
            continue
        pairs.setdefault(old.vocabulary, []).append((old, new))
    for (before, after), drifted in sorted(lost.items()):
        questions.append(vocabularies_question(before, after, drifted, comparison.new))
    counted = 0
    for vocabulary, own in sorted(pairs.items()):
        asked = [request for request in callers if request.vocabulary == vocabulary]
        if asked:
            asking = _Keeping(comparison, vocabulary, engine, profile)
            found = asking.run(own, asked)
            counted += asking.counted
            questions += found.questions
            evidence += found.evidence
    if not counted and not lost:
        questions.append(_nobody(callers))
    aside = (*nameless(requests, comparison.old), *_strangers(callers, comparison))
    questions[0] = replace(questions[0], findings=(*aside, *questions[0].findings))
    return Found(tuple(questions), tuple(evidence))


def named_callers(requests: Sequence[d.Request]) -> list[d.Request]:
    """The requests that name a caller.

    Raises:
        InputError: there is none.
    """
    found = [request for request in requests if request.caller is not None]
    if not found:
        raise InputError(
            "there is no request: state one with `caller NAME` for each caller"
            if not requests
            else f"none of {count(len(requests), 'request')} names a caller: write `caller NAME` into them"
        )
    return found


def nameless(requests: Sequence[d.Request], side: Side) -> tuple[Finding, ...]:
    """Notes about the requests that name no caller and are left aside."""
    return tuple(
        Finding(
            rules.REQUEST_WITHOUT_CALLER,
            Verdict.PROVED,
            f"request `{request.name}` names no caller, and is left aside",
            subjects=(request.name,),
            span=side.project.locate(document_digest(request)),
            help="write `caller NAME` into it, if it stands for one",
        )
        for request in requests
        if request.caller is None
    )


def _strangers(callers: Sequence[d.Request], comparison: Comparison) -> tuple[Finding, ...]:
    """Notes about callers in whose vocabulary no old contract that is asked about is written."""
    latest = map(comparison.old.highest, comparison.services())
    spoken = {version.vocabulary for version in latest if version is not None}
    return tuple(
        Finding(
            rules.CALLER_WITHOUT_SERVICE,
            Verdict.PROVED,
            f"no old contract is written in the vocabulary of caller `{request.caller}` (request `{request.name}`)",
            subjects=(request.caller or "", request.name),
            span=comparison.old.project.locate(document_digest(request)),
            help="leave its documents out, or name the contracts that it calls",
        )
        for request in callers
        if request.vocabulary not in spoken
    )


def _nobody(callers: Sequence[d.Request]) -> Question:
    names = ", ".join(f"`{request.caller}`" for request in callers[:5])
    return Question(
        "callers:satisfied",
        f"the old contracts satisfied some caller ({names}{', …' if len(callers) > 5 else ''})",
        Verdict.COULD_NOT_RUN,
        0,
    )


@dataclass(frozen=True, slots=True)
class _Case:
    """A caller and a service, with the obligation that it is kept and the one that it was never satisfied."""

    request: d.Request
    facts: d.Facts | None
    old: Version
    new: Version | None
    kept: Asked
    never: Asked


class _Keeping:
    """The questions about callers over one vocabulary."""

    def __init__(
        self, comparison: Comparison, vocabulary: str, engine: Engine, profile: str | None
    ) -> None:
        self.old, self.new, self.engine = comparison.old, comparison.new, engine
        self.vocabulary = self.old.vocabularies[vocabulary]
        self.meaning = Meaning(self.vocabulary)
        self.before = self.old.policy(vocabulary, self.old.profile(vocabulary, profile))
        after = (
            self.new.profile(vocabulary, profile) if vocabulary in self.new.vocabularies else None
        )
        self.after = self.new.policy(vocabulary, after)
        self.breaking = Breaking(engine.prover)
        self.counted = 0
        """How many callers some old contract satisfied for some request."""

    def run(
        self, pairs: Sequence[tuple[Version, Version | None]], requests: Sequence[d.Request]
    ) -> Found:
        """Ask about each caller and each service."""
        cases = [
            self._case(request, old, new)
            for request in sorted(requests, key=lambda one: one.name)
            for old, new in pairs
        ]
        asking = Inquiry(self.engine, self.vocabulary, self._documents(cases))
        name = self.vocabulary.name
        evidence = asking.ask(f"callers {name}", [case.kept for case in cases])
        asking.ask(f"callers {name}: before", [case.never for case in cases])
        questions = [self._question(case, asking, evidence) for case in cases]
        return Found(tuple(questions), tuple(asking.evidence))

    def _case(self, request: d.Request, old: Version, new: Version | None) -> _Case:
        facts = self.old.facts(request.vocabulary, request.caller)
        before, nothing = (old.contract, self.before), (None, Policy())
        after = nothing if new is None else (new.contract, self.after)
        never = keeps(request, facts or False, before, nothing, self.meaning)
        kept = keeps(request, facts or False, before, after, self.meaning)
        return _Case(request, facts, old, new, kept, never)

    def _documents(self, cases: Sequence[_Case]) -> list[list[d.Document]]:
        old: list[d.Document] = [*self.before.demands]
        new: list[d.Document] = [*self.after.demands]
        for policy, own in ((self.before, old), (self.after, new)):
            if policy.profile is not None:
                own.append(policy.profile)
        for case in cases:
            old += [case.request, *case.old.documents()]
            if case.facts is not None:
                old.append(case.facts)
            if case.new is not None:
                new += case.new.documents()
        return [old, new]

    def _question(self, case: _Case, asking: Inquiry, evidence: str | None) -> Question:
        kept, never = asking.answer(case.kept), asking.answer(case.never)
        caller, name = case.request.caller or "", case.old.name
        by = f"{title(case.new)}" if case.new is not None else f"any `{name}`"
        place = self.old.project.locate(document_digest(case.request))
        subjects = (caller, case.request.name, name)
        findings: tuple[Finding, ...] = ()
        verdict = {True: Verdict.PROVED, False: Verdict.REFUTED, None: Verdict.UNKNOWN}[kept.holds]
        if never.holds is True:
            findings = (
                Finding(
                    rules.CALLER_NEVER_SATISFIED,
                    Verdict.PROVED,
                    f"{title(case.old)} satisfied caller `{caller}` for no request of `{case.request.name}`: it loses"
                    " nothing, and shows nothing",
                    subjects=subjects,
                    span=place,
                    evidence=evidence,
                ),
            )
        else:
            self.counted += 1
        if kept.holds is False:
            shown = self.breaking.of_caller(kept.asked, kept.witness, case.request, self.meaning)
            where = None if case.new is None else case.new.locate()
            findings += (
                Finding(
                    rules.CALLER_BROKEN,
                    Verdict.REFUTED,
                    f"caller `{caller}` was satisfied by {title(case.old)} and is not by {by} for a request of"
                    f" `{case.request.name}`",
                    subjects=subjects,
                    span=place,
                    labels=() if where is None else (Label(where, "this does not admit it"),),
                    counterexample=None if shown is None else shown.text,
                    evidence=evidence,
                    help="ask without `--callers` what changed, and `caio explain` about this request",
                ),
            )
        return Question(
            named("caller", case.request.name, name),
            f"whatever {title(case.old)} did for caller `{caller}` (request `{case.request.name}`), {by} does",
            verdict,
            asking.decided([case.kept, case.never]),
            findings,
            evidence=evidence,
            span=place,
        )
