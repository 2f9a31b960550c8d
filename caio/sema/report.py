"""Collecting diagnostics: lowering goes on after an error, so that all errors are reported at once."""

from __future__ import annotations

from collections.abc import Iterable

from caio.base.diagnostics import Code, Diagnostic, Label, did_you_mean
from caio.base.spans import Span


class Report:
    """The diagnostics found so far."""

    def __init__(self) -> None:
        self.diagnostics: list[Diagnostic] = []

    def add(
        self,
        code: Code,
        span: Span | None,
        message: str,
        *,
        labels: Iterable[Label] = (),
        help: str | None = None,  # noqa: A002 - the word on the screen
    ) -> None:
        """Record one diagnostic."""
        self.diagnostics.append(code.at(span, message, labels=labels, help=help))

    def unknown(self, code: Code, span: Span, what: str, name: str, known: Iterable[str]) -> None:
        """Record a name that is not among the known ones, with the closest of them."""
        names = list(known)
        hint = did_you_mean(name, names)
        if hint is None and 0 < len(names) <= 8:
            hint = "known here: " + ", ".join(f"`{known_name}`" for known_name in names)
        self.add(code, span, f"there is no {what} `{shown(name)}`", help=hint)

    def twice(self, code: Code, span: Span, first: Span | None, message: str) -> None:
        """Record a repetition, pointing at the first occurrence as well."""
        labels = () if first is None else (Label(first, "first here"),)
        self.add(code, span, message, labels=labels)


def shown(text: str) -> str:
    """User text for a message: shortened, on one line."""
    short = text if len(text) <= 80 else text[:77] + "..."
    return "".join(c if c.isprintable() else "?" for c in short)


def reach(first: Span, last: Span) -> Span:
    """From one place to another; only the first, where they are strings of a JSON file."""
    return first.to(last) if first.source is last.source else first
