"""Diagnostics on the screen and in JSON: carets for people, places for tools."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import Final, TextIO

from caio.base.canonical import Json
from caio.base.diagnostics import Diagnostic, sort_key
from caio.base.render import render_json, render_text
from caio.cli.streams import coloured
from caio.cli.text import count

_MOST: Final = 50
"""How many are shown to people; the rest is counted. JSON has all of them."""


def show(diagnostics: Sequence[Diagnostic], stream: TextIO | None = None) -> None:
    """Print diagnostics in the order of their places."""
    target = sys.stderr if stream is None else stream
    ordered = sorted(diagnostics, key=sort_key)
    target.write(render_text(ordered[:_MOST], color=coloured(target)) + "\n")
    if len(ordered) > _MOST:
        target.write(f"... and {count(len(ordered) - _MOST, 'more diagnostic')}\n\n")


def as_json(diagnostics: Sequence[Diagnostic]) -> list[Mapping[str, Json]]:
    """Diagnostics for tools, in the order of their places."""
    rendered = render_json(sorted(diagnostics, key=sort_key))
    return [item for item in rendered if isinstance(item, Mapping)]
