"""A report as commands to GitHub's runner (annotations), to be written to the log of a step.

A command is a line ``::error file=…,line=…::message``. Of each kind (error, warning, notice) GitHub shows ten per step and
drops the rest without a word; so the tenth says how many more there are. The job summary is ``markdown.render_summary``.
"""

from __future__ import annotations

from typing import Final

from caio.analysis.findings.finding import Finding
from caio.analysis.findings.plain import count, plain
from caio.analysis.findings.report import Report
from caio.analysis.findings.verdicts import Verdict
from caio.base.diagnostics import Severity

MOST_ANNOTATIONS: Final = 10
"""How many annotations of a kind GitHub shows for one step."""
_LONGEST: Final = 1_000
_KINDS: Final = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}


def render(report: Report) -> str:
    """The report as lines for the log of a step: commands, and the last line of every report."""
    by_kind: dict[str, list[Finding]] = {kind: [] for kind in _KINDS.values()}
    for _, finding in report.shown:
        by_kind[_kind(finding)].append(finding)
    lines = []
    for kind, findings in by_kind.items():
        shown = findings
        if len(findings) > MOST_ANNOTATIONS:
            shown = findings[: MOST_ANNOTATIONS - 1]
        lines += [_annotation(kind, finding) for finding in shown]
        if len(findings) > len(shown):
            rest = count(len(findings) - len(shown), "more finding")
            text = f"{rest} of this kind: GitHub shows {MOST_ANNOTATIONS} per step, the job summary has more"
            lines.append(command(kind, {"title": "not all findings are shown"}, text))
    return "\n".join([*lines, report.last_line]) + "\n"


def command(name: str, properties: dict[str, str], message: str) -> str:
    """One command to the runner; whatever would end it or start another is escaped as the runner unescapes it."""
    given = ",".join(f"{key}={_property(value)}" for key, value in properties.items())
    return f"::{name}{' ' if given else ''}{given}::{_data(message)}"


def _kind(finding: Finding) -> str:
    if finding.verdict.exit_code > 1:
        return _KINDS[Severity.ERROR]
    return _KINDS[Severity.NOTE if finding.verdict.holds else finding.level]


def _annotation(kind: str, finding: Finding) -> str:
    verdict = finding.verdict
    properties = {}
    if finding.span is not None:
        start, end = finding.span.location, finding.span.end_location
        properties = {"file": plain(finding.span.source.name), "line": str(start.line)}
        if end.line == start.line:
            # Columns are shown on one line only, and the last one is part of the place.
            last = max(end.column - 1, start.column)
            properties |= {"col": str(start.column), "endColumn": str(last)}
        else:
            properties["endLine"] = str(end.line)
    properties["title"] = f"{finding.rule.id} ({verdict.value})"
    message = plain(finding.message, _LONGEST)
    if finding.help is not None:
        message += f"\nhelp: {plain(finding.help, _LONGEST)}"
    if verdict is not Verdict.REFUTED:
        message = f"{verdict.value}: {message}"
    return command(kind, properties, message)


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
