"""The page in an evidence file that a person reads first: what the file is about, and how to check it.

It repeats what the entries say, which the log publishes anyway, and nothing that a seal covers. It proves nothing, and says so.
It loads nothing and runs nothing, so that it can be opened anywhere.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from html import escape
from typing import Final

from caio.audit.checkpoint import Checkpoint
from caio.audit.entries import Kind
from caio.audit.recorded import Recorded
from caio.base.instants import format_timestamp
from caio.cli.audit_entries import said
from caio.cli.text import safe

MOST: Final = 1_000
"""How many decisions are listed; the others are counted."""

_STYLE: Final = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1b1f24;background:#fff}"
    "table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.25rem .75rem .25rem 0;"
    "border-bottom:1px solid #d8dee4;vertical-align:top}td:first-child{white-space:nowrap}"
    "code,pre{font:14px/1.5 ui-monospace,monospace;overflow-wrap:anywhere;white-space:pre-wrap}"
    ".note{border-left:4px solid #bf8700;padding:.5rem 1rem;background:#fff8c5}"
)
_HEAD: Final = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Evidence of {origin}</title>
<style>{style}</style>
</head>
<body>
<h1>Evidence of {origin}</h1>
<p class="note">This page says what the file says, and proves nothing. Check the file before you rely on it.</p>
"""
_CHECK: Final = """\
<h2>How to check it</h2>
<p>With CAIO, and the public key that the owner of the log gave you in person:</p>
<pre>caio audit verify FILE --key LINE</pre>
<p>With nothing but Python 3.11 or later; take the program from somebody whom you trust rather than from this file. It checks
everything but signatures, and says so:</p>
<pre>python -I -S caio-check.pyz FILE</pre>
"""


def page(origin: str, entries: Iterable[Recorded], checkpoint: Checkpoint) -> bytes:
    """The page about these entries.

    Args:
        origin: of the log.
        entries: of the range, in order.
        checkpoint: that everything is proved against.
    """
    kinds: Counter[str] = Counter()
    verdicts: Counter[str] = Counter()
    rows: list[str] = []
    times: list[int] = []
    for entry in entries:
        kinds[str(entry.kind)] += 1
        times = [times[0] if times else entry.time, entry.time]
        if entry.kind is Kind.DECISION:
            verdicts[str(entry.details.get("verdict")).replace("_", " ")] += 1
            if len(rows) < MOST:
                rows.append(_row(f"{entry.index:,}", format_timestamp(entry.time), said(entry)))
    facts = [
        ("entries", _counts(kinds)),
        ("decisions", _counts(verdicts)),
        ("taken", " to ".join(format_timestamp(time) for time in times) or "none"),
        ("proved against", f"the tree of {checkpoint.size:,} entries"),
    ]
    parts = [
        _HEAD.format(origin=_text(origin), style=_STYLE),
        _table((), [_row(*fact) for fact in facts]),
        f"<h2>The checkpoint</h2>\n<pre>{_text(checkpoint.data.decode(), lines=True)}</pre>\n",
        _CHECK,
        "<h2>Decisions</h2>\n",
        _table(("entry", "taken", "decided"), rows) if rows else "<p>None.</p>\n",
    ]
    left = kinds[str(Kind.DECISION)] - len(rows)
    if left:
        parts.append(f"<p>… and {left:,} more.</p>\n")
    return "".join([*parts, "</body>\n</html>\n"]).encode()


def _text(text: str, *, lines: bool = False) -> str:
    return escape(safe(text, lines=lines))


def _row(*cells: str) -> str:
    return f"<tr>{''.join(f'<td>{_text(cell)}</td>' for cell in cells)}</tr>\n"


def _table(heads: tuple[str, ...], rows: list[str]) -> str:
    head = "".join(f"<th>{escape(name)}</th>" for name in heads)
    return f"<table>\n{f'<tr>{head}</tr>' if head else ''}\n{''.join(rows)}</table>\n"


def _counts(found: Counter[str]) -> str:
    return ", ".join(f"{number:,} {name}" for name, number in sorted(found.items())) or "none"
