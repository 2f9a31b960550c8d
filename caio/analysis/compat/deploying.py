"""May a version be deployed? All callers against all versions of one service.

A caller is satisfied by a version if the version is admitted for everything that the caller's request describes, and the request
describes something for which it is: a version that admits nobody satisfies nobody. Who the caller is, the facts document of
its name says; without one it is taken for whoever the version permits, which is told as an assumption.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from caio.analysis.compat import facets, rules
from caio.analysis.compat.breaking import Breaking
from caio.analysis.compat.callers import named_callers, nameless
from caio.analysis.compat.clauses import Pair
from caio.analysis.compat.engine import Engine, Found, Inquiry
from caio.analysis.compat.sides import Side, Version, named, title, unknown
from caio.analysis.findings.finding import Finding
from caio.analysis.findings.report import Question
from caio.analysis.findings.table import Table
from caio.analysis.findings.verdicts import Verdict
from caio.base.diagnostics import Label
from caio.base.errors import InputError
from caio.base.spans import Span
from caio.ir import documents as d
from caio.ir.encode import document_digest
from caio.obligations import refinement
from caio.obligations.asked import Asked, Policy
from caio.obligations.meaning import Meaning
from caio.obligations.universal import keeps

_SIGNS: Final = {True: "yes", False: "no", None: "unknown"}
_PERMISSION: Final = ("refines_authorization", "refines_trust", "refines_access")


@dataclass(frozen=True, slots=True)
class _Cell:
    """A caller and a version: the obligation that it is satisfied, and the one that it never is."""

    request: d.Request
    version: Version
    kept: Asked
    never: Asked

    @property
    def obligations(self) -> tuple[Asked, Asked]:
        """Both."""
        return self.kept, self.never


def can_deploy(
    side: Side, service: str, number: str, engine: Engine, *, profile: str | None = None
) -> Found:
    """Ask all callers about all versions of a service, one of which is to be deployed.

    Args:
        side: the document set.
        service: the name of the service.
        number: the version to deploy.
        engine: decides.
        profile: whose routing allowance counts.

    Raises:
        InputError: there is no such service or version, or no caller.
        EvidenceError: the checker rejected what was found.
        SolverError: the solver process could not do its work.
    """
    versions = side.versions.get(service)
    if versions is None:
        raise InputError(unknown("service", service, side.versions))
    try:
        wanted = d.version_key(number)
    except ValueError:
        wanted = ()
    chosen = next((one for one in versions if one.key == wanted), None)
    if chosen is None:
        known = ", ".join(one.number for one in versions)
        raise InputError(f"there is no version `{number}` of `{service}`; there are {known}")
    same = [one for one in versions if one.vocabulary == chosen.vocabulary]
    requests = [one for one in side.project.requests if one.vocabulary == chosen.vocabulary]
    callers = named_callers(requests)
    callers.sort(key=lambda one: (one.caller or "", one.name))
    profiled = side.profile(chosen.vocabulary, profile)
    policy = side.policy(chosen.vocabulary, profiled)
    return _Deploying(side, same, chosen, callers, policy, engine).run(requests)


class _Deploying:
    """The questions about one service."""

    def __init__(
        self,
        side: Side,
        versions: Sequence[Version],
        chosen: Version,
        callers: Sequence[d.Request],
        policy: Policy,
        engine: Engine,
    ) -> None:
        self.side, self.versions, self.chosen = side, versions, chosen
        self.callers, self.policy = callers, policy
        self.vocabulary = side.vocabularies[chosen.vocabulary]
        self.meaning = Meaning(self.vocabulary)
        self.breaking = Breaking(engine.prover)
        self.asking = Inquiry(engine, self.vocabulary, [self._documents()])
        self.evidence: str | None = None
        """The digest of the certificate about the version to deploy."""

    def run(self, requests: Sequence[d.Request]) -> Found:
        """Ask, and make questions and the matrix of it; `requests` are all there are, with a caller or without."""
        callers, asking = self.callers, self.asking
        cells = {
            (request.name, version.number): self._cell(request, version)
            for request in callers
            for version in self.versions
        }
        before = self._before()
        access = [] if before is None else self._access(before)
        mine = [cell.kept for cell in cells.values() if cell.version is self.chosen]
        name = f"can-deploy {self.chosen.name}"
        self.evidence = asking.ask(name, [*mine, *access])
        # What other versions do, and that somebody is admitted at all, is refuted where all is well: it is certified apart.
        others = [cell.kept for cell in cells.values() if cell.version is not self.chosen]
        asking.ask(f"{name}: matrix", [*others, *(cell.never for cell in cells.values())])
        met = {place: self._met(cell) for place, cell in cells.items()}
        permitted = None if before is None else self._permitted(before, access)
        aside = nameless(requests, self.side)
        if permitted is not None and all(map(self._facts, callers)):
            # Each caller is asked about with the facts about it, so that who else is turned away is worth a note.
            aside += tuple(map(facets.noted, permitted.findings))
            permitted = None
        questions: list[Question] = []
        satisfiable = 0
        for request in callers:
            found, counts = self._question(request, cells, met, aside)
            satisfiable += counts
            questions.append(found)
            aside = ()
        if not satisfiable:
            questions.append(self._nobody())
        if permitted is not None:
            questions.append(permitted)
        matrix = self._matrix(met)
        return Found(tuple(questions), tuple(asking.evidence), (matrix,))

    # --- obligations -------------------------------------------------------------------------------

    def _cell(self, request: d.Request, version: Version) -> _Cell:
        facts: d.Facts | bool = self._facts(request) or True
        admitting = (version.contract, self.policy)
        everything, nothing = (None, Policy()), (None, Policy())
        known = facts if isinstance(facts, d.Facts) else False
        return _Cell(
            request,
            version,
            keeps(request, facts, everything, admitting, self.meaning),
            keeps(request, known, admitting, nothing, self.meaning),
        )

    def _facts(self, request: d.Request) -> d.Facts | None:
        return self.side.facts(request.vocabulary, request.caller)

    def _before(self) -> Version | None:
        """The version before the one to deploy."""
        earlier = [one for one in self.versions if one.key < self.chosen.key]
        return earlier[-1] if earlier else None

    def _access(self, before: Version) -> list[Asked]:
        every = refinement.refinement(before.contract, self.chosen.contract, Policy(), self.meaning)
        return [one for one in every if one.kind in _PERMISSION]

    def _documents(self) -> list[d.Document]:
        found: list[d.Document] = [*self.policy.demands, *self.callers]
        found += [one for version in self.versions for one in version.documents()]
        found += [facts for request in self.callers if (facts := self._facts(request)) is not None]
        if self.policy.profile is not None:
            found.append(self.policy.profile)
        return list({document_digest(one): one for one in found}.values())

    # --- answers -----------------------------------------------------------------------------------

    def _met(self, cell: _Cell) -> bool | None:
        """Whether a version satisfies a caller: for everything, and for something at all."""
        kept, never = self.asking.answer(cell.kept).holds, self.asking.answer(cell.never).holds
        if kept is False or never is True:
            return False
        return None if kept is None or never is None else True

    def _matrix(self, met: Mapping[tuple[str, str], bool | None]) -> Table:
        columns = [
            f"{one.number} (to deploy)" if one is self.chosen else one.number
            for one in self.versions
        ]
        return Table(
            f"callers whom `{self.chosen.name}` satisfies, by version",
            ("caller", "request", *columns),
            tuple(
                (
                    request.caller or "",
                    request.name,
                    *(_SIGNS[met[request.name, one.number]] for one in self.versions),
                )
                for request in self.callers
            ),
            self._left_out(),
        )

    def _left_out(self) -> str:
        """The versions that cannot be held against the others, in words."""
        mine = {one.number for one in self.versions}
        every = self.side.versions[self.chosen.name]
        others = ", ".join(one.number for one in every if one.number not in mine)
        return f"left out, being written in another vocabulary: {others}" if others else ""

    def _question(
        self,
        request: d.Request,
        cells: Mapping[tuple[str, str], _Cell],
        met: Mapping[tuple[str, str], bool | None],
        aside: tuple[Finding, ...],
    ) -> tuple[Question, bool]:
        """The question about a caller, and whether any version satisfies it, or could."""
        chosen = self.chosen
        others = {
            one.number: met[request.name, one.number] for one in self.versions if one is not chosen
        }
        mine = met[request.name, chosen.number]
        only = not others
        elsewhere = True in others.values()
        doubtful = None in others.values()
        findings = [*aside]
        verdict = Verdict.PROVED
        if mine is None:
            verdict = Verdict.UNKNOWN
        elif mine is False and (only or elsewhere):
            verdict = Verdict.REFUTED
            findings.append(self._unsatisfied(cells[request.name, chosen.number]))
        elif mine is False and doubtful:
            verdict = Verdict.UNKNOWN
        elif mine is False:
            findings.append(self._stranger(request))
        counts = mine is not False or only or elsewhere or doubtful
        if counts:
            findings += self._notes(request)
        question = Question(
            named("can-deploy", chosen.name, request.name),
            f"{title(chosen)} satisfies caller `{request.caller}` (request `{request.name}`), if any version does",
            verdict,
            self.asking.decided(
                one
                for version in self.versions
                for one in cells[request.name, version.number].obligations
            ),
            tuple(findings),
            evidence=self.evidence,
            span=self._place(request),
        )
        return question, counts

    def _notes(self, request: d.Request) -> list[Finding]:
        """What is assumed of a caller."""
        found = []
        subjects = (request.caller or "", request.name, self.chosen.name)
        if self._facts(request) is None:
            found.append(
                Finding(
                    rules.CALLER_UNKNOWN,
                    Verdict.PROVED,
                    f"nothing is known of caller `{request.caller}`, so that it is taken for whoever each version permits",
                    subjects=subjects,
                    span=self._place(request),
                    help=f"add a facts document called `{request.caller}`, if it can be known",
                )
            )
        return found

    def _unsatisfied(self, cell: _Cell) -> Finding:
        request, answer = cell.request, self.asking.answer(cell.kept)
        shown = None
        if answer.holds is False:
            shown = self.breaking.of_caller(cell.kept, answer.witness, request, self.meaning)
        nobody = answer.holds is not False
        why = (
            "it admits nobody for this request" if nobody else "there is a request that it refuses"
        )
        where = cell.version.locate()
        return Finding(
            rules.CALLER_UNSATISFIED,
            Verdict.REFUTED,
            f"{title(cell.version)} does not satisfy caller `{request.caller}` (request `{request.name}`): {why}",
            subjects=(request.caller or "", request.name, cell.version.name),
            content=cell.version.number,
            span=self._place(request),
            labels=() if where is None else (Label(where, "the version to deploy"),),
            counterexample=None if shown is None else shown.text,
            evidence=self.evidence,
            help=f"ask `caio explain --service {cell.version.name}` about this request",
        )

    def _stranger(self, request: d.Request) -> Finding:
        return Finding(
            rules.CALLER_WITHOUT_SERVICE,
            Verdict.REFUTED,
            f"no version of `{self.chosen.name}` satisfies caller `{request.caller}` (request `{request.name}`): is it"
            " a caller of it at all?",
            subjects=(request.caller or "", request.name, self.chosen.name),
            span=self._place(request),
            evidence=self.evidence,
            help="leave its documents out, or state facts and bounds under which some version serves it",
        )

    def _nobody(self) -> Question:
        return Question(
            named("can-deploy", self.chosen.name),
            f"some version of `{self.chosen.name}` satisfies some of {len(self.callers)} callers",
            Verdict.COULD_NOT_RUN,
            0,
        )

    def _permitted(self, before: Version, access: Sequence[Asked]) -> Question:
        """Whether whoever was permitted still is, which matters to callers of whom nothing is known."""
        view = Pair(before, self.chosen, self.vocabulary, "backward", {})
        strangers = sum(self._facts(request) is None for request in self.callers)
        findings = []
        unsettled = False
        for asked in access:
            answer = self.asking.answer(asked)
            if answer.holds is None:
                unsettled = True
                findings.append(facets.undecided(asked, view, answer.reason))
            elif answer.holds is False:
                findings.append(facets.refuted(asked, view, None, self.evidence))
        verdict = Verdict.PROVED
        if any(finding.found is Verdict.REFUTED for finding in findings):
            verdict = Verdict.REFUTED
        elif unsettled:
            verdict = Verdict.UNKNOWN
        return Question(
            named("can-deploy", self.chosen.name, "", "permits"),
            f"whoever {title(before)} permitted, {self.chosen.number} permits: of {strangers} of {len(self.callers)} callers"
            " nothing is known",
            verdict,
            self.asking.decided(access),
            tuple(findings),
            evidence=self.evidence,
            span=self.chosen.locate("permits"),
        )

    def _place(self, request: d.Request) -> Span | None:
        return self.side.project.locate(document_digest(request))
