"""HTML as a browser reads it, with hostile text everywhere: every text is shown, and none is run."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings

from caio.analysis.findings import web
from caio.analysis.findings.plain import block, plain
from caio.analysis.findings.report import Report
from caio.analysis.findings.verdicts import Verdict
from tests.findings.reports import MANY, WAIVER, a_finding, a_question, a_report, reports

few = settings(max_examples=40)

TAGS = {
    *("html", "head", "meta", "title", "style", "body", "h1", "h2", "p", "span", "article"),
    *("details", "summary", "pre", "code", "dl", "dt", "dd", "ul", "li", "small", "table", "tr"),
    *("th", "td"),
}


class Page(HTMLParser):
    """A page as a browser reads it: the elements that are open, and the text that is shown."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.shown: list[str] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in TAGS
        assert {name for name, _ in attrs} <= {
            "class",
            "lang",
            "charset",
            "name",
            "content",
            "http-equiv",
        }
        assert tag == "meta" or all(
            value in {"en", "verdict", *(v.value for v in Verdict)} for _, value in attrs
        )
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.shown.append(data)

    def handle_comment(self, data: str) -> None:
        raise AssertionError(data)

    def unknown_decl(self, data: str) -> None:
        raise AssertionError(data)


class TestHtml:
    @few
    @given(reports())
    def test_shows_every_text_and_runs_none(self, report: Report) -> None:
        source = web.render(report)
        assert all(char == "\n" or char.isprintable() for char in source)
        page = Page()
        page.feed(source)
        page.close()
        assert not page.open
        shown = "".join(page.shown)
        for _, finding in report.shown:
            expected = f"{finding.verdict.value} {plain(finding.message)}"
            assert expected.replace("`", "") in shown.replace("`", "")
            if finding.counterexample is not None:
                assert "\n".join(block(finding.counterexample)) in shown
            for fix in finding.fixes:
                assert plain(fix.description) in shown
            if finding.waiver is not None:
                assert plain(finding.waiver.reason) in shown
        for question in report.questions:
            assert plain(question.title) in shown
        for table in report.tables:
            assert all(plain(cell, 40) in shown for row in table.rows for cell in row)

    def test_needs_nothing_else(self) -> None:
        source = web.render(MANY)
        assert not re.search(r"(src|href|url)\s*[=(]|@import|<script|<link|<iframe", source)
        assert "default-src &#x27;none&#x27;" in source
        assert 'name="viewport"' in source

    @pytest.mark.parametrize(
        ("given_", "expected"),
        [
            ("a `<b>` c", "a <code>&lt;b&gt;</code> c"),
            ("a `b", "a `b"),
            ("`", "`"),
            ("`a``b`", "<code>a</code><code>b</code>"),
            ("&`\n`", "&amp;<code>\\x0a</code>"),
        ],
    )
    def test_what_stands_between_backticks_is_code(self, given_: str, expected: str) -> None:
        assert web.marked(given_) == expected

    def test_what_is_waived_is_folded(self) -> None:
        source = web.render(a_report(a_question(a_finding().waived(WAIVER))))
        assert '<details class="waived">' in source
        assert "<article" not in source
        assert "an owner until 2027-03-31: a reason" in source
