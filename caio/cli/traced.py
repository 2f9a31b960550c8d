"""Traces for ``caio verify``: taken apart into a decision, which the checker judges, and what has to agree with it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from caio.base.errors import EvidenceError, InputError
from caio.cli.decision_file import carries_landscape, landscape_beside
from caio.cli.files import MAX_BYTES
from caio.cli.text import count, safe

if TYPE_CHECKING:
    from caio.ir import documents as d

# Most files are no traces: whatever reads one is imported where it is used.
_KINDS: Final = ("vocabulary", "profile", "measurements")
MARK: Final = b'"caio-trace/v1"'


@dataclass(frozen=True, slots=True)
class Unpacked:
    """A trace that was taken apart.

    Attributes:
        decision: the file of the decision in it, with documents, for the checker; None where the trace is none.
        data: the trace's bytes.
        folder: where its arrays may lie.
        rejection: what is wrong with the trace, if it is none.
    """

    decision: str | None
    data: bytes
    folder: Path
    rejection: EvidenceError | None = None


def unpack(file: str, folder: Path) -> Unpacked | None:
    """A file taken apart if it holds a trace, else None.

    Args:
        file: whose format is looked at.
        folder: where the decision in it is put.

    Raises:
        InputError: the landscape of its decision is nowhere to be found.
    """
    data = _trace_in(file)
    if data is None:
        return None
    from caio.routing.files import body_with_documents  # noqa: PLC0415 - numpy loads here
    from caio.routing.trace import Trace  # noqa: PLC0415

    here = Path(file).resolve().parent
    try:
        trace = Trace.read(data, here)
    except EvidenceError as error:
        return Unpacked(None, data, here, error)
    body = {"landscape": None, **trace.certificate}
    carried = {"documents": [json.loads(document) for document in trace.documents]}
    beside = landscape_beside(file, body)
    if not carries_landscape(carried):
        if beside is None:
            name = f"landscape-{str(body['landscape']).removeprefix('sha256:')}.json"
            raise InputError(
                f"the landscape of `{file}` is missing: `{safe(name)[:90]}` is expected beside it"
            )
        (folder / beside.name).symlink_to(beside)
    target = folder / "decision.json"
    target.write_bytes(body_with_documents(trace.certificate, trace.documents))
    return Unpacked(str(target), data, here)


def with_trace(unpacked: Unpacked, answer: Mapping[str, Any]) -> dict[str, Any]:
    """The checker's answer about the decision in a trace, and what else the trace says; or a rejection.

    Raises:
        InputError: a document cannot be read.
    """
    from caio.execute.result_parts import read_account  # noqa: PLC0415 - numpy loads here
    from caio.routing.agreement import require_agreement  # noqa: PLC0415
    from caio.routing.trace import Trace  # noqa: PLC0415

    try:
        trace = Trace.read(unpacked.data, unpacked.folder)
        require_agreement(trace, _documents(str(unpacked.decision)))
        account = None if trace.result is None else read_account(trace.result, trace.certificate)
    except EvidenceError as error:
        return rejection(error, "certificate")
    claims: list[dict[str, str]] = [
        {
            "name": "trace",
            "text": "state, proofs, guarantees, field snapshots and control signal agree with the decision",
            "status": "holds",
        }
    ]
    arrays = trace.arrays()
    if arrays:
        kept = f"{count(len(arrays), 'array')} named by the digest: {', '.join(sorted(arrays))}"
        claims.append({"name": "arrays", "text": kept, "status": "holds"})
    if account is None:
        selected = trace.decision["selected"] is not None
        text = "nothing was executed" if not selected else "no result is recorded"
        claims.append({"name": "result", "text": text, "status": "none"})
    else:
        ended = "a reply that breaks nothing" if account.executed else "no reply was handed out"
        text = (
            f"the execution tells of this decision: {ended}; {count(account.attempts, 'attempt')},"
            f" {count(account.violations, 'broken promise')}"
        )
        claims.append({"name": "result", "text": text, "status": "holds"})
    text = f"the hash is that of the trace: {trace.hash}"
    claims.append({"name": "hash", "text": text, "status": "holds"})
    digests = {**answer["digests"], "trace_hash": trace.hash}
    executed = account is not None
    return {
        **answer,
        "kind": "trace",
        "claims": [*answer["claims"], *claims],
        "digests": digests,
        "executed": executed,
    }


def _documents(decision: str) -> tuple[d.Document, ...]:
    """The few documents of a decision that a trace speaks of."""
    from caio.cli.stored import open_stored  # noqa: PLC0415
    from caio.ir.decode import decode_documents  # noqa: PLC0415

    stored = open_stored(decision)
    beside = landscape_beside(decision, stored.body)
    raw = list(stored.body.get("documents") or ())
    if beside is not None:
        raw += open_stored(str(beside)).body.get("documents") or ()
    kept = {str(item): item for item in raw if item.get("kind") in _KINDS}
    return decode_documents([*kept.values()])


def rejection(error: EvidenceError, inside: str = "") -> dict[str, Any]:
    """A rejection in the checker's form."""
    # The checker's own places are within the decision, which is a part of the trace.
    own = error.code.startswith("trace-")
    path = error.path if own or not inside else f"{inside}.{error.path}"
    return {
        "accepted": False,
        "code": error.code,
        "path": path,
        "expected": error.expected,
        "seen": error.seen,
    }


def _trace_in(file: str) -> bytes | None:
    """The bytes of a file that says it is a trace."""
    with suppress(OSError, ValueError, RecursionError):
        if not Path(file).is_file():
            return None
        with Path(file).open("rb") as opened:
            data = opened.read(MAX_BYTES + 1)
        if len(data) > MAX_BYTES or MARK not in data:
            return None
        body = json.loads(data)
        if isinstance(body, dict) and body.get("format") == MARK.decode().strip('"'):
            return data
    return None
