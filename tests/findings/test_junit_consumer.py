"""JUnit as a consumer's parser reads it: ``junitparser``, which pipelines use to merge and count results."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given, settings
from junitparser import Error, Failure, JUnitXml, Skipped, TestCase, TestSuite

from caio.analysis.findings import junit
from caio.analysis.findings.plain import plain
from caio.analysis.findings.report import Report
from caio.analysis.findings.verdicts import Verdict
from tests.findings.reports import reports

KINDS = {
    Verdict.PROVED: [],
    Verdict.WAIVED: [Skipped],
    Verdict.REFUTED: [Failure],
    Verdict.UNKNOWN: [Error],
    Verdict.COULD_NOT_RUN: [Error],
    Verdict.REJECTED: [Error],
}


def opened(report: Report) -> list[TestSuite]:
    found = JUnitXml.fromstring(junit.render(report).encode())
    assert isinstance(found, JUnitXml)
    return list(found)


def cases(suite: TestSuite) -> list[TestCase]:
    return list(suite)


@settings(max_examples=60)
@given(reports())
def test_every_verdict_arrives(report: Report) -> None:
    suites = opened(report)
    assert [suite.name for suite in suites] == (
        [plain(question.title, 200) for question in report.questions] or ["caio"]
    )
    for question, suite in zip(report.questions, suites, strict=False):
        # A note of what does not hold fails nothing, and neither does its case.
        expected = [
            KINDS[finding.verdict if finding.counts else Verdict.PROVED]
            for finding in question.shown
        ] or [KINDS[question.verdict]]
        assert [[type(part) for part in case.result] for case in cases(suite)] == expected


@settings(max_examples=60)
@given(reports())
def test_the_numbers_are_those_that_a_consumer_counts(report: Report) -> None:
    for suite in opened(report):
        said = suite.tests, suite.failures, suite.errors, suite.skipped
        suite.update_statistics()  # type: ignore[no-untyped-call]
        assert said == (suite.tests, suite.failures, suite.errors, suite.skipped)


@settings(max_examples=60)
@given(reports())
def test_a_consumer_sees_a_success_only_where_there_is_one(report: Report) -> None:
    counted = [case for suite in opened(report) for case in cases(suite)]
    assert counted
    failed = any(isinstance(part, Failure | Error) for case in counted for part in case.result)
    assert failed == (report.exit_code != 0)


def test_reports_of_two_runs_can_be_merged(tmp_path: Path) -> None:
    text = junit.render(Report("a", "1", ()))
    merged = JUnitXml.fromstring(text.encode()) + JUnitXml.fromstring(text.encode())
    merged.write(str(tmp_path / "all.xml"))
    assert JUnitXml.fromfile(str(tmp_path / "all.xml")).errors == 2
