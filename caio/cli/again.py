"""Deciding anew from what a decision was a function of, and comparing bytes (INV-CAIO-0001)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from caio.base.canonical import canonical_bytes
from caio.cli.stored import open_stored, posed


@dataclass(frozen=True, slots=True)
class Again:
    """What deciding anew came to.

    Attributes:
        same: whether the bytes are the same.
        difference: the member in which they differ first, in order of name.
        size: of the recorded decision, in bytes.
    """

    same: bool
    difference: str | None
    size: int


def decide_again(file: str) -> Again:
    """Decide the question of a decision's file anew, with the solver and without any cache (INV-CAIO-0001).

    Args:
        file: a decision that the checker has accepted.

    Raises:
        InputError: a document that it names is not there.
        SolverError: the solver could not do its work.
        EvidenceError: the checker rejected the new evidence. This is a bug in CAIO.
    """
    from caio.cli.deciding import decide  # noqa: PLC0415 - solver and numpy load here
    from caio.cli.progress import Waiting  # noqa: PLC0415

    stored = open_stored(file)
    question, snapshot = posed(stored.body, stored.documents())
    recorded: dict[str, Any] = {k: v for k, v in stored.body.items() if k != "documents"}
    with Waiting("deciding anew", quiet=True) as waiting:
        files = decide(question, snapshot, waiting, cache=False).files
    before = canonical_bytes(recorded)
    if files.certificate == before:
        return Again(True, None, len(before))
    now: dict[str, Any] = json.loads(files.certificate)
    names = sorted(now.keys() | recorded.keys())
    first = next((name for name in names if now.get(name) != recorded.get(name)), None)
    return Again(False, first, len(before))
