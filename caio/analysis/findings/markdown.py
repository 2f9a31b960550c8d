"""A report as Markdown: a comment on a change, or the summary of a job.

User text is shown, and never obeyed: no markup, no HTML, no link, no mention of anybody. What stands between backticks in a
message becomes a code span, everything else is escaped character by character. Comments and summaries have a greatest size:
findings that do not fit are left out, and the text says how many.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from caio.analysis.findings.finding import Finding
from caio.analysis.findings.plain import block, count, plain
from caio.analysis.findings.report import Question, Report
from caio.analysis.findings.table import Table, shown
from caio.analysis.findings.verdicts import Verdict

MOST_OF_A_COMMENT: Final = 65_536
"""The bytes of a comment: GitHub takes this many characters, and GitLab more."""
MOST_OF_A_SUMMARY: Final = 1024 * 1024
"""The bytes that a step may write to GitHub's job summary."""
_LONGEST: Final = 2_000
_LONGEST_COUNTEREXAMPLE: Final = 8_000
_RESERVE: Final = 600
"""Bytes kept for the lines at the end."""

_SIGNS: Final = {
    Verdict.PROVED: "✓",
    Verdict.WAIVED: "◌",
    Verdict.REFUTED: "✗",
    Verdict.UNKNOWN: "?",
    Verdict.COULD_NOT_RUN: "!",
    Verdict.REJECTED: "‼",
}
# Code hosts look for mentions, numbers of issues and addresses in what they have rendered already, so that no escape keeps
# them from it: an empty comment behind the first character does.
_MARKUP: Final = re.compile(
    r"(?P<reference>[@#]|:(?=//)|www(?=\.)|gh(?=-))"
    r"|(?P<entity>[&<>]| (?= ))"
    r"|(?P<punctuation>[!\"$%'()*+,./:;=?\[\\\]^_`{|}~-])",
    re.ASCII | re.IGNORECASE,
)
_END: Final = re.compile("^ | $")
_BREAK: Final = "<!-- -->"


def render(report: Report, *, most: int | None = None) -> str:
    """The report as Markdown for a comment, with at most ``most`` findings."""
    return render_within(report, MOST_OF_A_COMMENT, most=most)


def render_summary(
    report: Report, *, room: int = MOST_OF_A_SUMMARY, most: int | None = None
) -> str:
    """The report as Markdown for the summary of a job, where so many bytes are left for it."""
    return render_within(report, room, most=most)


def render_within(report: Report, room: int, *, most: int | None = None) -> str:
    """The report as Markdown of at most ``room`` bytes (at least 2,000) in UTF-8; what is left out is announced.

    Args:
        report: what to write.
        room: in bytes.
        most: how many findings, however much room there is; None for all.
    """
    head = f"## {_SIGNS[report.verdict]} {escape(report.title, 200)}\n\n**{escape(report.last_line)}**\n"
    sections = [_section(finding) for _, finding in report.shown]
    rows = [_row(question) for question in report.questions]
    left = room - len(head.encode()) - _RESERVE
    kept_tables, left = _fitting([_table(table) for table in report.tables], left)
    kept_sections, left = _fitting(sections[:most], left)
    kept_rows, left = _fitting(rows, left)
    parts = [head, *kept_tables]
    if len(kept_tables) < len(report.tables):
        parts.append("**A table left out:** there is no room for it here.\n")
    parts += kept_sections
    missing = len(sections) - len(kept_sections)
    if missing:
        parts.append(f"**{count(missing, 'more finding')} left out:** no more are shown here.\n")
    if kept_rows:
        parts.append("### Questions\n\n" + "".join(kept_rows))
    if len(rows) > len(kept_rows):
        rest = count(len(rows) - len(kept_rows), "more question")
        parts.append(f"**{rest} left out:** there is no room for more here.\n")
    return "\n".join(parts)


def escape(text: str, limit: int | None = None) -> str:
    """A text on one line as Markdown that shows exactly it; parts between backticks become code spans."""
    parts = plain(text, limit).split("`")
    last = len(parts) - 1
    if last % 2:
        # A backtick without a second is a character like any other.
        shown = _inline("`".join(parts))
    else:
        # Between two code spans something must stand, or they would be one.
        shown = "".join(
            code(part) if index % 2 else _inline(part) or (_BREAK if 0 < index < last else "")
            for index, part in enumerate(parts)
        )
    return _END.sub("&#32;", shown)


def code(text: str) -> str:
    """A safe text on one line as a code span, whatever backticks are in it."""
    if not text.strip(" "):
        # There is no code span of nothing or of blanks alone.
        return _inline(f"`{text}`")
    fence = "`" * (_longest_run(text) + 1)
    pad = " " if text[0] in "` " or text[-1] in "` " else ""
    return f"{fence}{pad}{text}{pad}{fence}"


def fenced(lines: list[str], language: str) -> str:
    """Safe lines as a fenced block, whatever fences are in them."""
    text = "\n".join(lines)
    fence = "`" * max(3, _longest_run(text) + 1)
    return f"{fence}{language}\n{text}\n{fence}\n"


def _inline(text: str) -> str:
    return _MARKUP.sub(_disarmed, text)


def _disarmed(match: re.Match[str]) -> str:
    char = match[0]
    if match["reference"]:
        return f"{char if char.isalpha() or char in '@:' else '&#35;'}{_BREAK}"
    return f"&#{ord(char)};" if match["entity"] else f"\\{char}"


def _longest_run(text: str) -> int:
    return max(map(len, re.findall("`+", text)), default=0)


def _section(finding: Finding) -> str:
    return "\n".join(_section_lines(finding)) + "\n"


def _section_lines(finding: Finding) -> Iterator[str]:
    sign, verdict = _SIGNS[finding.verdict], finding.verdict.value
    yield f"### {sign} {verdict}: {code(finding.rule.id)}\n"
    yield f"{escape(finding.message, _LONGEST)}\n"
    if finding.span is not None:
        yield f"- at {code(plain(str(finding.span), _LONGEST))}"
    for label in finding.labels[:20]:
        yield f"- at {code(plain(str(label.span), _LONGEST))}: {escape(label.message, _LONGEST)}"
    if len(finding.labels) > 20:
        yield f"- and {count(len(finding.labels) - 20, 'more place')}"
    if finding.help is not None:
        yield f"- help: {escape(finding.help, _LONGEST)}"
    for fix in finding.fixes:
        yield f"- fix: {escape(fix.description, _LONGEST)}"
    if finding.waiver is not None:
        waiver = finding.waiver
        owner, reason = escape(waiver.owner, _LONGEST), escape(waiver.reason, _LONGEST)
        yield f"- waived by {owner} until {waiver.expires}: {reason}"
    if finding.evidence is not None:
        yield f"- evidence: {code(plain(finding.evidence, _LONGEST))}"
    yield f"- fingerprint: {code(finding.fingerprint)}"
    if finding.counterexample is not None:
        lines = block(finding.counterexample, _LONGEST_COUNTEREXAMPLE)
        yield f"\nCounterexample:\n\n{fenced(lines, 'caio')}"


def _table(table: Table) -> str:
    header, rows, notes = shown(table)
    lines = [_line(header), "|" + "---|" * len(header), *map(_line, rows)]
    told = "".join(f"\n{escape(note)}\n" for note in notes)
    return f"{escape(table.title, 300)}\n\n" + "\n".join(lines) + f"\n{told}"


def _line(cells: tuple[str, ...]) -> str:
    # A code span would not keep a bar from ending its cell.
    return f"| {' | '.join(map(_inline, cells))} |"


def _row(question: Question) -> str:
    verdict = question.verdict
    number = count(question.obligations, "obligation")
    return f"- {_SIGNS[verdict]} {verdict.value}: {escape(question.title, 300)} ({number})\n"


def _fitting(parts: list[str], room: int) -> tuple[list[str], int]:
    """The parts that fit into so many bytes, earlier ones first, and the bytes that are left."""
    kept = []
    for part in parts:
        size = len(part.encode()) + 1
        if size <= room:
            kept.append(part)
            room -= size
    return kept, room
