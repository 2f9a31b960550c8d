"""Certificates: a decision, or claims about documents (certificate-v1 section 9)."""

from __future__ import annotations

from typing import Final

from . import decision
from .decision import Claim, Verdict
from .documents import BUDGET, DECISION, Documents
from .formulas import Formulas, Parts
from .obligations import Meaning
from .reader import Record, Rejection, Value, canonical, increasing, parse
from .rules import Judge

_FORMAT: Final = "caio-certificate/v1"
_SATISFIABLE: Final = ("service_assumable", "rule_applicable")
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
    value = parse(certificate)
    parts = value.entries()
    form = parts.get("format", value).choice(f"{DECISION} {_FORMAT}")
    formulas = Formulas(budget, documents.formulas)
    if form == _FORMAT:
        return _claims(documents, value, formulas)
    raw = {name: part.raw for name, part in parts.items() if name != "documents"}
    return decision.check(documents, Value(raw, ""), formulas)


def _claims(documents: Documents, value: Value, formulas: Formulas) -> Verdict:
    _, vocabulary, listed, evidence = value.record("format vocabulary claims evidence")
    owner = documents.get(vocabulary, "vocabulary")
    meaning, judge = Meaning(owner, formulas), Judge(evidence, formulas)
    claims: dict[str, Claim] = {}
    for item in listed.items(filled=True):
        obligation, verdict, reference = item.record("obligation verdict evidence")
        key = canonical(obligation.raw)
        obligation.need(key not in claims, "duplicate", "each obligation only once")
        try:
            kind, block = _block(documents, meaning, obligation)
        except Rejection as rejection:
            raise rejection if rejection.path else rejection.within(obligation.path) from None
        by_witness = (verdict.choice("holds refuted") == "holds") == (kind in _SATISFIABLE)
        fits = (reference.a(int) < 0) == by_witness
        reference.need(fits, "polarity", "a witness" if by_witness else "a proof")
        judge.satisfiable(reference, block)
        claims[key] = Claim(kind, key, verdict.a(str))
    judge.finish()
    refuted = sum(claim.status == "refuted" for claim in claims.values())
    counts = {"holds": len(claims) - refuted, "refuted": refuted}
    outcome, own = "refuted" if refuted else "holds", {"vocabulary": owner.digest}
    return Verdict("documents", outcome, tuple(claims.values()), counts, own, formulas.spent)


def _block(documents: Documents, meaning: Meaning, key: Value) -> tuple[str, Parts]:
    """The kind and the only block of an obligation of documents (section 8.3)."""
    by_service = {
        "service_coherent": meaning.incoherent,
        "service_assumable": meaning.assumed,
        "service_cost_disjoint": meaning.overlapping,
    }
    first, *rest = key.items(filled=True)
    kind = first.choice(f"{' '.join(by_service)} rule_applicable rules_consistent")
    size = 2 if kind == "rules_consistent" else 1
    key.need(len(rest) == size, "shape", f"{size} parts after `{kind}`")
    if kind == "rules_consistent":
        rules = _rules(documents, meaning, rest[0].items(filled=True))
        parts = [_rules(documents, meaning, part.items(filled=True)) for part in rest[1].items()]
        inside = all(set(part) <= set(rules) for part in parts)
        rest[1].need(inside, "reference", "sets of the rules of the claim")
        return kind, meaning.contradictory(rules, parts)
    if kind == "rule_applicable":
        return kind, tuple(rule.when for rule in _rules(documents, meaning, rest))
    service, overlays = rest[0].record("service overlays")
    return kind, by_service[kind](documents.entry(meaning.vocabulary, service, overlays))


def _rules(documents: Documents, meaning: Meaning, items: list[Value]) -> list[Record]:
    rules = [documents.get(item, "rule invariant") for item in items]
    increasing(items, [rule.digest for rule in rules])
    for item, rule in zip(items, rules, strict=True):
        same = rule.vocabulary is meaning.vocabulary
        item.need(same, "reference", "a rule of the certificate's vocabulary")
    return rules
