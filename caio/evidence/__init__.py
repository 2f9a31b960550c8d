"""Checks evidence files (``docs/spec/evidence-v1.md``) with the standard library and the checker, and nothing else.

What an auditor relies on beside ``caio.checker``: ``archive`` and ``manifest`` (every byte accounted for), ``tree`` (entries are in the
log), ``entries`` and ``seals`` (what was recorded), ``library`` and ``decisions`` (what the checker is given), ``attestations``,
``walk`` and ``verify`` (claims), ``report``. No cryptography beyond SHA-256: signatures are verified by whoever calls ``verify``
with something that can, and are *not checked* otherwise. ``pack`` makes one file of all this, ``caio-check.pyz``.
"""

from .checkpoint import KeyEntry, Signatures
from .report import Claim, Flaw, Outcome, Reason, Report, Status, Unestablished
from .verify import CLAIMS, Policy, verify

__all__ = [
    "CLAIMS",
    "Claim",
    "Flaw",
    "KeyEntry",
    "Outcome",
    "Policy",
    "Reason",
    "Report",
    "Signatures",
    "Status",
    "Unestablished",
    "verify",
]
