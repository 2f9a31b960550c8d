"""Certificates: a decision, an examination, or claims about documents (certificate-v1 section 9).

Every part of a decision is recomputed from the documents and the evidence, and compared. An
examination holds the evidence of some candidates alone: scores and order are not judged.
"""

import json
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from itertools import compress
from typing import Final, NamedTuple, TypeAlias

from .documents import BUDGET, DECISION, GOVERNING, Documents, version_key
from .formulas import Formulas
from .obligations import Candidate, Key, Question
from .questions import WITNESSED, Questions, governing, in_order
from .reader import Record, Value, canonical, digest, parse, show
from .rules import Judge
from .score import Scores

_CERTIFICATE: Final = "caio-certificate/v1"
_EXAMINATION: Final = "caio-examination/v1"
_STEPS: Final = (
    "contract_matching", "rule_satisfaction", "security", "trait_constraints", "availability"
)  # fmt: skip
_SECURITY: Final = ("invariant", "safety", "authentication", "authorization", "privacy", "trust")
_SECURE: Final = dict.fromkeys((*_SECURITY, "access"), 2)
_STEP_OF: Final = {"rule": 1, "policy": 1, **_SECURE, "traits": 3, "available": 4}
_BOUNDS: Final = ("requirement", "budget", "deadline")
_PROOFS: Final = """
contract_matching | the contract of {} provides what is needed and entails what is ensured \
| selected ∈ MatchingServices(r, R)
rule_satisfaction | {} satisfies every rule, policy constraint and limit that applies \
| SatisfiesRules(selected, r, P)
security | every security invariant holds between the caller, the request and {} \
| SecurityInvariants(r, selected)
trait_constraints | {} keeps every constraint on traits | G_traits(Ψ_t, selected) ≤ 0
optimization | every candidate ranked above {} is refuted \
| selected = argmax { score(s) : s admitted }
guarantees | what {} promises keeps the bounds, the budget and the deadline \
| GuaranteePreservation(selected, r)
"""  # Property, statement and formal statement.
_EXAMINED: Final = "service version control verdict"
_RANKED: Final = "service version route control score verdict"
_Listed: TypeAlias = tuple[Candidate, dict[str, Value]]
_OUTCOME: Final = "inputs verdict selected optimality"
_DIGESTS: Final = "obligations_digest decision_digest trace_digest"
_NO_ORDER: Final = "scores and order were not recomputed"
_WHOLE: Final = f"verdict selected optimality landscape at steps proofs guarantees {_DIGESTS}"


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


def check(documents: Documents, certificate: bytes, *, budget: int = BUDGET) -> Verdict:
    """What the evidence of a certificate supports; a `Rejection` if that is less than it states.

    A decision that is `not_routable` or `unknown` is a valid one. `budget` is of section 10.
    """
    value, formulas = parse(certificate), Formulas(budget, documents.formulas)
    parts = value.entries()
    form = parts.get("format", value).choice(f"{DECISION} {_EXAMINATION} {_CERTIFICATE}")
    if form == _CERTIFICATE:
        return _check_claims(documents, value, formulas)
    if form == DECISION:  # The documents that it brings are no part of it.
        value = Value({name: part.raw for name, part in parts.items() if name != "documents"}, "")
    return _check_candidates(documents, value, formulas, whole=form == DECISION)


def _check_claims(documents: Documents, value: Value, formulas: Formulas) -> Verdict:
    _, vocabulary, listed, evidence = value.record("format vocabulary claims evidence")
    owner = documents.get(vocabulary, "vocabulary")
    questions, claims = Questions(documents, owner, formulas), dict[str, Claim]()
    judge = Judge(evidence, formulas)
    for item in listed.items(filled=True):
        obligation, verdict, reference = item.record("obligation verdict evidence")
        key, formulas.at = canonical(obligation.raw), obligation
        obligation.need(key not in claims, "duplicate", "each obligation only once")
        kind, block = questions.block(obligation)
        by_witness = (verdict.choice("holds refuted") == "holds") == (kind in WITNESSED)
        reference.need((reference.a(int) < 0) == by_witness, "polarity", "the other evidence")
        judge.judge(reference, (), block)
        claims[key] = Claim(kind, key, verdict.a(str))
    judge.finish()
    counts = dict(Counter(claim.status for claim in claims.values()))
    outcome, own = "refuted" if "refuted" in counts else "holds", {"vocabulary": owner.digest}
    return Verdict("documents", outcome, tuple(claims.values()), counts, own, formulas.spent)


def _same(part: Value, code: str, expected: object) -> None:
    # Equal texts say that types are equal as well; keys may be written in another order.
    if repr(part.raw) != repr(expected):
        part.need(canonical(part.raw) == canonical(expected), code, canonical(expected))


def _check_candidates(
    documents: Documents, value: Value, formulas: Formulas, *, whole: bool
) -> Verdict:
    """A whole decision, or an examination: the evidence of some candidates alone."""
    names = f"format inputs candidates evidence {_WHOLE if whole else ''}"
    part = dict(zip(names.split(), value.record(names), strict=True))
    question = _inputs(documents, part["inputs"])
    world, known = question.world, question.facts
    if whole:
        time = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=question.at)
        _same(part["at"], "verdict", time.isoformat().replace("+00:00", "Z"))
        _same(part["landscape"], "digest", world.digest)
    scores = Scores(question, formulas) if whole else None
    candidates = _candidates(part["candidates"], question, scores)
    judge = Judge(part["evidence"], formulas)
    examined = (candidate for candidate, fields in candidates if "evidence" in fields)
    examiner = _Examiner(Question(documents, question, formulas, examined), judge, formulas)
    best, tally, digests = examiner.examine(candidates), examiner.tally, dict[str, str]()
    refuted, unknown = tally["refuted"], tally["unknown"]
    if whole:
        best = None if unknown and question.profile.optimality == "required" else best
        outcome = "not_routable" if refuted == len(candidates) else "routed" if best else "unknown"
        optimality = "not_established" if unknown else "established"
        _same(part["verdict"], "verdict", outcome)
        _same(part["selected"], "verdict", _identity(best) if best else None)
        _same(part["optimality"], "verdict", optimality if best else None)
        _same(part["steps"], "verdict", list(zip(_STEPS, examiner.passed, strict=True)))
        told = Scores(question, formulas, nominal=False).promised(best.entry) if best else ()
        _same(part["guarantees"], "verdict", list(told))
        _same(part["proofs"], "verdict", _proofs(best, examiner.keys, tally) if best else [])
        digests = _digests(value, examiner.asked)
        for name, own in digests.items():
            _same(part[name], "digest", own)
    else:
        outcome = "admitted" if best else "unknown" if unknown else "refuted"
        at_the_end = "not_examined" not in tally
        part["candidates"].need(at_the_end, "verdict", "only the last one admitted")
    which = ("better " if whole else "other ") if best else ""
    name = f"{show(best.entry.service.name)} {best.entry.service.version}" if best else ""
    everybody = "complete relative to" if whole else "every candidate is of"
    order = (f"scores and order recomputed ({len(candidates)} candidates)", "holds")
    by = f"attested by {question.node}, whose signature was not checked" if question.node else ""
    facts = f"facts {show(known.name)} are {by or 'asserted'}, not proved" if known else ""
    measured = question.measurements
    fields = f"measurements {show(measured.name)} are recorded, not proved" if measured else ""
    claims = (
        Claim("winner", f"every obligation of {name} holds ({examiner.size})", "holds"),
        Claim("better", f"every {which}candidate is refuted ({refuted})", "holds"),
        Claim("better", f"{unknown} candidates above are unknown", "not_established"),
        Claim("order", *(order if whole else (_NO_ORDER, "not_checked"))),
        Claim("landscape", f"{everybody} landscape {world.digest}", "holds"),
        Claim("facts", facts or "no facts are stated", question.origin if known else "holds"),
        Claim("measurements", fields, "measured"),
        Claim("digests", "all digests recomputed", "holds"),
    )
    shown = compress(claims, (best, not unknown, unknown, True, True, True, measured, whole))
    kind = "decision" if whole else "examination"
    return Verdict(kind, outcome, tuple(shown), dict(tally), digests, formulas.spent)


def _inputs(documents: Documents, value: Value) -> Record:
    names = "vocabulary landscape request profile facts attestation measurements policy at seed"
    *given, facts, attestation, measurements, policy, at, seed = value.record(names)
    seed.whole()
    pairs = zip(given, names.split(), strict=False)
    owner, world, request, profile = (documents.get(part, kind) for part, kind in pairs)
    owner.fields["env.at"].read(at)
    rules = in_order(governing(documents, owner, policy.items(), GOVERNING))
    known, word, measured = (
        None if part.raw is None else documents.get(part, kind)
        for part, kind in zip((facts, attestation, measurements), names.split()[4:], strict=False)
    )
    used = (one for one in (request, profile, world, known, word, measured) if one)
    value.need({one.vocabulary for one in used} == {owner}, "reference", "one vocabulary")
    for name, pin in profile.pins.items():
        own = world.named[name].service.version if name in world.named else pin
        given[1].need(version_key(pin) == version_key(own), "landscape", f"pin {pin}")
    origin = known.origin if known else "asserted"
    attestation.need((word is None) == (origin != "attested"), "verdict", "one iff it is needed")
    if known and word:
        told = word.statement
        own = told.facts, told.vocabulary, told.at
        right = own == (known.digest, owner.digest, at.whole()) and told.start <= told.at < told.end
        attestation.need(right, "verdict", "an attestation of these facts at this time")
    fitting = measured and measured.resolution == profile.resolution
    named = profile.objective != "eq1.1" or fitting
    measurements.need(named, "reference", "measurements at the profile's resolution")
    asked = {"request": request, "rules": rules, "profile": profile, "facts": known}
    more = {"measurements": measured, "node": word.node if word else "", "origin": origin}
    return Record({**asked, **more, "at": at.whole(), "world": world})


def _identity(candidate: Candidate) -> dict[str, str]:
    own, control = candidate.entry.service, candidate.control
    return {"service": own.name, "version": own.version, "route": own.route, "control": control}


def _proofs(best: Candidate, keys: tuple[Key, ...], tally: Mapping[str, int]) -> list[object]:
    """The six named proofs of the selected candidate, from its obligations (Eq. 1.7, Def. 6.1)."""
    name, above = json.dumps(best.entry.service.name), tally["refuted"] + tally["unknown"]
    kinds = [str(key[0]) for key in keys]
    steps = [_STEP_OF.get(kind, 0) for kind in kinds]
    found = [[i for i, step in enumerate(steps) if step in own] for own in ({0}, {1, 4}, {2}, {3})]
    found += [[*range(above)], [i for i, kind in enumerate(kinds) if kind in _BOUNDS]]
    proofs: list[object] = []
    for row, evidence in zip(_PROOFS.strip().splitlines(), found, strict=True):
        title, text, formal = row.split(" | ")
        proof: dict[str, object] = {"property": title, "formal": formal, "evidence": evidence}
        proof["statement"] = text.replace("{}", f"{name} {best.entry.service.version}")
        last = title == "optimization"
        proof["method"] = "counterexamples, replayed" if last else "Farkas and unit propagation"
        proofs.append({**proof, "valid": not (last and tally["unknown"])})
    return proofs


def _candidates(listed: Value, asked: Record, scores: Scores | None = None) -> list[_Listed]:
    """Candidates of the landscape, each at most once; with scores, all of them in order."""
    seen, found, world = set[tuple[str, str]](), list[_Listed](), asked.world
    for item in listed.items(filled=not scores):
        fields = item.entries()
        examined = fields.get("verdict", item).raw != "not_examined"
        names = _RANKED if scores else _EXAMINED
        item.record(f"{names} failed evidence" if examined or not scores else names)
        own = name, control = fields["service"].a(str), fields["control"].a(str)
        real = name in world.named and control in asked.profile.controls
        item.need(real and own not in seen, "landscape", "a candidate, once", " ".join(own))
        seen.add(own)
        found.append((Candidate(world.named[name], control), fields))
        for part, expected in _identity(found[-1][0]).items():
            if part in fields:
                _same(fields[part], "landscape", expected)
        if scores:
            _same(fields["score"], "score", scores.of(*found[-1][0]))
    if scores:
        left = len(world.entries) * len(asked.profile.controls) - len(found)
        listed.need(not left, "landscape", "every candidate of the landscape", f"{left} missing")
        places = [(-f["score"].a(int), one.entry.service.name, one.control) for one, f in found]
        listed.need(places == sorted(places), "order", "falling scores, then rising names")
    return found


class _Examiner:  # Holds the evidence of candidates against their obligations.
    def __init__(self, question: Question, judge: Judge, formulas: Formulas) -> None:
        self.passed, self.tally, self.size = [0] * len(_STEPS), Counter[str](), 0
        self.asked, self.keys = list[tuple[str, str, str]](), tuple[Key, ...]()
        self._question, self._judge, self._formulas = question, judge, formulas
        self._digests: dict[tuple[Key, ...], str] = {}

    def examine(self, candidates: list[_Listed]) -> Candidate | None:
        """The first admitted candidate; none below it is examined."""
        best: Candidate | None = None
        for own, fields in candidates:
            fields["verdict"].need(best or "evidence" in fields, "verdict", "one that is examined")
            found = "not_examined" if best else self._verdict(own, fields)
            _same(fields["verdict"], "verdict", found)
            self.tally[found] += 1
            best = own if found == "admitted" else best
        self._judge.finish()
        return best

    def _verdict(self, candidate: Candidate, fields: dict[str, Value]) -> str:
        evidence = self._formulas.at = fields["evidence"]
        entry = candidate.entry
        first = self._question.hypothesis(entry.state)
        keys, goals = zip(*self._question.obligations(candidate), strict=True)
        references, self.size, self.keys = evidence.a(list), len(keys), keys
        self._formulas.spend(self.size)
        evidence.need(self.size == len(references), "shape", "one reference per obligation")
        self._judge.judge_all(evidence, first, goals)
        if keys not in self._digests:
            self._digests[keys] = digest(keys)
        self.asked.append((entry.service.name, entry.service.version, self._digests[keys]))
        # All but the first, `non_empty`, are refuted by a witness.
        refuted = [i for i, n in enumerate(references) if n is not None and (n < 0) == (i > 0)]
        _same(fields["failed"], "verdict", [[*keys[i]] for i in refuted])
        failing = (_STEP_OF.get(str(keys[i][0]), 0) for i in refuted)
        for step in range(min(failing, default=len(_STEPS))):
            self.passed[step] += 1
        return "refuted" if refuted else "unknown" if None in references else "admitted"


def _digests(value: Value, asked: list[tuple[str, str, str]]) -> dict[str, str]:
    raw = {name: part.raw for name, part in value.entries().items() if name != "trace_digest"}
    items = (item.entries().items() for item in value.entries()["candidates"].items())
    kept = [{name: part.raw for name, part in item if name != "evidence"} for item in items]
    decided, obligations = {name: raw[name] for name in _OUTCOME.split()}, digest(asked)
    decision = {**decided, "candidates": kept, "obligations_digest": obligations}
    return dict(zip(_DIGESTS.split(), (obligations, digest(decision), digest(raw)), strict=True))
