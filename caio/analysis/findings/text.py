"""A report for people at a terminal: carets, the counterexample to paste, the questions, and one last line.

The text is also safe in the log of a code host: no line of it begins with ``::`` or holds ``##[``, which GitHub's runner
takes for commands.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from caio.analysis.findings.finding import Finding
from caio.analysis.findings.plain import block, count, plain
from caio.analysis.findings.report import Report
from caio.analysis.findings.table import aligned
from caio.analysis.findings.verdicts import Verdict
from caio.base.render import render_text

MOST_SHOWN: Final = 100
"""How many findings are shown to people, unless they ask for more or fewer; the rest is counted."""
_LONGEST: Final = 20_000
"""The longest counterexample that is shown, in characters."""

_STYLES: Final = {
    Verdict.PROVED: "\x1b[1;32m",
    Verdict.WAIVED: "\x1b[1;36m",
    Verdict.REFUTED: "\x1b[1;31m",
    Verdict.UNKNOWN: "\x1b[1;33m",
    Verdict.COULD_NOT_RUN: "\x1b[1;31m",
    Verdict.REJECTED: "\x1b[1;31m",
}
_RESET: Final = "\x1b[0m"
_ARROW: Final = re.compile(r"^((?:\x1b\[[0-9;]*m)? *):::", re.MULTILINE)
_COMMAND: Final = re.compile(r"^([ \t]*)::", re.MULTILINE)


def render(report: Report, *, color: bool = False, most: int = MOST_SHOWN) -> str:
    """The report as text with at most ``most`` findings; escape sequences only if ``color``, and then none but ours."""

    def paint(verdict: Verdict, text: str) -> str:
        return f"{_STYLES[verdict]}{text}{_RESET}" if color else text

    parts = []
    shown = report.shown
    for _, finding in shown[:most]:
        lines = [f"  verdict: {paint(finding.verdict, finding.verdict.value)}", *_details(finding)]
        parts.append(render_text([finding.diagnostic], color=color) + "\n".join(lines) + "\n")
    if len(shown) > most:
        rest = count(len(shown) - most, "more finding")
        parts.append(f"... and {rest}, which `--format json=FILE` lists\n")
    parts += ["".join(f"{line}\n" for line in aligned(table)) for table in report.tables]
    if report.questions:
        width = max(len(question.verdict.value) for question in report.questions)
        rows = [
            f"{paint(q.verdict, f'{q.verdict.value:<{width}}')}  {plain(q.title, 200)}"
            f" ({count(q.obligations, 'obligation')})\n"
            for q in report.questions
        ]
        parts.append("".join(rows))
    parts.append(paint(report.verdict, report.last_line) + "\n")
    # The arrow to a second source begins like a command, names at the beginning of a table's row may, and the oldest form
    # of one works anywhere in a line.
    whole = _COMMAND.sub(r"\1:\\x3a", _ARROW.sub(r"\1-->", "\n".join(parts)))
    return whole.replace("##[", "#\\x23[")


def _details(finding: Finding) -> Iterator[str]:
    if finding.counterexample is not None:
        yield "  counterexample:"
        # A bar, because a runner looks for commands behind leading blanks, too.
        yield from (f"    | {line}".rstrip() for line in block(finding.counterexample, _LONGEST))
    for fix in finding.fixes:
        yield f"  fix: {plain(fix.description, 200)} ({count(len(fix.edits), 'edit')})"
    if finding.evidence is not None:
        yield f"  evidence: {plain(finding.evidence, 100)}"
    if finding.waiver is not None:
        waiver = finding.waiver
        yield f"  waived by: {plain(waiver.owner)} until {waiver.expires}: {plain(waiver.reason)}"
    yield f"  fingerprint: {finding.fingerprint}"
