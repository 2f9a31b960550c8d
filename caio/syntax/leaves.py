"""Builds the leaves and expressions of the tree, and says what is wrong with single tokens."""

# ruff: noqa: D102 - the grammar documents its actions

from __future__ import annotations

import re
from typing import Any, Final

from caio.base.diagnostics import Code, Diagnostic
from caio.base.spans import Span
from caio.syntax import codes, tree
from caio.syntax.text import MAX_NAME, parse_instant, printable, unquote
from caio.syntax.tokens import Tokens

_new: Final = tuple.__new__  # a span for every node: the constructor's keywords cost a third

MAX_DIGITS: Final = 512
"""The most digits of a number, those that an exponent adds included."""
MAX_TEXT: Final = 4096
"""The most characters of a quoted text that is no name."""

_VERSION: Final = re.compile(r"(?:0|[1-9][0-9]*)(?:\.(?:0|[1-9][0-9]*)){0,7}")
_NUMBER: Final = re.compile(
    r"(?:0|[1-9][0-9]*(?:_[0-9]+)*)(?:\.([0-9]+(?:_[0-9]+)*))?(?:[eE][+-]?([0-9]{1,3}))?"
)


class ExpressionBuilder:
    """One method per action of the grammar's expressions and pieces."""

    def __init__(self, tokens: Tokens) -> None:
        self.tokens = tokens
        self.source = tokens.source
        self.index: list[int] | range = range(len(tokens.kinds))
        """Which token each position of the run means: not all, where a part is left out."""
        self.found: list[Diagnostic] = []

    def span(self, first: int, end: int) -> Span:
        """The span of the tokens at the positions from ``first`` up to but excluding ``end``."""
        index = self.index
        start, stop = self.tokens.starts[index[first]], self.tokens.ends[index[end - 1]]
        return _new(Span, (self.source, start, stop))

    def token(self, position: int) -> str:
        """The text of the token at a position."""
        return self.tokens.text(self.index[position])

    def report(self, code: Code, span: Span, message: str, hint: str | None = None) -> None:
        """Note something that is wrong without being ungrammatical."""
        self.found.append(code.at(span, message, help=hint))

    # --- lists ---

    def nothing(self, _c: list[Any], _first: int, _end: int) -> list[Any]:
        return []

    def entry(self, c: list[Any], _first: int, _end: int) -> list[Any]:
        c[0].append(c[1])
        return c[0]  # type: ignore[no-any-return]

    def first(self, c: list[Any], _first: int, _end: int) -> list[Any]:
        return c

    def more(self, c: list[Any], _first: int, _end: int) -> list[Any]:
        c[0].append(c[2])
        return c[0]  # type: ignore[no-any-return]

    def pair(self, c: list[Any], _first: int, _end: int) -> list[Any]:
        return [c[0], c[2]]

    def trailing_comma(self, c: list[Any], _first: int, _end: int) -> Any:
        return c[0]

    def no_items(self, _c: list[Any], _first: int, _end: int) -> list[Any]:
        return []

    def braced(self, c: list[Any], _first: int, _end: int) -> Any:
        return c[1]

    # --- leaves ---

    def bare_name(self, _c: list[Any], first: int, end: int) -> tree.Name:
        name = tree.Name(self.token(first), self.span(first, end))
        if len(name.text) > MAX_NAME:
            self._check_name(name)
        return name

    def quoted_name(self, _c: list[Any], first: int, end: int) -> tree.Name:
        name = tree.Name(self._unquote(first), self.span(first, end), quoted=True)
        self._check_name(name)
        return name

    def _check_name(self, name: tree.Name) -> None:
        if not name.text:
            message = "a name is empty"
        elif len(name.text) > MAX_NAME:
            message = f"a name has {len(name.text)} characters, more than {MAX_NAME}"
        elif not printable(name.text):
            message = "a name holds a control character"
        else:
            return
        self.report(codes.INVALID_NAME, name.span, message)

    def text(self, _c: list[Any], first: int, end: int) -> tree.Text:
        value = self._unquote(first)
        if not value or len(value) > MAX_TEXT or not printable(value):
            message = f"a text needs 1 to {MAX_TEXT} characters, none of them control characters"
            self.report(codes.INVALID_NAME, self.span(first, end), message)
        return tree.Text(value, self.span(first, end))

    def _unquote(self, position: int) -> str:
        token = self.token(position)
        at = token.find("\\")
        start = self.tokens.starts[self.index[position]]
        while 0 <= at < len(token) - 1:
            if token[at + 1] not in '"\\':
                self.report(
                    codes.INVALID_ESCAPE,
                    Span(self.source, start + at, start + at + 2),
                    f"`{token[at : at + 2]}` escapes nothing",
                    'only `\\"` and `\\\\` exist; every other character stands for itself',
                )
            at = token.find("\\", at + 2)
        return unquote(token)

    def number(self, position: int) -> tree.Number:
        """The number at a position; a broken one is reported and counts as 0."""
        text = self.token(position)
        span = self.span(position, position + 1)
        match = _NUMBER.fullmatch(text)
        if match is None:
            hint = "digits, perhaps grouped by single `_`, without leading zeros: `1_000`, `0.25`"
            self.report(
                codes.INVALID_NUMBER, span, f"`{text[:60]}` is not written like a number", hint
            )
            return tree.Number("0", span)
        if len(text) + int(match[2] or 0) > MAX_DIGITS:
            message = f"a number has more than {MAX_DIGITS} digits"
            self.report(codes.INVALID_NUMBER, span, message)
            return tree.Number("0", span)
        return tree.Number(text, span)

    def instant(self, _c: list[Any], first: int, end: int) -> tree.Instant:
        text = self.token(first)
        span = self.span(first, end)
        value = parse_instant(text)
        if value is None:
            hint = (
                "dates are `2027-04-14`, instants `2026-11-22T10:00:00Z`: UTC, to the microsecond"
            )
            self.report(codes.INVALID_INSTANT, span, f"`{text[:60]}` is no such moment", hint)
        return tree.Instant(text, value or 0, span)

    def version(self, _c: list[Any], first: int, end: int) -> tree.Version:
        text = self.token(first)
        span = self.span(first, end)
        if not _VERSION.fullmatch(text) or len(text) > MAX_NAME:
            hint = "1 to 8 numbers without leading zeros, joined by dots: `2.1.0`"
            self.report(codes.INVALID_VERSION, span, f"`{text[:60]}` is no version", hint)
            text = "0"
        return tree.Version(text, span)

    # --- quantities ---

    def quantity(self, _c: list[Any], first: int, end: int) -> tree.Quantity:
        return tree.Quantity(self.number(first), None, None, None, self.span(first, end))

    def quantity_unit(self, c: list[Any], first: int, end: int) -> tree.Quantity:
        return tree.Quantity(self.number(first), c[1], None, None, self.span(first, end))

    def quantity_percent(self, _c: list[Any], first: int, end: int) -> tree.Quantity:
        unit = tree.Name("%", self.span(first + 1, end))
        return tree.Quantity(self.number(first), unit, None, None, self.span(first, end))

    def quantity_per(self, c: list[Any], first: int, end: int) -> tree.Quantity:
        return tree.Quantity(self.number(first), None, None, c[2], self.span(first, end))

    def quantity_per_number(self, c: list[Any], first: int, end: int) -> tree.Quantity:
        per = self.number(first + 2)
        return tree.Quantity(self.number(first), None, per, c[3], self.span(first, end))

    def quantity_unit_per(self, c: list[Any], first: int, end: int) -> tree.Quantity:
        return tree.Quantity(self.number(first), c[1], None, c[3], self.span(first, end))

    def quantity_unit_per_number(self, c: list[Any], first: int, end: int) -> tree.Quantity:
        per = self.number(first + 3)
        return tree.Quantity(self.number(first), c[1], per, c[4], self.span(first, end))

    # --- terms ---

    def true(self, _c: list[Any], first: int, end: int) -> tree.Boolean:
        return tree.Boolean(True, self.span(first, end))

    def false(self, _c: list[Any], first: int, end: int) -> tree.Boolean:
        return tree.Boolean(False, self.span(first, end))

    def call(self, c: list[Any], first: int, end: int) -> tree.Count:
        if c[0].text != "count":
            hint = "the only function is `count`, the number of members of a set"
            message = f"`{c[0].text[:60]}` is no function"
            self.report(codes.UNKNOWN_FUNCTION, c[0].span, message, hint)
        return tree.Count(c[2], self.span(first, end))

    def parenthesised(self, c: list[Any], _first: int, _end: int) -> Any:
        return c[1]

    def negate(self, c: list[Any], first: int, end: int) -> tree.Negate:
        return tree.Negate(c[1], self.span(first, end))

    def plus_first(self, c: list[Any], _first: int, _end: int) -> list[Any]:
        return [("+", c[0]), ("+", c[2])]

    def minus_first(self, c: list[Any], _first: int, _end: int) -> list[Any]:
        return [("+", c[0]), ("-", c[2])]

    def plus(self, c: list[Any], _first: int, _end: int) -> list[Any]:
        c[0].append(("+", c[2]))
        return c[0]  # type: ignore[no-any-return]

    def minus(self, c: list[Any], _first: int, _end: int) -> list[Any]:
        c[0].append(("-", c[2]))
        return c[0]  # type: ignore[no-any-return]

    def sum(self, c: list[Any], first: int, end: int) -> tree.Sum:
        return tree.Sum(tuple(c[0]), self.span(first, end))

    def times_first(self, c: list[Any], _first: int, _end: int) -> list[Any]:
        return [("*", c[0]), ("*", c[2])]

    def divided_first(self, c: list[Any], _first: int, _end: int) -> list[Any]:
        return [("*", c[0]), ("/", c[2])]

    def times(self, c: list[Any], _first: int, _end: int) -> list[Any]:
        c[0].append(("*", c[2]))
        return c[0]  # type: ignore[no-any-return]

    def divided(self, c: list[Any], _first: int, _end: int) -> list[Any]:
        c[0].append(("/", c[2]))
        return c[0]  # type: ignore[no-any-return]

    def product(self, c: list[Any], first: int, end: int) -> tree.Product:
        return tree.Product(tuple(c[0]), self.span(first, end))

    # --- conditions ---

    def compare(self, c: list[Any], first: int, end: int) -> tree.Compare:
        return tree.Compare(self.token(c[1]), c[0], c[2], self.span(first, end))  # type: ignore[arg-type]

    equal = compare

    def empty_set(self, _c: list[Any], first: int, end: int) -> tree.SetLiteral:
        return tree.SetLiteral((), self.span(first, end))

    def set(self, c: list[Any], first: int, end: int) -> tree.SetLiteral:
        return tree.SetLiteral(tuple(c[1]), self.span(first, end))

    def in_set(self, c: list[Any], first: int, end: int) -> tree.InSet:
        return tree.InSet(c[0], c[2], False, self.span(first, end))

    def not_in_set(self, c: list[Any], first: int, end: int) -> tree.InSet:
        return tree.InSet(c[0], c[3], True, self.span(first, end))

    def in_range(self, c: list[Any], first: int, end: int) -> tree.InRange:
        return tree.InRange(c[0], c[2], c[4], False, self.span(first, end))

    def not_in_range(self, c: list[Any], first: int, end: int) -> tree.InRange:
        return tree.InRange(c[0], c[3], c[5], True, self.span(first, end))

    def has(self, c: list[Any], first: int, end: int) -> tree.Has:
        return tree.Has(c[0], c[2], self.span(first, end))

    def has_any(self, c: list[Any], first: int, end: int) -> tree.HasSome:
        return tree.HasSome(c[0], "any", c[4], self.span(first, end))

    def has_all(self, c: list[Any], first: int, end: int) -> tree.HasSome:
        return tree.HasSome(c[0], "all", c[4], self.span(first, end))

    def within(self, c: list[Any], first: int, end: int) -> tree.Within:
        return tree.Within(c[0], c[2], self.span(first, end))

    def not_(self, c: list[Any], first: int, end: int) -> tree.Not:
        return tree.Not(c[1], self.span(first, end))

    def and_(self, c: list[Any], first: int, end: int) -> tree.And:
        return tree.And(tuple(c[0]), self.span(first, end))

    def or_(self, c: list[Any], first: int, end: int) -> tree.Or:
        return tree.Or(tuple(c[0]), self.span(first, end))

    def implies(self, c: list[Any], first: int, end: int) -> tree.Implies:
        return tree.Implies(c[0], c[2], self.span(first, end))

    # --- atoms and guarantees ---

    def level(self, _c: list[Any], first: int, _end: int) -> tree.Number:
        return self.number(first + 2)

    def guarantee(self, c: list[Any], first: int, end: int) -> tree.Guarantee:
        return tree.Guarantee(c[0], None, None, self.span(first, end))

    def guarantee_when(self, c: list[Any], first: int, end: int) -> tree.Guarantee:
        return tree.Guarantee(c[0], None, c[2], self.span(first, end))

    def guarantee_at(self, c: list[Any], first: int, end: int) -> tree.Guarantee:
        return tree.Guarantee(c[0], c[1], None, self.span(first, end))

    def guarantee_at_when(self, c: list[Any], first: int, end: int) -> tree.Guarantee:
        return tree.Guarantee(c[0], c[1], c[3], self.span(first, end))

    def claim(self, c: list[Any], first: int, end: int) -> tree.Claim:
        return tree.Claim(c[0], None, self.span(first, end))

    def claim_at(self, c: list[Any], first: int, end: int) -> tree.Claim:
        return tree.Claim(c[0], c[1], self.span(first, end))

    def provides(self, c: list[Any], first: int, end: int) -> tree.Provides:
        return tree.Provides(c[1], False, self.span(first, end))

    def not_provides(self, c: list[Any], first: int, end: int) -> tree.Provides:
        return tree.Provides(c[2], True, self.span(first, end))

    def meets(self, c: list[Any], first: int, end: int) -> tree.Meets:
        return tree.Meets(c[1], self.span(first, end))
