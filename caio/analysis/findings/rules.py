"""The registry of the rules of findings, as ``caio.base.diagnostics`` has one of codes.

Each room registers its rules at import, once, with ``register``. A rule has a page ``docs/findings/<rule>.md`` with an example
that gives a finding of it and one that gives none; the tests hold the pages against ``RULES``, and run the examples. A finding
that is a diagnostic, too, has the diagnostic's code for a rule (``Rule.of``), and no second page.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from caio.analysis.findings.finding import Rule
from caio.base.diagnostics import CODES, Severity

FOLDER: Final = "docs/findings"
"""Where the pages are, from the root of the repository."""

_NAME: Final = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*", re.ASCII)
_registry: dict[str, Rule] = {}

RULES: Final[Mapping[str, Rule]] = MappingProxyType(_registry)
"""Every rule that the rooms imported so far have registered, by its name."""


def register(name: str, summary: str, severity: Severity = Severity.ERROR) -> Rule:
    """Register a rule, whose page is ``docs/findings/<name>.md``.

    Args:
        name: the stable code: words of small letters and digits, between hyphens; it names the pattern found, not the fix.
        summary: what the rule finds, in a few words.
        severity: of its findings, where they say nothing else.

    Raises:
        ValueError: the name is of another form, or taken by something else.
    """
    if not _NAME.fullmatch(name):
        raise ValueError(f"`{name}` is no name of a rule: write words between hyphens")
    if name in CODES:
        raise ValueError(f"`{name}` is the code of a diagnostic: use `Rule.of`")
    rule = Rule(name, summary, f"{FOLDER}/{name}.md", severity)
    if _registry.setdefault(name, rule) != rule:
        raise ValueError(f"the rule `{name}` is registered twice")
    return rule
