"""S-expressions as Z3 prints them: nested lists of words, and the numbers among them."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Final, TypeAlias

from caio.base.exact import Rational, exact

Tree: TypeAlias = "str | list[Tree]"

_WORD: Final = re.compile(r"[()]|[^\s()]+")
_NUMERAL: Final = re.compile(r"[0-9]+(\.[0-9]+)?")


class SyntaxTreeError(Exception):
    """Text that is not what Z3 is known to print."""


def parse(text: str) -> list[Tree]:
    """The expressions of a text.

    Raises:
        SyntaxTreeError: the parentheses do not match.
    """
    stack: list[list[Tree]] = [[]]
    for word in _WORD.findall(text):
        if word == "(":
            stack.append([])
        elif word == ")":
            if len(stack) == 1:
                raise SyntaxTreeError("a `)` without `(`")
            done = stack.pop()
            stack[-1].append(done)
        else:
            stack[-1].append(word)
    if len(stack) != 1:
        raise SyntaxTreeError("a `(` without `)`")
    return stack[0]


def is_numeral(word: str) -> bool:
    """Whether a word is a number without sign."""
    return _NUMERAL.fullmatch(word) is not None


def numeral(word: str) -> Rational:
    """The number without sign that a word is."""
    return exact(Fraction(word)) if "." in word else int(word)


def number(tree: Tree) -> Fraction:
    """The number that a constant term denotes.

    Raises:
        SyntaxTreeError: it is no constant of integers or rationals.
    """
    match tree:
        case str(word) if is_numeral(word):
            return Fraction(word)
        case ["-", value]:
            return -number(value)
        case ["/", top, bottom]:
            divisor = number(bottom)
            if divisor:
                return number(top) / divisor
        case ["to_real", value]:
            return number(value)
        case _:
            pass
    raise SyntaxTreeError(f"`{str(tree)[:60]}` is no number")
