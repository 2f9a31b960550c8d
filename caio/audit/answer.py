"""Answers about the past as data, and how whoever trusts nobody holds one against the log, without a solver."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, Final

from caio.audit.export import Range
from caio.audit.faults import AuditError, Fault
from caio.audit.past import Past
from caio.audit.recorded import Recorded
from caio.base.canonical import Json, canonical_bytes, digest
from caio.base.instants import format_timestamp
from caio.certify.acceptance import accept
from caio.ir.encode import document_digest, document_json

FORMAT: Final = "caio-history-answer/v1"


def answer_json(past: Past, origin: str, wanted: Range) -> dict[str, Json]:
    """The answer as data, with everything that ``recheck`` needs but the entries."""
    return {
        "format": FORMAT,
        "origin": origin,
        "from": format_timestamp(wanted.first),
        "to": format_timestamp(wanted.last),
        "verdict": {True: "holds", False: "refuted", None: "unknown"}[past.holds],
        "property": document_digest(past.claim),
        "range": [past.start, past.stop],
        "decisions": past.decisions,
        "selecting": past.selecting,
        "covered": [
            {"contract": pair.contract, "decisions": len(pair.indices), "policy": pair.policy}
            for pair in past.covered
        ],
        "alone": list(past.alone),
        "offences": [one.index for one in past.offences],
        "open": list(past.open),
        "certificates": [
            {
                "certificate": json.loads(answered.certificate),
                "documents": [document_json(one) for one in more],
            }
            for answered, more in past.evidence
            if answered.certificate is not None
        ],
        "documents": [document_json(one) for one in past.documents],
    }


def recheck(answer: Mapping[str, Any], entries: Iterable[Recorded]) -> None:
    """Hold an answer that says *holds* against the entries of its range, without a solver.

    Every decision that selected a service must be of a pair for which the checker accepts that the property holds.

    Args:
        answer: of ``answer_json``, wherever it comes from.
        entries: all decisions of the range, from a log whose tree was verified.

    Raises:
        AuditError: ``answer``: a decision is not covered, or the answer is none of this form.
        EvidenceError: the checker rejects a certificate.
    """
    try:
        documents = canonical_bytes(
            {"documents": answer["documents"], "format": "caio-documents/v1"}
        )
        shown: set[tuple[str, str]] = set()
        for one in answer["certificates"]:
            extra = {"documents": one["documents"], "format": "caio-documents/v1"}
            certificate = canonical_bytes(one["certificate"])
            verdict = accept([documents, canonical_bytes(extra)], certificate)
            shown |= {
                (digest(subject), digest(policy))
                for claim in verdict.claims
                if claim.status == "holds"
                for kind, named, subject, policy in [json.loads(claim.text)]
                if kind == "never" and named == answer["property"]
            }
    except (KeyError, TypeError, ValueError) as error:
        raise AuditError(Fault.ANSWER, f"the answer is malformed: {error}") from error
    count = 0
    for entry in entries:
        count += 1
        digests = entry.digests
        if "contract" in digests and (digests["contract"], digests["policy"]) not in shown:
            raise AuditError(
                Fault.ANSWER,
                f"nothing shows the property for the decision at {entry.index}: the answer is about other decisions",
            )
    if count != answer["decisions"]:
        raise AuditError(
            Fault.ANSWER,
            f"the answer counts {answer['decisions']} decisions, and there are {count}",
        )
