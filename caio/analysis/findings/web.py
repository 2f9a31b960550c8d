"""A report as one HTML file that needs nothing else: no script, no address, no font, readable on a phone and on paper.

All texts are safe (``plain``) and escaped, and a content security policy in the file forbids whatever it does not need, so
that an error in the escaping would still run nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape as escape_html
from typing import Final

from caio.analysis.findings.finding import Finding, Fix
from caio.analysis.findings.plain import block, count, plain
from caio.analysis.findings.report import Report
from caio.analysis.findings.table import Table
from caio.analysis.findings.table import shown as shown_of
from caio.base.instants import format_timestamp
from caio.base.render import excerpt
from caio.base.spans import Span

_LONGEST: Final = 100_000

_STYLE: Final = """
:root { color-scheme: light dark; --line: #8886; --soft: #8882; }
* { box-sizing: border-box; }
body { font: 16px/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 60rem; padding: 1rem; }
h1 { font-size: 1.3rem; } h2 { font-size: 1.1rem; margin-top: 2rem; } h1, h2, p, dd, li { overflow-wrap: anywhere; }
pre { background: var(--soft); border-radius: .4rem; overflow-x: auto; padding: .7rem; font-size: .85rem; }
code { font-size: .9em; overflow-wrap: anywhere; }
article, summary { border-left: .35rem solid var(--tone); padding: .1rem .8rem; }
article { margin: 1rem 0; }
details { margin: 1rem 0; } summary { cursor: pointer; }
dl { display: grid; grid-template-columns: minmax(5.5rem, auto) 1fr; gap: .2rem .8rem; font-size: .9rem; }
dt { opacity: .75; } dd { margin: 0; }
ul { padding-left: 1.1rem; }
table { border-collapse: collapse; display: block; overflow-x: auto; font-size: .9rem; }
th, td { border: 1px solid var(--line); padding: .2rem .6rem; text-align: left; }
.verdict { color: var(--tone); font-weight: 700; }
.proved { --tone: #1a7f37; } .waived { --tone: #57606a; } .refuted { --tone: #cf222e; }
.unknown { --tone: #9a6700; } .could-not-run { --tone: #bc4c00; } .rejected { --tone: #a40e26; }
@media (prefers-color-scheme: dark) {
  .proved { --tone: #3fb950; } .waived { --tone: #8b949e; } .refuted { --tone: #ff7b72; }
  .unknown { --tone: #d29922; } .could-not-run { --tone: #db6d28; } .rejected { --tone: #ff7b72; }
}
@media (max-width: 30rem) { dl { grid-template-columns: 1fr; } dd { margin-bottom: .4rem; } }
"""


def render(report: Report) -> str:
    """The report as an HTML document, in UTF-8 when encoded."""
    return "\n".join(_lines(report)) + "\n"


def escape(text: str, limit: int | None = None) -> str:
    """A text on one line as the content of an element or of an attribute between quotation marks."""
    return escape_html(plain(text, limit), quote=True)


def marked(text: str, limit: int | None = None) -> str:
    """The same, with what stands between backticks as code."""
    parts = plain(text, limit).split("`")
    if len(parts) % 2 == 0:
        return escape(text, limit)
    shown = (escape_html(part, quote=True) for part in parts)
    return "".join(
        f"<code>{part}</code>" if index % 2 else part for index, part in enumerate(shown)
    )


def _lines(report: Report) -> Iterator[str]:
    title = escape(report.title, 500)
    yield "<!doctype html>"
    yield '<html lang="en">'
    yield '<head>\n<meta charset="utf-8">'
    policy = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
    yield f'<meta http-equiv="Content-Security-Policy" content="{escape(policy)}">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield '<meta name="referrer" content="no-referrer">'
    yield f"<title>{title}</title>\n<style>{_STYLE}</style>\n</head>\n<body>"
    yield f"<h1>{title}</h1>"
    yield f'<p class="{report.verdict.value}"><span class="verdict">{escape(report.last_line)}</span></p>'
    for table in report.tables:
        yield from _table(table)
    shown = [finding for _, finding in report.shown]
    closed = [finding for finding in shown if finding.verdict.holds or not finding.counts]
    open_ = [finding for finding in shown if finding.counts and not finding.verdict.holds]
    for heading, findings in (("What does not hold", open_), ("Waived, and notes", closed)):
        if findings:
            yield f"<h2>{heading} ({len(findings):,})</h2>"
        for finding in findings:
            yield from _finding(finding, folded=findings is closed)
    if report.questions:
        yield f"<h2>Questions ({len(report.questions):,})</h2>\n<ul>"
        for question in report.questions:
            verdict = question.verdict.value
            number = count(question.obligations, "obligation")
            yield (
                f'<li class="{verdict}"><span class="verdict">{verdict}</span>'
                f" {escape(question.title)} ({number})</li>"
            )
        yield "</ul>"
    at = "" if report.at is None else f", judged at {format_timestamp(report.at)}"
    yield f"<p><small>caio {escape(report.version)}{at}</small></p>\n</body>\n</html>"


def _table(table: Table) -> Iterator[str]:
    header, rows, notes = shown_of(table)
    yield f"<h2>{marked(table.title, 500)}</h2>\n<table>"
    yield f"<tr>{''.join(f'<th>{escape(cell)}</th>' for cell in header)}</tr>"
    for row in rows:
        yield f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>"
    yield "</table>"
    yield from (f"<p><small>{marked(note)}</small></p>" for note in notes)


def _finding(finding: Finding, *, folded: bool) -> Iterator[str]:
    verdict = finding.verdict.value
    head = f'<span class="verdict">{verdict}</span> {marked(finding.message, _LONGEST)}'
    if folded:
        yield f'<details class="{verdict}"><summary>{head}</summary>'
    else:
        yield f'<article class="{verdict}">\n<p>{head}</p>'
    if finding.span is not None:
        yield f"<pre>{_excerpt(finding.span)}</pre>"
    if finding.counterexample is not None:
        text = "\n".join(escape_html(line) for line in block(finding.counterexample, _LONGEST))
        yield f"<p>Counterexample</p>\n<pre>{text}</pre>"
    yield "<dl>"
    for term, text in _facts(finding):
        yield f"<dt>{term}</dt><dd>{text}</dd>"
    yield "</dl>"
    yield "</details>" if folded else "</article>"


def _facts(finding: Finding) -> Iterator[tuple[str, str]]:
    yield "rule", f"<code>{escape(finding.rule.id)}</code> ({escape(finding.rule.page)})"
    yield "severity", finding.level.value
    if finding.span is not None:
        yield "place", f"<code>{escape(str(finding.span))}</code>"
    for label in finding.labels:
        yield "also", f"<code>{escape(str(label.span))}</code> {marked(label.message)}"
    if finding.help is not None:
        yield "help", marked(finding.help)
    for fix in finding.fixes:
        yield "fix", _fix(fix)
    if finding.waiver is not None:
        waiver = finding.waiver
        yield (
            "waived",
            f"by {escape(waiver.owner)} until {waiver.expires}: {escape(waiver.reason)}",
        )
    if finding.evidence is not None:
        yield "evidence", f"<code>{escape(finding.evidence)}</code>"
    yield "fingerprint", f"<code>{escape(finding.fingerprint)}</code>"


def _fix(fix: Fix) -> str:
    edits = "".join(
        f"<li><code>{escape(str(edit.span))}</code>: <code>{escape(edit.span.text)}</code>"
        f" becomes <code>{escape(edit.text)}</code></li>"
        for edit in fix.edits
    )
    return f"{escape(fix.description)}<ul>{edits}</ul>"


def _excerpt(span: Span) -> str:
    if not span.source.text:
        return escape(span.source.name)
    shown, start, width = excerpt(span)
    number = str(span.location.line)
    margin = " " * len(number)
    return f"{escape(str(span))}\n{number} | {escape_html(shown)}\n{margin} | {' ' * start}{'^' * width}"
