"""Whether a command printed what its page shows."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

GAP = "…"
_STEPS = re.compile(r"\b[0-9,]+ steps of work")


def trimmed(lines: Sequence[str]) -> list[str]:
    """Without space at the ends of lines and empty lines at both ends of the text."""
    rows = [line.rstrip() for line in lines]
    while rows and not rows[-1]:
        rows.pop()
    while rows and not rows[0]:
        rows.pop(0)
    return rows


def agree(shown: Sequence[str], printed: Sequence[str]) -> bool:
    """Whether the lines printed are the lines shown, gaps filled.

    How the checker counts its work is its own affair, and no promise of a page. JSON is compared as values.
    """
    left, right = ("\n".join(trimmed(lines)) for lines in (shown, printed))
    left, right = (_STEPS.sub("N steps of work", text) for text in (left, right))
    if left == right:
        return True
    values = _json(left), _json(right)
    if None not in values:
        return _same(*values)
    return re.fullmatch(_pattern(left), right) is not None


def _pattern(text: str) -> str:
    """A line that is only a gap stands for any lines, none among them; a gap in a line for characters of that line."""
    rows = [
        r"(?:[^\n]*\n)*?"
        if row.strip() == GAP
        else r"[^\n]*".join(map(re.escape, row.split(GAP))) + r"\n"
        for row in text.split("\n")
    ]
    # The last line has no line feed of its own, unless it is a gap.
    joined = "".join(rows)
    return (
        joined.removesuffix(r"\n")
        if text.rsplit("\n", maxsplit=1)[-1].strip() != GAP
        else joined + r"[^\n]*"
    )


def _json(text: str) -> object | None:
    if not text.startswith(("{", "[")):
        return None
    try:
        value: object = json.loads(text)
    except ValueError:
        return None
    return value


def _same(shown: object, printed: object) -> bool:
    if shown == GAP:
        return True
    if isinstance(shown, dict) and isinstance(printed, dict):
        return shown.keys() == printed.keys() and all(_same(shown[k], printed[k]) for k in shown)
    if isinstance(shown, list) and isinstance(printed, list):
        return len(shown) == len(printed) and all(map(_same, shown, printed))
    return type(shown) is type(printed) and shown == printed
