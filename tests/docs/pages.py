"""Markdown pages as what they show: fenced blocks, with the marker that says how to run them.

The convention, for every page of the repository:

- A ``console`` block holds commands behind ``$``, continued by a final backslash, each followed by what it prints: all of it,
  or nothing. A line ``…`` stands for any lines, ``…`` within a line for any characters.
- ``python`` blocks are run in order, in one namespace per page; one that holds ``>>>`` is a doctest.
- ``caio`` blocks of a page compile together; ``json`` blocks are JSON; ``yaml`` is for pipelines, whose own tests are in
  ``tests/ci``; ``text`` is neither a command nor checked.
- A comment ``<!-- run: … -->`` right above a block says what it needs, as items between semicolons:

  - ``in PATH``: from here on, the page works in a copy of this folder of the repository;
  - ``copy PATH as NAME``: such a copy is at hand under this name;
  - ``exit N``: the block's last command ends with N and not with 0;
  - ``with PATH``: the block compiles beside the documents of PATH;
  - ``among PATH``: so it does, and its declarations are those of PATH;
  - ``fragment``: a piece of a text, which parses, and does not compile by itself;
  - ``slow``: the page takes more than a few seconds;
  - ``never: REASON``: it cannot be run here.

A page begins in the root of a copy of the repository, an example's page in a copy of its folder, the page of a new project in
such a project. ``/tmp`` is the page's own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = ROOT / "caio" / "cli" / "templates"
"""What `caio init` writes, pages among it."""
LANGUAGES = frozenset(
    {"", "text", "console", "python", "caio", "json", "yaml", "coq", "{eval-rst}"}
)
"""The languages of blocks; `sh` and `bash` are not among them, for a `console` block shows what to type.

``{eval-rst}`` is for the site, whose own test finds what is wrong with it.
"""

_FENCE = re.compile(
    r"(?:^(?P<indent> *)<!-- run: (?P<marker>[^\n]*?) -->\n\n?)?"
    r"^(?P<margin> *)```(?P<language>[^\n`]*)\n(?P<text>.*?)^(?P=margin)```$",
    re.MULTILINE | re.DOTALL,
)
_MARKER = re.compile(r"^ *<!-- run:", re.MULTILINE)
_REMARK = re.compile(r" +# [^'\"]*$")
_ITEM = re.compile(r"in \S+|copy \S+ as \S+|exit \d+|with \S+|among \S+|fragment|slow|never: .+")


class PageError(Exception):
    """A page that does not keep to the convention; the message names the line."""


@dataclass(frozen=True)
class Block:
    """A fenced block.

    Attributes:
        line: of its first line of text, from 1.
        items: of its marker: key and value.
        start: of its text in the page's, in characters; ``end`` is behind it.
    """

    page: Path
    line: int
    language: str
    text: str
    items: tuple[tuple[str, str], ...] = ()
    start: int = 0
    end: int = 0
    margin: str = ""

    @property
    def place(self) -> str:
        """Page and line, to be clicked on."""
        return f"{self.page.relative_to(ROOT)}:{self.line}"

    def values(self, key: str) -> list[str]:
        """The values of an item of the marker."""
        return [value for name, value in self.items if name == key]

    @property
    def never(self) -> str | None:
        """Why it is not run, if it is not."""
        return next(iter(self.values("never")), None)


@dataclass(frozen=True)
class Command:
    """A command of a console block and the lines that follow it."""

    text: str
    line: int
    shown: tuple[str, ...] = field(default=())


def pages() -> list[Path]:
    """Every page that people read, in order."""
    found = [
        *ROOT.glob("*.md"),
        *(ROOT / "docs").rglob("*.md"),
        *(ROOT / "proofs").glob("*.md"),
        *(ROOT / "examples").rglob("README.md"),
        *TEMPLATES.rglob("README.md"),
    ]
    return sorted(found)


def blocks(page: Path, text: str | None = None) -> list[Block]:
    """The blocks of a page, in order.

    Raises:
        PageError: for a marker that is not understood, or belongs to no block.
    """
    text = page.read_text("utf-8") if text is None else text
    found = list(_blocks(page, text))
    marked = sum(bool(block.items) for block in found)
    if marked != len(_MARKER.findall(text)):
        raise PageError(f"{page}: a marker stands above no block")
    return found


def _blocks(page: Path, text: str) -> Iterator[Block]:
    for match in _FENCE.finditer(text):
        margin = match["margin"]
        line = text.count("\n", 0, match.start("text")) + 1
        body = "".join(row.removeprefix(margin) for row in match["text"].splitlines(keepends=True))
        items = tuple(_items(match["marker"] or "", f"{page}:{line}"))
        if match["language"] not in LANGUAGES:
            raise PageError(f"{page}:{line}: a block in `{match['language']}` is never checked")
        yield Block(
            page,
            line,
            match["language"],
            body,
            items,
            match.start("text"),
            match.end("text"),
            margin,
        )


def _items(marker: str, place: str) -> Iterator[tuple[str, str]]:
    for item in filter(None, map(str.strip, marker.split(";"))):
        if not _ITEM.fullmatch(item):
            raise PageError(f"{place}: the marker says `{item}`, which means nothing")
        key, _, value = item.partition(" ")
        yield key.removesuffix(":"), value


def commands(block: Block) -> list[Command]:
    """The commands of a console block.

    Raises:
        PageError: for output that no command precedes, or a block without a command.
    """
    found: list[Command] = []
    shown: list[str] = []
    text, line = "", 0
    for number, row in enumerate(block.text.splitlines(), block.line):
        if text.endswith("\\") and not shown:
            text = f"{text[:-1].rstrip()} {row.strip()}"
        elif row.startswith("$ "):
            if text:
                found.append(Command(text, line, tuple(shown)))
            text, line, shown = _REMARK.sub("", row[2:]).rstrip(), number, []
        elif text:
            shown.append(row)
        else:
            raise PageError(f"{block.place}: a console block begins with `$ ` and a command")
    if not text:
        raise PageError(f"{block.place}: a console block without a command")
    return [*found, Command(text, line, tuple(shown))]
