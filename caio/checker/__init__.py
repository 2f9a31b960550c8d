"""Decides whether evidence proves a claim. This package is the trusted base; nothing else is.

It reads two inputs: documents, and a certificate. From the documents alone it derives every formula
(docs/spec/certificate-v1.md), and it judges the evidence against that formula and no other. The
rules it enforces, and where:

- bytes become values only within limits and with exact types: `reader`;
- documents are re-checked in full, named by digest, and never change: `vocabulary`, `expressions`,
  `documents`;
- formulas have one normal form and one clause form: `formulas`, `clauses`;
- what must be proved follows from documents: `obligations`;
- "unsatisfiable" needs a proof by one of two rules, "satisfiable" a point: `rules`;
- scores, order, verdicts, counts and digests are recomputed: `score`, `decision`, `certificate`.

What must be believed: these files, the specification's meaning, Python with its `json`, `hashlib`,
`fractions` and `re` modules, and the machine. What it does not do: it contains no solver and
searches for nothing; it does not read the language (text becomes documents outside); it does not
know whether facts, states or guarantees are true, only what follows from them. Everything is
counted, nothing is timed. Only the standard library is imported.
"""

from __future__ import annotations

from typing import Final

from .certificate import check
from .decision import Claim, Verdict
from .documents import BUDGET, Documents
from .reader import Rejection

load: Final = Documents
"""`load(*parts: bytes) -> Documents`: document sets, or decision files that carry their own."""

__all__ = ["BUDGET", "Claim", "Documents", "Rejection", "Verdict", "check", "load"]
