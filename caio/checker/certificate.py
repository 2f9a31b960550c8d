"""Certificates: a decision, an examination, or claims about documents (certificate-v1 section 9).

Every part of a decision is recomputed from the documents and the evidence, and compared. An
examination holds the evidence of some candidates alone: scores and order are not judged.
"""

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple, TypeAlias

from .documents import BUDGET, DECISION, Documents, Entry, version_key
from .formulas import Formulas, Parts
from .obligations import Key, Meaning, Question
from .reader import Record, Value, canonical, digest, increasing, parse, show
from .rules import Judge
from .score import Scores

_CERTIFICATE: Final = "caio-certificate/v1"
_EXAMINATION: Final = "caio-examination/v1"
_STEPS: Final = ("contract_matching", "rule_satisfaction", "security", "availability")
_SECURITY: Final = ("invariant", "authentication", "authorization", "privacy", "trust", "access")
_STEP_OF: Final = {"rule": 1, **dict.fromkeys(_SECURITY, 2), "available": 3}
_EXAMINED: Final = "service version verdict"
_RANKED: Final = "service version route control score verdict"
_Candidate: TypeAlias = tuple[Entry, dict[str, Value]]
_SERVICES: Final = "service_coherent service_assumable service_cost_disjoint"
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


def check(documents: Documents, certificate: bytes, *, budget: int = BUDGET) -> Verdict:
    """What the evidence of a certificate supports; a `Rejection` if that is less than it states.

    A decision that is `not_routable` or `unknown` is a valid one. `budget` is of section 10.
    """
    value, formulas = parse(certificate), Formulas(budget, documents.formulas)
    parts = value.entries()
    form = parts.get("format", value).choice(f"{DECISION} {_EXAMINATION} {_CERTIFICATE}")
    if form != DECISION:
        judge = _check_claims if form == _CERTIFICATE else _check_examination
        return judge(documents, value, formulas)
    raw = {name: part.raw for name, part in parts.items() if name != "documents"}
    return _check_decision(documents, Value(raw, ""), formulas)


def _check_claims(documents: Documents, value: Value, formulas: Formulas) -> Verdict:
    _, vocabulary, listed, evidence = value.record("format vocabulary claims evidence")
    owner = documents.get(vocabulary, "vocabulary")
    meaning, judge, claims = Meaning(owner, formulas), Judge(evidence, formulas), dict[str, Claim]()
    for item in listed.items(filled=True):
        obligation, verdict, reference = item.record("obligation verdict evidence")
        key, formulas.at = canonical(obligation.raw), obligation
        obligation.need(key not in claims, "duplicate", "each obligation only once")
        kind, block = _block(documents, meaning, obligation)
        positive = kind in {"service_assumable", "rule_applicable"}  # These hold by a witness.
        by_witness = (verdict.choice("holds refuted") == "holds") == positive
        reference.need((reference.a(int) < 0) == by_witness, "polarity", "the other evidence")
        judge.judge(reference, (), block)
        claims[key] = Claim(kind, key, verdict.a(str))
    judge.finish()
    counts = dict(Counter(claim.status for claim in claims.values()))
    outcome, own = "refuted" if "refuted" in counts else "holds", {"vocabulary": owner.digest}
    return Verdict("documents", outcome, tuple(claims.values()), counts, own, formulas.spent)


def _block(documents: Documents, meaning: Meaning, key: Value) -> tuple[str, Parts]:
    """The kind and the only block of an obligation of documents (section 8.3)."""
    kind = key.items(filled=True)[0].choice(f"{_SERVICES} rule_applicable rules_consistent")
    (_, first, *rest), owner = key.items(size=2 + (kind[:5] == "rules")), meaning.vocabulary
    if kind.startswith("service"):
        entry = documents.entry(owner, *first.record("service overlays"))
        derive = meaning.incoherent if kind == "service_coherent" else meaning.overlapping
        return kind, entry.service.assumes if kind == "service_assumable" else derive(entry)
    if kind == "rule_applicable":
        return kind, tuple(rule.when for rule in _rules(documents, owner, [first]))
    rules = _rules(documents, owner, first.items(filled=True))
    parts = [_rules(documents, owner, part.items(filled=True)) for part in rest[0].items()]
    rest[0].need(set().union(*parts) <= set(rules), "reference", "sets of the claim's rules")
    return kind, meaning.contradictory(rules, parts)


def _rules(documents: Documents, owner: Record, items: list[Value]) -> list[Record]:
    rules = [documents.get(item, "rule invariant") for item in items]
    increasing(items, [rule.digest for rule in rules])
    for item, rule in zip(items, rules, strict=True):
        item.need(rule.vocabulary is owner, "reference", "a rule of the same vocabulary")
    return rules


def _same(part: Value, code: str, expected: object) -> None:
    # Equal texts say that types are equal as well; keys may be written in another order.
    if repr(part.raw) != repr(expected):
        part.need(canonical(part.raw) == canonical(expected), code, canonical(expected))


def _check_decision(documents: Documents, value: Value, formulas: Formulas) -> Verdict:
    names = f"format {_OUTCOME} landscape at candidates steps evidence {_DIGESTS}"
    part = dict(zip(names.split(), value.record(names), strict=True))
    question, world = _inputs(documents, part["inputs"])
    time = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=question.at)
    _same(part["at"], "verdict", time.isoformat().replace("+00:00", "Z"))
    _same(part["landscape"], "digest", world.digest)
    candidates = _candidates(part["candidates"], world, Scores(question, formulas))
    examiner = _Examiner(documents, question, formulas)
    best = examiner.examine(candidates, part["evidence"])
    refuted, unknown = examiner.tally["refuted"], examiner.tally["unknown"]
    routed = best and not (unknown and question.profile.optimality == "required")
    outcome = "not_routable" if refuted == len(candidates) else "routed" if routed else "unknown"
    optimality = "not_established" if unknown else "established"
    _same(part["verdict"], "verdict", outcome)
    _same(part["selected"], "verdict", _identity(best) if best and routed else None)
    _same(part["optimality"], "verdict", optimality if routed else None)
    _same(part["steps"], "verdict", list(zip(_STEPS, examiner.passed, strict=True)))
    digests = _digests(value, examiner.asked)
    for name, own in digests.items():
        _same(part[name], "digest", own)
    claims = examiner.claims(
        (best if routed else None, "better " if routed else "", optimality),
        Claim("order", f"scores and order recomputed ({len(candidates)} candidates)", "holds"),
        Claim("landscape", f"complete relative to landscape {world.digest}", "holds"),
    )
    told, tally = (*claims, Claim("digests", "all digests recomputed", "holds")), examiner.tally
    return Verdict("decision", outcome, told, dict(tally), digests, formulas.spent)


def _check_examination(documents: Documents, value: Value, formulas: Formulas) -> Verdict:
    _, inputs, listed, evidence = value.record("format inputs candidates evidence")
    question, world = _inputs(documents, inputs)
    examiner = _Examiner(documents, question, formulas)
    best, tally = examiner.examine(_candidates(listed, world), evidence), examiner.tally
    listed.need("not_examined" not in tally, "verdict", "only the last one admitted")
    outcome = "admitted" if best else "unknown" if tally["unknown"] else "refuted"
    told = examiner.claims(
        (best, "other " if best else "", "not_established"),
        Claim("order", "scores and order were not recomputed", "not_checked"),
        Claim("landscape", f"every candidate is of landscape {world.digest}", "holds"),
    )
    return Verdict("examination", outcome, told, dict(tally), {}, formulas.spent)


def _inputs(documents: Documents, value: Value) -> tuple[Record, Record]:
    names = "vocabulary landscape request profile facts policy at seed"
    *given, facts, policy, at, seed = value.record(names)
    seed.whole()
    pairs = zip(given, names.split(), strict=False)
    owner, world, request, profile = (documents.get(part, kind) for part, kind in pairs)
    owner.fields["env.at"].read(at)
    rules = _rules(documents, owner, policy.items())
    rules.sort(key=lambda rule: (rule.kind == "invariant", rule.name))
    known = None if facts.raw is None else documents.get(facts, "facts")
    used = (request, profile, world, *([known] if known else []))
    value.need({one.vocabulary for one in used} == {owner}, "reference", "one vocabulary")
    for name, pin in profile.pins.items():
        own = world.named[name].service.version if name in world.named else pin
        given[1].need(version_key(pin) == version_key(own), "landscape", f"pin {pin}")
    asked = {"request": request, "rules": rules, "profile": profile, "facts": known}
    return Record({**asked, "at": at.whole(), "world": world}), world


def _identity(entry: Entry) -> dict[str, str]:
    own = entry.service
    return {"service": own.name, "version": own.version, "route": own.route, "control": "none"}


def _candidates(listed: Value, world: Record, scores: Scores | None = None) -> list[_Candidate]:
    """Entries of the landscape, each at most once; with scores, all of them in order."""
    seen, found = set[str](), list[_Candidate]()
    for item in listed.items(filled=not scores):
        fields = item.entries()
        examined = fields.get("verdict", item).raw != "not_examined"
        names = _RANKED if scores else _EXAMINED
        item.record(f"{names} failed evidence" if examined or not scores else names)
        name = fields["service"].a(str)
        new = name in world.named and name not in seen
        item.need(new, "landscape", "an entry of the landscape, once", name)
        seen.add(name)
        found.append((world.named[name], fields))
        for own, expected in _identity(found[-1][0]).items():
            if own in fields:
                _same(fields[own], "landscape", expected)
        if scores:
            _same(fields["score"], "score", scores.of(found[-1][0]))
    if scores:
        left = len(world.entries) - len(found)
        listed.need(not left, "landscape", "every entry of the landscape", f"{left} missing")
        places = [(-fields["score"].a(int), entry.service.name) for entry, fields in found]
        listed.need(places == sorted(places), "order", "falling scores, then rising names")
    return found


class _Examiner:  # Holds the evidence of candidates against their obligations.
    def __init__(self, documents: Documents, asked: Record, formulas: Formulas) -> None:
        self.passed, self.tally, self.size = [0] * len(_STEPS), Counter[str](), 0
        self.asked: list[tuple[str, str, str]] = []
        self._documents, self._inputs, self._formulas = documents, asked, formulas
        self._known: dict[tuple[Key, ...], tuple[str, list[int]]] = {}

    def examine(self, candidates: list[_Candidate], evidence: Value) -> Entry | None:
        self._judge = Judge(evidence, self._formulas)
        examined = (entry for entry, fields in candidates if "evidence" in fields)
        self._question = Question(self._documents, self._inputs, self._formulas, examined)
        best: Entry | None = None  # The first admitted candidate; none below it is examined.
        for entry, fields in candidates:
            fields["verdict"].need(best or "evidence" in fields, "verdict", "one that is examined")
            found = "not_examined" if best else self._verdict(entry, fields)
            _same(fields["verdict"], "verdict", found)
            self.tally[found] += 1
            best = entry if found == "admitted" else best
        self._judge.finish()
        return best

    def _verdict(self, entry: Entry, fields: dict[str, Value]) -> str:
        evidence = self._formulas.at = fields["evidence"]
        first = self._question.hypothesis(entry.state)
        keys, goals = zip(*self._question.obligations(entry), strict=True)
        references = evidence.a(list)
        evidence.need(len(keys) == len(references), "shape", "one reference per obligation")
        shown = self._judge.shown(first)
        for index, (goal, reference) in enumerate(zip(goals, references, strict=True)):
            fresh = type(reference) is not int or (goal, reference) not in shown
            if fresh and reference is not None:
                self._judge.judge(evidence.part(index), first, goal)
        self.size = len(keys)
        if keys not in self._known:
            self._known[keys] = digest(keys), [_STEP_OF.get(str(key[0]), 0) for key in keys]
        asked, steps = self._known[keys]
        self.asked.append((entry.service.name, entry.service.version, asked))
        # All but the first, `non_empty`, are refuted by a witness.
        refuted = [i for i, n in enumerate(references) if n is not None and (n < 0) == (i > 0)]
        _same(fields["failed"], "verdict", [[*keys[i]] for i in refuted])
        for step in range(min((steps[i] for i in refuted), default=len(_STEPS))):
            self.passed[step] += 1
        return "refuted" if refuted else "unknown" if None in references else "admitted"

    def claims(self, said: tuple[Entry | None, str, str], *more: Claim) -> tuple[Claim, ...]:
        """What is said of the winner, of the others as `said` words it, and of the facts."""
        best, which, doubt = said
        refuted, unknown, known = self.tally["refuted"], self.tally["unknown"], self._inputs.facts
        name = f"{show(best.service.name)} {best.service.version}" if best else ""
        facts = f"facts {show(known.name)} are asserted, not proved" if known else ""
        found = (
            ("winner", f"every obligation of {name} holds ({self.size})", "holds" if best else ""),
            (
                "better",
                f"every {which}candidate is refuted ({refuted})",
                "" if unknown else "holds",
            ),
            ("better", f"{unknown} candidates above are unknown", doubt if unknown else ""),
            *more,
            ("facts", facts or "no facts are stated", "asserted" if facts else "holds"),
        )
        return tuple(Claim(*claim) for claim in found if claim[2])


def _digests(value: Value, asked: list[tuple[str, str, str]]) -> dict[str, str]:
    raw = {name: part.raw for name, part in value.entries().items() if name != "trace_digest"}
    items = (item.entries().items() for item in value.entries()["candidates"].items())
    kept = [{name: part.raw for name, part in item if name != "evidence"} for item in items]
    decided, obligations = {name: raw[name] for name in _OUTCOME.split()}, digest(asked)
    decision = {**decided, "candidates": kept, "obligations_digest": obligations}
    return dict(zip(_DIGESTS.split(), (obligations, digest(decision), digest(raw)), strict=True))
