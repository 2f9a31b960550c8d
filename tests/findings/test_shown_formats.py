"""Text, GitHub's commands, Markdown and HTML: read as their readers read them, with hostile text everywhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given, settings
from markdown_it import MarkdownIt
from markdown_it.token import Token

from caio.analysis.findings import github, markdown, text
from caio.analysis.findings.plain import block, count, plain
from caio.analysis.findings.report import Report
from caio.analysis.findings.table import Table
from caio.analysis.findings.verdicts import Verdict
from caio.base.diagnostics import Label
from caio.base.spans import Source
from tests.findings.reports import (
    MANY,
    SOURCE,
    SPAN,
    TEXT,
    a_finding,
    a_question,
    a_report,
    hostile,
    reports,
    tables,
)

few = settings(max_examples=40)


class TestPlain:
    @given(hostile)
    def test_is_one_printable_line(self, given_: str) -> None:
        shown = plain(given_)
        assert "\n" not in shown
        assert all(char.isprintable() for char in shown)
        assert len(plain(given_, 5)) <= 5
        shown.encode()

    @given(hostile)
    def test_what_is_printable_stays(self, given_: str) -> None:
        kept = "".join(filter(str.isprintable, given_))
        assert plain(kept) == kept

    def test_a_block_says_what_it_leaves_out(self) -> None:
        assert block("ab\r\n\tc\nd\n") == ["ab", "\\x09c", "d"]
        assert block("abcdef", 4) == ["abcd", "... and 2 more characters"]

    def test_counts(self) -> None:
        assert (count(1, "x"), count(1204, "x"), count(2, "y", "ies")) == (
            "1 x",
            "1,204 xs",
            "2 ies",
        )


SGR = re.compile(r"\x1b\[[0-9;]*m")


class TestText:
    @few
    @given(reports())
    def test_moves_no_cursor_and_commands_no_runner(self, report: Report) -> None:
        shown = text.render(report)
        assert all(char == "\n" or char.isprintable() for char in shown)
        assert "##[" not in shown
        assert not [line for line in shown.split("\n") if line.strip().startswith("::")]
        assert shown.endswith(f"\n{report.last_line}\n") or shown == f"{report.last_line}\n"
        for _, finding in report.shown:
            assert f"fingerprint: {finding.fingerprint}\n" in shown
        assert SGR.sub("", text.render(report, color=True)) == shown

    def test_as_a_whole(self) -> None:
        fix = replace(
            a_finding(),
            message="`latency` of `good/one` promises 200 ms, and 100 ms before",
            labels=(Label(SOURCE.span(len(TEXT) - 2, len(TEXT) - 1), "nothing follows"),),
            counterexample="request r {\n  ensure latency <= 100 ms\n}\n",
            evidence="sha256:" + "0" * 64,
            help="keep the bound",
        )
        shown = text.render(a_report(a_question(fix)))
        assert shown == (
            "error[narrowed-guarantee]: `latency` of `good/one` promises 200 ms, and 100 ms before\n"
            " --> contracts/v2.caio:2:14\n"
            "  |\n"
            "2 |   guarantees latency <= 200 ms\n"
            "  |              ^^^^^^^^^^^^^^^^^\n"
            "3 | }\n"
            "  | - nothing follows\n"
            "  = help: keep the bound\n"
            "  verdict: refuted\n"
            "  counterexample:\n"
            "    | request r {\n"
            "    |   ensure latency <= 100 ms\n"
            "    | }\n"
            f"  evidence: sha256:{'0' * 64}\n"
            f"  fingerprint: {fix.fingerprint}\n"
            "\n"
            "refuted  the statement q (3 obligations)\n"
            "\n"
            "refuted: 1 question (1 refuted)\n"
        )

    def test_the_rest_is_counted(self) -> None:
        shown = text.render(MANY, most=3)
        assert shown.count("fingerprint:") == 3
        assert "... and 21 more findings, which `--format json=FILE` lists\n" in shown


def obeyed(line: str) -> tuple[str, dict[str, str], str] | None:
    """What GitHub's runner makes of a line of a log (``ActionCommand.TryParseV2``)."""
    line = line.strip()
    if not line.startswith("::") or (end := line.find("::", 2)) < 0:
        return None
    name, _, rest = line[2:end].partition(" ")
    given_ = dict(item.split("=", 1) for item in rest.split(",") if "=" in item)
    return (
        name,
        {key: unescaped(value) for key, value in given_.items()},
        unescaped(line[end + 2 :]),
    )


def unescaped(value: str) -> str:
    for code, char in (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%")):
        value = value.replace(code, char)
    return value


class TestGitHub:
    @few
    @given(reports())
    def test_the_runner_reads_what_the_report_says_and_nothing_else(self, report: Report) -> None:
        *commands, last = github.render(report).removesuffix("\n").split("\n")
        assert last == report.last_line
        read = [obeyed(line) for line in commands]
        assert len(read) == len(report.shown)
        by_message = {}
        for command in read:
            assert command is not None
            name, properties, message = command
            assert name in {"error", "warning", "notice"}
            assert set(properties) <= {"file", "line", "endLine", "col", "endColumn", "title"}
            by_message[message] = (name, properties)
        for _, finding in report.shown:
            expected = plain(finding.message, 1_000)
            if finding.help is not None:
                expected += f"\nhelp: {plain(finding.help, 1_000)}"
            if finding.verdict is not Verdict.REFUTED:
                expected = f"{finding.verdict.value}: {expected}"
            # The runner drops blanks at the end of a line.
            assert expected.rstrip() in by_message
            if finding.verdict.exit_code > 1:
                assert by_message[expected.rstrip()][0] == "error"

    @pytest.mark.parametrize(
        "given_", ["%0A::error::x", "%25", "%", "a\nb\r\nc", "::x", "a,b=c:d", "%3A%2C"]
    )
    def test_a_command_carries_any_text(self, given_: str) -> None:
        line = github.command("error", {"title": given_}, given_)
        assert "\n" not in line
        assert obeyed(line) == ("error", {"title": given_}, given_)

    def test_places_are_of_one_line_or_have_no_columns(self) -> None:
        other = Source("a,b:c.caio", "one\ntwo")
        findings = (a_finding(), replace(a_finding(1, message="m"), span=other.span(1, 6)))
        one, two = (
            obeyed(line) for line in github.render(a_report(a_question(*findings))).split("\n")[:2]
        )
        assert one is not None
        assert two is not None
        place = {"file": "a,b:c.caio", "line": "1", "endLine": "2"}
        assert one[1] == {**place, "title": "narrowed-guarantee (refuted)"}
        place = {"file": SPAN.source.name, "line": "2", "col": "14", "endColumn": "30"}
        assert two[1] == {**place, "title": "narrowed-guarantee (refuted)"}

    def test_the_tenth_of_a_kind_says_how_many_more(self) -> None:
        lines = github.render(MANY).split("\n")
        for kind, rest in (("error", 4), ("notice", 2)):
            mine = [line for line in lines if line.startswith(f"::{kind} ")]
            assert len(mine) == github.MOST_ANNOTATIONS
            assert f"::{rest} more findings of this kind: GitHub shows 10 per step" in mine[-1]

    def test_ten_of_a_kind_are_all_shown(self) -> None:
        ten = a_report(a_question(*(a_finding(n, message=f"m{n}") for n in range(10))))
        assert github.render(ten).count("::error ") == 10
        assert "more finding" not in github.render(ten)


PARSER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
BLOCKS = {"heading", "paragraph", "bullet_list", "list_item"}
TABLE = {"table", "thead", "tbody", "tr", "th", "td"}
REFERENCES = re.compile(r"@\w|#\d|://|www\.|\bGH-\d", re.IGNORECASE)


def shown_by(tokens: list[Token]) -> Iterator[str]:
    """What inline tokens show, none of which may be more than text, code or our own emphasis."""
    for token in tokens:
        if token.type in {"text", "code_inline", "text_special"}:
            yield token.content
            assert token.type == "code_inline" or not REFERENCES.search(token.content)
        elif token.type == "html_inline":
            assert token.content == "<!-- -->"
        else:
            assert token.type in {"strong_open", "strong_close", "softbreak"}, token


def visible(source: str) -> str:
    (_, inline, _) = PARSER.parse(source)
    assert inline.children is not None
    return "".join(shown_by(inline.children))


class TestMarkdown:
    @given(hostile.filter(lambda given_: bool(plain(given_).strip())))
    def test_an_escaped_text_shows_itself(self, given_: str) -> None:
        shown, expected = visible(markdown.escape(given_)), plain(given_)
        assert shown.replace("`", "").strip() == expected.replace("`", "").strip()

    @pytest.mark.parametrize(
        "given_", ["@a", "x@a.b", "a/b#1", "GH-1", "gh-2", "https://a.b", "_www.a.b", "0www.a.b"]
    )
    def test_nobody_is_mentioned_and_nothing_is_linked(self, given_: str) -> None:
        assert visible(markdown.escape(given_)) == given_

    @given(hostile.filter(bool))
    def test_code_shows_itself(self, given_: str) -> None:
        given_ = plain(given_)
        expected = given_ if given_.strip(" ") else f"`{given_}`"
        assert visible("x" + markdown.code(given_) + "x") in (f"x{expected}x", "x")
        (_, inline, _) = PARSER.parse(f"x {markdown.code(given_)} x")
        assert "".join(shown_by(inline.children or [])) == f"x {expected} x"

    @pytest.mark.parametrize("given_", ["a`b", "``", "a```b``c", "`", "` `", "x````"])
    def test_backticks_end_no_code(self, given_: str) -> None:
        (_, inline, _) = PARSER.parse(f"x {markdown.code(given_)} x")
        assert [child.type for child in inline.children or []] == ["text", "code_inline", "text"]
        assert "".join(shown_by(inline.children or [])) == f"x {given_} x"
        (fence,) = PARSER.parse(markdown.fenced([given_, "```", "x"], "caio"))
        assert (fence.type, fence.content) == ("fence", f"{given_}\n```\nx\n")

    @few
    @given(reports())
    def test_is_made_of_headings_lists_and_blocks_of_ours(self, report: Report) -> None:
        tokens = PARSER.parse(markdown.render(report))
        kinds = {token.type.removesuffix("_open").removesuffix("_close") for token in tokens}
        assert kinds <= BLOCKS | TABLE | {"inline", "fence"}
        headings = sum(token.type == "heading_open" for token in tokens)
        assert headings == 1 + len(report.shown) + bool(report.questions)
        fences = [token for token in tokens if token.type == "fence"]
        given_ = [f.counterexample for _, f in report.shown if f.counterexample is not None]
        assert [token.content for token in fences] == [
            "\n".join(block(one)) + "\n" for one in given_
        ]
        for token in tokens:
            "".join(shown_by(token.children or []))

    @few
    @given(tables())
    def test_a_table_shows_its_cells_and_nothing_else(self, table: Table) -> None:
        tokens = PARSER.parse(markdown.render(replace(a_report(), tables=(table,))))
        assert sum(token.type == "table_open" for token in tokens) == 1
        cells = [
            "".join(shown_by(tokens[index + 1].children or [])).strip()
            for index, token in enumerate(tokens)
            if token.type in {"th_open", "td_open"}
        ]
        given_ = [cell for row in (table.header, *table.rows) for cell in row]
        assert cells == [plain(cell, 40).strip() for cell in given_]

    def test_what_does_not_fit_is_left_out_and_counted(self) -> None:
        shown = markdown.render_within(MANY, 3_000)
        assert len(shown.encode()) <= 3_000
        left = 24 - shown.count("- fingerprint: ")
        assert left > 0
        assert f"**{left} more findings left out:**" in shown
        assert markdown.render(MANY) == markdown.render_summary(MANY)
        assert "left out" not in markdown.render(MANY)

    def test_questions_and_places_that_are_too_many_are_counted(self) -> None:
        several = (a_question(found=Verdict.PROVED, name=f"q{n:03}") for n in range(200))
        shown = markdown.render_within(a_report(*several), 3_000)
        listed = shown.count("the statement q")
        assert 0 < listed < 200
        assert shown.endswith(
            f"**{200 - listed} more questions left out:** there is no room for more here.\n"
        )
        finding = replace(a_finding(), labels=(Label(SPAN, "here"),) * 23)
        assert "- and 3 more places\n" in markdown.render(a_report(a_question(finding)))

    def test_one_that_does_not_fit_keeps_no_other_out(self) -> None:
        large = replace(a_finding(), labels=(Label(SPAN, "x" * 1_900),) * 20)
        shown = markdown.render_within(
            a_report(a_question(large, a_finding(1, message="small"))), 4_000
        )
        assert "\nsmall\n" in shown
        assert "**1 more finding left out:**" in shown

    @few
    @given(reports())
    def test_keeps_within_any_size(self, report: Report) -> None:
        assert len(markdown.render_within(report, 2_000).encode()) <= 2_000
