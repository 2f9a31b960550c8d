"""An explanation as JSON: ``caio-explanation/v1``, the same bytes for the same question (``docs/explain.md``).

Numbers are exact and strings, as in every format of ours. Certificates are decisions without their documents; the
documents of all of them stand beside, each once, in the order of their digests. Two of them may have the same name: a
changed request is called what the request is called.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Final

from caio.analysis.explain.changes import Change
from caio.analysis.explain.clauses import holder
from caio.analysis.explain.evidence import Claim
from caio.analysis.explain.explanation import Explanation, Offer
from caio.analysis.explain.grouping import Reason
from caio.analysis.explain.least import Least
from caio.analysis.explain.margin import Margin
from caio.analysis.explain.standings import Standing
from caio.analysis.explain.study import Failing, Mended, Proven, Study
from caio.base.canonical import Json, canonical_bytes
from caio.base.numbers import format_number
from caio.ir.encode import document_bytes, formula_json

FORMAT: Final = "caio-explanation/v1"


def explanation_json(explanation: Explanation) -> dict[str, Json]:
    """The explanation without certificates and documents."""
    body = explanation.accepted.body
    question = explanation.accepted.question
    return {
        "format": FORMAT,
        "inputs": body["inputs"],
        "verdict": body["verdict"],
        "request": question.request.name,
        "winner": None if explanation.winner is None else _standing(explanation.winner),
        "margin": None if explanation.margin is None else _margin(explanation.margin),
        "refused": {
            "count": len(explanation.refused),
            "reasons": [_reason(reason) for reason in explanation.reasons],
        },
        "unobjected": explanation.unobjected,
        "service": None if explanation.service is None else _service(explanation),
        "relaxations": _relaxations(explanation),
    }


def explanation_bytes(explanation: Explanation) -> bytes:
    """The explanation as a file: one top-level member per line, certificates and documents at its end."""
    body = explanation_json(explanation)
    lines = [f'"{name}": '.encode() + canonical_bytes(value) for name, value in body.items()]
    certificates = [canonical_bytes(dict(body)) for body in explanation.evidence.bodies()]
    documents = [document_bytes(document) for _, document in explanation.evidence.documents()]
    lines.append(b'"certificates": [\n' + b",\n".join(certificates) + b"\n]")
    lines.append(b'"documents": [\n' + b",\n".join(documents) + b"\n]")
    return b"{\n" + b",\n".join(lines) + b"\n}\n"


def _number(value: Fraction | None) -> Json:
    return None if value is None else format_number(value)


def _claim(claim: Claim | None) -> Json:
    return None if claim is None else claim.json()


def _standing(standing: Standing) -> dict[str, Json]:
    service = standing.contract.service
    return {
        "service": service.name,
        "version": service.version,
        "control": standing.contract.control,
        "rank": standing.rank,
        "score": standing.score,
        "verdict": standing.verdict,
        "certificate": standing.certificate,
    }


def _margin(margin: Margin) -> Json:
    return {
        "ahead": _standing(margin.ahead),
        "behind": None if margin.behind is None else _standing(margin.behind),
        "lead": margin.lead,
        "decisive": margin.decisive,
        "terms": [
            {
                "term": term.name,
                "weight": format_number(term.weight),
                "value": format_number(term.value),
                "points": term.points,
                "rival": term.rival,
                "lead": term.lead,
            }
            for term in margin.terms
        ],
    }


def _reason(reason: Reason) -> Json:
    contract = reason.example.contract
    example = Claim(
        reason.example.certificate, contract.service.name, contract.control, reason.key, holds=False
    )
    return {
        "clause": list(reason.group),
        "holder": reason.holder.value,
        "count": reason.count,
        "services": reason.services,
        "controls": list(reason.controls),
        "alone": reason.alone,
        "silent": reason.silent,
        "example": example.json(),
    }


def _service(explanation: Explanation) -> Json:
    standing = explanation.service
    if standing is None:
        return None
    study = explanation.study
    won = explanation.winner is not None and explanation.winner.rank == standing.rank
    return {
        **_standing(standing),
        "selected": won,
        "undecided": [list(key) for key in standing.undecided],
        "others": [
            {
                **_standing(other),
                "failed": [list(key) for key in other.failed],
                "undecided": [list(key) for key in other.undecided],
            }
            for other in explanation.others
        ],
        "failing": [] if study is None else [_failing(one) for one in study.failing],
        "mended": None if study is None else _mended(study),
        "complete": study is None or not study.undecided,
    }


def _failing(failing: Failing) -> Json:
    return {
        "obligation": list(failing.key),
        "holder": holder(failing.key).value,
        "claim": failing.claim.json(),
        "least": None if failing.least is None else _least(failing.least),
        "holds": _claim(failing.holds),
        "fails": _claim(failing.fails),
    }


def _least(least: Least) -> dict[str, Json]:
    dial = least.dial
    return {
        "owner": dial.owner,
        "clause": dial.clause,
        "quantity": dial.subject,
        "relation": dial.relation,
        "dimension": dial.dimension,
        "asked": _number(dial.asked),
        "step": format_number(dial.step),
        "bound": _number(least.bound),
        "refuted": _number(least.refuted),
        "last": format_number(dial.value(dial.last)),
    }


def _mended(study: Study) -> Json:
    mended = study.mended
    if mended is None:
        return None
    return {
        "admits": mended.repair.admits,
        "blocked": [list(key) for key in mended.repair.blocked],
        "impossible": [list(key) for key in mended.repair.impossible],
        "changes": [_change(one) for one in mended.proven],
        "holds": [claim.json() for claim in mended.holds],
    }


def _change(proven: Proven) -> Json:
    change: Change = proven.change
    return {
        "kind": change.kind.value,
        "clause": change.clause,
        "obligation": list(change.key),
        "least": None if change.least is None else _least(change.least),
        "condition": None if change.condition is None else formula_json(change.condition),
        "amount": format_number(change.amount),
        "without": proven.without.json(),
        "below": _claim(proven.below),
    }


def _relaxations(explanation: Explanation) -> Json:
    sought = explanation.relaxations
    if sought is None:
        return None
    return {
        "eligible": sought.eligible,
        "tried": sought.tried,
        "undecided": sought.undecided,
        "limit": explanation.wish.limit,
        "complete": sought.complete,
        "found": [_offer(offer) for offer in explanation.offers],
    }


def _offer(offer: Offer) -> Json:
    mended: Mended = offer.mended
    return {
        "amount": format_number(offer.relaxation.amount),
        "implied": offer.relaxation.implied,
        "changes": [_change(one) for one in mended.proven],
        "admits": [
            {**_standing(standing), "claim": claim.json()} for standing, claim in offer.admits
        ],
    }
