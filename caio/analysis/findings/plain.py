r"""Text from anybody, made safe to show.

Names, paths and clauses come from documents and thus from anybody. Every format passes them through ``plain`` or ``block``
before its own escaping, so that no control, format or unassigned character and no blank but the usual one ever reaches a
terminal, a log or a browser: what is not printable is written as ``\x1b``, ``\u202e`` and so on. A format's own escaping then
has to deal with printable characters only.
"""

from __future__ import annotations

import re
from typing import Final

_SURROGATE: Final = re.compile("[\ud800-\udfff]")


def plain(text: str, limit: int | None = None) -> str:
    """The text on one line with everything that is no shape made visible, cut off with an ellipsis at ``limit`` characters."""
    if limit is not None and len(text) > limit:
        text = text[:limit]
        return (text if _harmless(text) else "".join(map(_shown, text)))[: limit - 1] + "…"
    shown = text if _harmless(text) else "".join(map(_shown, text))
    return shown if limit is None or len(shown) <= limit else shown[: limit - 1] + "…"


def block(text: str, limit: int | None = None) -> list[str]:
    """The lines of a text of several lines, each made safe; of a text beyond ``limit`` characters, the beginning.

    Only a line feed ends a line, as in ``caio.base.spans``. The last line says what was left out.
    """
    rest = 0 if limit is None else max(0, len(text) - limit)
    lines = [plain(line.removesuffix("\r")) for line in (text[:limit]).rstrip("\r\n").split("\n")]
    return [*lines, f"... and {rest:,} more characters"] if rest else lines


def well_formed(text: str) -> str:
    """The text without lone surrogates, which file names may hold and UTF-8 and canonical JSON cannot."""
    return text if text.isascii() else _SURROGATE.sub(lambda match: _shown(match[0]), text)


def count(number: int, noun: str, plural: str | None = None) -> str:
    """``1 finding``, ``1,204 findings``."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def _harmless(text: str) -> bool:
    return text.isascii() and text.isprintable()


def _shown(char: str) -> str:
    if char.isprintable():
        return char
    code = ord(char)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
