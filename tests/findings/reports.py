"""Reports for tests: plain ones, and strategies for those in which everything that can be hostile is."""

from __future__ import annotations

from datetime import date

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from caio.analysis.findings.finding import Edit, Finding, Fix, Rule, Waiver
from caio.analysis.findings.report import Question, Report
from caio.analysis.findings.table import Table
from caio.analysis.findings.verdicts import Verdict
from caio.base.diagnostics import Label, Severity
from caio.base.spans import Source, Span

RULE = Rule("narrowed-guarantee", "a guarantee that promises less than before", "docs/findings.md")
ADVICE = Rule("unused-name", "a name that nothing uses", "docs/findings.md", Severity.NOTE)

TEXT = 'service "good/one" version 1.0 {\n  guarantees latency <= 200 ms\n}\n'
SOURCE = Source("contracts/v2.caio", TEXT)
SPAN = SOURCE.span(TEXT.index("latency"), TEXT.index("\n}"))

PIECES = (
    "\x1b[31mred\x1b[0m",
    "\x1b]0;title\x07",
    "\n",
    "\r\n",
    "\r",
    "\t",
    "\0",
    "\x7f",
    "\x9b",
    "\u2028",
    "\u2029",
    "\u202e",
    "\u2066",
    "\u200b",
    "\ufeff",
    "\ufffe",
    "\ud800",
    "\udcff",
    "\U0001f600",
    "::error file=a::x",
    "\n::set-env name=A::x",
    "  ::stop-commands::x",
    "##[error]x",
    "##[add-mask]x",
    "%0A",
    "%25",
    ",line=1",
    "]]>",
    "<![CDATA[",
    "<!-- -->",
    "-->",
    "&lt;",
    "&#60;",
    "<script>alert(1)</script>",
    "</script>",
    "</pre></style>",
    '" onload="x',
    "' autofocus='",
    "<img src=x onerror=x>",
    "javascript:x",
    "https://evil.example/",
    "www.evil.example",
    "[a](https://evil.example)",
    "![a](b)",
    "{0}",
    "{{1}}",
    "{",
    "}",
    "@everyone",
    "#1",
    "GH-1",
    "`",
    "``",
    "```",
    "~~~",
    "***",
    "__",
    "|",
    "# ",
    "> ",
    "- ",
    "1. ",
    "\\",
    "    ",
    "\n\n",
    "==",
    "é",
    "東京",
    "e\u0301",
    "a b",
    "x" * 300,
    "%",
    ":",
    ",",
    "=",
    "",
)
"""Pieces of text of which each means something to some format."""

hostile: SearchStrategy[str] = st.lists(
    st.sampled_from(PIECES) | st.text(st.characters(exclude_categories=()), max_size=4), max_size=6
).map("".join)
messages = hostile.filter(lambda text: bool(text.strip()))


def a_finding(
    content: object = None, found: Verdict = Verdict.REFUTED, message: str = "latency promises less"
) -> Finding:
    return Finding(RULE, found, message, subjects=("good/one",), content=str(content), span=SPAN)


def a_question(*findings: Finding, found: Verdict = Verdict.REFUTED, name: str = "q") -> Question:
    return Question(name, f"the statement {name}", found, 3, findings)


def a_report(*questions: Question) -> Report:
    return Report("caio compat v1.caio v2.caio", "1.2.3", questions)


WAIVER = Waiver(a_finding().fingerprint, "a reason", "an owner", date(2027, 3, 31))
MANY = a_report(
    a_question(
        *(a_finding(n, message=f"finding {n}") for n in range(13)),
        *(Finding(ADVICE, Verdict.REFUTED, f"note {n}", content=n) for n in range(11)),
    )
)


@st.composite
def spans(draw: DrawFn) -> Span:
    source = Source(draw(hostile.filter(bool)), draw(hostile))
    start = draw(st.integers(0, len(source.text)))
    return source.span(start, draw(st.integers(start, len(source.text))))


@st.composite
def fixes(draw: DrawFn) -> Fix:
    return Fix(draw(hostile), (Edit(draw(spans()), draw(hostile)),))


@st.composite
def findings(draw: DrawFn, index: int = 0) -> Finding:
    found = draw(st.sampled_from([v for v in Verdict if v is not Verdict.WAIVED]))
    finding = Finding(
        draw(st.sampled_from([RULE, ADVICE])) if found is not Verdict.PROVED else ADVICE,
        found,
        draw(messages),
        subjects=tuple(draw(st.lists(hostile, max_size=2))),
        content=[index, draw(hostile)],
        span=draw(st.none() | spans()),
        labels=tuple(Label(span, draw(hostile)) for span in draw(st.lists(spans(), max_size=2))),
        counterexample=draw(st.none() | hostile),
        evidence=draw(st.none() | st.just("sha256:" + "0" * 64)),
        help=draw(st.none() | hostile),
        fixes=tuple(draw(st.lists(fixes(), max_size=1))),
    )
    if found is Verdict.REFUTED and draw(st.booleans()):
        days = st.dates(date(2000, 1, 1), date(2100, 1, 1))
        where = st.none() | spans()
        waiver = Waiver(finding.fingerprint, draw(hostile), draw(hostile), draw(days), draw(where))
        return finding.waived(waiver)
    return finding


@st.composite
def questions(draw: DrawFn, index: int = 0) -> Question:
    found = draw(st.sampled_from([v for v in Verdict if v is not Verdict.WAIVED]))
    inside = tuple(draw(findings(n)) for n in range(draw(st.integers(0, 3))))
    return Question(
        f"{index}{draw(hostile)}", draw(hostile), found, draw(st.integers(1, 9)), inside
    )


@st.composite
def tables(draw: DrawFn) -> Table:
    columns = draw(st.integers(1, 3))
    rows = st.tuples(*[hostile] * columns)
    return Table(draw(hostile), draw(rows), tuple(draw(st.lists(rows, max_size=2))), draw(hostile))


@st.composite
def reports(draw: DrawFn) -> Report:
    """A report in which no text can be trusted."""
    inside = tuple(draw(questions(index)) for index in range(draw(st.integers(0, 2))))
    home = draw(st.none() | st.just("https://example.org/caio/"))
    return Report(
        draw(hostile),
        draw(hostile),
        inside,
        at=draw(st.none() | st.just(0)),
        home=home,
        tables=tuple(draw(st.lists(tables(), max_size=1))),
    )
