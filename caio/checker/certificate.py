"""Certificates: a decision, or claims about documents (certificate-v1 section 9)."""

from __future__ import annotations

from typing import Final

from . import canonical, decision, reader
from .documents import DECISION, Document, Documents, Entry, Rule
from .errors import Rejection
from .formulas import Formula, Formulas, Meter
from .judge import Judge
from .obligations import Meaning
from .reader import Value, increasing
from .verdict import Claim, Verdict
from .vocabulary import Vocabulary

FORMAT: Final = "caio-certificate/v1"
BUDGET: Final = 200_000_000

_SATISFIABLE: Final = frozenset({"service_assumable", "rule_applicable"})
"""The obligations that hold by a witness."""


def check(documents: Documents, certificate: bytes, *, budget: int = BUDGET) -> Verdict:
    """Check a certificate against documents, whatever its claims are.

    Args:
        documents: What the claims are about; premises come from here alone.
        certificate: A decision or a certificate of documents, as its file is.
        budget: How much work (section 10) may be spent.

    Returns:
        The verdict that the evidence supports, claim by claim. A decision that is `not_routable`
        or `unknown` is a valid one: read `Verdict.verdict`.

    Raises:
        Rejection: With the code and the path of the first flaw.
    """
    value = reader.parse(certificate)
    parts = value.entries()
    if "format" not in parts:
        raise value.rejection("shape", "a field format")
    form = parts["format"].choice(f"{DECISION} {FORMAT}")
    formulas = Formulas(Meter(budget))
    if form == FORMAT:
        return _claims(documents, value, formulas)
    raw = {name: part.raw for name, part in parts.items() if name != "documents"}
    return decision.check(documents, Value(raw, ""), formulas)


def _claims(documents: Documents, value: Value, formulas: Formulas) -> Verdict:
    _, vocabulary, listed, evidence = value.record("format vocabulary claims evidence")
    owner = documents.get(vocabulary, Vocabulary)
    meaning = Meaning(owner, formulas)
    judge = Judge(evidence, formulas)
    seen: set[str] = set()
    claims: list[Claim] = []
    for item in listed.items(filled=True):
        obligation, verdict, reference = item.record("obligation verdict evidence")
        key = canonical.text(obligation.raw)
        if key in seen:
            raise obligation.rejection("duplicate", "each obligation only once")
        seen.add(key)
        try:
            kind, block = _block(documents, owner, meaning, obligation)
        except Rejection as rejection:
            raise rejection if rejection.path else rejection.within(obligation.path) from None
        holds = verdict.choice("holds refuted") == "holds"
        number = reference.integer()
        if (number < 0) != (holds == (kind in _SATISFIABLE)):
            wanted = "a proof" if number < 0 else "a witness"
            raise reference.rejection("polarity", wanted)
        judge.shows(reference, number, block, ())
        claims.append(Claim(kind, key, verdict.text()))
    judge.finish()
    refuted = sum(claim.status == "refuted" for claim in claims)
    counts = {"holds": len(claims) - refuted, "refuted": refuted}
    outcome = "refuted" if refuted else "holds"
    digests = {"vocabulary": owner.digest}
    return Verdict("documents", outcome, tuple(claims), counts, digests, formulas.meter.spent)


def _block(
    documents: Documents, owner: Vocabulary, meaning: Meaning, key: Value
) -> tuple[str, tuple[Formula, ...]]:
    """The kind and the only block of an obligation of documents (section 8.3)."""
    first, *rest = key.items(filled=True)
    kind = first.choice(
        "service_coherent service_assumable service_cost_disjoint rule_applicable rules_consistent"
    )
    if len(rest) != (2 if kind == "rules_consistent" else 1):
        raise key.rejection("shape", f"the parts of `{kind}`")
    if kind == "rules_consistent":
        rules = _rules(documents, owner, rest[0])
        parts = [_rules(documents, owner, part) for part in rest[1].items()]
        for at, part in zip(rest[1].items(), parts, strict=True):
            if not set(part) <= set(rules):
                raise at.rejection("reference", "rules of the set itself")
        return kind, meaning.contradictory(rules, parts)
    if kind == "rule_applicable":
        rule = documents.get(rest[0], Rule)
        _same(rule, owner, rest[0])
        return kind, (meaning.of(rule.when),)
    service, overlays = rest[0].record("service overlays")
    entry: Entry = documents.entry(service, overlays)
    _same(entry.service, owner, service)
    if kind == "service_coherent":
        return kind, meaning.incoherent(entry)
    if kind == "service_cost_disjoint":
        return kind, meaning.overlapping(entry.service)
    return kind, tuple(meaning.assumed(entry.service))


def _rules(documents: Documents, owner: Vocabulary, value: Value) -> list[Rule]:
    items = value.items(filled=True)
    rules = [documents.get(item, Rule) for item in items]
    for item, rule in zip(items, rules, strict=True):
        _same(rule, owner, item)
    increasing(items, tuple(rule.digest for rule in rules))
    return rules


def _same(document: Document, owner: Vocabulary, at: Value) -> None:
    if document.vocabulary is not owner:
        raise at.rejection("reference", "a document of the certificate's vocabulary")
