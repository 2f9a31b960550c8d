"""How much faster a question to history is than checking each decision by itself.

``python -m tests.audit.history_rate [DECISIONS]`` records so many decisions (1,000,000 unless told), asks one question about all of
them, holds the answer against the log, and checks some of the decisions one by one, in one process. Times are of the processor.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

import caio
from caio import checker
from caio.audit.answer import answer_json, recheck
from caio.audit.entries import Entry, Kind
from caio.audit.log import Log
from caio.audit.past import ask_past
from caio.audit.vault import Vault
from caio.certify.prover import Prover
from tests.audit.test_past import DOCUMENTS, EVERYTHING, RULE, history
from tests.audit.test_trail import ORIGIN

CHECKED = 200
"""How many decisions are checked one by one."""


def measure(size: int) -> dict[str, float]:
    """Seconds for the question, for holding its answer against the log, and for one decision; and the ratios."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        history(folder, DOCUMENTS + RULE, "notes", "record")
        with Log.open(folder / "log") as log, Vault.open(folder / "vault", ORIGIN) as vault:
            recorded = list(log.entries(kind=Kind.DECISION))
            entries = [Entry(one.kind, one.digests, one.details) for one in recorded]
            left = size - len(recorded)
            while left > 0:
                part = (entries * 5_000)[: min(left, 10_000)]
                log.append_many(part)
                left -= len(part)
            project = caio.loads(DOCUMENTS)
            claim = next(one for one in project.properties if one.name == "stays")
            with Prover() as prover:
                before = time.process_time()
                past = ask_past(log, vault, claim, project.vocabularies[0], EVERYTHING, prover)
                asked = time.process_time() - before
            if past.holds is not True:
                raise RuntimeError("the property does not hold, so that nothing is measured")
            answer = answer_json(past, ORIGIN, EVERYTHING)
            before = time.process_time()
            recheck(answer, log.entries(kind=Kind.DECISION))
            again = time.process_time() - before
            single = one_by_one(vault, recorded[0].digests)
    return {
        "question": asked,
        "answer held against the log": again,
        "one decision": single,
        "ratio, question": single * past.decisions / asked,
        "ratio, question and answer": single * past.decisions / (asked + again),
    }


def one_by_one(vault: Vault, digests: Mapping[str, str]) -> float:
    """Seconds to check one decision, its landscape being loaded already."""
    kept = vault.find(digests["evidence"])
    landscape = vault.document(digests["landscape"])
    vocabulary = vault.document(digests["vocabulary"])
    if kept is None or kept.data is None or landscape is None or vocabulary is None:
        raise RuntimeError("the vault lacks what the decision was about")
    documents = [json.loads(landscape), json.loads(vocabulary)]
    for entry in documents[0]["entries"]:
        service = vault.document(entry["service"])
        documents.append(json.loads(service or b"null"))
    shared = {"format": "caio-documents/v1", "documents": documents}
    base = checker.load(json.dumps(shared).encode())
    before = time.process_time()
    for _ in range(CHECKED):
        checker.check(checker.load(kept.data, base=base), kept.data)
    return (time.process_time() - before) / CHECKED


if __name__ == "__main__":
    for name, value in measure(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000).items():
        print(f"{name:<28} {value:>12,.4f}")  # noqa: T201 - a command
