"""Decides whether evidence proves a claim. This package is the trusted base; nothing else is.

It derives every formula from documents alone (docs/spec/certificate-v1.md), and judges a
certificate's evidence against that formula and no other. What it enforces, and where:

- bytes become values only within limits and with exact types: `reader`;
- documents are re-checked in full, named by digest, and never change: `vocabulary`, `documents`;
- formulas have one normal form and one clause form, and follow from documents: `formulas`,
  `obligations`;
- "unsatisfiable" needs a proof by one of two rules, "satisfiable" a point: `rules`;
- scores, order, verdicts, counts and digests are recomputed: `score`, `certificate`.

Believed: these files, the specification's meaning, Python with its `json`, `hashlib`, `fractions`
and `re`, and the machine. It contains no solver and searches for nothing, does not read the
language, and does not know whether facts, states or guarantees are true, only what follows from
them. Work is counted, nothing is timed; only the standard library is imported.
"""

from typing import Final

from .certificate import Claim, Verdict, check
from .documents import BUDGET, Documents
from .reader import Rejection

load: Final = Documents  # `load(*parts, base=None)`: document sets, or decisions with their own.

__all__ = ["BUDGET", "Claim", "Documents", "Rejection", "Verdict", "check", "load"]
