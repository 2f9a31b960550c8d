"""The facets of refinement as findings, refuted or undecided."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from caio.analysis.compat import rules
from caio.analysis.compat.breaking import Shown
from caio.analysis.compat.clauses import Pair, Said, said
from caio.analysis.compat.sides import title
from caio.analysis.findings.finding import Finding
from caio.analysis.findings.verdicts import Verdict
from caio.base.canonical import Json
from caio.base.diagnostics import Severity
from caio.obligations.asked import Asked

_OF_ONE: Final = frozenset({"service_assumable", "refines_schema"})
"""The facets that no request breaks."""


def refuted(asked: Asked, pair: Pair, shown: Shown | None, evidence: str | None) -> Finding:
    """The finding of a facet that does not hold."""
    values = {} if shown is None else shown.values
    told = said(asked.kind, asked.key[3:], pair, values)
    unserved = shown is not None and not shown.served and asked.kind not in _OF_ONE
    help_ = told.help
    if unserved:
        help_ += f"; no caller of {title(pair.old)} is shown here, because none that it serves comes to this point"
    return Finding(
        told.rule,
        Verdict.UNKNOWN if told.rule is rules.SCHEMA_CHANGED else Verdict.REFUTED,
        told.message,
        subjects=(pair.old.name,),
        content=_content(asked, pair, told),
        span=told.span,
        labels=() if told.label is None else (told.label,),
        counterexample=None if shown is None or told.rule is rules.SCHEMA_CHANGED else shown.text,
        evidence=evidence,
        help=help_,
    )


def undecided(asked: Asked, pair: Pair, reason: str) -> Finding:
    """The finding of a facet that was neither proved nor refuted."""
    told = said(asked.kind, asked.key[3:], pair, {})
    return Finding(
        rules.UNDECIDED,
        Verdict.UNKNOWN,
        f"not decided within the budget whether there is a finding of `{told.rule.id}` from {title(pair.old)} to"
        f" {title(pair.new)}: {reason}",
        subjects=(pair.old.name,),
        content=_content(asked, pair, told),
        span=told.span,
        labels=() if told.label is None else (told.label,),
        help="raise the budget with `--budget`, or write the clause in a simpler way; unknown is no success",
    )


def noted(finding: Finding) -> Finding:
    """A finding that is worth knowing, and decides nothing."""
    return replace(finding, severity=Severity.NOTE)


def _content(asked: Asked, pair: Pair, told: Said) -> Json:
    return {
        "direction": pair.direction,
        "facet": asked.kind,
        "old": told.clauses[0],
        "new": told.clauses[1],
    }
