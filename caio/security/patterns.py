r"""Patterns whose matching takes time linear in the text, whatever the text is.

A pattern is a sequence of items: a character, an escape (``\d``, ``\w``, ``\s``, or ``\`` before a sign), or a class such as
``[a-f0-9]`` or ``[^"]``; each may be followed by ``{m}``, ``{m,n}`` or ``?``. ``\b`` is the border of a word. There is no
alternation, group, ``*`` or ``+``. An item takes as many characters as it can and gives none back (possessive
quantifiers), so that each starting point costs at most the length of the longest match. Case does not count.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from caio.security.refusal import Refusal, RefusedError

MAX_LENGTH: Final = 256
"""The longest match of a pattern, in characters."""

_ITEM: Final = re.compile(
    r"(?:(?P<border>\\b)"
    r"|(?P<atom>\\[dws]|\\[^a-zA-Z0-9\s]|[^\\\[\](){}*+?|^$.]"
    r"|\[(?P<negated>\^?)(?P<set>(?:\\[dws]|\\[^a-zA-Z0-9\s]|[^\\\[\]])+)\])"
    r"(?P<count>\?|\{(?P<low>\d{1,3})(?:,(?P<high>\d{1,3}))?\})?)"
)
_MEMBER: Final = re.compile(
    r"\\[dws]|(?P<low>\\[^a-zA-Z0-9\s]|[^\\])(?:-(?P<high>\\[^a-zA-Z0-9\s]|[^\\]))?", re.DOTALL
)


@dataclass(frozen=True, slots=True)
class Pattern:
    """A compiled pattern and the length of its longest match."""

    expression: re.Pattern[str] = field(repr=False)
    longest: int

    def occurs(self, text: str) -> bool:
        """Whether some part of a text, in lower case, matches."""
        return self.expression.search(text) is not None


def compile_pattern(text: str, place: str) -> Pattern:
    """The pattern that a text denotes.

    Raises:
        RefusedError: ``declaration``: it is none, matches nothing at all, or may match too much.
    """
    parts: list[str] = []
    at = shortest = longest = 0
    while at < len(text):
        match = _ITEM.match(text, at)
        if match is None:
            detail = f"no item of a pattern at character {at + 1}: use characters, classes, `{{m,n}}` and `?`"
            raise RefusedError(Refusal.DECLARATION, place, detail)
        at = match.end()
        if match["border"]:
            parts.append(r"\b")
            continue
        low, high = _counts(match, place)
        shortest, longest = shortest + low, longest + high
        parts.append(f"{_atom(match, place)}{{{low},{high}}}+")
    if not 0 < shortest <= longest <= MAX_LENGTH:
        detail = f"a pattern matches at least one character and at most {MAX_LENGTH}"
        raise RefusedError(Refusal.DECLARATION, place, detail)
    return Pattern(re.compile("".join(parts), re.IGNORECASE), longest)


def _counts(match: re.Match[str], place: str) -> tuple[int, int]:
    if match["count"] is None:
        return 1, 1
    if match["count"] == "?":
        return 0, 1
    low = int(match["low"])
    high = low if match["high"] is None else int(match["high"])
    if not low <= high or high == 0:
        raise RefusedError(Refusal.DECLARATION, place, f"`{match['count']}` counts nothing")
    return low, high


def _atom(match: re.Match[str], place: str) -> str:
    """The item as an expression; a class is written anew, so that nothing in it has another meaning."""
    if match["set"] is None:
        atom = match["atom"]
        return atom if atom in {r"\d", r"\w", r"\s"} else re.escape(atom[-1])
    members = []
    for member in _MEMBER.finditer(match["set"]):
        if member["low"] is None:
            members.append(member[0])
            continue
        low = member["low"][-1]
        high = (member["high"] or low)[-1]
        if low > high:
            raise RefusedError(Refusal.DECLARATION, place, "a range of a class runs backwards")
        members.append(f"{re.escape(low)}-{re.escape(high)}")
    return f"[{match['negated']}{''.join(members)}]"
