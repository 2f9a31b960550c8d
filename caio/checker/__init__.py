"""Decides whether evidence proves a claim. This package is the trusted base; nothing else is.

It derives every formula from documents alone (docs/spec/certificate-v1.md), and judges a
certificate's evidence against that formula and no other: `reader` (bytes to values, within limits),
`vocabulary`, `expressions` and `documents` (checked in full, named by digest), `formulas` and
`obligations` (one normal form, one clause form), `rules` (proofs and points), `score`,
`certificate`. docs/trust.md says what is believed. There is no solver and no search; work is counted, nothing is timed; only
the standard library is imported.
"""

from typing import Final

from .certificate import Claim, Verdict, check
from .documents import BUDGET, Documents
from .reader import Rejection

load: Final = Documents  # `load(*parts, base=None)`: document sets, or decisions with their own.

__all__ = ["BUDGET", "Claim", "Documents", "Rejection", "Verdict", "check", "load"]
