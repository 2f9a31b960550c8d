"""A decision: every part of it recomputed from the documents and the evidence (section 9)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

from . import canonical
from .documents import Documents, Entry, Facts, Landscape, Profile, Request, Rule, version_key
from .errors import show
from .formulas import Formulas
from .judge import Judge
from .obligations import Meaning, Question
from .reader import Value, increasing
from .score import Scores
from .verdict import Claim, Verdict
from .vocabulary import Vocabulary

_STEPS: Final = ("contract_matching", "rule_satisfaction", "security", "availability")
_SECURITY: Final = ("invariant", "authentication", "authorization", "privacy", "trust", "access")
_STEP_OF: Final = {"rule": 1, **dict.fromkeys(_SECURITY, 2), "available": 3}
_VERDICTS: Final = "admitted refuted unknown not_examined"
_NON_EMPTY: Final = ("non_empty",)


class _Candidate(NamedTuple):
    entry: Entry
    verdict: Value
    evidence: tuple[Value, Value] | None
    """The failed list and the references, of a candidate that was examined."""


def check(documents: Documents, value: Value, formulas: Formulas) -> Verdict:
    """Accept a decision, or raise a `Rejection` of its first flaw."""
    names = "inputs verdict selected optimality landscape at candidates steps evidence"
    digests = "obligations_digest decision_digest trace_digest"
    row = value.record(f"format {names} {digests}")
    inputs, verdict, selected, optimality, landscape, at, listed, steps, evidence = row[1:10]
    question, known = _inputs(documents, inputs)
    if landscape.digest() != known.digest:
        raise landscape.rejection("digest", known.digest)
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=question.at)
    if at.text() != moment.isoformat().replace("+00:00", "Z"):
        raise at.rejection("verdict", "the time of the inputs")
    candidates = _candidates(listed, question, known, formulas)
    examiner = _Examiner(question, Judge(evidence, formulas), formulas)
    best, tally = examiner.run(candidates)
    outcome = "unknown"
    if tally["refuted"] == len(candidates):
        outcome = "not_routable"
    elif best and not (tally["unknown"] and question.profile.optimality_required):
        outcome = "routed"
    best = best if outcome == "routed" else None
    optimal = "not_established" if tally["unknown"] else "established"
    expected = (
        (verdict, outcome),
        (selected, _identity(best) if best else None),
        (optimality, optimal if best else None),
        (steps, list(zip(_STEPS, examiner.passed, strict=True))),
    )
    for part, computed in expected:
        if canonical.text(part.raw) != canonical.text(computed):
            raise part.rejection("verdict", canonical.text(computed))
    found = _digests(value, listed, examiner.asked)
    for part, digest in zip(row[10:], found, strict=True):
        if part.digest() != digest:
            raise part.rejection("digest", digest)
    claims = [
        *_outcome(best, tally, examiner.last),
        Claim("order", f"scores and order recomputed ({len(candidates)} candidates)", "holds"),
        Claim("landscape", f"complete relative to landscape {known.digest}", "holds"),
        Claim("facts", "no facts", "none"),
        Claim("digests", "all digests recomputed", "holds"),
    ]
    if question.facts:
        text = f"facts {show(question.facts.name)} asserted, not proved"
        claims[-2] = Claim("facts", text, question.facts.origin)
    named = dict(zip(digests.split(), found, strict=True))
    return Verdict("decision", outcome, tuple(claims), {**tally}, named, formulas.meter.spent)


def _inputs(documents: Documents, value: Value) -> tuple[Question, Landscape]:
    vocabulary, landscape, request, policy, profile, facts, at, seed = value.record(
        "vocabulary landscape request policy profile facts at seed"
    )
    owner = documents.get(vocabulary, Vocabulary)
    known = documents.get(landscape, Landscape)
    rules = [documents.get(item, Rule) for item in policy.items()]
    increasing(policy.items(), tuple(rule.digest for rule in rules))
    seed.whole()
    owner.variables["env.at"].read(at)
    question = Question(
        documents.get(request, Request),
        sorted(rules, key=lambda rule: (rule.invariant, rule.name)),
        documents.get(profile, Profile),
        None if facts.raw is None else documents.get(facts, Facts),
        at.whole(),
    )
    used = [known, question.request, question.profile, question.facts, *rules]
    if any(document and document.vocabulary is not owner for document in used):
        raise vocabulary.rejection("reference", "the vocabulary of every input")
    for entry in known.entries:
        pin = question.profile.pins.get(entry.service.name)
        if pin is not None and version_key(pin) != version_key(entry.service.version):
            raise landscape.rejection("landscape", f"{show(entry.service.name)} at its pin {pin}")
    return question, known


def _identity(entry: Entry) -> dict[str, str]:
    service = entry.service
    named = {"service": service.name, "version": service.version}
    return {**named, "route": service.route, "control": "none"}


def _candidates(
    listed: Value, question: Question, landscape: Landscape, formulas: Formulas
) -> list[_Candidate]:
    """The candidates: exactly the landscape's entries, with their scores, in order."""
    entries = {entry.service.name: entry for entry in landscape.entries}
    scores = Scores(question.request, question.profile, question.at, formulas.meter)
    found: list[_Candidate] = []
    above: tuple[int, str] | None = None
    for item in listed.items():
        row = item.entries()
        names = "service version route control score verdict"
        if "verdict" not in row or row["verdict"].raw != "not_examined":
            names += " failed evidence"
        parts = item.record(names)
        entry = entries.pop(parts[0].text(), None)
        if entry is None:
            raise parts[0].rejection("landscape", "an entry of the landscape, once")
        for part, expected in zip(parts, _identity(entry).values(), strict=False):
            if part.text() != expected:
                raise part.rejection("landscape", show(expected))
        score = scores.of(entry)
        if parts[4].integer() != score:
            raise parts[4].rejection("score", str(score))
        place = -score, entry.service.name
        if above is not None and place < above:
            raise item.rejection("order", "falling scores, then rising names", parts[0].raw)
        above = place
        evidence = (parts[6], parts[7]) if len(parts) > 6 else None
        found.append(_Candidate(entry, parts[5], evidence))
    if entries:
        raise listed.rejection("landscape", f"the entry {show(min(entries))}")
    return found


class _Examiner:
    """Holds the evidence of candidates against their obligations."""

    def __init__(self, question: Question, judge: Judge, formulas: Formulas) -> None:
        self._question = question
        self._judge = judge
        self._meaning = Meaning(question.request.vocabulary, formulas)
        self._key_digests: dict[tuple[tuple[object, ...], ...], str] = {}
        self.passed = [0] * len(_STEPS)
        self.asked: list[tuple[str, str, str]] = []
        self.last = 0

    def run(self, candidates: list[_Candidate]) -> tuple[Entry | None, dict[str, int]]:
        """The first admitted candidate, and how many have each verdict."""
        best: Entry | None = None
        tally = dict.fromkeys(_VERDICTS.split(), 0)
        for entry, verdict, evidence in candidates:
            word = verdict.choice(_VERDICTS)
            found = "not_examined"
            if best is None:
                if evidence is None:
                    raise verdict.rejection("verdict", "candidates examined until one is admitted")
                found = self._examine(entry, *evidence)
            if word != found:
                raise verdict.rejection("verdict", found)
            tally[found] += 1
            best = entry if found == "admitted" else best
        self._judge.finish()
        return best, tally

    def _examine(self, entry: Entry, failed: Value, evidence: Value) -> str:
        first = self._meaning.hypothesis(self._question, entry.state)
        references = evidence.items()
        keys: list[tuple[object, ...]] = []
        refuted: list[tuple[object, ...]] = []
        unknown = 0
        for key, goal in self._meaning.candidate(self._question, entry):
            if len(keys) < len(references):
                at = references[len(keys)]
                if at.raw is None:
                    unknown += 1
                elif self._judge.shows(at, at.integer(), first, goal) != (key == _NON_EMPTY):
                    refuted.append(key)
            keys.append(key)
            if len(keys) > len(references):
                break
        if len(keys) != len(references):
            raise evidence.rejection("shape", "one reference per obligation")
        if canonical.text(failed.raw) != canonical.text(refuted):
            raise failed.rejection("verdict", canonical.text(refuted))
        asked = tuple(keys)
        if asked not in self._key_digests:
            self._key_digests[asked] = canonical.digest(asked)
        self.asked.append((entry.service.name, entry.service.version, self._key_digests[asked]))
        self.last = len(keys)
        steps = (_STEP_OF.get(str(key[0]), 0) for key in refuted)
        for step in range(min(steps, default=len(_STEPS))):
            self.passed[step] += 1
        return "refuted" if refuted else "unknown" if unknown else "admitted"


def _digests(value: Value, listed: Value, asked: list[tuple[str, str, str]]) -> list[str]:
    parts = value.entries()
    raw = {name: part.raw for name, part in parts.items() if name != "trace_digest"}
    stripped = [
        {name: part.raw for name, part in item.entries().items() if name != "evidence"}
        for item in listed.items()
    ]
    names = ("inputs", "verdict", "selected", "optimality")
    own = {**{name: raw[name] for name in names}, "candidates": stripped}
    obligations = canonical.digest(asked)
    decision = canonical.digest({**own, "obligations_digest": obligations})
    return [obligations, decision, canonical.digest(raw)]


def _outcome(best: Entry | None, tally: dict[str, int], obligations: int) -> list[Claim]:
    refuted, unknown = tally["refuted"], tally["unknown"]
    if best is None:
        if refuted and not unknown and not tally["admitted"]:
            return [Claim("not_routable", f"every candidate is refuted ({refuted})", "holds")]
        text = f"nothing is selected: {unknown} unknown and {refuted} refuted candidates"
        return [Claim("unknown", text, "unknown")]
    name = f"{show(best.service.name)} {best.service.version}"
    winner = Claim("winner", f"every obligation of {name} holds ({obligations})", "holds")
    if unknown:
        text = f"optimality is not established: {unknown} better candidates are unknown"
        return [winner, Claim("better", text, "not_established")]
    return [winner, Claim("better", f"every better candidate is refuted ({refuted})", "holds")]
