"""A report as GitLab's code quality artifact: a JSON list of findings that a merge request compares with its target's.

GitLab knows neither verdicts nor waivers: the verdict stands at the beginning of a description unless it is plainly refuted, a
waived finding is of severity *info*, and what could not be decided is of severity *blocker*. Every entry needs a path: where
no text is to blame, it is ``.``.
"""

from __future__ import annotations

from pathlib import PurePath
from typing import Final

from caio.analysis.findings.as_json import dump
from caio.analysis.findings.finding import Finding
from caio.analysis.findings.plain import plain, well_formed
from caio.analysis.findings.report import Report
from caio.analysis.findings.verdicts import Verdict
from caio.base.canonical import Json, digest
from caio.base.diagnostics import Severity

_LONGEST: Final = 1_000
_SEVERITIES: Final = {
    Severity.ERROR: "critical",
    Severity.WARNING: "minor",
    Severity.NOTE: "info",
}


def render(report: Report) -> str:
    """The report as a JSON list in ASCII; each fingerprint occurs once."""
    entries: list[Json] = []
    seen: set[str] = set()
    for question, finding in report.shown:
        fingerprint = finding.fingerprint
        if fingerprint in seen and question is not None:
            # The same thing found for two questions is two entries, of which GitLab would drop one.
            fingerprint = digest([fingerprint, well_formed(question.id)])
        seen.add(fingerprint)
        entries.append(_entry(finding, fingerprint))
    return dump(entries)


def _entry(finding: Finding, fingerprint: str) -> Json:
    verdict = finding.verdict
    prefix = "" if verdict is Verdict.REFUTED else f"{verdict.value}: "
    span = finding.span
    name = "." if span is None else PurePath(span.source.name).as_posix()
    return {
        "description": prefix + plain(finding.message, _LONGEST),
        "check_name": finding.rule.id,
        "fingerprint": fingerprint.removeprefix("sha256:"),
        "severity": _severity(finding),
        "location": {
            "path": plain(name),
            "lines": {"begin": 1 if span is None else span.location.line},
        },
    }


def _severity(finding: Finding) -> str:
    if finding.verdict.exit_code > 1:
        return "blocker"
    return "info" if finding.verdict.holds else _SEVERITIES[finding.level]
