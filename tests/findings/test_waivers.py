"""Waivers: read strictly, applied to what is refuted alone, and findings themselves when they are not in order."""

from __future__ import annotations

import copy
import json
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from caio.analysis.findings import waivers as module
from caio.analysis.findings.finding import Waiver
from caio.analysis.findings.report import Report
from caio.analysis.findings.verdicts import Verdict
from caio.analysis.findings.waivers import WaiversError, apply_waivers, read_waivers, unreadable
from caio.base.instants import parse_instant
from caio.base.spans import Source
from tests.findings.reports import a_finding, a_question, a_report, hostile, reports

few = settings(max_examples=40)
ROOT = Path(__file__).resolve().parents[2]
SCHEMA = Draft202012Validator(
    json.loads((ROOT / "docs/spec/waivers-v1.schema.json").read_text("utf-8")),
    format_checker=Draft202012Validator.FORMAT_CHECKER,
)
DIGEST = "sha256:" + "0123456789abcdef" * 4
GOOD: dict[str, Any] = {
    "format": "caio-waivers/v1",
    "waiver": [
        {
            "fingerprint": DIGEST,
            "reason": 'switched "off" in March',
            "owner": "platform",
            "expires": date(2027, 3, 31),
        },
        {
            "fingerprint": DIGEST.replace("0", "1"),
            "reason": "r",
            "owner": "o",
            "expires": date(2000, 2, 29),
        },
    ],
}
NOON = parse_instant("2027-03-31T12:00:00Z")


def value(given_: object) -> str:
    """A value as TOML writes it; JSON's texts and numbers are TOML's."""
    return given_.isoformat() if isinstance(given_, date) else json.dumps(given_)


def toml(given_: dict[str, Any]) -> str:
    lines = [f"{key} = {value(item)}" for key, item in given_.items() if key != "waiver"]
    for waiver in given_.get("waiver", []):
        lines += ["", "[[waiver]]  # one more"]
        lines += [f"{key} = {value(item)}" for key, item in waiver.items()]
    return "\n".join(lines) + "\n"


def as_data(given_: dict[str, Any]) -> Any:
    return json.loads(json.dumps(given_, default=lambda day: day.isoformat()))


def read(text: str) -> tuple[Waiver, ...]:
    return read_waivers(Source("waivers.toml", text))


def errors_of(text: str) -> list[tuple[str, str]]:
    """The places and messages of what is wrong with a file."""
    with pytest.raises(WaiversError) as caught:
        read(text)
    return [(str(one.span), one.message) for one in caught.value.diagnostics]


class TestReading:
    def test_what_is_written_is_read_with_its_place(self) -> None:
        one, other = read(toml(GOOD))
        assert (one.fingerprint, one.owner, one.expires) == (DIGEST, "platform", date(2027, 3, 31))
        assert one.reason == 'switched "off" in March'
        assert (str(one.span), str(other.span)) == ("waivers.toml:3:1", "waivers.toml:9:1")
        assert SCHEMA.is_valid(as_data(GOOD))

    def test_no_waiver_is_none(self) -> None:
        assert read('format = "caio-waivers/v1"') == ()

    @pytest.mark.parametrize(
        ("where", "key", "given_", "place", "message"),
        [
            ("file", "format", None, "1:1", "does not say that it holds waivers"),
            ("file", "format", "caio-waivers/v2", "1:1", "does not say"),
            ("file", "formatt", "x", "2:1", "no key `formatt`"),
            ("waiver", "reson", "x", "8:1", "no key `reson`"),
            ("waiver", "reason", None, "3:1", "`reason` is a text, and here is nothing"),
            ("waiver", "reason", " ", "5:1", "`reason` is empty"),
            ("waiver", "reason", "a\nb", "5:1", "`reason` is not one line"),
            ("waiver", "owner", "x" * 501, "6:1", "`owner` is not one line"),
            ("waiver", "owner", 3, "6:1", "`owner` is a text, and here is a TOML int"),
            ("waiver", "owner", None, "3:1", "`owner` is a text"),
            ("waiver", "expires", None, "3:1", "`expires` is a date, and here is nothing"),
            ("waiver", "expires", "never", "7:1", "here is a TOML str"),
            ("waiver", "expires", 20270331, "7:1", "here is a TOML int"),
            ("waiver", "fingerprint", None, "3:1", "`fingerprint` is a text"),
            ("waiver", "fingerprint", DIGEST[:-1], "4:1", "is not a fingerprint"),
            ("waiver", "fingerprint", DIGEST + "0", "4:1", "is not a fingerprint"),
            ("waiver", "fingerprint", DIGEST.upper(), "4:1", "is not a fingerprint"),
            ("waiver", "fingerprint", "*", "4:1", "is not a fingerprint"),
            ("waiver", "fingerprint", True, "4:1", "here is a TOML bool"),
        ],
    )
    def test_what_is_wrong_is_refused_at_its_place(
        self, where: str, key: str, given_: object, place: str, message: str
    ) -> None:
        changed: dict[str, Any] = copy.deepcopy(GOOD)
        table = changed if where == "file" else changed["waiver"][0]
        table.pop(key, None)
        # What is there stays in its place, and what is new comes last.
        order = [*(GOOD if where == "file" else GOOD["waiver"][0]), key]
        if given_ is not None:
            table[key] = given_
        ordered = sorted(table.items(), key=lambda item: order.index(item[0]))
        table.clear()
        table.update(ordered)
        ((found, said),) = errors_of(toml(changed))
        assert found == f"waivers.toml:{place}"
        assert message in said
        assert not SCHEMA.is_valid(as_data(changed))

    @pytest.mark.parametrize(
        ("text", "place", "message"),
        [
            ("format = ", "1:10", "not TOML: invalid value"),
            ("a\n[[", "1:2", "not TOML: expected"),
            ('format = "caio-waivers/v1"\nwaiver = 3', "2:1", "`waiver` is a list of tables"),
            ('format = "caio-waivers/v1"\nwaiver = [3]', "2:1", "`waiver` is a list of tables"),
            ('format = "caio-waivers/v1"\n[waiver]', "1:1", "`waiver` is a list of tables"),
            ("", "1:1", "does not say that it holds waivers"),
            ("a = " + "9" * 5_000, "1:5005", "not TOML: exceeds the limit"),
            ("a = " + "[" * 100_000, "1:100005", "not TOML"),
        ],
    )
    def test_other_files_are_refused(self, text: str, place: str, message: str) -> None:
        ((found, said),) = errors_of(text)
        assert found == f"waivers.toml:{place}"
        assert said.startswith(message) or message in said

    def test_all_errors_are_told_at_once(self) -> None:
        wrong = copy.deepcopy(GOOD)
        wrong["waiver"] = [{**one, "owner": ""} for one in GOOD["waiver"]]
        assert [place for place, _ in errors_of(toml(wrong))] == [
            "waivers.toml:6:1",
            "waivers.toml:12:1",
        ]

    def test_a_time_of_day_is_no_date(self) -> None:
        text = toml(GOOD).replace("2027-03-31", "2027-03-31T00:00:00Z")
        ((_, said),) = errors_of(text)
        assert said == "`expires` is a date, and here is a TOML datetime"

    def test_a_header_within_a_text_misleads_nobody(self) -> None:
        text = toml(GOOD).replace('"r"', '"""\n[[waiver]]\n"""')
        ((place, said),) = errors_of(text)
        assert place == "waivers.toml:5:1"
        assert "`reason` is not one line" in said

    def test_work_is_bounded(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(module, "MOST_WAIVERS", 1)
        assert [said for _, said in errors_of(toml(GOOD))] == [
            "there are 2 waivers, more than the 1 allowed"
        ]
        monkeypatch.setattr(module, "MOST_BYTES", 20)
        assert [said for _, said in errors_of(toml(GOOD))] == ["the file has more than 20 bytes"]

    @given(hostile)
    def test_nothing_but_its_own_error_leaves_the_reader(self, text: str) -> None:
        with pytest.raises(WaiversError):
            read(text.replace("\ud800", "").replace("\udcff", "") + "\n=")
        with pytest.raises(WaiversError):
            read(text)

    def test_what_cannot_be_read_could_not_run(self) -> None:
        with pytest.raises(WaiversError) as caught:
            read("")
        question = unreadable(caught.value)
        assert (question.verdict, len(question.findings)) == (Verdict.COULD_NOT_RUN, 1)
        assert str(caught.value) == "1 error in the waivers"


FINDING = a_finding()


def waiver(expires: str = "2027-03-31", fingerprint: str = FINDING.fingerprint) -> Waiver:
    span = Source("waivers.toml", "x").span()
    return Waiver(fingerprint, "a reason", "an owner", date.fromisoformat(expires), span)


def applied(report: Report, *waivers: Waiver, at: int = NOON) -> Report:
    return apply_waivers(report, waivers, at=at)


def rules(report: Report) -> list[str]:
    return sorted(f.rule.id for q in report.questions if q.id == "waivers" for f in q.findings)


class TestApplying:
    def test_a_waiver_in_force_waives_what_it_names(self) -> None:
        report = applied(a_report(a_question(FINDING)), waiver())
        assert (report.exit_code, report.waived) == (0, 1)
        assert report.verdict is Verdict.WAIVED
        assert report.last_line == "waived: 2 questions (1 waived, 1 proved); 1 finding waived"
        assert rules(report) == []

    @pytest.mark.parametrize(
        ("at", "exit_code"),
        [
            ("2027-03-31T23:59:59.999999Z", 0),
            ("2027-04-01", 1),
            ("1969-12-31T23:59:59Z", 0),
        ],
    )
    def test_it_is_in_force_through_its_last_day(self, at: str, exit_code: int) -> None:
        report = applied(a_report(a_question(FINDING)), waiver(), at=parse_instant(at))
        assert report.exit_code == exit_code
        assert rules(report) == ([] if exit_code == 0 else ["waiver-expired"])
        assert report.waived == (exit_code == 0)

    def test_an_expired_one_is_a_finding_even_if_nothing_needs_it(self) -> None:
        report = applied(a_report(a_question(found=Verdict.PROVED)), waiver("2027-03-30"))
        assert rules(report) == ["waiver-expired"]
        assert report.exit_code == 1

    def test_one_that_nothing_needs_is_a_finding(self) -> None:
        report = applied(a_report(a_question(found=Verdict.PROVED)), waiver())
        assert rules(report) == ["waiver-unused"]
        assert report.exit_code == 1

    @pytest.mark.parametrize(
        ("days", "waived"),
        [(("2027-05-01", "2027-06-01"), 1), (("2027-05-01", "2027-01-01"), 0)],
    )
    def test_of_two_the_one_that_expires_first_counts(
        self, days: tuple[str, str], waived: int
    ) -> None:
        for order in (days, days[::-1]):
            report = applied(a_report(a_question(FINDING)), *map(waiver, order))
            assert "waiver-repeated" in rules(report)
            assert (report.waived, report.exit_code) == (waived, 1)

    @pytest.mark.parametrize("found", [Verdict.UNKNOWN, Verdict.COULD_NOT_RUN, Verdict.REJECTED])
    def test_what_is_not_refuted_is_not_waived(self, found: Verdict) -> None:
        undecided = replace(FINDING, found=found)
        report = applied(a_report(a_question(undecided, found=found)), waiver())
        assert report.verdict is found
        assert report.waived == 0
        assert rules(report) == ["waiver-without-effect"]

    def test_no_waiver_covers_what_waivers_are_found_for(self) -> None:
        first = applied(a_report(a_question(FINDING)), waiver("2020-01-01"))
        (expired,) = first.questions[-1].findings
        report = applied(
            a_report(a_question(FINDING)),
            waiver("2020-01-01"),
            waiver(fingerprint=expired.fingerprint),
        )
        assert rules(report) == ["waiver-expired", "waiver-unused"]
        assert report.exit_code == 1

    def test_without_waivers_nothing_is_asked_of_them(self) -> None:
        report = a_report(a_question(FINDING))
        assert applied(report) == replace(report, at=NOON)

    @few
    @given(reports(), st.data())
    def test_never_makes_a_success_of_what_is_worse_than_refuted(
        self, report: Report, data: st.DataObject
    ) -> None:
        bare = replace(
            report,
            questions=tuple(
                replace(q, findings=tuple(replace(f, waiver=None) for f in q.findings))
                for q in report.questions
            ),
        )
        prints = [f.fingerprint for q in bare.questions for f in q.findings]
        chosen = data.draw(st.lists(st.sampled_from([*prints, DIGEST]), max_size=4))
        after = applied(bare, *(waiver(fingerprint=name) for name in chosen))
        for before, now in zip(bare.questions, after.questions, strict=False):
            if before.verdict.exit_code > 1:
                assert now.verdict is before.verdict
            if now.verdict is not before.verdict:
                assert (before.verdict, now.verdict) == (Verdict.REFUTED, Verdict.WAIVED)
        if bare.questions:
            assert after.exit_code >= max(0, bare.exit_code) or bare.exit_code == 1
