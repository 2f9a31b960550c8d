"""Diagnostics as data (design, section 11), and the registry of their codes.

A diagnostic has a stable code that names the pattern found (not the fix), a severity, a primary span with a one-line
message that stands alone (lower case, no final period, user text in backticks), secondary spans, and help. Rendering
is elsewhere: ``caio.base.render``. Each room registers its codes here at import, once, with ``register``; a code has a
page ``docs/errors/<code>.md`` with an example that fails and one that passes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from enum import Enum
from types import MappingProxyType
from typing import Final

from caio.base.spans import Span


class Severity(Enum):
    """How bad it is: an error stops compilation, a warning does not, a note only informs."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Code:
    """A registered kind of diagnostic."""

    name: str
    summary: str
    severity: Severity = Severity.ERROR

    def at(
        self,
        span: Span | None,
        message: str,
        *,
        labels: Iterable[Label] = (),
        help: str | None = None,  # noqa: A002 - the word on the screen
    ) -> Diagnostic:
        """A diagnostic of this code; ``span`` is None only where no text is to blame."""
        return Diagnostic(self, message, span, tuple(labels), help)


@dataclass(frozen=True, slots=True)
class Label:
    """A secondary place and what it has to do with the matter."""

    span: Span
    message: str


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """Something found in the input."""

    code: Code
    message: str
    span: Span | None
    labels: tuple[Label, ...] = ()
    help: str | None = None

    @property
    def severity(self) -> Severity:
        """How bad it is."""
        return self.code.severity

    @property
    def is_error(self) -> bool:
        """Whether it stops compilation."""
        return self.code.severity is Severity.ERROR


_registry: dict[str, Code] = {}

CODES: Final[Mapping[str, Code]] = MappingProxyType(_registry)
"""Every code that the rooms imported so far have registered."""


def register(name: str, summary: str, severity: Severity = Severity.ERROR) -> Code:
    """Register a code. Raises ``ValueError`` if the name is taken by something else."""
    code = Code(name, summary, severity)
    if _registry.setdefault(name, code) != code:
        raise ValueError(f"the diagnostic code `{name}` is registered twice")
    return code


def did_you_mean(word: str, known: Iterable[str]) -> str | None:
    """The help line that names the known word closest to a strange one, if any is close."""
    match = get_close_matches(word[:100], list(known), n=1, cutoff=0.6)
    return f"did you mean `{match[0]}`?" if match else None


def sort_key(diagnostic: Diagnostic) -> tuple[str, int, int, str]:
    """The order of reports: by source, then place, then code."""
    span = diagnostic.span
    if span is None:
        return ("", -1, -1, diagnostic.code.name)
    return (span.source.name, span.start, span.end, diagnostic.code.name)
