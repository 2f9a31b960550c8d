"""A decision: every part of it recomputed from the documents and the evidence (section 9)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

from .documents import Documents, Entry, version_key
from .formulas import Formulas
from .obligations import Key, Meaning, Question
from .reader import Record, Value, canonical, digest, increasing, show
from .rules import Judge
from .score import Scores

_STEPS: Final = ("contract_matching", "rule_satisfaction", "security", "availability")
_SECURITY: Final = ("invariant", "authentication", "authorization", "privacy", "trust", "access")
_STEP_OF: Final = {"rule": 1, **dict.fromkeys(_SECURITY, 2), "available": 3}
_OUTCOME: Final = "inputs verdict selected optimality"
_DIGESTS: Final = "obligations_digest decision_digest trace_digest"


class Claim(NamedTuple):
    """One thing that the evidence was found to show, or openly does not show."""

    name: str
    text: str
    status: str


class Verdict(NamedTuple):
    """An accepted certificate: the verdict it states, claim by claim, and what checking took."""

    kind: str
    verdict: str
    claims: tuple[Claim, ...]
    counts: Mapping[str, int]
    digests: Mapping[str, str]
    cost: int


def check(documents: Documents, value: Value, formulas: Formulas) -> Verdict:
    """Accept a decision, or raise a `Rejection` of its first flaw."""
    names = f"format {_OUTCOME} landscape at candidates steps evidence {_DIGESTS}"
    part = dict(zip(names.split(), value.record(names), strict=True))
    question, world = _inputs(documents, part["inputs"])
    time = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=question.at)
    _same(part["at"], "verdict", time.isoformat().replace("+00:00", "Z"))
    _same(part["landscape"], "digest", world.digest)
    scores, entries = Scores(question, formulas), documents.entries(world.digest)
    candidates = _candidates(part["candidates"], entries, scores)
    examiner = _Examiner(question, part["evidence"], formulas)
    best = examiner.examine(candidates)
    tally, unknown = examiner.tally, examiner.tally["unknown"]
    verdict = "not_routable" if tally["refuted"] == len(candidates) else "unknown"
    if best and not (unknown and question.profile.optimality == "required"):
        verdict = "routed"
    best = best if verdict == "routed" else None
    optimality = "not_established" if unknown else "established"
    _same(part["verdict"], "verdict", verdict)
    _same(part["selected"], "verdict", _identity(best) if best else None)
    _same(part["optimality"], "verdict", optimality if best else None)
    _same(part["steps"], "verdict", list(zip(_STEPS, examiner.passed, strict=True)))
    digests = _digests(value, examiner.asked)
    for name, own in digests.items():
        _same(part[name], "digest", own)
    facts = (
        [f"facts {show(question.facts.name)} are asserted, not proved"] if question.facts else []
    )
    claims = (
        *_outcome(best, tally, examiner.size),
        Claim("order", f"scores and order recomputed ({len(candidates)} candidates)", "holds"),
        Claim("landscape", f"complete relative to landscape {world.digest}", "holds"),
        Claim("facts", "".join(facts) or "no facts", "asserted" if facts else "holds"),
        Claim("digests", "all digests recomputed", "holds"),
    )
    return Verdict("decision", verdict, claims, dict(tally), digests, formulas.spent)


def _same(part: Value, code: str, expected: object) -> None:
    text = canonical(expected)
    part.need(canonical(part.raw) == text, code, text)


def _inputs(documents: Documents, value: Value) -> tuple[Question, Record]:
    names = "vocabulary landscape request profile facts policy at seed"
    *given, facts, policy, at, seed = value.record(names)
    seed.whole()
    kinds = names.split()
    owner, world, request, profile = (
        documents.get(part, kind) for part, kind in zip(given, kinds, strict=False)
    )
    owner.fields["env.at"].read(at)
    rules = [documents.get(item, "rule invariant") for item in policy.items()]
    increasing(policy.items(), [rule.digest for rule in rules])
    rules.sort(key=lambda rule: (rule.kind == "invariant", rule.name))
    known = None if facts.raw is None else documents.get(facts, "facts")
    used = (request, profile, world, *rules, *([known] if known else []))
    same = all(document.vocabulary is owner for document in used)
    value.need(same, "reference", "inputs of one vocabulary")
    for service in (entry.service for entry in documents.entries(world.digest)):
        pin = profile.pins.get(service.name, service.version)
        kept = version_key(pin) == version_key(service.version)
        given[1].need(kept, "landscape", f"{show(service.name)} at its pin {pin}")
    return Question(request, rules, profile, known, at.whole()), world


def _identity(entry: Entry) -> dict[str, str]:
    own = entry.service
    return {"service": own.name, "version": own.version, "route": own.route, "control": "none"}


_Candidate = tuple[Entry, dict[str, Value]]


def _candidates(listed: Value, entries: tuple[Entry, ...], scores: Scores) -> list[_Candidate]:
    """The candidates: exactly the landscape's entries, with their scores, in order."""
    left, found = {entry.service.name: entry for entry in entries}, list[_Candidate]()
    places: list[tuple[int, str]] = []
    for item in listed.items():
        fields, names = item.entries(), "service version route control score verdict"
        examined = fields.get("verdict", item).raw != "not_examined"
        item.record(f"{names} failed evidence" if examined else names)
        name = fields["service"].a(str)
        fields["service"].need(name in left, "landscape", "an entry of the landscape, once")
        entry = left.pop(name)
        for own, expected in _identity(entry).items():
            _same(fields[own], "landscape", expected)
        _same(fields["score"], "score", scores.of(entry))
        places = [*places[-1:], (-fields["score"].a(int), name)]
        item.need(places == sorted(places), "order", "falling scores, then rising names", name)
        found.append((entry, fields))
    listed.need(not left, "landscape", "every entry of the landscape", f"{len(left)} missing")
    return found


class _Examiner:
    """Holds the evidence of candidates against their obligations."""

    def __init__(self, question: Question, evidence: Value, formulas: Formulas) -> None:
        self.passed, self.tally, self.size = [0] * len(_STEPS), Counter[str](), 0
        self.asked: list[tuple[str, str, str]] = []
        self._question, self._judge = question, Judge(evidence, formulas)
        self._meaning = Meaning(question.request.vocabulary, formulas)
        self._digests: dict[tuple[Key, ...], str] = {}

    def examine(self, candidates: list[_Candidate]) -> Entry | None:
        """The first admitted candidate; every verdict is the one that the evidence amounts to."""
        best: Entry | None = None
        for entry, fields in candidates:
            found = "not_examined"
            if best is None:
                fields["verdict"].need("evidence" in fields, "verdict", "an examined candidate")
                found = self._verdict(entry, fields["failed"], fields["evidence"])
            _same(fields["verdict"], "verdict", found)
            self.tally[found] += 1
            best = entry if found == "admitted" else best
        self._judge.finish()
        return best

    def _verdict(self, entry: Entry, failed: Value, evidence: Value) -> str:
        first = self._meaning.hypothesis(self._question, entry.state)
        references, keys = iter(evidence.items()), list[Key]()
        refuted, unknown = list[Key](), False
        for key, goal in self._meaning.candidate(self._question, entry):
            keys.append(key)
            at = next(references, None)
            if at is None:
                raise evidence.rejection("shape", "one reference per obligation")
            if at.raw is None:
                unknown = True
            elif self._judge.satisfiable(at, first, goal) != (key[0] == "non_empty"):
                refuted.append(key)
        evidence.need(next(references, None) is None, "shape", "one reference per obligation")
        _same(failed, "verdict", refuted)
        self.size, asked, own = len(keys), tuple(keys), entry.service
        if asked not in self._digests:
            self._digests[asked] = digest(asked)
        self.asked.append((own.name, own.version, self._digests[asked]))
        steps = (_STEP_OF.get(str(key[0]), 0) for key in refuted)
        for step in range(min(steps, default=len(_STEPS))):
            self.passed[step] += 1
        return "refuted" if refuted else "unknown" if unknown else "admitted"


def _digests(value: Value, asked: list[tuple[str, str, str]]) -> dict[str, str]:
    raw = {name: part.raw for name, part in value.entries().items() if name != "trace_digest"}
    items = (item.entries().items() for item in value.entries()["candidates"].items())
    kept = [{name: part.raw for name, part in item if name != "evidence"} for item in items]
    decided, obligations = {name: raw[name] for name in _OUTCOME.split()}, digest(asked)
    decision = {**decided, "candidates": kept, "obligations_digest": obligations}
    return dict(zip(_DIGESTS.split(), (obligations, digest(decision), digest(raw)), strict=True))


def _outcome(best: Entry | None, tally: Counter[str], obligations: int) -> list[Claim]:
    refuted, unknown = tally["refuted"], tally["unknown"]
    if best is None and not unknown:
        return [Claim("not_routable", f"every candidate is refuted ({refuted})", "holds")]
    if best is None:
        return [Claim("unknown", f"{unknown} candidates unknown, {refuted} refuted", "unknown")]
    name = f"{show(best.service.name)} {best.service.version}"
    winner = Claim("winner", f"every obligation of {name} holds ({obligations})", "holds")
    if unknown:
        text = f"optimality is not established: {unknown} better candidates are unknown"
        return [winner, Claim("better", text, "not_established")]
    return [winner, Claim("better", f"every better candidate is refuted ({refuted})", "holds")]
