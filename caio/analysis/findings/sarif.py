"""A report as SARIF 2.1.0 (OASIS), for code hosts and viewers.

Each result carries its verdict in ``properties`` and, unless it is plainly refuted, at the beginning of its message: a host
may ignore the former. For the same reason what is unknown or could not run is of kind *fail* and level *error*, and not of
kind *open*, which hosts that gate by level let pass. Waived findings are suppressed by the means of the standard. Proved
questions are no results, since GitHub makes an alert of every result; they are listed in the run's ``properties``.

GitHub's limits hold for every host: 5,000 results of a run are shown, 100 places of a result, and 10 MB compressed are taken.
What goes beyond is left out, the worst findings last, and a result of its own says how much that was.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Mapping, Sequence
from pathlib import PurePath
from typing import Final
from urllib.parse import quote

from caio.analysis.findings.as_json import dump
from caio.analysis.findings.finding import Edit, Finding, Fix, Rule
from caio.analysis.findings.plain import plain, well_formed
from caio.analysis.findings.report import Question, Report
from caio.analysis.findings.rules import register
from caio.analysis.findings.verdicts import Verdict
from caio.base.canonical import Json
from caio.base.diagnostics import Severity
from caio.base.spans import Span

SCHEMA: Final = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
FINGERPRINT: Final = "caioFinding/v1"
"""The key of our fingerprint among a result's ``partialFingerprints``."""
MOST_RESULTS: Final = 5_000
MOST_PLACES: Final = 100
MOST_COMPRESSED: Final = 10_000_000
_LONGEST: Final = 1_000
"""The longest message; hosts show its beginning."""
_LONGEST_COUNTEREXAMPLE: Final = 20_000

TRUNCATED: Final = register("report-truncated", "a report with more findings than a host takes")

_LEVELS: Final = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "note"}
_PLACEHOLDER: Final = re.compile(r"\{(\d+)\}", re.ASCII)
_LINK: Final = re.compile(r"\](\\*)\(")

_Results = Sequence[tuple[Question | None, Finding]]


def render(report: Report) -> str:
    """The report as a SARIF log with one run, in ASCII."""
    shown = report.shown
    most = MOST_RESULTS
    while True:
        text = dump(_log(report, shown, most))
        # Deflating takes time, and what is small enough as it is need not be deflated.
        if len(text) <= MOST_COMPRESSED or len(zlib.compress(text.encode(), 6)) <= MOST_COMPRESSED:
            return text
        most = min(most, len(shown)) // 2


def message_text(text: str) -> str:
    """A text as a message: on one line, and neither a placeholder nor a link (SARIF 3.11.5, 3.11.6)."""
    flat = plain(text, _LONGEST)
    return _LINK.sub(r"]\1\\(", _PLACEHOLDER.sub(r"{{\1}}", flat))


def uri(name: str) -> str:
    """The name of a source as a URI reference: relative to the root of the sources, or ``file:`` if absolute."""
    path = quote(well_formed(PurePath(name).as_posix()), safe="/")
    return f"file://{path}" if path.startswith("/") else path


def _log(report: Report, shown: _Results, most: int) -> Json:
    kept = list(shown)
    if len(shown) > most:
        # One of the places is for the result that says so.
        kept = kept[: max(most - 1, 0)]
        left_out = len(shown) - len(kept)
        message = f"{left_out:,} of {len(shown):,} findings are left out: the host takes no more"
        help_ = "read all of them in the output of `--format json=FILE`"
        kept.append((None, Finding(TRUNCATED, Verdict.COULD_NOT_RUN, message, help=help_)))
    rules = list(dict.fromkeys(finding.rule for _, finding in kept))
    index = {rule: number for number, rule in enumerate(rules)}
    driver: dict[str, Json] = {
        "name": "CAIO",
        "version": report.version,
        "rules": [_rule(rule, report.home) for rule in rules],
    }
    if report.home is not None:
        driver["informationUri"] = report.home
    run: dict[str, Json] = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "invocations": [_invocation(report)],
        "results": [_result(question, finding, index) for question, finding in kept],
        "properties": {
            "title": plain(report.title),
            "verdict": report.verdict.value,
            "summary": report.last_line,
            "questions": [
                {
                    "id": plain(question.id),
                    "title": plain(question.title),
                    "verdict": question.verdict.value,
                    "obligations": question.obligations,
                }
                for question in report.questions[:MOST_RESULTS]
            ],
            "questionsLeftOut": max(0, len(report.questions) - MOST_RESULTS),
            "findingsLeftOut": len(shown) - min(len(shown), most - 1) if len(shown) > most else 0,
        },
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _invocation(report: Report) -> Json:
    return {
        "executionSuccessful": report.exit_code < Verdict.COULD_NOT_RUN.exit_code,
        "exitCode": report.exit_code,
        "exitCodeDescription": report.verdict.value,
    }


def _rule(rule: Rule, home: str | None) -> Json:
    where = rule.page if home is None else home + rule.page
    described: dict[str, Json] = {
        "id": rule.id,
        "shortDescription": {"text": message_text(rule.summary)},
        "fullDescription": {"text": message_text(rule.summary)},
        "help": {"text": f"explained in {where}"},
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
    }
    if home is not None:
        described["helpUri"] = where
    return described


def _result(question: Question | None, finding: Finding, index: Mapping[Rule, int]) -> Json:
    verdict = finding.verdict
    prefix = "" if verdict is Verdict.REFUTED else f"{verdict.value}: "
    passes = verdict is Verdict.PROVED
    level = Severity.ERROR if verdict.exit_code > 1 else finding.level
    properties: dict[str, Json] = {"verdict": verdict.value, "fingerprint": finding.fingerprint}
    if question is not None:
        properties["question"] = plain(question.id)
    if finding.subjects:
        properties["subjects"] = [plain(subject) for subject in finding.subjects]
    if finding.evidence is not None:
        properties["evidence"] = plain(finding.evidence)
    if finding.counterexample is not None:
        properties["counterexample"] = finding.counterexample[:_LONGEST_COUNTEREXAMPLE]
        properties["counterexampleComplete"] = (
            len(finding.counterexample) <= _LONGEST_COUNTEREXAMPLE
        )
    if finding.help is not None:
        properties["help"] = plain(finding.help)
    result: dict[str, Json] = {
        "ruleId": finding.rule.id,
        "ruleIndex": index[finding.rule],
        "kind": "pass" if passes else "fail",
        # The standard asks for no level where nothing failed.
        "level": "none" if passes else _LEVELS[level],
        "message": {"text": prefix + message_text(finding.message)},
        "partialFingerprints": {FINGERPRINT: finding.fingerprint},
        "properties": properties,
    }
    if finding.span is not None:
        result["locations"] = [{"physicalLocation": _place(finding.span)}]
    if finding.labels:
        result["relatedLocations"] = [
            {
                "id": number,
                "physicalLocation": _place(label.span),
                "message": {"text": message_text(label.message)},
            }
            for number, label in enumerate(finding.labels[:MOST_PLACES])
        ]
        properties["placesLeftOut"] = max(0, len(finding.labels) - MOST_PLACES)
    if finding.fixes:
        result["fixes"] = [_fix(fix) for fix in finding.fixes]
    if finding.waiver is not None:
        waiver = finding.waiver
        justification = f"{plain(waiver.reason)} ({plain(waiver.owner)}, until {waiver.expires})"
        suppression: dict[str, Json] = {"kind": "external", "justification": justification}
        if waiver.span is not None:
            suppression["location"] = {"physicalLocation": _place(waiver.span)}
        result["suppressions"] = [suppression]
    return result


def _place(span: Span) -> Json:
    return {"artifactLocation": {"uri": uri(span.source.name)}, "region": _region(span)}


def _region(span: Span) -> Json:
    start, end = span.location, span.end_location
    return {
        "startLine": start.line,
        "startColumn": start.column,
        "endLine": end.line,
        "endColumn": end.column,
    }


def _fix(fix: Fix) -> Json:
    by_source: dict[str, list[Edit]] = {}
    for edit in fix.edits:
        by_source.setdefault(uri(edit.span.source.name), []).append(edit)
    return {
        "description": {"text": message_text(fix.description)},
        "artifactChanges": [
            {
                "artifactLocation": {"uri": name},
                "replacements": [
                    {"deletedRegion": _region(edit.span), "insertedContent": {"text": edit.text}}
                    for edit in edits
                ],
            }
            for name, edits in by_source.items()
        ],
    }
