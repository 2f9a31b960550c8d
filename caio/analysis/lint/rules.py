"""The kinds of findings of ``caio lint``; those that are diagnostics of ``caio check``, too, keep their codes."""

from __future__ import annotations

from typing import Final

from caio.analysis.findings.finding import Rule
from caio.analysis.findings.rules import register
from caio.analysis.sanity import (
    CONTRADICTORY,
    INCOHERENT,
    NEVER,
    OVERLAPPING,
    UNDECIDED,
    UNUSABLE,
)
from caio.base.diagnostics import Severity

NEVER_APPLIES: Final = Rule.of(NEVER)
CONTRADICTION: Final = Rule.of(CONTRADICTORY)
INCOHERENT_CONTRACT: Final = Rule.of(INCOHERENT)
EMPTY_ASSUMPTION: Final = Rule.of(UNUSABLE)
OVERLAPPING_COST: Final = Rule.of(OVERLAPPING)
NOT_DECIDED: Final = Rule.of(UNDECIDED)

ALWAYS_KEPT: Final = register(
    "rule-always-kept", "a rule that declared ranges alone keep", Severity.WARNING
)
SHADOWED: Final = register(
    "shadowed-rule", "a rule that says nothing which others do not say", Severity.WARNING
)
UNMEETABLE: Final = register(
    "unmeetable-rule", "a rule that no service can satisfy for any request that triggers it"
)
UNREACHABLE: Final = register(
    "unreachable-service", "a service that no request can reach", Severity.WARNING
)
NO_EFFECT: Final = register(
    "guarantee-without-effect",
    "a guarantee that the others and the declared range imply",
    Severity.WARNING,
)
OUT_OF_REACH: Final = register(
    "threshold-out-of-reach", "a threshold that lies beyond what is declared, and is never met"
)
BEHIND: Final = register(
    "threshold-without-effect",
    "a threshold that lies beyond what is declared, and is always met",
    Severity.WARNING,
)
UNUSED: Final = register(
    "unused-declaration", "something is declared that nothing speaks of", Severity.NOTE
)
PIN_OF_NOBODY: Final = register(
    "pin-without-service", "a profile pins a service that is not there", Severity.WARNING
)
