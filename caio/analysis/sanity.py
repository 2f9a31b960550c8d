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
from caio.base.canonical import Json, canonical_bytes
from caio.base.diagnostics import Code, Diagnostic, Label, Severity, register
from caio.base.errors import InputError
from caio.base.spans import Span
from caio.certify.evidence import EvidenceTable
from caio.certify.prover import Decided, Model, Prover, Refutation, Unknown
from caio.ir import documents as d
from caio.ir.encode import document_digest
from caio.landscape.snapshot import contracts_of
from caio.obligations import documents as obligations
from caio.obligations.clauses import clause_form
from caio.obligations.contract import Contract
from caio.obligations.formula import Formula
from caio.obligations.meaning import Meaning
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

MOST_SETS: Final = 50
"""How many minimal sets of contradictory rules are searched for before the search is called off."""

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
class _Question:
    """One obligation of documents, and what to say when it does not hold."""

    key: Json
    block: tuple[Formula, ...]
    by_witness: bool
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

    def record(self, question: _Question, answer: Decided) -> None:
        """Add a claim; an answer that is not the hoped-for one is a finding as well."""
        if isinstance(answer, Unknown):
            message = f"not decided whether {question.message}"
            self.findings.append(Finding(UNDECIDED.at(self._span(question), message)))
            return
        holds = isinstance(answer, Model) == question.by_witness
        self.add(question.key, answer, holds=holds)
        if not holds:
            span = self._span(question)
            diagnostic = question.code.at(span, question.message, help=question.help)
            self.findings.append(Finding(diagnostic, _point(answer)))

    def _span(self, question: _Question) -> Span | None:
        """Where the clause stands. Finding a place in a large file costs more than a proof, so it waits for a finding."""
        return self.project.locate(question.document, question.path)

    def add(self, key: Json, answer: Decided, *, holds: bool) -> None:
        """Add a claim whose verdict is known."""
        self.body.append(
            {
                "obligation": key,
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
    questions: list[_Question] = [
        *(q for contract in contracts for q in _of_contract(contract, meaning)),
        *(_of_rule(rule, meaning) for rule in demands),
    ]
    # Most contracts pose the same few questions; each is decided once.
    blocks = list(dict.fromkeys(question.block for question in questions))
    answers: dict[tuple[Formula, ...], Decided] = {}
    for start in range(0, len(blocks), 128):
        batch = blocks[start : start + 128]
        forms = [clause_form([block], meaning.scope) for block in batch]
        answers.update(zip(batch, prover.decide_many(forms, budget=BUDGET), strict=True))
        if progress is not None:
            progress(len(answers), len(blocks))
    for question in questions:
        claims.record(question, answers[question.block])
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


def _of_contract(contract: Contract, meaning: Meaning) -> Iterator[_Question]:
    service = contract.service
    name = document_digest(service)
    subject: Json = {
        "service": name,
        "overlays": [document_digest(overlay) for overlay in contract.overlays],
    }
    title = f"`{service.name}` version {service.version}"

    def question(
        kind: str,
        block: tuple[Formula, ...],
        code: Code,
        message: str,
        help_: str,
        *,
        by_witness: bool = False,
        path: str = "",
    ) -> _Question:
        return _Question([kind, subject], block, by_witness, code, message, name, path, help_)

    yield question(
        "service_assumable",
        obligations.assumable(contract, meaning),
        UNUSABLE,
        f"no request meets the assumptions of {title}",
        "drop or widen an assumption",
        by_witness=True,
        path="assumes[0]",
    )
    yield question(
        "service_coherent",
        obligations.coherent(contract, meaning),
        INCOHERENT,
        f"the guarantees of {title} contradict each other for some request",
        "guard one of the guarantees, or correct its bound",
        path="guarantees[0]",
    )
    if len(service.cost) > 1:
        yield question(
            "service_cost_disjoint",
            obligations.cost_disjoint(contract, meaning),
            OVERLAPPING,
            f"two cost cases of {title} apply to the same request",
            "make the conditions exclude each other, or use `otherwise`",
            path="cost[0]",
        )


def _of_rule(rule: d.Rule | d.Constraint, meaning: Meaning) -> _Question:
    name = document_digest(rule)
    kind = "constraint"
    if isinstance(rule, d.Rule):
        kind = "invariant" if rule.invariant else "rule"
    return _Question(
        ["rule_applicable", name],
        (meaning.formula(rule.when),),
        True,
        NEVER,
        f"{kind} `{rule.name}` applies to no request",
        name,
        "when",
        "correct the condition, or drop the rule",
    )


def _contradictory_sets(
    rules: Sequence[d.Rule],
    meaning: Meaning,
    prover: Prover,
    claims: _Claims,
) -> None:
    """Every minimal set of rules that some request triggers with contradictory actions.

    A set is shrunk rule by rule; the sets that lack one of its rules are proved consistent, so that the certificate
    shows it to be irreducible. At the end the rest is proved free of contradictions, the found sets left aside.
    """
    ordered = sorted(rules, key=lambda rule: (rule.invariant, rule.name))
    found: list[list[d.Rule]] = []

    def ask(members: Sequence[d.Rule], blocked: Sequence[Sequence[d.Rule]] = ()) -> Decided:
        names = [[rule.name for rule in _by_digest(group)] for group in blocked]
        posed = obligations.consistent(_by_digest(members), names, meaning)
        return prover.decide(clause_form([posed.block], posed.scope), budget=BUDGET)

    while len(found) < MOST_SETS:
        answer = ask(ordered, found)
        if isinstance(answer, Refutation):
            claims.add(_consistency_key(ordered, found), answer, holds=True)
            return
        if isinstance(answer, Unknown):
            break
        selected = dict(_point(answer))
        core = [rule for rule in ordered if selected.get(f"select.{rule.name}") == 1]
        core = _shrink(core, ask)
        found.append(core)
        _report_set(core, ask, claims)
    claims.findings.append(
        Finding(UNDECIDED.at(None, "not decided whether there are more contradictory rules"))
    )


def _shrink(core: list[d.Rule], ask: Callable[[Sequence[d.Rule]], Decided]) -> list[d.Rule]:
    for rule in list(core):
        fewer = [other for other in core if other is not rule]
        if fewer and isinstance(ask(fewer), Model):
            core = fewer
    return core


def _report_set(
    core: list[d.Rule],
    ask: Callable[[Sequence[d.Rule]], Decided],
    claims: _Claims,
) -> None:
    answer = ask(core)
    claims.add(_consistency_key(core, []), answer, holds=False)
    for rule in core:
        fewer = [other for other in core if other is not rule]
        if fewer and isinstance(proof := ask(fewer), Refutation):
            claims.add(_consistency_key(fewer, []), proof, holds=True)
    names = ", ".join(f"`{rule.name}`" for rule in core)
    spans = [claims.project.locate(document_digest(rule), "then[0]") for rule in core]
    labels = [
        Label(span, f"`{rule.name}` demands this")
        for rule, span in zip(core[1:], spans[1:], strict=True)
        if span is not None
    ]
    message = (
        f"the actions of {names} contradict each other"
        if len(core) == 1
        else f"no service can satisfy {names} together, and some request triggers them all"
    )
    diagnostic = CONTRADICTORY.at(
        spans[0], message, labels=labels, help="narrow the condition of one of them"
    )
    claims.findings.append(Finding(diagnostic, _point(answer)))


def _consistency_key(rules: Sequence[d.Rule], aside: Sequence[Sequence[d.Rule]]) -> Json:
    return [
        "rules_consistent",
        [document_digest(rule) for rule in _by_digest(rules)],
        [[document_digest(rule) for rule in _by_digest(group)] for group in aside],
    ]


def _by_digest(rules: Sequence[d.Rule]) -> list[d.Rule]:
    """The one order in which the certificate lists a set of rules; people read them by name."""
    return sorted(rules, key=document_digest)


def _point(answer: Decided) -> tuple[tuple[str, Fraction], ...]:
    return tuple(sorted(answer.witness.items())) if isinstance(answer, Model) else ()
