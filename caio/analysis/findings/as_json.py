"""A report for programs: ``docs/spec/findings-v1.schema.json``.

All texts are what they are, and the bytes are ASCII: whatever a text holds is escaped by JSON itself, and only lone surrogates,
which no UTF-8 text can hold, are written as visible escapes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Final

from caio.analysis.findings.finding import Finding, Fix, Waiver
from caio.analysis.findings.plain import well_formed
from caio.analysis.findings.report import Question, Report
from caio.analysis.findings.table import table_json
from caio.base.canonical import Json
from caio.base.instants import format_timestamp
from caio.base.spans import Location, Span

FORMAT: Final = "caio-findings/v1"


def render(report: Report) -> str:
    """The report as one JSON object on lines of its own, in ASCII."""
    return dump(as_json(report))


def dump(value: Json) -> str:
    """A JSON value as ASCII text that ends in a line feed; lone surrogates are made visible."""
    return json.dumps(_clean(value), ensure_ascii=True, indent=2) + "\n"


def as_json(report: Report) -> Mapping[str, Json]:
    """The report as a JSON object."""
    body: dict[str, Json] = {
        "format": FORMAT,
        "tool": {"name": "caio", "version": report.version},
        "title": report.title,
        "at": None if report.at is None else format_timestamp(report.at),
        "verdict": report.verdict.value,
        "exit": report.exit_code,
        "waived": report.waived,
        "questions": [_question(question) for question in report.questions],
    }
    if report.tables:
        body["tables"] = [table_json(table) for table in report.tables]
    return body


def _question(question: Question) -> Json:
    return {
        "id": question.id,
        "title": question.title,
        "verdict": question.verdict.value,
        "obligations": question.obligations,
        "evidence": question.evidence,
        "span": span_json(question.span),
        "findings": [_finding(finding) for finding in question.findings],
    }


def _finding(finding: Finding) -> Json:
    return {
        "rule": finding.rule.id,
        "page": finding.rule.page,
        "severity": finding.level.value,
        "verdict": finding.verdict.value,
        "message": finding.message,
        "subjects": list(finding.subjects),
        "fingerprint": finding.fingerprint,
        "span": span_json(finding.span),
        "labels": [
            {"message": label.message, "span": span_json(label.span)} for label in finding.labels
        ],
        "counterexample": finding.counterexample,
        "evidence": finding.evidence,
        "help": finding.help,
        "fixes": [_fix(fix) for fix in finding.fixes],
        "waiver": None if finding.waiver is None else _waiver(finding.waiver),
    }


def _fix(fix: Fix) -> Json:
    return {
        "description": fix.description,
        "edits": [{"span": span_json(edit.span), "text": edit.text} for edit in fix.edits],
    }


def _waiver(waiver: Waiver) -> Json:
    return {
        "reason": waiver.reason,
        "owner": waiver.owner,
        "expires": waiver.expires.isoformat(),
        "span": span_json(waiver.span),
    }


def span_json(span: Span | None) -> Json:
    """A place: the source, and lines and columns from 1 in characters; the end is behind the last character."""
    if span is None:
        return None
    return {
        "path": span.source.name,
        "start": _location(span.location, span.start),
        "end": _location(span.end_location, span.end),
    }


def _location(location: Location, offset: int) -> Json:
    return {"line": location.line, "column": location.column, "offset": offset}


def _clean(value: Json) -> Json:
    if isinstance(value, str):
        return well_formed(value)
    if isinstance(value, Mapping):
        return {key: _clean(item) for key, item in value.items()}
    if isinstance(value, Sequence):
        return [_clean(item) for item in value]
    return value
