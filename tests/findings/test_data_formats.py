"""JSON, SARIF, JUnit and GitLab, parsed back and compared, with hostile text everywhere."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from hypothesis import given, settings
from jsonschema import Draft4Validator, Draft202012Validator
from jsonschema.protocols import Validator

from caio.analysis.findings import as_json, gitlab, junit, sarif
from caio.analysis.findings.finding import Finding, Waiver
from caio.analysis.findings.plain import block, plain, well_formed
from caio.analysis.findings.report import Report
from caio.analysis.findings.verdicts import Verdict
from caio.base.spans import Source
from tests.findings.reports import ADVICE, a_finding, a_question, a_report, hostile, reports

ROOT = Path(__file__).resolve().parents[2]
few = settings(max_examples=40)

WAIVER = Waiver(a_finding().fingerprint, "a reason", "an owner", date(2027, 3, 31))


@cache
def schema(path: str) -> Validator:
    loaded = json.loads((ROOT / path).read_text("utf-8"))
    kind = Draft4Validator if "draft-04" in loaded["$schema"] else Draft202012Validator
    kind.check_schema(loaded)
    return kind(loaded, format_checker=kind.FORMAT_CHECKER)


def read(path: str, text: str) -> Any:
    """A JSON text that obeys a schema; pure ASCII, so that nothing in it can be obeyed by what shows it."""
    assert text.isascii()
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f]", text)
    value = json.loads(text)
    schema(path).validate(value)
    return value


FINDINGS = "docs/spec/findings-v1.schema.json"
SARIF = "tests/findings/data/sarif-schema-2.1.0.json"


class TestJson:
    @few
    @given(reports())
    def test_says_what_the_report_says(self, report: Report) -> None:
        value = read(FINDINGS, as_json.render(report))
        assert value["title"] == well_formed(report.title)
        assert (value["verdict"], value["exit"]) == (report.verdict.value, report.exit_code)
        for question, given_ in zip(report.questions, value["questions"], strict=True):
            assert given_["title"] == well_formed(question.title)
            assert given_["verdict"] == question.verdict.value
            for finding, shown in zip(question.findings, given_["findings"], strict=True):
                self.compare(finding, shown)

    def compare(self, finding: Finding, shown: Mapping[str, Any]) -> None:
        assert shown["message"] == well_formed(finding.message)
        assert shown["verdict"] == finding.verdict.value
        assert shown["fingerprint"] == finding.fingerprint
        assert shown["subjects"] == [well_formed(subject) for subject in finding.subjects]
        given_ = finding.counterexample
        assert shown["counterexample"] == (None if given_ is None else well_formed(given_))
        if finding.span is not None:
            place = finding.span.location
            start = {"line": place.line, "column": place.column, "offset": finding.span.start}
            assert shown["span"]["start"] == start
            assert shown["span"]["path"] == well_formed(finding.span.source.name)
        for fix, shown_fix in zip(finding.fixes, shown["fixes"], strict=True):
            for edit, shown_edit in zip(fix.edits, shown_fix["edits"], strict=True):
                assert shown_edit["text"] == well_formed(edit.text)

    @pytest.mark.parametrize(
        ("path", "value"),
        [
            (["exit"], 0),
            (["verdict"], "proved"),
            (["verdict"], "fine"),
            (["questions", 0, "findings", 0, "verdict"], "waived"),
            (["questions", 0, "findings", 0, "fingerprint"], "sha256:"),
            (["questions", 0, "findings", 0, "remark"], ""),
            (["questions", 0, "obligations"], -1),
        ],
    )
    def test_the_schema_refuses_what_no_run_says(self, path: list[Any], value: object) -> None:
        report = as_json.as_json(a_report(a_question(a_finding())))
        changed = json.loads(json.dumps(report))
        schema(FINDINGS).validate(changed)
        place = changed
        for key in path[:-1]:
            place = place[key]
        place[path[-1]] = value
        assert not schema(FINDINGS).is_valid(changed)

    def test_the_schema_knows_that_no_obligation_proves_nothing(self) -> None:
        report = a_report(a_question(found=Verdict.PROVED))
        value = json.loads(as_json.render(report))
        schema(FINDINGS).validate(value)
        value["questions"][0]["obligations"] = 0
        assert not schema(FINDINGS).is_valid(value)
        value["questions"] = []
        assert not schema(FINDINGS).is_valid(value)


def unescaped(text: str) -> str:
    """A SARIF message as a viewer reads it."""
    return re.sub(r"\](\\*)\\\(", r"]\1(", re.sub(r"\{\{(\d+)\}\}", r"{\1}", text))


class TestSarif:
    @few
    @given(reports())
    def test_obeys_the_schema_and_says_what_the_report_says(self, report: Report) -> None:
        (run,) = read(SARIF, sarif.render(report))["runs"]
        assert run["invocations"][0]["exitCode"] == report.exit_code
        assert run["invocations"][0]["executionSuccessful"] == (report.exit_code < 4)
        rules = run["tool"]["driver"]["rules"]
        for (_, finding), result in zip(report.shown, run["results"], strict=True):
            assert rules[result["ruleIndex"]]["id"] == result["ruleId"] == finding.rule.id
            text = unescaped(result["message"]["text"])
            assert text.endswith(plain(finding.message, 1_000))
            if finding.verdict is not Verdict.REFUTED:
                assert text.startswith(f"{finding.verdict.value}: ")
            assert result["properties"]["verdict"] == finding.verdict.value
            assert result["partialFingerprints"] == {sarif.FINGERPRINT: finding.fingerprint}
            assert ("suppressions" in result) == (finding.verdict is Verdict.WAIVED)
            assert (result["kind"] == "pass") == (finding.verdict is Verdict.PROVED)
            if finding.verdict.exit_code > 1:
                assert (result["kind"], result["level"]) == ("fail", "error")
            if finding.span is not None:
                (place,) = result["locations"]
                address = place["physicalLocation"]["artifactLocation"]["uri"]
                assert re.fullmatch(r"(file://)?[A-Za-z0-9%/._~-]+", address)
                region = place["physicalLocation"]["region"]
                start = finding.span.location
                assert (region["startLine"], region["startColumn"]) == (start.line, start.column)

    @given(hostile)
    def test_no_message_is_a_placeholder_or_a_link(self, text: str) -> None:
        shown = sarif.message_text(text)
        assert not re.search(r"(?<!\{)(?:\{\{)*\{\d+\}(?!\})", shown)
        assert not re.search(r"\[[^\]]*\]\(", shown)
        assert unescaped(shown) == plain(text, 1_000)

    @pytest.mark.parametrize(
        ("name", "expected"),
        [
            ("a b/ü.caio", "a%20b/%C3%BC.caio"),
            ("/x/y", "file:///x/y"),
            ("c:d", "c%3Ad"),
            ("<stdin>", "%3Cstdin%3E"),
            ("a\udcff", "a%5Cudcff"),
        ],
    )
    def test_names_are_addresses(self, name: str, expected: str) -> None:
        assert sarif.uri(name) == expected
        assert unquote(expected.removeprefix("file://")) == well_formed(name)

    def test_a_waiver_is_a_suppression_with_its_reason(self) -> None:
        report = a_report(a_question(a_finding().waived(WAIVER)))
        (result,) = read(SARIF, sarif.render(report))["runs"][0]["results"]
        (suppression,) = result["suppressions"]
        assert suppression["justification"] == "a reason (an owner, until 2027-03-31)"
        # A status would mean something else to viewers of different age.
        assert "status" not in suppression

    def test_a_published_page_is_the_address_of_the_rule(self) -> None:
        report = replace(a_report(a_question(a_finding())), home="https://caio.example/")
        (rule,) = read(SARIF, sarif.render(report))["runs"][0]["tool"]["driver"]["rules"]
        assert rule["helpUri"] == "https://caio.example/docs/findings.md"

    def test_what_a_host_does_not_take_is_left_out_and_announced(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(sarif, "MOST_RESULTS", 5)
        notes = [Finding(ADVICE, Verdict.REFUTED, f"note {n}", content=n) for n in range(9)]
        report = a_report(a_question(a_finding(), *notes))
        run = read(SARIF, sarif.render(report))["runs"][0]
        assert len(run["results"]) == 5
        # What fails comes first, so that it is what stays.
        assert run["results"][0]["message"]["text"] == "latency promises less"
        assert run["results"][-1]["message"]["text"] == (
            "could-not-run: 6 of 10 findings are left out: the host takes no more"
        )
        assert run["properties"]["findingsLeftOut"] == 6

    def test_a_report_beyond_the_greatest_size_is_halved_until_it_fits(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        several = [replace(a_finding(n), counterexample=f"request r{n} {{}}") for n in range(64)]
        report = a_report(a_question(*several))
        monkeypatch.setattr(sarif, "MOST_COMPRESSED", 2_000)
        results = read(SARIF, sarif.render(report))["runs"][0]["results"]
        assert 1 < len(results) < 64
        assert results[-1]["ruleId"] == "report-truncated"

    def test_of_many_places_the_first_are_kept(self) -> None:
        source = Source("a.caio", "x")
        labels = tuple(a_label(source, n) for n in range(120))
        report = a_report(a_question(replace(a_finding(), labels=labels)))
        (result,) = read(SARIF, sarif.render(report))["runs"][0]["results"]
        assert len(result["relatedLocations"]) == sarif.MOST_PLACES
        assert result["properties"]["placesLeftOut"] == 20


def a_label(source: Source, number: int) -> Any:
    from caio.base.diagnostics import Label

    return Label(source.span(0, 1), f"place {number}")


ATTRIBUTES = {
    "testsuites": {"name", "tests", "failures", "errors", "time"},
    "testsuite": {"name", "tests", "failures", "errors", "skipped", "time"},
    "testcase": {"name", "classname", "time"},
    "failure": {"type", "message"},
    "error": {"type", "message"},
    "skipped": {"message"},
    "system-out": set[str](),
}
"""Elements and attributes that the schemas of Jenkins (junit-10.xsd) and of Ant's tasks have in common."""
CHILDREN = {
    "testsuites": {"testsuite"},
    "testsuite": {"testcase"},
    "testcase": {"failure", "error", "skipped", "system-out"},
}
OUTCOMES = {
    Verdict.WAIVED: "skipped",
    Verdict.REFUTED: "failure",
    Verdict.UNKNOWN: "error",
    Verdict.COULD_NOT_RUN: "error",
    Verdict.REJECTED: "error",
}


def junit_of(report: Report) -> ET.Element:
    """A JUnit report that obeys the rules of its schemas, and whose numbers are true."""
    root = ET.fromstring(junit.render(report).encode())  # noqa: S314 - our own
    for element in root.iter():
        assert set(element.keys()) <= ATTRIBUTES[element.tag]
        assert {child.tag for child in element} <= CHILDREN.get(element.tag, set())
    for case in root.iter("testcase"):
        assert {"name", "classname"} <= set(case.keys())
        assert sum(child.tag != "system-out" for child in case) <= 1
    for holder in (root, *root):
        tags = Counter(child.tag for case in holder.iter("testcase") for child in case)
        assert int(holder.get("tests", "")) == len(list(holder.iter("testcase"))) > 0
        assert int(holder.get("failures", "")) == tags["failure"]
        assert int(holder.get("errors", "")) == tags["error"]
    for suite in root:
        assert int(suite.get("skipped", "")) == len(list(suite.iter("skipped")))
    return root


class TestJUnit:
    @few
    @given(reports())
    def test_says_what_the_report_says(self, report: Report) -> None:
        root = junit_of(report)
        bad = int(root.get("failures", "")) + int(root.get("errors", ""))
        assert (bad == 0) == (report.exit_code == 0)
        for question, suite in zip(report.questions, root, strict=False):
            assert suite.get("name") == plain(question.title, 200)
            if not question.shown:
                assert [len(case) for case in suite] == [0 if question.verdict.holds else 1]
                continue
            for finding, case in zip(question.shown, suite, strict=True):
                tags = {child.tag: child for child in case}
                assert plain(finding.message, 300) in case.get("name", "")
                if not finding.counts:
                    assert set(tags) <= {"system-out"}
                    continue
                outcome = tags[OUTCOMES[finding.verdict]]
                expected = f"{finding.verdict.value}: {plain(finding.message, 1_000)}"
                assert outcome.get("message") == expected
                if finding.counterexample is not None and outcome.tag != "skipped":
                    lines = (outcome.text or "").split("\n")
                    after = lines[lines.index("counterexample:") + 1 :]
                    assert after == block(finding.counterexample)

    def test_a_proved_question_is_a_case_that_passes(self) -> None:
        root = junit_of(a_report(a_question(found=Verdict.PROVED)))
        assert [list(case) for case in root.iter("testcase")] == [[]]

    def test_a_note_passes_and_is_told(self) -> None:
        note = Finding(ADVICE, Verdict.REFUTED, "nothing uses `x`")
        labels = (a_label(Source("a.caio", "x"), 1),)
        waived = replace(a_finding(), labels=labels, help="do it").waived(WAIVER)
        root = junit_of(a_report(a_question(note, waived, found=Verdict.PROVED)))
        one, other = root.iter("testcase")
        assert [child.tag for child in one] == ["system-out"]
        assert (one[0].text or "").startswith("refuted: nothing uses `x`\nrule: unused-name")
        assert [child.tag for child in other] == ["skipped", "system-out"]
        said = other[1].text or ""
        assert "waived by: an owner until 2027-03-31: a reason\nhelp: do it\n" in said

    def test_a_run_without_a_question_is_an_error(self) -> None:
        root = junit_of(a_report())
        assert [error.get("type") for error in root.iter("error")] == ["could-not-run"]


SEVERITIES = {"info", "minor", "major", "critical", "blocker"}


class TestGitLab:
    @few
    @given(reports())
    def test_says_what_the_report_says(self, report: Report) -> None:
        text = gitlab.render(report)
        assert text.isascii()
        entries = json.loads(text)
        prints = [entry["fingerprint"] for entry in entries]
        assert len(set(prints)) == len(prints)
        for (_, finding), entry in zip(report.shown, entries, strict=True):
            assert set(entry) == {
                "description",
                "check_name",
                "fingerprint",
                "severity",
                "location",
            }
            assert entry["description"].endswith(plain(finding.message, 1_000))
            assert entry["description"].isprintable()
            assert entry["check_name"] == finding.rule.id
            assert entry["severity"] in SEVERITIES
            assert (entry["severity"] == "blocker") == (finding.verdict.exit_code > 1)
            assert entry["location"]["path"]
            assert entry["location"]["lines"]["begin"] >= 1

    def test_the_same_thing_found_twice_is_two_entries(self) -> None:
        twice = a_report(a_question(a_finding(), name="a"), a_question(a_finding(), name="b"))
        entries = json.loads(gitlab.render(twice))
        assert len({entry["fingerprint"] for entry in entries}) == 2

    def test_a_waived_finding_is_information_and_says_so(self) -> None:
        report = a_report(a_question(a_finding().waived(WAIVER)))
        (entry,) = json.loads(gitlab.render(report))
        assert entry["severity"] == "info"
        assert entry["description"] == "waived: latency promises less"
