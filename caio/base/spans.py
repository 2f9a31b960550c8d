r"""Sources and spans: where in which text something stands.

Offsets count characters (code points) of the text after decoding; a byte order mark is not part of it. Line ends are
``\n`` or ``\r\n``; a lone ``\r`` counts as white space, not as a line end.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final, NamedTuple

from caio.base.errors import InputError

MAX_BYTES: Final = 64 * 1024 * 1024
"""The largest source that is read."""


class Source:
    """A named text. Two sources are the same only if they are the same object."""

    def __init__(self, name: str, text: str) -> None:
        self.name = name
        """What people call it: a path, ``<stdin>``, or a place in a JSON document."""
        self.text = text.removeprefix("\ufeff")

    @staticmethod
    def from_bytes(name: str, data: bytes) -> Source:
        """The source with these UTF-8 bytes.

        Raises:
            InputError: there are more than ``MAX_BYTES`` of them, or they are not UTF-8.
        """
        if len(data) > MAX_BYTES:
            raise InputError(f"`{name}` has {len(data)} bytes, more than the {MAX_BYTES} allowed")
        try:
            return Source(name, data.decode("utf-8"))
        except UnicodeDecodeError as error:
            raise InputError(f"`{name}` is not UTF-8 text: byte {error.start} is wrong") from error

    @staticmethod
    def read(path: Path) -> Source:
        """The source in a file, never reading more than ``MAX_BYTES`` and one byte.

        Raises:
            InputError: the file cannot be read, is too large, or is not UTF-8.
        """
        try:
            with path.open("rb") as file:
                data = file.read(MAX_BYTES + 1)
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise InputError(f"cannot read `{path}`: {reason}") from error
        return Source.from_bytes(str(path), data)

    def __repr__(self) -> str:
        return f"Source({self.name!r})"

    @cached_property
    def line_starts(self) -> list[int]:
        """The offset of the first character of each line."""
        starts = [0]
        find = self.text.find
        position = find("\n")
        while position >= 0:
            starts.append(position + 1)
            position = find("\n", position + 1)
        return starts

    def location(self, offset: int) -> Location:
        """The line and column of an offset."""
        offset = min(max(offset, 0), len(self.text))
        line = bisect_right(self.line_starts, offset)
        return Location(line, offset - self.line_starts[line - 1] + 1)

    def line(self, number: int) -> str:
        """The text of a line (from 1), without its end."""
        start = self.line_starts[number - 1]
        end = self.text.find("\n", start)
        return self.text[start : len(self.text) if end < 0 else end].removesuffix("\r")

    def span(self, start: int = 0, end: int | None = None) -> Span:
        """The span between two offsets; by default the whole text."""
        return Span(self, start, len(self.text) if end is None else end)


@dataclass(frozen=True, slots=True)
class Location:
    """A line and a column, both counted from 1, in characters."""

    line: int
    column: int


class Span(NamedTuple):
    """The characters from ``start`` up to but excluding ``end`` of a source; empty spans are places."""

    source: Source
    start: int
    end: int

    @property
    def text(self) -> str:
        """The characters of the span."""
        return self.source.text[self.start : self.end]

    @property
    def location(self) -> Location:
        """Where the span begins."""
        return self.source.location(self.start)

    @property
    def end_location(self) -> Location:
        """Where the span ends: the place just behind its last character."""
        return self.source.location(self.end)

    def to(self, other: Span) -> Span:
        """The span from the start of this one to the end of another in the same source."""
        return Span(self.source, self.start, other.end)

    def __str__(self) -> str:
        place = self.location
        return f"{self.source.name}:{place.line}:{place.column}"
