"""Small words: text that is safe to show, counts, glyphs.

Names come from documents and paths, that is, from anybody. Nothing of theirs reaches a terminal before ``safe`` has made
its control characters visible: an escape sequence in a name must not move a cursor, hide a line or reverse a sentence.
"""

from __future__ import annotations

import unicodedata
from typing import Final, TextIO

_HIDDEN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""General categories that a terminal obeys or hides instead of showing."""


def safe(text: str, *, lines: bool = False) -> str:
    r"""The text with every control, format and unassigned character written as ``\x1b``, ``\u202e`` and so on.

    Args:
        text: anything.
        lines: whether line feeds and tabs may stay.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(_shown(char, lines=lines) for char in text)


def _shown(char: str, *, lines: bool) -> str:
    if lines and char in "\n\t":
        return char
    if unicodedata.category(char) not in _HIDDEN:
        return char
    code = ord(char)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def one_line(text: str, width: int = 100) -> str:
    """The text on one line, safe to show, and cut off with an ellipsis where it is long."""
    flat = safe(" ".join(text.split()))
    return flat if len(flat) <= width else flat[: width - 1].rstrip() + "…"


def count(number: int, noun: str, plural: str | None = None) -> str:
    """``1 proof``, ``1,204 proofs``."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def listing(words: list[str], conjunction: str = "and") -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {conjunction} {words[-1]}"


def unicode_ok(stream: TextIO) -> bool:
    """Whether a stream can carry more than ASCII."""
    return (getattr(stream, "encoding", None) or "").lower().replace("-", "").startswith("utf")
