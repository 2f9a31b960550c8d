"""Whose word the facts of a decision are: the signature of an attestation, which the checker leaves to others.

The checker has no library to verify a signature with. It makes sure that a decision about attested facts comes with an
attestation of these facts, for this vocabulary and this time; whether the node that it names has signed it is found out
here, with the node's public key.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from caio.base.errors import InputError
from caio.cli.decision_file import DECISION, landscape_beside
from caio.cli.failures import MisuseError
from caio.cli.stored import open_stored
from caio.ir import documents as d
from caio.ir.decode import decode_documents
from caio.ir.encode import document_digest
from caio.security.attestation import verify_attestation
from caio.security.files import load_node_public
from caio.security.nodes import node_digest
from caio.security.refusal import Refusal, RefusedError

_KINDS: Final = ("vocabulary", "facts", "attestation")
"""The documents that an attestation is about, and itself."""


def with_signature(file: str, answer: Mapping[str, Any], key: str) -> dict[str, Any]:
    """The checker's answer about an accepted decision, with the signature under its facts verified; or a rejection.

    Args:
        file: the decision's file.
        answer: what the checker said of it.
        key: the file of the node's public key.

    Raises:
        MisuseError: the file holds no decision.
        InputError: a file cannot be read.
        RefusedError: ``node-key``: that file holds no public key of a node.
    """
    if answer.get("kind") != "decision":
        raise MisuseError("`--node` is about the facts of a decision, and this is none")
    node = load_node_public(key)
    name = node_digest(node)
    try:
        facts, attestation, at = _attested(file)
        text = verify_attestation(attestation, node).cover(facts, at=at)
    except RefusedError as refused:
        return {
            "accepted": False,
            "code": str(refused.code),
            "path": ".".join(filter(None, ("attestation", refused.place))),
            "expected": f"facts attested by {name}",
            "seen": str(refused),
        }
    shown = {"name": "facts", "text": f"facts {text}: signature verified", "status": "holds"}
    claims = [shown if claim["name"] == "facts" else claim for claim in answer["claims"]]
    return {**answer, "claims": claims}


def _attested(file: str) -> tuple[d.Facts, d.Attestation, int]:
    """The facts of a decision that the checker has accepted, what stands behind them, and its time.

    Raises:
        RefusedError: ``attestation-subject``: nothing stands behind them.
    """
    stored = open_stored(file)
    beside = None if stored.format != DECISION else landscape_beside(file, stored.body)
    raw = list(stored.body.get("documents") or ())
    if beside is not None:
        raw += open_stored(str(beside)).body.get("documents") or ()
    kept = {str(item): item for item in raw if item.get("kind") in _KINDS}
    known = {document_digest(document): document for document in decode_documents([*kept.values()])}
    inputs = stored.body["inputs"]
    facts, attestation = known.get(inputs["facts"]), known.get(inputs["attestation"])
    if not isinstance(facts, d.Facts):
        detail = "the decision is about no facts: nothing is known of the caller"
        raise RefusedError(Refusal.ATTESTATION_SUBJECT, detail=detail)
    if not isinstance(attestation, d.Attestation):
        detail = "the facts are asserted: no node stands behind them"
        raise RefusedError(Refusal.ATTESTATION_SUBJECT, detail=detail)
    try:
        return facts, attestation, int(inputs["at"])
    except ValueError as error:
        raise InputError(f"`{file}` was changed while it was checked") from error
