"""Does NEW refine OLD? One question per service and earlier version, and one about the version number.

All obligations of one vocabulary are posed at once, in both directions, so that one certificate shows all of it. The direction
that was not asked for decides nothing but the bump.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from caio.analysis.compat import facets, rules
from caio.analysis.compat.breaking import Breaking, Change
from caio.analysis.compat.bump import bump_question, needed
from caio.analysis.compat.clauses import Pair
from caio.analysis.compat.comparison import BACKWARD, FORWARD, Bumps, Comparison
from caio.analysis.compat.engine import Engine, Evidence, Found, Inquiry
from caio.analysis.compat.sides import Side, Version, matters, named, title
from caio.analysis.compat.vocabularies import vocabularies_question
from caio.analysis.findings.finding import Finding
from caio.analysis.findings.report import Question
from caio.analysis.findings.verdicts import Verdict
from caio.base.canonical import Json
from caio.base.spans import Span
from caio.certify.asking import Answer
from caio.ir import documents as d
from caio.ir.encode import document_digest, document_json
from caio.obligations import refinement
from caio.obligations.asked import Asked, Policy
from caio.obligations.meaning import Meaning


def compare(comparison: Comparison, engine: Engine) -> Found:
    """Ask whether the new version of each service refines the earlier ones.

    Raises:
        InputError: there is nothing to be asked.
        EvidenceError: the checker rejected what was found.
        SolverError: the solver process could not do its work.
    """
    names = comparison.services()
    questions: list[Question] = []
    work: dict[str, _Work] = {}
    drifted: dict[tuple[str, str], list[tuple[Version, Version, Side]]] = {}
    for name in names:
        new = comparison.new.highest(name)
        earlier = comparison.earlier(name)
        if new is None:
            for version, side in earlier[-1:]:
                own = _work(work, version.vocabulary, side)
                own.removed.append((version, side))
        elif not earlier:
            _work(work, new.vocabulary, comparison.new).added.append(new)
        for version, side in earlier if new is not None else []:
            if new is None:
                continue
            if version.vocabulary != new.vocabulary:
                drifted.setdefault((version.vocabulary, new.vocabulary), []).append(
                    (version, new, side)
                )
                continue
            last = version is earlier[-1][0]
            own = _work(work, version.vocabulary, comparison.new)
            own.pairs.append(_Posed(version, new, side, last=last))
    for (before, after), lost in sorted(drifted.items()):
        questions.append(vocabularies_question(before, after, lost, comparison.new))
    evidence: list[Evidence] = []
    for _, own in sorted(work.items()):
        found = _Asking(own, comparison, engine).run()
        questions += found.questions
        evidence += found.evidence
    return Found(tuple(questions), tuple(evidence))


@dataclass(frozen=True)
class _Posed:
    """A version and the one that is to take its place; ``last`` if it is the latest before."""

    old: Version
    new: Version
    side: Side
    last: bool


@dataclass
class _Work:
    """What is to be asked over one vocabulary."""

    vocabulary: d.Vocabulary
    pairs: list[_Posed] = field(default_factory=list)
    removed: list[tuple[Version, Side]] = field(default_factory=list)
    added: list[Version] = field(default_factory=list)


def _work(work: dict[str, _Work], digest: str, side: Side) -> _Work:
    return work.setdefault(digest, _Work(side.vocabularies[digest]))


_Groups = Mapping[tuple[int, str], Sequence[Asked]]
"""Obligations by pair and direction."""


class _Asking:
    """The questions over one vocabulary."""

    def __init__(self, work: _Work, comparison: Comparison, engine: Engine) -> None:
        self.work, self.comparison, self.engine = work, comparison, engine
        self.digest = document_digest(work.vocabulary)
        self.meaning = Meaning(work.vocabulary)
        sides = (comparison.new, comparison.old, *comparison.history)
        self.policies = {id(side): side.policy(self.digest) for side in sides}
        self.demands = self._demands(sides)
        self.posing = Policy.of([one for one, _ in self.demands.values()])
        self.breaking = Breaking(engine.prover)
        self.asking = Inquiry(engine, work.vocabulary, self._documents())
        self.evidence: str | None = None
        """The digest of the certificate of what was asked for."""

    def run(self) -> Found:
        """Ask everything, and make questions of it."""
        name = self.work.vocabulary.name
        posed = {
            (id(pair), direction): self._obligations(pair, direction)
            for pair in self.work.pairs
            for direction in self.comparison.mode.directions
        }
        added = {id(version): self._sane(version) for version in self.work.added}
        every = [one for group in (*posed.values(), *added.values()) for one in group]
        self.evidence = self.asking.ask(f"compat {name}", every)
        # The other way round tells what a version number needs; a certificate of its own keeps apart what was asked for.
        turned = self._turned(posed)
        of_numbers = self.asking.ask(
            f"compat {name}: version numbers", [one for group in turned.values() for one in group]
        )
        questions = [self._removed(version, side) for version, side in self.work.removed]
        questions += [self._added(version, added[id(version)]) for version in self.work.added]
        for pair in self.work.pairs:
            for direction in self.comparison.mode.directions:
                questions.append(self._question(pair, direction, posed[id(pair), direction]))
            if pair.last and self.comparison.bumps is not Bumps.IGNORED:
                apart = any((id(pair), way) in turned for way in (BACKWARD, FORWARD))
                evidence = of_numbers if apart else self.evidence
                questions.append(self._bump(pair, {**posed, **turned}, evidence))
        return Found(tuple(questions), tuple(self.asking.evidence))

    # --- obligations -------------------------------------------------------------------------------

    def _demands(
        self, sides: Sequence[Side]
    ) -> dict[str, tuple[d.Rule | d.Constraint, Span | None]]:
        """What can make a difference to refinement, by digest: the demands of all sides."""
        found: dict[str, tuple[d.Rule | d.Constraint, Span | None]] = {}
        for side in sides:
            for demand in self.policies[id(side)].demands:
                if matters(demand):
                    name = document_digest(demand)
                    found.setdefault(name, (demand, side.project.locate(name, "when")))
        return found

    def _turned(self, posed: _Groups) -> _Groups:
        """The obligations that were not asked for, where the bump that a change needs depends on them."""
        if self.comparison.bumps is Bumps.IGNORED:
            return {}
        found: dict[tuple[int, str], list[Asked]] = {}
        for pair in self.work.pairs:
            backward = posed.get((id(pair), BACKWARD))
            major = backward is not None and self._holds(backward) is False
            for direction in (BACKWARD, FORWARD):
                if pair.last and not major and (id(pair), direction) not in posed:
                    found[id(pair), direction] = self._obligations(pair, direction)
        return found

    def _obligations(self, pair: _Posed, direction: str) -> list[Asked]:
        old, new = _in_turn(pair, direction)
        return list(refinement.refinement(old.contract, new.contract, self.posing, self.meaning))

    def _sane(self, version: Version) -> list[Asked]:
        return list(refinement.sound(version.contract, version.contract, self.meaning))

    def _documents(self) -> list[list[d.Document]]:
        """Document sets in which names are unique: one per side, and one per earlier version."""
        new: list[d.Document] = []
        for version in (*(pair.new for pair in self.work.pairs), *self.work.added):
            new += version.documents()
        older: dict[int, list[d.Document]] = {}
        for pair in self.work.pairs:
            older.setdefault(id(pair.side), []).extend(pair.old.documents())
        demands: list[list[d.Document]] = [[one] for one, _ in self.demands.values()]
        return [new, *older.values(), *demands]

    # --- questions ---------------------------------------------------------------------------------

    def _question(self, pair: _Posed, direction: str, posed: Sequence[Asked]) -> Question:
        old, new = _in_turn(pair, direction)
        view = Pair(old, new, self.work.vocabulary, direction, self.demands)
        found: dict[str, Finding] = {}
        verdict = Verdict.PROVED
        for asked in posed:
            answer = self.asking.answer(asked)
            if answer.holds is True:
                continue
            finding = self._finding(asked, answer, view, pair)
            found.setdefault(finding.fingerprint, finding)
        verdicts = {finding.found for finding in found.values()}
        for worse in (Verdict.UNKNOWN, Verdict.REFUTED):
            verdict = worse if worse in verdicts else verdict
        return Question(
            self._id(pair, direction),
            f"{title(new)} refines {title(old)}",
            verdict,
            self.asking.decided(posed),
            tuple(found.values()),
            evidence=self.evidence,
            span=new.locate(),
        )

    def _finding(self, asked: Asked, answer: Answer, view: Pair, pair: _Posed) -> Finding:
        if answer.holds is None:
            return facets.undecided(asked, view, answer.reason)
        shown = None
        if answer.witness or not asked.by_witness:
            sides = (pair.side, self.comparison.new)
            before, after = sides if view.direction == BACKWARD else sides[::-1]
            change = Change(
                view.old.contract,
                view.new.contract,
                self.policies[id(before)],
                self.policies[id(after)],
                self.meaning,
            )
            if asked.kind != "refines_schema":
                shown = self.breaking.of_facet(asked, answer.witness, change)
        return facets.refuted(asked, view, shown, self.evidence)

    def _id(self, pair: _Posed, direction: str) -> str:
        parts = ["compat", pair.new.name]
        if direction != self.comparison.mode.directions[0]:
            parts.append(direction)
        if not pair.last:
            parts += [pair.old.number, _short(pair.old)]
        return named(*parts)

    def _holds(self, posed: Sequence[Asked] | None) -> bool | None:
        """Whether refinement holds; None where it is unknown, or was not asked."""
        found = {self._settled(one) for one in posed or ()}
        if False in found:
            return False
        return None if None in found or not found else True

    def _settled(self, asked: Asked) -> bool | None:
        """An answer, a schema that cannot be compared being unknown (certificate-v1 section 8.5)."""
        holds = self.asking.answer(asked).holds
        return None if asked.kind == "refines_schema" and holds is False else holds

    def _bump(self, pair: _Posed, posed: _Groups, evidence: str | None) -> Question:
        old, new = pair.old, pair.new
        groups = [posed.get((id(pair), direction)) for direction in (BACKWARD, FORWARD)]
        need = needed(
            same=_same(old, new),
            backward=self._holds(groups[0]),
            forward=self._holds(groups[1]),
        )
        number = sum(self.asking.decided(group) for group in groups if group is not None)
        # That a number declares the largest bump of all is seen, whatever else stays unknown.
        number = max(1, number)
        required = self.comparison.bumps is Bumps.REQUIRED
        return bump_question(old, new, need, number, evidence, required=required)

    def _removed(self, version: Version, side: Side) -> Question:
        change = Change(version.contract, None, self.policies[id(side)], Policy(), self.meaning)
        shown = self.breaking.of_service(change)
        finding = Finding(
            rules.SERVICE_REMOVED,
            Verdict.REFUTED,
            f"{title(version)} is not there any more, under any version",
            subjects=(version.name,),
            span=version.locate(),
            counterexample=None if shown is None else shown.text,
            help="keep the service until nobody calls it; `--callers` tells who does",
        )
        return Question(
            named("compat", version.name),
            f"`{version.name}` is still there",
            Verdict.REFUTED,
            1,
            (finding,),
            span=version.locate(),
        )

    def _added(self, version: Version, posed: Sequence[Asked]) -> Question:
        view = Pair(version, version, self.work.vocabulary, BACKWARD, self.demands)
        answers = [self.asking.answer(one) for one in posed]
        found = [
            facets.undecided(one.asked, view, one.reason)
            if one.holds is None
            else facets.refuted(one.asked, view, None, self.evidence)
            for one in answers
            if one.holds is not True
        ]
        verdict = Verdict.PROVED
        if found:
            known = any(finding.found is Verdict.REFUTED for finding in found)
            verdict = Verdict.REFUTED if known else Verdict.UNKNOWN
        note = Finding(
            rules.SERVICE_ADDED,
            Verdict.PROVED,
            f"{title(version)} was not there before: nobody relies on it yet",
            subjects=(version.name,),
            span=version.locate(),
        )
        return Question(
            named("compat", version.name),
            f"{title(version)} is new, can be used, and does not contradict itself",
            verdict,
            self.asking.decided(posed),
            (note, *found),
            evidence=self.evidence,
            span=version.locate(),
        )


def _in_turn(pair: _Posed, direction: str) -> tuple[Version, Version]:
    return (pair.old, pair.new) if direction == BACKWARD else (pair.new, pair.old)


def _same(old: Version, new: Version) -> bool:
    """Whether two versions say the same but for their numbers."""

    def bare(version: Version) -> list[Json]:
        documents: list[d.Document] = [
            replace(version.service, version="0"),
            *(replace(one, version="0") for one in version.contract.overlays),
        ]
        return [document_json(one) for one in documents]

    return bare(old) == bare(new)


def _short(version: Version) -> str:
    digest = document_digest(version.service)
    return digest.removeprefix("sha256:")[:8]
