"""Are the documents sane? What ``caio check`` proves (``docs/spec/certificate-v1.md`` section 8.3).

Every contract is coherent and can be used at all, its cost cases are disjoint, every rule and constraint applies to some
request, and no request triggers rules with contradictory actions; where one does, every minimal set of such rules is named. Each
answer is a claim of a certificate, with a proof or a witness that the checker accepts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Final

from caio.analysis.bounds import notes, out_of_reach
from caio.analysis.contradictions import contradictions
from caio.base.canonical import Json, canonical_bytes
from caio.base.diagnostics import Code, Diagnostic, Label, Severity, register
from caio.base.errors import InputError
from caio.base.spans import Span
from caio.certify.evidence import EvidenceTable
from caio.certify.prover import Decided, Model, Prover, Unknown
from caio.ir import documents as d
from caio.ir.encode import document_digest
from caio.landscape.snapshot import contracts_of
from caio.obligations.asked import Asked
from caio.obligations.clauses import clause_form
from caio.obligations.contract import Contract
from caio.obligations.formula import Formula
from caio.obligations.meaning import Meaning
from caio.obligations.refinement import assumable, coherent, cost_disjoint
from caio.obligations.universal import applicable
from caio.sema.project import Project

INCOHERENT: Final = register(
    "incoherent-contract", "a contract contradicts itself for some request"
)
UNUSABLE: Final = register(
    "empty-assumption", "no request meets the assumptions of a contract", Severity.ERROR
)
OVERLAPPING: Final = register("overlapping-cost", "two cost cases apply to the same request")
NEVER: Final = register("rule-never-applies", "no request meets the condition of a rule")
CONTRADICTORY: Final = register(
    "contradictory-rules", "some request triggers rules that no service can satisfy together"
)
UNDECIDED: Final = register(
    "not-decided", "neither proved nor refuted within the budget of solver units"
)

BUDGET: Final = 10_000_000
"""Solver units per obligation."""

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Finding:
    """Something wrong with the documents.

    Attributes:
        diagnostic: what, and where.
        witness: the request that shows it, by variable, where one does.
    """

    diagnostic: Diagnostic
    witness: tuple[tuple[str, Fraction], ...] = ()

    @property
    def undecided(self) -> bool:
        """Whether this is a question left open, and not something wrong."""
        return self.diagnostic.code is UNDECIDED


@dataclass(frozen=True, slots=True)
class Report:
    """What was found about the documents of one vocabulary.

    Attributes:
        findings: in the order of the claims, then what declared ranges show.
        notes: worth knowing, and nothing wrong.
        claims: how many claims the certificate makes.
        certificate: canonical bytes for the checker.
        documents: the documents that the claims are about.
    """

    vocabulary: d.Vocabulary
    findings: tuple[Finding, ...]
    notes: tuple[Diagnostic, ...]
    claims: int
    certificate: bytes
    documents: tuple[d.Document, ...]


@dataclass(frozen=True, slots=True)
class Question:
    """One obligation of documents, and what to say when it does not hold."""

    asked: Asked
    code: Code
    message: str
    document: str
    """The digest of the document to blame, and the clause in it."""
    path: str
    help: str


@dataclass
class _Claims:
    """The claims made so far, with their evidence and findings."""

    project: Project
    evidence: EvidenceTable = field(default_factory=EvidenceTable)
    body: list[Json] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    _claimed: set[bytes] = field(default_factory=set)

    def record(self, question: Question, answer: Decided) -> None:
        """Add a claim; an answer that is not the hoped-for one is a finding as well."""
        if isinstance(answer, Unknown):
            message = f"not decided whether {question.message}"
            self.findings.append(Finding(UNDECIDED.at(self._span(question), message)))
            return
        holds = isinstance(answer, Model) == question.asked.by_witness
        self.add(question.asked, answer, holds=holds)
        if not holds:
            span = self._span(question)
            diagnostic = question.code.at(span, question.message, help=question.help)
            self.findings.append(Finding(diagnostic, _point(answer)))

    def _span(self, question: Question) -> Span | None:
        """Where the clause stands. Finding a place in a large file costs more than a proof, so it waits for a finding."""
        return self.project.locate(question.document, question.path)

    def add(self, asked: Asked, answer: Decided, *, holds: bool) -> None:
        """Add a claim whose verdict is known; two irreducible sets may rest on the same subset, which is claimed once."""
        key = canonical_bytes(list(asked.key))
        if key in self._claimed:
            return
        self._claimed.add(key)
        self.body.append(
            {
                "obligation": list(asked.key),
                "verdict": "holds" if holds else "refuted",
                "evidence": self.evidence.reference(answer),
            }
        )


def check_documents(
    project: Project, prover: Prover, *, progress: Progress | None = None
) -> tuple[Report, ...]:
    """Prove the documents of a project sane, one report per vocabulary that has contracts or rules.

    Raises:
        InputError: there is no contract and no rule, so that nothing could be proved.
        SolverError: the solver could not do its work.
    """
    reports = []
    for vocabulary in project.vocabularies:
        name = document_digest(vocabulary)
        contracts = contracts_of(name, project.services, project.overlays, project.states)
        rules = [rule for rule in project.rules if rule.vocabulary == name]
        constraints = [one for one in project.constraints if one.vocabulary == name]
        if contracts or rules or constraints:
            governing = (rules, constraints)
            reports.append(_check(vocabulary, contracts, governing, project, prover, progress))
    if not reports:
        raise InputError("no service, no rule and no constraint: there is nothing to prove")
    return tuple(reports)


def _check(
    vocabulary: d.Vocabulary,
    contracts: Sequence[Contract],
    governing: tuple[Sequence[d.Rule], Sequence[d.Constraint]],
    project: Project,
    prover: Prover,
    progress: Progress | None,
) -> Report:
    rules, constraints = governing
    demands: list[d.Rule | d.Constraint] = [*rules, *constraints]
    meaning = Meaning(vocabulary)
    claims = _Claims(project)
    questions: list[Question] = [
        *(q for contract in contracts for q in of_contract(contract, meaning)),
        *(of_demand(demand, meaning) for demand in demands),
    ]
    # Most contracts pose the same few questions; each is decided once.
    blocks = list(dict.fromkeys(question.asked.block for question in questions))
    answers: dict[tuple[Formula, ...], Decided] = {}
    for start in range(0, len(blocks), 128):
        batch = blocks[start : start + 128]
        forms = [clause_form([block], meaning.scope) for block in batch]
        answers.update(zip(batch, prover.decide_many(forms, budget=BUDGET), strict=True))
        if progress is not None:
            progress(len(answers), len(blocks))
    for question in questions:
        claims.record(question, answers[question.asked.block])
    if rules:
        _contradictory_sets(rules, meaning, prover, claims)
    for diagnostic in out_of_reach(constraints, vocabulary, project):
        claims.findings.append(Finding(diagnostic))
    documents: list[d.Document] = [vocabulary, *rules, *constraints]
    for contract in contracts:
        documents += [contract.service, *contract.overlays]
    certificate = {
        "format": "caio-certificate/v1",
        "vocabulary": document_digest(vocabulary),
        "claims": claims.body,
        "evidence": claims.evidence.json(),
    }
    return Report(
        vocabulary,
        tuple(claims.findings),
        tuple(notes(constraints, vocabulary, project)),
        len(claims.body),
        canonical_bytes(certificate),
        tuple(documents),
    )


def of_contract(contract: Contract, meaning: Meaning) -> Iterator[Question]:
    """What is asked of a contract by itself."""
    service = contract.service
    name = document_digest(service)
    title = f"`{service.name}` version {service.version}"
    yield Question(
        assumable(contract, meaning),
        UNUSABLE,
        f"no request meets the assumptions of {title}",
        name,
        "assumes[0]",
        "drop or widen an assumption",
    )
    yield Question(
        coherent(contract, meaning),
        INCOHERENT,
        f"the guarantees of {title} contradict each other for some request",
        name,
        "guarantees[0]",
        "guard one of the guarantees, or correct its bound",
    )
    if len(service.cost) > 1:
        yield Question(
            cost_disjoint(contract, meaning),
            OVERLAPPING,
            f"two cost cases of {title} apply to the same request",
            name,
            "cost[0]",
            "make the conditions exclude each other, or use `otherwise`",
        )


def of_demand(demand: d.Rule | d.Constraint, meaning: Meaning) -> Question:
    """What is asked of a rule, invariant or constraint by itself."""
    return Question(
        applicable(demand, meaning),
        NEVER,
        f"{kind_of(demand)} `{demand.name}` applies to no request",
        document_digest(demand),
        "when",
        "correct the condition, or drop the rule",
    )


def kind_of(demand: d.Rule | d.Constraint) -> str:
    """What a demand is called."""
    if isinstance(demand, d.Rule):
        return "invariant" if demand.invariant else "rule"
    return "constraint"


def _contradictory_sets(
    rules: Sequence[d.Rule], meaning: Meaning, prover: Prover, claims: _Claims
) -> None:
    """Every irreducible set of rules that some request triggers with contradictory actions."""

    def decide(asked: Asked) -> Decided:
        return prover.decide(clause_form([asked.block], asked.scope), budget=BUDGET)

    search = contradictions(rules, meaning, decide)
    for one in search.found:
        claims.add(one.asked, one.model, holds=False)
        for less, proof in one.without:
            claims.add(less, proof, holds=True)
        diagnostic = contradictory(one.rules, claims.project)
        claims.findings.append(Finding(diagnostic, _point(one.model)))
    if search.rest is not None:
        claims.add(*search.rest, holds=True)
    else:
        claims.findings.append(
            Finding(UNDECIDED.at(None, "not decided whether there are more contradictory rules"))
        )


def contradictory(rules: Sequence[d.Rule], project: Project) -> Diagnostic:
    """What is wrong with rules that contradict each other, and where."""
    names = ", ".join(f"`{rule.name}`" for rule in rules)
    spans = [project.locate(document_digest(rule), "then[0]") for rule in rules]
    labels = [
        Label(span, f"`{rule.name}` demands this")
        for rule, span in zip(rules[1:], spans[1:], strict=True)
        if span is not None
    ]
    message = (
        f"the actions of {names} contradict each other"
        if len(rules) == 1
        else f"no service can satisfy {names} together, and some request triggers them all"
    )
    return CONTRADICTORY.at(
        spans[0], message, labels=labels, help="narrow the condition of one of them"
    )


def _point(answer: Decided) -> tuple[tuple[str, Fraction], ...]:
    return tuple(sorted(answer.witness.items())) if isinstance(answer, Model) else ()
