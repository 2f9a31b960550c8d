"""Verdicts, exit codes and fingerprints: nothing looks like success that is none."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from itertools import combinations_with_replacement
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caio.analysis.findings.finding import Edit, Finding, Fix, Rule, Waiver
from caio.analysis.findings.report import NOTHING_ASKED, Question, Report
from caio.analysis.findings.verdicts import Verdict, worst
from caio.base.diagnostics import Code, Label, Severity
from caio.base.errors import InternalError
from caio.base.spans import Source
from caio.cli.exits import Exit
from caio.cli.exits import worst as worst_exit
from tests.findings.reports import (
    ADVICE,
    RULE,
    SPAN,
    a_finding,
    a_question,
    a_report,
    findings,
    hostile,
    reports,
)

ROOT = Path(__file__).resolve().parents[2]
few = settings(max_examples=40)
FOUND = [verdict for verdict in Verdict if verdict is not Verdict.WAIVED]


def waiver_of(finding: Finding) -> Waiver:
    return Waiver(finding.fingerprint, "a reason", "an owner", date(2027, 3, 31))


class TestExitCodes:
    def test_they_are_those_of_the_command_line(self) -> None:
        assert {verdict.exit_code for verdict in Verdict} == set(Exit) - {Exit.USAGE}

    @pytest.mark.parametrize("verdicts", list(combinations_with_replacement(Verdict, 3)))
    def test_the_worst_counts_in_one_order(self, verdicts: tuple[Verdict, ...]) -> None:
        expected = worst_exit(Exit(verdict.exit_code) for verdict in verdicts)
        assert worst(verdicts).exit_code == expected

    def test_nothing_at_all_is_no_verdict(self) -> None:
        with pytest.raises(InternalError, match="no verdict"):
            worst([])

    def test_a_run_without_a_question_could_not_run(self) -> None:
        report = a_report()
        assert report.exit_code == 4
        assert [finding.rule for _, finding in report.shown] == [NOTHING_ASKED]

    def test_no_obligation_proves_nothing(self) -> None:
        with pytest.raises(InternalError, match="nothing was proved"):
            Question("q", "a statement", Verdict.PROVED, 0)

    def test_a_refutation_settles_its_question_until_it_is_waived(self) -> None:
        refuted = Finding(RULE, Verdict.REFUTED, "a message")
        unknown = Finding(RULE, Verdict.UNKNOWN, "another", content="open")
        question = Question("q", "a statement", Verdict.REFUTED, 2, (refuted, unknown))
        assert question.verdict is Verdict.REFUTED
        waived = replace(question, findings=(refuted.waived(waiver_of(refuted)), unknown))
        assert waived.verdict is Verdict.UNKNOWN
        worse = replace(unknown, found=Verdict.COULD_NOT_RUN)
        assert replace(question, findings=(refuted, worse)).verdict is Verdict.COULD_NOT_RUN
        # Of two questions the worse one counts, by the table of exit codes.
        open_one = Question("r", "another statement", Verdict.UNKNOWN, 1)
        assert Report("t", "1", (question, open_one)).verdict is Verdict.UNKNOWN

    @few
    @given(reports())
    def test_only_what_is_proved_or_waived_is_a_success(self, report: Report) -> None:
        inside = [question.verdict for question in report.questions]
        good = {Verdict.PROVED, Verdict.WAIVED}
        assert (report.exit_code == 0) == (bool(inside) and set(inside) <= good)
        for question in report.questions:
            counted = [finding for finding in question.findings if finding.counts]
            if question.verdict is Verdict.PROVED:
                assert question.found is Verdict.PROVED
                assert all(finding.verdict is Verdict.PROVED for finding in counted)
            if question.verdict is Verdict.WAIVED:
                assert question.found.exit_code <= 1
                assert all(finding.verdict.holds for finding in counted)

    @few
    @given(reports())
    def test_whatever_does_not_hold_is_shown(self, report: Report) -> None:
        failing = {finding.verdict for _, finding in report.shown if finding.counts}
        assert worst([*failing, Verdict.PROVED]).exit_code == report.exit_code
        for question in report.questions:
            if not question.verdict.holds:
                assert question.verdict in {finding.verdict for finding in question.shown}


class TestQuestions:
    @pytest.mark.parametrize("found", FOUND)
    def test_without_findings_the_verdict_is_what_was_found(self, found: Verdict) -> None:
        assert a_question(found=found).verdict is found

    def test_are_waived_when_all_that_refutes_them_is(self) -> None:
        one, other = a_finding(1), a_finding(2)
        both = a_question(one.waived(waiver_of(one)), other.waived(waiver_of(other)))
        assert both.verdict is Verdict.WAIVED
        assert a_report(both).last_line == "waived: 1 question (1 waived); 2 findings waived"
        assert a_question(one.waived(waiver_of(one)), other).verdict is Verdict.REFUTED

    @pytest.mark.parametrize("found", [v for v in FOUND if v.exit_code > 1])
    def test_a_waived_finding_hides_nothing_worse(self, found: Verdict) -> None:
        finding = a_finding()
        assert a_question(finding.waived(waiver_of(finding)), found=found).verdict is found
        beside = a_finding("other", found=found)
        assert a_question(finding.waived(waiver_of(finding)), beside).verdict is found

    def test_a_waived_note_does_not_waive_the_question(self) -> None:
        note = Finding(ADVICE, Verdict.REFUTED, "nothing uses `x`")
        assert a_question(note.waived(waiver_of(note))).verdict is Verdict.REFUTED

    def test_a_note_fails_nothing(self) -> None:
        note = Finding(ADVICE, Verdict.REFUTED, "nothing uses `x`")
        assert a_report(a_question(note, found=Verdict.PROVED)).exit_code == 0

    @pytest.mark.parametrize("found", [v for v in FOUND if v.exit_code > 1])
    def test_a_note_about_what_was_not_decided_fails(self, found: Verdict) -> None:
        note = Finding(ADVICE, found, "not decided whether anything uses `x`")
        assert a_question(note, found=Verdict.PROVED).verdict is found

    def test_equal_findings_are_one_and_different_ones_need_different_fingerprints(self) -> None:
        assert len(a_question(a_finding(), a_finding()).findings) == 1
        with pytest.raises(InternalError, match="fingerprint"):
            a_question(a_finding(), a_finding(message="something else"))

    def test_one_name_one_question(self) -> None:
        with pytest.raises(InternalError, match="asked twice"):
            a_report(a_question(), a_question())

    def test_waived_is_no_answer(self) -> None:
        with pytest.raises(InternalError, match="waivers of its findings"):
            a_question(found=Verdict.WAIVED)


class TestFindings:
    @pytest.mark.parametrize("found", [v for v in FOUND if v is not Verdict.REFUTED])
    def test_only_what_is_refuted_can_be_waived(self, found: Verdict) -> None:
        finding = Finding(ADVICE, found, "a message")
        with pytest.raises(InternalError, match="cannot cover"):
            finding.waived(waiver_of(finding))

    def test_nobody_finds_something_waived(self) -> None:
        with pytest.raises(InternalError, match="not found waived"):
            a_finding(found=Verdict.WAIVED)

    def test_a_waiver_covers_what_it_names(self) -> None:
        with pytest.raises(InternalError, match="no other"):
            a_finding(1).waived(waiver_of(a_finding(2)))

    def test_a_finding_has_a_message(self) -> None:
        with pytest.raises(InternalError, match="no message"):
            a_finding(message=" \n")

    def test_what_holds_is_a_note(self) -> None:
        with pytest.raises(InternalError, match="a note"):
            a_finding(found=Verdict.PROVED)

    def test_a_diagnostic_keeps_its_page(self) -> None:
        rule = Rule.of(Code("no-cost", "a summary", Severity.WARNING))
        assert (rule.id, rule.severity) == ("no-cost", Severity.WARNING)
        assert (ROOT / rule.page).is_file()

    def test_edits_exist_and_do_not_overlap(self) -> None:
        source = Source("a", "0123456789")
        with pytest.raises(InternalError, match="edits nothing"):
            Fix("mend it", ())
        with pytest.raises(InternalError, match="overlap"):
            Fix("mend it", (Edit(source.span(3, 6), ""), Edit(source.span(0, 4), "")))
        with pytest.raises(InternalError, match="overlap"):
            Fix("mend it", (Edit(source.span(3, 3), "a"), Edit(source.span(3, 3), "b")))
        Fix("mend it", (Edit(source.span(4, 6), ""), Edit(source.span(0, 4), "")))


class TestFingerprints:
    @few
    @given(findings(), findings(), hostile)
    def test_ignore_place_wording_and_evidence(
        self, one: Finding, other: Finding, text: str
    ) -> None:
        moved = replace(
            one,
            message=text + "x",
            span=other.span,
            labels=(Label(SPAN, text),),
            counterexample=text,
            evidence=other.evidence,
            help=text,
            fixes=other.fixes,
            waiver=None,
        )
        assert moved.fingerprint == one.fingerprint

    @pytest.mark.parametrize(
        "change",
        [
            lambda finding: replace(finding, rule=ADVICE),
            lambda finding: replace(finding, subjects=("good/two",)),
            lambda finding: replace(finding, subjects=()),
            lambda finding: replace(finding, subjects=("good", "one")),
            lambda finding: replace(finding, content={"clause": 1}),
            lambda finding: replace(finding, content=["None"]),
        ],
    )
    def test_tell_rule_subjects_and_content(self, change: Callable[[Finding], Finding]) -> None:
        finding = a_finding()
        assert change(finding).fingerprint != finding.fingerprint

    def test_are_fixed_for_good(self) -> None:
        """A changed fingerprint would undo every waiver there is."""
        finding = Finding(
            RULE, Verdict.REFUTED, "m", subjects=("good/one",), content={"b": [1, "x"], "a": None}
        )
        spelt_out = (
            '{"content":{"a":null,"b":[1,"x"]},"format":"caio-finding/v1",'
            '"rule":"narrowed-guarantee","subjects":["good/one"]}'
        )
        assert finding.fingerprint == "sha256:" + hashlib.sha256(spelt_out.encode()).hexdigest()

    @few
    @given(st.lists(findings(), max_size=4))
    def test_the_order_of_findings_does_not_depend_on_how_they_came(
        self, several: list[Finding]
    ) -> None:
        unique = list({finding.fingerprint: finding for finding in several}.values())
        forth = a_question(*unique).findings
        back = a_question(*reversed(unique)).findings
        assert forth == back

    def test_severity_may_be_given(self) -> None:
        assert replace(a_finding(), severity=Severity.WARNING).level is Severity.WARNING
