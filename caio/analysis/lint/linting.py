"""``lint``: every topic asked of every vocabulary of a project, judged by the checker, as questions of a report."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from caio.analysis.contradictions import contradictions
from caio.analysis.findings.finding import Finding, Fix, Rule
from caio.analysis.findings.report import Question
from caio.analysis.findings.verdicts import Verdict
from caio.analysis.lint import rules
from caio.analysis.lint.inquiry import Inquiry, Settled, StaleEvidenceError, key
from caio.analysis.lint.promises import without_effect
from caio.analysis.lint.reach import unmeetable, unreachable
from caio.analysis.lint.removing import Removals
from caio.analysis.lint.shadows import always_kept, shadows
from caio.analysis.lint.thresholds import of_conditions, of_requests, of_statements, out_of_reach
from caio.analysis.lint.topics import Draft, Removal, Topic, place
from caio.analysis.lint.unused import unused
from caio.analysis.sanity import Question as Sane
from caio.analysis.sanity import contradictory, of_contract, of_demand
from caio.analysis.witness.minimal import minimal
from caio.analysis.witness.text import counterexample_text
from caio.base.diagnostics import Severity
from caio.base.errors import InputError
from caio.certify.answers import Answers
from caio.certify.asking import BUDGET, Answer, Asker, Progress
from caio.certify.prover import Decided, Model, Prover
from caio.ir import documents as d
from caio.ir.encode import document_digest
from caio.landscape.snapshot import contracts_of
from caio.obligations.asked import Asked
from caio.sema.project import Project

Step = Callable[[str], None]
"""Told what is being looked for from here on."""

_MOST_EXAMPLES: Final = 100
"""For how many findings a smallest request is looked for."""


@dataclass(frozen=True, slots=True)
class Linted:
    """What a run found.

    Attributes:
        questions: with their findings.
        certificates: accepted by the checker, with the name of the vocabulary that each is about.
        removals: what may be taken out without changing an admission, by fingerprint of the finding.
    """

    questions: tuple[Question, ...]
    certificates: tuple[tuple[str, Settled], ...]
    removals: Mapping[str, Removal]


def lint(
    project: Project,
    prover: Prover,
    *,
    answers: Answers | None = None,
    budget: int = BUDGET,
    progress: Progress | None = None,
    step: Step | None = None,
) -> Linted:
    """Look for what is wrong with documents that compile.

    Raises:
        InputError: there is nothing to ask about.
        EvidenceError: the checker rejected what was found.
        SolverError: the solver could not do its work.
    """
    questions: list[Question] = []
    certificates: list[tuple[str, Settled]] = []
    removals: dict[str, Removal] = {}
    for vocabulary in project.vocabularies:
        run = _Run(project, vocabulary, prover, budget, progress, step or (lambda _: None))
        try:
            run.look(answers)
        except StaleEvidenceError:
            run.look(None)
        questions += run.questions
        certificates += [(vocabulary.name, one) for one in run.certificates]
        removals |= run.removals
    if not questions:
        raise InputError("no vocabulary: there is nothing to ask about; name its file, too")
    return Linted(tuple(questions), tuple(certificates), removals)


class _Run:
    """One vocabulary."""

    def __init__(
        self,
        project: Project,
        vocabulary: d.Vocabulary,
        prover: Prover,
        budget: int,
        progress: Progress | None,
        step: Step,
    ) -> None:
        self.project, self.vocabulary, self.prover = project, vocabulary, prover
        self.budget, self.progress, self.step = budget, progress, step
        self.questions: list[Question] = []
        self.certificates: tuple[Settled, ...] = ()
        self.removals: dict[str, Removal] = {}
        self.places = Removals(project)

    def look(self, answers: Answers | None) -> None:
        """Ask every topic, and have the answers judged."""
        name = document_digest(self.vocabulary)
        project = self.project
        contracts = contracts_of(name, project.services, project.overlays, project.states)
        demands: list[d.Rule | d.Constraint] = [
            *(one for one in project.rules if one.vocabulary == name),
            *(one for one in project.constraints if one.vocabulary == name),
        ]
        documents: list[d.Document] = [*demands, *(c.service for c in contracts)]
        documents += [overlay for contract in contracts for overlay in contract.overlays]
        asker = Asker(
            self.vocabulary,
            [documents],
            self.prover,
            answers=answers,
            budget=self.budget,
            progress=self.progress,
        )
        self.inquiry = Inquiry(
            project, self.vocabulary, contracts, demands, asker, f"lint/{self.vocabulary.name}"
        )
        topics = [topic for topic in self._topics() if not topic.empty]
        self.step("checking the evidence")
        more = [one for topic in topics for one in topic.more]
        where, self.certificates = self.inquiry.settle(
            (asked for topic in topics for asked in topic.asked), more
        )
        self.questions = [self._question(topic, where) for topic in topics]

    def _topic(self, kind: str, title: str) -> Topic:
        self.step(f"lint: {kind.replace('-', ' ')}")
        return Topic(f"{kind}:{self.vocabulary.name}", title)

    def _topics(self) -> list[Topic]:
        """All topics, in the order in which they are reported."""
        inquiry = self.inquiry
        applies = self._topic("rules-apply", "every rule applies to some request")
        self._rules_apply(applies)
        contracts = self._topic(
            "contracts", "every contract can be used, and contradicts itself nowhere"
        )
        self._contracts(contracts)
        consistent = self._topic(
            "rules-agree", "no request triggers rules that contradict each other"
        )
        absurd = self._rules_agree(consistent)
        thresholds = self._topic("thresholds", "every threshold lies within what is declared")
        forbids = self._topic("rules-forbid", "every rule forbids something")
        always_kept(inquiry, forbids, thresholds)
        of_requests(inquiry, thresholds)
        of_statements(inquiry, thresholds)
        of_conditions(inquiry, thresholds)
        needed = self._topic("rules-needed", "every rule says something that the others do not say")
        shadows(inquiry, needed)
        meetable = self._topic("rules-meetable", "every rule can be satisfied by some service")
        unmeetable(inquiry, meetable, absurd)
        reached = self._topic("services-reached", "some request can reach every service")
        unreachable(inquiry, reached)
        matter = self._topic(
            "guarantees-matter", "every guarantee says something that the others do not say"
        )
        without_effect(inquiry, matter)
        declared = self._topic("declarations", "declarations were looked at for what uses them")
        unused(inquiry, declared)
        return [
            contracts, applies, forbids, consistent, needed, meetable, reached, matter,
            thresholds, declared,
        ]  # fmt: skip

    # --- what `caio check` asks as well ---

    def _rules_apply(self, topic: Topic) -> None:
        posed = [of_demand(one, self.inquiry.meaning) for one in self.inquiry.demands]
        answers = self.inquiry.explore([one.asked for one in posed])
        for demand, one, answer in zip(self.inquiry.demands, posed, answers, strict=True):
            self._sane(topic, one, (demand.name,), answer, demand)
            if answer.holds is False:
                self.inquiry.dead.add(one.document)

    def _contracts(self, topic: Topic) -> None:
        posed = [
            (contract.service, one)
            for contract in self.inquiry.contracts
            for one in of_contract(contract, self.inquiry.meaning)
        ]
        answers = self.inquiry.explore([one.asked for _, one in posed])
        for (service, one), answer in zip(posed, answers, strict=True):
            self._sane(topic, one, (service.name, service.version), answer, None)

    def _sane(
        self,
        topic: Topic,
        posed: Sane,
        subjects: tuple[str, ...],
        answer: Answer,
        demand: d.Rule | d.Constraint | None,
    ) -> None:
        """Take in what one obligation of ``caio check`` says of a document."""
        topic.asked.append(posed.asked)
        if answer.holds is None:
            topic.undecided.append(f"whether {posed.message}")
        if answer.holds is False:
            found = answer.decided
            dead = demand is not None and self.inquiry.naming(demand) is None
            topic.drafts.append(
                Draft(
                    Rule.of(posed.code),
                    posed.message,
                    subjects,
                    posed.asked.kind,
                    posed.document,
                    posed.path,
                    shown_by=(posed.asked,),
                    model=(posed.asked, found) if isinstance(found, Model) else None,
                    removal=Removal(posed.document) if dead else None,
                    help=posed.help,
                    severity=None if demand is None else Severity.WARNING,
                )
            )

    def _rules_agree(self, topic: Topic) -> set[str]:
        """Find contradictory rules; the digests of those that contradict themselves."""
        living = [one for one in self.inquiry.living if isinstance(one, d.Rule)]
        if not living:
            return set()

        def decide(asked: Asked) -> Decided:
            return self.inquiry.explore([asked])[0].decided

        search = contradictions(living, self.inquiry.meaning, decide)
        for one in search.found:
            shown = (one.asked, *(less for less, _ in one.without))
            topic.asked += shown
            diagnostic = contradictory(one.rules, self.project)
            beyond = out_of_reach(one.rules[0], self.vocabulary) if len(one.rules) == 1 else None
            names = tuple(rule.name for rule in one.rules)
            first = document_digest(one.rules[0])
            others = tuple(
                (document_digest(rule), "then[0]", f"`{rule.name}` demands this")
                for rule in one.rules[1:]
            )
            path, message, rule, help_ = (
                "then[0]",
                diagnostic.message,
                rules.CONTRADICTION,
                diagnostic.help,
            )
            if beyond is not None:
                path, message, help_ = beyond
                rule = rules.OUT_OF_REACH
            topic.drafts.append(
                Draft(
                    rule, message, names, "rules", first, path, others, shown,
                    model=(one.asked, one.model), help=help_,
                )
            )  # fmt: skip
        if search.rest is None:
            topic.undecided.append("whether there are more contradictory rules")
        else:
            topic.asked.append(search.rest[0])
        return {document_digest(one.rules[0]) for one in search.found if len(one.rules) == 1}

    # --- what becomes of a topic ---

    def _question(self, topic: Topic, where: Mapping[str, str]) -> Question:
        findings: list[Finding] = []
        seen: dict[str, int] = {}
        for number, draft in enumerate(topic.drafts):
            finding = self._finding(draft, where, example=number < _MOST_EXAMPLES)
            times = seen[finding.fingerprint] = seen.get(finding.fingerprint, 0) + 1
            if times > 1:
                # The same is said twice in one document: the second is another finding.
                finding = replace(finding, content=[draft.content, times])
            if draft.removal is not None and finding.fixes:
                self.removals[finding.fingerprint] = draft.removal
            findings.append(finding)
        decided = len({name for asked in topic.asked if (name := key(asked)) in where})
        verdict = Verdict.PROVED
        if any(f.level is not Severity.NOTE for f in findings):
            verdict = Verdict.REFUTED
        if topic.undecided:
            verdict = Verdict.UNKNOWN
            some = "; ".join(topic.undecided[:3])
            rest = len(topic.undecided) - 3
            findings.append(
                Finding(
                    rules.NOT_DECIDED,
                    Verdict.UNKNOWN,
                    f"not decided {some}{f'; and {rest:,} more' if rest > 0 else ''}",
                    subjects=(topic.id,),
                    content=[*topic.undecided],
                    help="raise the budget, or simplify what is asked; unknown is no success",
                )
            )
        digests = {where[key(one)] for one in topic.asked if key(one) in where}
        evidence = digests.pop() if len(digests) == 1 else None
        number = decided + topic.examined
        return Question(topic.id, topic.title, verdict, number, tuple(findings), evidence)

    def _finding(self, draft: Draft, where: Mapping[str, str], *, example: bool) -> Finding:
        locate = self.project.locate
        span = None if draft.document is None else locate(draft.document, draft.path)
        labels = [
            label
            for digest, path, message in draft.others
            for label in place(locate(digest, path), message)
        ]
        fixes: list[Fix] = []
        help_ = draft.help
        if draft.removal is not None:
            edits = self.places.edits(draft.removal.document, (draft.removal.path,))
            if edits is not None:
                fixes.append(Fix("take it out: this changes no admission", edits))
            elif span is not None and span.source.name.endswith(".json"):
                help_ = f"{draft.help}; `--fix` does not edit JSON: change what writes it"
        shown = [where.get(key(one)) for one in draft.shown_by]
        return Finding(
            draft.rule,
            Verdict.REFUTED,
            draft.message,
            subjects=draft.subjects,
            content=draft.content,
            span=span,
            labels=tuple(labels),
            counterexample=self._example(draft) if example else None,
            evidence=next((one for one in shown if one is not None), None),
            help=help_,
            fixes=tuple(fixes),
            severity=draft.severity,
        )

    def _example(self, draft: Draft) -> str | None:
        """The smallest request that shows it, as text."""
        if draft.model is None or not self.vocabulary.capabilities:
            return None
        asked, model = draft.model
        meaning = self.inquiry.meaning
        point = minimal(asked.block, model, self.prover, meaning, scope=asked.scope)
        return counterexample_text(point, meaning)
