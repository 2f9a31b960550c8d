"""Where output goes: data to standard output, everything else to standard error.

Colour appears only on a terminal, and not where ``NO_COLOR`` is set or the terminal is dumb. rich is imported by the
first thing that needs it.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Final, TextIO

from caio.cli.text import safe, unicode_ok

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

WIDTH: Final = 100
"""The width of a report that goes to a file or a pipe."""
_MAX_WIDTH: Final = 120
_MIN_WIDTH: Final = 60

_TRAILING: Final = re.compile(r" +((?:\x1b\[[0-9;]*m)*)$", re.MULTILINE)
"""The blanks with which tables fill their last column, in front of what ends a colour."""

_ASCII: Final = str.maketrans({"→": "->", "…": "...", "≈": "~"})
"""Our own glyphs for a stream that carries ASCII only."""


def coloured(stream: TextIO) -> bool:
    """Whether to write escape sequences to a stream."""
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return False
    return stream.isatty()


def console(stream: TextIO) -> Console:
    """A rich console on a stream, never narrower or wider than is pleasant to read."""
    from rich.console import Console  # noqa: PLC0415 - `caio --help` does without rich

    plain = Console(
        file=stream,
        highlight=False,
        markup=False,
        emoji=False,
        no_color=not coloured(stream),
        force_terminal=coloured(stream),
        color_system="auto" if coloured(stream) else None,
    )
    wanted = plain.width if stream.isatty() or os.environ.get("COLUMNS") else WIDTH
    plain.width = max(_MIN_WIDTH, min(wanted, _MAX_WIDTH))
    return plain


def show(parts: Iterable[RenderableType], stream: TextIO | None = None) -> None:
    """Print something for people; ``rich`` lays it out, and blanks at the ends of lines are dropped."""
    target = sys.stdout if stream is None else stream
    layout = console(target)
    with layout.capture() as captured:
        for part in parts:
            layout.print(part)
    text = _TRAILING.sub(r"\1", captured.get())
    target.write(text if unicode_ok(target) else text.translate(_ASCII))


def suggest(*commands: str) -> None:
    """What to type now, each command on one line however long it is: it is there to be copied."""
    bold, cyan, plain = ("\x1b[1m", "\x1b[36m", "\x1b[0m") if coloured(sys.stdout) else ("",) * 3
    out(f"\n{bold}Next{plain}")
    for command in commands:
        out(f"  {cyan}{safe(command)}{plain}")


def width(stream: TextIO | None = None) -> int:
    """How many columns ``show`` has."""
    return console(sys.stdout if stream is None else stream).width


def out(text: str) -> None:
    """Write data as it is, with a line end."""
    sys.stdout.write(text + "\n")


def out_safe(text: str) -> None:
    """Write lines for people to standard output; control characters are made visible."""
    out(safe(text, lines=True))


def out_bytes(data: bytes) -> None:
    """Write data as bytes, so that no line end or encoding is changed on the way."""
    sys.stdout.flush()
    binary = getattr(sys.stdout, "buffer", None)
    if binary is None:
        sys.stdout.write(data.decode())
    else:
        binary.write(data)
        binary.flush()


def out_json(value: object) -> None:
    """Write one JSON object."""
    out(json.dumps(value, ensure_ascii=True, indent=2))


def note(text: str) -> None:
    """Write a line for people to standard error; control characters are made visible."""
    sys.stderr.write(safe(text, lines=True) + "\n")


def problem(label: str, message: str, help_: str | None = None) -> None:
    """Write ``label: message`` and perhaps a line of help to standard error."""
    red, dim, plain = ("\x1b[1;31m", "\x1b[2m", "\x1b[0m") if coloured(sys.stderr) else ("",) * 3
    sys.stderr.write(f"{red}{label}{plain}: {safe(message, lines=True)}\n")
    if help_:
        sys.stderr.write(f"{dim}help{plain}: {safe(help_, lines=True)}\n")


def prepare() -> None:
    """Let a stream that cannot carry a character show its escape, and one that is closed take nothing, without failing."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115 - open to the end
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")
